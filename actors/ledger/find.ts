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
import type { Carried } from "../../protocol/facts.ts";
import { Finds } from "./finds.ts";
import type { KeyedHash } from "./keyedhash.ts";
import { Layers, type InflatePort } from "./layers.ts";
import { lengthOf, longAnchor, offsetOf, strengthOf, strengths, textAnchor } from "./mark.ts";
import type { Memory } from "./memory.ts";
import { Page } from "./page.ts";
import { anchorKinds, backShift, kindsOfRun, sift, Sieves, stops, type Sieve } from "./sieve.ts";
import * as symbols from "./symbols.ts";
import { gramOf, runAt, Symbols } from "./symbols.ts";
import type { MarkTable } from "./table.ts";

/** Of this module: what is imported is looked up at each use. */
const { comparedCodes, gramSymbols, mixing, runMask } = symbols;
const { long, text } = anchorKinds;

/** What a token stands for; undefined for what is none. */
export type OpenToken = (token: string) => string | undefined;

const tokenSign = "gwt1_";
const token = /gwt1_[A-Za-z0-9_-]{51,5600}/g;
/** Of the shortest: most calls have no run as long, and need no search for the sign. */
const tokenChars = 56;

/** Short texts of a call that are tried in pairs, and what is short. */
const pairedMax = 6;
/** More texts are not compared as one that was cut. */
const joinedMax = 64;
const shortChars = 48;
/** Grams whose hashes are kept, and where in a mixed gram their place stands. */
const [hashedMax, hashedShift] = [2_048, 21];

/** Nothing that was read is in it. */
export const carriesNothing: Carried = Object.freeze({ values: Object.freeze([]), parts: Object.freeze([]) });

/** A short text of a call, for pairs of them. */
interface Piece {
  readonly codes: Uint8Array;
  /** One of its grams has a bit in the sieve. */
  readonly isKnown: boolean;
  readonly isNumbered: boolean;
}

export class Finder {
  readonly #hash: KeyedHash;
  readonly #layers: Layers;
  readonly #open: OpenToken;
  readonly #symbols = new Symbols(limits.ledgerArgumentSymbolsMax, comparedCodes);
  /** The call's own texts and names, behind one another. */
  readonly #page = new Page();
  readonly #sieves: Sieves;
  /** Of the memory that is compared with. */
  #sieve: Sieve | undefined;
  #anchors: Int32Array = new Int32Array(1);
  /** Grams that came before, each with its hash behind it: those of words come again and again. */
  readonly #hashed = new Int32Array(2 * hashedMax).fill(-1);
  /** The run of the symbols that there are that was hashed last; of none -1. */
  #lastStart = -1;
  #lastLength = 0;
  #lastHash = 0;
  #left = 0;
  #isCut = false;
  #isOpened = false;
  readonly #finds = new Finds();

  constructor(hash: KeyedHash, inflate: InflatePort, open: OpenToken = () => undefined) {
    this.#hash = hash;
    this.#sieves = new Sieves(hash);
    this.#layers = new Layers(inflate, this.#symbols);
    this.#open = open;
  }

  /** What arguments carry. */
  find(memory: Memory | undefined, args: unknown): Carried {
    if (memory === undefined) return carriesNothing;
    // Under another key nothing could be found: whoever judges sees that it was not compared.
    if (memory.key !== this.#hash.id) return carriesNothing;
    if (memory.table.count === 0 || args === undefined) return { ...carriesNothing, compared: memory.key };
    const texts: string[] = [];
    const names: string[] = [];
    this.#isCut = !leaves(args, texts, names, 0);
    const count = texts.length;
    for (const name of names) texts.push(name);
    this.#finds.clear();
    this.#left = limits.ledgerArgumentSymbolsMax;
    this.#layers.start();
    this.#isOpened = false;
    this.#sieve = this.#sieves.of(memory.table);
    this.#anchors = this.#sieve.anchors;
    this.#compare(memory, texts, count);
    this.#page.release();
    this.#layers.release();
    return this.#finds.carried(memory, this.#isCut || this.#layers.isCut);
  }

  /** @param all the texts, so many, and the names of members behind them */
  #compare(memory: Memory, all: readonly string[], texts: number): void {
    const page = this.#page;
    this.#symbols.clear();
    if (!page.fill(all, this.#symbols)) this.#isCut = true;
    const stopped = this.#scan(memory);
    // It will be refused as unread, whatever else is in it.
    if (this.#isCut) return;
    if (texts > 1 && texts <= joinedMax) this.#pairs(memory, all, texts, stopped);
    const look = (): void => void this.#scan(memory);
    for (let which = 0, last = 0; which < all.length; which++) {
      const end = page.placeEnds[which] ?? 0;
      if (end === last) continue;
      last = end;
      this.#layers.undo(page, which, all[which], look);
      if (this.#isCut || this.#layers.isCut) return;
    }
    // An encoded value may be cut into several arguments.
    if (texts > 1 && texts <= joinedMax) {
      this.#layers.undoJoined(page, all, texts, look);
      this.#layers.undoHalves(page, texts, look);
    }
    this.#isOpened = true;
    if (page.longestRun >= tokenChars && page.text.includes("_") && page.text.includes(tokenSign))
      for (const text of all.slice(0, texts)) this.#tokens(memory, text);
  }

  /**
   * A value cut in two, with something else between or the other way round: short texts, one of them with digits.
   *
   * @param texts   of `all`, that are compared so
   * @param stopped how many stops of all of them there are, as they stand in the call
   */
  #pairs(memory: Memory, all: readonly string[], texts: number, stopped: number): void {
    const short: number[] = [];
    let hasDigits = false;
    for (let at = 0; at < texts; at++) {
      const text = all[at] ?? "";
      if (text.length <= 1 || text.length > shortChars) continue;
      if (short.push(at) > pairedMax) return;
      hasDigits ||= hasDigit(text);
    }
    if (short.length < 2 || !hasDigits) return;
    const pieces = short.map((which) => this.#pieceOf(all[which] ?? "", which, stopped));
    for (const one of pieces)
      for (const other of pieces) if (one !== other && (one.isNumbered || other.isNumbered)) this.#pair(memory, one, other); // prettier-ignore
  }

  #pieceOf(text: string, which: number, count: number): Piece {
    const { symbolEnds } = this.#page;
    const [from, to] = [which === 0 ? 0 : (symbolEnds[which - 1] ?? 0), symbolEnds[which] ?? 0];
    let isKnown = false;
    for (let stop = 0; stop < count; stop++) {
      const at = stops[stop] ?? 0;
      // Five of the symbols of a gram.
      if (at >= from && at + gramSymbols <= to + 1) isKnown = true;
    }
    return { codes: comparedCodes.slice(from, to), isKnown, isNumbered: hasDigit(text) };
  }

  /** Where no gram of either begins an anchor, only those over their border are looked at first. */
  #pair(memory: Memory, one: Piece, other: Piece): void {
    if (!one.isKnown && !other.isKnown) {
      const over = gramSymbols - 1;
      this.#put(one.codes.subarray(-over), other.codes.subarray(0, over));
      if (this.#sieve === undefined || sift(this.#sieve, this.#symbols.length) === 0) return;
    }
    this.#put(one.codes, other.codes);
    this.#scan(memory);
  }

  #put(one: Uint8Array, other: Uint8Array): void {
    comparedCodes.set(one);
    comparedCodes.set(other, one.length);
    this.#symbols.length = one.length + other.length;
  }

  #tokens(memory: Memory, text: string): void {
    if (!text.includes(tokenSign)) return;
    for (const [each] of text.matchAll(token)) {
      const value = this.#open(each);
      if (value === undefined) continue;
      this.#symbols.clear();
      if (!this.#symbols.add(value)) this.#isCut = true;
      this.#scan(memory);
    }
  }

  /** Compares the symbols that there are. @returns how many `stops` there are */
  #scan(memory: Memory): number {
    const { length } = this.#symbols;
    this.#lastStart = -1;
    this.#left -= length;
    if (this.#left < 0) {
      this.#isCut = true;
      return 0;
    }
    const sieve = this.#sieve;
    if (length < gramSymbols || sieve === undefined) return 0;
    const count = sift(sieve, length);
    for (let stop = 0; stop < count; stop++) {
      const at = stops[stop] ?? 0;
      const first = runAt(comparedCodes, at - 1);
      const run = ((first << 5) | (comparedCodes[at + gramSymbols - 1] ?? 0)) & runMask;
      const before = kindsOfRun(sieve, first);
      const kinds = kindsOfRun(sieve, run);
      if ((before | kinds) === 0) continue;
      if (before !== 0) this.#stop(memory.table, at - 1, first, before);
      if (kinds !== 0 && at + gramSymbols <= length) this.#stop(memory.table, at, run, kinds);
    }
    return count;
  }

  /** The gram here may be the first one of an anchor. @param run its symbols @param kinds of which there are (sieve.ts) */
  #stop(table: MarkTable, at: number, run: number, kinds: number): void {
    const own = this.#gram(run);
    if ((kinds & anchorKinds.short) !== 0) this.#probe(table, own, at, gramSymbols, 0);
    if ((kinds & (long | text)) !== 0 && at + 2 * gramSymbols <= this.#symbols.length) this.#long(table, own, at, 1, kinds); // prettier-ignore
    const back = kinds >> backShift;
    if ((back & (long | text)) !== 0 && at >= gramSymbols) this.#long(table, own, at, -1, back);
  }

  /** Anchors of two grams or three. @param step 1 where they are read forwards from here, -1 backwards */
  #long(table: MarkTable, own: number, at: number, step: -1 | 1, kinds: number): void {
    const second = at + step * gramSymbols;
    const third = second + step * gramSymbols;
    const next = this.#gram(runAt(comparedCodes, second));
    if ((kinds & long) !== 0)
      this.#probe(table, longAnchor(own, next) | 0, Math.min(at, second), 2 * gramSymbols, step);
    if ((kinds & text) === 0 || third < 0 || third + gramSymbols > this.#symbols.length) return;
    this.#probe(table, textAnchor(own, next, this.#gram(runAt(comparedCodes, third))) | 0, Math.min(at, third), 3 * gramSymbols, step); // prettier-ignore
  }

  /** Hash of the gram that symbols make, whichever way they are read. */
  #gram(run: number): number {
    const gram = gramOf(run);
    const slot = (Math.imul(gram ^ (gram >>> 15), mixing) >>> hashedShift) << 1;
    const hashed = this.#hashed;
    if (hashed[slot] === gram) return hashed[slot + 1] ?? 0;
    const hash = this.#hash.gram(gram) | 0;
    hashed[slot] = gram;
    hashed[slot + 1] = hash;
    return hash;
  }

  /**
   * @param anchor with its sign: a number of 32 bits without one is no small one, and would be made anew for each call
   * @param step in which direction its value stands here, as `#hit` takes it
   */
  #probe(table: MarkTable, anchor: number, start: number, size: number, step: -1 | 0 | 1): void {
    const anchors = this.#anchors;
    if ((((anchors[(anchor >>> 5) & (anchors.length - 1)] ?? 0) >>> anchor) & 1) === 0) return;
    for (let slot = table.seek(anchor, table.slot(anchor)); slot >= 0; slot = table.seek(anchor, slot + 1))
      this.#hit(table, table.at(slot), start, size, step);
  }

  /**
   * @param at   where the anchor of a mark stands, which has `size` symbols
   * @param step 1 where the value can only stand forwards, -1 backwards; 0 where one gram does not say
   */
  #hit(table: MarkTable, mark: number, at: number, size: number, step: -1 | 0 | 1): void {
    const { length } = this.#symbols;
    // With their sign, as `#probe` has anchors.
    const about = table.about(mark) | 0;
    const check = table.check(mark) | 0;
    const own = lengthOf(about);
    const offset = offsetOf(about);
    const strength = strengthOf(about);
    if (strength === strengths.piece) return this.#finds.part(about, check, offset, this.#isOpened);
    const start = at - offset;
    const isForward = step >= 0 && start >= 0 && start + own <= length && this.#forward(start, own) === check;
    const end = at + size - 1 + offset;
    const isBackward = step <= 0 && !isForward && end < length && end - own + 1 >= 0 && (this.#hash.value(comparedCodes, end, own, -1) | 0) === check; // prettier-ignore
    if (isForward || isBackward) this.#finds.take(about, strength, check, this.#isOpened);
  }

  /** Marks of one anchor mostly are of values that begin alike: those of one length have one hash here. */
  #forward(start: number, own: number): number {
    if (this.#lastStart === start && this.#lastLength === own) return this.#lastHash;
    this.#lastStart = start;
    this.#lastLength = own;
    this.#lastHash = this.#hash.value(comparedCodes, start, own, 1) | 0;
    return this.#lastHash;
  }
}

function hasDigit(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) return true; // prettier-ignore
  return false;
}

/** Texts and numbers of a value in its order, and the names of its members. @returns false when it is too deep */
function leaves(value: unknown, texts: string[], names: string[], depth: number): boolean {
  if (typeof value === "number" || typeof value === "bigint") texts.push(String(value));
  if (typeof value === "string") texts.push(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth >= limits.dlpDepthMax) return false;
  let isWholly = true;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) isWholly = leaves(value[at], texts, names, depth + 1) && isWholly; // prettier-ignore
    return isWholly;
  }
  // Members of what came out of a parser are its own, and read so they are not looked up by name.
  for (const name in value) {
    names.push(name);
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof member === "string") texts.push(member);
    else isWholly = leaves(member, texts, names, depth + 1) && isWholly;
  }
  return isWholly;
}
