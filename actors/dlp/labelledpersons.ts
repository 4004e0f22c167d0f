/**
 * Persons in a text that has fields itself: JSON within a text, and CSV with a header. Does not own: what a label says and what
 * a value can be (personfield.ts), fields of the document that the text stands in (scanner.ts).
 *
 * P1. It costs a look for `":` and at the first lines of a text; only where a label is known is a value read.
 * P2. What it gives is in the order of the text, each once.
 */
import { asciiDelimiterAt } from "./table.ts";
import { personFieldOf, personFindingOf, type LabelledPerson } from "./personfield.ts";

/** Lines at the beginning of a text of which one may be a header. */
const headLinesMax = 32;
const lineCharsMax = 2_048;
const labelCharsMax = 64;
const levelMin = 3;

/** Where values of persons stand, as far as they are likely. */
export function labelledPersons(text: string): readonly LabelledPerson[] {
  if (text.length < 8) return none;
  const pairs = membersOf(text);
  const cells = cellsOf(text);
  if (cells.length === 0) return pairs;
  return pairs.length === 0 ? cells : [...pairs, ...cells].toSorted((a, b) => a.start - b.start || a.end - b.end); // prettier-ignore
}

const none: readonly LabelledPerson[] = [];
/** Behind the colon: the value between quotes, which may have backslashes before them as JSON in JSON has. */
const valueBehind = /\s{0,8}(\\{0,8})"((?:[^"\\]|\\(?!\\{0,7}").){1,1200})/y;

/** `"last_name": "…"` */
function membersOf(text: string): readonly LabelledPerson[] {
  let found: LabelledPerson[] | undefined;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) {
    let end = at;
    while (text.charCodeAt(end - 1) === 92) end--;
    const from = text.lastIndexOf('"', end - 1) + 1;
    if (from === 0 || end - from < 2 || end - from > labelCharsMax) continue;
    const label = unescaped(text.slice(from, end));
    if ((personFieldOf(label)?.level ?? 0) < levelMin) continue;
    valueBehind.lastIndex = at + 2;
    const value = valueBehind.exec(text);
    if (value === null) continue;
    const stop = valueBehind.lastIndex;
    const start = stop - (value[2]?.length ?? 0);
    add((found ??= []), label, text.slice(start, stop), start);
  }
  return found ?? none;
}

function unescaped(text: string): string {
  return text.includes("\\") ? text.replace(/\\{1,8}u([0-9A-Fa-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text; // prettier-ignore
}

function add(found: LabelledPerson[], label: string, value: string, start: number): void {
  const person = personFindingOf(label, unescaped(value));
  if (person !== undefined && person.level >= levelMin)
    found.push({ ...person, start, end: start + value.length });
}

const beginning = /"?[\p{L}_][\p{L}\p{M}\d _.()#/-]{0,40}"?[,;\t|]/uy;

/** Values below a header that names persons. */
function cellsOf(text: string): readonly LabelledPerson[] {
  let from = 0;
  for (let line = 0; line < headLinesMax; line++) {
    const end = text.indexOf("\n", from);
    if (end < 0) return none;
    beginning.lastIndex = from;
    if (end - from <= lineCharsMax && asciiDelimiterAt(text, from) !== 0 && beginning.test(text)) {
      const delimiter = text.charAt(beginning.lastIndex - 1);
      const columns = splitLine(text, from, end, delimiter).map(({ start, end: to }) =>
        text.slice(start, to),
      );
      const isNamed = columns.some((column) => (personFieldOf(column)?.level ?? 0) >= levelMin);
      if (isNamed) return rowsBelow(text, end + 1, columns, delimiter);
    }
    from = end + 1;
  }
  return none;
}

function rowsBelow(
  text: string,
  from: number,
  columns: readonly string[],
  delimiter: string,
): readonly LabelledPerson[] {
  const found: LabelledPerson[] = [];
  for (let at = from; at < text.length;) {
    const next = text.indexOf("\n", at);
    const end = next < 0 ? text.length : next;
    const cells = splitLine(text, at, Math.min(end, at + lineCharsMax), delimiter);
    // Another count of cells is another thing than a row, but for a cell with a line end in it.
    if (cells.length !== columns.length && at === from) return none;
    if (cells.length === 1) break;
    for (const [number, cell] of cells.entries()) add(found, columns[number] ?? "", text.slice(cell.start, cell.end), cell.start); // prettier-ignore
    at = end + 1;
  }
  return found;
}

interface Cell {
  readonly start: number;
  readonly end: number;
}

/** Cells of a line, without the quotes and spaces around them. */
function splitLine(text: string, from: number, to: number, delimiter: string): readonly Cell[] {
  const cells: Cell[] = [];
  let start = from;
  let isQuoted = false;
  for (let at = from; at <= to; at++) {
    if (at < to && text.charCodeAt(at) === 34) isQuoted = !isQuoted;
    if (at < to && (isQuoted || text.charAt(at) !== delimiter)) continue;
    let [first, last] = [start, at];
    while (first < last && /["\s]/.test(text.charAt(first))) first++;
    while (last > first && /["\s]/.test(text.charAt(last - 1))) last--;
    cells.push({ start: first, end: last });
    start = at + 1;
  }
  return cells;
}
