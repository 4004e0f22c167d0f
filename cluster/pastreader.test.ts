import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { MemoryArchive } from "./archive.ts";
import type { Archive } from "./archive.ts";
import type { KeptPast } from "./past.ts";
import { PastReader } from "./pastreader.ts";
import { encodeChunk, packActor } from "./snapshotchunk.ts";
import { encodeBatch, packTurn } from "./tailbatch.ts";

interface Told {
  readonly kind: string;
  readonly at: number;
}

const pack = (event: Told): Uint8Array => Buffer.from(JSON.stringify(event));
const unpack = (bytes: Uint8Array): Told => JSON.parse(Buffer.from(bytes).toString()) as Told;
const cited = { epoch: 0, n: 0 };
const turn = (shard: number, n: number, epoch = 5): Buffer => {
  const event = { kind: "e", at: n };
  return packTurn({ entry: { kind: "turn", shard, epoch, n, key: "k", event }, cited }, pack(event));
};
const chunk = (shard: number, process: string, epoch = 5): Uint8Array =>
  encodeChunk({ shard, epoch, n: 1, cited, process }, [packActor({ key: "k", bytes: Buffer.from("state"), operations: [] })]); // prettier-ignore

class Desk {
  readonly memory = new MemoryArchive((run) => queueMicrotask(run));
  readonly asked: number[] = [];
  readonly said: string[] = [];
  moved = 0;
  isDeaf = false;
  underWay = 0;
  most = 0;
  readonly archive: { -readonly [Name in keyof Archive]: Archive[Name] };
  readonly reader: PastReader<Told>;

  constructor() {
    const node = this.memory.node("reader");
    this.archive = {
      ...node,
      shards: (then) => node.shards((shards) => then(this.isDeaf ? undefined : shards)),
      chunks: (shard, bytesMax, then) => {
        this.asked.push(shard);
        this.most = Math.max(this.most, ++this.underWay);
        node.chunks(shard, bytesMax, (chunks) => {
          this.underWay--;
          then(chunks);
        });
      },
    };
    this.reader = new PastReader(this.archive, unpack, {
      alarm: (says) => void this.said.push(says),
      moved: () => void this.moved++,
      later: queueMicrotask,
    });
  }

  batch(process: string, number: number, turns: readonly Buffer[], covered = 0, sequence = 0): void {
    this.memory.node("a").append(process, number, encodeBatch({ number, covered, sequence }, turns), () => undefined); // prettier-ignore
  }

  save(node: string, shard: number, slot: string, bytes: Uint8Array): void {
    this.memory.node(node).save(shard, slot, bytes, () => undefined);
  }

  read(shard: number): Promise<KeptPast<Told> | undefined> {
    return new Promise((done) => this.reader.read(shard, done));
  }
}

const ns = (kept: KeptPast<Told> | undefined): number[] | undefined => kept?.turns.map(({ entry }) => entry.n); // prettier-ignore

describe("of a line of batches", () => {
  test("what follows without a gap counts, what came twice once, and nothing behind a gap", async () => {
    const desk = new Desk();
    desk.batch("p", 2, [turn(1, 2)]);
    desk.batch("p", 1, [turn(1, 1), turn(2, 1)]);
    desk.batch("p", 2, [turn(1, 2)]);
    desk.batch("p", 4, [turn(1, 4)]);
    expect(ns(await desk.read(1))).toEqual([1, 2]);
    expect(ns(await desk.read(2))).toEqual([1]);
  });

  test("what its last batch says is in snapshots is not wanted, nor read", async () => {
    const desk = new Desk();
    for (const n of [1, 2]) desk.batch("p", n, [turn(1, n)]);
    desk.batch("p", 3, [turn(1, 3)], 2, 2);
    expect(ns(await desk.read(1))).toEqual([3]);
  });

  test("more of it than there was is read when a shard is asked for again", async () => {
    const desk = new Desk();
    desk.batch("p", 1, [turn(1, 1)]);
    expect(ns(await desk.read(1))).toEqual([1]);
    desk.batch("p", 2, [turn(1, 2)]);
    expect(ns(await desk.read(1))).toEqual([1, 2]);
  });
});

describe("of a line that a slow store gives in parts", () => {
  test("all is read, each part once", async () => {
    const desk = new Desk();
    const begins: number[] = [];
    const { line } = desk.archive;
    desk.archive.line = (which, from, bytesMax, then) => {
      begins.push(from);
      line(which, from, bytesMax, (batches) => then(batches?.slice(0, 2)));
    };
    for (let n = 1; n <= 5; n++) desk.batch("p", n, [turn(1, n)]);
    expect(ns(await desk.read(1))).toEqual([1, 2, 3, 4, 5]);
    // Its last batch first, from which it is told where to begin.
    expect(begins).toEqual([5, 0, 3, 5]);
    // Which lines there are, the last batch, each part: who waits for it knows that the store gives.
    expect(desk.moved).toBe(5);
  });
});

describe("of many lines", () => {
  test("so many are read at once and no more, and all of them", async () => {
    const desk = new Desk();
    const [count, { line }] = [3 * limits.pastLinesAtOnceMax, desk.archive];
    let [open, most] = [0, 0];
    desk.archive.line = (which, from, bytesMax, then) => {
      most = Math.max(most, ++open);
      line(which, from, bytesMax, (batches) => {
        open--;
        then(batches);
      });
    };
    for (let n = 1; n <= count; n++) desk.batch(`p${n}`, 1, [turn(1, n, n)]);
    expect(ns(await desk.read(1))?.length).toBe(count);
    expect(most).toBe(limits.pastLinesAtOnceMax);
  });

  test("shards that are asked for in one go are answered from one look at the store", async () => {
    const desk = new Desk();
    const { lines } = desk.archive;
    let looks = 0;
    desk.archive.lines = (only, then) => {
      looks++;
      lines(only, then);
    };
    desk.batch("p", 1, [turn(1, 1), turn(2, 1)]);
    const all = await Promise.all(Array.from({ length: 3_000 }, (_, shard) => desk.read(shard)));
    expect([all.length, looks]).toEqual([3_000, 1]);
  });
});

describe("of snapshots", () => {
  test("only shards that have some are asked for, each by itself, and so many at once", async () => {
    const desk = new Desk();
    const full = Array.from({ length: 3 * limits.pastShardsMax }, (_, at) => 2 * at);
    for (const shard of full) desk.save("a", shard, "p-5-0", chunk(shard, "p"));
    const all = Array.from({ length: 1_000 }, (_, shard) => desk.read(shard));
    const counts = (await Promise.all(all)).map((kept) => kept?.chunks.length);
    expect(counts).toEqual(Array.from({ length: 1_000 }, (_, shard) => (full.includes(shard) ? 1 : 0)));
    expect(desk.asked).toEqual(full);
    expect(desk.most).toBe(limits.pastShardsMax);
  });

  test("bytes that are no chunk, or another shard's, are left out", async () => {
    const desk = new Desk();
    desk.save("a", 1, "p-5-0", Buffer.from("nonsense"));
    desk.save("a", 1, "p-5-1", chunk(2, "p"));
    desk.save("a", 1, "p-5-2", chunk(1, "p"));
    expect((await desk.read(1))?.chunks.map(({ writer, shard }) => [writer, shard])).toEqual([["a p", 1]]);
  });

  test("a shard with more bytes than may be read back is not read, and others are", async () => {
    const desk = new Desk();
    const large = new Uint8Array(limits.storeValueBytesMax);
    for (let at = 0; at * large.length <= limits.pastShardBytesMax; at++) desk.save("a", 1, `p-5-${at}`, large); // prettier-ignore
    desk.save("a", 2, "p-5-0", chunk(2, "p"));
    const [one, two] = await Promise.all([desk.read(1), desk.read(2)]);
    expect([one, two?.chunks.length]).toEqual([undefined, 1]);
  });
});

test("what is not heard of is undefined, for each that asked, and asking again helps", async () => {
  const desk = new Desk();
  desk.save("a", 1, "p-5-0", chunk(1, "p"));
  desk.isDeaf = true;
  expect(await Promise.all([desk.read(1), desk.read(2)])).toEqual([undefined, undefined]);
  desk.isDeaf = false;
  expect((await desk.read(1))?.chunks).toHaveLength(1);
});

test("an alarm is given when another node has written under an owner's epoch, and counted", async () => {
  const desk = new Desk();
  desk.save("a", 1, "p-5-0", chunk(1, "p"));
  desk.save("b", 1, "q-6-0", chunk(1, "q", 6));
  await desk.read(1);
  expect([desk.said, desk.reader.figures.contested]).toEqual([[], 0]);
  desk.save("b", 1, "q-5-0", chunk(1, "q"));
  await desk.read(1);
  expect(desk.said).toEqual([expect.stringMatching(/shard 1 .*epoch 5 \(a p, b q\)/)]);
  expect(desk.reader.figures.contested).toBe(1);
});
