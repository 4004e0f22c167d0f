import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Holding } from "./holding.ts";
import { Moves } from "./moves.ts";
import type { Handed } from "./moves.ts";
import { bury, firstView, isInSync, join, move, nobody, ranked, stand } from "./view.ts";
import type { View } from "./view.ts";

interface Owner {
  readonly moves: Moves;
  readonly holdings: readonly Holding[];
  readonly suspects: Set<string>;
  readonly unacked: Set<Holding>;
  view: View;
}

/** Node "a", alone with all shards until others joined. */
function owner(
  shards: number,
  others: readonly string[] = ["b", "c"],
  sizeOf = (_: Holding): number => 0,
): Owner {
  let view = join(firstView("h", shards), "a", 1, 1) as View;
  for (const id of others) view = join(view, id, 1, 1) as View;
  const holdings = Array.from({ length: shards }, (_, shard) => new Holding(shard));
  const suspects = new Set<string>();
  const unacked = new Set<Holding>();
  const moves = new Moves({
    id: "a",
    isSuspect: (id) => suspects.has(id),
    isCopied: (seen, { shard, target }) => target === seen.runner[shard],
    isAllAcked: (holding) => !unacked.has(holding),
    sizeOf,
    changed: () => undefined,
  });
  for (const holding of holdings) {
    holding.epoch = view.epoch[holding.shard] ?? 0;
    moves.begin(holding);
  }
  return { moves, holdings, suspects, unacked, view };
}

const holdingsOf = (ready: readonly Handed[]): Holding[] => ready.map(({ holding }) => holding);

const underWay = ({ holdings }: Owner): Holding[] => holdings.filter(({ target }) => target !== undefined);

function see(own: Owner, view: View): void {
  for (const holding of own.holdings)
    if (view.owner[holding.shard] !== 0) {
      holding.epoch = 0;
      holding.frozen = undefined;
    }
  own.moves.viewed(
    view,
    own.holdings.filter(({ epoch }) => epoch > 0),
    false,
  );
  own.view = view;
}

/** The targets are runners-up in sync: as after their fills. */
function copy(own: Owner): void {
  for (const inSync of [false, true]) {
    const standings = underWay(own).map(({ shard, epoch, target = nobody }) => ({ shard, epoch, runner: target, inSync, isLost: false })); // prettier-ignore
    see(own, stand(own.view, 0, standings) ?? own.view);
  }
}

/** All until the swap of what is ready is out. */
function handOver(own: Owner, now: number): readonly Handed[] {
  own.moves.tick(own.view, now);
  copy(own);
  const ready = own.moves.ready(own.view, now);
  own.moves.handOver(holdingsOf(ready), own.view, own.view.number + 1, now);
  return ready;
}

describe("planned moves", () => {
  test("bring every shard to its best member, with at most movesMax under way, and freeze none without need", () => {
    const own = owner(2_000);
    let swaps = 0;
    for (let now = 0; now < 20_000 && swaps < 100; now += limits.clusterTickMs) {
      own.moves.tick(own.view, now);
      expect(underWay(own).length).toBeLessThanOrEqual(limits.movesMax);
      expect(own.holdings.every(({ frozen }) => frozen === undefined)).toBe(true);
      const ready = handOver(own, now);
      if (ready.length > 0) swaps++;
      see(own, move(own.view, 0, ready) ?? own.view);
    }
    const wrong = own.holdings.filter(
      ({ shard }) => own.view.owner[shard] !== ranked(own.view.members, shard, 1)[0],
    );
    expect(wrong).toEqual([]);
    expect(swaps).toBeLessThanOrEqual(Math.ceil(2_000 / limits.movesMax) + 1);
  });

  test("keep the bytes under way below movesBytesMax; a shard larger than that goes alone", () => {
    const own = owner(200, ["b"], ({ shard }) => (shard % 5 === 0 ? 3 : 0.3) * limits.movesBytesMax);
    for (let now = 0; now < 300 * limits.clusterTickMs; now += limits.clusterTickMs) {
      const ready = handOver(own, now);
      const sizes = underWay(own).map(({ shard }) => (shard % 5 === 0 ? 3 : 0.3));
      const sum = sizes.reduce((all, size) => all + size, 0);
      expect([sizes.length <= 1, sum <= 1]).toContain(true);
      see(own, move(own.view, 0, ready) ?? own.view);
    }
    expect(
      own.holdings.filter(({ shard, epoch }) => epoch > 0 && ranked(own.view.members, shard, 1)[0] !== 0),
    ).toEqual([]);
  });

  test("wait for a shard to be without a call, then freeze it, and give it up for a while", () => {
    const own = owner(64, ["b"]);
    for (const holding of own.holdings) holding.running = 1;
    expect(handOver(own, 0)).toEqual([]);
    const waiting = underWay(own);
    expect(waiting.length).toBeGreaterThan(0);
    const frozen = (): number => waiting.filter((holding) => holding.frozen !== undefined).length;
    own.moves.ready(own.view, limits.moveQuietMs - 1);
    expect(frozen()).toBe(0);
    own.moves.ready(own.view, limits.moveQuietMs);
    expect(frozen()).toBe(waiting.length);
    const thawAt = limits.moveQuietMs + limits.moveFreezeMs + 1;
    own.moves.tick(own.view, thawAt - 1);
    expect(frozen()).toBe(waiting.length);
    own.moves.tick(own.view, thawAt);
    expect(frozen() + underWay(own).length).toBe(0);
    own.moves.tick(own.view, thawAt + limits.moveAgainMs - 1);
    expect(underWay(own)).toEqual([]);
    own.moves.tick(own.view, thawAt + limits.moveAgainMs);
    expect(underWay(own)).toEqual(waiting);
  });

  test("hand over nothing that is not acknowledged, nor to a copy that is not in sync", () => {
    const own = owner(64, ["b"]);
    own.moves.tick(own.view, 0);
    expect(own.moves.ready(own.view, 0)).toEqual([]);
    const [first] = underWay(own);
    own.unacked.add(first as Holding);
    const ready = handOver(own, 1);
    expect(ready.length).toBe(underWay(own).length - 1);
    expect(holdingsOf(ready)).not.toContain(first);
  });

  test("keep a shard frozen, however long, until a view is seen that is newer than its swap's base", () => {
    const own = owner(64, ["b"]);
    const ready = handOver(own, 0);
    const base = own.view;
    own.moves.tick(base, 60_000);
    expect(own.moves.ready(base, 60_000)).toEqual([]);
    see(own, base);
    expect(holdingsOf(ready).every(({ frozen }) => frozen?.base === base.number)).toBe(true);
    see(own, { ...base, number: base.number + 1 });
    expect(holdingsOf(ready).filter(({ frozen }) => frozen !== undefined)).toEqual([]);
    expect(own.moves.ready(own.view, 60_001)).toEqual(ready);
  });

  test("leave no shard frozen that is not to be moved any more", () => {
    const happening = fc.constantFrom(
      "tick",
      "copy",
      "ready",
      "call",
      "end",
      "suspect",
      "trust",
      "die",
      "view",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(happening, fc.nat({ max: 3_000 })), { maxLength: 40 }), (story) => {
        const own = owner(8);
        let now = 0;
        for (const [what, ms] of story) {
          now += ms;
          if (what === "tick") own.moves.tick(own.view, now);
          else if (what === "copy") copy(own);
          else if (what === "ready")
            own.moves.handOver(
              holdingsOf(own.moves.ready(own.view, now)),
              own.view,
              own.view.number + 1,
              now,
            );
          else if (what === "call" || what === "end")
            for (const holding of own.holdings) holding.running = what === "call" ? 1 : 0;
          else if (what === "suspect") own.suspects.add("b");
          else if (what === "trust") own.suspects.clear();
          else {
            own.view = (what === "die" ? bury(own.view, [["b", 1]]) : undefined) ?? { ...own.view, number: own.view.number + 1 }; // prettier-ignore
            own.moves.viewed(own.view, own.holdings, what === "die");
          }
          for (const { shard, frozen, target } of own.holdings) {
            if (frozen === undefined) continue;
            const isOut = frozen.base !== Number.POSITIVE_INFINITY;
            expect(
              isOut ? frozen.base === own.view.number : target !== undefined && isInSync(own.view, shard),
            ).toBe(true);
          }
        }
        for (let quiet = 0; quiet < 10; quiet++) own.moves.tick(own.view, (now += limits.moveFreezeMs));
        expect(own.holdings.filter(({ frozen }) => frozen?.base === Number.POSITIVE_INFINITY)).toEqual([]);
      }),
    );
  });
});
