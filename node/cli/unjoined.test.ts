/** A real node that has not joined its cluster, because its NATS is not there: what an operator and an agent are told. */
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issue } from "../../deploy/cluster/certificates.ts";
import { cli, type Ran } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

const program = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");
let project: ToyProject;
let node: ChildProcess;
let said = "";
let key: string;

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

const run = (...argv: readonly string[]): Promise<Ran> => cli(project.folder, argv, env);

beforeAll(async () => {
  project = new ToyProject();
  project.grant(["echo"]);
  await run("catalogue", "accept", "toy", "--yes");
  const secret = join(project.folder, "secret");
  writeFileSync(secret, "x".repeat(64));
  chmodSync(secret, 0o600);
  const servers = [`nats://127.0.0.1:${await freePort()}`];
  project.write("gatehouse.yaml", { node: "n1", listen: { port: 0 }, cluster: { name: "local", secret: "file:secret", nats: { servers } } }); // prettier-ignore
  const { out } = await run("keys", "create", "--agent", "ann", "--persona", "reader", "--json");
  ({ key } = JSON.parse(out[0] ?? "{}") as { key: string });
  node = spawn(process.execPath, [program, "start", "--config", project.folder], { stdio: ["ignore", "pipe", "pipe"] }); // prettier-ignore
  for (const stream of [node.stdout, node.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const untilMs = performance.now() + 20_000;
  while (!(await run("cluster", "status")).out.join("").includes("not admitted")) {
    if (performance.now() > untilMs || node.exitCode !== null) throw new Error(`it does not answer: ${said}`);
    await delay(100);
  }
}, 40_000);

afterAll(async () => {
  const ended = new Promise((done) => node.once("exit", done));
  node.kill("SIGKILL");
  await ended;
  await cleanUpToys();
});

test("its status says that it is not admitted, and ends as a finding", async () => {
  const { status, out } = await run("cluster", "status");
  expect([status, out.join("\n")]).toEqual([1, expect.stringContaining("the node is not admitted")]);
});

test.each(["n1", "n2"])(
  "it can drain nobody (%s), says where that can be done, and goes on",
  async (name) => {
    const { status, err } = await run("cluster", "drain", name);
    expect(status).toBe(1);
    expect(err.join("\n")).toMatch(/no view of the cluster.*it can drain nobody, itself included/s);
    expect(err.join("\n")).toContain("run the command at a node that acts");
    expect(node.exitCode).toBe(null);
  },
);

test("an order at it holds here, and is said to have been heard by nobody", async () => {
  const killed = await run("kill", "--agent", "ann", "--reason", "a drill");
  expect(killed.status).toBe(0);
  expect(killed.err.join("\n")).toMatch(/No other node has heard of it: this one has not joined its cluster/);
  const lifted = await run("sessions", "lift", "--agent", "ann");
  expect(lifted.err.join("\n")).toMatch(/No other node has heard of it/);
  const { values, status } = await run("keys", "create", "--agent", "bob", "--persona", "reader", "--json").then(({ out, status }) => ({ status, values: out.map((line) => JSON.parse(line) as object) })); // prettier-ignore
  expect([status, values[0]]).toMatchObject([0, { nodes: { heard: [], missing: [], isUnjoined: true } }]);
});

test("a call at it is told that the node does not serve at the moment, and where to look, not that it is missing", async () => {
  const { status, err } = await run("call", "reader", "echo", "{}", "--key", key);
  expect(status).toBe(1);
  expect(err.join("\n")).toMatch(/the node answered 503: it does not serve at the moment/);
  expect(err.join("\n")).toContain("gatehouse cluster status");
  expect(err.join("\n")).not.toContain("gatehouse start");
});

test("it says itself, again and again, that NATS is not reached", async () => {
  await expect.poll(() => said, { timeout: 15_000 }).toMatch(/NATS/);
  expect(node.exitCode).toBe(null);
});

describe("gRPC", () => {
  test("that finds its port taken ends the start with what is wrong and what to do", async () => {
    const other = new ToyProject();
    other.grant(["echo"]);
    await cli(other.folder, ["catalogue", "accept", "toy", "--yes"], env);
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => taken.once("listening", done));
    const { port } = taken.address() as AddressInfo;
    const inside = issue(["localhost"]);
    const [pair] = inside.servers;
    const keep = (name: string, text = ""): void => writeFileSync(join(other.folder, name), text, { mode: 0o600 }); // prettier-ignore
    keep("ca.pem", inside.ca);
    keep("cert.pem", pair?.cert);
    keep("key.pem", pair?.key);
    const grpc = { host: "127.0.0.1", port, cert: "cert.pem", key: "key.pem", ca: "ca.pem", clients: [] };
    other.write("gatehouse.yaml", { listen: { port: 0 }, grpc });
    const { status, err } = await cli(other.folder, ["start"], env);
    expect(status).not.toBe(0);
    expect(err.join("\n")).toContain(`grpc does not listen at 127.0.0.1:${port}`);
    expect(err.join("\n")).toContain("take a free port");
    // Nothing of it is left: the folder is free for the next start.
    await new Promise((done) => taken.close(done));
    const started = await other.start();
    expect(started.grpcPort).toBe(port);
  });
});
