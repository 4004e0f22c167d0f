/** Against a real server: what NATS lets a node say and hear. One stand for all, as nothing here changes its settings. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { appended as batchOf, chunksOf, lineOf, linesOf, saved } from "../../cluster/archive.cases.ts";
import { ArchiveStream } from "../../cluster/archivestream.ts";
import { appended, sealed } from "../../cluster/fencelog.cases.ts";
import { FenceLog } from "../../cluster/fencelog.ts";
import { FenceStream } from "../../cluster/fencestream.ts";
import { bucketStream, fenceStream, permissionsOf, snapshotStream, tailStream } from "./permissions.ts";
import { startStand } from "./stand.ts";
import type { Stand } from "./stand.ts";

let stand: Stand;
const open: NatsConnection[] = [];

beforeAll(async () => {
  stand = await startStand({ nodes: ["n1", "n2", "n3"] });
  const operator = await join(stand.operatorOptions());
  const { streams } = await jetstreamManager(operator);
  await streams.add({ name: bucketStream, subjects: ["$KV.GATEHOUSE.>"], allow_direct: true });
});
afterAll(async () => {
  for (const connection of open) await connection.close();
  await stand.stop({ remove: true });
});

async function join(options: NodeConnectionOptions): Promise<NatsConnection> {
  const connection = await connect({ ...options, reconnect: false });
  open.push(connection);
  return connection;
}

/** What the server refused of `act`; the flush brings its answer back. */
async function refusedOf(connection: NatsConnection, act: () => void): Promise<readonly string[]> {
  const refused: string[] = [];
  const statuses = connection.status();
  void (async () => {
    for await (const status of statuses) if (status.type === "error") refused.push(status.error.message);
  })();
  act();
  await connection.flush();
  await connection.flush();
  return refused;
}

/** What arrives at `connection` for `subject` while `act` runs and until the server has nothing more. */
async function heard(
  connection: NatsConnection,
  subject: string,
  act: () => Promise<void>,
): Promise<string[]> {
  const subjects: string[] = [];
  const subscription = connection.subscribe(subject, {
    callback: (error, message) => void subjects.push(error === null ? message.subject : error.message),
  });
  await connection.flush();
  await act();
  await connection.flush();
  subscription.unsubscribe();
  return subjects;
}

describe("frames", () => {
  test("go from a node to another, and to all, under its own name", async () => {
    const [n1, n2] = [await join(stand.options("n1", "frames")), await join(stand.options("n2", "frames"))];
    const send = async (): Promise<void> => {
      n1.publish("gw.n2.n1", "frame");
      await n1.flush();
    };
    expect(await heard(n2, "gw.n2.*", send)).toEqual(["gw.n2.n1"]);
    const sendAll = async (): Promise<void> => {
      n1.publish("gwall.n1", "frame");
      await n1.flush();
    };
    expect(await heard(n2, "gwall.*", sendAll)).toEqual(["gwall.n1"]);
  });

  test.each([
    "gw.n2.n3",
    "gwall.n3",
    "gw.n2.n1.n3",
    "$JS.API.INFO",
    "$KV.GATEHOUSE.a",
    "_INBOX.n2.x",
    "$SYS.REQ.SERVER.PING",
    "other",
  ])("cannot be published by n1 to %s", async (subject) => {
    const n1 = await join(stand.options("n1", "frames"));
    const refused = await refusedOf(n1, () => n1.publish(subject, "forged"));
    expect(refused).toEqual([expect.stringMatching(/permissions violation for publish/i)]);
  });

  test.each(["gw.n2.*", "gw.*.n1", "gw.>", ">", "_INBOX.n2.>", "$KV.>", "$SYS.>"])(
    "cannot be heard by n1 on %s",
    async (subject) => {
      const n1 = await join(stand.options("n1", "frames"));
      const refused = await refusedOf(n1, () => void n1.subscribe(subject, { callback: () => undefined }));
      expect(refused).toEqual([expect.stringMatching(/permissions violation for subscription/i)]);
    },
  );
});

describe("rows", () => {
  test("are swapped and watched", async () => {
    const n1 = await join(stand.options("n1", "store"));
    const { seq } = await jetstream(n1).publish("$KV.GATEHOUSE.node.n1", "1", {
      expect: { lastSubjectSequence: 0 },
    });
    const stale = jetstream(n1).publish("$KV.GATEHOUSE.node.n1", "2", {
      expect: { lastSubjectSequence: seq + 7 },
    });
    await expect(stale).rejects.toThrow(/wrong last sequence/);

    const n2 = await join(stand.options("n2", "store"));
    const consumer = await jetstream(n2).consumers.get(bucketStream, {
      filter_subjects: ["$KV.GATEHOUSE.>"],
    });
    const watch = await consumer.consume();
    for await (const message of watch) {
      expect([message.subject, message.string()]).toEqual(["$KV.GATEHOUSE.node.n1", "1"]);
      break;
    }
  });

  test("of another node can be swapped: that is how a death is declared", async () => {
    const n2 = await join(stand.options("n2", "store"));
    const first = await jetstream(n2).publish("$KV.GATEHOUSE.node.n9", "alive", {
      expect: { lastSubjectSequence: 0 },
    });
    const n1 = await join(stand.options("n1", "store"));
    const death = { expect: { lastSubjectSequence: first.seq } };
    expect((await jetstream(n1).publish("$KV.GATEHOUSE.node.n9", "dead", death)).seq).toBeGreaterThan(
      first.seq,
    );
  });

  test.each([
    `$JS.API.STREAM.DELETE.${bucketStream}`,
    `$JS.API.STREAM.UPDATE.${bucketStream}`,
    `$JS.API.STREAM.PURGE.${bucketStream}`,
    "$JS.API.STREAM.CREATE.OTHER",
    "$JS.API.STREAM.NAMES",
    "gw.n2.n1",
    "_INBOX.n2.x",
    "$SYS.REQ.SERVER.PING",
  ])("are no way for n1 to publish to %s", async (subject) => {
    const n1 = await join(stand.options("n1", "store"));
    const refused = await refusedOf(n1, () => n1.publish(subject, ""));
    expect(refused).toEqual([expect.stringMatching(/permissions violation for publish/i)]);
  });

  test.each(["_INBOX.n2.>", "_INBOX.>", "$KV.GATEHOUSE.>", "$JS.>", ">"])(
    "n1 cannot listen to %s",
    async (subject) => {
      const n1 = await join(stand.options("n1", "store"));
      const refused = await refusedOf(n1, () => void n1.subscribe(subject, { callback: () => undefined }));
      expect(refused).toEqual([expect.stringMatching(/permissions violation for subscription/i)]);
    },
  );

  test("cannot be turned into a frame: JetStream answers where it is asked to, but in its own account only", async () => {
    const n1 = await join(stand.options("n1", "store"));
    const [row, forged] = ["$KV.GATEHOUSE.forged", "gw.n2.n3"];
    const forge = async (): Promise<void> => {
      await jetstream(n1).publish(row, "a frame of n3");
      n1.publish(`$JS.API.DIRECT.GET.${bucketStream}.${row}`, "", { reply: forged });
      n1.publish("$JS.API.INFO", "", { reply: forged });
      await n1.request("$JS.API.INFO"); // the answers before it are out
    };
    // Who listens in the store's account hears that NATS itself does not stop it; so the two accounts must.
    const operator = await join(stand.operatorOptions());
    expect(await heard(operator, "gw.n2.*", forge)).toEqual([forged, forged]);
    const n2 = await join(stand.options("n2", "frames"));
    expect(await heard(n2, "gw.n2.*", forge)).toEqual([]);
  });
});

describe("fence logs", () => {
  test("are created, sealed, appended to, read and cleared by a node", async () => {
    const n1 = await join(stand.options("n1", "store"));
    const fences = await FenceStream.open({
      name: "GATEHOUSE",
      replicas: 1,
      connect: () => Promise.resolve(n1),
      report: (says) => expect.fail(says),
    });
    const [one, two] = [new FenceLog(fences, "one"), new FenceLog(fences, "two")];
    expect(await sealed(one, 7, 3)).toEqual({ kind: "sealed", bodies: [] });
    expect(await appended(one, 7, 3, "a")).toBe("appended");
    expect(await sealed(two, 7, 4)).toMatchObject({ kind: "sealed", bodies: [{ epoch: 3 }] });
    expect(await new Promise((done) => two.clear(7, 4, [], done))).toBe("appended");
    expect(await sealed(one, 7, 5)).toEqual({ kind: "sealed", bodies: [] });
  });

  test.each([
    `$JS.API.STREAM.DELETE.${fenceStream}`,
    `$JS.API.STREAM.UPDATE.${fenceStream}`,
    `$JS.API.STREAM.PURGE.${fenceStream}`,
    `$JS.API.STREAM.MSG.DELETE.${fenceStream}`,
    `$JS.API.CONSUMER.CREATE.${fenceStream}`,
    "gwfence.OTHER.7",
    "gwfence.GATEHOUSE.7.x",
  ])("are no way for n1 to publish to %s", async (subject) => {
    const n1 = await join(stand.options("n1", "store"));
    const refused = await refusedOf(n1, () => n1.publish(subject, ""));
    expect(refused).toEqual([expect.stringMatching(/permissions violation for publish/i)]);
  });

  test("are not written with the connection of the frames, and not heard with either", async () => {
    const frames = await join(stand.options("n1", "frames"));
    const refused = await refusedOf(frames, () => frames.publish("gwfence.GATEHOUSE.7", ""));
    expect(refused).toEqual([expect.stringMatching(/permissions violation for publish/i)]);
    for (const purpose of ["frames", "store"] as const) {
      const n1 = await join(stand.options("n1", purpose));
      const deaf = await refusedOf(n1, () => void n1.subscribe("gwfence.>", { callback: () => undefined }));
      expect(deaf).toEqual([expect.stringMatching(/permissions violation for subscription/i)]);
    }
  });
});

describe("the archive", () => {
  const archiveOf = async (node: string): Promise<ArchiveStream> => {
    const connection = await join(stand.options(node, "store"));
    return ArchiveStream.open(node, {
      name: "GATEHOUSE",
      replicas: 1,
      connect: () => Promise.resolve(connection),
      report: (says) => expect.fail(says),
    });
  };

  test("is created, written to and read by a node, what others have written included", async () => {
    const [n1, n2] = [await archiveOf("n1"), await archiveOf("n2")];
    expect(await batchOf(n1, "p", 1, "batch")).toBeGreaterThan(0);
    expect(await saved(n1, 7, "s0", "chunk")).toBe(true);
    const [line] = (await linesOf(n2, "n1")) ?? [];
    expect(line && (await lineOf(n2, line))?.length).toBe(1);
    expect((await chunksOf(n2, 7))?.map(({ node }) => node)).toEqual(["n1"]);
  });

  test("takes nothing from a node in another one's name", async () => {
    const connection = await join(stand.options("n1", "store"));
    const asAnother = await ArchiveStream.open("n2", {
      name: "GATEHOUSE",
      replicas: 1,
      connect: () => Promise.resolve(connection),
      report: (says) => expect.fail(says),
    });
    expect(await batchOf(asAnother, "forged", 1, "batch")).toBe(undefined);
    expect(await saved(asAnother, 8, "s0", "chunk")).toBe(false);
    expect(await chunksOf(asAnother, 8)).toEqual([]);
    expect((await linesOf(asAnother, "n2")) ?? []).toEqual([]);
  });

  test.each([
    ...[tailStream, snapshotStream].flatMap((stream) => [
      `$JS.API.STREAM.DELETE.${stream}`,
      `$JS.API.STREAM.UPDATE.${stream}`,
      `$JS.API.STREAM.PURGE.${stream}`,
      `$JS.API.STREAM.MSG.DELETE.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}`,
    ]),
    "gwtail.GATEHOUSE.n2.p",
    "gwtail.GATEHOUSE.n1.p.x",
    "gwtail.OTHER.n1.p",
    "gwsnap.GATEHOUSE.7.n2.0",
    "gwsnap.GATEHOUSE.7.n1",
  ])("is no way for n1 to publish to %s", async (subject) => {
    const n1 = await join(stand.options("n1", "store"));
    const refused = await refusedOf(n1, () => n1.publish(subject, ""));
    expect(refused).toEqual([expect.stringMatching(/permissions violation for publish/i)]);
  });
});

describe("strangers", () => {
  test("without a key are refused, and so are those with the key of another cluster", async () => {
    const { authenticator: _, ...keyless } = stand.options("n1", "store");
    await expect(join(keyless)).rejects.toThrow(/authorization violation/i);
    await using other = await startStand({ nodes: ["n1"], tls: false });
    const { authenticator } = other.options("n1", "store");
    await expect(join({ ...keyless, ...(authenticator && { authenticator }) })).rejects.toThrow(
      /authorization violation/i,
    );
  });

  test("who speaks plain, or does not know the authority, gets no connection", async () => {
    const { tls: _, ...plain } = stand.options("n1", "store");
    await expect(join({ ...plain, timeout: 500 })).rejects.toThrow(/timeout/i);
    await expect(join({ ...plain, tls: { handshakeFirst: true } })).rejects.toThrow(/certificate/);
  });

  test("a server with a certificate for another address is not taken for ours", async () => {
    const options = stand.options("n1", "store");
    const elsewhere = stand.urls.map((url) => url.replace("127.0.0.1", "localhost"));
    await expect(join({ ...options, servers: elsewhere })).rejects.toThrow(/does not match certificate/);
  });
});

test.each(["", "a.b", "a b", "*", ">", "n1>", "ü", "x".repeat(65)])(
  "%j is refused as a node's name",
  (name) => {
    expect(() => permissionsOf(name, "frames")).toThrow(/is no node name/);
  },
);
