/**
 * Verdict x era x door: the one place that puts decisions and failures on the wire. The table is docs/wire.md.
 */
import { errors, type GatewayError } from "../../protocol/errors.ts";
import type { CallKind } from "../../protocol/facts.ts";
import type { OperationId } from "../../protocol/id.ts";
import {
  errorResponse,
  resultResponse,
  rpcCodes,
  type Response,
  type RpcId,
} from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { traits, type Revision } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import type { HttpForm } from "./exchange.ts";

export interface Answer {
  readonly response: Response;
  readonly form?: HttpForm;
}

/** What an answer is about. `name` is what the agent wrote; it is echoed only to the agent that wrote it. */
export interface Subject {
  readonly id: RpcId;
  readonly revision: Revision;
  readonly kind: CallKind;
  readonly name: string;
  readonly op: OperationId;
}

export const verdictMeta = "io.gatehouse/verdict";

/**
 * An answer for each verdict that is not allow.
 *
 * @param unknown argument names of the call that its definition does not have (protocol/facts.ts)
 */
export function refusal(
  subject: Subject,
  verdict: Exclude<Verdict, { kind: "allow" }>,
  unknown: readonly string[] = [],
): Answer {
  switch (verdict.kind) {
    case "throttle":
      return throttled(subject, verdict.rule, verdict.waitMs, verdict.says);
    case "quarantine":
      return subject.kind === "tool"
        ? { response: toolRefusal(subject, verdict.rule, verdict.says, verdict.until) }
        : rpcRefusal(subject, verdict.rule, verdict.says, verdict.until);
    case "deny":
      return denied(subject, { ...verdict, says: verdict.says + nameUnknown(verdict.rule, unknown) });
    case "park":
      return parked(subject, verdict);
    default:
      return verdict satisfies never;
  }
}

/**
 * The agent's own word back to the agent, where it can hide nothing. A verdict never holds a word of a call, so that
 * records and consoles do not either.
 */
function nameUnknown(rule: string, [name = ""]: readonly string[]): string {
  return rule === "persona.unknown-argument" && /^[\w.$-]{1,63}$/.test(name) ? ` It is: ${name}.` : "";
}

function denied(subject: Subject, verdict: Extract<Verdict, { kind: "deny" }>): Answer {
  switch (verdict.rule) {
    case "persona.unlisted":
    case "persona.quarantined":
      return unlisted(subject);
    case "session.killed":
      return {
        response: errorResponse(subject.id, errors.SESSION_KILLED.rpc, errors.SESSION_KILLED.says, {
          code: "SESSION_KILLED",
          operation: subject.op,
        }),
        form: { status: errors.SESSION_KILLED.http },
      };
    case "session.open-calls":
      return throttled(subject, verdict.rule, 1000);
    default:
      return subject.kind === "tool"
        ? { response: toolRefusal(subject, verdict.rule, verdict.says, verdict.until) }
        : rpcRefusal(subject, verdict.rule, verdict.says, verdict.until);
  }
}

/** Exactly what a tool, prompt or resource that does not exist gets (law 3): nothing tells the two apart. */
export function unlisted(subject: Pick<Subject, "id" | "revision" | "kind" | "name">): Answer {
  if (subject.kind === "tool")
    return { response: errorResponse(subject.id, -32602, `Unknown tool: ${subject.name}`) };
  if (subject.kind === "prompt")
    return { response: errorResponse(subject.id, -32602, `Unknown prompt: ${subject.name}`) };
  if (subject.kind === "server")
    return { response: errorResponse(subject.id, -32602, "Nothing of it is available here") };
  const code = traits[subject.revision].resourceNotFoundCode;
  return { response: errorResponse(subject.id, code, "Resource not found", { uri: subject.name }) };
}

/** For agents that poll: who must do what until when, and no value of the call. */
function parked(subject: Subject, verdict: Extract<Verdict, { kind: "park" }>): Answer {
  const says = sayParked(subject, verdict);
  const about = { code: verdict.rule, operation: subject.op, approval: verdict.approval, untilMs: verdict.until, retryAfterMs: limits.approvalAskAgainMs }; // prettier-ignore
  return subject.kind === "tool"
    ? { response: resultResponse(subject.id, toolError(subject.revision, says, about)) }
    : { response: errorResponse(subject.id, -32602, says, about) };
}

export function sayParked(
  { kind, name }: Subject,
  { approval, until, says }: Extract<Verdict, { kind: "park" }>,
): string {
  // The agent's own word back to the agent, where it can hide nothing.
  const what = /^[\w.$/-]{1,128}$/.test(name) ? `${kind} ${name}` : kind;
  const after = Math.ceil(limits.approvalAskAgainMs / 1000);
  return `This call was not made: a person must approve it first (${what}). ${says} Make exactly the same call again after ${after} s, until ${new Date(until).toISOString()}; it passes once it is approved. Approval ${approval}.`; // prettier-ignore
}

/** @param says what the agent may do better, where waiting is not all */
function throttled(subject: Subject, rule: string, waitMs: number, says?: string): Answer {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  return {
    response: errorResponse(
      subject.id,
      errors.THROTTLED.rpc,
      says === undefined ? errors.THROTTLED.says : `${errors.THROTTLED.says}: ${says}`,
      {
        code: rule,
        operation: subject.op,
        retryAfterMs,
      },
    ),
    form: {
      status: errors.THROTTLED.http,
      headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
    },
  };
}

/** A tool result that tells the model what was refused, in words it can act on. */
function toolRefusal(subject: Subject, code: string, says: string, until: number | undefined): Response {
  return resultResponse(
    subject.id,
    toolError(subject.revision, says, { code, operation: subject.op, ...untilPart(until) }),
  );
}

function toolError(revision: Revision, says: string, about: JsonObject): JsonObject {
  const result: Record<string, unknown> = {
    content: [{ type: "text", text: says }],
    isError: true,
    _meta: { [verdictMeta]: about },
  };
  if (traits[revision].era === "modern") result["resultType"] = "complete";
  return result;
}

function rpcRefusal(subject: Subject, code: string, says: string, until: number | undefined): Answer {
  return {
    response: errorResponse(subject.id, -32602, says, { code, operation: subject.op, ...untilPart(until) }),
  };
}

function untilPart(until: number | undefined): { untilMs?: number } {
  return until === undefined ? {} : { untilMs: until };
}

/** Failures that are refused as a request, with the HTTP status of the error table; all others are answers. */
const atHttpLevel: ReadonlySet<string> = new Set([
  "RECORD_UNAVAILABLE",
  "OVERLOADED",
  "DRAINING",
  "OWNER_UNAVAILABLE",
  "NOT_REPLICATED",
  "CONFIGURATION",
  "THROTTLED",
  "CAPABILITY_MISSING",
  "SESSION_KILLED",
]);

/**
 * A failure of the world in the course of a call. For a tool it is a tool result: agents read those and act on them.
 */
export function failure(subject: Subject, error: GatewayError): Answer {
  const row = errors[error.code];
  const about = { code: error.code, operation: subject.op, ...error.data };
  if (atHttpLevel.has(error.code)) {
    return {
      response: errorResponse(subject.id, row.rpc, row.says, about),
      form: { status: row.http, ...(row.retry ? { headers: { "retry-after": "1" } } : {}) },
    };
  }
  if (subject.kind === "tool" && row.rpc === rpcCodes.gatewayFailure) {
    const says = `The call was not completed: ${row.says}. ${sentence(row.do)} Operation ${subject.op}.`;
    return { response: resultResponse(subject.id, toolError(subject.revision, says, about)) };
  }
  return { response: errorResponse(subject.id, row.rpc, row.says, about) };
}

/** A refusal of the request itself: shape, method, parameters. No operation exists yet. */
export function requestFailure(
  id: RpcId | null,
  error: Pick<GatewayError, "code" | "detail" | "data">,
  era: "older" | "modern",
): Answer {
  const row = errors[error.code];
  const says = error.detail === undefined ? row.says : `${row.says}: ${error.detail}`;
  const data = { code: error.code, ...error.data };
  // Older revisions answer an unknown method as JSON-RPC alone (docs/wire.md).
  const status = error.code === "METHOD_UNKNOWN" && era === "older" ? 200 : error.code === "PARAMS_INVALID" || error.code === "REQUEST_STATE" ? 200 : row.http; // prettier-ignore
  const again = row.retry && (status === 429 || status === 503) ? { headers: { "retry-after": "1" } } : {};
  return { response: errorResponse(id, row.rpc, says, data), form: { status, ...again } };
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
