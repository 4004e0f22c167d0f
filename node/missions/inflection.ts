/**
 * Forms of words, by the rules of a language: what a lexicon need not write out. Owns endings, joined pronouns, German prefixes and
 * compounds. Does not own words: these are in lexicons/. Folded letters in, folded letters out. Pure.
 *
 * I1. A form stands for the word that it is made of and for nothing else; which forms count as things is the lexicon's to say first.
 */

type Ending = readonly [infinitive: RegExp, endings: readonly string[]];

const endings: Readonly<Record<string, readonly Ending[]>> = {
  fr: [
    [/er$/, ["e", "es", "ent", "ons", "ez", "ant", "era", "eront"]],
    [/ir$/, ["it", "issent", "issant", "ira", "iront"]],
  ],
  it: [
    [/are$/, ["a", "ano", "i", "ino", "ando", "era", "eranno", "hi", "hino"]],
    [/ere$/, ["e", "ono", "a", "ano", "endo", "era", "eranno"]],
    [/ire$/, ["e", "isce", "ono", "iscono", "isca", "endo", "ira", "iranno"]],
  ],
  es: [
    [/ar$/, ["a", "an", "e", "en", "ando", "ara", "aran", "emos", "amos"]],
    [/er$/, ["e", "en", "a", "an", "iendo", "era", "eran"]],
    [/ir$/, ["e", "en", "a", "an", "iendo", "ira", "iran"]],
  ],
};

/** The forms of a verb that a lexicon gives by its infinitive. */
export function formsOf(infinitive: string, language: string): readonly string[] {
  const found = endings[language]?.find(([ending]) => ending.test(infinitive) && infinitive.length > 4);
  return found === undefined ? [] : found[1].map((each) => infinitive.replace(found[0], each));
}

const italianPronouns = /^(.*[aei]r)(?:mi|ti|si|ci|vi|l[oaie]|gli|ne|(?:glie|me|te|se|ce|ve)(?:l[oaie]|ne))$/;
const spanishPronouns = /^(.*(?:[aei]r|ndo))(?:(?:me|te|se|nos)(?:l[aeo]s?)?|l[aeo]s?)$/;
const germanTo = /^(an|ab|auf|aus|ein|vor|nach|zu|hin|her|mit|weg|um|hoch|hinzu|heraus|hinaus|zuruck|weiter|frei|nieder|zusammen|fest|bei|bereit)zu(\p{L}{4,})$/u; // prettier-ignore
const germanDone = /^(an|ab|auf|aus|ein|vor|nach|zu|hin|her|mit|weg|um|hoch|hinzu|heraus|hinaus|zuruck|weiter|frei|nieder|zusammen|fest|bei|bereit)?ge(\p{L}{3,})t$/u; // prettier-ignore

/** What a word is without what is joined to it: pronouns, "zu". @returns undefined for nothing */
export function withoutJoined(word: string, language: string): string | undefined {
  if (language === "it") {
    const bare = italianPronouns.exec(word)?.[1];
    return bare === undefined ? undefined : `${bare}e`;
  }
  if (language === "es") return spanishPronouns.exec(word)?.[1];
  if (language !== "de") return undefined;
  const [, prefix = "", rest] = germanTo.exec(word) ?? [];
  return rest === undefined ? undefined : prefix + rest;
}

/** The verb of a German participle ("angelegt"): a deed only where it is one that is to be done ("werden"). */
export function germanParticiple(word: string): string | undefined {
  const [, prefix = "", rest] = germanDone.exec(word) ?? [];
  return rest === undefined ? undefined : prefix + rest;
}

/** Of a compound: head and tail this long at least. */
const headMin = 3;
const tailMin = 5;

/** The last parts that a German word may be a compound of, the longest first: "Kundenrechnung" is a kind of bill. */
export function* tailsOf(word: string): Generator<string> {
  for (let at = headMin; at <= Math.min(word.length - tailMin, compoundHeadMax); at++) yield word.slice(at);
}

/** Letters of the first part that are looked behind. */
const compoundHeadMax = 24;
