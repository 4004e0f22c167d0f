import fc from "fast-check";
import { expect, test } from "vitest";
import type { RecordLine } from "../../protocol/record.ts";
import { lineHash, recordText } from "../record/line.ts";
import { Chains } from "./chains.ts";

/** Lines of a few shards over some starts of a node, chained as its writer chains them. */
function written(spots: readonly (readonly [shard: number, restarts: boolean])[]): RecordLine[] {
  const heads = new Map<number, { readonly epoch: number; readonly n: number; readonly prev: string }>();
  let epoch = 1;
  return spots.map(([shard, restarts], at) => {
    if (restarts) epoch++;
    const head = heads.get(shard);
    const n = head?.epoch === epoch ? head.n + 1 : 1;
    const text = recordText({ shard, epoch, n, prev: head?.prev ?? "" }, { kind: "node", at, about: { what: "x" } }); // prettier-ignore
    heads.set(shard, { epoch, n, prev: lineHash(text) });
    return JSON.parse(text) as RecordLine;
  });
}

const spots = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()), {
  minLength: 2,
  maxLength: 40,
});

test("chains that are whole break nowhere, over any starts of a node", () => {
  fc.assert(
    fc.property(spots, (given) => {
      const chains = new Chains();
      expect(written(given).every((line) => chains.take(line) === 0)).toBe(true);
    }),
  );
});

test("a line that is not there breaks its shard's chain at the next one, and no other shard's", () => {
  fc.assert(
    fc.property(spots, fc.nat(), (given, seed) => {
      const lines = written(given);
      const gone = lines[seed % lines.length];
      const chains = new Chains();
      for (const [at, line] of lines.entries()) {
        if (line === gone) continue;
        const isBehind = line.shard === gone?.shard && at > lines.indexOf(gone);
        expect(chains.take(line)).toBe(isBehind ? 1 : 0);
      }
    }),
  );
});

test("records that begin in the midst are broken from their first line on", () => {
  const chains = new Chains();
  const [, ...rest] = written([[0, false], [0, false], [0, true]]); // prettier-ignore
  expect(rest.map((line) => chains.take(line))).toEqual([1, 1]);
});
