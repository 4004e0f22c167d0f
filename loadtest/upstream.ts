/**
 * A trivial MCP server over node:http: what stands behind the gateway and behind the bare proxy in the bench. It does
 * as little per call as an honest server can: one JSON.parse, one JSON.stringify.
 *
 *   node upstream.ts [--log FILE] [--delay MS]     prints {"url","control"} on one line, then serves on 127.0.0.1
 *
 * POST /mcp                2026-07-28, and older revisions with initialize and a session
 * GET  /control            {"calls","byTool","withOperation","sessions"}
 * POST /control/kill       {"pid","afterCalls","delayMs"}: ends that process with SIGKILL, delayMs after it has seen so
 *                          many more calls. The bench gives the pid of the gateway it has started itself.
 *
 * 1. With --log, the tool and number of each tools/call are appended to FILE by a write of their own, before the call is
 *    answered: they survive whatever happens to the caller.
 * 2. With --delay each tools/call is answered so much later: then calls are open at any moment.
 */
import { randomUUID } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { answerText, modernRevision, tools } from "./workload.ts";

interface Request {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: {
    readonly name?: string;
    readonly protocolVersion?: string;
    readonly arguments?: { readonly n?: string };
    readonly _meta?: Readonly<Record<string, unknown>>;
  };
}

const olderRevisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const sessionsMax = 1024;
const bodyBytesMax = 4 * 1024 * 1024;

const { values: options } = parseArgs({
  options: { log: { type: "string" }, delay: { type: "string", default: "0" } },
});
const delayMs = Number(options.delay);
const log = options.log === undefined ? undefined : openSync(options.log, "a");
const sessions = new Set<string>();
const byTool = new Map<string, number>();
let calls = 0;
let withOperation = 0;
let kill: { readonly pid: number; atCall: number; readonly delayMs: number } | undefined;

const inputSchema = {
  type: "object",
  properties: { n: { type: "string" }, text: { type: "string" } },
  required: ["n"],
  additionalProperties: false,
};
const says: Readonly<Record<string, string>> = {
  [tools.echo]: "Answers with a text of about 1 KB.",
  [tools.write]: "The same, for calls that must not run twice.",
  [tools.hidden]: "The same, for calls that nobody may make.",
};
const definitions = Object.values(tools).map((name) => ({ name, description: says[name], inputSchema }));
const knownTools = new Set<string>(Object.values(tools));
const serverInfo = { name: "gatehouse-bench-upstream", version: "1.0.0" };
const modernMeta = { "io.modelcontextprotocol/serverInfo": serverInfo };
const fresh = { ttlMs: 0, cacheScope: "private" };

/** @returns the result, or undefined for a method that this server does not have */
function resultOf({ method, params }: Request, isModern: boolean): object | undefined {
  const complete = isModern ? { resultType: "complete" } : {};
  switch (method) {
    case "tools/call":
      return { ...complete, ...call(params?.name ?? "", params?.arguments?.n ?? "", params?._meta) };
    case "tools/list":
      return { ...complete, tools: definitions, ...(isModern ? fresh : {}) };
    case "server/discover":
      return isModern
        ? {
            ...complete,
            supportedVersions: [modernRevision],
            capabilities: { tools: {} },
            ...fresh,
            _meta: modernMeta,
          }
        : undefined;
    case "initialize": {
      const wanted = params?.protocolVersion ?? "";
      const protocolVersion = olderRevisions.includes(wanted) ? wanted : "2025-11-25";
      return { protocolVersion, capabilities: { tools: {} }, serverInfo };
    }
    case "ping":
      return {};
    default:
      return undefined;
  }
}

function call(name: string, n: string, meta: Readonly<Record<string, unknown>> | undefined): object {
  if (log !== undefined) writeSync(log, `${name} ${n}\n`);
  calls++;
  byTool.set(name, (byTool.get(name) ?? 0) + 1);
  if (meta?.["io.gatehouse/operation"] !== undefined) withOperation++;
  if (kill !== undefined && calls >= kill.atCall) {
    const { pid, delayMs } = kill;
    kill = undefined;
    if (delayMs === 0) process.kill(pid, "SIGKILL");
    else setTimeout(() => process.kill(pid, "SIGKILL"), delayMs);
  }
  if (!knownTools.has(name)) return { content: [{ type: "text", text: "no such tool" }], isError: true };
  return { content: [{ type: "text", text: answerText(n) }] };
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  let message: Request;
  try {
    message = JSON.parse(body) as Request;
  } catch {
    return send(
      response,
      400,
      JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "not JSON" } }),
    );
  }
  const isModern = request.headers["mcp-protocol-version"] === modernRevision;
  if (message.id === undefined) {
    response.writeHead(202).end();
    return;
  }
  if (
    !isModern &&
    message.method !== "initialize" &&
    !sessions.has(String(request.headers["mcp-session-id"]))
  ) {
    const error = { code: -32600, message: "no such session" };
    return send(response, 404, JSON.stringify({ jsonrpc: "2.0", id: message.id, error }));
  }
  if (message.method === "initialize") openSession(response);
  const result = resultOf(message, isModern);
  if (result !== undefined) {
    const text = JSON.stringify({ jsonrpc: "2.0", id: message.id, result });
    if (delayMs === 0 || message.method !== "tools/call") return send(response, 200, text);
    setTimeout(send, delayMs, response, 200, text);
    return;
  }
  const error = { code: -32601, message: "no such method" };
  send(response, isModern ? 404 : 200, JSON.stringify({ jsonrpc: "2.0", id: message.id, error }));
}

function openSession(response: ServerResponse): void {
  const id = randomUUID();
  if (sessions.size >= sessionsMax) sessions.delete(sessions.values().next().value ?? "");
  sessions.add(id);
  response.setHeader("mcp-session-id", id);
}

function control(request: IncomingMessage, response: ServerResponse, body: string): void {
  if (request.method === "POST") {
    const { pid, afterCalls, delayMs } = JSON.parse(body) as {
      pid: number;
      afterCalls: number;
      delayMs: number;
    };
    kill = { pid, atCall: calls + afterCalls, delayMs };
  }
  const counts = { calls, byTool: Object.fromEntries(byTool), withOperation, sessions: sessions.size };
  send(response, 200, JSON.stringify(counts));
}

function send(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    .end(body);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const [only] = chunks;
    const body =
      chunks.length === 1 && only !== undefined ? only.toString() : Buffer.concat(chunks).toString();
    const { url } = request;
    if (url === "/mcp" && request.method === "POST") answer(request, response, body);
    else if (url === "/mcp") response.writeHead(405).end();
    else if (url?.startsWith("/control") === true) control(request, response, body);
    else response.writeHead(404).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  process.stdout.write(`${JSON.stringify({ url: `${origin}/mcp`, control: `${origin}/control` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
