/**
 * Verbs of missions beside those of the lexicons, by group: rows of deeds.data.ts. Owns how a row is read and which forms a German verb
 * has. Does not own what a group licenses: verb.ts.
 *
 * D1. A word that a lexicon has already, as a thing or as a verb, keeps what it stands for: rows add words, and change none.
 */
import { deeds as rows } from "./deeds.data.ts";
import type { VerbGroup } from "./verb.ts";
import { isVerbGroup } from "./verb.ts";
import { fold } from "./words.ts";

const columns = ["en", "fr", "de", "it", "es"] as const;

export interface Deed {
  readonly group: VerbGroup;
  /** Folded verbs with what is irregular in them, by language. */
  readonly words: Readonly<Record<(typeof columns)[number], readonly string[]>>;
}

function deedOf(row: string): Deed {
  const [group = "", ...cells] = row.split("|").map((cell) => cell.trim());
  if (!isVerbGroup(group)) throw new Error(`"${group}" in "${row}" is no group of verbs (verb.ts)`);
  const wordsAt = (at: number): readonly string[] =>
    fold(cells[at] ?? "")
      .split(/\s+/)
      .filter((word) => word !== "" && word !== "-");
  const words = Object.fromEntries(columns.map((language, at) => [language, wordsAt(at)]));
  return { group, words: words as Deed["words"] };
}

export const deeds: readonly Deed[] = rows
  .split("\n")
  .filter((row) => row.trim() !== "")
  .map(deedOf);

/** "prufen": "pruft", "prufe"; "sammeln": "sammelt", "sammle". Participles and what is split off are inflection.ts's. */
export function germanForms(infinitive: string): readonly string[] {
  if (/e[lr]n$/.test(infinitive)) {
    const stem = infinitive.slice(0, -1);
    return [infinitive, `${stem}t`, `${stem.slice(0, -2)}${stem.slice(-1)}e`];
  }
  if (!infinitive.endsWith("en")) return [infinitive];
  const stem = infinitive.slice(0, -2);
  return [infinitive, `${stem}${/[dt]$/.test(stem) ? "et" : "t"}`, `${stem}e`];
}

/** The infinitives that a German stem may be of. */
export function infinitivesOf(stem: string): readonly string[] {
  return [`${stem}en`, `${stem}n`];
}
