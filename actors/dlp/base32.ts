/**
 * Base32 of RFC 4648, section 6: one case, with or without the equals signs behind it. Does not own: what its bytes say
 * (encoding.ts).
 *
 * B1. A run that no encoder writes is none: two cases, a length that no number of bytes has, bits left over that are not nought.
 * B2. Most runs are told apart by a few of their characters: names and numbers hold what base32 has not, or no text.
 */
import { isWide } from "./widetext.ts";

/** By character: its five bits, 32 more for a small letter; 255 where it is none. */
const values = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 65 && code <= 90) return code - 65;
  if (code >= 97 && code <= 122) return 32 + code - 97;
  return code >= 50 && code <= 55 ? code - 24 : 255;
});
/** The least of them that is a digit's. */
const digits = 26;
/** Characters by which most runs are told to be none: ten bytes. */
const toldBy = 16;

/**
 * @param start of a run of letters and digits
 * @returns its bytes; undefined when it is no base32, or does not begin as a text does, nor as compressed bytes
 */
export function base32Bytes(text: string, start: number, end: number): Uint8Array | undefined {
  const rest = (end - start) & 7;
  if (rest === 1 || rest === 3 || rest === 6) return undefined;
  const told = Math.min(end, start + toldBy);
  if (!isOfOneCase(text, start, told) || !mayBeText(bytesOf(text, start, told))) return undefined;
  if (!isOfOneCase(text, start, end)) return undefined;
  const left = ((end - start) * 5) & 7;
  const last = values[text.charCodeAt(end - 1)] ?? 0;
  return (last & ((1 << left) - 1)) === 0 ? bytesOf(text, start, end) : undefined;
}

/** Of a part of a longer text: as many as are whole. Undefined when there is another character, or two cases. */
export function bytes32(text: string, start: number, end: number): Uint8Array | undefined {
  return isOfOneCase(text, start, end) ? bytesOf(text, start, end) : undefined;
}

function isOfOneCase(text: string, start: number, end: number): boolean {
  let cases = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? (values[code] ?? 255) : 255;
    if (value === 255) return false;
    if ((value & 31) < digits) cases |= value < 32 ? 1 : 2;
  }
  return cases !== 3;
}

function bytesOf(text: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(((end - start) * 5) >> 3);
  let [bits, held, at] = [0, 0, 0];
  for (let index = start; index < end; index++) {
    held = ((held << 5) | ((values[text.charCodeAt(index)] ?? 0) & 31)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}

function mayBeText(bytes: Uint8Array): boolean {
  if (bytes[0] === 0x1f || bytes[0] === 0x78) return true;
  return bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13) || isWide(bytes);
}
