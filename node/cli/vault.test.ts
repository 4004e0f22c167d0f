import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, tool, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

const newText = (): string => randomBytes(18).toString("base64url");

/** Every file of the data folder, as one text. */
function dataOf({ folder }: ToyProject): string {
  const data = join(folder, ".gatehouse");
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1")).join("\n");
}

describe("a credential from the vault", () => {
  test("reaches the server that names it, and stands nowhere in clear", async () => {
    const project = new ToyProject();
    project.list([tool("digest")]);
    project.serve({ token: "vault:crm" });
    project.grant(["digest"]);
    const secret = newText();
    const put = await cli(project.folder, ["vault", "put", "crm", "--from", "env:CRM"], { CRM: secret });
    expect(put.status).toBe(0);
    expect(put.err.join()).toContain("No node runs");
    expect((await cli(project.folder, ["catalogue", "accept", "toy", "--yes"])).status).toBe(0);
    const { values } = await cliJson(project.folder, [
      "keys",
      "create",
      "--agent",
      "a",
      "--persona",
      "reader",
    ]);
    await project.start();
    const key = { GATEHOUSE_KEY: String(values[0]?.["key"]) };
    const digest = createHash("sha256").update(secret).digest("hex");
    expect((await cli(project.folder, ["call", "reader", "digest"], key)).out.join()).toContain(digest);

    const later = newText();
    expect((await cli(project.folder, ["vault", "put", "crm", "--from", "env:CRM"], { CRM: later })).out.join()).toContain("replaced"); // prettier-ignore
    const all = [dataOf(project), (await cli(project.folder, ["audit", "tail"])).out.join("\n")].join("\n");
    expect(all).not.toContain(secret);
    expect(all).not.toContain(later);
    expect(all).toContain("secret put");
  });

  test("that is not there is said with the command that puts it", async () => {
    const project = new ToyProject();
    project.serve({ token: "vault:crm" });
    const { status, err } = await cli(project.folder, ["catalogue", "accept", "toy", "--yes"]);
    expect(status).not.toBe(0);
    expect(err.join("\n")).toContain("gatehouse vault put crm");
  });
});

test("commands list, rewrap, count and remove, through a node and without one, and never print a secret", async () => {
  const project = new ToyProject();
  project.grant([]);
  const secret = newText();
  await cli(project.folder, ["vault", "put", "crm", "--from", "env:CRM"], { CRM: secret });
  const said: string[] = [];
  for (const isRunning of [false, true]) {
    if (isRunning) await project.start();
    const listed = await cliJson(project.folder, ["vault", "list"]);
    expect(listed.values).toMatchObject([{ name: "crm" }]);
    expect((await cliJson(project.folder, ["vault", "status"])).values).toMatchObject([{ state: "in force", secrets: 1 }]); // prettier-ignore
    expect((await cliJson(project.folder, ["vault", "rewrap"])).values).toEqual([{ moved: 0, failed: [] }]);
    for (const words of [
      ["vault", "list"],
      ["vault", "status"],
      ["vault", "rewrap"],
    ]) {
      const { out, err } = await cli(project.folder, words);
      said.push(...out, ...err);
    }
    const removed = await cli(project.folder, ["vault", "remove", "other"]);
    expect([removed.status, removed.err.join()]).toEqual([
      1,
      expect.stringContaining("gatehouse vault list"),
    ]);
  }
  said.push(...(await cli(project.folder, ["vault", "remove", "crm"])).out);
  expect((await cliJson(project.folder, ["vault", "list"])).values).toEqual([]);
  expect(said.join("\n")).not.toContain(secret);
});

test.each([
  [["put"], "takes one name"],
  [["put", "A"], "1 to 64 characters of a-z"],
  [["put", "a", "--from", "vault:b"], "cannot come from the vault"],
  [["put", "a", "--from", "env:NOPE"], "set the variable NOPE"],
  [["remove", "a", "b"], "takes one name"],
  [["list", "x"], "takes no more words"],
])("vault %j is told what is wrong", async (argv, says) => {
  const { status, err } = await cli(new ToyProject().folder, ["vault", ...argv]);
  expect([status, err.join("\n")]).toEqual([2, expect.stringContaining(says)]);
});
