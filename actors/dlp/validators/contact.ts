/** Checks of what names a person, a place, a machine or a day: e-mail, telephone, dates, addresses of networks, devices, vehicles. */
import { verdict, type Validator } from "../validator.ts";
import { countries } from "./countries.data.ts";
import { bare, digitsOf, expand, luhnSum, number, numbers, text, valueOf, weigh } from "./checksum.ts";
import { testDomains, testLocalParts, topDomains } from "../words.data.ts";

/** A top-level domain that exists, and no address kept for documents. @see RFC 2606, RFC 5321 section 4.1.2 */
const email: Validator = (value) => {
  const at = value.lastIndexOf("@");
  const [local, domain] = [value.slice(0, at).toLowerCase(), value.slice(at + 1).toLowerCase()];
  const labels = domain.split(".");
  const top = labels.at(-1) ?? "";
  if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return "invalid";
  if (labels.some((label) => label === "" || label.startsWith("-") || label.endsWith("-"))) return "invalid";
  if (!/^[a-z]{2,24}$/.test(top) || (top.length > 2 && !topDomains.has(top))) return "invalid";
  if (top.length === 2 && !countries.has(top.toUpperCase()) && !["uk", "eu", "su", "ac"].includes(top))
    return "invalid";
  if (testDomains.has(domain) || testDomains.has(labels.slice(-2).join("."))) return "unknown";
  return testLocalParts.has(local) ? "unknown" : "valid";
};

/** Area and exchange begin with 2 to 9 and are no service code; 555-01xx is kept for fiction. @see NANPA */
const nanp: Validator = (value) => {
  const digits = bare(value).replace(/^1(?=\d{10}$)/, "");
  if (!/^[2-9]\d{2}[2-9]\d{6}$/.test(digits)) return "invalid";
  if (/^(?:.11|...[2-9]11|37|96)/.test(digits)) return "invalid";
  return new Set(digits).size < 3 ? "invalid" : "unknown";
};

/** Lengths of national numbers by country code, after ITU-T E.164: seven to fifteen digits with the code. */
const e164: Validator = (value) => {
  const digits = bare(value);
  if (digits.length < 8 || digits.length > 15 || digits.startsWith("0")) return "invalid";
  if (digits.startsWith("1")) return nanp(digits, {}, noPorts);
  return new Set(digits).size < 3 ? "invalid" : "unknown";
};

const noPorts = {
  sha256: (): Uint8Array => {
    throw new Error("this check hashes nothing");
  },
};

/**
 * A day that exists. Parameters: `order` of the digits (y, m, d, one letter each, as "ddmmyy"), `at` which digit they start at,
 * `months` and `days`: what may have been added (80, 20 or 50 to a month for a century or a woman; 60 to a day), `min`
 * and `max` years where the order has four y.
 */
const day: Validator = (value, parameters) => {
  const order = text(parameters["order"]);
  const digits = value.replace(/[^0-9]/g, "").slice(number(parameters["at"], 0));
  if (digits.length < order.length) return "invalid";
  const part = (letter: string): number =>
    Number([...order].map((each, i) => (each === letter ? (digits[i] ?? "") : "")).join(""));
  const years = order.split("y").length - 1;
  const [year, month, date] = [part("y"), part("m"), part("d")];
  if (years === 4 && (year < number(parameters["min"], 1900) || year > number(parameters["max"], 2035)))
    return "invalid";
  const months = [0, ...numbers(parameters["months"])].map((plus) => month - plus);
  const dates = [0, ...numbers(parameters["days"])].map((plus) => date - plus);
  const exists = months.some((m) =>
    dates.some((d) => d >= 1 && d <= daysOf(m, years === 4 ? year : undefined)),
  );
  return exists ? "unknown" : "invalid";
};

/** Days of a month; without a known century, February has 29. */
function daysOf(month: number, year: number | undefined): number {
  if (month === 2) {
    const isLeap = year === undefined || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
    return isLeap ? 29 : 28;
  }
  return [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

/** Three numbers that make a day in some order, with a year of two or four digits. Parameters: `min` and `max` years. */
const writtenDate: Validator = (value, parameters) => {
  const found = /(\d{1,4})[-/.\s](\d{1,2})[-/.\s](\d{1,4})/.exec(value);
  const [a, b, c] = [Number(found?.[1]), Number(found?.[2]), Number(found?.[3])];
  const isLong = (found?.[1]?.length ?? 0) === 4;
  const [year, ...rest] = isLong ? [a, b, c] : [c, a, b];
  const full = year < 100 ? 1900 + year : year;
  if (full < number(parameters["min"], 1900) || full > number(parameters["max"], 2035)) return "invalid";
  const [m, d] = rest;
  const exists = (d >= 1 && d <= daysOf(m, undefined)) || (!isLong && m >= 1 && m <= daysOf(d, undefined));
  return exists ? "unknown" : "invalid";
};

/** A number between `min` and `max`; commas and currency are dropped. */
const range: Validator = (value, { min, max }) => {
  const worth = Number(/\d[\d,]*(?:\.\d+)?/.exec(value)?.[0]?.replaceAll(",", "") ?? "NaN");
  return worth >= number(min, 0) && worth <= number(max, Number.MAX_SAFE_INTEGER) ? "unknown" : "invalid";
};

/** Latitude within 90 degrees, longitude within 180, and not both zero. */
const coordinates: Validator = (value) => {
  const [lat, lon] = value.split(",").map(Number);
  const isThere = lat !== undefined && lon !== undefined && (lat !== 0 || lon !== 0);
  return isThere && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 ? "unknown" : "invalid";
};

/** The numbers of a dotted address, up to a prefix length or a port. Read by hand: logs are full of them. */
function octets(value: string): number[] {
  const numbers: number[] = [];
  let number = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 48 && code <= 57) number = number * 10 + code - 48;
    else {
      numbers.push(number);
      number = 0;
      if (code !== 46) return numbers;
    }
  }
  numbers.push(number);
  return numbers;
}

/** Drops addresses of documents, of the machine itself and of nobody. Parameters: `kind` "public" or "private". @see RFC 6890 */
const ipv4: Validator = (value, { kind }) => {
  const [a = 256, b = 256, c = 256, d = 256] = octets(value);
  if (!(a <= 255 && b <= 255 && c <= 255 && d <= 255) || a === 0 || a === 127 || a >= 224) return "invalid";
  const isDocument =
    (a === 192 && b === 0 && c === 2) ||
    (a === 198 && b === 51 && c === 100) ||
    (a === 203 && b === 0 && c === 113);
  if (isDocument || (a === 169 && b === 254) || (a === 198 && (b === 18 || b === 19))) return "invalid";
  const isPrivate =
    a === 10 ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 100 && b >= 64 && b <= 127);
  return isPrivate === (kind === "private") ? "unknown" : "invalid";
};

/** Eight groups, one run of which may be left out as "::". @see RFC 4291, section 2.2 */
const ipv6: Validator = (value) => {
  const halves = value.split("::");
  const groups = value.split(":").filter((group) => group !== "");
  if (halves.length > 2 || groups.some((group) => !/^[0-9A-Fa-f]{1,4}$/.test(group))) return "invalid";
  if (halves.length === 1 ? groups.length !== 8 : groups.length > 7 || groups.length < 2) return "invalid";
  return /^(?:fe80|ff|2001:0?db8|::1$)/i.test(value) || !/[0-9]/.test(value) ? "invalid" : "unknown";
};

/** With a digit in it, as `a::b` of code has none, and numbers up to 255 in a dotted end. @see RFC 4291, section 2.2 */
const ipv6Short: Validator = (value) => {
  const dotted = /(\d{1,4})(?:\.(\d{1,3})){0,3}/.exec(
    value.includes(".") ? value.slice(value.lastIndexOf(":") + 1) : "",
  );
  const isRange = dotted === null || dotted[0].split(".").every((each) => Number(each) <= 255);
  return /\d/.test(value) && isRange ? "unknown" : "invalid";
};

/** Not all zeros, not broadcast, one separator throughout. */
const mac: Validator = (value) => {
  const hex = bare(value);
  const isOne = !(value.includes(":") && value.includes("-"));
  return isOne && hex.length === 12 && new Set(hex).size > 2 && !/^(?:01005E|3333)/.test(hex)
    ? "unknown"
    : "invalid";
};

/** Luhn in base 16. @see 3GPP2 S.R0048 */
const hexLuhn: Validator = (value) => {
  const digits = [...bare(value)].map(valueOf).reverse();
  const sum = digits.reduce((total, digit, i) => {
    const product = i % 2 === 1 ? digit * 2 : digit;
    return total + Math.floor(product / 16) + (product % 16);
  }, 0);
  return verdict(sum % 16 === 0);
};

/** Mobile country codes are 200 to 799 or 901, 999 for private networks. @see ITU-T E.212 */
const imsi: Validator = (value) => (/^(?:[2-7]|901|999)/.test(value) ? "unknown" : "invalid");

/** Luhn, and a type allocation code whose reporting body is not test (00). @see 3GPP TS 23.003 */
const imei: Validator = (value) => {
  const digits = digitsOf(value);
  return verdict(new Set(digits).size > 2 && luhnSum(digits) % 10 === 0 && !bare(value).startsWith("00"));
};

/** A letter counts as its place here modulo 10: A, J are 1; B, K, S are 2; I, O, Q do not occur. */
const vinValues = "0ABCDEFGH..JKLMN.P.R..STUVWXYZ";

/** Letters count by a table, weights 8 to 2, 10, 0, 9 to 2, modulo 11; 10 is X. Europe does not use the check. @see ISO 3779, 49 CFR 565 */
const vin: Validator = (value) => {
  const chars = bare(value);
  const values = [...chars].map((char) => (/\d/.test(char) ? Number(char) : vinValues.indexOf(char) % 10));
  const rest = weigh(values, [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return verdict("0123456789X"[rest] === chars[8] && new Set(chars).size > 4);
};

/** Check digits 7, 3, 1 of a machine-readable line. Parameters: `fields` as triples of start, end and place of the check. @see ICAO Doc 9303-3 */
const mrz: Validator = (value, { fields }) => {
  const chars = value.replaceAll("<", "0");
  const places = numbers(fields);
  for (let i = 0; i + 2 < places.length; i += 3) {
    const [from, to, at] = places.slice(i, i + 3);
    const field = Array.from(chars.slice(from, to), valueOf);
    const sum = field.reduce((total, each, k) => total + each * ([7, 3, 1][k % 3] ?? 0), 0);
    if (sum % 10 !== valueOf(chars[at ?? 0] ?? "")) return "invalid";
  }
  return verdict(places.length > 0);
};

/** One of the listed beginnings. Parameters: `any`. */
const prefix: Validator = (value, { any }) => {
  const starts = Array.isArray(any) ? any : [];
  return starts.some((start) => typeof start === "string" && value.toUpperCase().startsWith(start))
    ? "unknown"
    : "invalid";
};

/** Not one character over and over. Parameters: `min` different ones at least. */
const varied: Validator = (value, { min }) =>
  new Set(bare(value)).size >= number(min, 3) ? "unknown" : "invalid";

/** Digits that letters stand for, then a weighted check of an international securities or container code. */
const gtin: Validator = (value) => {
  const digits = digitsOf(expand(bare(value).replace(/^01(?=\d{14}$)/, ""))).reverse();
  const sum = digits.reduce((total, digit, i) => total + digit * (i % 2 === 1 ? 3 : 1), 0);
  return verdict(digits.length > 7 && new Set(digits).size > 1 && sum % 10 === 0);
};

export const contacts = {
  email,
  nanp,
  e164,
  day,
  "written-date": writtenDate,
  range,
  coordinates,
  ipv4,
  ipv6,
  "ipv6-short": ipv6Short,
  mac,
  "hex-luhn": hexLuhn,
  imsi,
  imei,
  vin,
  mrz,
  prefix,
  varied,
  gtin,
} satisfies Record<string, Validator>;
