import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { readSessionKey } from "../../protocol/id.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { cleanUp, key, makeProject, startAt } from "./desk.fixture.ts";
import type { KillTarget } from "./killfile.ts";
import { KillList, markOf } from "./kills.ts";

afterEach(cleanUp);

function openList(): { list: KillList; path: string } {
  const path = join(makeProject(), "kills.json");
  return { list: KillList.open(path), path };
}

const names = [
  "ann",
  "ann b",
  "Ö%/=x",
  "ann https://idp.example/realms/a",
  "ann b https://idp.example/realms/a",
];
const anyPersona = fc.constantFrom("reader", "writer", "a");
const anySession = fc
  .record({
    persona: anyPersona,
    agent: fc.constantFrom(...names),
    user: fc.option(fc.string(), { nil: undefined }),
  })
  .filter(({ user }) => user === undefined || user.isWellFormed())
  .map(({ persona, agent, user }) => key(persona, agent, user));
const anyTarget: fc.Arbitrary<KillTarget> = fc.oneof(
  fc.record({ agent: fc.constantFrom(...names) }),
  fc.record({ persona: anyPersona }),
  fc.constant({ all: true as const }),
);

/** The meaning of a rule, spelled out. */
function stops(target: KillTarget, session: SessionKey): boolean {
  if ("all" in target) return true;
  const parts = readSessionKey(session);
  if ("persona" in target) return parts?.persona === target.persona;
  if ("session" in target) return session === target.session;
  return parts?.agent === target.agent || (parts?.agent ?? "").replace(/ [^ ]*$/, "") === target.agent;
}

describe("which sessions a rule stops", () => {
  test("is what its words say, for any rules and any session", () => {
    fc.assert(
      fc.property(fc.array(anyTarget, { maxLength: 4 }), anySession, (targets, session) => {
        const { list } = openList();
        for (const target of targets) list.add(target, "ann", "a drill", startAt);
        expect(list.isKilled(session) !== undefined).toBe(targets.some((target) => stops(target, session)));
      }),
      { numRuns: 60 },
    );
  });

  test("an agent's bare name stops it at every issuer, and with an issuer there alone", () => {
    const { list } = openList();
    list.add({ agent: "ann https://idp.example/realms/a" }, "op", "r", startAt);
    expect(list.isKilled(key("reader", "ann"))).toBeUndefined();
    list.add({ agent: "ann" }, "op", "r", startAt);
    expect(list.isKilled(key("reader", "ann https://other.example/"))).toMatchObject({ agent: "ann" });
    expect(list.isKilled(key("reader", "anna"))).toBeUndefined();
  });

  test("costs less than 0.2 us without rules", () => {
    const { list } = openList();
    const session = key("reader", "ann");
    const rounds = 200_000;
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 7; attempt++) {
      const from = performance.now();
      for (let round = 0; round < rounds; round++)
        if (list.demanded(session, "", round) !== undefined) throw new Error("a rule");
      best = Math.min(best, performance.now() - from);
    }
    expect((best * 1_000) / rounds).toBeLessThan(0.2);
  });
});

describe("what a session is told", () => {
  test("it is killed once under a rule, and let go once the rule is gone", () => {
    const { list } = openList();
    const session = key("reader", "ann");
    const rule = list.add({ persona: "reader" }, "op", "a drill", startAt);
    const turn = list.demanded(session, "", 5);
    expect(turn).toEqual({ kind: "killed", at: 5, by: markOf(rule), reason: "a drill" });
    expect(list.demanded(session, markOf(rule), 6)).toBeUndefined();
    list.remove(rule, startAt);
    expect(list.demanded(session, markOf(rule), 7)).toEqual({
      kind: "lifted",
      at: 7,
      by: markOf(rule),
      what: "kill",
    });
    expect(list.demanded(session, "", 8)).toBeUndefined();
  });

  test("a session that an operator stopped by its key is left as it is, with and without rules", () => {
    const { list } = openList();
    const session = key("reader", "ann");
    expect(list.demanded(session, "operator bob", 1)).toBeUndefined();
    const rule = list.add({ all: true }, "op", "r", startAt);
    expect(list.demanded(session, "operator bob", 2)).toBeUndefined();
    list.remove(rule, startAt);
    expect(list.demanded(session, "operator bob", 3)).toBeUndefined();
  });

  test("of two rules the second one holds it when the first is lifted", () => {
    const { list } = openList();
    const session = key("reader", "ann");
    const first = list.add({ persona: "reader" }, "op", "one", startAt);
    const second = list.add({ agent: "ann" }, "op", "two", startAt);
    list.remove(first, startAt);
    expect(list.demanded(session, markOf(first), 4)).toMatchObject({ kind: "killed", by: markOf(second) });
  });
});

describe("the file", () => {
  test("holds every rule for the next start, for its owner only, and nothing else lies beside it", () => {
    const { list, path } = openList();
    list.add({ agent: "ann b" }, "op", "one", startAt);
    list.add({ persona: "reader" }, "op", "two", startAt + 1);
    list.add({ all: true }, "op", "three", startAt + 2);
    const again = KillList.open(path);
    expect(again.rules).toEqual(list.rules);
    expect(again.isKilled(key("writer", "zoe"))).toMatchObject({ all: true, reason: "three" });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, "..")).filter((name) => name.startsWith("kills"))).toEqual(["kills.json"]);
  });

  test("a second rule for the same target is the first one", () => {
    const { list } = openList();
    const rule = list.add({ persona: "reader" }, "op", "one", startAt);
    expect(list.add({ persona: "reader" }, "other", "two", startAt + 9)).toEqual(rule);
    expect(list.rules).toEqual([rule]);
  });

  test.each([
    ["open to others", (path: string) => chmodSync(path, 0o644), "chmod 600"],
    ["cut off", (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 40)), "restore it"],
    ["of another version", (path: string) => writeFileSync(path, '{"v":2,"rules":[]}'), "restore it"],
    [
      "with a rule for nobody",
      (path: string) =>
        writeFileSync(path, '{"v":1,"rules":[{"id":"AAAAAAAA","by":"x","reason":"y","at":1}]}'),
      "restore it",
    ],
    [
      "with half a character",
      (path: string) =>
        writeFileSync(
          path,
          '{"v":1,"rules":[{"id":"AAAAAAAA","by":"x","reason":"y","at":1,"agent":"\\ud800"}]}',
        ),
      "restore it",
    ],
    ["too large", (path: string) => writeFileSync(path, " ".repeat(limits.killFileBytesMax + 1)), "larger"],
    ["a folder", (path: string) => (rmSync(path), mkdirSync(path)), "regular file"],
  ])("a file that is %s is not taken for an empty list", (_, damage, says) => {
    const { list, path } = openList();
    list.add({ all: true }, "op", "r", startAt);
    damage(path);
    expect(() => KillList.open(path)).toThrow(says);
  });

  test("a disk that refuses leaves a new rule in force, and keeps one that was to be lifted", () => {
    const folder = join(makeProject(), "gone");
    mkdirSync(folder);
    const list = KillList.open(join(folder, "kills.json"));
    const rule = list.add({ persona: "reader" }, "op", "r", startAt);
    rmSync(folder, { recursive: true });
    expect(() => list.add({ agent: "ann" }, "op", "r", startAt)).toThrow("cannot be written");
    expect(list.isKilled(key("writer", "ann"))).toMatchObject({ agent: "ann" });
    expect(() => list.remove(rule, startAt)).toThrow("stays in force");
    expect(list.isKilled(key("reader", "zoe"))).toEqual(rule);
  });

  test("has a bound, and says what to do beyond it", () => {
    const { list, path } = openList();
    const rule = { by: "op", reason: "r", at: 1 };
    const rules = Array.from({ length: limits.killRulesMax }, (_, at) => ({
      ...rule,
      id: String(at).padStart(8, "A"),
      agent: `a${at}`,
    }));
    writeFileSync(path, JSON.stringify({ v: 1, rules }), { mode: 0o600 });
    const full = KillList.open(path);
    expect(full.isKilled(key("reader", "a255"))).toMatchObject({ agent: "a255" });
    expect(() => full.add({ all: true }, "op", "r", startAt)).toThrow("lift some");
    expect(list.rules).toEqual([]);
  });
});
