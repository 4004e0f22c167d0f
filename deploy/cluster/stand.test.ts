import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { bucketStream } from "./permissions.ts";
import type { ServerExit } from "./serverprocess.ts";
import { startStand } from "./stand.ts";
import type { Stand } from "./stand.ts";

const threeServersMs = 90_000;
/** For what has no bound of its own, on a busy machine. */
const patienceMs = 30_000;

function isAlive(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !holds() && Date.now() < deadline;) await delay(20);
  expect(holds()).toBe(true);
}

/** Which server leads the bucket's stream. Asks until there is one. */
async function leaderOf(stand: Stand): Promise<number> {
  const connection = await connect({ ...stand.operatorOptions(), maxReconnectAttempts: -1 });
  try {
    const { streams } = await jetstreamManager(connection, { checkAPI: false }); // nobody may lead just now
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(100)) {
      const info = await streams.info(bucketStream).catch(() => undefined);
      const leader = info?.cluster?.leader;
      if (leader !== undefined && leader !== "") return stand.indexOf(leader);
    }
    throw new Error("no server leads the stream");
  } finally {
    await connection.close();
  }
}

test("one plain server serves JetStream, and is gone with its folder after stop", async () => {
  const stand = await startStand({ tls: false, authentication: false });
  const [pid] = stand.pids;
  const connection = await connect(stand.options("anyone", "store"));
  const { streams } = await jetstreamManager(connection);
  await streams.add({ name: bucketStream, subjects: ["$KV.GATEHOUSE.>"] });
  expect((await jetstream(connection).publish("$KV.GATEHOUSE.a", "1")).seq).toBe(1);
  await connection.close();
  expect(isAlive(pid)).toBe(true);

  await stand.stop({ remove: true });
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(stand.folder)).toBe(false);
  expect(stand.exits).toEqual([]); // an end that was asked for is none that must be told
});

test("keys, certificates and data can be read by their owner only", async () => {
  await using stand = await startStand({ nodes: ["n1"] });
  const modes = readdirSync(stand.folder).map((name) => [
    name,
    statSync(join(stand.folder, name)).mode & (statSync(join(stand.folder, name)).isDirectory() ? 0 : 0o077),
  ]);
  expect(modes.length).toBeGreaterThan(6);
  expect(modes.filter(([, mode]) => mode !== 0)).toEqual([]);
  expect(statSync(stand.folder).mode & 0o077).toBe(0);
});

test("stop keeps a folder that was given, and a folder that holds something is not used", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-given-"));
  try {
    const stand = await startStand({ folder: join(folder, "new"), tls: false, authentication: false });
    await stand.stop();
    expect(existsSync(join(folder, "new", "nats-0.conf"))).toBe(true);
    await expect(startStand({ folder })).rejects.toThrow(/is not empty: give a folder of its own/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a server that ends by itself is reported with its last words", async () => {
  const told: ServerExit[] = [];
  await using stand = await startStand({
    tls: false,
    authentication: false,
    onExit: (exit) => void told.push(exit),
  });
  process.kill(stand.pids[0] ?? 0, "SIGKILL"); // from outside, not through the stand
  await until(() => told.length > 0);
  expect(told).toMatchObject([{ index: 0, code: null, signal: "SIGKILL" }]);
  expect(told[0]?.lastLines).toMatch(/Server is ready/);
  expect(stand.exits).toEqual(told);
});

test("a start that cannot succeed says the server's own words, and leaves no process", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-refused-"));
  const path = process.env["PATH"];
  try {
    // A server that says its version and ends with a complaint for everything else.
    mkdirSync(join(folder, "bin"));
    const script =
      "#!/bin/sh\n[ \"$1\" = --version ] && echo 'nats-server: v2.15.1' && exit 0\necho no disk; exit 1\n";
    writeFileSync(join(folder, "bin", "nats-server"), script, { mode: 0o755 });
    process.env["PATH"] = `${join(folder, "bin")}:${path}`;
    await expect(startStand({ folder: join(folder, "stand") })).rejects.toThrow(/does not serve.*no disk/s);
  } finally {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  }
});

test("servers do not outlive the process that started them, even when it is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-orphan-"));
  const stand = JSON.stringify(new URL("stand.ts", import.meta.url));
  const options = JSON.stringify({ folder, tls: false, authentication: false });
  const program = `const { startStand } = await import(${stand});
    console.log((await startStand(${options})).pids[0]);
    setInterval(() => undefined, 1_000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const pid = await new Promise<number>((done, fail) => {
      parent.stdout.once("data", (line) => done(Number(line)));
      parent.once("exit", () => fail(new Error("it ended before its server was ready")));
    });
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  } finally {
    parent.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
});

test("a paused server answers nothing until it is resumed", { timeout: threeServersMs }, async () => {
  await using stand = await startStand({ nodes: ["n1"] });
  const connection = await connect({ ...stand.options("n1", "store"), maxReconnectAttempts: -1, pingInterval: 60_000 }); // prettier-ignore
  const answer = async (): Promise<unknown> => {
    try {
      return (await connection.request("$JS.API.INFO", "", { timeout: 300 })).json();
    } catch (fault) {
      if (/timeout/i.test(String(fault))) return undefined;
      throw fault;
    }
  };
  stand.pause(0);
  await expect.poll(answer, { timeout: patienceMs }).toBe(undefined);
  // Not for want of time alone.
  for (let more = 0; more < 3; more++) expect(await answer()).toBe(undefined);
  stand.resume(0);
  await expect.poll(answer, { timeout: patienceMs }).toMatchObject({ type: /account_info/ });
  await connection.close();
});

test("what was acknowledged with sync always is there after a kill and a restart", async () => {
  await using stand = await startStand({ nodes: ["n1"], sync: "always" });
  const write = async (expected: number): Promise<number> => {
    const connection = await connect(stand.options("n1", "store"));
    const { streams } = await jetstreamManager(connection);
    await streams.add({ name: bucketStream, subjects: ["$KV.GATEHOUSE.>"] });
    const ack = await jetstream(connection).publish("$KV.GATEHOUSE.a", "x", {
      expect: { lastSubjectSequence: expected },
    });
    await connection.close();
    return ack.seq;
  };
  const first = await write(0);
  await stand.kill(0);
  expect(stand.pids).toEqual([undefined]);
  stand.restart(0);
  await stand.ready();
  expect(await write(first)).toBe(first + 1);
});

test(
  "three servers: the bucket takes writes again after its leader was killed, and the killed one comes back",
  { timeout: threeServersMs },
  async () => {
    await using stand = await startStand({ servers: 3 });
    const connection = await connect({ ...stand.options("n1", "store"), maxReconnectAttempts: -1 });
    const { streams } = await jetstreamManager(connection);
    await streams.add({ name: bucketStream, subjects: ["$KV.GATEHOUSE.>"], num_replicas: 3 });
    const { seq } = await jetstream(connection).publish("$KV.GATEHOUSE.a", "x");

    const leader = await leaderOf(stand);
    await stand.kill(leader);
    const next = await leaderOf(stand);
    expect(next).not.toBe(leader);
    await connection.flush().catch(() => undefined); // it may have been connected to the killed one
    const swap = { expect: { lastSubjectSequence: seq }, retries: 40, timeout: 1_000 };
    expect((await jetstream(connection).publish("$KV.GATEHOUSE.a", "y", swap)).seq).toBe(seq + 1);

    stand.restart(leader);
    await stand.ready(); // a stream on all three
    expect(stand.exits).toEqual([]);
    await connection.close();
  },
);
