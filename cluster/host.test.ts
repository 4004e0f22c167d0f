import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Actor } from "../actors/actor.ts";
import { eventLog, narrowWorld } from "../actors/session.fixture.ts";
import { session } from "../actors/session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "../actors/session.ts";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { Host } from "./host.ts";
import { MemoryPassivation, never, SqlitePassivation } from "./passivation.ts";
import type { Passivation } from "./passivation.ts";

/** Counts its events; what matters is when it is in memory and what comes back. */
interface Count {
  events: number;
  due: number;
}
interface Tick {
  readonly kind: "tick" | "due" | "time" | "throw" | "quiet";
  readonly at: number;
}

const counter: Actor<Count, Tick, number, undefined> = {
  stateVersion: 1,
  create: () => ({ events: 0, due: 0 }),
  decide: (state, event) => {
    state.events++;
    if (event.kind === "throw") throw new Error("a bug");
    if (event.kind === "due") state.due = event.at + 10;
    if (event.kind === "time") state.due = 0;
    return [state.events];
  },
  isJournalled: ({ kind }) => kind !== "quiet",
  dueAt: ({ due }) => (due === 0 ? undefined : due),
  timeEvent: (at) => ({ kind: "time", at }),
  isLasting: ({ events }) => events >= 1_000,
  freeze: ({ events, due }) => [1, events, due],
  essence: ({ events, due }) => [1, events, due],
  thaw: (frozen) => {
    const [version, events, due] = Array.isArray(frozen) ? (frozen as unknown[]) : [];
    return version === 1 ? { events: Number(events), due: Number(due) } : undefined;
  },
};

interface Made {
  readonly host: Host<Count, Tick, number, undefined>;
  readonly rows: MemoryPassivation;
  readonly faults: string[];
  readonly journal: string[];
}

function made(activeMax = 10, rows = new MemoryPassivation()): Made {
  const faults: string[] = [];
  const journal: string[] = [];
  const host = new Host({
    actor: counter,
    world: undefined,
    passivation: rows,
    journal: { append: (key, { kind }) => journal.push(`${key} ${kind}`) },
    onFault: (key) => faults.push(key),
    activeMax,
    idleMs: 100,
  });
  return { host, rows, faults, journal };
}

const tick = (at = 0): Tick => ({ kind: "tick", at });

describe("a turn", () => {
  test("finds the state that the last one left, in memory or put away", () => {
    const { host } = made(2);
    for (const key of ["a", "b", "c", "a", "b", "c"]) host.turn(key, tick());
    for (const key of ["a", "b", "c"]) expect(host.turn(key, tick())).toEqual([3]);
    expect(host.active).toBe(2);
  });

  test("a state that is wakened for a turn is read from its row once, and one that is not there is not made", () => {
    const { host, rows } = made();
    expect(host.waken("a", 1)).toBe(undefined);
    expect(host.active).toBe(0);
    host.turn("a", { kind: "tick", at: 1 });
    host.passivateAll();
    const load = vi.spyOn(rows, "load");
    expect(host.waken("a", 2)).toEqual({ events: 1, due: 0 });
    expect(host.turn("a", { kind: "tick", at: 2 })).toEqual([2]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test("journals what a replay needs, in order, and nothing else", () => {
    const { host, journal } = made();
    host.turn("a", tick());
    host.turn("b", { kind: "quiet", at: 1 });
    host.turn("a", { kind: "due", at: 2 });
    expect(journal).toEqual(["a tick", "a due"]);
  });

  test("that throws stops its key, keeps its row, and is reported once", () => {
    const { host, rows, faults, journal } = made();
    host.turn("a", tick());
    host.save("a");
    const row = rows.load("a");
    expect(() => host.turn("a", { kind: "throw", at: 1 })).toThrow(GatewayError);
    for (let time = 0; time < 3; time++) expect(() => host.turn("a", tick())).toThrow(/not trusted/);
    expect(faults).toEqual(["a"]);
    expect(journal).toEqual(["a tick"]);
    expect(rows.load("a")).toEqual(row);
    expect(host.turn("b", tick())).toEqual([1]);
  });
});

describe("memory", () => {
  test("holds activeMax states, and the least recently used is put away first", () => {
    const { host, rows } = made(3);
    for (const key of ["a", "b", "c", "a", "d"]) host.turn(key, tick());
    expect(host.active).toBe(3);
    expect(rows.keys("", 10)).toEqual(["b"]);
  });

  test("is left by what was idle, in slices", () => {
    const { host, rows } = made();
    for (const [index, key] of ["a", "b", "c", "d"].entries()) host.turn(key, tick(index * 10));
    host.turn("a", tick(60));
    expect(host.passivateIdle(125, 1)).toBe(1);
    expect(host.passivateIdle(125, 10)).toBe(1);
    expect(rows.keys("", 10)).toEqual(["b", "c"]);
    expect(host.passivateIdle(135, 10)).toBe(1);
    expect(host.peek("a")).toMatchObject({ events: 2 });
    expect(host.active).toBe(1);
    expect(host.passivateIdle(160, 10)).toBe(1);
    expect(host.active).toBe(0);
  });

  test("keeps what is saved, which is on disk when save returns", () => {
    const written: string[] = [];
    class Written extends MemoryPassivation {
      override flush(): void {
        written.push(...this.keys("", 10));
      }
    }
    const { host } = made(10, new Written());
    host.turn("a", tick());
    host.save("a");
    host.save("nobody");
    expect(written).toEqual(["a", "a"]);
    expect(host.active).toBe(1);
  });

  test("takes no more when nothing can be put away", () => {
    class Stuck extends MemoryPassivation {
      override waiting(): number {
        return limits.passivationBatchMax;
      }
    }
    const { host, faults } = made(10, new Stuck());
    expect(() => host.turn("a", tick())).toThrow(expect.objectContaining({ code: "OVERLOADED" }) as Error);
    expect(faults).toEqual([]);
  });

  test("what was put away last rests, what must outlive idleness does so", () => {
    const { host, rows } = made();
    host.turn("a", tick(5));
    for (let time = 0; time < 1_000; time++) host.turn("lasting", tick(5));
    host.passivateAll();
    expect(rows.expire(never)).toBe(1);
    expect(rows.keys("", 10)).toEqual(["lasting"]);
  });
});

describe("a row that cannot be read", () => {
  test.each<[string, (row: Uint8Array) => Uint8Array]>([
    ["cut short", (row) => row.subarray(0, row.length - 1)],
    ["empty", () => new Uint8Array()],
    ["shorter than its checksum", (row) => row.subarray(0, 3)],
    ["with one bit changed", (row) => row.map((byte, at) => (at === row.length - 1 ? byte ^ 1 : byte))],
    ["with another checksum", (row) => row.map((byte, at) => (at === 0 ? byte ^ 128 : byte))],
    ["of random bytes", (row) => row.map((_, at) => (at * 37) & 255)],
  ])("%s refuses its session, is reported once, and is never overwritten", (_why, damage) => {
    const { host, rows, faults } = made();
    host.turn("a", tick());
    host.passivateAll();
    const damaged = damage(rows.load("a") ?? new Uint8Array());
    rows.save("a", damaged, 0);
    for (let time = 0; time < 3; time++) expect(() => host.turn("a", tick())).toThrow(/cannot be read/);
    expect(faults).toEqual(["a"]);
    expect(host.peek("a")).toBeUndefined();
    expect([...host.sessions()]).toEqual([{ key: "a", isActive: false, state: undefined }]);
    host.passivateAll();
    expect(rows.load("a")).toEqual(damaged);
  });

  test("any one damaged byte is noticed", () => {
    const { host, rows } = made();
    host.turn("a", tick());
    host.passivateAll();
    const row = rows.load("a") ?? new Uint8Array();
    fc.assert(
      fc.property(fc.nat(row.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        rows.save(
          "a",
          row.map((byte, at) => (at === place ? byte ^ change : byte)),
          0,
        );
        expect(host.peek("a")).toBeUndefined();
      }),
    );
  });

  test("is forgotten, with its refusal, when an operator resets the session", () => {
    const { host, rows } = made();
    rows.save("a", new Uint8Array(9), 0);
    expect(() => host.turn("a", tick())).toThrow(GatewayError);
    host.remove("a");
    expect(host.turn("a", tick())).toEqual([1]);
  });

  test("on a disk that fails refuses this turn only", () => {
    let isIll = true;
    class Ill extends MemoryPassivation {
      override load(key: string): Uint8Array | undefined {
        if (isIll) throw new Error("disk I/O error");
        return super.load(key);
      }
    }
    const { host } = made(10, new Ill());
    expect(() => host.turn("a", tick())).toThrow(expect.objectContaining({ code: "INTERNAL" }) as Error);
    isIll = false;
    expect(host.turn("a", tick())).toEqual([1]);
  });
});

describe("operators", () => {
  test("see each session once, in memory or put away, also while turns go on", () => {
    const { host } = made(3);
    for (const key of ["t/a", "t/b", "t/c", "t/d", "u/e"]) host.turn(key, tick());
    const seen: string[] = [];
    for (const { key, state } of host.sessions("t/")) {
      seen.push(key);
      expect(state?.events).toBeGreaterThan(0);
      host.turn("t/a", tick());
      host.turn("t/b", tick());
    }
    expect(seen.sort()).toEqual(["t/a", "t/b", "t/c", "t/d"]);
  });

  test("see more sessions than one page of the disk holds", () => {
    const { host } = made(1);
    for (let index = 0; index < 600; index++) host.turn(`k${index}`, tick());
    expect(new Set([...host.sessions()].map(({ key }) => key)).size).toBe(600);
  });

  test("a look changes nothing: no activation, no order of use", () => {
    const { host, rows } = made(2);
    for (const key of ["a", "b"]) host.turn(key, tick());
    host.peek("a");
    expect(host.peek("nobody")).toBeUndefined();
    host.turn("c", tick());
    expect(rows.keys("", 10)).toEqual(["a"]);
    expect(host.peek("a")).toEqual({ events: 1, due: 0 });
    expect(host.active).toBe(2);
  });
});

describe("what time owes", () => {
  test("comes when it is due, once, in memory or put away, and not more than asked for", () => {
    const { host } = made(1);
    host.turn("a", { kind: "due", at: 0 });
    host.turn("b", { kind: "due", at: 5 });
    host.turn("c", tick());
    expect(host.flushRefusals(9)).toEqual([]);
    expect(host.flushRefusals(10)).toEqual([{ key: "a", effects: [2] }]);
    expect(host.flushRefusals(100, 0)).toEqual([]);
    expect(host.flushRefusals(100)).toEqual([{ key: "b", effects: [2] }]);
    expect(host.flushRefusals(100)).toEqual([]);
  });

  test("of keys that another owns waits, and is in nobody's way", () => {
    const { host } = made(9);
    for (const key of ["a", "b", "c"]) host.turn(key, { kind: "due", at: 0 });
    const keys = (isOwned?: (key: string) => boolean): string[] => host.dueEvents(100, 1, isOwned).map(({ key }) => key); // prettier-ignore
    expect(keys((key) => key === "c")).toEqual(["c"]);
    expect(keys(() => false)).toEqual([]);
    expect(keys()).toEqual(["a"]);
  });

  test("comes for the others when one of them cannot be had", () => {
    let isIll = false;
    class Ill extends MemoryPassivation {
      override load(key: string): Uint8Array | undefined {
        if (isIll && key === "a") throw new Error("disk I/O error");
        return super.load(key);
      }
    }
    const { host, rows } = made(10, new Ill());
    for (const key of ["a", "b", "c"]) host.turn(key, { kind: "due", at: 0 });
    host.passivateAll();
    rows.save("b", new Uint8Array(9), 0);
    isIll = true;
    expect(host.flushRefusals(100)).toEqual([{ key: "c", effects: [2] }]);
    isIll = false;
    expect(host.flushRefusals(100)).toEqual([{ key: "a", effects: [2] }]);
    expect(host.flushRefusals(100)).toEqual([]);
  });
});

describe("sessions that are put away and brought back at any point", () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  const adapters: { name: string; open: () => Passivation }[] = [
    { name: "memory", open: () => new MemoryPassivation() },
    {
      name: "SQLite",
      open: () => {
        const folder = mkdtempSync(join(tmpdir(), "gatehouse-host-"));
        folders.push(folder);
        const onFault = (fault: Error): never => {
          throw fault;
        };
        return new SqlitePassivation(join(folder, "sessions.db"), { later: () => undefined, onFault });
      },
    },
  ];

  test.each(adapters)("are indistinguishable from sessions that stayed: $name", ({ open }) => {
    const world: World = narrowWorld();
    const hostOf = (
      passivation: Passivation,
      activeMax: number,
    ): Host<SessionState, SessionEvent, SessionEffect, World> =>
      new Host({
        actor: session,
        world,
        passivation,
        onFault: (key, fault) => {
          throw new Error(key, { cause: fault });
        },
        activeMax,
        idleMs: 5_000,
      });
    const rests = fc.array(fc.constantFrom("none", "none", "none", "idle", "all", "flush"), {
      minLength: 151,
      maxLength: 151,
    });
    fc.assert(
      fc.property(fc.array(eventLog, { minLength: 3, maxLength: 3 }), rests, (logs, pauses) => {
        const passivation = open();
        // Three sessions in two places: eviction comes with every third turn.
        const host = hostOf(passivation, 2);
        const plain = logs.map(() => session.create());
        for (let index = 0; index < 151; index++) {
          for (const [which, log] of logs.entries()) {
            const event = log[index];
            if (event === undefined) continue;
            const expected = session.decide(plain[which] as SessionState, event, world);
            expect(host.turn(`key-${which}`, event)).toEqual(expected);
            if (pauses[index] === "idle") host.passivateIdle(event.at + 5_000, 2);
            if (pauses[index] === "all") host.passivateAll();
            if (pauses[index] === "flush") passivation.flush();
          }
        }
        for (const [which, state] of plain.entries()) expect(host.peek(`key-${which}`)).toEqual(state);
        passivation.close();
      }),
      { numRuns: 15 },
    );
  });
});
