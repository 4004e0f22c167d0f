/**
 * The stream in JetStream that holds the store's rows, one subject for each key, laid out as NATS lays out a key-value
 * bucket, so that the tools of NATS can show it. Owns its settings: makes it where it is missing, and refuses one that is
 * there with others. Does not own rows (jetstream.ts) nor their watch (feed.ts).
 *
 * B1. A stream with other settings is never changed and never used: each of them carries a promise (file: outlives a
 *     restart; replicas: outlives a server; one message for each subject: a row has one value; no age: a lease row does
 *     not vanish by itself).
 * B2. A server that could not carry the largest row is refused at the start, not when the cluster has grown.
 */
import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";

export interface BucketOptions {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  /** Servers that keep a copy: 1, 3 or 5. */
  readonly replicas: number;
}

/** "stream not found", as JetStream numbers it. */
const streamNotFound = 10_059;
/** What asking again does not mend: replicas without a cluster, a stream that others' subjects overlap, no such account. */
const lasting = new Set([10_074, 10_065, 10_058, 10_052, 10_039, 10_076]);

export class Bucket {
  readonly stream: string;
  readonly prefix: string;
  readonly #settings: Partial<StreamConfig> & { name: string };

  constructor({ name, replicas }: BucketOptions) {
    if (!/^[\w-]{1,64}$/.test(name))
      throw new GatewayError("CONFIGURATION", `a bucket cannot be named ${JSON.stringify(name)}`, {
        remedy: "use at most 64 letters, digits, _ and -",
      });
    this.stream = `KV_${name}`;
    this.prefix = `$KV.${name}.`;
    this.#settings = {
      name: this.stream,
      subjects: [`${this.prefix}>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      num_replicas: replicas,
      max_msgs_per_subject: 1,
      max_msgs: -1,
      max_bytes: -1,
      max_age: 0,
      max_msg_size: -1,
      discard: DiscardPolicy.New,
      allow_direct: true,
      allow_rollup_hdrs: true,
      deny_delete: true,
      deny_purge: false,
    };
  }

  /**
   * Makes the stream, or holds the one there is against what is needed.
   *
   * @returns whether it was missing
   */
  async ensure(connection: NatsConnection, manager: JetStreamManager): Promise<boolean> {
    this.#checkServer(connection);
    const found = await this.#find(manager);
    if (found !== undefined) {
      this.#check(found);
      return false;
    }
    // With equal settings it does no harm that another node was quicker.
    try {
      const made = await manager.streams.add(this.#settings);
      this.#check(made.config);
      return true;
    } catch (fault) {
      throw this.#named(fault);
    }
  }

  async #find(manager: JetStreamManager): Promise<StreamConfig | undefined> {
    try {
      return (await manager.streams.info(this.stream)).config;
    } catch (fault) {
      if (isStreamMissing(fault)) return undefined;
      throw this.#named(fault);
    }
  }

  #check(found: StreamConfig): void {
    const wrong: string[] = [];
    for (const [name, wanted] of Object.entries(this.#settings)) {
      const value: unknown = found[name as keyof StreamConfig];
      if (JSON.stringify(value) !== JSON.stringify(wanted))
        wrong.push(`${name} is ${JSON.stringify(value)} and must be ${JSON.stringify(wanted)}`);
    }
    // What the server leaves out unless it is set.
    for (const name of ["sealed", "mirror", "sources", "subject_transform", "republish"] as const)
      if (found[name]) wrong.push(`${name} is set and must not be`);
    const { persist_mode: persist } = found as { readonly persist_mode?: string };
    if (persist !== undefined && persist !== "" && persist !== "default")
      wrong.push(`persist_mode is ${JSON.stringify(persist)} and must be "default"`);
    if (wrong.length === 0) return;
    throw new GatewayError(
      "CONFIGURATION",
      `the stream ${this.stream} is set otherwise: ${wrong.join("; ")}`,
      {
        remedy: `set the stream right (nats stream edit ${this.stream}), or name another bucket or number of replicas`,
      },
    );
  }

  #checkServer({ info }: NatsConnection): void {
    const needed = limits.storeValueBytesMax + limits.storeHeadBytes;
    const given = info?.max_payload ?? 0;
    if (given >= needed) return;
    throw new GatewayError(
      "CONFIGURATION",
      `the NATS server takes messages of ${given} bytes, and the store needs ${needed}`,
      { remedy: `set max_payload of every NATS server to ${needed} or more` },
    );
  }

  #named(fault: unknown): unknown {
    if (!(fault instanceof JetStreamApiError) || !lasting.has(fault.code)) return fault;
    return new GatewayError("CONFIGURATION", `NATS refuses the stream ${this.stream}: ${fault.message}`, {
      remedy: "mend what it names, in the configuration of the store or of NATS",
      cause: fault,
    });
  }
}

export function isStreamMissing(fault: unknown): boolean {
  return fault instanceof JetStreamApiError && fault.code === streamNotFound;
}
