import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { GrpcRefusals } from "./grpcrefusals.ts";

test("however refusals come, each is in exactly one report, and there are few", () => {
  const step = fc.record({ name: fc.nat(2 * limits.grpcRefusalsMax), ms: fc.integer({ min: -5_000, max: 5_000 }) }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(step, { maxLength: 2_000, size: "max" }), (steps) => {
      let [at, first] = [0, 0];
      const reports: number[] = [];
      const refusals = new GrpcRefusals((_refused, count) => void reports.push(count));
      for (const { name, ms } of steps) {
        refusals.count({ method: "Kill", names: `n${name}`, from: `127.0.0.1:${first++}` }, (at += ms));
      }
      refusals.flush(Number.POSITIVE_INFINITY);
      expect(reports.reduce((sum, count) => sum + count, 0)).toBe(steps.length);
    }),
  );
});

test("a storm of made-up names costs so many records, and one for all the others", () => {
  const told: [names: string, count: number][] = [];
  const refusals = new GrpcRefusals(({ names }, count) => void told.push([names, count]));
  for (let n = 0; n < 10_000; n++) refusals.count({ method: "Kill", names: `n${n}`, from: "x" }, n / 10);
  expect(told).toHaveLength(limits.grpcRefusalsMax + 1);
  refusals.flush(limits.refusalIntervalMs + 1_000);
  expect(told.at(-1)).toEqual(["", 10_000 - limits.grpcRefusalsMax - 1]);
});
