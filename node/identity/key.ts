/**
 * The text of an API key: `gwk_ID_SECRET_CHECK`. Owns: making and reading that text. Does not own: whether a key is
 * known (keys.ts).
 *
 * - ID: 12 base62 characters, public; names the key in records and on the command line.
 * - SECRET: 43 base62 characters, 256 random bits.
 * - CHECK: 6 base62 characters of CRC-32 over all before it. It finds typing and copying errors before anything is
 *   hashed, and lets secret scanners tell a key from a look-alike. It is no security: anybody can compute it.
 *
 * All four parts have a fixed length, so the text holds no separator that needs escaping in a shell, URL or header.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const keyPattern = /^gwk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/;
const idPattern = /^[0-9A-Za-z]{12}$/;

/** What tells a key from an access token: a JWT starts with a brace in base64url, which is an e. */
export const keyPrefix = "gwk_";
const idStart = keyPrefix.length;
const idEnd = idStart + 12;
const secretStart = idEnd + 1;
const secretEnd = secretStart + 43;
export const keyChars = secretEnd + 7;

export function isKeyId(text: string): boolean {
  return idPattern.test(text);
}

export function makeKeyId(): string {
  return randomText(12);
}

/** 43 base62 digits carry 256.03 bits: log2(62) x 43. */
export function makeKeySecret(): string {
  return randomText(43);
}

export function writeKey(id: string, secret: string): string {
  const body = `${keyPrefix}${id}_${secret}`;
  return `${body}_${checkOf(body)}`;
}

/** The parts of a key, or which of its forms is broken. */
export function readKey(text: string): { id: string; secret: string } | "key.syntax" | "key.check" {
  if (text.length !== keyChars || !keyPattern.test(text)) return "key.syntax";
  if (checkOf(text.slice(0, secretEnd)) !== text.slice(secretEnd + 1)) return "key.check";
  return { id: text.slice(idStart, idEnd), secret: text.slice(secretStart, secretEnd) };
}

function checkOf(body: string): string {
  let rest = crc32(body);
  let text = "";
  for (let place = 0; place < 6; place++) {
    text += digits[rest % 62];
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Uniform base62 digits. Bytes from 248 on are thrown away, as 256 is no multiple of 62. */
function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += digits[byte % 62];
  }
  return text;
}
