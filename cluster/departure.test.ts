import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Departure } from "./departure.ts";

/** A departure that counts how often it left. */
function counted(open: () => number): { readonly departure: Departure; readonly left: () => number } {
  let count = 0;
  return { departure: new Departure(() => void count++, open), left: () => count };
}

describe("Departure", () => {
  test("with few calls open it leaves after the turn of the loop, once for all that was sent in it", async () => {
    const { departure, left } = counted(() => limits.relayGatherCalls - 1);
    for (let count = 0; count < 5; count++) departure.soon();
    expect(left()).toBe(0);
    await turn();
    expect(left()).toBe(1);
    departure.soon();
    await turn();
    expect(left()).toBe(2);
  });

  test("with many calls open several turns of the loop leave together, and soon", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const { departure, left } = counted(() => limits.relayGatherCalls);
      for (let count = 0; count < 5; count++) {
        departure.soon();
        await turn();
      }
      expect(left()).toBe(0);
      vi.advanceTimersByTime(limits.relayGatherMs);
      expect(left()).toBe(1);
      departure.soon();
      vi.advanceTimersByTime(limits.relayGatherMs);
      expect(left()).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test("what waits when few calls are left open still leaves", async () => {
    let open = limits.relayGatherCalls;
    const { departure, left } = counted(() => open);
    departure.soon();
    open = 0;
    departure.soon();
    await wait(10 * limits.relayGatherMs);
    expect(left()).toBe(1);
  });
});
