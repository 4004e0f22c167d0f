/**
 * The bare proxy: what a gateway costs before it governs anything. node:http server, undici Pool, JSON.parse of both
 * bodies, the original bytes forwarded, no policy, no record.
 *
 *   node bareproxy.ts --upstream URL [--client request|dispatch]    prints {"url"} on one line, then serves on 127.0.0.1
 *
 * Two of them, because what a proxy costs is mostly its HTTP client: `request` is undici as its manual shows it
 * (Pool.request, promises, a body stream), `dispatch` is the least that undici can be brought to (Pool.dispatch with a
 * handler of one's own). The gateway is compared with both.
 */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import type { Dispatcher } from "undici";

const { values: options } = parseArgs({
  options: { upstream: { type: "string" }, client: { type: "string", default: "request" } },
});
const upstream = new URL(options.upstream ?? "");
const pool = new Pool(upstream.origin, {
  connections: 128,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
});

type Forward = (headers: string[], body: Buffer, response: ServerResponse) => void;

const passed = ["content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name"];

function passedHeaders(from: IncomingHttpHeaders): string[] {
  const headers: string[] = [];
  for (const name of passed) {
    const value = from[name];
    if (typeof value === "string") headers.push(name, value);
  }
  return headers;
}

function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString());
    return true;
  } catch {
    return false;
  }
}

function reply(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response
    .writeHead(isJson(body) ? status : 502, { "content-type": type, "content-length": body.length })
    .end(body);
}

function fail(response: ServerResponse, error: Error): void {
  response.writeHead(502, { "content-length": Buffer.byteLength(error.message) }).end(error.message);
}

async function byRequest(headers: string[], body: Buffer, response: ServerResponse): Promise<void> {
  try {
    const answer = await pool.request({ method: "POST", path: upstream.pathname, headers, body });
    const type = answer.headers["content-type"];
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    reply(response, answer.statusCode, typeof type === "string" ? type : "application/json", bytes);
  } catch (error) {
    fail(response, error as Error);
  }
}

class Passage implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #chunks: Buffer[] = [];
  #status = 502;
  #type = "application/json";

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  // Undici tells the newer kind of handler from the older by this method.
  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#type = headers["content-type"] ?? this.#type;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    reply(this.#response, this.#status, this.#type, join(this.#chunks));
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    fail(this.#response, error);
  }
}

const forwards: Readonly<Record<string, Forward>> = {
  request: (headers, body, response) => void byRequest(headers, body, response),
  dispatch: (headers, body, response) => {
    pool.dispatch({ method: "POST", path: upstream.pathname, headers, body }, new Passage(response));
  },
};
const forward = forwards[options.client];
if (forward === undefined) throw new Error(`--client takes ${Object.keys(forwards).join(" or ")}`);

function pass(request: IncomingMessage, response: ServerResponse, onward: Forward): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = join(chunks);
    if (isJson(body)) onward(passedHeaders(request.headers), body, response);
    else response.writeHead(400, { "content-length": 0 }).end();
  });
}

const server = createServer((request, response) => pass(request, response, forward));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
