/**
 * Check digits that stand in many schemes: Luhn, Verhoeff, Damm, the ISO 7064 systems, and weighted sums. All take the
 * value as it was written: what separates groups is dropped first. Which scheme has which weights is data, in the rows.
 */
import { verdict, type Parameters, type Validator } from "../validator.ts";

type Given = Parameters[string] | undefined;

/** Letters and digits only, in upper case. */
export function bare(value: string): string {
  return value.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
}

export function digitsOf(value: string): number[] {
  return [...value.replace(/[^0-9]/g, "")].map(Number);
}

/** 0 to 9, then A is 10 to Z is 35; anything else is NaN. */
export function valueOf(char: string): number {
  const code = char.charCodeAt(0);
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 65 && code <= 90 ? code - 55 : Number.NaN;
}

export function numbers(value: Given): readonly number[] {
  return Array.isArray(value) ? value.filter((each): each is number => typeof each === "number") : [];
}

export function text(value: Given): string {
  return typeof value === "string" ? value : "";
}

export function number(value: Given, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

/** The sum of weight times value, place by place. */
export function weigh(values: readonly number[], weights: readonly number[]): number {
  return weights.reduce((total, weight, i) => total + weight * (values[i] ?? Number.NaN), 0);
}

/** Luhn's sum of digits, the last one included. @see ISO/IEC 7812-1, annex B */
export function luhnSum(digits: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[digits.length - 1 - i] ?? 0;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    total += doubled > 9 ? doubled - 9 : doubled;
  }
  return total;
}

/** Parameters: `prefix` is put before the value, as 80840 before an NPI; `first` looks at so many digits only. */
const luhn: Validator = (value, { prefix, first }) => {
  const digits = digitsOf(text(prefix) + value).slice(0, number(first, 64));
  const isPlain = new Set(digits).size < 2;
  return verdict(digits.length > 1 && !isPlain && luhnSum(digits) % 10 === 0);
};

/** Luhn with a larger alphabet: each character's place in `alphabet`. @see ISO/IEC 7812-1; GSTIN uses base 36 */
const luhnModN: Validator = (value, { alphabet }) => {
  const chars = text(alphabet);
  const n = chars.length;
  let total = 0;
  for (const [i, char] of [...bare(value)].reverse().entries()) {
    const product = chars.indexOf(char) * (i % 2 === 1 ? 2 : 1);
    if (product < 0) return "invalid";
    total += Math.floor(product / n) + (product % n);
  }
  return verdict(total % n === 0);
};

/** Letters become two digits, then Luhn: ISIN. @see ISO 6166 */
const luhnExpanded: Validator = (value) => verdict(luhnSum(digitsOf(expand(bare(value)))) % 10 === 0);

/** A is 10 to Z is 35, written out. */
export function expand(chars: string): string {
  return chars.replace(/[A-Z]/g, (letter) => String(valueOf(letter)));
}

const dihedral = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

const turned = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/** @see J. Verhoeff, Error Detecting Decimal Codes, 1969 */
export function verhoeffHolds(digits: readonly number[]): boolean {
  let state = 0;
  for (let i = 0; i < digits.length; i++) {
    const permuted = turned[i % 8]?.[digits[digits.length - 1 - i] ?? 0] ?? 0;
    state = dihedral[state]?.[permuted] ?? 0;
  }
  return digits.length > 1 && state === 0;
}

const verhoeff: Validator = (value) => verdict(verhoeffHolds(digitsOf(value)));

const quasigroup = [
  [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
  [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
  [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
  [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
  [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
  [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
  [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
  [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
  [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
  [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/** @see H. M. Damm, Total anti-symmetrische Quasigruppen, 2004 */
const damm: Validator = (value) => {
  const digits = digitsOf(value);
  const state = digits.reduce((row, digit) => quasigroup[row]?.[digit] ?? 0, 0);
  return verdict(digits.length > 1 && state === 0);
};

/** The number that a string of digits is, modulo m, for any length. */
export function modulo(digits: string, m: number): number {
  let rest = 0;
  for (let i = 0; i < digits.length; i++) rest = (rest * 10 + digits.charCodeAt(i) - 48) % m;
  return rest;
}

/** ISO 7064 mod 97-10. Parameters: `front` characters are moved to the end first, after `drop` [from, to] was left out. */
const mod97: Validator = (value, { front, drop }) => {
  const [from, to] = numbers(drop);
  const chars = bare(value);
  const kept = from === undefined || to === undefined ? chars : chars.slice(0, from) + chars.slice(to);
  const moved = number(front, 0);
  return verdict(modulo(expand(kept.slice(moved) + kept.slice(0, moved)), 97) === 1);
};

/** ISO 7064 mod 11-2 and mod 37-2: pure systems with radix 2. Parameters: `modulus`. The last character may be X or *. */
const iso7064Pure: Validator = (value, { modulus }) => {
  const m = number(modulus, 11);
  const [chars, last] = [bare(value).slice(0, -1), value.at(-1)?.toUpperCase() ?? ""];
  let sum = 0;
  for (const char of last === "*" ? bare(value) : chars) sum = ((sum + valueOf(char)) * 2) % m;
  const check = m === 11 && last === "X" ? 10 : m === 37 && last === "*" ? 36 : valueOf(last);
  return verdict((sum + check) % m === 1);
};

/** ISO 7064 mod 11,10 and mod 37,36: hybrid systems. Parameters: `modulus` 10 or 36; `from` leaves out so many leading characters. */
const iso7064Hybrid: Validator = (value, { modulus, from }) => {
  const m = number(modulus, 10);
  const chars = Array.from(bare(value).slice(number(from, 0)), valueOf);
  const check = chars.pop() ?? Number.NaN;
  let product = m;
  for (const each of chars) {
    const sum = (product + each) % m || m;
    product = (sum * 2) % (m + 1);
  }
  return verdict((product + check) % m === 1);
};

/**
 * A weighted sum. Parameters: `weights`; then either `modulus` with the check inside the sum (which must come to `rest`,
 * 0 if not given), or `table`: the character that each remainder stands for ("-": none), which must stand at place `at`
 * (from the end if negative; the last if not given) and is left out of the sum. `products`: "digits" adds the digits of each
 * product. `plus` is added. `from` leaves out so many leading characters; `right` puts the weights under the last ones.
 * `distinct` refuses one digit repeated.
 */
const weighted: Validator = (value, parameters) => {
  const { modulus, rest, products, distinct } = parameters;
  const weights = numbers(parameters["weights"]);
  const table = text(parameters["table"]);
  const chars = [...bare(value)].slice(number(parameters["from"], 0));
  if (distinct === true && new Set(chars).size < 2) return "invalid";
  let check = "";
  if (table !== "") check = chars.splice(number(parameters["at"], -1), 1)[0] ?? "";
  const under = parameters["right"] === true ? weights.slice(-chars.length) : weights;
  if (chars.length < under.length) return "invalid";
  let sum = number(parameters["plus"], 0);
  for (const [i, weight] of under.entries()) {
    const product = weight * valueOf(chars[i] ?? "");
    sum += products === "digits" ? Math.floor(product / 10) + (product % 10) : product;
  }
  const m = table === "" ? number(modulus, 10) : table.length;
  const remainder = ((sum % m) + m) % m;
  return verdict(table === "" ? remainder === number(rest, 0) : check !== "-" && table[remainder] === check);
};

export const checksums = {
  luhn,
  "luhn-mod-n": luhnModN,
  "luhn-expanded": luhnExpanded,
  verhoeff,
  damm,
  mod97,
  "iso7064-pure": iso7064Pure,
  "iso7064-hybrid": iso7064Hybrid,
  weighted,
} satisfies Record<string, Validator>;
