/**
 * Keyed hashes of words, for guard four, in two steps. While a text is walked each word gets a *tabulation hash*: the exclusive or of
 * one random number for each letter at its place, out of a table that is made of the key. Only what is kept is *sealed*: HalfSipHash
 * of that number, with one round for the word and three at the end.
 *
 * H1. Case makes no difference but to `exactly`; everything else does.
 * H2. A sealed hash is never 0: that is an empty slot.
 * H3. Without the key nobody finds two words that meet but by luck: of any two given words the tables of one key in 2^32 have
 *     the same number, and none of a session's hashes goes to an agent or a tool. Nor does who reads a record, in which sealed hashes
 *     stand, try words out. He can do one thing more than with HalfSipHash of the letters: of two words of one length that he sees
 *     meet (some 65,000 words of his own choice until two do) he knows that the same letters behind both give others that meet.
 * H4. Words beyond Latin-1, and of more letters than the table has places, are hashed by HalfSipHash letter by letter (NFC).
 * H5. The id names key and function: hashes of another function are hashes of another key to whoever compares them.
 *
 * @see Carter and Wegman, "Universal classes of hash functions", 1979; Pătraşcu and Thorup, "The power of simple tabulation
 *     hashing", 2012; Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012 (HalfSipHash is its 32-bit form).
 */

/** Bytes of a key. */
export const wordKeyBytes = 8;

/** Letters of a word that have places in the table; a power of two, as many as nearly all addresses and names have. */
export const tablePlaces = 64;
const tableSize = tablePlaces * 256;

/** What HalfSipHash is asked of, in bits that no length takes. */
const [ofWord, ofTable, ofSeal, ofThing] = [0x80_0000, 0x40_0000, 0x20_0000, 0x10_0000];
const pieceUnits = 4_096;
const functionName = ".t1";

/** Whether an id names the function that hashes words today, whatever its key. */
export function isOfToday(id: string): boolean {
  return id.endsWith(functionName);
}

/** Of words sealed lately, two cells each: most words of texts are few. */
const memoRows = 2_048;

/** Of Latin-1, the lower case of each. */
export const foldedLatin: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const isUpper = (code >= 65 && code <= 90) || (code >= 0xc0 && code <= 0xde && code !== 0xd7);
  return isUpper ? code + 32 : code;
});

export class WordHash {
  /** Names the key and the function, and says nothing of the key. */
  readonly id: string;
  /** By place and unit of Latin-1, equal for both cases. */
  readonly table = new Int32Array(tableSize);
  readonly #k0: number;
  readonly #k1: number;
  #codes = new Uint16Array(64);
  readonly #memo = new Int32Array(memoRows * 2);

  constructor(key: Uint8Array, keyId: string) {
    if (key.length !== wordKeyBytes)
      throw new Error(`a key of words has ${wordKeyBytes} bytes, not ${key.length}`);
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    this.id = `${keyId}${functionName}`;
    this.#k0 = view.getInt32(0, true);
    this.#k1 = view.getInt32(4, true);
    for (let at = 0; at < tableSize; at++) this.table[at] = this.#sip(at, ofTable);
    for (let at = 0; at < tableSize; at++) {
      const code = at & 255;
      this.table[at] = this.table[at - code + (foldedLatin[code] ?? 0)] ?? 0;
    }
    this.#memo[1] = this.#sealOf(0);
  }

  /** Sealed, of a text, whatever its case. */
  of(text: string): number {
    return this.seal(this.weakOf(text));
  }

  /** Sealed, of a text as it is written, to its end: what differs in case or in a sign that nobody sees differs. */
  exactly(text: string): number {
    let hash = 0;
    // In pieces: a text of megabytes leaves no room of its size behind.
    for (let from = 0; from === 0 || from < text.length; from += pieceUnits) {
      const to = Math.min(text.length, from + pieceUnits);
      const codes = this.#room(to - from);
      for (let at = from; at < to; at++) codes[at - from] = text.charCodeAt(at);
      const piece = this.#sipCodes(codes, to - from, ofThing) >>> 0 || 1;
      hash = from === 0 ? piece : this.pair(hash, piece);
    }
    return hash;
  }

  /** The number that a run of words makes of such a word while it walks. */
  weakOf(text: string): number {
    let isPlain = text.length <= tablePlaces;
    for (let at = 0; at < text.length && isPlain; at++) isPlain = text.charCodeAt(at) < 256;
    const folded = isPlain ? text : text.toLowerCase().normalize("NFC");
    const codes = this.#room(folded.length);
    let seen = 0;
    for (let at = 0; at < folded.length; at++) seen |= codes[at] = folded.charCodeAt(at);
    if (seen > 255 || folded.length > tablePlaces) return this.#sipCodes(codes, folded.length);
    let weak = 0;
    for (let at = 0; at < folded.length; at++) weak ^= this.table[(at << 8) | (codes[at] ?? 0)] ?? 0;
    return weak;
  }

  #room(length: number): Uint16Array {
    if (length > this.#codes.length) this.#codes = new Uint16Array(length * 2);
    return this.#codes;
  }

  /** As it may be kept. */
  seal(weak: number): number {
    const memo = this.#memo;
    const row = (weak & (memoRows - 1)) << 1;
    if (memo[row] === weak) return (memo[row + 1] ?? 0) >>> 0;
    const sealed = this.#sealOf(weak);
    memo[row] = weak;
    memo[row + 1] = sealed;
    return sealed;
  }

  #sealOf(weak: number): number {
    return this.#sip(weak, ofSeal) >>> 0 || 1;
  }

  /** Of two sealed ones, in their order: what they are hashes of is already out of sight. */
  pair(first: number, second: number): number {
    const mixed = Math.imul((first ^ ((second << 13) | (second >>> 19))) + 0x9e3779b9, 0x85ebca6b);
    const again = Math.imul(mixed ^ (mixed >>> 15) ^ second, 0xc2b2ae35);
    return (again ^ (again >>> 16)) >>> 0 || 1;
  }

  /** HalfSipHash of one number. */
  #sip(word: number, use: number): number {
    const codes = this.#room(2);
    codes[0] = word & 0xffff;
    codes[1] = word >>> 16;
    return this.#sipCodes(codes, 2, use);
  }

  /** Two units at a time. */
  #sipCodes(codes: Uint16Array, to: number, use = ofWord): number {
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    const words = (to >>> 1) + 1;
    for (let word = 0, left = 3; left >= 0; word++) {
      // The last one holds the length; three more rounds follow it.
      const isLast = word === words - 1;
      const at = word * 2;
      const next = isLast ? (to << 24) ^ use ^ ((to & 1) === 0 ? 0 : (codes[at] ?? 0)) : word < words ? (codes[at] ?? 0) | ((codes[at + 1] ?? 0) << 16) : 0; // prettier-ignore
      if (word >= words - 1) left--;
      v3 ^= next;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= next;
      if (isLast) v2 ^= 0xff;
    }
    return v1 ^ v3;
  }
}
