/**
 * A scriptable MCP server that lies, over Streamable HTTP by hand: both eras, every byte of an answer in the test's
 * hands. Owns: what an honest server would say before the lie (greeting, lists, streams for announcements). Does not
 * own: the lie (the test's `onCall` and `onMessage`), the node before it (upstreamstand.ts).
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

const subscription = "io.modelcontextprotocol/subscriptionId";

export type ServerEra = "modern" | "older";

/** What the server lists; tests change it in place. */
export interface Offer {
  tools: JsonObject[];
  prompts: JsonObject[];
  templates: JsonObject[];
  resources: JsonObject[];
  instructions?: string;
}

/** A definition that every persona of these tests may call. */
export function toolNamed(name: string, more: JsonObject = {}): JsonObject {
  const inputSchema = { type: "object", properties: { n: { type: "string" } } };
  return { name, description: `does ${name}`, inputSchema, ...more };
}

export function offerOf(...tools: readonly JsonObject[]): Offer {
  return { tools: [...tools], prompts: [], templates: [], resources: [] };
}

/** One message that arrived, and the answer to it in the making. */
export class Asked {
  readonly message: JsonObject;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: HostileServer;

  constructor(
    server: HostileServer,
    message: JsonObject,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.server = server;
    this.message = message;
    this.request = request;
    this.response = response;
  }

  get id(): unknown {
    return this.message["id"];
  }

  get method(): string {
    return String(this.message["method"]);
  }

  get params(): JsonObject {
    const params = this.message["params"];
    return isObject(params) ? params : {};
  }

  get args(): JsonObject {
    const args = this.params["arguments"];
    return isObject(args) ? args : {};
  }

  get token(): unknown {
    const own = this.params["_meta"];
    return isObject(own) ? own["progressToken"] : undefined;
  }

  /** Answers with a result: JSON, or the last event of the stream that `notify` opened. */
  result(result: JsonObject, headers: Record<string, string> = {}): void {
    const shaped = this.server.era === "modern" ? { resultType: "complete", ...result } : result;
    this.finish({ jsonrpc: "2.0", id: this.id, result: shaped }, 200, headers);
  }

  /** A tool result with one text. */
  text(text: string): void {
    this.result({ content: [{ type: "text", text }] });
  }

  error(code: number, message: string, data?: unknown, status = 200): void {
    const error = { code, message, ...(data === undefined ? {} : { data }) };
    this.finish({ jsonrpc: "2.0", id: this.id, error }, status);
  }

  finish(message: unknown, status = 200, headers: Record<string, string> = {}): void {
    if (this.response.headersSent) this.response.end(event(message));
    else this.raw(status, { "content-type": "application/json", ...headers }, JSON.stringify(message));
  }

  raw(status: number, headers: Record<string, string>, body?: string | Buffer): void {
    this.response.writeHead(status, headers).end(body);
  }

  /** Opens the event stream if it is not open, and writes one message. False: the gateway does not read. */
  send(message: unknown): boolean {
    this.open();
    return this.response.write(event(message));
  }

  notify(method: string, params: JsonObject): boolean {
    return this.send({ jsonrpc: "2.0", method, params });
  }

  progress(progress: number, more: JsonObject = {}): boolean {
    return this.notify("notifications/progress", { progressToken: this.token, progress, ...more });
  }

  open(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, { "content-type": "text/event-stream" });
    this.response.flushHeaders();
  }

  /** Resolves when the gateway has read on, or is gone. */
  drained(): Promise<void> {
    const { response } = this;
    return new Promise((resolve) => {
      const done = (): void => {
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.on("drain", done).on("close", done);
    });
  }

  /** Asks the client back, over the stream of this call (older eras). Resolves with the whole answer message. */
  ask(method: string, params: JsonObject): Promise<JsonObject> {
    const id = `q-${randomUUID()}`;
    const answered = new Promise<JsonObject>((resolve) => this.server.asks.set(id, resolve));
    this.send({ jsonrpc: "2.0", id, method, params });
    return answered;
  }
}

export function event(message: unknown, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

export type Script = (asked: Asked) => unknown;

export interface ServerOptions {
  readonly era: ServerEra;
  readonly offer: Offer;
  readonly onCall?: Script;
  /** Sees every message first; true when it has dealt with it. */
  readonly onMessage?: (asked: Asked) => unknown;
  readonly capabilities?: JsonObject;
}

/** An honest server until it is told otherwise. */
export class HostileServer {
  readonly era: ServerEra;
  offer: Offer;
  onCall: Script;
  onMessage: ((asked: Asked) => unknown) | undefined;
  capabilities: JsonObject;
  url = "";
  port = 0;
  /** Sockets accepted since the start. */
  connections = 0;
  /** Every message that arrived, with the headers it came with. */
  readonly seen: { readonly message: JsonObject; readonly headers: IncomingMessage["headers"] }[] = [];
  readonly sessions = new Set<string>();
  readonly asks = new Map<string, (answer: JsonObject) => void>();
  readonly #server: Server;
  readonly #listeners = new Map<ServerResponse, unknown>();

  private constructor(options: ServerOptions) {
    this.era = options.era;
    this.offer = options.offer;
    this.onCall = options.onCall ?? ((asked) => asked.text(`${String(asked.params["name"])} did it`));
    this.onMessage = options.onMessage;
    this.capabilities = options.capabilities ?? {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      logging: {},
    };
    this.#server = createServer((request, response) => {
      this.#receive(request, response).catch(() => response.destroy());
    });
    this.#server.on("connection", () => this.connections++);
  }

  static async start(options: ServerOptions, port = 0): Promise<HostileServer> {
    const server = new HostileServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    server.port = (server.#server.address() as AddressInfo).port;
    server.url = `http://127.0.0.1:${server.port}/mcp`;
    return server;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Messages of one method that arrived. */
  heard(method: string): JsonObject[] {
    return this.seen.map(({ message }) => message).filter((message) => message["method"] === method);
  }

  /** Streams on which the server may say what belongs to no call. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Says that a list changed, to all who listen. */
  announce(kind: "tools" | "prompts" | "resources"): void {
    this.tell(`notifications/${kind}/list_changed`, {});
  }

  tell(method: string, params: JsonObject): void {
    for (const [stream, id] of this.#listeners) {
      const own = id === undefined ? {} : { _meta: { [subscription]: id } };
      stream.write(event({ jsonrpc: "2.0", method, params: { ...params, ...own } }));
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) body += chunk as string;
    const message = body === "" ? {} : (JSON.parse(body) as JsonObject);
    this.seen.push({ message, headers: request.headers });
    const asked = new Asked(this, message, request, response);
    if ((await this.onMessage?.(asked)) === true) return;
    if (this.era === "modern") this.#modern(asked);
    else this.#older(asked);
  }

  #modern(asked: Asked): void {
    if (asked.request.method !== "POST") return asked.raw(405, {});
    switch (asked.method) {
      case "server/discover": {
        const { instructions } = this.offer;
        return asked.result({
          supportedVersions: ["2026-07-28"],
          capabilities: this.capabilities,
          ...(instructions === undefined ? {} : { instructions }),
        });
      }
      case "subscriptions/listen":
        asked.notify("notifications/subscriptions/acknowledged", {
          notifications: asked.params["notifications"],
          _meta: { [subscription]: asked.id },
        });
        return this.#listen(asked.response, asked.id);
      default:
        this.#serve(asked);
    }
  }

  #older(asked: Asked): void {
    const session = asked.request.headers["mcp-session-id"];
    if (asked.method === "server/discover") return asked.raw(400, { "content-type": "text/plain" }, "what?");
    if (asked.method === "initialize") {
      const made = randomUUID();
      this.sessions.add(made);
      const { instructions } = this.offer;
      return asked.result(
        {
          protocolVersion: "2025-11-25",
          capabilities: this.capabilities,
          serverInfo: { name: "hostile", version: "1" },
          ...(instructions === undefined ? {} : { instructions }),
        },
        { "mcp-session-id": made },
      );
    }
    if (typeof session !== "string" || !this.sessions.has(session))
      return asked.raw(session === undefined ? 400 : 404, {});
    if (asked.request.method === "DELETE") return this.#forget(asked, session);
    if (asked.request.method === "GET") {
      asked.open();
      return this.#listen(asked.response, undefined);
    }
    if (asked.message["method"] === undefined) return this.#answered(asked);
    if (asked.id === undefined) return asked.raw(202, {});
    this.#serve(asked);
  }

  #listen(stream: ServerResponse, id: unknown): void {
    this.#listeners.set(stream, id);
    stream.on("close", () => this.#listeners.delete(stream));
  }

  #forget(asked: Asked, session: string): void {
    this.sessions.delete(session);
    asked.raw(200, {});
  }

  #answered(asked: Asked): void {
    const id = String(asked.id);
    this.asks.get(id)?.(asked.message);
    this.asks.delete(id);
    asked.raw(202, {});
  }

  #serve(asked: Asked): unknown {
    const { tools, prompts, templates, resources } = this.offer;
    switch (asked.method) {
      case "tools/list":
        return asked.result({ tools, ttlMs: 0, cacheScope: "private" });
      case "prompts/list":
        return asked.result({ prompts, ttlMs: 0, cacheScope: "private" });
      case "resources/templates/list":
        return asked.result({ resourceTemplates: templates, ttlMs: 0, cacheScope: "private" });
      case "resources/list":
        return asked.result({ resources, ttlMs: 0, cacheScope: "private" });
      case "ping":
      case "logging/setLevel":
      case "resources/subscribe":
      case "resources/unsubscribe":
        return asked.result({});
      default:
        return this.onCall(asked);
    }
  }
}
