/**
 * Languages that look like one of the lexicons' and are none: Portuguese passes for Spanish by its long words, and its prohibitions would
 * be read as something else. Pure.
 *
 * G1. A text is of the neighbour where more of its words are the neighbour's and unknown to the lexicon than are short words of the
 *     lexicon's language that the neighbour has not. In doubt it is the lexicon's.
 */
import type { ReadyLexicon } from "./lexicon.ts";
import { neighbours } from "./neighbours.data.ts";
import { foldLetters } from "./words.ts";

const words: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(neighbours).map(([name, line]) => [name, new Set(line.split(" "))]),
);
/** Letters that no Spanish, Italian, English or German word has. */
const portuguese = /[ãõ]|ç[aouãõ]/u;
/** Addresses, names of files and the first letter of "e-mail" are of no language. */
const literal = /[@/]|\S\.\p{L}/u;
const electronic = /(?<!\p{L})e-(?=\p{L})/giu;
/** One word alone tells of a text of so few. */
const oneTellsMax = 5;

/** The language that a text is of instead, by its name; undefined where it is the lexicon's. */
export function neighbourOf(text: string, lexicon: ReadyLexicon): string | undefined {
  const plain = text.normalize("NFC").split(/\s+/).filter((token) => !literal.test(token)).join(" ").replace(electronic, " ").trim(); // prettier-ignore
  const start = plain.search(/\p{L}/u);
  // Names are of no language either.
  const found = [...plain.matchAll(/\p{L}+/gu)].filter(({ 0: word, index }) => index === start || !/^\p{Lu}/u.test(word)); // prettier-ignore
  const own = found.map(([word]) => {
    const folded = foldLetters(word);
    return { word: word.toLowerCase(), folded, isOurs: lexicon.is("common", folded) };
  });
  const isFrench = lexicon.source.language === "fr";
  const scored = [...words].map(([name, known]) => {
    const isTheirs = (word: string): boolean => known.has(word) || (name === "Portuguese" && !isFrench && portuguese.test(word)); // prettier-ignore
    const theirs = own.filter(({ word, folded, isOurs }) => !isOurs && isTheirs(word) && !lexicon.knows(folded)).length; // prettier-ignore
    const ours = own.filter(({ word, isOurs }) => isOurs && !known.has(word)).length;
    return { name, theirs, ours };
  });
  const best = scored.toSorted((one, other) => other.theirs - other.ours - (one.theirs - one.ours))[0];
  if (best === undefined || best.theirs <= best.ours) return undefined;
  const isShort = own.length > 1 && own.length <= oneTellsMax && lexicon.source.language === "es";
  return best.theirs > 1 || isShort ? best.name : undefined;
}
