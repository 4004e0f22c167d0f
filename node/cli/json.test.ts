/** Every command of the program with --json, well used and misused (docs/cli.md). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../protocol/json.ts";
import { cli } from "./cli.fixture.ts";
import { commands } from "./commands.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

const texts = fileURLToPath(new URL("testdata/texts.jsonl", import.meta.url));
const missionText = fileURLToPath(new URL("testdata/mission.md", import.meta.url));
const program = fileURLToPath(new URL("../../bin/gatehouse.mjs", import.meta.url));

/** After any day on which this runs: all records are learned from. */
const someday = "2999-01-01";

/** Words with which each command does something in a project that has a node, a key, a session and records. */
interface Scene {
  readonly key: string;
  readonly id: string;
  readonly session: string;
  readonly op: string;
  readonly scope: string;
  /** Approval of a call that waits. */
  readonly parked: string;
  /** Values of an index, a table, and the index. */
  readonly table: string;
  readonly other: string;
  readonly index: string;
  /** Of a baseline that is in force. */
  readonly baseline: string;
  readonly role: string;
}
const lines: { readonly [command: string]: (scene: Scene) => readonly string[] } = {
  status: () => [],
  call: ({ key }) => ["reader", "echo", '{"word":"x"}', "--key", key],
  "role check": () => [],
  "role explain": () => ["reader"],
  "role draft": () => ["toy"],
  "role compile": () => ["--mission", missionText],
  "role diff": ({ role }) => ["reader", "--against", role],
  "role approve": () => ["reader", "--reason", "a test"],
  "role reload": () => [],
  "role history": () => ["reader"],
  "skills list": () => [],
  "skills show": () => ["words"],
  "skills used-by": () => ["words"],
  risk: () => [],
  "catalogue check": () => [],
  "catalogue accept": () => ["toy", "--yes"],
  "keys create": () => ["--agent", "ann", "--persona", "reader"],
  "keys list": () => [],
  "keys rotate": ({ id }) => [id],
  "keys revoke": ({ id }) => [id],
  "vault put": () => ["erp", "--from", "env:PATH"],
  "vault list": () => [],
  "vault remove": () => ["crm"],
  "vault rewrap": () => [],
  "vault status": () => [],
  "audit tail": () => ["-n", "3"],
  "audit show": ({ op }) => [op],
  "audit verify": () => [],
  "audit replay": ({ session }) => [session],
  "sessions list": () => [],
  "sessions show": ({ session }) => [session],
  "scopes list": () => [],
  "approvals list": () => [],
  "approvals approve": ({ parked }) => [parked, "--reason", "seen"],
  "approvals deny": ({ parked }) => [parked],
  "scopes show": ({ scope: key }) => [key],
  "sessions lift": ({ session }) => [session],
  "baseline build": () => ["reader", "--to", someday],
  "baseline shadow": ({ baseline }) => ["reader", baseline, "--from", "2020-01-01"],
  "baseline promote": ({ baseline }) => ["reader", baseline, "--reason", "a drill", "--unmeasured"],
  "baseline rollback": () => ["reader", "--reason", "a drill"],
  "baseline show": () => ["reader"],
  kill: ({ session }) => [session, "--reason", "a drill"],
  scan: () => [texts],
  "dlp types": () => [],
  "dlp explain": () => ["pan.visa"],
  "dlp try": () => ["reader", "echo", texts],
  "dlp external": () => [],
  "dlp index": ({ other, index }) => [
    other,
    "--name",
    "people",
    "--keys",
    "id",
    "--columns",
    "name",
    "--out",
    index,
  ],
  "dlp fingerprint": ({ role, index }) => [role, "--name", "plan", "--out", `${index}.docs`],
  "dlp revoke": ({ index, table }) => [index, "--from", table],
};

/** They change nothing that another one sees, and share a project. */
const reading = [
  "status",
  "role check",
  "role explain",
  "role draft",
  "role compile",
  "role diff",
  "role history",
  "skills list",
  "skills show",
  "skills used-by",
  "risk",
  "catalogue check",
  "keys list",
  "vault list",
  "vault status",
  "audit tail",
  "audit show",
  "audit verify",
  "audit replay",
  "sessions list",
  "sessions show",
  "scopes list",
  "scopes show",
  "approvals list",
  "baseline shadow",
  "baseline show",
  "scan",
  "dlp types",
  "dlp explain",
  "dlp try",
  "dlp external",
];
/** They run until they are stopped; `connect` speaks MCP on its output. */
const streaming = ["start", "connect"];
/** Its standard output is its answer alone; the closing line goes to standard error (docs/cli.md). */
const answering = ["behaviour replay"];
/** They need one: test/cluster/desk.test.ts. */
const ofCluster = ["cluster status", "cluster drain", "audit recover"];

const wordsOf: { readonly [command: string]: readonly string[] } = {
  "cluster drain": ["n1"],
  "audit recover": ["n1", "--out", "recovered"],
};

type Value = { readonly [part: string]: Json };

function closing(command: string): unknown {
  return {
    command,
    commit: expect.stringMatching(/^[0-9a-f]{7,40}$|^unknown$/),
    ok: expect.any(Boolean),
    figures: expect.any(Object),
  };
}

/** Standard output as values. @throws when a line is not JSON */
function parsed(out: readonly string[]): Value[] {
  return out.map((line) => JSON.parse(line) as Value);
}

interface Project {
  readonly folder: string;
  readonly given: Scene;
}

async function scene(): Promise<Project> {
  const project = new ToyProject();
  project.grant(["echo"], ["fail"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  project.write("gatehouse.yaml", {
    listen: { port: 0 },
    scopes: { agent: { capacity: 100, perSecond: 10 } },
  });
  project.skill("words", []);
  const node = await project.start();
  await cli(project.folder, ["vault", "put", "crm", "--from", "env:PATH"], env);
  const made = parsed((await cli(project.folder, ["keys", "create", "--agent", "bob", "--persona", "reader", "--json"], env)).out); // prettier-ignore
  const { key, id } = made[0] as { key: string; id: string };
  const url = `http://127.0.0.1:${node.port}/t/default/p/reader/mcp`;
  const called = await cli(project.folder, ["call", "reader", "echo", "{}", "--key", key, "--url", url, "--json"], env); // prettier-ignore
  expect(called.status).toBe(0);
  const records = parsed((await cli(project.folder, ["audit", "tail", "-n", "50", "--kind", "intent", "--json"], env)).out); // prettier-ignore
  const { session, op } = records[0] as { session: string; op: string };
  const built = parsed((await cli(project.folder, ["baseline", "build", "reader", "--to", someday, "--json"], env)).out); // prettier-ignore
  const { version: baseline } = (built[0] as { baseline: { version: string } }).baseline;
  await cli(project.folder, ["baseline", "promote", "reader", baseline, "--reason", "a drill", "--unmeasured"], env); // prettier-ignore
  await cli(project.folder, ["call", "reader", "fail", "{}", "--key", key, "--url", url, "--json"], env);
  const waits = parsed((await cli(project.folder, ["approvals", "list", "--json"], env)).out);
  const { id: parked } = (waits[0] as { approval: { id: string } }).approval;
  const [table, index] = [join(project.folder, "people.csv"), join(project.folder, "people.edm")];
  writeFileSync(table, "id\n4711\n");
  await cli(project.folder, ["dlp", "index", table, "--name", "people", "--keys", "id", "--out", index], env);
  writeFileSync(table, "4711\n");
  const other = join(project.folder, "other.csv");
  writeFileSync(other, "id,name\n1,Ann\n");
  return {
    folder: project.folder,
    given: {
      key,
      id,
      session,
      op,
      parked,
      scope: "@agent/default/bob",
      table,
      other,
      index,
      role: join(project.folder, "personas", "reader.role.yaml"),
      baseline,
    },
  };
}

test("every command is walked here, or runs until it is stopped", () => {
  expect([...Object.keys(lines), ...streaming, ...answering, ...ofCluster].sort()).toEqual(
    commands.map(({ name }) => name).sort(),
  );
});

async function expectJsonAlone(command: string, { folder, given }: Project): Promise<void> {
  const words = lines[command]?.(given) ?? [];
  const { status, out } = await cli(folder, [...command.split(" "), ...words, "--json"], env);
  const values = parsed(out);
  expect([status, values.at(-1)]).toEqual([0, closing(command)]);
  expect(values.at(-1)?.["ok"]).toBe(true);
  expect(values.slice(0, -1).filter((value) => "figures" in value)).toEqual([]);
}

describe("--json, where nothing is changed", () => {
  let project: Project;
  beforeAll(async () => {
    project = await scene();
  });
  afterAll(cleanUpToys);

  test.each(reading)("%s prints JSON alone, and closes with the one line of docs/cli.md", (command) =>
    expectJsonAlone(command, project),
  );

  test.each(ofCluster)("%s at a node that is in no cluster says so, in JSON", async (command) => {
    const { status, out } = await cli(project.folder, [...command.split(" "), ...(wordsOf[command] ?? []), "--json"], env); // prettier-ignore
    expect([status, parsed(out).at(-1)]).toEqual([1, closing(command)]);
    expect(JSON.stringify(parsed(out)[0])).toContain("this node is in no cluster");
  });
});

describe("--json", () => {
  afterEach(cleanUpToys);

  test.each(Object.keys(lines).filter((command) => !reading.includes(command)))(
    "%s prints JSON alone, and closes with the one line of docs/cli.md",
    async (command) => expectJsonAlone(command, await scene()),
  );

  test.each(["keys list", "sessions list", "audit tail", "status"])(
    "%s with nothing to show or nobody to ask prints JSON alone",
    async (command) => {
      const project = new ToyProject();
      const { out } = await cli(project.folder, [...command.split(" "), "--json"], env);
      expect(parsed(out).at(-1)).toEqual(closing(command));
    },
  );

  test.each(commands.map(({ name }) => name).filter((name) => !streaming.includes(name)))(
    "%s with words it does not know is misuse, in JSON",
    async (command) => {
      const project = new ToyProject();
      const { status, out } = await cli(project.folder, [...command.split(" "), "--no-such-option", "--json"], env); // prettier-ignore
      const values = parsed(out);
      expect(status).toBeGreaterThan(0);
      expect(values.at(-1)).toEqual(closing(command));
      expect(values.some((value) => "fault" in value)).toBe(true);
    },
  );

  test.each([["help"], ["version"]])("%s is JSON too", async (word) => {
    const { out } = await cli(new ToyProject().folder, [`--${word}`, "--json"], env);
    expect(parsed(out).at(-1)).toEqual(closing(word));
  });
});

test("start prints the ready line first, JSON alone, and closes with the one line when it is stopped", async () => {
  const project = new ToyProject();
  project.grant(["echo"]);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  const args = [program, "start", "--json", "--port", "0", "--config", project.folder];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => {
    if (!out.includes("\n") && text.includes("\n")) child.kill("SIGTERM");
    out += text;
  });
  const [status] = (await once(child, "close")) as [number | null];
  const values = parsed(out.trimEnd().split("\n"));
  expect([status, values.at(-1)]).toEqual([0, closing("start")]);
  expect(values[0]).toHaveProperty("endpoints");
  await cleanUpToys();
});

describe("a server that does not start", () => {
  afterEach(cleanUpToys);
  const says = "cannot find module \u001b[31m'left-pad'\u001b[0m";

  function broken(): ToyProject {
    const project = new ToyProject();
    const file = join(project.folder, "broken.mjs");
    const many = Array.from({ length: 30 }, (_, at) => `console.error("line ${at}");`).join("");
    writeFileSync(
      file,
      `${many}console.error(${JSON.stringify(says)}); console.error("x".repeat(600)); process.exit(3);`,
    );
    const transport = { stdio: { command: "node", args: [file] } };
    const toy = { transport, isolation: "shared", environment: "dev", reach: "internal", era: "legacy" };
    project.write("catalogue.yaml", { servers: { toy } });
    return project;
  }

  test("has the last of what it said in the error that the operator reads, bounded and cleansed", async () => {
    const { folder } = broken();
    const { status, err } = await cli(folder, ["catalogue", "accept", "toy", "--yes"], env);
    const text = err.join("\n");
    expect(status).toBe(1);
    expect(text).toMatch(/its process ended \(exit code 3\)/);
    expect(text).toContain("its standard error: cannot find module [31m'left-pad'[0m");
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|line 20\b/);
    expect(err.filter((line) => line.includes("standard error"))).toHaveLength(8);
    expect(Math.max(...err.map((line) => line.length))).toBeLessThan(500);
  });

  test("also when a node is asked, and again while it waits before the next attempt", async () => {
    const project = broken();
    project.grant([]);
    await project.start();
    for (let attempt = 0; attempt < 3; attempt++) {
      const { out } = await cli(project.folder, ["catalogue", "check", "toy", "--json"], env);
      expect(parsed(out)[0]).toMatchObject({ server: "toy", fault: { code: "UPSTREAM_UNREACHABLE", heard: expect.arrayContaining([expect.stringContaining("left-pad")]) } }); // prettier-ignore
    }
  });
});
