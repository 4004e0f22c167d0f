/**
 * The governed road of one call: target, facts, turn, intent, upstream, facts, turn, answer. All governed methods take
 * it, whatever the door, the era, a retry or a bridge.
 *
 * L1. The upstream is reached in one place (run), and only once the intent is recorded: here, from the callback of its
 *     record; in a cluster, when the session's owner says so (cluster/ownership.ts).
 * L2. What is sent is our own serialisation of what was judged; the agent's _meta stays here (progress token aside).
 */
import { randomBytes } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { findGrant } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { AnswerFacts, Outcome } from "../../protocol/facts.ts";
import type { OperationId } from "../../protocol/id.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import { traits, type Revision } from "../../protocol/mcp/revision.ts";
import {
  addedMembers,
  shapeError,
  shapeResult,
  isObject,
  type JsonObject,
} from "../../protocol/mcp/shape.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import type { Subject } from "./answer.ts";
import type { Bridge } from "./bridge.ts";
import { type BridgedCall } from "./bridge.ts";
import { cleanse } from "./cleanse.ts";
import type { Exchange, HttpForm } from "./exchange.ts";
import { allowedCall, failedReply, giveReply, refusedAnswer, type PreparedCall, type Reply, type RunningCall } from "./governedcall.ts"; // prettier-ignore
import { answerFacts, callFacts, type FactsKey } from "./facts.ts";
import type { Governor, Judgement } from "./governor.ts";
import type { MethodRow } from "./methods.ts";
import type { Roles } from "./roles.ts";
import { readTarget, type Target } from "./target.ts";

/** Told when a call's intent is recorded, and when it has been answered. Telemetry listens; nothing else may. */
export const started = channel("gatehouse:call:started");
export const finished = channel("gatehouse:call:finished");

/** What both channels carry. */
export interface StartedCall {
  readonly exchange: Exchange;
  readonly judged: Judgement;
  readonly grant: TableGrant;
}

export interface RelayPorts {
  readonly governor: Governor;
  readonly roles: Roles;
  readonly pool: UpstreamPool;
  readonly bridge: Bridge;
  readonly factsKey: FactsKey;
  readonly server: { readonly name: string; readonly version: string };
  /** Time-out of one call without progress, per server. */
  readonly callMs: (server: string) => number;
  readonly shared: (server: string) => boolean;
  /** Our own bug: the call was answered INTERNAL; this is for the log. */
  readonly onFault: (fault: unknown, op: OperationId) => void;
}

/** Operation ids: 128 random bits each, drawn in bulk because each draw costs a system call. */
export class OperationIds {
  #pool = Buffer.alloc(0);
  #at = 0;

  next(): OperationId {
    if (this.#at === this.#pool.length) {
      this.#pool = randomBytes(16 * 256);
      this.#at = 0;
    }
    return this.#pool.toString("base64url", this.#at, (this.#at += 16)) as OperationId;
  }
}

export class Relay {
  readonly #ports: RelayPorts;
  readonly #operations = new OperationIds();

  constructor(ports: RelayPorts) {
    this.#ports = ports;
  }

  /** Judges and runs one governed request, all on this node. Answers the exchange exactly once, now or later. */
  start(exchange: Exchange, row: MethodRow): void {
    const { governor } = this.#ports;
    const { caller, request } = exchange;
    const call = this.prepare(exchange, row, this.#operations.next());
    const judged = governor.judge(caller, call.role, request.method, call.subject.op, call.facts);
    exchange.stages.judgedMs = performance.now();
    if (judged.verdict.kind !== "allow") {
      const answer = refusedAnswer(call.subject, judged, judged.verdict);
      exchange.end(answer.response, answer.form);
      return;
    }
    const running = allowedCall(call, judged, this.#endHere, undefined);
    governor.intend(caller, judged, running.grant, (fault) => {
      if (fault === undefined) this.run(running);
      else this.#fail(running, fault, performance.now());
    });
  }

  /**
   * What the turn needs of a request.
   *
   * @throws GatewayError PARAMS_INVALID that says which member is wrong
   */
  prepare(exchange: Exchange, row: MethodRow, op: OperationId): PreparedCall {
    const target = readTarget(row, exchange.request);
    const { caller, request } = exchange;
    const role = this.#ports.roles.inForce(caller.endpoint.persona);
    const subject: Subject = {
      id: request.id,
      revision: caller.revision,
      kind: target.kind,
      name: target.name,
      op,
    };
    const found = findGrant(role.compiled, target.kind, grantName(row, target));
    const parts = role.grants[found];
    const facts = callFacts(this.#ports.factsKey, target.kind, grantName(row, target), target.args, parts?.pointers ?? [], row.names === "completion" ? undefined : parts?.known); // prettier-ignore
    return { exchange, target, subject, role, facts };
  }

  /** Opens the way to the call's server, without a byte of the call. Undefined where it is open already. */
  reach({ exchange, grant }: RunningCall): Promise<unknown> | undefined {
    const { pool, shared } = this.#ports;
    const isShared = shared(grant.server);
    const owner = isShared ? "" : exchange.caller.session;
    const capabilities = isShared ? {} : exchange.caller.capabilities;
    if (pool.openSession(grant.server, owner, capabilities) !== undefined) return undefined;
    return pool.session(grant.server, owner, capabilities);
  }

  /** Reaches the upstream: the one place. Only once the intent of the call is as certain as law 4 demands. */
  run(call: RunningCall): void {
    const startedMs = performance.now();
    call.exchange.stages.recordedMs = startedMs;
    if (started.hasSubscribers) started.publish(call satisfies StartedCall);
    const finish = (answer: UpstreamAnswer): void => this.#answered(call, answer, startedMs);
    const fail = (error: unknown): void => this.#failed(call, error, startedMs);
    this.#obtain(call, false).then(finish, (error: unknown) => {
      // Certainly not executed (U2): the session was gone, or was opened anew and is compared first. Once more, no more.
      const isLost = error instanceof GatewayError && error.code === "UPSTREAM_SESSION_LOST";
      if (isLost && !call.exchange.cancelled) this.#obtain(call, true).then(finish, fail);
      else fail(error);
    });
  }

  /**
   * The upstream's answer, through the bridge where the eras differ. No promise but the last is made where the session
   * is open: each costs a turn of the queue.
   */
  #obtain(call: RunningCall, isAgain: boolean): Promise<UpstreamAnswer> {
    const { exchange, grant } = call;
    try {
      if (exchange.cancelled) throw new GatewayError("CANCELLED");
      const bridged = this.#bridged(call);
      const resumed = isAgain ? undefined : this.#ports.bridge.resume(bridged);
      if (resumed !== undefined) return resumed;
      const shared = this.#ports.shared(grant.server);
      const owner = shared ? "" : exchange.caller.session;
      const capabilities = shared ? {} : exchange.caller.capabilities;
      const ask = (session: UpstreamSession): Promise<UpstreamAnswer> => {
        const fault = this.#fallen(call);
        if (fault !== undefined) throw fault;
        return this.#ports.bridge.request(session, bridged);
      };
      const open = this.#ports.pool.openSession(grant.server, owner, capabilities);
      if (open !== undefined) return ask(open);
      return this.#ports.pool.session(grant.server, owner, capabilities).then(ask);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #bridged(call: RunningCall): BridgedCall {
    const { exchange, grant, judged, role, target } = call;
    return {
      exchange,
      grant,
      facts: judged.facts,
      role,
      params: upstreamParams(exchange, target, grant),
      callMs: this.#ports.callMs(grant.server),
      headers: role.grants[judged.grant]?.headers,
      trace: exchange.trace,
      // Asked again when the bytes are about to be written: it may have waited for a socket meanwhile.
      ready: () => this.#fallen(call) ?? true,
    };
  }

  #answered(call: RunningCall, answer: UpstreamAnswer, startedMs: number): void {
    try {
      if (call.exchange.cancelled) throw new GatewayError("CANCELLED");
      this.#finish(call, answer, startedMs);
    } catch (error) {
      this.#fail(call, error, startedMs);
    }
    if (finished.hasSubscribers) finished.publish(call satisfies StartedCall);
  }

  #failed(call: RunningCall, error: unknown, startedMs: number): void {
    this.#fail(call, error, startedMs);
    if (finished.hasSubscribers) finished.publish(call satisfies StartedCall);
  }

  /**
   * Opening the session, or another one, may have shown that the definition changed since the turn: no such call is made.
   * Nor is one whose fence has fallen meanwhile (law 6).
   */
  #fallen({ role, grant, judged, fence }: RunningCall): GatewayError | undefined {
    const fenced = fence?.(judged.op);
    if (fenced !== undefined) return fenced;
    const now = this.#ports.roles.inForce(role.persona);
    if (now.digest === role.digest) return undefined;
    const standing = now.table.grants[judged.grant];
    const same = standing !== undefined && standing.name === grant.name && standing.server === grant.server;
    return same && standing.quarantined !== true ? undefined : new GatewayError("DEFINITION_CHANGED");
  }

  #finish(call: RunningCall, answer: UpstreamAnswer, startedMs: number): void {
    const { exchange, subject } = call;
    const { caller, request } = exchange;
    exchange.stages.upstreamMs = performance.now();
    const tookMs = exchange.stages.upstreamMs - startedMs;
    if (answer.kind === "error") {
      const error = shapeError(caller.revision, request.method, answer.error);
      const clean = cleanse({
        message: error.message,
        ...(error.data === undefined ? {} : { data: error.data }),
      });
      const facts = answerFacts(this.#ports.factsKey, "rpc-error", JSON.stringify(clean), tookMs, undefined);
      const text = JSON.stringify({ jsonrpc: "2.0", id: request.id, error: { code: error.code, ...clean } });
      call.end(call, facts, { text, form: statusOf(caller.revision, error.code), isDropped: false });
      return;
    }
    const clean = cleanse(answer.result);
    // The bridge judged the type that it saw; another one may be a question that nobody judged (T9, T10).
    if (clean["resultType"] !== answer.result["resultType"])
      throw new GatewayError("UPSTREAM_GARBAGE", "hidden characters conceal the type of its result");
    const outcome: Outcome =
      request.method === "tools/call" && clean["isError"] === true ? "tool-error" : "ok";
    const text = JSON.stringify(clean);
    const facts = answerFacts(this.#ports.factsKey, outcome, text, tookMs, undefined);
    call.end(call, facts, { text: this.#answerText(exchange, subject.op, clean, text), form: undefined, isDropped: false }); // prettier-ignore
  }

  /** The response as text. Most results only get members added in front, so what was serialised for the facts serves. */
  #answerText({ caller, request }: Exchange, op: OperationId, clean: JsonObject, text: string): string {
    const head = `{"jsonrpc":"2.0","id":${JSON.stringify(request.id)},"result":`;
    const { revision } = caller;
    const added = addedMembers(revision, request.method, clean, this.#ports.server);
    if (added === undefined) {
      const shaped = shapeResult(revision, request.method, withOperation(clean, op), this.#ports.server);
      return `${head}${JSON.stringify(shaped)}}`;
    }
    const front = JSON.stringify(withOperation(added, op));
    return text === "{}" ? `${head}${front}}` : `${head}${front.slice(0, -1)},${text.slice(1)}}`;
  }

  #fail(call: RunningCall, thrown: unknown, startedMs: number): void {
    const { facts, reply } = this.failed(call, thrown, startedMs);
    call.end(call, facts, reply);
  }

  /** What the answered turn takes and what the agent gets of a call that failed. */
  failed(
    call: RunningCall,
    thrown: unknown,
    startedMs = performance.now(),
  ): { readonly facts: AnswerFacts; readonly reply: Reply } {
    const error =
      thrown instanceof GatewayError ? thrown : new GatewayError("INTERNAL", undefined, { cause: thrown });
    if (error.code === "INTERNAL") this.#ports.onFault(thrown, call.subject.op);
    const tookMs = performance.now() - startedMs;
    const facts = answerFacts(this.#ports.factsKey, outcomeOf(error), "", tookMs, error.code);
    return { facts, reply: failedReply(call, error) };
  }

  /** The end of a call that this node alone has conducted: the answered turn, its record, then the answer. */
  readonly #endHere = (call: RunningCall, facts: AnswerFacts, reply: Reply): void => {
    const { exchange, judged, grant, subject } = call;
    if (facts.code === undefined) this.#ports.governor.answered(exchange.caller, judged, grant, facts);
    else {
      try {
        this.#ports.governor.answered(exchange.caller, judged, grant, facts);
      } catch (fault) {
        // It may be what threw already. The agent has its answer all the same; the intent stays open in the record.
        this.#ports.onFault(fault, subject.op);
      }
    }
    giveReply(exchange, reply);
  };
}

/**
 * The name a grant is found by. A completion names a template, and is judged by a URI that the template could give;
 * every other request is judged by exactly what is sent.
 */
function grantName(row: MethodRow, target: Target): string {
  const completes = row.names === "completion" && target.kind === "resource";
  return completes ? target.name.replace(/\{\+?[A-Za-z0-9_]{1,64}\}/g, "x") : target.name;
}

/** Errors of 2026-07-28 that have an HTTP status of their own (Streamable HTTP, "Error responses"). */
function statusOf(revision: Revision, code: number): HttpForm | undefined {
  return traits[revision].era === "modern" && code === rpcCodes.missingRequiredClientCapability
    ? { status: 400 }
    : undefined;
}

/** How an answered turn sees a failure of the world. */
export function outcomeOf(error: GatewayError): Outcome {
  switch (error.code) {
    // Taken back before its tool was reached, by the agent or by us: it says nothing about the tool, and opens no breaker.
    case "CANCELLED":
    case "DEFINITION_CHANGED":
    case "DRAINING":
    case "KILL_LIST_STALE":
    case "NOT_REPLICATED":
    case "OVERLOADED":
    case "PARAMS_INVALID":
    case "RECORD_UNAVAILABLE":
    case "REQUEST_STATE":
      return "cancelled";
    case "UPSTREAM_TIMEOUT":
      return "timeout";
    case "CAPABILITY_MISSING":
    case "CONFIGURATION":
    case "UPSTREAM_UNREACHABLE":
    case "UPSTREAM_REFUSED_ADDRESS":
    case "UPSTREAM_SESSION_LOST":
      return "unreachable";
    default:
      return "broken";
  }
}

function withOperation(result: JsonObject, op: OperationId): JsonObject {
  const own = isObject(result["_meta"]) ? result["_meta"] : undefined;
  return { ...result, _meta: { ...own, "io.gatehouse/operation": op } };
}

/** Only the members that the protocol gives a completion, so that nothing unread travels on (checklist W2). */
function completionParams(asked: JsonObject, target: Target, grant: TableGrant): JsonObject {
  const ref =
    target.kind === "prompt"
      ? { type: "ref/prompt", name: grant.target }
      : { type: "ref/resource", uri: target.name };
  const { name, value } = asked["argument"] as JsonObject;
  const context = asked["context"];
  const known =
    isObject(context) && isObject(context["arguments"]) ? { arguments: context["arguments"] } : undefined;
  return { ref, argument: { name, value }, ...(known === undefined ? {} : { context: known }) };
}

/** Parameters as the upstream gets them: its own name, the judged arguments, the progress token; no other _meta. */
function upstreamParams(exchange: Exchange, target: Target, grant: TableGrant): JsonObject {
  const asked = exchange.request.params as JsonObject;
  const own = isObject(asked["_meta"]) ? asked["_meta"] : undefined;
  const token = own?.["progressToken"];
  const passed = token === undefined ? {} : { _meta: { progressToken: token } };
  if (exchange.request.method === "completion/complete") {
    return { ...completionParams(asked, target, grant), ...passed };
  }
  if (target.kind === "resource") return { uri: target.name, ...passed };
  return { name: grant.target, ...(target.args === undefined ? {} : { arguments: target.args }), ...passed };
}
