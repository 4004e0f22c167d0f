import fc from "fast-check";
import { expect, test } from "vitest";
import { readCodes } from "./codes.ts";
import { fixtureDetectors } from "./engine.fixture.ts";
import { makePlan, type Plan } from "./plan.ts";
import { blockChars, codes, outputs, Reading, runs, runSize } from "./reading.ts";

const plan = makePlan(fixtureDetectors()) as Plan;

/** Runs and outputs of a text that is read in blocks, by characters of the text. */
function read(
  text: string,
  cuts: readonly number[],
): { readonly runs: string[]; readonly outputs: string[] } {
  const reading = new Reading();
  const found: { runs: string[]; outputs: string[] } = { runs: [], outputs: [] };
  let from = 0;
  for (const to of [...cuts, text.length]) {
    for (let at = from; at < to; at += blockChars) {
      const end = Math.min(to, at + blockChars);
      readCodes(text, at, end);
      plan.read(end - at, reading);
      for (let run = 0; run < reading.runCount; run += runSize) found.runs.push(`${at + (runs[run] ?? 0)} ${at + (runs[run + 1] ?? 0)} ${runs[run + 2]}`); // prettier-ignore
      // The last one of a block may go on in any way, as far as the block knows.
      for (let output = 0; output < reading.outputCount; output += 2)
        if (goesOn(text, at + (outputs[output] ?? 0), outputs[output + 1] ?? 0))
          found.outputs.push(`${at + (outputs[output] ?? 0)} ${outputs[output + 1]}`);
    }
    from = to;
  }
  return found;
}

function goesOn(text: string, at: number, output: number): boolean {
  const next = at + 1 < text.length ? text.charCodeAt(at + 1) : 128;
  return plan.goesOn[output * 129 + Math.min(next, 128)] === 1;
}

const noise = fc.string({ unit: fc.constantFrom(..."aZ09 .-:/@=_+(é\n", "ssn ", "card", "AKX", "token", "4111 1111"), maxLength: 40 }); // prettier-ignore

test("where a text is cut into blocks changes nothing of what is noted", () => {
  fc.assert(
    fc.property(noise, fc.array(fc.nat(60), { maxLength: 5 }), fc.nat(3), (text, places, before) => {
      // Before it, so much that a block ends within what counts.
      const long = `${"x ".repeat(before * 1_020)}${text}`;
      const cuts = places.filter((place) => place < text.length).map((place) => long.length - text.length + place); // prettier-ignore
      expect(
        read(
          long,
          cuts.toSorted((a, b) => a - b),
        ),
      ).toEqual(read(long, []));
    }),
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
