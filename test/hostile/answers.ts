/** What every answer must be, whatever was asked. */
import { expect } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";

/** A text is one JSON-RPC error answer, and nothing else. Gives its error. */
export function expectRpcError(text: string): JsonObject {
  const value = JSON.parse(text) as JsonObject;
  expect(Object.keys(value).sort()).toEqual(["error", "id", "jsonrpc"]);
  expect(value["jsonrpc"]).toBe("2.0");
  expect(value["id"] === null || typeof value["id"] === "string" || Number.isSafeInteger(value["id"])).toBe(
    true,
  );
  const error = value["error"] as JsonObject;
  expect(Number.isSafeInteger(error["code"])).toBe(true);
  expect(typeof error["message"]).toBe("string");
  expect(Object.keys(error).every((name) => ["code", "message", "data"].includes(name))).toBe(true);
  return error;
}
