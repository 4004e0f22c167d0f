// The 2026-07-28 rule on `Mcp-Param-*`, for the one tool of the fixture that has such a property. The SDK checks it
// for its high-level server only, and this fixture is built on the low-level one.
import type { IncomingHttpHeaders } from "node:http";
import { mirrored } from "./tools.ts";

const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The value a header stands for: itself, or the UTF-8 text inside `=?base64?...?=`.
 * @returns undefined for a wrapper whose inside is not canonical Base64 of UTF-8
 */
function decodeValue(header: string): string | undefined {
  const inside = /^=\?base64\?(.*)\?=$/.exec(header)?.[1];
  if (inside === undefined) return header;
  if (!canonicalBase64.test(inside)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(inside, "base64"));
  } catch {
    return undefined;
  }
}

function objectAt(value: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const inner = (value as Readonly<Record<string, unknown>>)[key];
  return typeof inner === "object" && inner !== null
    ? (inner as Readonly<Record<string, unknown>>)
    : undefined;
}

/**
 * What is wrong with the mirrored header of this request, or undefined. A value in the body needs its header and
 * both must agree; without a value in the body the header is not looked at.
 */
export function mirrorFault(body: unknown, headers: IncomingHttpHeaders): string | undefined {
  const params = objectAt(body, "params");
  if (params?.["name"] !== mirrored.tool) return undefined;
  const value = objectAt(params, "arguments")?.[mirrored.property];
  if (typeof value !== "string") return undefined;

  const header = headers[mirrored.header];
  if (typeof header !== "string") return `${mirrored.header} is missing`;
  const decoded = decodeValue(header);
  if (decoded === undefined) return `${mirrored.header} is not valid Base64`;
  return decoded === value ? undefined : `${mirrored.header} differs from the body`;
}
