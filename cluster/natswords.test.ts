import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Rig } from "./nats.fixture.ts";
import { clusterHash, currentVersions, wordPacket } from "./packet.ts";
import { wordsCases } from "./words.cases.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start(true);
});
afterEach(() => rig.closeNodes());
afterAll(() => rig.stand.stop({ remove: true }));

describe("over a NATS with TLS, keys and permissions", () => {
  wordsCases(() => ({
    connect: async (id) => (await rig.connect(id)).transport.words,
    settle: () => rig.settle(),
  }));

  test("what is no word of this cluster is refused, counted for who said it, and nobody hears it", async () => {
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    const heard: unknown[] = [];
    a.transport.words.hear((...word) => heard.push(word));
    const { servers, ca, seed } = rig.stand.client("c", "frames");
    const raw = await connect({ servers: [...servers], tls: { ...(ca === undefined ? {} : { ca }), handshakeFirst: true }, authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }); // prettier-ignore
    const stamp = { cluster: clusterHash("test"), versions: currentVersions, boot: 7, sentAt: 1 };
    const word = Buffer.from("[]");
    raw.publish("gwall.c", "garbage");
    raw.publish("gwall.c", wordPacket({ ...stamp, cluster: clusterHash("other") }, word));
    raw.publish("gwall.c", wordPacket({ ...stamp, versions: { speaks: 9, lowest: 9 } }, word));
    raw.publish("gwall.c", wordPacket(stamp, Buffer.alloc(limits.wordBytesMax + 1)));
    // In another node's name: the server does not pass it on.
    raw.publish("gwall.b", wordPacket(stamp, word));
    raw.publish("gw.a.c", wordPacket(stamp, word));
    await raw.flush();
    await vi.waitFor(() => expect(Object.fromEntries(a.transport.refusals("c"))).toEqual({
      "malformed packet": 2,
      "no packet": 1,
      "other cluster": 1,
      "version too new": 1,
    })); // prettier-ignore
    expect([heard, [...a.transport.refusals("b")], b.heard]).toEqual([[], [], []]);
    await raw.close();
  });
});
