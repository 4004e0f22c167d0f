/**
 * Small tables of numbers, row after row in one flat array; the first cell of a row is its key. A hundred thousand
 * sessions hold several each, and a flat array of doubles costs 8 bytes a cell where objects cost three times that.
 * It is also what is frozen, as it stands.
 *
 * A table never grows in place: Array.push would reserve room for 16 more cells. Growing is rare, copying is exact.
 */

/** The table without rows: one for all sessions, so that what a session never used costs no memory and no look. */
export const noRows = Object.freeze<number[]>([]) as number[];

/** The cell at `at`, which the caller knows to exist. */
export function cell(cells: readonly number[], at: number): number {
  return cells[at] as number;
}

/** Where the row with this key starts; -1 when there is none. */
export function findRow(cells: readonly number[], width: number, key: number): number {
  for (let row = 0; row < cells.length; row += width) if (cells[row] === key) return row;
  return -1;
}

/** A copy with one row more at the end. */
export function withRow(cells: readonly number[], row: readonly number[]): number[] {
  return cells.concat(row);
}

/** A copy without the row that starts at `row`. */
export function withoutRow(cells: readonly number[], width: number, row: number): number[] {
  return cells.length === width ? noRows : cells.slice(0, row).concat(cells.slice(row + width));
}

/** A table again: finite numbers in whole rows, at most `rowsMax` of them, no key twice. Undefined for anything else. */
export function thawRows(value: unknown, width: number, rowsMax: number): number[] | undefined {
  if (!isNumbers(value) || value.length % width !== 0 || value.length > width * rowsMax) return undefined;
  for (let row = 0; row < value.length; row += width)
    if (findRow(value, width, cell(value, row)) !== row) return undefined;
  return value.length === 0 ? noRows : value;
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isFinite(each));
}

/** Row keys stay below it, so that the sum of two is exact in a double. */
const keyMax = 2 ** 52;

/**
 * A row key from a text that an operator or the agent itself wrote: 52 bits, two lanes of FNV-1a. Not keyed: whoever
 * finds two texts with one key only mixes up their own counters.
 */
export function textKey(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x2f0b4c27;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x01000193 + 0x5bd0) ^ (high >>> 15);
  }
  low ^= low >>> 15;
  return (high >>> 0) * 0x100000 + ((low >>> 0) % 0x100000);
}

/** The first eight characters of a hash in base64url (or base 36) as a number: 48 bits, 0 for "". */
export function hashKey(hash: string): number {
  const end = hash.length < 8 ? hash.length : 8;
  let key = 0;
  // "-" counts 1 and "z" 78: no two such texts meet, and eight of them stay below 2^52.
  for (let at = 0; at < end; at++) key = key * 79 + (hash.charCodeAt(at) - 44);
  return key % keyMax;
}

/** One key from two. */
export function jointKey(one: number, other: number): number {
  return (one + other) % keyMax;
}
