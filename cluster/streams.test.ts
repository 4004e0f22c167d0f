/** An owner with two other members, whose words are given and withheld one by one. */
import { beforeEach, expect, test } from "vitest";
import { narrowWorld } from "../actors/session.fixture.ts";
import { session } from "../actors/session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "../actors/session.ts";
import { limits } from "../protocol/limits.ts";
import { Holding } from "./holding.ts";
import type { Mark } from "./holding.ts";
import { Host } from "./host.ts";
import type { JournalFrame } from "./journal.ts";
import { MemoryPassivation } from "./passivation.ts";
import { Streams } from "./streams.ts";
import { firstView, isInSync, join, ownerOf, ranked, runnerOf, weigh } from "./view.ts";
import type { View } from "./view.ts";

const key = "k";
let holding: Holding;
let streams: Streams<SessionState, SessionEvent, SessionEffect, World>;
let host: Host<SessionState, SessionEvent, SessionEffect, World>;
let view: View;
let now: number;
/** The last frame to each. */
let sent: Map<string, JournalFrame<SessionEvent>>;

beforeEach(() => {
  holding = new Holding(0);
  holding.epoch = 2;
  holding.keys.add(key);
  [now, sent] = [1_000, new Map()];
  view = firstView("h", 1);
  for (const id of ["c", "b", "a"]) view = join(view, id, 1, 1) as View;
  view = { ...view, owner: Uint16Array.of(0), runner: Uint16Array.of(1) };
  host = new Host({ actor: session, world: narrowWorld(), passivation: new MemoryPassivation(), activeMax: 10, onFault: () => undefined }); // prettier-ignore
  streams = new Streams(
    { id: "c", journalEntriesMax: 100, digestTurns: 1_000, fillStatesMax: 2 },
    { view: () => view, send: ({ id }, frame) => void sent.set(id, frame), owned: () => [holding] },
    host,
  );
  streams.begin(holding, false, now);
  see(undefined, view);
});

function see(before: View | undefined, next: View): void {
  view = next;
  streams.viewed(before, next, now, true);
  streams.flush();
}

/** Some time goes by; what is wanted of the view stands then. */
function go(): void {
  now += limits.viewShareMs * 4;
  streams.tick(now, true);
  streams.flush();
  const wanted = streams.wants(view, now);
  if (wanted !== undefined) see(view, wanted.next);
}

/** Somebody has everything that was sent to it. */
function ack(id: string): void {
  const frame = sent.get(id);
  if (frame === undefined) return;
  const upTo = frame.first + frame.entries.length - 1;
  streams.acknowledged({ id, incarnation: 1 }, { kind: "ack", stream: frame.stream, upTo, faulty: [] }, now);
}

function turn(): Mark | undefined {
  const n = ++holding.n;
  const event: SessionEvent = { kind: "configured", at: now, role: `role-${n}` };
  const mark = streams.push(holding, { kind: "turn", shard: 0, epoch: 2, n, key, event }, now, false);
  streams.flush();
  return mark;
}

function leave(id: string): void {
  see(view, weigh(view, id, 1, 0) as View);
}

const stands = (): unknown[] => [ownerOf(view, 0)?.id, runnerOf(view, 0)?.id, isInSync(view, 0)];

test("the owner of these stories is the shard's best place", () => {
  expect(ranked(view.members, 0, 1)).toEqual([0]);
});

/** "b" is in sync. */
function formed(): void {
  ack("b");
  go();
  expect(stands()).toEqual(["c", "b", true]);
}

test("a runner-up that is leaving is in sync until another has everything, and is replaced in one change", () => {
  formed();
  leave("b");
  go();
  const mark = turn();
  ack("b");
  // Filled, and not acknowledged: nothing rests on it.
  expect(streams.isFenced(holding, mark)).toBe(true);
  expect(stands()).toEqual(["c", "b", true]);
  ack("a");
  const later = turn();
  ack("b");
  // From now on its word is needed as well.
  expect(streams.isFenced(holding, later)).toBe(false);
  ack("a");
  expect(streams.isFenced(holding, later)).toBe(true);
  go();
  expect(stands()).toEqual(["c", "a", true]);
  expect(streams.isFenced(holding, later)).toBe(true);
  const last = turn();
  expect(streams.isFenced(holding, last)).toBe(false);
  ack("a");
  expect(streams.isFenced(holding, last)).toBe(true);
});

test("a candidate that is silent is given up, and the runner-up stays as it is", () => {
  formed();
  leave("b");
  go();
  expect(holding.next).toBeDefined();
  for (let waited = 0; waited <= limits.runnerUpAckMs; waited += limits.viewShareMs * 4) {
    ack("b");
    go();
  }
  expect(holding.next).toBeUndefined();
  expect(stands()).toEqual(["c", "b", true]);
  const mark = turn();
  ack("b");
  expect(streams.isFenced(holding, mark)).toBe(true);
});

test("a shard is handed over only when who was its runner-up before has nothing of it still before him", () => {
  formed();
  leave("b");
  go();
  ack("a");
  const frame = sent.get("b");
  turn();
  ack("a");
  go();
  expect(stands()).toEqual(["c", "a", true]);
  // Its last entry is on its way; under the next epoch it would be refused, and the stream with it.
  expect(sent.get("b")).not.toBe(frame);
  leave("c");
  for (let times = 0; times < 4; times++) {
    ack("a");
    go();
    expect(stands()).toEqual(["c", "a", true]);
  }
  ack("b");
  go();
  expect(stands()).toEqual(["a", "c", true]);
});

test("an owner that got a shard by a hand-over rests on the former one's word as soon as that one goes on", () => {
  formed();
  const other = new Holding(0);
  other.epoch = 2;
  other.cited = { epoch: 1, n: 3 };
  holding = other;
  streams.begin(other, true, now);
  streams.flush();
  expect(sent.get("b")?.entries.at(-1)).toEqual({
    kind: "kept",
    shard: 0,
    epoch: 2,
    former: { epoch: 1, n: 3 },
  });
  go();
  expect(stands()).toEqual(["c", "b", true]);
  const mark = turn();
  expect(streams.isFenced(other, mark)).toBe(false);
  ack("b");
  expect(streams.isFenced(other, mark)).toBe(true);
});

test("a shard that is larger than a slice is filled over several, and has the turns of meanwhile at its end", () => {
  for (const each of ["k", "l", "m"]) {
    holding.keys.add(each);
    host.turn(each, { kind: "configured", at: now, role: "before" });
  }
  // It had nobody to go to until now, so it begins anew with what it holds.
  streams.begin(holding, false, now);
  streams.tick(now, true);
  streams.flush();
  const part = sent.get("b")?.entries.at(-1);
  expect(part).toMatchObject({ kind: "fill", isFirst: true, isLast: false });
  expect(part?.kind === "fill" && part.states.map(([each]) => each)).toEqual(["k", "l"]);
  host.turn("k", { kind: "configured", at: now, role: "after" });
  const mark = turn();
  ack("b");
  // Neither the part nor the turn is anything that a fence could rest on.
  expect([mark, holding.fill, streams.isFenced(holding, mark)]).toEqual([undefined, undefined, false]);
  go();
  const last = sent.get("b")?.entries.at(-1);
  expect(last).toMatchObject({ kind: "fill", isFirst: false, isLast: true, n: 1 });
  const states = last?.kind === "fill" ? last.states : [];
  expect(states.map(([each]) => each)).toEqual(["m", "k"]);
  expect(host.read(states.at(-1)?.[1] ?? new Uint8Array())?.role).toBe("after");
  ack("b");
  go();
  expect(stands()).toEqual(["c", "b", true]);
  expect(streams.isFenced(holding, mark)).toBe(true);
});
