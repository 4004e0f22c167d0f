/** Peers for the tests of this folder: raw HTTP servers that may lie, real SDK servers, and a pool in front of them. */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { serverSchema } from "../../protocol/catalogue.ts";
import type { CatalogueServer } from "../../protocol/catalogue.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { openPool } from "./pool.ts";
import type { PoolOptions, Upstreams } from "./pool.ts";
import { makeServer } from "./testdata/sdkserver.ts";
import type { CallOptions } from "./upstream.ts";

export const loopback = { private: ["127.0.0.0/8"] };
export const testdata = new URL("testdata/", import.meta.url).pathname;
export const plain: CallOptions = { timeoutMs: 5_000, capabilities: {} };

const cleanups: (() => unknown)[] = [];

/** Runs when the test is over; last in, first out. */
export function later(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** For afterEach. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export interface RawServer {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Sockets that were accepted. */
  connections: number;
}

/** A server of node:http on 127.0.0.1. */
export async function rawServer(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<RawServer> {
  const server = createServer((request, response) => {
    Promise.resolve(listener(request, response)).catch(() => response.destroy());
  });
  const raw: RawServer = { url: "", port: 0, server, connections: 0 };
  server.on("connection", () => raw.connections++);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  later(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return Object.assign(raw, { url: `http://127.0.0.1:${port}/mcp`, port });
}

export async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk as string;
  return text === "" ? {} : (JSON.parse(text) as JsonObject);
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

export function resultOf(message: JsonObject, result: JsonObject): JsonObject {
  return { jsonrpc: "2.0", id: message["id"], result };
}

export function sse(message: unknown, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

export type Script = (message: JsonObject, response: ServerResponse, request: IncomingMessage) => unknown;

/** A server of 2026-07-28 whose calls are answered by `script`. */
export function modernServer(script: Script, capabilities: JsonObject = { tools: {} }): Promise<RawServer> {
  return rawServer(async (request, response) => {
    if (request.method !== "POST") return response.writeHead(405).end();
    const message = await bodyOf(request);
    if (message["method"] !== "server/discover") return script(message, response, request);
    const own = { "io.modelcontextprotocol/serverInfo": { name: "modern-fixture", version: "1" } };
    const result = {
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities,
      ttlMs: 0,
      cacheScope: "private",
      _meta: own,
    };
    return sendJson(response, resultOf(message, result));
  });
}

/** A server of 2025-11-25 with sessions whose calls are answered by `script`; it gets GET and DELETE too. */
export function olderServer(
  script: Script,
  capabilities: JsonObject = { tools: {} },
): Promise<RawServer & { sessions: Set<string> }> {
  const sessions = new Set<string>();
  const started = rawServer(async (request, response) => {
    const message = await bodyOf(request);
    const id = request.headers["mcp-session-id"];
    if (message["method"] === "server/discover") return sendJson(response, { error: "what?" }, 400);
    if (message["method"] === "initialize") {
      const made = randomUUID();
      sessions.add(made);
      const result = {
        protocolVersion: "2025-11-25",
        capabilities,
        serverInfo: { name: "older-fixture", version: "1" },
      };
      return sendJson(response, resultOf(message, result), 200, { "mcp-session-id": made });
    }
    if (typeof id !== "string" || !sessions.has(id))
      return response.writeHead(id === undefined ? 400 : 404).end();
    if (
      request.method === "POST" &&
      message["id"] === undefined &&
      message["method"] === "notifications/initialized"
    )
      return response.writeHead(202).end();
    return script(message, response, request);
  });
  return started.then((server) => Object.assign(server, { sessions }));
}

/** The SDK's v1 server over Streamable HTTP, one McpServer per session. */
export async function sdkHttpServer(
  options: { json?: boolean; eventStore?: () => EventStore } = {},
): Promise<RawServer & { sessions: Map<string, StreamableHTTPServerTransport> }> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const server = await rawServer(async (request, response) => {
    const id = request.headers["mcp-session-id"];
    let transport = typeof id === "string" ? sessions.get(id) : undefined;
    const body = request.method === "POST" ? await bodyOf(request) : undefined;
    if (transport === undefined) {
      if (typeof id === "string")
        return sendJson(
          response,
          { jsonrpc: "2.0", id: null, error: { code: -32001, message: "Session not found" } },
          404,
        );
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        enableJsonResponse: options.json === true,
        onsessioninitialized: (session) => void sessions.set(session, made),
        ...(options.eventStore === undefined ? {} : { eventStore: options.eventStore() }),
      });
      await makeServer().connect(made);
      transport = made;
    }
    return transport.handleRequest(request, response, body);
  });
  return Object.assign(server, { sessions });
}

/** The SDK's v1 server over HTTP+SSE. */
export async function sdkSseServer(): Promise<RawServer> {
  const transports = new Map<string, SSEServerTransport>();
  return rawServer(async (request, response) => {
    if (request.method === "GET") {
      const transport = new SSEServerTransport("/message", response);
      transports.set(transport.sessionId, transport);
      return makeServer().connect(transport);
    }
    const id = new URL(request.url ?? "", "http://localhost").searchParams.get("sessionId");
    const transport = transports.get(id ?? "");
    if (transport === undefined) return response.writeHead(404).end();
    return transport.handlePostMessage(request, response);
  });
}

export interface TestPool {
  readonly pool: Upstreams;
  readonly logs: string[];
  readonly lost: string[];
  readonly changed: string[];
  readonly connected: string[];
}

/** A pool with one server named `s`, or several; drained after the test. */
export function poolOf(entries: JsonObject, options: Partial<PoolOptions> = {}): TestPool {
  const isOne = "transport" in entries;
  const servers: Record<string, CatalogueServer> = {};
  for (const [name, entry] of Object.entries(isOne ? { s: entries } : entries))
    servers[name] = serverSchema.parse(entry);
  const pool = openPool({
    catalogue: { servers },
    folder: testdata,
    env: { PATH: "/usr/bin:/bin" },
    ...options,
  });
  const seen: TestPool = { pool, logs: [], lost: [], changed: [], connected: [] };
  pool.on("log", ({ line }) => seen.logs.push(line));
  pool.on("lost", ({ reason }) => seen.lost.push(reason));
  pool.on("changed", ({ what }) => seen.changed.push(what));
  pool.on("connected", ({ server }) => seen.connected.push(server));
  later(() => pool.drain());
  return seen;
}

export function httpEntry(url: string, more: JsonObject = {}): JsonObject {
  return { transport: { http: { url } }, network: loopback, ...more };
}

export function childEntry(script: string, args: readonly string[] = [], more: JsonObject = {}): JsonObject {
  return { transport: { stdio: { command: "node", args: [`./${script}`, ...args] } }, ...more };
}

/** Text of the first content block of a tool result. */
export function textOf(answer: { kind: string; result?: JsonObject }): string {
  const content = answer.result?.["content"];
  const first: unknown = Array.isArray(content) ? content[0] : undefined;
  return isObject(first) ? String(first["text"]) : "";
}

export function call(name: string, args: JsonObject = {}): JsonObject {
  return { name, arguments: args };
}

/** Waits until `holds`, at most `ms`. */
export async function until(holds: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error("it did not come to hold in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The code of the GatewayError that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return isObject(error) && typeof error["code"] === "string" ? error["code"] : String(error);
  }
  return "no error";
}
