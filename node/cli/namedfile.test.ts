/** What commands say of files that are not what they were named for. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { cli } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

/** A project with a table of people, a document, and a folder. */
async function project(): Promise<{
  readonly at: (name: string) => string;
  readonly run: (...words: string[]) => Promise<string>;
}> {
  const toy = new ToyProject();
  toy.grant(["echo"]);
  await cli(toy.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const at = (name: string): string => join(toy.folder, name);
  writeFileSync(at("people.csv"), "account,name\nAB-1234-99,Ada Lovelace\n");
  writeFileSync(at("plan.txt"), "The pump hall moves from the northern basin to the southern one before the thaw, whatever the board says of it."); // prettier-ignore
  mkdirSync(at("folder"));
  const run = async (...words: string[]): Promise<string> => {
    const { status, err } = await cli(toy.folder, words, env);
    expect(status).toBe(2);
    return err.join("\n");
  };
  return { at, run };
}

const index = ["--name", "people", "--keys", "account", "--columns", "name"];

describe("where a result is to be put is looked at first, and named", () => {
  test.each([
    ["index", "people.csv", index],
    ["fingerprint", "plan.txt", ["--name", "plans"]],
  ])("by dlp %s", async (command, file, words) => {
    const { at, run } = await project();
    expect(await run("dlp", command, at(file), ...words, "--out", at("none/x"))).toContain(`there is no folder \`${at("none")}\``); // prettier-ignore
    expect(await run("dlp", command, at(file), ...words, "--out", at("folder"))).toContain(
      "is a folder: name a file in it",
    );
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("a file that is not there, and a folder, are told as such, without the file system's words", () => {
  test.each([
    ["dlp index", (file: string) => [file, ...index, "--out", `${file}.edm`]],
    ["dlp fingerprint", (file: string) => [file, "--name", "plans", "--out", `${file}.docs`]],
    ["dlp try", (file: string) => ["reader", "echo", file]],
    ["dlp revoke", (file: string) => ["people.edm", "--from", file]],
    ["role compile", (file: string) => ["--mission", file]],
    ["behaviour replay", (file: string) => ["--tools", file, "--texts", file, "--test", file]],
  ])("by %s", async (command, words) => {
    const { at, run } = await project();
    const missing = await run(...command.split(" "), ...words(at("none")));
    expect(missing).toMatch(/none`? is not there/);
    const folder = await run(...command.split(" "), ...words(at("folder")));
    expect(folder).toMatch(/folder`? is a folder: name a file in it/);
    expect(missing + folder).not.toMatch(/ENOENT|EISDIR/);
  });
});

test("an index that is made anew in the place of one with revoked rows says that they are found again", async () => {
  const { at } = await project();
  const folder = at("");
  const make = ["dlp", "index", at("people.csv"), ...index, "--out", at("people.edm")];
  expect((await cli(folder, make, env)).out.join("\n")).not.toContain("revoked");
  writeFileSync(at("back.txt"), "AB-1234-99\n");
  expect((await cli(folder, ["dlp", "revoke", at("people.edm"), "--from", at("back.txt")], env)).status).toBe(
    0,
  );
  expect((await cli(folder, make, env)).out.join("\n")).toMatch(/people\.edm\.revoked is of the index that was here before/); // prettier-ignore
});

test("what is no index is told with what makes one", async () => {
  const { at, run } = await project();
  expect(await run("scan", "--index", at("people.csv"), at("plan.txt"))).toMatch(
    /people\.csv is no index.*dlp index/,
  );
  expect(await run("dlp", "revoke", at("people.csv"), "--from", at("plan.txt"))).toMatch(/people\.csv is no index.*dlp index/); // prettier-ignore
});
