import fc from "fast-check";
import { expect, test } from "vitest";
import { FairQueue } from "./fairqueue.ts";

const anyone = (): boolean => true;

test("owners take turns, each with its oldest", () => {
  const queue = new FairQueue<string>(100);
  for (const item of ["a1", "a2", "a3", "b1", "c1", "b2"]) queue.add(item.slice(0, 1), item);
  const order = Array.from({ length: 7 }, () => queue.next(anyone));
  expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "a3", undefined]);
});

test("an owner that may not have another is passed over and keeps its turn", () => {
  const queue = new FairQueue<string>(100);
  for (const item of ["a1", "b1", "b2"]) queue.add(item.slice(0, 1), item);
  expect(queue.next((owner) => owner !== "a")).toBe("b1");
  expect(queue.next((owner) => owner !== "a")).toBe("b2");
  expect(queue.next((owner) => owner !== "a")).toBeUndefined();
  expect([queue.next(anyone), queue.size]).toEqual(["a1", 0]);
});

test("a full queue takes the newest from who has most, and refuses who has as many", () => {
  const queue = new FairQueue<string>(4);
  for (const item of ["a1", "a2", "a3", "a4"]) expect(queue.add("a", item)).toBeUndefined();
  expect(queue.add("a", "a5")).toBe("a5");
  expect(queue.add("b", "b1")).toBe("a4");
  expect(queue.add("b", "b2")).toBe("a3");
  expect(queue.add("b", "b3")).toBe("b3");
  expect(queue.add("c", "c1")).toBe("a2");
  expect([...queue].toSorted()).toEqual(["a1", "b1", "b2", "c1"]);
});

test("whatever comes and goes: nothing is lost or served twice, and the bound holds", () => {
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ add: fc.constantFrom("a", "b", "c", "d") }) },
    { weight: 2, arbitrary: fc.record({ next: fc.subarray(["a", "b", "c", "d"]) }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 300 }), fc.integer({ min: 1, max: 12 }), (acts, sizeMax) => {
      const queue = new FairQueue<{ readonly owner: string }>(sizeMax);
      const waiting = new Set<{ readonly owner: string }>();
      const take = (owner: string): boolean => {
        const item = { owner };
        waiting.add(item);
        const out = queue.add(owner, item);
        return out === undefined || waiting.delete(out);
      };
      const serve = (owners: readonly string[]): boolean => {
        const some = [...waiting].some(({ owner }) => owners.includes(owner));
        const item = queue.next((owner) => owners.includes(owner));
        return item === undefined ? !some : waiting.delete(item) && owners.includes(item.owner);
      };
      const drop = (at: number): boolean => {
        const item = [...waiting][at % Math.max(1, waiting.size)];
        if (item === undefined) return true;
        queue.delete(item.owner, item);
        return waiting.delete(item);
      };
      for (const each of acts) {
        const isRight = "add" in each ? take(each.add) : "next" in each ? serve(each.next) : drop(each.drop);
        expect(isRight).toBe(true);
        expect(queue.size).toBe(waiting.size);
        expect(queue.size).toBeLessThanOrEqual(sizeMax);
        expect(new Set(queue)).toEqual(waiting);
      }
    }),
  );
});

test("an owner that waits is served before any other owner is served twice", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 60 }), (owners) => {
      const queue = new FairQueue<number>(1_000);
      for (const [at, owner] of owners.entries()) queue.add(owner, at);
      const served: string[] = [];
      for (let at = queue.next(anyone); at !== undefined; at = queue.next(anyone))
        served.push(owners[at] ?? "");
      for (const owner of new Set(owners)) {
        const before = served.slice(0, served.indexOf(owner));
        expect(new Set(before).size).toBe(before.length);
      }
    }),
  );
});
