/**
 * Words of a forbidding clause that stand where a verb stands, and that no lexicon has: what is forbidden there is not known, so
 * prohibition.ts leaves none of its likely meaning granted without a person. Pure.
 *
 * E1. It may take a name or an adjective for a deed: then somebody is asked in vain. What is no deed by any of these signs is
 *     still asked about where the clause has no verb that is known.
 */
import type { ReadyLexicon } from "./lexicon.ts";
import { fold } from "./words.ts";

interface Signs {
  /** Behind these a verb stands, in whatever form. */
  readonly after: RegExp;
  /** Between those and the verb: other verbs, pronouns, adverbs. */
  readonly bridges: RegExp;
  /** Forms that only a verb has, wherever they stand. */
  readonly forms: RegExp;
  /** As the first word of a clause: forms that only a verb has there. */
  readonly first: RegExp;
}

const none = /(?!)/;
const signs: Readonly<Record<string, Signs>> = {
  en: {
    after: /^(?:never|not|t|nor|neither|cannot)$/,
    bridges: /^(?:be|been|get|ever|even|just|simply|please|have|it|they|you|agent|bot|assistant|\w+ly)$/,
    forms: none,
    first: /ing$/,
  },
  fr: {
    after: /^(?:ne|n|jamais|pas|ni)$/,
    bridges:
      /^(?:l|la|le|les|lui|leur|y|en|s|se|doi(?:t|vent)|peu(?:t|vent)|faut|etre|so(?:nt|ient)|est|va)$/,
    forms: /(?<!i)er$|[^o]ir$/,
    first: /re$/,
  },
  it: {
    after: /^(?:non|mai|ne)$/,
    bridges: /^(?:l|lo|la|li|le|gli|si|ne|ci|vi|dev(?:e|ono)|puo|possono|essere|viene|vengono|va|vanno)$/,
    forms: /(?:[aei]re|rre)$|(?:[aei]r|rr)(?:l[oaie]|gli|ne|si|ci|vi)$/,
    first: none,
  },
  es: {
    after: /^(?:no|nunca|jamas|ni|tampoco)$/,
    bridges: /^(?:l[aeo]s?|se|deben?|pueden?|ser|hay|que)$/,
    forms: /[aei]r(?:se)?(?:l[aeo]s?)?$/,
    first: none,
  },
};

/** In German the verb stands at the end, or before what forbids; and nouns begin with a capital. */
const german = {
  forms: /(?:en|eln|ern|t|e)$/,
  behind: /^(?:[,;:()]|und|oder|noch|werden|wird|wurden?|darf|durfen|soll|sollen|kann|konnen|muss|mussen)$/,
  negations: /^(?:kein\w*|nie|niemals|nicht|nichts)$/,
} as const;

interface Token {
  readonly raw: string;
  readonly word: string;
}

/**
 * @param written   the clause as it was written, with capitals
 * @param unknown   its words that no lexicon line has, folded
 * @param isListed  it stands among what must not be done, so that its first word may be the verb
 */
export function unknownDeeds(
  written: string,
  unknown: readonly string[],
  isListed: boolean,
  lexicon: ReadyLexicon,
): readonly string[] {
  if (unknown.length === 0) return [];
  const strange = new Set(unknown);
  const tokens = (written.match(/\p{L}+|\d+|[,;:()]/gu) ?? []).map((raw) => ({ raw, word: fold(raw) }));
  const own = signs[lexicon.source.language];
  const found: string[] = [];
  for (const [at, { word }] of tokens.entries())
    if (strange.has(word) && !found.includes(word) && (own === undefined ? isGermanDeed(tokens, at, lexicon) : isDeed(tokens, at, own, isListed, found, lexicon)))
      found.push(word); // prettier-ignore
  return found;
}

function isDeed(
  tokens: readonly Token[],
  at: number,
  { after, bridges, forms, first }: Signs,
  isListed: boolean,
  found: readonly string[],
  lexicon: ReadyLexicon,
): boolean {
  const { raw, word } = tokens[at] ?? { raw: "", word: "" };
  if (forms.test(word)) return true;
  if (at === 0) return isListed || first.test(word);
  // A name.
  if (/^\p{Lu}\p{Ll}/u.test(raw)) return false;
  let before = at - 1;
  while (before > 0 && bridges.test(tokens[before]?.word ?? "")) before--;
  if (after.test(tokens[before]?.word ?? "")) return true;
  const joint = tokens[at - 1]?.word ?? "";
  const next = tokens[at + 1]?.word ?? "";
  const isBeforeThing = lexicon.is("determiners", next) || lexicon.concepts.find(next).size > 0;
  if (joint === "to") return isBeforeThing;
  if (joint !== "," && !lexicon.is("conjunctions", joint)) return false;
  // "Delete or overwrite files", "delete files or overwrite tickets": a verb goes before it, or a thing comes behind it.
  const last = tokens[at - 2]?.word ?? "";
  const isVerb = (lexicon.verbs.find(last).size > 0 && lexicon.concepts.find(last).size === 0) || found.includes(last); // prettier-ignore
  return isVerb || isBeforeThing;
}

function isGermanDeed(tokens: readonly Token[], at: number, lexicon: ReadyLexicon): boolean {
  const { raw, word } = tokens[at] ?? { raw: "", word: "" };
  if (!german.forms.test(word)) return false;
  const next = tokens[at + 1]?.word ?? ",";
  if (at === 0) return german.negations.test(next) || lexicon.is("determiners", next);
  return !/^\p{Lu}/u.test(raw) && (german.behind.test(next) || german.negations.test(next));
}
