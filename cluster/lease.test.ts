import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drift, EventClock, Lease, leaseMs, Observer } from "./lease.ts";

const lifeMs = leaseMs * (1 - drift);

describe("a lease", () => {
  test("is live from when the watch has brought a renewal, and counts from when it was sent", () => {
    const lease = new Lease();
    const count = lease.send(1_000);
    expect(lease.isLive(1_000)).toBe(false);
    lease.seen(count);
    expect(lease.isLive(1_000 + lifeMs - 1)).toBe(true);
    expect(lease.isLive(1_000 + lifeMs)).toBe(false);
  });

  test("that is seen late is not longer for it, and one seen out of order shortens nothing", () => {
    const lease = new Lease();
    const [first, second] = [lease.send(0), lease.send(3_000)];
    lease.seen(second);
    lease.seen(first);
    expect(lease.isLive(3_000 + lifeMs - 1)).toBe(true);
    expect(lease.isLive(3_000 + lifeMs)).toBe(false);
  });

  test("that was never live has not lapsed, and a renewal that it never sent is none", () => {
    const lease = new Lease();
    lease.seen(7);
    expect([lease.isLive(0), lease.hasLapsed(1e9)]).toEqual([false, false]);
  });
});

describe("an observer", () => {
  const expired = (observer: Observer, now: number): string[] =>
    [...observer.expired(now)].map(({ id }) => id).sort();

  test("waits longer than any holder acts, whatever the rates of their clocks within the drift", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 10_000, noNaN: true }),
        fc.double({ min: 1 - drift / 2, max: 1 + drift / 2, noNaN: true }),
        fc.double({ min: 1 - drift / 2, max: 1 + drift / 2, noNaN: true }),
        (late, holderRate, observerRate) => {
          // The renewal is sent at true time 0 and seen by the observer at `late`.
          const holderStops = lifeMs / holderRate;
          const observerActs = late + (leaseMs * (1 + drift)) / observerRate;
          expect(observerActs).toBeGreaterThan(holderStops);
        },
      ),
    );
  });

  test("begins anew with each revision, and when its own lease was not live", () => {
    const observer = new Observer();
    observer.saw("a", 1, 10, 0);
    observer.saw("a", 1, 10, 9_000);
    observer.saw("b", 1, 11, 9_000);
    const waitMs = leaseMs * (1 + drift);
    expect(expired(observer, waitMs - 1)).toEqual([]);
    expect(expired(observer, waitMs)).toEqual(["a"]);
    observer.saw("a", 1, 12, waitMs);
    expect(expired(observer, waitMs)).toEqual([]);
    observer.restart(waitMs + 5_000);
    expect(expired(observer, 2 * waitMs)).toEqual([]);
    expect(expired(observer, 2 * waitMs + 5_000)).toEqual(["a", "b"]);
  });

  test("names every row that stood still for too long, and no other, in the order in which they came last", () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 6_000 }),
      id: fc.constantFrom("a", "b", "c", "d"),
      deed: fc.constantFrom("renewed", "renewed", "again", "forgotten", "restarted"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const observer = new Observer();
        // In the order in which they came.
        const rows: { id: string; revision: number; since: number }[] = [];
        let [now, revision] = [0, 0];
        for (const { afterMs, id, deed } of steps) {
          now += afterMs;
          const at = rows.findIndex((row) => row.id === id);
          if (deed === "renewed") {
            observer.saw(id, 1, ++revision, now);
            if (at >= 0) rows.splice(at, 1);
            rows.push({ id, revision, since: now });
          } else if (deed === "again" && at >= 0) observer.saw(id, 1, rows[at]?.revision ?? 0, now);
          else if (deed === "forgotten") {
            observer.forget(id);
            if (at >= 0) rows.splice(at, 1);
          } else if (deed === "restarted") {
            observer.restart(now);
            for (const row of rows) row.since = now;
          }
          const due = rows.filter(({ since }) => now - since >= leaseMs * (1 + drift));
          expect(observer.expired(now).map((row) => [row.id, row.revision])).toEqual(
            due.map((row) => [row.id, row.revision]),
          );
        }
      }),
    );
  });
});

test("the time of events never goes back, and is set forward by no more than a second at a time", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: -60_000, max: 60_000 }))),
      (renewals) => {
        const clock = new EventClock();
        clock.adjust(1_800_000_000_000, 0);
        let [now, last] = [0, clock.now(0)];
        for (const [afterMs, off] of renewals) {
          now += afterMs;
          clock.adjust(1_800_000_000_000 + now + off, now);
          const read = clock.now(now);
          expect(read).toBeGreaterThanOrEqual(last);
          expect(read - last).toBeLessThanOrEqual(afterMs + 1_001);
          last = read;
        }
      },
    ),
  );
});
