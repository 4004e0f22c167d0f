import fs from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { headsFile } from "./heads.ts";
import { readRecords } from "./reader.ts";
import type { RecoveredTail } from "./recovery.ts";
import { recoverFolder } from "./recovery.ts";
import {
  intent,
  makeFolder,
  op,
  openRecorder,
  outcome,
  readSegments,
  recordWrites,
  splitLines,
} from "./testdata/recording.ts";
import { verifyFolder } from "./verify.ts";

let folder = "";
let last = "";
let bytes: Buffer = Buffer.alloc(0);

beforeEach(async () => {
  folder = makeFolder();
  await recordWrites(folder, "one", [3, 1, 6, 2, 9, 4], { segmentBytes: 4_096 });
  last = Array.from(readSegments(folder).keys()).at(-1) ?? "";
  bytes = fs.readFileSync(join(folder, last));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** The next start; then a stop. */
async function restart(incarnation = "two"): Promise<{ tails: RecoveredTail[]; open: string[] }> {
  const tails: RecoveredTail[] = [];
  const recorder = openRecorder(folder, incarnation, { onRecovered: (tail) => tails.push(tail) });
  const open = recorder.openIntents.map((record) => record.op as string);
  await recorder.close();
  return { tails, open };
}

function isRecord(line: Buffer): boolean {
  return line.toString().startsWith('{"v"');
}

/** Whole record lines of the last segment. */
function countRecords(of: Buffer): number {
  return splitLines(of).filter((line) => isRecord(line) && line.at(-1) === 10).length;
}

describe("a torn tail", () => {
  test("cut at any byte, is repaired: whole records stay, the rest is moved, and the folder verifies", async () => {
    const cuts = fc.nat().map((at) => 1 + (at % (bytes.length - 1)));
    await fc.assert(
      fc.asyncProperty(cuts, async (cut) => {
        const torn = bytes.subarray(0, cut);
        const own = makeFolder();
        fs.cpSync(folder, own, { recursive: true });
        fs.writeFileSync(join(own, last), torn);
        const [kept, before] = [folder, countRecords(torn)];
        folder = own;
        try {
          const { tails } = await restart();
          const now = readSegments(own).get(last) ?? Buffer.alloc(0);
          expect(verifyFolder(own).findings).toEqual([]);
          expect(countRecords(now)).toBe(before);
          const lines = splitLines(torn);
          const sealed = lines.findLastIndex(
            (line) => line.toString().startsWith('{"seal"') && line.at(-1) === 10,
          );
          const tail = Buffer.concat(lines.slice(sealed + 1));
          const [report] = tails;
          expect(report?.keptLines ?? 0).toBe(countRecords(tail));
          const moved = fs.existsSync(join(own, `${last}.torn`))
            ? fs.readFileSync(join(own, `${last}.torn`))
            : Buffer.alloc(0);
          expect(report?.tornBytes ?? 0).toBe(moved.length);
          expect(tails.length).toBe(tail.length === 0 ? 0 : 1);
          expect(torn.subarray(cut - moved.length).equals(moved)).toBe(true);
        } finally {
          folder = kept;
          fs.rmSync(own, { recursive: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  test("is on record in the new incarnation", async () => {
    fs.appendFileSync(join(folder, last), '{"v":1,"shard":1');
    await restart();
    const node = Array.from(readRecords(folder, { kind: "node" }), (record) => record.about);
    expect(node.at(-1)).toEqual({ what: "tail recovered", segment: last, keptLines: 0, tornBytes: 16 });
  });

  test("of zeros, as power loss leaves it, is moved away", async () => {
    fs.appendFileSync(join(folder, last), Buffer.alloc(5_000));
    expect((await restart()).tails).toEqual([{ segment: last, keptLines: 0, tornBytes: 5_000 }]);
    expect(verifyFolder(folder).ok).toBe(true);
  });

  test("with a hole inside the last write loses what stands behind the hole, and only that", async () => {
    const lines = splitLines(bytes);
    const hole = lines.findLastIndex(isRecord) - 1;
    const holed = lines.with(hole, Buffer.alloc(lines[hole]?.length ?? 0));
    fs.writeFileSync(join(folder, last), Buffer.concat(holed));
    fs.rmSync(join(folder, "one", headsFile));
    const { tails } = await restart();
    expect(tails).toMatchObject([{ segment: last, keptLines: 2 }]);
    expect(verifyFolder(folder).ok).toBe(true);
  });

  test("with a whole line that does not continue its chain loses that line", async () => {
    const old = splitLines(bytes).find(isRecord) ?? Buffer.alloc(0);
    fs.appendFileSync(join(folder, last), old);
    expect((await restart()).tails).toEqual([{ segment: last, keptLines: 0, tornBytes: old.length }]);
    expect(verifyFolder(folder).ok).toBe(true);
  });

  test("with a whole line that is no JSON loses that line", async () => {
    const lines = splitLines(bytes).slice(0, -1);
    const text = lines.at(-1)?.toString().replace('"name":"', '"name":\0"') ?? "";
    fs.writeFileSync(join(folder, last), Buffer.concat(lines.with(-1, Buffer.from(text))));
    expect((await restart()).tails).toEqual([{ segment: last, keptLines: 3, tornBytes: text.length }]);
    expect(verifyFolder(folder).ok).toBe(true);
  });

  test("is repaired without any heads.json, and chains of older incarnations are known in it", async () => {
    const recorder = openRecorder(folder, "two");
    await new Promise<void>((resolve) => recorder.append(intent(1, 2), "written", () => resolve()));
    await recorder.close();
    const path = join(folder, "two/000001.jsonl");
    const whole = fs.readFileSync(path);
    fs.writeFileSync(path, Buffer.concat(splitLines(whole).slice(0, -1)));
    for (const name of ["one", "two"]) fs.rmSync(join(folder, name, headsFile));
    expect((await restart("three")).tails).toEqual([
      { segment: "two/000001.jsonl", keptLines: 1, tornBytes: 0 },
    ]);
    expect(fs.readFileSync(path).equals(whole)).toBe(true);
  });

  test("that was being repaired when the process was killed again is repaired all the same", async () => {
    const records = splitLines(bytes).filter(isRecord).length;
    fs.writeFileSync(join(folder, last), bytes.subarray(0, bytes.length - 3));
    // The torn bytes were moved, the segment was not yet cut.
    fs.writeFileSync(join(folder, `${last}.torn`), bytes.subarray(bytes.length - 60));
    await restart();
    // Cut, but the new seal went in half.
    const now = fs.readFileSync(join(folder, last));
    fs.rmSync(join(folder, "two"), { recursive: true });
    fs.writeFileSync(join(folder, last), now.subarray(0, now.length - 20));
    await restart("three");
    expect(verifyFolder(folder).findings).toEqual([]);
    expect(countRecords(readSegments(folder).get(last) ?? Buffer.alloc(0))).toBe(records);
  });

  test("of a first segment that never had a seal is set aside, with the folder still in order", async () => {
    await restart("two");
    const begun = fs.readFileSync(join(folder, "two/000001.jsonl"));
    fs.mkdirSync(join(folder, "three"));
    fs.writeFileSync(join(folder, "three/000001.jsonl"), begun.subarray(0, 60));
    expect((await restart("four")).tails).toEqual([
      { segment: "three/000001.jsonl", keptLines: 0, tornBytes: 60 },
    ]);
    expect(verifyFolder(folder)).toMatchObject({ ok: true });
    expect(fs.readFileSync(join(folder, "three/000001.jsonl.torn"))).toHaveLength(60);
  });
});

test("a byte changed before the last seal is left as it is, for the verifier to find", async () => {
  const changed = Buffer.from(bytes);
  changed[changed.indexOf("crm_search")] = 88;
  fs.writeFileSync(join(folder, last), changed);
  fs.rmSync(join(folder, "one", headsFile));
  expect((await restart()).tails).toEqual([]);
  expect(fs.readFileSync(join(folder, last)).equals(changed)).toBe(true);
  expect(verifyFolder(folder).findings[0]).toMatchObject({ segment: last, what: "changed" });
});

test("a segment that was made and not yet written is removed", async () => {
  fs.writeFileSync(join(folder, last.replace(/\d\.jsonl/, "9.jsonl")), "");
  expect((await restart()).tails).toEqual([]);
  expect(verifyFolder(folder).ok).toBe(true);
});

describe("open intents", () => {
  test("of a killed process are found, over segments, and stay open until their outcome is on record", async () => {
    const recorder = openRecorder(folder, "two", { segmentBytes: 4_096 });
    for (let number = 1; number <= 60; number++) {
      recorder.append(intent(number), "written");
      await new Promise<void>((resolve) =>
        recorder.append(outcome(number === 7 ? 999 : number), "written", () => resolve()),
      );
    }
    recorder.append(intent(61), "written");
    await new Promise<void>((resolve) => recorder.append(intent(62, 3), "written", () => resolve()));
    // No close: the process is gone.
    const next = openRecorder(folder, "three");
    expect(next.openIntents.map((open) => open.op)).toEqual([op(7), op(61), op(62)]);
    expect(next.openIntents[0]).toMatchObject({
      session: intent(7).session,
      name: "crm_search",
      server: "crm",
    });
    next.append(outcome(61), "written");
    await next.close();
    expect((await restart("four")).open).toEqual([op(7), op(62)]);
    await recorder.close();
  });
});

describe("heads.json", () => {
  test("saves time and nothing else: without it, or with a byte of it changed, the same is found", async () => {
    await restart("two");
    fs.appendFileSync(join(folder, "two/000001.jsonl"), "x");
    const withIndex = recoverFolder(folder);
    const path = join(folder, "two", headsFile);
    const text = fs.readFileSync(path);
    text[text.length - 20] = (text[text.length - 20] ?? 0) ^ 1;
    fs.writeFileSync(path, text);
    const { tails: _, ...found } = withIndex;
    expect(recoverFolder(folder)).toMatchObject(found);
    fs.rmSync(path);
    expect(recoverFolder(folder)).toMatchObject(found);
    fs.rmSync(join(folder, "one", headsFile));
    expect(recoverFolder(folder)).toMatchObject(found);
    expect(found).toMatchObject({ previous: "two", epoch: 2 });
  });

  test("that names a seal which does not stand in the records is not used", async () => {
    await recordWrites(folder, "two", [2, 2, 2]);
    const other = makeFolder();
    await recordWrites(other, "two", [1, 4, 1, 9]);
    fs.copyFileSync(join(other, "two", headsFile), join(folder, "two", headsFile));
    const expected = recoverFolder(folder);
    fs.rmSync(join(folder, "two", headsFile));
    expect(recoverFolder(folder)).toEqual(expected);
    fs.rmSync(other, { recursive: true });
  });

  test("is written with each new segment, so that a start after a crash reads the last one only", async () => {
    const recorder = openRecorder(folder, "two", { segmentBytes: 4_096 });
    for (let number = 1; number <= 40; number++) {
      await new Promise<void>((resolve) => recorder.append(intent(number), "synced", () => resolve()));
    }
    const [, text = "{}"] = fs.readFileSync(join(folder, "two", headsFile), "utf8").split("\n");
    const { segment } = JSON.parse(text) as { segment: number };
    expect(segment).toBeGreaterThanOrEqual(
      fs.readdirSync(join(folder, "two")).filter((name) => name.endsWith("jsonl")).length - 1,
    );
    await recorder.close();
  });
});
