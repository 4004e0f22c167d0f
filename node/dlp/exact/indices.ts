/**
 * The indices for exact data match that a node has open: what documents are looked up in. Owns the order in which a
 * large document is looked up. Does not own the file (exactindex.ts), when it is opened (watched.ts), nor the comparison
 * (actors/dlp/exact/).
 *
 * J1. The texts of a JSON value are looked up as one, `name: value` in a line each: a row that is spread over members is found.
 * J2. A large document is looked up in pieces that overlap by more than a match can span, others having their turn between
 *     them; what two pieces find counts once.
 * J3. What is not looked up to its end says so.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ExactMatcher, ExactResult } from "../../../actors/dlp/exact/matcher.ts";
import type { Finding } from "../../../actors/dlp/scanner.ts";
import { limits } from "../../../protocol/limits.ts";
import { render, type Rendering } from "../external/rendering.ts";
import type { Keyring } from "../../vault/keyring.ts";
import type { Comparison } from "../consulting.ts";
import { Watched } from "../watched.ts";
import { openIndex } from "./exactindex.ts";
import { identityOf } from "./sealedfile.ts";

export interface IndicesPorts {
  readonly keyring: Keyring;
  /** For operators. */
  readonly notice: (text: string) => void;
}

interface Standing {
  readonly name: string;
  readonly matcher: ExactMatcher;
  /** Characters by which two pieces must overlap. */
  readonly span: number;
  /** The same for the same index with the same rows revoked, wherever it lies. */
  readonly identity: string;
}

const nothing: ExactResult = { findings: [] };
/** Units that one value can have at most, with the signs between its words. */
const valueUnits = 2 * limits.exactValueCharsMax + 8 * limits.exactWordsMax;
/** How far the end of a piece may move back to the end of a word. */
const wordUnits = 256;

export class ExactIndices implements Comparison {
  readonly #standing: Watched<Standing>;

  /** @throws GatewayError CONFIGURATION for an index that cannot be opened */
  constructor(paths: readonly string[], { keyring, notice }: IndicesPorts) {
    this.#standing = new Watched(paths, (path) => opened(path, keyring), notice);
  }

  get isEmpty(): boolean {
    return this.#standing.isEmpty;
  }

  /** What its findings are called. */
  get types(): readonly string[] {
    return this.#standing.all().map(({ name }) => `edm.${name}`);
  }

  get identities(): readonly string[] {
    return this.#standing.all().map(({ identity }) => identity);
  }

  /** Of a small document, at once. */
  find(value: unknown): ExactResult {
    if (this.isEmpty) return nothing;
    const rendering = render({ value }, limits.dlpTextCharsMax);
    if (rendering === undefined) return unseen();
    const gathered = new Gathered();
    for (const { matcher } of this.#standing.all()) gathered.add(matcher.find(rendering.text), 0);
    return gathered.result(rendering);
  }

  /** Of a large one. */
  findInTurns(value: unknown): ExactResult | Promise<ExactResult> {
    if (this.isEmpty) return nothing;
    const rendering = render({ value }, limits.dlpTextCharsMax);
    return rendering === undefined ? unseen() : this.#inTurns(rendering);
  }

  async #inTurns(rendering: Rendering): Promise<ExactResult> {
    const { text } = rendering;
    const gathered = new Gathered();
    let tookMs = 0;
    for (const { matcher, span } of this.#standing.all()) {
      const size = Math.max(limits.exactPieceChars, 2 * span);
      for (let from = 0; from < text.length;) {
        const began = performance.now();
        const to = endOf(text, from + size);
        gathered.add(matcher.find(text.slice(from, to)), from);
        tookMs += performance.now() - began;
        if (gathered.exceeded !== undefined) return gathered.result(rendering);
        if (to === text.length) break;
        if (tookMs > limits.dlpScanMs) {
          gathered.exceeded = { budget: "time", max: limits.dlpScanMs };
          return gathered.result(rendering);
        }
        from = endOf(text, to - span);
        await nextTurn();
      }
    }
    return gathered.result(rendering);
  }

  close(): void {
    this.#standing.close();
  }
}

function opened(path: string, keyring: Keyring): Standing {
  const { matcher, head, revoked } = openIndex(path, keyring);
  return {
    name: head.name,
    matcher,
    span: 2 * (head.within + valueUnits) + wordUnits,
    identity: identityOf(head, revoked),
  };
}

/** What several pieces and indices have found, each finding once. */
class Gathered {
  readonly #findings = new Map<string, Finding>();
  exceeded: ExactResult["exceeded"];

  add({ findings, exceeded }: ExactResult, from: number): void {
    this.exceeded ??= exceeded;
    for (const finding of findings) {
      if (this.#findings.size >= limits.dlpFindingsMax) {
        this.exceeded ??= { budget: "findings", max: limits.dlpFindingsMax };
        return;
      }
      const [start, end] = [finding.start + from, finding.end + from];
      const key = `${finding.type} ${start} ${end}`;
      const known = this.#findings.get(key);
      if (known === undefined || known.likelihood < finding.likelihood)
        this.#findings.set(key, { ...finding, start, end });
    }
  }

  result(rendering: Rendering): ExactResult {
    const findings = [...this.#findings.values()].flatMap((finding) =>
      rendering.locate(finding.start, finding.end).map((place) => ({ ...finding, ...place })),
    );
    return this.exceeded === undefined ? { findings } : { findings, exceeded: this.exceeded };
  }
}

/** The end of the last word before a place, so that no word is cut in two where that can be helped. */
function endOf(text: string, at: number): number {
  if (at >= text.length) return text.length;
  for (let end = at; end > at - wordUnits && end > 0; end--) if (/\s/.test(text[end - 1] ?? "")) return end;
  return at;
}

function unseen(): ExactResult {
  return { findings: [], exceeded: { budget: "characters", max: limits.dlpTextCharsMax } };
}
