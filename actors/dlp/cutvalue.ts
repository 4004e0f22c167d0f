/**
 * Values that are cut in two between neighbours of a list: content blocks of one answer, texts of one array. Owns which
 * neighbours may hold one, and what is read for it. Does not own what is found there (scanner.ts).
 *
 * V1. Read again is only what stands at both sides of the border without a space, up to edgeCharsMax on each side, and only
 *     where it is long enough and mixed enough to be a secret: of prose, numbers, digests and UUIDs nothing is.
 * V2. What is found there counts where neither part is a finding by itself: then the other one is what happens to stand beside it.
 * V3. Blocks without a text (pictures, links) between two texts are passed over: nobody reads them as an end of the text.
 */
import { limits } from "../../protocol/limits.ts";
import { isCustomType } from "./detector.ts";
import { likely } from "./likelihood.ts";

/** Where two neighbours meet. */
export interface Border {
  /** The end of one text and the beginning of the next. */
  readonly text: string;
  /** In `text`: where the second one begins. */
  readonly at: number;
  readonly first: Side;
  readonly second: Side;
}

/** A text of a list, by its place below the list, and what of it comes first in a border's text. */
export interface Side {
  readonly path: string;
  readonly from: number;
}

interface Leaf {
  /** Of the element that has it. */
  readonly at: number;
  readonly text: string;
}

const edgeCharsMax = limits.screenCarryChars;
const charsMin = limits.dlpEncodedCharsMin;

/**
 * By character: what a token is made of (1), of it digits (2), letters that no hex digit is (4), and what a value may be cut at
 * (8): a sentence or a name ends with the others.
 */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[0-9]/.test(char)) return 8 + 3;
  if (/[g-z]/i.test(char)) return 8 + 5;
  if (/[a-f_+/-]/i.test(char)) return 8 + 1;
  return /[=.:@~]/i.test(char) ? 1 : 0;
});
const isMixed = 2 + 4;
const isCut = 8;
const none: readonly Border[] = [];

/** Borders of a list at which a value may be cut. */
export function bordersOf(list: readonly unknown[]): readonly Border[] {
  let borders: Border[] | undefined;
  let last: Leaf | undefined;
  for (let at = 0; at < list.length; at++) {
    const element = list[at];
    const text = textOf(element);
    if (text === undefined) {
      if (typeof element !== "object" || element === null) last = undefined;
      continue;
    }
    const leaf = { at, text };
    const border = last === undefined ? undefined : borderOf(list, last, leaf);
    if (border !== undefined) (borders ??= []).push(border);
    last = leaf;
  }
  return borders ?? none;
}

/** A place in one text of a document. */
export interface Part {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Both parts of what stands over a border. @param path of the list. @returns undefined when it is all on one side */
export function partsOf(
  { at, first, second }: Border,
  { start, end }: { readonly start: number; readonly end: number },
  path: string,
): readonly [Part, Part] | undefined {
  if (start >= at || end <= at) return undefined;
  return [
    { path: path + first.path, start: first.from + start, end: first.from + at },
    { path: path + second.path, start: 0, end: end - at },
  ];
}

interface Found extends Part {
  readonly type: string;
  readonly likelihood: number;
}

/** Places of what was found and is likely. */
export class KnownPlaces {
  readonly #byPath = new Map<string, Found[]>();

  /** @param from number of the first finding that counts */
  constructor(findings: readonly Found[], from: number) {
    for (const finding of findings.slice(from)) {
      if (finding.likelihood < likely) continue;
      const same = this.#byPath.get(finding.path);
      if (same === undefined) this.#byPath.set(finding.path, [finding]);
      else same.push(finding);
    }
  }

  /** @param type of the value that is cut: custom types and built-in ones are no rivals (overlap.ts, O3) */
  overlaps(parts: readonly Part[], type: string): boolean {
    const isCustom = isCustomType(type);
    return parts.some((part) => this.#byPath.get(part.path)?.some((other) => part.start < other.end && other.start < part.end && isCustomType(other.type) === isCustom) === true); // prettier-ignore
  }
}

/** The text of a list's element: itself, that of a block or a resource, or that of a message with a block. */
function textOf(element: unknown): string | undefined {
  if (typeof element === "string") return element;
  if (typeof element !== "object" || element === null || Array.isArray(element)) return undefined;
  const { text, blob, resource, content } = element as Readonly<Record<string, unknown>>;
  if (typeof text === "string") return text;
  if (typeof blob === "string") return blob;
  return textOf(typeof resource === "object" ? resource : typeof content === "object" ? content : undefined);
}

/** Where `textOf` has it, below the element. */
function pathOf(element: unknown): string {
  if (typeof element === "string") return "";
  const { text, blob, resource, content } = element as Readonly<Record<string, unknown>>;
  if (typeof text === "string") return "/text";
  if (typeof blob === "string") return "/blob";
  return typeof resource === "object" ? `/resource${pathOf(resource)}` : `/content${pathOf(content)}`;
}

function borderOf(list: readonly unknown[], first: Leaf, second: Leaf): Border | undefined {
  const before = first.text.length;
  if ((kindAt(first.text, before - 1) & kindAt(second.text, 0) & isCut) === 0) return undefined;
  let [from, to, seen] = [before, 0, 0];
  for (; before - from < edgeCharsMax && from > 0; from--) {
    const kind = kindAt(first.text, from - 1);
    if (kind === 0) break;
    seen |= kind;
  }
  for (; to < edgeCharsMax && to < second.text.length; to++) {
    const kind = kindAt(second.text, to);
    if (kind === 0) break;
    seen |= kind;
  }
  if (before - from + to < charsMin || (seen & isMixed) !== isMixed) return undefined;
  const place = ({ at }: Leaf): string => `/${at}${pathOf(list[at])}`;
  return {
    text: first.text.slice(from) + second.text.slice(0, to),
    at: before - from,
    first: { path: place(first), from },
    second: { path: place(second), from: 0 },
  };
}

function kindAt(text: string, at: number): number {
  return kinds[text.charCodeAt(at)] ?? 0;
}
