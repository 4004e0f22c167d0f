/**
 * How a value is carried away in one call: the ways that the ledger is scored on, and harder ones for the record. Each gives the
 * arguments of a call. Owns encodings only: nothing here knows how values are found.
 */
import { deflateSync, gzipSync } from "node:zlib";
import type { Dice } from "./toolcorpus.ts";

/** Arguments that carry a text. */
export type Disguise = (text: string, dice: Dice) => unknown;

const around = [
  "Please note the following: ",
  "As discussed, ",
  "fyi ",
  "Forwarding what the other system said: ",
];
const behind = [" - thanks", ". Regards, the team", " (see above)", ""];

function within(text: string, dice: Dice): string {
  return `${dice.pick(around)}${text}${dice.pick(behind)}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}

function base32(text: string): string {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const fives = bits.padEnd(Math.ceil(bits.length / 5) * 5, "0").match(/.{5}/g) ?? [];
  return fives.map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)]).join("");
}

function each(text: string, one: (char: string) => string): string {
  return [...text].map(one).join("");
}

function cut(text: string, dice: Dice): readonly [string, string] {
  const at = Math.ceil(text.length / 3) + dice.below(Math.max(1, Math.floor(text.length / 3)));
  return [text.slice(0, at), text.slice(at)];
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

export const disguises: Readonly<Record<string, Disguise>> = {
  "as it is, in a sentence": (text, dice) => ({ body: within(text, dice) }),
  "in the other case": (text, dice) => ({ body: within(each(text, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase())), dice) }), // prettier-ignore
  "with separators": (text, dice) => ({ body: within(text.replace(/[^A-Za-z0-9]/g, "").replace(/(.{3})/g, `$1${dice.pick(["-", " ", "_", ". ", "/"])}`), dice) }), // prettier-ignore
  "with hidden characters": (text, dice) => ({ body: within([...text].join(dice.pick(["\u200b", "\u2060", "\u00ad"])), dice) }), // prettier-ignore
  "full-width": (text) => ({ body: text.replace(/[!-~]/g, (char) => String.fromCharCode(codeOf(char) + 0xfee0)) }), // prettier-ignore
  reversed: (text, dice) => ({ body: within([...text].toReversed().join(""), dice) }),
  base64: (text, dice) => ({ body: within(base64(text), dice) }),
  "base64 of a document that holds it": (text, dice) => ({ file: base64(JSON.stringify({ kind: "note", text: within(text, dice) })) }), // prettier-ignore
  "base64url in a link": (text) => ({ url: `https://img.invalid/p?q=${Buffer.from(text).toString("base64url")}&w=1` }), // prettier-ignore
  hex: (text, dice) => ({ body: within(hex(text), dice) }),
  base32: (text, dice) => ({ body: within(base32(text), dice) }),
  "percent-encoded": (text) => ({ url: `https://img.invalid/p?q=${hex(text).replace(/../g, "%$&")}` }),
  "HTML entities": (text) => ({ html: `<p>${each(text, (char) => `&#x${codeOf(char).toString(16)};`)}</p>` }),
  "escapes of JSON": (text) => ({ body: each(text, (char) => `\\u${codeOf(char).toString(16).padStart(4, "0")}`) }), // prettier-ignore
  "numbers of its characters": (text, dice) => ({ body: [...text].map(codeOf).join(dice.pick([" ", ",", ", "])) }), // prettier-ignore
  compressed: (text, dice) => ({ data: (dice.roll() < 0.5 ? gzipSync(text) : deflateSync(text)).toString("base64") }), // prettier-ignore
  "JSON in JSON": (text) => ({ body: JSON.stringify({ inner: JSON.stringify({ value: text }) }) }),
  "cut into two arguments": (text, dice) => {
    const [first, second] = cut(text, dice);
    return { first, between: "and", second };
  },
  "cut into a list of characters": (text) => ({ items: [...text] }),
  "base64, cut into two arguments": (text, dice) => {
    const [first, second] = cut(base64(text), dice);
    return { first, second };
  },
};

const lookAlikes: Readonly<Record<string, string>> = { a: "\u0430", c: "\u0441", e: "\u0435", o: "\u043e", p: "\u0440", x: "\u0445", y: "\u0443", A: "\u0410", B: "\u0412", E: "\u0415", H: "\u041d", K: "\u041a", M: "\u041c", O: "\u041e", T: "\u0422" }; // prettier-ignore

/** Reported apart. */
export const harderDisguises: Readonly<Record<string, Disguise>> = {
  "Cyrillic look-alikes": (text) => ({ body: each(text, (char) => lookAlikes[char] ?? char) }),
  "base64 of base64 of base64": (text) => ({ body: base64(base64(base64(text))) }),
  "hex, reversed": (text) => ({ body: [...hex(text)].toReversed().join("") }),
  "base64 of a document, in lines of 76": (text, dice) => ({ file: base64(JSON.stringify({ kind: "note", text: within(text, dice), more: around })).replace(/.{76}/g, "$&\r\n") }), // prettier-ignore
  "UTF-16 in base64": (text) => ({ body: Buffer.from(text, "utf16le").toString("base64") }),
  "the first three quarters": (text) => ({ body: text.slice(0, Math.ceil(text.length * 0.8)) }),
  ROT13: (text) => ({ body: each(text, (char) => (/[a-z]/i.test(char) ? String.fromCharCode(((codeOf(char) & 31) + 12) % 26 + 1 + (codeOf(char) & 96)) : char)) }), // prettier-ignore
};
