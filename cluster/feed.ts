/**
 * The watch of a bucket: what stands, then every change, from one ordered consumer that is begun anew whenever it could
 * have missed something. Owns the consumer. Does not own the stream (keptstream.ts), nor what of
 * all that comes may be handed on, and when (cuts.ts).
 *
 * We keep the consumer ourselves. The client's own ordered consumer notices after a minute that the server which held it
 * is gone, four leases long, and then goes on from the number it had: a store that was rolled back below that number
 * would look like one in which nothing happens.
 */
import { AckPolicy, DeliverPolicy, ReplayPolicy } from "@nats-io/jetstream";
import type { ConsumerConfig, JetStreamManager } from "@nats-io/jetstream";
import { createInbox, nanos, nuid } from "@nats-io/transport-node";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { Cuts } from "./cuts.ts";
import type { Cut, Taken } from "./cuts.ts";

export interface FeedPorts {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly stream: string;
  /** Of subjects; what follows is the key. */
  readonly prefix: string;
  /** Where this node may listen. */
  readonly inboxPrefix?: string | undefined;
  /** Makes the stream if it is gone. @throws GatewayError for one that may not be used */
  readonly ensure: () => Promise<void>;
  /** It begins anew: numbers that were brought before may mean other rows now. */
  readonly begun: () => void;
  /** A row has come, perhaps before its cut. */
  readonly arrived: (revision: number, at: number) => void;
  readonly cut: (cut: Cut) => void;
  readonly report: (says: string) => void;
}

export class Feed {
  readonly #ports: FeedPorts;
  readonly #inbox: string;
  readonly #name = `gatehouse_${nuid.next()}`;
  /** What has been brought; to be read only. */
  readonly cuts = new Cuts();
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Which beginning it is: part of the consumer's name. */
  #serial = 0;
  #isMade = false;
  /** Something has come from it. */
  #isHeard = false;
  #isOver = false;
  #heardAt = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #said = "";
  #isRefused = false;

  constructor(ports: FeedPorts) {
    this.#ports = ports;
    this.#inbox = createInbox(ports.inboxPrefix);
  }

  /** The stream that is there now is not one that may be used. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  start(): void {
    this.#timer = setInterval(() => this.#listen(), limits.storeBeatMs);
    this.restart();
  }

  stop(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#drop(this.#serial);
  }

  /** Begins anew: something may have been missed. */
  restart(): void {
    if (this.#isOver) return;
    this.#drop(this.#serial);
    this.#begin();
    void this.#make();
  }

  #begin(): void {
    this.#serial++;
    this.#isMade = false;
    this.#isHeard = false;
    this.cuts.begin();
    this.#ports.begun();
    // By its whole subject: to a listener with a wildcard the server does not begin to deliver.
    this.#subscription = this.#ports.connection.subscribe(this.#inboxOf(this.#serial), {
      callback: (fault, message) => {
        if (fault !== null) this.#say(`NATS refuses the watch of the store: ${fault.message}`);
        else this.#receive(message);
      },
    });
  }

  async #make(): Promise<void> {
    const { manager, stream } = this.#ports;
    for (let mine = this.#serial; ;) {
      try {
        // Each time: somebody may have made another stream under its name.
        await this.#ports.ensure();
        this.#isRefused = false;
        const info = await manager.consumers.add(stream, this.#settings(mine));
        if (mine !== this.#serial || this.#isOver) return this.#drop(mine);
        this.#isMade = true;
        this.#heardAt = performance.now();
        this.#saidAt = Number.NEGATIVE_INFINITY;
        const isEmpty = info.num_pending === 0 && info.delivered.consumer_seq === 0;
        if (isEmpty && !this.#isHeard) this.#handOn(this.cuts.idle(0));
        return;
      } catch (fault) {
        if (mine !== this.#serial || this.#isOver) return;
        // Made after all, by a server that was slow to say so.
        if (this.#isHeard) return void (this.#isMade = true);
        this.#drop(mine);
        await this.#mend(fault);
        // It may have been made, and be bringing rows already: the next attempt is another consumer.
        if (mine !== this.#serial || this.#isOver) return;
        this.#begin();
        mine = this.#serial;
      }
    }
  }

  async #mend(fault: unknown): Promise<void> {
    this.#isRefused = fault instanceof GatewayError;
    const why = fault instanceof Error ? fault.message : String(fault);
    this.#say(`the store cannot be watched (${why}); trying again`);
    await delay(limits.storeRetryMs);
  }

  #settings(serial: number): Partial<ConsumerConfig> {
    return {
      name: this.#nameOf(serial),
      deliver_subject: this.#inboxOf(serial),
      deliver_policy: DeliverPolicy.LastPerSubject,
      filter_subject: `${this.#ports.prefix}>`,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      idle_heartbeat: nanos(limits.storeBeatMs),
      inactive_threshold: nanos(10 * limits.storeSilentMs),
      num_replicas: 1,
      mem_storage: true,
    };
  }

  #nameOf(serial: number): string {
    return `${this.#name}_${serial}`;
  }

  #inboxOf(serial: number): string {
    return `${this.#inbox}.${serial}`;
  }

  /** The server forgets it by itself; this only spares it the wait. */
  #drop(serial: number): void {
    const { connection, manager, stream } = this.#ports;
    if (serial === 0 || connection.isClosed()) return;
    if (serial === this.#serial) this.#subscription?.unsubscribe();
    manager.consumers.delete(stream, this.#nameOf(serial)).catch(() => undefined);
  }

  #listen(): void {
    if (this.#isMade && performance.now() - this.#heardAt > limits.storeSilentMs) this.restart();
  }

  #receive(message: Msg): void {
    const place = placeOf(message.reply);
    if (place === undefined) return this.#status(message);
    if (place.consumer !== this.#nameOf(this.#serial)) return;
    this.#hear();
    const { sequence: revision, stamp } = place;
    const key = message.subject.slice(this.#ports.prefix.length);
    const value = isDeletion(message) ? undefined : Uint8Array.from(message.data);
    const taken = this.cuts.take({ key, revision, value, stamp }, place.delivered, place.pending);
    if (taken !== "missed") this.#ports.arrived(revision, Math.floor(Number(stamp) / 1e6));
    this.#handOn(taken);
  }

  /** A sign of life, or the consumer's end. */
  #status({ subject, headers }: Msg): void {
    if (subject !== this.#inboxOf(this.#serial)) return;
    if (headers?.code !== 100) return this.restart();
    this.#hear();
    this.#handOn(this.cuts.idle(Number(headers.get("Nats-Last-Consumer") || "0")));
  }

  #hear(): void {
    this.#isHeard = true;
    this.#heardAt = performance.now();
  }

  #handOn(taken: Taken): void {
    if (taken === "missed") this.restart();
    else if (taken !== "wait") this.#ports.cut(taken);
  }

  #say(says: string): void {
    const now = performance.now();
    if (says === this.#said && now - this.#saidAt < limits.storeSayMs) return;
    this.#said = says;
    this.#saidAt = now;
    this.#ports.report(says);
  }
}

interface Place {
  readonly consumer: string;
  readonly sequence: number;
  readonly delivered: number;
  readonly stamp: string;
  readonly pending: number;
}

/**
 * Where a message stands, as its reply subject says:
 * $JS.ACK.[domain.account.]stream.consumer.deliveries.sequence.delivered.time.pending[.random]
 *
 * @see NATS ADR-15, "JetStream Subscribe Workflow"
 */
export function placeOf(reply: string | undefined): Place | undefined {
  const tokens = reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  const at = tokens.length === 9 ? 3 : 5;
  const [consumer, , sequence, delivered, stamp, pending] = tokens.slice(at, at + 6);
  if (consumer === undefined || stamp === undefined) return undefined;
  const numbers = [sequence, delivered, stamp, pending].map(Number);
  if (!numbers.every((number) => number >= 0 && Number.isFinite(number))) return undefined;
  const [sequenceNumber = 0, deliveredNumber = 0, , pendingNumber = 0] = numbers;
  return { consumer, sequence: sequenceNumber, delivered: deliveredNumber, stamp, pending: pendingNumber };
}

/** Deleted or purged by hand, or by a limit of the stream. */
function isDeletion({ headers }: Msg): boolean {
  return headers !== undefined && (headers.has("KV-Operation") || headers.has("Nats-Marker-Reason"));
}
