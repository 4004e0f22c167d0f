import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bury, copiesToMove, disown, firstView, follows, isGone, isInSync, isMember, join, move, nobody, placeOf, ranked, readmit, restore, stand, weigh } from "./view.ts"; // prettier-ignore
import type { View } from "./view.ts";
import { decodeView, encodeView } from "./viewrow.ts";

const shards = 64;

function formed(...ids: readonly string[]): View {
  let view = firstView("first", shards);
  for (const id of ids) view = join(view, id, 1, 1) ?? view;
  return view;
}

/** All shards of a member, with whatever is wanted of them. */
function allInSync(view: View): View {
  let next = view;
  for (const [place] of view.members.entries()) {
    const standings = [...next.owner.keys()]
      .filter((shard) => next.owner[shard] === place)
      .map((shard) => ({ shard, epoch: next.epoch[shard] ?? 0, runner: next.runner[shard] ?? nobody, inSync: true, isLost: false })); // prettier-ignore
    next = stand(next, place, standings) ?? next;
  }
  return next;
}

describe("placement", () => {
  test("gives every member its share by weight, within a tenth, over 8,192 shards", () => {
    const members = [1, 2, 1, 4].map((weight, index) => ({
      id: `node-${index}`,
      incarnation: 1,
      weight,
      isLive: true,
    }));
    const counts = [0, 0, 0, 0];
    for (let shard = 0; shard < 8_192; shard++) {
      const [first] = ranked(members, shard, 1);
      counts[first ?? 0] = (counts[first ?? 0] ?? 0) + 1;
    }
    for (const [place, { weight }] of members.entries()) {
      const share = (8_192 * weight) / 8;
      expect(Math.abs((counts[place] ?? 0) - share) / share).toBeLessThan(0.1);
    }
  });

  test("moves only the shards of who left, and none among those who stay", () => {
    const members = ["a", "b", "c", "d"].map((id) => ({ id, incarnation: 1, weight: 1, isLive: true }));
    const without = members.map((member) => (member.id === "b" ? { ...member, isLive: false } : member));
    for (let shard = 0; shard < 1_000; shard++) {
      const [before, second] = ranked(members, shard, 2);
      const [after] = ranked(without, shard, 1);
      expect(after).toBe(before === 1 ? second : before);
      expect(ranked(members, shard, 1)).toEqual([before]);
      expect(ranked(members, shard, 1, (place) => place === before)).toEqual([second]);
    }
  });
});

describe("a take-over", () => {
  test("goes to the runner-up in sync, at once and under a new epoch, and loses nothing", () => {
    const before = allInSync(formed("a", "b", "c"));
    const after = bury(before, [["a", 1]]) as View;
    for (let shard = 0; shard < shards; shard++) {
      if (before.owner[shard] !== 0) continue;
      expect(after.owner[shard]).toBe(before.runner[shard]);
      expect(after.epoch[shard]).toBe(after.number);
      expect(after.lostAt[shard]).toBe(0);
      expect(isInSync(after, shard)).toBe(false);
    }
  });

  test("without a copy in sync marks the shard as lost at its new epoch", () => {
    const after = bury(formed("a", "b"), [["a", 1]]) as View;
    expect([...after.owner]).toEqual(Array.from({ length: shards }, () => 1));
    expect([...after.lostAt]).toEqual(Array.from({ length: shards }, () => after.number));
  });

  test("by the death of an older incarnation than the member's does not happen", () => {
    const view = join(allInSync(formed("a", "b")), "a", 5, 1) as View;
    expect(bury(view, [["a", 4]])).toBeUndefined();
    expect(bury(view, [["nobody", 4]])).toBeUndefined();
    expect(bury(view, [["a", 5]])).toBeDefined();
  });

  test("buries for good: neither the incarnation nor one before it joins again", () => {
    const view = bury(formed("a", "b"), [["a", 1]]) as View;
    expect(isGone(view, "a", 1)).toBe(true);
    expect(join(view, "a", 1, 1)).toBeUndefined();
    expect(readmit(view, "a", 2)).toBeUndefined();
    expect(isMember(join(view, "a", 2, 1) as View, "a", 2)).toBe(true);
  });
});

test("a node that was alone and comes back has its shards under a new epoch, and their past is lost", () => {
  for (const alone of [formed("a"), bury(formed("a"), [["a", 1]]) as View]) {
    const back = join(alone, "a", 2, 1) as View;
    expect([...back.epoch]).toEqual(Array.from({ length: shards }, () => back.number));
    expect([...back.lostAt]).toEqual([...back.epoch]);
  }
});

describe("an owner's word", () => {
  test("on a shard that is another's, or under another epoch, is void", () => {
    const view = formed("a", "b");
    const epoch = view.epoch[0] ?? 0;
    expect(stand(view, 1, [{ shard: 0, epoch, runner: 0, inSync: false, isLost: false }])).toBeUndefined();
    expect(
      stand(view, 0, [{ shard: 0, epoch: epoch + 1, runner: 1, inSync: true, isLost: false }]),
    ).toBeUndefined();
  });

  test("can name another runner-up and call it in sync at once only in place of one that is", () => {
    const view = formed("a", "b", "c");
    const shard =
      [...view.owner.keys()].find((each) => view.owner[each] === 0 && view.runner[each] === 1) ?? 0;
    const standing = { shard, epoch: view.epoch[shard] ?? 0, runner: 2, inSync: true, isLost: false };
    const alone = stand(view, 0, [standing]) as View;
    expect([alone.runner[shard], isInSync(alone, shard)]).toEqual([2, false]);
    const replaced = stand(allInSync(view), 0, [standing]) as View;
    expect([replaced.runner[shard], isInSync(replaced, shard)]).toEqual([2, true]);
  });

  test("hands over only what has a copy in sync, and the former owner is the runner-up in sync from then on", () => {
    const view = formed("a", "b", "c");
    const shard =
      [...view.owner.keys()].find((each) => view.owner[each] === 0 && view.runner[each] === 1) ?? 0;
    for (const target of [1, 2]) {
      const handed = { shard, epoch: view.epoch[shard] ?? 0, target };
      expect(move(view, 0, [handed])).toBeUndefined();
      const next = move(allInSync(view), 0, [handed]) as View;
      expect([next.owner[shard], next.epoch[shard], next.lostAt[shard]]).toEqual([target, next.number, 0]);
      expect([next.runner[shard], isInSync(next, shard)]).toEqual([0, true]);
      expect(move(allInSync(view), 0, [{ ...handed, target: 0 }])).toBeUndefined();
      expect(move(allInSync(view), 1, [handed])).toBeUndefined();
    }
  });

  test("leaves a member that is leaving nothing that another could have, and all where no other is left", () => {
    const view = formed("a", "b", "c");
    const leaving = weigh(view, "b", 1, 0) as View;
    for (let shard = 0; shard < shards; shard++) {
      const without = ranked(view.members, shard, 2, (place) => place === 1);
      expect(ranked(leaving.members, shard, 3)).toEqual([...without, 1]);
      expect(ranked(leaving.members, shard, 1)).toEqual(without.slice(0, 1));
    }
    expect(decodeView(encodeView(leaving))).toEqual(leaving);
    expect(weigh(leaving, "b", 1, 0)).toBeUndefined();
    expect(weigh(view, "b", 2, 0)).toBeUndefined();
    const gone = bury(leaving, [["a", 1], ["c", 1]]) as View; // prettier-ignore
    expect(new Set(gone.owner)).toEqual(new Set([1]));
    expect(copiesToMove(leaving, 1)).toBe([...leaving.runner].filter((place) => place === 1).length);
    expect(copiesToMove(weigh(formed("a", "b"), "b", 1, 0) as View, 1)).toBe(0);
  });
});

test("a process whose lease lapsed keeps its shards under new epochs, and no copy counts as in sync any more", () => {
  const before = allInSync(formed("a", "b"));
  const after = readmit(before, "a", 2) as View;
  for (let shard = 0; shard < shards; shard++) {
    expect(after.owner[shard]).toBe(before.owner[shard]);
    expect(after.epoch[shard]).toBe(before.owner[shard] === 0 ? after.number : before.epoch[shard]);
    expect(isInSync(after, shard)).toBe(false);
  }
});

/** Anything that may happen to a view. */
const step = fc.record({
  kind: fc.constantFrom("join", "readmit", "bury", "sync", "move", "weigh", "restore", "disown"),
  id: fc.constantFrom("a", "b", "c", "d"),
  shard: fc.nat({ max: shards - 1 }),
});
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

function take(view: View, { kind, id, shard }: Step): View | undefined {
  const place = placeOf(view, id);
  const incarnation = view.members[place]?.incarnation ?? 0;
  switch (kind) {
    case "join":
      return join(view, id, incarnation + 1, 1 + (shard % 3));
    case "readmit":
      return readmit(view, id, incarnation + 1);
    case "bury":
      return bury(view, [[id, incarnation]]);
    case "sync":
      return allInSync(view);
    case "move":
      return move(view, view.owner[shard] ?? nobody, [shard, (shard + 7) % shards].map((each) => ({ shard: each, epoch: view.epoch[each] ?? 0, target: each % 2 === 0 ? (view.runner[each] ?? nobody) : place }))); // prettier-ignore
    case "weigh":
      return weigh(view, id, incarnation, shard % 3);
    case "restore":
      return restore(view, firstView("other", shards), view.number, "again");
    default:
      return disown(view, view.number + 5, "anew");
  }
}

test("whatever happens: numbers and epochs only grow, owners and runners-up are live and two, and the row is read as written", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let view = formed("a");
      for (const each of steps) {
        const next = take(view, each);
        if (next === undefined || next === view) continue;
        expect(follows(view, next)).toBe(true);
        for (let shard = 0; shard < shards; shard++) {
          const [owner, runner] = [
            next.members[next.owner[shard] ?? nobody],
            next.members[next.runner[shard] ?? nobody],
          ];
          expect(owner?.isLive === true).toBe(next.members.some(({ isLive }) => isLive));
          expect(runner === undefined || (runner.isLive && runner !== owner)).toBe(true);
          expect(!isInSync(next, shard) || runner?.isLive === true).toBe(true);
          expect(next.lostAt[shard]).toBeLessThanOrEqual(next.epoch[shard] ?? 0);
        }
        expect(decodeView(encodeView(next))).toEqual(next);
        view = next;
      }
    }),
    { numRuns: 60 },
  );
});

test("bytes that are no view give none, and never throw", () => {
  const row = encodeView(allInSync(formed("a", "b", "c")));
  fc.assert(
    fc.property(fc.nat({ max: row.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
      const changed = Uint8Array.from(row);
      changed[at] = byte;
      expect(decodeView(changed)?.owner.length ?? 0).toBeLessThanOrEqual(65_536);
      expect(decodeView(row.subarray(0, at))).toBeUndefined();
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeView(bytes)));
});
