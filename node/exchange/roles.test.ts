import { expect, test } from "vitest";
import { roleTable, toolGrant } from "../../actors/session.fixture.ts";
import { Roles } from "./roles.ts";

const source = (digest: string, changes = {}) => ({
  digest,
  table: roleTable(changes),
  definitions: [],
  templates: [],
});

test("a persona without a role in force refuses everything", () => {
  expect(() => new Roles(() => undefined).inForce("nobody")).toThrow(/no role is in force/);
});

test("T3 what lists show of a definition is cleansed; its headers are read from what was pinned", () => {
  const roles = new Roles(() => undefined);
  const inputSchema = {
    type: "object",
    properties: { region: { type: "string", "x-mcp-header": "Region", description: "a\u202eb" } },
  };
  const definition = { name: "read", description: "reads\u001b[31m\u200b", inputSchema };
  const template = { uriTemplate: "a://{x}", name: "n\u0007" };
  const table = roleTable({ grants: [toolGrant("read"), toolGrant("none")] });
  const role = roles.put("support", {
    digest: "d",
    table,
    definitions: [definition, undefined],
    templates: [template],
  });
  expect(role.grants[0]?.definition).toEqual({
    name: "read",
    description: "reads",
    inputSchema: {
      type: "object",
      properties: { region: { type: "string", "x-mcp-header": "Region", description: "ab" } },
    },
  });
  expect(role.grants[0]?.headers?.size).toBe(1);
  expect(role.grants[1]).toMatchObject({ definition: undefined, headers: undefined });
  expect(role.templates).toEqual([{ uriTemplate: "a://{x}", name: "n" }]);
});

test("a change is told when another table comes into force, not at the first and not at the same again", () => {
  const roles = new Roles(() => undefined);
  const told: string[] = [];
  roles.onChange = (persona) => told.push(persona);
  roles.put("support", source("one"));
  roles.put("support", source("one"));
  expect(told).toEqual([]);
  roles.put("support", source("two"));
  expect(told).toEqual(["support"]);
});

test("a table stays known by its digest when another is in force, and is read once when it was in force before", () => {
  let reads = 0;
  const roles = new Roles((digest) => {
    reads++;
    return digest === "earlier" ? roleTable() : undefined;
  });
  const first = roles.put("support", source("one"));
  roles.put("support", source("two"));
  expect(roles.byDigest("one")).toBe(first.compiled);
  expect(roles.byDigest("earlier")).toBe(roles.byDigest("earlier"));
  expect([reads, roles.byDigest("unknown")]).toEqual([1, undefined]);
});
