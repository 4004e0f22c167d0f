import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArgumentValue } from "../../protocol/facts.ts";
import type { Constraint } from "../../protocol/role.ts";
import { compileConstraint, failedCheck } from "./constraint.ts";
import { costMs } from "../../test/cost.ts";

const objects = { repository: { allow: ["acme/site", "acme/lib-*", "42"] } };

function isHeld(
  constraint: Constraint,
  value: ArgumentValue["value"],
  marks: Partial<ArgumentValue> = {},
): boolean {
  const compiled = compileConstraint(constraint, objects);
  if (typeof compiled === "string") throw new Error(compiled);
  return failedCheck(compiled, { at: "/x", value, ...marks }) === undefined;
}

describe("each constraint", () => {
  test.each<
    [
      constraint: Constraint,
      held: readonly ArgumentValue["value"][],
      broken: readonly ArgumentValue["value"][],
    ]
  >([
    [{ equals: "a" }, ["a"], ["A", "ab", "", null, 0]],
    [{ equals: 1 }, [1], ["1", true, 2]],
    [{ equals: null }, [null], ["null", 0, false]],
    [{ equals: "\u00e4" }, ["\u00e4", "a\u0308"], ["a"]],
    [{ oneOf: ["a", 1, true] }, ["a", 1, true], ["1", "true", 2, null, false]],
    [{ pattern: "[a-z]+" }, ["abc"], ["abc1", "1abc", "abc\n", "", 5, null]],
    [{ pattern: "a|b" }, ["a", "b"], ["ab", "xb"]],
    [{ range: { min: 1, max: 10 } }, [1, 10, 5.5], [0.999, 11, "5", null, true]],
    [{ range: { max: 0 } }, [0, -1e308], [1e-308]],
    [{ length: { max: 3 } }, ["", "abc"], ["abcd", 123, null]],
    [{ length: { min: 2 } }, ["\u{1f600}"], ["a"]],
    [{ inside: ["/srv/a", "/srv/b"] }, ["/srv/a/x", "/srv/b"], ["/srv/c", "/srv/ab", 5, null]],
    [
      { hosts: ["example.com"] },
      ["https://example.com/a", "example.com"],
      ["https://evil.example", 5, null, ""],
    ],
    [
      { object: "repository" },
      ["acme/site", "acme/lib-x", "acme/lib-", 42],
      ["acme/sites", "acme", "Acme/site", true, null, 4],
    ],
    [{ pattern: ".*", length: { max: 2 } }, ["ab"], ["abc"]],
  ])("%j holds for %j and for none of %j", (constraint, held, broken) => {
    for (const value of held)
      expect(isHeld(constraint, value), `held by ${JSON.stringify(value)}`).toBe(true);
    for (const value of broken)
      expect(isHeld(constraint, value), `broken by ${JSON.stringify(value)}`).toBe(false);
  });

  test("a value that was cut holds none of them, whatever is left of it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Constraint>(
          { equals: "a" },
          { oneOf: ["a"] },
          { pattern: "a*" },
          { length: { min: 1 } },
          { inside: "/" },
          { hosts: ["*.a"] },
          { object: "repository" },
        ),
        fc.constantFrom("a", "/a", "b.a", "acme/site"),
        (constraint, value) => !isHeld(constraint, value, { cut: true }),
      ),
    );
  });

  test("a list is judged by its length and by nothing else; an object by nothing", () => {
    expect(isHeld({ length: { max: 3 } }, 3, { compound: true })).toBe(true);
    expect(isHeld({ length: { max: 3 } }, 4, { compound: true })).toBe(false);
    expect(isHeld({ length: { max: 3 } }, null, { compound: true })).toBe(false);
    expect(isHeld({ range: { max: 9 } }, 3, { compound: true })).toBe(false);
    expect(isHeld({ equals: 3 }, 3, { compound: true })).toBe(false);
    expect(isHeld({ object: "repository" }, 42, { compound: true })).toBe(false);
    expect(isHeld({ oneOf: [null] }, null, { compound: true })).toBe(false);
  });

  test("a pattern that freezes backtracking engines answers at once", () => {
    const judge = (): boolean => isHeld({ pattern: "(a+)+$" }, `${"a".repeat(8_000)}!`);
    expect(judge()).toBe(false);
    expect(costMs(judge, 2_000)).toBeLessThan(2_000);
  });
});

describe("a constraint that cannot be meant is refused when the role is compiled", () => {
  test.each<[string, Constraint]>([
    ["a backreference", { pattern: "(a)\\1" }],
    ["a lookahead", { pattern: "(?=a)" }],
    ["half a group", { pattern: "(" }],
    ["a range upside down", { range: { min: 2, max: 1 } }],
    ["a length upside down", { length: { min: 2, max: 1 } }],
    ["a relative folder", { inside: "srv/data" }],
    ["a folder in the home folder", { inside: ["/srv", "~/x"] }],
    ["a host with a scheme", { hosts: ["https://example.com"] }],
    ["an object type that is not listed", { object: "person" }],
    ["an object type of every object's own", { object: "constructor" }],
    ["equals outside oneOf", { equals: "c", oneOf: ["a", "b"] }],
    ["oneOf that no pattern takes", { oneOf: ["a", "b"], pattern: "[0-9]+" }],
  ])("%s", (_why, constraint) => {
    expect(compileConstraint(constraint, objects)).toMatch(/\w{4}/);
  });
});

test("a refusal names the constraint and no allowed value", () => {
  const secret = "b5c9-hidden";
  for (const constraint of [
    { equals: secret },
    { oneOf: [secret] },
    { hosts: ["hidden.example"] },
    { pattern: "hidden" },
    { object: "repository" },
  ] satisfies Constraint[]) {
    const compiled = compileConstraint(constraint, objects);
    if (typeof compiled === "string") throw new Error(compiled);
    expect(failedCheck(compiled, { at: "/x", value: "other" })?.says).not.toMatch(/hidden|acme/);
  }
});
