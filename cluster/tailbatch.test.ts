import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { shardCount } from "./shard.ts";
import { decodeBatch, encodeBatch, packPiece, packTurn } from "./tailbatch.ts";
import type { RecordPiece, TailTurn } from "./tailbatch.ts";

interface Told {
  readonly kind: string;
  readonly at: number;
}

const pack = (event: Told): Uint8Array => Buffer.from(JSON.stringify(event));
function unpack(bytes: Uint8Array): Told | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Told;
  } catch {
    return undefined;
  }
}

const number = fc.maxSafeNat().map((value) => value % 2 ** 47);
const name = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" });
const turn: fc.Arbitrary<TailTurn<Told>> = fc
  .record(
    {
      kind: fc.constant("turn" as const),
      shard: fc.nat(8_191),
      epoch: number,
      n: number,
      key: name,
      event: fc.record({ kind: name, at: fc.nat() }),
      opens: name,
      closes: name,
      drops: fc.constant(true as const),
    },
    { requiredKeys: ["kind", "shard", "epoch", "n", "key", "event"] },
  )
  .chain((entry) => fc.record({ entry: fc.constant(entry), cited: fc.record({ epoch: number, n: number }) }));
const piece = fc.record({ segment: number, offset: number, bytes: fc.uint8Array({ maxLength: 50 }) });
const head = fc.record({ number, covered: number, sequence: number });
const mixed = fc.array(fc.oneof(turn, piece), { maxLength: 12 });

function encode(
  of: { readonly number: number; readonly covered: number; readonly sequence: number },
  entries: readonly (TailTurn<Told> | RecordPiece)[],
): Uint8Array {
  return encodeBatch(
    of,
    entries.map((each) => ("entry" in each ? packTurn(each, pack(each.entry.event)) : packPiece(each))),
  );
}

describe("a batch", () => {
  test("gives back what was put in it, in order", () => {
    fc.assert(
      fc.property(head, mixed, (of, entries) => {
        const batch = decodeBatch(encode(of, entries), unpack);
        expect(batch).toEqual({
          ...of,
          turns: entries.filter((each) => "entry" in each),
          records: entries.filter((each) => "bytes" in each),
        });
      }),
    );
  });

  test("that is cut, or longer than it says, is none", () => {
    fc.assert(
      fc.property(head, fc.array(turn, { minLength: 1, maxLength: 4 }), fc.nat(), (of, entries, cut) => {
        const bytes = encode(of, entries);
        expect(decodeBatch(bytes.subarray(0, cut % bytes.length), unpack)).toBe(undefined);
        expect(decodeBatch(Buffer.concat([bytes, Buffer.from([0])]), unpack)).toBe(undefined);
      }),
    );
  });

  test("of bytes from anywhere is none, or one; it never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeBatch(Uint8Array.from([1, ...bytes]), unpack);
      }),
    );
  });

  test("with more entries than a batch may have, or another version, is none", () => {
    const one = packPiece({ segment: 1, offset: 0, bytes: new Uint8Array(1) });
    const of = { number: 1, covered: 0, sequence: 0 };
    const full = Array.from({ length: limits.tailBatchEntriesMax }, () => one);
    expect(decodeBatch(encodeBatch(of, full), unpack)?.records.length).toBe(limits.tailBatchEntriesMax);
    expect(decodeBatch(encodeBatch(of, [...full, one]), unpack)).toBe(undefined);
    const newer = encodeBatch(of, [one]);
    newer[0] = 2;
    expect(decodeBatch(newer, unpack)).toBe(undefined);
  });

  test("with a turn of a shard that there is not is none", () => {
    const event = { kind: "e", at: 1 };
    const of = (shard: number): Uint8Array => encode({ number: 1, covered: 0, sequence: 0 }, [{ entry: { kind: "turn", shard, epoch: 1, n: 1, key: "k", event }, cited: { epoch: 0, n: 0 } }]); // prettier-ignore
    expect(decodeBatch(of(shardCount - 1), unpack)?.turns.length).toBe(1);
    expect(decodeBatch(of(shardCount), unpack)).toBe(undefined);
  });
});
