/**
 * The text of a file, whatever it is written in: UTF-8, UTF-16, one byte a letter as in Western Europe, and any of them packed with
 * gzip or zlib. Owns which files are no text, and what is said of them. Does not own the search (scan.ts).
 *
 * B1. What cannot be searched to its end is never passed over in silence: it says what it is and what to do. Of its bytes what can be read is
 *     searched all the same, as UTF-8: credentials stand in programs and databases as they are.
 * B2. What is unpacked is bounded, in bytes and in layers.
 */
import { isUtf8 } from "node:buffer";
import { byteText } from "../../actors/dlp/bytetext.ts";
import { isWide } from "../../actors/dlp/widetext.ts";
import { limits } from "../../protocol/limits.ts";
import { inflate } from "../dlp/ports.ts";

export interface FileText {
  readonly text: string;
  /** It was packed: places are those of what came out. */
  readonly isPacked: boolean;
  /** Why what stands in it was not all looked at; undefined for a text. */
  readonly unread?: string;
}

/** What files begin with that hold texts in a form that nobody undoes here. */
const forms: readonly (readonly [start: string, says: string])[] = [
  ["%PDF-", "it is a PDF, whose text is packed and set in glyphs: turn it into text first"],
  ["PK\u0003\u0004", "it is a zip archive, as documents of office programs (docx, xlsx, odt) are: unpack it and name the files in it"], // prettier-ignore
  ["PK\u0005\u0006", "it is a zip archive without files"],
  ["\u00d0\u00cf\u0011\u00e0", "it is a document of an older office program (doc, xls, msg): save it as text first"], // prettier-ignore
  ["\u0089PNG", "it is a picture: what is drawn in it is read by nobody here"],
  ["\u00ff\u00d8\u00ff", "it is a picture: what is drawn in it is read by nobody here"],
  ["GIF8", "it is a picture: what is drawn in it is read by nobody here"],
  ["RIFF", "it is a picture, a sound or a film"],
  ["BZh", "it is packed with bzip2: unpack it first"],
  ["\u00fd7zXZ", "it is packed with xz: unpack it first"],
  ["\u0028\u00b5\u002f\u00fd", "it is packed with zstd: unpack it first"],
  ["7z\u00bc\u00af", "it is a 7z archive: unpack it and name the files in it"],
];
/** At the beginning of a file, which tell what it is. */
export const startBytes = 8;
const noText = "its bytes are no text in UTF-8, UTF-16 or one byte a letter: turn it into text, or unpack it";
/** What no text has; but for the end of a page and the beginning of a colour on a console. */
const isControl = (byte: number): boolean => byte < 32 && !(byte >= 9 && byte <= 13) && byte !== 27;

/** @param bytesMax that what is packed may have once it is unpacked */
export function textOf(bytes: Uint8Array, bytesMax: number = limits.scanInflatedBytesMax): FileText {
  let own = bytes;
  for (let layer = 0; layer <= limits.dlpDecodeDepthMax; layer++) {
    const isPacked = layer > 0;
    const form = isPack(own) ? undefined : formOf(own);
    const text = form === undefined ? plainText(own) : undefined;
    if (text !== undefined) return { text, isPacked };
    if (form !== undefined) return { text: loosely(own), isPacked, unread: form };
    const inside = inflate(own, bytesMax);
    if (inside === "too large") return { text: "", isPacked, unread: `unpacked it has more than ${bytesMax} bytes: unpack it and name the parts`}; // prettier-ignore
    if (inside === undefined) return { text: loosely(own), isPacked, unread: isPack(own) ? "it is packed with gzip, and damaged or cut short" : noText }; // prettier-ignore
    own = inside;
  }
  return { text: loosely(own), isPacked: true, unread: `it is packed more than ${limits.dlpDecodeDepthMax} times over` }; // prettier-ignore
}

export function isPack([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

export function formOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, startBytes));
  return forms.find(([begins]) => start.startsWith(begins))?.[1];
}

/** Undefined for what is no text. */
function plainText(bytes: Uint8Array): string | undefined {
  if (isPack(bytes)) return undefined;
  const isWhole = isUtf8(bytes);
  const wide = isWide(bytes) && !(isWhole && hasPlainPair(bytes)) ? wideText(bytes) : undefined;
  if (wide !== undefined) return wide;
  if (isWhole) return loosely(bytes);
  return bytes.some(isControl) ? undefined : byteText(bytes);
}

/** Of Latin letters in UTF-16 each second byte is a nought; a file that only begins so is read as what the rest of it is. */
function hasPlainPair(bytes: Uint8Array): boolean {
  for (let at = 0; at + 1 < bytes.length; at += 2) if (bytes[at] !== 0 && bytes[at + 1] !== 0) return true;
  return false;
}

/** UTF-16, told by its mark or its noughts. */
function wideText(bytes: Uint8Array): string | undefined {
  const [first = 0, second = 0] = bytes;
  const isBig = first === 0xfe || (first === 0 && second !== 0xff);
  try {
    return new TextDecoder(isBig ? "utf-16be" : "utf-16le", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** As far as it is one. */
function loosely(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
