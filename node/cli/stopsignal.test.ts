import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { readRecords } from "../record/reader.ts";
import { cli, until } from "./cli.fixture.ts";
import { cleanUpToys, env, tool, ToyProject } from "./toyproject.fixture.ts";

const file = (path: string): string => fileURLToPath(new URL(`../../bin/${path}`, import.meta.url));
const groups = new Set<number>();

afterEach(async () => {
  for (const group of groups) kill(group, "SIGKILL");
  groups.clear();
  await cleanUpToys();
});

function kill(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nobody is left, which is what was wanted.
  }
}

/** A node behind bin/ready.mjs in a process group of its own, as a shell starts it, whose upstream runs. */
class Group {
  readonly project = new ToyProject();
  child!: ChildProcess;
  out = "";
  err = "";
  ended!: Promise<number | null>;
  key = "";

  async start(): Promise<this> {
    this.project.list([tool("echo"), tool("never")]);
    await cli(this.project.folder, ["catalogue", "accept", "toy"], env);
    this.project.grant(["echo", "never"]);
    const args = ["start", "--json", "--port", "0", "--config", this.project.folder];
    this.child = spawn(process.execPath, [file("ready.mjs"), "run", "bin/gatehouse.mjs", ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    groups.add(this.child.pid ?? 0);
    this.child.stdout?.on("data", (text: Buffer) => (this.out += text.toString()));
    this.child.stderr?.on("data", (text: Buffer) => (this.err += text.toString()));
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    await until(() => this.out.includes("\n"), "the node is ready");
    this.key = (JSON.parse(this.out.split("\n")[0] ?? "") as { key: string }).key;
    const { status, err } = await this.call("echo");
    if (status !== 0) throw new Error(`the upstream does not run: ${err.join("; ")}`);
    return this;
  }

  call(name: string): ReturnType<typeof cli> {
    return cli(this.project.folder, ["call", "reader", name, "{}"], { ...env, GATEHOUSE_KEY: this.key });
  }

  signal(signal: NodeJS.Signals): void {
    kill(this.child.pid ?? 0, signal);
  }

  /** What the records say last of the node itself. */
  lastWord(): unknown {
    const folder = join(this.project.folder, ".gatehouse", "records");
    return [...readRecords(folder, { kind: "node" })].at(-1)?.about?.["what"];
  }
}

/** Process groups of what the group's processes have started apart from it. */
function upstreamGroups(leader: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: number): boolean => pid === leader || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  const group = (pid: number): number => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  };
  return [...parents.keys()].filter((pid) => pid !== leader && isBelow(pid) && group(pid) !== leader);
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s to the whole process group stops the node in order, once",
  async (signal) => {
    const group = await new Group().start();
    group.signal(signal);
    expect(await group.ended).toBe(0);
    expect(group.err).not.toContain("second signal");
    expect(group.out).toContain('"command":"start"');
    expect(group.lastWord()).toBe("stopped");
  },
);

test("upstreams that die of the same signal do not disturb it", async () => {
  const group = await new Group().start();
  const upstreams = upstreamGroups(group.child.pid ?? 0);
  expect(upstreams).toHaveLength(1);
  group.signal("SIGTERM");
  for (const upstream of upstreams) kill(upstream, "SIGTERM");
  expect(await group.ended).toBe(0);
  expect(group.lastWord()).toBe("stopped");
});

test("a later second signal leaves at once, and says so", async () => {
  const group = await new Group().start();
  const open = group.call("never");
  const records = join(group.project.folder, ".gatehouse", "records");
  await until(() => [...readRecords(records, { kind: "intent" })].length === 2, "the call is under way");
  group.signal("SIGINT");
  await setTimeout(limits.signalEchoMs + 200);
  expect(group.child.exitCode).toBe(null);
  group.signal("SIGINT");
  expect(await group.ended).toBe(130);
  expect(group.err).toContain("second signal: leaving now");
  await open;
});
