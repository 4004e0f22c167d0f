/**
 * Encodings inside a text, undone: base64, base64url, base32, hex, compressed bytes, UTF-16, escapes of URLs, HTML, JSON and mail
 * (quoted-printable), characters that show nothing or look like others. Does not own: what is found in what comes out (scanner.ts).
 *
 * E1. A region is found from what stands in it and near it, so that it is the same wherever a stream was cut.
 * E2. What does not come out as text is left alone: a hash is no message.
 * E3. Each decoded character knows where it came from; where it cannot, the whole region is the place.
 */
import { limits } from "../../protocol/limits.ts";
import { base32Bytes } from "./base32.ts";
import { byteText, escapedText, utf8 } from "./bytetext.ts";
import { isAlike, latinOf } from "./lookalike.ts";
import { isWide, mayBeWide, wideText } from "./widetext.ts";

const { dlpDecodedCharsMax, dlpEncodedCharsMin, dlpRunCharsMax } = limits;
/** As many bytes as the shortest base64 that is undone. */
const base32CharsMin = Math.ceil((dlpEncodedCharsMin * 6) / 5);

/** A decoded part of a text. */
export interface Layer {
  readonly text: string;
  /** Region of the text that it was decoded from. */
  readonly start: number;
  readonly end: number;
  /** By decoded character, and one behind the last: its place in the text. Undefined: any character is the whole region. */
  readonly places: Int32Array | undefined;
  /** It is a value by itself: nothing is hidden in it, and nothing before it speaks for it. */
  readonly isValue?: true;
  /** Without places: where the part of a region is that says a part of the text. Undefined: all of it is. */
  readonly placeOf?: ((start: number, end: number) => readonly [start: number, end: number]) | undefined;
  /** Another layer says it too: it does not count as decoded once more. */
  readonly isAgain?: true;
}

/** Undoes gzip or zlib; undefined when the bytes are neither. */
export type Inflate = (bytes: Uint8Array) => Uint8Array | undefined;

/** By character: whether it is one of base64 or base64url. */
export const isBase64 = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0)); // prettier-ignore
const value64 = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (char === "-") return 62;
  if (char === "_") return 63;
  return Math.max(0, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(char));
});

/**
 * What is known of the characters of base64 that stand in one row, from one run in it to the next: else each run would look
 * through all of them again.
 */
export interface Stretch {
  end: number;
  /** Trials of which no text came, though they began as one. */
  failures: number;
  /** Characters looked at so far. */
  looked: number;
}

/** After so many failures in one stretch, a run is tried from its own beginning alone, and at most so much of it. */
const failuresMax = 8;
const cautiousChars = 256;

/**
 * What a run of letters and digits says, when it is part of encoded text.
 *
 * @param start   of the run
 * @param left    at most how far before the run its region may begin
 * @param stretch of the runs before it in the text
 * @returns a layer; undefined when nothing readable comes out
 */
export function decodeRun(
  text: string,
  start: number,
  end: number,
  left: number,
  inflate: Inflate,
  stretch: Stretch = { end: 0, failures: 0, looked: 0 },
): Layer | undefined {
  // prettier-ignore
  const hex = isHexText(text, start, end) ? readable(hexBytes(text, start, end), inflate, byteText) : undefined;
  if (hex !== undefined) return { text: hex, start, end, places: undefined };
  const bytes32 = end - start < base32CharsMin ? undefined : base32Bytes(text, start, end);
  const plain32 = bytes32 === undefined ? undefined : readable(bytes32, inflate, byteText);
  if (plain32 !== undefined) return { text: plain32, start, end, places: undefined };
  let from = start;
  const far = start < stretch.end && stretch.failures >= failuresMax ? 0 : left;
  while (from > 0 && start - from < far && isBase64[text.charCodeAt(from - 1)] === 1) from--;
  if (stretch.end < end) {
    let last = end;
    while (last < text.length && last - from < dlpDecodedCharsMax && isBase64[text.charCodeAt(last)] === 1) last++; // prettier-ignore
    stretch.looked += last - end;
    [stretch.end, stretch.failures] = [last, 0];
  }
  const to = stretch.end;
  // A digest comes out of base64 as signs that may be printed, and says nothing.
  if (from === start && to === end && isHexOfOneCase(text, from, to)) return undefined;
  // Behind a path or a name with a hyphen the encoded part begins in the midst of the region: at the run.
  const whole = readable64(text, from, stretch, inflate);
  if (whole !== undefined) return { text: whole, start: from, end: to, places: undefined };
  const part = from === start ? undefined : readable64(text, start, stretch, inflate);
  return part === undefined ? undefined : { text: part, start, end: to, places: undefined };
}

/** Below 0, whatever is added to it by `|`. */
const noHex = -256;
/** By character: the value of a hex digit, and 16 more for a small letter, 32 for a capital. Of digits at random a branch would be guessed wrong half of the time: a look into a table costs a quarter. */
const hexDigits = Int16Array.from({ length: 128 }, (_, code) => {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return 16 + code - 87;
  return code >= 65 && code <= 70 ? 32 + code - 55 : noHex;
});
const bothCases = 48;
const prefixChars = 24;
/** By chance a text in base64 has so many hex digits of one case in a row once in ten million. */
const hexCharsMin = 16;

function isHexOfOneCase(text: string, from: number, to: number): boolean {
  if (to - from < hexCharsMin) return false;
  let seen = 0;
  for (let at = from; at < to && seen >= 0; at++) seen |= hexDigits[text.charCodeAt(at)] ?? noHex;
  return seen >= 0 && (seen & bothCases) !== bothCases;
}

function readable64(text: string, from: number, stretch: Stretch, inflate: Inflate): string | undefined {
  const { end } = stretch;
  const to = stretch.failures < failuresMax ? end : Math.min(end, from + cautiousChars);
  if (to - from < dlpEncodedCharsMin) return undefined;
  if (!mayBeReadable64(text, from, Math.min(to, from + prefixChars))) return undefined;
  stretch.looked += to - from;
  const said = readable(bytes64(text, from, to), inflate, byteText);
  if (said === undefined) stretch.failures++;
  return said;
}

/** Whether the first bytes are those of a text, or of compressed ones; most runs are told apart here, at little cost. */
export function mayBeReadable64(text: string, from: number, to: number): boolean {
  let held = 0;
  for (let at = from; at < to; at++) {
    held = ((held << 6) | (value64[text.charCodeAt(at)] ?? 0)) & 0xffff;
    const phase = (at - from) & 3;
    if (phase === 0) continue;
    const byte = (held >> (6 - 2 * phase)) & 255;
    if (at === from + 1 && (byte === 0x1f || byte === 0x78)) return true;
    if (isOdd(byte)) return byte === 0 && isWide(bytes64(text, from, to));
  }
  return true;
}

/** No byte of a text: a control character other than a tab or a line end. */
function isOdd(byte: number): boolean {
  return byte < 32 && byte !== 9 && byte !== 10 && byte !== 13;
}

export function bytes64(text: string, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(((to - from) * 3) >> 2);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = from; index < to; index++) {
    held = (held << 6) | (value64[text.charCodeAt(index)] ?? 0);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}

/** Hex digits that begin as ASCII text or compressed bytes do. */
function isHexText(text: string, from: number, to: number): boolean {
  if ((to - from) % 2 !== 0) return false;
  for (let at = from; at < to; at += 2) {
    const byte = hexByte(text, at);
    if (byte < 0 || (at === from && byte === 0x1f) || (at === from && byte === 0x78)) return byte > 0;
    if (at < from + prefixChars && (isOdd(byte) || byte > 127)) return mayBeWide(hexByte(text, from), hexByte(text, from + 2)) && isWide(hexBytes(text, from, Math.min(to, from + 64))); // prettier-ignore
  }
  return true;
}

/** None where there is another character. */
export function hexBytes(text: string, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array((to - from) >> 1);
  for (let at = 0; at < bytes.length; at++) {
    const pair = hexByte(text, from + 2 * at);
    if (pair < 0) return bytes.subarray(0, 0);
    bytes[at] = pair;
  }
  return bytes;
}

/** Below 0 where there are no two hex digits. */
function hexByte(text: string, at: number): number {
  return (hexValue(text.charCodeAt(at)) << 4) | hexValue(text.charCodeAt(at + 1));
}

/** Below 0 where it is no hex digit. */
function hexValue(code: number): number {
  const digit = hexDigits[code] ?? noHex;
  return digit < 0 ? digit : digit & 15;
}

/** The first two bytes of gzip or zlib. */
export function isCompressed(bytes: Uint8Array): boolean {
  const [first, second] = bytes;
  if (first === 0x1f) return second === 0x8b;
  return first === 0x78 && (second === 0x01 || second === 0x5e || second === 0x9c || second === 0xda);
}

/** The first bytes of a text are mostly printable. */
export function looksReadable(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (isOdd(bytes[at] ?? 0)) return false;
  return bytes.length > 0;
}

/** What bytes say, inflated where they are compressed; undefined when that is no text. */
export function readable(
  bytes: Uint8Array,
  inflate: Inflate,
  say: (bytes: Uint8Array) => string | undefined = utf8,
): string | undefined {
  if (bytes.length === 0) return undefined;
  const plain = isCompressed(bytes) ? inflate(bytes) : bytes;
  if (plain === undefined) return undefined;
  const wide = wideText(plain);
  if (wide !== undefined || !looksReadable(plain.subarray(0, 256))) return wide;
  return say(plain);
}

/**
 * Quoted-printable, as far as it is no `name=20` of a log: several signs in a row, the equals sign, what joins the parts of a
 * token before a letter, the sign of an address, and the end of a line in mid-word. Each begins with its sign: a look behind
 * it first would be taken at every character. @see RFC 2045, section 6.7
 */
const quoted =
  /(?:=[0-9A-F]{2}){2,}|=3D|=(?:2[DE]|5F)(?=[A-Za-z])|=(?<=\w=)40(?=[A-Za-z][\w-]{0,62}\.[A-Za-z])|=(?<=[^\s=]=)\r?\n(?=\S)/;

/** Whether a text may hold quoted-printable. */
export function mayBeQuoted(text: string): boolean {
  for (let at = text.indexOf("="); at >= 0; at = text.indexOf("=", at + 1)) if (beginsQuoted(text, at + 1)) return quoted.test(text); // prettier-ignore
  return false;
}

/** What most signs are told by: few have two hex digits behind them, and another sign or one of a few characters there. */
function beginsQuoted(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 10 || code === 13) return true;
  const byte = hexByte(text, at);
  if (byte < 0) return false;
  return text.charCodeAt(at + 2) === 61 || byte === 0x3d || byte === 0x2d || byte === 0x2e || byte === 0x5f || byte === 0x40; // prettier-ignore
}

/** What makes a region: the signs of `escapes`, controls, and all that is beyond ASCII. */
const trigger =
  /%[0-9A-Fa-f]{2}|&(?:#|[a-z]{2,6};)|\\[ux][0-9A-Fa-f]{2}|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00a0-\uffff]|(?:=[0-9A-F]{2}){2,}|=3D|=(?:2[DE]|5F)(?=[A-Za-z])|=(?<=\w=)40(?=[A-Za-z][\w-]{0,62}\.[A-Za-z])|=(?<=[^\s=]=)\r?\n(?=\S)/g;
const clusterGap = 192;
const clusterMax = 8_192;

/**
 * Regions in which something may be escaped or disguised, each from a little before its first sign to a little after its
 * last. Regions are cut from the left, by places alone.
 */
export function escapedRegions(
  text: string,
  from: number,
  to: number,
): readonly (readonly [number, number])[] {
  const regions: (readonly [number, number])[] = [];
  let [first, last] = [-1, -1];
  // Encoded text is not cut where it goes on: the rest of it would be another text.
  const close = (): void => {
    if (first < 0) return;
    let [left, right] = [Math.max(0, first - clusterGap), Math.min(text.length, last + clusterGap)];
    while (left > 0 && first - left < dlpRunCharsMax && isBase64[text.charCodeAt(left - 1)] === 1) left--;
    while (right < text.length && right - last < dlpRunCharsMax && isBase64[text.charCodeAt(right)] === 1) right++; // prettier-ignore
    regions.push([left, right]);
  };
  trigger.lastIndex = from;
  for (let found = trigger.exec(text); found !== null && found.index < to; found = trigger.exec(text)) {
    if (first < 0 || found.index - last > clusterGap || found.index - first > clusterMax) {
      close();
      first = found.index;
    }
    last = trigger.lastIndex - 1;
  }
  close();
  return regions;
}

const escapes =
  /(?:%[0-9A-Fa-f]{2})+|&(?:#\d{1,6}|#x[0-9A-Fa-f]{1,5}|amp|lt|gt|quot|apos|nbsp|commat);|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[nrt"'\\/])|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|\udb40[\udc00-\uddef]|[\u00a0\u2000-\u200a\u2010-\u2015\u2024\u202f\u205f\u2070-\u209f\u2100-\u218f\u2460-\u24ff\u3000\ufb00-\ufb06\ufe50-\ufe6f\uff01-\uffee]|\ud835[\udc00-\udfff]|(?:=[0-9A-F]{2}){2,}|=3D|=(?:2[DE]|5F)(?=[A-Za-z])|=(?<=\w=)40(?=[A-Za-z][\w-]{0,62}\.[A-Za-z])|=(?<=[^\s=]=)\r?\n(?=\S)|[\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u03b1\u03b2\u03b5\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03b3\u03c9\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0408\u0405\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7]+/g;
/** Controls, but for tabs and the ends of lines, and characters that show nothing. */
const hidden =
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]|\udb40[\udc00-\uddef]/;

/** A region with its escapes undone; undefined when it has none. */
export function unescapeRegion(text: string, start: number, end: number): Layer | undefined {
  const region = text.slice(start, end);
  const parts: string[] = [];
  const places: number[] = [];
  let from = 0;
  const copy = (to: number): void => {
    parts.push(region.slice(from, to));
    for (let at = from; at < to; at++) places.push(start + at);
  };
  for (const found of region.matchAll(escapes)) {
    const meant = isAlike(found[0])
      ? latinOf(region, found.index, found.index + found[0].length)
      : unescape(found[0]);
    if (meant === found[0]) continue;
    copy(found.index);
    parts.push(meant);
    pushPlaces(places, found[0], meant, start + found.index);
    from = found.index + found[0].length;
  }
  if (from === 0) return undefined;
  copy(region.length);
  places.push(end);
  return { text: parts.join(""), start, end, places: Int32Array.from(places) };
}

/** Places of what an escape means: of several bytes in a row, each where its own sign begins. */
function pushPlaces(places: number[], escape: string, meant: string, start: number): void {
  const width = meant.length > 1 && (escape[0] === "%" || escape[0] === "=") ? 3 : isAlike(escape) ? 1 : 0;
  let at = start;
  for (const char of meant) {
    for (let unit = 0; unit < char.length; unit++) places.push(at);
    const code = char.codePointAt(0) ?? 0;
    at += width * (width < 3 || code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4);
  }
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", commat: "@" }; // prettier-ignore
const short: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescape(text: string): string {
  const body = text.slice(1);
  switch (text[0]) {
    case "%":
      return escapedText(Uint8Array.from(body.split("%"), (pair) => Number.parseInt(pair, 16)));
    case "&": {
      const name = body.slice(0, -1);
      if (!name.startsWith("#")) return named[name] ?? text;
      const code = name[1] === "x" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return code <= 0x10ffff ? String.fromCodePoint(code) : text;
    }
    case "\\":
      return body.length > 1
        ? String.fromCharCode(Number.parseInt(body.slice(1), 16))
        : (short[body] ?? body);
    case "=":
      return text.includes("\n") ? "" : escapedText(hexBytes(body.replaceAll("=", ""), 0, body.replaceAll("=", "").length)); // prettier-ignore
    default:
      if (hidden.test(text)) return "";
      return /[\u2010-\u2015]/.test(text) ? "-" : text.normalize("NFKC");
  }
}
