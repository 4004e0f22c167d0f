/**
 * Things that tools are about and that have no concept of their own, by language: rows of `things/`, one thing a row. Owns how a row is
 * read and which forms its words have. Does not own what a thing counts for: a word that no concept has counts by itself (stage.ts).
 *
 * T1. A row's first English word is what tools call the thing. Where the English lexicon has a concept for it the other words of the row
 *     stand for that concept; else for the word ("=shift"), as if the mission had used it.
 * T2. A word that a lexicon has already keeps what it stands for: rows add words, and change none, but for things that begin as a verb
 *     does ("Schreibtisch"). No word stands in two rows.
 */
import { pluralsOf } from "./inflection.ts";
import { business } from "./things/business.data.ts";
import { care } from "./things/care.data.ts";
import { people } from "./things/people.data.ts";
import { places } from "./things/places.data.ts";
import { publicservice } from "./things/publicservice.data.ts";
import { technology } from "./things/technology.data.ts";
import { trade } from "./things/trade.data.ts";
import { englishStem, foldLetters } from "./words.ts";

export interface Thing {
  /** The word of tools, folded. */
  readonly head: string;
  /** Folded words with their forms, by language; those of English are compared by stem. */
  readonly words: { readonly [language: string]: readonly string[] };
  /** Of the words: those that are no verbs, though a verb begins so. */
  readonly sure: { readonly [language: string]: ReadonlySet<string> };
}

const columns = ["en", "fr", "de", "it", "es"] as const;

/**
 * "tank | cuve citerne | Tank/s | serbatoio | depósito!": of German words the plural stands behind the stroke; "depósito!" is no verb, though
 * the lexicon has one that begins so.
 */
function thingOf(row: string): Thing {
  const cells = row.split("|").map((cell) => cell.trim().split(/\s+/).filter((word) => word !== "" && word !== "-")); // prettier-ignore
  const formsOf = (language: string, isSure: boolean): readonly string[] => {
    const own = (cells[columns.findIndex((column) => column === language)] ?? []).filter((word) => word.endsWith("!") || !isSure); // prettier-ignore
    return own.map((word) => word.replace("!", "")).flatMap((word) => (language === "en" ? [word] : pluralsOf(word, language))); // prettier-ignore
  };
  const words = columns.map((language) => [language, [...new Set(formsOf(language, false))]] as const);
  const sure = columns.map((language) => [language, new Set(formsOf(language, true))] as const);
  return { head: cells[0]?.[0] ?? "", words: Object.fromEntries(words), sure: Object.fromEntries(sure) }; // prettier-ignore
}

function thingsOf(rows: string): readonly Thing[] {
  return foldLetters(rows)
    .split("\n")
    .filter((row) => row.trim() !== "")
    .map(thingOf);
}

const persons = thingsOf(people);

export const things: readonly Thing[] = [business, care, places, publicservice, technology, trade].flatMap(thingsOf).concat(persons); // prettier-ignore

/** What stands for a thing that has no concept. */
export function ownName(head: string): string {
  return `=${englishStem(head)}`;
}

/** Whom a server may be about whatever it is for: they choose none where something else does (general.ts). */
export const personNames: readonly string[] = persons.map(({ head }) => ownName(head));
