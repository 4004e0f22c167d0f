import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Sealer } from "./seal.ts";

const sealer = new Sealer(randomBytes(32));

describe("sealed handles (S1, T10)", () => {
  test("what was sealed opens for the same binding before it expires", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (payload, bound) => {
        expect(sealer.open(sealer.seal(payload, bound, 1_000), bound, 999)).toBe(payload);
      }),
    );
  });

  test("another binding, another key, or the moment of expiry does not open it", () => {
    const sealed = sealer.seal("secret", "agent-a\ntool", 1_000);
    expect(sealer.open(sealed, "agent-b\ntool", 10)).toBeUndefined();
    expect(new Sealer(randomBytes(32)).open(sealed, "agent-a\ntool", 10)).toBeUndefined();
    expect(sealer.open(sealed, "agent-a\ntool", 1_000)).toBeUndefined();
  });

  test("no single changed character opens", () => {
    const sealed = sealer.seal("secret", "b", 1_000);
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === "A" ? "B" : "A";
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect(sealer.open(changed, "b", 10), `character ${at}`).toBeUndefined();
    }
  });

  test("arbitrary text never opens and never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(sealer.open(text, "b", 10)).toBeUndefined();
      }),
    );
  });

  test("a handle is not the payload in disguise", () => {
    expect(Buffer.from(sealer.seal("findable", "b", 1_000), "base64url").includes("findable")).toBe(false);
  });
});
