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
import { isNoOrder, isOfAmount, isOfAuthority, withoutNobody } from "./authority.ts";
import { unknownDeeds } from "./deed.ts";
import type { ReadyLexicon, Section } from "./lexicon.ts";
import { lexicons } from "./lexicons.ts";
import { linesOf, sentencesOf } from "./lines.ts";
import type { Line } from "./lines.ts";
import {
  isDoneByOthers,
  isNegation,
  parted,
  saysWhen,
  startsWithout,
  withoutConditions,
  withoutHarmless,
} from "./negation.ts";
import { neighbourOf } from "./neighbours.ts";
import { asVerbs, pieces, spoken, withPhrases } from "./pieces.ts";
import { asWritten } from "./quote.ts";
import { readSense } from "./sense.ts";
import type { Sense } from "./sense.ts";
import type { VerbGroup } from "./verb.ts";
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
  /** Of the concepts: those by words that mean many things alone, which nothing else of the mission names. */
  readonly guessed?: ReadonlySet<string>;
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
  const neighbour = neighbourOf(text, language);
  if (neighbour !== undefined)
    return nothing(
      `The mission looks like ${neighbour}, which no lexicon has. Write it in ${lexicons.map(({ source }) => source.language).join(", ")}.`,
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
  if (best === undefined || best.known < Math.max(1, letters.length * 0.2)) return undefined;
  return best.known < letters.length * 0.5 && isStrange(words, best.lexicon) ? undefined : best.lexicon;
}

/** Short words are those that a language has in every sentence: who does not know them does not know it, whatever longer words look alike. */
function isStrange(words: readonly string[], lexicon: ReadyLexicon): boolean {
  const short = words.filter((word) => /^\p{L}{1,3}$/u.test(word));
  return short.length >= 3 && short.filter((word) => !lexicon.knows(word)).length >= short.length * 0.4;
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
  for (const { text, section, topic, isHeading } of withAnswers(
    lines.flatMap((line) => sentencesOf(line, main)),
  )) {
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
    if (section !== "mustNot" && isNoOrder(fold(text), lexicon)) continue;
    // Who may give orders, and how often, is no thing that tools are about.
    const isOpen = section !== "mustNot" && section !== "sources";
    const isOfOrders = isOpen && isOfAuthority(fold(text), lexicon.source.language);
    const said = isOfOrders ? withoutNobody(text, lexicon) : text;
    const read = sentenceClauses(said, isOfOrders || (isOpen && isOfAmount(fold(text))) ? "limits" : section, sentence, lexicon); // prettier-ignore
    const found = underTopic(isHeading === true ? read : read.map((clause) => asOrder(clause, lexicon)), topic, lexicon); // prettier-ignore
    clauses.push(...found);
    for (const clause of found) for (const word of clause.unknown) unmatched.add(word);
  }
  return {
    clauses: withTitle(clauses),
    questions,
    unmatched: [...unmatched].slice(0, limits.missionUnmatchedMax),
    doubts,
  };
}

const no = /^\W*(?:no|nope|never|non|nein|niemals|jamais|nunca)(?!\p{L})/iu;

/** "Cancel orders? No.": what is asked is forbidden. */
function withAnswers(sentences: readonly Line[]): readonly Line[] {
  return sentences.map((line, at) => {
    const isRefused = /\?\s*$/.test(line.text) && no.test(sentences[at + 1]?.text ?? "");
    return isRefused ? { ...line, section: "mustNot" } : line;
  });
}

/**
 * "Event agency.", "Works for a hostel." say who somebody is, and not what he may read: what they name counts where the rest speaks of it
 * too.
 */
function withTitle(clauses: readonly Clause[]): readonly Clause[] {
  const bare = clauses.map((clause) => {
    const isOwn = clause.sentence === 1 && !clause.isNegative && ownTrade.test(fold(clause.text));
    return { ...clause, groups: isOwn ? new Set<VerbGroup>() : without(clause.groups, "serve"), isRole: isOwn || (clause.groups.size === 1 && clause.groups.has("serve")) }; // prettier-ignore
  });
  const deeds = bare.reduce((sum, { groups, isNegative }) => sum + (isNegative ? 0 : groups.size), 0);
  const isTitle = ({ sentence, groups, isNegative, isRole }: (typeof bare)[number]): boolean => !isNegative && groups.size === 0 && (isRole || sentence === 1); // prettier-ignore
  return bare.map(({ isRole, ...clause }) => {
    if (deeds < titledDeedsMin || !isTitle({ ...clause, isRole })) return clause;
    return { ...clause, concepts: new Set<string>(), hints: new Set([...clause.concepts, ...clause.hints]) };
  });
}

/** "I run a bakery", "gestisco una palestra": what its author does, and not what the agent is to do. */
const ownTrade =
  /^\W*(?:(?:hi|hello|bonjour|ciao|hola|hallo)\W+)?(?:(?:i|we) (?:am|are|run|own|manage|have|lead|teach|work|organi[sz]e|sell)|i'm|we're|(?:je|nous) (?:suis|sommes|gere|gerons|dirige|tiens|tenons|travaille|travaillons|m'occupe|organise|vends)|j'(?:ai|organise)|ich (?:bin|habe|fuhre|leite|betreibe|arbeite|organisiere|verkaufe)|wir (?:sind|haben|fuhren|leiten|betreiben)|(?:sono|siamo|ho|abbiamo|gestisco|gestiamo|dirigo|lavoro|mi occupo|organizzo|vendo|faccio)|(?:soy|somos|tengo|tenemos|llevo|llevamos|dirijo|gestiono|trabajo|organizo|regento|vendo))(?!\p{L})/u; // prettier-ignore

function without<Name>(names: ReadonlySet<Name>, name: Name): ReadonlySet<Name> {
  return new Set([...names].filter((each) => each !== name));
}

/** A mission of fewer deeds may name what is to be read, and nothing more. */
const titledDeedsMin = 2;

/** To whom, and where, something goes. */
const places: { readonly [language: string]: readonly [toWhom: RegExp, where: RegExp] } = {
  en: [/^to$/, /^(?:on|in)$/],
  fr: [/^(?:a|au|aux)$/, /^(?:sur|dans)$/],
  de: [/^(?:an|ans)$/, /^(?:zu|zum|zur|in|im)$/],
  it: [/^(?:a|al|alla|alle|ai|agli|allo)$/, /^(?:sul|sulla|sui|nel|nella|nei)$/],
  es: [/^(?:a|al)$/, /^en$/],
};

/** "Reminder e-mail to late payers", "a comment on the ticket": what is sent or left, with no verb, and where it goes. */
function asOrder(clause: Clause, lexicon: ReadyLexicon): Clause {
  const [toWhom, where] = places[lexicon.source.language] ?? [];
  if (clause.groups.size > 0 || clause.isNegative || toWhom === undefined || where === undefined)
    return clause;
  const words = wordsOf(fold(clause.text));
  const at = words.findIndex((word) => told.some((thing) => lexicon.conceptsOf(word).has(thing)));
  if (at < 0 || at > toldWordsMax) return clause;
  const about = lexicon.conceptsOf(words[at] ?? "");
  const goes = words.slice(at + 1, at + 3).find((word, place) => place + at + 2 < words.length && (toWhom.test(word) || (where.test(word) && !about.has("email")))); // prettier-ignore
  return goes === undefined
    ? clause
    : { ...clause, groups: new Set<VerbGroup>([about.has("comment") ? "add" : "send"]) };
}

const told = ["email", "message", "comment"];

/** Words before it, at most: it is what the clause is about. */
const toldWordsMax = 2;

/** "Emails:" over "- read", "- answer": what a list is about, where a line of it names no thing. What forbids is not made narrower so. */
function underTopic(clauses: readonly Clause[], topic: string, lexicon: ReadyLexicon): readonly Clause[] {
  if (topic === "" || clauses.some(({ concepts, hints, isBeside }) => (isBeside ? 0 : concepts.size) + hints.size > 0)) return clauses; // prettier-ignore
  const { concepts, stems } = readSense(fold(topic), lexicon);
  if ([...concepts].every((concept) => concept === "date")) return clauses;
  return clauses.map((clause) => clause.isNegative || clause.groups.size === 0 ? clause : { ...clause, concepts, stems: new Set([...clause.stems, ...stems]) }); // prettier-ignore
}

function understand(
  text: string,
  main: ReadyLexicon,
): { readonly lexicon: ReadyLexicon; readonly fault?: string; readonly isWidening?: true } {
  const folded = fold(text);
  const words = wordsOf(withoutQuotes(folded));
  const own = words.length < 5 ? main : (languageOf(words) ?? main);
  // One short word that two languages have ("per", "die") makes no sentence one of the other.
  const isOther =
    own !== main && count(words, own) > count(words, main) && known(words, own) > known(words, main);
  const lexicon = isOther ? own : main;
  if (lexicons.some(({ source }) => source.widening.test(folded)) && !isNegation(folded, lexicon))
    return { lexicon, fault: "This asks for everything, which no mission can", isWidening: true };
  const letters = words.filter((word) => /^\p{L}{3,}/u.test(word));
  // No lexicon could know a negation in it.
  if (letters.length > 0 && words.every((word) => !/\p{Script=Latin}/u.test(word)))
    return { lexicon, fault: "This is in letters that no lexicon has" };
  const neighbour = neighbourOf(withoutQuotes(text), lexicon);
  if (neighbour !== undefined)
    return { lexicon, fault: `This looks like ${neighbour}, which no lexicon has` };
  // "Les courriels non lus" forbids nothing.
  const bare = wordsOf(withoutHarmless(withoutQuotes(folded), lexicon));
  const foreign = bare.find((word) => foreignNegations.test(word) && !lexicon.knows(word));
  if (foreign !== undefined && !isNegation(folded, lexicon) && !lexicon.source.forbids.test(folded))
    return { lexicon, fault: `"${foreign}" may forbid something in another language` };
  if (letters.length >= 6 && letters.filter((word) => lexicon.knows(word)).length < letters.length * 0.2)
    return { lexicon, fault: "This was not understood" };
  return { lexicon };
}

function count(words: readonly string[], lexicon: ReadyLexicon): number {
  return words.filter((word) => lexicon.is("common", word)).length;
}

function known(words: readonly string[], lexicon: ReadyLexicon): number {
  return words.filter((word) => lexicon.knows(word)).length;
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
  for (const plain of whole.split(source.but).flatMap((each) => parted(each, lexicon))) {
    const part = withPhrases(plain, lexicon);
    const bare = withoutConditions(withoutHarmless(part, lexicon), lexicon);
    const isOthers = isDoneByOthers(bare, lexicon);
    let isNegative = section === "mustNot" || source.forbids.test(bare);
    const own: Clause[] = [];
    for (const piece of pieces(part, lexicon)) {
      // "Only the lead gives orders and deletes tickets": to give orders is no deed of tools.
      isNegative ||= isOthers && !isOfAuthority(spoken(piece), source.language);
      isNegative ||= startsWithout(piece, lexicon) || source.negations.test(withoutConditions(withoutHarmless(spoken(piece), lexicon), lexicon)); // prettier-ignore
      const sense = readSense(asVerbs(piece), lexicon);
      const written = asWritten(text, spoken(piece)) ?? piece;
      if (section !== "mustNot" && isNoOrder(piece, lexicon)) continue;
      // What forbids is no word that matched nothing.
      const unknown = sense.unknown.filter((word) => !source.negations.test(word) && !source.sections.mustNot.test(word)); // prettier-ignore
      own.push({
        ...sense,
        // What forbids does so by all that it may be about.
        ...(isNegative ? { concepts: new Set([...sense.concepts, ...sense.hints]), groups: without(forbiddenDeeds(sense.deedGroups, piece, lexicon), "serve") } : {}), // prettier-ignore
        unknown,
        text: shown(written),
        deeds: isNegative
          ? unknownDeeds(withoutQuotes(written), unknown, section === "mustNot", lexicon)
          : [],
        section,
        sentence,
        language: source.language,
        isNegative,
        isReadOnly: source.readOnly.test(whole),
        isQualified: source.exceptions.test(spoken(piece)) || sense.cap !== undefined,
      });
    }
    const isWhen = saysWhen(plain, lexicon) && !own.some((clause) => clause.isNegative);
    clauses.push(...withSharedObjects(isWhen ? own.map(onlyWhen) : own, lexicon));
  }
  return withTopic(clauses);
}

/** "Payments are reserved for the treasurer": to pay is, whatever else "reserved" may mean. Without any verb all that may be done is. */
function forbiddenDeeds(said: ReadonlySet<VerbGroup>, piece: string, lexicon: ReadyLexicon): ReadonlySet<VerbGroup> {
  if (said.size === 0) return said;
  const at = lexicon.source.forbids.exec(piece)?.index ?? 0;
  return new Set([...said, ...wordsOf(piece.slice(0, at)).flatMap((word) => [...lexicon.nouns.find(word)])]);
} // prettier-ignore

/** A condition says when, and is about nothing that is to be done. */
function onlyWhen(clause: Clause): Clause {
  return { ...clause, groups: new Set(), concepts: new Set(), stems: new Set(), hints: new Set([...clause.concepts, ...clause.hints]) }; // prettier-ignore
}

/** Where one thing is spoken of, and the verb has a pronoun for it. */
const itself = /(?<!\p{L})(?:it|them|l[aeo]s?|li|gli|l')(?!\p{L})/u;

/** "The medical record, though, never change it": what a sentence begins with is what its prohibition is about. */
function withTopic(clauses: readonly Clause[]): readonly Clause[] {
  const [topic] = clauses;
  if (topic === undefined || topic.isNegative || topic.groups.size > 0 || topic.concepts.size === 0) return clauses; // prettier-ignore
  return clauses.map((clause, at) => {
    const isOfIt = at === 1 && clause.isNegative && clause.groups.size > 0 && clause.concepts.size === 0 && itself.test(fold(clause.text)); // prettier-ignore
    return isOfIt ? { ...clause, concepts: topic.concepts, stems: topic.stems } : clause;
  });
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
    const isShared = isBare && clause.isNegative && near?.isNegative === true && near.concepts.size > 0 && later !== undefined && (goesOn.test(fold(later.text)) || !isNegation(fold(later.text), lexicon)); // prettier-ignore
    shared.push(isShared ? { ...clause, concepts: near.concepts, stems: near.stems } : clause);
  }
  return isBehind ? shared : shared.toReversed();
}

/** "No abre ni fusiona una rama": what is joined so has the object of the other. */
const goesOn = /^\W*(?:ni|ne'|nor|or|ou|oder|noch|o)(?!\p{L})/u;

function shown(text: string): string {
  const line = spoken(text)
    .replace(/[\s‹›]+/g, " ")
    .trim();
  return line.length > shownCharsMax ? `${line.slice(0, shownCharsMax)}…` : line;
}
