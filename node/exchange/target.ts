/** What a governed request names: read from its parameters, checked for shape, before any decision. */
import { GatewayError } from "../../protocol/errors.ts";
import type { TargetKind } from "../../protocol/facts.ts";
import type { Request } from "../../protocol/jsonrpc.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { MethodRow } from "./methods.ts";

export interface Target {
  readonly kind: TargetKind;
  /** Exposed name, or URI, as the agent wrote it. */
  readonly name: string;
  readonly args: JsonObject | undefined;
}

/** Longer names are refused, never cut: what is judged is what is sent. */
const nameCharsMax = 1024;

/** @throws GatewayError PARAMS_INVALID that says which member is wrong */
export function readTarget(row: MethodRow, request: Request): Target {
  const params = request.params ?? {};
  switch (row.names) {
    case "tool":
      return { kind: "tool", name: text(params, "name"), args: object(params, "arguments") };
    case "prompt":
      return { kind: "prompt", name: text(params, "name"), args: object(params, "arguments") };
    case "resource":
      return { kind: "resource", name: text(params, "uri"), args: undefined };
    case "completion":
      return readReference(params);
    default:
      throw new Error(`method without a target: ${request.method}`);
  }
}

function readReference(params: JsonObject): Target {
  const reference = object(params, "ref");
  const argument = object(params, "argument");
  if (reference === undefined || argument === undefined)
    throw new GatewayError("PARAMS_INVALID", "params.ref and params.argument are needed");
  const args = {
    [text(argument, "name", "params.argument.name")]: text(argument, "value", "params.argument.value", true),
  };
  if (reference["type"] === "ref/prompt")
    return { kind: "prompt", name: text(reference, "name", "params.ref.name"), args };
  if (reference["type"] === "ref/resource")
    return { kind: "resource", name: text(reference, "uri", "params.ref.uri"), args: undefined };
  throw new GatewayError("PARAMS_INVALID", "params.ref.type must be ref/prompt or ref/resource");
}

function text(object: JsonObject, name: string, where = `params.${name}`, empty = false): string {
  const value = object[name];
  if (typeof value !== "string" || (value === "" && !empty))
    throw new GatewayError("PARAMS_INVALID", `${where} must be a string${empty ? "" : " that is not empty"}`);
  if (value.length > nameCharsMax)
    throw new GatewayError("PARAMS_INVALID", `${where} is longer than ${nameCharsMax}`);
  return value;
}

function object(parent: JsonObject, name: string): JsonObject | undefined {
  const value = parent[name];
  if (value === undefined) return undefined;
  if (!isObject(value)) throw new GatewayError("PARAMS_INVALID", `params.${name} must be an object`);
  return value;
}
