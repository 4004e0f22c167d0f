/**
 * Strict reading of JSON text from outside. Owns: the grammar (RFC 8259), the bounds, and the refusal of every
 * text that two parsers could read differently. Does not own: the shape of a message (jsonrpc.ts), the way from
 * bytes to text (the doors: UTF-8, fatal, no byte order mark removed).
 *
 * J1. An accepted text means the same to every conforming parser: no duplicate key, no lone surrogate, no integer
 *     that a double cannot hold. So what was judged is what is sent on.
 * J2. No accepted value can reach a prototype: the key `__proto__` is refused, however it is spelled.
 * J3. Work is linear in the text, and every bound holds before JSON.parse allocates anything.
 * J4. A bad text is a JsonFault value. Nothing here throws, whatever the string.
 *
 * The scan makes no strings of keys: it hashes them in passing and compares text only where hashes meet. That
 * keeps the check near the cost of JSON.parse itself.
 */
import { keyUnitsMax, numberUnitsMax } from "./jsonbounds.ts";
import type { JsonBounds } from "./jsonbounds.ts";
import { readChecked } from "./jsonvalue.ts";

export type Json = null | boolean | number | string | JsonArray | JsonObject;
export type JsonArray = readonly Json[];
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What can be wrong with a text, and what its sender should do. */
export const jsonFaults = {
  bom: "the text starts with a byte order mark; send UTF-8 without one",
  syntax: "this is not JSON; send RFC 8259 JSON without comments, trailing commas or NaN",
  "duplicate-key": "an object has the same key twice; send each key once",
  proto: "the key __proto__ is not accepted; rename it",
  surrogate: "half of a surrogate pair stands alone; send well-formed Unicode",
  number: "no double holds this number; send integers beyond 2^53-1 as strings",
  depth: "objects and arrays are nested too deeply; send a flatter value",
  keys: "there are too many object keys; send fewer",
  items: "there are too many array elements; send fewer",
  string: "a string or key is too long; send a shorter one",
  size: "the text is too long; send less",
} as const;

export type JsonFaultKind = keyof typeof jsonFaults;

/** Why a text was refused. Tell it from a value by `instanceof`: no JSON value is one. */
export class JsonFault {
  readonly fault: JsonFaultKind;
  /** UTF-16 units from the start of the text to the token that is wrong. */
  readonly at: number;

  constructor(fault: JsonFaultKind, at: number) {
    this.fault = fault;
    this.at = at;
  }

  /** One sentence for the sender. It holds nothing of the text. */
  get says(): string {
    return `${jsonFaults[this.fault]} (at character ${this.at})`;
  }
}

export function isJsonArray(value: Json | undefined): value is JsonArray {
  return Array.isArray(value);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Checks a text strictly, then parses it.
 *
 * Integers beyond 2^53-1 are refused when written without fraction and exponent. `1e20` names a double and
 * passes, though JSON.stringify then writes it as an integer; so does `-0`, which it writes as `0`.
 *
 * @returns the value, its objects plain ones as JSON.parse makes them; or why the text was refused
 * @see RFC 8259; RFC 7493 (I-JSON) for most of what goes beyond it
 */
export function parseStrict(text: string, bounds: JsonBounds): Json | JsonFault {
  if (text.length > bounds.textUnitsMax) return new JsonFault("size", bounds.textUnitsMax);
  // Costs nothing for one-byte strings, and the scan need not look at raw surrogates.
  if (!text.isWellFormed()) return new JsonFault("surrogate", text.search(/[\ud800-\udfff]/u));
  const scan = new Scan(text, bounds);
  if (!scan.document()) return new JsonFault(scan.fault, scan.faultAt);
  try {
    return scan.hasEscapedKey ? readChecked(text) : (JSON.parse(text) as Json);
  } catch {
    // A control character in a long string, which the scan has left to JSON.parse.
    const exact = new Scan(text, bounds, Infinity);
    return exact.document() ? new JsonFault("syntax", 0) : new JsonFault(exact.fault, exact.faultAt);
  }
}

/** Up to so many keys an object's keys are compared each with each; beyond, they go into a Set. */
const pairwiseKeysMax = 16;

/**
 * After so many plain characters the rest of a string is skipped to its end or its next escape, ten times as fast.
 * Whether a control character stands in what was skipped is left to JSON.parse, which refuses it too.
 */
const plainRunUnits = 32;

/**
 * One pass over one text. A method starts at `at`, leaves `at` behind what it has read, and answers whether that
 * was right. After the first false only `fault` and `faultAt` have a meaning.
 */
class Scan {
  fault: JsonFaultKind = "syntax";
  faultAt = 0;
  /** JSON.parse cannot be trusted with it (jsonvalue.ts). */
  hasEscapedKey = false;
  private readonly text: string;
  private readonly bounds: JsonBounds;
  private at = 0;
  private keys = 0;
  private items = 0;
  /** Of the key read last. */
  private hash = 0;
  /** Hash, start and end of each key of the objects that are open, innermost last. */
  private readonly open: number[] = [];
  /** Units of a string to look at one by one before the rest is skipped. */
  private readonly hopUnits: number;
  /** The first of each at or behind the last place that asked for it. */
  private quote = -1;
  private backslash = -1;

  constructor(text: string, bounds: JsonBounds, hopUnits = plainRunUnits) {
    this.text = text;
    this.bounds = bounds;
    this.hopUnits = hopUnits;
  }

  document(): boolean {
    const first = this.skipBlank();
    if (first === 0xfeff && this.at === 0) return this.refuse("bom", 0);
    if (!this.value(first, 0)) return false;
    this.skipBlank();
    return this.at === this.text.length || this.refuse("syntax", this.at);
  }

  private refuse(fault: JsonFaultKind, at: number): false {
    this.fault = fault;
    this.faultAt = at;
    return false;
  }

  /** Skips white space. @returns the unit that follows, NaN at the end */
  private skipBlank(): number {
    const text = this.text;
    let at = this.at;
    let unit = text.charCodeAt(at);
    while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) unit = text.charCodeAt(++at);
    this.at = at;
    return unit;
  }

  private value(first: number, depth: number): boolean {
    if (first === 0x22) return this.string();
    if (first === 0x7b) return this.object(depth + 1);
    if (first === 0x5b) return this.array(depth + 1);
    if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return this.number(first);
    return this.word("true") || this.word("false") || this.word("null") || this.refuse("syntax", this.at);
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private object(depth: number): boolean {
    if (depth > this.bounds.depthMax) return this.refuse("depth", this.at);
    this.at++;
    let unit = this.skipBlank();
    if (unit === 0x7d) return this.step();
    const base = this.open.length;
    let many: Set<string> | undefined;
    for (;;) {
      if (unit !== 0x22) return this.refuse("syntax", this.at);
      const start = this.at;
      if (!this.key()) return false;
      if (++this.keys > this.bounds.keysMax) return this.refuse("keys", start);
      if (many === undefined) {
        if (this.repeats(base, start)) return this.refuse("duplicate-key", start);
        this.open.push(this.hash, start, this.at);
        if (this.open.length - base === 3 * pairwiseKeysMax) {
          many = new Set();
          for (let i = base; i < this.open.length; i += 3) many.add(this.openKey(i));
        }
      } else {
        const before = many.size;
        if (many.add(this.keyText(start, this.at)).size === before)
          return this.refuse("duplicate-key", start);
      }
      if (this.skipBlank() !== 0x3a) return this.refuse("syntax", this.at);
      this.at++;
      if (!this.value(this.skipBlank(), depth)) return false;
      unit = this.skipBlank();
      if (unit === 0x7d) {
        this.open.length = base;
        return this.step();
      }
      if (unit !== 0x2c) return this.refuse("syntax", this.at);
      this.at++;
      unit = this.skipBlank();
    }
  }

  private array(depth: number): boolean {
    if (depth > this.bounds.depthMax) return this.refuse("depth", this.at);
    this.at++;
    let unit = this.skipBlank();
    if (unit === 0x5d) return this.step();
    for (;;) {
      if (++this.items > this.bounds.itemsMax) return this.refuse("items", this.at);
      if (!this.value(unit, depth)) return false;
      unit = this.skipBlank();
      if (unit === 0x5d) return this.step();
      if (unit !== 0x2c) return this.refuse("syntax", this.at);
      this.at++;
      unit = this.skipBlank();
    }
  }

  private step(): true {
    this.at++;
    return true;
  }

  private string(): boolean {
    const text = this.text;
    const start = this.at + 1;
    let at = start;
    let hop = at + this.hopUnits;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit > 0x5c) at++;
      else if (unit === 0x22) break;
      else if (unit === 0x5c) {
        at = this.escape(at);
        if (at < 0) return false;
      } else if (unit >= 0x20) at++;
      else return this.refuse("syntax", at); // a control character, or NaN: the end
      if (at < hop) continue;
      at = this.skipPlain(at);
      hop = at + this.hopUnits;
    }
    if (at - start > this.bounds.stringUnitsMax) return this.refuse("string", start - 1);
    this.at = at + 1;
    return true;
  }

  /** @returns the place of the next quote or backslash; the text's length when there is none */
  private skipPlain(at: number): number {
    const { text } = this;
    // Looked for again only once they are passed: else a string of many escapes would cost its square.
    if (this.quote < at) this.quote = placeOf(text, '"', at);
    if (this.backslash < at) this.backslash = placeOf(text, "\\", at);
    return Math.min(this.quote, this.backslash);
  }

  /** Reads a key, quotes included, and hashes it as it means, not as it is written. */
  private key(): boolean {
    const text = this.text;
    const start = this.at + 1;
    let at = start;
    let hash = 0;
    let escaped = false;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === 0x22) break;
      if (unit === 0x5c) {
        escaped = true;
        at = this.escape(at);
        if (at < 0) return false;
      } else if (unit >= 0x20) {
        hash = (Math.imul(hash, 31) + unit) | 0;
        at++;
      } else return this.refuse("syntax", at);
    }
    if (at - start > keyUnitsMax) return this.refuse("string", start - 1);
    this.at = at + 1;
    const key = escaped ? this.keyText(start - 1, this.at) : at - start === 9 ? text.slice(start, at) : "";
    if (escaped) this.hasEscapedKey = true;
    this.hash = escaped ? hashOf(key) : hash;
    return key !== "__proto__" || this.refuse("proto", start - 1);
  }

  /** Whether the key read last, from `start`, is among those of its object, which stand from `base` on. */
  private repeats(base: number, start: number): boolean {
    for (let i = base; i < this.open.length; i += 3) {
      if (this.open[i] === this.hash && this.keyText(start, this.at) === this.openKey(i)) return true;
    }
    return false;
  }

  private openKey(i: number): string {
    return this.keyText(this.open[i + 1] ?? 0, this.open[i + 2] ?? 0);
  }

  /** A key as it means, from its first quote to behind its last. */
  private keyText(start: number, end: number): string {
    const written = this.text.slice(start + 1, end - 1);
    return written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written;
  }

  /** @returns the place behind the escape sequence at `at`, or -1 after a refusal */
  private escape(at: number): number {
    const what = this.text[at + 1] ?? " ";
    if (what === "u") return this.unicodeEscape(at);
    if ('"\\/bfnrt'.includes(what)) return at + 2;
    this.refuse("syntax", at);
    return -1;
  }

  /** An escaped surrogate needs its partner escaped behind it: a raw partner would be alone in the text. */
  private unicodeEscape(at: number): number {
    const unit = hexUnit(this.text, at + 2);
    if (unit >= 0 && (unit < 0xd800 || unit > 0xdfff)) return at + 6;
    if (unit >= 0 && unit <= 0xdbff && this.text.startsWith("\\u", at + 6)) {
      const low = hexUnit(this.text, at + 8);
      if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
    }
    this.refuse(unit < 0 ? "syntax" : "surrogate", at);
    return -1;
  }

  private number(first: number): boolean {
    const text = this.text;
    const start = this.at;
    let from = first === 0x2d ? start + 1 : start;
    let at = text.charCodeAt(from) === 0x30 ? from + 1 : skipDigits(text, from);
    let isRight = at > from;
    const hasFraction = isRight && text.charCodeAt(at) === 0x2e;
    if (hasFraction) {
      from = at + 1;
      at = skipDigits(text, from);
      isRight = at > from;
    }
    const hasExponent = isRight && (text.charCodeAt(at) | 0x20) === 0x65;
    if (hasExponent) {
      const sign = text.charCodeAt(at + 1);
      from = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
      at = skipDigits(text, from);
      isRight = at > from;
    }
    if (!isRight) return this.refuse("syntax", at);
    this.at = at;
    if (at - start > numberUnitsMax) return this.refuse("number", start);
    // What is left to doubt: 16 digits and more, and exponents that overflow.
    if (!hasExponent && (hasFraction || at - start <= 15)) return true;
    const value = Number(text.slice(start, at));
    if (hasFraction || hasExponent ? Number.isFinite(value) : Number.isSafeInteger(value)) return true;
    const isOwn = this.bounds.isOwnText === true && String(value) === text.slice(start, at);
    return isOwn || this.refuse("number", start);
  }
}

/** The text's length when there is none. */
function placeOf(text: string, unit: string, from: number): number {
  const found = text.indexOf(unit, from);
  return found < 0 ? text.length : found;
}

function hashOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return hash;
}

function skipDigits(text: string, at: number): number {
  let unit = text.charCodeAt(at);
  while (unit >= 0x30 && unit <= 0x39) unit = text.charCodeAt(++at);
  return at;
}

/** The value of four hexadecimal digits, -1 when they are not. */
function hexUnit(text: string, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x30 && unit <= 0x39) value = value * 16 + unit - 0x30;
    else if ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x66) value = value * 16 + (unit | 0x20) - 0x57;
    else return -1;
  }
  return value;
}
