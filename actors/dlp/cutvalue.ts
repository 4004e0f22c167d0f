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
  readonly path: string;
  readonly text: string;
}

/** What counts as found. */
const likely = 3;
const edgeCharsMax = limits.screenCarryChars;
const charsMin = limits.dlpEncodedCharsMin;

/** By character: what a token is made of (1), of it digits (2) and letters that no hex digit is (4). */
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[0-9]/.test(char)) return 3;
  if (/[g-z]/i.test(char)) return 5;
  return /[a-f_+/=.:@~-]/i.test(char) ? 1 : 0;
});
const isMixed = 2 + 4;

/** Borders of a list at which a value may be cut. */
export function* bordersOf(list: readonly unknown[]): Generator<Border> {
  let last: Leaf | undefined;
  for (const [at, element] of list.entries()) {
    const leaf = leafOf(element, `/${at}`);
    if (leaf === undefined && typeof element === "object") continue;
    const border = last === undefined || leaf === undefined ? undefined : borderOf(last, leaf);
    if (border !== undefined) yield border;
    last = leaf;
  }
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

/** Places of what was found and is likely. */
export class KnownPlaces {
  readonly #byPath = new Map<string, Part[]>();

  /** @param from number of the first finding that counts */
  constructor(findings: readonly (Part & { readonly likelihood: number })[], from: number) {
    for (const finding of findings.slice(from)) {
      if (finding.likelihood < likely) continue;
      const same = this.#byPath.get(finding.path);
      if (same === undefined) this.#byPath.set(finding.path, [finding]);
      else same.push(finding);
    }
  }

  overlaps(parts: readonly Part[]): boolean {
    return parts.some((part) => this.#byPath.get(part.path)?.some((other) => part.start < other.end && other.start < part.end) === true); // prettier-ignore
  }
}

/** The text of a list's element: itself, that of a block or a resource, or that of a message with a block. */
function leafOf(element: unknown, path: string): Leaf | undefined {
  if (typeof element === "string") return { path, text: element };
  if (typeof element !== "object" || element === null) return undefined;
  const { text, blob, resource, content } = element as Readonly<Record<string, unknown>>;
  if (typeof text === "string") return { path: `${path}/text`, text };
  if (typeof blob === "string") return { path: `${path}/blob`, text: blob };
  if (typeof resource === "object") return leafOf(resource, `${path}/resource`);
  return typeof content === "object" && !Array.isArray(content) ? leafOf(content, `${path}/content`) : undefined; // prettier-ignore
}

function borderOf(first: Leaf, second: Leaf): Border | undefined {
  const before = first.text.length;
  if (kindAt(first.text, before - 1) === 0 || kindAt(second.text, 0) === 0) return undefined;
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
  const at = before - from;
  const text = first.text.slice(from) + second.text.slice(0, to);
  return { text, at, first: { path: first.path, from }, second: { path: second.path, from: 0 } };
}

function kindAt(text: string, at: number): number {
  return kinds[text.charCodeAt(at)] ?? 0;
}
