/**
 * The tuned bare proxy with one after the other of the things that the laws of docs/architecture.md demand of each call,
 * done by the very functions that ship, and nothing else: no door, no identity, no dispatcher, no era, no bridge, no
 * fairness, no time-out, no cancel, no telemetry. What it costs is a floor under what the gateway can cost.
 *
 *   node floorproxy.ts --upstream URL --folder CONFIGURATION --rung NAME    prints {"url"} on one line, then serves
 *
 * Each rung holds the ones before it (floor.ts says what they are).
 */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import type { Dispatcher } from "undici";
import { isLoaded, loadConfiguration } from "../node/config.ts";
import { readBody } from "../node/door/message.ts";
import { cleanse } from "../node/exchange/cleanse.ts";
import type { Caller } from "../node/exchange/exchange.ts";
import { answerFacts, callFacts, FactsKey } from "../node/exchange/facts.ts";
import type { Judgement } from "../node/exchange/governor.ts";
import { buildDecisions, layGround } from "../node/parts.ts";
import { requestText } from "../node/upstream/handshake.ts";
import { boundsOf, readMessages } from "../node/upstream/messages.ts";
import { sessionKey } from "../protocol/id.ts";
import type { OperationId } from "../protocol/id.ts";
import type { Request } from "../protocol/jsonrpc.ts";
import type { JsonObject } from "../protocol/mcp/shape.ts";
import { modernRevision } from "./workload.ts";

const rungs = ["bare", "strict", "facts", "turns", "records"] as const;

const { values: options } = parseArgs({
  options: { upstream: { type: "string" }, folder: { type: "string" }, rung: { type: "string" } },
});
const rung = rungs.findIndex((name) => name === options.rung);
if (rung < 0) throw new Error(`--rung takes ${rungs.join(", ")}`);
const has = { strict: rung >= 1, facts: rung >= 2, turns: rung >= 3, records: rung >= 4 };
const upstream = new URL(options.upstream ?? "");
const pool = new Pool(upstream.origin, {
  connections: 128,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
});
const configuration = loadConfiguration(options.folder ?? "", { env: process.env });
if (!isLoaded(configuration)) throw new Error(JSON.stringify(configuration));
const nodeOptions = {
  env: process.env,
  console: { stream: process.stderr, mode: "none", readable: false },
  onFault: (fault: unknown) => {
    throw fault;
  },
} as const;
const ground = layGround(configuration, nodeOptions);
const { governor, host, roles } = buildDecisions(configuration, nodeOptions, ground);
const role = roles.inForce("bench");
const grant = role.table.grants[0];
if (grant === undefined) throw new Error("the bench's role grants nothing");
const factsKey = new FactsKey(ground.data.key("facts"));
const bounds = boundsOf();
const session = sessionKey("default", "bench", "floor", undefined);
const caller = {
  endpoint: {
    tenant: "default",
    kind: "persona",
    name: "bench",
    persona: "bench",
    path: "/t/default/p/bench",
    uri: "http://127.0.0.1/t/default/p/bench/mcp",
  },
  principal: {
    tenant: "default",
    agent: "floor",
    user: undefined,
    by: "key",
    id: "floor",
    expires: Number.POSITIVE_INFINITY,
    issuer: undefined,
    personas: ["bench"],
    audience: undefined,
  },
  session,
  door: "http",
  from: "127.0.0.1",
  revision: modernRevision,
  capabilities: {},
  logLevel: undefined,
  wire: undefined,
  trace: undefined,
} as const satisfies Caller;
const passed = ["content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name"];

function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** One call on its way. */
class Passage implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #request: Request | undefined;
  readonly #judged: Judgement | undefined;
  readonly #startedMs = performance.now();
  readonly #chunks: Buffer[] = [];

  constructor(response: ServerResponse, request: Request | undefined, judged: Judgement | undefined) {
    this.#response = response;
    this.#request = request;
    this.#judged = judged;
  }

  // Undici tells the newer kind of handler from the older by this method.
  onRequestStart(): void {}

  onResponseStart(): void {}

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = join(this.#chunks);
    const text = this.#request === undefined ? plain(body) : this.#governed(body, this.#request);
    const length = typeof text === "string" ? Buffer.byteLength(text) : text.length;
    this.#response.writeHead(200, { "content-type": "application/json", "content-length": length }).end(text);
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#response.writeHead(502, { "content-length": Buffer.byteLength(error.message) }).end(error.message);
  }

  #governed(body: Buffer, request: Request): string {
    const messages = readMessages(body.toString("utf8"), bounds, modernRevision);
    if (messages instanceof Error) throw messages;
    const message = messages[0] as { result?: JsonObject } | undefined;
    if (message?.result === undefined) throw new Error("the upstream answered no result");
    const text = JSON.stringify(cleanse(message.result));
    if (has.facts) {
      const facts = answerFacts(factsKey, "ok", text, performance.now() - this.#startedMs, undefined);
      if (this.#judged !== undefined) answered(this.#judged, facts);
    }
    return `{"jsonrpc":"2.0","id":${JSON.stringify(request.id)},"result":${text}}`;
  }
}

function answered(judged: Judgement, facts: ReturnType<typeof answerFacts>): void {
  if (has.records) governor.answered(caller, judged, grantOf(), facts);
  else host.turn(session, { kind: "answered", at: ground.clock.now(), op: judged.op, facts });
}

function grantOf(): NonNullable<typeof grant> {
  if (grant === undefined) throw new Error("no grant");
  return grant;
}

function plain(body: Buffer): Buffer {
  JSON.parse(body.toString());
  return body;
}

let ids = Buffer.alloc(0);
let idAt = 0;
function operation(): OperationId {
  if (idAt === ids.length) {
    ids = randomBytes(16 * 256);
    idAt = 0;
  }
  return ids.toString("base64url", idAt, (idAt += 16)) as OperationId;
}

function judge(request: Request, args: JsonObject): Judgement | undefined {
  const facts = callFacts(factsKey, "tool", "echo", args, [], role.grants[0]?.known);
  if (!has.turns) return undefined;
  if (has.records) return governor.judge(caller, role, request.method, operation(), facts);
  const at = ground.clock.now();
  const op = operation();
  if (host.peek(session) === undefined)
    host.turn(session, { kind: "configured", at, role: role.digest } as never);
  host.turn(session, { kind: "call", at, op, facts });
  return { verdict: { kind: "allow" }, grant: 0, recordAs: "intent", facts, at, op, method: request.method, role, fault: undefined }; // prettier-ignore
}

let lastId = 0;
function govern(headers: string[], body: Buffer, response: ServerResponse): void {
  const request = readBody(body, false) as Request;
  const params = request.params as { name: string; arguments: JsonObject; _meta: JsonObject };
  const judged = has.facts ? judge(request, params.arguments) : undefined;
  const { name, arguments: given, _meta } = params;
  const send = (): void => {
    const text = requestText(++lastId, request.method, { name, arguments: given }, _meta);
    pool.dispatch({ method: "POST", path: upstream.pathname, headers, body: text }, new Passage(response, request, judged)); // prettier-ignore
  };
  if (!has.records || judged === undefined) return send();
  if (judged.verdict.kind !== "allow") throw new Error(`refused: ${JSON.stringify(judged.verdict)}`);
  governor.intend(caller, judged, grantOf(), (fault) => {
    if (fault !== undefined) throw fault;
    send();
  });
}

function pass(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = join(chunks);
    const headers = passedHeaders(request.headers);
    if (has.strict) return govern(headers, body, response);
    JSON.parse(body.toString());
    pool.dispatch({ method: "POST", path: upstream.pathname, headers, body }, new Passage(response, undefined, undefined)); // prettier-ignore
  });
}

function passedHeaders(from: IncomingHttpHeaders): string[] {
  const headers: string[] = [];
  for (const name of passed) {
    const value = from[name];
    if (typeof value === "string") headers.push(name, value);
  }
  return headers;
}

const server = createServer(pass);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
