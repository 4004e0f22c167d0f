/**
 * A mission read as clauses: which concepts, verbs and literals each holds, whether it allows or forbids, and what of it was
 * not understood. Pure.
 *
 * Owns: sections, sentences, clauses, negation, languages. Does not own tools: compile.ts matches clauses and tools.
 *
 * M1. What is not understood allows nothing: a clause in no known language, one that asks for everything, one that is too long; and
 *     no clause does where letters are not what they look like.
 * M2. A negation holds to the end of its part of the sentence. A word that is a negation in some other language than the
 *     clause's makes the clause not understood.
 * M3. Quoted text is data: it names things, and allows nothing. A negation in it forbids all the same.
 */
import { limits } from "../../protocol/limits.ts";
import { unknownDeeds } from "./deed.ts";
import type { ReadyLexicon, Section } from "./lexicon.ts";
import { lexicons } from "./lexicons.ts";
import { asWritten } from "./quote.ts";
import { readSense } from "./sense.ts";
import type { Sense } from "./sense.ts";
import { fold, wordsOf } from "./words.ts";
import { disguiseIn } from "./writing.ts";

export interface Clause extends Sense {
  readonly text: string;
  readonly section: Section;
  readonly sentence: number;
  readonly language: string;
  readonly isNegative: boolean;
  readonly isReadOnly: boolean;
  /** A negative clause with an exception ("outside example.com"). */
  readonly isQualified: boolean;
  /** Of a negative clause: words that stand where a verb stands, and that no lexicon has. */
  readonly deeds: readonly string[];
}

export interface Mission {
  readonly clauses: readonly Clause[];
  readonly language: string;
  /** What was not understood, or needs an answer, in words for its author. */
  readonly questions: readonly string[];
  readonly unmatched: readonly string[];
  /** Sentences that may forbid something, and were not understood. */
  readonly doubts: readonly string[];
}

const foreignNegations = /^(?:nao|nunca|jamais|niet|geen|nooit|nie|nigdy|inte|ikke|aldrig|aldri|nikdy|nem|hayir|nu|kein|keine|keinen|keiner|nicht|niemals|pas|aucun|aucune|mai|non|nessun|nessuna|ningun|ninguna|ne|ei|ala|soha|tilos|asla|yasak|niciodata|nikada?|nemoj\w*|zabranjeno|zakazan\w*|jangan|tidak|dilarang|khong|ekki|aldrei|forbudt|forbjudet|verboden|proibid\w*)$/; // prettier-ignore
/** How a question about a sentence ends that was not understood. */
export const allowsNothing = "It allows nothing.";
const headingsMin = 4;
const shownCharsMax = 120;

interface Line {
  readonly text: string;
  readonly section: Section;
  /** The heading, or the line that ends in a colon, that it stands under. */
  readonly topic: string;
}

export function readMission(text: string): Mission {
  if (text.trim() === "")
    return nothing("The mission is empty. Write one sentence that says what the agent is for.");
  if (text.length > limits.missionCharsMax)
    return nothing(
      `The mission has ${text.length} characters; ${limits.missionCharsMax} is the most that is read. Write its purpose and what the agent may and must not do.`,
    );
  const disguise = disguiseIn(text);
  if (disguise !== undefined) return nothing(disguise);
  const language = languageOf(wordsOf(fold(text)));
  if (language === undefined)
    return nothing(
      `The mission's language was not understood. Write it in ${lexicons.map(({ source }) => source.language).join(", ")}.`,
    );
  const lines = linesOf(text, language);
  const policy = policyPart(text, lines);
  if (policy !== undefined && policy.length === 0) return nothing(askForPurpose, language.source.language);
  const read = clausesOf(policy ?? lines, language);
  return {
    clauses: read.clauses,
    language: language.source.language,
    questions: [...(policy === undefined ? [] : [askForPurpose]), ...read.questions],
    unmatched: read.unmatched,
    doubts: read.doubts,
  };
}

const askForPurpose =
  "This reads like a policy document, not like a mission; a policy names many tools that the agent need not have. Only a section under the heading Purpose or Mission was read. Write what the agent is for, what it may and must not do.";

function nothing(question: string, language = ""): Mission {
  return { clauses: [], language, questions: [question], unmatched: [], doubts: [] };
}

/** The lexicon whose words are most of the text; undefined when none knows enough of them. */
function languageOf(words: readonly string[]): ReadyLexicon | undefined {
  const letters = words.filter((word) => /^\p{L}{2,}/u.test(word));
  const scored = lexicons.map((lexicon) => ({
    lexicon,
    common: letters.filter((word) => lexicon.is("common", word)).length,
    known: letters.filter((word) => lexicon.knows(word)).length,
  }));
  const best = scored.toSorted((a, b) => 2 * b.common + b.known - 2 * a.common - a.known)[0];
  return best === undefined || best.known < Math.max(1, letters.length * 0.2) ? undefined : best.lexicon;
}

/** Lines with the section they stand in. Headings and lines that end in a colon open one. */
function linesOf(text: string, lexicon: ReadyLexicon): readonly Line[] {
  const lines: Line[] = [];
  let section: Section = "purpose";
  let isListed = false;
  let topic = "";
  for (const raw of text.split(/\r?\n/)) {
    const heading = /^\s*(?:#{1,6}\s+(.*?)#*|\*\*(.+?)\*\*:?)\s*$/.exec(raw);
    const bullet = /^\s*(?:[-*+•]|\d+[.)])\s+(.*)$/.exec(raw);
    const title = heading?.[1] ?? heading?.[2];
    if (title !== undefined) {
      const opened = sectionOf(title, lexicon);
      section = opened ?? "purpose";
      isListed = false;
      topic = opened === undefined ? title : "";
    } else if (/:\s*$/.test(raw)) {
      // "It must never:" is for the bullets below it, not for what comes after them.
      const opened = sectionOf(raw, lexicon);
      section = opened ?? section;
      isListed = true;
      topic = opened === undefined ? raw : "";
    } else if (raw.trim() !== "") {
      if (isListed && bullet === null) {
        section = "purpose";
        isListed = false;
        topic = "";
      }
      lines.push({ text: bullet?.[1] ?? raw, section, topic });
    }
  }
  return lines;
}

function sectionOf(title: string, { source }: ReadyLexicon): Section | undefined {
  const folded = fold(title);
  const order = ["mustNot", "sources", "limits", "may", "purpose"] as const;
  return order.find((name) => source.sections[name].test(folded));
}

/** Of a policy document the lines under Purpose; undefined for a mission. */
function policyPart(text: string, lines: readonly Line[]): readonly Line[] | undefined {
  const headings = text.match(/^\s*#{1,6}\s/gm)?.length ?? 0;
  const words = wordsOf(text).length;
  const isPolicy =
    words > limits.missionWordsMax || (words > limits.missionWordsMax / 2 && headings >= headingsMin);
  if (!isPolicy) return undefined;
  const at = /^\s*#{1,6}\s+(?:purpose|mission|but|objet|zweck|auftrag|aufgabe|scopo|missione|proposito|mision|finalidad)\b.*$/im.exec(fold(text)); // prettier-ignore
  if (at === null) return [];
  const [part = ""] = fold(text)
    .slice(at.index + at[0].length)
    .split(/^\s*#{1,6}\s/m);
  return wordsOf(part).length > limits.missionWordsMax / 2 ? [] : lines.filter(({ text: line }) => part.includes(fold(line).trim())); // prettier-ignore
}

type Read = Omit<Mission, "language">;

function clausesOf(lines: readonly Line[], main: ReadyLexicon): Read {
  const clauses: Clause[] = [];
  const questions: string[] = [];
  const unmatched = new Set<string>();
  const doubts: string[] = [];
  let sentence = 0;
  const parts = lines.flatMap(({ text, ...line }) => joinedSentences(text).map((each) => ({ text: each, ...line }))); // prettier-ignore
  for (const { text, section, topic } of parts) {
    sentence++;
    const { lexicon, fault, isWidening } = understand(text, main);
    if (fault !== undefined) {
      const mayForbid = isWidening !== true || section === "mustNot";
      if (mayForbid) doubts.push(shown(text));
      questions.push(`${fault}: "${shown(text)}". ${mayForbid ? "It may forbid something, so a person is asked before each write. " : ""}${allowsNothing}`); // prettier-ignore
      unmatched.add(shown(text));
      continue;
    }
    if (lexicon.source.handling.test(fold(text)))
      questions.push(`"${shown(text)}" hands decisions to a text that is not here. What it may ask for must stand in the mission, with the source that is trusted.`); // prettier-ignore
    const found = underTopic(sentenceClauses(text, section, sentence, lexicon), topic, lexicon);
    clauses.push(...found);
    for (const clause of found) for (const word of clause.unknown) unmatched.add(word);
  }
  return { clauses, questions, unmatched: [...unmatched].slice(0, limits.missionUnmatchedMax), doubts };
}

/** "Emails:" over "- read", "- answer": what a list is about, where a line of it names no thing. What forbids is not made narrower so. */
function underTopic(clauses: readonly Clause[], topic: string, lexicon: ReadyLexicon): readonly Clause[] {
  if (topic === "" || clauses.some(({ concepts, hints }) => concepts.size + hints.size > 0)) return clauses;
  const { concepts, stems } = readSense(fold(topic), lexicon);
  if (concepts.size === 0) return clauses;
  return clauses.map((clause) => clause.isNegative || clause.groups.size === 0 ? clause : { ...clause, concepts, stems: new Set([...clause.stems, ...stems]) }); // prettier-ignore
}

/** Sentences end at a mark before a blank: not within a file name, a number or an address. */
function joinedSentences(text: string): readonly string[] {
  return text.split(/(?<=[.;!?])\s+/).filter((each) => wordsOf(each).length > 0);
}

function understand(
  text: string,
  main: ReadyLexicon,
): { readonly lexicon: ReadyLexicon; readonly fault?: string; readonly isWidening?: true } {
  const folded = fold(text);
  const words = wordsOf(withoutQuotes(folded));
  const own = words.length < 5 ? main : (languageOf(words) ?? main);
  const lexicon = count(words, own) > count(words, main) ? own : main;
  if (lexicons.some(({ source }) => source.widening.test(folded)) && !isNegation(folded, lexicon))
    return { lexicon, fault: "This asks for everything, which no mission can", isWidening: true };
  const letters = words.filter((word) => /^\p{L}{3,}/u.test(word));
  // No lexicon could know a negation in it.
  if (letters.length > 0 && words.every((word) => !/\p{Script=Latin}/u.test(word)))
    return { lexicon, fault: "This is in letters that no lexicon has" };
  // "Les courriels non lus" forbids nothing.
  const bare = wordsOf(withoutQuotes(folded).replace(lexicon.source.notNegations, " "));
  const foreign = bare.find((word) => foreignNegations.test(word) && !lexicon.knows(word));
  if (foreign !== undefined && !isNegation(folded, lexicon))
    return { lexicon, fault: `"${foreign}" may forbid something in another language` };
  if (letters.length >= 6 && letters.filter((word) => lexicon.knows(word)).length < letters.length * 0.2)
    return { lexicon, fault: "This was not understood" };
  return { lexicon };
}

function count(words: readonly string[], lexicon: ReadyLexicon): number {
  return words.filter((word) => lexicon.is("common", word)).length;
}

function isNegation(folded: string, { source }: ReadyLexicon): boolean {
  return source.negations.test(folded.replace(source.notNegations, " "));
}

function withoutQuotes(text: string): string {
  return text.replace(/"[^"]*"|(?<![\p{L}\d])'[^']*'(?![\p{L}\d])/gu, " ");
}

/** The clauses of one sentence. A negation holds from its clause on; one that forbids holds for all of its part. */
function sentenceClauses(
  text: string,
  section: Section,
  sentence: number,
  lexicon: ReadyLexicon,
): readonly Clause[] {
  const { source } = lexicon;
  const whole = fold(text);
  const clauses: Clause[] = [];
  for (const plain of whole.split(source.but)) {
    const part = withPhrases(plain, lexicon);
    const bare = withoutConditions(part.replace(source.notNegations, " "), source.language);
    let isNegative = section === "mustNot" || source.forbids.test(bare);
    const own: Clause[] = [];
    for (const piece of pieces(part, lexicon)) {
      isNegative ||= startsWithout(piece, lexicon) || source.negations.test(withoutConditions(spoken(piece).replace(source.notNegations, " "), source.language)); // prettier-ignore
      const sense = readSense(piece.replace(/‹([^=›]*)=[^›]*›/g, " $1 "), lexicon);
      const written = asWritten(text, spoken(piece)) ?? piece;
      own.push({
        ...sense,
        // What forbids does so by all that it may be about.
        ...(isNegative ? { concepts: new Set([...sense.concepts, ...sense.hints]) } : {}),
        // What forbids is no word that matched nothing.
        unknown: sense.unknown.filter((word) => !source.negations.test(word)),
        text: shown(written),
        deeds: isNegative
          ? unknownDeeds(withoutQuotes(written), sense.unknown, section === "mustNot", lexicon)
          : [],
        section,
        sentence,
        language: source.language,
        isNegative,
        isReadOnly: source.readOnly.test(whole),
        isQualified: source.exceptions.test(spoken(piece)) || sense.cap !== undefined,
      });
    }
    clauses.push(...withSharedObjects(own, lexicon));
  }
  return clauses;
}

/**
 * "Never write, change or move a file": forbidden verbs in a row have the object of the last (in German, where the verbs stand behind
 * it, of the first); to forbid each of them altogether is not what it says.
 */
function withSharedObjects(clauses: readonly Clause[], lexicon: ReadyLexicon): readonly Clause[] {
  const isBehind = lexicon.source.language === "de";
  const shared: Clause[] = [];
  for (const clause of isBehind ? clauses : clauses.toReversed()) {
    const near = shared.at(-1);
    const isBare = clause.groups.size > 0 && clause.concepts.size === 0 && lexicon.verbsOf(wordsOf(fold(clause.text)).at(-1) ?? "").size > 0; // prettier-ignore
    // A negation of its own begins anew, in whichever of the two comes later.
    const later = isBehind ? clause : near;
    const isShared = isBare && clause.isNegative && near?.isNegative === true && near.concepts.size > 0 && later !== undefined && !isNegation(fold(later.text), lexicon); // prettier-ignore
    shared.push(isShared ? { ...clause, concepts: near.concepts, stems: near.stems } : clause);
  }
  return isBehind ? shared : shared.toReversed();
}

/** A verb of several words becomes a mark, which no text has (`fold`): the verb that it is, and the words for who reads the clause. */
function withPhrases(part: string, { source }: ReadyLexicon): string {
  return source.phrases.reduce((text, [phrase, verb]) => text.replace(phrase, (found: string, ...rest: (string | number)[]) => isMarked(text, Number(rest.at(-2))) ? found : `‹${verb}=${found}›`), part); // prettier-ignore
}

function isMarked(text: string, at: number): boolean {
  return text.lastIndexOf("‹", at) > text.lastIndexOf("›", at);
}

function spoken(piece: string): string {
  return piece.replace(/‹[^=›]*=([^›]*)›/g, "$1");
}

/** Splits where a new verb begins: after a conjunction or a comma. */
function pieces(text: string, lexicon: ReadyLexicon): readonly string[] {
  const cuts: number[] = [0];
  const joint = /(?:,|\(|(?<!\p{L})\p{L}+)\s+(?=‹?(\p{L}+))/gu;
  for (let at = joint.exec(text); at !== null; at = joint.exec(text)) {
    const joining = at[0].trim();
    const next = at[1] ?? "";
    const rest = text.slice(at.index + at[0].length, at.index + pieceAheadChars);
    const isWithout = startsWithout(text.slice(at.index), lexicon) && !isNegation(text.slice(0, at.index), lexicon);
    const isJoint = joining === "," || joining === "(" || isWithout || lexicon.is("conjunctions", joining);
    const isVerb = isWithout || lexicon.verbsOf(next, /^‹?\p{L}+ (?:wird|werden)\b/u.test(rest)).size > 0 || lexicon.verbsApart(spoken(rest)).size > 0 || (joining !== "," && joining !== "(" && forbidsNext(rest, lexicon)); // prettier-ignore
    if (isJoint && isVerb && insideQuotes(text, at.index) === false) cuts.push(at.index);
    joint.lastIndex = at.index + Math.max(1, joining.length);
  }
  return cuts.map((cut, at) => text.slice(cut, cuts[at + 1])).filter((piece) => wordsOf(piece).length > 0);
}

/**
 * "When a subject has none", "wenn keine da ist": what is not the case is a condition, no prohibition. Only where nothing in it says
 * what must be (a modal verb, "never"), and where the words behind it to the next comma or the end are few.
 */
const conditions: { readonly [language: string]: RegExp } = {
  en: /\b(?:if|when|whenever|where|once|because|since|as soon as)\b(?:(?!\b(?:must|may|shall|should|never|can|please|always)\b)[^,.;:]){1,60}?\b(?:has|have|had|is|are|was|were|there's|got) (?:none|nothing|no [a-z]+|nobody|no one|not?|n't)(?: [a-z]+){0,3}(?=\s*(?:[,.;]|$|and\b|or\b))/g,
  fr: /\b(?:quand|lorsque?|lorsqu'|si|s'|des que|parce que?|parce qu')(?=[ ']?)(?:(?!\b(?:doi\w*|peut|peuvent|faut|jamais|veuillez)\b)[^,.;:]){1,50}?\b(?:n'|ne )(?:en |y |l'|lui |les? |la )?(?:a|ont|est|sont|avait|etait|existe|reste|marche|fonctionne|convient|suffit|repond|vient)\b[^,.;:]{0,12}\b(?:pas|plus|aucune?|rien|personne)(?: [\p{L}]+){0,3}(?=\s*(?:[,.;]|$))/gu,
  de: /\b(?:wenn|falls|sobald|weil|sofern|wo)\b(?:(?!\b(?:darf|durfen|soll|sollen|muss|mussen|nie|niemals|bitte)\b)[^,.;:]){0,50}?\b(?:kein\w*|nicht|nichts|niemand)\b(?: (?!darf|soll|muss)[\p{L}]+){0,3} (?:ist|sind|hat|haben|gibt|vorliegt|existiert|besteht|war|waren|bleibt|reicht|passt|antwortet|kommt|geht|funktioniert|stimmt|steht)(?=\s*(?:[,.;]|$|und\b))/gu,
  it: /\b(?:quando|se|qualora|perche|appena)\b(?:(?!\b(?:deve|devono|puo|possono|mai)\b)[^,.;:]){1,50}?\bnon (?:ne |c'|ci |l'|lo |la |li |le |si )?(?:ha|hanno|e|sono|esiste|esistono|era|c'e|funziona|basta|risponde|va|torna|arriva|quadra)\b(?: [\p{L}]+){0,3}(?=\s*(?:[,.;]|$))/gu,
  es: /\b(?:cuando|si|porque|en cuanto)\b(?:(?!\b(?:debe|deben|puede|pueden|nunca|jamas)\b)[^,.;:]){1,50}?\bno (?:la |lo |las |los |le |se )?(?:tienen?|hay|existen?|es|esta|estan|son|ha|han|funciona|basta|responde|llega|cuadra|sirve|va)\b(?: [\p{L}]+){0,3}(?=\s*(?:[,.;]|$))/gu,
};

function withoutConditions(text: string, language: string): string {
  const condition = conditions[language];
  return condition === undefined ? text : text.replace(condition, " ");
}

/** "Reads mail without sending any" forbids to send. Of a thing that is not there ("flights without a stop") it forbids nothing more. */
const without: { readonly [language: string]: RegExp } = {
  en: /^without (?:ever )?\p{L}+ing\b/u,
  fr: /^sans (?:jamais )?(?:(?:l'|les? |la |en |y )?)\p{L}+(?:er|ir|re)\b/u,
  de: /^ohne (?:[\p{L}-]+ ){0,6}(?:zu \p{L}+(?:en|ern|eln)|\p{L}{2,5}zu\p{L}+en)\b/u,
  it: /^senza (?:mai )?\p{L}+(?:[aei]re|rre|[aei]r(?:l[oaie]|ne))\b/u,
  es: /^sin (?:nunca )?\p{L}+[aei]r(?:l[aeo]s?|se)?\b/u,
};

function startsWithout(text: string, { source }: ReadyLexicon): boolean {
  return without[source.language]?.test(text) === true;
}

/** Between a conjunction and a verb that is forbidden: "and never deletes", "et n'en supprime", "y nunca la modifica". */
const adverbs = /^(?:never|jamais|nunca|mai|nie|niemals)$/;
const negating = /^(?:never|not|ne|n|non|no|nunca|jamas|mai|nie|niemals)$/;
const between = /^(?:it|they|must|may|can|shall|should|does|do|is|to|doit|peut|deve|puo|debe|puede|l|la|le|les|lo|li|los|las|en|y|se|s|si|ne|lui)$/; // prettier-ignore

/** A part of a sentence that begins with a negation of its own: what it forbids is not what stands before it. */
function forbidsNext(text: string, lexicon: ReadyLexicon): boolean {
  const words = wordsOf(spoken(text.slice(0, aheadChars)));
  let at = 0;
  let isNegated = false;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!negating.test(word) && !between.test(word)) break;
    isNegated ||= negating.test(word);
  }
  const verb = words[at];
  if (!isNegated || verb === undefined) return false;
  return lexicon.verbsOf(verb).size > 0 || adverbs.test(words[0] ?? "");
}

const aheadChars = 80;
const pieceAheadChars = 240;

function insideQuotes(text: string, at: number): boolean {
  return (text.slice(0, at).match(/"/g)?.length ?? 0) % 2 === 1;
}

function shown(text: string): string {
  const line = spoken(text)
    .replace(/[\s‹›]+/g, " ")
    .trim();
  return line.length > shownCharsMax ? `${line.slice(0, shownCharsMax)}…` : line;
}
