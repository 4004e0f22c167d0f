import { describe, expect, test } from "vitest";
import type { Actor } from "../actors/actor.ts";
import { Host } from "./host.ts";
import { MemoryPassivation } from "./passivation.ts";

interface Tick {
  readonly kind: "tick" | "due" | "time";
  readonly at: number;
}

/** Counts its events. */
const counter: Actor<{ events: number; due: number }, Tick, number, undefined> = {
  stateVersion: 1,
  create: () => ({ events: 0, due: 0 }),
  decide: (state, { kind, at }) => {
    state.events++;
    if (kind !== "tick") state.due = kind === "due" ? at + 10 : 0;
    return [state.events];
  },
  isJournalled: () => true,
  dueAt: ({ due }) => (due === 0 ? undefined : due),
  timeEvent: (at) => ({ kind: "time", at }),
  isLasting: () => false,
  freeze: ({ events, due }) => [events, due],
  essence: ({ events, due }) => [events, due],
  thaw: (frozen) => {
    const [events, due] = frozen as readonly number[];
    return { events: Number(events), due: Number(due) };
  },
};

function hostOn(rows: MemoryPassivation): Host<{ events: number; due: number }, Tick, number, undefined> {
  return new Host({ actor: counter, world: undefined, passivation: rows, onFault: () => undefined });
}

const tick = (at: number): Tick => ({ kind: "tick", at });

describe("after a start, of the events that the journal has", () => {
  test("none is taken twice, whichever of them comes first", () => {
    const rows = new MemoryPassivation();
    const host = hostOn(rows);
    host.turn("a", tick(10));
    host.turn("a", tick(20));
    host.passivateAll();
    const next = hostOn(rows);
    // One that is newer than the row stands before older ones: a time event that an earlier process took as it ended.
    expect([30, 10, 20, 31].map((at) => next.catchUp("a", tick(at)))).toEqual([true, false, false, true]);
    expect(next.peek("a")?.events).toBe(4);
  });

  test("none is left out because time events were taken ahead before the stop", () => {
    const rows = new MemoryPassivation();
    const host = hostOn(rows);
    host.turn("a", { kind: "due", at: 10 });
    expect(host.flushRefusals(1_000, 1, 12)).toHaveLength(1);
    host.passivateAll();
    const next = hostOn(rows);
    expect(next.catchUp("a", { kind: "time", at: 1_000 }, 12)).toBe(false);
    expect(next.catchUp("a", tick(13))).toBe(true);
    next.passivateAll();
    expect(hostOn(rows).catchUp("a", tick(14))).toBe(true);
  });

  test("a time event of the future that is taken again does not date the state either", () => {
    const rows = new MemoryPassivation();
    const host = hostOn(rows);
    host.turn("a", tick(10));
    host.passivateAll();
    const next = hostOn(rows);
    expect(next.catchUp("a", { kind: "time", at: 1_000 }, 12)).toBe(true);
    next.passivateAll();
    expect(hostOn(rows).catchUp("a", tick(13))).toBe(true);
  });
});
