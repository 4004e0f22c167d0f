import { randomBytes } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { compileRole } from "../actors/guards/persona.ts";
import { definitionDigest } from "./catalogue/definition.ts";
import { parseYaml } from "./catalogue/document.ts";
import { sayFault } from "./catalogue/fault.ts";
import type { Configuration, ConfigurationFault } from "./config.ts";
import { broken, catalogue, http, persona, role, settings, sound } from "./config.data.ts";
import { isLoaded, loadCatalogue, loadConfiguration, loadRole } from "./config.ts";
import { costMs } from "../test/cost.ts";

const repository = join(import.meta.dirname, "..");
const examples = join(repository, "deploy/examples");
const quickstart = join(examples, "quickstart");
const root = mkdtempSync(join(tmpdir(), "gatehouse-config-"));
afterAll(() => rmSync(root, { recursive: true }));

function write(files: { readonly [file: string]: string | undefined }): string {
  const folder = mkdtempSync(join(root, "c-"));
  for (const [file, text] of Object.entries({ ...sound, ...files })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

function load(folder: string): Configuration | ConfigurationFault[] {
  return loadConfiguration(folder, { env: { PATH: "/bin", HOME: "/root", OTHER: "y" } });
}

function loaded(folder: string): Configuration {
  const configuration = load(folder);
  if (!isLoaded(configuration)) throw new Error(configuration.map((fault) => sayFault(fault)).join("\n"));
  return configuration;
}

describe("a broken configuration", () => {
  test.each(broken)("%s is found where it is, with a remedy", (_, file, marked, says, remedy) => {
    const before = marked.slice(0, marked.indexOf("⟦"));
    expect(marked).toContain("⟦");
    const faults = load(write({ [file]: marked.replace("⟦", "") }));
    if (isLoaded(faults)) throw new Error("the configuration loads");
    const own = faults.filter((fault) => fault.file === file);
    const [fault] = own;
    expect(own.map((fault) => sayFault(fault))).toHaveLength(1);
    expect(fault?.says).toMatch(says);
    expect(fault?.do).toMatch(remedy);
    const at = { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
    expect({ line: fault?.line, column: fault?.column }).toEqual(at);
  });

  test("is shown with its folder where the reader is in another one", () => {
    const fault = { file: "gatehouse.yaml", line: 2, column: 1, says: "x", do: "y" };
    expect(sayFault(fault)).toMatch(/^gatehouse\.yaml:2:1: /);
    expect(sayFault(fault, ".gatehouse-cluster/n2")).toMatch(
      /^\.gatehouse-cluster\/n2\/gatehouse\.yaml:2:1: /,
    );
    expect(sayFault({ ...fault, file: "/etc/gatehouse.yaml" }, "n2")).toMatch(
      /^\/etc\/gatehouse\.yaml:2:1: /,
    );
  });

  test("what the table is checked against loads", () => {
    expect(loaded(write({})).tables.size).toBe(1);
  });

  test("an alias on a server's own endpoint is a fault", () => {
    const text = role("  - { tool: find, as: search, server: desk, effect: read, reason: x }");
    const faults = load(write({ [persona]: text, [settings]: "servers: { desk: { role: clerk } }\n" }));
    expect(faults).toMatchObject([{ file: settings, line: 1, says: expect.stringMatching(/has an alias/) }]);
  });

  test.each([
    ["gatehouse.yaml", { [settings]: undefined }],
    ["catalogue.yaml", { [catalogue]: undefined }],
    ["personas", { [persona]: undefined }],
    ["personas/clerk.yaml", { "personas/clerk.yaml": "role: clerk\n" }],
  ])("a missing or stray file is named and marked as unread: %s", (file, files) => {
    expect(load(write(files))).toContainEqual(expect.objectContaining({ file, unread: true }));
  });

  test("a missing lock says for each grant how to accept the server", () => {
    const faults = load(write({ "catalogue.lock": undefined }));
    expect(faults).toMatchObject([{ file: persona, line: 3, do: "run gatehouse catalogue accept desk" }]);
  });

  test("a file that is not UTF-8 or too large is refused without being parsed", () => {
    const folder = write({});
    writeFileSync(join(folder, settings), Buffer.from([0x64, 0xff, 0xfe]));
    expect(load(folder)).toMatchObject([{ says: expect.stringMatching(/UTF-8/) }]);
    writeFileSync(join(folder, settings), `data: ${"x".repeat(5 * 1024 * 1024)}`);
    expect(load(folder)).toMatchObject([{ says: expect.stringMatching(/exceeds/) }]);
  });

  test("faults of several files are found in one run", () => {
    const faults = load(
      write({ [catalogue]: "servers: { desk: {} }\n", [persona]: "role: clerk\ngrants: 3\n" }),
    );
    expect(isLoaded(faults) ? [] : faults.map((fault) => fault.file)).toEqual([catalogue, persona]);
  });

  test("no fault repeats what stands where a secret might have been put by mistake", () => {
    const secret = `s${randomBytes(12).toString("hex")}`;
    const places = [
      `credential: { header: X-Key, from: ${secret} }`,
      `credential: { header: X-Key, from: [${secret}] }`,
      `credential: { header: "${secret} ${secret}", from: env:A }`,
      `credential: ${secret}`,
      `environment: [${secret}]`,
      `reach: ${secret}`,
      `labels: ${secret}`,
    ];
    for (const place of places) {
      const faults = load(write({ [catalogue]: `servers:\n  desk:\n    ${http}\n    ${place}\n` }));
      expect({ place, loads: isLoaded(faults) }).toEqual({ place, loads: false });
      expect(JSON.stringify(faults)).not.toContain(secret);
    }
    const faults = load(
      write({
        [catalogue]: `servers: { desk: { transport: { http: { url: "https://u:${secret}@a" } } } }\n`,
      }),
    );
    expect(JSON.stringify(faults)).not.toContain(secret);
    expect(faults).toMatchObject([{ file: catalogue }]);
  });
});

describe("a sound configuration", () => {
  test("has absolute paths, endpoints for personas and servers, and tables that compile", () => {
    const folder = write({
      [settings]: "data: ./state\nservers: { desk: { role: clerk } }\n",
      [catalogue]: `servers:
  desk:
    transport: { stdio: { command: ./bin/desk, args: [--at, ../shared], env: { DESK_FILE: ./state/desk.json, MODE: plain } } }
    credential: { env: DESK_KEY, from: file:keys/desk }
    repeatable: [find]
  other: { ${http} }
  fresh: { ${http} }
`,
      [persona]: role(
        "  - { tool: find, server: desk, effect: read, reason: x, arguments: { query: { inside: [./files, ../up/, /srv/a/] } } }",
      ),
    });
    const { dataFolder, catalogue: approved, endpoints, tables, inherited, lockFile } = loaded(folder);
    expect(dataFolder).toBe(join(folder, "state"));
    expect(lockFile).toBe(join(folder, "catalogue.lock"));
    expect(inherited).toEqual({ PATH: "/bin", HOME: "/root" });
    expect(approved.servers["desk"]).toMatchObject({
      transport: {
        stdio: {
          command: join(folder, "bin/desk"),
          args: ["--at", join(dirname(folder), "shared")],
          folder,
          env: { DESK_FILE: join(folder, "state/desk.json"), MODE: "plain" },
        },
      },
      credential: { env: "DESK_KEY", from: `file:${join(folder, "keys/desk")}` },
    });
    expect(endpoints).toEqual([
      { tenant: "default", kind: "persona", name: "clerk", persona: "clerk" },
      { tenant: "default", kind: "server", name: "desk", persona: "clerk" },
    ]);
    const table = tables.get("clerk")?.table;
    expect(table?.grants[0]?.arguments).toEqual({
      "/query": { inside: [join(folder, "personas/files"), join(folder, "up"), "/srv/a"] },
    });
    expect(table === undefined || Array.isArray(compileRole(table))).toBe(false);
  });

  test("the catalogue loads although a role is broken", () => {
    const folder = write({ [persona]: "role: [" });
    expect(isLoaded(load(folder))).toBe(false);
    expect(isLoaded(loadCatalogue(folder))).toBe(true);
  });
});

describe("what is shipped", () => {
  const folders = readdirSync(examples).filter((name) => existsSync(join(examples, name, "gatehouse.yaml")));

  test("there is the quick start", () => expect(folders).toContain("quickstart"));

  test.each(folders)(
    "the example %s loads, and every path it names is absolute and in its folder",
    (name) => {
      const folder = join(examples, name);
      const { tables, lock, catalogue: approved } = loaded(folder);
      expect(tables.size).toBeGreaterThan(0);
      for (const { table } of tables.values()) {
        for (const { arguments: constraints = {}, reason } of table.grants) {
          expect(reason.length).toBeGreaterThan(10);
          for (const { inside = [] } of Object.values(constraints))
            for (const path of [inside].flat()) {
              expect(isAbsolute(path) && path.startsWith(folder)).toBe(true);
              expect({ path, exists: existsSync(path) }).toEqual({ path, exists: true });
            }
        }
      }
      for (const [server, { tools }] of Object.entries(lock.servers)) {
        expect(Object.keys(approved.servers)).toContain(server);
        for (const pinned of Object.values(tools))
          expect(definitionDigest("tool", pinned.definition)).toBe(pinned.digest);
      }
      expect(JSON.stringify(lock)).not.toContain(repository);
    },
  );

  test("the examples in docs/configuration.md load", () => {
    const text = readFileSync(join(repository, "docs/configuration.md"), "utf8");
    const blocks = new Map(
      [...text.matchAll(/```yaml\n# (\S+)\n([\s\S]*?)```/g)].map(([, file = "", yaml = ""]) => [file, yaml]),
    );
    expect([...blocks.keys()]).toEqual([settings, catalogue, "personas/reader.role.yaml"]);
    const folder = mkdtempSync(join(root, "docs-"));
    for (const [file, yaml] of blocks) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), yaml);
    }
    expect(loadCatalogue(folder)).toMatchObject({
      catalogue: { servers: { tickets: { labels: ["customer-data"] } } },
    });
    // The role names servers of the quick start.
    const around = loadCatalogue(quickstart);
    if (!isLoaded(around)) throw new Error(around.map((fault) => sayFault(fault)).join("\n"));
    expect(loadRole(join(folder, "personas/reader.role.yaml"), "reader", around)).toMatchObject({
      role: { role: "reader" },
    });
  });

  test("the quick start's personas see less than half of what the servers offer", () => {
    const { tables, lock } = loaded(quickstart);
    const offered = Object.values(lock.servers).reduce(
      (sum, { tools }) => sum + Object.keys(tools).length,
      0,
    );
    for (const { table } of tables.values())
      expect(table.grants.filter((grant) => grant.kind === "tool").length * 2).toBeLessThan(offered);
  });
});

describe("whatever is done to a file", () => {
  const edits = fc.array(
    fc.record({
      at: fc.nat(4000),
      cut: fc.nat(12),
      put: fc.oneof(
        fc.constantFrom(
          "",
          "\n",
          "  ",
          "\t",
          ": ",
          "- ",
          "{",
          "}",
          "[",
          "]",
          "'",
          '"',
          "#",
          "*a",
          "&a ",
          "!!map ",
          "? ",
          "|",
          ">",
          "---\n",
          "null",
          "1e999",
          "__proto__: ",
          "<<: *a",
          "\0",
          "\ud800",
        ),
        fc.string({ maxLength: 8 }),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  );
  const mutate = (text: string, list: readonly { at: number; cut: number; put: string }[]): string =>
    list.reduce((each, { at, cut, put }) => {
      const from = at % (each.length + 1);
      return each.slice(0, from) + put + each.slice(from + cut);
    }, text);

  test("a mutated role gives a role or faults inside the file, and never throws", () => {
    const around = loadCatalogue(quickstart);
    if (!isLoaded(around)) throw new Error("the quick start does not load");
    const text = readFileSync(join(quickstart, "personas/curator.role.yaml"), "utf8");
    const folder = mkdtempSync(join(root, "m-"));
    const file = join(folder, "curator.role.yaml");
    let loads = 0;
    fc.assert(
      fc.property(edits, (list) => {
        writeFileSync(file, mutate(text, list));
        const read = readFileSync(file, "utf8").split("\n");
        const result = loadRole(file, "curator", around);
        const faults = isLoaded(result) ? [] : result;
        if (isLoaded(result)) loads++;
        // What loads compiles; what does not has faults.
        expect(
          isLoaded(result) ? !Array.isArray(compileRole(result.resolved.table)) : faults.length > 0,
        ).toBe(true);
        for (const { line, column, says, do: remedy } of faults) {
          expect(line).toBeLessThanOrEqual(read.length);
          expect(column).toBeLessThanOrEqual((read[line - 1] ?? "").length + 1);
          expect(`${says} ${remedy}`).not.toMatch(/[\p{Cc}]|undefined|\[object|NaN/u);
        }
      }),
      { numRuns: 300 },
    );
    expect(loads).toBeGreaterThan(0);
  });

  test("a mutated catalogue, lock or settings file gives a configuration or faults, and never throws", () => {
    const folder = mkdtempSync(join(root, "m-"));
    cpSync(join(quickstart, "personas"), join(folder, "personas"), { recursive: true });
    const names = [settings, catalogue, "catalogue.lock"];
    const texts = names.map((name) => readFileSync(join(quickstart, name), "utf8"));
    fc.assert(
      fc.property(fc.nat(2), edits, (which, list) => {
        for (const [at, name] of names.entries())
          writeFileSync(join(folder, name), at === which ? mutate(texts[at] ?? "", list) : (texts[at] ?? ""));
        const result = load(folder);
        expect(isLoaded(result) || result.length > 0).toBe(true);
      }),
      { numRuns: 120 },
    );
  });

  test("a file of nothing but nesting is refused in a moment", () => {
    const read = (): void => {
      for (const text of [
        "[".repeat(4_000_000),
        "{a: ".repeat(1_000_000),
        "- ".repeat(2_000_000),
        "? ".repeat(2_000_000),
      ])
        expect(parseYaml(text, "f")).toMatchObject([{ says: "the values are nested too deeply" }]);
    };
    expect(costMs(read, 2_000)).toBeLessThan(2_000);
  });

  test("any text is YAML that can be walked, or faults", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const read = parseYaml(text, "f");
        expect(!Array.isArray(read) || read.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
