/**
 * A role's own rules on what may follow what, as small state machines: three numbers for each rule, however long the session, and a
 * counter of different things where it asks for them. Owns their meaning. Does not own what the session has read (trail.ts).
 *
 *     row: calls within the window | bytes within the window | start of the window, epoch ms
 *
 * M1. A window that slides is kept as one that begins with its first call and begins again when it is over: so many within it
 *     are never more than so many, and at most twice as many are let pass in any span of its length.
 * M2. What `without` names clears the row, and its counter.
 * M3. Of calls that nobody has counted the things of (their role, or their version of the gateway, did not) each is about another one.
 */
import type { Reach, StepSelector, TableStep } from "../../protocol/sequence.ts";
import type { CallTrace } from "../../protocol/trace.ts";
import { DistinctCounter } from "./distinct.ts";
import { reachOf } from "./reach.ts";
import { thingsOf } from "./things.ts";
import type { Trail } from "./trail.ts";

export const stepWidth = 3;

export interface CompiledStep {
  readonly rule: TableStep;
  readonly after: Matcher;
  readonly without: Matcher | undefined;
  readonly then: Matcher;
  readonly windowMs: number;
}

/** Different things that a rule's calls within its window were about. */
export interface StepThings {
  /** At most so many before `seen` was there (M3). */
  readonly before: number;
  readonly seen: DistinctCounter;
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
type StepStates = Pick<Trail, "steps" | "things" | "asked">;

export function compileSteps(rules: readonly TableStep[]): readonly CompiledStep[] {
  return rules.map((rule) => ({
    rule,
    after: matcherOf(rule.after),
    without: rule.without === undefined ? undefined : matcherOf(rule.without),
    then: matcherOf(rule.then),
    windowMs: (rule.within ?? 0) * 1_000,
  }));
}

function matcherOf({ tools, effects }: StepSelector): Matcher {
  const names = tools === undefined ? undefined : new Set(tools);
  return ({ name, effect }) =>
    (names === undefined || names.has(name)) && (effects === undefined || effects.some((each) => each === effect)); // prettier-ignore
}

/** Whether a rule stops a call. @param place of the rule */
export function isStopped(
  { rule, then, windowMs }: CompiledStep,
  trail: StepStates,
  place: number,
  call: Reaching,
  now: number,
): boolean {
  // prettier-ignore
  if (!then(call)) return false;
  const { reach } = rule.then;
  if (reach !== undefined && reach !== reachOf(call.effect, call.reach, call.trace)) return false;
  const at = place * stepWidth;
  const [calls = 0, bytes = 0, since = 0] = trail.steps.slice(at, at + stepWidth);
  if (calls === 0 || (windowMs > 0 && now - since >= windowMs)) return false;
  const { after } = rule;
  if (calls < (after.calls ?? 1) || bytes < (after.bytes ?? 0)) return false;
  if (after.distinct !== undefined && trail.asked.count < after.distinct) return false;
  return after.things === undefined || thingsSeen(trail, place) >= after.things;
}

function thingsSeen(trail: StepStates, place: number): number {
  const own = trail.things[place];
  return own === undefined ? thingsUnseen(trail, place) : own.before + own.seen.count;
}

/** M3: a call may have listed many; then all of them are among what the session asked for. */
function thingsUnseen({ steps, asked }: StepStates, place: number): number {
  const calls = steps[place * stepWidth] ?? 0;
  return calls === 0 ? 0 : Math.max(calls, asked.count);
}

/** A call that was let through. */
export function stepCall(
  steps: readonly CompiledStep[],
  trail: StepStates,
  call: Entering,
  now: number,
): void {
  // prettier-ignore
  const { steps: rows, things } = trail;
  // Counters that only a role before had are not kept: there are limits.sequenceDistinctMax at most.
  if (things.length > steps.length) things.length = steps.length;
  for (const [place, { rule, after, without, windowMs }] of steps.entries()) {
    const at = place * stepWidth;
    if (rule.after.things === undefined && things[place] !== undefined) things[place] = undefined;
    while (rows.length < at + stepWidth) rows.push(0);
    if (without?.(call) === true) clear(trail, place);
    if (!after(call)) continue;
    if (windowMs > 0 && now - (rows[at + 2] ?? 0) >= windowMs) clear(trail, place);
    if (rows[at] === 0) rows[at + 2] = now;
    if (rule.after.things !== undefined) countThings(trail, place, call);
    rows[at] = (rows[at] ?? 0) + 1;
  }
}

function clear({ steps, things }: StepStates, place: number): void {
  steps.fill(0, place * stepWidth, (place + 1) * stepWidth);
  if (things[place] !== undefined) things[place] = undefined;
}

function countThings(trail: StepStates, place: number, { digest, trace }: Entering): void {
  const { things } = trail;
  while (things.length < place) things.push(undefined);
  const own = (things[place] ??= { before: thingsUnseen(trail, place), seen: new DistinctCounter() });
  for (const thing of thingsOf(digest, trace)) own.seen.add(thing);
}

/** Its answer. */
export function stepAnswer(
  steps: readonly CompiledStep[],
  rows: number[],
  call: Stepped,
  bytes: number,
): void {
  for (const [place, { after }] of steps.entries())
    if (after(call) && rows.length >= (place + 1) * stepWidth)
      rows[place * stepWidth + 1] = (rows[place * stepWidth + 1] ?? 0) + bytes;
}
