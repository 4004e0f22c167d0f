/** What the cluster's words for the end of a call, and what comes before it, are for an agent and for its session. */
import { isUtf8 } from "node:buffer";
import type { SessionEvent } from "../../actors/session.ts";
import type { KillTurn } from "../control/kills.ts";
import type { Ending, Refusal } from "../../cluster/exchange.ts";
import { GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import type { AnswerFacts } from "../../protocol/facts.ts";
import type { OperationId } from "../../protocol/id.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { relayedAnswerBounds } from "../../protocol/jsonbounds.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import { failure } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Reply } from "../exchange/governedcall.ts";
import type { Target } from "../exchange/target.ts";

/** Nothing is known of the answer: the facts of a call that was not made, or whose owner is gone. */
export function noFacts(outcome: "cancelled" | "unknown", code: ErrorCode): AnswerFacts {
  return { outcome, bytes: 0, digest: "", tookMs: 0, code };
}

const refusedCodes: Readonly<Record<Exclude<Refusal, "verdict">, ErrorCode>> = {
  fence: "NOT_REPLICATED",
  "no owner": "OWNER_UNAVAILABLE",
  unreachable: "UPSTREAM_UNREACHABLE",
  cancelled: "CANCELLED",
  overload: "OVERLOADED",
  unrecorded: "RECORD_UNAVAILABLE",
};

/** Of an ending that brings no answer of its own. */
export function codeOf(ending: Ending<unknown>) {
  if (ending.kind === "answered") return "CANCELLED";
  return ending.kind === "refused" && ending.why !== "verdict" ? refusedCodes[ending.why] : "OUTCOME_UNKNOWN";
}

/** What an agent gets whose call has ended without an answer of its own. */
export function endingReply(
  exchange: Exchange,
  { kind, name }: Target,
  op: OperationId,
  ending: Ending<unknown>,
): Reply {
  const code = codeOf(ending);
  const error = new GatewayError(code === "CANCELLED" ? exchange.cancelledBy : code);
  const { request, caller } = exchange;
  const { response, form } = failure({ id: request.id, revision: caller.revision, kind, name, op }, error);
  return { text: JSON.stringify(response), form, isDropped: error.code === "CANCELLED" };
}

/** A notification for an agent, which another node has read from a server and serialised; anything else is dropped. */
export function readNote(bytes: Uint8Array): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const message = parseStrict(Buffer.from(bytes).toString("utf8"), relayedAnswerBounds);
  return !(message instanceof JsonFault) && isObject(message) && typeof message["method"] === "string" && message["id"] === undefined ? message : undefined; // prettier-ignore
}

const nothing: readonly SessionEvent[] = [];

/** What a session must be told before a call: an operator's word, the role in force. Mostly nothing. */
export function toldEvents(
  known: string | undefined,
  role: string,
  demanded: KillTurn | undefined,
  at: number,
): readonly SessionEvent[] {
  if (demanded === undefined && known === role) return nothing;
  const events: SessionEvent[] = demanded === undefined ? [] : [demanded];
  if (known !== role) events.push({ kind: "configured", at, role });
  return events;
}
