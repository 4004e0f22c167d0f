/**
 * The four cells between an agent's era and an upstream's (docs/wire.md, "The bridge"). Every cell ends in one
 * UpstreamAnswer; for a modern agent that answer may be `input_required`.
 *
 * B1. A question reaches the agent only if it declared the capability and question.ts lets it pass.
 * B2. requestState that an agent holds is always sealed by us and bound to the call (T10).
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { HeaderSchema } from "../../protocol/header.ts";
import type { CallFacts } from "../../protocol/facts.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { passesLevel, traits, type LogLevel } from "../../protocol/mcp/revision.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { TableGrant } from "../../protocol/role.ts";
import { principalShare } from "../identity/principal.ts";
import type { CallOptions, CancelSignal, UpstreamAnswer, UpstreamSession } from "../upstream/upstream.ts";
import type { CallScreen } from "./callscreen.ts";
import { cleanse } from "./cleanse.ts";
import type { AskAnswer, Exchange } from "./exchange.ts";
import { boundText, Handles } from "./handles.ts";
import { ParkedCall, type ParkEvent, type Parks } from "./park.ts";
import { refuseLink, refuseQuestion } from "./question.ts";
import type { RoleInForce } from "./roles.ts";
import type { Sealer } from "./seal.ts";

export interface BridgedCall {
  readonly exchange: Exchange;
  readonly grant: TableGrant;
  readonly facts: CallFacts;
  readonly role: RoleInForce;
  readonly params: JsonObject;
  /** Answers to a server's questions that a retry brings. */
  readonly inputResponses: JsonObject | undefined;
  readonly screen: CallScreen;
  readonly callMs: number;
  readonly headers: HeaderSchema | undefined;
  readonly trace: { readonly traceparent?: string; readonly tracestate?: string } | undefined;
  /** Whether the call may still be made, when it is about to be written. */
  readonly ready: () => true | GatewayError;
}

export interface BridgePorts {
  readonly parks: Parks;
  readonly sealer: Sealer;
  readonly now: () => number;
  readonly links: (server: string) => readonly string[];
}

/** An approval's handle is read before the turn (handles.ts), and says nothing to a server. */
type Sealed = { readonly park: string } | { readonly upstream: string } | { readonly approval: string };

export class Bridge {
  readonly #ports: BridgePorts;
  readonly handles: Handles;

  constructor(ports: BridgePorts) {
    this.#ports = ports;
    this.handles = new Handles(ports.sealer, ports.now);
  }

  /** A modern agent's retry of a call that is parked here; undefined for every other request. */
  resume(call: BridgedCall): Promise<UpstreamAnswer> | undefined {
    const sealed = this.#unseal(call);
    if (sealed === undefined || !("park" in sealed)) return undefined;
    const { exchange } = call;
    const parked = this.#ports.parks.take(sealed.park, exchange.caller.session, boundText(call));
    if (parked === undefined) throw new GatewayError("REQUEST_STATE");
    parked.exchange = exchange;
    parked.screen = call.screen;
    parked.reply(call.inputResponses ?? {});
    return this.#await(parked, call);
  }

  /** Asks the upstream, by the cell of the bridge that the two eras make. Rejects with a GatewayError. */
  request(session: UpstreamSession, call: BridgedCall): Promise<UpstreamAnswer> {
    const agentModern = traits[call.exchange.caller.revision].era === "modern";
    try {
      if (session.era === "modern" && agentModern) return this.#modern(session, call);
      const answering =
        session.era === "modern"
          ? this.#rounds(session, call)
          : agentModern && asksSomething(call.exchange)
            ? this.#parked(session, call)
            : this.#older(session, call);
      return answering.then((answer) => this.#checked(answer, call));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @throws GatewayError UPSTREAM_GARBAGE for an error that sends a person where the catalogue does not */
  #checked(answer: UpstreamAnswer, call: BridgedCall): UpstreamAnswer {
    if (answer.kind !== "error" || answer.error.code !== rpcCodes.urlElicitationRequired) return answer;
    const { data } = cleanse({ data: answer.error.data });
    const why = refuseElicitationError(data, this.#ports.links(call.grant.server));
    if (why !== undefined)
      throw new GatewayError("UPSTREAM_GARBAGE", `the server asked what it may not: ${why}`);
    return answer;
  }

  /** Modern agent, modern upstream: nearly a pass-through, and most calls take it: one promise, no more. */
  #modern(session: UpstreamSession, call: BridgedCall): Promise<UpstreamAnswer> {
    const sealed = this.#unseal(call);
    let { params } = call;
    if (call.inputResponses !== undefined) params = { ...params, inputResponses: call.inputResponses };
    if (sealed !== undefined && "upstream" in sealed) params = { ...params, requestState: sealed.upstream };
    const options = this.#options(call, call.exchange.signal());
    return session
      .request(call.exchange.request.method, params, options)
      .then((answer) => this.#passed(answer, call));
  }

  /** A modern answer as the modern agent gets it: its questions judged, its state sealed. */
  #passed(answer: UpstreamAnswer, call: BridgedCall): UpstreamAnswer {
    if (answer.kind === "error") return this.#checked(answer, call);
    if (answer.result["resultType"] !== "input_required") return answer;
    // Judged as it will be read: what hidden characters conceal comes to light before, not after.
    const { requestState: _, ...result } = cleanse(answer.result);
    this.#checkAll(result["inputRequests"], call);
    const state = answer.result["requestState"];
    if (typeof state !== "string") return { ...answer, result };
    return { ...answer, result: { ...result, requestState: this.#seal({ upstream: state }, call) } };
  }

  /** Older agent, modern upstream: `input_required` becomes requests on the agent's stream, then a retry upstream. */
  async #rounds(session: UpstreamSession, call: BridgedCall): Promise<UpstreamAnswer> {
    const { exchange } = call;
    let params = call.params;
    for (let round = 0; round <= limits.inputRoundsMax; round++) {
      const asking = session.request(exchange.request.method, params, this.#options(call, exchange.signal()));
      const answer = await (round === 0 ? asking : asking.catch(throwAsBegun));
      if (answer.kind !== "result" || answer.result["resultType"] !== "input_required") return answer;
      const inputResponses: Record<string, unknown> = {};
      for (const [key, question] of questionsOf(answer.result["inputRequests"])) {
        const reply = await this.#ask(call, String(question["method"]), asObject(question["params"]));
        if ("error" in reply) return { kind: "error", error: reply.error };
        inputResponses[key] = reply.result;
      }
      const { requestState } = answer.result;
      params = {
        ...call.params,
        inputResponses,
        ...(typeof requestState === "string" ? { requestState } : {}),
      };
    }
    throw new GatewayError("UPSTREAM_GARBAGE", "the server asks without end");
  }

  /** Modern agent, older upstream: a question parks the call. */
  #parked(session: UpstreamSession, call: BridgedCall): Promise<UpstreamAnswer> {
    const parked = new ParkedCall(call.exchange.caller.session, boundText(call));
    parked.exchange = call.exchange;
    parked.screen = call.screen;
    const options = this.#options(call, parked.cancel.signal, () => parked.exchange, () => parked.screen ?? call.screen); // prettier-ignore
    const running = session.request(call.exchange.request.method, call.params, {
      ...options,
      onAsk: (method, params) => {
        const clean = withoutMeta(params);
        const why = this.#refuse(call, method, clean);
        return why === undefined ? parked.ask(method, clean) : Promise.resolve(refused(why));
      },
    });
    parked.follow(running);
    return this.#await(parked, call);
  }

  /** Older upstream; the agent is older, or modern without anything to ask it for. */
  #older(session: UpstreamSession, call: BridgedCall): Promise<UpstreamAnswer> {
    const options = {
      ...this.#options(call, undefined),
      onAsk: (method: string, params: JsonObject) => this.#ask(call, method, params),
    };
    return session.request(call.exchange.request.method, call.params, options).then(complete);
  }

  /** Waits for the next event of a parked call, cancelling it with the exchange that waits. */
  async #await(parked: ParkedCall, call: BridgedCall): Promise<UpstreamAnswer> {
    const cancel = (): void => parked.end("cancelled");
    const signal = call.exchange.signal();
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    let event: ParkEvent;
    try {
      event = await parked.next();
    } finally {
      signal.removeEventListener("abort", cancel);
    }
    if (event.kind === "answer") return complete(event.answer);
    const { key, method, params } = event.question;
    try {
      this.#ports.parks.keep(parked);
    } catch (error) {
      parked.end("too many calls wait for an answer");
      throw error;
    }
    const result = {
      resultType: "input_required",
      inputRequests: { [key]: { method, params } },
      requestState: this.#seal({ park: parked.id }, call),
    };
    return { kind: "result", result };
  }

  async #ask(call: BridgedCall, method: string, params: JsonObject): Promise<AskAnswer> {
    const { exchange } = call;
    const clean = withoutMeta(params);
    const why = exchange.asks ? this.#refuse(call, method, clean) : "this agent cannot be asked";
    if (why !== undefined) return refused(why);
    const needsId =
      method === "elicitation/create" && clean["mode"] === "url" && clean["elicitationId"] === undefined;
    // Judged as a question before it is searched: what is withheld in it makes no other question of it.
    const shown = await call.screen.toAgent(clean);
    if ("withheld" in shown) return refused(shown.withheld);
    const reply = await exchange.ask(method, needsId ? { ...shown.value, elicitationId: crypto.randomUUID() } : shown.value); // prettier-ignore
    return call.screen.toServer(reply);
  }

  /** @param params cleansed: what is judged must be what a person will read */
  #refuse(call: BridgedCall, method: string, params: JsonObject): string | undefined {
    const { capabilities } = call.exchange.caller;
    return refuseQuestion(method, params, capabilities, this.#ports.links(call.grant.server));
  }

  /** @param requests cleansed */
  #checkAll(requests: unknown, call: BridgedCall): void {
    for (const question of questionsOf(requests).values()) {
      const why = this.#refuse(call, String(question["method"]), asObject(question["params"]));
      if (why !== undefined)
        throw new GatewayError("UPSTREAM_GARBAGE", `the server asked what it may not: ${why}`);
    }
  }

  #options(
    call: BridgedCall,
    signal: CancelSignal | undefined,
    current: () => Exchange | undefined = () => call.exchange,
    screen: () => CallScreen = () => call.screen,
  ): CallOptions {
    const { caller } = call.exchange;
    return {
      signal: signal ?? call.exchange.signal(),
      timeoutMs: call.callMs,
      owner: principalShare(caller.principal),
      capabilities: caller.capabilities,
      headerSchema: call.headers,
      ready: call.ready,
      ...(call.trace === undefined ? {} : { trace: call.trace }),
      ...(logLevelOf(call.exchange) === undefined ? {} : { logLevel: logLevelOf(call.exchange) }),
      onNotification: (method, params) => {
        const exchange = current();
        return exchange === undefined ? undefined : deliver(exchange, method, params, screen());
      },
    };
  }

  #seal(payload: Sealed, call: BridgedCall): string {
    return this.#ports.sealer.seal(
      JSON.stringify(payload),
      boundText(call),
      this.#ports.now() + limits.parkedCallMs,
    );
  }

  #unseal(call: BridgedCall): Sealed | undefined {
    const { caller, request } = call.exchange;
    const state = (request.params as JsonObject)["requestState"];
    if (state === undefined || traits[caller.revision].era !== "modern") return undefined;
    const text =
      typeof state === "string"
        ? this.#ports.sealer.open(state, boundText(call), this.#ports.now())
        : undefined;
    if (text === undefined) throw new GatewayError("REQUEST_STATE");
    return JSON.parse(text) as Sealed;
  }
}

/** Gives a call's progress and log messages to its agent; all else an upstream sends in mid-call is dropped. */
export function deliver(
  exchange: Exchange,
  method: string,
  params: JsonObject,
  screen: CallScreen,
): void | Promise<void> {
  if (exchange.ended) return undefined;
  if (method === "notifications/message") {
    const threshold = logLevelOf(exchange);
    const modernSilent = traits[exchange.caller.revision].era === "modern" && threshold === undefined;
    if (modernSilent || (threshold !== undefined && !passesLevel(params["level"], threshold)))
      return undefined;
  } else if (method !== "notifications/progress") return undefined;
  if (method === "notifications/message" || params["message"] !== undefined) exchange.isTold = true;
  const give = (shown: JsonObject | undefined): void | Promise<void> =>
    shown === undefined || exchange.ended
      ? undefined
      : exchange.send({ jsonrpc: "2.0", method, params: shown });
  const shown = screen.notification(method, cleanse(params));
  return shown instanceof Promise ? shown.then(give).then(() => screen.turn()) : give(shown);
}

function logLevelOf(exchange: Exchange): LogLevel | undefined {
  return exchange.caller.wire?.logLevel ?? exchange.caller.logLevel;
}

/** A later round that was not executed follows one that was: the call as a whole must not be made again. */
function throwAsBegun(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== "UPSTREAM_SESSION_LOST") throw error;
  throw new GatewayError("UPSTREAM_CLOSED", error.detail, { cause: error });
}

/** An older server's result has no type: one that says `input_required` would be a question that nobody judged. */
function complete(answer: UpstreamAnswer): UpstreamAnswer {
  if (answer.kind === "error" || answer.result["resultType"] === undefined) return answer;
  const { resultType: _, ...result } = answer.result;
  return { ...answer, result };
}

function asksSomething(exchange: Exchange): boolean {
  const { capabilities } = exchange.caller;
  return (
    isObject(capabilities["sampling"]) ||
    isObject(capabilities["elicitation"]) ||
    isObject(capabilities["roots"])
  );
}

/** The questions of an `input_required` result, by key. */
function questionsOf(requests: unknown): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const [key, question] of Object.entries(asObject(requests))) {
    if (!isObject(question)) throw new GatewayError("UPSTREAM_GARBAGE", "inputRequests holds no request");
    if (found.size >= limits.upstreamAsksMax)
      throw new GatewayError("UPSTREAM_GARBAGE", "the server asks too much at once");
    found.set(key, question);
  }
  return found;
}

function refused(why: string): AskAnswer {
  return { error: { code: -32601, message: why } };
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** An upstream's _meta is for our hop. */
function withoutMeta(params: JsonObject): JsonObject {
  const { _meta: _, ...rest } = cleanse(params);
  return rest;
}

/** Checks the links of -32042 "URL elicitation required" before an agent of 2025-11-25 sees them. */
export function refuseElicitationError(data: unknown, links: readonly string[]): string | undefined {
  const listed = isObject(data) ? data["elicitations"] : undefined;
  if (!Array.isArray(listed)) return "the error lists no elicitations";
  for (const row of listed as unknown[]) {
    const why = refuseLink(asObject(row)["url"], links);
    if (why !== undefined) return why;
  }
  return undefined;
}
