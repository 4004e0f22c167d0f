/** When a log is asked, and when its word counts: step by step. That all of it together holds is the simulation's to show. */
import { beforeEach, describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { decodeFenceFact, encodeFenceFact } from "./fencefact.ts";
import type { FenceFact } from "./fencefact.ts";
import { Fencing, Proof } from "./fencing.ts";
import type { FenceAsk } from "./fenceports.ts";
import { Holding } from "./holding.ts";
import type { Mark } from "./holding.ts";
import { firstView, join, stand } from "./view.ts";
import type { View } from "./view.ts";

const shard = 0;
let view: View;
let holding: Holding;
let fencing: Fencing;
let asks: FenceAsk[];
let told: FenceFact[];
let progressed: string[];
let acked: Mark | undefined;
let now = 0;

/** A view of one shard that n1 owns, with n2 as its runner-up. */
function formed(): View {
  const one = join(firstView("h", 1), "n1", 1, 1) as View;
  return { ...(join(one, "n2", 1, 1) as View), owner: Uint16Array.of(0), runner: Uint16Array.of(1) };
}

beforeEach(() => {
  [asks, told, progressed, acked, now] = [[], [], [], undefined, 1_000];
  view = formed();
  holding = new Holding(shard);
  holding.epoch = view.epoch[shard] ?? 0;
  fencing = new Fencing({
    view: () => view,
    ask: (ask) => void asks.push(ask),
    isAcknowledged: (_, mark) => view.inSync[shard] === 1 && mark !== undefined && (acked?.sequence ?? 0) >= mark.sequence, // prettier-ignore
    tell: (_, facts) => void told.push(...facts),
    progressed: (op) => void progressed.push(op),
  });
  fencing.begin(holding);
});

const proof = (op: string, mark?: Mark): Proof =>
  new Proof(mark, { op, key: "s", at: 5, epoch: holding.epoch, n: 1 });
const kinds = (): string[] => asks.map(({ kind }) => kind);
/** Answers the last thing asked. */
function hear(result: "appended" | "superseded" | "full" | "unknown"): void {
  const ask = asks.at(-1);
  if (ask === undefined || ask.kind === "seal") throw new Error("nothing was asked");
  fencing.heard({ kind: "appended", ticket: ask.ticket, result }, now);
}
const sealed = (...facts: readonly FenceFact[]): void =>
  fencing.heard({ kind: "sealed", shard, epoch: holding.epoch, result: { kind: "sealed", bodies: facts.map((fact) => ({ epoch: fact.epoch, body: encodeFenceFact(fact) })) } }, now); // prettier-ignore
function mark(inSync: boolean): void {
  const standing = { shard, epoch: holding.epoch, runner: 1, inSync, isLost: false };
  view = stand(view, 0, [standing]) ?? view;
  fencing.viewed(view, now);
}
/** Sealed, and one call in it. */
function opened(op = "a"): Proof {
  const first = proof(op);
  fencing.seek(holding, first, now);
  sealed();
  fencing.seek(holding, first, now);
  hear("appended");
  return first;
}

describe("a call without a runner-up in sync", () => {
  test("is fenced when its append is acknowledged, and not before", () => {
    const call = proof("a");
    fencing.seek(holding, call, now);
    expect(kinds()).toEqual(["seal"]);
    fencing.seek(holding, call, now);
    expect(kinds()).toEqual(["seal"]);
    sealed();
    expect(progressed).toEqual([""]);
    fencing.seek(holding, call, now);
    expect(kinds()).toEqual(["seal", "append"]);
    expect(fencing.has(holding, call)).toBe(false);
    hear("appended");
    expect(fencing.has(holding, call)).toBe(true);
    expect(progressed.at(-1)).toBe("a");
  });

  test("is asked for once, and again after an unknown end and a while", () => {
    const call = proof("b");
    opened();
    for (let times = 0; times < 3; times++) fencing.seek(holding, call, now);
    expect(kinds()).toEqual(["seal", "append", "append"]);
    hear("unknown");
    expect(fencing.has(holding, call)).toBe(false);
    fencing.seek(holding, call, now);
    expect(asks).toHaveLength(3);
    now += limits.fenceAgainMs;
    fencing.seek(holding, call, now);
    expect(asks).toHaveLength(4);
  });

  test("has no fence any more once another owner has sealed, until a newer view", () => {
    const [call, next] = [opened(), proof("b")];
    fencing.seek(holding, next, now);
    hear("superseded");
    expect([fencing.has(holding, call), fencing.has(holding, next)]).toEqual([false, false]);
    fencing.seek(holding, next, now);
    fencing.viewed(view, now);
    fencing.seek(holding, next, now);
    expect(kinds()).toEqual(["seal", "append", "append"]);
    view = { ...view, number: view.number + 1 };
    fencing.viewed(view, now);
    fencing.seek(holding, next, now);
    expect(kinds().at(-1)).toBe("seal");
  });

  test("that is with the log is not fenced by it in another epoch", () => {
    const call = opened();
    view = { ...view, number: view.number + 1, epoch: Float64Array.of(view.number + 1) };
    expect(fencing.has(holding, call)).toBe(false);
    holding.epoch = view.number;
    fencing.begin(holding);
    expect(fencing.has(holding, call)).toBe(false);
  });
});

describe("with a runner-up in sync", () => {
  test("the log is not asked, and what it had does not count", () => {
    const call = opened();
    mark(true);
    expect(fencing.has(holding, call)).toBe(false);
    const other = proof("b", { n: 4, stream: 1, sequence: 4 });
    fencing.seek(holding, other, now);
    expect(kinds()).toEqual(["seal", "append", "clear"]);
    acked = { n: 4, stream: 1, sequence: 4 };
    expect(fencing.has(holding, other)).toBe(true);
  });

  test("the log is cleared, and what it had does not count when the mark is gone again", () => {
    const call = opened();
    mark(true);
    expect(asks.at(-1)).toMatchObject({ kind: "clear", bodies: [] });
    hear("appended");
    mark(false);
    expect(fencing.has(holding, call)).toBe(false);
    fencing.seek(holding, call, now);
    expect(asks.at(-1)).toMatchObject({ kind: "append" });
    hear("appended");
    expect(fencing.has(holding, call)).toBe(true);
  });

  test("to be, nothing new goes into the log while its fill is whole, or a mark may stand that was not seen", () => {
    opened();
    const call = proof("b", { n: 9, stream: 1, sequence: 9 });
    holding.fill = { stream: 1, sequence: 3, last: 3, isAcked: true, isKept: false, joined: undefined };
    fencing.seek(holding, call, now);
    holding.fill = undefined;
    holding.marking = view.number;
    fencing.seek(holding, call, now);
    expect(asks).toHaveLength(2);
    view = { ...view, number: view.number + 1 };
    fencing.seek(holding, call, now);
    expect(asks).toHaveLength(3);
    expect(holding.logged).toEqual({ n: 9, stream: 1, sequence: 9 });
    fencing.seek(holding, proof("c", { n: 7, stream: 1, sequence: 7 }), now);
    expect(holding.logged).toEqual({ n: 9, stream: 1, sequence: 9 });
  });
});

describe("a shard whose past is lost", () => {
  const fact: FenceFact = { op: "old", key: "s", at: 1, epoch: 1, n: 9 };

  test("is sealed by itself, told what the log has, and only then takes calls", () => {
    holding.isTold = false;
    fencing.begin(holding);
    fencing.tick(now);
    expect(kinds()).toEqual(["seal"]);
    fencing.heard({ kind: "sealed", shard, epoch: holding.epoch, result: { kind: "unknown" } }, now);
    expect([holding.isTold, kinds()]).toEqual([false, ["seal"]]);
    now += limits.fenceAgainMs;
    fencing.tick(now);
    expect(kinds()).toEqual(["seal", "seal"]);
    sealed(fact);
    expect([holding.isTold, told]).toEqual([true, [fact]]);
  });

  test("stays shut when a later owner has sealed it", () => {
    holding.isTold = false;
    fencing.begin(holding);
    fencing.tick(now);
    fencing.heard({ kind: "sealed", shard, epoch: holding.epoch, result: { kind: "superseded" } }, now);
    now += limits.fenceAgainMs;
    fencing.tick(now);
    expect([holding.isTold, kinds()]).toEqual([false, ["seal"]]);
  });
});

test("a log that grows is cleared but for open operations, rises that wait, and the newest of the others", () => {
  opened("open");
  holding.operations.open("open", "s", 1);
  const rise = proof("");
  holding.risen.set("s", rise);
  fencing.seek(holding, rise, now);
  hear("appended");
  for (let at = 2; at < limits.fenceFactsMax; at++) {
    fencing.seek(holding, proof(`closed-${at}`), now);
    hear("appended");
  }
  const clearing = asks.at(-1);
  if (clearing?.kind !== "clear") throw new Error(`${clearing?.kind} instead of a clearing`);
  const kept = clearing.bodies.map((body) => decodeFenceFact(body)?.op);
  expect(kept.slice(0, 2)).toEqual(["open", ""]);
  expect(kept).toHaveLength(2 + limits.fenceKeptMax);
  expect(kept.at(-1)).toBe(`closed-${limits.fenceFactsMax - 1}`);
  // Meanwhile it still fences what it keeps, and takes nothing.
  expect(fencing.has(holding, rise)).toBe(true);
  const late = proof("late");
  fencing.seek(holding, late, now);
  expect(asks.at(-1)).toBe(clearing);
  hear("appended");
  fencing.seek(holding, late, now);
  hear("appended");
  expect([fencing.has(holding, rise), fencing.has(holding, late)]).toEqual([true, true]);
});
