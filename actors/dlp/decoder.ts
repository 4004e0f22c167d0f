/**
 * The decoder: scans what encodings in a text hide, layer by layer, and puts what it finds where it stands in the text.
 * Does not own: what an encoding is (encoding.ts), the pass (pass.ts).
 *
 * D1. What stands in a text as it is comes first: a match in a layer counts where none overlaps it there that is likely, or as
 *     likely as it.
 * D2. Layers in layers, and all that is decoded of one document, are bounded; what is left out is told (`decoded`).
 */
import { limits } from "../../protocol/limits.ts";
import type { Meter } from "./budget.ts";
import type { Detector } from "./detector.ts";
import { escaping, foreign } from "./characters.ts";
import { decodeRun, escapedRegions, mayBeQuoted, unescapeRegion, type Inflate, type Layer } from "./encoding.ts"; // prettier-ignore
import { likely } from "./likelihood.ts";
import { areRivals } from "./overlap.ts";
import type { Match } from "./pass.ts";
import { reversedMax, reversedToken } from "./reversed.ts";
import { spacedLayers } from "./spacing.ts";
import { WrappedLines } from "./wrapped.ts";

/** Undoes gzip or zlib, synchronously; undefined when the bytes are neither. */
export type InflatePort = (bytes: Uint8Array, bytesMax: number) => Uint8Array | "too large" | undefined;

export interface Scanned {
  readonly matches: readonly Match[];
  /** Bits of the characters in it. */
  readonly seen: number;
  /** Runs that may be encoded: start, end, start, end. */
  readonly longRuns: readonly number[];
}

/** Characters of encoded text that are looked at for one step. */
const charsInStep = 16;
const { dlpContextCharsMax, dlpDecodeDepthMax, dlpDecodedCharsMax, dlpRunCharsMax } = limits;

export class Decoder {
  readonly #inflate: Inflate;
  readonly #meter: Meter;
  readonly #detectors: readonly Detector[];
  readonly #scan: (text: string) => Scanned;
  #decoded = 0;
  #isTooDeep = false;

  constructor(
    inflate: InflatePort,
    meter: Meter,
    detectors: readonly Detector[],
    scan: (text: string) => Scanned,
  ) {
    this.#detectors = detectors;
    this.#inflate = (bytes) => {
      const plain = inflate(bytes, dlpDecodedCharsMax);
      if (plain !== "too large") return plain;
      meter.exceed({ budget: "decoded", max: dlpDecodedCharsMax });
      return undefined;
    };
    this.#meter = meter;
    this.#scan = scan;
  }

  /** For another document. */
  start(): void {
    this.#decoded = 0;
    this.#isTooDeep = false;
  }

  /** The matches of a text with those of its layers, by start. */
  add(text: string, matches: readonly Match[], seen: number, longRuns: readonly number[]): readonly Match[] {
    const found = this.#layers({ matches, seen, longRuns }, text, 1);
    // Told when all that may be looked at has been: what looks like a layer by chance must not hide the others.
    if (this.#isTooDeep) this.#meter.exceed({ budget: "decoded", max: dlpDecodeDepthMax });
    return found;
  }

  #layers({ matches, seen, longRuns }: Scanned, text: string, depth: number): readonly Match[] {
    let found: Match[] | undefined;
    this.#eachLayer(text, seen, longRuns, (layer) => {
      if (depth > dlpDecodeDepthMax) {
        this.#isTooDeep = true;
        return false;
      }
      if (layer.isAgain !== true) this.#decoded += layer.text.length;
      if (this.#decoded > dlpDecodedCharsMax) return this.#meter.exceed({ budget: "decoded", max: dlpDecodedCharsMax }); // prettier-ignore
      for (const match of this.#matchesOf(text, layer, depth))
        if (!(found ?? matches).some((other) => other.level >= Math.min(likely, match.level) && match.start < other.end && other.start < match.end && areRivals(match, other, this.#detectors))) (found ??= [...matches]).push(match); // prettier-ignore
      return true;
    });
    return found === undefined ? matches : found.toSorted((a, b) => a.start - b.start);
  }

  /** One layer after the other, as long as `visit` says so: most texts have none. */
  #eachLayer(
    text: string,
    seen: number,
    longRuns: readonly number[],
    visit: (layer: Layer) => boolean,
  ): void {
    if (longRuns.length > 0 && !this.#eachRun(text, longRuns, visit)) return;
    for (const layer of spacedLayers(text)) if (!visit(layer)) return;
    if ((seen & (foreign | escaping)) === 0 && !mayBeQuoted(text)) return;
    for (const [from, to] of escapedRegions(text, 0, text.length)) {
      const layer = unescapeRegion(text, from, to);
      if (layer !== undefined && !visit(layer)) return;
    }
  }

  /** The layers of long runs. @returns false when `visit` ended it */
  #eachRun(text: string, longRuns: readonly number[], visit: (layer: Layer) => boolean): boolean {
    let end = 0;
    let reversed = 0;
    let tokens = 0;
    const stretch = { end: 0, failures: 0, looked: 0 };
    const lines = new WrappedLines(text, this.#inflate);
    let joined = 0;
    for (let at = 0; at < longRuns.length; at += 2) {
      const [from, to] = [longRuns[at] ?? 0, longRuns[at + 1] ?? 0];
      const token = from < reversed ? undefined : reversedToken(text, from, to);
      if (token !== undefined) {
        reversed = token.end;
        if (++tokens > reversedMax) this.#meter.exceed({ budget: "decoded", max: reversedMax });
        else if (!visit(token)) return false;
      }
      if (from < end) continue;
      const wrapped = lines.layerAt(from, to);
      if (wrapped !== undefined) {
        joined = wrapped.end;
        if (!visit(wrapped)) return false;
      }
      // Each line by itself too: it may be one of a list.
      const layer = decodeRun(text, from, to, Math.min(dlpRunCharsMax, from - end), this.#inflate, stretch);
      const looked = stretch.looked + lines.looked;
      if (looked >= charsInStep) {
        this.#meter.step(Math.floor(looked / charsInStep));
        [stretch.looked, lines.looked] = [0, 0];
      }
      if (layer === undefined) continue;
      end = layer.end;
      if (!visit(layer.start < joined ? { ...layer, isAgain: true } : layer)) return false;
    }
    return true;
  }

  /** Matches of a layer, by characters of the text. What stands before a layer is context for it. */
  #matchesOf(text: string, layer: Layer, depth: number): readonly Match[] {
    const before = layer.places === undefined && layer.isValue !== true ? text.slice(Math.max(0, layer.start - dlpContextCharsMax), layer.start) : ""; // prettier-ignore
    const whole = before + layer.text;
    const head = before.length;
    const scanned = behind(this.#scan(whole), head);
    const matches = layer.isValue === true ? scanned.matches : this.#layers(scanned, whole, depth + 1);
    return matches.flatMap((match) => {
      if (match.start < head) return [];
      const { places } = layer;
      if (places === undefined) {
        const [start, end] = layer.placeOf?.(match.start - head, match.end - head) ?? [layer.start, layer.end]; // prettier-ignore
        return [{ ...match, start, end }];
      }
      // What touches a cut may go on beyond it; the text itself, or the next region, has it whole.
      if (match.start === 0 && layer.start > 0) return [];
      if (match.end === layer.text.length && layer.end < text.length) return [];
      return [{ ...match, start: places[match.start] ?? layer.start, end: places[match.end] ?? layer.end }];
    });
  }
}

/** Without the long runs of what stands before a layer: they are the text's own. */
function behind(scanned: Scanned, head: number): Scanned {
  const { longRuns } = scanned;
  let from = 0;
  while (from < longRuns.length && (longRuns[from + 1] ?? 0) <= head) from += 2;
  return from === 0 ? scanned : { ...scanned, longRuns: longRuns.slice(from) };
}
