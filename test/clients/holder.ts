// A second upstream beside the conformance fixture, whose tools all return too soon to be cancelled. `hold` waits, and
// `held` says what became of it, so that a cancellation is believed only when it has reached the tool.
//
//   node holder.ts      prints {"legacy","modern"}: one address per era, then serves
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { NodeStreamableHTTPServerTransport, toNodeHandler } from "@modelcontextprotocol/node";
import type { NodeIncomingMessageLike } from "@modelcontextprotocol/node";
import { createMcpHandler, isInitializeRequest, Server } from "@modelcontextprotocol/server";
import type { CallToolResult, Tool } from "@modelcontextprotocol/server";
import { readBody, refuse } from "../conformance/relay.ts";

const holdMs = 8_000; // longer than a cancellation takes, shorter than the runner waits for one step
const sessionsMax = 256;
const labelsMax = 1_024;

type Fate = "unknown" | "open" | "cancelled" | "finished";

/** By label; the oldest are forgotten. */
const fates = new Map<string, Fate>();
let ticks = 0;

function note(label: string, fate: Fate): void {
  fates.set(label, fate);
  const oldest = fates.keys().next();
  if (fates.size > labelsMax && !oldest.done) fates.delete(oldest.value);
}

const label = {
  type: "object",
  properties: { label: { type: "string" } },
  required: ["label"],
} as const satisfies Tool["inputSchema"];

/** Sorted by name. */
export const holderTools: readonly Tool[] = [
  { name: "held", description: "What became of a held call.", inputSchema: label },
  { name: "hold", description: "Waits until it is cancelled.", inputSchema: label },
  { name: "tick", description: "Counts its calls.", inputSchema: { type: "object" } },
];

function says(text: string): CallToolResult {
  return { content: [{ type: "text", text }] };
}

function hold(name: string, signal: AbortSignal): Promise<CallToolResult> {
  note(name, "open");
  return new Promise((resolve) => {
    const end = (fate: Fate) => {
      clearTimeout(timer);
      note(name, fate);
      resolve(says(fate));
    };
    const timer = setTimeout(() => end("finished"), holdMs);
    signal.addEventListener("abort", () => end("cancelled"), { once: true });
  });
}

function buildServer(): Server {
  const server = new Server({ name: "holder", version: "1.0.0" }, { capabilities: { tools: {} } });
  server.setRequestHandler("tools/list", () => ({ tools: [...holderTools] }));
  server.setRequestHandler("tools/call", ({ params }, ctx) => {
    const named = params.arguments?.["label"];
    const name = typeof named === "string" ? named : "";
    switch (params.name) {
      case "hold":
        return hold(name, ctx.mcpReq.signal);
      case "held":
        return says(fates.get(name) ?? "unknown");
      default:
        ticks += 1;
        return says(String(ticks));
    }
  });
  return server;
}

const sessions = new Map<string, NodeStreamableHTTPServerTransport>();

async function openSession(): Promise<NodeStreamableHTTPServerTransport> {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await buildServer().connect(transport);
  return transport;
}

/** Up to 2025-11-25: a session by its id, a new one by `initialize`, and 400 for what is neither. */
async function serveLegacy(req: IncomingMessage, res: ServerResponse, json: unknown): Promise<void> {
  const id = req.headers["mcp-session-id"];
  const session = typeof id === "string" ? sessions.get(id) : undefined;
  if (session !== undefined) return session.handleRequest(req, res, json);
  if (id !== undefined) return refuse(res, { status: 404, code: -32001, message: "Session not found" });
  if (!isInitializeRequest(json) || sessions.size >= sessionsMax)
    return refuse(res, { status: 400, code: -32000, message: "Bad Request: initialize first" });
  return (await openSession()).handleRequest(req, res, json);
}

const serveModern = toNodeHandler(createMcpHandler(buildServer, { legacy: "reject" }));

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { json } = req.method === "POST" ? await readBody(req) : { json: undefined };
  if (req.url === "/legacy") return serveLegacy(req, res, json);
  if (req.url === "/modern") return serveModern(req as NodeIncomingMessageLike, res, json);
  return refuse(res, { status: 404, code: -32000, message: "Not Found" });
}

if (import.meta.main) {
  const http = createServer((req, res) => {
    serve(req, res).catch(() => res.destroy());
  });
  http.listen(0, "127.0.0.1", () => {
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    process.stdout.write(`${JSON.stringify({ legacy: `${origin}/legacy`, modern: `${origin}/modern` })}\n`);
  });
}
