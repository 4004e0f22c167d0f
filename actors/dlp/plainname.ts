/**
 * Names in which nothing is found, whatever stands around them: most keys of JSON, which come again and again.
 *
 * P1. No name is plain in which some expression may match, or which may be encoded: when in doubt it is not.
 */
import { kindOf } from "./characters.ts";
import type { Plan } from "./plan.ts";
import { formOf } from "./reading.ts";
import { nextClassOf, runCharsMax } from "./runshape.ts";
import { rankOf, runIs, runKey, thenUnknown, variantOf } from "./runtable.ts";
import { mayBeSpaced } from "./spacing.ts";

const nameCharsMax = 64;
const simple = /^[0-9A-Za-z_.-]*$/;

/** @param name in which there is no literal that sets off a pattern */
export function holdsNothing(plan: Plan, name: string): boolean {
  if (name.length > nameCharsMax || !simple.test(name) || mayBeSpaced(name)) return false;
  for (const { 0: run, index } of name.matchAll(/[0-9A-Za-z]+/g)) {
    const number = numberOf(plan, name, index, run);
    if (((plan.runs.marks[number] ?? 0) & runIs.long) !== 0) return false;
    for (const list of [plan.runs.free[number] ?? 0, plan.runs.required[number] ?? 0])
      for (const detector of plan.lists[list] ?? [])
        for (let before = Math.min(index, plan.prefix[detector] ?? 0); before >= 0; before--)
          if (plan.openings.mayBegin(detector, name, index - before)) return false;
  }
  return true;
}

function numberOf({ before, runs }: Plan, name: string, start: number, run: string): number {
  let kinds = 0;
  for (let at = 0; at < run.length; at++) kinds |= kindOf[run.charCodeAt(at)] ?? 0;
  const end = start + run.length;
  const next = end < name.length ? (nextClassOf[name.charCodeAt(end)] ?? 0) : 0;
  const key = runKey(formOf[kinds] ?? 0, rankOf[run.charCodeAt(0)] ?? 0, Math.min(run.length, runCharsMax), next); // prettier-ignore
  return runs.numbers[variantOf(runs.kinds[key] ?? 0, start > 0 ? (before[name.charCodeAt(start - 1)] ?? 0) : 0, thenUnknown)] ?? 0; // prettier-ignore
}
