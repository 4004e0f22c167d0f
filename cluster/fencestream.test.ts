import { connect } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { appended, fenceLogCases, sealed } from "./fencelog.cases.ts";
import { FenceLog } from "./fencelog.ts";
import type { SealResult } from "./fencelog.ts";
import { operate, until } from "./jetstream.fixture.ts";
import { FenceStream } from "./fencestream.ts";

const stands: Stand[] = [];
const connections: NatsConnection[] = [];
let buckets = 0;

async function open(stand: Stand, name: string, replicas: number): Promise<FenceStream> {
  const connection = await connect({ ...stand.operatorOptions(), maxReconnectAttempts: -1 });
  connections.push(connection);
  return FenceStream.open({
    name,
    replicas,
    connect: () => Promise.resolve(connection),
    report: () => undefined,
  });
}

afterAll(async () => {
  for (const connection of connections) await connection.close();
  for (const stand of stands) await stand.stop({ remove: true });
});

describe.each([1, 3] as const)("over %i servers", (servers) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand({ servers });
    stands.push(stand);
  }, 90_000);

  fenceLogCases(() => {
    const name = `T${++buckets}`;
    return { open: () => open(stand, name, servers) };
  });
});

test("what was acknowledged before the leader was killed is found by the next seal", async () => {
  const stand = stands[1] as Stand;
  const [one, two] = [
    new FenceLog(await open(stand, "K", 3), "one"),
    new FenceLog(await open(stand, "K", 3), "two"),
  ];
  await sealed(one, 7, 3);
  const done: string[] = [];
  let isOver = false;
  const appending = (async () => {
    for (let count = 0; !isOver; count++) {
      const result = await appended(one, 7, 3, `${count}`);
      if (result === "appended") done.push(`3:${count}`);
      else if (result !== "unknown") return result;
      await delay(1);
    }
    return "never superseded";
  })();
  let result: SealResult = { kind: "unknown" };
  try {
    await delay(200);
    const leader = await operate(stand.operatorOptions(), async ({ streams }) =>
      stand.indexOf((await streams.info("FENCE_K")).cluster?.leader ?? ""),
    );
    await stand.kill(leader);
    const killed = done.length;
    await until("it goes on", () => done.length > killed + 20, 30_000);
    stand.restart(leader);
    for (let tries = 0; result.kind === "unknown" && tries < 20; tries++) result = await sealed(two, 7, 4);
    const before = done.length;
    expect(await appending).toMatch(/superseded|not taken/);
    expect(done.length).toBe(before);
  } finally {
    isOver = true;
  }
  if (result.kind !== "sealed") throw new Error(result.kind);
  const found = result.bodies.map(({ epoch, body }) => `${epoch}:${Buffer.from(body).toString()}`);
  expect(done.length).toBeGreaterThan(20);
  expect(done.filter((text) => !found.includes(text))).toEqual([]);
}, 90_000);
