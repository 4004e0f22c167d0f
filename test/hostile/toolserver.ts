/**
 * The tool server behind the gateway under attack: plain node:http, MCP 2026-07-28, one process with the test. It keeps
 * every byte that reaches it, so that a test can say what did not.
 *
 * Owns: its definitions, its answers, its log. Does not own: what a hostile upstream would do (upstream*.ts).
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

export interface ServedCall {
  readonly method: string;
  readonly params: JsonObject;
  readonly headers: IncomingMessage["headers"];
}

const text = { type: "string" };
const schema = (properties: JsonObject): JsonObject => ({
  type: "object",
  properties,
  additionalProperties: false,
});
const tool = (name: string, properties: JsonObject): JsonObject => ({
  name,
  description: `${name} of the test`,
  inputSchema: schema(properties),
});

/** Its tools. `drop` and `vault` are real and granted to nobody. */
export const toolNames = [
  "echo",
  "read",
  "fail",
  "refuse",
  "slow",
  "big",
  "steps",
  "routed",
  "confirm",
  "drop",
  "vault",
] as const;

export const definitions: {
  readonly tools: JsonObject[];
  readonly prompts: JsonObject[];
  readonly templates: JsonObject[];
} = {
  tools: [
    tool("echo", { text: text, number: { type: "integer" } }),
    tool("read", { path: text }),
    tool("fail", { why: text }),
    tool("refuse", { why: text }),
    tool("slow", { ms: { type: "integer" } }),
    tool("big", { bytes: { type: "integer" }, steps: { type: "integer" } }),
    tool("steps", { count: { type: "integer" } }),
    tool("routed", {
      region: { type: "string", "x-mcp-header": "Region" },
      count: { type: "integer", "x-mcp-header": "Count" },
      dry: { type: "boolean", "x-mcp-header": "Dry" },
    }),
    tool("confirm", { what: text }),
    tool("drop", { name: text }),
    tool("vault", {}),
  ],
  prompts: [
    { name: "greet", arguments: [{ name: "who" }] },
    { name: "secretary", arguments: [{ name: "who" }] },
  ],
  templates: [
    { name: "docs", uriTemplate: "demo://docs/{id}" },
    { name: "safe", uriTemplate: "demo://safe/{id}" },
  ],
};

export const resources: readonly JsonObject[] = [
  { uri: "demo://docs/1", name: "one" },
  { uri: "demo://docs/2", name: "two" },
  { uri: "demo://safe/1", name: "the safe" },
];

export const capabilities: JsonObject = {
  tools: {},
  prompts: {},
  resources: { subscribe: true },
  completions: {},
  logging: {},
};

export class ToolServer {
  readonly #server = createServer((request, response) => void this.#receive(request, response));
  readonly #chunks: Buffer[] = [];
  #calls: ServedCall[] = [];
  /** Requests that answer nothing until told to. */
  readonly #held: (() => void)[] = [];
  /** What it lists as tools: a test may change it behind the pins. */
  listed: JsonObject[] = structuredClone(definitions.tools);
  /** Calls under way whose stream closed before they were answered. */
  cancelled = 0;
  holding = false;

  static async start(): Promise<ToolServer> {
    const made = new ToolServer();
    made.#server.on("connection", (socket) =>
      socket.on("data", (chunk: Buffer) => void made.#chunks.push(chunk)),
    );
    made.#server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => void made.#server.listen(0, "127.0.0.1", resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp`;
  }

  /** What came since the last `forget`, definitions aside: calls, reads, prompts, completions, subscriptions. */
  get calls(): readonly ServedCall[] {
    return this.#calls;
  }

  /** Every byte since the last `forget`. */
  bytes(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  forget(): void {
    this.#calls = [];
    this.#chunks.length = 0;
  }

  /** Answers what was held, and holds nothing from now on. */
  release(): void {
    this.holding = false;
    for (const go of this.#held.splice(0)) go();
  }

  async stop(): Promise<void> {
    this.release();
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      let body = "";
      request.setEncoding("utf8");
      for await (const chunk of request) body += chunk as string;
      const message = JSON.parse(body) as JsonObject;
      const { method, id } = message as { method: string; id: unknown };
      const params = isObject(message["params"]) ? message["params"] : {};
      const listed = method === "tools/list" ? { tools: this.listed, ...uncached } : listOf(method);
      if (listed !== undefined) return answer(response, id, listed);
      this.#calls.push({ method, params, headers: request.headers });
      response.on("close", () => {
        if (!response.writableFinished) this.cancelled++;
      });
      if (this.holding) await new Promise<void>((resolve) => void this.#held.push(resolve));
      await serve(method, id, params, response);
    } catch {
      response.destroy();
    }
  }
}

const uncached: JsonObject = { ttlMs: 0, cacheScope: "private" };

function listOf(method: string): JsonObject | undefined {
  switch (method) {
    case "server/discover":
      return {
        supportedVersions: ["2026-07-28"],
        capabilities,
        ttlMs: 0,
        cacheScope: "private",
        _meta: { "io.modelcontextprotocol/serverInfo": { name: "tools", version: "1" } },
      };
    case "prompts/list":
      return { prompts: definitions.prompts, ttlMs: 0, cacheScope: "private" };
    case "resources/templates/list":
      return { resourceTemplates: definitions.templates, ttlMs: 0, cacheScope: "private" };
    case "resources/list":
      return { resources, ttlMs: 0, cacheScope: "private" };
    default:
      return undefined;
  }
}

async function serve(
  method: string,
  id: unknown,
  params: JsonObject,
  response: ServerResponse,
): Promise<void> {
  const args = isObject(params["arguments"]) ? params["arguments"] : {};
  switch (method) {
    case "tools/call":
      return callTool(String(params["name"]), id, params, args, response);
    case "prompts/get":
      return answer(response, id, {
        messages: [{ role: "user", content: { type: "text", text: `prompt ${String(params["name"])}` } }],
      });
    case "resources/read":
      return answer(response, id, {
        contents: [{ uri: params["uri"], text: `resource ${String(params["uri"])}` }],
      });
    case "completion/complete":
      return answer(response, id, { completion: { values: ["one"] } });
    case "subscriptions/listen": {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(
        event({
          jsonrpc: "2.0",
          method: "notifications/subscriptions/acknowledged",
          params: {
            notifications: params["notifications"],
            _meta: { "io.modelcontextprotocol/subscriptionId": id },
          },
        }),
      );
      return;
    }
    default:
      response.writeHead(404, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "no such method" } }),
      );
  }
}

async function callTool(
  name: string,
  id: unknown,
  params: JsonObject,
  args: JsonObject,
  response: ServerResponse,
): Promise<void> {
  switch (name) {
    case "fail":
      return answer(response, id, { content: [{ type: "text", text: "it does not work" }], isError: true });
    case "refuse":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32000, message: "no" } }));
      return;
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, Number(args["ms"] ?? 100)));
      return answer(response, id, said("slow"));
    case "big":
      if (Number(args["steps"] ?? 0) > 0) stream(response, params, Number(args["steps"]));
      return answer(response, id, said("x".repeat(Number(args["bytes"] ?? 0))));
    case "steps":
      stream(response, params, Number(args["count"] ?? 1));
      return answer(response, id, said("steps"));
    case "confirm":
      return confirm(id, params, response);
    default:
      return answer(response, id, said(`${name} ${JSON.stringify(args)}`));
  }
}

/** One question, whose state names the whole call; the retry must bring the state back. */
function confirm(id: unknown, params: JsonObject, response: ServerResponse): void {
  if (params["requestState"] === "upstream-state") return answer(response, id, said("confirmed"));
  const ask = {
    method: "elicitation/create",
    params: {
      mode: "form",
      message: "Sure?",
      requestedSchema: { type: "object", properties: { ok: { type: "boolean" } } },
    },
  };
  return answer(response, id, {
    resultType: "input_required",
    inputRequests: { sure: ask },
    requestState: "upstream-state",
  });
}

function stream(response: ServerResponse, params: JsonObject, count: number): void {
  const meta = isObject(params["_meta"]) ? params["_meta"] : {};
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let step = 1; step <= count; step++)
    response.write(
      event({
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: meta["progressToken"], progress: step },
      }),
    );
}

function said(words: string): JsonObject {
  return { content: [{ type: "text", text: words }] };
}

function event(message: JsonObject): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

function answer(response: ServerResponse, id: unknown, result: JsonObject): void {
  const message = { jsonrpc: "2.0", id, result: { resultType: "complete", ...result } };
  if (response.headersSent) {
    response.end(event(message));
    return;
  }
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(message));
}
