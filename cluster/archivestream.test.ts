import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { appended, archiveCases, lineOf, linesOf } from "./archive.cases.ts";
import { ArchiveStream } from "./archivestream.ts";
import { operate } from "./jetstream.fixture.ts";

const stands: Stand[] = [];
const connections: NatsConnection[] = [];
let buckets = 0;

async function open(stand: Stand, node: string, name: string, replicas: number): Promise<ArchiveStream> {
  const connection = await connect({ ...stand.operatorOptions(), maxReconnectAttempts: -1 });
  connections.push(connection);
  return ArchiveStream.open(node, {
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

  archiveCases(() => {
    const name = `T${++buckets}`;
    return { open: (node) => open(stand, node, name, servers) };
  });
});

test("a batch that is sent again within two minutes stands once", async () => {
  const archive = await open(stands[0] as Stand, "a", "D", 1);
  const first = await appended(archive, "p", 1, "once");
  expect(await appended(archive, "p", 1, "once")).toBe(first);
  const [line] = (await linesOf(archive, "a")) ?? [];
  expect(line && (await lineOf(archive, line))?.length).toBe(1);
});

test("a stream with other settings is refused by name, and what to do is said", async () => {
  const stand = stands[0] as Stand;
  await operate(stand.operatorOptions(), (manager) =>
    manager.streams.add({ name: "TAIL_OTHER", subjects: ["gwtail.OTHER.*.*"], max_age: 0 }),
  );
  await expect(open(stand, "a", "OTHER", 1)).rejects.toThrow(/TAIL_OTHER is set otherwise: .*max_age/);
});

test("a stream that is away gives no acknowledgement and no reading", async () => {
  const stand = stands[0] as Stand;
  const archive = await open(stand, "a", "GONE", 1);
  await appended(archive, "p", 1, "x");
  await operate(stand.operatorOptions(), async (manager, connection) => {
    await manager.streams.delete("TAIL_GONE");
    await (await jetstreamManager(connection)).streams.delete("SNAP_GONE");
  });
  expect(await appended(archive, "p", 2, "x")).toBe(undefined);
  expect(await linesOf(archive)).toBe(undefined);
  expect(await new Promise((done) => archive.chunks(1, Infinity, done))).toBe(undefined);
});
