import { expect, test } from "vitest";
import { callerOf, PlainExchange } from "./exchange.fixture.ts";

test("a call that is taken back over a socket took the time it took, for those who measure it", () => {
  const exchange = new PlainExchange(callerOf("bot", { door: "websocket" }), "tools/call", {});
  exchange.cancel();
  exchange.drop({ jsonrpc: "2.0", id: 1, result: {} });
  expect(exchange.written).toBeUndefined();
  expect(exchange.stages.endedMs).toBeGreaterThanOrEqual(exchange.startedMs);
});
