/** A governed call on its way from its facts to its answer, and the ways it can be answered. */
import { GatewayError } from "../../protocol/errors.ts";
import type { AnswerFacts, CallFacts } from "../../protocol/facts.ts";
import type { OperationId } from "../../protocol/id.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import { failure, refusal, unlisted, type Answer, type Subject } from "./answer.ts";
import type { Exchange, HttpForm } from "./exchange.ts";
import type { Judgement } from "./governor.ts";
import type { Handles } from "./handles.ts";
import type { CallScreen } from "./callscreen.ts";
import type { Screened } from "./screening.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RoleInForce } from "./roles.ts";
import type { Target } from "./target.ts";

/** What a call is answered with. */
export interface Reply {
  /** The JSON-RPC response. */
  readonly text: string;
  readonly form: HttpForm | undefined;
  /** Its agent took the call back: only doors that must answer do so. */
  readonly isDropped: boolean;
}

export function giveReply(exchange: Exchange, { text, form, isDropped }: Reply): void {
  if (isDropped) exchange.drop(text, form);
  else exchange.end(text, form);
}

/** What an agent gets whose call was refused by a turn, or waits for a person. */
export function refusedAnswer(
  { subject, exchange }: Pick<PreparedCall, "subject" | "exchange">,
  { fault, facts, role, grant: place }: Judgement,
  verdict: Exclude<Verdict, { kind: "allow" }>,
  handles: Handles,
): Answer {
  if (fault !== undefined) return failure(subject, new GatewayError(fault));
  const grant = role.table.grants[place];
  return verdict.kind === "park" && grant !== undefined
    ? handles.parked(subject, { exchange, grant, facts }, verdict)
    : refusal(subject, verdict, facts.unknown);
}

export function failedReply({ exchange, subject }: RunningCall, error: GatewayError): Reply {
  if (error.code === "DEFINITION_CHANGED") {
    const { response } = unlisted(subject);
    return { text: JSON.stringify(response), form: undefined, isDropped: false };
  }
  if (error.code === "REQUEST_STATE" || error.code === "PARAMS_INVALID") {
    const { id } = exchange.request;
    const text = JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32602, message: error.message } });
    return { text, form: undefined, isDropped: false };
  }
  const answered = error.code === "CANCELLED" ? new GatewayError(exchange.cancelledBy) : error;
  const { response, form } = failure(subject, answered);
  return { text: JSON.stringify(response), form, isDropped: answered.code === "CANCELLED" };
}

/** A governed request that was read and not yet judged. */
export interface PreparedCall {
  readonly exchange: Exchange;
  readonly target: Target;
  readonly subject: Subject;
  readonly role: RoleInForce;
  readonly facts: CallFacts;
  /** What was found in what the agent sends; undefined where nothing was searched. */
  readonly screened: Screened | undefined;
}

export interface RunningCall {
  readonly exchange: Exchange;
  readonly target: Target;
  readonly subject: Subject;
  readonly judged: Judgement;
  readonly grant: TableGrant;
  readonly role: RoleInForce;
  /** Answers to a server's questions that a retry brings, as they go out. */
  readonly inputResponses: JsonObject | undefined;
  readonly screen: CallScreen;
  /** Called once, with what the answered turn takes and what the agent gets. */
  readonly end: (call: RunningCall, facts: AnswerFacts, reply: Reply) => void;
  readonly fence: ((op: OperationId) => GatewayError | undefined) | undefined;
}
