/**
 * Which patterns a detector may have: RE2 syntax without look-around and back-reference, and with every repeat bounded.
 * Reads a pattern into a tree, from which its longest match is known. Does not own: running it (the engine).
 *
 * P1. What is accepted here compiles in RE2 and in JavaScript without flags, and means the same in both for ASCII text.
 * P2. Every accepted pattern has a longest match, at most limits.detectorSpanMax; no anchor but `\b` and `\B`, so that a
 *     match does not depend on where a text was cut.
 */
import { limits } from "../../protocol/limits.ts";

/** Ranges of code units, both ends included. */
export type Ranges = readonly (readonly [from: number, to: number])[];

export type PatternNode =
  | { readonly kind: "set"; readonly ranges: Ranges; readonly negated: boolean }
  | { readonly kind: "edge"; readonly negated: boolean }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly among: readonly PatternNode[] }
  | { readonly kind: "group"; readonly inner: PatternNode }
  | { readonly kind: "repeat"; readonly inner: PatternNode; readonly min: number; readonly max: number };

/** What is known of an accepted pattern. */
export interface PatternShape {
  readonly tree: PatternNode;
  readonly groups: number;
  readonly lengthMin: number;
  readonly lengthMax: number;
}

/** Thrown inside this file only. */
class PatternFault extends Error {}

/** The shape of a pattern; a text says what is wrong with it and where. */
export function patternFault(pattern: string): PatternShape | string {
  try {
    const reader = new PatternReader(pattern);
    const tree = reader.read();
    const [lengthMin, lengthMax] = lengthOf(tree, 1);
    if (lengthMin === 0) return "the pattern matches the empty text: it would be found everywhere";
    if (lengthMax > limits.detectorSpanMax)
      return `the pattern can match ${lengthMax} characters, more than ${limits.detectorSpanMax}: use smaller repeats`;
    return { tree, groups: reader.groups, lengthMin, lengthMax };
  } catch (error) {
    if (error instanceof PatternFault) return error.message;
    throw error;
  }
}

/** Shortest and longest match. @param times how often the node is repeated by the repeats around it */
function lengthOf(node: PatternNode, times: number): readonly [number, number] {
  switch (node.kind) {
    case "set":
      return [1, 1];
    case "edge":
      return [0, 0];
    case "group":
      return lengthOf(node.inner, times);
    case "sequence": {
      const lengths = node.parts.map((part) => lengthOf(part, times));
      return [sum(lengths.map(([min]) => min)), sum(lengths.map(([, max]) => max))];
    }
    case "choice": {
      const lengths = node.among.map((part) => lengthOf(part, times));
      return [Math.min(...lengths.map(([min]) => min)), Math.max(...lengths.map(([, max]) => max))];
    }
    case "repeat": {
      const inside = times * Math.max(1, node.max);
      // RE2 unrolls repeats, and refuses what would be longer than this.
      if (inside > limits.detectorRepeatMax)
        throw new PatternFault(
          `repeats inside one another come to ${inside} times, more than ${limits.detectorRepeatMax}`,
        );
      const [min, max] = lengthOf(node.inner, inside);
      if (min === 0 && node.max > 1)
        throw new PatternFault("a repeat of what may be empty: name what must be there at least once");
      return [min * node.min, max * node.max];
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

const digit: Ranges = [[48, 57]];
const wordChars: Ranges = [[48, 57], [65, 90], [95, 95], [97, 122]]; // prettier-ignore
/** JavaScript's \s has more; in a pattern both mean any of these, and texts are rarely split by the others. */
const space: Ranges = [[9, 13], [32, 32], [160, 160]]; // prettier-ignore

const classes: Readonly<Record<string, { readonly ranges: Ranges; readonly negated: boolean }>> = {
  d: { ranges: digit, negated: false },
  D: { ranges: digit, negated: true },
  w: { ranges: wordChars, negated: false },
  W: { ranges: wordChars, negated: true },
  s: { ranges: space, negated: false },
  S: { ranges: space, negated: true },
};

const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f" };

/** Punctuation may be escaped; a letter or digit only where it has a meaning in both languages. */
const escapable = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]/;

class PatternReader {
  readonly #text: string;
  #at = 0;
  groups = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): PatternNode {
    if (/[\ud800-\udfff]/.test(this.#text)) throw this.#fault("a character outside the basic plane");
    const tree = this.#choice();
    if (this.#at < this.#text.length) throw this.#fault("a ) without its (");
    return tree;
  }

  #choice(): PatternNode {
    const among = [this.#sequence()];
    while (this.#text[this.#at] === "|") {
      this.#at++;
      among.push(this.#sequence());
    }
    return among.length === 1 && among[0] !== undefined ? among[0] : { kind: "choice", among };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === "|" || char === ")") return { kind: "sequence", parts };
      parts.push(this.#repeat(this.#atom(char)));
    }
  }

  #atom(char: string): PatternNode {
    if (char === "(") return this.#group();
    if (char === "[") return this.#set();
    if (char === "\\") return this.#escape();
    if (char === ".") {
      this.#at++;
      return { kind: "set", ranges: [[10, 10], [13, 13]], negated: true }; // prettier-ignore
    }
    if ("*+?{".includes(char)) throw this.#fault(`"${char}" repeats nothing here, or is not escaped`);
    if ("^$".includes(char))
      throw this.#fault(
        `the anchor "${char}", which depends on where a text is cut; write \\b, or escape it`,
      );
    if ("]}".includes(char)) throw this.#fault(`"${char}" must be escaped`);
    this.#at++;
    return exactly(char);
  }

  #group(): PatternNode {
    this.#at++;
    const capturing = this.#text[this.#at] !== "?";
    if (!capturing) {
      if (this.#text.slice(this.#at, this.#at + 2) !== "?:")
        throw this.#fault(
          "a group other than (...) and (?:...): there is no look-around, no flag and no name",
        );
      this.#at += 2;
    } else {
      this.groups++;
      if (this.groups > 4) throw this.#fault("a fifth group: write (?:...)");
    }
    const inner = this.#choice();
    if (this.#text[this.#at] !== ")") throw this.#fault("a ( without its )");
    this.#at++;
    return capturing ? { kind: "group", inner } : inner;
  }

  #escape(): PatternNode {
    const char = this.#text[this.#at + 1] ?? "";
    if (char === "b" || char === "B") {
      this.#at += 2;
      return { kind: "edge", negated: char === "B" };
    }
    const set = classes[char];
    if (set !== undefined) {
      this.#at += 2;
      return { kind: "set", ...set };
    }
    return exactly(this.#escapedChar());
  }

  #escapedChar(): string {
    const char = this.#text[this.#at + 1] ?? "";
    const meant = controls[char] ?? (escapable.test(char) ? char : undefined);
    if (meant === undefined)
      throw this.#fault(
        `the escape "\\${char}": only \\d \\w \\s \\b, their capitals, \\n \\r \\t \\f and punctuation`,
      );
    this.#at += 2;
    return meant;
  }

  #set(): PatternNode {
    this.#at++;
    const negated = this.#text[this.#at] === "^";
    if (negated) this.#at++;
    const ranges: (readonly [number, number])[] = [];
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw this.#fault("a [ without its ]");
      if (char === "]") {
        this.#at++;
        if (ranges.length === 0) throw this.#fault("an empty set");
        return { kind: "set", ranges, negated };
      }
      this.#member(char, ranges);
    }
  }

  #member(char: string, ranges: (readonly [number, number])[]): void {
    if (char === "[") throw this.#fault("a [ inside a set must be escaped");
    if (char === "\\") {
      const set = classes[this.#text[this.#at + 1] ?? ""];
      if (set !== undefined) {
        if (set.negated) throw this.#fault("a negated class inside a set");
        ranges.push(...set.ranges);
        this.#at += 2;
        return;
      }
    }
    const from = this.#member1(char);
    const isRange = this.#text[this.#at] === "-" && !["]", undefined].includes(this.#text[this.#at + 1]);
    if (!isRange) {
      ranges.push([from, from]);
      return;
    }
    this.#at++;
    const next = this.#text[this.#at] ?? "";
    if (next === "\\" && classes[this.#text[this.#at + 1] ?? ""] !== undefined)
      throw this.#fault("a range that ends in a class");
    const to = this.#member1(next);
    if (to < from) throw this.#fault("a range that runs backwards");
    ranges.push([from, to]);
  }

  #member1(char: string): number {
    if (char === "\\") return this.#escapedChar().charCodeAt(0);
    this.#at++;
    return char.charCodeAt(0);
  }

  #repeat(inner: PatternNode): PatternNode {
    const char = this.#text[this.#at];
    if (char === undefined || !"*+?{".includes(char)) return inner;
    if (char === "*" || char === "+") throw this.#fault(`the open repeat "${char}": write {min,max}`);
    if (inner.kind === "edge") throw this.#fault("a repeat of \\b");
    let [min, max] = [0, 1];
    if (char === "?") this.#at++;
    else {
      const found = /^\{(\d{1,5})(?:(,)(\d{0,5}))?\}/.exec(this.#text.slice(this.#at, this.#at + 16));
      if (found === null) throw this.#fault('"{" must be escaped, or be {n} or {min,max}');
      if (found[2] !== undefined && found[3] === "")
        throw this.#fault("an open repeat {n,}: write {min,max}");
      min = Number(found[1]);
      max = found[3] === undefined ? min : Number(found[3]);
      if (min > max) throw this.#fault(`the repeat ${found[0]} runs backwards`);
      if (max > limits.detectorRepeatMax)
        throw this.#fault(`the repeat ${found[0]} is above ${limits.detectorRepeatMax}`);
      if (max === 0) throw this.#fault("a repeat of nothing");
      this.#at += found[0].length;
    }
    if ("*+?{".includes(this.#text[this.#at] ?? "-"))
      throw this.#fault("a repeat of a repeat, or a lazy one; the longest match is always meant");
    return { kind: "repeat", inner, min, max };
  }

  #fault(what: string): PatternFault {
    return new PatternFault(`pattern, character ${this.#at + 1}: ${what}`);
  }
}

function exactly(char: string): PatternNode {
  const code = char.charCodeAt(0);
  return { kind: "set", ranges: [[code, code]], negated: false };
}
