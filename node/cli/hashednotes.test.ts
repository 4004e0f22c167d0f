import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

test("role check names rules for an index that is not configured, and indices that are not there, and finds no fault in them", async () => {
  const project = new ToyProject();
  const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }];
  const rules = [
    { types: ["edm.people"], arguments: "block" },
    { types: ["document.*"], arguments: "block" },
  ];
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  project.write("personas/reader.role.yaml", { role: "reader", grants, data: { rules } });
  const notes = async (dlp: object): Promise<string> => {
    project.write("gatehouse.yaml", { listen: { port: 0 }, dlp });
    const { status, out } = await cli(project.folder, ["role", "check"], env);
    expect([status, out.at(-1)]).toEqual([0, "1 role, 1 grant, no problems"]);
    return out.slice(0, -1).join("\n");
  };
  expect(await notes({})).toMatch(/^Note: the role reader has rules for `edm\.people`, and no index .* they meet nothing/); // prettier-ignore
  expect(await notes({ exact: ["people.edm"] })).toBe("Note: dlp.exact names `people.edm`, and that is no index: a node does not start so"); // prettier-ignore

  const at = (name: string): string => join(project.folder, name);
  writeFileSync(at("people.csv"), "account,name\nAB-1234-99,Ada Lovelace\n");
  await cli(project.folder, ["dlp", "index", at("people.csv"), "--name", "people", "--keys", "account", "--out", at("people.edm")], env); // prettier-ignore
  expect(await notes({ exact: ["people.edm"] })).toBe("");
  expect(await notes({ documents: ["people.edm"] })).toContain("no index or collection");
  const { values } = await cliJson(project.folder, ["role", "check"], env);
  expect(values.some(({ note }) => typeof note === "object")).toBe(true);
});
