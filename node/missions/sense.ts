/**
 * What one clause says: its verbs by group, its concepts, its literals. Pure.
 *
 * S1. A word that may be a noun too ("mail", "order") is a verb only where a verb can stand.
 * S2. Forms that tell what was license nothing but reading; so does a question.
 * S3. Quoted text has concepts and no verbs.
 */
import type { ReadyLexicon } from "./lexicon.ts";
import type { VerbGroup } from "./verb.ts";
import { englishStem, wordsOf } from "./words.ts";

export interface Sense {
  readonly groups: ReadonlySet<VerbGroup>;
  readonly concepts: ReadonlySet<string>;
  readonly stems: ReadonlySet<string>;
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
const url = /\bhttps?:\/\/|\bwww\./;
const fileName = /(?<![\w-])[\w-]+\.(?:txt|docx?|xlsx?|pdf|csv|pptx?|md|json)\b/;
const money = /[$€£]\s?\d|\b\d+\.\d{2}\b|\b\d+\s?(?:eur|euros?|usd|dollars?|chf|francs?)\b/;
/** Their concept is their object: "email the customer", "refund it". */
const telling = new Set<VerbGroup>(["send", "reply", "pay", "refund", "buy", "book", "schedule", "reschedule", "exchange", "giveback", "compute", "handover", "invite"]); // prettier-ignore
const introducers = new Set("to and or may can must will would should shall could not never please also then it you they i we then always only may able agent assistant bot clerk desk he she who that which".split(" ")); // prettier-ignore

const modals = new Set("must may can cannot should shall will would is are was were".split(" "));

export function readSense(text: string, lexicon: ReadyLexicon): Sense {
  const quoted = [...text.matchAll(/"([^"]*)"|(?<![\p{L}\d])'([^']*)'(?![\p{L}\d])/gu)];
  const bare = quoted.reduce((rest, [each]) => rest.replace(each, " "), text);
  const words = wordsOf(bare.replace(mail, " ").replace(iban, " "));
  // "When unsure never send" forbids to send. "Do not forget" is no question; "how much" is one with or without its mark.
  const isQuestion = lexicon.is("questions", words[0] ?? "") && (text.includes("?") || (/^(?:wh|how)/.test(words[0] ?? "") && !lexicon.source.negations.test(text))); // prettier-ignore
  const groups = new Set<VerbGroup>();
  const concepts = literalConcepts(text);
  const unknown: string[] = [];
  const hasLight = words.some((word) => lexicon.is("light", word) || lexicon.is("light", englishStem(word)));
  for (const [at, word] of words.entries()) {
    const found = verbsAt(words, at, lexicon);
    const nouns = hasLight ? lexicon.nouns.find(word) : new Set<VerbGroup>();
    for (const group of [...found, ...nouns]) if (!isQuestion || group === "read") groups.add(group);
    const isVerbOnly = found.size > 0 && ![...found].some((group) => telling.has(group));
    for (const concept of isVerbOnly ? [] : lexicon.conceptsOf(word)) concepts.add(concept);
    if (found.size === 0 && !lexicon.knows(word) && word.length > 2 && /\p{L}/u.test(word))
      unknown.push(word);
  }
  for (const [, double = "", single = ""] of quoted)
    if (double.length + single.length < quotedCharsMax)
      for (const word of wordsOf(double + single)) for (const concept of lexicon.conceptsOf(word)) concepts.add(concept); // prettier-ignore
  const cap = capOf(text, lexicon);
  return {
    groups,
    concepts,
    stems: new Set(words.filter((word) => !lexicon.is("common", word)).map(englishStem)),
    isQuestion,
    targets: targetsOf(text),
    domains: [...text.matchAll(domain)].map(([, name = ""]) => name),
    ...(cap === undefined ? {} : { cap }),
    unknown,
  };
}

const quotedCharsMax = 25;

function verbsAt(words: readonly string[], at: number, lexicon: ReadyLexicon): ReadonlySet<VerbGroup> {
  const word = words[at] ?? "";
  const before = words[at - 1] ?? "";
  const none = new Set<VerbGroup>();
  const isToBeDone = lexicon.source.language === "de" && words.some((each) => /^(?:werden|wird)$/.test(each));
  const found = lexicon.verbsOf(word, isToBeDone);
  const isNoun = lexicon.concepts.find(word).size > 0 || lexicon.nouns.find(word).size > 0;
  // Articles are pronouns too in some languages ("il les modifie").
  const isNamed = lexicon.is("determiners", before) && (isNoun || lexicon.source.language === "en");
  if (found.size === 0 || isNamed) return none;
  const isPassive = lexicon.is("passive", before);
  if (isPast(word, lexicon) && !isPassive) return none;
  if (lexicon.source.language !== "en" || isPassive) return found;
  // "Orders must be kept": of things, not what is to be done.
  if (isNoun && word.endsWith("s") && modals.has(words[at + 1] ?? "")) return none;
  const mayStand = at === 0 || introducers.has(before) || before.endsWith("ly");
  return isNoun && !mayStand ? none : found;
}

function isPast(word: string, lexicon: ReadyLexicon): boolean {
  return (
    lexicon.is("past", word) || (lexicon.source.language === "en" && word.length > 4 && word.endsWith("ed"))
  );
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
