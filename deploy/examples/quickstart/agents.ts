// The agents of the demo: the official SDK clients, one per door. Both SDKs throw what is not a result; here both are
// values, so that a play reads as a list of replies.
import { resolve } from "node:path";
import { Client as ClientV2, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { getDefaultEnvironment, StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

const program = resolve(import.meta.dirname, "../../../bin/gatehouse.mjs");
export const stepMs = 10_000;

async function bounded<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${stepMs / 1000} s`)), stepMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

interface ToolResult {
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

export interface Reply {
  /** A result's text, or an error's message. */
  readonly text: string;
  readonly isResult: boolean;
  readonly isError: boolean;
  /** The rule that refused, from the result's `_meta` or the error's `data`; and by what the record of it is found. */
  readonly rule: string | undefined;
  readonly operation?: string | undefined;
  /** Of a JSON-RPC error. */
  readonly code: unknown;
  readonly retryAfterMs: number | undefined;
}

export interface Agent {
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<Reply>;
  list(): Promise<readonly { readonly name: string }[]>;
  close(): Promise<void>;
}

function toReply(answer: unknown): Reply {
  const result = answer as ToolResult;
  const verdict = result._meta?.["io.gatehouse/verdict"] as { code?: string; operation?: string } | undefined;
  const text = (result.content ?? []).map((block) => block.text ?? "").join(" ");
  return {
    text,
    isResult: true,
    isError: result.isError === true,
    rule: verdict?.code,
    operation: verdict?.operation,
    code: undefined,
    retryAfterMs: undefined,
  };
}

/** A JSON-RPC error; over HTTP some clients wrap it in one of their own, with the body in its message. */
function toRefusal(error: unknown): Reply {
  const { code, data, message } = error as {
    code?: unknown;
    data?: Record<string, unknown>;
    message?: string;
  };
  const body = /\{"jsonrpc".*\}/s.exec(message ?? "")?.[0];
  const inner =
    body === undefined ? { code, data, message } : (JSON.parse(body) as { error: typeof data }).error;
  const details = inner?.["data"] as { code?: string; operation?: string; retryAfterMs?: number } | undefined;
  return {
    text: String(inner?.["message"] ?? error),
    isResult: false,
    isError: true,
    rule: details?.code,
    operation: details?.operation,
    code: inner?.["code"],
    retryAfterMs: details?.retryAfterMs,
  };
}

export interface Door {
  readonly url: string;
  readonly websocket: string;
  readonly sse: string;
}

function bearer(key: string): { requestInit: { headers: Record<string, string> } } {
  return { requestInit: { headers: { authorization: `Bearer ${key}` } } };
}

/** SDK v2 speaks 2026-07-28: no session on the wire, each request by itself. */
export async function overHttp(door: Door, key: string): Promise<Agent> {
  const client = new ClientV2({ name: "demo", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await bounded(client.connect(new StreamableHTTPClientTransport(new URL(door.url), bearer(key))));
  return {
    call: (name, args) => bounded(client.callTool({ name, arguments: { ...args } }).then(toReply, toRefusal)),
    list: async () => (await bounded(client.listTools())).tools,
    close: () => client.close(),
  };
}

async function overV1(transport: Pick<Transport, "start" | "send" | "close">): Promise<Agent> {
  const client = new Client({ name: "demo", version: "1" });
  await bounded(client.connect(transport as Transport));
  const ask = async (name: string, args: Readonly<Record<string, unknown>>) =>
    toReply(await client.callTool({ name, arguments: { ...args } }));
  return {
    call: (name, args) => bounded(ask(name, args).catch(toRefusal)),
    list: async () => (await bounded(client.listTools())).tools,
    close: () => client.close(),
  };
}

/** A WebSocket cannot send a header, so the client shows a ticket that it fetched with its key. */
export async function overWebSocket(door: Door, key: string): Promise<Agent> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(door.url.replace(/mcp$/, "ticket"), { method: "POST", headers });
  const { ticket } = (await response.json()) as { ticket: string };
  const url = new URL(door.websocket);
  url.searchParams.set("ticket", ticket);
  return overV1(new WebSocketClientTransport(url));
}

export function overSse(door: Door, key: string): Promise<Agent> {
  return overV1(new SSEClientTransport(new URL(door.sse), bearer(key)));
}

export function overStdio(folder: string, key: string): Promise<Agent> {
  const args = [program, "connect", "reader", "--config", folder];
  const env = { ...getDefaultEnvironment(), GATEHOUSE_KEY: key };
  return overV1(new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" }));
}
