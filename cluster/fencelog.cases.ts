/** What a fence log must do over every store of its lines (fencelog.ts, fencestore.ts); each adapter's test runs it. */
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { FenceLog } from "./fencelog.ts";
import type { AppendResult, SealResult } from "./fencelog.ts";
import type { FenceStore } from "./fencestore.ts";

export interface FenceStand {
  /** Of one node. All of a stand are of one cluster. */
  readonly open: () => Promise<FenceStore> | FenceStore;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

export function sealed(log: FenceLog, shard: number, epoch: number): Promise<SealResult> {
  return new Promise((done) => log.seal(shard, epoch, done));
}

export function appended(
  log: FenceLog,
  shard: number,
  epoch: number,
  text: string,
): Promise<AppendResult | "not taken"> {
  return new Promise((done) => {
    if (!log.append(shard, epoch, bytes(text), done)) done("not taken");
  });
}

function cleared(
  log: FenceLog,
  shard: number,
  epoch: number,
  ...kept: readonly string[]
): Promise<AppendResult | "not taken"> {
  return new Promise((done) => {
    if (!log.clear(shard, epoch, kept.map(bytes), done)) done("not taken");
  });
}

const textsOf = (result: SealResult): string[] | string =>
  result.kind === "sealed"
    ? result.bodies.map(({ epoch, body }) => `${epoch}:${Buffer.from(body).toString()}`)
    : result.kind;

export function fenceLogCases(make: () => FenceStand | Promise<FenceStand>): void {
  const logs = async (...writers: readonly string[]): Promise<FenceLog[]> => {
    const stand = await make();
    const made: FenceLog[] = [];
    for (const writer of writers) made.push(new FenceLog(await stand.open(), writer));
    return made;
  };
  describe("a seal", () => {
    sealCases(logs);
  });
  describe("an append", () => {
    appendCases(logs);
  });
}

type Logs = (...writers: readonly string[]) => Promise<FenceLog[]>;

function sealCases(logs: Logs): void {
  test("finds all that was appended before, in order, and ends its owner's appends", async () => {
    const [one, two] = (await logs("one", "two")) as [FenceLog, FenceLog];
    expect(textsOf(await sealed(one, 7, 3))).toEqual([]);
    for (const text of ["a", "b", "c"]) expect(await appended(one, 7, 3, text)).toBe("appended");
    expect(textsOf(await sealed(two, 7, 5))).toEqual(["3:a", "3:b", "3:c"]);
    expect(await appended(one, 7, 3, "late")).toBe("superseded");
    expect(await appended(one, 7, 3, "later")).toBe("not taken");
    expect(await appended(two, 7, 5, "d")).toBe("appended");
    expect(textsOf(await sealed(one, 7, 6))).toEqual(["3:a", "3:b", "3:c", "5:d"]);
  });

  test("of an earlier epoch, or of another writer of the same, is superseded and changes nothing", async () => {
    const [one, two] = (await logs("one", "two")) as [FenceLog, FenceLog];
    await sealed(one, 7, 5);
    expect(await sealed(two, 7, 4)).toEqual({ kind: "superseded" });
    expect(await sealed(two, 7, 5)).toEqual({ kind: "superseded" });
    expect(await appended(two, 7, 5, "x")).toBe("not taken");
    expect(await appended(one, 7, 5, "a")).toBe("appended");
  });

  test("of the same owner again finds its own, and goes on", async () => {
    const [one] = (await logs("one")) as [FenceLog];
    await sealed(one, 7, 5);
    await appended(one, 7, 5, "a");
    expect(textsOf(await sealed(one, 7, 5))).toEqual(["5:a"]);
    expect(await appended(one, 7, 5, "b")).toBe("appended");
  });

  test("holds for its shard only", async () => {
    const [one, two] = (await logs("one", "two")) as [FenceLog, FenceLog];
    await sealed(one, 7, 5);
    await sealed(one, 8, 5);
    await appended(one, 8, 5, "of 8");
    expect(textsOf(await sealed(two, 7, 6))).toEqual([]);
    expect(await appended(one, 8, 5, "more of 8")).toBe("appended");
  });

  test("after a clearing finds only what came behind it", async () => {
    const [one, two] = (await logs("one", "two")) as [FenceLog, FenceLog];
    await sealed(one, 7, 3);
    await appended(one, 7, 3, "a");
    expect(await cleared(one, 7, 3)).toBe("appended");
    await appended(one, 7, 3, "b");
    expect(textsOf(await sealed(two, 7, 4))).toEqual(["3:b"]);
    expect(await cleared(one, 7, 3)).toBe("superseded");
    expect(textsOf(await sealed(two, 7, 4))).toEqual(["3:b"]);
  });

  test("finds what a clearing has kept, and an owner of before it is over", async () => {
    const [one, two, three] = (await logs("one", "two", "three")) as [FenceLog, FenceLog, FenceLog];
    await sealed(one, 7, 3);
    await sealed(two, 7, 4);
    for (const text of ["a", "b", "c"]) await appended(two, 7, 4, text);
    expect(await cleared(two, 7, 4, "b", "c")).toBe("appended");
    expect(await appended(one, 7, 3, "late")).toBe("superseded");
    expect(await appended(two, 7, 4, "d")).toBe("appended");
    expect(textsOf(await sealed(three, 7, 5))).toEqual(["4:b", "4:c", "4:d"]);
    expect(await cleared(three, 7, 5, "x".repeat(limits.fenceBodyBytesMax + 1))).toBe("not taken");
  });
}

function appendCases(logs: Logs): void {
  test("without a seal, or under another epoch than the seal's, is not taken", async () => {
    const [one] = (await logs("one")) as [FenceLog];
    expect(await appended(one, 7, 3, "a")).toBe("not taken");
    await sealed(one, 7, 3);
    expect(await appended(one, 7, 4, "a")).toBe("not taken");
    expect(await appended(one, 7, 2, "a")).toBe("not taken");
  });

  test("is told of after the call, and many of one moment stand in their order", async () => {
    const [one, two] = (await logs("one", "two")) as [FenceLog, FenceLog];
    await sealed(one, 7, 3);
    const texts = Array.from({ length: 600 }, (_, at) => `${at}`);
    const results: AppendResult[] = [];
    const all = Promise.withResolvers<undefined>();
    for (const text of texts)
      one.append(7, 3, bytes(text), (result) => {
        if (results.push(result) === texts.length) all.resolve(undefined);
      });
    expect(results).toEqual([]);
    await all.promise;
    expect(new Set(results)).toEqual(new Set(["appended"]));
    expect(textsOf(await sealed(two, 7, 4))).toEqual(texts.map((text) => `3:${text}`));
  });

  test("keeps its bytes when the giver writes over them, up to the largest, and takes none that is larger", async () => {
    const [one, two] = (await logs("one", "two")) as [FenceLog, FenceLog];
    await sealed(one, 7, 3);
    const large = Buffer.alloc(limits.fenceBodyBytesMax, 1);
    const ended = new Promise((done) => one.append(7, 3, large, done));
    large.fill(2);
    expect(await ended).toBe("appended");
    expect(one.append(7, 3, Buffer.alloc(limits.fenceBodyBytesMax + 1), () => undefined)).toBe(false);
    const result = await sealed(two, 7, 4);
    if (result.kind !== "sealed") throw new Error(result.kind);
    expect(result.bodies.map(({ body }) => Buffer.from(body).equals(Buffer.alloc(limits.fenceBodyBytesMax, 1)))).toEqual([true]); // prettier-ignore
  });
}
