/**
 * The ledger guard: what a session has read, and whether a call may carry it where it goes. Owns the session's memory of values and
 * of sources. Does not own how values are recognised (actors/ledger), nor which rules there are (flow.ts).
 *
 * D1. Sources that were read are kept for good, like labels. Of each it is known value by value what was read, or the source is
 *     `coarse`: every rule that may be about it then holds, whatever a call carries.
 * D2. What cannot be compared is refused where a rule stands: arguments too large or not looked at, a key that has changed, a
 *     past that is lost (law 2).
 * D3. What an agent is told names a class, a tool and an operation, never a value.
 * D4. Why a source is coarse stands among its labels, as a sign that no label of anybody can be: what is told of it is true for
 *     the session, and may be more than one reason.
 * D5. Nothing makes a source less than coarse but an operator's lift. It forgets no value and no source: values that are remembered are
 *     compared as before, rules on reading hold, and what is read unseen after it is coarse again.
 */
import type { AnswerFacts, CallFacts, Carried, CarriedValue, SeenValues } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { covers, everyLabel, joined, labelSet, noLabels, type Labels } from "../labels.ts";
import { isWhole } from "../ledger/finds.ts";
import { strengths } from "../ledger/mark.ts";
import { addPart, newMemory, partAt, remember, type LedgerAnswer, type Memory } from "../ledger/memory.ts";
import { isFrom, isOfType, type CompiledFlow } from "./flow.ts";
import type { Guard, OpenCall, Refusal } from "./guard.ts";
import type { CompiledGrant } from "./role.ts";

export interface LedgerState {
  /** Sources of everything it has read; they only ever grow. */
  sources: Labels;
  /** Those of them of which not every value is remembered. */
  coarse: Labels;
  /** Those of which only what proves much is. */
  faded: Labels;
  memory: Memory | undefined;
}

/** Why not every value is remembered; no label begins with such a sign. */
const reasons = {
  "!heard": "another session of this agent read them",
  "!room": "this node had no room for more",
  "!key": "the key they were remembered under has changed",
  "!early": "they were read before a rule was about them",
  "!unseen": "an answer was too large to be looked into, or came in progress messages",
  "!more": "there were more than a session remembers",
  "!other": "another version of this program has remembered them",
} as const;
type Reason = keyof typeof reasons;

/** Its past is not known: it may have read anything. */
export const everySource: Labels = labelSet([everyLabel]);

/** What goes somewhere, and what it was compared with. */
export interface Carrying {
  readonly facts: Pick<CallFacts, "carried">;
  readonly grant: Pick<CompiledGrant, "flows" | "source">;
}

const reasonCharsMax = 200;

/** Nothing to be remembered was in an answer. */
const enough = 2;

export function loseLedger(own: LedgerState): void {
  own.sources = own.coarse = own.faded = everySource;
  own.memory = undefined;
}

/** What other sessions have read is known by its labels alone. */
export function hearSources(own: LedgerState, heard: Labels): void {
  own.sources = joined(own.sources, heard);
  if (!covers(own.coarse, heard)) own.coarse = joined(own.coarse, labelSet([...heard, "!heard"]));
}

/**
 * An answer was read.
 *
 * @returns whether a rule is about its source and more is known of it than before: then the answer is not to be released before
 *          others know it too (law 6)
 */
export function readValues(own: LedgerState, open: OpenCall, facts: AnswerFacts): boolean {
  const { sources, coarse, faded, memory } = own;
  const [edition, count] = [memory?.table.edition, memory?.table.count];
  take(own, open, facts);
  if (open.source?.isFollowed !== true) return false;
  if (own.sources !== sources || own.coarse !== coarse || own.faded !== faded) return true;
  return own.memory !== memory || own.memory?.table.edition !== edition || own.memory?.table.count !== count;
}

function take(own: LedgerState, open: OpenCall, { outcome, seen }: AnswerFacts): void {
  if (outcome === "unreachable") return;
  const { source } = open;
  if (source === undefined) return coarsen(own, open.labels, true, "!unseen");
  if (!covers(own.sources, source.marks)) own.sources = joined(own.sources, source.marks);
  if (seen === undefined || !source.isFollowed) return coarsen(own, source.marks, true, source.isFollowed ? "!unseen" : "!early"); // prettier-ignore
  if (own.memory !== undefined && own.memory.key !== seen.key) forgetValues(own, "!key");
  if (seen.marks === "" && seen.overflow !== true) return;
  own.memory ??= newMemory(seen.key);
  const { server, environment } = source;
  const target = source.target.slice(0, limits.sessionTextCharsMax);
  const answer = { op: open.op, name: open.name, server, target, environment, labels: open.labels };
  for (const { answer: of, isAll } of remember(own.memory, answer, seen))
    coarsen(own, marksOf(of), isAll, "!more");
}

/**
 * Its hashes are of a key that is not in force any more, or the node has no room for them: whatever a rule is about holds from
 * now on, as its source may have given anything.
 */
export function forgetValues(own: LedgerState, why: Reason): void {
  for (const answer of own.memory?.answers ?? []) coarsen(own, marksOf(answer), true, why);
  own.memory = undefined;
}

/** Values that another version remembered cannot be compared with: all that was read may be anything. */
export function loseValues(own: LedgerState): void {
  coarsen(own, own.sources, true, "!other");
  own.memory = undefined;
}

/** An operator answers for what was read and is not remembered value by value: from now on it may go anywhere. */
export function pardonSources(own: LedgerState): void {
  own.coarse = own.faded = noLabels;
}

/** What counts as wholly seen and why, for operators. */
export interface WhollySeen {
  /** Its labels, servers and environments; "*" is all there are. */
  readonly sources: Labels;
  /** Of these, only what proves little may go unnoticed. */
  readonly faded: Labels;
  readonly why: readonly string[];
}

/** Undefined when every value of what was read is remembered. */
export function whollySeen(own: LedgerState): WhollySeen | undefined {
  if (own.coarse.length + own.faded.length === 0) return undefined;
  const sources = own.coarse.filter((mark) => !Object.hasOwn(reasons, mark));
  return { sources, faded: own.faded.filter((mark) => !sources.includes(mark)), why: whyOf(own) };
}

/** Whether a call of a grant is refused for that, whatever it carries. */
export function isCoarse(own: LedgerState, { flows }: Pick<CompiledGrant, "flows">): boolean {
  return flows.some((flow) => isWhollySeen(own, flow));
}

function isWhollySeen({ coarse, faded }: LedgerState, flow: CompiledFlow): boolean {
  return isKept(isWeakAsked(flow.rule.from.types) ? joined(coarse, faded) : coarse, flow);
}

function coarsen(own: LedgerState, marks: Labels, isAll: boolean, why: Reason): void {
  if (isAll && !covers(own.coarse, marks)) own.coarse = joined(own.coarse, labelSet([...marks, why]));
  if (!covers(own.faded, marks)) own.faded = joined(own.faded, marks);
}

function marksOf({ server, environment, labels }: LedgerAnswer): Labels {
  return labelSet([
    ...labels,
    `@${server}`.slice(0, 64),
    ...(environment === "" ? [] : [`env:${environment}`]),
  ]);
}

export const ledger = {
  start: (): LedgerState => ({ sources: noLabels, coarse: noLabels, faded: noLabels, memory: undefined }),

  before(own, call) {
    return judgeCarried(own, call);
  },

  enter(own, { grant, facts }) {
    const { memory } = own;
    if (memory === undefined) return;
    memory.calls++;
    for (const { check, low, high } of facts.carried?.parts ?? [])
      addPart(memory, check, placeOf(grant), low, high);
  },
} as const satisfies Guard<LedgerState>;

/** Also of what an agent says to a server in the course of a call, where no turn is taken: then nothing is added up. */
export function judgeCarried(own: LedgerState, call: Carrying): Refusal | undefined {
  for (const flow of call.grant.flows) {
    const refusal = judgeFlow(own, call, flow);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeFlow(own: LedgerState, { facts, grant }: Carrying, flow: CompiledFlow): Refusal | undefined {
  const { rule } = flow;
  const where = `${grant.source?.server ?? ""}${because(rule)}`;
  if (rule.when === "read" && isKept(own.sources, flow))
    return deny("flow.read", `What was read from ${aboutWords(flow)} must not be followed by this call: after it nothing goes to ${where}.`); // prettier-ignore
  if (isWhollySeen(own, flow))
    return deny("flow.coarse", `Data from ${aboutWords(flow)} were read that are not remembered here value by value, so that nothing of this session may go to ${where} any more: ${whyOf(own).join("; or ")}.`); // prettier-ignore
  const { memory } = own;
  if (memory === undefined || memory.answers.length === 0) return undefined;
  const { carried } = facts;
  if (!memory.answers.some((answer) => isFrom(rule.from, answer))) return undefined;
  if (carried?.compared !== memory.key || carried.unread === true)
    return deny("flow.unread", `The arguments could not be compared with what was read from ${aboutWords(flow)}, so that they may not go to ${where}. ${unreadRemedy(memory, carried)}`); // prettier-ignore
  return judgeValues(memory, carried, flow, placeOf(grant), where);
}

function judgeValues(
  memory: Memory,
  { values, parts }: Carried,
  { rule }: CompiledFlow,
  place: string,
  where: string,
): Refusal | undefined {
  // prettier-ignore
  let weight = 0;
  let worst: Pick<CarriedValue, "op" | "type" | "strength"> | undefined;
  for (const value of values) {
    if (value.token === true && rule.tokens === "allowed") continue;
    if (!isAbout(memory, rule, value)) continue;
    weight += value.strength * value.count;
    if (worst === undefined || value.strength > worst.strength) worst = value;
  }
  for (const part of parts) {
    if (!isAbout(memory, rule, part)) continue;
    const before = partAt(memory, part.check, place);
    if (!isWhole(part.length, (before?.low ?? 0) | part.low, (before?.high ?? 0) | part.high)) continue;
    weight += strengths.sensitive;
    worst = { ...part, strength: strengths.sensitive };
  }
  if (weight < enough || worst === undefined) return undefined;
  const { op, type } = worst;
  const answer = memory.answers.find((each) => each.op === op);
  const remedy = rule.tokens === "allowed" ? "Leave it out, or give the token or the masked form of it." : "Leave it out."; // prettier-ignore
  return deny("flow.value", `The call carries a value of type ${type} that came from ${answer?.name ?? "an earlier call"} (operation ${op}); it must not go to ${where}. ${remedy}`); // prettier-ignore
}

function isAbout(
  { answers }: Memory,
  { from }: CompiledFlow["rule"],
  { op, type }: { readonly op: string; readonly type: string },
): boolean {
  // prettier-ignore
  if (!isOfType(from.types, type)) return false;
  const answer = answers.find((each) => each.op === op);
  // Forgotten since it was compared: then its source is coarse.
  return answer !== undefined && isFrom(from, answer);
}

function isKept(kept: Labels, { marks, isAny }: CompiledFlow): boolean {
  if (kept.length === 0) return false;
  return isAny || kept[0] === everyLabel || marks.some((mark) => kept.includes(mark));
}

/** Whether a rule is about what proves little, too. */
function isWeakAsked(types: readonly string[] | undefined): boolean {
  return types === undefined || types.some((each) => each.startsWith("own") || each === "*");
}

/** In the words of who made the rule, as far as a refusal has room for them. */
function because({ reason }: CompiledFlow["rule"]): string {
  const words = reason.replaceAll(/\s+/g, " ").trim();
  return ` (${words.length <= reasonCharsMax ? words : `${words.slice(0, reasonCharsMax)}…`})`;
}

function unreadRemedy({ key }: Memory, carried: Carried | undefined): string {
  const isOther = carried?.compared !== undefined && carried.compared !== key;
  return isOther ? "It is remembered under a key that is not in force any more: an operator can let this session go." : "Send less."; // prettier-ignore
}

function aboutWords({ rule: { from } }: CompiledFlow): string {
  const named = [...(from.tools ?? []), ...(from.tools === undefined ? (from.servers ?? []) : []), ...(from.environments ?? []), ...(from.labels ?? [])]; // prettier-ignore
  return named.length === 0 ? "any server" : named.slice(0, 4).join(", ");
}

function whyOf({ coarse, faded }: LedgerState): readonly string[] {
  const why = Object.entries(reasons).flatMap(([sign, words]) => (coarse.includes(sign) ? [words] : []));
  if (why.length > 0) return why;
  return [coarse[0] === everyLabel || faded[0] === everyLabel ? "what this session did before is not known" : "there were more than a session remembers"]; // prettier-ignore
}

function placeOf({ source }: Pick<CompiledGrant, "source">): string {
  return (source?.server ?? "").slice(0, limits.sessionTextCharsMax);
}

function deny(rule: "flow.value" | "flow.read" | "flow.coarse" | "flow.unread", says: string): Refusal {
  return { kind: "deny", rule, says };
}

/** What an answer without values leaves. */
export function noValues(key: string): SeenValues {
  return { key, types: [], marks: "" };
}
