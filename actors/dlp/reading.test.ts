import fc from "fast-check";
import { expect, test } from "vitest";
import { readCodes } from "./codes.ts";
import { fixtureDetectors } from "./engine.fixture.ts";
import { makePlan, type Plan } from "./plan.ts";
import { blockChars, codes, kindsShift, numberMask, outputs, Reading, runs, runSize } from "./reading.ts";

const plan = makePlan(fixtureDetectors()) as Plan;

interface Noted {
  readonly runs: { readonly at: string; readonly number: number; readonly isOpen: boolean }[];
  readonly outputs: string[];
}

/** Runs and outputs of a text that is read in blocks, by characters of the text. */
function read(text: string, cuts: readonly number[]): Noted {
  const reading = new Reading();
  const found: Noted = { runs: [], outputs: [] };
  let from = 0;
  for (const to of [...cuts, text.length]) {
    for (let at = from; at < to; at += blockChars) {
      const end = Math.min(to, at + blockChars);
      readCodes(text, at, end);
      plan.read(end - at, reading);
      for (let run = 0; run < reading.runCount; run += runSize) {
        const until = at + (runs[run + 1] ?? 0);
        // Whether what stands behind the sign after it was not read yet.
        found.runs.push({ at: `${at + (runs[run] ?? 0)} ${until}`, number: runs[run + 2] ?? 0, isOpen: until + 1 === end }); // prettier-ignore
      }
      // The last one of a block may go on in any way, as far as the block knows.
      for (let output = 0; output < reading.outputCount; output += 2)
        if (goesOn(text, at + (outputs[output] ?? 0), outputs[output + 1] ?? 0))
          found.outputs.push(`${at + (outputs[output] ?? 0)} ${outputs[output + 1]}`);
    }
    from = to;
  }
  return found;
}

/** What is done at a run: by its number, and the kinds of its characters. */
function triedAt(number: number): readonly string[] {
  const own = number & numberMask;
  const list = (name: string, of: number | undefined): readonly string[] => [...(plan.lists[of ?? 0] ?? [])].map((each) => `${name} ${each}`); // prettier-ignore
  const marks = [1, 2, 4, 8].filter((bit) => ((plan.runs.marks[own] ?? 0) & bit) !== 0);
  return [`kinds ${number >>> kindsShift}`, ...marks.map((bit) => `is ${bit}`), ...list("free", plan.runs.free[own]), ...list("required", plan.runs.required[own])]; // prettier-ignore
}

function goesOn(text: string, at: number, output: number): boolean {
  const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 128;
  return plan.goesOn[output * 129 + Math.min(next, 128)] === 1;
}

const noise = fc.string({ unit: fc.constantFrom(..."aZ09 .-:/@=_+(é\n", "ssn ", "card", "AKX", "token", "4111 1111"), maxLength: 40 }); // prettier-ignore

/** Where a block ends behind the sign after a run, what may follow is not known: there more may be noted, and never less. */
function expectSame(one: Noted, other: Noted): void {
  expect(one.outputs).toEqual(other.outputs);
  expectKept(one, other);
  expectKept(other, one);
}

function expectKept(one: Noted, other: Noted): void {
  const noted = new Map(other.runs.map((run) => [run.at, run]));
  for (const { at, number, isOpen } of one.runs) {
    const same = noted.get(at);
    if (isOpen && same?.isOpen !== true) continue;
    if (same?.isOpen === isOpen) expect([at, same.number]).toEqual([at, number]);
    else expect([at, ...triedAt(same?.number ?? 0)]).toEqual(expect.arrayContaining([...triedAt(number)]));
  }
}

test("where a text is cut into blocks nothing that is noted of it is lost, and more is noted only at runs of which a block does not know what follows", () => {
  expect(read("=990 a", [5]).runs.map(({ isOpen }) => isOpen)).toEqual([true]);
  expect(read("=990 a", []).runs).toEqual([]);
  fc.assert(
    fc.property(noise, fc.array(fc.nat(60), { maxLength: 5 }), fc.nat(3), (text, places, before) => {
      // Before it, so much that a block ends within what counts.
      const long = `${"x ".repeat(before * 1_020)}${text}`;
      const cuts = places.filter((place) => place < text.length).map((place) => long.length - text.length + place); // prettier-ignore
      expectSame(
        read(
          long,
          cuts.toSorted((a, b) => a - b),
        ),
        read(long, []),
      );
    }),
    { examples: [["=990 a", [5], 0]] },
  );
});

test("characters of a long part are the same as those of a short one, within ASCII and beyond", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."aé\u0430\ud83d\udd11\0"), minLength: 190, maxLength: 200 }), (text) => {
      readCodes(text, 0, text.length);
      expect([...codes.subarray(0, text.length)]).toEqual(text.split("").map((unit) => unit.charCodeAt(0)));
    }),
  ); // prettier-ignore
});

test("a run is noted by all that tells what it may be", () => {
  const numbers = ["4111 ", "AKX0123456789ABC ", "word "].map((text) => read(text, []).runs);
  expect(numbers.map(({ length }) => length)).toEqual([1, 1, 0]);
});
