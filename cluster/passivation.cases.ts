/** What every adapter of the passivation port must do. Called within a `describe` of the adapter's name. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { expireBatch, never } from "./passivation.ts";
import type { Passivation } from "./passivation.ts";

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

export function passivationCases(open: () => Passivation): void {
  describe("the port", () => {
    const opened: Passivation[] = [];
    const fresh = (): Passivation => {
      const passivation = open();
      opened.push(passivation);
      return passivation;
    };
    afterEach(() => {
      for (const passivation of opened.splice(0)) passivation.close();
    });
    savingCases(fresh);
    listingCases(fresh);
    mapCase(open);
  });
}

function savingCases(fresh: () => Passivation): void {
  test("a key that was never saved is not there", () => {
    const rows = fresh();
    expect(rows.load("a")).toBeUndefined();
    expect(rows.count()).toBe(0);
    expect(rows.keys("", 10)).toEqual([]);
  });

  test("what was saved last is loaded, at once and after a flush", () => {
    const rows = fresh();
    rows.save("a", bytes(1, 2), 5);
    expect(rows.load("a")).toEqual(bytes(1, 2));
    rows.save("a", bytes(0, 255), 6);
    expect(rows.load("a")).toEqual(bytes(0, 255));
    rows.flush();
    expect(rows.load("a")).toEqual(bytes(0, 255));
    expect(rows.waiting()).toBe(0);
    expect(rows.count()).toBe(1);
  });

  test("it keeps the bytes as they were when saved, though the caller writes on", () => {
    const rows = fresh();
    const written = bytes(1);
    rows.save("a", written, 5);
    written[0] = 9;
    expect(rows.load("a")).toEqual(bytes(1));
  });

  test("what was removed is not there, saved a moment ago or long since", () => {
    const rows = fresh();
    rows.save("old", bytes(1), 5);
    rows.flush();
    rows.save("new", bytes(1), 5);
    rows.remove("old");
    rows.remove("new");
    rows.remove("never");
    rows.flush();
    expect(rows.load("old")).toBeUndefined();
    expect(rows.count()).toBe(0);
  });
}

function listingCases(fresh: () => Passivation): void {
  test("keys come by prefix, in order, page by page, and a prefix is no pattern", () => {
    const rows = fresh();
    for (const key of ["t/b", "t/a", "t%/x", "t_/x", "u/a", "t/c"]) rows.save(key, bytes(1), 5);
    expect(rows.keys("t/", 10)).toEqual(["t/a", "t/b", "t/c"]);
    expect(rows.keys("t/", 2)).toEqual(["t/a", "t/b"]);
    expect(rows.keys("t/", 2, "t/b")).toEqual(["t/c"]);
    expect(rows.keys("t%", 10)).toEqual(["t%/x"]);
    expect(rows.keys("t_", 10)).toEqual(["t_/x"]);
    expect(rows.keys("", 10).length).toBe(6);
  });

  test("rows expire by the time of their last turn, and some never do", () => {
    const rows = fresh();
    rows.save("old", bytes(1), 5);
    rows.save("renewed", bytes(1), 5);
    rows.save("renewed", bytes(1), 10);
    rows.save("lasting", bytes(1), never);
    expect(rows.expire(10)).toBe(1);
    expect(rows.expire(10)).toBe(0);
    expect(rows.keys("", 10)).toEqual(["lasting", "renewed"]);
    expect(rows.expire(never)).toBe(1);
    expect(rows.keys("", 10)).toEqual(["lasting"]);
  });

  test("one expiry removes a bounded number of rows", () => {
    const rows = fresh();
    for (let index = 0; index <= expireBatch; index++) rows.save(`k${index}`, bytes(1), 5);
    expect(rows.expire(6)).toBe(expireBatch);
    expect(rows.expire(6)).toBe(1);
    expect(rows.count()).toBe(0);
  });
}

function mapCase(open: () => Passivation): void {
  test("it is a map, whatever is done in whatever order", () => {
    const key = fc.constantFrom("a", "b", "a/b", "%", "'; DROP TABLE passivated; --");
    const act = fc.oneof(
      fc.tuple(fc.constant("save" as const), key, fc.uint8Array({ maxLength: 40 }), fc.nat()),
      fc.tuple(
        fc.constantFrom("remove" as const, "flush" as const),
        key,
        fc.constant(bytes()),
        fc.constant(0),
      ),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const rows = open();
        const model = new Map<string, Uint8Array>();
        for (const [what, name, value, at] of acts) {
          if (what === "flush") rows.flush();
          else if (what === "remove") {
            rows.remove(name);
            model.delete(name);
          } else {
            rows.save(name, value, at);
            model.set(name, value);
          }
        }
        for (const [name, value] of model) expect(rows.load(name)).toEqual(value);
        expect(rows.keys("", 100)).toEqual([...model.keys()].sort());
        expect(rows.count()).toBe(model.size);
        rows.close();
      }),
      { numRuns: 40 },
    );
  });
}
