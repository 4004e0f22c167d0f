import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  compileRole,
  constraintPointers,
  findGrant,
  grantAt,
  judgeArguments,
} from "../../actors/guards/persona.ts";
import type { CompiledRole } from "../../actors/guards/persona.ts";
import { DataPolicy } from "../../actors/dlp/policy.ts";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { roleFileSchema } from "../../protocol/role.ts";
import type { RoleFile } from "../../protocol/role.ts";
import { Positions } from "../catalogue/document.ts";
import { pin } from "../catalogue/lock.ts";
import { resolveRole } from "../catalogue/resolve.ts";
import { callFacts, FactsKey } from "../exchange/facts.ts";
import { compareRoles, freezeRole, isWider } from "./comparison.ts";
import type { Change, FrozenRole } from "./comparison.ts";
import { constraintFields } from "./constraintorder.ts";
import type { Fields } from "./order.ts";
import {
  accumulationFields,
  dataRuleFields,
  flowFields,
  grantFields,
  roleFields,
  tokenFields,
} from "./rolefields.ts";

const folder = "/etc/gatehouse/personas";

function role(file: object): RoleFile {
  return roleFileSchema.parse({ role: "clerk", grants: [], ...file });
}

function frozen(file: object, definitions: FrozenRole["definitions"] = {}): FrozenRole {
  return { role: role(file), definitions };
}

const tool = (name: string, rest: object = {}) => ({ tool: name, server: "desk", effect: "read", reason: "r", ...rest }); // prettier-ignore

function directions(before: object, after: object): readonly string[] {
  return compareRoles(frozen(before), frozen(after), folder).map(({ direction }) => direction);
}

function argument(before: object, after: object): readonly string[] {
  const grants = (x: object): object => ({ grants: [tool("find", { arguments: { x } })] });
  return directions(grants(before), grants(after));
}

describe("the tables have every field of the role's schema, and no other", () => {
  type Schema = { readonly properties?: Record<string, Schema>; readonly items?: Schema; readonly anyOf?: Schema[]; readonly additionalProperties?: Schema }; // prettier-ignore
  const schema = z.toJSONSchema(roleFileSchema, { io: "input" }) as Schema;
  const names = (of: Schema | undefined): string[] => Object.keys(of?.properties ?? {}).sort();
  const rows = (fields: object): string[] => Object.keys(fields).sort();
  const kinds = schema.properties?.["grants"]?.items?.anyOf ?? [];
  const toolGrant = kinds.find((kind) => kind.properties?.["tool"] !== undefined);

  test("of the file and all mappings in it", () => {
    const walk = (fields: Fields, of: Schema | undefined, at: string): void => {
      expect([at, rows(fields)]).toEqual([at, names(of)]);
      for (const [name, field] of Object.entries(fields))
        if (typeof field !== "function") walk(field, of?.properties?.[name], `${at} ${name}`);
    };
    walk(roleFields, schema, "role");
  });

  test("of grants, constraints, tokens, data rules and flows", () => {
    expect(rows(grantFields)).toEqual([...new Set(kinds.flatMap(names))].sort());
    expect(rows(constraintFields)).toEqual(names(toolGrant?.properties?.["arguments"]?.additionalProperties));
    expect(rows(tokenFields)).toEqual(names(toolGrant?.properties?.["tokens"]));
    expect(rows(dataRuleFields)).toEqual(names(schema.properties?.["data"]?.properties?.["rules"]?.items));
    expect(rows(flowFields)).toEqual(names(schema.properties?.["flows"]?.items));
    expect(rows(accumulationFields)).toEqual(names(schema.properties?.["accumulation"]?.items));
  });
});

describe("wider is", () => {
  test.each<[string, object, object]>([
    ["a new grant", { grants: [] }, { grants: [tool("find")] }],
    ["another tool under the same name", { grants: [tool("find")] }, { grants: [tool("seek", { as: "find" })] }],
    ["another server", { grants: [tool("find")] }, { grants: [tool("find", { server: "other" })] }],
    ["another effect", { grants: [tool("find")] }, { grants: [tool("find", { effect: "send" })] }],
    ["a constraint less", { grants: [tool("find", { arguments: { x: { equals: 1 } } })] }, { grants: [tool("find")] }],
    ["a larger limit of the file", { limits: { agent: { capacity: 5, perSecond: 1 } } }, { limits: { agent: { capacity: 6, perSecond: 1 } } }],
    ["a limit less, against the default", { limits: { openCalls: 4 } }, {}],
    ["a larger limit of all tools", { grants: [tool("find")], limits: { tool: { capacity: 2, perSecond: 1 } } }, { grants: [tool("find")] }],
    ["a bucket of the persona less", { limits: { persona: { capacity: 1, perSecond: 1 } } }, {}],
    ["the same budget in less time", { limits: { budget: { calls: 10, hours: 24 } } }, { limits: { budget: { calls: 10, hours: 12 } } }],
    ["a later breaker", { breakers: { behaviour: { identical: 3 } } }, {}],
    ["a weaker data rule", { data: { rules: [{ types: ["iban"], answers: "mask" }] } }, { data: { rules: [{ types: ["iban"], answers: "detect" }] } }],
    ["a data rule less", { data: { rules: [{ types: ["iban"], answers: "mask" }] } }, {}],
    ["a looser rule before another", { data: { rules: [{ types: ["iban"], answers: "mask" }] } }, { data: { rules: [{ types: ["iban"], answers: "allow" }, { types: ["iban"], answers: "mask" }] } }],
    ["a profile less", { data: { profiles: ["gdpr", "pci"] } }, { data: { profiles: ["gdpr"] } }],
    ["less that is searched", {}, { data: { scan: "answers" } }],
    ["a flow less", { flows: [{ from: { servers: ["a"] }, to: { servers: ["b"] }, reason: "r" }] }, {}],
    ["an id more", { objects: { t: { allow: ["a"] } } }, { objects: { t: { allow: ["a", "b"] } } }],
    ["other words of the mission", { mission: "Read." }, { mission: "Read and send to ann@example.com." }],
    ["tokens that become values", { grants: [tool("find")] }, { grants: [tool("find", { tokens: { open: ["iban"] } })] }],
    ["an approval less", { grants: [tool("find", { approval: "required" })] }, { grants: [tool("find")] }],
    ["an exception from approval", { grants: [tool("find", { approval: "required" })] }, { grants: [tool("find", { approval: { unless: { x: { range: { max: 5 } } } } })] }],
    ["a larger exception from approval", { grants: [tool("find", { approval: { unless: { x: { range: { max: 5 } } } } })] }, { grants: [tool("find", { approval: { unless: { x: { range: { max: 6 } } } } })] }],
    ["an exception of fewer arguments", { grants: [tool("find", { approval: { unless: { x: { range: { max: 5 } }, p: { equals: "a" } } } })] }, { grants: [tool("find", { approval: { unless: { x: { range: { max: 5 } } } } })] }],
    ["an approval that waits longer", {}, { approvals: { minutes: 200 } }],
    ["an older revision", { revisions: { oldest: "2025-06-18" } }, {}],
    ["a pattern before which another stood", { grants: [{ resource: "a://b/**", server: "desk", reason: "r" }, { resource: "a://**", server: "other", reason: "r" }] }, { grants: [{ resource: "a://**", server: "other", reason: "r" }] }],
  ])("%s, and the way back is not", (_, before, after) => {
    expect(directions(before, after)).toContain("wider");
    const isOneWay = /another|mission|pattern|rule less/.test(_);
    expect(!isOneWay && directions(after, before).includes("wider")).toBe(false);
  }); // prettier-ignore

  test.each<[string, object, object]>([
    ["a range beyond", { range: { min: 0, max: 5 } }, { range: { max: 5 } }],
    ["a folder above", { inside: "/srv/a" }, { inside: "/srv" }],
    ["a folder of the same beginning", { inside: "/srv/a" }, { inside: "/srv/ab" }],
    ["a parent host for a host", { hosts: ["a.example.com"] }, { hosts: ["*.example.com"] }],
    ["the parent itself", { hosts: ["*.example.com"] }, { hosts: ["example.com"] }],
    ["a value more", { oneOf: ["a"] }, { oneOf: ["a", "b"] }],
    ["no value any more", { oneOf: ["a"] }, { pattern: "a" }],
    ["optional", { required: true, equals: 1 }, { equals: 1 }],
    ["another pattern, whatever it means", { pattern: "a.*" }, { pattern: "ab.*" }],
    ["a value of another length in another form", { length: { max: 1 } }, { oneOf: ["\u00e9"] }],
    ["another type of object", { object: "a" }, { object: "b" }],
  ])("of one argument: %s", (_, before, after) => {
    expect(argument(before, after)).toContain("wider");
  });
});

describe("narrower is", () => {
  test.each<[string, object, object]>([
    ["a range within", { range: { min: 0, max: 5 } }, { range: { min: 1, max: 5 } }],
    ["one value for a range", { range: { min: 0, max: 5 } }, { equals: 3 }],
    ["one value of a pattern", { pattern: "a.*" }, { oneOf: ["ab", "ac"] }],
    ["one of several values", { oneOf: ["a", "b"] }, { equals: "a" }],
    ["a folder below", { inside: ["/srv", "/var"] }, { inside: ["/srv/a", "/var/b"] }],
    ["the same folder in other words", { inside: "../sandbox" }, { inside: "/etc/gatehouse/sandbox/x" }],
    ["a host below", { hosts: ["*.example.com"] }, { hosts: ["a.example.com", "*.b.example.com"] }],
    ["a further constraint", { required: true }, { required: true, length: { max: 3 } }],
    ["a length within", { length: { max: 5 } }, { length: { max: 3 } }],
  ])("of one argument: %s", (_, before, after) => {
    const found = argument(before, after);
    expect([...new Set(found)]).toEqual(["narrower"]);
  });

  test("a grant less, words, a rule that only blocks, a flow more, a bucket that was not there", () => {
    const before = { title: "a", grants: [tool("find"), tool("seek")], data: { rules: [{ types: ["iban"], answers: "mask" }] } }; // prettier-ignore
    const after = {
      title: "b",
      grants: [tool("find", { reason: "other words" })],
      data: {
        rules: [
          { types: ["pan.*"], arguments: "block" },
          { types: ["iban"], answers: "redact" },
        ],
      },
      flows: [{ from: { servers: ["a"] }, to: { servers: ["b"] }, reason: "r" }],
      limits: { persona: { capacity: 1, perSecond: 1 } },
    };
    expect([...new Set(directions(before, after))]).toEqual(["narrower", "words"]);
  });

  test("a role is the same as itself, in whatever words the same is said", () => {
    const one = { grants: [tool("find", { arguments: { x: { inside: "../a" } } })] };
    const other = { grants: [tool("find", { as: "find", arguments: { "/x": { inside: "/etc/gatehouse/a" } } })], limits: { openCalls: 32 } }; // prettier-ignore
    expect(directions(one, other)).toEqual([]);
  });
});

test("a definition that is not the one that was approved is said of its grant alone", () => {
  const file = { grants: [tool("find"), tool("seek")] };
  const changes = compareRoles(
    frozen(file, { "tool desk/find": "a", "tool desk/seek": "b" }),
    frozen(file, { "tool desk/find": "c", "tool desk/seek": "b" }),
    folder,
  );
  expect(changes.map(({ at, direction }) => [at, direction])).toEqual([["tool find", "redefined"]]);
});

test("a field that no table has may only stay as it is", () => {
  const with1 = (value: object): FrozenRole => ({ role: { ...role({}), ...value }, definitions: {} });
  const compare = (before: object, after: object): readonly Change[] => compareRoles(with1(before), with1(after), folder); // prettier-ignore
  expect(isWider(compare({ fresh: { a: 1 } }, { fresh: { a: 2 } }))).toBe(true);
  expect(isWider(compare({ fresh: { a: 1 } }, {}))).toBe(true);
  expect(isWider(compare({}, { fresh: { a: 1 } }))).toBe(true);
  expect(isWider(compare({ fresh: { a: 1 } }, { fresh: { a: 1 } }))).toBe(false);
});

describe("what is shown to be narrower or equal allows nothing that was not allowed", () => {
  const properties = { p: { type: "string" }, n: { type: "number" } };
  const live = (names: readonly string[]) => ({
    info: { name: "s", version: "1" },
    capabilities: {},
    tools: names.map((name): JsonObject => ({ name, inputSchema: { type: "object", properties } })),
    prompts: [],
    templates: [],
  });
  const lock: CatalogueLock = {
    v: 1,
    servers: {
      desk: pin(live(["find", "seek"]), "2026-01-02").locked,
      other: pin(live(["find"]), "2026-01-02").locked,
    },
  };
  const http = { transport: { http: { url: "https://a.example.com" } } };
  const catalogue = catalogueFileSchema.parse({ servers: { desk: http, other: http } });
  const key = new FactsKey(Buffer.alloc(32, 7));

  const texts = ["a", "ab", "b", "/srv/a", "/srv/a/b", "/srv/ab", "/etc/gatehouse/x", "https://a.example.com/", "https://example.com/", "t1", "t22", "\u00e9", "e\u0301"]; // prettier-ignore
  const numbers = [-1, 0, 1, 2, 5, 10];
  const bound = fc.option(fc.constantFrom(...numbers), { nil: undefined });
  const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(of, { nil: undefined, freq: 1 });
  const textConstraint = fc.record({
    required: optional(fc.boolean()),
    equals: optional(fc.constantFrom(...texts)),
    oneOf: optional(fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 4 })),
    pattern: optional(fc.constantFrom("a.*", "ab?", ".*", "t\\d+")),
    length: optional(fc.record({ min: bound, max: bound })),
    inside: optional(fc.constantFrom("/srv", "/srv/a", "../x", ["/srv/a", "/etc"])),
    hosts: optional(fc.constantFrom(["*.example.com"], ["a.example.com"], ["example.com", "a.example.com"])),
    object: optional(fc.constant("ticket")),
  });
  const numberConstraint = fc.record({
    required: optional(fc.boolean()),
    equals: optional(fc.constantFrom(...numbers)),
    range: optional(fc.record({ min: bound, max: bound })),
  });
  const limit = fc.option(fc.constantFrom({ capacity: 5, perSecond: 1 }, { capacity: 6, perSecond: 1 }), { nil: undefined, freq: 1 }); // prettier-ignore
  const grant = fc.record({
    tool: fc.constantFrom("find", "seek"),
    server: fc.constantFrom("desk", "desk", "other"),
    as: optional(fc.constantFrom("find", "look")),
    effect: fc.constantFrom("read", "send"),
    reason: fc.constantFrom("r", "s"),
    limits: limit,
    arguments: fc.record({ p: optional(textConstraint), n: optional(numberConstraint) }),
  });
  const resource = fc.record({
    resource: fc.constantFrom("a://b/**", "a://**", "a://b/{x}", "a://b/c", "z://**"),
    server: fc.constantFrom("desk", "other"),
    reason: fc.constant("r"),
  });
  const rule = fc.record({
    types: fc.constantFrom(["email"], ["iban"], ["*"], ["person.*", "iban"]),
    arguments: optional(fc.constantFrom("allow", "mask", "block")),
    answers: optional(fc.constantFrom("detect", "tokenise", "block")),
    likelihood: optional(fc.constantFrom(2, 4)),
    atLeast: optional(fc.constantFrom(1, 3)),
  });
  const file = fc.record({
    grants: fc.tuple(fc.array(grant, { maxLength: 3 }), fc.array(resource, { maxLength: 3 })).map(([a, b]) => [...a, ...b]), // prettier-ignore
    objects: fc.constantFrom({ ticket: { allow: ["t1"] } }, { ticket: { allow: ["t*"] } }),
    data: optional(fc.record({ rules: fc.array(rule, { maxLength: 3 }), scan: optional(fc.constantFrom("both", "answers", "none")) })), // prettier-ignore
  });
  type Drawn = { readonly grants: readonly object[] } & object;
  /** Most pairs of independent files differ in everything: a later one is the earlier one with a few parts of another. */
  const pair = fc.tuple(file, file, fc.array(fc.nat(7), { maxLength: 3 })).map(([before, other, parts]) => {
    let after: Drawn = before;
    for (const part of parts) {
      const grants = [...after.grants];
      if (part < 4 && grants[part] !== undefined && other.grants[0] !== undefined) grants[part] = { ...grants[part], ...(part % 2 === 0 ? pickArguments(other.grants[0]) : other.grants[0]) }; // prettier-ignore
      if (part === 4) grants.pop();
      if (part === 5) grants.reverse();
      after = { ...after, grants, ...(part === 6 ? { data: other.data } : {}), ...(part === 7 ? { objects: other.objects } : {}) }; // prettier-ignore
    }
    return [before, after] as const;
  });

  function pickArguments(from: object): object {
    return "arguments" in from ? { arguments: from.arguments } : {};
  }

  interface Made {
    readonly frozen: FrozenRole;
    readonly compiled: CompiledRole;
  }

  function made(file: object): Made | undefined {
    const read = roleFileSchema.safeParse({ role: "clerk", ...(JSON.parse(JSON.stringify(file)) as object) });
    if (!read.success) return undefined;
    const resolved = resolveRole(read.data, catalogue, lock, { file: "f", folder, positions: new Positions("") }); // prettier-ignore
    if (!("resolved" in resolved)) return undefined;
    const compiled = compileRole(resolved.resolved.table);
    if (Array.isArray(compiled)) return undefined;
    return { frozen: freezeRole(read.data, resolved.resolved.table), compiled };
  }

  const args = fc.record({ p: optional(fc.constantFrom<unknown[]>(...texts, 5, ["a"])), n: optional(fc.constantFrom<unknown[]>(...numbers, "1")) }); // prettier-ignore
  const call = fc.oneof(
    fc.tuple(fc.constant("tool" as const), fc.constantFrom("find", "seek", "look"), args),
    fc.tuple(fc.constant("resource" as const), fc.constantFrom("a://b/c", "a://b/c/d", "a://x", "z://y"), fc.constant({})), // prettier-ignore
  );

  /** What a call reaches; undefined when it is refused. */
  function reached(
    { compiled }: Made,
    [kind, name, given]: readonly ["tool" | "resource", string, object],
  ): object | undefined {
    const at = findGrant(compiled, kind, name);
    const row = compiled.table.grants[at];
    if (row === undefined) return undefined;
    const plain = JSON.parse(JSON.stringify(given)) as JsonObject;
    const facts = callFacts(key, kind, name, plain, constraintPointers(row), row.known === undefined ? undefined : new Set(row.known)); // prettier-ignore
    if (judgeArguments(grantAt(compiled, at), facts) !== undefined) return undefined;
    const { server, target, effect, definition } = row;
    return { server, target, effect, definition };
  }

  test("calls", () => {
    let narrower = 0;
    let allowed = 0;
    fc.assert(
      fc.property(pair, fc.array(call, { minLength: 8, maxLength: 20 }), ([first, second], calls) => {
        const [before, after] = [made(first), made(second)];
        if (before === undefined || after === undefined) return;
        if (compareRoles(before.frozen, after.frozen, folder).some(({ direction }) => direction !== "narrower")) return; // prettier-ignore
        narrower++;
        for (const each of calls) {
          const now = reached(after, each);
          if (now === undefined) continue;
          allowed++;
          expect(reached(before, each)).toEqual(now);
          const [from, to] = [before, after].map(({ compiled }) => grantAt(compiled, findGrant(compiled, each[0], each[1])).bucket); // prettier-ignore
          expect(to?.capacity).toBeLessThanOrEqual(from?.capacity ?? 0);
        }
      }),
      { numRuns: 1_500 },
    );
    // The property says something only where versions were narrower, and calls allowed.
    expect(narrower).toBeGreaterThan(100);
    expect(allowed).toBeGreaterThan(100);
  });

  test("findings", () => {
    const strictness = ["allow", "detect", "tokenise", "mask", "redact", "block"];
    const row = fc.record({
      type: fc.constantFrom("email", "person.name", "iban"),
      group: fc.constant("person"),
      likelihood: fc.integer({ min: 1, max: 5 }),
      count: fc.integer({ min: 1, max: 4 }),
    });
    let narrower = 0;
    const rules = fc.array(rule, { maxLength: 4 });
    fc.assert(
      fc.property(
        rules,
        rules,
        fc.array(fc.boolean()),
        fc.array(row, { minLength: 1, maxLength: 4 }),
        (first, more, places, rows) => {
          // The later list is the earlier one with others put in, or in the place of one.
          const second = first.flatMap((each, at) => (places[at] === true && more[at] !== undefined ? [more[at], ...(places[at + 1] === true ? [] : [each])] : [each])); // prettier-ignore
          const [before, after] = [made({ grants: [], data: { rules: first } }), made({ grants: [], data: { rules: second } })]; // prettier-ignore
          if (before === undefined || after === undefined) return;
          if (isWider(compareRoles(before.frozen, after.frozen, folder))) return;
          narrower++;
          const policy = ({ compiled: { table } }: Made): DataPolicy => new DataPolicy(table.data as never);
          for (const way of ["arguments", "answers"] as const) {
            const [from, to] = [policy(before).actions(rows, way), policy(after).actions(rows, way)];
            for (const [at, action] of to.entries())
              expect(strictness.indexOf(action)).toBeGreaterThanOrEqual(strictness.indexOf(from[at] ?? ""));
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(narrower).toBeGreaterThan(100);
  });
});
