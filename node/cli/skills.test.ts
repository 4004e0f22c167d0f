import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { isLoaded, loadConfiguration } from "../config.ts";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

async function project(skills: readonly string[], approval: "off" | "required" = "off"): Promise<ToyProject> {
  const made = new ToyProject();
  made.write("gatehouse.yaml", { listen: { port: 0 }, roles: { approval } });
  made.write("personas/reader.role.yaml", { role: "reader", skills, grants: [] });
  await cli(made.folder, ["catalogue", "accept", "toy", "--yes"], env);
  return made;
}

function load({ folder }: ToyProject): {
  readonly names: readonly string[];
  readonly faults: readonly string[];
} {
  const loaded = loadConfiguration(folder, { env });
  if (!isLoaded(loaded)) return { names: [], faults: loaded.map(({ file, line, says }) => `${file}:${line} ${says}`) }; // prettier-ignore
  return { names: loaded.tables.get("reader")?.table.grants.map(({ name }) => name) ?? [], faults: [] };
}

function text(toy: ToyProject, name: string, content: string): void {
  mkdirSync(join(toy.folder, "skills", name), { recursive: true });
  writeFileSync(join(toy.folder, "skills", name, "SKILL.md"), content);
}

test("a role has the grants of its skills, each once", async () => {
  const toy = await project(["words@1.0.0", "more@2.0.0"]);
  toy.skill("words", ["echo"]);
  toy.skill("more", ["echo", "fail"], "2.0.0");
  expect(load(toy)).toEqual({ names: ["echo", "fail"], faults: [] });
});

describe("a skill grants nothing", () => {
  test.each<[string, string | undefined, RegExp]>([
    ["that is not there", undefined, /reader.role.yaml:1 there is no skill `words`/],
    ["of another version", '---\nname: words\ndescription: d\nmetadata: { version: "1.0.1", gatehouse: { grants: [] } }\n---\n', /has version 1\.0\.1, and the role wants `1\.0\.0`/],
    ["of another name", '---\nname: sentences\ndescription: d\nmetadata: { version: "1.0.0", gatehouse: { grants: [] } }\n---\n', /SKILL\.md:2 the skill is called `sentences`/],
    ["without front matter", "# Words\n", /no front matter/],
    ["whose front matter is no skill", "---\nname: words\ndescription: d\n---\n", /SKILL\.md:\d `?metadata/],
    ["with a key that nobody knows", '---\nname: words\ndescription: d\ngrants: []\nmetadata: { version: "1.0.0", gatehouse: { grants: [] } }\n---\n', /SKILL\.md:4 .*grants/],
    ["of a tool that is not accepted", '---\nname: words\ndescription: d\nmetadata: { version: "1.0.0", gatehouse: { grants: [{ tool: nothing, server: toy, effect: read, reason: r }] } }\n---\n', /reader.role.yaml:1 server `toy` has no accepted tool/],
  ])("%s", async (_, content, says) => {
    const toy = await project(["words@1.0.0"]);
    if (content !== undefined) text(toy, "words", content);
    const { names, faults } = load(toy);
    expect(names).toEqual([]);
    expect(faults.join("\n")).toMatch(says);
  }); // prettier-ignore

  test("by its allowed-tools", async () => {
    const toy = await project(["words@1.0.0"]);
    text(toy, "words", '---\nname: words\ndescription: d\nallowed-tools: echo fail\nmetadata: { version: "1.0.0", author: ann, gatehouse: { grants: [] } }\n---\nAll.\n'); // prettier-ignore
    expect(load(toy)).toEqual({ names: [], faults: [] });
  });
});

test("a skill that grew makes its personas wider: used-by says which, and they need an approval", async () => {
  const toy = await project(["words@1.0.0"], "required");
  toy.skill("words", ["echo"]);
  await cli(toy.folder, ["role", "approve", "reader", "--reason", "reviewed"], env);
  expect((await cli(toy.folder, ["skills", "used-by", "words"], env)).status).toBe(0);
  toy.skill("words", ["echo", "fail"]);
  const grown = await cli(toy.folder, ["skills", "used-by", "words"], env);
  expect([grown.status, grown.out.join("\n")]).toEqual([1, expect.stringMatching(/reader \(version 1\): needs an approval.*\n {2}wider: tool fail: a new grant/)]); // prettier-ignore
  expect(load(toy).faults.join("\n")).toContain("tool fail: a new grant");
  await cli(toy.folder, ["role", "approve", "reader", "--reason", "they need it"], env);
  expect(load(toy).names).toEqual(["echo", "fail"]);
  const { values } = await cliJson(toy.folder, ["role", "history", "reader"], env);
  expect(values.map(({ skills }) => skills)).toEqual([["words@1.0.0"], ["words@1.0.0"]]);
  toy.skill("words", ["echo"], "1.1.0");
  const moved = await cli(toy.folder, ["skills", "used-by", "words"], env);
  expect([moved.status, moved.out[0]]).toEqual([1, expect.stringContaining("wants words@1.0.0, and the skill is 1.1.0")]); // prettier-ignore
});

test("used-by says that the history which it compares with was cut back", async () => {
  const toy = await project(["words@1.0.0"], "required");
  toy.skill("words", ["echo", "fail"]);
  await cli(toy.folder, ["role", "approve", "reader", "--reason", "reviewed"], env);
  const path = join(toy.folder, "personas", "reader.versions.jsonl");
  const first = readFileSync(path, "utf8");
  toy.skill("words", ["echo"]);
  await cli(toy.folder, ["role", "approve", "reader", "--reason", "less"], env);
  toy.skill("words", ["echo", "fail"]);
  writeFileSync(path, first);
  const { status, out, err } = await cli(toy.folder, ["skills", "used-by", "words"], env);
  expect([status, out[0], err.join()]).toEqual([1, expect.stringContaining("needs an approval"), expect.stringContaining("reader: The history does not hold version 2")]); // prettier-ignore
});

describe("used-by shows whom a skill widens", () => {
  async function grown(approval: "off" | "required"): Promise<ToyProject> {
    const toy = await project(["words@1.0.0"], approval);
    toy.skill("words", ["echo"]);
    await cli(toy.folder, ["role", "approve", "reader", "--reason", "reviewed"], env);
    toy.skill("words", ["echo", "fail"]);
    return toy;
  }

  test("also where another persona that has it cannot be read, which it says", async () => {
    const toy = await grown("required");
    toy.write("personas/another.role.yaml", { role: "another", skills: ["words@1.0.0", "gone@1.0.0"], grants: [] }); // prettier-ignore
    const { status, out } = await cli(toy.folder, ["skills", "used-by", "words"], env);
    expect([status, out.join("\n")]).toEqual([1, expect.stringMatching(/another: .*there is no skill `gone`[^]*reader \(version 1\): needs an approval[^]*2 roles, 2 to be looked at/)]); // prettier-ignore
    const { values } = await cliJson(toy.folder, ["skills", "used-by", "words"], env);
    expect(values).toMatchObject([{ persona: "another", faults: [{ says: "there is no skill `gone`" }] }, { persona: "reader", changes: [{ direction: "wider" }] }]); // prettier-ignore
  });

  test("with approvals off as one that is in force all the same", async () => {
    const { folder } = await grown("off");
    const { status, out } = await cli(folder, ["skills", "used-by", "words"], env);
    expect([status, out[0]]).toEqual([1, expect.stringMatching(/reader \(version 1\): may let more pass, and is in force all the same: roles\.approval is off/)]); // prettier-ignore
  });
});

test("a skill whose file leads out of the folder of skills is none, and nothing of that file is told", async () => {
  const toy = await project(["words@1.0.0"]);
  toy.skill("words", ["echo"]);
  const path = join(toy.folder, "skills", "words", "SKILL.md");
  renameSync(path, join(toy.folder, "elsewhere.md"));
  symlinkSync(join(toy.folder, "elsewhere.md"), path);
  expect(load(toy)).toEqual({ names: [], faults: [expect.stringContaining("leads out of the folder of skills")] }); // prettier-ignore
  writeFileSync(join(toy.folder, "elsewhere.md"), "---\nword_of_a_secret: 1\n---\n");
  expect(load(toy).faults.join()).not.toContain("word_of_a_secret");
  // A link that stays inside, as some mount their files.
  renameSync(join(toy.folder, "elsewhere.md"), join(toy.folder, "skills", "words", "..data"));
  toy.skill("spare", ["echo"]);
  renameSync(path, join(toy.folder, "skills", "words", "gone"));
  writeFileSync(join(toy.folder, "skills", "words", "..data"), readFileSync(join(toy.folder, "skills", "spare", "SKILL.md"), "utf8").replace("spare", "words")); // prettier-ignore
  symlinkSync("..data", path);
  expect(load(toy)).toEqual({ names: ["echo"], faults: [] });
});

test("list and show say what there is, and what cannot be read", async () => {
  const toy = await project(["words@1.0.0"]);
  toy.skill("words", ["echo"]);
  text(toy, "broken", "nothing");
  const all = await cliJson(toy.folder, ["skills", "list"], env);
  expect(all.values).toEqual([expect.objectContaining({ fault: expect.any(Object) }), expect.objectContaining({ name: "words", version: "1.0.0", grants: 1, personas: ["reader"] })]); // prettier-ignore
  const one = await cli(toy.folder, ["skills", "show", "words"], env);
  expect(one.out.join("\n")).toMatch(/words@1\.0\.0: Does words\.\n {2}tool echo \(read\) of toy: the skill says so\n {4}arguments not constrained\n {2}\| Use it well\./); // prettier-ignore
  const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "r", arguments: { word: { oneOf: ["a"] } } }]; // prettier-ignore
  text(toy, "held", `---\nname: held\ndescription: Does words.\nmetadata:\n  version: "1.0.0"\n  gatehouse: ${JSON.stringify({ grants })}\n---\n`); // prettier-ignore
  expect((await cli(toy.folder, ["skills", "show", "held"], env)).out).toContain('    word: {"oneOf":["a"]}');
});
