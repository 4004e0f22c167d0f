/** What an archive must do over every store (archive.ts); each adapter's test runs it. */
import { describe, expect, test } from "vitest";
import type { Archive, Kept, KeptChunk, Line } from "./archive.ts";

export interface ArchiveStand {
  /** Of one node. All of a stand are of one cluster. */
  readonly open: (node: string) => Promise<Archive> | Archive;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

export function appended(
  archive: Archive,
  process: string,
  number: number,
  text: string,
): Promise<number | undefined> {
  return new Promise((done) => archive.append(process, number, bytes(text), done));
}

export function saved(archive: Archive, shard: number, slot: string, text: string): Promise<boolean> {
  return new Promise((done) => archive.save(shard, slot, bytes(text), done));
}

export const chunksOf = (archive: Archive, shard: number): Promise<readonly KeptChunk[] | undefined> =>
  new Promise((done) => archive.chunks(shard, Infinity, done));

export const shardsOf = (archive: Archive): Promise<ReadonlySet<number> | undefined> =>
  new Promise((done) => archive.shards(done));

export const linesOf = (archive: Archive, node?: string): Promise<readonly Line[] | undefined> =>
  new Promise((done) => archive.lines(node, done));

export const lineOf = (
  archive: Archive,
  line: Line,
  from = 1,
  bytesMax = Infinity,
): Promise<readonly Kept[] | undefined> => new Promise((done) => archive.line(line, from, bytesMax, done));

const textsOf = (kept: readonly { readonly bytes: Uint8Array }[] | undefined): string[] | undefined =>
  kept?.map((each) => Buffer.from(each.bytes).toString());

async function firstLine(archive: Archive, node: string): Promise<Line> {
  const [line] = (await linesOf(archive, node)) ?? [];
  if (line === undefined) throw new Error(`no line of ${node}`);
  return line;
}

export function archiveCases(make: () => ArchiveStand | Promise<ArchiveStand>): void {
  const nodes = async (...names: readonly string[]): Promise<Archive[]> => {
    const stand = await make();
    const opened: Archive[] = [];
    for (const name of names) opened.push(await stand.open(name));
    return opened;
  };

  describe("lines", () => {
    test("what one node has appended, another reads in order, from a number on", async () => {
      const [one, two] = (await nodes("a", "b")) as [Archive, Archive];
      const sequences: (number | undefined)[] = [];
      for (const number of [1, 2, 3]) sequences.push(await appended(one, "p1", number, `batch ${number}`));
      await appended(two, "q1", 1, "of b");
      const line = await firstLine(two, "a");
      expect(line).toEqual({ node: "a", process: "p1", last: sequences[2] });
      expect(textsOf(await lineOf(two, line))).toEqual(["batch 1", "batch 2", "batch 3"]);
      expect(textsOf(await lineOf(two, line, sequences[1]))).toEqual(["batch 2", "batch 3"]);
      expect((await lineOf(two, line))?.map(({ sequence }) => sequence)).toEqual(sequences);
    });

    test("the latest comes first, and each process has its own", async () => {
      const [one, two] = (await nodes("a", "b")) as [Archive, Archive];
      await appended(one, "p1", 1, "x");
      await appended(two, "q1", 1, "x");
      await appended(one, "p2", 1, "x");
      const names = ((await linesOf(one)) ?? []).map(({ node, process }) => `${node}.${process}`);
      expect(names).toEqual(["a.p2", "b.q1", "a.p1"]);
      expect((await linesOf(one, "b"))?.length).toBe(1);
      expect(await linesOf(one, "c")).toEqual([]);
    });

    test("a reading ends at its bytes, and gives one batch at least", async () => {
      const [one] = (await nodes("a")) as [Archive];
      for (const number of [1, 2, 3]) await appended(one, "p", number, "12345");
      const line = await firstLine(one, "a");
      expect(textsOf(await lineOf(one, line, 1, 10))?.length).toBe(2);
      expect(textsOf(await lineOf(one, line, 1, 1))?.length).toBe(1);
    });

    test("more than is read at once comes whole", async () => {
      const [one] = (await nodes("a")) as [Archive];
      const all = Array.from({ length: 150 }, (_, at) => `batch ${at}`);
      await Promise.all(all.map((text, at) => appended(one, "p", at + 1, text)));
      const read = textsOf(await lineOf(one, await firstLine(one, "a"))) ?? [];
      expect(read.toSorted()).toEqual(all.toSorted());
    });
  });

  chunkCases(nodes);
}

function chunkCases(nodes: (...names: readonly string[]) => Promise<Archive[]>): void {
  describe("chunks", () => {
    test("a chunk takes the place of that node's in its slot, and nobody else's", async () => {
      const [one, two] = (await nodes("a", "b")) as [Archive, Archive];
      await saved(one, 5, "s0", "old");
      await saved(one, 5, "s1", "other slot");
      await saved(two, 5, "s0", "of b");
      await saved(one, 6, "s0", "other shard");
      expect(await saved(one, 5, "s0", "new")).toBe(true);
      const chunks = (await chunksOf(two, 5)) ?? [];
      const texts = chunks.map(({ node, bytes: kept }) => `${node}: ${Buffer.from(kept).toString()}`);
      expect(texts.toSorted()).toEqual(["a: new", "a: other slot", "b: of b"]);
      expect(await chunksOf(two, 7)).toEqual([]);
    });

    test("it is told which shards have any, and one that has more bytes than wanted is not read in part", async () => {
      const [one, two] = (await nodes("a", "b")) as [Archive, Archive];
      expect(await shardsOf(two)).toEqual(new Set());
      await saved(one, 5, "s0", "12345");
      await saved(one, 5, "s1", "12345");
      await saved(two, 8_191, "s0", "12345");
      expect(await shardsOf(two)).toEqual(new Set([5, 8_191]));
      const read = (bytesMax: number): Promise<unknown> => new Promise((done) => two.chunks(5, bytesMax, done)); // prettier-ignore
      expect(await read(9)).toBe(undefined);
      expect(await read(10)).toHaveLength(2);
    });
  });
}
