import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { nkeys } from "@nats-io/transport-node";
import { describe, expect, test, vi } from "vitest";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { NatsTransport } from "./nats.ts";
import { noteCodec, Rig } from "./nats.fixture.ts";
import type { Note } from "./nats.fixture.ts";

const waiting = { timeout: 15_000, interval: 10 };
const textsOf = (heard: readonly (readonly [string, Note])[]): string[] => heard.map(([, { text }]) => text);

describe("the line", () => {
  test("a name that is no token of a subject is refused with the rule", () => {
    const options = { servers: [], cluster: "test", tell: () => undefined };
    for (const id of ["", "a.b", "*", "a b", "A", ">"])
      expect(() => new NatsTransport({ ...options, id }, noteCodec)).toThrow(/rename the node/);
  });

  test("no server at the start is told with what to do, and it connects once there is one", async () => {
    const rig = await Rig.start(false);
    await rig.stand.kill(0);
    const [a, b] = [rig.make("a", noteCodec), rig.make("b", noteCodec)];
    const started = Promise.all([a.transport.start(), b.transport.start()]);
    a.transport.send("b", { text: "early" });
    await vi.waitFor(() => expect(a.events.length).toBeGreaterThan(1), waiting);
    const [event] = a.events;
    expect(event).toMatchObject({ kind: "unreachable", error: { code: "NATS_UNREACHABLE" } });
    expect(event?.kind === "unreachable" && event.error.remedy).toMatch(/cluster\.nats\.servers/);
    rig.stand.restart(0);
    await started;
    await rig.settle();
    a.transport.send("b", { text: "note" });
    await vi.waitFor(() => expect(textsOf(b.heard)).toContain("note"), waiting);
    await rig.closeNodes();
    await rig.stand.stop({ remove: true });
  });

  test("a server that ends and comes back: frames meanwhile are bounded, and sending goes on", async () => {
    const rig = await Rig.start(true);
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    const sending = setInterval(() => {
      a.transport.send("b", { text: "x".repeat(100_000) });
      a.transport.send("b", { text: `!${"x".repeat(100_000)}` });
    }, 1);
    await vi.waitFor(() => expect(b.heard.length).toBeGreaterThan(10), waiting);
    await rig.stand.kill(0);
    await vi.waitFor(() => expect(a.transport.counts.dropped.overflow).toBeGreaterThan(0), waiting);
    expect(a.transport.waitingBytes).toBeLessThanOrEqual(limits.relayQueueBytesMax);
    const before = b.heard.length;
    rig.stand.restart(0);
    await vi.waitFor(() => expect(b.heard.length).toBeGreaterThan(before + 400), waiting);
    clearInterval(sending);
    expect(a.events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["disconnected", "unreachable", "connected"]),
    );
    expect(a.transport.counts.connections).toBe(2);
    await rig.closeNodes();
    await rig.stand.stop({ remove: true });
  }, 60_000);

  test("a node cannot speak or hear in another's name: the server refuses both, and the thief is told", async () => {
    const rig = await Rig.start(true);
    const [a, b] = [await rig.connect("a"), await rig.connect("b")];
    const { seed } = rig.stand.client("c", "frames");
    const thief = await rig.connect("b", { seed: new TextEncoder().encode(seed) });
    thief.transport.send("a", { text: "stolen" });
    a.transport.send("b", { text: "secret" });
    await vi.waitFor(() => expect(textsOf(b.heard)).toEqual(["secret"]), waiting);
    await rig.settle();
    expect([a.heard, thief.heard]).toEqual([[], []]);
    const refusals = thief.events.flatMap((event) => (event.kind === "refused by server" ? [event.why] : []));
    expect(refusals.join()).toMatch(/Subscription to "gw\.b\.\*".*Publish to "gw\.a\.b"/i);
    await rig.closeNodes();
    await rig.stand.stop({ remove: true });
  });

  test("a key that the server does not know is told with what to do, and tried again", async () => {
    const rig = await Rig.start(true);
    const a = rig.make("a", noteCodec, { seed: nkeys.createUser().getSeed() });
    void a.transport.start();
    await vi.waitFor(() => expect(a.events.length).toBeGreaterThan(1), waiting);
    const [event] = a.events;
    expect(event?.kind === "unreachable" && event.error.remedy).toMatch(/nkey/);
    await rig.closeNodes();
    await rig.stand.stop({ remove: true });
  });

  test.each([
    [{ version: "2.9.10", max_payload: 1_048_576 }, /nats-server 2\.9\.10/, /2\.11 or newer/],
    [{ version: "2.10.27", max_payload: 1_048_576 }, /nats-server 2\.10\.27/, /2\.11 or newer/],
    [{ version: "2.15.1", max_payload: 65_536 }, /max_payload is 65536/, /set max_payload/],
  ])("a server that says %o is refused with what to do", async (info, says, remedy) => {
    // No such server can be had here; what decides is its first line.
    const server = createServer((socket) => {
      socket.write(`INFO ${JSON.stringify({ server_id: "x", proto: 1, headers: true, ...info })}\r\n`);
      socket.on("data", (data) => data.includes("PING") && socket.write("PONG\r\n"));
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const transport = new NatsTransport(
      { id: "a", servers: [`nats://127.0.0.1:${port}`], cluster: "test", tell: () => undefined },
      noteCodec,
    );
    const fault: unknown = await transport.start().catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(GatewayError);
    expect(fault).toMatchObject({ code: "NATS_UNFIT" });
    expect((fault as GatewayError).message).toMatch(says);
    expect((fault as GatewayError).remedy).toMatch(remedy);
    await transport.close();
    server.close();
  });
});
