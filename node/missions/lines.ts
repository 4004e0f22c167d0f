/**
 * The lines of a mission, each with the section and the heading that it stands under. Folding and clauses are not done here. Pure.
 *
 * L1. What a heading forbids holds for all that stands under it: bullets, cells of its column or row, and in a running text the
 *     sentences up to the next heading of the same line.
 * L2. Labels of articles and numbers of paragraphs ("Article 2.", "§ 3", "(4)") say nothing.
 * L3. Of a row of a table the first cell is a heading for the others, where it names an occasion or a thing; a cell that says what
 *     is done, or forbids, is read like any other line.
 */
import type { ReadyLexicon, Section } from "./lexicon.ts";
import { isCondition, isNegation, withoutHarmless } from "./negation.ts";
import { readSense } from "./sense.ts";
import { fold, wordsOf } from "./words.ts";

export interface Line {
  readonly text: string;
  readonly section: Section;
  /** The heading, or the line that ends in a colon, that it stands under. */
  readonly topic: string;
  /** It is one itself. */
  readonly isHeading?: true;
}

const headingWordsMax = 4;
/** Of a line that forbids what stands below it. */
const leadingWordsMax = 8;
const marked = /^\s*(?:#{1,6}\s+(.*?)#*|\*\*(.+?)\*\*:?)\s*$/;
const bulleted = /^\s*(?:[-–—*+•·]|\d+[.)]|[a-z]\))\s+(.*)$/;
/** "(a) search, (b) book" */
const enumerator = /(?<=^|\s)\((?:[a-h]|\d{1,2}|[ivx]{1,4})\)\s+/g;
const rowed = /^\s*\|(.*)\|\s*$/;
const ruled = /^\s*\|[\s:|-]*-[\s:|-]*\|\s*$/;
const label =
  /(^\s*(?:[-–*+•]\s+)?|[.;]\s+)(?:(?:§+|art(?:icle|icolo|[ií]culo|ikel)?\.?|section|sezione|seccion|sección|clause|abs(?:atz|\.)|ziffer|paragraph)\s*(?:\d{1,3}[a-z]?|[ivx]{1,5}|premier|première|primo|primero)(?![\p{L}\d])|\(\d{1,3}\)|[IVX]{1,5}\.)\s*[.:–—)-]*\s*/giu;

/** Headings and lines that end in a colon open a section. */
export function linesOf(text: string, lexicon: ReadyLexicon): readonly Line[] {
  const lines: Line[] = [];
  let section: Section = "purpose";
  /** What the line that opened the section is over: it ends with them. */
  let over: "nothing" | "bullets" | "lines" = "nothing";
  let topic = "";
  let columns: readonly (Section | undefined)[] = [];
  const raws = text.split(/\r?\n/).map((raw) => raw.replace(label, "$1").replace(enumerator, ""));
  for (const [at, raw] of raws.entries()) {
    const heading = marked.exec(raw);
    const bullet = bulleted.exec(raw);
    const title = heading?.[1] ?? heading?.[2];
    const cells = rowed
      .exec(raw)?.[1]
      ?.split("|")
      .map((cell) => cell.trim());
    if (ruled.test(raw)) continue;
    if (cells !== undefined) {
      if (ruled.test(raws[at + 1] ?? "")) {
        columns = cells.map((cell) => headingSection(cell, lexicon));
        // A heading that says more than which section it is forbids by itself.
        lines.push(...cells.filter((cell, place) => columns[place] === undefined && isNegation(fold(cell), lexicon)).map((cell) => ({ text: cell, section, topic: "" }))); // prettier-ignore
      } else lines.push(...rowLines(cells, columns, section, lexicon));
      continue;
    }
    columns = [];
    const isBlank = raw.trim() === "";
    const isForbidding = bullet === null && isOverLines(raws, at) && isLeadingProhibition(raw, lexicon);
    if (title !== undefined) {
      const opened = sectionOf(title, lexicon);
      section = opened ?? "purpose";
      over = "nothing";
      topic = opened === undefined ? title : "";
      continue;
    }
    if (/:\s*$/.test(raw) || isForbidding) {
      // "It must never:" is for the bullets below it, not for what comes after them.
      const opened = isForbidding ? "mustNot" : sectionOf(raw, lexicon);
      section = opened ?? section;
      over = isOverBullets(raws, at) || !isForbidding ? "bullets" : "lines";
      topic = opened === undefined ? raw : "";
      continue;
    }
    if (isBlank ? over === "lines" : over === "bullets" && bullet === null)
      [section, over, topic] = ["purpose", "nothing", ""];
    if (isBlank) continue;
    // A few words over bullets are a heading, and say what somebody is for as well.
    if (bullet === null && isOverBullets(raws, at) && wordsOf(fold(raw)).length <= headingWordsMax)
      topic = raw;
    lines.push({ text: bullet?.[1] ?? raw, section, topic, ...(topic === raw ? { isHeading: true } : {}) });
  }
  return lines;
}

function isOverBullets(raws: readonly string[], at: number): boolean {
  return bulleted.test(raws.slice(at + 1).find((next) => next.trim() !== "") ?? "");
}

/** Over bullets, or broken off: with no mark at its end, and the next line right below it. */
function isOverLines(raws: readonly string[], at: number): boolean {
  const isBrokenOff = /[\p{L}\p{N}]\s*$/u.test(raws[at] ?? "") && (raws[at + 1] ?? "").trim() !== "";
  return isBrokenOff || isOverBullets(raws, at);
}

/** "The agent must not", "Ce qu'il ne fait jamais": what it forbids is what stands below, as it names no deed itself. */
function isLeadingProhibition(text: string, lexicon: ReadyLexicon): boolean {
  const folded = fold(text);
  if (headingSection(text, lexicon) === "mustNot") return true;
  return wordsOf(folded).length <= leadingWordsMax && isNegation(folded, lexicon) && readSense(folded, lexicon).groups.size === 0; // prettier-ignore
}

/** The section that a heading opens by all of its words: it names no thing and no deed. */
function headingSection(text: string, lexicon: ReadyLexicon): Section | undefined {
  const opened = sectionOf(text, lexicon);
  if (opened === undefined || wordsOf(fold(text)).length > headingWordsMax) return undefined;
  const { groups, concepts } = readSense(fold(text), lexicon);
  // "Exclusions": the word that forbids may be a verb as well.
  return groups.size + concepts.size === 0 || (opened === "mustNot" && wordsOf(text).length === 1) ? opened : undefined; // prettier-ignore
}

/** The lines of one row of a table (L3). */
function rowLines(
  cells: readonly string[],
  columns: readonly (Section | undefined)[],
  section: Section,
  lexicon: ReadyLexicon,
): readonly Line[] {
  const [first = "", ...others] = cells;
  const isDeed = (cell: string): boolean => readSense(fold(cell), lexicon).groups.size > 0;
  const opened = headingSection(first, lexicon);
  const isHeading =
    opened !== undefined ||
    isCondition(fold(first)) ||
    (!isDeed(first) && !isNegation(fold(first), lexicon) && others.some(isDeed));
  return cells.flatMap((text, at): readonly Line[] => {
    if (text === "" || (at === 0 && isHeading)) return [];
    const own = columns[at] ?? (opened === "mustNot" || opened === "may" ? opened : section);
    return [{ text, section: section === "mustNot" ? section : own, topic: at === 0 || opened !== undefined ? "" : first }]; // prettier-ignore
  });
}

export function sectionOf(title: string, lexicon: ReadyLexicon): Section | undefined {
  const folded = withoutHarmless(fold(title), lexicon);
  const order = ["mustNot", "sources", "limits", "may", "purpose"] as const;
  return order.find((name) => lexicon.source.sections[name].test(folded));
}

/** Sentences end at a mark before a blank: not within a file name, a number or an address. */
function joinedSentences(text: string): readonly string[] {
  return text.split(/(?<=[.;!?])\s+/).filter((each) => wordsOf(each).length > 0);
}

/** The sentences of a line, what a heading in it forbids (L1) with that section. */
export function sentencesOf(line: Line, lexicon: ReadyLexicon): readonly Line[] {
  const found: Line[] = [];
  // "4. Exclusions. Opening a door." holds up to the next number; "Forbidden: deleting files; sharing folders." up to its end.
  let isUnder = false;
  let isListed = false;
  for (const text of joinedSentences(line.text)) {
    if (/^\W*\d+\W*$/.test(text)) isUnder = false;
    if (text.endsWith(".") && headingSection(text, lexicon) === "mustNot") {
      isUnder = true;
      // "Exclusions." says nothing more; "Never clobber anything." may.
      if (wordsOf(fold(text)).every((word) => lexicon.source.sections.mustNot.test(word))) continue;
    }
    const parts = atColon(
      { ...line, text, section: isUnder || isListed ? "mustNot" : line.section },
      lexicon,
    );
    isListed = text.endsWith(";") && parts.at(-1)?.section === "mustNot";
    found.push(...parts);
  }
  return found;
}

const ordersLabel = /^\W*(?:instructions?|consignes?|(?:an)?weisungen|istruzioni|instrucciones)\W*$/u;

/** "Caretaker: reads …", "E-mails: read, answer": what stands before the colon is a heading, where it says nothing that is to be done. */
function atColon(line: Line, lexicon: ReadyLexicon): readonly Line[] {
  const [, head, rest] = /^([^:"]{3,80}):\s+(\S.*)$/s.exec(line.text) ?? [];
  if (head === undefined || rest === undefined) return [line];
  // "Weisungen: nur vom Schichtleiter" is one sentence, about who gives them (authority.ts).
  if (ordersLabel.test(fold(head))) return [line];
  const opened = headingSection(head, lexicon);
  if (opened === "mustNot") return [{ ...line, text: rest, section: opened }];
  if (opened === "limits" && line.section !== "mustNot") return [{ ...line, text: rest, section: opened }];
  const sense = readSense(fold(head), lexicon);
  const [first = ""] = rest.split(/[,;]/);
  if (sense.groups.size > 0 || lexicon.source.forbids.test(fold(line.text)) || isNegation(fold(head), lexicon) || isNegation(fold(first), lexicon) || sectionOf(head, lexicon) !== undefined) return [line]; // prettier-ignore
  return [
    { ...line, text: head, isHeading: true },
    { ...line, text: rest, topic: head },
  ];
}
