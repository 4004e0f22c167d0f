/**
 * Transport over NATS: each frame goes from node to node on a subject that names both, `gw.<to>.<from>`. Adapter of the
 * port transport.ts. Owns when packets leave, who is heard, and the counters. Does not own the connection (natsline.ts),
 * packets (packet.ts), what waits for a receiver (outgoing.ts) nor what frames are (frames.ts).
 *
 * T1. Who sent a packet is the last token of its subject, which the server lets only that node publish; frames that
 *     name another sender are refused.
 * T2. Frames of one turn of the event loop leave together after it (departure.ts), and its journals before all others (peer.ts, E2).
 * T3. What is not understood is refused with a name, counted per sender, and harms nothing else.
 * T4. A frame that is no longer wanted when it comes is dropped. How late it is shows in the quickest way of its sender.
 */
import { randomBytes } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import { isName, nameRule } from "../protocol/id.ts";
import { limits } from "../protocol/limits.ts";
import { Departure } from "./departure.ts";
import { Incoming } from "./incoming.ts";
import type { PartFault } from "./incoming.ts";
import { NatsLine } from "./natsline.ts";
import type { LineEvent, LineOptions } from "./natsline.ts";
import { NatsWords } from "./natswords.ts";
import { Outgoing } from "./outgoing.ts";
import type { Drop, OutgoingPorts } from "./outgoing.ts";
import { bootNumber, clusterHash, creditPacket, currentVersions, packetKinds, readPacket } from "./packet.ts";
import type { FrameFault, Packet, PacketFault, Stamp, Versions, WireCodec } from "./packet.ts";
import type { Transport } from "./transport.ts";

/** Why something that came was not taken. */
export type Refused =
  | PacketFault
  | FrameFault
  | PartFault
  | "unknown sender"
  | "too many senders"
  | "too late";

export type RelayEvent =
  | LineEvent
  /** Told at the first, second, fourth, eighth … of one sender and reason. */
  | { readonly kind: "refused"; readonly from: string; readonly why: Refused; readonly count: number };

export interface NatsTransportOptions extends Omit<LineOptions, "name"> {
  /** This node: a name (protocol/id.ts), so that it is one token of a subject. */
  readonly id: string;
  /** Of the installation: packets of another cluster on the same server are refused. */
  readonly cluster: string;
  readonly tell: (event: RelayEvent) => void;
  readonly versions?: Versions;
  /** Bytes under way to one receiver. */
  readonly window?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Calls that are open here, at doors and as an owner: with many of them frames wait a moment for each other. */
  readonly openCalls?: () => number;
}

export interface RelayCounts {
  readonly sentFrames: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly heardFrames: number;
  readonly heardPackets: number;
  readonly heardBytes: number;
  readonly connections: number;
  readonly slowConsumer: number;
  readonly dropped: Readonly<Record<Drop | "line lost", number>>;
}

export class NatsTransport<Frame extends object> implements Transport<Frame> {
  readonly #id: string;
  readonly #options: NatsTransportOptions;
  readonly #codec: WireCodec<Frame>;
  readonly #cluster: Buffer;
  readonly #versions: Versions;
  readonly #now: () => number;
  readonly #window: number;
  readonly #boot = bootNumber(randomBytes(6));
  readonly #line: NatsLine;
  /** To all nodes, over the same line. */
  readonly words: NatsWords;
  readonly #ports: OutgoingPorts;
  readonly #listeners = new Set<(from: string, frame: Frame) => void>();
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #incoming = new Map<string, Incoming>();
  readonly #refusals = new Map<string, Map<Refused, number>>();
  /** Receivers for whom something may leave at the end of this turn. */
  readonly #ready = new Set<Outgoing>();
  readonly #departure: Departure;
  #own: Frame[] = [];
  #timer: NodeJS.Timeout | undefined;
  #waitingBytes = 0;
  /** Highest offset that a forgotten receiver was sent: new ones begin there. */
  #offset = 0;
  readonly #counts = {
    sentFrames: 0,
    sentPackets: 0,
    sentBytes: 0,
    heardFrames: 0,
    heardPackets: 0,
    heardBytes: 0,
    connections: 0,
    slowConsumer: 0,
    dropped: { overflow: 0, "too large": 0, "not sent in time": 0, "line lost": 0 },
  };

  constructor(options: NatsTransportOptions, codec: WireCodec<Frame>) {
    if (!isName(options.id))
      throw new TypeError(`"${options.id}" cannot be a node's name, which is ${nameRule}: rename the node`);
    this.#id = options.id;
    this.#options = options;
    this.#codec = codec;
    this.#cluster = clusterHash(options.cluster);
    this.#versions = options.versions ?? currentVersions;
    this.#now = options.now ?? ((): number => performance.now());
    this.#departure = new Departure(() => this.#flush(), options.openCalls ?? ((): number => 0));
    this.#window = options.window ?? limits.relayWindowBytes;
    this.#ports = {
      stamp: (to, kind, offset) => this.#stamp(to, kind, offset, false),
      write: (to, packet) => this.#write(to, packet),
      dropped: (why) => void this.#counts.dropped[why]++,
    };
    this.#line = new NatsLine(
      { ...options, name: options.id },
      { up: (connection) => this.#subscribe(connection), tell: (event) => this.#heard(event) },
    );
    this.words = new NatsWords({
      id: options.id,
      boot: this.#boot,
      cluster: this.#cluster,
      versions: this.#versions,
      now: this.#now,
      write: (subject, packet) => this.#line.write(subject, packet),
      refuse: (from, why) => this.#refuse(from, why),
    });
  }

  get counts(): RelayCounts {
    return { ...this.#counts, dropped: { ...this.#counts.dropped } };
  }

  /** Bytes that wait here for their receivers. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Bytes under way to one receiver that it has not granted back. */
  underWay(to: string): number {
    return this.#outgoing.get(to)?.underWay ?? 0;
  }

  /** How often what came of a sender was not taken, by reason. */
  refusals(from: string): ReadonlyMap<Refused, number> {
    return this.#refusals.get(from) ?? new Map<Refused, number>();
  }

  /** See NatsLine.start. */
  start(): Promise<void> {
    this.#timer = setInterval(() => this.#look(), limits.relayTickMs);
    this.#timer.unref();
    return this.#line.start();
  }

  /** When the server has taken everything that was sent so far and did not have to wait. */
  async taken(): Promise<void> {
    this.#flush();
    await this.#line.taken();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.taken();
    await this.#line.close();
  }

  send(to: string, frame: Frame): void {
    if (to === this.#id) {
      if (this.#own.push(frame) === 1) setImmediate(this.#giveOwn);
    } else {
      const outgoing = this.#to(to);
      if (outgoing === undefined) return;
      const now = this.#now();
      const before = outgoing.waitingBytes;
      for (const encoded of this.#codec.encode(frame))
        outgoing.add(encoded, now, limits.relayWaitingBytesMax - this.#waitingBytes);
      this.#waitingBytes += outgoing.waitingBytes - before;
      this.#counts.sentFrames++;
      this.#ready.add(outgoing);
      this.#departure.soon();
    }
  }

  listen(onFrame: (from: string, frame: Frame) => void): () => void {
    this.#listeners.add(onFrame);
    return () => void this.#listeners.delete(onFrame);
  }

  #to(to: string): Outgoing | undefined {
    const known = this.#outgoing.get(to);
    if (known !== undefined) return known;
    // Not a member's name: nobody could listen there.
    if (!isName(to) || this.#outgoing.size >= limits.clusterMembersMax) {
      this.#counts.dropped.overflow++;
      return undefined;
    }
    const outgoing = new Outgoing(to, this.#offset, this.#now(), this.#ports, this.#window);
    this.#outgoing.set(to, outgoing);
    return outgoing;
  }

  /** An answer for this node's own door waits for the journal of its turn as any other does. */
  readonly #giveOwn = (): void => {
    for (const { hasJournal } of this.#ready) if (hasJournal && this.#line.isOpen) return;
    for (const frame of this.#own.splice(0)) this.#give(this.#id, frame);
  };

  #flush(): void {
    if (this.#line.isOpen && this.#ready.size > 0) {
      const now = this.#now();
      const ready = [...this.#ready];
      this.#ready.clear();
      const journals = ready.filter(({ hasJournal }) => hasJournal);
      // One journal leads its own packet. Of several, none may wait behind another receiver's answers.
      if (journals.length > 1) for (const each of journals) this.#release(each, now, ["journal"]);
      else for (const each of journals) this.#release(each, now, ["journal", "control", "body"]);
      for (const each of ready) this.#release(each, now, ["journal", "control", "body"]);
    }
    if (this.#line.isOpen) this.#grant();
    for (const frame of this.#own.splice(0)) this.#give(this.#id, frame);
  }

  #release(outgoing: Outgoing, now: number, lanes: Parameters<Outgoing["flush"]>[1]): void {
    if (outgoing.waitingBytes === 0) return;
    const before = outgoing.waitingBytes;
    outgoing.flush(now, lanes);
    this.#waitingBytes += outgoing.waitingBytes - before;
  }

  /** To those who sent much and were sent nothing on which a grant could ride. */
  #grant(): void {
    for (const from of this.#owing) {
      if (this.#incoming.get(from)?.owesGrant === true)
        this.#write(from, creditPacket(this.#stamp(from, packetKinds.credit, 0, false)));
    }
    this.#owing.clear();
  }

  readonly #owing = new Set<string>();

  #stamp(to: string, kind: number, offset: number, asks: boolean): Stamp {
    const incoming = this.#incoming.get(to);
    return {
      kind,
      asks,
      offset,
      cluster: this.#cluster,
      versions: this.#versions,
      boot: this.#boot,
      sentAt: Math.floor(this.#now()),
      grantBoot: incoming?.boot ?? 0,
      granted: incoming?.takeGrant() ?? 0,
    };
  }

  #write(to: string, packet: Buffer): void {
    if (!this.#line.write(`gw.${to}.${this.#id}`, packet)) {
      this.#counts.dropped["line lost"]++;
      return;
    }
    this.#counts.sentPackets++;
    this.#counts.sentBytes += packet.length;
  }

  #subscribe(connection: NatsConnection): void {
    this.words.subscribe(connection);
    const begin = `gw.${this.#id}.`.length;
    connection.subscribe(`gw.${this.#id}.*`, {
      callback: (fault, message) => {
        // The server forbids the subscription: natsline.ts hears of it as well, and tells.
        if (fault !== null) return;
        try {
          this.#receive(message.subject.slice(begin), message.data);
        } catch (bug) {
          // Thrown here it would end the client's reader in silence.
          setImmediate(() => {
            throw bug;
          });
        }
      },
    });
    for (const outgoing of this.#outgoing.values()) this.#ready.add(outgoing);
    this.#departure.soon();
  }

  #receive(from: string, data: Uint8Array): void {
    if (!isName(from) || from === this.#id) return this.#refuse(from, "unknown sender");
    const packet = readPacket(data, this.#cluster, this.#versions);
    if (typeof packet === "string") return this.#refuse(from, packet);
    const now = this.#now();
    const incoming = this.#from(from, now);
    if (incoming === undefined) return this.#refuse(from, "too many senders");
    this.#counts.heardPackets++;
    this.#counts.heardBytes += data.length;
    const lateMs = incoming.hear(packet.header, now);
    const { grantBoot, granted, kind } = packet.header;
    if (grantBoot === this.#boot) this.#granted(from, granted, now);
    if (incoming.owesGrant) {
      this.#owing.add(from);
      this.#departure.soon();
    }
    if (kind === packetKinds.frames) this.#frames(from, packet, lateMs);
    else if (kind === packetKinds.part) this.#part(from, packet, incoming, lateMs, now);
    else if (kind === packetKinds.word) this.#refuse(from, "malformed packet");
  }

  #frames(from: string, packet: Packet, lateMs: number): void {
    const isNewer = packet.header.version > this.#versions.speaks;
    const isWhole = packet.frames((bytes, wantedMs) => {
      if (lateMs > wantedMs) return this.#refuse(from, "too late");
      this.#frame(from, bytes, isNewer);
    });
    if (!isWhole) this.#refuse(from, "malformed packet");
  }

  #part(from: string, packet: Packet, incoming: Incoming, lateMs: number, now: number): void {
    const part = packet.part();
    if (part === undefined) return this.#refuse(from, "malformed packet");
    if (lateMs > part.wantedMs) return this.#refuse(from, "too late");
    const whole = incoming.part(part, now);
    if (whole !== undefined) this.#frame(from, whole, packet.header.version > this.#versions.speaks);
  }

  #frame(from: string, bytes: Uint8Array, isNewer: boolean): void {
    const frame = this.#codec.decode(bytes, { from, to: this.#id }, isNewer);
    if (typeof frame === "string") return this.#refuse(from, frame);
    this.#counts.heardFrames++;
    this.#give(from, frame);
  }

  #give(from: string, frame: Frame): void {
    for (const tell of this.#listeners) tell(from, frame);
  }

  #granted(from: string, offset: number, now: number): void {
    const outgoing = this.#outgoing.get(from);
    if (outgoing === undefined) return;
    outgoing.grant(offset, now);
    if (outgoing.waitingBytes === 0) return;
    this.#ready.add(outgoing);
    this.#departure.soon();
  }

  #from(from: string, now: number): Incoming | undefined {
    const known = this.#incoming.get(from);
    if (known !== undefined) return known;
    if (this.#incoming.size >= limits.clusterMembersMax) return undefined;
    const incoming = new Incoming(now, this.#window, (why) => this.#refuse(from, why));
    this.#incoming.set(from, incoming);
    return incoming;
  }

  #refuse(from: string, why: Refused): void {
    // Names that nobody checked do not fill a table.
    const isKnown = this.#refusals.has(from) || this.#refusals.size < limits.clusterMembersMax;
    const sender = isName(from) && isKnown ? from : "";
    const refusals = this.#refusals.get(sender) ?? new Map<Refused, number>();
    const count = (refusals.get(why) ?? 0) + 1;
    this.#refusals.set(sender, refusals.set(why, count));
    if ((count & (count - 1)) === 0) this.#options.tell({ kind: "refused", from: sender, why, count });
  }

  #heard(event: LineEvent): void {
    if (event.kind === "connected") this.#counts.connections++;
    if (event.kind === "disconnected" && event.isSlowConsumer) this.#counts.slowConsumer++;
    this.#options.tell(event);
  }

  /** Now and then: closed windows, what is too old, and who was not heard of for long. */
  #look(): void {
    const now = this.#now();
    for (const [from, incoming] of this.#incoming) {
      incoming.sweep(now);
      if (incoming.isIdle(now)) this.#incoming.delete(from);
    }
    for (const [to, outgoing] of this.#outgoing) {
      if (outgoing.waitingBytes > 0) this.#ready.add(outgoing);
      if (this.#line.isOpen && outgoing.asks(now))
        this.#write(to, creditPacket(this.#stamp(to, packetKinds.credit, outgoing.offset, true)));
      if (!outgoing.isIdle(now)) continue;
      this.#offset = Math.max(this.#offset, outgoing.offset);
      this.#outgoing.delete(to);
      this.#ready.delete(outgoing);
    }
    if (this.#ready.size > 0) this.#departure.soon();
  }
}
