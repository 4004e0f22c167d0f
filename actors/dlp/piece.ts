/** One text in one piece: what stands in it, by its characters. */
import { cleanBackslashes } from "./backslashes.ts";
import type { Scanned } from "./decoder.ts";
import { standing } from "./overlap.ts";
import type { Match, Pass } from "./pass.ts";
import type { Plan } from "./plan.ts";

const none: readonly Match[] = [];

/** @param isAll whether the text is no part of anything */
export function scanPiece(pass: Pass, plan: Plan, given: string, isAll: boolean): readonly Match[] {
  const text = cleanBackslashes(given);
  pass.begin();
  pass.hold(text, 0);
  if (isAll) pass.setWhole();
  pass.readAll();
  return pass.matches.length === 0 ? none : standing(pass.takeMatches(pass.base), plan.detectors);
}

/** The same with what the decoder must know to look deeper. */
export function scanLayer(pass: Pass, plan: Plan, text: string): Scanned {
  const matches = scanPiece(pass, plan, text, false);
  return { matches, seen: pass.seen, longRuns: pass.takeLongRuns() };
}
