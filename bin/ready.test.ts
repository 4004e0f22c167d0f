import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const bin = import.meta.dirname;
const printVersion = ["-p", "process.versions.node"];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  /** No npm can be found: whoever asks for it fails. */
  readonly withoutNpm?: boolean;
  /** Makes the process believe it is that Node.js. */
  readonly pretend?: string;
  readonly onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void;
}

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gatehouse-ready-"));
  mkdirSync(join(root, "bin"));
  for (const file of ["ready.mjs", "install-lock.mjs", "npm-install.mjs", "gatehouse.mjs"]) {
    copyFileSync(join(bin, file), join(root, "bin", file));
  }
  lock("1.0.0");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Its one dependency is a folder beside it: the install is real, and needs no network. */
function lock(version: string): void {
  const self = { name: "a", version, dependencies: { b: "file:b" } };
  const packages = { "": self, b: { version: "1.0.0" }, "node_modules/b": { resolved: "b", link: true } };
  mkdirSync(join(root, "b"), { recursive: true });
  writeFileSync(join(root, "b", "package.json"), JSON.stringify({ name: "b", version: "1.0.0" }));
  writeFileSync(join(root, "package.json"), JSON.stringify(self));
  const lockfile = { name: "a", version, lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lockfile));
}

/** What `npm ci` by hand leaves behind: no stamp of ours, but npm's own record. */
function installByHand(): void {
  const record = { packages: { b: { version: "1.0.0" }, "node_modules/b": { resolved: "b", link: true } } };
  mkdirSync(join(root, "node_modules", "b"), { recursive: true });
  writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify(record));
}

function holdLock(holder: object): void {
  writeFileSync(join(root, ".ready.lock"), JSON.stringify({ host: hostname(), ...holder }));
}

/** A process id that was someone's, and is nobody's any more. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "0"]);
  await new Promise((done) => child.on("exit", done));
  return child.pid ?? 0;
}

function start(file: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  const { npm_execpath: _outer, ...inherited } = process.env;
  const env = { ...inherited, ...(options.withoutNpm && { PATH: dirname(process.execPath) }) };
  const versions = `Object.defineProperty(process, "versions", { value: { node: ${JSON.stringify(options.pretend)} } })`;
  const preload =
    options.pretend === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(versions)}`];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [...preload, join(root, "bin", file), ...args], { env });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      options.onOutput?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

function ready(args: readonly string[], options?: Options): Promise<Ended> {
  return start("ready.mjs", args, options);
}

describe("installs", () => {
  test("the first run installs and says so on stderr only; the second asks nobody and says nothing", async () => {
    const first = await ready(["run", ...printVersion]);
    expect(first).toMatchObject({ code: 0, stdout: `${process.versions.node}\n` });
    expect(first.stderr).toMatch(/installed runtime dependencies in/);
    expect(existsSync(join(root, ".ready.lock"))).toBe(false);

    const second = await ready(["run", ...printVersion], { withoutNpm: true });
    expect(second).toEqual({ code: 0, stdout: `${process.versions.node}\n`, stderr: "" });
  });

  test("a changed lockfile is installed again", async () => {
    await ready(["run", ...printVersion]);
    lock("1.0.1");
    rmSync(join(root, "node_modules", ".package-lock.json"), { force: true });
    expect((await ready(["run", ...printVersion])).stderr).toMatch(/installed runtime/);
  });

  test("an install for development serves the runtime too", async () => {
    await ready(["tool", ...printVersion]);
    expect(await ready(["run", ...printVersion], { withoutNpm: true })).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  test("an install that npm made without us is adopted", async () => {
    installByHand();
    expect(await ready(["tool", ...printVersion], { withoutNpm: true })).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  test("an interrupted install, without npm's record, is none", async () => {
    mkdirSync(join(root, "node_modules", "b"), { recursive: true });
    expect((await ready(["run", ...printVersion])).stderr).toMatch(/installed runtime/);
  });

  test("without npm the command is not started, and the remedy is said", async () => {
    const { code, stdout, stderr } = await ready(["run", ...printVersion], { withoutNpm: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/Install npm 10 or newer/);
  });

  test("when npm fails, its last words are shown, and a test run still ends with a count", async () => {
    const bad = { name: "a", version: "1.0.0", dependencies: { "not-locked-anywhere": "1.0.0" } };
    writeFileSync(join(root, "package.json"), JSON.stringify(bad));
    const { code, stdout, stderr } = await ready(["test", ...printVersion]);
    expect(code).toBe(1);
    expect(stdout).toBe("0 passed, 1 failed\n");
    expect(stderr).toMatch(/npm failed[^]*What to do: /);
    expect(existsSync(join(root, ".ready.lock"))).toBe(false);
  });

  test("a folder that was asked for and has no lockfile is named", async () => {
    expect((await ready(["start", ...printVersion])).stderr).toContain(
      "deploy/examples/quickstart has no package-lock.json",
    );
  });
});

describe("the lock", () => {
  test("of a process that is gone is taken over", async () => {
    holdLock({ pid: await deadPid() });
    const { code, stderr } = await ready(["run", ...printVersion]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/took over the lock/);
  });

  test.each(["pid", "npmPid"])("of a process that lives (%s) is waited for", async (key) => {
    holdLock({ pid: await deadPid(), [key]: process.pid });
    const waiting = ready(["run", ...printVersion]);
    const first = await Promise.race([
      waiting,
      new Promise((done) => setTimeout(() => done("waiting"), 600)),
    ]);
    expect(first).toBe("waiting");
    expect(existsSync(join(root, "node_modules"))).toBe(false);
    rmSync(join(root, ".ready.lock"));
    const { code, stderr } = await waiting;
    expect(code).toBe(0);
    expect(stderr).toMatch(/another run \(process \d+\) is installing; waiting/);
  });

  test("three runs at once install once, and all three succeed", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => ready(["run", ...printVersion])));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.filter(({ stderr }) => stderr.includes("ready: installed"))).toHaveLength(1);
  });
});

describe("the command", () => {
  beforeEach(installByHand);

  test("hands on its exit status", async () => {
    expect((await ready(["run", "-e", "process.exit(7)"])).code).toBe(7);
  });

  test("that a signal ended has the shell's status for it", async () => {
    expect((await ready(["run", "-e", "process.kill(process.pid, 'SIGKILL')"])).code).toBe(128 + 9);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("gets %s, and ends in its own way", async (signal) => {
    const script = `process.on(${JSON.stringify(signal)}, () => process.exit(3)); setInterval(() => {}, 1e6); console.log("up")`;
    const ended = await ready(["run", "-e", script], { onOutput: (_, kill) => kill(signal) });
    expect(ended).toMatchObject({ code: 3, stdout: "up\n" });
  });

  test("is found from the repository's root, wherever the caller stands", async () => {
    writeFileSync(join(root, "here.mjs"), "console.log(process.argv.slice(2).join())");
    expect((await ready(["run", "here.mjs", "a", "--b"])).stdout).toBe("a,--b\n");
  });

  test("is refused on an old Node.js when npm brought no newer one", async () => {
    const { code, stderr } = await ready(["run", ...printVersion], { pretend: "20.20.2" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Node\.js 24/);
  });

  test("that nobody named gets the usage", async () => {
    expect(await ready(["run"])).toMatchObject({ code: 2, stdout: "" });
    expect(await ready(["constructor", "a"])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("gatehouse", () => {
  const program = (body: string): void => {
    mkdirSync(join(root, "node", "cli"), { recursive: true });
    writeFileSync(
      join(root, "node", "cli", "program.ts"),
      `export async function run(argv: string[]): Promise<number> { ${body} }`,
    );
  };

  test("explains itself on an old Node.js", async () => {
    program("return 0;");
    const { code, stdout, stderr } = await start("gatehouse.mjs", ["start"], { pretend: "20.20.2" });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/needs Node\.js 24 or newer, and this is 20\.20\.2[^]*npm run -s gatehouse/);
  });

  test("hands its arguments to the program, and its status to the caller", async () => {
    program("console.log(argv.join()); return 1;");
    expect(await start("gatehouse.mjs", ["role", "check"])).toMatchObject({
      code: 1,
      stdout: "role,check\n",
    });
  });

  test("says which dependency is not installed", async () => {
    program("return 0;");
    const source = readFileSync(join(root, "node", "cli", "program.ts"), "utf8");
    writeFileSync(join(root, "node", "cli", "program.ts"), `import "not-there";\n${source}`);
    const { code, stderr } = await start("gatehouse.mjs", []);
    expect(code).toBe(2);
    expect(stderr).toMatch(/'not-there'[^]*installs what is missing/);
  });

  test("calls a fault of ours an internal error", async () => {
    program("throw new Error('lost the plot');");
    const { code, stderr } = await start("gatehouse.mjs", []);
    expect(code).toBe(70);
    expect(stderr).toMatch(/internal error[^]*lost the plot/);
  });

  test("says that a copy without the program is incomplete", async () => {
    expect((await start("gatehouse.mjs", [])).stderr).toMatch(/incomplete/);
  });
});
