// The official SDK, version 2: 2026-07-28 and the revisions before it. It has no WebSocket transport, so it gets one
// here: one JSON-RPC message per text frame, over the WebSocket that every platform has.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { JSONRPCMessage, Transport, VersionNegotiationMode } from "@modelcontextprotocol/client";
import { getDefaultEnvironment, StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { answers, capabilities, compiled, tapProgress, toAnswer, withTicket } from "./connection.ts";
import type { Connection, Target } from "./connection.ts";
import type { Program } from "./sdkv1.ts";

export class SocketTransport implements Transport {
  onmessage?: Transport["onmessage"];
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  readonly #url: URL;
  #socket: WebSocket | undefined;

  constructor(url: URL) {
    this.#url = url;
  }

  start(): Promise<void> {
    const socket = new WebSocket(this.#url, "mcp");
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) =>
      this.onmessage?.(JSON.parse(String(data)) as JSONRPCMessage),
    );
    socket.addEventListener("close", () => this.onclose?.());
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("error", () => {
        const error = new Error("the WebSocket failed");
        reject(error);
        this.onerror?.(error);
      });
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#socket?.readyState !== WebSocket.OPEN) throw new Error("the WebSocket is not open");
    this.#socket.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    this.#socket?.close(1000);
  }
}

async function connect(transport: Transport, mode: VersionNegotiationMode): Promise<Connection> {
  const client = new Client(
    { name: "matrix-sdk-v2", version: "1.0.0" },
    { capabilities, versionNegotiation: { mode } },
  );
  client.setRequestHandler("sampling/createMessage", () => structuredClone(answers.sampling));
  client.setRequestHandler("elicitation/create", () => structuredClone(answers.elicitation));
  await client.connect(transport);
  return {
    revision: client.getNegotiatedProtocolVersion(),
    serverName: client.getServerVersion()?.name,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (name, args, { signal, progress } = {}) => {
      if (progress !== undefined) tapProgress(transport, progress.arrived);
      const onprogress = (at: { readonly progress: number }) => void progress?.handedOn.push(at.progress);
      const options = {
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { onprogress }),
      };
      return toAnswer(await client.callTool({ name, arguments: { ...args } }, options));
    },
    close: () => client.close(),
  };
}

export function v2OverHttp(target: Target, mode: VersionNegotiationMode): Promise<Connection> {
  const requestInit = { headers: { authorization: `Bearer ${target.key}` } };
  return connect(new StreamableHTTPClientTransport(new URL(target.url), { requestInit }), mode);
}

export async function v2OverWebSocket(target: Target, mode: VersionNegotiationMode): Promise<Connection> {
  return connect(new SocketTransport(await withTicket(target)), mode);
}

export function v2OverStdio({ args, env }: Program, mode: VersionNegotiationMode): Promise<Connection> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...compiled, ...env },
    stderr: "ignore",
  });
  return connect(transport, mode);
}
