/** Calls that wait for a person, by hand: real clients of both eras, the command line, a node that is killed in between. */
import { spawn, type ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import { afterEach, describe, expect, test } from "vitest";
import type { ApprovalRow } from "../control/approvaldesk.ts";
import { meta, modern } from "../../protocol/mcp/revision.ts";
import { cli, cliJson, until } from "./cli.fixture.ts";
import { cleanUpToys, env, ToyProject } from "./toyproject.fixture.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await cleanUpToys();
});

const program = fileURLToPath(new URL("../../bin/gatehouse.mjs", import.meta.url));

interface Stand {
  readonly folder: string;
  readonly key: string;
  readonly url: string;
}

/** A toy whose tool `echo` needs a person. */
async function layOut(settings: object = {}, holdSeconds = 0): Promise<ToyProject> {
  const project = new ToyProject();
  project.write("gatehouse.yaml", { listen: { port: 0 }, ...settings });
  approveTool(project, holdSeconds);
  await cli(project.folder, ["catalogue", "accept", "toy", "--yes"], env);
  return project;
}

function approveTool(project: ToyProject, holdSeconds: number, more: object = {}): void {
  const grants = [{ tool: "echo", server: "toy", effect: "send", reason: "the test says so", approval: "required", ...more }]; // prettier-ignore
  project.write("personas/reader.role.yaml", { role: "reader", grants, approvals: { holdSeconds } });
}

async function stand(settings: object = {}, holdSeconds = 0): Promise<Stand> {
  const project = await layOut(settings, holdSeconds);
  const { port } = await project.start();
  return { folder: project.folder, key: await keyOf(project.folder), url: urlOf(port) };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/t/default/p/reader/mcp`;
}

async function keyOf(folder: string): Promise<string> {
  const { values } = await cliJson(folder, ["keys", "create", "--agent", "bob", "--persona", "reader"], env);
  return (values[0] as { key: string }).key;
}

async function waiting(folder: string): Promise<readonly ApprovalRow[]> {
  const { values } = await cliJson(folder, ["approvals", "list"], env);
  return values.map((value) => value["approval"] as ApprovalRow).filter(({ status }) => status === "asked");
}

async function waitingOne(folder: string): Promise<ApprovalRow> {
  for (let tries = 0; tries < 200; tries++) {
    const [row] = await waiting(folder);
    if (row !== undefined) return row;
    await wait(20);
  }
  throw new Error("nothing waits");
}

interface Said {
  readonly text: string;
  readonly isError: boolean;
  readonly code: unknown;
  readonly approval: unknown;
}

type Call = (word: string, approval?: string) => Promise<Said>;

function said(result: unknown): Said {
  const { content = [], isError, _meta } = result as { content?: readonly { text?: string }[]; isError?: boolean; _meta?: { readonly [name: string]: { code?: unknown; approval?: unknown } } }; // prettier-ignore
  const about = _meta?.["io.gatehouse/verdict"];
  return { text: content.map(({ text }) => text ?? "").join(""), isError: isError === true, code: about?.code, approval: about?.approval }; // prettier-ignore
}

const transports = {
  http: async ({ url, key }: Stand) =>
    new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${key}` } } }), // prettier-ignore
  sse: async ({ url, key }: Stand) =>
    new SSEClientTransport(new URL(url.replace(/mcp$/, "sse")), { requestInit: { headers: { authorization: `Bearer ${key}` } } }), // prettier-ignore
  websocket: async ({ url, key }: Stand) => {
    const response = await fetch(url.replace(/mcp$/, "ticket"), { method: "POST", headers: { authorization: `Bearer ${key}` } }); // prettier-ignore
    const { ticket } = (await response.json()) as { ticket: string };
    return new WebSocketClientTransport(new URL(`${url.replace(/^http/, "ws")}?ticket=${ticket}`));
  },
};

async function older(at: Stand, door: keyof typeof transports = "http"): Promise<Call> {
  const client = new Client({ name: "older", version: "1" });
  await client.connect(await transports[door](at));
  cleanups.push(() => client.close());
  return async (word, approval) => {
    const named = approval === undefined ? {} : { _meta: { "io.gatehouse/approval": approval } };
    return said(await client.callTool({ name: "echo", arguments: { word }, ...named }));
  };
}

let ids = 0;

/** A request of 2026-07-28 as it is on the wire. */
async function raw(
  { url, key }: Stand,
  word: string,
  more: object = {},
): Promise<{ readonly [part: string]: unknown }> {
  // prettier-ignore
  const params = { name: "echo", arguments: { word }, _meta: { [meta.version]: modern, [meta.clientCapabilities]: {} }, ...more }; // prettier-ignore
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/json, text/event-stream", "mcp-protocol-version": modern, "mcp-method": "tools/call", "mcp-name": "echo" }; // prettier-ignore
  const body = JSON.stringify({ jsonrpc: "2.0", id: ++ids, method: "tools/call", params });
  const response = await fetch(url, { method: "POST", headers, body });
  const { result } = (await response.json()) as { result?: { readonly [part: string]: unknown } };
  return result ?? {};
}

async function approve(folder: string, id: string, words: readonly string[] = []): Promise<void> {
  const { status, out } = await cli(folder, ["approvals", "approve", id, ...words], env);
  expect([status, out.join()]).toEqual([0, expect.stringContaining("Approved")]);
}

describe("an older agent that polls", () => {
  test.each(["http", "sse", "websocket"] as const)(
    "over %s is told who must do what until when; the same call passes once it is approved, and once only",
    async (door) => {
      const at = await stand();
      const call = await older(at, door);
      const parked = await call("x");
      expect(parked).toMatchObject({ isError: true, code: "approval.required" });
      expect(parked.text).toContain("a person must approve it first (tool echo)");
      expect(parked.text).not.toContain('"x"');
      const row = await waitingOne(at.folder);
      expect(row).toMatchObject({ id: parked.approval, key: "default/reader/bob/-", name: "echo", server: "toy", rules: ["approval.required"] }); // prettier-ignore
      expect((await call("x")).approval).toBe(row.id);
      await approve(at.folder, row.id, ["--reason", "the ticket says so"]);
      expect((await call("y")).code).toBe("approval.required");
      expect(await call("x")).toMatchObject({ isError: false, text: expect.stringContaining("echo says") });
      expect((await call("x", row.id)).code).toBe("approval.used");
      const again = await call("x");
      expect([again.code, again.approval === row.id]).toEqual(["approval.required", false]);
    },
  );

  test("is refused after a person's no, and the record says who decided, when and why", async () => {
    const at = await stand();
    const call = await older(at);
    const { approval } = await call("x");
    await cli(at.folder, ["approvals", "deny", String(approval), "--reason", "not today"], env);
    expect(await call("x")).toMatchObject({ code: "approval.denied", text: expect.not.stringContaining("not today") as string }); // prettier-ignore
    const { values } = await cliJson(at.folder, ["audit", "show", String(approval)], env);
    const about = JSON.stringify(values);
    expect(about).toContain("call denied");
    expect(about).toContain("not today");
    const tail = await cli(at.folder, ["audit", "tail", "-n", "50", "--kind", "session"], env);
    expect(tail.out.join("\n")).toContain(`denied ${String(approval)}, by `);
    expect((await cli(at.folder, ["approvals", "approve", String(approval)], env)).status).toBe(1);
  });
});

test("an older agent's request is held open, and answered when a person has approved", async () => {
  const at = await stand({}, 20);
  const call = await older(at);
  const answering = call("x");
  const { id } = await waitingOne(at.folder);
  const [answer] = await Promise.all([answering, approve(at.folder, id)]);
  expect(answer).toMatchObject({ isError: false, text: expect.stringContaining("echo says") });
});

describe("a modern agent", () => {
  test("gets input_required; its own retry waits, and brings the answer when a person has approved", async () => {
    const at = await stand({}, 20);
    const client = new ModernClient({ name: "modern", version: "1" }, { versionNegotiation: { mode: { pin: modern } } }); // prettier-ignore
    const requestInit = { headers: { authorization: `Bearer ${at.key}` } };
    await client.connect(new ModernTransport(new URL(at.url), { requestInit }));
    cleanups.push(() => client.close());
    const answering = client.callTool({ name: "echo", arguments: { word: "x" } });
    const { id } = await waitingOne(at.folder);
    await approve(at.folder, id);
    expect(said(await answering)).toMatchObject({ isError: false, text: expect.stringContaining("echo says") }); // prettier-ignore
  });

  test("has a handle that is good for one call of exactly what was asked for", async () => {
    const at = await stand();
    const { resultType, requestState } = await raw(at, "x");
    expect([resultType, typeof requestState]).toEqual(["input_required", "string"]);
    await approve(at.folder, (await waitingOne(at.folder)).id);
    expect(said(await raw(at, "y", { requestState })).code).toBe("approval.unknown");
    expect(said(await raw(at, "x", { requestState: `${String(requestState)}x` })).code).toBe(
      "approval.unknown",
    );
    expect(said(await raw(at, "x", { requestState })).text).toContain("echo says");
    expect(said(await raw(at, "x", { requestState })).code).toBe("approval.used");
    const { values } = await cliJson(at.folder, ["audit", "tail", "-n", "50", "--kind", "refusal"], env);
    const rules = values.map(({ verdict }) => (verdict as { rule: string }).rule);
    expect(rules).toEqual(["approval.required", "approval.unknown", "approval.used"]);
  });
});

test("an approval is worth nothing once the role or the baseline in force is another one, and of eight uses at once one passes", async () => {
  const project = await layOut();
  const { port } = await project.start();
  const at = { folder: project.folder, key: await keyOf(project.folder), url: urlOf(port) };
  const call = await older(at);
  const approved = async (word: string): Promise<string> => {
    const id = String((await call(word)).approval);
    await approve(at.folder, id);
    return id;
  };
  const before = await approved("role");
  approveTool(project, 0, { arguments: { word: { pattern: "[a-z]+" } } });
  expect((await cli(at.folder, ["role", "reload"], env)).status).toBe(0);
  expect((await call("role", before)).code).toBe("approval.role");
  const anew = await call("role");
  expect([anew.code, anew.approval === before]).toEqual(["approval.required", false]);

  const used = await approved("race");
  const said = await Promise.all(Array.from({ length: 8 }, () => call("race", used)));
  expect(said.filter(({ isError }) => !isError)).toHaveLength(1);
  expect(said.filter(({ code }) => code === "approval.used")).toHaveLength(7);

  const usual = await approved("baseline");
  const { values } = await cliJson(at.folder, ["baseline", "build", "reader", "--to", "2999-01-01"], env);
  const { version } = (values[0] as { baseline: { version: string } }).baseline;
  expect((await cli(at.folder, ["baseline", "promote", "reader", version, "--reason", "r", "--unmeasured"], env)).status).toBe(0); // prettier-ignore
  expect((await call("baseline", usual)).code).toBe("approval.role");
  const tail = await cliJson(at.folder, ["audit", "tail", "-n", "50", "--kind", "refusal"], env);
  const rules = new Set(tail.values.map(({ verdict }) => (verdict as { rule: string }).rule));
  expect([...rules].sort()).toEqual(["approval.required", "approval.role", "approval.used"]);
}, 20_000);

test("who has the control socket and not the administrator's key approves nothing, and that is on record", async () => {
  const at = await stand();
  const { approval } = await (await older(at))("x");
  const path = join(at.folder, ".gatehouse", "administrator.key");
  const key = readFileSync(path, "utf8").trim();
  const forged = key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
  const other = { ...env, GATEHOUSE_ADMINISTRATOR_KEY: forged };
  expect((await cli(at.folder, ["approvals", "approve", String(approval)], other)).status).toBe(1);
  expect((await waitingOne(at.folder)).id).toBe(approval);
  const { out } = await cli(at.folder, ["audit", "tail", "-n", "50", "--kind", "admin", "--json"], env);
  expect(out.join("\n")).toContain("not the administrator's key");
  expect(out.join("\n")).toContain('"wanted":"approved"');
  expect(out.join("\n")).not.toContain(forged);
  chmodSync(path, 0o644);
  expect((await cli(at.folder, ["approvals", "approve", String(approval)], env)).err.join()).toContain("open to other users"); // prettier-ignore
});

async function startProcess(
  project: ToyProject,
): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [program, "start", "--json", "--port", "0", "--config", project.folder], { env, stdio: ["ignore", "pipe", "inherit"] }); // prettier-ignore
  cleanups.push(() => child.kill("SIGKILL"));
  let out = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (text: string) => (out += text));
  await until(() => out.includes("\n"), "the node is ready");
  const { endpoints } = JSON.parse(out.slice(0, out.indexOf("\n"))) as { endpoints: readonly { url: string }[] }; // prettier-ignore
  return { url: endpoints[0]?.url ?? "", child };
}

async function endProcess(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("a node that is killed between question, answer and use knows them afterwards: the call passes once", async () => {
  const project = await layOut();
  const first = await startProcess(project);
  const key = await keyOf(project.folder);
  const asking = await older({ folder: project.folder, key, url: first.url });
  const { approval } = await asking("x");
  await endProcess(first.child);

  const second = await startProcess(project);
  expect((await waitingOne(project.folder)).id).toBe(approval);
  await approve(project.folder, String(approval));
  await endProcess(second.child);

  const { port } = await project.start();
  const using = await older({ folder: project.folder, key, url: urlOf(port) });
  expect((await using("x")).text).toContain("echo says");
  expect((await using("x", String(approval))).code).toBe("approval.used");
  const { values, last } = await cliJson(project.folder, ["audit", "replay", "default/reader/bob/-"], env);
  expect([last["ok"], values.filter((value) => "difference" in value)]).toEqual([true, []]);
}, 40_000);

test("a role that changes withdraws the calls that wait: their places are free, it is on record, and the agent is told why", async () => {
  const project = await layOut();
  const { port } = await project.start();
  const at = { folder: project.folder, key: await keyOf(project.folder), url: urlOf(port) };
  const call = await older(at);
  const first = await call("0");
  for (let index = 1; index < 8; index++) await call(`${index}`);
  expect((await call("one more")).code).toBe("approval.too-many");
  await approve(at.folder, String(first.approval));
  approveTool(project, 0, { limits: { capacity: 900, perSecond: 900 } });
  expect((await cli(at.folder, ["role", "reload"], env)).status).toBe(0);

  expect((await call("one more")).code).toBe("approval.required");
  const again = await call("0");
  expect([again.code, again.text]).toEqual(["approval.required", expect.stringContaining("The role changed since this call waited")]); // prettier-ignore
  expect((await call("0", String(first.approval))).code).toBe("approval.role");
  expect(await waiting(at.folder)).toHaveLength(2);
  const { values } = await cliJson(at.folder, ["audit", "show", String(first.approval)], env);
  expect(values.map(({ about }) => (about as { what?: string } | undefined)?.what)).toContain("call withdrawn: the role has changed"); // prettier-ignore
  const tail = await cli(at.folder, ["audit", "tail", "-n", "100", "--kind", "session"], env);
  expect(tail.out.filter((each) => each.includes("call withdrawn"))).toHaveLength(8);
  const replay = await cliJson(at.folder, ["audit", "replay", "default/reader/bob/-"], env);
  expect([replay.last["ok"], replay.values.filter((value) => "difference" in value)]).toEqual([true, []]);
});

describe("the webhook", () => {
  async function receiver(status: number): Promise<{
    readonly port: number;
    readonly got: { readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }[];
  }> {
    // prettier-ignore
    const got: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (text: string) => (body += text));
      request.on("end", () => {
        got.push({ headers: request.headers, body });
        response.writeHead(status).end();
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, got };
  }

  test("is told of the call, signed, without its arguments", async () => {
    const { port, got } = await receiver(204);
    const project = await layOut();
    writeFileSync(join(project.folder, "hook.secret"), "a shared secret", { mode: 0o600 });
    project.write("gatehouse.yaml", { listen: { port: 0 }, approvals: { webhook: { url: `http://127.0.0.1:${port}/asked`, secret: "file:hook.secret", private: ["127.0.0.0/8"] } } }); // prettier-ignore
    const node = await project.start();
    const at = { folder: project.folder, key: await keyOf(project.folder), url: urlOf(node.port) };
    const { approval } = await (await older(at))("a word");
    await until(() => got.length > 0, "the webhook was told");
    const { headers, body } = got[0] ?? { headers: {}, body: "" };
    const expected = createHmac("sha256", "a shared secret").update(`${String(headers["x-gatehouse-time"])}.${body}`).digest("hex"); // prettier-ignore
    expect(headers["x-gatehouse-signature"]).toBe(`v1=${expected}`);
    expect(JSON.parse(body)).toMatchObject({ version: 1, event: "approval.asked", id: approval, persona: "reader", agent: "bob", call: { kind: "tool", name: "echo", server: "toy" } }); // prettier-ignore
    expect(body).not.toContain("a word");
  });

  test("that fails is tried again, three times in all, and changes nothing of the verdict", async () => {
    const { port, got } = await receiver(500);
    const project = await layOut();
    writeFileSync(join(project.folder, "hook.secret"), "a shared secret", { mode: 0o600 });
    project.write("gatehouse.yaml", { listen: { port: 0 }, approvals: { webhook: { url: `http://127.0.0.1:${port}/asked`, secret: "file:hook.secret", private: ["127.0.0.0/8"] } } }); // prettier-ignore
    const node = await project.start();
    const at = { folder: project.folder, key: await keyOf(project.folder), url: urlOf(node.port) };
    const call = await older(at);
    const { approval } = await call("x");
    await approve(at.folder, String(approval));
    expect((await call("x")).isError).toBe(false);
    await until(() => got.length === 3, "it was tried three times");
    await wait(300);
    expect(got.length).toBe(3);
  });
});
