/** What a runner-up takes of its owner's journal: after a fill, and after it was the owner itself. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventLog, narrowWorld } from "../actors/session.fixture.ts";
import { session } from "../actors/session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "../actors/session.ts";
import { Copies, keepAsCopy } from "./copies.ts";
import { Holding } from "./holding.ts";
import { Host } from "./host.ts";
import type { AckFrame, Entry } from "./journal.ts";
import { MemoryPassivation } from "./passivation.ts";
import { firstView, join, move, stand } from "./view.ts";
import type { Member, View } from "./view.ts";

type SessionHost = Host<SessionState, SessionEvent, SessionEffect, World>;

const key = "k";
const newOwner: Member = { id: "b", incarnation: 1, weight: 1, isLive: true };
/** "a" has handed shard 0 to "b". */
const before = join(join(firstView("h", 1), "a", 1, 1) as View, "b", 1, 1) as View;
const inSync = stand(before, 0, [{ shard: 0, epoch: 2, runner: 1, inSync: true, isLost: false }]) as View;
const after = move(inSync, 0, [{ shard: 0, epoch: 2, target: 1 }]) as View;
const epoch = after.number;

function makeHost(): SessionHost {
  const onFault = (): void => undefined;
  return new Host({
    actor: session,
    world: narrowWorld(),
    passivation: new MemoryPassivation(),
    onFault,
    activeMax: 10,
  });
}

interface Former {
  readonly host: SessionHost;
  readonly holding: Holding;
  readonly copies: Copies<SessionState, SessionEvent, SessionEffect, World>;
  /** Takes entries of the new owner. */
  readonly take: (...entries: readonly Entry<SessionEvent>[]) => AckFrame | undefined;
}

/** Who was the owner, with `n` entries, and is the runner-up now. */
function former(n: number): Former {
  const host = makeHost();
  const holding = new Holding(0);
  holding.epoch = 2;
  holding.n = n;
  holding.keys.add(key);
  keepAsCopy(holding, newOwner, epoch);
  holding.epoch = 0;
  const copies = new Copies(host, () => holding);
  let first = 1;
  const take = (...entries: readonly Entry<SessionEvent>[]): AckFrame | undefined => {
    const frame = { kind: "journal", stream: 7, first, entries, isUrgent: true } as const;
    first += entries.length;
    return copies.receive({ id: "b", incarnation: 1 }, frame, after, 0);
  };
  return { host, holding, copies, take };
}

const kept = (n: number, of = 2): Entry<SessionEvent> => ({ kind: "kept", shard: 0, epoch, former: { epoch: of, n } }); // prettier-ignore

test("a former owner goes on from its own state, and its digest stays the new owner's, whatever happens at either", () => {
  fc.assert(
    fc.property(eventLog, fc.nat({ max: 100 }), fc.boolean(), (events, percent, isPutAway) => {
      const half = Math.floor((events.length * percent) / 100);
      const there = makeHost();
      const here = former(half);
      // The former owner has counted what it did not journal; the new one, which was its runner-up, knows nothing of it.
      for (const event of events.slice(0, half)) {
        const effects = here.host.turn(key, event);
        if (here.host.isJournalled(event, effects)) there.turn(key, event);
      }
      if (isPutAway) here.host.passivateAll();
      expect(here.take(kept(half))).toMatchObject({ upTo: 1, faulty: [] });
      let n = 0;
      for (const event of events.slice(half)) {
        const effects = there.turn(key, event);
        if (!there.isJournalled(event, effects)) continue;
        here.take({ kind: "turn", shard: 0, epoch, n: ++n, key, event });
      }
      const digest = there.peek(key) === undefined ? here.host.digest([key]) : there.digest([key]);
      expect(here.take({ kind: "digest", shard: 0, epoch, digest })).toMatchObject({ faulty: [] });
      expect(here.holding.copy).toEqual({ from: "b@1", stream: 7, epoch });
    }),
    { numRuns: 60 },
  );
});

test("a former owner that has another last entry, or goes on already, does not go on: the owner fills it", () => {
  expect(former(3).take(kept(3))?.faulty).toEqual([]);
  expect(former(3).take(kept(2))?.faulty).toEqual([0]);
  expect(former(3).take(kept(3, 1))?.faulty).toEqual([0]);
  expect(former(3).take(kept(3), kept(3))?.faulty).toEqual([0]);
  const stranger = former(3);
  stranger.holding.copy = undefined;
  expect(stranger.take(kept(3))?.faulty).toEqual([0]);
});

test("before it was asked to go on, nothing of the new owner is applied to what it has", () => {
  const { host, holding, take } = former(0);
  const event: SessionEvent = { kind: "configured", at: 1, role: "r" };
  expect(take({ kind: "turn", shard: 0, epoch, n: 1, key, event })).toMatchObject({ upTo: 1 });
  expect(host.peek(key)).toBeUndefined();
  expect(holding.copy?.stream).toBe(0);
});

test("a copy that is not what it should be is told of with each acknowledgement until it is filled anew", () => {
  const { host, take } = former(0);
  take(kept(0));
  const digest: Entry<SessionEvent> = { kind: "digest", shard: 0, epoch, digest: 1 };
  expect(take(digest)?.faulty).toEqual([0]);
  expect(take()?.faulty).toEqual([0]);
  expect(take(digest)?.faulty).toEqual([0]);
  host.turn(key, { kind: "configured", at: 1, role: "r" });
  const fill = { kind: "fill", shard: 0, epoch, n: 0, states: [], operations: [] } as const;
  expect(take({ ...fill, isFirst: true, isLast: false })?.faulty).toEqual([]);
  expect(take({ ...fill, isFirst: false, isLast: true })?.faulty).toEqual([]);
  expect(host.peek(key)).toBeUndefined();
});

test("what comes before its view is taken, and acknowledged, when that view comes", () => {
  const { copies, holding } = former(2);
  const frame = { kind: "journal", stream: 7, first: 1, entries: [kept(2)], isUrgent: true } as const;
  expect(copies.receive({ id: "b", incarnation: 1 }, frame, inSync, 0)).toMatchObject({ upTo: 0 });
  expect(copies.viewed(inSync, 0)).toMatchObject([{ ack: { upTo: 0 } }]);
  expect(copies.viewed(after, 0)).toEqual([
    { to: { id: "b", incarnation: 1 }, ack: { kind: "ack", stream: 7, upTo: 1, faulty: [] } },
  ]);
  expect(holding.copy?.stream).toBe(7);
  expect(copies.viewed(after, 0)).toEqual([]);
});
