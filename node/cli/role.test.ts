import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isLoaded, loadCatalogue, loadRole } from "../config.ts";
import { Misuse } from "./io.ts";
import { role } from "./role.ts";

const quickstart = join(import.meta.dirname, "../../deploy/examples/quickstart");
const root = mkdtempSync(join(tmpdir(), "gatehouse-role-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A copy of the quick start's configuration, to be broken. */
function copy(): string {
  const folder = mkdtempSync(join(root, "c-"));
  for (const name of ["gatehouse.yaml", "catalogue.yaml", "catalogue.lock", "personas"])
    cpSync(join(quickstart, name), join(folder, name), { recursive: true });
  return folder;
}

async function run(argv: readonly string[], folder = quickstart, json = false) {
  const lines: string[] = [];
  const code = await role(argv, {
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
    json,
    folder,
    spell: (text) => text,
    env: {},
  });
  return { code, lines, text: lines.join("\n") };
}

async function runJson(argv: readonly string[], folder = quickstart) {
  const { code, lines } = await run(argv, folder, true);
  const objects = lines.map((line) => JSON.parse(line) as { [key: string]: unknown });
  return { code, objects, last: objects.at(-1) ?? {} };
}

test("role explain names a file with a fault by the path that it has", async () => {
  const folder = copy();
  writeFileSync(join(folder, "personas/desk.role.yaml"), "role: desk\nno mapping\n");
  const { text } = await run(["explain", "desk"], folder);
  expect(text).toContain(`${join(folder, "personas/desk.role.yaml")}:`);
});

describe("role check", () => {
  test("finds nothing wrong with the quick start, and counts it", async () => {
    const { code, last } = await runJson(["check"]);
    expect(code).toBe(0);
    expect(last).toMatchObject({ command: "role check", ok: true, figures: { roles: 3, problems: 0 } });
    expect((await run(["check"])).text).toMatch(/^3 roles, \d+ grants, no problems$/);
  });

  test("says where a role is wrong and what to do, with exit status 1", async () => {
    const folder = copy();
    const file = join(folder, "personas/reader.role.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("tool: get-sum", "tool: get-sun"));
    const { code, text } = await run(["check"], folder);
    expect(code).toBe(1);
    expect(text).toMatch(
      /^\/\S+\/personas\/reader\.role\.yaml:\d+:11: server `everything` has no accepted tool `get-sun`\. To mend it: did you mean `get-sum`\?/,
    );
    const { objects, last } = await runJson(["check"], folder);
    expect(objects[0]).toMatchObject({ fault: { file: "personas/reader.role.yaml", column: 11 } });
    expect(last).toMatchObject({ ok: false, figures: { problems: 1 } });
  });

  test("notes a folder of `inside` that is not there, and an effect that nobody has set", async () => {
    const folder = copy();
    const file = join(folder, "personas/reader.role.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("inside: ../sandbox", "inside: ./sandbox").replace("effect: read", "effect: unknown")); // prettier-ignore
    const { code, lines } = await run(["check"], folder);
    expect(code).toBe(0);
    expect(lines).toContainEqual(
      expect.stringContaining(
        `reader: \`inside\` names ${join(folder, "personas/sandbox")}, which is no folder`,
      ),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^Note: reader: the effect of `[\w-]+` is unknown/));
    expect((await runJson(["check"], folder)).objects).toContainEqual({
      note: { persona: "reader", says: expect.stringContaining("personas/sandbox") },
    });
  });

  test("and explain show what sessions share by gatehouse.yaml and the catalogue, also of a single file", async () => {
    const folder = copy();
    expect((await run(["check"], folder)).text).not.toContain("Shared:");
    const settings = join(folder, "gatehouse.yaml");
    writeFileSync(settings, `${readFileSync(settings, "utf8")}scopes:\n  agent: { capacity: 40, perSecond: 2 }\n  labels: user\n`); // prettier-ignore
    const catalogue = join(folder, "catalogue.yaml");
    writeFileSync(catalogue, readFileSync(catalogue, "utf8").replace(/^ {2}everything:\n/m, "$&    labels: [secret]\n    limits: { get-sum: { capacity: 7, perSecond: 1 } }\n    breaker: { failures: 3, openSeconds: 60 }\n")); // prettier-ignore
    const file = join(folder, "personas/reader.role.yaml");
    for (const argv of [["check"], ["check", file]]) {
      const { code, text } = await run(argv, folder);
      expect([code, text]).toEqual([0, expect.stringContaining("Shared: reader: all sessions of the agent together: 40 at once, then 2 per second (scopes.agent in gatehouse.yaml)")]); // prettier-ignore
      expect(text).toContain("Shared: reader: labels of what one session has read hold for all sessions of the same user"); // prettier-ignore
      expect((await runJson(argv, folder)).objects).toContainEqual({ shared: { persona: "reader", scopes: { agent: { capacity: 40, perSecond: 2 }, labels: "user" } } }); // prettier-ignore
    }
    const { text } = await run(["explain", "reader"], folder);
    expect(text).toContain("shared      all sessions of the agent together: 40 at once");
    expect(text).toContain("shared      all sessions of the tenant together: 7 at once, then 1 per second");
    expect(text).toContain("what fails 3 times in a row, for two sessions or more, is closed off for all of them for 60 seconds"); // prettier-ignore
    expect((await runJson(["explain", "reader"], folder)).objects[0]).toHaveProperty("shared.scopes.agent.capacity", 40); // prettier-ignore
  });

  test("and explain say which role was probably meant", async () => {
    await expect(run(["check", "reader"])).rejects.toThrow(/did you mean `.*personas\/reader\.role\.yaml`\?/);
    await expect(run(["check", "readr"])).rejects.toThrow(/did you mean `.*personas\/reader\.role\.yaml`\?/);
    await expect(run(["explain", "readr"])).rejects.toThrow(
      /no role `readr`. did you mean `reader`\? Known: /,
    );
  });

  test("looks at single files, also outside the personas folder", async () => {
    const folder = copy();
    const file = join(root, "guest.role.yaml");
    writeFileSync(
      file,
      "role: guest\ngrants:\n  - { tool: echo, server: everything, effect: read, reason: to try }\n",
    );
    expect(await runJson(["check", file], folder)).toMatchObject({
      code: 0,
      last: { figures: { roles: 1, grants: 1 } },
    });
    expect(await runJson(["check", join(root, "nobody.role.yaml")], folder)).toMatchObject({
      code: 2,
      last: { ok: false },
    });
    expect(await runJson(["check"], join(root, "no-such-folder"))).toMatchObject({ code: 2 });
  });
});

describe("role explain", () => {
  test("says of each grant why it is there, what it is held to and what a list costs", async () => {
    const { code, text } = await run(["explain", "curator", "write_draft"]);
    expect(code).toBe(0);
    expect(text).toMatch(/write_draft \(tool write_file of filesystem\)/);
    expect(text).toMatch(/because +the mission says: écrire un fichier de brouillon/);
    expect(text).toMatch(/create, must not run twice/);
    expect(text).toMatch(/\/path: required, matches .*, inside .*sandbox\/drafts/);
    expect(text).toMatch(/5 at once, then one every 5 seconds/);
    expect(text).not.toMatch(/read_graph/);
  });

  test.each(["reader", "curator"])(
    "the list of the quick start's %s is at least 80 %% smaller than its servers'",
    async (persona) => {
      const { last } = await runJson(["explain", persona]);
      const { listBytes, listBytesUpstreams } = last["figures"] as { [name: string]: number };
      expect(listBytes).toBeGreaterThan(1_000);
      expect((listBytes ?? 0) * 5).toBeLessThanOrEqual(listBytesUpstreams ?? 0);
    },
  );

  test("says of a tool that is not granted that it does not exist, with exit status 1", async () => {
    expect(await run(["explain", "reader", "write_file"])).toMatchObject({
      code: 1,
      text: expect.stringMatching(/does not exist for `reader`/),
    });
  });

  test("works while another role is broken", async () => {
    const folder = copy();
    writeFileSync(join(folder, "personas/reader.role.yaml"), "role: [\n");
    expect(await run(["explain", "curator"], folder)).toMatchObject({ code: 0 });
    expect(await run(["explain", "reader"], folder)).toMatchObject({ code: 1 });
  });

  test("prints nothing of a file that a terminal would obey", async () => {
    const folder = copy();
    const file = join(folder, "personas/curator.role.yaml");
    const hostile = '"\\e[2J\\e]0;x\\a \\u202e \\r gone"';
    writeFileSync(
      file,
      readFileSync(file, "utf8")
        .replace('"the mission says: écrire un fichier de brouillon"', hostile)
        .replace(/^title: .*/m, `title: ${hostile}`),
    );
    const { code, text } = await run(["explain", "curator"], folder);
    expect(code).toBe(0);
    expect(text).toMatch(/gone/);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("role draft", () => {
  test("is called as it is asked to be, or after its server", async () => {
    expect((await run(["draft", "memory", "--as", "archivist"])).text).toMatch(/^role: archivist$/m);
    expect((await run(["draft", "memory"])).text).toMatch(/^role: memory$/m);
    await expect(run(["draft", "memory", "--as", "Not A Name"])).rejects.toThrow("--as must be");
  });

  test.each(["everything", "filesystem", "memory"])(
    "of %s is no role before somebody has written its reasons, and loads once they are written",
    async (server) => {
      const { code, text } = await run(["draft", server]);
      expect(code).toBe(0);
      const around = loadCatalogue(quickstart);
      if (!isLoaded(around)) throw new Error("the quick start does not load");
      const file = join(root, `${server}.role.yaml`);
      writeFileSync(file, `${text}\n`);
      expect(JSON.stringify(loadRole(file, file, around))).toContain("nobody has written the reason");
      writeFileSync(file, `${text.replaceAll("not written yet", "the mission says so")}\n`);
      const loaded = loadRole(file, file, around);
      if (!isLoaded(loaded)) throw new Error(JSON.stringify(loaded));
      const { grants } = loaded.resolved.table;
      expect(grants.map(({ target }) => target).sort()).toEqual(
        Object.keys(around.lock.servers[server]?.tools ?? {}).sort(),
      );
      expect(new Set(grants.map(({ effect }) => effect))).toEqual(new Set(["unknown"]));
    },
  );

  test("takes the named tools only, and says which one is not there", async () => {
    expect((await runJson(["draft", "memory", "read_graph"])).last).toMatchObject({
      ok: true,
      figures: { grants: 1 },
    });
    await expect(run(["draft", "memory", "read_graf"])).rejects.toThrow(/did you mean `read_graph`/);
    await expect(run(["draft", "memry"])).rejects.toThrow(Misuse);
  });

  test("says what to run when nothing of the server is accepted", async () => {
    const folder = copy();
    rmSync(join(folder, "catalogue.lock"));
    expect(await run(["draft", "memory"], folder)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/catalogue accept memory/),
    });
  });
});

test.each([
  [[]],
  [["chekc"]],
  [["explain"]],
  [["explain", "../reader"]],
  [["explain", "a", "b", "c"]],
  [["draft"]],
  [["toString"]],
])("a command line that means nothing is misuse: %j", async (argv) => {
  await expect(run(argv)).rejects.toThrow(Misuse);
});
