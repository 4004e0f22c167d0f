import { expect, test } from "vitest";
import { rpcCodes } from "../jsonrpc.ts";
import { shapeError } from "./shape.ts";

test.each([
  [-32002, rpcCodes.invalidParams],
  [-32042, rpcCodes.gatewayFailure],
  [-32023, rpcCodes.gatewayFailure],
  [-32099, rpcCodes.gatewayFailure],
])("an upstream's %i, which 2026-07-28 forbids to send, reaches a modern agent as %i", (code, shown) => {
  expect(shapeError("2026-07-28", "tools/call", { code, message: "no" }).code).toBe(shown);
});

test.each([-32020, -32021, -32022, -32000, -32019, -32100, -1, 7])(
  "an upstream's %i reaches a modern agent as it is",
  (code) => {
    const error = { code, message: "no", data: { a: 1 } };
    expect(shapeError("2026-07-28", "tools/call", error)).toEqual(error);
  },
);

test.each([-32002, -32023, -32099])("an upstream's %i reaches an older agent as it is", (code) => {
  expect(shapeError("2025-06-18", "tools/call", { code, message: "no" }).code).toBe(code);
});
