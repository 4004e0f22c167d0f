/** kill -9 gives an agent nothing back: its session goes on where the journal ends (docs/adr/0006). */
import { spawn, type ChildProcess } from "node:child_process";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyFolder } from "../node/record/verify.ts";
import { ask, modernBody, modernHeaders, type Reply } from "./hostile/agent.ts";
import { Gateway, toolGrant, unlimited } from "./hostile/gateway.ts";

const program = resolve(import.meta.dirname, "../bin/gatehouse.mjs");
const children: ChildProcess[] = [];
let gateway: Gateway;
let key: string;

beforeAll(async () => {
  const slow = toolGrant("echo", { limits: { capacity: 4, perSecond: 0.0001 } });
  gateway = await Gateway.start({ roles: { reader: { grants: [slow], ...unlimited } } });
  key = gateway.key("agent");
  // Its tool server goes on; the node's place is taken by processes that can be killed.
  await gateway.node.stop();
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await gateway.remove();
});

async function startNode(): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(
    process.execPath,
    [program, "start", "--config", gateway.folder, "--json", "--port", "0"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  children.push(child);
  const line = await new Promise<string>((done, fail) => {
    let text = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) done(text.slice(0, text.indexOf("\n")));
    });
    child.on("exit", (code) => fail(new Error(`the node ended with ${String(code)} before it was ready`)));
  });
  const { endpoints } = JSON.parse(line) as { endpoints: { url: string }[] };
  return { child, port: Number(new URL(endpoints[0]?.url ?? "").port) };
}

function echo(port: number): Promise<Reply> {
  const params = { name: "echo", arguments: { text: "hello" } };
  const headers = modernHeaders(key, "tools/call", params);
  return ask({ port, path: "/p/reader/mcp", headers, body: modernBody(1, "tools/call", params) });
}

test("a bucket that was used up before kill -9 is used up after it, and the records hold", async () => {
  const first = await startNode();
  for (let at = 0; at < 4; at++) expect((await echo(first.port)).status).toBe(200);
  expect((await echo(first.port)).status).toBe(429);
  first.child.kill("SIGKILL");
  await new Promise((done) => first.child.on("exit", done));
  const second = await startNode();
  expect((await echo(second.port)).status).toBe(429);
  second.child.kill("SIGTERM");
  await new Promise((done) => second.child.on("exit", done));
  expect(verifyFolder(join(gateway.folder, "data", "records"))).toMatchObject({ ok: true });
});
