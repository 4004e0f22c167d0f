/**
 * Ways in: one per door and era, each an agent that keeps to the protocol. What it asks may be hostile, how it asks is
 * not. All of them speak to the gateway over the network.
 */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { WebSocket } from "ws";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import {
  ask,
  eventsOf,
  messagesOf,
  modernBody,
  modernHeaders,
  olderHeaders,
  olderVersion,
  type Reply,
} from "./agent.ts";

/** One answer: HTTP status where there is one, and the JSON-RPC message. */
export interface Answer {
  readonly status?: number;
  readonly headers?: IncomingHttpHeaders;
  readonly message: JsonObject | undefined;
  /** Messages that came before the answer on its stream. */
  readonly before: readonly JsonObject[];
}

/** A way in: one door in one era, for one credential at one endpoint. */
export interface Way {
  readonly name: WayName;
  request(method: string, params?: JsonObject): Promise<Answer>;
  notify(method: string, params?: JsonObject): Promise<void>;
  close(): void;
}

export const wayNames = ["http modern", "http older", "websocket modern", "websocket older", "sse"] as const;
export type WayName = (typeof wayNames)[number];

export interface Place {
  readonly port: number;
  /** /p/reader */
  readonly path: string;
  readonly key: string;
}

export async function enter(name: WayName, place: Place): Promise<Way> {
  switch (name) {
    case "http modern":
      return new HttpModern(place);
    case "http older":
      return HttpOlder.open(place);
    case "websocket modern":
      return SocketWay.open(place, name);
    case "websocket older": {
      const way = await SocketWay.open(place, name);
      await initialise(way, olderVersion);
      return way;
    }
    case "sse": {
      const way = await SseWay.open(place);
      await initialise(way, "2024-11-05");
      return way;
    }
    default:
      return name satisfies never;
  }
}

async function initialise(way: Way, version: string): Promise<void> {
  const { message } = await way.request("initialize", {
    protocolVersion: version,
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  if (message === undefined || !("result" in message))
    throw new Error(`not initialised: ${JSON.stringify(message)}`);
  await way.notify("notifications/initialized");
}

export class HttpModern implements Way {
  readonly name = "http modern";
  readonly #place: Place;
  #id = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  async request(method: string, params: JsonObject = {}): Promise<Answer> {
    const { port, path, key } = this.#place;
    const reply = await ask({
      port,
      path: `${path}/mcp`,
      headers: modernHeaders(key, method, params),
      body: modernBody(++this.#id, method, params),
    });
    const messages = messagesOf(reply);
    return {
      status: reply.status,
      headers: reply.headers,
      message: messages.at(-1),
      before: messages.slice(0, -1),
    };
  }

  async notify(): Promise<void> {
    await Promise.resolve();
  }

  close(): void {}
}

export class HttpOlder implements Way {
  readonly name = "http older";
  readonly session: string;
  readonly #place: Place;
  readonly #version: string;
  #id = 0;

  private constructor(place: Place, session: string, version: string) {
    this.#place = place;
    this.session = session;
    this.#version = version;
  }

  static async open(place: Place, version = olderVersion): Promise<HttpOlder> {
    const { port, path, key } = place;
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: "test", version: "1" } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
    const reply = await ask({ port, path: `${path}/mcp`, headers: olderHeaders(key), body });
    const session = reply.headers["mcp-session-id"];
    if (typeof session !== "string") throw new Error(`not initialised: ${reply.status} ${reply.body}`);
    const way = new HttpOlder(place, session, version);
    await way.notify("notifications/initialized");
    return way;
  }

  async request(method: string, params: JsonObject = {}): Promise<Answer> {
    const reply = await this.post(JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }));
    const messages = messagesOf(reply).filter((message) => Object.keys(message).length > 0);
    return {
      status: reply.status,
      headers: reply.headers,
      message: messages.at(-1),
      before: messages.slice(0, -1),
    };
  }

  async notify(method: string, params: JsonObject = {}): Promise<void> {
    await this.post(JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  post(body: string): Promise<Reply> {
    const { port, path, key } = this.#place;
    return ask({
      port,
      path: `${path}/mcp`,
      headers: {
        ...olderHeaders(key),
        "mcp-session-id": this.session,
        "mcp-protocol-version": this.#version,
      },
      body,
    });
  }

  close(): void {}
}

/** Answers by their id, for doors whose answers come on one stream. */
class Waiting {
  readonly #waiting = new Map<unknown, (answer: Answer) => void>();
  readonly #before: JsonObject[] = [];
  /** Far from any id that a test makes up: an answer to such a message must not pass for one of ours. */
  #last = 2 ** 40;

  next(): { id: number; answer: Promise<Answer> } {
    const id = ++this.#last;
    return { id, answer: new Promise((resolve) => void this.#waiting.set(id, resolve)) };
  }

  take(message: JsonObject): void {
    const resolve = "method" in message ? undefined : this.#waiting.get(message["id"]);
    if (resolve === undefined) {
      this.#before.push(message);
      return;
    }
    this.#waiting.delete(message["id"]);
    resolve({ message, before: this.#before.splice(0) });
  }

  endAll(): void {
    for (const resolve of this.#waiting.values()) resolve({ message: undefined, before: [] });
    this.#waiting.clear();
  }
}

export class SocketWay implements Way {
  readonly name: WayName;
  readonly socket: WebSocket;
  /** Code and reason of the close frame. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #waiting = new Waiting();

  private constructor(name: WayName, socket: WebSocket) {
    this.name = name;
    this.socket = socket;
    socket.on("message", (data: Buffer) =>
      this.#waiting.take(JSON.parse(data.toString("utf8")) as JsonObject),
    );
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString("utf8") };
      this.#waiting.endAll();
    });
    socket.on("error", () => this.#waiting.endAll());
  }

  static async open({ port, path, key }: Place, name: WayName = "websocket modern"): Promise<SocketWay> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}/mcp`, "mcp", {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: false,
    });
    const way = new SocketWay(name, socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) =>
        reject(new Error(`not upgraded: ${response.statusCode ?? 0}`)),
      );
    });
    return way;
  }

  request(method: string, params: JsonObject = {}): Promise<Answer> {
    const { id, answer } = this.#waiting.next();
    if (this.name === "websocket modern") this.socket.send(modernBody(id, method, params));
    else this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answer;
  }

  async notify(method: string, params: JsonObject = {}): Promise<void> {
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", method, params }));
    await Promise.resolve();
  }

  close(): void {
    this.socket.terminate();
  }
}

export class SseWay implements Way {
  readonly name = "sse";
  /** Where messages are posted: path and query. */
  readonly target: string;
  /** True once the stream has ended. */
  ended = false;
  readonly #place: Place;
  readonly #waiting: Waiting;
  readonly #end: () => void;

  private constructor(place: Place, target: string, waiting: Waiting, end: () => void) {
    this.#place = place;
    this.target = target;
    this.#waiting = waiting;
    this.#end = end;
  }

  static open(place: Place): Promise<SseWay> {
    const { port, path, key } = place;
    const waiting = new Waiting();
    return new Promise((resolve, reject) => {
      let way: SseWay | undefined;
      const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
      const sent = httpRequest(
        { host: "127.0.0.1", port, path: `${path}/sse`, headers, agent: false },
        (response) => {
          if (response.statusCode !== 200) return reject(new Error(`no stream: ${response.statusCode ?? 0}`));
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (part: string) => {
            text += part;
            const end = text.lastIndexOf("\n\n") + 2;
            if (end < 2) return;
            const events = eventsOf(text.slice(0, end));
            text = text.slice(end);
            for (const data of events) {
              if (way !== undefined) waiting.take(JSON.parse(data) as JsonObject);
              else resolve((way = new SseWay(place, data, waiting, () => sent.destroy())));
            }
          });
          const over = (): void => {
            if (way !== undefined) way.ended = true;
            waiting.endAll();
          };
          response.on("end", over);
          response.on("close", over);
          response.on("error", over);
        },
      );
      sent.on("error", reject);
      sent.end();
    });
  }

  async request(method: string, params: JsonObject = {}): Promise<Answer> {
    const { id, answer } = this.#waiting.next();
    const reply = await this.post(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    if (reply.status !== 202) return { status: reply.status, message: messagesOf(reply)[0], before: [] };
    return answer;
  }

  async notify(method: string, params: JsonObject = {}): Promise<void> {
    await this.post(JSON.stringify({ jsonrpc: "2.0", method, params }));
  }

  post(body: string, key = this.#place.key): Promise<Reply> {
    return ask({ port: this.#place.port, path: this.target, headers: olderHeaders(key), body });
  }

  close(): void {
    this.#end();
  }
}
