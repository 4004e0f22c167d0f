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
import { hostPlace } from "./asking.ts";
import { plainOf } from "./concealment.ts";
import { Directives } from "./directives.ts";
import { undisguised, ungrouped } from "./disguise.ts";
import { aboutOf, addressing, freeText, hinting, pair, structured } from "./mark.ts";
import { MarkTable } from "./marktable.ts";
import type { WordHash } from "./wordhash.ts";
import { WordRun } from "./wordrun.ts";

const wholeWordsMost = 12;
const depthMost = 16;
/** Encoded texts of one text that are read. */
const concealedMost = 8;
const speaking = addressing | hinting;
/** Names of members come from tools: no more than so many are kept, and none that is longer. */
const membersMost = 1_024;
const memberCharsMost = 64;
/** What a URL begins with. */
const letterH = 104;

/** What a member of an object is called, looked at once. */
interface MemberName {
  /** Somebody has written it: it has a blank, or is an address. */
  readonly isValue: boolean;
  /** Its hash; 0 for none. */
  readonly lastWord: number;
}

export class AnswerReader {
  readonly #hash: WordHash;
  readonly #run: WordRun;
  readonly #name: WordRun;
  readonly #directives: Directives;
  readonly #marks = new MarkTable();
  readonly #members = new Map<string, MemberName>();
  #isCut = false;
  #left = 0;

  constructor(hash: WordHash) {
    this.#hash = hash;
    this.#directives = new Directives(hash);
    this.#run = new WordRun(hash, limits.traceAnswerCharsMax / 2, this.#directives.interest);
    this.#name = new WordRun(hash, 8);
  }

  /** @param content as the server gave it: any JSON value, texts in it may be JSON themselves */
  read(content: unknown): AnswerTrace {
    this.#marks.clear();
    this.#directives.start();
    this.#isCut = false;
    this.#left = limits.traceAnswerCharsMax;
    this.#value(content, "", 0);
    if (this.#marks.length > limits.traceMarksMax) this.#isCut = true;
    return {
      key: this.#hash.id,
      marks: this.#marks.pack(),
      directive: this.#directives.most,
      ...(this.#isCut ? { cut: true } : {}),
    };
  }

  #value(value: unknown, name: string, depth: number): void {
    if (typeof value === "string") return this.#string(value, name, depth);
    if (typeof value === "number") return this.#number(String(value), name);
    if (typeof value !== "object" || value === null) return;
    if (depth >= depthMost || this.#left <= 0) return void (this.#isCut = true);
    if (Array.isArray(value)) for (const each of value as unknown[]) this.#value(each, name, depth + 1);
    else
      for (const key of Object.keys(value)) {
        // What somebody has written is a value, too.
        if (this.#member(key).isValue) this.#string(key, "member", depth);
        this.#value((value as Readonly<Record<string, unknown>>)[key], key, depth + 1);
      }
  }

  #string(text: string, name: string, depth: number): void {
    const first = text.charCodeAt(0);
    if ((first === 123 || first === 91) && text.length <= this.#left) {
      const parsed = parse(text);
      if (parsed !== undefined) return this.#value(parsed, name, depth + 1);
    }
    if (this.#left <= 0) return void (this.#isCut = true);
    const whole = text.length > this.#left ? text.slice(0, this.#left) : text;
    if (whole.length < text.length) this.#isCut = true;
    this.#left -= whole.length;
    const taken = this.#plainly(whole);
    if (name !== "" && name !== "text" && taken.length <= 120 && !taken.includes("\n"))
      this.#field(taken, name);
    else this.#text(taken);
  }

  /** Reads a text as it is meant, and gives it. */
  #plainly(text: string): string {
    const run = this.#run;
    let isWhole = run.read(text);
    const plain = run.isVeiled ? undisguised(text) : text;
    const taken = run.isGrouped || plain !== text ? ungrouped(plain) : text;
    if (taken !== text) isWhole = run.read(taken);
    if (!isWhole) this.#isCut = true;
    return taken;
  }

  #number(text: string, name: string): void {
    this.#run.read(text);
    this.#field(text, name);
  }

  /** A short value of a field, that was read: a name, a date, a line of text. */
  #field(text: string, name: string): void {
    const run = this.#run;
    this.#directives.find(run, text);
    this.#line(0, run.length, name, -1);
    if (run.length > 1) this.#words(text);
    if (run.longs.length > 0) this.#concealed(text);
  }

  /** Names repeat in most answers. */
  #member(name: string): MemberName {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const own = this.#name;
    own.read(name.replaceAll("_", " "));
    const lastWord = own.length === 0 ? 0 : own.hashAt(own.length - 1);
    const made = { isValue: /[\s@]|:\/\//.test(name), lastWord };
    if (name.length <= memberCharsMost && this.#members.size < membersMost) this.#members.set(name, made);
    return made;
  }

  #text(text: string): void {
    const run = this.#run;
    this.#directives.find(run, text);
    let from = 0;
    for (let line = 0; line < run.lineCount; line++) {
      const at = run.lines[line] ?? 0;
      if (at > from) this.#textLine(from, at);
      from = at;
    }
    if (run.length > from) this.#textLine(from, run.length);
    this.#words(text);
    if (run.longs.length > 0) this.#concealed(text);
  }

  /** Base64 within a text was meant for no person. What stands alone is a file like any other. */
  #concealed(text: string): void {
    const { length, starts, ends, longs } = this.#run;
    const found: { readonly plain: string; readonly isAlone: boolean }[] = [];
    for (const at of longs) {
      if (found.length >= concealedMost) break;
      const plain = plainOf(text.slice(starts[at], ends[at]));
      if (plain !== undefined) found.push({ plain, isAlone: length === 1 || this.#run.isAlone(at) });
    }
    for (const { plain, isAlone } of found) {
      if (plain.length > this.#left) return void (this.#isCut = true);
      this.#left -= plain.length;
      this.#run.read(plain);
      this.#directives.find(this.#run, plain);
      if (!isAlone) this.#directives.conceal(plain.length);
      this.#words(plain);
    }
  }

  /** `key: value` and `- value`. */
  #textLine(from: number, to: number): void {
    const { codes, starts, ends } = this.#run;
    const start = starts[from] ?? 0;
    for (let at = from; at < Math.min(to - 1, from + 4); at++) {
      const end = ends[at] ?? 0;
      if (codes[end] === 58 && codes[end + 1] === 32) return this.#line(at + 1, to, "", at);
    }
    if (start >= 2 && isListed(codes, start)) this.#line(from, to, "", -1);
  }

  /** The words of one value that stands alone. @param key place of the word that names it; else `name` does, or nothing */
  #line(from: number, to: number, name: string, key: number): void {
    const run = this.#run;
    const count = to - from;
    if (count < 1 || count > wholeWordsMost) return;
    const near = this.#directives.near(run.starts[from] ?? 0, run.ends[to - 1] ?? 0);
    const about = aboutOf(structured, near & 7) | (near & speaking);
    if (count > 1) return this.#marks.put(run.whole(from, to), about | pair);
    const hash = run.hashAt(from);
    const length = run.lengthAt(from);
    if (length >= 3) this.#marks.put(hash, about);
    run.setAlone(from);
    if (length >= 5) return;
    const of = key >= 0 ? run.hashAt(key) : this.#member(name).lastWord;
    if (of !== 0) this.#marks.put(this.#hash.pair(of, hash), about | pair);
  }

  #words(text: string): void {
    if (this.#directives.isBland) return this.#blandWords(text);
    const [run, marks, directives] = [this.#run, this.#marks, this.#directives];
    const { length, starts, ends, codes } = run;
    directives.rewind();
    /** Sealed: 0 where nobody has asked for it yet. */
    let next = 0;
    for (let at = 0; at < length; at++) {
      const start = starts[at] ?? 0;
      const end = ends[at] ?? 0;
      const known = next;
      next = 0;
      const near = directives.near(start, end);
      const directive = near & 7;
      const isAlone = run.isAlone(at);
      const isName = !isAlone && run.isName(at);
      if (directive === 0 && !isName) continue;
      // What stands alone as a value has been marked; in a text full of orders it is one of its words all the same.
      if (isAlone && directive < 3) continue;
      const about = aboutOf(freeText, directive) | (near & speaking);
      const hash = known === 0 ? run.hashAt(at) : known;
      const chars = end - start;
      if ((isName && chars >= 4) || (directive >= 2 && chars >= 3)) marks.put(hash, about);
      if (isName && ((codes[start] ?? 0) | 32) === letterH) this.#origin(text, at, about);
      if (directive === 0 || at + 1 >= length) continue;
      next = run.hashAt(at + 1);
      marks.put(this.#hash.pair(hash, next), about | pair);
    }
  }

  /** Without an order in sight, what names something. */
  #blandWords(text: string): void {
    const run = this.#run;
    const { named, namedCount, starts, codes } = run;
    for (let each = 0; each < namedCount; each++) {
      const at = named[each] ?? 0;
      if (run.isAlone(at) || run.lengthAt(at) < 4) continue;
      this.#marks.put(run.hashAt(at), freeText);
      if (((codes[starts[at] ?? 0] ?? 0) | 32) === letterH) this.#origin(text, at, freeText);
    }
  }

  /** A URL is remembered by its host, too. */
  #origin(text: string, at: number, about: number): void {
    const [from, to] = [this.#run.starts[at] ?? 0, this.#run.ends[at] ?? 0];
    if (!text.startsWith("://", from + 4) && !text.startsWith("://", from + 5)) return;
    const [start, end] = hostPlace(text, from, to);
    if (end > start) this.#marks.put(this.#hash.of(text.slice(start, end)), about);
  }
}

/** Whether a dash stands before it, with nothing but spaces and quotes between. */
function isListed(codes: Uint16Array, start: number): boolean {
  let at = start - 1;
  while (at >= 0 && (codes[at] === 32 || codes[at] === 39 || codes[at] === 34)) at--;
  return at >= 0 && codes[at] === 45;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
