/**
 * What bytes say as a text: in UTF-8, in the code page of older mail, and in escapes. Does not own how bytes are written in
 * letters (encoding.ts), nor UTF-16 (widetext.ts).
 */

/** Strictly; undefined for bytes that are no UTF-8, or that are mostly beyond ASCII, as chance would have it. */
export function utf8(bytes: Uint8Array): string | undefined {
  let ascii = 0;
  while (ascii < bytes.length && (bytes[ascii] ?? 0) < 0x80) ascii++;
  const beginning = asciiText(bytes, ascii);
  if (ascii === bytes.length) return beginning;
  const units = [...beginning];
  let foreign = 0;
  for (let at = ascii; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const more = byte < 0x80 ? 0 : byte >= 0xc2 && byte < 0xe0 ? 1 : byte >= 0xe0 && byte < 0xf0 ? 2 : byte >= 0xf0 && byte < 0xf5 ? 3 : -1; // prettier-ignore
    if (more < 0 || at + more >= bytes.length) return undefined;
    let point = more === 0 ? byte : byte & (0x3f >> more);
    for (let next = 1; next <= more; next++) {
      const cont = bytes[at + next] ?? 0;
      if ((cont & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (cont & 0x3f);
    }
    if (point > 0x10ffff) return undefined;
    if (more > 0) foreign++;
    units.push(String.fromCodePoint(point));
    at += more + 1;
  }
  return 4 * foreign > units.length && foreign > 2 && bytes.length < 64 ? undefined : units.join("");
}

const older = new TextDecoder("windows-1252");
/** Of bytes by chance half are beyond ASCII; of a text of Western Europe in one byte a letter, one in twenty. */
const beyondShare = 8;

/** UTF-8, or else ISO 8859-1 as everybody reads it, in which mail and tables are still sent; undefined where it is neither. */
export function byteText(bytes: Uint8Array): string | undefined {
  const text = utf8(bytes);
  if (text !== undefined) return text;
  let beyond = 0;
  for (const byte of bytes) if (byte >= 0x80) beyond++;
  return beyondShare * beyond > bytes.length ? undefined : older.decode(bytes);
}

/**
 * What escaped bytes say. A byte that is no UTF-8 is one sign, so that places hold: who reads them shows or skips it and reads
 * on, and one such byte would hide all that stands behind it.
 */
export function escapedText(bytes: Uint8Array): string {
  const whole = utf8(bytes);
  if (whole !== undefined) return whole;
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    const said = at + length > bytes.length ? undefined : utf8(bytes.subarray(at, at + length));
    text += said ?? "?";
    at += said === undefined ? 1 : length;
  }
  return text;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const fewChars = 48;

/** The first bytes, each a character of ASCII. */
function asciiText(bytes: Uint8Array, count: number): string {
  if (count > fewChars) return decoder.decode(bytes.subarray(0, count));
  let text = "";
  for (let at = 0; at < count; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}
