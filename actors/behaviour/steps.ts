/**
 * A role's own rules on what may follow what, as small state machines: three numbers for each rule, however long the session.
 * Owns their meaning. Does not own what the session has read (trail.ts).
 *
 *     row: calls within the window | bytes within the window | start of the window, epoch ms
 *
 * M1. A window that slides is kept as one that begins with its first call and begins again when it is over: so many within it
 *     are never more than so many, and at most twice as many are let pass in any span of its length.
 * M2. What `without` names clears the row.
 */
import type { StepRule, StepSelector } from "../../protocol/sequence.ts";

export const stepWidth = 3;

export interface CompiledStep {
  readonly rule: StepRule;
  readonly after: Matcher;
  readonly without: Matcher | undefined;
  readonly then: Matcher;
  readonly windowMs: number;
}

/** What of a call a rule can name. */
export interface Stepped {
  readonly name: string;
  readonly effect: string;
}

type Matcher = (call: Stepped) => boolean;

export function compileSteps(rules: readonly StepRule[]): readonly CompiledStep[] {
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

/** Whether a rule stops a call. @param rows of the trail @param asked different things named so far */
export function isStopped(
  { rule, then, windowMs }: CompiledStep,
  rows: readonly number[],
  at: number,
  call: Stepped,
  now: number,
  asked: number,
): boolean {
  if (!then(call)) return false;
  const [calls = 0, bytes = 0, since = 0] = rows.slice(at, at + stepWidth);
  if (calls === 0 || (windowMs > 0 && now - since >= windowMs)) return false;
  const { after } = rule;
  return calls >= (after.calls ?? 1) && bytes >= (after.bytes ?? 0) && asked >= (after.distinct ?? 0);
}

/** A call that was let through. */
export function stepCall(steps: readonly CompiledStep[], rows: number[], call: Stepped, now: number): void {
  for (const [place, { after, without, windowMs }] of steps.entries()) {
    const at = place * stepWidth;
    while (rows.length < at + stepWidth) rows.push(0);
    if (without?.(call) === true) rows.fill(0, at, at + stepWidth);
    if (!after(call)) continue;
    if (windowMs > 0 && now - (rows[at + 2] ?? 0) >= windowMs) rows.fill(0, at, at + stepWidth);
    if (rows[at] === 0) rows[at + 2] = now;
    rows[at] = (rows[at] ?? 0) + 1;
  }
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
