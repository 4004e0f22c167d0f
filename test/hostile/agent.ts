/** Requests as an agent makes them that keeps to the protocol, over node:http, and what comes back. */
import { Agent, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { encodeHeaderValue } from "../../protocol/header.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

export const modernVersion = "2026-07-28";
export const olderVersion = "2025-11-25";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const connections = new Agent({ keepAlive: true, maxSockets: 256 });

export interface Asked {
  readonly port: number;
  readonly path: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly from?: string;
}

/** One HTTP request over node:http, its whole answer. */
export function ask({ port, path, method = "POST", headers = {}, body, from }: Asked): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port,
        path,
        method,
        headers,
        ...(from === undefined ? { agent: connections } : { localAddress: from, agent: false }),
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => void parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString("utf8"),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

export function modernMeta(more: JsonObject = {}): JsonObject {
  return {
    "io.modelcontextprotocol/protocolVersion": modernVersion,
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": { elicitation: { form: {} } },
    ...more,
  };
}

/** The body of a modern request. */
export function modernBody(id: unknown, method: string, params: JsonObject = {}): string {
  const own = isObject(params["_meta"]) ? params["_meta"] : {};
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: modernMeta(own) } });
}

/** The headers that go with it. */
export function modernHeaders(key: string, method: string, params: JsonObject = {}): Record<string, string> {
  const name =
    method === "tools/call" || method === "prompts/get"
      ? params["name"]
      : method === "resources/read"
        ? params["uri"]
        : undefined;
  return {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": modernVersion,
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": encodeHeaderValue(name) } : {}),
  };
}

/** Messages of a body, be it JSON or a stream. */
export function messagesOf({ headers, body }: Pick<Reply, "headers" | "body">): JsonObject[] {
  if (headers["content-type"]?.startsWith("text/event-stream") === true)
    return eventsOf(body).map((data) => JSON.parse(data) as JsonObject);
  if (body === "") return [];
  const value: unknown = JSON.parse(body);
  return (Array.isArray(value) ? value : [value]) as JsonObject[];
}

/** Data of the whole events in a text. */
export function eventsOf(text: string): string[] {
  return text
    .split("\n\n")
    .slice(0, -1)
    .flatMap((block) => {
      const data = block
        .split("\n")
        .filter((line) => line.startsWith("data: "))
        .map((line) => line.slice(6))
        .join("\n");
      return data === "" ? [] : [data];
    });
}

export function olderHeaders(key: string): Record<string, string> {
  return {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
}
