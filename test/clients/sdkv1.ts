// The official SDK, version 1: every revision with `initialize`, over each transport it has.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { getDefaultEnvironment, StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { CreateMessageRequestSchema, ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { answers, capabilities, compiled, tapProgress, toAnswer, withTicket } from "./connection.ts";
import type { Connection, Target } from "./connection.ts";

/** The SDK's transports are not declared for `exactOptionalPropertyTypes`. */
type LooseTransport = Pick<Transport, "start" | "send" | "close">;

/** Keeps what `initialize` agreed on: the client itself does not tell. */
function watchRevision(transport: Transport): () => string | undefined {
  let revision: string | undefined;
  const set = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (version) => {
    revision = version;
    set?.(version);
  };
  return () => revision;
}

async function connect(loose: LooseTransport): Promise<Connection> {
  const transport = loose as Transport;
  const revision = watchRevision(transport);
  const client = new Client({ name: "matrix-sdk-v1", version: "1.0.0" }, { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, () => structuredClone(answers.sampling));
  client.setRequestHandler(ElicitRequestSchema, () => structuredClone(answers.elicitation));
  await client.connect(transport);
  return {
    revision: revision(),
    serverName: client.getServerVersion()?.name,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (name, args, { signal, progress } = {}) => {
      if (progress !== undefined) tapProgress(transport, progress.arrived);
      const onprogress = (at: { readonly progress: number }) => void progress?.handedOn.push(at.progress);
      const options = {
        ...(signal === undefined ? {} : { signal }),
        ...(progress === undefined ? {} : { onprogress }),
      };
      return toAnswer(await client.callTool({ name, arguments: { ...args } }, undefined, options));
    },
    close: () => client.close(),
  };
}

function bearer(target: Target): RequestInit {
  return { headers: { authorization: `Bearer ${target.key}` } };
}

export function v1OverHttp(target: Target): Promise<Connection> {
  return connect(new StreamableHTTPClientTransport(new URL(target.url), { requestInit: bearer(target) }));
}

export function v1OverSse(target: Target): Promise<Connection> {
  return connect(new SSEClientTransport(new URL(target.sse), { requestInit: bearer(target) }));
}

export async function v1OverWebSocket(target: Target): Promise<Connection> {
  return connect(new WebSocketClientTransport(await withTicket(target)));
}

/** A program that speaks MCP on its stdio, run by the Node.js that runs this. */
export interface Program {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function v1OverStdio({ args, env }: Program): Promise<Connection> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...compiled, ...env },
    stderr: "ignore",
  });
  return connect(transport);
}
