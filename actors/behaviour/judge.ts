/**
 * The judgement on a sequence: what a call is, given all that its session did before. Owns the rules, their order and the score.
 * Does not own what is remembered (trail.ts, learning.ts) nor what a verdict does (guards/sequence.ts).
 *
 * J1. From what was known before the call ran, and from its facts; nothing is written.
 * J2. A single sign of an injected order asks for a person; two that are independent stop the session: a destination that nobody
 *     but a text with orders has named.
 * J3. Integers: the score is a sum of tenths, so that every machine has the same.
 */
import {
  sequenceActions,
  type Reach,
  type SequenceAction,
  type SequenceRule,
} from "../../protocol/sequence.ts";
import type { CallTrace, TracedValue } from "../../protocol/trace.ts";
import { competingOf } from "./competing.ts";
import { evidenceOf, type Evidence } from "./evidence.ts";
import { freeText } from "./mark.ts";
import type { SequencePolicy } from "./policy.ts";
import { isStopped } from "./steps.ts";
import { underKey, type Trail } from "./trail.ts";
import { excessOf } from "./volume.ts";

/** A reason, with what it is about. `weight` in tenths of the score; 0 for what stands beside it. */
export interface Term {
  readonly term:
    | "outside"
    | "unnamed"
    | "apart"
    | "untasked"
    | "new-destination"
    | "orders"
    | "addressed"
    | "hinted"
    | "look-alike"
    | "composed"
    | "unseen"
    | "gapped"
    | "unread"
    | "seen-before"
    | "competing"
    | "invented"
    | "distinct"
    | "bulk"
    | "repeats"
    | "volume"
    | "step";
  readonly weight: number;
  /** Name of the argument. */
  readonly argument?: string;
  /** Number of the call in whose answer the value was seen first. */
  readonly call?: number;
  /** Directive words near it, different things, times, bytes: what the term counts. */
  readonly count?: number;
  /** Of the role's rule; of a volume, what there is too much of. */
  readonly name?: string;
  /** Of a volume: what the baseline's p99 is. */
  readonly usual?: number;
}

export interface FiredRule {
  readonly rule: SequenceRule;
  readonly action: SequenceAction;
}

export interface SequenceJudgement {
  readonly action: SequenceAction;
  readonly rules: readonly FiredRule[];
  /** In tenths. */
  readonly score: number;
  readonly terms: readonly Term[];
}

export interface Judged {
  /** Of its grant: by which a baseline's volumes are found. */
  readonly key?: number;
  readonly name: string;
  readonly effect: string;
  readonly at: number;
  /** Of its server, where a rule of the role asks for it. */
  readonly reach?: Reach | undefined;
  readonly trace: CallTrace;
}

/**
 * In tenths. Honest third parties give orders as often as attackers do: that a text has words of an order weighs little, and how
 * many, less. What it weighs heavily is that it speaks to the agent.
 */
const weights = { strange: 20, severe: 18, outside: 12, inside: 12, spoken: 6, named: -3, unnamed: 2, apart: 5, untasked: 8, external: 7, alike: 15, composed: 10, unseen: 5, structured: 3, free: 10, addressed: 30, hinted: 5, gapped: 10, competing: 10, competingHanded: 8 } as const; // prettier-ignore
/**
 * In tenths: so much more it takes where no text speaks to the agent, and a trusted task has a word for what the call does, hands it
 * over to data, or it stays inside. All else that there is against such a call there is against most of what honest third
 * parties ask for.
 */
const allowedMore = 6;
/** For one word of an order near a value, and for two or more. */
const orderWeights = [0, 4, 7] as const;
/** A value of so many neighbouring words is content: it is made of what was read in nearly all work. */
const contentPairsMin = 6;
/** Directive words near a value from which on the text gives an order about it. */
const ordersMin = 2;

/** What no step of a deed that somebody asked for does by the way. */
const severe = new Set(["delete", "pay", "permission"]);
const leaving = new Set(["send", "pay", "permission"]);
/** What stays where it is and can be set right again, unless it goes somewhere. */
const internal = new Set(["create", "update"]);
/** Arguments that open something, or say where goods and money go. */
const opens = /pass|pin$|code$|secret|token|key$|permission|role|access|street|zip|iban|account/i;

/** Whether a call may carry something out of the organisation. */
export function isLeaving(effect: string, { fetches, values }: CallTrace): boolean {
  return leaving.has(effect) || fetches === true || (effect !== "read" && values.some(({ form }) => form !== undefined)); // prettier-ignore
}

export function judgeCall(past: Trail | undefined, call: Judged, policy: SequencePolicy): SequenceJudgement {
  const trail = past === undefined ? undefined : underKey(past, call.trace.key);
  const evidence = call.trace.values.map((value) => evidenceOf(trail, value));
  const found = new Found(policy);
  const isDelegated = policy.delegates || call.trace.delegated === true;
  const { score, isAllowed } = judgeOrders(found, call, evidence, isDelegated, trail);
  const more = isAllowed ? allowedMore : 0;
  // Where it goes is not wholly known, and an order to send it somewhere was read, or may have been.
  const isHidden = call.trace.cut === true && isSinkOf(call) && trail !== undefined && (trail.isGapped || trail.directive >= ordersMin); // prettier-ignore
  if (isHidden) found.terms.push({ term: "unread", weight: 0 });
  if (score >= policy.score + more || isHidden) found.add("intent", "step-up");
  else if (score >= policy.alertScore) found.add("intent", "alert");
  if (trail !== undefined) {
    judgeVolume(found, trail, call, policy);
    judgeDay(found, trail, call, policy);
    for (const step of policy.steps.rules)
      if (isStopped(step, trail, call, call.at)) {
        found.add("steps", step.rule.action);
        found.terms.push({ term: "step", weight: 0, name: step.rule.name });
      }
  }
  return { action: found.action, rules: found.rules, score, terms: found.terms };
}

function isSinkOf({ effect, trace }: Judged): boolean {
  return effect !== "read" || trace.fetches === true;
}

/** Held to a role's modes: a rule that only tells asks for no more than an alert. */
class Found {
  readonly rules: FiredRule[] = [];
  readonly terms: Term[] = [];
  /** The sternest of what the rules ask for. */
  action: SequenceAction = "allow";
  readonly #policy: SequencePolicy;

  constructor(policy: SequencePolicy) {
    this.#policy = policy;
  }

  add(rule: SequenceRule, wanted: SequenceAction): void {
    const mode = this.#policy.modes[rule];
    if (mode === "off") return;
    const action = mode === "alert" ? "alert" : wanted;
    this.action = sterner(this.action, action);
    const at = this.rules.findIndex((each) => each.rule === rule);
    if (at < 0) this.rules.push({ rule, action });
    else this.rules[at] = { rule, action: sterner(action, this.rules[at]?.action ?? action) };
  }
}

function sterner(one: SequenceAction, other: SequenceAction): SequenceAction {
  if (one === other) return one;
  return sequenceActions.indexOf(one) > sequenceActions.indexOf(other) ? one : other;
}

/** What speaks for an order that came with data. */
function judgeOrders(
  found: Found,
  call: Judged,
  evidence: readonly Evidence[],
  isDelegated: boolean,
  trail: Trail | undefined,
): { readonly score: number; readonly isAllowed: boolean } {
  const { trace } = call;
  const isSink = isSinkOf(call);
  const staysInside = isInside(call);
  const isNamed = isSink && compound.test(call.name) && isToolNamed(trail, trace);
  let worst: { readonly evidence: Evidence; readonly weight: number } | undefined;
  let isAddressed = false;
  let isHinted = false;
  let external: Evidence | undefined;
  const injected: Evidence[] = [];
  for (const each of evidence) {
    // Who speaks to the agent need not give many orders, nor in words that are known; to stop a session takes one that is.
    const isTold = each.from === "free" && (each.addresses ? each.directive > 0 : isNamed && each.directive >= ordersMin); // prettier-ignore
    const speaks = isTold || (isSink && each.from === "free" && (each.addresses ? each.value.is !== "text" : isNamed && each.directive > 0)); // prettier-ignore
    isAddressed ||= speaks;
    isHinted ||= isSink && each.from === "free" && each.hints && each.directive >= ordersMin;
    const isPlace = !staysInside || speaks;
    if (isSink && isPlace && each.value.form !== undefined && isNewValue(each))
      external = strangerOf(external, each);
    const weight = isSink || speaks ? weightOf(each, isDelegated && !speaks) : 0;
    if (weight > (worst?.weight ?? 0)) worst = { evidence: each, weight };
    // Nothing that could speak for it is known: then an order alone is enough.
    const isOrdered = isTold || (trace.tasked !== true && !isDelegated && each.from === "free" && each.directive >= ordersMin); // prettier-ignore
    if (isSink && isPlace && isNew(each) && isOrdered) injected.push(each);
    else if (isSink && trace.learned === true && isNew(each)) found.add("destination", "alert");
  }
  if (injected.length > 0) found.add("injected", "interrupt");
  const { terms } = found;
  const isForeign = isForeignTo(call, isDelegated);
  addTaskTerms(terms, call, { isDelegated, staysInside, isForeign }, worst?.evidence);
  const before = terms.length;
  if (external !== undefined) addExternalTerms(terms, external, trail);
  const isTold = terms.length > before;
  for (const each of injected)
    if (each !== external || !isTold) terms.push({ term: "new-destination", weight: 0, argument: each.value.at, call: each.call }); // prettier-ignore
  if (worst !== undefined) {
    const { value, from, directive, call: first } = worst.evidence;
    terms.push({ term: from === "free" ? "orders" : "seen-before", weight: worst.weight, argument: value.at, call: first, count: directive }); // prettier-ignore
  }
  const competing = isSink && trace.tasked === true ? competingOf(trail, evidence) : undefined;
  if (competing !== undefined) {
    const { evidence: { value, call: first }, by } = competing; // prettier-ignore
    const weight = isDelegated ? weights.competingHanded : weights.competing;
    terms.push({ term: "competing", weight, argument: value.at, call: first, name: by });
  }
  if (isAddressed) terms.push({ term: "addressed", weight: weights.addressed });
  else if (isHinted && !isDelegated) terms.push({ term: "hinted", weight: weights.hinted });
  const isAllowed = trace.tasked === true && !isAddressed && (!isForeign || staysInside);
  return { score: terms.reduce((sum, { weight }) => sum + weight, 0), isAllowed };
}

/** Tools that bind somebody to something, whatever their effect is called. */
const commits = /book|reserv|order|buy|purchase|checkout|subscri|hire|rent/i;

/** Whether it writes something down and sends it nowhere: an address within a longer text is no place where that goes. */
function isInside({ name, effect, trace }: Judged): boolean {
  if (!internal.has(effect) || commits.test(name) || trace.fetches === true || trace.cut === true)
    return false;
  const { values } = trace;
  const isContent = ({ at }: TracedValue): boolean => values.some((other) => other.at === at && other.is === "text"); // prettier-ignore
  return values.every((value) => !opens.test(value.at) && (value.is !== "destination" || (value.form !== undefined && isContent(value)))); // prettier-ignore
}

/** Whether the task has no word for what the call does, and leaves it to nobody. */
function isForeignTo({ effect, trace }: Judged, isDelegated: boolean): boolean {
  // To open an address and no more is a means to most ends.
  const isMeans = trace.fetches === true && trace.values.length === 1;
  return trace.outside === true && effect !== "read" && trace.spoken !== true && !isDelegated && !isMeans;
}

/** What the task says of such a call, or that no task is known. An untrusted one never weighs less than none. */
function addTaskTerms(
  terms: Term[],
  { effect, trace: { tasked, about, values, outside } }: Judged,
  { isDelegated, staysInside, isForeign }: { readonly isDelegated: boolean; readonly staysInside: boolean; readonly isForeign: boolean }, // prettier-ignore
  worst: Evidence | undefined,
): void {
  if (outside === true && effect !== "read") {
    const foreign = staysInside ? weights.inside : tasked !== true ? weights.strange : severe.has(effect) ? weights.severe : weights.outside; // prettier-ignore
    const weight = isForeign ? foreign : tasked === true ? weights.spoken : weights.untasked;
    const credit = tasked === true && about === "named" ? weights.named : 0;
    terms.push({ term: "outside", weight: weight + credit });
    if (tasked === true && about === "unnamed") terms.push({ term: "unnamed", weight: weights.unnamed });
  } else if (tasked !== true && !isDelegated && worst?.from === "free" && worst.directive >= ordersMin)
    terms.push({ term: "untasked", weight: weights.untasked });
  // Work that somebody asked for has something of what he asked for in most of its calls.
  const isApart = tasked === true && worst?.from === "free" && !values.some(({ known }) => known === "mission"); // prettier-ignore
  if (isApart) terms.push({ term: "apart", weight: weights.apart });
}

/** What speaks against an address that nobody has named. */
function addExternalTerms(
  terms: Term[],
  { value, from, call, isComposed }: Evidence,
  trail: Trail | undefined,
): void {
  const { at: argument, akin } = value;
  if (akin === "kin") return;
  terms.push({ term: "new-destination", weight: weights.external, argument, call });
  if (akin === "alike") terms.push({ term: "look-alike", weight: weights.alike, argument });
  if (from === "free" && isComposed) terms.push({ term: "composed", weight: weights.composed, argument });
  if (from !== "nowhere" || trail === undefined) return;
  // What was not read to its end, or forgotten, may have named it.
  terms.push(trail.isGapped ? { term: "gapped", weight: weights.gapped, argument } : { term: "unseen", weight: weights.unseen, argument }); // prettier-ignore
}

function weightOf({ value, from, directive }: Evidence, isHalf: boolean): number {
  if (from === "structured") return weights.structured;
  if (from !== "free") return 0;
  const weight = weights.free + (orderWeights[Math.min(directive, 2)] ?? 0);
  const isContent = value.is === "text" && value.words.length === 0 && value.pairs.length >= contentPairsMin;
  return isHalf || isContent ? weight >> 1 : weight;
}

/** Of two new addresses the one that is more of a stranger. */
function strangerOf(one: Evidence | undefined, other: Evidence): Evidence {
  const rank = ({ value: { akin } }: Evidence): number => (akin === "alike" ? 2 : akin === "kin" ? 0 : 1);
  return one === undefined || rank(other) > rank(one) ? other : one;
}

/** A name that is no word of a language: people write of a "checkout", too. */
const compound = /[_.\d-]|\p{Ll}\p{Lu}/u;

/** Whether a text that was read names the tool: no person would. */
function isToolNamed(trail: Trail | undefined, { tool = 0 }: CallTrace): boolean {
  return tool !== 0 && trail !== undefined && (trail.slots.find(tool) & freeText) !== 0;
}

/** A destination that neither mission, role nor baseline knows. */
function isNew(each: Evidence): boolean {
  return each.value.is === "destination" && isNewValue(each);
}

function isNewValue({ value }: Evidence): boolean {
  return value.known === undefined;
}

function judgeVolume(found: Found, trail: Trail, { effect, trace }: Judged, policy: SequencePolicy): void {
  const { invented, repeats, bytesMost } = trail;
  const distinct = trail.asked.count;
  if (invented > policy.invented) {
    found.add("invented", invented > policy.inventedStop ? "interrupt" : "throttle");
    found.terms.push({ term: "invented", weight: 0, count: invented / 4 });
  }
  const leaves = isLeaving(effect, trace);
  if (distinct > policy.distinct) {
    found.add("breadth", distinct > policy.distinctStop ? "interrupt" : "throttle");
    if (leaves) found.add("departure", "interrupt");
    found.terms.push({ term: "distinct", weight: 0, count: distinct });
  }
  if (leaves && bytesMost >= policy.bulkBytes) {
    found.add("bulk", "step-up");
    found.terms.push({ term: "bulk", weight: 0, count: bytesMost });
  }
  if (repeats >= repeatsAlert) {
    found.add("repeats", "alert");
    found.terms.push({ term: "repeats", weight: 0, count: repeats });
  }
}

/** More than the persona's own sessions do in a day slows a session down, and stops none. */
function judgeDay(found: Found, trail: Trail, { key, at }: Judged, { volumes }: SequencePolicy): void {
  const excess = volumes === undefined ? undefined : excessOf(trail, key, at, volumes);
  if (excess === undefined) return;
  found.add("volume", excess.isFar ? "throttle" : "alert");
  const { measure, isOfTool, count, usual } = excess;
  found.terms.push({ term: "volume", weight: 0, name: isOfTool ? `${measure} of the tool` : measure, count, usual }); // prettier-ignore
}

/** Nine times the same call in a row, or more of them among others. */
const repeatsAlert = 24;
