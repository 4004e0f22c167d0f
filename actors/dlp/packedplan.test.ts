import { expect, test } from "vitest";
import { builtinDetectors, builtinRows } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import type { DetectorRow } from "../../protocol/detector.ts";
import { assembleExample } from "./example.ts";
import { packPlan, unpackPlan } from "./packedplan.ts";
import { makePlan, type Plan } from "./plan.ts";
import { Scanner } from "./scanner.ts";

const plan = makePlan(builtinDetectors(ports)) as Plan;
const other = unpackPlan(structuredClone(packPlan(plan)), ports);

test("a plan that was packed, copied and unpacked finds in an example of each row what the first one finds", () => {
  const [own, copied] = [new Scanner(plan), new Scanner(other)];
  const all = (builtinRows as readonly DetectorRow[]).flatMap(({ id, examples }) => examples.yes.slice(0, 1).map((example, at) => assembleExample(example, `${id}/${at}`))); // prettier-ignore
  const findings = (scanner: Scanner): readonly string[] => all.flatMap((text) => [scanner.scanText(text), scanner.scanValue({ rows: [text, "and more"], [text]: { password: text } })].map((result) => JSON.stringify(result))); // prettier-ignore
  const expected = findings(own);
  expect(findings(copied)).toEqual(expected);
  expect(expected.filter((result) => result.includes('"type"')).length).toBeGreaterThan(1_000);
});

test("nothing of a plan is lost on the way", () => {
  const facts = ({
    read: _read,
    readEnd: _readEnd,
    holdsNothing: _holdsNothing,
    detectors,
    ...rest
  }: Plan): object => ({
    ...rest,
    detectors: detectors.map(({ check: _check, ...detector }) => detector),
  });
  expect(facts(other)).toEqual(facts(plan));
});
