/**
 * Whether all nodes judge by the same: what governs calls (personas, pins of the catalogue, scopes and `dlp` of gatehouse.yaml), as digests
 * in a row of each node's own (`config.NODE`), which every node reads. Owns the row, the comparison, and who is told of a
 * difference. Changes nothing and decides nothing: a session is judged by its owner, whatever others have.
 *
 * G1. A row tells digests and names, never what they are of. One of a wrong shape, or of a node that is no live member, counts
 *     for nothing.
 * G2. A row that a store has forgotten is written again: each look holds what stands against what is in force here.
 * G3. A difference is told when it comes, when it changes and when it goes, and not in between.
 */
import { createHash } from "node:crypto";
import type { Row, Store } from "../../cluster/store.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedAnswerBounds } from "../../protocol/jsonbounds.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject } from "../../protocol/mcp/shape.ts";

type Digests = Readonly<Record<string, string>>;

/** What governs calls at one node. */
export interface Governed {
  /** By persona: the role table in force, without quarantines. */
  readonly personas: Digests;
  /** By server: its pins in catalogue.lock. */
  readonly lock: Digests;
  /** Of `scopes` in gatehouse.yaml. */
  readonly scopes: string;
  /** By persona: the version of the baseline in force. Undefined of a node that is older than this. */
  readonly baselines?: Digests | undefined;
  /** By key of `dlp` in gatehouse.yaml: what is searched for beside the built-in types. Undefined of a node that is older than this. */
  readonly search?: Digests | undefined;
}

/** A node that is configured otherwise than the one that says so. */
export interface Difference {
  readonly node: string;
  readonly scopes: boolean;
  readonly personas: readonly string[];
  readonly lock: readonly string[];
  /** Personas whose baseline in force is another one. */
  readonly baselines: readonly string[];
  /** Keys of `dlp` in gatehouse.yaml: what one of the two searches for, the other may pass. */
  readonly search: readonly string[];
}

export interface GovernedPorts {
  readonly self: string;
  readonly own: () => Governed;
  /** Ids of live members, this node among them. */
  readonly live: () => readonly string[];
  readonly say: (text: string) => void;
}

const prefix = "config.";
const version = 1;
const namesShownMax = 6;

export class GovernedConfiguration {
  readonly #ports: GovernedPorts;
  /** By node. */
  readonly #rows = new Map<string, { readonly revision: number; readonly text: string; readonly governed: Governed | undefined }>(); // prettier-ignore
  #store: Store | undefined;
  #end: (() => void) | undefined;
  #isCaughtUp = false;
  #isSwapping = false;
  #told = "";
  #differences: readonly Difference[] = [];

  constructor(ports: GovernedPorts) {
    this.#ports = ports;
  }

  join(store: Store): void {
    this.#store = store;
    this.#end = store.watch(
      (row) => this.#row(row),
      () => (this.#isCaughtUp = true),
    );
  }

  stop(): void {
    this.#end?.();
    this.#store = undefined;
  }

  /** Now and then: says what governs here, and tells of others that differ. */
  look(): void {
    if (this.#store === undefined || !this.#isCaughtUp) return;
    const text = written(this.#ports.own());
    const known = this.#rows.get(this.#ports.self);
    if (known?.text !== text && !this.#isSwapping) {
      this.#isSwapping = true;
      const key = prefix + this.#ports.self;
      this.#store.swap(key, Buffer.from(text), known?.revision ?? 0, () => (this.#isSwapping = false));
    }
    this.#differences = this.#compared(read(text));
    this.#tell();
  }

  /** Of members that were live at the last look, in the order of their names; who says nothing is not among them. */
  get differences(): readonly Difference[] {
    return this.#differences;
  }

  #compared(here: Governed | undefined): readonly Difference[] {
    const { self, live } = this.#ports;
    if (here === undefined) return [];
    return [...live()].sort().flatMap((node) => {
      const there = node === self ? undefined : this.#rows.get(node)?.governed;
      if (there === undefined) return [];
      const found = { node, scopes: there.scopes !== here.scopes, personas: differing(here.personas, there.personas), lock: differing(here.lock, there.lock), baselines: differing(here.baselines ?? {}, there.baselines ?? here.baselines ?? {}), search: differing(here.search ?? {}, there.search ?? here.search ?? {}) }; // prettier-ignore
      return kindsOf(found).length > 0 ? [found] : [];
    });
  }

  #tell(): void {
    const says = this.#differences.map(sayDifference).join("; ");
    if (says === this.#told) return;
    this.#told = says;
    const { self, say } = this.#ports;
    if (says === "") say("all nodes are configured alike again");
    else say(`configured otherwise than ${self}: ${says}. Each session is judged by its owner's files: copy the same to every node, and restart those that differ, one after the other`); // prettier-ignore
  }

  #row({ key, revision, value }: Row): void {
    if (!key.startsWith(prefix)) return;
    const node = key.slice(prefix.length);
    if (value === undefined) return void this.#rows.delete(node);
    const text = Buffer.from(value).toString("utf8");
    this.#rows.set(node, { revision, text, governed: read(text) });
  }
}

/** For whom names are too much: /readyz is anybody's to read. */
export function kindsOf({ scopes, personas, lock, baselines, search }: Difference): readonly string[] {
  return [...(scopes ? ["scopes"] : []), ...(personas.length > 0 ? ["personas"] : []), ...(lock.length > 0 ? ["catalogue.lock"] : []), ...(baselines.length > 0 ? ["baselines"] : []), ...(search.length > 0 ? ["dlp"] : [])]; // prettier-ignore
}

/** "n2 in scopes, personas reader and writer". */
export function sayDifference({ node, scopes, personas, lock, baselines, search }: Difference): string {
  const what = [
    ...(scopes ? ["`scopes` of gatehouse.yaml"] : []),
    ...(personas.length === 0 ? [] : [`personas ${named(personas)}`]),
    ...(lock.length === 0 ? [] : [`catalogue.lock of ${named(lock)}`]),
    ...(baselines.length === 0
      ? []
      : [
          `the baseline in force of ${named(baselines)} (the newer one is fetched within half a minute; if it stays so, promote it once more)`,
        ]),
    ...(search.length === 0
      ? []
      : [
          `what ${search.map((key) => `\`${key}\``).join(" ")} of gatehouse.yaml search for (what one node knows, calls at the other may carry unseen)`,
        ]),
  ];
  return `${node} in ${what.join(", ")}`;
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, namesShownMax).join(" ");
  return names.length > namesShownMax ? `${shown} and ${names.length - namesShownMax} more` : shown;
}

function differing(here: Digests, there: Digests): readonly string[] {
  const names = new Set([...Object.keys(here), ...Object.keys(there)]);
  return [...names].filter((name) => here[name] !== there[name]).sort();
}

/** The row: the same for the same configuration, in whatever order its files were read. */
function written({ personas, lock, scopes, baselines = {}, search = {} }: Governed): string {
  const text = JSON.stringify({ v: version, scopes, personas: sorted(personas), lock: sorted(lock), baselines: sorted(baselines), search: sorted(search) }); // prettier-ignore
  if (text.length <= limits.storeValueBytesMax / 2) return text;
  // Too many names for a row: then only that something differs is told.
  return JSON.stringify({
    v: version,
    scopes,
    personas: whole(personas),
    lock: whole(lock),
    baselines: whole(baselines),
    search: sorted(search),
  });
}

function whole(digests: Digests): Digests {
  const all = createHash("sha256").update(JSON.stringify(sorted(digests)));
  return { all: all.digest("base64url") };
}

function sorted(digests: Digests): Digests {
  return Object.fromEntries(Object.entries(digests).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @returns undefined for what no node of this version writes */
export function read(text: string): Governed | undefined {
  if (text.length > limits.storeValueBytesMax) return undefined;
  const value = parseStrict(text, relayedAnswerBounds);
  if (value instanceof JsonFault || !isObject(value) || value["v"] !== version) return undefined;
  const { scopes, personas, lock, baselines, search } = value;
  if (typeof scopes !== "string" || !areDigests(personas) || !areDigests(lock)) return undefined;
  return { scopes, personas, lock, baselines: areDigests(baselines) ? baselines : undefined, search: areDigests(search) ? search : undefined }; // prettier-ignore
}

function areDigests(value: unknown): value is Digests {
  return isObject(value) && Object.values(value).every((digest) => typeof digest === "string");
}
