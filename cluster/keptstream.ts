/**
 * The streams in JetStream that we keep: the bucket of the store's rows, one subject for each key, laid out as NATS lays
 * out a key-value bucket, so that the tools of NATS can show it; the fence logs, one subject for each shard; and the
 * archive, batches and snapshots, which are bounded by age and bytes. Owns
 * their settings: makes a stream where it is missing, and refuses one that is there with others. Does not own what stands
 * in them (jetstream.ts, feed.ts, fencestream.ts, archivestream.ts).
 *
 * B1. A stream with other settings is never changed and never used: each of them carries a promise (file: outlives a
 *     restart; replicas: outlives a server; one message for each subject: a row has one value; no age: what
 *     stands does not vanish by itself).
 * B2. A server that could not carry the largest row is refused at the start, not when the cluster has grown.
 */
import {
  DiscardPolicy,
  jetstreamManager,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { lineMax } from "./fencestore.ts";
import { streamFault } from "./natsfault.ts";

export interface BucketOptions {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  /** Servers that keep a copy: 1, 3 or 5. */
  readonly replicas: number;
}

/** What asking again does not mend: replicas without a cluster, a stream that others' subjects overlap, no such account. */
const lasting = new Set([10_074, 10_065, 10_058, 10_052, 10_039, 10_076]);

const withoutJetStream = "cluster.nats.store must hold the seed of a user of an account with JetStream, on servers that have it; perhaps the seeds of frames and store are interchanged"; // prettier-ignore
const remedies: ReadonlyMap<number, string> = new Map([
  [10_039, withoutJetStream],
  [10_076, withoutJetStream],
  [10_074, "cluster.replicas is more than the NATS cluster has servers with JetStream: write 1, 3 or 5, and not more than that"], // prettier-ignore
]);

type Settings = Partial<StreamConfig> & { readonly name: string };

const kept: Partial<StreamConfig> = {
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
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

const nanosPerMs = 1_000_000;

const archived: Partial<StreamConfig> = { ...kept, discard: DiscardPolicy.Old, allow_rollup_hdrs: false };

function checkedName({ name }: BucketOptions): string {
  if (/^[\w-]{1,64}$/.test(name)) return name;
  throw new GatewayError("CONFIGURATION", `a bucket cannot be named ${JSON.stringify(name)}`, {
    remedy: "use at most 64 letters, digits, _ and -",
  });
}

/** The bucket of rows. */
export function rowStream(options: BucketOptions): KeptStream {
  const prefix = `$KV.${checkedName(options)}.`;
  return new KeptStream(prefix, {
    ...kept,
    name: `KV_${options.name}`,
    subjects: [`${prefix}>`],
    num_replicas: options.replicas,
    max_msgs_per_subject: 1,
  });
}

/** The fence logs of all shards. What is full refuses: a log that drops its oldest entry has forgotten a call. */
export function fenceStream(options: BucketOptions): KeptStream {
  const prefix = `gwfence.${checkedName(options)}.`;
  return new KeptStream(prefix, {
    ...kept,
    name: `FENCE_${options.name}`,
    subjects: [`${prefix}*`],
    num_replicas: options.replicas,
    max_msgs_per_subject: lineMax,
    discard_new_per_subject: true,
  });
}

/** Batches of what nodes journal and record: one subject for each process of a node. The oldest go first. */
export function tailStream(options: BucketOptions): KeptStream {
  const prefix = `gwtail.${checkedName(options)}.`;
  return new KeptStream(prefix, {
    ...archived,
    name: `TAIL_${options.name}`,
    subjects: [`${prefix}*.*`],
    num_replicas: options.replicas,
    max_msgs_per_subject: -1,
    max_bytes: limits.tailStoreBytesMax,
    max_age: limits.tailAgeMs * nanosPerMs,
    duplicate_window: limits.tailDoublesMs * nanosPerMs,
  });
}

/** Snapshots: one subject for each chunk of a shard that a node writes, with its last value. */
export function snapshotStream(options: BucketOptions): KeptStream {
  const prefix = `gwsnap.${checkedName(options)}.`;
  return new KeptStream(prefix, {
    ...archived,
    name: `SNAP_${options.name}`,
    subjects: [`${prefix}*.*.*`],
    num_replicas: options.replicas,
    max_msgs_per_subject: 1,
    max_bytes: limits.snapshotStoreBytesMax,
    max_age: limits.snapshotAgeMs * nanosPerMs,
  });
}

export interface ReachOptions {
  /** The connection must try to come back for ever (`maxReconnectAttempts: -1`); it stays its maker's to close. */
  readonly connect: () => Promise<NatsConnection>;
  /** What is wrong when that fails. */
  readonly explain?: (fault: unknown) => GatewayError;
  /** For operators. */
  readonly report: (says: string) => void;
  /** Ends the attempts. */
  readonly signal?: AbortSignal;
  /** A stream that is missing is not made. */
  readonly mustBeThere?: boolean;
}

export interface Reached {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
}

/** Tries until the stream can be used. @throws GatewayError for what only an operator can mend */
export async function reachStream(
  kept: KeptStream,
  { connect, explain, report, signal, mustBeThere = false }: ReachOptions,
): Promise<Reached> {
  let saidAt = Number.NEGATIVE_INFINITY;
  let connection: NatsConnection | undefined;
  for (;;) {
    try {
      connection ??= await connect();
      const manager = await jetstreamManager(connection, { checkAPI: false, timeout: limits.storeAskMs });
      await kept.ensure(connection, manager, mustBeThere);
      return { connection, manager };
    } catch (fault) {
      if (fault instanceof GatewayError) throw fault;
      if (connection?.isClosed() === true) connection = undefined;
      const now = performance.now();
      if (now - saidAt >= limits.storeSayMs) {
        saidAt = now;
        report(`${connection === undefined ? sayUnreached(explain?.(fault) ?? fault) : streamFault(fault, kept.stream)}; trying again`); // prettier-ignore
      }
      await delay(limits.storeRetryMs, undefined, signal && { signal });
    }
  }
}

function sayUnreached(fault: unknown): string {
  if (fault instanceof GatewayError) return `${fault.message}; ${fault.remedy ?? ""}`;
  return `NATS cannot be reached (${fault instanceof Error ? fault.message : String(fault)}): check cluster.nats.servers, the NATS servers and the nkeys of this node`; // prettier-ignore
}

/**
 * The one refusal that says that nothing was written: another number stands, or another message of this subject is being
 * written, which is said without a number.
 */
export function conflictOf(fault: unknown): { readonly last: number | undefined } | undefined {
  if (!(fault instanceof JetStreamApiError)) return undefined;
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  if (fault.code !== StreamWrongLastSequence && fault.code !== StreamWrongLastSequenceUnknown)
    return undefined;
  const last = /: (\d+)$/.exec(fault.message)?.[1];
  return { last: last === undefined ? undefined : Number(last) };
}

export class KeptStream {
  readonly stream: string;
  /** Of its subjects. */
  readonly prefix: string;
  readonly #settings: Settings;

  constructor(prefix: string, settings: Settings) {
    this.stream = settings.name;
    this.prefix = prefix;
    this.#settings = settings;
  }

  /**
   * Makes the stream, or holds the one there is against what is needed.
   *
   * @returns whether it was missing
   */
  async ensure(connection: NatsConnection, manager: JetStreamManager, mustBeThere = false): Promise<boolean> {
    this.#checkServer(connection);
    const found = await this.#find(manager);
    if (found !== undefined) {
      this.#check(found);
      return false;
    }
    if (mustBeThere)
      throw new GatewayError("CONFIGURATION", `the store has no stream ${this.stream}`, { remedy: "nothing was copied there yet, or NATS has lost it: look whether cluster.nats names the servers of this cluster" }); // prettier-ignore
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
    if (info === undefined) throw new Error("there is no connection to NATS now");
    const given = info.max_payload;
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
      remedy: remedies.get(fault.code) ?? "mend what it names, in the configuration of the store or of NATS",
      cause: fault,
    });
  }
}

export function isStreamMissing(fault: unknown): boolean {
  return fault instanceof JetStreamApiError && fault.code === JetStreamApiCodes.StreamNotFound;
}
