/**
 * Values that are cut in two or three between neighbours of a list: content blocks of one answer, texts of one array. Owns which
 * neighbours may hold one, and what is read for it. Does not own what is found there (scanner.ts).
 *
 * V1. Read again is only what stands at both sides of the border without a space, up to edgeCharsMax on each side, and only
 *     where it is long enough and mixed enough to be a secret: of prose, numbers, digests and UUIDs nothing is. Of three the one
 *     in the middle is all without a space, and no longer; longer lists than listMax are data, and would be read two times more.
 * V2. What is found there counts where no part is a finding by itself: then the other one is what happens to stand beside it.
 * V3. Blocks without a text (pictures, links) between two texts are passed over: nobody reads them as an end of the text.
 */
import { limits } from "../../protocol/limits.ts";
import { isCustomType } from "./detector.ts";
import { likely } from "./likelihood.ts";

/** Where two neighbours meet, or three. */
export interface Border {
  /** The end of the first text, the one between, the beginning of the last. */
  readonly text: string;
  readonly pieces: readonly Piece[];
}

/** A text of a list, by its place below the list. */
export interface Piece {
  readonly path: string;
  /** What of it comes first in a border's text, and where that stands in the border's text. */
  readonly from: number;
  readonly at: number;
}

interface Leaf {
  /** Of the element that has it. */
  readonly at: number;
  readonly text: string;
}

const edgeCharsMax = limits.screenCarryChars;
/** Elements of a list in which three neighbours may hold a value. */
const listMax = 64;
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

/** Borders of a list at which a value may be cut, those of three first: of two of them alone a part would be left. */
export function bordersOf(list: readonly unknown[]): readonly Border[] {
  let [ofThree, ofTwo]: [Border[] | undefined, Border[] | undefined] = [undefined, undefined];
  let [before, last]: [Leaf | undefined, Leaf | undefined] = [undefined, undefined];
  for (let at = 0; at < list.length; at++) {
    const element = list[at];
    const text = textOf(element);
    if (text === undefined) {
      if (typeof element !== "object" || element === null) before = last = undefined;
      continue;
    }
    const leaf = { at, text };
    if (last !== undefined && meet(last, leaf)) {
      const two = borderOf(list, last, leaf);
      if (two !== undefined) (ofTwo ??= []).push(two);
      const three = before !== undefined && list.length <= listMax && meet(before, last) && kindsOf(last.text) > 0 ? borderOf(list, before, leaf, last) : undefined; // prettier-ignore
      if (three !== undefined) (ofThree ??= []).push(three);
    }
    [before, last] = [last, leaf];
  }
  if (ofThree === undefined) return ofTwo ?? none;
  return ofTwo === undefined ? ofThree : [...ofThree, ...ofTwo];
}

/** A place in one text of a document. */
export interface Part {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** The parts of what stands over a border. @param path of the list. @returns undefined when it is not in all of the border's texts */
export function partsOf(
  { pieces }: Border,
  { start, end }: { readonly start: number; readonly end: number },
  path: string,
): readonly Part[] | undefined {
  const last = pieces.length - 1;
  if (start >= (pieces[1]?.at ?? 0) || end <= (pieces[last]?.at ?? 0)) return undefined;
  return pieces.map((piece, number) => {
    const [from, to] = [number === 0 ? start : piece.at, number === last ? end : (pieces[number + 1]?.at ?? end)]; // prettier-ignore
    return {
      path: path + piece.path,
      start: piece.from + from - piece.at,
      end: piece.from + to - piece.at,
    };
  });
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
    for (const finding of findings.slice(from)) if (finding.likelihood >= likely) this.add(finding);
  }

  add(finding: Found): void {
    const same = this.#byPath.get(finding.path);
    if (same === undefined) this.#byPath.set(finding.path, [finding]);
    else same.push(finding);
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

/** Whether a value may go on from one text to the other. */
function meet({ text }: Leaf, next: Leaf): boolean {
  return (kindAt(text, text.length - 1) & kindAt(next.text, 0) & isCut) !== 0;
}

/** Bits of the characters of a text that may be a part of a value as a whole; 0 of others. */
function kindsOf(text: string): number {
  if (text.length > edgeCharsMax) return 0;
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    const kind = kindAt(text, at);
    if (kind === 0) return 0;
    seen |= kind;
  }
  return seen;
}

/** Most neighbours hold nothing to be read again: what is read is put together when that is known. */
function borderOf(list: readonly unknown[], first: Leaf, last: Leaf, middle?: Leaf): Border | undefined {
  const before = first.text.length;
  let [from, to, seen] = [before, 0, middle === undefined ? 0 : kindsOf(middle.text)];
  for (; before - from < edgeCharsMax && from > 0; from--) {
    const kind = kindAt(first.text, from - 1);
    if (kind === 0) break;
    seen |= kind;
  }
  for (; to < edgeCharsMax && to < last.text.length; to++) {
    const kind = kindAt(last.text, to);
    if (kind === 0) break;
    seen |= kind;
  }
  const between = middle?.text ?? "";
  if (before - from + between.length + to < charsMin || (seen & isMixed) !== isMixed) return undefined;
  const place = ({ at }: Leaf): string => `/${at}${pathOf(list[at])}`;
  const at = before - from;
  const pieces = [{ path: place(first), from, at: 0 }];
  if (middle !== undefined) pieces.push({ path: place(middle), from: 0, at });
  pieces.push({ path: place(last), from: 0, at: at + between.length });
  return { text: first.text.slice(from) + between + last.text.slice(0, to), pieces };
}

function kindAt(text: string, at: number): number {
  return kinds[text.charCodeAt(at)] ?? 0;
}
