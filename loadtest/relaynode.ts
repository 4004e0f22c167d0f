/**
 * One node of relay.ts, a process of its own: door or owner. It does what its parent says, round by round, and tells
 * what it cost. `relay` is the gateway's own transport and frames; `bare` is the NATS client alone, a message for each
 * call and one for each answer, of the same size: what a relay costs that adds nothing.
 */
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { build } from "hdr-histogram-js";
import { Session } from "node:inspector/promises";
import { writeFileSync } from "node:fs";
import type { Frame } from "../cluster/exchange.ts";
import { FrameCodec, uncheckedBodies } from "../cluster/frames.ts";
import { NatsTransport } from "../cluster/nats.ts";

export interface NodeSetUp {
  readonly role: "door" | "owner";
  readonly path: "relay" | "bare";
  /** Users of the server, so that they may speak to each other. */
  readonly names: { readonly door: string; readonly owner: string };
  readonly servers: readonly string[];
  readonly ca: string | undefined;
  readonly seed: string | undefined;
  readonly bytes: number;
  /** Where to write a profile of the first round. */
  readonly profile: string | undefined;
}

/** From the parent: how many calls in flight from now on, or the end of a window. */
export type NodeOrder = { readonly inFlight: number } | { readonly report: true };

export interface NodeReport {
  readonly calls: number;
  readonly cpuMicros: number;
  readonly ms: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly sentPackets: number;
}

interface Call {
  readonly tool: string;
  readonly body: string;
}

type RelayFrame = Frame<Call, string, { kind: string; at: number }>;

const setUp = JSON.parse(process.argv[2] ?? "{}") as NodeSetUp;
const owner = { id: setUp.names.owner, incarnation: 1 };
const door = { id: setUp.names.door, incarnation: 1 };
const seed = setUp.seed === undefined ? undefined : new TextEncoder().encode(setUp.seed);
/** With the fields of its frame, a call has so many bytes on the wire, nearly. */
const text = "x".repeat(setUp.bytes);

let inFlight = 0;
let calls = 0;
let minted = 0;
let sentPackets = (): number => 0;
const begun = new Map<string, number>();
const micros = build({ highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });

/** As long as an operation's id. */
const mint = (): string => String(++minted).padStart(22, "0");

function done(op: string): boolean {
  const at = begun.get(op);
  if (at === undefined) return false;
  begun.delete(op);
  calls++;
  micros.recordValue(Math.max(1, Math.round((performance.now() - at) * 1_000)));
  return true;
}

function fill(send: (op: string) => void): void {
  while (begun.size < inFlight) {
    const op = mint();
    begun.set(op, performance.now());
    send(op);
  }
}

async function startRelay(): Promise<(op: string) => void> {
  const codec = new FrameCodec<Call, string, { kind: string; at: number }>({
    call: uncheckedBodies(),
    answer: uncheckedBodies(),
    event: uncheckedBodies(),
  });
  const transport = new NatsTransport<RelayFrame>(
    {
      id: setUp.role === "door" ? door.id : owner.id,
      servers: setUp.servers,
      cluster: "relay",
      tls: setUp.ca === undefined ? undefined : { ca: setUp.ca, handshakeFirst: true },
      seed,
      tell: (event) => process.stderr.write(`${setUp.role}: ${JSON.stringify(event)}\n`),
    },
    codec,
  );
  sentPackets = () => transport.counts.sentPackets;
  const send = (op: string): void =>
    transport.send(owner.id, {
      from: door,
      to: owner,
      body: {
        kind: "present",
        op,
        key: "default/support/agent-1/=user1%40example.com",
        shard: 77,
        opened: 0,
        epoch: 0,
        configuration: 3,
        call: { tool: "ticket_tool_1", body: text },
      },
    });
  if (setUp.role === "door")
    transport.listen((_from, { body }) => {
      if (body.kind !== "answer" || body.ending.kind !== "answered") throw new Error("no answer");
      if (body.ending.answer.length !== text.length) throw new Error("another answer");
      if (done(body.op)) fill(send);
    });
  else
    transport.listen((from, frame) => {
      const { body } = frame;
      if (body.kind !== "present" || body.call === undefined) throw new Error("no call");
      calls++;
      transport.send(from, {
        from: owner,
        to: door,
        body: {
          kind: "answer",
          op: body.op,
          epoch: 12,
          ending: { kind: "answered", answer: body.call.body },
        },
      });
    });
  await transport.start();
  await transport.taken();
  return send;
}

async function startBare(): Promise<(op: string) => void> {
  const connection: NatsConnection = await connect({
    servers: [...setUp.servers],
    ...(setUp.ca === undefined ? {} : { tls: { ca: setUp.ca, handshakeFirst: true } }),
    ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(seed) }),
  });
  const send = (op: string): void => connection.publish(`gw.${owner.id}.${door.id}`, Buffer.from(op + text));
  let sent = 0;
  sentPackets = () => sent;
  if (setUp.role === "door")
    connection.subscribe(`gw.${door.id}.*`, {
      callback: (_fault, { data }) => {
        if (done(Buffer.from(data.buffer, data.byteOffset, 22).toString("latin1"))) fill(send);
      },
    });
  else
    connection.subscribe(`gw.${owner.id}.*`, {
      callback: (_fault, { data }) => {
        calls++;
        sent++;
        connection.publish(`gw.${door.id}.${owner.id}`, data);
      },
    });
  await connection.flush();
  return send;
}

const send = setUp.path === "relay" ? await startRelay() : await startBare();
let cpu = process.cpuUsage();
let since = performance.now();
let packets = 0;
let inspector = setUp.profile === undefined ? undefined : new Session();
if (inspector !== undefined) {
  inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.start");
}

async function report(): Promise<NodeReport> {
  const { user, system } = process.cpuUsage(cpu);
  const [p50Micros, p99Micros] = [micros.getValueAtPercentile(50), micros.getValueAtPercentile(99)];
  const told = { calls, cpuMicros: user + system, ms: performance.now() - since, p50Micros, p99Micros, sentPackets: sentPackets() - packets }; // prettier-ignore
  if (inspector !== undefined && setUp.profile !== undefined && calls > 0) {
    const { profile } = await inspector.post("Profiler.stop");
    writeFileSync(`${setUp.profile}.${setUp.role}.cpuprofile`, JSON.stringify(profile));
    inspector.disconnect();
    // Of the first window alone.
    inspector = undefined;
  }
  return told;
}

process.on("message", (order: NodeOrder) => {
  if ("report" in order) {
    void report().then((told) => process.send?.(told));
    return;
  }
  inFlight = order.inFlight;
  [cpu, since, calls, packets] = [process.cpuUsage(), performance.now(), 0, sentPackets()];
  micros.reset();
  if (setUp.role === "door") fill(send);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
