import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { errors } from "../../protocol/errors.ts";
import { limitTable } from "../../protocol/limits.ts";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import { roleDefaults, roleFileSchema } from "../../protocol/role.ts";
import { settingsSchema } from "../../protocol/settings.ts";
import { rowsOf } from "./reference.ts";
import { printDocuments, repository, staleDocuments } from "./schema.ts";

const empty = mkdtempSync(join(tmpdir(), "gatehouse-schema-"));
afterAll(() => rmSync(empty, { recursive: true }));

describe("printed documents", () => {
  test("in docs/ are as the code has them (else: node bin/ready.mjs tool node/cli/schema.ts --write)", () => {
    expect(staleDocuments(repository)).toEqual([]);
  });

  test("that are missing count as stale", () => {
    expect(staleDocuments(empty)).toEqual([...printDocuments().keys()]);
  });

  test("name every bound and every error code", () => {
    const texts = printDocuments();
    for (const name of Object.keys(limitTable))
      expect(texts.get("docs/limits.md")).toContain(`| \`${name}\` |`);
    for (const code of Object.keys(errors)) expect(texts.get("docs/errors.md")).toContain(`| \`${code}\` |`);
  });

  test("give every key of every file a type, a meaning, and what it is when it is left out", () => {
    const text = printDocuments().get("docs/configuration.md") ?? "";
    expect(text).not.toContain("one of ``");
    for (const [schema, sample] of [
      [settingsSchema, "listen.port"],
      [catalogueFileSchema, "servers.NAME.transport.stdio.command"],
      [roleFileSchema, "grants[].arguments.NAME.inside"],
    ] as const) {
      const rows = rowsOf(schema);
      expect(rows.map(({ key }) => key)).toContain(sample);
      for (const { key, type, meaning } of rows) {
        expect({ key, lacks: [type, meaning].filter((part) => part === "") }).toEqual({ key, lacks: [] });
        expect(text).toContain(`| \`${key}\` |`);
      }
    }
    expect(rowsOf(roleFileSchema).find(({ key }) => key === "limits.openCalls")?.initial).toBe(`\`${roleDefaults.openCalls}\``); // prettier-ignore
  });

  test("of schemas are JSON that demands known keys and lets defaults be left out", () => {
    for (const [path, text] of printDocuments()) {
      if (!path.endsWith(".json")) continue;
      expect(JSON.parse(text)).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        additionalProperties: false,
      });
    }
    expect(JSON.parse(printDocuments().get("docs/schema/gatehouse.schema.json") ?? "")).not.toHaveProperty(
      "required",
    );
  });
});
