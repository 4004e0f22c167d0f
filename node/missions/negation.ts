/**
 * What forbids within a sentence, and what only says that something is not so. Folded text in. Pure.
 *
 * N1. A condition or a purpose that holds a negation ("when they cannot come", "so that no two clash") forbids nothing, where no verb
 *     with an effect stands in it and it does not say what must be.
 */
import { general } from "./general.ts";
import type { ReadyLexicon } from "./lexicon.ts";
import { effectsOf } from "./verb.ts";
import { wordsOf } from "./words.ts";

export function isNegation(folded: string, lexicon: ReadyLexicon): boolean {
  return lexicon.source.negations.test(withoutHarmless(folded, lexicon));
}

/** What a thing does not do to anybody: no agent is told so, in any language. */
const unsuited =
  /\b(?:(?:does|do|did)(?: not|n't) (?:fit|suit|match)|ne (?:lui |leur )?(?:convien(?:t|nent)|correspond(?:ent)?|suffi(?:t|sent)|fonctionne(?:nt)?) (?:pas|plus)|(?:passt|passen|funktioniert|klappt) nicht(?: mehr)?|nicht (?:mehr )?(?:passt|passen|funktioniert|klappt)|non (?:gli |le )?(?:calza|combacia|funziona|basta)(?:no)?|no (?:le |les )?(?:encaja|funciona|sirve)n?)(?=\s*(?:[,.;:)|]|$))/g;
/** "Not known yet": how a thing is, and no deed. "Not allowed yet" forbids. */
const notYet =
  /\b(?:not yet (?:known|listed|found|registered|assigned|answered|ready|clear|complete|there|solved|resolved|paid|delivered)|not (?:known|listed|found|registered|assigned|answered|ready|clear|complete|there|solved|resolved|paid|delivered) yet|pas encore (?:connu|trouve|regle|resolu|pret|livre|paye|lu|traite|enregistre|attribue|clair)e?s?|noch nicht (?:bekannt|da|fertig|erledigt|bezahlt|geliefert|gelesen|gefunden|klar|vorhanden|erfasst|beantwortet|zugewiesen)|non ancora (?:not|pront|pagat|consegnat|lett|trovat|risolt|assegnat|registrat|chiar)[aoie]|(?:aun|todavia) no (?:conocid|list|pagad|entregad|leid|encontrad|resuelt|asignad|registrad|clar)[ao]s?)(?!\p{L})/gu;

/** "Which mails I have not read", "quali non ho ancora letto": what somebody did not do. Nobody forbids so; but who has no leave or right is forbidden. */
const undone: { readonly [language: string]: RegExp } = {
  en: /\b(?:has|have|had)(?: not|n't)(?: yet| ever| been)* (?!(?:been )?(?:allowed|permitted|authori[sz]ed|entitled|granted|given|got)\b)\p{L}+(?:ed|en|wn|ne|ad|aid|ent|ought|ept|old|ound)\b/gu,
  fr: /\bn['e] ?(?:(?:l|y|en|m|t)[' ])?(?:ai|as|a|ont|avons|avez) (?:pas|jamais|rien)(?: encore)? (?!(?:acces|autorise\p{L}*|permis\p{L}*|les?|des?|du|une?|que|si|ses|ni)(?!\p{L}))\p{L}+(?:[eiu]e?s?|is|it|ert)(?!\p{L})/gu,
  de: /\bnicht (?:\p{L}+ ){0,3}(?!(?:erlaubt|gestattet|befugt|berechtigt)\b)\p{L}{3,}(?:t|en) (?:hat|hast|habe|haben|wurden?|worden (?:ist|sind))(?=\s*(?:[,.;:)]|$|und\b|oder\b))/gu,
  it: /\bnon (?:(?:l'|li|le|lo|la|ne|mi|si) ?)?(?:ho|hai|ha|hanno|abbiamo|avete)(?: ancora| mai)? (?!(?:diritto|accesso|permesso|autorizzat)\p{L}*)\p{L}{2,}(?:[aiu]t[aeio]|tt[aeio]|st[aeio]|rt[aeio]|s[aeio])(?!\p{L})/gu,
  es: /\bno (?:(?:l[aeo]s?|se|me) )?(?:he|has|ha|han|hemos|habeis) (?!(?:autorizad|permitid)\p{L}*)\p{L}{2,}(?:[ai]d[ao]s?|sto|cho|rto|eido)(?!\p{L})/gu,
}; // prettier-ignore

/** A text, folded, without negations that forbid nothing. */
export function withoutHarmless(folded: string, { source }: ReadyLexicon): string {
  const all = [source.notNegations, unsuited, notYet, undone[source.language]];
  return all.reduce((text: string, harmless) => (harmless === undefined ? text : text.replace(harmless, " ")), folded); // prettier-ignore
}

/** "Passt das Gerät nicht, …": a condition without its "wenn". Verbs that nobody is ordered to do. */
const opening =
  /^\W*(?:passt|passen|stimmt|stimmen|klappt|funktioniert|gefallt|gefallen|reicht|kommt|kommen|existiert|erscheint|gelingt|ist|sind|hat|haben|kann|konnen|will|wollen) [^,.;:?!]{1,60}?\b(?:nicht|nichts|kein\p{L}*)(?: \p{L}+){0,2}(?=,|\s*$)/u;

function openingOf(text: string, { source }: ReadyLexicon): string {
  return source.language === "de" ? (opening.exec(text)?.[0] ?? "") : "";
}

/** Whether a part is such a condition and nothing else. */
export function saysWhen(part: string, lexicon: ReadyLexicon): boolean {
  return part !== "" && openingOf(part, lexicon) === part;
}

/** A part of a sentence, folded, and before it the condition that it begins with: what is done stands behind. */
export function parted(text: string, lexicon: ReadyLexicon): readonly string[] {
  const condition = openingOf(text, lexicon);
  return [condition, text.slice(condition.length)].filter((part) => part !== "");
}

/** Where a condition begins, of whom it speaks, and what is not so, up to a few words behind it. */
const conditions: { readonly [language: string]: RegExp } = {
  en: /\b(?:if|when(?:ever)?|where|once|because|since|as soon as|as long as|in case) (?:they|he|she|some(?:one|body)|any(?:one|body)|there|(?:(?:the|an?|any|some|their|our|his|her|this|that|no) )?[a-z]+(?: [a-z]+)?) (?:can ?not|can't|(?:is|are|was|were|has|have|had|does|do|did) ?(?:not|n't)?(?: (?:no [a-z]+|none|nobody|nothing|not))?|no longer)(?: [a-z]+){0,3}(?=\s*(?:[,.;)]|$|and\b|or\b))|\b(?:that|so|so that) (?:no|nothing|nobody|none)\b[^,.;:]{0,50}?(?=\s*(?:[,.;)]|$|and\b|or\b))/g,
  fr: /\b(?:quand|lorsqu?e?|si|s|des que|parce qu?e?|puisqu?e?|au cas ou|tant qu?e?)[ ']{1,2}(?:\p{L}+[ ']){1,3}?n[e'] ?(?:(?:l|y|en|s)[' ])?(?!pas\b|jamais\b|rien\b)\p{L}+ (?:pas|plus|rien|personne|aucune?)(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|et\b|ou\b))|\bqu[e'] ?(?:aucune?|rien|personne)\b[^,.;:]{0,50}?(?=\s*(?:[,.;)]|$|et\b|ou\b))|\bqu[e'] ?(?:\p{L}+ ){1,3}ne (?:se )?\p{L}+ (?:pas|plus)(?: \p{L}+){0,2}(?=\s*(?:[,.;)]|$|et\b|ou\b))/gu,
  de: /\b(?:wenn|falls|sobald|weil|sofern|solange|wo)\b[^,.;:]{0,50}?\b(?:kein\w*|nicht|nichts|niemand)\b(?: \p{L}+){0,3} (?:\p{L}{2,}t|sind|haben|existiert|besteht|war|waren|bleibt|reicht|passt|kommt|geht|stimmt|steht|kann|konnen|will|wollen|wurde|wird|klappt)(?=\s*(?:[,.;)]|$|und\b))|\b(?:dass|damit)\b[^,.;:]{0,30}?\b(?:kein\w*|nicht|nichts|niemand)\b[^,.;:]{0,40}?(?=\s*(?:[,.;)]|$))/gu,
  it: /\b(?:quando|se|qualora|perche|appena|finche|nel caso)\b(?: \p{L}+){0,3}? non (?:ne |c'|ci |l'|lo |la |li |le |si )?(?!\p{L}+[aei]re\b)\p{L}+(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|e\b|o\b))|\b(?:che|affinche) (?:nulla|niente|nessun\w*|non)\b[^,.;:]{0,50}?(?=\s*(?:[,.;)]|$|e\b|o\b))/gu,
  es: /\b(?:cuando|si|porque|en cuanto|mientras|en caso de que)\b(?: \p{L}+){0,3}? no (?:la |lo |las |los |le |se )?(?!\p{L}+[aei]r\b)\p{L}+(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|y\b|o\b))|\bque (?:no|nada|nadie|ningun\w*)\b[^,.;:]{0,50}?(?=\s*(?:[,.;)]|$|y\b|o\b))/gu,
}; // prettier-ignore

/** What must be, in all the languages: an order in the clothes of a condition. */
const orders =
  /\b(?:must|shall|should|may|never|please|always|doi\w*|jamais|veuillez|darf|durfen|soll\w*|muss\w*|niemals|nie|bitte|dev[eo]\w*|mai|debe\w*|nunca|jamas)\b/;

/** What a cell of a table begins with that says when, in all the languages. */
const occasions = /^\W*(?:if|when(?:ever)?|once|in case|as soon as|until|si|s'|quand|lorsqu\p{L}*|des qu\p{L}*|en cas d\p{L}*|wenn|falls|sobald|bei|sofern|se|quando|appena|qualora|in caso d\p{L}*|cuando|en cuanto|en caso d\p{L}*)(?!\p{L})/u; // prettier-ignore

/** Whether a text only says when something is to be done. */
export function isCondition(folded: string): boolean {
  return occasions.test(folded) && !orders.test(folded);
}

/** The text without conditions and purposes that say what is not so. */
export function withoutConditions(text: string, lexicon: ReadyLexicon): string {
  const condition = conditions[lexicon.source.language];
  if (condition === undefined) return text;
  const first = openingOf(text, lexicon);
  if (first !== "" && !orders.test(first) && !hasDeed(first, lexicon)) return withoutConditions(text.slice(first.length), lexicon); // prettier-ignore
  return withoutRelatives(text, lexicon).replace(condition, (found) =>
    orders.test(found) || hasDeed(found, lexicon) ? found : " ",
  );
}

/** "Kampagnen, die nichts bringen", "campaigns that don't deliver": of a thing, what it does not do. Behind whom something is asked of, what he must not. */
const relatives: { readonly [language: string]: RegExp } = {
  en: /(?<=(\p{L}+) )(?:that|which) (?:do|does|did)(?: not|n't) \p{L}+(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|and\b|or\b))/gu,
  fr: /(?<=(\p{L}+),? )qui n(?:e |')\p{L}+ (?:pas|plus|(?:a )?rien|aucune?)(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|et\b|ou\b))/gu,
  de: /(?<=(\p{L}+)(?: an| ab| aus| auf| ein)?, )(?:die|der|das|welche[rs]?) (?:nichts|nicht|kein\w*)(?: \p{L}+){1,4}(?=\s*(?:[,.;)]|$|und\b|oder\b))/gu,
  it: /(?<=(\p{L}+),? )che non \p{L}+(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|e\b|o\b))/gu,
  es: /(?<=(\p{L}+),? )que no \p{L}+(?: \p{L}+){0,3}(?=\s*(?:[,.;)]|$|y\b|o\b))/gu,
}; // prettier-ignore

function withoutRelatives(text: string, lexicon: ReadyLexicon): string {
  const relative = relatives[lexicon.source.language];
  const isOfThing = (word: string): boolean => [...lexicon.conceptsOf(word)].some((concept) => !general.has(concept)); // prettier-ignore
  return relative === undefined ? text : text.replace(relative, (found: string, word: string) => (isOfThing(word) && !orders.test(found) && !hasDeed(found, lexicon) ? " " : found)); // prettier-ignore
}

/** Whether a text holds a verb with an effect. */
export function hasDeed(text: string, lexicon: ReadyLexicon): boolean {
  return wordsOf(text).some((word) => {
    const groups = [...lexicon.verbsOf(word, true), ...lexicon.nouns.find(word)];
    return groups.some((group) => effectsOf(group).some((effect) => effect !== "read")) && !lexicon.is("common", word); // prettier-ignore
  });
}

/** "Reads mail without sending any" forbids to send. Of a thing that is not there ("flights without a stop") it forbids nothing more. */
const without: { readonly [language: string]: RegExp } = {
  en: /^without (?:ever )?\p{L}+ing\b/u,
  fr: /^sans (?:(?:jamais|rien|plus) ){0,2}(?:(?:l'|les? |la |en |y )?)\p{L}+(?:er|ir|re)\b/u,
  de: /^ohne (?:[\p{L}-]+ ){0,6}(?:zu \p{L}+(?:en|ern|eln)|\p{L}{2,5}zu\p{L}+en)\b/u,
  it: /^senza (?:mai )?\p{L}+(?:[aei]re|rre|[aei]r(?:l[oaie]|ne))\b/u,
  es: /^sin (?:nunca )?\p{L}+[aei]r(?:l[aeo]s?|se)?\b/u,
};

export function startsWithout(text: string, { source }: ReadyLexicon): boolean {
  return without[source.language]?.test(text) === true;
}

/** Between a conjunction and a verb that is forbidden: "and never deletes", "et n'en supprime", "y nunca la modifica". */
const none = /^(?:no|aucune?|keine?[nrms]?|nessun[oa]?|ningun[oa]?)$/;
const adverbs = /^(?:never|jamais|nunca|mai|nie|niemals)$/;
const negating =
  /^(?:never|not|don|doesn|mustn|shouldn|won|aucune?|keine?[nrms]?|nessun[oa]?|ningun[oa]?|ne|n|non|no|nunca|jamas|mai|nie|niemals)$/;
const between = /^(?:t|ever|please|it|they|must|may|can|shall|should|does|do|is|to|doit|peut|deve|puo|debe|puede|l|la|le|les|lo|li|los|las|en|y|se|s|si|ne|lui)$/; // prettier-ignore

/** A part of a sentence that begins with a negation of its own: what it forbids is not what stands before it. */
export function forbidsNext(text: string, lexicon: ReadyLexicon): boolean {
  const words = wordsOf(text.slice(0, aheadChars));
  let at = 0;
  let isNegated = false;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!negating.test(word) && !between.test(word)) break;
    isNegated ||= negating.test(word);
  }
  const verb = words[at];
  if (isNegated && none.test(words[0] ?? "")) return true;
  if (!isNegated || verb === undefined) return false;
  return lexicon.verbsOf(verb).size > 0 || adverbs.test(words[0] ?? "");
}

const aheadChars = 80;

/** "Only", before who does something, in all the languages. */
const alone = /^\W*(?:only|seule?s?|seulement|nur|allein|solo|soltanto|solamente|unicamente) (?=\p{L})/u;
const infinitives: { readonly [language: string]: RegExp } = { en: /(?:ing|ed)$/, fr: /(?:er|ir|re|ant)$/, de: /(?:[^t]|est)$/, it: /(?:[aei]re|rre|ndo)$/, es: /(?:[aei]r|ndo)$/ }; // prettier-ignore
const agents =
  /^(?:it|you|he|she|they|agent\w*|assist\w*|asistente|bot|helper|clerk|desk|il|elle|vous|tu|er|sie|es|du|lui|lei|el|ella)$/;
const subjectWordsMax = 4;

/**
 * "Only quality assurance releases a batch": what others alone do is not the agent's. "Only reads tickets" and "only urgent tickets are
 * answered" have a verb, or a thing that is no person and does nothing to another, where those who do it would stand.
 */
export function isDoneByOthers(folded: string, lexicon: ReadyLexicon): boolean {
  const [only = ""] = alone.exec(folded) ?? [];
  if (only === "") return false;
  const words = wordsOf(folded.slice(only.length, only.length + aheadChars));
  const isDeed = (word: string): boolean => lexicon.verbsOf(word).size > 0 && lexicon.conceptsOf(word).size === 0; // prettier-ignore
  const first = words.findIndex((word) => !lexicon.is("common", word));
  const isNoun = lexicon.is("determiners", words[first - 1] ?? "");
  if (first < 0 || (lexicon.verbsOf(words[first] ?? "").size > 0 && !isNoun)) return false;
  const at = words.findIndex((word, place) => place > first && isDeed(word));
  const subject = words.slice(first, Math.max(first, at)).filter((word) => !lexicon.is("common", word));
  const isFinite = infinitives[lexicon.source.language]?.test(words[at] ?? "") === false;
  // "Only the shift lead deletes tickets": what does something to another thing is no thing itself.
  const hasObject = words.slice(at + 1).some((word) => lexicon.conceptsOf(word).size > 0);
  return (
    isFinite &&
    subject.length > 0 &&
    subject.length <= subjectWordsMax &&
    subject.every((word) => !agents.test(word)) &&
    (hasObject || subject.every((word) => [...lexicon.conceptsOf(word)].every((concept) => general.has(concept) || concept.startsWith("=")))) // prettier-ignore
  );
}
