/**
 * Bytes out of letters: hex, base32, base64. Owns when they can be no text, as early as it can be told. Does not own what they say
 * (dlp/encoding.ts), nor where letters are looked for (layers.ts).
 *
 * R1. What is refused here is no text: what a stricter reading of all the bytes would take is not refused.
 */
export interface Radix {
  /** By letter: what it stands for. */
  readonly values: Uint8Array;
  /** Bits of each letter. */
  readonly bits: number;
}

/** What comes out shorter says nothing. */
export const charsMin = 5;

export const base64 = radixOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6);
base64.values[45] = 62;
base64.values[95] = 63;
export const base32 = radixOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5);
export const base32small = radixOf("abcdefghijklmnopqrstuvwxyz234567", 5);
export const hex = radixOf("0123456789abcdef", 4);
for (let at = 0; at < 6; at++) hex.values[65 + at] = 10 + at;

function radixOf(letters: string, bits: number): Radix {
  const values = new Uint8Array(256);
  for (let at = 0; at < letters.length; at++) values[letters.charCodeAt(at)] = at;
  return { values, bits };
}

/** What a byte is to a text that it begins: none, a character, the first of several bytes, one of those behind it, another beginning. */
const none = 0;
const plain = 1;
const first = 2;
const further = 3;
const other = 4;
/** Letters of base64 that say so many bytes. */
const lettersMin = Math.ceil((charsMin * 8) / 6);
const sixes = base64.values;
/** Three bytes, of which the first begins a character that has as many or more. */
const threeBytes = 0xe00000;
const beginnings = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0 || byte === 0x1f || byte === 0x78 || byte >= 0xfe) return other;
  if (byte < 0x80) return byte >= 32 || byte === 9 || byte === 10 || byte === 13 ? plain : none;
  return byte < 0xc0 ? further : followersOf(byte) > 0 ? first : none;
});

/** The same of bytes behind those: what would be another beginning is a character there, or none. */
const going = Uint8Array.from(beginnings, (kind, byte) => (kind === other ? (byte === 0x78 ? plain : none) : kind)); // prettier-ignore

/** Whether three bytes may stand one behind the other in a text, the first of them at a character's beginning. */
function mayFollow(word: number): boolean {
  const begin = going[word >> 16] ?? 0;
  const next = going[(word >> 8) & 255] ?? 0;
  const third = going[word & 255] ?? 0;
  if (begin === first) return next === further && (word < threeBytes ? isBeginning(third) : third === further); // prettier-ignore
  if (begin !== plain) return false;
  return next === first ? third === further : next === plain && isBeginning(third);
}

function isBeginning(kind: number): boolean {
  return kind === plain || kind === first;
}

function fourAt(codes: Uint8Array, at: number): number {
  return ((sixes[codes[at] ?? 0] ?? 0) << 18) | ((sixes[codes[at + 1] ?? 0] ?? 0) << 12) | ((sixes[codes[at + 2] ?? 0] ?? 0) << 6) | (sixes[codes[at + 3] ?? 0] ?? 0); // prettier-ignore
}

/**
 * Whether a byte that begins no text of UTF-8, or `x`, begins something packed or UTF-16 with the one behind it: of 64 such bytes behind
 * it one does, and words of paths and logs (`/orders/17`) say such bytes more often than others.
 */
function isOtherBeginning(begin: number, next: number): boolean {
  if (begin === 0) return next !== 0;
  return begin >= 0xfe ? next === 0 || (begin ^ next) === 1 : isCompressed(begin, next);
}

/**
 * By two letters of base64: whether a text may begin with the byte that they say and what they say of the next (1), something packed
 * or wide with it (2), and whether a text may have the byte that ends with them (4).
 */
const byTwo = Uint8Array.from({ length: 4_096 }, (_, bits) => {
  const byte = bits >> 4;
  const begin = beginnings[byte] ?? 0;
  const ends = going[bits & 255] === none ? 0 : 4;
  const high = bits & 15;
  const isOther = begin === other && Array.from({ length: 16 }, (__, low) => (high << 4) | low).some((next) => isOtherBeginning(byte, next)); // prettier-ignore
  if (isOther || (begin === plain && high === 0)) return 3 | ends;
  const isFurther = high >= 8 && high < 12;
  const kind = going[byte] ?? 0;
  const mayBegin = kind === first ? isFurther : kind === plain && !isFurther && high !== 1;
  return (mayBegin ? 1 : 0) | ends;
});

/** At which of the four places from here on letters of base64 may begin a text, by their first four: a bit for each. */
export function places64(codes: Uint8Array, at: number): number {
  const second = sixes[codes[at + 1] ?? 0] ?? 0;
  const third = sixes[codes[at + 2] ?? 0] ?? 0;
  const fourth = sixes[codes[at + 3] ?? 0] ?? 0;
  const fifth = sixes[codes[at + 4] ?? 0] ?? 0;
  const sixth = sixes[codes[at + 5] ?? 0] ?? 0;
  const one = byTwo[((sixes[codes[at] ?? 0] ?? 0) << 6) | second] ?? 0;
  const two = byTwo[(second << 6) | third] ?? 0;
  const three = byTwo[(third << 6) | fourth] ?? 0;
  const four = byTwo[(fourth << 6) | fifth] ?? 0;
  const five = byTwo[(fifth << 6) | sixth] ?? 0;
  const six = byTwo[(sixth << 6) | (sixes[codes[at + 6] ?? 0] ?? 0)] ?? 0;
  return mayAt(one, three) | (mayAt(two, four) << 1) | (mayAt(three, five) << 2) | (mayAt(four, six) << 3);
}

/** Of two letters and the two behind them. */
function mayAt(begin: number, end: number): number {
  return ((begin >> 1) | (begin & (end >> 2))) & 1;
}

/**
 * Whether letters of base64 may begin a text, or something packed: four tell of nearly all others, and as many more of most that are
 * left, at no more cost.
 *
 * @param to where the letters end, four or more behind
 */
export function mayBegin64(codes: Uint8Array, at: number, to: number): boolean {
  const word = fourAt(codes, at);
  const byte = word >> 16;
  const second = (word >> 8) & 255;
  if (beginnings[byte] === other && isOtherBeginning(byte, second)) return true;
  const begin = going[byte] ?? 0;
  // As UTF-16 has it.
  if (second === 0) return begin === plain;
  if (!mayFollow(word) || to - at < lettersMin) return false;
  return goesOn(word, fourAt(codes, at + 4), to - at < 8 ? 2 : 3);
}

/** The same of any letters, of which others may stand behind: by what eight of them say. */
export function mayBegin(codes: Uint8Array, from: number, to: number, radix: Radix): boolean {
  const last = Math.min(to, from + 8);
  let held = 0;
  let bits = 0;
  let more = 0;
  let begin = 0;
  for (let next = from, at = 0; next < last; next++) {
    held = ((held << radix.bits) | (radix.values[codes[next] ?? 0] ?? 0)) & 0xffff;
    bits += radix.bits;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 255;
    if (at++ === 0) {
      begin = byte;
      if (beginnings[byte] === other) continue;
    } else if (at === 2) {
      if (beginnings[begin] === other && isOtherBeginning(begin, byte)) return true;
      // As UTF-16 has it.
      if (byte === 0 || going[begin] === none) return going[begin] === plain;
    }
    const kind = going[byte] ?? 0;
    if (more > 0 ? kind !== further : !isBeginning(kind)) return false;
    more = more > 0 ? more - 1 : kind === first ? followersOf(byte) : 0;
  }
  return true;
}

/** Whether bytes, three or fewer, may stand behind three others that may begin a text: a character of several may go on into them. */
function goesOn(word: number, next: number, count: number): boolean {
  let more = moreBehind(word);
  for (let each = 0, shift = 16; each < count; each++, shift -= 8) {
    const byte = (next >> shift) & 255;
    const kind = going[byte] ?? 0;
    if (more > 0 ? kind !== further : !isBeginning(kind)) return false;
    more = more > 0 ? more - 1 : kind === first ? followersOf(byte) : 0;
  }
  return true;
}

/** Bytes that the last character of three is still without. */
function moreBehind(word: number): number {
  if ((word & 0x808080) === 0) return 0;
  const [begin, second, third] = [word >> 16, (word >> 8) & 255, word & 255];
  if (going[third] === first) return followersOf(third);
  if (going[second] === first) return followersOf(second) - 1;
  return going[third] === further ? followersOf(begin) - 2 : 0;
}

/** As dlp/encoding.ts has it: letters that mean nothing say what is mostly beyond ASCII. */
function isByChance(points: number, several: number, bytes: number): boolean {
  return 4 * several > points && several > 2 && bytes < 64;
}

/** The first two bytes of gzip or zlib. */
function isCompressed(first: number, second: number): boolean {
  if (first === 0x1f) return second === 0x8b;
  return first === 0x78 && (second === 0x01 || second === 0x5e || second === 0x9c || second === 0xda);
}

/** Whether compressed bytes may begin at letters or a little behind, in base64 (`H4s`, `eJ`, `eA`, `eN`, `eF`) or in hex (`1f8`, `780`, `785`, `789`, `78d`). */
export function mayBePacked(codes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < Math.min(end, start + 4); at++) {
    const first = codes[at] ?? 0;
    const second = codes[at + 1] ?? 0;
    const third = codes[at + 2] ?? 0;
    if (first === 72 && second === 52 && third === 115) return true;
    if (first === 101 && (second === 74 || second === 65 || second === 78 || second === 70)) return true;
    if (first === 49 && (second | 32) === 102 && third === 56) return true;
    if (first === 55 && second === 56 && (third === 48 || third === 53 || third === 57 || (third | 32) === 100)) return true; // prettier-ignore
  }
  return false;
}

/** Characters by which UTF-16 is told, and the fewest bytes (dlp/widetext.ts). */
const toldBy = 16;
const wideMin = 8;

/** Whether bytes may be UTF-16, by its mark or by the noughts between Latin letters. */
function isWide(bytes: Uint8Array, length: number): boolean {
  const first = bytes[0] ?? 0;
  const second = bytes[1] ?? 0;
  if (length < wideMin) return false;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  if ((first === 0) === (second === 0)) return false;
  const high = second === 0 ? 1 : 0;
  const count = Math.min(toldBy, length >> 1);
  let latin = 0;
  for (let at = 0; at < 2 * count; at += 2)
    if (bytes[at + high] === 0 && (bytes[at + 1 - high] ?? 0) >= 32) latin++;
  return 4 * latin >= 3 * count;
}

export class Bytes {
  /** How many there are; fewer than were asked for where the first or the last were parts of a character. */
  length = 0;
  /** They are characters of ASCII, one each. */
  isAscii = false;

  /**
   * Writes what letters stand for, from the beginning of `bytes`, which has room.
   *
   * @param isPart they may begin and end within a character
   * @returns false for what is no text: most runs say so after two or three bytes. What is packed is not looked into
   */
  read(
    bytes: Uint8Array,
    codes: Uint8Array,
    from: number,
    to: number,
    { values, bits: bitsEach }: Radix,
    isPart: boolean,
  ): boolean {
    const size = ((to - from) * bitsEach) >> 3;
    let bits = 0;
    let held = 0;
    let at = 0;
    let more = 0;
    // Characters of several bytes, the bytes behind their first ones, and those that are two units of a text.
    let several = 0;
    let behind = 0;
    let pairs = 0;
    let isPacked = false;
    let isInflated = false;
    this.isAscii = true;
    for (let next = from; next < to && at < size; next++) {
      if (bitsEach === 6 && bits === 0 && at > 2 && more === 0 && !isPacked) {
        const count = fours(bytes, at, size, codes, next, to);
        at += count;
        next += (count / 3) << 2;
        if (next >= to || at >= size) break;
      }
      held = ((held << bitsEach) | (values[codes[next] ?? 0] ?? 0)) & 0xffff;
      bits += bitsEach;
      if (bits < 8) continue;
      bits -= 8;
      const byte = (held >> bits) & 255;
      bytes[at++] = byte;
      if (isPacked) continue;
      if (at === 2 && isCompressed(bytes[0] ?? 0, byte)) isPacked = isInflated = true;
      else if (at === 2 && bytes[0] === 0x1f) return false;
      else if (more > 0) {
        if ((byte & 0xc0) !== 0x80) return false;
        more--;
      } else if (byte >= 0x80) {
        this.isAscii = false;
        more = followersOf(byte);
        several++;
        behind += more;
        if (more === 3) pairs++;
        if (more === 0 && isPart && at <= 3 && byte < 0xc0) at = 0;
        else if (more === 0 && at === 1 && byte >= 0xfe) isPacked = true;
        else if (more === 0) return false;
      } else if (
        byte < 32 &&
        byte !== 9 &&
        byte !== 10 &&
        byte !== 13 &&
        at <= 256 &&
        !(at === 1 && byte === 0x1f)
      ) {
        // Of UTF-16 one of the first two bytes is nought, or both are its mark.
        if (byte !== 0 || at > 2) return false;
        isPacked = true;
      }
    }
    if (more > 0 && isPart) for (more = 0; at > 0 && (bytes[at - 1] ?? 0) >= 0x80; at--);
    if (isPacked || bytes[0] === 0x1f) this.isAscii = false;
    this.length = at;
    if (isPacked) return isInflated || isWide(bytes, at);
    if (isPart) return more === 0;
    const points = at - behind;
    return more === 0 && points + pairs >= charsMin && !isByChance(points, several, at);
  }
}

/** Nearly all of a text in base64: four letters that say three characters of ASCII. @returns how many bytes */
function fours(
  bytes: Uint8Array,
  from: number,
  size: number,
  codes: Uint8Array,
  at: number,
  to: number,
): number {
  const { values } = base64;
  let next = from;
  for (let four = at; four + 4 <= to && next + 3 <= size; four += 4) {
    const word = ((values[codes[four] ?? 0] ?? 0) << 18) | ((values[codes[four + 1] ?? 0] ?? 0) << 12) | ((values[codes[four + 2] ?? 0] ?? 0) << 6) | (values[codes[four + 3] ?? 0] ?? 0); // prettier-ignore
    if ((word & 0x808080) !== 0 || ((word | (word << 1)) & 0x404040) !== 0x404040) break;
    bytes[next] = word >> 16;
    bytes[next + 1] = (word >> 8) & 255;
    bytes[next + 2] = word & 255;
    next += 3;
  }
  return next - from;
}

/** Bytes that follow a first one in UTF-8; 0 for what begins nothing. */
function followersOf(byte: number): number {
  if (byte < 0xc2 || byte >= 0xf5) return 0;
  return byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
}
