import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Holding } from "./holding.ts";
import { shardCount } from "./shard.ts";
import { decodeChunk, encodeChunk, packActor } from "./snapshotchunk.ts";
import type { Chunk } from "./snapshotchunk.ts";
import { Snapshots } from "./snapshots.ts";

interface Told {
  readonly kind: string;
  readonly at: number;
}

const sizeMax = limits.storeValueBytesMax;

/** One shard that is owned, and an archive that answers when it is told to. */
class Bench {
  readonly holding = new Holding(3);
  readonly asked: { slot: string; chunk: Chunk; bytes: number; then: (isSaved: boolean) => void }[] = [];
  readonly slots = new Map<string, Chunk>();
  stateBytes = 100;
  number = 1;
  covered = 0;
  now = 1_000;
  readonly snapshots: Snapshots<Told>;

  constructor() {
    this.holding.epoch = 5;
    this.snapshots = new Snapshots({
      process: "p",
      owned: () => [this.holding],
      holding: (shard) => (shard === 3 ? this.holding : undefined),
      pack: (key) => Buffer.alloc(this.stateBytes, key),
      number: () => this.number,
      cover: (number) => void (this.covered = number),
      save: (_shard, slot, bytes, then) => {
        const chunk = decodeChunk(bytes) as Chunk;
        this.asked.push({ slot, chunk, bytes: bytes.length, then: (isSaved) => { if (isSaved) this.slots.set(slot, chunk); then(isSaved); } }); // prettier-ignore
      },
    });
  }

  turn(key: string): void {
    this.holding.keys.add(key);
    const n = ++this.holding.n;
    this.snapshots.turned({ kind: "turn", shard: 3, epoch: this.holding.epoch, n, key, event: { kind: "e", at: n } }, this.now); // prettier-ignore
  }

  /** Time passes; what is asked is answered. */
  pass(ms: number, isSaved: () => boolean = () => true): void {
    for (const end = this.now + ms; this.now < end; this.now += 100) {
      this.snapshots.tick(this.now);
      for (const { then } of this.asked.splice(0)) then(isSaved());
    }
  }

  get kept(): Set<string> {
    return new Set([...this.slots.values()].flatMap(({ actors }) => actors.map(({ key }) => key)));
  }
}

describe("a snapshot", () => {
  test("has the actors that changed, at one place of the chain, with their operations, and no others", () => {
    const bench = new Bench();
    for (const key of ["a", "b"]) bench.turn(key);
    bench.pass(limits.snapshotMs);
    expect([...bench.kept].sort()).toEqual(["a", "b"]);
    bench.holding.operations.open("op", "a", 7);
    bench.turn("a");
    bench.now += limits.snapshotMs;
    bench.snapshots.tick(bench.now);
    expect(bench.asked.map(({ chunk }) => chunk)).toEqual([
      { shard: 3, epoch: 5, n: 3, cited: { epoch: 0, n: 0 }, process: "p", actors: [{ key: "a", bytes: new Uint8Array(100).fill(97), operations: [{ op: "op", key: "a", at: 7, isOpen: true }] }] }, // prettier-ignore
    ]);
  });

  test("of a shard that nothing happens to is not written again, but anew under another owner's epoch, and after long", () => {
    const bench = new Bench();
    bench.turn("a");
    bench.pass(limits.snapshotMs);
    const { states } = bench.snapshots.figures;
    bench.pass(60_000);
    expect(bench.snapshots.figures.states).toBe(states);
    bench.holding.epoch = 9;
    bench.pass(limits.snapshotMs);
    expect(bench.snapshots.figures.states).toBe(states + 1);
    bench.now += limits.snapshotRefreshMs;
    bench.pass(limits.snapshotMs);
    expect(bench.snapshots.figures.states).toBe(states + 2);
  });

  test("goes in chunks that NATS takes, however many actors and however large", () => {
    const bench = new Bench();
    bench.stateBytes = 40_000;
    for (let at = 0; at < 60; at++) bench.turn(`k${at}`);
    const sizes: number[] = [];
    for (let at = 0; at < 200; at++) {
      bench.snapshots.tick((bench.now += 100));
      for (const { bytes, then } of bench.asked.splice(0)) {
        sizes.push(bytes);
        then(true);
      }
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(sizeMax);
    expect(bench.kept.size).toBe(60);
  });
});

test("the tail is covered up to before the first batch that has what no acknowledged chunk has", () => {
  const bench = new Bench();
  bench.number = 4;
  bench.turn("a");
  bench.number = 6;
  bench.pass(1_500);
  expect(bench.covered).toBe(3);
  bench.pass(limits.snapshotMs, () => false);
  expect(bench.covered).toBe(3);
  bench.pass(limits.snapshotMs + 1_000);
  expect(bench.covered).toBe(5);
});

test("whatever fails, changes and grows, an actor that was acknowledged once stands in an acknowledged chunk for good", () => {
  const step = fc.oneof(
    fc.record({ key: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ ms: fc.integer({ min: 100, max: 9_000 }), fails: fc.boolean() }),
    fc.record({ stateBytes: fc.integer({ min: 10, max: 50_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const bench = new Bench();
      const ever = new Set<string>();
      for (const each of steps) {
        if ("key" in each) bench.turn(`k${each.key}`);
        else if ("stateBytes" in each) bench.stateBytes = each.stateBytes;
        else bench.pass(each.ms, () => !each.fails);
        const { kept } = bench;
        for (const key of kept) ever.add(key);
        expect([...ever].filter((key) => !kept.has(key))).toEqual([]);
      }
      bench.pass(4 * limits.snapshotMs);
      expect([...bench.holding.keys].filter((key) => !bench.kept.has(key))).toEqual([]);
      expect(bench.covered).toBe(bench.number - 1);
    }),
    { numRuns: 60 },
  );
});

describe("a chunk", () => {
  const natural = fc.maxSafeNat().map((value) => value % 2 ** 47);
  const text = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
  const actor = text.chain((key) => fc.record({ key: fc.constant(key), bytes: fc.uint8Array({ maxLength: 40 }), operations: fc.array(fc.record({ op: text, key: fc.constant(key), at: fc.double({ noNaN: true, noDefaultInfinity: true }), isOpen: fc.boolean() }), { maxLength: 3 }) })); // prettier-ignore
  const chunks = fc.record({ shard: fc.nat(8_191), epoch: natural, n: natural, cited: fc.record({ epoch: natural, n: natural }), process: text, actors: fc.array(actor, { maxLength: 4 }) }); // prettier-ignore

  test("comes back as it was; cut or longer it is none", () => {
    fc.assert(
      fc.property(chunks, fc.nat(), (chunk, cut) => {
        const bytes = encodeChunk(chunk, chunk.actors.map(packActor));
        expect(decodeChunk(bytes)).toEqual(chunk);
        expect(decodeChunk(bytes.subarray(0, cut % bytes.length))).toBe(undefined);
        expect(decodeChunk(Buffer.concat([bytes, Buffer.from([0])]))).toBe(undefined);
      }),
    );
  });

  test("of bytes from anywhere is none, or one; it never throws", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void decodeChunk(Uint8Array.from([1, ...bytes])))); // prettier-ignore
  });

  test("of a shard that there is not is none", () => {
    const of = (shard: number): Uint8Array => encodeChunk({ shard, epoch: 1, n: 1, cited: { epoch: 0, n: 0 }, process: "p" }, []); // prettier-ignore
    expect(decodeChunk(of(shardCount - 1))?.shard).toBe(shardCount - 1);
    expect(decodeChunk(of(shardCount))).toBe(undefined);
  });
});
