import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import type { TurnEntry } from "./journal.ts";
import { Tail } from "./tail.ts";
import { decodeBatch } from "./tailbatch.ts";
import type { Batch } from "./tailbatch.ts";

interface Told {
  readonly kind: string;
  readonly at: number;
}

const pack = (event: Told): Uint8Array => Buffer.from(JSON.stringify(event));
const unpack = (bytes: Uint8Array): Told => JSON.parse(Buffer.from(bytes).toString()) as Told;
const entry = (n: number): TurnEntry<Told> => ({ kind: "turn", shard: 1, epoch: 2, n, key: "k", event: { kind: "e", at: n } }); // prettier-ignore
const cited = { epoch: 1, n: 4 };
const piece = (offset: number, length = 10): { segment: number; offset: number; bytes: Uint8Array } => ({ segment: 1, offset, bytes: new Uint8Array(length) }); // prettier-ignore

/** A store that answers when it is told to. */
class Slow {
  readonly asked: { number: number; batch: Batch<Told>; then: (sequence: number | undefined) => void }[] = [];
  readonly append = (
    number: number,
    bytes: Uint8Array,
    then: (sequence: number | undefined) => void,
  ): void => {
    // prettier-ignore
    this.asked.push({ number, batch: decodeBatch(bytes, unpack) as Batch<Told>, then });
  };

  get numbers(): number[] {
    return this.asked.map(({ number }) => number);
  }
}

describe("a batch leaves", () => {
  test("when it is full, with turns and records as they came", () => {
    const [tail, store] = [new Tail<Told>(pack), new Slow()];
    tail.join(store.append);
    for (let n = 1; n < limits.tailBatchEntriesMax; n++) tail.turn(entry(n), cited);
    expect(store.numbers).toEqual([]);
    tail.record(piece(7));
    expect(store.numbers).toEqual([1]);
    const { turns = [], records = [] } = store.asked[0]?.batch ?? {};
    expect([turns.length, turns[0], records[0]?.offset]).toEqual([255, { entry: { ...entry(1) }, cited }, 7]);
  });

  test("after a pause when it is not full, and not before", () => {
    const [tail, store] = [new Tail<Told>(pack), new Slow()];
    tail.join(store.append);
    tail.tick(1_000);
    tail.turn(entry(1), cited);
    tail.tick(1_000 + limits.tailPauseMs - 1);
    expect(store.numbers).toEqual([]);
    tail.tick(1_000 + limits.tailPauseMs);
    expect(store.numbers).toEqual([1]);
  });

  test("before it grows beyond its bytes; what is larger than a batch goes in pieces", () => {
    const [tail, store] = [new Tail<Told>(pack), new Slow()];
    tail.join(store.append);
    tail.record(piece(0, limits.tailBatchBytesMax * 2 + 5));
    tail.flush();
    const pieces = store.asked.flatMap(({ batch }) => batch.records);
    expect(pieces.reduce((at, { offset, bytes }) => (offset === at ? at + bytes.length : -1), 0)).toBe(limits.tailBatchBytesMax * 2 + 5); // prettier-ignore
    expect(store.asked.length).toBeGreaterThan(2);
  });
});

describe("while the store is away", () => {
  test("what comes before there is one waits for it", () => {
    const [tail, store] = [new Tail<Told>(pack), new Slow()];
    tail.turn(entry(1), cited);
    tail.flush();
    expect(tail.waitingBytes).toBeGreaterThan(0);
    tail.join(store.append);
    expect(store.numbers).toEqual([1]);
  });

  test("a batch of which nothing was heard is sent again, with the same bytes, after a while", () => {
    const [tail, store] = [new Tail<Told>(pack), new Slow()];
    tail.join(store.append);
    tail.tick(1_000);
    tail.turn(entry(1), cited);
    tail.flush();
    store.asked[0]?.then(undefined);
    tail.tick(1_000 + limits.tailAgainMs - 1);
    expect(store.numbers).toEqual([1]);
    tail.tick(1_000 + limits.tailAgainMs);
    expect(store.numbers).toEqual([1, 1]);
    expect(store.asked[1]?.batch).toEqual(store.asked[0]?.batch);
    store.asked[1]?.then(9);
    expect([tail.waitingBytes, tail.figures.batches]).toEqual([0, 1]);
  });

  test("no more than a few are under way, and the oldest that wait are dropped and counted", () => {
    const [tail, store] = [new Tail<Told>(pack), new Slow()];
    tail.join(store.append);
    const size = limits.tailBatchBytesMax - 100;
    const count = Math.ceil(limits.tailWaitingBytesMax / size) + 40;
    for (let at = 0; at < count; at++) {
      tail.record(piece(0, size / 2));
      tail.record(piece(0, size / 2));
    }
    tail.flush();
    expect(store.numbers).toEqual(Array.from({ length: limits.tailUnderWayMax }, (_, at) => at + 1));
    expect(tail.waitingBytes).toBeLessThanOrEqual(limits.tailWaitingBytesMax);
    expect(tail.figures.dropped).toBeGreaterThan(40);
    const first = store.numbers.length;
    for (const { then } of store.asked.slice(0, first)) then(1);
    expect(store.numbers[first]).toBeGreaterThan(first + 1);
  });
});

test("a batch says from where on a reader needs it: what is in snapshots, and where that ends in the store", () => {
  const [tail, store] = [new Tail<Told>(pack), new Slow()];
  tail.join(store.append);
  for (const number of [1, 2, 3]) {
    tail.turn(entry(number), cited);
    tail.flush();
    store.asked.at(-1)?.then(100 + number);
  }
  expect(tail.number).toBe(4);
  tail.cover(2);
  tail.turn(entry(4), cited);
  tail.flush();
  const { number, covered, sequence } = store.asked.at(-1)?.batch ?? {};
  expect({ number, covered, sequence }).toEqual({ number: 4, covered: 2, sequence: 102 });
  tail.cover(1);
  tail.turn(entry(5), cited);
  tail.flush();
  expect(store.asked.at(-1)?.batch.covered).toBe(2);
});
