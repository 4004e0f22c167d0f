/**
 * What an agent sends on to a server: the document of a governed request that is searched before its turn, and the parameters
 * as the server gets them. Does not own the decision, nor the search (screening.ts).
 *
 * O1. Whatever of an agent's words goes out is in the document: arguments, answers to a server's questions, the text that is to be
 *     completed with its context, the URI.
 * O2. What names something (a URI, a text to be completed) cannot be changed: where something would be withheld in it, the call
 *     is refused.
 */
import type { Request } from "../../protocol/jsonrpc.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { Target } from "./target.ts";

export interface Outgoing {
  readonly value: unknown;
  readonly isFixed: boolean;
}

/** Undefined where nothing of the agent's goes out but a name of ours. */
export function outgoingOf(
  { method, params = {} }: Request,
  { kind, name, args }: Target,
): Outgoing | undefined {
  if (method === "completion/complete") {
    const { argument, context } = params;
    const uri = kind === "resource" ? { uri: name } : {};
    return { value: { argument, ...(context === undefined ? {} : { context }), ...uri }, isFixed: true };
  }
  const responses = params["inputResponses"];
  if (kind === "resource") {
    if (!isObject(responses)) return { value: name, isFixed: true };
    return { value: { uri: name, inputResponses: responses }, isFixed: true };
  }
  if (!isObject(responses)) return args === undefined ? undefined : { value: args, isFixed: false };
  return { value: { arguments: args ?? {}, inputResponses: responses }, isFixed: false };
}

/** What of it was rewritten, to its places. */
export function rewrittenOf(
  { params = {} }: Request,
  target: Target,
  value: unknown,
): { readonly target: Target; readonly inputResponses: JsonObject | undefined } {
  const whole = value as JsonObject;
  if (!isObject(params["inputResponses"])) return { target: { ...target, args: whole }, inputResponses: undefined }; // prettier-ignore
  const args = target.args === undefined ? undefined : (whole["arguments"] as JsonObject);
  return { target: { ...target, args }, inputResponses: whole["inputResponses"] as JsonObject };
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
export function upstreamParams({ method, params }: Request, target: Target, grant: TableGrant): JsonObject {
  const asked = params as JsonObject;
  const own = isObject(asked["_meta"]) ? asked["_meta"] : undefined;
  const token = own?.["progressToken"];
  const passed = token === undefined ? {} : { _meta: { progressToken: token } };
  if (method === "completion/complete") return { ...completionParams(asked, target, grant), ...passed };
  if (target.kind === "resource") return { uri: target.name, ...passed };
  return { name: grant.target, ...(target.args === undefined ? {} : { arguments: target.args }), ...passed };
}
