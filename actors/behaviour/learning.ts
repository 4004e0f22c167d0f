/**
 * What a session's trail learns: from a call that was let through, and from its answer. Owns every write to a trail.
 *
 * L1. Learnt from facts alone, so that owner, runner-up and replay have the same trail.
 * L2. Hashes of another key say nothing: with a new key the trail forgets where values came from and keeps its counts.
 */
import type { AnswerFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { AnswerTrace, CallTrace } from "../../protocol/trace.ts";
import { evidenceOf } from "./evidence.ts";
import { pair, structured, unpackTrace, withCall } from "./mark.ts";
import type { SequencePolicy } from "./policy.ts";
import { stepAnswer, stepCall } from "./steps.ts";
import { dayOf } from "./summary.ts";
import { shortlyNamed } from "./things.ts";
import { newTrail, underKey, type SequenceState, type ToolRow, type Trail } from "./trail.ts";

/** What is kept of an open call until its answer comes. */
export interface OpenStep {
  /** Number of the call in the session, from 0. */
  readonly number: number;
  /** An identifier of it came from nowhere. */
  readonly isInvented: boolean;
}

export interface Step {
  readonly key: number;
  readonly name: string;
  readonly effect: string;
  readonly at: number;
  /** Digest of the call as a row key. */
  readonly digest: number;
  readonly trace: CallTrace;
}

export function learnCall(own: SequenceState, step: Step, policy: SequencePolicy): OpenStep {
  const { key, name, effect, digest, trace } = step;
  const trail = (own.trail = ofKey(own.trail, trace.key));
  openDay(trail, step.at);
  const number = trail.calls++;
  trail.dayCalls++;
  if (number < 255) trail.callTools[number] = toolNumber(trail, name.slice(0, nameCharsMost));
  if (effect !== "read") trail.writes++;
  if (policy.steps.rules.length > 0) stepCall(policy.steps, trail, step, step.at);
  const row = toolRow(trail, key);
  if (row !== undefined) row.calls++;
  trail.repeats = digest === trail.lastCall ? trail.repeats + 3 : Math.max(0, trail.repeats - 1);
  trail.lastCall = digest;
  const isInvented = trace.values.some((value) => isId(value.is, value.form) && evidenceOf(trail, value).from === "nowhere"); // prettier-ignore
  for (const { is, whole } of trace.values) {
    if (is === "text" || whole === 0 || !trail.asked.add(whole) || is !== "id") continue;
    trail.dayObjects++;
    if (row !== undefined) row.objects++;
  }
  for (const { known, place } of trace.values)
    if (known === "mission" && place !== undefined)
      trail.slots.add(place, withCall(pair | structured, number));
  for (const thing of shortlyNamed(trace)) trail.asked.add(thing);
  return { number, isInvented };
}

/** Names of tools in a trail: what a bound of bytes leaves for them. */
const nameCharsMost = 48;

/** A day never goes back: what comes late counts for the one that is open. */
function openDay(trail: Trail, at: number): void {
  const day = dayOf(at);
  if (day <= trail.day) return;
  trail.day = day;
  trail.dayCalls = trail.dayObjects = trail.dayBytes = 0;
  trail.tools.length = 0;
}

function isId(is: string, form: string | undefined): boolean {
  return is === "id" || (is === "destination" && form !== undefined);
}

export function learnAnswer(
  own: SequenceState,
  step: OpenStep & Pick<Step, "key" | "name" | "effect" | "at">,
  { outcome, bytes }: AnswerFacts,
  trace: AnswerTrace | undefined,
  policy: SequencePolicy,
): void {
  const { key, number, isInvented } = step;
  const trail = trace === undefined ? own.trail : (own.trail = ofKey(own.trail, trace.key));
  if (trail === undefined) return;
  const isFailed = outcome !== "ok";
  const row = toolRow(trail, key);
  if (isFailed) trail.failed++;
  if (row !== undefined) {
    row.bytes += bytes;
    if (isFailed) row.failed++;
  }
  trail.invented = Math.max(0, trail.invented + (isFailed && isInvented ? 3 : -1));
  trail.bytesRead += bytes;
  trail.dayBytes += bytes;
  if (policy.steps.rules.length > 0) stepAnswer(policy.steps, trail, step, bytes, step.at);
  if (bytes > trail.bytesMost) trail.bytesMost = bytes;
  if (trace === undefined) return;
  if (trace.cut === true) trail.isGapped = true;
  if (trace.directive > trail.directive) trail.directive = trace.directive;
  const marks = unpackTrace(trace.marks);
  if (marks === undefined) return void (trail.isGapped = true);
  for (let at = 0; at < marks.count; at++)
    if (!trail.slots.add(marks.hash(at), withCall(marks.about(at), number))) trail.isGapped = true;
}

function ofKey(trail: Trail | undefined, key: string): Trail {
  return trail === undefined ? newTrail(key) : underKey(trail, key);
}

function toolNumber(trail: Trail, name: string): number {
  const at = trail.names.indexOf(name);
  if (at >= 0) return at;
  if (trail.names.length >= limits.trailToolsMax) return 255;
  trail.names = [...trail.names, name];
  return trail.names.length - 1;
}

function toolRow({ tools }: Trail, key: number): ToolRow | undefined {
  const found = tools.find((row) => row.key === key);
  if (found !== undefined || tools.length >= limits.trailToolsMax) return found;
  const row = { key, calls: 0, failed: 0, bytes: 0, objects: 0 };
  tools.push(row);
  return row;
}
