/**
 * The behaviour breaker: stops a session whose agent goes round in circles. Owns what counts as a circle. Does not own
 * failures of an upstream (breaker.ts) and refused calls, which take nothing and are counted elsewhere (refusals.ts).
 *
 * Three circles, each counted per call and each with a threshold of the role:
 *   identical  the same name and arguments fail again and again
 *   similar    the same name and shape fail again and again: a number or an id is being guessed
 *   repeats    the same name and arguments succeed with the same answer: nothing changes any more
 *
 * L1. Counts belong to a call, not to the sequence: other calls in between, good or bad, wash nothing out. So two or
 *     four failing calls in turn are caught as one alone is.
 * L2. An agent that mends its call is let off: success of the same call clears `identical`; success of the same shape
 *     takes three from `similar`. Success of any other shape changes nothing.
 * L3. Every count fades by one each limits.behaviourFadeMs, so that a session that lives for weeks is judged by what
 *     it does now.
 * L4. The table of failing calls is bounded, and cannot be flooded: when it is full the least counted entry gives its
 *     place AND its `similar` count to the new one (Space-Saving). An agent that fails differently each time is caught
 *     too, after about limits.behaviourEntriesMax times the threshold.
 * L5. Only the agent's own failures count: the tool's error and the upstream's JSON-RPC error. Time-outs and broken
 *     connections are the upstream's, and a cancelled call is nobody's.
 * L6. Openings double, also when a good call closed the breaker in between, until the session was calm for sixteen
 *     opening times. The probe's place lapses like the tool breaker's (T2).
 *
 * @see Metwally et al., "Efficient Computation of Frequent and Top-k Elements in Data Streams", ICDT 2005
 */
import type { AnswerFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { cell, findRow, hashKey, jointKey, noRows, textKey, withRow } from "../rows.ts";
import { seconds } from "./breaker.ts";
import { behaviourProbe } from "./guard.ts";
import type { Alert, Answer, Call, Guard, OpenCall } from "./guard.ts";
import type { CompiledRole } from "./role.ts";

export interface BehaviourState {
  /** Open until (0: closed), openings, closed since, which circle opened it (place in `circles`). Empty: never opened. */
  loop: number[];
  /** Name of the call that opened it. */
  repeated: string;
  /** Rows of shape key, digest key, identical, similar, time. */
  failing: number[];
  /** Rows of digest key, answer key, repeats, time. */
  answers: number[];
}

export const loopLength = 4;
export const failingRowWidth = 5;
export const answerRowWidth = 4;

const doublingsMax = 4;
/** Failures of a shape that one success of it makes up for: to try three times and then mend the call is work. */
const forgiven = 3;

/** What the agent is told, by place in `loop`. */
export const circles = [
  "it was called with the same arguments again and again and failed each time",
  "it was called with nearly the same arguments again and again and failed each time",
  "it was called with the same arguments again and again and gave the same answer each time",
] as const;
const identicalCircle = 0;
const similarCircle = 1;
const repeatsCircle = 2;

/** The keys by which a call is compared with earlier ones. */
export function callKeys({ facts, grant }: Call): { shape: number; digest: number } {
  const [shape, digest] = [hashKey(facts.shape), hashKey(facts.digest)];
  if (facts.kind !== "resource")
    return { shape: jointKey(grant.key, shape), digest: jointKey(grant.key, digest) };
  // One resource grant covers many URIs, and a read has no arguments: its URI is what tells it from others.
  const alike = textKey(facts.name.replace(/\d+/g, "0"));
  return { shape: jointKey(alike, shape), digest: jointKey(textKey(facts.name), digest) };
}

export const behaviour = {
  start: (): BehaviourState => ({ loop: noRows, repeated: "", failing: noRows, answers: noRows }),

  before({ loop, repeated }, { at }) {
    const until = openUntil(loop);
    if (until <= at) return undefined;
    const circle = circles[cell(loop, 3)] ?? circles[identicalCircle];
    const says = `All calls are stopped for ${seconds(until - at)} because of ${repeated}: ${circle}. Change the plan before you go on.`;
    return { kind: "quarantine", rule: "breaker.behaviour", says, until };
  },

  enter({ loop }, { at, role }, open) {
    if (openUntil(loop) === 0) return;
    open.probe += behaviourProbe;
    loop[0] = at + openMs(role, cell(loop, 1) - 1);
  },

  after(own, open, answer) {
    const circle = learn(own, open, answer);
    const until = openUntil(own.loop);
    if (until === 0) return circle === undefined ? undefined : openBreaker(own, open, answer, circle);
    if ((open.probe & behaviourProbe) === 0) return undefined;
    const { outcome } = answer.facts;
    if (circle !== undefined) return openBreaker(own, open, answer, circle);
    if (isFailure(outcome))
      return openBreaker(own, { ...open, name: own.repeated }, answer, cell(own.loop, 3));
    // A probe that showed nothing leaves the place to another.
    own.loop[0] = outcome === "ok" ? 0 : Math.min(until, answer.at);
    own.loop[2] = answer.at;
    return undefined;
  },
} as const satisfies Guard<BehaviourState>;

/** What an operator's lift leaves: a breaker that was never open, and no memory of what opened it. */
export function forgive(own: BehaviourState): void {
  Object.assign(own, behaviour.start());
}

export function openUntil(loop: readonly number[]): number {
  return loop.length === 0 ? 0 : cell(loop, 0);
}

function isFailure(outcome: AnswerFacts["outcome"]): boolean {
  return outcome === "tool-error" || outcome === "rpc-error";
}

function openMs(role: CompiledRole, openings: number): number {
  return role.table.breakers.behaviour.openSeconds * 1000 * (1 << Math.min(openings, doublingsMax));
}

function openBreaker(own: BehaviourState, open: OpenCall, { at, role }: Answer, circle: number): Alert {
  const before = own.loop.length === 0 ? 0 : cell(own.loop, 1);
  const isCalm =
    openUntil(own.loop) === 0 && before > 0 && at - cell(own.loop, 2) >= openMs(role, doublingsMax);
  const openings = isCalm ? 0 : before;
  const stopMs = openMs(role, openings);
  own.loop = [at + stopMs, Math.min(openings + 1, doublingsMax + 1), at, circle];
  own.repeated = open.name;
  const says = `${open.name}: ${circles[circle] ?? ""}; the session is stopped for ${seconds(stopMs)}`;
  return { rule: "breaker.behaviour", says };
}

/** Writes an answer into the tables. @returns the circle whose threshold is reached now */
function learn(own: BehaviourState, open: OpenCall, { at, facts, role }: Answer): number | undefined {
  if (isFailure(facts.outcome)) return learnFailure(own, open, at, role);
  if (facts.outcome !== "ok") return undefined;
  learnSuccess(own.failing, open, at);
  return facts.digest === "" ? undefined : learnAnswer(own, open, hashKey(facts.digest), at, role);
}

function learnFailure(
  own: BehaviourState,
  open: OpenCall,
  at: number,
  role: CompiledRole,
): number | undefined {
  let row = findRow(own.failing, failingRowWidth, open.shape);
  if (row < 0) {
    if (own.failing.length < limits.behaviourEntriesMax * failingRowWidth) {
      own.failing = withRow(own.failing, [open.shape, open.digest, 0, 0, at]);
      row = own.failing.length - failingRowWidth;
    } else {
      for (let each = 0; each < own.failing.length; each += failingRowWidth)
        fadeFailing(own.failing, each, at);
      row = least(own.failing, failingRowWidth, 3);
      own.failing[row] = open.shape;
      own.failing[row + 2] = 0;
    }
  }
  const { failing } = own;
  fadeFailing(failing, row, at);
  failing[row + 2] = cell(failing, row + 1) === open.digest ? cell(failing, row + 2) + 1 : 1;
  failing[row + 1] = open.digest;
  failing[row + 3] = cell(failing, row + 3) + 1;
  const { identical, similar } = role.table.breakers.behaviour;
  if (cell(failing, row + 2) >= identical) return identicalCircle;
  return cell(failing, row + 3) >= similar ? similarCircle : undefined;
}

function learnSuccess(failing: number[], open: OpenCall, at: number): void {
  const row = findRow(failing, failingRowWidth, open.shape);
  if (row < 0) return;
  fadeFailing(failing, row, at);
  if (cell(failing, row + 1) === open.digest) failing[row + 2] = 0;
  failing[row + 3] = Math.max(0, cell(failing, row + 3) - forgiven);
}

function learnAnswer(
  own: BehaviourState,
  open: OpenCall,
  answer: number,
  at: number,
  role: CompiledRole,
): number | undefined {
  let row = findRow(own.answers, answerRowWidth, open.digest);
  if (row < 0) {
    if (own.answers.length < limits.behaviourAnswersMax * answerRowWidth) {
      own.answers = withRow(own.answers, [open.digest, answer, 1, at]);
      return undefined;
    }
    for (let each = 0; each < own.answers.length; each += answerRowWidth) fadeAnswer(own.answers, each, at);
    row = least(own.answers, answerRowWidth, 2);
    own.answers[row] = open.digest;
    own.answers[row + 1] = answer;
    own.answers[row + 2] = 0;
    own.answers[row + 3] = at;
  }
  const { answers } = own;
  fadeAnswer(answers, row, at);
  answers[row + 2] = cell(answers, row + 1) === answer ? cell(answers, row + 2) + 1 : 1;
  answers[row + 1] = answer;
  return cell(answers, row + 2) >= role.table.breakers.behaviour.repeats ? repeatsCircle : undefined;
}

function fadeFailing(failing: number[], row: number, at: number): void {
  const steps = fade(failing, row + 4, at);
  if (steps === 0) return;
  failing[row + 2] = Math.max(0, cell(failing, row + 2) - steps);
  failing[row + 3] = Math.max(0, cell(failing, row + 3) - steps);
}

function fadeAnswer(answers: number[], row: number, at: number): void {
  const steps = fade(answers, row + 3, at);
  if (steps > 0) answers[row + 2] = Math.max(0, cell(answers, row + 2) - steps);
}

/** Whole fading steps since the time that stands at `place`, which moves on by them. */
function fade(cells: number[], place: number, at: number): number {
  const since = cell(cells, place);
  if (at - since < limits.behaviourFadeMs) return 0;
  const steps = Math.floor((at - since) / limits.behaviourFadeMs);
  cells[place] = since + steps * limits.behaviourFadeMs;
  return steps;
}

/** The row with the smallest count, of equal ones that with the oldest time (each row's last cell). */
function least(cells: readonly number[], width: number, count: number): number {
  let found = 0;
  for (let row = width; row < cells.length; row += width) {
    const less = cell(cells, row + count) - cell(cells, found + count);
    if (less < 0 || (less === 0 && cell(cells, row + width - 1) < cell(cells, found + width - 1)))
      found = row;
  }
  return found;
}
