import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Activation, Activations } from "./activations.ts";

function filled(max: number, keys: readonly string[]): Activations<string> {
  const active = new Activations<string>(max);
  for (const key of keys) active.put(new Activation(key, key, 0));
  return active;
}

function use(active: Activations<string>, key: string, at = 0): void {
  const activation = active.get(key);
  if (activation === undefined) throw new Error(`no ${key}`);
  activation.isUsed = true;
  activation.at = at;
}

describe("the one that goes", () => {
  test("is the first that had no turn since it got its place", () => {
    const active = filled(3, ["a", "b", "c"]);
    use(active, "a");
    expect(active.put(new Activation("d", "d", 0))?.key).toBe("b");
    expect(active.put(new Activation("e", "e", 0))?.key).toBe("c");
    expect(active.put(new Activation("f", "f", 0))?.key).toBe("a");
    expect([...active.values()].map(({ key }) => key).sort()).toEqual(["d", "e", "f"]);
  });

  test("is found within a bounded look where all had one", () => {
    const keys = Array.from({ length: 2_000 }, (_, at) => `${at}`);
    const active = filled(2_000, keys);
    for (const key of keys) use(active, key);
    expect(active.put(new Activation("new", "new", 0))?.key).toBe("1024");
    expect(active.get("new")).toBeDefined();
    expect(active.size).toBe(2_000);
  });

  test("is not another when a key's own state is replaced", () => {
    const active = filled(2, ["a", "b"]);
    expect(active.put(new Activation("a", "anew", 0))).toBeUndefined();
    expect(active.get("a")?.state).toBe("anew");
    expect(active.size).toBe(2);
  });
});

describe("idleness", () => {
  test("ends with a turn, though its place says otherwise", () => {
    const active = filled(3, ["a", "b"]);
    use(active, "a", 50);
    expect(active.idleSince(10)?.key).toBe("b");
    active.delete("b");
    expect(active.idleSince(10)).toBeUndefined();
    expect(active.idleSince(50)?.key).toBe("a");
  });
});

test("whatever is put, used and deleted: the bound holds, what is here is linked once, and each goes in the end", () => {
  const keys = ["a", "b", "c", "d", "e", "f"];
  const step = fc.tuple(fc.constantFrom("put", "use", "delete", "look"), fc.constantFrom(...keys));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const active = new Activations<string>(4);
      const known = new Set<string>();
      for (const [what, key] of steps) {
        if (what === "put") {
          const evicted = active.put(new Activation(key, key, 0));
          if (evicted !== undefined) known.delete(evicted.key);
          known.add(key);
        } else if (what === "delete") {
          active.delete(key);
          known.delete(key);
        } else if (what === "use" && known.has(key)) use(active, key);
        else active.idleSince(0);
        expect([...active.values()].map((each) => each.key).sort()).toEqual([...known].sort());
        expect(known.size).toBeLessThanOrEqual(4);
      }
      for (let left = known.size; left > 0; left--) {
        const next = active.idleSince(0);
        expect(known.delete(next?.key ?? "")).toBe(true);
        active.delete(next?.key ?? "");
      }
      expect(active.size).toBe(0);
      expect(active.idleSince(0)).toBeUndefined();
    }),
  );
});
