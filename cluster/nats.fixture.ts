/** Nodes on a real nats-server, for tests: notes as frames, and real frames of the cluster. */
import { setTimeout as delay } from "node:timers/promises";
import { startStand } from "../deploy/cluster/stand.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { NatsTransport } from "./nats.ts";
import type { NatsTransportOptions, RelayEvent } from "./nats.ts";
import type { WireCodec } from "./packet.ts";

export interface Note {
  readonly text: string;
}

/** Notes need credit, but for those that begin with "!". A note that begins with "journal" is one. */
export const noteCodec: WireCodec<Note> = {
  encode({ text }) {
    const bytes = Buffer.from(text);
    const lane = text.startsWith("journal") ? "journal" : text.startsWith("!") ? "control" : "body";
    return [{ lane, wantedMs: 20_000, pieces: [bytes], length: bytes.length }];
  },
  decode: (bytes) => ({ text: Buffer.from(bytes).toString() }),
};

export interface Node<Frame extends object> {
  readonly transport: NatsTransport<Frame>;
  readonly events: RelayEvent[];
  readonly heard: (readonly [from: string, frame: Frame])[];
}

/** A stand, and nodes that end with it. */
export class Rig {
  readonly stand: Stand;
  readonly #isSecured: boolean;
  readonly #nodes: Pick<NatsTransport<object>, "taken" | "close">[] = [];

  constructor(stand: Stand, isSecured: boolean) {
    this.stand = stand;
    this.#isSecured = isSecured;
  }

  static async start(isSecured: boolean): Promise<Rig> {
    const stand = await startStand({ tls: isSecured, authentication: isSecured, nodes: ["a", "b", "c"] });
    return new Rig(stand, isSecured);
  }

  make<Frame extends object>(
    id: string,
    codec: WireCodec<Frame>,
    options: Partial<NatsTransportOptions> = {},
  ): Node<Frame> {
    const { servers, ca, seed } = this.stand.client(id, "frames");
    const events: RelayEvent[] = [];
    const heard: [string, Frame][] = [];
    const transport = new NatsTransport<Frame>(
      {
        id,
        servers,
        cluster: "test",
        tls: this.#isSecured ? { ca, handshakeFirst: true } : undefined,
        seed: seed === undefined ? undefined : new TextEncoder().encode(seed),
        tell: (event) => events.push(event),
        ...options,
      },
      codec,
    );
    transport.listen((from, frame) => heard.push([from, frame]));
    this.#nodes.push(transport);
    return { transport, events, heard };
  }

  async connect(id: string, options: Partial<NatsTransportOptions> = {}): Promise<Node<Note>> {
    const node = this.make(id, noteCodec, options);
    await node.transport.start();
    // The subscription is with the server.
    await node.transport.taken();
    return node;
  }

  /** What was sent is with the server, then with the receivers; then what they sent in turn. */
  async settle(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await Promise.all(this.#nodes.map((node) => node.taken()));
      await delay(1);
    }
  }

  async closeNodes(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.close()));
  }
}
