/**
 * The governed road of one call: target, facts, turn, intent, upstream, facts, turn, answer. All governed methods take
 * it, whatever the door, the era, a retry or a bridge.
 *
 * L1. The upstream is reached in one place (run), and only once the intent is recorded: here, from the callback of its
 *     record; in a cluster, when the session's owner says so (cluster/ownership.ts).
 * L2. What is sent is our own serialisation of what was judged; the agent's _meta stays here (progress token aside).
 */
import { channel } from "node:diagnostics_channel";
import { findGrant, grantAt } from "../../actors/guards/persona.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { AnswerFacts, Outcome } from "../../protocol/facts.ts";
import type { OperationId } from "../../protocol/id.ts";
import type { Json } from "../../protocol/json.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import type { Subject } from "./answer.ts";
import type { Bridge } from "./bridge.ts";
import { type BridgedCall } from "./bridge.ts";
import { CallScreen } from "./callscreen.ts";
import type { Exchange } from "./exchange.ts";
import { failedReply, giveReply, refusedAnswer, type PreparedCall, type Reply, type RunningCall } from "./governedcall.ts"; // prettier-ignore
import { answerFacts, callFacts, withoutNames, type FactsKey } from "./facts.ts";
import { shownName } from "./shownname.ts";
import type { Governor, Judgement } from "./governor.ts";
import type { Handles } from "./handles.ts";
import type { MethodRow } from "./methods.ts";
import { OperationIds } from "./operationids.ts";
import { outgoingOf, rewrittenOf, upstreamParams } from "./outgoing.ts";
import type { Provenance } from "./provenance.ts";
import { Releaser, type Release } from "./release.ts";
import type { RoleInForce, Roles } from "./roles.ts";
import { charsOf, type Scan, type Screened, type Screener, type Screening } from "./screening.ts";
import { readTarget, type Target } from "./target.ts";
import { Waiting } from "./waiting.ts";

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
  readonly screening: Screening;
  readonly provenance: Provenance;
  readonly server: { readonly name: string; readonly version: string };
  /** Time-out of one call without progress, per server. */
  readonly callMs: (server: string) => number;
  readonly shared: (server: string) => boolean;
  /** Our own bug: the call was answered INTERNAL; this is for the log. */
  readonly onFault: (fault: unknown, op: OperationId) => void;
}

export class Relay {
  readonly #ports: RelayPorts;
  readonly #operations = new OperationIds();
  readonly #releaser: Releaser;
  readonly handles: Handles;
  /** Calls of this node's doors that wait for a person. */
  readonly waiting: Waiting;

  constructor(ports: RelayPorts) {
    this.#ports = ports;
    this.#releaser = new Releaser(ports);
    this.handles = ports.bridge.handles;
    this.waiting = new Waiting(ports.roles, () => performance.now());
  }

  /**
   * Judges and runs one governed request, all on this node. Answers the exchange exactly once, now or later. A promise only
   * where what the agent sends is searched on a thread.
   */
  start(exchange: Exchange, row: MethodRow): void | Promise<void> {
    const scan = this.scan(exchange, row);
    if (scan instanceof Promise) return scan.then((each) => this.#judge(exchange, row, each));
    this.#judge(exchange, row, scan);
  }

  #judge(exchange: Exchange, row: MethodRow, scan: Scan | undefined): void {
    const { governor } = this.#ports;
    const { caller, request } = exchange;
    const call = this.prepare(exchange, row, this.#operations.next(), scan);
    const judged = governor.judge(caller, call.role, request.method, call.subject.op, call.facts);
    exchange.judged();
    if (judged.verdict.kind !== "allow") {
      const answer = refusedAnswer(call, judged, judged.verdict, this.handles);
      const give = (): void => exchange.end(answer.response, answer.form);
      if (judged.verdict.kind !== "park") return give();
      return governor.parked(caller, judged, () => this.waiting.hold(exchange, () => this.start(exchange, row), give)); // prettier-ignore
    }
    const running = this.allowed(call, judged, this.#endHere, undefined);
    governor.intend(caller, running.judged, running.grant, (fault) => {
      if (fault === undefined) this.run(running);
      else this.#fail(running, fault, performance.now());
    });
  }

  /**
   * Searches what the agent sends, before its turn. Undefined where nothing is to be searched.
   *
   * @throws GatewayError PARAMS_INVALID that says which member is wrong
   */
  scan(exchange: Exchange, row: MethodRow): Scan | Promise<Scan> | undefined {
    const { target, role, found } = this.#aim(exchange, row);
    if (!grantAt(role.compiled, found).data.scans("arguments")) return undefined;
    const outgoing = outgoingOf(exchange.request, target);
    if (outgoing === undefined) return undefined;
    return this.#ports.screening.scan(exchange.caller.session, outgoing.value, charsOf(outgoing.value), "arguments", exchange.caller.endpoint.persona); // prettier-ignore
  }

  #aim(
    exchange: Exchange,
    row: MethodRow,
  ): { readonly target: Target; readonly role: RoleInForce; readonly name: string; readonly found: number } {
    // prettier-ignore
    const target = readTarget(row, exchange.request);
    const role = this.#ports.roles.inForce(exchange.caller.endpoint.persona);
    const name = grantName(row, target);
    return { target, role, name, found: findGrant(role.compiled, target.kind, name) };
  }

  /**
   * What the turn needs of a request.
   *
   * @param scan of what the agent sends; where there is none and the role wants one, it is made here
   * @throws GatewayError PARAMS_INVALID that says which member is wrong
   */
  prepare(exchange: Exchange, row: MethodRow, op: OperationId, scan: Scan | undefined): PreparedCall {
    const { target, role, name, found } = this.#aim(exchange, row);
    const { caller, request } = exchange;
    const subject: Subject = {
      id: request.id,
      revision: caller.revision,
      kind: target.kind,
      name: target.name,
      op,
    };
    const parts = role.grants[found];
    const shown = shownName(this.#ports, role.compiled, target.kind, name, found);
    const plain = callFacts(this.#ports.factsKey, target.kind, shown, target.args, parts?.pointers ?? [], row.names === "completion" ? undefined : parts?.known); // prettier-ignore
    const by = { tenant: caller.principal.tenant, persona: role.persona, policy: grantAt(role.compiled, found).data }; // prettier-ignore
    const screened = this.#screened(exchange, target, by, scan);
    const state = this.#ports.governor.stateOf(caller.session);
    const sent = outgoingOf(request, target)?.value;
    const carried = this.#ports.provenance.carried(state, role, found, sent);
    const args = this.#ports.screening.opened(screened, target.args, grantAt(role.compiled, found));
    const trace = this.#ports.provenance.tracing.call(role, found, { ...target, name: shown, args }, request.params); // prettier-ignore
    const facts = {
      ...withoutNames(this.#ports.factsKey, trace === undefined ? plain : { ...plain, trace }, screened),
      ...(screened?.facts === undefined ? {} : { scan: screened.facts }),
      ...(carried === undefined ? {} : { carried }),
    };
    const grant = role.table.grants[found];
    const approval = grant === undefined ? undefined : this.handles.claimed({ exchange, grant, facts: plain }); // prettier-ignore
    if (approval !== undefined) return { exchange, target, subject, role, facts: { ...facts, approval }, screened }; // prettier-ignore
    return { exchange, target, subject, role, facts, screened };
  }

  #screened(
    { request }: Exchange,
    target: Target,
    by: Screener,
    scan: Scan | undefined,
  ): Screened | undefined {
    if (!by.policy.scans("arguments")) return undefined;
    const outgoing = outgoingOf(request, target);
    if (outgoing === undefined) return undefined;
    const { screening } = this.#ports;
    const made = scan ?? screening.scanNow(outgoing.value, charsOf(outgoing.value), "arguments", by.persona); // prettier-ignore
    return screening.read(made, by, outgoing.isFixed ? { isFixed: true } : {});
  }

  /**
   * A call that its turn has allowed, as it will go out.
   *
   * @param fence why a call must not go out any more, asked when its bytes are about to be written
   */
  allowed(
    { exchange, target, subject, role, screened }: PreparedCall,
    judged: Judgement,
    end: RunningCall["end"],
    fence: RunningCall["fence"],
  ): RunningCall {
    const grant = role.table.grants[judged.grant];
    if (grant === undefined) throw new Error("an allowed call without a grant");
    const { principal, session } = exchange.caller;
    const by = { tenant: principal.tenant, persona: role.persona, policy: grantAt(role.compiled, judged.grant).data }; // prettier-ignore
    const { governor, provenance } = this.#ports;
    const screen = new CallScreen(this.#ports.screening, session, by, (said) => provenance.forbids(governor.stateOf(session), role, judged.grant, said)); // prettier-ignore
    const data = judged.verdict.kind === "allow" ? judged.verdict.data : undefined;
    const asked = exchange.request.params?.["inputResponses"];
    if (data === undefined || screened === undefined)
      return { exchange, target, subject, judged, grant, role, screen, end, fence, inputResponses: isObject(asked) ? asked : undefined }; // prettier-ignore
    const value = screen.outgoing(screened, data);
    const sent = this.#ports.factsKey.digest(canonicalJson(value as Json));
    return { ...rewrittenOf(exchange.request, target, value), exchange, subject, judged: { ...judged, sent }, grant, role, screen, end, fence }; // prettier-ignore
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
      params: upstreamParams(exchange.request, target, grant),
      inputResponses: call.inputResponses,
      screen: call.screen,
      callMs: this.#ports.callMs(grant.server),
      headers: role.grants[judged.grant]?.headers,
      trace: exchange.trace,
      // Asked again when the bytes are about to be written: it may have waited for a socket meanwhile.
      ready: () => this.#fallen(call) ?? true,
    };
  }

  #answered(call: RunningCall, answer: UpstreamAnswer, startedMs: number): void {
    const { exchange } = call;
    try {
      if (exchange.cancelled) throw new GatewayError("CANCELLED");
      exchange.stages.upstreamMs = performance.now();
      const release = this.#releaser.release(call, answer, exchange.stages.upstreamMs - startedMs);
      if (release instanceof Promise) {
        // Searched on a thread: whoever has taken the call back meanwhile gets nothing of it.
        const later = (each: Release): void => {
          if (exchange.cancelled) this.#failed(call, new GatewayError("CANCELLED"), startedMs);
          else this.#finish(call, each);
        };
        release.then(later).catch((error: unknown) => this.#failed(call, error, startedMs));
        return;
      }
      call.end(call, release.facts, release.reply);
    } catch (error) {
      this.#fail(call, error, startedMs);
    }
    if (finished.hasSubscribers) finished.publish(call satisfies StartedCall);
  }

  #finish(call: RunningCall, { facts, reply }: Release): void {
    call.end(call, facts, reply);
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
    const plain = answerFacts(this.#ports.factsKey, outcomeOf(error), "", tookMs, error.code);
    const { side } = call.screen;
    const own = side === undefined ? plain : { ...plain, side };
    // What the agent gets is ours, and says nothing of what the server knows.
    const facts = this.#ports.provenance.withSeen(own, call, undefined, undefined);
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
