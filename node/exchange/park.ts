/**
 * Parked calls: a modern agent's call whose older upstream asked something in mid-call. The upstream call stays open
 * here while the agent gets `input_required`; its retry answers the question and waits for what comes next.
 *
 * P1. A parked call belongs to one session, endpoint, tool and argument digest; nothing else resumes it.
 * P2. Each ends: answered, cancelled, or expired after limits.parkedCallMs, and the upstream is told.
 */
import { randomBytes } from "node:crypto";
import type { SessionKey } from "../../protocol/id.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { rpcCodes } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { UpstreamAnswer } from "../upstream/upstream.ts";
import type { CallScreen } from "./callscreen.ts";
import type { AskAnswer, Exchange } from "./exchange.ts";

export interface Question {
  readonly key: string;
  readonly method: string;
  readonly params: JsonObject;
}

export type ParkEvent =
  | { readonly kind: "question"; readonly question: Question }
  | { readonly kind: "answer"; readonly answer: UpstreamAnswer };

export class ParkedCall {
  readonly id = randomBytes(16).toString("base64url");
  readonly session: SessionKey;
  readonly bound: string;
  readonly cancel = new AbortController();
  /** The exchange that waits now; notifications of the upstream go there, or nowhere while none waits. */
  exchange: Exchange | undefined;
  /** Of that exchange's call. */
  screen: CallScreen | undefined;
  expires = 0;
  #rounds = 0;
  #question: (Question & { resolve(answer: AskAnswer): void }) | undefined;
  #ended: { answer: UpstreamAnswer } | { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(session: SessionKey, bound: string) {
    this.session = session;
    this.bound = bound;
  }

  /** The upstream asks. Resolves with the agent's answer, which may come with a later request. */
  ask(method: string, params: JsonObject): Promise<AskAnswer> {
    this.#rounds++;
    if (this.#rounds > limits.inputRoundsMax || this.#question !== undefined)
      return Promise.resolve({
        error: { code: rpcCodes.gatewayFailure, message: "too many questions in one call" },
      });
    return new Promise((resolve) => {
      this.#question = { key: `question_${this.#rounds}`, method, params, resolve };
      this.#wake?.();
    });
  }

  /** The upstream call ended, either way. */
  follow(running: Promise<UpstreamAnswer>): void {
    running.then(
      (answer) => {
        this.#ended = { answer };
        this.#wake?.();
      },
      (error: unknown) => {
        this.#ended = { error };
        this.#wake?.();
      },
    );
  }

  /** The next thing the agent must hear. Rejects with the upstream's failure. */
  async next(): Promise<ParkEvent> {
    if (this.#ended === undefined && this.#question === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    if (this.#ended !== undefined) {
      if ("error" in this.#ended) throw this.#ended.error;
      return { kind: "answer", answer: this.#ended.answer };
    }
    const question = this.#question as Question;
    return { kind: "question", question };
  }

  /** The agent's answers; a missing one leaves the question open, to be asked again. */
  reply(responses: JsonObject): void {
    const question = this.#question;
    if (question === undefined || !Object.hasOwn(responses, question.key)) return;
    const answer = responses[question.key];
    if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return;
    this.#question = undefined;
    question.resolve({ result: answer as JsonObject });
  }

  /** Ends it from outside: expiry, kill, shutdown. */
  end(reason: string): void {
    this.#question?.resolve({ error: { code: rpcCodes.gatewayFailure, message: reason } });
    this.#question = undefined;
    this.cancel.abort();
  }
}

export class Parks {
  readonly #calls = new Map<string, ParkedCall>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Keeps a call until its agent comes back. */
  keep(call: ParkedCall): void {
    let ofSession = 0;
    for (const other of this.#calls.values()) if (other.session === call.session) ofSession++;
    if (!this.#calls.has(call.id) && ofSession >= limits.parkedCallsPerSessionMax)
      throw new GatewayError("OVERLOADED", "too many calls of this session wait for an answer");
    call.expires = this.#now() + limits.parkedCallMs;
    call.exchange = undefined;
    this.#calls.set(call.id, call);
  }

  /** Takes it back for the session and request it is bound to; undefined for anything else. */
  take(id: string, session: SessionKey, bound: string): ParkedCall | undefined {
    const call = this.#calls.get(id);
    if (call === undefined || call.session !== session || call.bound !== bound) return undefined;
    this.#calls.delete(id);
    return call.expires > this.#now() ? call : (call.end("expired"), undefined);
  }

  /** Ends what has expired; called by the node's clock. */
  expire(): void {
    const now = this.#now();
    for (const call of this.#calls.values())
      if (call.expires <= now) this.#end(call, "nobody answered in time");
  }

  endSession(session: SessionKey, reason: string): void {
    for (const call of this.#calls.values()) if (call.session === session) this.#end(call, reason);
  }

  endAll(reason: string): void {
    for (const call of this.#calls.values()) this.#end(call, reason);
  }

  #end(call: ParkedCall, reason: string): void {
    this.#calls.delete(call.id);
    call.end(reason);
  }
}
