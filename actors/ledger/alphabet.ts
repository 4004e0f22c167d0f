/**
 * What characters are to encodings: of which runs and lists they can be, and what letters stand for in base64, base32 and hex. Does
 * not own what is undone (layers.ts).
 */

/** Bits of characters, and of the runs that they make. */
export const inRun = 1;
export const small = 2;
export const capital = 4;
const digit = 8;
export const notHex = 16;
export const escaping = 32;
/** Codes for what is beyond ASCII: what may be undone, and what stands for itself. */
export const foreign = 128;
export const control = 129;
export const kinds = Uint8Array.from({ length: 130 }, (_, code) => {
  if (code >= foreign) return code === foreign ? escaping : 0;
  const char = String.fromCharCode(code);
  if (/[g-z]/.test(char)) return inRun | small | notHex;
  if (/[a-f]/.test(char)) return inRun | small;
  if (/[G-Z]/.test(char)) return inRun | capital | notHex;
  if (/[A-F]/.test(char)) return inRun | capital;
  if (/\d/.test(char)) return inRun | digit;
  if (/[+/_-]/.test(char)) return inRun | notHex;
  return /[%&\\=]/.test(char) ? escaping : 0;
});
export const runMin = 8;
const letterRunMin = 16;
/** Pairs of hex digits, or short numbers, behind one another: fewer are a date or a list. */
const listedMin = 6;
/**
 * What a text is read by, one look for each character: states of so many characters of a run (fewer than a long one has), whether
 * all are hex digits, and how many such short runs stand before it. States from `listed` on tell something.
 */
export const steps = { listed: 96, run: 97, escape: 128 } as const;
export const classes = Uint8Array.from(kinds, (kind) => {
  if ((kind & inRun) !== 0) return (kind & notHex) === 0 ? 0 : 1;
  return (kind & escaping) === 0 ? 2 : 3;
});
export const walk = Uint8Array.from({ length: steps.listed << 2 }, (_, cell) => {
  const [state, kind] = [cell >> 2, cell & 3];
  const [isHex, length, listed] = [(state & 1) === 1, (state >> 1) & 7, state >> 4];
  if (kind < 2) {
    const isStill = kind === 0 && (length === 0 || isHex);
    return length + 1 >= runMin ? steps.run : (listed << 4) | ((length + 1) << 1) | (isStill ? 1 : 0);
  }
  const more = length === 0 ? listed : length <= 4 && isHex ? listed + 1 : 0;
  const next = more >= listedMin ? steps.listed : more << 4;
  return kind === 3 ? next + steps.escape : next;
});
/** What lists of bytes are made of. */
export const inList = Uint8Array.from({ length: 128 }, (_, code) => (/[0-9A-Fa-fx\s,:;-]/.test(String.fromCharCode(code)) ? 1 : 0)); // prettier-ignore
export const listCharsMin = 3 * listedMin - 1;

export const value64 = lettersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
value64[45] = 62;
value64[95] = 63;
export const value32 = lettersOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
export const value32small = lettersOf("abcdefghijklmnopqrstuvwxyz234567");
export const value16 = lettersOf("0123456789abcdef");
for (let at = 0; at < 6; at++) value16[65 + at] = 10 + at;

function lettersOf(letters: string): Uint8Array {
  const values = new Uint8Array(128);
  for (let at = 0; at < letters.length; at++) values[letters.charCodeAt(at)] = at;
  return values;
}

/** Words are of one case, but for their first letter; encoded text is not, or it is long. */
export function isWorthTrying(bits: number, length: number): boolean {
  const isMixed = (bits & digit) !== 0 || (bits & (small | capital)) === (small | capital);
  return isMixed || length >= letterRunMin;
}

/** Where a run of base32 ends that is of one case. */
export function endOf32(codes: Uint8Array, from: number, end: number, letter: number): number {
  let at = from;
  for (; at < end; at++) {
    const code = codes[at] ?? 0;
    if ((code < 50 || code > 55) && ((kinds[code] ?? 0) & letter) === 0) break;
  }
  return at;
}

/** Whether there is a run of base32 at all: asked of each identifier, which mostly has none. */
export function hasBase32(codes: Uint8Array, start: number, end: number): boolean {
  let capitals = 0;
  let smalls = 0;
  for (let at = start; at < end; at++) {
    const code = codes[at] ?? 0;
    const kind = code >= 50 && code <= 55 ? small | capital : (kinds[code] ?? 0);
    capitals = (kind & capital) === 0 ? 0 : capitals + 1;
    smalls = (kind & small) === 0 ? 0 : smalls + 1;
    if (capitals >= runMin || smalls >= runMin) return true;
  }
  return false;
}
