/**
 * Tables in a text: lines of cells below a line of names, as CSV has them. In a table the name of a column is context for
 * its cells, and neither other names nor other cells are. Does not own: what a name says (names.ts), JSON.
 *
 * T1. It is read in step with the pass, by places, and looks at most `aheadChars` on: the same however a text was cut.
 * T2. A line is a header when each of its cells is a short label and the next line has as many cells. The table ends with
 *     the first line that has none of its delimiters.
 */
import { limits } from "../../protocol/limits.ts";
import { nameless, type Name, type Names } from "./names.ts";

/** Where a value stands in a table. */
export interface Cell {
  /** Place at which it begins. */
  readonly start: number;
  readonly column: Name;
}

const noColumns: readonly Name[] = [];

interface Header {
  readonly delimiter: number;
  readonly names: readonly string[];
}

const { dlpTableCellsMax, dlpTableLineCharsMax: aheadChars } = limits;
const beginning = /"?[\p{L}_][\p{L}\d _.()#/-]{0,40}"?[,;\t|]/uy;
const label = /^ ?"?[\p{L}_][\p{L}\d _.()#/-]{0,40}"? ?$/u;
const cellsMin = 3;
const quote = 34;
const newline = 10;
/** By character of ASCII: what a label may hold (1), and begin with (2), and what may stand behind one (4). */
const labelKinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(char)) return 3;
  if (/[\d .()#/-]/.test(char)) return 1;
  return /[,;\t|]/.test(char) ? 4 : 0;
});
const labelCharsMax = 40;

export class Table {
  readonly #names: Names;
  /** Place up to which the text was read, and where its line began. */
  #cursor = 0;
  #lineStart = 0;
  /** Outside of a table: no line ends before this place. */
  #known = 0;
  #delimiter = 0;
  #columns: readonly Name[] = noColumns;
  #starts: number[] = [];
  #isQuoted = false;
  /** The name of some column speaks for a type. */
  #isArming = false;
  /** A line was too long for a table: what lines begin behind it is not known. */
  #isTooWide = false;
  /** Within tables: lines before this place begin no table whose columns speak for a type, and the next one ends not before the other place. */
  #passed = 0;
  #passedEnd = 0;

  constructor(names: Names) {
    this.#names = names;
  }

  /** @param place at which another text begins */
  begin(place: number): void {
    this.#cursor = place;
    this.#lineStart = place;
    this.#known = place;
    this.#passed = place;
    this.#passedEnd = place;
    this.#isTooWide = false;
    this.#leave();
  }

  /** Whether a place may be in a table, as far as is known: most are not, and need no reading. */
  mayHold(place: number): boolean {
    return this.#delimiter !== 0 || place > this.#known;
  }

  /** Whether the name of a column may speak for a type at some character before `to`: of most tables none does. */
  mayArmBefore(text: string, base: number, to: number): boolean {
    if (this.#delimiter === 0 && !this.#mayHoldBefore(text, base, to)) return false;
    if (this.#isArming || this.#isTooWide) return true;
    this.#passed = Math.max(this.#passed, this.#lineStart);
    while (to + base > this.#passedEnd) {
      const from = Math.max(0, this.#passed - base);
      const end = text.indexOf("\n", from);
      this.#passedEnd = base + (end < 0 ? text.length : end);
      if (end < 0 || end >= to) break;
      const header = this.#headerAt(text, from, end);
      // The first header is read. In its table, what looks like another one is none, or one of another table.
      const isFirst = this.#delimiter === 0 && this.#passed === this.#lineStart;
      if (header !== undefined && (!isFirst || this.#columnsOf(header).some(isForSomething))) return true;
      this.#passed = end + 1 + base;
    }
    return false;
  }

  /** Whether a table may begin before `to`. Reads on as long as none does; one that does is entered when a cell is asked for. */
  #mayHoldBefore(text: string, base: number, to: number): boolean {
    let at = this.#cursor - base;
    while (to + base > this.#known) {
      const end = text.indexOf("\n", at);
      this.#known = base + (end < 0 ? text.length : end);
      if (end < 0 || end >= to) break;
      if (this.#headerAt(text, Math.max(0, this.#lineStart - base), end) !== undefined) return true;
      this.#lineStart = end + 1 + base;
      at = end + 1;
      this.#cursor = at + base;
    }
    this.#cursor = Math.max(this.#cursor, to + base);
    return false;
  }

  /** The cell at a character of the text; undefined outside of tables. @param base place of the text's first character */
  cellAt(text: string, base: number, at: number): Cell | undefined {
    if (at + base > this.#cursor) this.#read(text, base, at);
    if (this.#delimiter === 0) return undefined;
    const place = at + base;
    let number = this.#starts.length - 1;
    while (number > 0 && (this.#starts[number] ?? 0) > place) number--;
    const start = this.#starts[number] ?? place;
    if (start > place) return { start: place, column: nameless };
    return { start, column: this.#columns[number] ?? nameless };
  }

  #read(text: string, base: number, to: number): void {
    let at = this.#cursor - base;
    while (at < to) {
      if (this.#delimiter !== 0) at = this.#readCells(text, base, at, to);
      else {
        if (to + base <= this.#known) break;
        const end = text.indexOf("\n", at);
        this.#known = base + (end < 0 ? text.length : end);
        if (end < 0 || end >= to) break;
        this.#open(text, base, Math.max(0, this.#lineStart - base), end);
        at = end + 1;
      }
    }
    this.#cursor = to + base;
  }

  /** Reads on in a line of the table. @returns where it stopped: at `to`, or behind the line's end */
  #readCells(text: string, base: number, from: number, to: number): number {
    const delimiter = this.#delimiter;
    for (let at = from; at < to; at++) {
      const code = text.charCodeAt(at);
      if (code !== delimiter && code !== quote && code !== newline) continue;
      if (code === quote) this.#isQuoted = !this.#isQuoted;
      else if (code === newline && !this.#isQuoted) {
        this.#endLine(text, base, at);
        return at + 1;
      } else if (code === this.#delimiter && !this.#isQuoted) {
        // Where the table is left, no sign is its delimiter any more.
        if (this.#starts.push(at + 1 + base) <= dlpTableCellsMax) continue;
        this.#isTooWide = true;
        this.#leave();
      }
    }
    return to;
  }

  #endLine(text: string, base: number, end: number): void {
    const isRow = this.#starts.length > 1;
    this.#lineStart = end + 1 + base;
    this.#starts = [this.#lineStart];
    if (!isRow) this.#leave();
    // Names may stand below a table too: of another one.
    if (isRow && !this.#hasDelimiter(text, end + 1)) this.#leave();
  }

  /** The line that ends here may be a header. */
  #open(text: string, base: number, from: number, end: number): void {
    this.#lineStart = end + 1 + base;
    const header = this.#headerAt(text, from, end);
    if (header === undefined) return;
    this.#delimiter = header.delimiter;
    this.#columns = this.#columnsOf(header);
    this.#isArming = this.#columns.some(isForSomething);
    this.#starts = [this.#lineStart];
    this.#isQuoted = false;
  }

  #columnsOf({ names }: Header): readonly Name[] {
    return names.map((each) => this.#names.read(each.replaceAll('"', "").trim()));
  }

  /** What a line says, when it is the header of a table. */
  #headerAt(text: string, from: number, end: number): Header | undefined {
    if (end - from > aheadChars) from = end - aheadChars;
    let head = from;
    let delimiter = this.#delimiterAt(text, from);
    if (delimiter === 0) {
      // In a text that is JSON itself the first line begins behind the quote of its value.
      head = end;
      while (head > from && text.charCodeAt(head - 1) !== quote) head--;
      if (head > from) delimiter = this.#delimiterAt(text, head);
    }
    if (delimiter === 0) return undefined;
    const names = text.slice(head, end).split(String.fromCharCode(delimiter));
    if (names.length < cellsMin || names.length > dlpTableCellsMax) return undefined;
    if (!names.every((each) => label.test(each.trimEnd()))) return undefined;
    return this.#count(text, end + 1, delimiter) < names.length - 1 ? undefined : { delimiter, names };
  }

  /** What stands behind a label that begins here, and parts it from others; 0 where nothing does. */
  #delimiterAt(text: string, from: number): number {
    const told = asciiDelimiterAt(text, from);
    if (told >= 0) return told;
    beginning.lastIndex = from;
    return beginning.test(text) ? text.charCodeAt(beginning.lastIndex - 1) : 0;
  }

  /** Whether a line has the table's delimiter, which most rows have after a few characters. */
  #hasDelimiter(text: string, from: number): boolean {
    for (let at = from; at < text.length && at - from < aheadChars; at++) {
      const code = text.charCodeAt(at);
      if (code === newline) return false;
      if (code === this.#delimiter) return true;
    }
    return false;
  }

  /** How many delimiters a line has. */
  #count(text: string, from: number, delimiter: number): number {
    let count = 0;
    for (let at = from; at < text.length && at - from < aheadChars; at++) {
      const code = text.charCodeAt(at);
      if (code === newline) break;
      if (code === delimiter) count++;
    }
    return count;
  }

  #leave(): void {
    this.#delimiter = 0;
    this.#columns = noColumns;
    this.#isQuoted = false;
    this.#isArming = false;
  }
}

function isForSomething({ arms }: Name): boolean {
  return arms.length > 0;
}

/** The same of a label of ASCII, which most lines are none of after a few characters; -1 where it goes beyond ASCII. */
export function asciiDelimiterAt(text: string, from: number): number {
  let at = text.charCodeAt(from) === quote ? from + 1 : from;
  const most = at + labelCharsMax;
  let code = text.charCodeAt(at);
  let wanted = 2;
  for (; code < 128 && at <= most && ((labelKinds[code] ?? 0) & wanted) !== 0; wanted = 1) code = text.charCodeAt(++at); // prettier-ignore
  if (code >= 128) return -1;
  if (wanted === 2) return 0;
  if (code === quote) code = text.charCodeAt(at + 1);
  return ((labelKinds[code] ?? 0) & 4) === 0 ? 0 : code;
}
