/**
 * What an agent holds of an approval, and how it is told of one: `input_required` with a sealed requestState for modern
 * agents (MRTR), words and an operation id for all others. Owns both. Does not own what an approval is worth: that is
 * the session's own state, and having a handle proves nothing (actors/guards/stepup.ts).
 */
import { unreadable, type CallFacts } from "../../protocol/facts.ts";
import { resultResponse } from "../../protocol/jsonrpc.ts";
import { traits } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import { refusal, sayParked, verdictMeta, type Answer, type Subject } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { Sealer } from "./seal.ts";

type Parked = Extract<Verdict, { kind: "park" }>;

export interface Bound {
  readonly exchange: Exchange;
  readonly grant: TableGrant;
  readonly facts: CallFacts;
}

/** What a sealed handle is bound to. */
export function boundText(call: Bound): string {
  const { caller, request } = call.exchange;
  return [
    caller.session,
    caller.endpoint.path,
    request.method,
    call.grant.server,
    call.facts.name,
    call.facts.digest,
  ].join("\n");
}

/** Where an agent of any era may name the approval that its call has. */
export const approvalMeta = "io.gatehouse/approval";
/** An operation id (operationids.ts). */
const isId = /^[A-Za-z0-9_-]{22}$/;
/** Requests that MRTR knows (MCP 2026-07-28). */
const multiRound: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);
/** A handle outlives its approval, so that a late agent hears why it is refused. */
const outlivesMs = 24 * 3_600_000;

export class Handles {
  readonly #sealer: Sealer;
  readonly #now: () => number;

  constructor(sealer: Sealer, now: () => number) {
    this.#sealer = sealer;
    this.#now = now;
  }

  /** The approval that a request names; `unreadable` for a handle that we did not give out for this very call. */
  claimed(bound: Bound): string | undefined {
    const { caller, request } = bound.exchange;
    const { _meta: meta, requestState: state } = request.params ?? {};
    const named = isObject(meta) ? meta[approvalMeta] : undefined;
    if (named !== undefined) return typeof named === "string" && isId.test(named) ? named : unreadable;
    if (state === undefined || traits[caller.revision].era !== "modern") return undefined;
    const text = typeof state === "string" ? this.#sealer.open(state, boundText(bound), this.#now()) : undefined; // prettier-ignore
    if (text === undefined) return unreadable;
    const { approval } = JSON.parse(text) as { readonly approval?: string };
    return approval;
  }

  /** What the agent of a parked call gets. */
  parked(subject: Subject, bound: Bound, verdict: Parked): Answer {
    const { caller, request } = bound.exchange;
    const plain = refusal(subject, verdict);
    if (traits[caller.revision].era !== "modern" || !multiRound.has(request.method)) return plain;
    const sealed = JSON.stringify({ approval: verdict.approval });
    const requestState = this.#sealer.seal(sealed, boundText(bound), verdict.until + outlivesMs);
    const about = { code: verdict.rule, operation: subject.op, approval: verdict.approval, untilMs: verdict.until, says: sayParked(subject, verdict) }; // prettier-ignore
    const result = { resultType: "input_required", requestState, _meta: { [verdictMeta]: about } };
    return { response: resultResponse(subject.id, result) };
  }
}
