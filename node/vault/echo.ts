/**
 * Our own credentials in what a server says: found in some thirty spellings and taken out (row C3 of the security checklist). Owns the
 * spellings. Does not own which messages are looked through (upstream/session.ts).
 *
 * E1. Texts are compared by their letters and digits alone, folded: so whatever stands between them (white space, zero-width
 *     characters, dashes, `%`, `\x`, `&#`), capitals and full-width letters hide nothing.
 * E2. A spelling of fewer than `unitsMin` letters and digits is left: it could not be told from a word.
 * E3. What is given back holds nothing of the value but its place.
 */
import { withSpellings, type Secret } from "./secret.ts";

export const removed = "[credential removed]";
const unitsMin = 8;

type Spelling = (value: string) => string;

const bytesOf = (value: string): Buffer => Buffer.from(value, "utf8");
const each = (value: string, spell: (byte: number) => string): string => [...bytesOf(value)].map(spell).join(""); // prettier-ignore
const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** base64 of a value that begins so many bytes into it: the characters that its neighbours have no part in. */
function aligned(value: string, skip: number, encoding: "base64" | "base64url"): string {
  const bytes = bytesOf(value);
  const text = Buffer.concat([Buffer.alloc(skip), bytes])
    .toString(encoding)
    .replace(/=+$/, "");
  const from = skip === 0 ? 0 : skip + 1;
  const rest = (skip + bytes.length) % 3;
  return text.slice(from, rest === 0 ? text.length : text.length - 1);
}

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(value: string): string {
  let bits = "";
  for (const byte of bytesOf(value)) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{5}/g) ?? []).map((five) => base32Alphabet[Number.parseInt(five, 2)]).join("");
}

function rot13(value: string): string {
  return value.replace(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

const reversed = (value: string): string => [...value].toReversed().join("");
const utf16 = (value: string, encode: (bytes: Buffer) => string): string => encode(Buffer.from(value, "utf16le")); // prettier-ignore

/** By name, for the tests: what a server may have made of a value. Some are equal once they are folded. */
export const spellings: Readonly<Record<string, Spelling>> = {
  "as it is": (value) => value,
  capitals: (value) => value.toUpperCase(),
  "small letters": (value) => value.toLowerCase(),
  reversed,
  rot13,
  "full-width letters": (value) => value.replace(/[!-~]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + 0xfee0)), // prettier-ignore
  "zero-width characters between": (value) => [...value].join("\u200b"),
  "spaces between": (value) => [...value].join(" "),
  "dashes between": (value) => (value.match(/.{1,4}/g) ?? []).join("-"),
  "broken into lines": (value) => (value.match(/.{1,8}/g) ?? []).join("\r\n"),
  "base64, at 0": (value) => aligned(value, 0, "base64"),
  "base64, at 1": (value) => aligned(value, 1, "base64"),
  "base64, at 2": (value) => aligned(value, 2, "base64"),
  "base64url, at 0": (value) => aligned(value, 0, "base64url"),
  "base64url, at 1": (value) => aligned(value, 1, "base64url"),
  "base64url, at 2": (value) => aligned(value, 2, "base64url"),
  "base64 twice": (value) => aligned(Buffer.from(value).toString("base64"), 0, "base64"),
  "base64 of its reverse": (value) => aligned(reversed(value), 0, "base64"),
  "base64 of UTF-16": (value) =>
    utf16(value, (bytes) => bytes.toString("base64").replace(/=+$/, "").slice(0, -1)),
  base32,
  hex: (value) => each(value, hex),
  "hex in capitals": (value) => each(value, hex).toUpperCase(),
  "hex with colons": (value) => [...bytesOf(value)].map(hex).join(":"),
  "hex of UTF-16": (value) => utf16(value, (bytes) => bytes.toString("hex")),
  "escaped as in URLs": (value) => each(value, (byte) => `%${hex(byte)}`),
  "escaped as in URLs, signs alone": (value) => encodeURIComponent(value),
  "escaped as in URLs, twice": (value) => each(value, (byte) => `%25${hex(byte)}`),
  "escaped as in JSON": (value) => each(value, (byte) => `\\u00${hex(byte)}`),
  "escaped as in C": (value) => each(value, (byte) => `\\x${hex(byte)}`),
  "octal escapes": (value) => each(value, (byte) => `\\${byte.toString(8).padStart(3, "0")}`),
  "HTML, decimal": (value) => each(value, (byte) => `&#${byte};`),
  "HTML, hex": (value) => each(value, (byte) => `&#x${hex(byte)};`),
  "quoted-printable": (value) => each(value, (byte) => `=${hex(byte).toUpperCase()}`),
  "decimal bytes": (value) => [...bytesOf(value)].join(", "),
  "binary digits": (value) => [...bytesOf(value)].map((byte) => byte.toString(2).padStart(8, "0")).join(" "),
};

const notCounted = /[^\p{L}\p{N}]+/gu;
const notCountedAscii = /[^a-z0-9]+/gi;
const beyondAscii = /[^\0-\x7f]/;

function folded(text: string): string {
  if (!beyondAscii.test(text)) return text.replace(notCountedAscii, "").toLowerCase();
  return text.normalize("NFKC").replace(notCounted, "").toLowerCase();
}

/** The values that one server must not say. */
export class EchoFilter {
  readonly #needles: readonly string[];

  constructor(secret: Secret) {
    const made = withSpellings(secret, Object.values(spellings));
    this.#needles = [...new Set(made.map(folded))].filter(({ length }) => length >= unitsMin);
  }

  /** The value without them, and how many there were. The same value where there was none. */
  clean<Value>(value: Value): { readonly value: Value; readonly count: number } {
    if (this.#needles.length === 0) return { value, count: 0 };
    const found = { count: 0 };
    const clean = this.#walk(value, found);
    return { value: clean as Value, count: found.count };
  }

  #walk(value: unknown, found: { count: number }): unknown {
    if (typeof value === "string") return this.#text(value, found);
    if (typeof value === "number") return this.#text(String(value), found) === String(value) ? value : 0;
    if (Array.isArray(value)) {
      let copy: unknown[] | undefined;
      for (let at = 0; at < value.length; at++) {
        const item: unknown = value[at];
        const clean = this.#walk(item, found);
        if (clean !== item) (copy ??= value.slice() as unknown[])[at] = clean;
      }
      return copy ?? value;
    }
    return typeof value === "object" && value !== null ? this.#members(value as Record<string, unknown>, found) : value; // prettier-ignore
  }

  #members(object: Record<string, unknown>, found: { count: number }): Record<string, unknown> {
    const before = found.count;
    const members = Object.entries(object).map(([name, member]) => [this.#text(name, found), this.#walk(member, found)] as const); // prettier-ignore
    return found.count === before ? object : Object.fromEntries(members);
  }

  #text(text: string, found: { count: number }): string {
    if (text.length < unitsMin) return text;
    const whole = folded(text);
    if (whole.length < unitsMin || !this.#needles.some((needle) => whole.includes(needle))) return text;
    return this.#without(text, found);
  }

  /** Once more with the place of each letter and digit in the text. */
  #without(text: string, found: { count: number }): string {
    const places: number[] = [];
    let whole = "";
    let at = 0;
    for (const point of text) {
      const units = folded(point);
      for (let unit = 0; unit < units.length; unit++) places.push(at);
      whole += units;
      at += point.length;
    }
    const spans: [from: number, to: number][] = [];
    for (const needle of this.#needles)
      for (let from = whole.indexOf(needle); from >= 0; from = whole.indexOf(needle, from + 1)) {
        const last = places[from + needle.length - 1] ?? text.length;
        spans.push([places[from] ?? 0, last + ((text.codePointAt(last) ?? 0) > 0xffff ? 2 : 1)]);
      }
    // Characters that only fold together with their neighbours: where it stands cannot be told, so all of it goes.
    if (spans.length === 0) spans.push([0, text.length]);
    let out = "";
    let end = 0;
    for (const [from, to] of spans.toSorted(([one], [other]) => one - other)) {
      if (to <= end) continue;
      if (from >= end) {
        found.count++;
        out += text.slice(end, from) + removed;
      }
      end = to;
    }
    return out + text.slice(end);
  }
}
