/** Lists and calls agree, and what is not listed does not exist. Checklist Z2; and ten thousand names that never were. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { collectGarbage, Gateway, toolGrant, unlimited } from "./gateway.ts";
import { definitions, resources, toolNames } from "./toolserver.ts";
import { enter, HttpModern, wayNames, type Answer, type Way } from "./ways.ts";

/** Personas that are granted each subset of a few tools, some under other names. */
const subjects = ["echo", "drop", "vault", "steps"] as const;
const personas = Array.from({ length: 2 ** subjects.length }, (_, bits) => ({
  persona: `p${bits}`,
  granted: subjects.filter((_name, at) => (bits >> at) & 1),
}));
const alias = (name: string, persona: string): string => (persona.endsWith("5") ? `my-${name}` : name);

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  const roles = Object.fromEntries(
    personas.map(({ persona, granted }, at) => [
      persona,
      {
        grants: [
          ...granted.map((name) =>
            toolGrant(name, persona.endsWith("5") ? { as: alias(name, persona) } : {}),
          ),
          ...(at % 2 === 0 ? [{ prompt: "greet", server: "tools", reason: "x" }] : []),
          ...(at % 3 === 0 ? [{ resource: "demo://docs/{id}", server: "tools", reason: "x" }] : []),
          ...(at % 5 === 0 ? [{ resource: "demo://safe/1", server: "tools", reason: "x" }] : []),
        ],
        ...unlimited,
      },
    ]),
  );
  gateway = await Gateway.start({ roles, settings: { servers: {} } });
  key = gateway.key(
    "agent",
    personas.map(({ persona }) => persona),
  );
  await gateway.warm(key, "p15");
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

/** The text of an answer with its own name, id and operation taken out. */
function without(answer: Answer, name: string): string {
  return JSON.stringify([answer.status, answer.message])
    .replace(/"id":"?[\w-]+"?/g, '"id":0')
    .replaceAll(JSON.stringify(name).slice(1, -1), "NAME");
}

function listed(answer: Answer, member: string, name: string): string[] {
  const result = answer.message?.["result"] as JsonObject | undefined;
  return ((result?.[member] ?? []) as JsonObject[]).map((each) => String(each[name]));
}

describe("Z2: lists and calls", () => {
  const named = [
    ...new Set([
      ...toolNames,
      ...toolNames.map((name) => `my-${name}`),
      "nothing",
      "constructor",
      "__proto__",
      "Echo",
      "echo ",
      "tools/call",
    ]),
  ];

  test.each(wayNames)(
    "Z2: %s: over all personas and names, a call is let through exactly if its list shows the name",
    async (wayName) => {
      let disagreements = 0;
      let pairs = 0;
      for (const { persona, granted } of personas) {
        const way = await enter(wayName, { port: gateway.port, path: `/p/${persona}`, key });
        const tools = listed(await way.request("tools/list"), "tools", "name");
        const prompts = listed(await way.request("prompts/list"), "prompts", "name");
        const uris = listed(await way.request("resources/list"), "resources", "uri");
        expect(tools.toSorted()).toEqual(granted.map((name) => alias(name, persona)).toSorted());
        const check = async (
          name: string,
          isListed: boolean,
          method: string,
          params: JsonObject,
        ): Promise<void> => {
          gateway.tools.forget();
          await way.request(method, params);
          pairs++;
          if ((gateway.tools.calls.length === 1) !== isListed) disagreements++;
          expect(name).toBeDefined();
        };
        for (const name of named) await check(name, tools.includes(name), "tools/call", { name });
        for (const { name } of definitions.prompts)
          await check(String(name), prompts.includes(String(name)), "prompts/get", { name });
        for (const { uri } of resources)
          await check(String(uri), uris.includes(String(uri)), "resources/read", { uri });
        way.close();
      }
      expect(pairs).toBeGreaterThan(400);
      expect(disagreements).toBe(0);
    },
  );

  test.each(wayNames)(
    "Z2: %s: a tool that exists and is not granted is refused to the byte like one that does not exist",
    async (wayName) => {
      const way = await enter(wayName, { port: gateway.port, path: "/p/p1", key });
      const strange = randomBytes(6).toString("hex");
      const asks: readonly (readonly [method: string, member: string, real: string, false_: string])[] = [
        ["tools/call", "name", "drop", strange.slice(0, 4)],
        ["tools/call", "name", "vault", strange.slice(0, 5)],
        ["tools/call", "name", "routed", strange.slice(0, 6)],
        ["prompts/get", "name", "greet", strange.slice(0, 5)],
        ["resources/read", "uri", "demo://safe/1", `demo://${strange.slice(0, 4)}/1`],
        ["resources/read", "uri", "demo://docs/1", "demo://none/1"],
      ];
      for (const [method, member, real, invented] of asks)
        for (const args of [{}, { path: "/etc/passwd" }, { isAdmin: true }]) {
          const of = (name: string): Promise<Answer> =>
            way.request(method, { [member]: name, ...(method === "tools/call" ? { arguments: args } : {}) });
          expect(without(await of(real), real)).toBe(without(await of(invented), invented));
        }
      expect(gateway.tools.calls.filter(({ method }) => method === "tools/call")).toEqual([]);
      way.close();
    },
  );

  test("Z2: completions and templates show nothing that a call would not reach", async () => {
    for (const { persona } of personas.slice(0, 6)) {
      const way = new HttpModern({ port: gateway.port, path: `/p/${persona}`, key });
      const templates = listed(
        await way.request("resources/templates/list"),
        "resourceTemplates",
        "uriTemplate",
      );
      for (const { uriTemplate } of definitions.templates) {
        gateway.tools.forget();
        await way.request("completion/complete", {
          ref: { type: "ref/resource", uri: uriTemplate },
          argument: { name: "id", value: "1" },
        });
        expect({ persona, uriTemplate, reached: gateway.tools.calls.length }).toEqual({
          persona,
          uriTemplate,
          reached: templates.includes(String(uriTemplate)) ? 1 : 0,
        });
      }
    }
  });
});

test("Z2: a tool that was quarantined is refused to the byte like one that does not exist, headers and all", async () => {
  const own = await Gateway.start();
  try {
    const mine = own.key("agent");
    own.tools.listed = own.tools.listed.map((each) =>
      each["name"] === "routed" ? { ...each, description: "changed" } : each,
    );
    await own.warm(mine);
    const way = new HttpModern({ port: own.port, path: "/p/reader", key: mine });
    await way.request("tools/call", { name: "echo" });
    expect(listed(await way.request("tools/list"), "tools", "name")).not.toContain("routed");
    // Without the headers that its definition asks for: to say so would say that it is there.
    const args = { region: "eu", count: 1 };
    const real = await way.request("tools/call", { name: "routed", arguments: args });
    expect(without(real, "routed")).toBe(
      without(await way.request("tools/call", { name: "rooted", arguments: args }), "rooted"),
    );
    expect(own.tools.calls.map(({ params }) => params["name"])).toEqual(["echo"]);
  } finally {
    await own.remove();
  }
});

test("ten thousand names that never were: each is unknown, none reaches the upstream, and they leave no growing trace", async () => {
  const ways: Way[] = [];
  for (const name of wayNames)
    ways.push(await enter(name, { port: gateway.port, path: "/p/p1", key: gateway.key("guesser", ["p1"]) }));
  const names = fc.sample(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 60 }),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
      fc.stringMatching(/^[a-z][a-z0-9_-]{2,40}$/),
      fc.string({ minLength: 900, maxLength: 1_024 }),
    ),
    10_000,
  );
  gateway.tools.forget();
  const before = gateway.records().length;
  collectGarbage();
  const heap = process.memoryUsage().heapUsed;
  let unknown = 0;
  // Most by the socket, which is the fastest way to guess; some by every other door.
  for (let at = 0; at < names.length; at += 100) {
    const way = ways[at % 1_000 === 0 ? (at / 1_000) % ways.length : 2] as Way;
    const asked = names.slice(at, at + 100).filter((name) => name !== "echo" && name.isWellFormed());
    const answers = await Promise.all(asked.map((name) => way.request("tools/call", { name })));
    unknown += answers.filter(
      (answer, index) =>
        (answer.message?.["error"] as { message?: string } | undefined)?.message ===
        `Unknown tool: ${asked[index] ?? ""}`,
    ).length;
  }
  expect(unknown).toBeGreaterThan(9_900);
  expect(gateway.tools.calls).toEqual([]);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(8 * 1024 * 1024);
  // The first of each few are on record by name; the rest are counted under their rule.
  expect(gateway.records().length - before).toBeLessThan(200);
  for (const way of ways) way.close();
}, 30_000);
