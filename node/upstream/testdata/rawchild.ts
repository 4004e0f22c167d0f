/** A child that misbehaves as its first argument says. Speaks lines of JSON by hand. */
import { createInterface } from "node:readline";

const mode = process.argv[2] ?? "plain";
const write = (value: unknown): boolean => process.stdout.write(`${typeof value === "string" ? value : JSON.stringify(value)}\n`);
const result = (id: unknown, value: object): boolean => write({ jsonrpc: "2.0", id, result: value });

const older = (id: unknown): boolean =>
  result(id, { protocolVersion: "2025-11-25", capabilities: { tools: {}, logging: {} }, serverInfo: { name: "raw", version: "1" } });
const modern = (id: unknown): boolean =>
  result(id, { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: { listChanged: true } } });

if (mode === "start-late") await new Promise((resolve) => setTimeout(resolve, 300));
if (mode === "exit-at-start") process.exit(7);
if (mode === "ignore-eof") {
  process.on("SIGTERM", () => undefined);
  setInterval(() => undefined, 1_000);
}
if (mode === "grandchild") {
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, ["-e", "setInterval(()=>{},1000)"], { stdio: ["ignore", "inherit", "inherit"] });
  process.stderr.write(`grandchild ${child.pid}\n`);
}
if (mode === "leak") process.stderr.write(`my token is ${process.env["TOKEN"]}\n`);
process.stderr.write(`pid ${process.pid}\n`);

let listen: unknown;
const seen: string[] = [];

function onCall(id: unknown, params: { name: string; arguments?: { [key: string]: unknown }; _meta?: { [key: string]: unknown } }): unknown {
  switch (params.name) {
    case "echo":
      return result(id, { content: [{ type: "text", text: JSON.stringify(params.arguments) }], meta: params._meta ?? null });
    case "never":
      return undefined;
    case "seen":
      return result(id, { seen });
    case "twice":
      result(id, { n: 1 });
      return result(id, { n: 2 });
    case "wrong-id":
      result(999, { canary: true });
      write({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 998, progress: 1 } });
      return result(id, { ok: 1 });
    case "garbage":
      for (let count = 0; count < Number(params.arguments?.["lines"]); count++) write(`this is no JSON ${count}`);
      return result(id, { ok: 1 });
    case "big":
      write(`{"jsonrpc":"2.0","id":${String(id)},"result":{"a":"${"x".repeat(Number(params.arguments?.["bytes"]))}"}}`);
      return undefined;
    case "crash":
      return process.exit(9);
    case "half":
      process.stdout.write('{"jsonrpc":"2.0"', () => process.exit(0));
      return undefined;
    case "stop-reading":
      result(id, {});
      lines.close();
      process.stdin.pause();
      return setInterval(() => undefined, 1_000);
    case "change":
      write({ jsonrpc: "2.0", method: "notifications/tools/list_changed", params: { _meta: { "io.modelcontextprotocol/subscriptionId": listen } } });
      return result(id, {});
    case "flood":
      for (let count = 0; count < 50_000; count++) process.stderr.write(`line ${count} \u001b[31mred\u0007\n`);
      return result(id, {});
  }
  return write({ jsonrpc: "2.0", id, error: { code: -32602, message: "Unknown tool" } });
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const message = JSON.parse(line) as { id?: unknown; method?: string; params?: never };
  seen.push(message.method ?? "answer");
  switch (message.method) {
    case "server/discover":
      if (mode === "modern" || mode === "start-late") return modern(message.id);
      if (mode === "exit-before-initialize") process.exit(4);
      if (mode === "silent-before-initialize") return undefined;
      return write({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "no" } });
    case "initialize":
      if (mode === "no-initialize") return undefined;
      return mode === "modern" ? write({ jsonrpc: "2.0", id: message.id, error: { code: -32601, message: "no" } }) : older(message.id);
    case "subscriptions/listen":
      listen = message.id;
      return write({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: { _meta: { "io.modelcontextprotocol/subscriptionId": listen } } });
    case "tools/call":
      return onCall(message.id, message.params as never);
    case "ping":
      return result(message.id, {});
  }
  return undefined;
});
