/**
 * A document as one text that a recogniser can read, and the way back from a place in it to a place in the document.
 *
 * E1. Every text of the document stands in it as it is, undivided; so what is found in it is found in the document.
 * E2. What lies between the texts (names of members, line ends) belongs to no value: a finding there alone is no finding.
 */
import { limits } from "../../../protocol/limits.ts";
import type { Document } from "../pool.ts";

export interface Place {
  /** JSON Pointer. */
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

interface Segment {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export class Rendering {
  readonly text: string;
  readonly #segments: readonly Segment[];

  constructor(text: string, segments: readonly Segment[]) {
    this.text = text;
    this.#segments = segments;
  }

  /** The parts of values that a stretch of the text covers. */
  locate(start: number, end: number): readonly Place[] {
    const places: Place[] = [];
    for (let at = this.#first(start); at < this.#segments.length; at++) {
      const segment = this.#segments[at];
      if (segment === undefined || segment.from >= end) break;
      const [from, to] = [Math.max(start, segment.from), Math.min(end, segment.to)];
      if (to > from) places.push({ path: segment.path, start: from - segment.from, end: to - segment.from });
    }
    return places;
  }

  /** The first segment that ends after `start`. */
  #first(start: number): number {
    let [low, high] = [0, this.#segments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle]?.to ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @returns undefined for what is too large or too deep to be shown */
export function render(
  document: Document,
  max: number = limits.recogniserTextCharsMax,
): Rendering | undefined {
  if ("text" in document) {
    const { text } = document;
    return text.length > max ? undefined : new Rendering(text, [{ path: "", from: 0, to: text.length }]);
  }
  const writer = new Writer(max);
  return writer.walk(document.value, "", "", 0) ? writer.finish() : undefined;
}

class Writer {
  readonly #parts: string[] = [];
  readonly #segments: Segment[] = [];
  readonly #max: number;
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns false when a bound is reached */
  walk(value: unknown, path: string, name: string, depth: number): boolean {
    if (typeof value === "string") return this.#leaf(value, path, name);
    if (typeof value === "number" || typeof value === "bigint") return this.#leaf(String(value), path, name);
    if (typeof value !== "object" || value === null) return true;
    if (depth >= limits.dlpDepthMax) return false;
    if (Array.isArray(value))
      return value.every((each, at) => this.walk(each, `${path}/${at}`, name, depth + 1));
    return Object.entries(value).every(([key, each]) => this.walk(each, `${path}/${escapePointer(key)}`, key, depth + 1)); // prettier-ignore
  }

  finish(): Rendering {
    return new Rendering(this.#parts.join(""), this.#segments);
  }

  /** `name: value`, as a person would write it: the name is context for the value. */
  #leaf(text: string, path: string, name: string): boolean {
    const head = name === "" ? "" : `${name}: `;
    const from = this.#length + head.length;
    this.#length = from + text.length + 1;
    if (this.#length > this.#max) return false;
    this.#parts.push(head, text, "\n");
    this.#segments.push({ path, from, to: from + text.length });
    return true;
  }
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
