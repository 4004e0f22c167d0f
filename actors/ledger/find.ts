/**
 * From a call's arguments to what they carry of values that were read: the other side of extract.ts. Owns how a value is
 * recognised in what an agent wrote. Does not own whether it may go there (guards/flow.ts).
 *
 * F1. A value is found however it is spelled: case, separators, hidden and look-alike characters, reversed, in texts behind
 *     one another, and in encodings (layers.ts).
 * F2. A value is found by two keyed hashes, one of them of the whole value, so that none is found by chance. Of a sensitive
 *     value three quarters are as much as all of it.
 * F3. What was not compared to its end says so (`unread`).
 */
import { limits } from "../../protocol/limits.ts";
import type { Carried, CarriedPart, CarriedValue } from "../../protocol/facts.ts";
import type { KeyedHash } from "./keyedhash.ts";
import { Layers, type InflatePort } from "./layers.ts";
import {
  answerOf,
  lengthOf,
  longAnchor,
  offsetOf,
  strengthOf,
  strengths,
  textAnchor,
  typeOf,
} from "./mark.ts";
import type { Memory } from "./memory.ts";
import { anchorKinds, kindBits, Sieves, type Sieve } from "./sieve.ts";
import { gramSymbols, mixedGram, Symbols } from "./symbols.ts";
import type { MarkTable } from "./table.ts";

/** What a token stands for; undefined for what is none. */
export type OpenToken = (token: string) => string | undefined;

const token = /gwt1_[A-Za-z0-9_-]{51,5600}/g;

/** Short texts of a call that are tried in pairs, and what is short. */
const pairedMax = 6;
const shortChars = 48;

/** Nothing that was read is in it. */
export const carriesNothing: Carried = Object.freeze({ values: Object.freeze([]), parts: Object.freeze([]) });

interface Part {
  readonly answer: number;
  readonly type: number;
  readonly length: number;
  low: number;
  high: number;
}

export class Finder {
  readonly #hash: KeyedHash;
  readonly #layers: Layers;
  readonly #open: OpenToken;
  readonly #symbols = new Symbols(limits.ledgerArgumentSymbolsMax);
  readonly #sieves: Sieves;
  /** Of the memory that is compared with. */
  #sieve: Sieve | undefined;
  /** Of what is scanned: its grams, and where those stand that the sieve keeps, with the kinds of anchors. */
  #grams = new Int32Array(1_024);
  #stops = new Int32Array(1_024);
  #left = 0;
  #isCut = false;
  #isOpened = false;
  /** By answer, type, strength and whether it stood in a token: the values found. */
  readonly #found = new Map<number, Set<number>>();
  readonly #parts = new Map<number, Part>();

  constructor(hash: KeyedHash, inflate: InflatePort, open: OpenToken = () => undefined) {
    this.#hash = hash;
    this.#sieves = new Sieves(hash);
    this.#layers = new Layers(inflate);
    this.#open = open;
  }

  /** What arguments carry. */
  find(memory: Memory | undefined, args: unknown): Carried {
    if (memory === undefined) return carriesNothing;
    // Under another key nothing could be found: whoever judges sees that it was not compared.
    if (memory.key !== this.#hash.id) return carriesNothing;
    if (memory.table.count === 0 || args === undefined) return { ...carriesNothing, compared: memory.key };
    const texts: string[] = [];
    const keys: string[] = [];
    this.#isCut = !leaves(args, texts, keys, 0);
    this.#found.clear();
    this.#parts.clear();
    this.#left = limits.ledgerArgumentSymbolsMax;
    this.#layers.start();
    this.#isOpened = false;
    this.#sieve = this.#sieves.of(memory.table);
    this.#scan(memory, [...texts, ...keys]);
    // It will be refused as unread, whatever else is in it.
    if (this.#isCut) return this.#carried(memory);
    this.#pairs(memory, texts);
    const look = (text: string): void => this.#scan(memory, [text]);
    for (const each of [texts, keys])
      for (const text of each) {
        this.#layers.undo(text, look);
        if (this.#isCut || this.#layers.isCut) return this.#carried(memory);
      }
    // An encoded value may be cut into several arguments.
    if (texts.length > 1 && texts.length <= 64) this.#layers.undoJoined(texts, look);
    this.#isOpened = true;
    for (const text of texts) this.#tokens(memory, text);
    return this.#carried(memory);
  }

  /** A value cut in two, with something else between or the other way round: short texts, one of them with digits. */
  #pairs(memory: Memory, texts: readonly string[]): void {
    const short = texts.length > 64 ? [] : texts.filter(isShort);
    if (short.length < 2 || short.length > pairedMax) return;
    const numbered = short.map(hasDigit);
    for (let one = 0; one < short.length; one++)
      for (let other = 0; other < short.length; other++) {
        if (one === other || !(numbered[one] === true || numbered[other] === true)) continue;
        this.#scan(memory, [short[one] ?? "", short[other] ?? ""]);
      }
  }

  #tokens(memory: Memory, text: string): void {
    if (!text.includes("gwt1_")) return;
    for (const [each] of text.matchAll(token)) {
      const value = this.#open(each);
      if (value !== undefined) this.#scan(memory, [value]);
    }
  }

  #scan(memory: Memory, texts: readonly string[]): void {
    const symbols = this.#symbols;
    symbols.clear();
    for (const text of texts) if (!symbols.add(text)) this.#isCut = true;
    this.#left -= symbols.length;
    if (this.#left < 0) {
      this.#isCut = true;
      return;
    }
    const { codes, length } = symbols;
    if (length < gramSymbols || this.#sieve === undefined) return;
    const count = this.#sift(this.#sieve, codes, length);
    for (let stop = 0; stop < count; stop++) {
      const word = this.#stops[stop] ?? 0;
      this.#stop(memory.table, word >>> 3, word & 7);
    }
  }

  /** @returns how many grams the sieve keeps */
  #sift({ bits, shift, kinds }: Sieve, codes: Uint8Array, length: number): number {
    if (this.#grams.length < length) {
      this.#grams = new Int32Array(2 * length);
      this.#stops = new Int32Array(2 * length);
    }
    const [grams, stops] = [this.#grams, this.#stops];
    let count = 0;
    let forward = 0;
    let backward = 0;
    for (let at = 0; at < gramSymbols - 1; at++) {
      forward = (forward << 5) | (codes[at] ?? 0);
      backward = (backward >>> 5) | ((codes[at] ?? 0) << 25);
    }
    for (let at = gramSymbols - 1; at < length; at++) {
      const code = codes[at] ?? 0;
      forward = ((forward << 5) | code) & 0x3fffffff;
      backward = (backward >>> 5) | (code << 25);
      // The smaller one, without a branch: it would be guessed wrong half of the times.
      const over = forward - backward;
      const gram = backward + (over & (over >> 31));
      grams[at - gramSymbols + 1] = gram;
      const mixed = mixedGram(gram);
      const group = bits[mixed >>> shift] ?? 0;
      if (
        ((group >>> ((mixed >>> 8) & 31)) &
          (group >>> ((mixed >>> 13) & 31)) &
          (group >>> ((mixed >>> 16) & 31)) &
          1) ===
        1
      )
        // prettier-ignore
        stops[count++] = ((at - gramSymbols + 1) << 3) | (kinds[mixed >>> (shift - kindBits)] ?? 0);
    }
    return count;
  }

  /**
   * The gram here may be the first one of an anchor: of one gram, of two or of three, read forwards or backwards.
   *
   * @param kinds of which there are (sieve.ts)
   */
  #stop(table: MarkTable, at: number, kinds: number): void {
    const last = this.#symbols.length - gramSymbols;
    const own = this.#gram(at);
    if ((kinds & anchorKinds.short) !== 0) this.#probe(table, own, at, gramSymbols);
    if (kinds <= anchorKinds.short) return;
    const [isLong, isText] = [(kinds & anchorKinds.long) !== 0, (kinds & anchorKinds.text) !== 0];
    for (let step = gramSymbols; step >= -gramSymbols; step -= 2 * gramSymbols) {
      const [next, end] = [at + step, at + 2 * step];
      if (next < 0 || next > last) continue;
      const second = this.#gram(next);
      if (isLong) this.#probe(table, longAnchor(own, second), Math.min(at, next), 2 * gramSymbols);
      if (isText && end >= 0 && end <= last) this.#probe(table, textAnchor(own, second, this.#gram(end)), Math.min(at, end), 3 * gramSymbols); // prettier-ignore
    }
  }

  #gram(at: number): number {
    return this.#hash.gram(this.#grams[at] ?? 0);
  }

  /** @param word an anchor, in whatever form of 32 bits */
  #probe(table: MarkTable, word: number, start: number, size: number): void {
    const anchor = word >>> 0;
    for (let slot = table.slot(anchor); ; slot++) {
      const mark = table.at(slot);
      if (mark < 0) return;
      if (table.anchor(mark) === anchor) this.#hit(table, mark, start, size);
    }
  }

  /** @param at where the anchor of a mark stands, which has `size` symbols */
  #hit(table: MarkTable, mark: number, at: number, size: number): void {
    const { codes, length } = this.#symbols;
    const [about, check] = [table.about(mark), table.check(mark)];
    const [own, offset, strength] = [lengthOf(about), offsetOf(about), strengthOf(about)];
    if (strength === strengths.piece) return this.#part(about, check, offset);
    const start = at - offset;
    const isForward = start >= 0 && start + own <= length && this.#hash.value(codes, start, own, 1) === check;
    const end = at + size - 1 + offset;
    const isBackward = !isForward && end < length && end - own + 1 >= 0 && this.#hash.value(codes, end, own, -1) === check; // prettier-ignore
    if (isForward || isBackward) this.#take(answerOf(about), typeOf(about), strength, check, this.#isOpened);
  }

  #take(answer: number, type: number, strength: number, check: number, isOpened: boolean): void {
    const key = (answer << 12) | (type << 4) | (strength << 1) | (isOpened ? 1 : 0);
    const checks = this.#found.get(key);
    if (checks === undefined) this.#found.set(key, new Set([check]));
    else checks.add(check);
  }

  #part(about: number, check: number, offset: number): void {
    const key = (check * 256 + answerOf(about)) * 2 + (this.#isOpened ? 1 : 0);
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = { answer: answerOf(about), type: typeOf(about), length: lengthOf(about), low: 0, high: 0 };
      this.#parts.set(key, part);
    }
    for (let symbol = offset; symbol < offset + gramSymbols; symbol++)
      if (symbol < 32) part.low |= 1 << symbol;
      else part.high |= 1 << (symbol - 32);
  }

  #carried({ answers, types, key: compared }: Memory): Carried {
    const parts: CarriedPart[] = [];
    let isCut = this.#isCut || this.#layers.isCut;
    for (const [key, { answer, type, length, low, high }] of this.#parts) {
      const [check, isOpened] = [Math.floor(key / 512), key % 2 === 1];
      if (isWhole(length, low, high)) this.#take(answer, type, strengths.sensitive, check, isOpened);
      else if (isOpened) continue;
      else if (parts.length >= limits.ledgerPartsMax) isCut = true;
      else parts.push({ op: answers[answer]?.op ?? "", type: types[type] ?? "", check, length, low: low >>> 0, high: high >>> 0 }); // prettier-ignore
    }
    const values: CarriedValue[] = [];
    for (const [key, checks] of this.#found) {
      if (values.length >= limits.ledgerFoundMax) {
        isCut = true;
        break;
      }
      const value = { op: answers[key >> 12]?.op ?? "", type: types[(key >> 4) & 255] ?? "", strength: (key >> 1) & 3, count: checks.size }; // prettier-ignore
      values.push((key & 1) === 1 ? { ...value, token: true } : value);
    }
    return isCut ? { values, parts, compared, unread: true } : { values, parts, compared };
  }
}

/** Whether so much of a value is as good as all of it. */
export function isWhole(length: number, low: number, high: number): boolean {
  return bitsOf(low) + bitsOf(high) >= Math.ceil(length * (length <= 11 ? 0.85 : 0.75));
}

function isShort(text: string): boolean {
  return text.length > 1 && text.length <= shortChars;
}

function hasDigit(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) return true; // prettier-ignore
  return false;
}

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Texts and numbers of a value in its order, and the names of its members. @returns false when it is too deep */
function leaves(value: unknown, texts: string[], keys: string[], depth: number): boolean {
  if (typeof value === "string") texts.push(value);
  else if (typeof value === "number" || typeof value === "bigint") texts.push(String(value));
  if (typeof value !== "object" || value === null) return true;
  if (depth >= limits.dlpDepthMax) return false;
  let isWholly = true;
  if (Array.isArray(value))
    for (const each of value as unknown[]) isWholly = leaves(each, texts, keys, depth + 1) && isWholly; // prettier-ignore
  else
    for (const name of Object.keys(value)) {
      keys.push(name);
      isWholly = leaves((value as Readonly<Record<string, unknown>>)[name], texts, keys, depth + 1) && isWholly; // prettier-ignore
    }
  return isWholly;
}
