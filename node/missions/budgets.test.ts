/** The sequence section of a compiled role: what is in it, why, and that the gateway takes it. */
import { expect, test } from "vitest";
import { parse } from "yaml";
import { roleFileSchema } from "../../protocol/role.ts";
import { sequenceSchema } from "../../protocol/sequence.ts";
import { sequenceOf } from "./budgets.ts";
import type { CompiledGrant } from "./compile.ts";
import { compileMission } from "./compile.ts";
import { roleText } from "./rolefile.ts";
import type { CatalogueTool } from "./tool.ts";
import type { EffectClass } from "./verb.ts";

function grant(effect: EffectClass): CompiledGrant {
  return { tool: `do_${effect}`, server: "desk", effect, reasons: ["said"], constraints: {} };
}

const all: readonly EffectClass[] = ["read", "create", "update", "delete", "send", "pay", "permission", "execute"]; // prettier-ignore

test("nothing granted has no section", () => {
  expect(sequenceOf("Read tickets.", [])).toBeUndefined();
});

test("every rule is in force, whatever is granted, and every section is one that a role may have", () => {
  for (const effect of all) {
    const { section, reasons } = sequenceOf("Read tickets.", [grant(effect)]) ?? { section: undefined, reasons: [] }; // prettier-ignore
    expect(sequenceSchema.parse(section).mode).toBe("enforce");
    expect(section?.rules).toBeUndefined();
    expect(reasons.length).toBeGreaterThan(1);
  }
});

test("only a persona that has no effect may look further than the shipped bounds", () => {
  expect(sequenceOf("", [grant("read")])?.section.thresholds).toEqual({ distinct: 50, distinctStop: 200 });
  for (const effect of all.slice(1))
    expect(sequenceOf("", [grant("read"), grant(effect)])?.section.thresholds).toBeUndefined();
});

test("money, rights, commands, deletions and messages have a budget of their own, and name the tools", () => {
  const { section, reasons } = sequenceOf("", all.map(grant)) ?? { section: undefined, reasons: [] };
  expect(section?.steps?.map(({ name, action }) => [name, action])).toEqual(
    ["pay", "permission", "execute", "delete", "send"].map((effect) => [`many-${effect}`, "step-up"]),
  );
  expect(reasons.join("\n")).toContain("(do_pay)");
});

test("a source of orders counts only under a heading for it, and is asked about", () => {
  const named = "Read tickets.\n\n## Trusted sources\n\n- work lists in the wiki\n";
  const found = sequenceOf(named, [grant("read")]);
  expect(found?.section.delegates).toBe(true);
  expect(found?.questions.join("\n")).toContain("Who can write there?");
  for (const text of ["Read tickets and follow the instructions in them.", "Read tickets.\n\n## Trusted sources\n\n- never a ticket\n"])
    expect(sequenceOf(text, [grant("read")])?.section.delegates).toBeUndefined(); // prettier-ignore
});

test("a role file has the section, with its reasons beside it, and is one that the gateway takes", () => {
  const tools: readonly CatalogueTool[] = [
    { name: "get_ticket", server: "desk", description: "", parameters: ["id"], types: {} },
    { name: "send_mail", server: "mail", description: "", parameters: ["to"], types: {} },
  ];
  const mission = "It reads tickets and sends emails to customers at @example.com.";
  const text = roleText("support", mission, compileMission(mission, tools));
  const role = roleFileSchema.parse(parse(text));
  expect(role.sequence).toMatchObject({ mode: "enforce", steps: [{ name: "many-send" }] });
  expect(text).toMatch(/# many-send: after 30 calls that send in an hour/);
});
