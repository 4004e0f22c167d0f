/**
 * The effect class of a tool, from its name, description and schema (docs/missions.md). Pure.
 *
 * Owns: which words of a tool's definition make it a read, a create, an update … Does not own what a mission licenses.
 *
 * F1. Where two signs disagree the stricter class counts. `unknown` is the strictest: it is a write that nothing licenses.
 * F2. What a server claims in annotations only makes stricter; so does a declared type.
 * F3. A description makes a name without a verb a read only when none of its words, and nothing of the schema, is a write.
 * F4. A description that speaks to whoever reads it ("ignore", "always call", "grant") makes the tool unknown.
 */
import type { EffectClass, VerbGroup } from "./verb.ts";
import { firstEffect, isVerbGroup } from "./verb.ts";
import { toolVerbs } from "./toolverbs.data.ts";
import { englishStem, fold, nameWords, wordsOf } from "./words.ts";

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** Names of its arguments. */
  readonly parameters: readonly string[];
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  /** READ or WRITE, where a catalogue declares one. */
  readonly declared?: string;
}

export interface Effect {
  readonly effect: EffectClass;
  /** The group of the verb in its name; undefined when no word of it is a verb. */
  readonly group?: VerbGroup;
  /** Place of the verb in the name's words. */
  readonly at?: number;
  /** Why it is unknown or stricter than its name. */
  readonly note?: string;
}

const strictness: readonly EffectClass[] = [
  "read", "create", "update", "send", "delete", "pay", "permission", "execute", "unknown",
]; // prettier-ignore

const verbs: ReadonlyMap<string, VerbGroup> = new Map(
  Object.entries(toolVerbs).flatMap(([group, line]) =>
    isVerbGroup(group) ? line.split(" ").map((word) => [englishStem(word), group] as const) : [],
  ),
);
const nouns = new Set(["email", "mail", "message", "text", "order", "post", "comment", "label", "tag", "plan", "schedule", "draft", "copy", "store", "book", "list"]); // prettier-ignore
const moneyWords = new Set(["money", "payment", "transaction", "fund", "invoic", "bill", "transfer", "refund", "iban"]); // prettier-ignore
const freeForm = new Set(["command", "cmd", "script", "code", "shell", "sql", "expression_js", "javascript"]);
const directive =
  /<(?:important|system|instructions?)>|\b(?:ignore (?:all|any|the|previous|other)|disregard|always (?:call|use|allow|grant|approve|run)|you must (?:call|use|always|first)|do not (?:tell|mention|inform)|grant (?:all|every|this|access|me)|before (?:using|calling) any|without (?:telling|informing|asking|notifying) (?:the|your) user|system prompt)/;

/** Whether a text, folded, speaks to whoever reads it instead of about the tool. */
export function givesOrders(text: string): boolean {
  return directive.test(text);
}

export function effectOf(tool: ToolDefinition): Effect {
  const words = nameWords(tool.name);
  const named = fromName(words, tool);
  const described = fromDescription(tool, named);
  return declaredStricter(tool, described);
}

/** The stricter of two. */
export function stricter(one: EffectClass, other: EffectClass): EffectClass {
  return strictness.indexOf(one) >= strictness.indexOf(other) ? one : other;
}

function fromName(words: readonly string[], tool: ToolDefinition): Effect {
  const at = verbAt(words);
  const group = isLook(words, at, tool) ? "read" : groupAt(words, at);
  if (group === undefined) return { effect: "unknown" };
  let effect = classOf(group, words, tool);
  // "get_or_create", "list_and_delete": what is joined to the verb is done too.
  for (const [place, word] of words.entries()) {
    const joined = place > at && /^(?:and|or|then)$/.test(words[place - 1] ?? "");
    const other = joined ? verbs.get(englishStem(word)) : undefined;
    if (other !== undefined) effect = stricter(effect, classOf(other, words, tool));
  }
  return { effect, group, at };
}

/** The first verb; but in "email_search" the last, for the first is as often a noun. */
function verbAt(words: readonly string[]): number {
  const first = words.findIndex((word, at) => verbs.has(englishStem(word)) && !(word.endsWith("ing") && isOfThing(word, words.slice(at + 1)))); // prettier-ignore
  const last = words.length - 1;
  return nouns.has(words[first] ?? "") && first < last && verbs.has(words[last] ?? "") ? last : first;
}

/** Things that are kept as data, and that nobody makes or runs by opening them: no ticket, no account, no file of a program. */
const keptThings = /^(?:nodes?|entit(?:y|ies)|relations?|observations?|records?|documents?|notes?|articles?|entry|entries|pages?)$/; // prettier-ignore
/** Arguments that say which: nothing is carried by them, and no address is gone to. */
const choosing = /^(?:ids?|names?|keys?|titles?|query|limit|offset|cursor|fields?)$/;

/** "Open_nodes(names)" looks at what is there; to open a door, a ticket, an address, a page of a browser has an effect. */
function isLook(words: readonly string[], at: number, { parameters }: ToolDefinition): boolean {
  const things = words.filter((word, place) => place !== at && !/^(?:by|from|in|with|the)$/.test(word) && !choosing.test(word)); // prettier-ignore
  if (words[at] !== "open" || things.length === 0 || parameters.length === 0) return false;
  return things.every((word) => keptThings.test(word)) && parameters.every((name) => choosing.test(nameWords(name).at(-1) ?? "")); // prettier-ignore
}

function groupAt(words: readonly string[], at: number): VerbGroup | undefined {
  const group = verbs.get(englishStem(words[at] ?? ""));
  // "check_in", "check_out": no look at anything.
  if (words[at] === "check" && /^(?:in|out)$/.test(words[at + 1] ?? "")) return undefined;
  const isToPeople = words.some((word) => /^(?:human|humans|person|support|operator)$/.test(word));
  return group === "pay" && isToPeople ? "handover" : group;
}

function classOf(group: VerbGroup, words: readonly string[], { parameters }: ToolDefinition): EffectClass {
  const stems = words.map(englishStem);
  const isMoney = stems.some((stem) => moneyWords.has(stem));
  if (isMoney && (group === "send" || group === "schedule" || group === "create")) return "pay";
  if (group === "share" || group === "invite")
    return parameters.some((name) => /permission|role|access|email|user|member/.test(fold(name)))
      ? "permission"
      : "send";
  if (group === "read" && parameters.some((name) => freeForm.has(fold(name)))) return "execute";
  if (group === "add" && stems.some((stem) => /^(?:role|permission|acl|access)$/.test(stem)))
    return "permission";
  return firstEffect(group);
}

const articles =
  /^(?:the|an?|all|any|each|every|some|this|that|these|those|it|its|them|your|one|multiple|several|new|of|to|or|and)$/;
/** Things that are open or not; files, doors and addresses are opened. */
const openThings =
  /^(?:issues?|tickets?|bugs?|orders?|requests?|tasks?|cases?|invoices?|positions?|vacanc(?:y|ies)|questions?|jobs?|deals?|incidents?|alerts?|items?|pullrequests?|claims?|complaints?|balances?|data|source|hours|times)$/;
/** Verbs that are nouns before what is said of a thing: "order status", "opening hours". To delete logs is to delete. */
const nounsToo =
  /^(?:order|transfer|refund|deposit|call|purchase|(?:opening|closing|shipping|billing|booking|running|starting|working|trading))$/;
const properties =
  /^(?:hours?|times?|details|status(?:es)?|history|logs?|dates?|numbers?|ids?|statistics|summar(?:y|ies)|overviews?|types?|address(?:es)?|costs)$/;

/**
 * Whether a word that is a verb elsewhere tells of a thing here: "open issues", "opening hours", "deleted items", "order status".
 * An order to do something is followed by an article, or by a thing that it is done to.
 */
function isOfThing(word: string, [next = ""]: readonly string[]): boolean {
  if (next === "" || articles.test(next)) return false;
  if (word === "open") return openThings.test(next);
  if (word.endsWith("ed")) return true;
  return nounsToo.test(word) && properties.test(next);
}

function fromDescription(tool: ToolDefinition, named: Effect): Effect {
  const text = fold(tool.description);
  if (givesOrders(text))
    return { ...named, effect: "unknown", note: "its description gives orders to its reader" };
  const [first = "", ...rest] = wordsOf(text.split(/[.\n]/)[0] ?? "");
  // The verb of its name says there what it says in the name.
  const isOwn =
    named.at !== undefined && englishStem(first) === englishStem(nameWords(tool.name)[named.at] ?? "");
  const group = isOwn ? named.group : /^returns?$/.test(first) ? "read" : isOfThing(first, rest) ? undefined : verbs.get(englishStem(first)); // prettier-ignore
  if (named.group === undefined) return withoutVerb(tool, group, named);
  const also = /\b(?:also|then|and) (\p{L}+)/gu;
  const others = [...text.matchAll(also)].map(([, word = ""]) => (word.endsWith("s") ? verbs.get(englishStem(word)) : undefined)); // prettier-ignore
  const claimed = [group, ...(named.effect === "read" ? others : [])].filter((each) => each !== undefined);
  const further = [...text.matchAll(/\b(?:and|then) (\p{L}+) (?:it|them)\b/gu)].flatMap(([, word = ""]) => verbs.get(englishStem(word)) ?? []); // prettier-ignore
  const effect = claimed
    .filter((each) => isStrong(each, named.effect))
    .concat(
      further.filter((each) => each !== "giveback" && !/^(?:read|create|update)$/.test(firstEffect(each))),
    )
    .map((each) => firstEffect(each))
    .reduce<EffectClass>(stricter, named.effect);
  return effect === named.effect
    ? named
    : { ...named, effect, note: "its description says more than its name" };
}

/** Words that a description uses for reads too ("Returns", "Books found …") are no sign against a name. */
function isStrong(group: VerbGroup, named: EffectClass): boolean {
  const claimed = firstEffect(group);
  return named === "read" ? claimed !== "read" && group !== "giveback" && group !== "book" : claimed === "delete" || claimed === "execute"; // prettier-ignore
}

function withoutVerb(tool: ToolDefinition, group: VerbGroup | undefined, named: Effect): Effect {
  if (group === undefined)
    return { ...named, note: "neither its name nor its description says what it does" };
  if (firstEffect(group) !== "read") return { ...named, effect: classOf(group, nameWords(tool.name), tool), group }; // prettier-ignore
  const others = wordsOf(fold(tool.description).replace(/\breturns?\b/g, ""));
  const writes = [nameWords(tool.name), others].some((words) => words.some((word, at) => isWriting(word, words.slice(at + 1)))); // prettier-ignore
  const open = tool.parameters.some((name) => freeForm.has(fold(name)));
  return writes || open
    ? { ...named, note: "its description mixes reading with other effects" }
    : { ...named, effect: "read", group: "read" };
}

function isWriting(word: string, rest: readonly string[]): boolean {
  const group = isOfThing(word, rest) ? undefined : verbs.get(englishStem(word));
  return group !== undefined && firstEffect(group) !== "read";
}

function declaredStricter(tool: ToolDefinition, found: Effect): Effect {
  if (found.effect !== "read") return found;
  if (
    tool.destructiveHint === true ||
    tool.readOnlyHint === false ||
    tool.declared?.toUpperCase() === "WRITE"
  )
    return { ...found, effect: "unknown", note: "its server declares it a write, its name a read" };
  return found;
}
