/** What a node says when NATS does not take it in: against real servers, each mistake by its setting and its remedy. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import type { NodeConnectionOptions } from "@nats-io/transport-node";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issue } from "../deploy/cluster/certificates.ts";
import { startStand, type Stand } from "../deploy/cluster/stand.ts";
import type { GatewayError } from "../protocol/errors.ts";
import { checkedSeed, natsFault, permissionFault, streamFault } from "./natsfault.ts";

let secured: Stand;
let plain: Stand;
beforeAll(async () => {
  [secured, plain] = await Promise.all([startStand({ nodes: ["a"] }), startStand({ nodes: ["a"], tls: false })]); // prettier-ignore
}, 60_000);
afterAll(async () => {
  await secured.stop({ remove: true });
  await plain.stop({ remove: true });
});

const bytes = (text: string | undefined): Uint8Array => new TextEncoder().encode(text);
const own = (user: "frames" | "store"): Uint8Array => bytes(secured.client("a", user).seed);

interface Attempt {
  readonly at: () => readonly string[];
  readonly ca?: () => string | undefined;
  readonly seed?: () => Uint8Array;
}

async function failed({ at, ca, seed }: Attempt): Promise<GatewayError> {
  const servers = at();
  const authority = ca?.();
  const key = seed?.();
  const options: NodeConnectionOptions = {
    servers: [...servers],
    reconnect: false,
    timeout: 5_000,
    ...(authority === undefined ? {} : { tls: { ca: authority, handshakeFirst: true } }),
    ...(key === undefined ? {} : { authenticator: nkeyAuthenticator(key) }),
  };
  try {
    const connection = await connect(options);
    await connection.close();
  } catch (fault) {
    return natsFault(fault, { user: "frames", servers, hasAuthority: authority !== undefined, seed: key });
  }
  throw new Error("it connected");
}

const stranger = nkeys.createUser();
const securedAt = (): readonly string[] => secured.client("a", "frames").servers;
const authority = (): string | undefined => secured.client("a", "frames").ca;

describe("NATS does not take a node in", () => {
  test.each<[mistake: string, attempt: Attempt, says: RegExp, remedy: RegExp]>([
    [
      "no nkey",
      { at: securedAt, ca: authority },
      /it has no nkey to show/,
      /`cluster\.nats\.frames: file:frames\.nk`/,
    ],
    [
      "another's nkey",
      { at: securedAt, ca: authority, seed: () => stranger.getSeed() },
      new RegExp(
        `does not know the nkey of cluster\\.nats\\.frames, whose public key is ${stranger.getPublicKey()}`,
      ),
      /add that nkey/,
    ],
    ["TLS without ca", { at: securedAt, seed: () => own("frames") }, /ended before NATS had said a word/, /`cluster\.nats\.ca: nats-ca\.pem`/], // prettier-ignore
    ["another authority", { at: securedAt, ca: () => issue(["x"]).ca, seed: () => own("frames") }, /certificate does not hold/, /cluster\.nats\.ca must name the authority/], // prettier-ignore
    ["ca, and servers without TLS first", { at: () => plain.client("a", "frames").servers, ca: authority }, /does not begin with TLS/, /handshake_first: true/], // prettier-ignore
    [
      "nobody there",
      { at: () => ["nats://127.0.0.1:1"] },
      /127\.0\.0\.1:1: connection refused/,
      /nats-server runs there/,
    ],
  ])("%s", async (_, attempt, says, remedy) => {
    const fault = await failed(attempt);
    expect(fault.code).toBe("NATS_UNREACHABLE");
    expect(fault.message).toMatch(says);
    expect(fault.remedy).toMatch(remedy);
    const seed = Buffer.from(attempt.seed?.() ?? bytes("no seed")).toString();
    expect(`${fault.message} ${fault.remedy ?? ""}`).not.toContain(seed);
  });

  test("the seeds of frames and store interchanged: both sides name it", async () => {
    const { servers, ca } = secured.client("a", "frames");
    const open = (seed: Uint8Array) => connect({ servers: [...servers], reconnect: false, inboxPrefix: "_INBOX.a", tls: { ca: ca ?? "", handshakeFirst: true }, authenticator: nkeyAuthenticator(seed) }); // prettier-ignore
    const [asStore, asFrames] = [await open(own("frames")), await open(own("store"))];
    const manager = await jetstreamManager(asStore, { checkAPI: false, timeout: 2_000 });
    const refused = await manager.streams.info("KV_GATEHOUSE").catch((fault: unknown) => fault);
    expect(streamFault(refused, "KV_GATEHOUSE")).toMatch(/does not permit it to use KV_GATEHOUSE.*frames and store.*interchanged/); // prettier-ignore
    const heard = new Promise<string>((done) => {
      void (async () => {
        for await (const status of asFrames.status()) if (status.type === "error") done(status.error.message);
      })();
    });
    asFrames.subscribe("gw.a.*");
    expect(permissionFault(await heard)).toMatch(/does not permit this node to hear gw\.a\.\*.*frames and store.*interchanged/); // prettier-ignore
    await Promise.all([asStore.close(), asFrames.close()]);
  });
});

describe("what cluster.nats names as a seed", () => {
  test("is told when it is none, or not a user's, by its setting", () => {
    for (const seed of [
      bytes("hello"),
      bytes(""),
      nkeys.createAccount().getSeed(),
      bytes(`${stranger.getPublicKey()}`),
    ]) {
      expect(() => checkedSeed(seed, "store")).toThrow(
        /cluster\.nats\.store holds no seed of an nkey of a user/,
      );
    }
    expect(checkedSeed(stranger.getSeed(), "store")).toEqual(stranger.getSeed());
    expect(checkedSeed(undefined, "store")).toBeUndefined();
  });

  test("whatever the client throws becomes a sentence with a remedy", () => {
    const way = { user: "store", servers: ["nats://x:1"], hasAuthority: false, seed: undefined } as const;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.anything(),
          fc.string().map((text) => new Error(text)),
        ),
        (thrown) => {
          // prettier-ignore
          const fault = natsFault(thrown, way);
          expect(fault.message).toContain("nats://x:1: ");
          expect((fault.remedy ?? "").length).toBeGreaterThan(20);
          expect(permissionFault(String(Object.prototype.toString.call(thrown)))).toContain("NATS");
        },
      ),
    );
  });
});
