/**
 * Texts of one block in which nothing can be found: most values of JSON are a word, a small number or a few words, and making
 * ready for them costs more than reading them. Told from what the loops over their characters noted (reading.ts), which go on
 * with it where something may be found. Does not own: what is done there (pass.ts).
 *
 * S1. It says nothing of a text in which a literal or a context word may end, in which a run is looked up that may be something,
 *     or in which something may be encoded, be a table or a field: such a text is read as any other.
 */
import { limits } from "../../protocol/limits.ts";
import { alphanumeric, equals, escaping, foreign, parting } from "./characters.ts";
import type { Context } from "./context.ts";
import { maskAt } from "./masks.ts";
import type { Plan } from "./plan.ts";
import { kindsShift, numberMask, outputs, runs, runSize, type Reading } from "./reading.ts";
import { runIs } from "./runtable.ts";
import { mayBeSpaced } from "./spacing.ts";

// Constants of this file: what is imported is looked up at each use.
const [found, noted, noteSize, kindsAt, numbers, letters] = [outputs, runs, runSize, kindsShift, numberMask, alphanumeric]; // prettier-ignore
const hints = foreign | escaping | equals | parting;
const { masked: isMasked, long: isLong, free: isFree, required: isRequired } = runIs;
const { dlpEncodedCharsMin } = limits;

/** @param text that was read last, all of it @param context with the names on the path */
export type HoldsNothing = (text: string, reading: Reading, context: Pick<Context, "isOnPathOf">) => boolean;

type Rows = Pick<Plan, "goesOn" | "lists" | "negatives" | "openings" | "prefix" | "runs">;

export function makeHoldsNothing(rows: Rows): HoldsNothing {
  const { goesOn, negatives } = rows;
  const { marks, free, required } = rows.runs;

  return (text, reading, context) => {
    if ((reading.seen & hints) !== 0) return false;
    for (let output = 0; output < reading.outputCount; output += 2) {
      const what = found[output + 1] ?? 0;
      const isLast = (found[output] ?? 0) + 1 === text.length;
      if (negatives[what] === 0 && (!isLast || goesOn[what * 129 + 128] === 1)) return false;
    }
    let masked = 0;
    for (let run = 0; run < reading.runCount; run += noteSize) {
      const [start, end, what] = [noted[run] ?? 0, noted[run + 1] ?? 0, noted[run + 2] ?? 0];
      const number = what & numbers;
      const mark = marks[number] ?? 0;
      if ((mark & isLong) !== 0 && (end - start >= dlpEncodedCharsMin || what >> kindsAt === letters)) return false; // prettier-ignore
      if (start < masked) continue;
      if ((mark & isMasked) !== 0) {
        const mask = maskAt(text, start, end);
        if (mask?.isDoubtful === false) masked = mask.end;
      }
      if ((mark & isFree) !== 0 && mayBeginAt(rows, free[number] ?? 0, text, start)) return false;
      if ((mark & isRequired) === 0) continue;
      const list = required[number] ?? 0;
      // What needs a context word has none but on the path.
      if (context.isOnPathOf(list) && mayBeginAt(rows, list, text, start)) return false;
    }
    return !mayBeSpaced(text);
  };
}

/** Whether a match of some detector of a list may begin at a run, or with what stands before it. */
function mayBeginAt({ lists, openings, prefix }: Rows, list: number, text: string, start: number): boolean {
  const detectors = lists[list];
  if (detectors === undefined) return false;
  for (let each = 0; each < detectors.length; each++) {
    const detector = detectors[each] ?? 0;
    const least = Math.max(0, start - (prefix[detector] ?? 0));
    for (let at = start; at >= least; at--) if (openings.mayBegin(detector, text, at)) return true;
  }
  return false;
}
