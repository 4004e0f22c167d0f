/** Operators' programs over gRPC, with real certificates: who gets in, what is done, and what hostile clients get. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { connect as dial, createSecureContext, type TLSSocket } from "node:tls";
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  status as codes,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { issue } from "../../deploy/cluster/certificates.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClusterStatus } from "../cluster/standing.ts";
import { cleanUp, key, openDesk, type Desk } from "./desk.fixture.ts";
import { GrpcDoor } from "./grpc.ts";
import type { ControlRequest } from "./socket.ts";

const inside = issue(["localhost", "ops", "other"]);
const elsewhere = issue(["ops"]);
const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await cleanUp();
});

interface Pair {
  readonly key: string;
  readonly cert: string;
}
const [server, ops, other] = inside.servers as [Pair, Pair, Pair];

interface Call {
  (request: object, answer: (fault: ServiceError | null, value: Record<string, unknown>) => void): unknown;
}
interface Client {
  readonly Status: Call;
  readonly Drain: Call;
  readonly Kill: Call;
  readonly Lift: Call;
  readonly Check: Call;
  Watch(request: object): NodeJS.EventEmitter & { cancel(): void };
  makeUnaryRequest(...given: unknown[]): unknown;
  close(): void;
}

interface Stand {
  readonly desk: Desk;
  readonly port: number;
  readonly asked: ControlRequest[];
  readonly faults: unknown[];
  ready: boolean;
  now: number;
  /** Instead of what the desk would say. */
  answer: object | undefined;
}

const clusterStatus: ClusterStatus = {
  cluster: "local", node: "n1", state: "acting", view: 7, differences: [], nats: { server: "x", version: "y", storeAgeMs: 1 },
  shards: { all: 8, owned: 8, inSync: 7, lost: 1 },
  members: [{ id: "n1", incarnation: 3, weight: 2, live: true, shards: { owned: 8, runner: 0, inSync: 7, lost: 1 }, own: undefined }],
}; // prettier-ignore

async function open(): Promise<Stand> {
  const desk = openDesk();
  const stand: Stand = {
    desk,
    port: 0,
    asked: [],
    faults: [],
    ready: true,
    now: Date.now(),
    answer: undefined,
  };
  const door = new GrpcDoor({
    settings: { host: "127.0.0.1", port: 0, clients: ["ops"] },
    tls: { cert: server.cert, key: server.key, ca: inside.ca },
    handle: (request) => {
      stand.asked.push(request);
      if (request.command === "cluster.status") return Promise.resolve(clusterStatus);
      if (request.command === "cluster.drain") return Promise.resolve({});
      return stand.answer === undefined ? desk.operators.handle(request) : Promise.resolve(stand.answer);
    },
    isReady: () => stand.ready,
    recorder: desk.recorder,
    now: () => stand.now,
    onFault: (fault) => void stand.faults.push(fault),
  });
  closing.push(() => door.close());
  return Object.assign(stand, { port: await door.listen() });
}

function client({ port }: Stand, file: string, name: string, given: Pair | "none", ca = inside.ca): Client {
  const pair = given === "none" ? undefined : given;
  let made: unknown = loadPackageDefinition(loadSync(join(import.meta.dirname, file), { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true })); // prettier-ignore
  for (const part of name.split(".")) made = (made as Record<string, unknown>)[part];
  const secure = credentials.createSsl(Buffer.from(ca), pair && Buffer.from(pair.key), pair && Buffer.from(pair.cert)); // prettier-ignore
  const Service = made as new (target: string, credentials: unknown) => Client;
  const client = new Service(`127.0.0.1:${port}`, secure);
  closing.push(() => client.close());
  return client;
}

/** On a busy machine. */
const patient = { timeout: 15_000 };
const operators = (stand: Stand, pair: Pair | "none" = ops): Client => client(stand, "operators.proto", "gatehouse.v1.Operators", pair); // prettier-ignore
const health = (stand: Stand, pair: Pair | "none" = other): Client => client(stand, "health.proto", "grpc.health.v1.Health", pair); // prettier-ignore

function ask(
  of: Client,
  method: "Status" | "Drain" | "Kill" | "Lift" | "Check",
  request: object,
): Promise<Record<string, unknown>> {
  // prettier-ignore
  return new Promise((done, fail) => of[method](request, (fault, value) => (fault === null ? done(value) : fail(fault)))); // prettier-ignore
}
const refusal = (asked: Promise<unknown>): Promise<ServiceError> => asked.then(() => { throw new Error("it was answered"); }, (fault: unknown) => fault as ServiceError); // prettier-ignore

const ofGrpc = ({ desk }: Stand): ReturnType<Desk["records"]> => desk.records().filter(({ auth }) => auth?.by === "grpc"); // prettier-ignore

describe("a client whose certificate bears a listed name", () => {
  test("stops an agent and lets it go, as the command line would, on record under that name", async () => {
    const stand = await open();
    const answer = await ask(operators(stand), "Kill", { target: { agent: "ann" }, reason: "a drill" });
    expect(answer).toEqual({
      killed: 0,
      recorded: true,
      heard: [],
      missing: [],
      unjoined: false,
      hint: expect.stringContaining("ann"),
    });
    expect(stand.desk.kills.isKilled(key("reader", "ann"))).toMatchObject({
      by: "grpc ops",
      reason: "a drill",
    });
    expect(await ask(operators(stand), "Lift", { target: { agent: "ann" } })).toMatchObject({ lifted: 0 });
    expect(stand.desk.kills.rules).toEqual([]);
    const ended = (): unknown[] => ofGrpc(stand).map(({ about, auth }) => [auth?.id, about?.["method"], about?.["ended"]]); // prettier-ignore
    await expect.poll(ended, patient).toEqual([["ops", "Kill", "OK"], ["ops", "Lift", "OK"]]); // prettier-ignore
  });

  test("is told by a node that has not joined its cluster that no other one has heard of it", async () => {
    const stand = await open();
    const nodes = { heard: [], missing: [], isUnjoined: true };
    stand.answer = { killed: 1, lifted: 2, recorded: true, nodes };
    expect(await ask(operators(stand), "Kill", { target: { agent: "ann" }, reason: "a drill" })).toMatchObject({ killed: 1, missing: [], unjoined: true }); // prettier-ignore
    expect(await ask(operators(stand), "Lift", { target: { agent: "ann" } })).toMatchObject({ lifted: 2, unjoined: true }); // prettier-ignore
  });

  test("sees how the cluster stands and asks a node to leave", async () => {
    const stand = await open();
    expect(await ask(operators(stand), "Status", {})).toMatchObject({ cluster: "local", shards: 8, in_sync: 7, members: [{ id: "n1", state: "silent", incarnation: 3, weight: 2, owned: 8 }] }); // prettier-ignore
    expect(await ask(operators(stand), "Drain", { node: "n2" })).toEqual({ draining: "n2" });
    expect(stand.asked.at(-1)).toEqual({ command: "cluster.drain", args: { node: "n2", by: "grpc ops" } });
  });

  test.each([
    ["no target", "Kill", { reason: "r" }, codes.INVALID_ARGUMENT, "target names one of"],
    ["no reason", "Kill", { target: { agent: "ann" } }, codes.INVALID_ARGUMENT, "reason must be"],
    ["a persona that is none", "Kill", { target: { persona: "nobody" }, reason: "r" }, codes.INVALID_ARGUMENT, "nobody was stopped"], // prettier-ignore
    [
      "a key that is none",
      "Lift",
      { target: { session: "x" } },
      codes.INVALID_ARGUMENT,
      "must be a session key",
    ],
    ["all that is not true", "Kill", { target: { all: false }, reason: "r" }, codes.INVALID_ARGUMENT, "all must be true"], // prettier-ignore
  ] as const)(
    "with %s is told what is wrong, and nothing is done",
    async (_, method, request, code, says) => {
      const stand = await open();
      const fault = await refusal(ask(operators(stand), method, request));
      expect([fault.code, fault.details]).toEqual([code, expect.stringContaining(says)]);
      expect(stand.desk.kills.rules).toEqual([]);
    },
  );
});

describe("the program of deploy/examples/operators", () => {
  /** As an operator runs it, with the files of docs/cluster.md. */
  async function run(
    port: number,
    pair: Pair,
    ...words: string[]
  ): Promise<{ status: number | null; out: string }> {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-operator-"));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    for (const [file, pem] of [["ca.pem", inside.ca], ["ops.pem", pair.cert], ["ops-key.pem", pair.key]] as const) writeFileSync(join(folder, file), pem, { mode: 0o600 }); // prettier-ignore
    const file = join(import.meta.dirname, "../../deploy/examples/operators/operator.ts");
    const child = spawn(process.execPath, ["--no-warnings", file, `localhost:${port}`, folder, ...words], { stdio: ["ignore", "pipe", "pipe"] }); // prettier-ignore
    let out = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (out += text)); // prettier-ignore
    const [status] = (await once(child, "close")) as [number | null];
    return { status, out };
  }

  test("asks, stops an agent, and is told why it may not", async () => {
    const stand = await open();
    const check = await run(stand.port, other, "Check");
    expect([check.status, JSON.parse(check.out)]).toEqual([0, { status: "SERVING" }]);
    const kill = await run(stand.port, ops, "Kill", '{"target":{"agent":"ann"},"reason":"a drill"}');
    expect([kill.status, JSON.parse(kill.out)]).toMatchObject([0, { recorded: true }]);
    expect(stand.desk.kills.isKilled(key("reader", "ann"))).toMatchObject({ by: "grpc ops" });
    const refused = await run(stand.port, other, "Status");
    expect([refused.status, refused.out]).toEqual([1, expect.stringContaining("grpc.clients")]);
    expect(await run(stand.port, ops, "Nothing")).toMatchObject({ status: 2 });
  });
});

describe("health", () => {
  test("is for every client with a certificate, and says what /readyz says", async () => {
    const stand = await open();
    expect(await ask(health(stand), "Check", { service: "" })).toEqual({ status: "SERVING" });
    stand.ready = false;
    expect(await ask(health(stand), "Check", { service: "gatehouse.v1.Operators" })).toEqual({ status: "NOT_SERVING" }); // prettier-ignore
    expect((await refusal(ask(health(stand), "Check", { service: "other" }))).code).toBe(codes.NOT_FOUND);
  });

  test("is told to who watches, as it changes", async () => {
    const stand = await open();
    const heard: unknown[] = [];
    const stream = health(stand).Watch({ service: "" });
    stream.on("error", () => undefined);
    const heardBoth = new Promise<void>((done) => stream.on("data", ({ status }: { status: unknown }) => (heard.push(status), heard.length === 2 && done()))); // prettier-ignore
    await expect.poll(() => heard.length, patient).toBe(1);
    stand.ready = false;
    await heardBoth;
    expect(heard).toEqual(["SERVING", "NOT_SERVING"]);
    stream.cancel();
  });
});

/** A connection on which nothing was said yet. */
async function behindHandshake({ port }: Stand, pair: Pair): Promise<TLSSocket> {
  const socket = dial({ host: "127.0.0.1", port, ALPNProtocols: ["h2"], secureContext: createSecureContext({ ca: inside.ca, key: pair.key, cert: pair.cert }), servername: "localhost" }); // prettier-ignore
  socket.on("error", () => undefined);
  closing.push(() => socket.destroy());
  await new Promise((done) => socket.once("secureConnect", done));
  return socket.resume();
}

describe("what gets nowhere", () => {
  test("a certificate whose name is not listed: refused, and on record", async () => {
    const stand = await open();
    const fault = await refusal(ask(operators(stand, other), "Kill", { target: { all: true }, reason: "r" }));
    expect([fault.code, fault.details]).toEqual([codes.PERMISSION_DENIED, expect.stringContaining("grpc.clients")]); // prettier-ignore
    expect(stand.asked).toEqual([]);
    await expect.poll(() => ofGrpc(stand)[0]?.about, patient).toMatchObject({ method: "Kill", names: "other", ended: "PERMISSION_DENIED" }); // prettier-ignore
  });

  test("callers that are refused again and again: each is refused, and all are one record and its count", async () => {
    const stand = await open();
    const client = operators(stand, other);
    const storm = Array.from({ length: 500 }, () => refusal(ask(client, "Kill", { target: { all: true }, reason: "r" }))); // prettier-ignore
    expect(new Set((await Promise.all(storm)).map(({ code }) => code))).toEqual(new Set([codes.PERMISSION_DENIED])); // prettier-ignore
    await refusal(ask(client, "Lift", { target: { all: true } }));
    const told = (): unknown[] => ofGrpc(stand).map(({ about, count }) => [about?.["method"], about?.["ended"], count]); // prettier-ignore
    await expect.poll(told).toEqual([["Kill", "PERMISSION_DENIED", undefined], ["Lift", "PERMISSION_DENIED", undefined]]); // prettier-ignore
    stand.now += limits.refusalIntervalMs;
    await expect.poll(told, { timeout: 3 * limits.grpcHealthMs }).toContainEqual(["Kill", "PERMISSION_DENIED", 499]); // prettier-ignore
    expect(told()).toHaveLength(3);
    expect(stand.asked).toEqual([]);
  });

  test.each(["", "no.such.Service"])(
    "streams without end of one client that watch %j: it has its share, and others theirs",
    async (service) => {
      const stand = await open();
      const streams = [health(stand), health(stand)].flatMap((one) => Array.from({ length: limits.grpcWatchersPerClientMax }, () => one.Watch({ service }))); // prettier-ignore
      const ends = await Promise.all(
        streams.map(
          (stream) =>
            new Promise(
              (done) =>
            stream.on("data", ({ status }: { status: unknown }) => done(status)).on("error", ({ code }: ServiceError) => done(code)), // prettier-ignore
            ),
        ),
      );
      const status = service === "" ? "SERVING" : "SERVICE_UNKNOWN";
      const count = (what: unknown): number => ends.filter((end) => end === what).length;
      expect([count(status), count(codes.RESOURCE_EXHAUSTED)]).toEqual([limits.grpcWatchersPerClientMax, limits.grpcWatchersPerClientMax]); // prettier-ignore
      const watch = (of: Client): Promise<unknown> => new Promise((done) => of.Watch({ service }).on("data", done).on("error", done)); // prettier-ignore
      expect(await watch(health(stand, ops))).toEqual({ status });
      // Who leaves makes room for itself again.
      for (const stream of streams) stream.cancel();
      await expect.poll(() => watch(health(stand))).toEqual({ status });
    },
  );

  test.each<[says: string, pair: Pair | "none"]>([
    ["no certificate", "none"],
    ["a certificate of another authority, with a listed name", elsewhere.servers[0] as Pair],
  ])("%s: TLS ends the connection", async (_, pair) => {
    const stand = await open();
    expect((await refusal(ask(operators(stand, pair), "Status", {}))).code).toBe(codes.UNAVAILABLE);
    expect((await refusal(ask(health(stand, pair), "Check", {}))).code).toBe(codes.UNAVAILABLE);
    expect(stand.asked).toEqual([]);
  });

  test("connections without end of one client: it has its share, the rest is closed and on record, and others get in", async () => {
    const stand = await open();
    const dialled = Array.from({ length: limits.grpcConnectionsPerClientMax + 5 }, () =>
      behindHandshake(stand, other),
    );
    const sockets = await Promise.all(dialled);
    const closed = (): number => sockets.filter((socket) => socket.closed).length;
    await expect.poll(closed, patient).toBe(5);
    expect(await ask(health(stand, ops), "Check", {})).toEqual({ status: "SERVING" });
    await expect.poll(() => ofGrpc(stand).map(({ about }) => [about?.["method"], about?.["names"], about?.["ended"]]), patient).toEqual([["connection", "other", "RESOURCE_EXHAUSTED"]]); // prettier-ignore
    // Who leaves makes room for itself again.
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => ask(health(stand), "Check", {}).catch(() => undefined), patient).toEqual({ status: "SERVING" }); // prettier-ignore
  });

  test("no TLS at all", async () => {
    const stand = await open();
    const plain = new (loadPackageDefinition(loadSync(join(import.meta.dirname, "health.proto")))["grpc"] as unknown as { health: { v1: { Health: new (target: string, credentials: unknown) => Client } } }).health.v1.Health(`127.0.0.1:${stand.port}`, credentials.createInsecure()); // prettier-ignore
    closing.push(() => plain.close());
    expect((await refusal(ask(plain, "Check", {}))).code).toBe(codes.UNAVAILABLE);
  });

  test("an unknown method, an unknown service, a message that is no protobuf and one that is too large", async () => {
    const stand = await open();
    const raw = operators(stand);
    const send = (path: string, bytes: Buffer): Promise<number> => new Promise((done) => raw.makeUnaryRequest(path, (each: Buffer) => each, (each: Buffer) => each, bytes, new Metadata(), (fault: ServiceError | null) => done(fault?.code ?? 0))); // prettier-ignore
    expect(await send("/gatehouse.v1.Operators/Nothing", Buffer.alloc(0))).toBe(codes.UNIMPLEMENTED);
    expect(await send("/other.Service/Kill", Buffer.alloc(0))).toBe(codes.UNIMPLEMENTED);
    expect(await send("/gatehouse.v1.Operators/__proto__", Buffer.alloc(0))).toBe(codes.UNIMPLEMENTED);
    expect(await send("/gatehouse.v1.Operators/Kill", Buffer.alloc(100, 0xff))).toBe(codes.INTERNAL);
    expect(await send("/gatehouse.v1.Operators/Kill", Buffer.alloc(limits.grpcMessageBytesMax + 1))).toBe(codes.RESOURCE_EXHAUSTED); // prettier-ignore
    expect(stand.asked).toEqual([]);
    // And it goes on.
    expect(await ask(health(stand), "Check", {})).toEqual({ status: "SERVING" });
  });

  test("garbage behind a handshake that is well", async () => {
    const stand = await open();
    const socket = await behindHandshake(stand, ops);
    socket.write(Buffer.alloc(4_096, 0x41));
    await new Promise((done) => socket.once("close", done));
    expect(await ask(health(stand), "Check", {})).toEqual({ status: "SERVING" });
    expect(stand.faults).toEqual([]);
  });
});
