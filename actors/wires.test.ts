import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { session } from "./session.ts";
import { changed, findWire, hasRoom, noWires, type WireChange, type WireMemory } from "./wires.ts";

const follow = (wires: readonly WireMemory[], wire: string, uri: string): readonly WireMemory[] =>
  changed(wires, wire, "followed", uri);

describe("a session remembers of a wire session", () => {
  test("its log level and what it follows, each once, in order", () => {
    let wires = changed(noWires, "w", "level", "warning");
    for (const uri of ["a:1", "a:2", "a:1"]) wires = follow(wires, "w", uri);
    expect(findWire(wires, "w")).toEqual({
      wire: "w",
      isClosed: false,
      level: "warning",
      uris: ["a:1", "a:2"],
    });
    expect(findWire(changed(wires, "w", "unfollowed", "a:1"), "w")?.uris).toEqual(["a:2"]);
  });

  test("that it was ended, for good", () => {
    let wires = changed(follow(noWires, "w", "a:1"), "w", "closed", "");
    wires = changed(follow(wires, "w", "a:2"), "w", "level", "debug");
    expect(findWire(wires, "w")).toEqual({ wire: "w", isClosed: true, level: "", uris: [] });
  });

  test("nothing that is no level", () => {
    expect(changed(noWires, "w", "level", "loud")).toBe(noWires);
  });
});

test("the wire session that changed longest ago is forgotten first", () => {
  let wires = noWires;
  for (let at = 0; at <= limits.wireSessionsPerPrincipalMax; at++) {
    wires = changed(wires, `w${at}`, "level", "info");
    wires = changed(wires, "w0", "level", at % 2 === 0 ? "info" : "error");
  }
  expect(wires).toHaveLength(limits.wireSessionsPerPrincipalMax);
  expect(findWire(wires, "w0")).toBeDefined();
  expect(findWire(wires, "w1")).toBeUndefined();
});

test("a URI that does not fit is not taken, and is said not to", () => {
  let wires = noWires;
  const uri = (at: number): string => `a:${at}`.padEnd(1_000, "x");
  let at = 0;
  for (; hasRoom(wires, `w${at % 3}`, uri(at)); at++) wires = follow(wires, `w${at % 3}`, uri(at));
  expect(at).toBe(Math.floor(limits.wireUrisCharsMax / 1_000));
  expect(follow(wires, "w0", uri(at))).toBe(wires);
  expect(hasRoom(noWires, "w", "u".repeat(1_025))).toBe(false);
});

test("whatever changes, the state is put away and read again as it was", () => {
  const change = fc.tuple(
    fc.constantFrom("w1", "w2", "w3"),
    fc.constantFrom<WireChange>("closed", "level", "followed", "unfollowed"),
    fc.constantFrom("info", "error", "a:1", "a:2", "a:3", ""),
  );
  const world = { role: () => undefined };
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const own = session.create();
      for (const [wire, what, value] of changes)
        session.decide(own, { kind: "wire", at: 1, wire, what, value }, world);
      expect(session.thaw(session.freeze(own))).toEqual(own);
    }),
  );
});
