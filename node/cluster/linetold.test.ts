import { expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { LineTold } from "./linetold.ts";

const unreachable = { kind: "unreachable", error: new GatewayError("NATS_UNREACHABLE", "nats://x: refused"), nextMs: 100 } as const; // prettier-ignore

function open(): { line: LineTold; said: string[]; pass: (ms: number) => void } {
  const said: string[] = [];
  let now = 1_000;
  const line = new LineTold((text) => void said.push(text), () => now); // prettier-ignore
  return { line, said, pass: (ms) => void (now += ms) };
}

test("that NATS is not reached is told at once and then each ten seconds, however often it is tried", () => {
  const { line, said, pass } = open();
  for (let tries = 0; tries < 100; tries++) {
    line.told(unreachable);
    line.report("NATS cannot be reached");
    pass(limits.storeSayMs / 50);
  }
  expect(said.filter((text) => text.includes("nats://x: refused"))).toHaveLength(2);
  expect(said.filter((text) => text.includes("NATS cannot be reached"))).toHaveLength(2);
});

test("what was told is told again after a connection, and what is wrong is known until then", () => {
  const { line, said } = open();
  line.told(unreachable);
  expect([line.server, line.fault]).toEqual([
    undefined,
    expect.stringContaining("check cluster.nats.servers"),
  ]);
  line.told({ kind: "connected", server: "127.0.0.1:4222", version: "2.15.1" });
  expect([line.server, line.version, line.fault]).toEqual(["127.0.0.1:4222", "2.15.1", undefined]);
  line.told({ kind: "disconnected", why: "gone", isSlowConsumer: false });
  line.told(unreachable);
  expect(said).toHaveLength(4);
  expect(line.server).toBeUndefined();
});
