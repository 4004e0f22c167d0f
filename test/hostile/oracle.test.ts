/** Constraints of arguments against a second reading of what they mean. Checklist Z4. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileRole, findGrant, judgeArguments, constraintPointers } from "../../actors/guards/persona.ts";
import { grantAt } from "../../actors/guards/persona.ts";
import { callFacts, FactsKey } from "../../node/exchange/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { roleDefaults, type Constraint, type RoleTable, type TableGrant } from "../../protocol/role.ts";
import { isWithin, type Rules } from "./oracle.ts";
import { args, hosts, numbers, paths, rules, texts } from "./oraclevalues.ts";

const factsKey = new FactsKey(Buffer.alloc(32, 1));

/** The road of a call from its parsed arguments to the persona's word: facts, grant, constraints. */
function isAllowed(args: { readonly [name: string]: unknown }, rules: Rules): boolean | undefined {
  const grant: TableGrant = {
    kind: "tool",
    name: "t",
    server: "s",
    target: "t",
    effect: "read",
    repeatable: true,
    ...(rules.known === undefined ? {} : { known: rules.known }),
    arguments: rules.constraints,
    bucket: roleDefaults.tool,
    reason: "the test says so",
    definition: "",
  };
  const { agent, budget, openCalls, toolBreaker, behaviourBreaker } = roleDefaults;
  const table: RoleTable = {
    v: 1,
    tenant: "default",
    persona: "p",
    grants: [grant],
    objects: rules.objects,
    limits: { agent, budget, openCalls },
    breakers: { tool: toolBreaker, behaviour: behaviourBreaker },
    durability: "written",
    oldestRevision: "2024-11-05",
  };
  const role = compileRole(table);
  if (!("table" in role)) return undefined;
  const facts = callFacts(
    factsKey,
    "tool",
    "t",
    args,
    constraintPointers(grant),
    grant.known === undefined ? undefined : new Set(grant.known),
  );
  return judgeArguments(grantAt(role, findGrant(role, "tool", "t")), facts) === undefined;
}

test("Z4: over 20,000 random rules and arguments the guard and the oracle never disagree", () => {
  const counts = { allowed: 0, refused: 0, empty: 0 };
  fc.assert(
    fc.property(rules, args, (rule, given) => {
      // As it comes in: parsed from JSON.
      const parsed = JSON.parse(JSON.stringify(given)) as typeof given;
      const allowed = isAllowed(parsed, rule);
      if (allowed === undefined) counts.empty++;
      else counts[allowed ? "allowed" : "refused"]++;
      expect({ parsed, rule, allowed: allowed ?? isWithin(parsed, rule) }).toEqual({
        parsed,
        rule,
        allowed: isWithin(parsed, rule),
      });
    }),
    { numRuns: 34_000 },
  );
  // Rules that nothing satisfies never come into force; and neither side may win by saying always the same.
  expect(counts.allowed + counts.refused).toBeGreaterThan(20_000);
  expect(Math.min(counts.allowed, counts.refused)).toBeGreaterThan(2_000);
});

test("Z4: each trick with paths and hosts by itself: the guard and the oracle agree", () => {
  const objects = {};
  const known = undefined;
  const wrong: unknown[] = [];
  for (const given of [...paths, ...hosts, ...texts, ...numbers])
    for (const [name, rule] of Object.entries<Constraint>({
      inside: { inside: "/srv/docs" },
      hosts: { hosts: ["example.com", "*.example.com", "127.0.0.1", "[::1]"] },
      length: { length: { max: 8 } },
      range: { range: { min: 0 } },
    })) {
      const own = { constraints: { "/path": rule }, objects, known };
      if (isAllowed({ path: given }, own) !== isWithin({ path: given }, own)) wrong.push([name, given]);
    }
  expect(wrong).toEqual([]);
});

test("Z4: what is too much to judge is refused: values without number, and one that was cut", () => {
  const own: Rules = {
    constraints: { "/items/-": { length: { max: 100_000 } } },
    objects: {},
    known: undefined,
  };
  expect(isAllowed({ items: Array(limits.constraintValuesMax).fill("x") }, own)).toBe(true);
  expect(isAllowed({ items: Array(limits.constraintValuesMax + 1).fill("x") }, own)).toBe(false);
  expect(isAllowed({ items: ["x".repeat(limits.constraintValueCharsMax)] }, own)).toBe(true);
  expect(isAllowed({ items: ["x".repeat(limits.constraintValueCharsMax + 1)] }, own)).toBe(false);
  expect(isAllowed({ items: Array(3).fill("x".repeat(limits.constraintValueCharsMax)) }, own)).toBe(false);
});
