import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { assembleExample } from "../../actors/dlp/example.ts";
import { DataPolicy } from "../../actors/dlp/policy.ts";
import { dataDefaults } from "../../protocol/datarules.ts";
import { ListScreen } from "./listscreen.ts";
import { screeningOf } from "./screening.fixture.ts";

const secret = assembleExample(["ghp_", { make: "alnum", n: 30 }, { make: "crc32base62" }] as never, randomBytes(9).toString("hex")); // prettier-ignore
const screen = new ListScreen(screeningOf());
const by = { tenant: "default", persona: "support", policy: new DataPolicy(dataDefaults) };

test("a description comes without the credential in it, names and schema as they were, and is searched once", () => {
  const inputSchema = {
    type: "object",
    properties: { password: { type: "string", description: `as ${secret}` } },
  };
  const definition = { name: "read", description: `call it with ${secret}`, inputSchema };
  const shown = screen.pinned(definition, by);
  expect(JSON.stringify(shown)).not.toContain(secret);
  expect(shown).toMatchObject({ name: "read", inputSchema: { type: "object", properties: { password: { type: "string" } } } }); // prettier-ignore
  expect(screen.pinned(definition, by)).toBe(shown);
});

test("a definition with nothing in it is the very same", () => {
  const definition = { name: "read", description: "reads" };
  expect(screen.pinned(definition, by)).toBe(definition);
});

test("a definition that cannot be searched is not shown", () => {
  expect(() => screen.pinned({ name: "x", description: "y".repeat(70_000) }, by)).toThrow(/cannot be searched/); // prettier-ignore
});

test("of a server's list what would need another URI is left out", async () => {
  const items = [
    { uri: "a:1", name: "one", description: `k ${secret}` },
    { uri: `a:2?key=${secret}`, name: "two" },
  ];
  const shown = await screen.listed(items, by, "s");
  expect(shown.map(({ name }) => name)).toEqual(["one"]);
  expect(JSON.stringify(shown)).not.toContain(secret);
});
