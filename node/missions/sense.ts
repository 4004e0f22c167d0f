/**
 * What one clause says: its verbs by group, its concepts, its literals. Pure.
 *
 * S1. A word that may be a noun too ("mail", "order") is a verb only where a verb can stand.
 * S2. Forms that tell what was license nothing but reading; so does a question.
 * S3. Quoted text has concepts and no verbs.
 * S4. A noun of action is a verb where a light verb stands in the clause, or where the clause begins with it and has no verb
 *     ("Cancellation of orders").
 * S5. What stands behind "for", "when", "who" is no object of the clause, where that has one: `asides`.
 */
import { germanPast, tellsOf } from "./inflection.ts";
import type { ReadyLexicon } from "./lexicon.ts";
import { effectsOf, isTelling } from "./verb.ts";
import type { VerbGroup } from "./verb.ts";
import { englishStem, wordsOf } from "./words.ts";

export interface Sense {
  readonly groups: ReadonlySet<VerbGroup>;
  /** The groups without reading by words that do something too: to answer no mail forbids no reading. */
  readonly deedGroups: ReadonlySet<VerbGroup>;
  readonly concepts: ReadonlySet<string>;
  /** Of the concepts: those that stand beside the object alone ("a folder for every case"). They choose no server, but persons do. */
  readonly asides: ReadonlySet<string>;
  /** Of the concepts: those of a condition alone ("when the patient is ill"). They choose no server. */
  readonly conditions: ReadonlySet<string>;
  /** Of the concepts: those by words alone that stand for either of two ("Nachricht": an e-mail, or a message of a channel). */
  readonly unsure: ReadonlySet<string>;
  /** None of the concepts is an object of the clause: all stand beside ("before each shift"). */
  readonly isBeside: boolean;
  /** What words that mean many things ("room", "case") may be about: counted where the mission speaks of it elsewhere too. */
  readonly hints: ReadonlySet<string>;
  /** Of words that may be things: a tool that is about a word no lexicon has is known by it. */
  readonly stems: ReadonlySet<string>;
  /** Of words that are verbs here and nothing else: "update them" is about no "subscriber updates". */
  readonly deedStems: ReadonlySet<string>;
  readonly isQuestion: boolean;
  /** Mail addresses and account numbers that something is to go to. */
  readonly targets: readonly string[];
  /** Domains of "@example.com". */
  readonly domains: readonly string[];
  readonly cap?: number;
  /** Words that no lexicon line has. */
  readonly unknown: readonly string[];
}

const dates =
  /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}:\d{2}\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{1,2}(?:st|nd|rd|th)?\b|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/;
const iban = /\b[a-z]{2}\d{2}[a-z0-9]{10,30}\b/g;
// Each begins where no part of itself stands before: else a long word is read again from each of its letters.
const mail = /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const domain = /(?:^|[\s*"'(])@([\w-]+(?:\.[\w-]+)+)/g;
/** With its currency, which is no word that matched nothing. */
const amount = /(?<!\w|\d[.,'])\d[\d.,']{0,30}\s?(?:eur|euros?|usd|dollars?|chf|francs?)\b/g;
const url = /\bhttps?:\/\/|\bwww\./;
const fileName = /(?<![\w-])[\w-]+\.(?:txt|docx?|xlsx?|pdf|csv|pptx?|md|json)\b/;
/** "For up to 30 minutes": how long, and no minutes of a meeting. */
const spans = /\b\d+ (?:seconds?|minutes?|min|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tagen?|wochen?|monaten?|jahren?|heures?|jours?|semaines?|mois|secondi|minuti|ore|giorni|settimane|mesi|anni|segundos|minutos|horas?|dias|semanas|meses|anos)\b/g; // prettier-ignore
const money =
  /[$€£]\s?\d|\b\d+\.\d{2}\b(?!\s*(?:uhr|h\b|heures?\b|hours?\b|o'clock|[ap]\.?m\b|[.:]\d))|\b\d+\s?(?:eur|euros?|usd|dollars?|chf|francs?)\b/;
/** Their concept is their object: "email the customer", "refund it". */
const telling = new Set<VerbGroup>(["send", "reply", "pay", "refund", "buy", "schedule", "reschedule", "exchange", "giveback", "compute", "handover", "invite"]); // prettier-ignore
const introducers = new Set("to t and or nor neither may can must will would should shall could not never please also then it you they i we then always only either both rather now may able agent assistant bot clerk desk he she who that which".split(" ")); // prettier-ignore

/** Behind these stands whom or what for, up to the next of the others; or a sentence of its own, up to the end. */
const asideWords: {
  readonly [language: string]: readonly [forWhom: RegExp, ends: RegExp, sentence: RegExp];
} = {
  en: [/^(?:for|before|after|until|during|since|by|via|at)$/, /^(?:from|in|into|on|to|with|and|or|based)$/, /^(?:when(?:ever)?|while|once|if|unless|who(?:m|se)?|that|which|because|where|so)$/], // prettier-ignore
  fr: [/^(?:pour|avant|apres|par|pendant|depuis|jusqu|cas|lors|selon|chez)$/, /^(?:dans|sur|avec|a|au|aux|et|ou)$/, /^(?:quand|lorsqu?e?|si|s|qui|que|qu|dont|afin)$/], // prettier-ignore
  de: [/^(?:fur|vor|nach|per|seit|wahrend|bei|anhand|laut|falle?)$/, /^(?:in|im|ins|mit|von|vom|auf|an|am|und|oder|zu|zur|zum)$/, /^(?:wenn|sobald|falls|damit|weil|sofern|bevor|nachdem|dass|ob|wann|wer|was)$/], // prettier-ignore
  it: [/^(?:per|prima|dopo|tramite|durante|via|entro|caso|presso|secondo)$/, /^(?:in|nel|nella|nei|nelle|con|su|sul|sulla|e|o)$/, /^(?:quando|se|che|chi|qualora|affinche|appena)$/], // prettier-ignore
  es: [/^(?:para|antes|despues|tras|por|durante|caso|hasta|segun|via|mediante)$/, /^(?:en|con|desde|sobre|y|e|o)$/, /^(?:cuando|si|que|quien|cuyo|porque)$/], // prettier-ignore
};

/** "No exports" forbids to export. */
const noneOf = /^(?:no|aucune?|keine?[nrms]?|nessun[oa]?|ningun[oa]?)$/;

const modals = new Set("must may can cannot should shall will would is are was were".split(" "));

export function readSense(text: string, lexicon: ReadyLexicon): Sense {
  const quoted = [...text.matchAll(/"([^"]*)"|(?<![\p{L}\d])'([^']*)'(?![\p{L}\d])/gu)];
  const bare = quoted.reduce((rest, [each]) => rest.replace(each, " "), text);
  const plain = bare.replace(mail, " ").replace(iban, " ").replace(spans, " ");
  const words = wordsOf(plain);
  // "When unsure never send" forbids to send. "Do not forget" is no question; "how much" is one with or without its mark.
  const isQuestion = lexicon.is("questions", words[0] ?? "") && (text.includes("?") || (/^(?:wh|how)/.test(words[0] ?? "") && !lexicon.source.negations.test(text))); // prettier-ignore
  const groups = new Set<VerbGroup>();
  const deedGroups = new Set<VerbGroup>();
  const hints = new Set<string>();
  const literal = literalConcepts(text);
  const things: Things = { concepts: new Set(literal), direct: new Set(), near: new Set(), beside: "no" };
  const either = new Set<string>();
  const sure = new Set<string>();
  const [forWhom, ends] = asideWords[lexicon.source.language] ?? [];
  let isAfter = false;
  let isBehind = true;
  const verbs = allVerbs(plain, words, lexicon);
  if (!isQuestion && asideWords[lexicon.source.language]?.[2].test(words[0] ?? "") === true)
    things.beside = "sentence";
  const isBare = verbs.every(({ size }) => size === 0);
  const hasLight = words.some((word) => lexicon.is("light", word) || lexicon.is("light", englishStem(word)));
  const subject = subjectOf(words, verbs, lexicon);
  for (const [at, word] of words.entries()) {
    const found = verbs[at] ?? new Set<VerbGroup>();
    const isDeed = hasLight || (isBare && at < 2) || noneOf.test(words[at - 1] ?? "");
    const nouns = isDeed ? lexicon.nouns.find(word) : new Set<VerbGroup>();
    const own = [...found, ...nouns].filter((group) => !isQuestion || group === "read");
    for (const group of own) {
      groups.add(group);
      if (group !== "read" || own.every((each) => effectsOf(each).every((effect) => effect === "read"))) deedGroups.add(group); // prettier-ignore
    }
    const isVerbOnly = found.size > 0 && ![...found].some((group) => telling.has(group));
    // To schedule a visit is no standing order; "scheduled payments" are.
    const isPlain = isVerbOnly || (found.size > 0 && /^schedules?$/.test(word));
    const about = isPlain ? new Set<string>() : lexicon.conceptsOf(word);
    addThings(things, word, at === subject ? new Set<string>() : about, lexicon);
    isAfter = forWhom?.test(word) === true || (isAfter && ends?.test(word) !== true);
    isBehind &&= about.size === 0 || isAfter;
    const isEither = pairs.some((pair) => pair.every((concept) => about.has(concept)));
    for (const concept of about) (isEither && paired.has(concept) ? either : sure).add(concept);
    const isOfEach = everyOne.test(words[at - 1] ?? "");
    if (about.size === 0 && !isVerbOnly && !isOfEach)
      for (const hint of lexicon.hints.find(word)) hints.add(hint);
  }
  const { concepts, direct, near } = things;
  if (!sure.has("payment") && isCost(concepts, literal, groups)) concepts.delete("payment");
  const beside = [...concepts].filter((concept) => !direct.has(concept) && !literal.has(concept));
  for (const [, double = "", single = ""] of quoted)
    if (double.length + single.length < quotedCharsMax)
      for (const word of wordsOf(double + single)) for (const concept of lexicon.conceptsOf(word)) concepts.add(concept); // prettier-ignore
  const cap = capOf(text, lexicon);
  return {
    groups,
    deedGroups,
    concepts,
    // "By e-mail" is how somebody is told, and by what somebody is found.
    asides: new Set([...groups].some(isTelling) || (direct.size === 0 && near.size > 0) ? [] : beside),
    conditions: new Set([...deedGroups].every((group) => group === "read") ? beside.filter((concept) => !near.has(concept)) : []), // prettier-ignore
    unsure: new Set([...either].filter((concept) => !sure.has(concept))),
    isBeside: concepts.size > 0 && isBehind && literal.size === 0,
    hints,
    ...stemsOf(words, verbs, lexicon),
    isQuestion,
    targets: targetsOf(text),
    domains: [...text.matchAll(domain)].map(([, name = ""]) => name),
    ...(cap === undefined ? {} : { cap }),
    unknown: unknownOf(text, words, verbs, lexicon),
  };
}

/** "Pause a campaign that costs more than 4 euros": what something costs is no payment, where nobody pays. */
function isCost(
  concepts: ReadonlySet<string>,
  literal: ReadonlySet<string>,
  groups: ReadonlySet<VerbGroup>,
): boolean {
  const isPaid = [...groups].some((group) => effectsOf(group).includes("pay"));
  return literal.has("payment") && !literal.has("transaction") && !isPaid && [...concepts].some((concept) => !literal.has(concept)); // prettier-ignore
}

/** "One for every case": that is for what, and no thing by itself. */
const everyOne = /^(?:every|each|chaque|cada|ogni|jede[nrsm]?)$/;

/** Not what bounds an argument: that is a constraint. */
function unknownOf(
  text: string,
  words: readonly string[],
  verbs: readonly ReadonlySet<VerbGroup>[],
  lexicon: ReadyLexicon,
): readonly string[] {
  const literals = [domain, amount].flatMap((each) => [...text.matchAll(each)]);
  const bounding = new Set(literals.flatMap(([literal]) => wordsOf(literal)));
  const isKnown = (word: string, at: number): boolean => verbs[at]?.size !== 0 || lexicon.knows(word) || bounding.has(word); // prettier-ignore
  return words.filter((word, at) => word.length > 2 && /\p{L}/u.test(word) && !isKnown(word, at));
}

function stemsOf(
  words: readonly string[],
  verbs: readonly ReadonlySet<VerbGroup>[],
  lexicon: ReadyLexicon,
): Pick<Sense, "stems" | "deedStems"> {
  const isThing = (word: string): boolean => lexicon.conceptsOf(word).size > 0 || lexicon.hints.find(word).size > 0; // prettier-ignore
  const isDeed = (word: string, at: number): boolean => (verbs[at]?.size ?? 0) > 0 && !isThing(word);
  const all = (is: boolean): readonly string[] => words.filter((word, at) => !lexicon.is("common", word) && isDeed(word, at) === is); // prettier-ignore
  const named = all(false);
  // "Schicht" speaks of what tools call a shift.
  const heads = named.flatMap((word) => lexicon.headOf(word) ?? []);
  return { stems: new Set([...named, ...heads].map(englishStem)), deedStems: new Set(all(true).map(englishStem)) }; // prettier-ignore
}

const quotedCharsMax = 25;

/** Things that have one word in some languages; which is meant is said elsewhere (compile.ts). */
export const pairs = [
  ["email", "message"],
  ["issue", "ticket"],
] as const;
const paired = new Set<string>(pairs.flat());

interface Things {
  readonly concepts: Set<string>;
  readonly direct: Set<string>;
  /** What stands in no condition. */
  readonly near: Set<string>;
  /** What comes now stands beside the object: to the next preposition, or to the end. */
  beside: "no" | "phrase" | "sentence";
}

const callers = new Set(["employee", "user", "customer", "contact", "participant", "human"]);

/** "Staff ask what an order contains": who asks is no thing that is asked for. @returns its place in the words, or -1 */
function subjectOf(
  words: readonly string[],
  verbs: readonly ReadonlySet<VerbGroup>[],
  lexicon: ReadyLexicon,
): number {
  const at = lexicon.is("determiners", words[0] ?? "") ? 1 : 0;
  const next = words[at + 1] ?? "";
  const about = [...lexicon.conceptsOf(words[at] ?? "")];
  const isCaller =
    about.length > 0 && about.every((concept) => callers.has(concept)) && (verbs[at]?.size ?? 0) === 0;
  const isAsking = (verbs[at + 1]?.size ?? 0) > 0 && lexicon.conceptsOf(next).size === 0;
  return isCaller && isAsking ? at : -1;
}

function addThings(things: Things, word: string, about: ReadonlySet<string>, lexicon: ReadyLexicon): void {
  const [forWhom, ends, sentence] = asideWords[lexicon.source.language] ?? [];
  const isFirst = things.direct.size === 0;
  // "Legt für jedes Ticket einen Ordner an": in German whom it is for may come first.
  if (isFirst && lexicon.source.language === "de" && things.beside !== "sentence") {
    if (forWhom?.test(word) === true) things.beside = "phrase";
    else if (things.near.size > 0 && /^(?:ein|eine|einen|den|die|das)$/.test(word)) things.beside = "no";
  }
  if (!isFirst && things.beside !== "sentence") {
    if (sentence?.test(word) === true) things.beside = "sentence";
    else if (forWhom?.test(word) === true) things.beside = "phrase";
    else if (ends?.test(word) === true) things.beside = "no";
  }
  for (const concept of about) {
    things.concepts.add(concept);
    if (things.beside === "no") things.direct.add(concept);
    if (things.beside !== "sentence") things.near.add(concept);
  }
}

/** Of each word the verbs that it is. */
function allVerbs(
  plain: string,
  words: readonly string[],
  lexicon: ReadyLexicon,
): readonly ReadonlySet<VerbGroup>[] {
  const places = lexicon.source.language === "de" ? [...plain.matchAll(/\p{L}+|\d+(?:[.,]\d+)*/gu)] : [];
  return words.map((_, at) => {
    const apart = lexicon.verbsApart(plain.slice(places[at]?.index));
    return apart.size > 0 ? apart : verbsAt(words, at, lexicon);
  });
}

function verbsAt(words: readonly string[], at: number, lexicon: ReadyLexicon): ReadonlySet<VerbGroup> {
  const word = words[at] ?? "";
  const before = words[at - 1] ?? "";
  const none = new Set<VerbGroup>();
  const isToBeDone = lexicon.source.language === "de" && words.some((each) => /^(?:werden|wird)$/.test(each));
  const found = lexicon.verbsOf(word, isToBeDone);
  const isNoun = [lexicon.concepts, lexicon.hints, lexicon.nouns].some((terms) => terms.find(word).size > 0);
  // Articles are pronouns too in some languages ("il les modifie").
  const isNamed = lexicon.is("determiners", before) && (isNoun || lexicon.source.language === "en");
  if (found.size === 0 || isNamed || isRatherThing(word, lexicon)) return none;
  // "Somebody who has seen it" asks for nothing; "who is on duty" does.
  if (word === "who" && at > 0 && lexicon.source.language === "en") return none;
  if (/^gets?$/.test(word) && /(?:ed|en|wn|nt)$/.test(words[at + 1] ?? "") && lexicon.source.language === "en") return none; // prettier-ignore
  const isPassive = lexicon.is("passive", before) || isToDo(words, at, lexicon);
  if ((isPast(word, lexicon) || isToldOf(words, at, lexicon)) && !isPassive) return none;
  if (lexicon.source.language !== "en" || isPassive) return found;
  // "Schedule study visits": what stands right behind a verb is what it is done to.
  if (at > 0 && !introducers.has(before) && !lexicon.is("common", before) && lexicon.verbsOf(before).size > 0 && lexicon.concepts.find(before).size === 0) return none; // prettier-ignore
  // "Orders must be kept": of things, not what is to be done.
  if (isNoun && (word.endsWith("s") || at === 0) && !word.endsWith("ing") && modals.has(words[at + 1] ?? ""))
    return none;
  const mayStand =
    at === 0 ||
    (at === 1 && /^\d+$/.test(before)) ||
    introducers.has(before) ||
    before.endsWith("ly") ||
    isDoneBySomebody(words, at, lexicon);
  return isNoun && !mayStand ? none : found;
}

const nounEnding = /(?:ance|ence|ment|tion|sion|anza|enza|mento|zione|sione|ancia|encia|miento|cion)s?$/;

/** "Ordonnance" begins as a verb does, and ends as a thing does that is known. */
function isRatherThing(word: string, { concepts, source }: ReadyLexicon): boolean {
  return source.language !== "en" && source.language !== "de" && nounEnding.test(word) && concepts.find(word).size > 0; // prettier-ignore
}

/** "The registrar updates the records" says what is done; of "the orders the shop has are listed" the first verb is a noun. */
function isDoneBySomebody(words: readonly string[], at: number, lexicon: ReadyLexicon): boolean {
  const [first = "", subject = ""] = words;
  return (
    at === 2 &&
    lexicon.is("determiners", first) &&
    !lexicon.is("common", subject) &&
    lexicon.verbsOf(subject, false).size === 0 &&
    (words[at] ?? "").endsWith("s") &&
    lexicon.is("determiners", words[at + 1] ?? "") &&
    !words.slice(at + 1).some((word) => modals.has(word))
  );
}

/** "Appointments are cancelled on request" says what is done; "appointments that are cancelled" says which. */
const done = /^(?:is|are|gets?|being)$/;
const relative = /^(?:that|which|who|whose|what|when|if|once|where|because|already|been|was|were|how)$/;

function isToDo(words: readonly string[], at: number, { source }: ReadyLexicon): boolean {
  if (source.language !== "en") return false;
  const near = /^(?:\w+ly|then|also|always|ever|never|not|neither|nor)$/.test(words[at - 1] ?? "")
    ? at - 2
    : at - 1;
  return (
    done.test(words[near] ?? "") &&
    near > 0 &&
    !words.slice(Math.max(0, near - 3), near).some((word) => relative.test(word))
  );
}

function isPast(word: string, lexicon: ReadyLexicon): boolean {
  return (
    lexicon.is("past", word) || (lexicon.source.language === "en" && word.length > 4 && word.endsWith("ed"))
  );
}

/** "Borrar entradas publicadas", "löscht veröffentlichte Beiträge": what was done with a thing, beside a verb for what is done. */
function isToldOf(words: readonly string[], at: number, lexicon: ReadyLexicon): boolean {
  const { language } = lexicon.source;
  const isForm = (place: number): boolean => {
    const [word = "", thing = ""] = [words[place], words[place - 1]];
    if (language === "de") return [...lexicon.verbsOf(germanPast(word) ?? "")].some((group) => lexicon.verbsOf(word).has(group)); // prettier-ignore
    return (lexicon.conceptsOf(thing).size > 0 || lexicon.hints.find(thing).size > 0) && tellsOf(word, thing, language); // prettier-ignore
  };
  return isForm(at) && words.some((word, place) => place !== at && !isForm(place) && lexicon.verbsOf(word).size > 0); // prettier-ignore
}

function literalConcepts(text: string): Set<string> {
  const concepts = new Set<string>();
  if (dates.test(text)) concepts.add("calendar");
  if (text.match(iban) !== null) concepts.add("payment").add("transaction");
  if (text.match(mail) !== null) concepts.add("contact");
  if (url.test(text)) concepts.add("web");
  if (fileName.test(text)) concepts.add("file");
  if (money.test(text)) concepts.add("payment");
  return concepts;
}

/** What follows "to": not the sender that a text came from. */
function targetsOf(text: string): readonly string[] {
  const to =
    /\b(?:to|an|a|al|alla|with|recipient is|account)\s+(?:the account\s+|account\s+)?["']?([\w.+-]+@[\w-]+(?:\.[\w-]+)+|[a-z]{2}\d{2}[a-z0-9]{10,30})/g;
  return [...text.matchAll(to)].map(([, target = ""]) => target.replace(/[.]$/, ""));
}

function capOf(text: string, { source }: ReadyLexicon): number | undefined {
  const [, digits] = source.caps.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const plain = digits
    .replace(/[.,'](?=\d{3}\b)/g, "")
    .replace(",", ".")
    .replace(/[.']$/, "");
  const value = Number(plain);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
