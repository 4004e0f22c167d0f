/**
 * Agents for the tests of hostile servers: raw HTTP and raw WebSocket, so that a test sees each byte and each moment.
 */
import { WebSocket } from "ws";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { later } from "./upstreamstand.ts";

const modern = "2026-07-28";

export interface CallParts {
  readonly capabilities?: JsonObject;
  readonly logLevel?: string;
  readonly progressToken?: string | number;
  readonly signal?: AbortSignal;
  /** Members of `params` beside the name and arguments. */
  readonly params?: JsonObject;
  readonly headers?: Record<string, string>;
}

/** All messages of one answer, and how it came. */
export interface Answer {
  readonly status: number;
  readonly messages: readonly JsonObject[];
  /** The response: the last message. */
  readonly last: JsonObject;
  readonly text: string;
  readonly headers: Headers;
}

let lastId = 0;

/** `_meta` of a request of 2026-07-28. */
export function modernMeta(parts: CallParts = {}): JsonObject {
  return {
    "io.modelcontextprotocol/protocolVersion": modern,
    "io.modelcontextprotocol/clientInfo": { name: "hostile-test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": parts.capabilities ?? {},
    ...(parts.logLevel === undefined ? {} : { "io.modelcontextprotocol/logLevel": parts.logLevel }),
    ...(parts.progressToken === undefined ? {} : { progressToken: parts.progressToken }),
  };
}

/** An agent of 2026-07-28 over HTTP. */
export class ModernAgent {
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** Sends one request and hands back the open response. */
  post(method: string, params: JsonObject, parts: CallParts = {}): Promise<Response> {
    const name = params["name"] ?? params["uri"];
    return fetch(this.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.key}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": modern,
        "mcp-method": method,
        ...(typeof name === "string" ? { "mcp-name": headerText(name) } : {}),
        ...parts.headers,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: ++lastId,
        method,
        params: { ...params, ...parts.params, _meta: modernMeta(parts) },
      }),
      ...(parts.signal === undefined ? {} : { signal: parts.signal }),
    });
  }

  async request(method: string, params: JsonObject = {}, parts: CallParts = {}): Promise<Answer> {
    return readAnswer(await this.post(method, params, parts));
  }

  call(name: string, args: JsonObject = {}, parts: CallParts = {}): Promise<Answer> {
    return this.request("tools/call", { name, arguments: args }, parts);
  }

  async toolNames(): Promise<string[]> {
    const { last } = await this.request("tools/list");
    return ((last["result"] as JsonObject)["tools"] as JsonObject[]).map((tool) => String(tool["name"]));
  }
}

/** As SEP-2243 wants names that are no plain header text. */
function headerText(name: string): string {
  return /^[\x21-\x7e]+$/.test(name) ? name : `=?base64?${Buffer.from(name).toString("base64")}?=`;
}

/** An agent of 2025-11-25 over HTTP, after initialize. */
export class OlderAgent {
  readonly url: string;
  readonly key: string;
  readonly session: string;
  /** Answers the server's questions that come on a call's stream. */
  onAsk: (method: string, params: JsonObject) => JsonObject = () => ({ action: "decline" });

  private constructor(url: string, key: string, session: string) {
    this.url = url;
    this.key = key;
    this.session = session;
  }

  static async open(url: string, key: string, capabilities: JsonObject = {}): Promise<OlderAgent> {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities,
      clientInfo: { name: "hostile-test", version: "1" },
    };
    const opened = await send(url, key, undefined, {
      jsonrpc: "2.0",
      id: ++lastId,
      method: "initialize",
      params,
    });
    const session = opened.headers.get("mcp-session-id");
    await opened.text();
    if (session === null) throw new Error(`initialize gave no session (${opened.status})`);
    const agent = new OlderAgent(url, key, session);
    await (await agent.send({ jsonrpc: "2.0", method: "notifications/initialized" })).text();
    return agent;
  }

  send(message: JsonObject, signal?: AbortSignal): Promise<Response> {
    return send(this.url, this.key, this.session, message, signal);
  }

  /** The stream of what belongs to no call, or the rest of a broken one. */
  get(lastEventId?: string, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, {
      headers: {
        authorization: `Bearer ${this.key}`,
        accept: "text/event-stream",
        "mcp-session-id": this.session,
        "mcp-protocol-version": "2025-11-25",
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
      },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async request(method: string, params: JsonObject = {}, signal?: AbortSignal): Promise<Answer> {
    const response = await this.send({ jsonrpc: "2.0", id: ++lastId, method, params }, signal);
    return readAnswer(response, (message) => this.#take(message));
  }

  call(name: string, args: JsonObject = {}, meta: JsonObject = {}): Promise<Answer> {
    return this.request("tools/call", { name, arguments: args, _meta: meta });
  }

  async notify(method: string, params: JsonObject): Promise<void> {
    await (await this.send({ jsonrpc: "2.0", method, params })).text();
  }

  #take(message: JsonObject): void {
    if (message["method"] === undefined || message["id"] === undefined) return;
    const params = isObject(message["params"]) ? message["params"] : {};
    const { method } = message;
    const result = this.onAsk(typeof method === "string" ? method : "", params);
    void this.send({ jsonrpc: "2.0", id: message["id"], result }).then((response) => response.text());
  }
}

function send(
  url: string,
  key: string,
  session: string | undefined,
  message: JsonObject,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session === undefined ? {} : { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
    },
    body: JSON.stringify(message),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Reads a whole answer, JSON or event stream. */
export async function readAnswer(response: Response, on?: (message: JsonObject) => void): Promise<Answer> {
  const messages: JsonObject[] = [];
  let text = "";
  const take = (message: JsonObject): void => {
    messages.push(message);
    on?.(message);
  };
  if (response.headers.get("content-type")?.startsWith("text/event-stream") === true)
    for await (const { data, raw } of eventsOf(response)) {
      text += raw;
      if (data !== "") take(JSON.parse(data) as JsonObject);
    }
  else {
    text = await response.text();
    if (text.startsWith("{")) take(JSON.parse(text) as JsonObject);
  }
  const last = messages.findLast((message) => message["method"] === undefined) ?? {};
  return { status: response.status, messages, last, text, headers: response.headers };
}

/** Events of a stream as they come. */
export async function* eventsOf(
  response: Response,
): AsyncGenerator<{ readonly id: string | undefined; readonly data: string; readonly raw: string }> {
  let held = "";
  const decoder = new TextDecoder();
  if (response.body === null) return;
  for await (const chunk of response.body) {
    held += decoder.decode(chunk as Uint8Array, { stream: true });
    const parts = held.split("\n\n");
    held = parts.pop() ?? "";
    for (const raw of parts) {
      const lines = raw.split("\n");
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      yield { id: field("id"), data: field("data") ?? "", raw: `${raw}\n\n` };
    }
  }
}

/** A WebSocket with subprotocol `mcp`; messages in the order they came. */
export class SocketAgent {
  readonly socket: WebSocket;
  readonly messages: JsonObject[] = [];
  on: ((message: JsonObject) => void) | undefined;
  #wake: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8")) as JsonObject;
      this.messages.push(message);
      this.on?.(message);
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  static async open(url: string, key: string): Promise<SocketAgent> {
    const socket = new WebSocket(url.replace(/^http/, "ws"), "mcp", {
      headers: { authorization: `Bearer ${key}` },
    });
    later(() => socket.terminate());
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    return new SocketAgent(socket);
  }

  /** Sends a request of 2026-07-28; its id. */
  modern(method: string, params: JsonObject, parts: CallParts = {}): number {
    const id = ++lastId;
    this.send({
      jsonrpc: "2.0",
      id,
      method,
      params: { ...params, ...parts.params, _meta: modernMeta(parts) },
    });
    return id;
  }

  /** Sends a request of an older era; its id. */
  older(method: string, params: JsonObject): number {
    const id = ++lastId;
    this.send({ jsonrpc: "2.0", id, method, params });
    return id;
  }

  send(message: JsonObject): void {
    this.socket.send(JSON.stringify(message));
  }

  async initialize(capabilities: JsonObject = {}): Promise<void> {
    const clientInfo = { name: "hostile-test", version: "1" };
    await this.response(
      this.older("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo }),
    );
    this.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** The answer to a request, once it is there. */
  response(id: number): Promise<JsonObject> {
    return this.first((message) => message["id"] === id && message["method"] === undefined);
  }

  async first(matches: (message: JsonObject) => boolean): Promise<JsonObject> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}

/** The text of the first content block of a tool result. */
export function textOf({ last }: Pick<Answer, "last">): string {
  const result = last["result"];
  const content =
    isObject(result) && Array.isArray(result["content"]) ? (result["content"] as unknown[]) : [];
  const [first] = content;
  return isObject(first) ? String(first["text"]) : "";
}

/** The code of a verdict or failure, wherever the wire table puts it. */
export function codeOf({ last }: Pick<Answer, "last">): unknown {
  const { result, error } = last;
  if (isObject(result) && isObject(result["_meta"])) {
    const verdict = result["_meta"]["io.gatehouse/verdict"];
    return isObject(verdict) ? verdict["code"] : undefined;
  }
  return isObject(error) && isObject(error["data"]) ? error["data"]["code"] : undefined;
}

export function errorOf({ last }: Pick<Answer, "last">): JsonObject {
  return isObject(last["error"]) ? last["error"] : {};
}

export function resultOf({ last }: Pick<Answer, "last">): JsonObject {
  return isObject(last["result"]) ? last["result"] : {};
}
