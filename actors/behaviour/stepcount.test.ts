import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tableStep } from "../../protocol/sequence.ts";
import { isStopped, outside, read, rule, send, session } from "./steps.fixture.ts";

describe("a window", () => {
  const windowed = tableStep({ ...rule, within: 60 });

  test("has no end to wait for: what was read within it counts, whenever the first was", () => {
    const own = session(windowed);
    read(own, 0, 1, "get_ticket", 0);
    read(own, 1, 100, "get_ticket", 59_990);
    for (const at of [60_000, 60_001, 90_000, 119_990])
      expect(isStopped(own, outside, { ...send, at })).toBe(true);
    expect(isStopped(own, outside, { ...send, at: 150_000 })).toBe(false);
  });

  test("counts all that it holds and nothing older than one and a half, for things, calls and bytes alike", () => {
    const after = [{ distinct: 5 }, { calls: 5 }, { bytes: 5 * 302 }];
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 500_000 }),
        (times, now) => {
          // prettier-ignore
          const sorted = times.filter((at) => at <= now).toSorted((one, other) => one - other);
          for (const each of after) {
            const own = session(
              tableStep({ ...rule, after: { tools: ["get_ticket"], ...each }, within: 60 }),
            );
            for (const [id, at] of sorted.entries()) own.call("get_ticket", { id: `T-${id}` }, "x".repeat(300), { at }); // prettier-ignore
            const since = (from: number): number => sorted.filter((at) => at > now - from).length;
            const stopped = isStopped(own, outside, { ...send, at: now });
            expect(stopped || since(60_000) < 6).toBe(true);
            expect(!stopped || since(90_000) >= 5).toBe(true);
          }
        },
      ),
    );
  });

  test("is not shortened by a clock that is set back, and ends when it is right again", () => {
    const own = session(windowed);
    read(own, 0, 3, "get_ticket", 500_000);
    read(own, 3, 5, "get_ticket", 100_000);
    for (const at of [0, 100_001, 500_001, 540_000])
      expect(isStopped(own, outside, { ...send, at })).toBe(true);
    expect(isStopped(own, outside, { ...send, at: 600_000 })).toBe(false);
  });

  test("of next to nothing is one of a moment", () => {
    const own = session(tableStep({ ...rule, within: 1e-300 }));
    read(own, 0, 9, "get_ticket", 1_700_000_000_000);
    expect(isStopped(own, outside, { ...send, at: 1_700_000_000_000 })).toBe(true);
    expect(isStopped(own, outside, { ...send, at: 1_700_000_000_009 })).toBe(false);
  });

  test("begins for bytes when they come, however long their call took", () => {
    const own = session(tableStep({ ...rule, after: { tools: ["export"], bytes: 100 }, within: 60 }));
    own.call("export", { id: "x-1" }, "x".repeat(200), { at: 0, answeredAt: 1_000_000 });
    expect(isStopped(own, outside, { ...send, at: 1_000_001 })).toBe(true);
  });
});
