/**
 * From an answer to marks: which of its words are remembered, and how they stood there. Owns what is near directive words and
 * what stands alone as a value. Does not own how marks are kept (slots.ts) nor what they prove (judge.ts).
 *
 * X1. Names of things are marked wherever they stand; other words, and pairs of words, only near directive words or as the whole
 *     value of a field. So a long report costs little, and an order to do something is remembered word by word.
 * X2. Near: within 160 characters behind a directive word or 80 before it, in one text.
 * X3. More than may be marked of one answer is a fact (`cut`); what is nearest to directive words is marked first.
 */
import type { AnswerTrace } from "../../protocol/trace.ts";
import { limits } from "../../protocol/limits.ts";
import { directiveWords } from "./directives.data.ts";
import {
  aboutOf,
  addressing,
  directiveOf,
  freeText,
  joinedAbout,
  packTrace,
  pair,
  structured,
} from "./mark.ts";
import type { WordHash } from "./wordhash.ts";
import { WordRun } from "./wordrun.ts";

const charsBehind = 160;
const charsBefore = 80;
const wholeWordsMost = 12;
const depthMost = 16;
const beginnings = 8_192;

/** A directive phrase: the hashes of its words behind the first, and its number. */
interface Phrase {
  readonly rest: readonly number[];
  readonly number: number;
  readonly isAddress: boolean;
}

export class AnswerReader {
  readonly #hash: WordHash;
  readonly #run: WordRun;
  readonly #name: WordRun;
  readonly #phrases = new Map<number, Phrase[]>();
  /** By the lower bits of a hash, whether some phrase may begin with it: most words are told apart by it. */
  readonly #beginnings = new Uint8Array(beginnings);
  /** Abouts by hash, as signed numbers of 32 bits: those are no objects. */
  readonly #marks = new Map<number, number>();
  /** Of directive words in the text at hand: where they begin, and a bit for each of them. */
  #places: number[] = [];
  #bits: number[] = [];
  #directive = 0;
  #isCut = false;
  #left = 0;

  constructor(hash: WordHash) {
    this.#hash = hash;
    this.#run = new WordRun(hash, limits.traceAnswerCharsMax / 2);
    this.#name = new WordRun(hash, 8);
    let number = 0;
    for (const { order, address } of Object.values(directiveWords)) {
      for (const text of order) this.#learn(text, number++ % 31, false);
      for (const text of address) this.#learn(text, 31, true);
    }
  }

  /** @param content as the server gave it: any JSON value, texts in it may be JSON themselves */
  read(content: unknown): AnswerTrace {
    this.#marks.clear();
    this.#directive = 0;
    this.#isCut = false;
    this.#left = limits.traceAnswerCharsMax;
    this.#value(content, "", 0);
    const hashes: number[] = [];
    const abouts: number[] = [];
    this.#keep(hashes, abouts);
    return {
      key: this.#hash.id,
      marks: packTrace(hashes, abouts),
      directive: this.#directive,
      ...(this.#isCut ? { cut: true } : {}),
    };
  }

  #learn(text: string, number: number, isAddress: boolean): void {
    const run = this.#name;
    run.read(text);
    const [first = 0, ...rest] = Array.from(run.hashes.subarray(0, run.length));
    const known = this.#phrases.get(first | 0) ?? [];
    this.#phrases.set(first | 0, known);
    this.#beginnings[first & (beginnings - 1)] = 1;
    if (!known.some((each) => each.rest.join() === rest.join())) known.push({ rest, number, isAddress });
  }

  #keep(hashes: number[], abouts: number[]): void {
    const add = (about: number, hash: number): void => {
      hashes.push(hash >>> 0);
      abouts.push(about);
    };
    if (this.#marks.size <= limits.traceMarksMax) return this.#marks.forEach(add);
    this.#isCut = true;
    const ranked = [...this.#marks].sort(([, one], [, other]) => directiveOf(other) - directiveOf(one));
    for (const [hash, about] of ranked.slice(0, limits.traceMarksMax)) add(about, hash);
  }

  #value(value: unknown, name: string, depth: number): void {
    if (typeof value === "string") return this.#string(value, name, depth);
    if (typeof value === "number") return this.#field(String(value), name);
    if (typeof value !== "object" || value === null) return;
    if (depth >= depthMost || this.#left <= 0) return void (this.#isCut = true);
    if (Array.isArray(value)) for (const each of value as unknown[]) this.#value(each, name, depth + 1);
    else for (const [key, each] of Object.entries(value)) this.#value(each, key, depth + 1);
  }

  #string(text: string, name: string, depth: number): void {
    const first = text.charCodeAt(0);
    if ((first === 123 || first === 91) && text.length <= this.#left) {
      const parsed = parse(text);
      if (parsed !== undefined) return this.#value(parsed, name, depth + 1);
    }
    if (this.#left <= 0) return void (this.#isCut = true);
    const taken = text.length > this.#left ? text.slice(0, this.#left) : text;
    if (taken.length < text.length) this.#isCut = true;
    this.#left -= taken.length;
    if (name !== "" && name !== "text" && taken.length <= 120 && !taken.includes("\n"))
      this.#field(taken, name);
    else this.#text(taken);
  }

  /** A short value of a field: a name, a date, a line of text. */
  #field(text: string, name: string): void {
    const run = this.#run;
    run.read(text);
    this.#findDirectives();
    this.#line(0, run.length, this.#lastWord(name));
    if (run.length > 1) this.#words(0, run.length);
  }

  #lastWord(name: string): number {
    const own = this.#name;
    own.read(name.replaceAll("_", " "));
    return own.length === 0 ? 0 : (own.hashes[own.length - 1] ?? 0);
  }

  #text(text: string): void {
    const run = this.#run;
    if (!run.read(text)) this.#isCut = true;
    this.#findDirectives();
    let from = 0;
    for (let at = 1; at <= run.length; at++) {
      if (at < run.length && !hasBreak(text, run.ends[at - 1] ?? 0, run.starts[at] ?? 0)) continue;
      this.#textLine(from, at);
      from = at;
    }
    this.#words(0, run.length);
  }

  /** `key: value` and `- value`. */
  #textLine(from: number, to: number): void {
    const { text, starts, ends } = this.#run;
    const start = starts[from] ?? 0;
    for (let at = from; at < Math.min(to - 1, from + 4); at++) {
      const end = ends[at] ?? 0;
      if (text.charCodeAt(end) !== 58) continue;
      const behind = text.charCodeAt(end + 1);
      if (behind === 32) return this.#line(at + 1, to, this.#run.hashes[at] ?? 0);
    }
    if (start >= 2 && isListed(text, start)) this.#line(from, to, 0);
  }

  /** The words of one value that stands alone. */
  #line(from: number, to: number, name: number): void {
    const run = this.#run;
    const count = to - from;
    if (count < 1 || count > wholeWordsMost) return;
    const at = run.starts[from] ?? 0;
    const near = this.#near(at, run.ends[to - 1] ?? 0);
    const about = aboutOf(structured, near & 7) | (near & addressing);
    if (count > 1) return this.#put(run.whole(from, to), about | pair);
    const hash = run.hashes[from] ?? 0;
    if (run.lengthAt(from) >= 3) this.#put(hash, about);
    if (run.lengthAt(from) < 5 && name !== 0) this.#put(this.#hash.pair(name, hash), about | pair);
    run.names[from] = 2;
  }

  #words(from: number, to: number): void {
    const run = this.#run;
    let first = 0;
    for (let at = from; at < to; at++) {
      const start = run.starts[at] ?? 0;
      while (first < this.#places.length && (this.#places[first] ?? 0) < start - charsBehind) first++;
      const near = this.#nearFrom(first, start, run.ends[at] ?? 0);
      const directive = near & 7;
      const isName = run.names[at] === 1;
      if (directive === 0 && !isName) continue;
      const about = aboutOf(freeText, directive) | (near & addressing);
      const length = run.lengthAt(at);
      // What stands alone as a value has been marked; in a text full of orders it is one of its words all the same.
      if (run.names[at] === 2 && directive < 3) continue;
      if ((isName && length >= 4) || (directive >= 2 && length >= 3)) this.#put(run.hashes[at] ?? 0, about);
      if (directive > 0 && at + 1 < to) this.#put(run.pairAt(at), about | pair);
    }
  }

  #findDirectives(): void {
    const run = this.#run;
    this.#places.length = 0;
    this.#bits.length = 0;
    for (let at = 0; at < run.length; at++) {
      const hash = run.hashes[at] ?? 0;
      if (this.#beginnings[hash & (beginnings - 1)] === 0) continue;
      const phrases = this.#phrases.get(hash | 0);
      if (phrases === undefined) continue;
      for (const { rest, number, isAddress } of phrases) {
        let is = 0;
        while (is < rest.length && run.hashes[at + 1 + is] === rest[is] && at + 1 + is < run.length) is++;
        if (is < rest.length) continue;
        this.#places.push(run.starts[at] ?? 0);
        this.#bits.push(isAddress ? -1 : number);
      }
    }
  }

  /** How many different directive words are near, with the bit of `addressing`. */
  #near(start: number, end: number): number {
    return this.#nearFrom(0, start, end);
  }

  #nearFrom(first: number, start: number, end: number): number {
    if (first >= this.#places.length) return 0;
    let mask = 0;
    let address = 0;
    for (let at = first; at < this.#places.length; at++) {
      const place = this.#places[at] ?? 0;
      if (place > end + charsBefore) break;
      if (place < start - charsBehind) continue;
      const bit = this.#bits[at] ?? 0;
      if (bit < 0) address = addressing;
      else mask |= 1 << bit;
    }
    let count = 0;
    for (; mask !== 0; count++) mask &= mask - 1;
    if (count > this.#directive) this.#directive = Math.min(count, 7);
    return Math.min(count, 7) | address;
  }

  #put(hash: number, about: number): void {
    const key = hash | 0;
    const known = this.#marks.get(key);
    if (known !== about) this.#marks.set(key, known === undefined ? about : joinedAbout(known, about));
  }
}

function hasBreak(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === 10) return true;
  return false;
}

/** Whether a dash stands before it, with nothing but spaces and quotes between. */
function isListed(text: string, start: number): boolean {
  let at = start - 1;
  while (at >= 0 && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 39 || text.charCodeAt(at) === 34))
    at--;
  return at >= 0 && text.charCodeAt(at) === 45;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
