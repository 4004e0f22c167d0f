/**
 * Sentences about who may give the agent orders, and that what it reads is none. They say nothing of tools: "instructions come from the
 * shift lead" asks for no leads of a sales system. Folded text in. Pure.
 *
 * A1. A sentence is one only where its words for orders stand with a verb of giving, taking or coming; "orders" may be what a shop has,
 *     and need "only" or the agent beside them. Such a sentence allows nothing; a negation in it forbids all the same.
 * A2. A part of a sentence that only says that something is no order forbids nothing; "never place an order" is not one.
 * A3. A sentence of a number of things per span of time is a limit: what may be done at all is said elsewhere.
 */

import type { ReadyLexicon } from "./lexicon.ts";
import { hasDeed, isNegation } from "./negation.ts";
import { fold, wordsOf } from "./words.ts";

const giving: { readonly [language: string]: RegExp } = {
  en: /\b(?:instructions?|directions|commands|tasking)\b[^.;]{0,30}\b(?:come|comes|are (?:only )?(?:given|accepted|taken)|is given)\b|\b(?:takes?|accepts?|receives?|gets?|gives?|listens? to)\b[^.;]{0,30}\b(?:instructions?|directions|commands) (?:only |exclusively |solely )?(?:from|by|to)\b|\b(?:gives?|giving) (?:it|you|the agent) (?:its |your )?(?:instructions?|orders)\b|\bwho(?:m)? (?:it|the agent|you) (?:listens?|takes? (?:orders|instructions)|obeys?)\b|^\W*(?:instructions?|orders|commands)\s*:|\btakes? (?:its |your )?orders from (?:nobody|no one|me|us|(?:the |our |its )?(?:\p{L}+ ){0,2}(?:manager|lead|leader|head|chief|director|supervisor|coordinator|foreman|boss|captain|officer))\b|\borders (?:come |are taken |are accepted )(?:only|solely|exclusively)\b|\b(?:orders|instructions) only from\b/u,
  fr: /\b(?:seule?s?|unique(?:ment)?)\b[^.;]{0,60}\b(?:consignes?|instructions?|ordres?|directives)\b|\b(?:consignes?|instructions?|directives|ordres?)\b[^.;]{0,30}\b(?:viennent|vient|emanent|uniquement|exclusivement)(?!\p{L})|^\W*(?:consignes?|instructions?|ordres?)\s*:|\b(?:recoi|prend|accepte|obei|ecoute)\p{L}*\b[^.;]{0,20}\b(?:consignes?|instructions?|ordres?) (?:que |seulement |uniquement )?(?:de|d'|du|des)(?!\p{L})/u,
  de: /\bweisungsb(?:efugt|erechtigt)\b|\b(?:an)?weisungen\b[^.;]{0,30}\b(?:gibt|geben|erteilt|erteilen|kommen|nur|allein|ausschliesslich)(?!\p{L})|\b(?:nur|allein|ausschliesslich|nimmt|nimmst|bekommt|bekommst|erhalt|erhaltst|empfangt)\b[^.;]{0,50}\b(?:anweisungen|weisungen|befehle)\b|^\W*(?:(?:an)?weisungen|befehle)\s*:|\bauftrage (?:bekommst du|bekommt er|bekommt sie|gibt dir|erhaltst du)(?!\p{L})/u,
  it: /\b(?:istruzioni|disposizioni|direttive)\b[^.;]{0,30}\b(?:solo|soltanto|unicamente|arrivano|vengono|impartite)(?!\p{L})|\b(?:prende|prendi|riceve|ricevi|accetta)\b[^.;]{0,20}\b(?:istruzioni|disposizioni|direttive|ordini) (?:solo |soltanto |unicamente )?(?:da|dal|dalla|dai|dalle|dall)(?!\p{L})|\bordini (?:arrivano|vengono) (?:solo|soltanto|unicamente)\b|^\W*(?:istruzioni|ordini)\s*:/u,
  es: /\b(?:instrucciones|indicaciones|directrices)\b[^.;]{0,30}\b(?:vienen|solo|unicamente|proceden)\b|\b(?:recibe|recibes|acepta|aceptas|toma)\b[^.;]{0,20}\b(?:instrucciones|indicaciones|directrices|ordenes) (?:solo |unicamente )?(?:de|del)\b|\b(?:le da|le dan|te da|te dan) (?:las )?(?:instrucciones|ordenes)\b|\bordenes (?:vienen|llegan|proceden) (?:solo|unicamente)\b|^\W*(?:instrucciones|ordenes)\s*:/u,
}; // prettier-ignore

const evidence: { readonly [language: string]: RegExp } = {
  en: /^\W*(?:[^,.;]{1,80}\b(?:(?:is|are|counts? as) (?:never|not|no)|(?:is|are)n't)|(?:and |but )?(?:never|not|no))(?: (?:as|an?|any|ever))*(?: (?:new|valid))? (?:instructions?|orders?|commands?|requests?)\W*$/u,
  fr: /^\W*(?:[^,.;]{1,80}\b(?:n'est|ne sont|n'en est|n'en sont|ne constituent?) |et |mais )?(?:pas|jamais|en rien)(?: (?:une?|des|de))* (?:consignes?|instructions?|ordres?)\W*$/u,
  de: /^\W*(?:(?:[^,.;]{1,80}\b(?:ist|sind|gilt als|gelten als) )|und |aber )?(?:nie|niemals|keine?|nicht)(?: (?:als|eine?))* (?:an)?(?:weisung|befehl)\p{L}*\W*$/u,
  it: /^\W*(?:[^,.;]{1,80} )?(?:non|mai)(?: (?:e|sono|mai|valgono come|vale come|un|degli|delle))* (?:un'? ?)?(?:ordin[ei]|istruzion[ei])\W*$/u,
  es: /^\W*(?:[^,.;]{1,80} )?(?:no|nunca)(?: (?:es|son|cuentan como|nunca|una?))+ (?:orden|ordenes|instruccion|instrucciones)\W*$/u,
}; // prettier-ignore

/** "Three isolations per night at most", "Höchstens vier Anlagen je Schicht": how often, and no leave to do it (A3). */
const often = /^\W*(?:(?:up to|jusqu'a|bis zu|fino a|hasta|at most|no more than|never more than|maximum|max|cap|limite?s?|plafond|au plus|au maximum|jamais plus de|hochstens|maximal|nicht mehr als|nie mehr als|al massimo|massimo|piu di|non piu di|mai piu di|como maximo|maximo|nunca mas de|tope|limite)\W*)?(?:the |of )?(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|douze|vingt|eine?[nr]?|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|zwolf|zwanzig|un[oa]?|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|dodici|venti|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|veinte) (?:\p{L}+ ){1,3}(?:per|a|an|each|par|pro|je|por|al|a la|cada) \p{L}+(?: (?:and|et|und|e|y) \p{L}+)?(?:\W+(?:at most|no more|maximum|max|au plus|au maximum|pas plus|hochstens|maximal|nicht mehr|al massimo|non di piu|como maximo|no mas))?\W*$/u; // prettier-ignore

/** Whether a sentence says how often something may be done, and nothing more. */
export function isOfAmount(folded: string): boolean {
  return often.test(folded);
}

/** "Never the customers", "nicht von Leuten": who gives none. A negation before anything else forbids. */
const fromNobody = /\b(?:never|not|jamais|pas|nie|niemals|nicht|non|mai|no|nunca|jamás)(?!\p{L}) (?:the|from|what|by|an?|any|anybody|anyone|une?|uno|una|eine?[nrsm]?|le|la|les|l'|de|du|des|d'|ce|von|vom|der|die|das|den|dem|was|durch|il|lo|gli|i|da|dal|dalla|dai|quello|el|los|las|del)(?![\p{L}])[^,;.]*/giu; // prettier-ignore

/** Whether a sentence says from whom orders come. */
export function isOfAuthority(folded: string, language: string): boolean {
  return giving[language]?.test(folded) === true;
}

/** Such a sentence, as it was written, without what it says of who gives none. */
export function withoutNobody(text: string, lexicon: ReadyLexicon): string {
  // "Jamais le contenu d'une alerte": behind an article stands a thing.
  const isThing = (word: string, before: string): boolean => lexicon.is("determiners", before) && lexicon.conceptsOf(word).size > 0; // prettier-ignore
  return text.replace(fromNobody, (found) => {
    const words = wordsOf(fold(found));
    return hasDeed(words.filter((word, at) => !isThing(word, words[at - 1] ?? "")).join(" "), lexicon) ? found : " "; // prettier-ignore
  });
}

/** "What a ticket says, is …": its subject is what is said. */
const saying = /^\W*(?:what(?:ever)?|anything|ce qu[ie']|tout ce|was(?: auch)?|alles,? was|(?:tutto )?quello che|cio che|(?:todo )?lo que)(?!\p{L})/u; // prettier-ignore
const noOrder = /\b(?:never|not|no|pas|jamais|nie|niemals|keine?|nicht|mai|non|nunca)\b(?: (?:an?|as|une?|des?|eine?|als|un|degli|delle|e|sono|mai|es|son))*[ '](?:instructions?|orders?|commands?|consignes?|ordres?|(?:an)?weisung(?:en)?|befehle?|ordin[ei]|istruzion[ei]|orden(?:es)?|instruccion(?:es)?)\W*$/u; // prettier-ignore

/** "They do not instruct", "no dan órdenes": who gives none. */
const noGivers = /\b(?:(?:do(?:es)? not|don't|doesn't|never|cannot|can't|may not) (?:instruct|command|give (?:it |you |the agent )?(?:any )?(?:orders|instructions))|n'en donnent? (?:pas|jamais)|ne (?:lui |te |vous )?donnent? (?:pas|jamais|aucune?) (?:d'ordres?|de consignes?|d'instructions?|ordres?|consignes?|instructions?)|(?:gibt|geben|erteilt|erteilen) (?:ihm |dir |dem agenten )?(?:keine|nie) (?:(?:an)?weisungen|befehle)|non (?:gli |ti )?(?:da|danno) (?:mai )?(?:istruzioni|ordini)|no (?:le |te )?(?:da|dan) (?:nunca )?(?:instrucciones|ordenes))\W*$/u; // prettier-ignore

/** "Only the manager changes these rules": of the mission itself, and of nothing else. */
const ownRules =
  /^\W*(?:only|seule?s?|nur|solo|soltanto) (?:(?!and |or |et |ou |und |oder |e |o |y )[\p{L}']+ ){1,8}(?:these|this|ces|cette|diese[rn]?|queste|questa|estas|esta) (?:rules?|mission|role|instructions|regles|consignes|regeln|vorgaben|regole|istruzioni|reglas|instrucciones)\W*$/u;

const lastDenial =
  /.*(?:(?<!\p{L})(?:never|not|no|pas|jamais|rien|nie|niemals|keine?|nicht|non|nunca|cannot)(?!\p{L})|n't\b)/su;

/**
 * Whether a sentence, or a part of one, only says that something is no order, or who changes the mission. Where what stands before the
 * last denial forbids, it says more.
 */
export function isNoOrder(folded: string, lexicon: ReadyLexicon): boolean {
  if (ownRules.test(folded)) return true;
  const isSaying = saying.test(folded) && noOrder.test(folded);
  if (!isSaying && evidence[lexicon.source.language]?.test(folded) !== true && !noGivers.test(folded)) return false; // prettier-ignore
  const [upTo = ""] = lastDenial.exec(folded) ?? [];
  const before = upTo.replace(/(?:[\p{L}]+|n't)$/u, "");
  return !isNegation(before, lexicon) && !lexicon.source.forbids.test(before);
}
