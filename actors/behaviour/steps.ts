/**
 * A role's own rules on what may follow what. Owns their meaning. Does not own what they have counted of late (stepcount.ts), nor
 * what the session has read (trail.ts).
 *
 * M1. Counts belong to what is counted: the calls of `after`, what clears them, the window. Where a rule stands in its role, what it is
 *     called, how many it allows and what it stops may change, and its counts stay; rules that count alike share them.
 * M2. What `without` names clears the counts.
 * M3. Of calls that nobody has counted the things of (their role, or their version of the gateway, did not) each is about another one.
 * M4. Counts of rules that the role in force has not are kept while there is room: who comes by nodes with two versions of a role
 *     in turn begins nowhere anew.
 */
import { limits } from "../../protocol/limits.ts";
import type { Reach, StepSelector, TableStep } from "../../protocol/sequence.ts";
import type { CallTrace } from "../../protocol/trace.ts";
import { textKey } from "../rows.ts";
import { reachOf } from "./reach.ts";
import { StepCount } from "./stepcount.ts";
import { thingsOf } from "./things.ts";
import type { Trail } from "./trail.ts";

/** What rules of a role count. */
interface Counter {
  /** By which its counts are found again. */
  readonly key: number;
  /** By which an older version kept them: the place of its first rule in the role. */
  readonly place: number;
  readonly after: Matcher;
  readonly without: Matcher | undefined;
  /** Half of the window; without one Infinity, and all of the session is one half. */
  readonly halfMs: number;
  readonly countsThings: boolean;
}

interface CompiledStep {
  readonly rule: TableStep;
  readonly counter: Counter;
  readonly then: Matcher;
}

export interface CompiledSteps {
  readonly rules: readonly CompiledStep[];
  /** Each once. */
  readonly counters: readonly Counter[];
}

/** What of a call a rule can name. */
export interface Stepped {
  readonly name: string;
  readonly effect: string;
}

/** With where it goes. */
export interface Reaching extends Stepped {
  /** Of its server. */
  readonly reach?: Reach | undefined;
  readonly trace: CallTrace;
}

/** With what it is about. */
export interface Entering extends Stepped {
  /** Of its arguments, as a row key. */
  readonly digest: number;
  readonly trace: CallTrace;
}

type Matcher = (call: Stepped) => boolean;
type StepStates = Pick<Trail, "steps" | "asked">;

/** A key below is the place of a rule, as older versions kept counts. */
const placesMost = limits.sequenceStepsMax;
/** A half is a whole number of milliseconds and more. */
const halfMsMin = 1;

export function compileSteps(rules: readonly TableStep[]): CompiledSteps {
  const counters = new Map<number, Counter>();
  const compiled = rules.map((rule, place) => {
    const key = keyOf(rule);
    const before = counters.get(key);
    const countsThings = rule.after.things !== undefined || before?.countsThings === true;
    counters.set(key, { ...(before ?? counterOf(rule, key, place)), countsThings });
    return { rule, key, then: matcherOf(rule.then) };
  });
  return {
    rules: compiled.map(({ rule, key, then }) => ({ rule, counter: counters.get(key) as Counter, then })),
    counters: [...counters.values()],
  };
}

function counterOf({ after, without, within }: TableStep, key: number, place: number): Counter {
  return {
    key,
    place,
    after: matcherOf(after),
    without: without === undefined ? undefined : matcherOf(without),
    halfMs: within === undefined ? Infinity : Math.max(halfMsMin, within * 500),
    countsThings: false,
  };
}

/** Of what is counted, in whichever order its names stand. */
function keyOf({ after, without, within }: TableStep): number {
  const sorted = ({ tools, effects }: StepSelector): unknown => [tools?.toSorted(), effects?.toSorted()];
  return placesMost + textKey(JSON.stringify([sorted(after), without === undefined ? 0 : sorted(without), within ?? 0])); // prettier-ignore
}

function matcherOf({ tools, effects }: StepSelector): Matcher {
  const names = tools === undefined ? undefined : new Set(tools);
  return ({ name, effect }) =>
    (names === undefined || names.has(name)) && (effects === undefined || effects.some((each) => each === effect)); // prettier-ignore
}

/** Whether a rule stops a call. */
export function isStopped(
  { rule: { after, then }, counter, then: isMeant }: CompiledStep,
  { steps, asked }: StepStates,
  call: Reaching,
  now: number,
): boolean {
  if (!isMeant(call)) return false;
  if (then.reach !== undefined && then.reach !== reachOf(call.effect, call.reach, call.trace)) return false;
  const own = countOf(steps, counter);
  if (own === undefined) return false;
  const half = halfOf(counter, now);
  // An answer may have come long after its call.
  if (own.calls(half) < (after.calls ?? (after.bytes === undefined ? 1 : 0))) return false;
  if (own.bytes(half) < (after.bytes ?? 0)) return false;
  if (after.distinct !== undefined && asked.count < after.distinct) return false;
  return after.things === undefined || own.things(half, asked.count) >= after.things;
}

/** A call that was let through. */
export function stepCall(steps: CompiledSteps, trail: StepStates, call: Entering, now: number): void {
  adoptOlder(steps, trail);
  for (const counter of steps.counters) {
    if (counter.without?.(call) === true) clear(trail, counter);
    if (!counter.after(call)) continue;
    const own = openCount(steps, trail, counter, now);
    const half = halfOf(counter, now);
    if (!counter.countsThings) own.dropThings();
    else {
      if (!own.countsThings) makeRoomForThings(steps, trail);
      own.addThings(half, thingsOf(call.digest, call.trace), trail.asked.count);
    }
    own.addCall(half);
  }
}

/** Its answer. */
export function stepAnswer(
  steps: CompiledSteps,
  trail: StepStates,
  call: Stepped,
  bytes: number,
  now: number,
): void {
  // prettier-ignore
  adoptOlder(steps, trail);
  for (const counter of steps.counters)
    if (counter.after(call)) openCount(steps, trail, counter, now).addBytes(halfOf(counter, now), bytes);
}

function halfOf({ halfMs }: Counter, now: number): number {
  return Math.floor(now / halfMs);
}

/** Counts of a rule, also of an older version; undefined where nothing was counted. */
function countOf(steps: readonly StepCount[], counter: Counter): StepCount | undefined {
  const own = steps.find(({ key }) => key === counter.key);
  const older = own === undefined ? steps.find(({ key }) => key === counter.place) : undefined;
  return older === undefined ? own : ofOlder(older, counter);
}

/** An older version kept when the first call was: its window ends no earlier than it would have there. */
function ofOlder(older: StepCount, counter: Counter): StepCount {
  return older.movedTo(counter.key, halfOf(counter, older.half));
}

/** The same, to be written to. */
function openCount(
  steps: CompiledSteps,
  { steps: counts }: StepStates,
  counter: Counter,
  now: number,
): StepCount {
  // prettier-ignore
  const found = counts.find(({ key }) => key === counter.key);
  if (found !== undefined) return found;
  const own = new StepCount(counter.key, halfOf(counter, now));
  if (counts.length >= limits.sequenceStepsMax) counts.splice(foreignTo(steps, counts), 1);
  counts.push(own);
  return own;
}

/** One that no rule of the role has: there is one where there is no room for those that it has. */
function foreignTo({ counters }: CompiledSteps, counts: readonly StepCount[]): number {
  return counts.findIndex((own) => !counters.some(({ key }) => key === own.key));
}

/** Counts by place are from here on those of the rules that stand there. */
function adoptOlder({ counters }: CompiledSteps, { steps }: StepStates): void {
  if (!steps.some(({ key }) => key < placesMost)) return;
  const kept = steps.filter(({ key }) => key >= placesMost);
  for (const counter of counters) {
    const older = steps.find(({ key }) => key === counter.place);
    if (older !== undefined && !kept.some(({ key }) => key === counter.key)) kept.push(ofOlder(older, counter)); // prettier-ignore
  }
  steps.splice(0, steps.length, ...kept.slice(0, limits.sequenceStepsMax));
}

function makeRoomForThings({ counters }: CompiledSteps, { steps }: StepStates): void {
  const counting = steps.filter((own) => own.countsThings);
  if (counting.length < limits.sequenceDistinctMax) return;
  const isMeant = (own: StepCount): boolean => counters.some(({ key, countsThings }) => key === own.key && countsThings); // prettier-ignore
  counting.find((own) => !isMeant(own))?.dropThings();
}

function clear({ steps }: StepStates, { key }: Counter): void {
  const at = steps.findIndex((own) => own.key === key);
  if (at >= 0) steps.splice(at, 1);
}
