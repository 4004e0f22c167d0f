import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pastOf } from "./past.ts";
import type { KeptPast, Place } from "./past.ts";

interface Told {
  readonly kind: string;
  readonly at: number;
}

const start = { epoch: 0, n: 0 };
const turn = (epoch: number, n: number, key = "k", cited: Place = start, writer = `w${epoch}`): KeptPast<Told>["turns"][number] => ({ writer, cited, entry: { kind: "turn", shard: 1, epoch, n, key, event: { kind: "e", at: n } } }); // prettier-ignore
const chunk = (epoch: number, n: number, keys: readonly string[], cited: Place = start, writer = `w${epoch}`): KeptPast<Told>["chunks"][number] => ({ writer, shard: 1, epoch, n, cited, process: "p", actors: keys.map((key) => ({ key, bytes: Buffer.from(`${key}@${epoch}/${n}`), operations: [] })) }); // prettier-ignore

function told(
  kept: KeptPast<Told>,
  lostAt = 100,
  named?: number,
): { states: string[]; turns: string[]; head: Place } {
  // prettier-ignore
  const { actors, turns, head } = pastOf(kept, lostAt, named);
  return {
    states: actors.map(({ bytes }) => Buffer.from(bytes).toString()),
    turns: turns.map(({ key, epoch, n }) => `${key} ${epoch}/${n}`),
    head,
  };
}

describe("of one epoch", () => {
  test("an actor is its last snapshot and the turns behind it; one without a snapshot is its turns", () => {
    const kept = { chunks: [chunk(5, 2, ["k"]), chunk(5, 1, ["k"])], turns: [1, 2, 3].map((n) => turn(5, n)).concat(turn(5, 4, "new")) }; // prettier-ignore
    expect(told(kept)).toEqual({ states: ["k@5/2"], turns: ["k 5/3", "new 5/4"], head: { epoch: 5, n: 4 } });
  });

  test("what comes twice counts once, and nothing counts behind a hole", () => {
    const kept = { chunks: [], turns: [turn(5, 2), turn(5, 1), turn(5, 2), turn(5, 4), turn(5, 5)] };
    expect(told(kept)).toEqual({ states: [], turns: ["k 5/1", "k 5/2"], head: { epoch: 5, n: 2 } });
  });

  test("of the epoch of the loss itself, or of a later one, nothing counts", () => {
    const kept = { chunks: [chunk(7, 1, ["k"])], turns: [turn(8, 1)] };
    expect(told(kept, 7)).toEqual({ states: [], turns: [], head: start });
  });

  test("above the epoch that the last view named, nothing counts", () => {
    const kept = { chunks: [chunk(5, 1, ["k"])], turns: [turn(6, 1)] };
    expect(told(kept, 9, 5)).toEqual({ states: ["k@5/1"], turns: [], head: { epoch: 5, n: 1 } });
  });

  test("that two processes have written under, nothing counts", () => {
    const kept = { chunks: [chunk(5, 1, ["k"])], turns: [turn(5, 2, "k", start, "another")] };
    expect(told(kept)).toEqual({ states: [], turns: [], head: start });
  });
});

describe("of several epochs", () => {
  const cited = { epoch: 5, n: 2 };

  test("an owner counts up to the entry that the next one cites", () => {
    const kept = { chunks: [], turns: [turn(5, 1), turn(5, 2), turn(5, 3), turn(7, 1, "k", cited)] };
    expect(told(kept).turns).toEqual(["k 5/1", "k 5/2", "k 7/1"]);
  });

  test("one that ended before anything was written under it is passed over, and of the one below all counts", () => {
    const kept = {
      chunks: [chunk(5, 1, ["k"])],
      turns: [turn(5, 2), turn(5, 3), turn(9, 1, "k", { epoch: 7, n: 0 })],
    };
    expect(told(kept)).toMatchObject({ states: ["k@5/1"], turns: ["k 5/2", "k 5/3", "k 9/1"] });
    expect(told({ chunks: [], turns: [turn(9, 1, "k", { epoch: 7, n: 1 })] })).toMatchObject({
      turns: ["k 9/1"],
    });
  });

  test("one of which nothing came, though it had written, ends no chain: what was acknowledged before it counts", () => {
    const behind = { epoch: 7, n: 12 };
    const kept = { chunks: [chunk(5, 4, ["k"]), chunk(9, 2, ["other"], behind)], turns: [turn(9, 3, "k", behind)] }; // prettier-ignore
    expect(told(kept)).toMatchObject({ states: ["k@5/4", "other@9/2"], turns: ["k 9/3"] });
    // Nor one that two have written under.
    const contested = [turn(7, 12, "k", cited), turn(7, 12, "k", cited, "another")];
    expect(told({ ...kept, turns: [...kept.turns, ...contested] })).toMatchObject({ states: ["k@5/4", "other@9/2"], turns: ["k 9/3"] }); // prettier-ignore
  });

  test("a snapshot behind that entry does not count", () => {
    const kept = { chunks: [chunk(5, 3, ["k"]), chunk(7, 0, ["other"], cited)], turns: [] };
    expect(told(kept).states).toEqual(["other@7/0"]);
  });

  test("an epoch that no other cites does not count", () => {
    const kept = { chunks: [], turns: [turn(5, 1), turn(5, 2), turn(6, 1), turn(7, 1, "k", cited)] };
    expect(told(kept).turns).toEqual(["k 5/1", "k 5/2", "k 7/1"]);
  });

  test("where an earlier one is not whole, a later one counts only behind a snapshot of its own", () => {
    const kept = {
      chunks: [chunk(5, 1, ["old"]), chunk(7, 1, ["k"], cited)],
      turns: [turn(7, 1, "k", cited), turn(7, 2, "k", cited), turn(7, 3, "old", cited)],
    };
    expect(told(kept)).toMatchObject({ states: ["old@5/1", "k@7/1"], turns: ["k 7/2"] });
  });
});

test("whatever is there, the turns of an actor are those of the chain in order, behind its state, without a hole", () => {
  const place = fc.record({ epoch: fc.integer({ min: 1, max: 4 }), n: fc.integer({ min: 0, max: 6 }) });
  const anyTurn = fc.record({ at: place, key: fc.constantFrom("a", "b"), cited: place }).map(({ at, key, cited }) => turn(at.epoch, at.n + 1, key, cited.epoch < at.epoch ? cited : start)); // prettier-ignore
  const anyChunk = fc.record({ at: place, keys: fc.subarray(["a", "b"]), cited: place }).map(({ at, keys, cited }) => chunk(at.epoch, at.n, keys, cited.epoch < at.epoch ? cited : start)); // prettier-ignore
  fc.assert(
    fc.property(
      fc.array(anyTurn, { maxLength: 20 }),
      fc.array(anyChunk, { maxLength: 6 }),
      fc.integer({ min: 1, max: 5 }),
      (turns, chunks, lostAt) => {
        // prettier-ignore
        const past = pastOf({ turns, chunks }, lostAt, undefined);
        const places = past.turns.map(({ epoch, n }) => epoch * 1_000 + n);
        expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
        expect(past.turns.every(({ epoch }) => epoch < lostAt)).toBe(true);
        for (const epoch of [1, 2, 3, 4]) {
          const all = [...new Set(turns.filter(({ entry }) => entry.epoch === epoch).map(({ entry }) => entry.n))].sort((one, other) => one - other); // prettier-ignore
          const hole = all.findIndex((n, at) => at > 0 && n !== (all[at - 1] ?? 0) + 1);
          const sound = new Set(hole < 0 ? all : all.slice(0, hole));
          expect(past.turns.every((each) => each.epoch !== epoch || sound.has(each.n))).toBe(true);
        }
        expect(new Set(past.actors.map(({ key }) => key)).size).toBe(past.actors.length);
      },
    ),
  );
});
