import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { commands } from "./commands.ts";
import { quickstartFolder, quoted, spellFor, type Invocation } from "./invocation.ts";
import { cleanUpToys, ToyProject } from "./toyproject.fixture.ts";

afterEach(cleanUpToys);

const checkout = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const called: Invocation = {
  script: join(checkout, "bin/gatehouse.mjs"),
  checkout,
  home: checkout,
  cwd: checkout,
  config: "/srv/a",
};

describe("a command in a text of ours is spelt", () => {
  test("as the npm script in a checkout, and as the program in a package", () => {
    const text = "first gatehouse role check, then gatehouse catalogue accept toy";
    expect(spellFor(called, "/srv/a")(text)).toBe(
      "first npm run -s gatehouse -- role check, then npm run -s gatehouse -- catalogue accept toy",
    );
    expect(spellFor({ ...called, checkout: undefined }, "/srv/a")(text)).toBe(text);
    expect(spellFor({ ...called, script: "/usr/bin/gatehouse" }, "/srv/a")(text)).toBe(text);
  });

  test("with --config where another folder would be taken, relative where it can be, quoted where it must", () => {
    const spell = (folder: string): string =>
      spellFor({ ...called, config: undefined }, folder)("gatehouse status");
    expect(spell(checkout)).toBe("npm run -s gatehouse -- status");
    expect(spell("/srv/it's")).toBe("npm run -s gatehouse -- --config '/srv/it'\\''s' status");
    expect(spell(join(checkout, "deploy"))).toBe("npm run -s gatehouse -- --config deploy status");
  });

  test("with --prefix for who stands outside the checkout", () => {
    const spell = spellFor({ ...called, home: "/srv" }, "/srv/a");
    expect(spell("gatehouse status")).toBe(`npm --prefix ${quoted(checkout)} run -s gatehouse -- status`);
  });

  test("so that the quick start is started as it was", () => {
    const spell = spellFor(called, quickstartFolder);
    expect(spell("gatehouse start, in another terminal")).toBe("npm start, in another terminal");
    expect(spell("gatehouse keys list")).toContain(
      `--config ${relative(checkout, quickstartFolder)} keys list`,
    );
  });

  test("whichever command it is", () => {
    const spell = spellFor(called, "/srv/a");
    for (const { name } of commands)
      expect(spell(`gatehouse ${name}`)).toBe(`npm run -s gatehouse -- ${name}`);
  });

  test("and other text is left alone", () => {
    const text = "gatehouse.yaml, Gatehouse, gatehouse stands between, mygatehouse status";
    expect(spellFor(called, "/srv/b")(text)).toBe(text);
  });
});

test("what a command says to type works in the folder where it was said", () => {
  const { folder } = new ToyProject();
  const run = (words: readonly string[]) =>
    spawnSync(words[0] ?? "", words.slice(1), { cwd: tmpdir(), encoding: "utf8", env: { ...process.env, INIT_CWD: tmpdir() } }); // prettier-ignore
  const program = join(checkout, "bin/gatehouse.mjs");
  const said = run([process.execPath, program, "--config", folder, "catalogue", "check"]).stdout.trim();
  const typed = said.slice(said.indexOf("npm "));
  expect(typed).toContain(`--config ${folder} catalogue accept toy`);
  const done = run(["/bin/sh", "-c", typed]);
  expect({ status: done.status, out: done.stdout }).toMatchObject({
    status: 0,
    out: expect.stringContaining("2 definitions of toy pinned"),
  });
});
