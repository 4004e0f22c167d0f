/** The search for sensitive data as a node has it: its threads, what is consulted beside them, and the screening of calls. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { limits } from "../../protocol/limits.ts";
import type { Settings } from "../../protocol/settings.ts";
import type { CustomTypes } from "../catalogue/customtypes.ts";
import { digestOf } from "../catalogue/definition.ts";
import { Screening } from "../exchange/screening.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Dialer } from "../upstream/dialer.ts";
import type { SecretSurroundings } from "../vault/secret.ts";
import type { Vault } from "../vault/vault.ts";
import { Consulting } from "./consulting.ts";
import { ExactIndices } from "./exact/indices.ts";
import { DocumentCollections } from "./fingerprint/collections.ts";
import { Examiner } from "./external/examiner.ts";
import { openRecognisers } from "./external/opening.ts";
import { withoutFound } from "./logline.ts";
import { Pace } from "./pace.ts";
import { ScanPool } from "./pool.ts";

export interface ScanPorts {
  readonly dialer: Dialer;
  readonly vault: Vault;
  readonly env: SecretSurroundings["env"];
  readonly notice: (text: string) => void;
}

/** All that searches at one node. */
export class Scans {
  readonly pool: ScanPool;
  readonly pace: Pace;
  /** Undefined where nothing is configured. */
  readonly consulting: Consulting | undefined;
  readonly #examiner: Examiner;
  readonly #indices: ExactIndices;
  readonly #allowed: ExactIndices;
  readonly #documents: DocumentCollections;
  /** Of what does not change while the node runs. */
  readonly #fixed: Readonly<Record<string, string>>;

  /** @throws GatewayError CONFIGURATION for a secret, a certificate or an index that cannot be used */
  constructor(
    { settings: { dlp }, folder, custom }: { readonly settings: Settings; readonly folder: string; readonly custom: Pick<CustomTypes, "detectors" | "digest"> }, // prettier-ignore
    { dialer, vault, env, notice }: ScanPorts,
  ) {
    const around = { env, folder, vault: (name: string) => vault.get(name) };
    this.#examiner = new Examiner(openRecognisers(dlp.external, { dialer, around }));
    this.#indices = new ExactIndices(dlp.exact.map((path) => resolve(folder, path)), { keyring: vault.keyring, notice }); // prettier-ignore
    this.#documents = new DocumentCollections(dlp.documents.map((path) => resolve(folder, path)), { keyring: vault.keyring, notice }); // prettier-ignore
    this.#allowed = new ExactIndices(dlp.allow.map((path) => resolve(folder, path)), { keyring: vault.keyring, notice }); // prettier-ignore
    // Not where they are: each node may have one of its own beside it.
    const external = Object.entries(dlp.external).map(([name, { directions, failing, personas }]) => [name, directions, failing, personas]); // prettier-ignore
    this.#fixed = { "dlp.types": custom.digest, "dlp.external": digestOf(external) };
    const isAlone = Object.keys(dlp.external).length === 0 && this.#indices.isEmpty && this.#documents.isEmpty && this.#allowed.isEmpty; // prettier-ignore
    this.consulting = isAlone ? undefined : new Consulting(this.#examiner, [this.#indices, this.#documents], this.#allowed); // prettier-ignore
    // One core is for the calls themselves.
    const threads = Math.max(1, availableParallelism() - 1);
    const pool = new ScanPool({ threads, detectors: custom.detectors, notice });
    this.pool = pool;
    this.pace = new Pace({ threads, scan: (agent, document, chars, done) => pool.scan(agent, document, chars, done) }); // prettier-ignore
  }

  /** What is searched for beside the built-in types, by key of gatehouse.yaml: for other nodes to compare (cluster/governed.ts). */
  get digests(): Readonly<Record<string, string>> {
    const of = ({ identities }: { readonly identities: readonly string[] }): string => digestOf(identities.toSorted()); // prettier-ignore
    return { ...this.#fixed, "dlp.allow": of(this.#allowed), "dlp.exact": of(this.#indices), "dlp.documents": of(this.#documents) }; // prettier-ignore
  }

  /** What indices and fingerprints of this node find. */
  get hashedTypes(): readonly string[] {
    return [...this.#indices.types, ...this.#documents.types];
  }

  /** A line for operators that somebody else has written. */
  shown(line: string): string {
    return withoutFound(line, this.pool.now({ text: line }), this.consulting?.compare(line));
  }

  warm(): void {
    this.pool.warm();
  }

  /** For a node that answers. */
  prepare(): void {
    this.pool.prepare();
  }

  async close(): Promise<void> {
    this.#indices.close();
    this.#allowed.close();
    this.#documents.close();
    this.pace.close();
    await Promise.all([this.pool.close(), this.#examiner.close()]);
  }
}

export function screeningOf(
  { scans: { pool, pace, consulting }, vault }: { readonly scans: Scans; readonly vault: Vault },
  metrics: Metrics,
): Screening {
  return new Screening({
    // A thread takes a third of a second to start, and a document of this size some milliseconds here.
    scan: (agent, document, chars, done) =>
      chars <= limits.screenLateCharsMax && !pool.isReady
        ? done(pool.meanwhile(document))
        : pace.scan(agent, document, chars, done),
    turn: (agent) => pace.turn(agent),
    scanNow: (document) => pool.now(document),
    traitsOf: pool.traitsOf,
    tokens: (tenant) => vault.tokens(tenant),
    consultation: consulting,
    onScan: (way, tookMs, unscanned) => metrics.scanned(way, tookMs, unscanned),
  });
}
