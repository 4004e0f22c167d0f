/** What people read on a terminal: lines, columns, times. Text that came from others cannot move the cursor or hide. */
import { cleanseText } from "../exchange/cleanse.ts";

const cellCharsMax = 72;

/** Any text as one line that a terminal shows as it stands. */
export function line(text: string): string {
  return cleanseText(text).replace(/[\n\t\u2028\u2029]+/g, " ");
}

/** Text of several lines, each safe. */
export function lines(text: string): string[] {
  return text.split("\n").map(line);
}

function cut(text: string): string {
  const shown = line(text);
  return shown.length <= cellCharsMax ? shown : `${shown.slice(0, cellCharsMax - 1)}…`;
}

/**
 * Rows as aligned columns, two spaces apart. The last column is not cut.
 *
 * @param head names of the columns; columns in which no row has anything are left out
 */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const kept = head.map((_, at) => at).filter((at) => rows.some((row) => (row[at] ?? "") !== ""));
  const last = kept.at(-1);
  const shown = [head, ...rows].map((row) =>
    kept.map((at) => (at === last ? line(row[at] ?? "") : cut(row[at] ?? ""))),
  );
  const widths = kept.map((_, at) => shown.reduce((most, row) => Math.max(most, (row[at] ?? "").length), 0));
  return shown.map((row) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** "2026-11-22 12:08:11Z" */
export function instant(at: number): string {
  if (!Number.isFinite(at) || Math.abs(at) > 8.64e15) return "?";
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** "3 d", "2 h", "5 min", "12 s": rounded down, so that nothing seems to last longer than it does. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** The same to the nearest unit: a key of 30 days ends in 30 d, also a moment after it was made. */
export function about(milliseconds: number): string {
  const halves = [86_400_000, 3_600_000, 60_000, 1_000].find((unit) => milliseconds >= 2 * unit) ?? 1_000;
  return span(milliseconds + halves / 2);
}

/** "1 key", "2 keys". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Any JSON value in one cell; "" for none. */
export function say(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
