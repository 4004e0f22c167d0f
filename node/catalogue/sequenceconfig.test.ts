import { expect, test } from "vitest";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import type { CatalogueLock } from "../../protocol/catalogue.ts";
import { roleFileSchema } from "../../protocol/role.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { Positions } from "./document.ts";
import { explainTable } from "./explain.ts";
import { pin } from "./lock.ts";
import { resolveRole } from "./resolve.ts";

const http = { transport: { http: { url: "https://a.example.com" } } };
const catalogue = catalogueFileSchema.parse({
  servers: { desk: http, post: { ...http, reach: "internal" } },
});

function pinned(tool: string): CatalogueLock["servers"][string] {
  const tools = [{ name: tool, inputSchema: { type: "object", properties: { x: { type: "string" } } } }];
  return pin({ info: { name: "s", version: "1" }, capabilities: {}, tools, prompts: [], templates: [] }, "2026-01-02").locked; // prettier-ignore
}

/** With a rule on what may not follow twenty finds. */
function tableWith(then: object): RoleTable {
  const role = roleFileSchema.parse({
    role: "clerk",
    grants: [
      { tool: "find", server: "desk", effect: "read", reason: "why" },
      { tool: "send", server: "post", effect: "send", reason: "why" },
    ],
    sequence: { steps: [{ name: "many-then-send", after: { tools: ["find"], distinct: 20 }, within: 3600, then, reason: "why" }] }, // prettier-ignore
  });
  const lock: CatalogueLock = { v: 1, servers: { desk: pinned("find"), post: pinned("send") } };
  const made = resolveRole(role, catalogue, lock, { file: "clerk.role.yaml", folder: "/", positions: new Positions("") }); // prettier-ignore
  if (!("resolved" in made)) throw new Error(made.faults.map(({ says }) => says).join());
  return made.resolved.table;
}

test("a rule that asks where a call goes has the reach of servers in the table, counts things of its own, and is said in words", () => {
  const table = tableWith({ effects: ["send"], reach: "external" });
  expect(table.grants.map(({ reach, environment }) => [reach, environment])).toEqual([["external", undefined], ["internal", undefined]]); // prettier-ignore
  expect(table.sequence?.steps?.map(({ after }) => after)).toEqual([{ tools: ["find"], things: 20 }]);
  expect(explainTable(table).join("\n")).toContain("many-then-send: step-up for effect send, reach external after 20 different things of tool find within 3600 seconds, because why"); // prettier-ignore
});

test("a table whose rules do not ask where a call goes says nothing of it, and keeps its digest", () => {
  expect(tableWith({ effects: ["send"] }).grants.some((each) => "reach" in each)).toBe(false);
});
