import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cli, cliJson } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

let toy: ToyProject;
const badge = {
  id: "custom.badge",
  group: "person",
  title: "Badge of an employee",
  pattern: "\\bEMP-\\d{6}\\b",
  prefilter: { kind: "literal", any: ["emp-"] },
  tags: ["HOUSE"],
  examples: { yes: ["badge EMP-204817"], no: ["EMP-20481"] },
};
const profile = { id: "house", title: "Ours", about: "What we do with badges.", rules: [{ tags: ["HOUSE"], at: [{ level: 3, action: "mask" }] }] }; // prettier-ignore

beforeAll(async () => {
  toy = new ToyProject();
  const grants = [{ tool: "echo", server: "toy", effect: "read", reason: "the test says so" }];
  toy.write("personas/reader.role.yaml", {
    role: "reader",
    grants,
    data: { profiles: ["house", "pci-dss"] },
  });
  toy.write("types.yaml", { detectors: [badge], dictionaries: [{ id: "custom.project", group: "person", title: "Projects", words: ["red kite"] }], profiles: [profile] }); // prettier-ignore
  writeFileSync(join(toy.folder, "public.csv"), "value\n4111 1111 1111 1111\nEMP-000001\n");
  await cli(toy.folder, ["dlp", "index", join(toy.folder, "public.csv"), "--name", "public", "--keys", "value", "--out", join(toy.folder, "public.edm")], env); // prettier-ignore
  toy.write("gatehouse.yaml", { listen: { port: 0 }, dlp: { types: ["types.yaml"], allow: ["public.edm"] } });
  await cli(toy.folder, ["catalogue", "accept", "toy", "--yes"], env);
});
afterAll(cleanUpToys);

function attempt(text: string) {
  writeFileSync(join(toy.folder, "tried.txt"), text);
  return cliJson(toy.folder, ["dlp", "try", "reader", "echo", join(toy.folder, "tried.txt")], env);
}

test("a file of types, or a skill, that is not there is told with what names it, not with --config", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  project.write("gatehouse.yaml", { listen: { port: 0 }, dlp: { types: ["none.yaml"] } });
  const types = await cli(project.folder, ["role", "check"], env);
  expect(types.out.join("\n")).toMatch(/none\.yaml:1:1: the file does not exist\. To mend it: create it, or correct `dlp\.types`/); // prettier-ignore
  project.write("gatehouse.yaml", { listen: { port: 0 } });
  mkdirSync(join(project.folder, "skills", "bare"), { recursive: true });
  const skills = await cli(project.folder, ["skills", "list"], env);
  expect(skills.out).toHaveLength(1);
  expect(skills.out.join("\n")).toMatch(/SKILL\.md:1:1: the file does not exist\. To mend it: create it, or remove the folder/); // prettier-ignore
  const skill =
    "---\nname: bare\ndescription: d\nmetadata: { version: 1.1, gatehouse: { grants: [] } }\n---\n";
  writeFileSync(join(project.folder, "skills", "bare", "SKILL.md"), skill);
  const version = await cli(project.folder, ["skills", "list"], env);
  expect(version.out[0]).toMatch(/`version` must be a text, and is a number with a fraction\. To mend it: put it in quotes/); // prettier-ignore
});

test("a custom type is masked by a profile of one's own in both directions, and a word of a dictionary is found", async () => {
  const { status, values } = await attempt("EMP-204817 of Red Kite");
  expect(status).toBe(0);
  for (const { found, after } of values) {
    expect((found as { type: string }[]).map(({ type }) => type)).toEqual(["custom.badge", "custom.project"]);
    expect(after).not.toContain("204817");
    expect(after).toContain("Red Kite");
  }
});

test("a value of an index under dlp.allow is no finding, and its neighbour is one", async () => {
  const { values } = await attempt("card 4111-1111-1111-1111 of EMP-000001, card 4242 4242 4242 4242");
  for (const { found, after } of values) {
    expect(found).toMatchObject([{ type: "pan.visa", count: 1 }]);
    expect(after).toContain("4111-1111-1111-1111 of EMP-000001");
    expect(after).not.toContain("4242 4242");
  }
});

test("dlp types, dlp explain and scan know custom types in their folder", async () => {
  const { values } = await cliJson(toy.folder, ["dlp", "types", "--tag", "HOUSE"], env);
  expect(values).toMatchObject([{ type: "custom.badge" }]);
  expect((await cli(toy.folder, ["dlp", "explain", "custom.badge"], env)).out.join("\n")).toContain(
    "EMP-204817",
  );
  expect((await cli(toy.folder, ["dlp", "explain", "custom.project"], env)).out.join("\n")).toContain(
    "red kite",
  );
  writeFileSync(join(toy.folder, "scanned.txt"), "EMP-204817");
  expect((await cli(toy.folder, ["scan", join(toy.folder, "scanned.txt")], env)).out.join("\n")).toContain("custom.badge"); // prettier-ignore
});

test("a node that runs takes no other custom types than it started with, and says so", async () => {
  const node = await toy.start();
  try {
    expect((await cli(toy.folder, ["role", "reload"], env)).status).toBe(0);
    toy.write("types.yaml", { detectors: [badge], dictionaries: [{ id: "custom.bird", group: "person", title: "Birds", words: ["osprey"] }], profiles: [profile] }); // prettier-ignore
    const { status, err } = await cli(toy.folder, ["role", "reload"], env);
    expect([status === 0, err.join("\n")]).toEqual([false, expect.stringContaining("dlp.types are not those that this node searches with")]); // prettier-ignore
    const recorded = (await cli(toy.folder, ["audit", "tail"], env)).out.filter((line) => line.includes(" roles ")); // prettier-ignore
    expect(recorded.map((line) => /roles .*/.exec(line)?.[0].trim())).toEqual(["roles read anew", "roles read anew", expect.stringContaining("roles stay as they were")]); // prettier-ignore
  } finally {
    await node.stop();
  }
});

test("a file of custom types with a fault is told with its place, and nothing comes into force", async () => {
  toy.write("types.yaml", { detectors: [{ ...badge, pattern: "EMP-\\d+" }] });
  const { status, out, err } = await cli(toy.folder, ["role", "check"], env);
  expect(status).not.toBe(0);
  expect([...out, ...err].join("\n")).toMatch(
    /types\.yaml:\d+:\d+: the detector `custom\.badge` cannot be used/,
  );
});
