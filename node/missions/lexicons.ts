/** The lexicons there are, made ready once. */
import { ReadyLexicon } from "./lexicon.ts";
import { english } from "./lexicons/english.data.ts";

export const englishLexicon = new ReadyLexicon(english);
export const lexicons: readonly ReadyLexicon[] = [englishLexicon];
