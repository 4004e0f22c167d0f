import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { cleanUp, makeProject, openDesk, key } from "../control/desk.fixture.ts";
import { cli, cliJson, until } from "./cli.fixture.ts";
import { commands } from "./commands.ts";
import { execute } from "./program.ts";

afterEach(cleanUp);

const program = new URL("program.ts", import.meta.url).href;

function wordsOf(argv: readonly string[], env: string): string[] {
  const script = `const { run } = await import(${JSON.stringify(program)}); process.exit(await run(process.argv.slice(1), ${env}));`;
  return ["--input-type=module", "-e", script, "--", ...argv];
}

/** A process of its own, through a shell where `then` says what reads its output. */
function spawnProgram(
  argv: readonly string[],
  options: { cwd?: string; env?: string; pipe?: string } = {},
): Promise<{ status: number | null; out: string; err: string }> {
  const words = wordsOf(argv, options.env ?? "process.env");
  const child =
    options.pipe === undefined
      ? spawn(process.execPath, words, { cwd: options.cwd })
      : spawn("/bin/sh", ["-c", `"$0" "$@" | ${options.pipe}`, process.execPath, ...words], {
          cwd: options.cwd,
        });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, out, err })));
}

describe("the command line", () => {
  test("alone prints every command of the table, as `help` does", async () => {
    const folder = makeProject();
    const alone = await cli(folder, []);
    expect(alone.status).toBe(0);
    expect((await cli(folder, ["help"])).out).toEqual(alone.out);
    const text = alone.out.join("\n");
    for (const { name, help } of commands) {
      expect(text).toContain(`gatehouse ${name}`);
      expect(text).toContain(help);
    }
  });

  test("help and misuse spell commands for the folder that GATEHOUSE_CONFIG or --config names", async () => {
    const folder = makeProject();
    const out: string[] = [];
    const lines = { out: (text: string) => void out.push(text), err: (text: string) => void out.push(text), closed: new AbortController().signal }; // prettier-ignore
    const speller = (of: string) => (text: string) => text.replaceAll("gatehouse ", `gatehouse of ${of} `);
    await execute(["help", "scan"], { GATEHOUSE_CONFIG: folder }, lines, speller);
    expect(out.at(-1)).toBe(`Here, gatehouse is typed as: gatehouse of ${folder}`);
    await execute(["dlp", "--config", folder], {}, lines, speller);
    expect(out.at(-1)).toContain(`gatehouse of ${folder} help dlp`);
  });

  test("--help after a command prints that one, and runs nothing", async () => {
    const { status, out } = await cli(makeProject(), ["kill", "--all", "--reason", "r", "--help"]);
    expect(status).toBe(0);
    expect(out[0]).toContain("gatehouse kill");
    expect(out.join("\n")).not.toContain("gatehouse keys");
  });

  test.each([
    [["keyz"], "did you mean `keys`"],
    [["keys"], "which keys command?"],
    [["keys", "--all"], "which keys command?"],
    [["sessions", "lits"], "did you mean `list`"],
    [["audit", "nothing-like-it"], "Known: `tail`"],
    [["help", "keyz"], "did you mean `keys`"],
    [["keys", "list", "--wrong"], "unknown option --wrong"],
    [["keys", "create", "--agent"], "--agent needs a value"],
    [["audit", "tail", "-n", "many"], "-n must be a whole number from 0 to"],
    [["audit", "tail", "-n"], "gatehouse: -n needs a value"],
    [["audit", "tail", "-n", "1e400"], "whole number"],
    [["sessions", "list", "-n", "99999999"], "-n must be a whole number from 1 to 10000"],
    [["audit", "verify", "--first", "abc"], "INCARNATION/000001.jsonl"],
    [["start", "--port", "99999"], "--port must be a whole number from 0 to 65535"],
    [["start", "--port=-1"], "--port must be a whole number from 0 to 65535"],
    [["kill", "--all"], "--reason is missing"],
    [["call"], "call takes a persona"],
    [["role", "chek"], "did you mean `check`"],
  ])("%j is misuse, and the words say what is wrong", async (argv, says) => {
    const { status, out, err } = await cli(makeProject(), argv);
    expect({ status, out }).toEqual({ status: 2, out: [] });
    expect(err.join("\n")).toContain(says);
  });

  test("with --json every failure is JSON too, and the last line closes the command", async () => {
    const folder = makeProject();
    for (const [argv, command, status] of [
      [["keyz"], "keyz", 2],
      [["keys", "create"], "keys create", 2],
      [["status"], "status", 1],
      [["sessions", "show", "x"], "sessions show", 1],
    ] as const) {
      const ran = await cliJson(folder, argv);
      expect(ran.status).toBe(status);
      expect(ran.values).toMatchObject([{ fault: { says: expect.any(String), do: expect.any(String) } }]);
      expect(ran.last).toEqual({ command, commit: expect.any(String), ok: false, figures: {} });
    }
  });

  test("faults of gatehouse.yaml are printed with their place, and status 2", async () => {
    const folder = makeProject("listen:\n  prot: 1\n");
    const { status, err } = await cli(folder, ["status"]);
    expect(status).toBe(2);
    expect(err.join("\n")).toMatch(/gatehouse\.yaml:2:3: .*To mend it: .*port/);
    expect((await cliJson(folder, ["status"])).values).toMatchObject([{ fault: { line: 2, column: 3 } }]);
  });

  test("no node is a finding that says what to start", async () => {
    const { status, err } = await cli(makeProject(), ["sessions", "list"]);
    expect(status).toBe(1);
    expect(err).toEqual([expect.stringContaining("gatehouse start")]);
  });

  test("an error of the table is printed with its remedy, one of the node's with its own words; status 1", async () => {
    const desk = openDesk();
    await desk.listen();
    const refused = await cli(desk.folder, ["sessions", "show", key("reader", "nobody")]);
    expect(refused.status).toBe(1);
    expect(refused.err.join("\n")).toContain("no session has this key");
    writeFileSync(join(desk.folder, "gatehouse.yaml"), "data: ./other\n");
    mkdirSync(join(desk.folder, "other/keys.json"), { recursive: true });
    const { status, err } = await cli(desk.folder, ["keys", "list"]);
    expect(status).toBe(1);
    expect(err.join("\n")).toMatch(/not a regular file\. To mend it: /);
  });

  test("no words, however wrong, end in anything but 0, 1 or 2", async () => {
    const folder = makeProject();
    const word = fc.oneof(
      fc.constantFrom(
        ...commands.flatMap(({ name }) => name.split(" ")),
        "--agent",
        "--all",
        "-n",
        "--reason",
        "--json",
        "--config",
      ),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (argv) => {
        fc.pre(argv[0] !== "start" && argv[0] !== "connect" && !argv.includes("--config"));
        // It would wait for what standard input says.
        const [first, ...rest] = argv.filter((each) => each !== "--json");
        fc.pre(first !== "scan" || (rest.length > 0 && !rest.includes("-")));
        expect([0, 1, 2]).toContain((await cli(folder, argv)).status);
      }),
      { numRuns: 150 },
    );
  });
});

describe("as a process", () => {
  test("the nearest gatehouse.yaml upwards is the project, GATEHOUSE_CONFIG comes before it, --config before both", async () => {
    const [here, other] = [makeProject(), makeProject()];
    const below = join(here, "a/b");
    mkdirSync(below, { recursive: true });
    writeFileSync(join(other, "gatehouse.yaml"), "data: ./other-data\nprot: 1\n");
    const nearest = await spawnProgram(["keys", "list"], { cwd: below });
    expect(nearest).toMatchObject({ status: 0, err: "" });
    const named = await spawnProgram(["keys", "list"], {
      cwd: below,
      env: `{ GATEHOUSE_CONFIG: ${JSON.stringify(other)} }`,
    });
    expect(named.status).toBe(2);
    expect(named.err).toContain("prot");
    // What it says to type is for that project, too, before it is known which command is meant.
    const misused = await spawnProgram(["keys"], { cwd: below, env: `{ GATEHOUSE_CONFIG: ${JSON.stringify(other)} }` }); // prettier-ignore
    expect(misused.err).toMatch(/-- help keys$/m);
    expect(
      (
        await spawnProgram(["keys", "list", `--config=${here}`], {
          cwd: below,
          env: `{ GATEHOUSE_CONFIG: ${JSON.stringify(other)} }`,
        })
      ).status,
    ).toBe(0);
  });

  test("a folder that is none is misuse", async () => {
    const { status, err } = await spawnProgram(["keys", "list", "--config", "/nowhere-at-all"]);
    expect(status).toBe(2);
    expect(err).toContain("is no folder");
  });

  test("a bug of ours ends with 70, its stack on standard error and, with --json, a closing line", async () => {
    const env = `new Proxy({}, { get() { throw new TypeError("planted"); } })`;
    const { status, out, err } = await spawnProgram(["keys", "list", "--json"], { env });
    expect(status).toBe(70);
    expect(err).toMatch(/planted\n\s+at /);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { fault: { do: expect.stringContaining("report") } },
      { command: "keys list", ok: false },
    ]);
  });

  test("a reader that goes away early ends it without a word", async () => {
    const desk = openDesk();
    for (let at = 0; at < 2_000; at++) desk.judge(key("reader", `agent-${at}`), "no-such-tool");
    await desk.close();
    const { out, err } = await spawnProgram(["audit", "tail", "-n", "100000", "--config", desk.folder], {
      pipe: "head -n 1",
    });
    expect(out.split("\n")).toHaveLength(2);
    expect(err).toBe("");
  });

  test("Ctrl-C ends `audit tail --follow` in order: a closing line, status 0", async () => {
    const desk = openDesk();
    await desk.call(key("reader", "ann"), "list");
    const argv = ["audit", "tail", "--follow", "--json", "--config", desk.folder];
    const child = spawn(process.execPath, wordsOf(argv, "process.env"));
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    const ended = new Promise((resolve) => child.on("close", resolve));
    await until(() => out.includes('"outcome"'), "the outcome is shown");
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(JSON.parse(out.trim().split("\n").at(-1) ?? "")).toMatchObject({
      command: "audit tail",
      ok: true,
    });
  });

  test("--version names the program", async () => {
    expect((await spawnProgram(["--version"])).out).toMatch(/^gatehouse \d+\.\d+\.\d+, Node\.js \d+/);
  });
});
