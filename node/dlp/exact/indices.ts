/**
 * The indices for exact data match that a node has open: what documents are looked up in. Owns opening them, opening them anew
 * when their files change, and the order in which a large document is looked up. Does not own the file (exactindex.ts), nor
 * the comparison (actors/dlp/exact/).
 *
 * J1. An index that cannot be opened ends the start. One that cannot be opened anew stays as it was, and that is said.
 * J2. The texts of a JSON value are looked up as one, `name: value` in a line each: a row that is spread over members is found.
 * J3. A large document is looked up in pieces that overlap by more than a match can span, others having their turn between
 *     them; what two pieces find counts once.
 * J4. What is not looked up to its end says so.
 */
import { statSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ExactMatcher, ExactResult } from "../../../actors/dlp/exact/matcher.ts";
import type { Finding } from "../../../actors/dlp/scanner.ts";
import { GatewayError } from "../../../protocol/errors.ts";
import { limits } from "../../../protocol/limits.ts";
import { render, type Rendering } from "../external/rendering.ts";
import type { Keyring } from "../../vault/keyring.ts";
import { openIndex, revokedPath } from "./exactindex.ts";

export interface IndicesPorts {
  readonly keyring: Keyring;
  /** For operators. */
  readonly notice: (text: string) => void;
}

interface Standing {
  readonly matcher: ExactMatcher;
  /** Characters by which two pieces must overlap. */
  readonly span: number;
  /** Of its files, as they were before it was opened. */
  readonly state: string;
}

const nothing: ExactResult = { findings: [] };
/** Units that one value can have at most, with the signs between its words. */
const valueUnits = 2 * limits.exactValueCharsMax + 8 * limits.exactWordsMax;
/** How far the end of a piece may move back to the end of a word. */
const wordUnits = 256;

export class ExactIndices {
  readonly #standing = new Map<string, Standing>();
  readonly #ports: IndicesPorts;
  readonly #timer: NodeJS.Timeout | undefined;

  /** @throws GatewayError CONFIGURATION for an index that cannot be opened */
  constructor(paths: readonly string[], ports: IndicesPorts) {
    this.#ports = ports;
    for (const path of paths) this.#standing.set(path, this.#open(path));
    const look = (): void => this.look();
    this.#timer = paths.length === 0 ? undefined : setInterval(look, limits.exactLookMs).unref();
  }

  get isEmpty(): boolean {
    return this.#standing.size === 0;
  }

  /** Of a small document, at once. */
  find(value: unknown): ExactResult {
    if (this.isEmpty) return nothing;
    const rendering = render({ value }, limits.dlpTextCharsMax);
    if (rendering === undefined) return unseen();
    const gathered = new Gathered();
    for (const { matcher } of this.#standing.values()) gathered.add(matcher.find(rendering.text), 0);
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
    for (const { matcher, span } of this.#standing.values()) {
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

  /** Opens anew what has changed. */
  look(): void {
    for (const [path, { state }] of this.#standing) if (stateOf(path) !== state) this.#anew(path);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #open(path: string): Standing {
    const state = stateOf(path);
    const { matcher, head } = openIndex(path, this.#ports.keyring);
    return { matcher, span: 2 * (head.within + valueUnits) + wordUnits, state };
  }

  #anew(path: string): void {
    try {
      this.#standing.set(path, this.#open(path));
      this.#ports.notice(`the index ${path} has changed and was opened anew`);
    } catch (error) {
      const before = this.#standing.get(path);
      if (before !== undefined) this.#standing.set(path, { ...before, state: stateOf(path) });
      const says =
        error instanceof GatewayError ? (error.detail ?? error.message) : "our own fault in reading it";
      this.#ports.notice(`the index ${path} has changed and cannot be opened; the one before stays in force: ${says}`); // prettier-ignore
    }
  }
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

/** Tells whether the files of an index are those that they were. */
function stateOf(path: string): string {
  const files = [path, revokedPath(path)].map((file) => statSync(file, { throwIfNoEntry: false }));
  return files
    .map((file) => (file === undefined ? "none" : `${file.ino} ${file.size} ${file.mtimeMs}`))
    .join();
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
