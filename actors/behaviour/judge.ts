/**
 * The judgement on a sequence: what a call is, given all that its session did before. Owns the rules, their order and the score.
 * Does not own what is remembered (trail.ts, learning.ts) nor what a verdict does (guards/sequence.ts).
 *
 * J1. From what was known before the call ran, and from its facts; nothing is written.
 * J2. A single sign of an injected order asks for a person; two that are independent stop the session: a destination that nobody
 *     but a text with orders has named.
 * J3. Integers: the score is a sum of tenths, so that every machine has the same.
 */
import { sequenceActions, type SequenceAction, type SequenceRule } from "../../protocol/sequence.ts";
import type { CallTrace } from "../../protocol/trace.ts";
import { evidenceOf, type Evidence } from "./evidence.ts";
import type { SequencePolicy } from "./policy.ts";
import { isStopped, stepWidth } from "./steps.ts";
import type { Trail } from "./trail.ts";

/** A reason, with what it is about. `weight` in tenths of the score; 0 for what stands beside it. */
export interface Term {
  readonly term:
    | "outside"
    | "new-destination"
    | "orders"
    | "addressed"
    | "gapped"
    | "seen-before"
    | "invented"
    | "distinct"
    | "bulk"
    | "repeats"
    | "step";
  readonly weight: number;
  /** Name of the argument. */
  readonly argument?: string;
  /** Number of the call in whose answer the value was seen first. */
  readonly call?: number;
  /** Directive words near it, different things, times, bytes: what the term counts. */
  readonly count?: number;
  /** Of the role's rule. */
  readonly name?: string;
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
  readonly name: string;
  readonly effect: string;
  readonly at: number;
  readonly trace: CallTrace;
}

const weights = { outside: 20, delegatedOutside: 10, external: 7, structured: 3, free: 10, each: 7, addressed: 10, gapped: 10 } as const; // prettier-ignore
const directivesMost = 3;
/** Directive words near a value from which on the text gives an order about it. */
const ordersMin = 2;

const leaving = new Set(["send", "pay", "permission"]);

/** Whether a call may carry something out of the organisation. */
export function isLeaving(effect: string, { fetches, values }: CallTrace): boolean {
  return leaving.has(effect) || fetches === true || (effect !== "read" && values.some(({ form }) => form !== undefined)); // prettier-ignore
}

export function judgeCall(trail: Trail | undefined, call: Judged, policy: SequencePolicy): SequenceJudgement {
  const evidence = call.trace.values.map((value) => evidenceOf(trail, value));
  const found = new Found(policy);
  const score = judgeOrders(
    found,
    call,
    evidence,
    policy.delegates || call.trace.delegated === true,
    trail?.isGapped === true,
  );
  if (score >= policy.score) found.add("intent", "step-up");
  else if (score >= policy.alertScore) found.add("intent", "alert");
  if (trail !== undefined) {
    judgeVolume(found, trail, call, policy);
    for (const [place, step] of policy.steps.entries())
      if (isStopped(step, trail.steps, place * stepWidth, call, call.at, trail.asked.count)) {
        found.add("steps", step.rule.action);
        found.terms.push({ term: "step", weight: 0, name: step.rule.name });
      }
  }
  return { action: found.action, rules: found.rules, score, terms: found.terms };
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
  return sequenceActions.indexOf(one) >= sequenceActions.indexOf(other) ? one : other;
}

/** What speaks for an order that came with data. */
function judgeOrders(
  found: Found,
  call: Judged,
  evidence: readonly Evidence[],
  isDelegated: boolean,
  isGapped: boolean,
): number {
  const { effect, trace } = call;
  const isSink = effect !== "read" || trace.fetches === true;
  let worst: { readonly evidence: Evidence; readonly weight: number } | undefined;
  let isAddressed = false;
  let external: Evidence | undefined;
  for (const each of evidence) {
    const speaks = each.from === "free" && each.addresses && each.directive >= ordersMin;
    isAddressed ||= speaks;
    if (isSink && each.value.form !== undefined && isNewValue(each)) external ??= each;
    const weight = isSink || speaks ? weightOf(each, isDelegated && !speaks) : 0;
    if (weight > (worst?.weight ?? 0)) worst = { evidence: each, weight };
    if (isSink && isInjected(each, isDelegated, speaks)) {
      found.add("injected", "interrupt");
      found.terms.push({ term: "new-destination", weight: 0, argument: each.value.at, call: each.call, count: each.directive }); // prettier-ignore
    } else if (isSink && trace.learned === true && isNew(each)) found.add("destination", "alert");
  }
  let score = 0;
  const add = (term: Term): void => {
    score += term.weight;
    found.terms.push(term);
  };
  if (trace.outside === true && effect !== "read")
    add({
      term: "outside",
      weight: isDelegated && !isAddressed ? weights.delegatedOutside : weights.outside,
    });
  if (external !== undefined) add({ term: "new-destination", weight: weights.external, argument: external.value.at, call: external.call }); // prettier-ignore
  if (worst !== undefined) {
    const { value, from, directive, call: first } = worst.evidence;
    add({ term: from === "free" ? "orders" : "seen-before", weight: worst.weight, argument: value.at, call: first, count: directive }); // prettier-ignore
  }
  if (isAddressed) add({ term: "addressed", weight: weights.addressed });
  // What was not read to its end, or forgotten, may have named it.
  if (isGapped && external !== undefined && external.from === "nowhere") add({ term: "gapped", weight: weights.gapped, argument: external.value.at }); // prettier-ignore
  return score;
}

function weightOf({ from, directive }: Evidence, isHalf: boolean): number {
  if (from === "structured") return weights.structured;
  if (from !== "free") return 0;
  const weight = weights.free + weights.each * Math.min(directive, directivesMost);
  return isHalf ? weight >> 1 : weight;
}

/** A destination that neither mission, role nor baseline knows. */
function isNew(each: Evidence): boolean {
  return each.value.is === "destination" && isNewValue(each);
}

function isNewValue({ value }: Evidence): boolean {
  return value.known === undefined;
}

function isInjected(each: Evidence, isDelegated: boolean, speaks: boolean): boolean {
  return isNew(each) && each.from === "free" && each.directive >= ordersMin && (!isDelegated || speaks);
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

/** Nine times the same call in a row, or more of them among others. */
const repeatsAlert = 24;
