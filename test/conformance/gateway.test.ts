import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import { roleFileSchema } from "../../protocol/role.ts";
import { settingsSchema } from "../../protocol/settings.ts";
import { writeGatewayConfig } from "./gateway.ts";
import { tools } from "./tools.ts";

const folder = mkdtempSync(join(tmpdir(), "gateway-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function read(file: string): unknown {
  return parse(readFileSync(join(folder, file), "utf8"));
}

test("the files written for the gateway are what its schemas ask for", () => {
  writeGatewayConfig(folder, [
    { name: "legacy", url: "http://127.0.0.1:4000/mcp" },
    { name: "stdio", command: "node", args: ["fixture.ts", "--stdio"] },
  ]);
  const settings = settingsSchema.parse(read("gatehouse.yaml"));
  const catalogue = catalogueFileSchema.parse(read("catalogue.yaml"));
  expect(Object.keys(catalogue.servers)).toEqual(["legacy", "stdio"]);
  for (const server of ["legacy", "stdio"]) {
    const name = settings.servers[server]?.role ?? "no role";
    const role = roleFileSchema.parse(read(`personas/${name}.role.yaml`));
    expect(role.role).toBe(name);
    expect(role.grants.filter((grant) => "tool" in grant && grant.server === server)).toHaveLength(
      tools.length,
    );
  }
});
