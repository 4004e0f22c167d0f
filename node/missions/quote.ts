/**
 * The words of a mission as they were written, for who reads why something was granted: with accents, capitals and hyphens, which
 * the compiler folds away (words.ts). Pure.
 */
import { fold } from "./words.ts";

/** @returns the part of `original` that folds to `folded`; undefined where folding has put words together */
export function asWritten(original: string, folded: string): string | undefined {
  const wanted = lettersOf(folded);
  if (wanted === "") return undefined;
  let letters = "";
  const ends: [from: number, to: number][] = [];
  let at = 0;
  for (const each of original) {
    const folds = lettersOf(fold(each));
    letters += folds;
    // One for each unit: letters beyond the first plane have two.
    for (let unit = 0; unit < folds.length; unit++) ends.push([at, at + each.length]);
    at += each.length;
  }
  const start = letters.indexOf(wanted);
  if (start < 0) return undefined;
  const [from] = ends[start] ?? [0, 0];
  const [, to] = ends[start + wanted.length - 1] ?? [0, 0];
  return original.slice(from, to);
}

function lettersOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, "");
}
