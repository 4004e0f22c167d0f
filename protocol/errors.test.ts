import { expect, test } from "vitest";
import { errors } from "./errors.ts";
import { rpcCodes } from "./jsonrpc.ts";

/** MCP 2026-07-28, base protocol, "Error Codes": what the range reserved by JSON-RPC may still be used for. */
const defined: ReadonlySet<number> = new Set([
  -32700, -32600, -32601, -32602, -32603, -32020, -32021, -32022,
]);

test("no code of ours lies in the range that JSON-RPC and MCP reserve", () => {
  for (const [name, { rpc }] of Object.entries(errors))
    expect(defined.has(rpc) || rpc < -32768 || rpc > -32000, `${name} ${rpc}`).toBe(true);
  expect(rpcCodes.gatewayFailure).toBeGreaterThan(-32000);
});
