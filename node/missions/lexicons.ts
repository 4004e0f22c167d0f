/** The lexicons there are, made ready once. */
import { ReadyLexicon } from "./lexicon.ts";
import { english } from "./lexicons/english.data.ts";
import { french } from "./lexicons/french.data.ts";
import { german } from "./lexicons/german.data.ts";
import { italian } from "./lexicons/italian.data.ts";
import { spanish } from "./lexicons/spanish.data.ts";
import { things } from "./things.ts";

export const englishLexicon = new ReadyLexicon(english);
export const lexicons: readonly ReadyLexicon[] = [
  englishLexicon,
  ...[french, german, italian, spanish].map((source) => new ReadyLexicon(source)),
];
for (const lexicon of lexicons) lexicon.learnThings(things, englishLexicon);
