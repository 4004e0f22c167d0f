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
import { describedVerbs, nounVerbs, toolDeeds, toolVerbs } from "./toolverbs.data.ts";
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
/** Verbs as they are written, and not "orders", "booking". */
const bases: ReadonlySet<string> = new Set(Object.values(toolVerbs).flatMap((line) => line.split(" ")));
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
  const head = fold(tool.description.slice(0, headChars));
  const { at, other: rival } = verbAt(words, isNamed(head) ? "" : englishStem(wordsOf(head)[0] ?? ""));
  const group = isLook(words, at, tool) ? "read" : groupAt(words, at, tool);
  if (group === undefined) return fromDeed(words, tool);
  let effect = classOf(group, words, tool);
  const other = rival === undefined ? undefined : verbs.get(englishStem(words[rival] ?? ""));
  if (other !== undefined) effect = stricter(effect, classOf(other, words, tool));
  // "get_or_create", "list_and_delete": what is joined to the verb is done too.
  for (const [place, word] of words.entries()) {
    const joined = place > at && /^(?:and|or|then)$/.test(words[place - 1] ?? "");
    const other = joined ? verbs.get(englishStem(word)) : undefined;
    if (other !== undefined) effect = stricter(effect, classOf(other, words, tool));
  }
  return { effect, group, at };
}

/** "invoice.settlement": a noun of action at the end of a name that has no verb. */
function fromDeed(words: readonly string[], tool: ToolDefinition): Effect {
  const deed = toolDeeds[words.at(-1) ?? ""];
  if (deed === undefined || !isVerbGroup(deed) || words.length < 2) return { effect: "unknown" };
  return { effect: classOf(deed, words, tool), group: deed, at: words.length - 1 };
}

/** How far a description's first word is looked for. */
const headChars = 80;
/** Behind these a name says by what, from where and how much: the verb of one that begins with its object stands before them. */
const tails = /^(?:by|from|with|for|in|using|bulk|batch|all|many|multiple|async|v\d+)$/;

/**
 * The first verb; but of names that begin with what something is done to ("email_search", "orderCancel", "bookingCancel") the last.
 * Where either may be the verb ("order_book") `other` is the second: of the two the stricter counts (F1).
 *
 * @param described  the stem of the description's first word
 */
function verbAt(
  words: readonly string[],
  described: string,
): { readonly at: number; readonly other?: number } {
  const tail = words.findIndex((word, place) => place > 0 && tails.test(word));
  const head = tail < 0 ? words : words.slice(0, tail);
  const isVerb = (word: string, place: number): boolean => {
    const rest = words.slice(place + 1);
    if (!verbs.has(englishStem(word)) || (word.endsWith("ing") && isOfThing(word, rest))) return false;
    if (nounVerbs.has(word) && properties.test(rest[0] ?? "")) return false;
    // "holdCargo" is no noun: it begins with its verb.
    return (
      !describedVerbs.has(word) ||
      englishStem(word) === described ||
      (word === "hold" && place === 0 && rest.length > 0)
    );
  };
  // "run_query" runs a query.
  if (/^(?:run|execute|exec)$/.test(words[0] ?? "") && runThings.test(words[1] ?? "")) return { at: 0 };
  const places = words.flatMap((word, place) => (isVerb(word, place) ? [place] : []));
  const [first = -1] = places;
  const last = head.length - 1;
  // "Mail_list" lists mails, and "list_orders" orders nothing.
  const isPure = (place: number): boolean => bases.has(words[place] ?? "") && (!nounVerbs.has(words[place] ?? "") || (place > 0 && words[place] === "list")); // prettier-ignore
  if (first < 0 || isPure(first) || last <= first || !places.includes(last) || !bases.has(words[last] ?? ""))
    return { at: first };
  if (isPure(last) || !bases.has(words[first] ?? "")) return { at: last };
  if (words[first] === "list") return { at: first };
  return englishStem(words[last] ?? "") === described
    ? { at: last, other: first }
    : { at: first, other: last };
}

/** What is run. */
const runThings =
  /^(?:quer(?:y|ies)|sql|scripts?|commands?|code|jobs?|tests?|search|reports?|exports?|imports?|backups?|migrations?)$/;

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

/** What is made by opening it, when the call carries what is in it. */
const opened = /^(?:tickets?|cases?|issues?|claims?|incidents?|disputes?|complaints?|bugs?|tasks?)$/;

function groupAt(
  words: readonly string[],
  at: number,
  { parameters }: ToolDefinition,
): VerbGroup | undefined {
  const group = verbs.get(englishStem(words[at] ?? ""));
  const isMade = words[at] === "open" && words.some((word) => opened.test(word)) && parameters.some((name) => !choosing.test(nameWords(name).at(-1) ?? "")); // prettier-ignore
  if (isMade && parameters.every((name) => !places.test(fold(name)))) return "create";
  if (words[at] === "make" && words.includes("public")) return "publish";
  // "check_in", "check_out": no look at anything.
  if (words[at] === "check" && /^(?:in|out)$/.test(words[at + 1] ?? "")) return undefined;
  const isToPeople = words.some((word) => /^(?:human|humans|person|support|operator)$/.test(word));
  return group === "pay" && isToPeople ? "handover" : group;
}

const recipients = /^(?:to|recipients?|to_\w+|cc|bcc)$/;
/** Arguments that something is gone to by, or run. */
const places = /url|uri|path|command|script|code|door|device/;

function classOf(group: VerbGroup, words: readonly string[], { parameters }: ToolDefinition): EffectClass {
  const stems = words.map(englishStem);
  const isMoney = stems.some((stem) => moneyWords.has(stem));
  if (isMoney && (group === "send" || group === "schedule" || group === "create")) return "pay";
  // Who names a recipient for what is written sends it.
  if ((group === "create" || group === "write") && stems.some((stem) => /^(?:email|mail|messag|letter|sms)$/.test(stem)) && !words.includes("draft") && parameters.some((name) => recipients.test(fold(name))))
    return "send"; // prettier-ignore
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
  const group = isOwn ? named.group : /^(?:return|tell|display)s?$/.test(first) ? "read" : isOfThing(first, rest) || isNamed(text) ? undefined : verbs.get(englishStem(first)); // prettier-ignore
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

/** "Reviews that guests wrote", "The newest lines of a log", "What is on file": a thing that is had, and no order. */
const thing = /^(?:(?:the|an?|all|any|what|which|unread|recent|newest|latest|current|free|available|incoming|upcoming) |\p{L}+s (?:that|which|of) |(?:state|status|history|details?|contents?|list|profile) of |(?:\p{L}+ ){0,2}(?:forecast|curve|number|amount|level|reading|timeline|overview|statistics|totals?|average|trend|ranking|location|whereabouts|properties|attributes) (?:of|for|per|by) )/u; // prettier-ignore
/** Arguments that carry something, and do not only say which. */
const carrying = /text|body|content|message|amount|value|iban|address|email|reason|why|note|comment|code|command|url|href|role|status|subject|description|data|payload|recipient|^to$|person/; // prettier-ignore

/** Whether a description, folded, begins with a thing: "Bills of a year", but no "Disposes of". */
function isNamed(text: string): boolean {
  const [first = ""] = wordsOf(text.slice(0, headChars));
  return thing.test(text) && (!verbs.has(englishStem(first)) || nounVerbs.has(englishStem(first)));
}

/** A name without a verb and a description that is no order: what is had when it is called. */
function isThing({ name, description, parameters }: ToolDefinition): boolean {
  const text = fold(description);
  return isNamed(text) && !/\b(?:is|are|was|were|be|gets?|will|then) (?:\p{L}+ly )?\p{L}+(?:ed|en)\b/u.test(text) && nameWords(name).length > 0 && parameters.every((each) => !carrying.test(fold(each))); // prettier-ignore
}

function withoutVerb(tool: ToolDefinition, claimed: VerbGroup | undefined, named: Effect): Effect {
  const group = claimed ?? (isThing(tool) ? "read" : undefined);
  if (group === undefined)
    return { ...named, note: "neither its name nor its description says what it does" };
  if (firstEffect(group) !== "read") return { ...named, effect: classOf(group, nameWords(tool.name), tool), group }; // prettier-ignore
  const others = wordsOf(fold(tool.description).replace(/\breturns?\b/g, ""));
  const writes = [nameWords(tool.name), others].some((words) => words.some((word, at) => isWriting(word, words.slice(at + 1), words[at - 1]))); // prettier-ignore
  const open = tool.parameters.some((name) => freeForm.has(fold(name)));
  return writes || open
    ? { ...named, note: "its description mixes reading with other effects" }
    : { ...named, effect: "read", group: "read" };
}

function isWriting(word: string, rest: readonly string[], before = ""): boolean {
  // "Who has signed": what was done.
  if (/^(?:has|have|had)$/.test(before)) return false;
  // "Whether a copy is on loan", "of the orders": no verb stands behind an article.
  if (nounVerbs.has(word.replace(/s$/, "")) && /^(?:the|an?|its|their|your)$/.test(before)) return false;
  if (nounVerbs.has(word) && properties.test(rest[0] ?? "")) return false;
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
