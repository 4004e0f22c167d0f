/** Checks of accounts, cards and securities. */
import { verdict, type Validator } from "../validator.ts";
import { bare, digitsOf, expand, luhnSum, modulo, valueOf } from "./checksum.ts";
import { countries, ibanLengths } from "./countries.data.ts";

/** Length of the country, then mod 97-10 with the first four characters at the end. @see ISO 13616-1 */
const iban: Validator = (value) => {
  const chars = bare(value);
  if (ibanLengths[chars.slice(0, 2)] !== chars.length) return "invalid";
  return verdict(modulo(expand(chars.slice(4) + chars.slice(0, 4)), 97) === 1);
};

/** Characters 5 and 6 are a country's. @see ISO 9362 */
const bic: Validator = (value) => (countries.has(bare(value).slice(4, 6)) ? "unknown" : "invalid");

/** The first two characters are a country's, or one of the agency's own. @see ISO 6166 */
const isinCountry: Validator = (value) =>
  countries.has(value.slice(0, 2)) || ["EU", "XS", "XA", "XB", "XC", "XD", "XF"].includes(value.slice(0, 2))
    ? "unknown"
    : "invalid";

/** Each second value is doubled, and the digits of all are added. @see CUSIP Global Services */
const cusip: Validator = (value) => {
  const chars = bare(value);
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    const worth = valueOf(chars[i] ?? "") * (i % 2 === 1 ? 2 : 1);
    sum += Math.floor(worth / 10) + (worth % 10);
  }
  return verdict((10 - (sum % 10)) % 10 === valueOf(chars[8] ?? ""));
};

/** A magnetic stripe: the card number before ^ or = passes Luhn. @see ISO/IEC 7813 */
const track: Validator = (value) => {
  const pan = /\d{12,19}/.exec(value)?.[0] ?? "";
  return verdict(pan.length > 11 && new Set(pan).size > 1 && luhnSum(digitsOf(pan)) % 10 === 0);
};

/** What looks like a VAT number of the country in its first two letters. @see Council Directive 2006/112/EC, article 215 */
const vatForms: Readonly<Record<string, RegExp>> = {
  AT: /^U\d{8}$/, BE: /^[01]\d{9}$/, BG: /^\d{9,10}$/, CY: /^\d{8}[A-Z]$/, CZ: /^\d{8,10}$/, DK: /^\d{8}$/, EE: /^\d{9}$/,
  EL: /^\d{9}$/, ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/, FI: /^\d{8}$/, HR: /^\d{11}$/, HU: /^\d{8}$/, IE: /^\d[0-9A-Z]\d{5}[A-Z]{1,2}$/,
  LT: /^(?:\d{9}|\d{12})$/, LU: /^\d{8}$/, LV: /^\d{11}$/, MT: /^\d{8}$/, PL: /^\d{10}$/, PT: /^\d{9}$/, RO: /^\d{2,10}$/,
  SE: /^\d{10}01$/, SI: /^\d{8}$/, SK: /^\d{10}$/,
}; // prettier-ignore

const euVat: Validator = (value) => {
  const chars = bare(value);
  return vatForms[chars.slice(0, 2)]?.test(chars.slice(2)) === true ? "unknown" : "invalid";
};

export const monetary = {
  iban,
  bic,
  "isin-country": isinCountry,
  cusip,
  track,
  "eu-vat": euVat,
} satisfies Record<string, Validator>;
