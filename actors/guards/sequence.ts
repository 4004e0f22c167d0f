/**
 * Guard four: what may follow what in a session, by where the values of its calls come from. Owns what a judgement (behaviour/)
 * becomes on the road: a refusal, a pause, a question to a person, or a word to operators. Does not own the judgement.
 *
 * Q1. A session that it interrupts stays stopped, whatever its role becomes, until an operator lifts it.
 * Q2. Without facts of values, as for what a server lists, it says nothing and learns nothing.
 * Q3. A rule is told to operators once in a session, and stands on the record of the call it was told of; what is stopped is on
 *     record each time.
 */
import type { CallFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { sequenceRules, type SequenceRule } from "../../protocol/sequence.ts";
import { rules, type Rule } from "../../protocol/verdict.ts";
import { fullWords, safeWords } from "../behaviour/explanation.ts";
import { judgeCall, type FiredRule, type SequenceJudgement } from "../behaviour/judge.ts";
import { learnAnswer, learnCall } from "../behaviour/learning.ts";
import { newTrail, type SequenceState, type Trail } from "../behaviour/trail.ts";
import { hashKey, textKey } from "../rows.ts";
import { grantAt } from "./persona.ts";
import type { CompiledRole } from "./role.ts";
import type { Alert, Answer, Ask, Call, OpenCall, Refusal } from "./guard.ts";

export interface SequenceGuardState extends SequenceState {
  /** The rule that interrupted it; "" for none. */
  interruptedBy: string;
}

/** A call with what guard four makes of it, given what came before. Looked at once, before any guard writes. */
export function callOf(
  own: SequenceState,
  at: number,
  facts: CallFacts,
  role: CompiledRole,
  index: number,
): Call {
  const grant = grantAt(role, index);
  const { name, trace } = facts;
  if (role.sequence.isOff || trace === undefined) return { at, facts, role, grant, sequence: undefined };
  const reach = role.table.grants[grant.index]?.reach;
  return { at, facts, role, grant, sequence: judgeCall(own.trail, { key: grant.key, name, effect: grant.effect, at, reach, trace }, role.sequence) }; // prettier-ignore
}

const interrupted: Refusal = { kind: "quarantine", rule: "sequence.interrupted", says: rules["sequence.interrupted"] }; // prettier-ignore

export const sequence = {
  start: (): SequenceGuardState => ({ trail: undefined, interruptedBy: "" }),

  before(own: SequenceGuardState, call: Call): Refusal | undefined {
    if (own.interruptedBy !== "") return interrupted;
    const judged = call.sequence;
    if (judged === undefined || judged.action === "allow" || judged.action === "alert") return undefined;
    const stern = firedAs(judged, "interrupt");
    if (stern !== undefined) return { kind: "quarantine", rule: ruleOf(stern), says: safeWords(stern.rule), why: why(own, call, judged) }; // prettier-ignore
    const paced = firedAs(judged, "throttle");
    const until = own.trail?.paceUntil ?? 0;
    if (paced === undefined || call.at >= until) return undefined;
    return { kind: "throttle", rule: ruleOf(paced), waitMs: until - call.at, until, says: safeWords(paced.rule), why: why(own, call, judged) }; // prettier-ignore
  },

  asks(own: SequenceGuardState, call: Call): Ask | undefined {
    const fired = call.sequence === undefined ? undefined : firedAs(call.sequence, "step-up");
    if (fired === undefined || call.sequence === undefined) return undefined;
    return { rule: ruleOf(fired), says: safeWords(fired.rule), why: why(own, call, call.sequence) };
  },

  enter(own: SequenceGuardState, call: Call, open: OpenCall): void {
    const { facts, grant, role, at } = call;
    if (role.sequence.isOff || facts.trace === undefined) return;
    const step = { key: grant.key, name: facts.name, effect: grant.effect, at, digest: hashKey(facts.digest), trace: facts.trace }; // prettier-ignore
    const { number, isInvented } = learnCall(own, step, role.sequence);
    open.step = number * 2 + (isInvented ? 1 : 0);
    if (
      own.trail !== undefined &&
      call.sequence !== undefined &&
      firedAs(call.sequence, "throttle") !== undefined
    )
      own.trail.paceUntil = at + role.sequence.paceMs;
  },

  after(own: SequenceGuardState, open: OpenCall, { at, facts, role }: Answer): undefined {
    const found = role.grantsByUpstream.get(open.upstream);
    const { step: entered = -1 } = open;
    if (entered < 0 || role.sequence.isOff || found === undefined || facts.outcome === "unreachable") return;
    const step = { key: found.key, name: open.name, effect: found.effect, at, number: entered >>> 1, isInvented: (entered & 1) === 1 }; // prettier-ignore
    learnAnswer(own, step, facts, facts.trace, role.sequence);
  },
};

/** Why rules fired of a call that has not entered yet, in words; "" where none did. */
export function sequenceWords(own: SequenceGuardState, call: Call): string {
  const { sequence: judged } = call;
  return judged === undefined || judged.rules.length === 0 ? "" : why(own, call, judged);
}

/**
 * What operators hear of a call: each rule once in a session.
 *
 * @param says the call's `sequenceWords`
 */
export function sequenceAlerts(own: SequenceGuardState, call: Call, says: string): readonly Alert[] {
  const { sequence: judged } = call;
  if (judged === undefined || judged.rules.length === 0 || own.trail === undefined) return noAlerts;
  const alerts: Alert[] = [];
  for (const fired of judged.rules)
    if (isNews(own.trail, fired, judged)) alerts.push({ rule: ruleOf(fired), says });
  return alerts;
}

/** Whether operators were not told of it; from here on they are. Of the role's own rules each is one: a mild one hides no stern one. */
function isNews(trail: Trail, { rule }: FiredRule, { terms }: SequenceJudgement): boolean {
  if (rule !== "steps") {
    const bit = 1 << sequenceRules.indexOf(rule);
    const isNew = (trail.told & bit) === 0;
    trail.told |= bit;
    return isNew;
  }
  const fresh = terms.flatMap(({ term, name = "" }) => (term === "step" ? [textKey(name)] : [])).filter((each) => !trail.toldSteps.includes(each)); // prettier-ignore
  trail.toldSteps.push(...new Set(fresh));
  trail.toldSteps.splice(0, trail.toldSteps.length - limits.sequenceStepsMax);
  return fresh.length > 0;
}

const noAlerts: readonly Alert[] = [];

/** What a verdict of this guard does to its session beyond the call. */
export function interrupts(own: SequenceGuardState, { kind, rule }: Refusal): boolean {
  return kind === "quarantine" && own.interruptedBy === "" && rule.startsWith("sequence.");
}

/** An operator's word: the session begins anew, as far as this guard is concerned. */
export function forgiveSequence(own: SequenceGuardState): void {
  own.interruptedBy = "";
  own.trail = undefined;
}

/** Its past is not known: it may have read anything. */
export function loseTrail(own: SequenceGuardState): void {
  own.trail = { ...newTrail(""), isGapped: true };
}

function firedAs({ rules: fired }: SequenceJudgement, action: FiredRule["action"]): FiredRule | undefined {
  return fired.find((each) => each.action === action);
}

function ruleOf({ rule }: { readonly rule: SequenceRule }): Rule {
  return `sequence.${rule}`;
}

function why({ trail }: SequenceGuardState, { facts, role, grant }: Call, judged: SequenceJudgement): string {
  const granted = role.table.grants[grant.index]?.reason;
  return fullWords(judged, facts.name.slice(0, 128), trail, role.measured, { granted, steps: role.table.sequence?.steps ?? [] }); // prettier-ignore
}
