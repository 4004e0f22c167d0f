import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { callFacts, compiledRole, roleTable, toolGrant } from "../session.fixture.ts";
import {
  compileRole,
  constraintPointers,
  findGrant,
  grantAt,
  judgeArguments,
  listGrants,
  persona,
} from "./persona.ts";

function resource(target: string, changes: Partial<TableGrant> = {}): TableGrant {
  return toolGrant(target, { kind: "resource", ...changes });
}

function faultsOf(changes: Partial<RoleTable>): readonly string[] {
  const faults = compileRole(roleTable(changes));
  return Array.isArray(faults) ? faults.map(({ at }) => at) : [];
}

function ruleOf(grant: TableGrant, facts: Partial<CallFacts>, changes: Partial<RoleTable> = {}): string {
  const role = compiledRole(roleTable({ grants: [grant], ...changes }));
  const refusal = judgeArguments(grantAt(role, 0), callFacts(grant.name, facts));
  return refusal === undefined ? "allow" : `${refusal.rule}`;
}

describe("findGrant", () => {
  const role = compiledRole(
    roleTable({
      grants: [
        toolGrant("read"),
        toolGrant("read", { kind: "prompt" }),
        resource("docs://public/**"),
        resource("docs://public/secret"),
        resource("docs://users/{id}/profile"),
        toolGrant("__proto__"),
      ],
    }),
  );

  test.each<[kind: "tool" | "prompt" | "resource", name: string, index: number]>([
    ["tool", "read", 0],
    ["prompt", "read", 1],
    ["resource", "docs://public/a/b", 2],
    ["resource", "docs://public/secret", 3],
    ["resource", "docs://users/7/profile", 4],
    ["tool", "__proto__", 5],
    ["tool", "Read", -1],
    ["tool", "read ", -1],
    ["tool", "", -1],
    ["tool", "docs://public/a", -1],
    ["tool", "constructor", -1],
    ["resource", "read", -1],
    ["resource", "docs://users/7/8/profile", -1],
    ["resource", "docs://public/../users", -1],
    ["resource", "docs://users/{id}/profile", 4],
  ])("%s %j is grant %i", (kind, name, index) => {
    expect(findGrant(role, kind, name)).toBe(index);
  });

  test("no made-up name finds a grant", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        fc.pre(name !== "read" && name !== "__proto__");
        expect(findGrant(role, "tool", name)).toBe(-1);
        expect(findGrant(role, "prompt", name)).toBe(-1);
      }),
    );
  });
});

test("a list shows exactly the grants whose calls are not refused by name", () => {
  const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(flags, (quarantined) => {
      const grants = quarantined.map((isQuarantined, index) =>
        toolGrant(`tool_${index}`, isQuarantined ? { quarantined: true } : {}),
      );
      const role = compiledRole(roleTable({ grants }));
      const listed = listGrants(role, "tool").map((index) => grants[index]?.name);
      const callable = grants
        .map(({ name }) => name)
        .filter((name) => {
          const grant = grantAt(role, findGrant(role, "tool", name));
          return grant.index >= 0 && !grant.isQuarantined;
        });
      expect(listed).toEqual(callable);
      expect(listGrants(role, "prompt")).toEqual([]);
    }),
  );
});

describe("compileRole refuses", () => {
  test.each<[string, Partial<RoleTable>, string]>([
    ["two tools of one name", { grants: [toolGrant("a"), toolGrant("a", { server: "other" })] }, "grants[1]"],
    ["two equal URIs", { grants: [resource("a://b"), resource("a://b")] }, "grants[1]"],
    ["two equal patterns", { grants: [resource("a://**"), resource("a://**")] }, "grants[1]"],
    ["a URI pattern that nothing matches", { grants: [resource("a://b/../c")] }, "grants[0].resource"],
    [
      "a constraint that nothing satisfies",
      { grants: [toolGrant("a", { arguments: { "/n": { range: { min: 2, max: 1 } } } })] },
      "grants[0].arguments./n",
    ],
    [
      "a bucket below one call",
      { grants: [toolGrant("a", { bucket: { capacity: 0.5, perSecond: 1 } })] },
      "grants[0].bucket",
    ],
    [
      "an agent bucket that never refills",
      { limits: { ...roleTable().limits, agent: { capacity: 5, perSecond: 0 } } },
      "limits.agent",
    ],
    [
      "a capacity that is no number",
      { limits: { ...roleTable().limits, agent: { capacity: Number.NaN, perSecond: 1 } } },
      "limits.agent",
    ],
    [
      "more grants than a role may have",
      { grants: Array.from({ length: limits.grantsPerRoleMax + 1 }, (_, index) => toolGrant(`t${index}`)) },
      "grants",
    ],
  ])("%s", (_why, changes, at) => {
    expect(faultsOf(changes)).toContain(at);
  });
});

test("a role of the most grants it may have compiles", () => {
  const grants = Array.from({ length: limits.grantsPerRoleMax }, (_, index) => toolGrant(`t${index}`));
  // One more for the server that all of them are at.
  expect(compiledRole(roleTable({ grants })).grantsByKey.size).toBe(limits.grantsPerRoleMax + 1);
});

describe("judgeArguments", () => {
  const path = toolGrant("read", {
    arguments: {
      "/path": { inside: "/srv", required: true },
      "/items/-/id": { object: "item" },
      "/free": {},
    },
  });
  const objects = { item: { allow: ["i-*"] } };
  const good = { at: "/path", value: "/srv/a" } as const;

  test.each<[string, Partial<CallFacts>, string]>([
    ["what holds is allowed", { values: [good] }, "allow"],
    ["an absent optional argument is allowed", { values: [good] }, "allow"],
    ["a required argument that is absent is refused", { values: [] }, "persona.argument"],
    ["no facts of values are an absent argument", {}, "persona.argument"],
    ["a broken constraint is refused", { values: [{ at: "/path", value: "/etc" }] }, "persona.argument"],
    [
      "one broken value among many is refused",
      { values: [good, { at: "/items/-/id", value: "i-1" }, { at: "/items/-/id", value: "j" }] },
      "persona.object",
    ],
    ["an unknown argument is refused", { values: [good], unknown: ["extra"] }, "persona.unknown-argument"],
    [
      "overflow is refused, even when what is seen holds",
      { values: [good], overflow: true },
      "persona.facts-overflow",
    ],
    ["a cut value is refused", { values: [{ ...good, cut: true }] }, "persona.argument"],
    [
      "a list in place of a text is refused",
      { values: [{ at: "/path", value: 1, compound: true }] },
      "persona.argument",
    ],
    [
      "an argument that is only to be there may be anything",
      { values: [good, { at: "/free", value: null, compound: true }] },
      "allow",
    ],
  ])("%s", (_claim, facts, rule) => {
    expect(ruleOf(path, facts, { objects })).toBe(rule);
  });

  test("overflow and unknown arguments are refused without any constraint too", () => {
    expect(ruleOf(toolGrant("a"), { overflow: true })).toBe("persona.facts-overflow");
    expect(ruleOf(toolGrant("a"), { unknown: ["b"] })).toBe("persona.unknown-argument");
    expect(ruleOf(toolGrant("a"), { unknown: [] })).toBe("allow");
  });

  test("what a refusal says holds no value of the call", () => {
    const role = compiledRole(roleTable({ grants: [path], objects }));
    const refusal = judgeArguments(
      grantAt(role, 0),
      callFacts("read", { values: [{ at: "/path", value: "/etc/hidden" }] }),
    );
    expect(refusal).toMatchObject({ says: "Argument /path must be an absolute path inside /srv." });
  });

  test("the pointers that facts must read are those that are judged", () => {
    expect(constraintPointers(path)).toEqual(["/path", "/items/-/id", "/free"]);
  });
});

describe("a server as a whole", () => {
  const grants = [
    toolGrant("find", { server: "desk" }),
    resource("desk://**", { server: "desk" }),
    resource("desk://held/**", { server: "desk", quarantined: true }),
    resource("post://**", { server: "post" }),
  ];
  const role = compiledRole(roleTable({ grants }));

  function judge(server: string, uris: readonly unknown[], changes: Partial<CallFacts> = {}): string {
    const values = uris.map(
      (value) => ({ at: "/uris/-", value }) as NonNullable<CallFacts["values"]>[number],
    );
    const facts = callFacts(server, { kind: "server", values, ...changes });
    const grant = grantAt(role, findGrant(role, "server", server));
    return persona.before({}, { at: 0, facts, role, grant })?.rule ?? "allow";
  }

  test("may be listed and followed when a grant names it, and does not exist otherwise", () => {
    expect(["desk", "post", "memory", "__proto__", "find"].map((server) => judge(server, []))).toEqual([
      "allow",
      "allow",
      "persona.unlisted",
      "persona.unlisted",
      "persona.unlisted",
    ]);
  });

  test("is followed for exactly the resources that the role lets the agent read there", () => {
    expect(judge("desk", ["desk://a", "desk://b/c"])).toBe("allow");
    for (const uri of ["post://a", "file:///etc/passwd", 7, null, true])
      expect(judge("desk", ["desk://a", uri])).toBe("persona.unlisted");
    expect(judge("desk", [], { overflow: true })).toBe("persona.facts-overflow");
  });

  test("a URI that was cut is not judged by its beginning", () => {
    expect(judge("desk", [], { values: [{ at: "/uri", value: "desk://a", cut: true }] })).toBe("persona.unlisted"); // prettier-ignore
  });

  test("has a bucket and a breaker apart from those of its tools, and from a tool of its name", () => {
    const table = roleTable({ grants: [toolGrant("desk", { server: "desk", target: "desk" })] });
    const keys = compiledRole(table).grants.flatMap(({ key, upstream }) => [key, upstream]);
    expect(new Set(keys).size).toBe(3);
    expect(compiledRole(table).grants).toHaveLength(2);
  });
});
