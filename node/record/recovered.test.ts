import fc from "fast-check";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { RecoveredFolder } from "./recovered.ts";
import type { RecoveredIncarnation, RecoveredRecords } from "./recovered.ts";

const base = mkdtempSync(join(tmpdir(), "gatehouse-recovered-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;

function gather(act: (records: RecoveredRecords) => void): {
  folder: string;
  found: RecoveredIncarnation;
  refused: number;
} {
  const folder = join(base, String(++count));
  const records = new RecoveredFolder(folder).open("inc-1");
  act(records);
  return { folder: join(folder, "inc-1"), found: records.close(), refused: records.refused };
}
const piece = (segment: number, offset: number, text: string): { segment: number; offset: number; bytes: Uint8Array } => ({ segment, offset, bytes: Buffer.from(text) }); // prettier-ignore
const textOf = (folder: string, file = "000001.jsonl"): string => readFileSync(join(folder, file), "utf8");

describe("a folder that is put together again", () => {
  test("has the bytes of any whole set of pieces, in whatever order they come, and doubled", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.array(fc.nat(299), { maxLength: 8 }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        (bytes, cuts, order) => {
          const at = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length)])].sort((one, other) => one - other); // prettier-ignore
          const pieces = at.map((from, index) => ({ segment: 1, offset: from, bytes: bytes.subarray(from, at[index + 1] ?? bytes.length) })); // prettier-ignore
          const { folder, found, refused } = gather((records) => {
            const mixed = [...pieces, ...pieces].map((each, index) => [order[index % 20] ?? 0, each] as const).sort(([one], [other]) => one - other); // prettier-ignore
            for (const [, each] of mixed) records.add(each);
          });
          expect(readFileSync(join(folder, "000001.jsonl"))).toEqual(Buffer.from(bytes));
          expect([found.segments, found.missing, refused]).toEqual([[{ segment: 1, bytes: bytes.length, missing: [] }], [], 0]); // prettier-ignore
        },
      ),
      { numRuns: 60 },
    );
  });

  test("says what is missing, and leaves it out", () => {
    const { folder, found } = gather((records) => {
      records.add(piece(2, 10, "behind"));
      records.add(piece(2, 4, "ab"));
      records.add(piece(5, 0, "x"));
    });
    expect(textOf(folder, "000002.jsonl")).toBe("abbehind");
    expect(found.segments).toEqual([
      { segment: 2, bytes: 8, missing: [{ from: 0, to: 4 }, { from: 6, to: 10 }] },
      { segment: 5, bytes: 1, missing: [] },
    ]); // prettier-ignore
    expect(found.missing).toEqual([3, 4]);
  });

  test("does not take what contradicts what is there, nor what no segment can have", () => {
    const { folder, refused } = gather((records) => {
      records.add(piece(1, 0, "first"));
      records.add(piece(1, 2, "XX"));
      records.add(piece(0, 0, "x"));
      records.add(piece(1, 2 ** 40, "x"));
      records.add(piece(2 ** 40, 0, "x"));
    });
    expect([textOf(folder), refused, readdirSync(folder)]).toEqual(["first", 4, ["000001.jsonl"]]);
  });

  test("is for its owner alone, and of nothing nothing is left", () => {
    const { folder } = gather((records) => records.add(piece(1, 0, "x")));
    expect([statSync(folder).mode & 0o777, statSync(join(folder, "000001.jsonl")).mode & 0o777]).toEqual([0o700, 0o600]); // prettier-ignore
    expect(existsSync(gather(() => undefined).folder)).toBe(false);
  });

  test("cannot be left by a name from elsewhere", () => {
    for (const name of ["..", "a/b", "", "a".repeat(65)])
      expect(() => new RecoveredFolder(join(base, "names")).open(name)).toThrow(RangeError);
  });
});
