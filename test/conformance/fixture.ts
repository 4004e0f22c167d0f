// The MCP server the conformance suite is run against, directly or behind the gateway.
//
// Owns: one low-level SDK server per exchange (2026-07-28) or per session (up to 2025-11-25), and their two doors,
// Streamable HTTP on 127.0.0.1 and stdio. It shares no code with the gateway, so that a fault of ours cannot hide in both.
// Does not own: what its tools, prompts and resources do (tools.ts, inputs.ts, prompts.ts, resources.ts).
//
//   node fixture.ts [--port N]                      prints {"url"} on one line, then serves
//   node fixture.ts --stdio [--era legacy|modern]   both eras unless one is named
//
// 1. Both eras are served from the same tables.
// 2. A foreign Host or Origin is refused before the body is read.
// 3. A session is reached by its id only; an unknown id is 404, so that the client starts again.
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  createRequestStateCodec,
  isInitializeRequest,
  isLegacyRequest,
  Server,
} from "@modelcontextprotocol/server";
import type { NodeIncomingMessageLike } from "@modelcontextprotocol/node";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { ClientCapabilities, ServerContext } from "@modelcontextprotocol/server";
import type { Announcer, Call, RoundState } from "./call.ts";
import { createEventStore } from "./eventstore.ts";
import { mirrorFault } from "./paramheader.ts";
import { complete, prompt, prompts } from "./prompts.ts";
import { readBody, refuse } from "./relay.ts";
import { readResource, resources, templates } from "./resources.ts";
import { tool, tools } from "./tools.ts";

const sessionsMax = 256;
const retryMs = 50; // how soon a client that lost its stream should come back
const path = "/mcp";

const states = createRequestStateCodec<RoundState>({
  key: randomBytes(32),
  bind: (ctx) => ctx.mcpReq.method,
});

/** The server of one exchange or one session, with the resources its client watches. */
function buildServer(announce: Announcer): { server: Server; watched: Set<string> } {
  const watched = new Set<string>();
  const server = new Server(
    { name: "gatehouse-conformance-fixture", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
      instructions: "A test fixture: its tools do what their names say.",
      cacheHints: { "tools/list": { ttlMs: 1000, cacheScope: "public" } },
      requestState: { verify: (state, ctx) => states.verify(state, ctx) },
    },
  );

  const call = (args: Readonly<Record<string, unknown>> | undefined, ctx: ServerContext): Call => ({
    args: args ?? {},
    ctx,
    // Of this request in 2026-07-28 (over stdio one server serves many), of the session before.
    capabilities: declaredIn(ctx) ?? server.getClientCapabilities() ?? {},
    announce,
    states,
  });

  server.setRequestHandler("tools/list", () => ({ tools: tools.map((row) => row.definition) }));
  server.setRequestHandler("tools/call", ({ params }, ctx) =>
    tool(params.name).run(call(params.arguments, ctx)),
  );
  server.setRequestHandler("prompts/list", () => ({ prompts: prompts.map((row) => row.definition) }));
  server.setRequestHandler("prompts/get", ({ params }, ctx) =>
    prompt(params.name).run(call(params.arguments, ctx)),
  );
  server.setRequestHandler("resources/list", () => ({ resources: [...resources] }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: [...templates] }));
  server.setRequestHandler("resources/read", ({ params }) => readResource(params.uri));
  server.setRequestHandler("resources/subscribe", ({ params }) => {
    watched.add(params.uri);
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    watched.delete(params.uri);
    return {};
  });
  server.setRequestHandler("completion/complete", ({ params }) =>
    complete(
      params.ref.type === "ref/prompt" ? params.ref.name : "",
      params.argument.name,
      params.argument.value,
    ),
  );
  return { server, watched };
}

/** The SDK types the envelope without its keys. */
function declaredIn(ctx: ServerContext): ClientCapabilities | undefined {
  const envelope: { readonly [key: string]: unknown } = ctx.mcpReq.envelope ?? {};
  return envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
}

/** A message nobody waits for any more is no fault of the fixture. */
function unheard(): void {}

/** Announces to one connection that has no listen router of its own in between. */
function announceTo(server: Server, watched: ReadonlySet<string>): Announcer {
  return {
    tools: () => void server.sendToolListChanged().catch(unheard),
    prompts: () => void server.sendPromptListChanged().catch(unheard),
    resource: (uri) => {
      if (watched.has(uri)) void server.sendResourceUpdated({ uri }).catch(unheard);
    },
  };
}

interface Session {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly announce: Announcer;
}

/** The sessions of clients up to 2025-11-25. */
function createSessions(announce: Announcer) {
  const sessions = new Map<string, Session>();

  async function open(): Promise<NodeStreamableHTTPServerTransport> {
    const { server, watched } = buildServer(announce);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: retryMs,
      onsessioninitialized: (id) =>
        void sessions.set(id, { transport, announce: announceTo(server, watched) }),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await server.connect(transport);
    return transport;
  }

  async function serve(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
    const id = req.headers["mcp-session-id"];
    if (typeof id === "string") {
      const session = sessions.get(id);
      if (session === undefined)
        return refuse(res, { status: 404, code: -32001, message: "Session not found" });
      return session.transport.handleRequest(req, res, body);
    }
    if (!isInitializeRequest(body)) {
      return refuse(res, {
        status: 400,
        code: -32000,
        message: "Bad Request: Mcp-Session-Id header is required",
      });
    }
    if (sessions.size >= sessionsMax) {
      return refuse(res, { status: 503, code: -32000, message: "Too many sessions: end one with DELETE" });
    }
    return (await open()).handleRequest(req, res, body);
  }

  return { serve, all: () => [...sessions.values()] };
}

/** Announces on every listen stream and in every session. */
function createHttpDoor() {
  const announce: Announcer = {
    tools() {
      handler.notify.toolsChanged();
      for (const session of sessions.all()) session.announce.tools();
    },
    prompts() {
      handler.notify.promptsChanged();
      for (const session of sessions.all()) session.announce.prompts();
    },
    resource(uri) {
      handler.notify.resourceUpdated(uri);
      for (const session of sessions.all()) session.announce.resource(uri);
    },
  };
  const sessions = createSessions(announce);
  const handler = createMcpHandler(() => buildServer(announce).server, { legacy: "reject" });
  const modern = toNodeHandler(handler);
  const hostAllowed = localhostHostValidation();
  const originAllowed = localhostOriginValidation();

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    if (!hostAllowed(req, res) || !originAllowed(req, res)) return;
    if (req.url !== path)
      return refuse(res, { status: 404, code: -32000, message: `Not Found: serve ${path}` });
    if (req.method !== "POST") return sessions.serve(req, res, undefined);

    const { bytes, json } = await readBody(req);
    if (bytes === undefined) return refuse(res, { status: 413, code: -32000, message: "Payload Too Large" });
    if (json === undefined)
      return refuse(res, { status: 400, code: -32700, message: "Parse error: Invalid JSON" });
    if (await isLegacyRequest(bare(req), json)) return sessions.serve(req, res, json);

    const fault = mirrorFault(json, req.headers);
    if (fault !== undefined) return refuse(res, { status: 400, code: -32020, message: fault }, json);
    return modern(req as NodeIncomingMessageLike, res, json);
  };
}

/** The request without its body, which has been read: enough to tell the era. */
function bare(req: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headersDistinct)) {
    for (const one of value ?? []) headers.append(name, one);
  }
  return new Request(`http://localhost${path}`, { method: "POST", headers });
}

function serveHttp(port: number): void {
  const door = createHttpDoor();
  const http = createServer((req, res) => {
    door(req, res).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      if (res.headersSent) res.destroy();
      else refuse(res, { status: 500, code: -32603, message: "Internal error of the fixture" });
    });
  });
  http.listen(port, "127.0.0.1", () => {
    const { port: bound } = http.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${bound}${path}` })}\n`);
  });
}

function buildStdioServer(): Server {
  const announce: Announcer = {
    tools: () => void server.sendToolListChanged().catch(unheard),
    prompts: () => void server.sendPromptListChanged().catch(unheard),
    resource: (uri) => void server.sendResourceUpdated({ uri }).catch(unheard),
  };
  const { server } = buildServer(announce);
  return server;
}

async function serveOverStdio(era: string | undefined): Promise<void> {
  if (era === "legacy") return buildStdioServer().connect(new StdioServerTransport());
  serveStdio(buildStdioServer, { legacy: era === "modern" ? "reject" : "serve" });
}

const { values } = parseArgs({
  options: { port: { type: "string" }, stdio: { type: "boolean" }, era: { type: "string" } },
});
if (values.stdio === true) await serveOverStdio(values.era);
else serveHttp(Number(values.port ?? "0"));
