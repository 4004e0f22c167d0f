/**
 * A document as texts in which passages are looked for: its values in their order, its longer names, and the same with
 * encodings undone. Pure. Does not own: what an encoding is (encoding.ts), what a passage is (passages.ts).
 *
 * V1. Texts of one view are read as one: a passage that is spread over lines, members or encoded lines stands in it whole.
 * V2. Each character knows where it came from; where it cannot, its whole encoded part is the place.
 * V3. Depth, and what comes out of encodings, are bounded; what is left out is told.
 * V4. Words of the protocol in their places are no text: a block whose type was withheld is none to any client, and a passage that
 *     goes on in the next block is not broken by them.
 */
import { limits } from "../../../protocol/limits.ts";
import type { Excess } from "../budget.ts";
import type { InflatePort } from "../decoder.ts";
import { decodeRun, unescapeRegion, type Inflate } from "../encoding.ts";

/** A text of the document: a value, or a member's name. */
export interface Leaf {
  readonly path: string;
  readonly inKey: boolean;
  readonly text: string;
}

/** A part of a leaf as it is looked at. */
export interface Piece {
  readonly leaf: number;
  readonly text: string;
  /** By character, and one behind the last: its place in the leaf. Undefined: it stands there as it is, from `start`. */
  readonly places: Int32Array | undefined;
  readonly start: number;
  /** Any character is all from `start` to here; -1 where it is not so. */
  readonly wholeEnd: number;
}

export function startOf({ places, start, wholeEnd }: Piece, at: number): number {
  return wholeEnd >= 0 ? start : places === undefined ? start + at : (places[at] ?? start);
}

/** @param at the last character of what ends there */
export function endOf({ places, start, wholeEnd }: Piece, at: number): number {
  return wholeEnd >= 0
    ? wholeEnd
    : places === undefined
      ? start + at + 1
      : (places[at + 1] ?? start + at + 1);
}

/** Pieces in their order; asked for once or several times, they are the same. */
export type View = () => Iterable<Piece>;

const escaped = /%[0-9A-Fa-f]{2}|&(?:#|[a-z]{2,6};)|\\[uxnrt"'\\/]/;
/** Letters of base64 and of hex in a row. */
const encoded = /[A-Za-z0-9+/_-]{16}/;
const encodedRuns = /[A-Za-z0-9+/_-]{16,}/g;

export class Views {
  readonly leaves: Leaf[] = [];
  exceeded: Excess | undefined;
  readonly #inflate: Inflate;
  readonly #nameCharsMin: number;
  #decoded = 0;
  #chars = 0;

  /** @param nameCharsMin names that are shorter are not looked at */
  constructor(value: unknown, inflate: InflatePort, nameCharsMin: number) {
    this.#nameCharsMin = nameCharsMin;
    this.#inflate = (bytes) => {
      const plain = inflate(bytes, limits.dlpDecodedCharsMax);
      if (plain !== "too large") return plain;
      this.#exceed({ budget: "decoded", max: limits.dlpDecodedCharsMax });
      return undefined;
    };
    this.#walk(value, "", 0);
  }

  /** Every view of the document, each to be read before the next is asked for. */
  *all(): Generator<View> {
    for (const inKey of [false, true]) {
      const numbers = this.leaves.flatMap((leaf, at) => (leaf.inKey === inKey ? [at] : []));
      if (numbers.length > 0) yield* this.#from(() => this.#plain(numbers), 0);
    }
  }

  *#from(view: View, depth: number): Generator<View> {
    yield view;
    let [isEscaped, isEncoded] = [false, false];
    for (const { text } of view()) {
      isEscaped ||= escaped.test(text);
      isEncoded ||= encoded.test(text);
    }
    if (isEscaped && depth < limits.dlpDecodeDepthMax) yield* this.#from(() => unescaped(view), depth + 1);
    if (!isEncoded) return;
    // Decoded once: what comes out is small, and asking again would count it again.
    const pieces = [...this.#decode(view)];
    if (pieces.length === 0) return;
    if (depth < limits.dlpDecodeDepthMax) yield* this.#from(() => pieces, depth + 1);
    else this.#exceed({ budget: "decoded", max: limits.dlpDecodeDepthMax });
  }

  *#plain(numbers: readonly number[]): Generator<Piece> {
    for (const leaf of numbers) yield { leaf, text: this.leaves[leaf]?.text ?? "", places: undefined, start: 0, wholeEnd: -1 }; // prettier-ignore
  }

  *#decode(view: View): Generator<Piece> {
    for (const piece of view()) {
      const { text } = piece;
      for (const { 0: run, index } of text.matchAll(encodedRuns)) {
        const end = index + run.length;
        for (let from = index; end - from >= limits.dlpEncodedCharsMin;) {
          // Whole fours of base64 and whole pairs of hex.
          const to = Math.min(end, from + limits.dlpDecodedCharsMax);
          const layer = decodeRun(text, from, to, 0, this.#inflate);
          if (layer === undefined) break;
          this.#decoded += layer.text.length;
          if (this.#decoded > limits.dlpDecodedCharsMax)
            return this.#exceed({ budget: "decoded", max: limits.dlpDecodedCharsMax });
          yield { leaf: piece.leaf, text: layer.text, places: undefined, start: startOf(piece, layer.start), wholeEnd: endOf(piece, layer.end - 1) }; // prettier-ignore
          from = Math.max(to, layer.end);
        }
      }
    }
  }

  #walk(value: unknown, path: string, depth: number): void {
    if (this.exceeded !== undefined) return;
    if (typeof value === "string")
      return isWordOfProtocol(path, value) ? undefined : this.#leaf({ path, inKey: false, text: value });
    if (typeof value === "number" || typeof value === "bigint") return this.#leaf({ path, inKey: false, text: String(value) }); // prettier-ignore
    if (typeof value !== "object" || value === null) return;
    if (depth >= limits.dlpDepthMax) return this.#exceed({ budget: "depth", max: limits.dlpDepthMax });
    if (Array.isArray(value)) {
      for (const [at, each] of value.entries()) this.#walk(each, `${path}/${at}`, depth + 1);
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      const at = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (name.length >= this.#nameCharsMin) this.#leaf({ path: at, inKey: true, text: name });
      this.#walk(member, at, depth + 1);
    }
  }

  #leaf(leaf: Leaf): void {
    this.#chars += leaf.text.length;
    if (this.#chars > limits.dlpTextCharsMax)
      return this.#exceed({ budget: "characters", max: limits.dlpTextCharsMax });
    this.leaves.push(leaf);
  }

  #exceed(excess: Excess): void {
    this.exceeded ??= excess;
  }
}

/** By which MCP tells its blocks and their readers apart: `{"type": "text"}`, `{"role": "user"}`, `{"audience": ["assistant"]}`. */
const wordsOfProtocol = new Set(["text", "image", "audio", "resource", "resource_link", "user", "assistant"]);
const placeOfProtocol = /\/(?:type|role|audience\/\d+)$/;
const wordOfProtocolCharsMax = 13;

/** V4. */
function isWordOfProtocol(path: string, text: string): boolean {
  return text.length <= wordOfProtocolCharsMax && wordsOfProtocol.has(text) && placeOfProtocol.test(path);
}

function* unescaped(view: View): Generator<Piece> {
  for (const piece of view()) {
    if (!escaped.test(piece.text)) {
      yield piece;
      continue;
    }
    const { text } = piece;
    for (let from = 0; from < text.length;) {
      const to = partEnd(text, from + limits.fingerprintPieceChars);
      yield plainOf(piece, from, to);
      from = to;
    }
  }
}

/** A part of a piece with its escapes undone. */
function plainOf(piece: Piece, from: number, to: number): Piece {
  const { leaf, wholeEnd } = piece;
  const layer = unescapeRegion(piece.text, from, to);
  const text = layer === undefined ? piece.text.slice(from, to) : layer.text;
  if (wholeEnd >= 0) return { leaf, text, places: undefined, start: piece.start, wholeEnd };
  if (layer?.places === undefined) {
    const places = piece.places?.subarray(from, to + 1);
    return { leaf, text, places, start: piece.start + from, wholeEnd };
  }
  return { leaf, text, places: layer.places.map((at) => startOf(piece, at)), start: piece.start + from, wholeEnd }; // prettier-ignore
}

const backCharsMax = 4_096;

/** Where a part may end: not within an escape, nor a row of them that are one character, nor what may be base64. */
function partEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  for (let end = at; end > at - backCharsMax; end--) if (/[^\w+/%&#;\\-]/.test(text[end - 1] ?? "") && !/[\\&%]/.test(text[end - 2] ?? "")) return end; // prettier-ignore
  for (let end = at; end > at - 16; end--) if (text[end] === "%" && !/[89ab]/i.test(text[end + 1] ?? "")) return end; // prettier-ignore
  return at;
}
