/** The command line as an agent: `call` and `connect` speak MCP to a running node over its WebSocket door. */
import { WebSocket } from "ws";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { meta, modern } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

/** Opens an authenticated socket to an endpoint. @throws GatewayError that says what the node answered */
export function openSocket(url: string, key: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, "mcp", {
      headers: { authorization: `Bearer ${key}` },
      maxPayload: limits.answerBytesMax,
      handshakeTimeout: limits.upstreamConnectMs,
      perMessageDeflate: false,
      followRedirects: false,
    });
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_, response) => {
      reject(refusedUpgrade(response.statusCode ?? 0));
      socket.terminate();
    });
    socket.once("error", (error) =>
      reject(new GatewayError("UPSTREAM_UNREACHABLE", `no node answers at ${url}`, { cause: error })),
    );
  });
}

function refusedUpgrade(status: number): GatewayError {
  if (status === 401)
    return new GatewayError("TOKEN_INVALID", undefined, {
      remedy: "set GATEHOUSE_KEY (or --key) to a key of this persona: gatehouse keys create makes one",
    });
  if (status === 403) return new GatewayError("SESSION_KILLED", "the node refused the connection");
  if (status === 503)
    return new GatewayError("OWNER_UNAVAILABLE", "the node answered 503: it does not serve at the moment", {
      remedy: "try again; gatehouse status says why, in a cluster gatehouse cluster status too",
    });
  return new GatewayError("ENDPOINT_UNKNOWN", `the node answered ${status}`);
}

/** One modern tools/call. Resolves with the JSON-RPC response; progress lines go to `onProgress`. */
export async function callTool(
  url: string,
  key: string,
  tool: string,
  args: JsonObject,
  onProgress: (params: JsonObject) => void,
): Promise<JsonObject> {
  const socket = await openSocket(url, key);
  const request = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name: tool,
      arguments: args,
      _meta: {
        [meta.version]: modern,
        [meta.clientInfo]: { name: "gatehouse-call", version: "1" },
        [meta.clientCapabilities]: {},
        progressToken: 1,
      },
    },
  };
  return new Promise((resolve, reject) => {
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8")) as JsonObject;
      if (message["id"] === 1) {
        socket.close(1000);
        resolve(message);
      } else if (message["method"] === "notifications/progress") onProgress(message["params"] as JsonObject);
    });
    socket.on("close", () => reject(new GatewayError("UPSTREAM_CLOSED", "the node closed the socket")));
    socket.send(JSON.stringify(request));
  });
}

/**
 * The stdio bridge for desktop clients: each line of stdin is a message to the node, each message of the node a line
 * of stdout. Resolves with the exit status when either side ends.
 */
export async function bridge(
  url: string,
  key: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
): Promise<number> {
  const socket = await openSocket(url, key);
  let held = "";
  return new Promise((resolve) => {
    const send = (line: string): void => {
      if (line.trim() !== "") socket.send(line);
    };
    input.setEncoding("utf8");
    input.on("data", (chunk: string) => {
      held += chunk;
      if (held.length > limits.bodyBytesMax && !held.includes("\n"))
        return socket.close(1009, "a line is too long");
      const lines = held.split("\n");
      held = lines.pop() ?? "";
      for (const line of lines) send(line);
      if (socket.bufferedAmount > limits.socketBufferBytesMax) {
        input.pause();
        setTimeout(() => input.resume(), 20);
      }
    });
    input.on("end", () => {
      send(held);
      socket.close(1000);
    });
    socket.on("message", (data: Buffer) => {
      if (!output.write(`${data.toString("utf8")}\n`)) {
        socket.pause();
        output.once("drain", () => socket.resume());
      }
    });
    socket.on("close", (code) => resolve(code === 1000 || code === 1005 ? 0 : 1));
  });
}
