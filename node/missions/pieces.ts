/**
 * A sentence taken apart: verbs of several words made one, and pieces of one verb each. Folded text in. Pure.
 *
 * Owns: where a piece begins. Does not own what a piece says (sense.ts), nor what it forbids (negation.ts).
 */
import type { ReadyLexicon } from "./lexicon.ts";
import { forbidsNext, isNegation, startsWithout } from "./negation.ts";
import { wordsOf } from "./words.ts";

/** A verb of several words becomes a mark, which no text has (`fold`): the verb that it is, and the words for who reads the clause. */
export function withPhrases(part: string, { source }: ReadyLexicon): string {
  return source.phrases.reduce((text, [phrase, verb]) => text.replace(phrase, (found: string, ...rest: (string | number)[]) => isMarked(text, Number(rest.at(-2))) ? found : `‹${verb}=${found}›`), part); // prettier-ignore
}

function isMarked(text: string, at: number): boolean {
  return text.lastIndexOf("‹", at) > text.lastIndexOf("›", at);
}

export function spoken(piece: string): string {
  return piece.replace(/‹[^=›]*=([^›]*)›/g, "$1");
}

/** Splits where a new verb begins: after a conjunction or a comma. */
export function pieces(text: string, lexicon: ReadyLexicon): readonly string[] {
  const cuts: number[] = [0];
  const joint = /(?:,|\(|(?<!\p{L})\p{L}+'?)\s+(?=‹?(\p{L}+))/gu;
  for (let at = joint.exec(text); at !== null; at = joint.exec(text)) {
    const joining = at[0].trim().replace("'", "");
    const next = at[1] ?? "";
    const rest = text.slice(at.index + at[0].length, at.index + pieceAheadChars);
    const isWithout =
      startsWithout(text.slice(at.index), lexicon) && !isNegation(text.slice(0, at.index), lexicon);
    const isJoint = joining === "," || joining === "(" || isWithout || lexicon.is("conjunctions", joining);
    const before = wordsOf(text.slice(Math.max(0, at.index - wordCharsMax), at.index)).at(-1) ?? "";
    // "Kein Merge, keine Löschung": each forbids for itself.
    const isNone =
      joining === "," && none.test(next) && isNegation(text.slice(cuts.at(-1), at.index), lexicon);
    const isVerb = isWithout || isNone || startsVerb(asks.test(text) && relatives.test(next) ? (wordsOf(rest)[1] ?? "") : next, rest, lexicon) || endsVerb(before, joining, rest, lexicon) || forbidsAnew(text.slice(cuts.at(-1), at.index), rest, lexicon) || (joining !== "," && joining !== "(" && forbidsNext(spoken(rest), lexicon)); // prettier-ignore
    if (isJoint && isVerb && insideQuotes(text, at.index) === false) cuts.push(at.index);
    joint.lastIndex = at.index + Math.max(1, at[0].trim().length);
  }
  return cuts.map((cut, at) => text.slice(cut, cuts[at + 1])).filter((piece) => wordsOf(piece).length > 0);
}

const none = /^(?:no|aucune?|keine?[nrms]?|nessun[oa]?|ningun[oa]?)$/;

/** "I need somebody who reads …, who answers …": what somebody who is asked for does is what is to be done. */
const asks =
  /\b(?:some(?:one|body)|quelqu'un|jemand(?:en)?|qualcuno|alguien)(?: \p{L}+)? (?:who|that|qui|der|die|che|que)\b|\b(?:want|wish|quiero|quisiera|querria|gustaria|necesito|aimerais|voudrais|veux|faudrait|vorrei|voglio|servirebbe) (?:\p{L}+ )?(?:that|qu|que|che)\b/u;
const relatives = /^(?:who|that|qui|que|qu|che|der|die)$/;

/** Between a joint and its verb, in the languages that put pronouns there. */
const clitics =
  /^(?:en|y|lui|leur|se|s|l|le|la|les|lo|los|las|li|gli|glie|gliel[aeo]|gliene|ne|ci|vi|si|te|me|nos|tu|il|elle|on|nous|vous|ils|elles|je|usted|it|they|you)$/;

const everySo = /^(?:every|each|chaque|cada|ogni)$/;

/** Verbs of several words by the verb that each is. */
export function asVerbs(piece: string): string {
  return piece.replace(/‹([^=›]*)=[^›]*›/g, " $1 ");
}

/** Whether a verb begins here, or stands behind its pronouns. */
function startsVerb(next: string, rest: string, lexicon: ReadyLexicon): boolean {
  if (lexicon.verbsOf(next, /^‹?\p{L}+ (?:wird|werden)\b/u.test(rest)).size > 0) return true;
  if (lexicon.source.language === "de") return lexicon.verbsApart(spoken(rest)).size > 0 || /^(?:nimmt|nehmen) [^,;:.]{1,60} vor\b/.test(spoken(rest)); // prettier-ignore
  const words = wordsOf(asVerbs(rest));
  if (lexicon.source.language !== "en" && lexicon.is("light", words[0] ?? "") && lexicon.conceptsOf(words[0] ?? "").size === 0) return true; // prettier-ignore
  const behind = words.slice(everySo.test(next) ? 2 : 0);
  if (behind.length === words.length && !clitics.test(next)) return false;
  const verb = behind.find((word) => !clitics.test(word) && !lexicon.is("conjunctions", word)) ?? "";
  return lexicon.verbsOf(verb).size > 0 && lexicon.concepts.find(verb).size === 0;
}

/** German lists of infinitives: "E-Mails lesen, Termine eintragen". */
function endsVerb(before: string, joining: string, rest: string, lexicon: ReadyLexicon): boolean {
  if (lexicon.source.language !== "de" || !before.endsWith("n") || joining === "(") return false;
  const [next = ""] = spoken(rest).split(/[,;:.]| (?:und|oder) /);
  return (
    wordsOf(next).some((word) => lexicon.conceptsOf(word).size > 0) &&
    lexicon.verbsOf(before).size > 0 &&
    lexicon.conceptsOf(before).size === 0
  );
}

/** "…löscht sie nie, und an den Rechten ändert sie nichts": what forbids stands behind its verb in German, and each forbids for itself. */
function forbidsAnew(before: string, rest: string, lexicon: ReadyLexicon): boolean {
  const [, next = ""] = /^(?:und|oder) ([^,;:.]+)$/u.exec(spoken(rest).trim().replace(/[.!]$/, "")) ?? [];
  return lexicon.source.language === "de" && behindVerb.test(before) && behindVerb.test(next);
}

const behindVerb = /(?<!\p{L})(?:nie|niemals|nichts?)(?= *$)/u;

/** How far a part of a sentence is looked ahead, and the word before it back. */
const wordCharsMax = 40;
const pieceAheadChars = 240;

function insideQuotes(text: string, at: number): boolean {
  return (text.slice(0, at).match(/"/g)?.length ?? 0) % 2 === 1;
}
