// A reverse proxy on loopback: it hands one request on as it came, and streams the answer back as it comes.
// The era lock and the key bearer of the conformance runner are this relay with a rule on top.
//
// 1. A client that goes away takes its upstream request with it; an upstream that breaks takes its client.
// 2. An upgrade goes through as it came; from then on bytes pass both ways, unread.
// 3. A localhost Host or Origin is rewritten to the target's own; a foreign one reaches the target unchanged.
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

const bodyBytesMax = 4 * 1024 * 1024; // what the SDK's own servers accept

export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface RelayRules {
  /** Set on every request that is handed on. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers a request in the target's place. `json` is undefined when there is no body, or none that is JSON. */
  readonly refuse?: (req: IncomingMessage, json: unknown) => Refusal | undefined;
}

export interface Relay {
  /** `http://127.0.0.1:PORT`, without a path: paths are handed on as they are. */
  readonly origin: string;
  close(): Promise<void>;
}

/** A JSON-RPC error with its HTTP status; the id is the request's own when `json` has one. */
export function refuse(res: ServerResponse, { status, code, message, data }: Refusal, json?: unknown): void {
  const error = data === undefined ? { code, message } : { code, message, data };
  const id = typeof json === "object" && json !== null && "id" in json ? json.id : null;
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ jsonrpc: "2.0", id, error }));
}

/** @returns `bytes` undefined when the body exceeds the bound, `json` undefined when it is not JSON */
export async function readBody(req: IncomingMessage): Promise<{ bytes: Buffer | undefined; json: unknown }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) return { bytes: undefined, json: undefined };
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  try {
    return { bytes, json: JSON.parse(bytes.toString("utf8")) as unknown };
  } catch {
    return { bytes, json: undefined };
  }
}

/** Headers that speak of one connection and not of the request (RFC 9110, section 7.6.1). */
const hopByHop = new Set(["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);

function isLocal(hostname: string): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function forwardedHeaders(req: IncomingMessage, target: URL, rules: RelayRules, bodyBytes: number): string[] {
  const headers: string[] = [];
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? "";
    const value = req.rawHeaders[at + 1] ?? "";
    const key = name.toLowerCase();
    if (hopByHop.has(key) || key === "content-length" || rules.headers?.[key] !== undefined) continue;
    if (key === "host" && isLocal(hostnameOf(`http://${value}`) ?? "")) headers.push(name, target.host);
    else if (key === "origin" && isLocal(hostnameOf(value) ?? "")) headers.push(name, target.origin);
    else headers.push(name, value);
  }
  for (const [name, value] of Object.entries(rules.headers ?? {})) headers.push(name, value);
  if (bodyBytes > 0) headers.push("content-length", String(bodyBytes));
  return headers;
}

function answerHeaders(answer: IncomingMessage): string[] {
  const headers: string[] = [];
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at] ?? "";
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, answer.rawHeaders[at + 1] ?? "");
  }
  return headers;
}

function forward(
  req: IncomingMessage,
  res: ServerResponse,
  target: URL,
  rules: RelayRules,
  body: Buffer,
): void {
  const upstream = httpRequest({
    host: target.hostname,
    port: target.port,
    method: req.method,
    path: req.url,
    headers: forwardedHeaders(req, target, rules, body.length),
    agent: false, // a connection of its own, so that going away is seen at once
  });
  upstream.on("response", (answer) => {
    res.writeHead(answer.statusCode ?? 502, answerHeaders(answer));
    res.flushHeaders(); // an event stream may stay silent for long after its headers
    answer.pipe(res);
    answer.on("error", () => res.destroy());
  });
  upstream.on("error", (error) => {
    if (res.headersSent) res.destroy();
    else refuse(res, { status: 502, code: -32000, message: `the target did not answer: ${error.message}` });
  });
  res.on("close", () => upstream.destroy());
  upstream.end(body);
}

async function handle(
  req: IncomingMessage,
  res: ServerResponse,
  target: URL,
  rules: RelayRules,
): Promise<void> {
  const { bytes, json } = await readBody(req);
  if (bytes === undefined) return refuse(res, { status: 413, code: -32000, message: "Payload Too Large" });
  const refusal = rules.refuse?.(req, json);
  if (refusal !== undefined) return refuse(res, refusal, json);
  forward(req, res, target, rules, bytes);
}

function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer, target: URL, rules: RelayRules): void {
  const upstream = connect(Number(target.port), target.hostname);
  const end = (): void => {
    socket.destroy();
    upstream.destroy();
  };
  socket.on("error", end).on("close", end);
  upstream.on("error", end).on("close", end);
  const headers = [...forwardedHeaders(req, target, rules, 0), "connection", "upgrade", "upgrade", req.headers.upgrade ?? ""]; // prettier-ignore
  const lines = [`${req.method ?? "GET"} ${req.url ?? "/"} HTTP/1.1`];
  for (let at = 0; at + 1 < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
  upstream.write(head);
  upstream.pipe(socket).pipe(upstream);
}

/**
 * @param target its origin counts; the path of each request is its own. Of several, each request goes to the next one,
 *               whoever it is from
 */
export async function startRelay(
  target: URL | readonly URL[],
  rules: RelayRules = {},
  port = 0,
): Promise<Relay> {
  const targets = target instanceof URL ? [target] : target;
  let requests = 0;
  const server: Server = createServer((req, res) => {
    const next = targets[requests++ % targets.length];
    if (next === undefined) return void res.destroy();
    handle(req, res, next, rules).catch(() => res.destroy());
  });
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (req, socket, head) => {
    const next = targets[requests++ % targets.length];
    if (next === undefined) return void socket.destroy();
    upgraded.add(socket);
    socket.once("close", () => upgraded.delete(socket));
    upgrade(req, socket, head, next, rules);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}
