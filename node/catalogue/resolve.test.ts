import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRole, findGrant, listGrants } from "../../actors/guards/persona.ts";
import type { CompiledRole } from "../../actors/guards/persona.ts";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { roleDefaults, roleFileSchema } from "../../protocol/role.ts";
import type { RoleFile, RoleTable } from "../../protocol/role.ts";
import { definitionDigest } from "./definition.ts";
import { Positions } from "./document.ts";
import { listBytes, listPrompts, listTools } from "./exposed.ts";
import { sayFault } from "./fault.ts";
import { pin } from "./lock.ts";
import type { ResolvedRole } from "./resolve.ts";
import { quarantine, resolveRole, tableDigest, withTable } from "./resolve.ts";

const tool = (name: string, rest: object = {}): JsonObject => ({
  name,
  inputSchema: { type: "object", properties: { x: { type: "string" } } },
  ...rest,
});
const live = (tools: readonly JsonObject[]) => ({
  info: { name: "s", version: "1" },
  capabilities: {},
  tools,
  prompts: [{ name: "greet", arguments: [{ name: "who" }] }],
  templates: [
    { uriTemplate: "doc://b/{id}", name: "b" },
    { uriTemplate: "doc://a/{id}", name: "a" },
    { uriTemplate: "other://{id}", name: "c" },
  ],
});
const names = ["find", "mail", "Zoom", "archive"];
const lock: CatalogueLock = {
  v: 1,
  servers: {
    desk: pin(
      live(
        names.map((name) =>
          tool(name, {
            annotations: { readOnlyHint: true, idempotentHint: true },
            execution: { taskSupport: "optional" },
            _meta: { a: 1 },
          }),
        ),
      ),
      "2026-01-02",
    ).locked,
    post: pin(live([tool("send"), tool("find")]), "2026-01-02").locked,
  },
};
const http = { transport: { http: { url: "https://a.example.com" } } };
const catalogue = catalogueFileSchema.parse({
  servers: { desk: { ...http, repeatable: ["find", "doc://a/{x}"] }, post: http },
});

function resolve(file: object, folder = "/etc/gatehouse/personas") {
  const role = roleFileSchema.parse({ role: "clerk", grants: [], ...file });
  return resolveRole(role, catalogue, lock, {
    file: "clerk.role.yaml",
    folder,
    positions: new Positions(""),
  });
}

function resolved(file: object, folder?: string): ResolvedRole {
  const made = resolve(file, folder);
  if (!("resolved" in made)) throw new Error(made.faults.map((fault) => sayFault(fault)).join("\n"));
  return made.resolved;
}

function compiled(table: RoleTable): CompiledRole {
  const made = compileRole(table);
  if (Array.isArray(made)) throw new Error(JSON.stringify(made));
  return made;
}

const grant = (name: string, rest: object = {}) => ({
  tool: name,
  server: "desk",
  effect: "read",
  reason: "why",
  ...rest,
});
const all = [
  grant("find", { as: "search" }),
  grant("mail", { effect: "send" }),
  grant("Zoom"),
  { prompt: "greet", server: "desk", reason: "why" },
  { resource: "doc://a/{x}", server: "desk", reason: "why" },
];

describe("a role table", () => {
  test("has the defaults of a role that says nothing", () => {
    const { table } = resolved({ grants: [grant("find")] });
    expect(table).toEqual({
      v: 1,
      tenant: "default",
      persona: "clerk",
      grants: [
        {
          kind: "tool",
          name: "find",
          target: "find",
          server: "desk",
          effect: "read",
          repeatable: true,
          known: ["x"],
          bucket: roleDefaults.tool,
          reason: "why",
          definition: definitionDigest("tool", lock.servers["desk"]?.tools["find"]?.definition ?? {}),
        },
      ],
      objects: {},
      limits: { agent: roleDefaults.agent, budget: roleDefaults.budget, openCalls: roleDefaults.openCalls },
      breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
      durability: "written",
      oldestRevision: "2024-11-05",
    });
  });

  test("takes a limit from the grant, then the role, then the defaults", () => {
    const small = { capacity: 2, perSecond: 1 };
    const own = { capacity: 3, perSecond: 1 };
    const { table } = resolved({
      grants: [grant("find"), grant("mail", { limits: own })],
      limits: { tool: small },
      breakers: { tool: { failures: 2 } },
    });
    expect(table.grants.map(({ bucket }) => bucket)).toEqual([small, own]);
    expect(table.breakers.tool).toEqual({ failures: 2, openSeconds: roleDefaults.toolBreaker.openSeconds });
  });

  test("calls repeatable what the catalogue lists, whatever annotations say", () => {
    const { table } = resolved({ grants: all });
    expect(table.grants.map(({ name, repeatable }) => [name, repeatable])).toEqual([
      ["search", true],
      ["mail", false],
      ["Zoom", false],
      ["greet", false],
      ["doc://a/{x}", true],
    ]);
  });

  test("labels what a labelled server returns, sorted and once each, and nothing else", () => {
    const { desk, post } = catalogue.servers;
    if (desk === undefined || post === undefined) throw new Error("the catalogue has both");
    const labelled = { servers: { desk: { ...desk, labels: ["source", "customer-data", "source"] }, post } };
    const role = roleFileSchema.parse({
      role: "clerk",
      grants: [
        { tool: "Zoom", server: "desk", effect: "read", reason: "r" },
        { resource: "doc://a/{x}", server: "desk", reason: "r" },
        { tool: "send", server: "post", effect: "send", reason: "r" },
      ],
    });
    const place = { file: "clerk.role.yaml", folder: "/etc", positions: new Positions("") };
    const made = resolveRole(role, labelled, lock, place);
    const { table } = "resolved" in made ? made.resolved : resolved({});
    expect(table.grants.map(({ name, labels }) => [name, labels])).toEqual([
      ["Zoom", ["customer-data", "source"]],
      ["doc://a/{x}", ["customer-data", "source"]],
      ["send", undefined],
    ]);
    // Behind the grants stand the two servers: what they list is labelled like what they return.
    expect(compiled(table).grants.map(({ labels }) => labels.length)).toEqual([2, 2, 0, 2, 0]);
  });

  test("has constraints by pointer, with folders from the role file's place", () => {
    const { table } = resolved(
      { grants: [grant("find", { arguments: { x: { inside: "./in" } } })] },
      "/srv/g/personas",
    );
    expect(table.grants[0]?.arguments).toEqual({ "/x": { inside: "/srv/g/personas/in" } });
  });

  test("is frozen to the bottom, and so is a quarantined one", () => {
    const { table } = resolved({
      grants: [grant("find", { arguments: { x: { oneOf: ["a"] } } })],
      objects: { o: { allow: ["a"] } },
    });
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(table) && frozen(quarantine(table, "desk", ["find"]))).toBe(true);
  });

  test("has a digest that any change of the role changes, and the order of keys does not", () => {
    const { digest } = resolved({ grants: all });
    expect(digest).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const turned = all.map((each) => Object.fromEntries(Object.entries(each).reverse()));
    expect(resolved({ grants: turned }).digest).toBe(digest);
    const changes: Partial<RoleFile>[] = [
      { limits: { openCalls: 5 } },
      { limits: { agent: { capacity: 60, perSecond: 11 } } },
      { records: { durability: "synced" } },
      { revisions: { oldest: "2025-11-25" } },
      { objects: { o: { allow: ["a"] } } },
      { breakers: { behaviour: { repeats: 31 } } },
    ];
    const digests = changes.map((change) => resolved({ grants: all, ...change }).digest);
    expect(new Set([...digests, digest]).size).toBe(changes.length + 1);
  });

  test("compiles whenever a role resolves, and otherwise there is a fault", () => {
    const constraint = fc.record(
      {
        required: fc.boolean(),
        equals: fc.constantFrom("a", 1, null),
        oneOf: fc.constantFrom(["a", "b"], [1], ["/srv/a"], ["a.example.com"]),
        pattern: fc.constantFrom("a+", "(", "(?=a)", ".*"),
        range: fc.record({ min: fc.integer({ min: -3, max: 3 }), max: fc.integer({ min: -3, max: 3 }) }),
        length: fc.record({ min: fc.nat(3), max: fc.nat(3) }),
        inside: fc.constantFrom("/srv", "./x", "srv", "/a/../b", "/a~b", ["/srv", "/"]),
        hosts: fc.constantFrom(["a.example.com"], ["*.com"], ["http://a"], ["[::1]", "127.0.0.1"], ["::1"]),
        object: fc.constantFrom("o", "p"),
      },
      { requiredKeys: [] },
    );
    const bucket = fc.record({ capacity: fc.constantFrom(0.5, 1, 5), perSecond: fc.constantFrom(1e-12, 1) });
    const grants = fc.array(
      fc.oneof(
        fc.record({
          tool: fc.constantFrom(...names),
          server: fc.constantFrom("desk", "post"),
          effect: fc.constant("read"),
          reason: fc.constant("r"),
          arguments: fc.dictionary(fc.constantFrom("x", "/x", "/x/-", "y"), constraint, { maxKeys: 2 }),
          limits: bucket,
        }),
        fc.record({
          resource: fc.constantFrom("doc://a/{x}", "doc://**", "doc://{p}/{p}", "doc", "a://b"),
          server: fc.constantFrom("desk", "post"),
          reason: fc.constant("r"),
        }),
        fc.record({
          prompt: fc.constant("greet"),
          as: fc.constantFrom("hello", "gr\u0435et", "hallo welt"),
          server: fc.constantFrom("desk", "post"),
          reason: fc.constant("r"),
        }),
      ),
      { maxLength: 3 },
    );
    const outcomes = { sound: 0, faulty: 0 };
    fc.assert(
      fc.property(grants, (list) => {
        const made = resolve({ grants: list, objects: { o: { allow: ["a", "b*"] } } });
        const isSound = "resolved" in made;
        outcomes[isSound ? "sound" : "faulty"]++;
        expect(isSound ? !Array.isArray(compileRole(made.resolved.table)) : made.faults.length > 0).toBe(
          true,
        );
      }),
      { numRuns: 600 },
    );
    expect(outcomes.sound).toBeGreaterThan(10);
    expect(outcomes.faulty).toBeGreaterThan(10);
  });
});

describe("what an agent sees", () => {
  test("is the pinned definition under its exposed name, without what was not approved", () => {
    const role = resolved({ grants: all });
    expect(role.definitions).toHaveLength(role.table.grants.length);
    expect(role.definitions[0]).toEqual({
      name: "search",
      inputSchema: { type: "object", properties: { x: { type: "string" } } },
      annotations: { readOnlyHint: true, idempotentHint: true },
    });
    expect(listTools(role).map(({ name }) => name)).toEqual(["Zoom", "mail", "search"]);
    expect(listPrompts(role)).toEqual([{ name: "greet", arguments: [{ name: "who" }] }]);
  });

  test("of templates is what a grant takes as a whole, in order", () => {
    expect(resolved({ grants: all }).templates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      "doc://a/{id}",
    ]);
    const wide = resolved({ grants: [{ resource: "doc://**", server: "desk", reason: "why" }] });
    expect(wide.templates.map(({ uriTemplate }) => uriTemplate)).toEqual(["doc://a/{id}", "doc://b/{id}"]);
  });

  test("is exactly what calls would be allowed for, also in quarantine", () => {
    const role = resolved({ grants: all });
    for (const hidden of [[], ["find"], ["mail", "greet"], names]) {
      const now = withTable(role, quarantine(role.table, "desk", hidden));
      const judge = compiled(now.table);
      const allowed = listGrants(judge, "tool").map((at) => now.table.grants[at]?.name);
      expect(listTools(now).map(({ name }) => name)).toEqual(
        allowed.toSorted((a = "", b = "") => (a < b ? -1 : 1)),
      );
      for (const { name } of listTools(now))
        expect(judge.grants[findGrant(judge, "tool", String(name))]?.isQuarantined).toBe(false);
    }
  });

  test("costs a persona less than all servers together", () => {
    const { upstreams, personas } = listBytes(
      lock,
      new Map([["clerk", resolved({ grants: [grant("find")] })]]),
    );
    const one = {
      tools: [
        {
          name: "find",
          inputSchema: { type: "object", properties: { x: { type: "string" } } },
          annotations: { readOnlyHint: true, idempotentHint: true },
        },
      ],
    };
    // The lock keeps keys in another order, not other bytes.
    expect(personas["clerk"]).toBe(JSON.stringify(one).length);
    expect(upstreams).toBeGreaterThan(personas["clerk"] ?? 0);
  });
});

describe("quarantine", () => {
  const { table } = resolved({
    grants: [...all, { tool: "send", server: "post", effect: "send", reason: "why" }],
  });

  test("refuses the named things of that server by their own names, and nothing else", () => {
    const now = quarantine(table, "desk", ["find", "greet", "send", "search", "doc://a/{x}"]);
    expect(now.grants.filter(({ quarantined }) => quarantined).map(({ name }) => name)).toEqual([
      "search",
      "greet",
    ]);
    expect(now.grants.map(({ quarantined: _, ...rest }) => rest)).toEqual(table.grants);
  });

  test("of one server leaves another's in force, and is lifted by the next", () => {
    const both = quarantine(quarantine(table, "desk", ["find"]), "post", ["send"]);
    expect(both.grants.filter(({ quarantined }) => quarantined).map(({ name }) => name)).toEqual([
      "search",
      "send",
    ]);
    const lifted = quarantine(quarantine(both, "desk", []), "post", []);
    expect(lifted).toEqual(table);
    expect(tableDigest(lifted)).toBe(tableDigest(table));
  });

  test("is a table of its own, with a digest of its own", () => {
    expect(tableDigest(quarantine(table, "desk", ["find"]))).not.toBe(tableDigest(table));
    expect(table.grants.some(({ quarantined }) => quarantined)).toBe(false);
  });
});

describe("accumulation", () => {
  test("of a server or a label that the catalogue does not have is a fault at its place; of one that it has stands in the table", () => {
    const rule = { per: "user", max: 5, reason: "why" };
    const wrong = resolve({
      accumulation: [
        { ...rule, server: "desc" },
        { ...rule, label: "customers" },
      ],
    });
    expect(wrong.faults.map(({ says }) => says)).toEqual(['the catalogue has no server `desc`', 'no server of the catalogue has the label `customers`']); // prettier-ignore
    const right = resolve({ accumulation: [{ ...rule, server: "desk" }] });
    expect("resolved" in right ? right.resolved.table.accumulation : right.faults).toEqual([{ ...rule, server: "desk", days: 1, then: "alert" }]); // prettier-ignore
  });

  test("must name one thing that is counted", () => {
    const rule = { per: "user", max: 5, reason: "why" };
    for (const which of [{}, { server: "desk", data: "*" }])
      expect(roleFileSchema.safeParse({ role: "clerk", grants: [], accumulation: [{ ...rule, ...which }] }).success).toBe(false); // prettier-ignore
  });
});

describe("flows", () => {
  const walled = catalogueFileSchema.parse({
    servers: {
      desk: { ...http, labels: ["customers"] },
      post: { ...http, environment: "dev", reach: "internal" },
    },
    walls: [{ from: ["prod"], to: ["dev"] }],
  });
  const place = { file: "clerk.role.yaml", folder: "/", positions: new Positions("") };
  const file = roleFileSchema.parse({
    role: "clerk",
    grants: [grant("find"), { ...grant("send"), server: "post", effect: "send" }],
    flows: [{ from: { servers: ["desk"] }, to: { effects: ["send"] }, reason: "why" }],
  });

  test("of a role and walls of the catalogue stand in its table; what is behind a wall is labelled, and heeded", () => {
    const made = resolveRole(file, walled, lock, place);
    const table = "resolved" in made ? made.resolved.table : undefined;
    expect(table?.flows?.map(({ from, to }) => [from, to])).toEqual([
      [{ servers: ["desk"] }, { effects: ["send"] }],
      [{ environments: ["prod"] }, { environments: ["dev"] }],
    ]);
    expect(table?.grants).toMatchObject([
      { environment: "prod", reach: "external", labels: ["customers", "env:prod"] },
      { environment: "dev", reach: "internal", heeds: true },
    ]);
    const role = table === undefined ? undefined : compiled(table);
    expect(role?.grants.map(({ flows, source }) => [flows.length, source?.isFollowed])).toEqual([[0, true], [2, false], [0, false], [1, false]]); // prettier-ignore
  });
});
