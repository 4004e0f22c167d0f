/**
 * What tells a secret from a placeholder, a word or an identifier: entropy, lists of what people write instead, and
 * structure (JWT, PEM, basic authentication, account keys). Does not own: the lists (words.data.ts).
 */
import { crc32Base62 } from "../example.ts";
import { verdict, type Validator } from "../validator.ts";
import { dictionaryWords, placeholderForms, placeholderWords } from "../words.data.ts";
import { number, numbers, text } from "./checksum.ts";

/**
 * log2(n) * 2^16 for n up to 512, made with squaring only: a turn must give the same on every machine, and Math.log2 need
 * not.
 */
const logs: readonly number[] = Array.from({ length: 513 }, (_, n) => fixedLog2(n));

function fixedLog2(n: number): number {
  if (n < 2) return 0;
  let whole = 0;
  let rest = n;
  while (rest >= 2) {
    rest /= 2;
    whole++;
  }
  let log = whole * 65_536;
  for (let bit = 32_768; bit >= 1; bit /= 2) {
    rest *= rest;
    if (rest >= 2) {
      rest /= 2;
      log += bit;
    }
  }
  return log;
}

/** Shannon's entropy of the characters, in bits for each; texts above 512 characters are judged by their first. */
export function entropyOf(value: string): number {
  const chars = value.slice(0, 512);
  const counts = new Map<string, number>();
  for (const char of chars) counts.set(char, (counts.get(char) ?? 0) + 1);
  const n = Math.min(chars.length, 512);
  if (n < 2) return 0;
  let sum = 0;
  for (const count of counts.values()) sum += count * (logs[count] ?? 0);
  return ((logs[n] ?? 0) - sum / n) / 65_536;
}

/** Parameters: `min` bits for each character; `skip` leading characters are left out (a fixed prefix). */
const entropy: Validator = (value, { min, skip }) =>
  verdict(entropyOf(value.slice(number(skip, 0))) >= number(min, 3));

/** What people write where a secret would stand. It never proves that something is one. */
const placeholder: Validator = (value) => (isPlaceholder(value) ? "invalid" : "unknown");

export function isPlaceholder(value: string): boolean {
  const lower = value.toLowerCase();
  if (placeholderWords.some((word) => lower.includes(word))) return true;
  if (placeholderForms.some((form) => form.test(value))) return true;
  return isRun(lower) || isRepeated(lower) || isCodeName(value);
}

/** The same few characters again and again to the end, as `abcd1234abcd1234`: a random value never is. A prefix does not count. */
function isRepeated(lower: string): boolean {
  const end = lower.slice(-64);
  const least = Math.max(12, Math.ceil(end.length * 0.6));
  for (let period = 1; 2 * period <= end.length; period++) {
    let same = 0;
    while (same < end.length - period && end.charCodeAt(end.length - 1 - same) === end.charCodeAt(end.length - 1 - same - period)) same++; // prettier-ignore
    if (same >= Math.max(period, least - period)) return true;
  }
  return false;
}

/** A name of code, three words or more in camel case behind a prefix: chance does not make every capital begin a word. */
function isCodeName(value: string): boolean {
  const name = value.slice(value.search(/[._-]/) + 1);
  if (name.length < 16 || !/^[a-z]+(?:[A-Z][a-z]+){2,}[A-Z]?\d{0,2}$/.test(name)) return false;
  return name.length >= 4 * (name.match(/[A-Z]/g)?.length ?? 0);
}

/** One or two characters repeated, or a walk along the alphabet, the digits or the keyboard, for most of the text. */
function isRun(lower: string): boolean {
  const chars = lower.replace(/[^0-9a-z*]/g, "");
  if (chars.length < 6) return false;
  if (new Set(chars).size <= 2) return true;
  let steps = 0;
  for (let i = 1; i < chars.length; i++) {
    const step = chars.charCodeAt(i) - chars.charCodeAt(i - 1);
    // From 9 it goes on with 0 or a, from f with 0.
    const goesOn = step === -9 || step === 97 - 57 || step === 48 - 102;
    if (step === 1 || step === 0 || step === -1 || goesOn) steps++;
  }
  return steps >= (chars.length - 1) * 0.75;
}

/** A digit and a letter, or a sign: not a plain word or a name. Parameters: `digits` fewest digits, `letters` fewest letters. */
const mixed: Validator = (value, { digits, letters }) => {
  const hasDigits = (value.match(/[0-9]/g)?.length ?? 0) >= number(digits, 1);
  const hasLetters = (value.match(/[A-Za-z]/g)?.length ?? 0) >= number(letters, 1);
  return hasDigits && hasLetters ? "unknown" : "invalid";
};

/** A password that is more than a word, a reference or a type name. */
const password: Validator = (value) => {
  if (isPlaceholder(value)) return "invalid";
  const lower = value.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (lower.length === 0 || dictionaryWords.has(lower)) return "invalid";
  const isReference =
    /^[$%@&]|[({[<>]|^:[A-Za-z_]\w*$|^(?:self|this|process|os|env|config|settings|options|args|params|request|req|user|data|get|var|local|module|secrets?|vars|inputs?|values)\./i;
  if (isReference.test(value)) return "invalid";
  // Rules for a field, as forms have them: `required|min:8`.
  if (/^[a-z]+(?:[|,][a-z]+(?::\d{1,4})?){1,12}$/.test(value)) return "invalid";
  // Code that names a variable or a call rather than giving a value.
  if (/^[A-Za-z_]+(?:[.][A-Za-z_]+)+$/.test(value) || /^[a-z]+(?:[A-Z][a-z]+)+$/.test(value))
    return "invalid";
  if (/^[A-Za-z]+(?:[_-][A-Za-z]+)+$/.test(value)) return "invalid";
  // A path of a page or a route.
  if (/^\/?[a-z_-]+(?:\/[:a-z_-]+)+(?:#[a-z_-]+)?$/i.test(value)) return "invalid";
  if (/^[~.]{0,2}\/[\w.-]+(?:\/[\w.-]+)+\/?$/.test(value)) return "invalid";
  const isMixed = /[A-Za-z]/.test(value) && /[0-9!@#$%^&*?+=~]/.test(value);
  return isMixed && value.length >= 8 ? "valid" : "unknown";
};

/** What stands last, quotes left out, is a password rather than a word or a reference. */
const lastPassword: Validator = (value, parameters, ports) =>
  password(/[^\s"':=]{1,64}(?=["']?$)/.exec(value)?.[0] ?? "", parameters, ports) === "invalid"
    ? "invalid"
    : "unknown";

const wordPart =
  /^(?:[A-Za-z]|[a-z]{2,}\d{0,3}|[A-Z]{2,}\d{0,3}|[A-Za-z][a-z]+(?:[A-Z][a-z]+)*\d{0,2}|[A-Za-z]{0,2}\d{1,8}|\d{1,4}[A-Z]\d{1,4}|[a-z]?\d{1,3}[A-Z][a-z]{2,})$/;

/** No address, path, version or name put together from words, which have as much entropy as a secret and open nothing. */
const opaque: Validator = (value) => {
  if (/^[a-z][a-z+.-]{1,15}:\/\//i.test(value)) return "invalid";
  const parts = value.split(/[._/\\:+$,@{}[\]#|-]/).filter((part) => part !== "");
  const isName = parts.length > 1 ? parts.every((part) => wordPart.test(part) || isCompound(part)) : isCompound(value); // prettier-ignore
  return isName ? "invalid" : "unknown";
};

/** Words in camel case, a number or two between them: by chance a word would be hardly longer than a letter. */
function isCompound(part: string): boolean {
  const words = part.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  const numbers = part.match(/[0-9]+/g) ?? [];
  const letters = words.join("").length;
  if (words.length < 2 || numbers.length > 2 || letters + numbers.join("").length < part.length) return false;
  return letters >= 3.5 * words.length && letters >= 2 * numbers.join("").length;
}

/** The password of `user:password`, or of a URL that has both before its `@`. */
const userPassword: Validator = (value) => {
  const pair = /:\/\/([^@]*)@/.exec(value)?.[1] ?? value;
  const word = pair.slice(pair.indexOf(":") + 1);
  const lower = word.toLowerCase();
  const [user] = pair.split(":");
  if (user !== undefined && placeholderForms.some((form) => form.test(user))) return "invalid";
  // A key can stand as the user, with no password; a name cannot.
  if (word === "" && user !== undefined)
    return isPlaceholder(user) || !/[0-9]/.test(user) || user.length < 8 ? "invalid" : "unknown";
  if (isReference(word) || (/^[A-Z_]+$/.test(word) && /^[A-Z_]+$/.test(user ?? ""))) return "invalid";
  return isPlaceholder(word) || ["password", "passwd", "pass", "pwd", "token"].includes(lower)
    ? "invalid"
    : "unknown";
};

/** The beginning of a variable or a template, though what was taken ends before it does. */
function isReference(value: string): boolean {
  return /^(?:\{\{|\$[({A-Za-z_]|%[A-Za-z]$|<[A-Za-z]|\{[A-Za-z_]{1,40}\}?$|\[[A-Za-z_]{1,40}\]?$)/.test(
    value,
  );
}

/** The last `n` characters are the CRC-32 of those between the prefix and them, in base 62. @see GitHub, "Behind GitHub's new authentication token formats" */
const crc32: Validator = (value, { prefix, n }) => {
  const length = number(n, 6);
  const body = value.slice(text(prefix).length, -length);
  return verdict(crc32Base62(body, length) === value.slice(-length));
};

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The bytes of base64 or base64url as a text of code units below 256; undefined when it is neither. */
export function fromBase64(value: string): string | undefined {
  const chars = value.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  if (chars.length % 4 === 1) return undefined;
  let out = "";
  let bits = 0;
  let held = 0;
  for (const char of chars) {
    const six = base64Alphabet.indexOf(char);
    if (six < 0) return undefined;
    held = ((held << 6) | six) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += String.fromCharCode((held >> bits) & 0xff);
  }
  return out;
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The header is a JSON object with `alg`, as a JOSE header must have. Parameters: `member` names another one to have. @see RFC 7515, section 4 */
const jose: Validator = (value, { member }) => {
  const header = parseObject(fromBase64(value.slice(0, value.indexOf("."))) ?? "");
  return verdict(header !== undefined && "alg" in header && (text(member) === "" || text(member) in header));
};

/** The text decodes to `user:password` in printable characters. @see RFC 7617 */
const basic: Validator = (value) => {
  const decoded = fromBase64(value.replace(/^.*\s/, ""));
  if (decoded === undefined || !/^[\x20-\x7e\x80-\xff]{1,}:[\x20-\x7e\x80-\xff]{1,}$/.test(decoded))
    return "invalid";
  return isPlaceholder(decoded.slice(decoded.indexOf(":") + 1)) ? "invalid" : "valid";
};

/** The part before the first dot is base64 of a decimal number, as an id of Discord is. */
const base64Digits: Validator = (value) =>
  /^[0-9]{15,22}$/.test(fromBase64(value.slice(0, value.indexOf("."))) ?? "") ? "valid" : "unknown";

/** Not a UUID: where a field may hold anything, it names a thing more often than it opens one. */
const notUuid: Validator = (value) =>
  /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value) ? "invalid" : "unknown";

/** No longer than a value of the type is, tail included. Parameters: `max` characters. */
const length: Validator = (value, { max }) => (value.length <= number(max, 1024) ? "unknown" : "invalid");

/** Base64 of so many bytes. Parameters: `bytes`, or `min` bytes at least. */
const base64: Validator = (value, { bytes, min }) => {
  const length = fromBase64(value)?.length ?? -1;
  return verdict(bytes === undefined ? length >= number(min, 1) : numbers([bytes].flat()).includes(length));
};

/** The character set decodes as RFC 4648 base 32 with enough variety. */
const base32: Validator = (value) => verdict(/^[A-Z2-7]+=*$/i.test(value) && entropyOf(value) >= 3);

/** Between first and last line: the shortest private key, of Ed25519, is 48 bytes as PKCS 8. @see RFC 8410 */
const pemCharsMin = 64;

/** A PEM or OpenPGP block: what follows the first line, if anything, is base64 that begins as DER or as the format says. @see RFC 7468 */
const pem: Validator = (value) => {
  const body = value.replace(/^.*?-{4,5}(?:\\r|\\n|\s|$)/s, "").replace(/(?:\\r|\\n|[\s"'])/g, "");
  const inner = /^-{4,5} ?BEGIN[^-]{1,60}-{4,5}(.*?)-{4,5} ?END/s.exec(value)?.[1];
  if (inner !== undefined && inner.replace(/[^A-Za-z0-9+/=]|\\[nr]/g, "").length < pemCharsMin)
    return "invalid";
  const chars = /^[A-Za-z0-9+/=]{0,64}/.exec(body)?.[0] ?? "";
  if (chars.length < 16) return "unknown";
  return isPlaceholder(chars) ? "invalid" : "valid";
};

/** Base 64 characters in a row stand for XML. */
const base64Xml: Validator = (value) => {
  const decoded = fromBase64(
    value
      .replaceAll("%2B", "+")
      .replaceAll("%2F", "/")
      .replaceAll("%3D", "")
      .slice(0, 400)
      .replace(/.{0,3}$/, ""),
  );
  return verdict(decoded !== undefined && decoded.trimStart().startsWith("<"));
};

/** bcrypt's cost lies between 4 and 31. */
const bcryptCost: Validator = (value) => {
  const cost = Number(/^\$2.\$(\d\d)\$/.exec(value)?.[1] ?? "0");
  return verdict(cost >= 4 && cost <= 31);
};

export const secrets = {
  entropy,
  placeholder,
  mixed,
  password,
  "user-password": userPassword,
  crc32,
  jose,
  basic,
  length,
  opaque,
  "last-password": lastPassword,
  base64,
  "base64-digits": base64Digits,
  "not-uuid": notUuid,
  base32,
  "base64-xml": base64Xml,
  "bcrypt-cost": bcryptCost,
  pem,
} satisfies Record<string, Validator>;
