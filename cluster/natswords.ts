/**
 * Words over NATS: on `gwall.<from>`, which the server lets only that node publish and every node hear. Adapter of the
 * port words.ts, on the line of nats.ts. Owns the subject and the form of a word's packet. Does not own the connection.
 *
 * N1. Who said a word is the last token of its subject; what is no word of this cluster is refused with a name.
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { isName } from "../protocol/id.ts";
import { limits } from "../protocol/limits.ts";
import { packetKinds, readPacket, wordPacket } from "./packet.ts";
import type { PacketFault, Versions } from "./packet.ts";
import type { Words } from "./words.ts";

export interface NatsWordsPorts {
  readonly id: string;
  readonly boot: number;
  readonly cluster: Buffer;
  readonly versions: Versions;
  readonly now: () => number;
  /** @returns false when it went nowhere */
  readonly write: (subject: string, packet: Uint8Array) => boolean;
  readonly refuse: (from: string, why: PacketFault | "unknown sender") => void;
}

const subject = "gwall.";

export class NatsWords implements Words {
  readonly boot: number;
  readonly #ports: NatsWordsPorts;
  readonly #listeners = new Set<Parameters<Words["hear"]>[0]>();

  constructor(ports: NatsWordsPorts) {
    this.#ports = ports;
    this.boot = ports.boot;
  }

  say(word: Uint8Array): void {
    const { id, cluster, versions, boot, now } = this.#ports;
    const packet = wordPacket({ cluster, versions, boot, sentAt: Math.floor(now()) }, word);
    this.#ports.write(subject + id, packet);
  }

  hear(onWord: Parameters<Words["hear"]>[0]): () => void {
    this.#listeners.add(onWord);
    return () => void this.#listeners.delete(onWord);
  }

  /** At each connection. */
  subscribe(connection: NatsConnection): void {
    connection.subscribe(`${subject}*`, {
      callback: (fault, message) => {
        if (fault !== null) return; // natsline.ts hears of it as well, and tells
        try {
          this.#receive(message.subject.slice(subject.length), message.data);
        } catch (bug) {
          // Thrown here it would end the client's reader in silence.
          setImmediate(() => {
            throw bug;
          });
        }
      },
    });
  }

  #receive(from: string, data: Uint8Array): void {
    const { id, cluster, versions, refuse } = this.#ports;
    if (from === id) return;
    if (!isName(from)) return refuse(from, "unknown sender");
    const packet = readPacket(data, cluster, versions);
    if (typeof packet === "string") return refuse(from, packet);
    const { kind, boot } = packet.header;
    if (kind !== packetKinds.word || packet.word.length > limits.wordBytesMax)
      return refuse(from, "malformed packet");
    for (const tell of this.#listeners) tell(from, boot, packet.word);
  }
}
