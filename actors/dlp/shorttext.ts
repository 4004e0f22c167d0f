/**
 * Short texts in which nothing can be found, told in one loop: most values of JSON are a word, a small number or a few words, and
 * making ready for them costs more than reading them. Does not own: what is done where something may be found (pass.ts).
 *
 * S1. It says nothing of a text in which a literal or a context word may end, in which a run is looked up that may be something,
 *     or in which something may be encoded, be a table or a field: such a text is read as any other.
 */
import { rowShift } from "./automaton.ts";
import { equals, escaping, foreign, insideShift, parting, readAs } from "./characters.ts";
import { maskAt } from "./masks.ts";
import type { Plan } from "./plan.ts";
import { formOf, type Tables } from "./reading.ts";
import { nextClassOf, runCharsMax } from "./runshape.ts";
import { keyBehind, rankOf, runIs, runKey } from "./runtable.ts";
import { mayBeSpaced } from "./spacing.ts";

/** Of a longer text most is worth the reading. */
export const shortCharsMax = 64;
// Constants of this file: what is imported is looked up at each use.
const [kindShift, tableShift, lengthMax, behindKey] = [insideShift, rowShift, runCharsMax, keyBehind];
const hints = foreign | escaping | equals | parting;
const { masked: isMasked, long: isLong, free: isFree, required: isRequired } = runIs;
const sure = isFree | isMasked | isLong;
const anything = sure | isRequired;

/** @param hasPath whether a name on the path is for something @returns bits of the characters; -1 where something may be found */
export type ReadShort = (text: string, hasPath: boolean) => number;

type Rows = Pick<Plan, "lists" | "negatives" | "openings" | "prefix" | "runs">;

export function makeReadShort({ automaton, goesOn, before }: Tables, rows: Rows): ReadShort {
  const { columnOf, table, plain } = automaton;
  const { negatives, runs } = rows;
  const rowOfOutputs = plain << tableShift;
  const { numbers, marks, free, required } = runs;
  const [kindOf, form, rank, nextClass] = [readAs, formOf, rankOf, nextClassOf];

  /** Whether more is to be done with a run than to try what cannot begin at it. */
  function isTelling(text: string, start: number, number: number, hasPath: boolean): boolean {
    if (mayBeginAt(rows, free[number] ?? 0, text, start)) return true;
    return hasPath && mayBeginAt(rows, required[number] ?? 0, text, start);
  }

  return (text, hasPath) => {
    // What needs a context word has none but on the path.
    const telling = hasPath ? anything : sure;
    const { length } = text;
    let row = 0;
    let seen = 0;
    let last = 0;
    let kinds = 0;
    let start = -1;
    let first = 0;
    let behind = 0;
    let masked = 0;
    for (let at = 0; at <= length; at++) {
      const code = at < length ? text.charCodeAt(at) : 0;
      const kind = at < length ? (kindOf[code] ?? 0) : 0;
      row = (table[row + (columnOf[code] ?? 0)] ?? 0) << tableShift;
      if (row >= rowOfOutputs && at < length) {
        const output = (row - rowOfOutputs) >> tableShift;
        const next = at + 1 < length ? text.charCodeAt(at + 1) : 128;
        if (negatives[output] === 0 && goesOn[output * 129 + (next < 128 ? next : 128)] === 1) return -1;
      }
      if (kind >> kindShift === 1) {
        if (start < 0) {
          start = at;
          first = code;
          behind = before[last] ?? 0;
          kinds = 0;
        }
        kinds |= kind;
      } else {
        if ((kind & hints) !== 0) return -1;
        if (start >= 0) {
          const size = at - start;
          const key = runKey(form[kinds] ?? 0, rank[first] ?? 0, size < lengthMax ? size : lengthMax, at < length ? (nextClass[code] ?? 0) : 0); // prettier-ignore
          const number = numbers[behind * behindKey + key] ?? 0;
          const mark = marks[number] ?? 0;
          if ((mark & isLong) !== 0) return -1;
          if ((mark & telling) !== 0 && start >= masked) {
            const mask = (mark & isMasked) === 0 ? undefined : maskAt(text, start, at);
            if (mask?.isDoubtful === false) masked = mask.end;
            if (isTelling(text, start, number, hasPath)) return -1;
          }
          start = -1;
        }
      }
      seen |= kind;
      last = code;
    }
    return mayBeSpaced(text) ? -1 : seen;
  };
}

/** Whether a match of some detector of a list may begin at a run, or with what stands before it. */
function mayBeginAt({ lists, openings, prefix }: Rows, list: number, text: string, start: number): boolean {
  const detectors = lists[list];
  if (list === 0 || detectors === undefined) return false;
  for (let each = 0; each < detectors.length; each++) {
    const detector = detectors[each] ?? 0;
    const least = Math.max(0, start - (prefix[detector] ?? 0));
    for (let at = start; at >= least; at--) if (openings.mayBegin(detector, text, at)) return true;
  }
  return false;
}
