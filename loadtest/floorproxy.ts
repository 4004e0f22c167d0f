/**
 * The tuned bare proxy with one after the other of the things that the laws of docs/architecture.md demand of each call,
 * done by the very functions that ship, and nothing else: no door, no identity, no dispatcher, no era, no bridge, no
 * fairness, no time-out, no cancel, no telemetry. What it costs is a floor under what the gateway can cost.
 *
 *   node floorproxy.ts --upstream URL --folder CONFIGURATION --rung NAME    prints {"url"} on one line, then serves
 *   node floorproxy.ts --rung records --owner NODE --runner NODE ...        one node of a floor of three (floorrelay.ts): what
 *                      comes in at /mcp is the owner's to decide, what comes in at /own this node's, and nobody else's
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
import { Endpoints } from "../node/exchange/endpoint.ts";
import type { Caller } from "../node/exchange/exchange.ts";
import { answerFacts, callFacts, FactsKey } from "../node/exchange/facts.ts";
import type { Judgement } from "../node/exchange/governor.ts";
import { buildDecisions, layGround } from "../node/parts.ts";
import type { AnswerFacts } from "../protocol/facts.ts";
import { FloorRelay } from "./floorrelay.ts";
import { requestText } from "../node/upstream/handshake.ts";
import { boundsOf, readMessages } from "../node/upstream/messages.ts";
import { sessionKey } from "../protocol/id.ts";
import type { OperationId } from "../protocol/id.ts";
import type { Request } from "../protocol/jsonrpc.ts";
import type { JsonObject } from "../protocol/mcp/shape.ts";
import { modernRevision } from "./workload.ts";

const rungs = ["bare", "strict", "facts", "turns", "records"] as const;

const { values: options } = parseArgs({
  options: {
    upstream: { type: "string" },
    folder: { type: "string" },
    rung: { type: "string" },
    owner: { type: "string" },
    runner: { type: "string" },
  },
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
const read = loadConfiguration(options.folder ?? "", { env: process.env });
if (!isLoaded(read)) throw new Error(JSON.stringify(read));
const loaded = read;
const nodeOptions = {
  env: process.env,
  console: { stream: process.stderr, mode: "none", readable: false },
  onFault: (fault: unknown) => {
    throw fault;
  },
} as const;
const ground = layGround(loaded, nodeOptions);
const { governor, host, roles } = buildDecisions(loaded, nodeOptions, ground);
const role = roles.inForce("bench");
const grant = role.table.grants[0];
if (grant === undefined) throw new Error("the bench's role grants nothing");
const factsKey = new FactsKey(ground.data.key("facts"));
const bounds = boundsOf();
const session = sessionKey("default", "bench", "floor", undefined);
const endpoints = new Endpoints("http://127.0.0.1", loaded.endpoints);
const endpoint = endpoints.find("/t/default/p/bench/mcp")?.endpoint;
if (endpoint === undefined) throw new Error("the bench has no persona of its name");
const caller: Caller = {
  endpoint,
  principal: {
    tenant: "default",
    agent: "floor",
    user: undefined,
    by: "key",
    id: "floor",
    expires: Number.MAX_SAFE_INTEGER, // it travels as JSON
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
};
const passed = ["content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name"];

function join(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

type Release = (text: string | Buffer, status?: number) => void;

/** What a call has come to, and whether a runner-up and the store must know. */
interface Decided {
  readonly judged: Judgement;
  readonly caller: Caller;
  readonly isJournalled: boolean;
}

function responding(response: ServerResponse): Release {
  return (text, status = 200) => {
    const length = typeof text === "string" ? Buffer.byteLength(text) : text.length;
    response.writeHead(status, { "content-type": "application/json", "content-length": length }).end(text);
  };
}

/** One call on its way. */
class Passage implements Dispatcher.DispatchHandler {
  readonly #release: Release;
  readonly #request: Request | undefined;
  readonly #judged: Decided | undefined;
  readonly #startedMs = performance.now();
  readonly #chunks: Buffer[] = [];

  constructor(release: Release, request: Request | undefined, judged: Decided | undefined) {
    this.#release = release;
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
    this.#release(this.#request === undefined ? plain(body) : this.#governed(body, this.#request));
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#release(error.message, 502);
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

function answered({ judged, caller: of, isJournalled }: Decided, facts: AnswerFacts): void {
  if (isJournalled && relay !== undefined) {
    const event = { kind: "answered", at: ground.clock.now(), op: judged.op, facts } as const;
    host.turn(of.session, event);
    governor.ended(of, judged, grantOf(), event);
    relay.journal(of.session, event, { closes: judged.op, drops: true });
    relay.flush();
  } else if (has.records) governor.answered(of, judged, grantOf(), facts);
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

function judge(of: Caller, request: Request, args: JsonObject): Judgement | undefined {
  const facts = callFacts(factsKey, "tool", "echo", args, [], role.grants[0]?.known);
  if (!has.turns) return undefined;
  if (has.records) return governor.judge(of, role, request.method, operation(), facts);
  const at = ground.clock.now();
  const op = operation();
  if (host.peek(session) === undefined)
    host.turn(session, { kind: "configured", at, role: role.digest } as never);
  host.turn(session, { kind: "call", at, op, facts });
  return { verdict: { kind: "allow" }, grant: 0, recordAs: "intent", facts, at, op, method: request.method, role, fault: undefined }; // prettier-ignore
}

let lastId = 0;
function govern(
  of: Caller,
  headers: string[],
  request: Request,
  release: Release,
  isJournalled: boolean,
): void {
  const params = request.params as { name: string; arguments: JsonObject; _meta: JsonObject };
  const judged = has.facts ? judge(of, request, params.arguments) : undefined;
  const decided = judged === undefined ? undefined : { judged, caller: of, isJournalled };
  const { name, arguments: given, _meta } = params;
  const send = (): void => {
    const text = requestText(++lastId, request.method, { name, arguments: given }, _meta);
    pool.dispatch({ method: "POST", path: upstream.pathname, headers, body: text }, new Passage(release, request, decided)); // prettier-ignore
  };
  if (!has.records || judged === undefined) return send();
  if (judged.verdict.kind !== "allow") throw new Error(`refused: ${JSON.stringify(judged.verdict)}`);
  if (isJournalled) relay?.journal(of.session, { kind: "call", at: judged.at, op: judged.op, facts: judged.facts }, { opens: judged.op }); // prettier-ignore
  governor.intend(of, judged, grantOf(), (fault) => {
    if (fault !== undefined) throw fault;
    send();
  });
}

/** Of a call that came in at another node. */
const relayedHeaders = ["content-type", "application/json", "accept", "application/json, text/event-stream", "mcp-protocol-version", modernRevision, "mcp-method", "tools/call", "mcp-name", "echo"]; // prettier-ignore

function buildRelay(): FloorRelay | undefined {
  const { owner, runner, folder = "" } = options;
  const { copying } = ground;
  const { cluster, node } = loaded.settings;
  if (owner === undefined || runner === undefined) return undefined;
  if (copying === undefined || cluster === undefined) throw new Error(`${folder} is not a cluster's`);
  return new FloorRelay(
    { owner, runner },
    {
      line: { settings: cluster, node, folder: loaded.folder, env: process.env },
      endpoints,
      copying,
      decide: (of, request, release) => govern(of, relayedHeaders, request, (text) => release(String(text)), true), // prettier-ignore
      follow: (key, event) => {
        if (host.peek(key) === undefined) host.turn(key, { kind: "configured", at: event.at, role: role.digest } as never); // prettier-ignore
        host.turn(key, event);
      },
    },
  );
}

function pass(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = join(chunks);
    const headers = passedHeaders(request.headers);
    const release = responding(response);
    if (has.strict) {
      const message = readBody(body, false) as Request;
      const isOwn = relay === undefined || request.url === "/own";
      if (isOwn || relay.isOwner) return govern(caller, headers, message, release, !isOwn);
      return relay.present(operation(), caller, message, release);
    }
    JSON.parse(body.toString());
    pool.dispatch({ method: "POST", path: upstream.pathname, headers, body }, new Passage(release, undefined, undefined)); // prettier-ignore
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

const relay = buildRelay();
await relay?.start();
const server = createServer(pass);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
