/**
 * What is wrong with a configuration, where, and what to do about it. Every loader of configuration answers with these
 * and throws nothing; `gatehouse role check` prints them.
 *
 * F1. A fault names keys, types and catalogue names, never a value: a value in the wrong place may be a secret.
 * F2. No text of a file reaches a terminal as it stands: control and invisible characters are escaped.
 */
import { isAbsolute, join } from "node:path";

export interface ConfigurationFault {
  /** As a person would type it: relative to the configuration folder, or as given on the command line. */
  readonly file: string;
  /** From 1; 1 when the fault is of the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** What is wrong. */
  readonly says: string;
  /** The remedy. */
  readonly do: string;
  /** The file is missing or cannot be read at all: misuse, not a finding in it. */
  readonly unread?: true;
}

const shownCharsMax = 80;
/** With YAML's merge key, which people write out of habit. */
const plainKey = /^(?:<<|[A-Za-z][A-Za-z_-]{0,23})$/;
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u0060]/gu;

/** A name out of a file, safe to print: cut, invisible characters and back quotes as \u{hex}. */
export function quote(text: string): string {
  return quoteUpTo(text, shownCharsMax);
}

/** A key that the form of a file does not know: one that is no plain word may be a secret out of place, and is not repeated. */
export function quoteKey(key: string): string {
  return plainKey.test(key) ? `the key ${quote(key)}` : "a key that is no plain word";
}

/** The same as `quote`, cut elsewhere. */
export function quoteUpTo(text: string, charsMax: number): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
  return `\`${escapeHidden(cut)}\``;
}

/** Text of a file in one line of output: what a terminal would obey, or not show, is written as \u{hex}. */
export function escapeHidden(text: string): string {
  return text.replace(hidden, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * One fault as one line: file:line:column: what. What to do.
 *
 * @param folder of the configuration, where it is not the one that the reader is in: nodes have one each
 */
export function sayFault(fault: ConfigurationFault, folder = ""): string {
  const end = fault.do.endsWith("?") ? "" : ".";
  const file = isAbsolute(fault.file) ? fault.file : join(folder, fault.file);
  return `${escapeHidden(file)}:${fault.line}:${fault.column}: ${fault.says}. To mend it: ${fault.do}${end}`;
}

/**
 * The known name that a wrong one was probably meant to be.
 *
 * @returns undefined when none is within two edits (one, for names of up to four characters)
 */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestEdits = wrong.length <= 4 ? 2 : 3;
  if (wrong.length > shownCharsMax) return undefined;
  for (const name of known) {
    if (Math.abs(name.length - wrong.length) >= bestEdits) continue;
    const edits = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (edits >= bestEdits) continue;
    best = name;
    bestEdits = edits;
  }
  return best;
}

/** "did you mean `x`? " or "", to stand before a remedy. */
export function didYouMean(wrong: string, known: Iterable<string>): string {
  const name = nearest(wrong, known);
  return name === undefined ? "" : `did you mean ${quote(name)}? `;
}

/** Why the file system refused to read a file, to be put behind its name. */
export function whyUnread(error: unknown): string {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "is not there";
    case "EISDIR":
      return "is a folder: name a file in it";
    case "EACCES":
      return "may not be read: check its owner and permissions";
    default:
      return `cannot be read (${code})`;
  }
}

/** "`a`, `b` and 7 more", for remedies that list what is known. */
export function list(names: readonly string[], shownMax = 12): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, shownMax).map(quote).join(", ");
  return names.length > shownMax ? `${shown} and ${names.length - shownMax} more` : shown;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours between two short texts (optimal string alignment).
 *
 * @see Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964
 */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const differs = left[i - 1] === right[j - 1] ? 0 : 1;
      let edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + differs);
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) edits = Math.min(edits, (before[j - 2] ?? 0) + 1);
      next.push(edits);
    }
    before = row;
    row = next;
  }
  return row[right.length] ?? 0;
}
