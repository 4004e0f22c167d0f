/**
 * The store over NATS JetStream (store.ts has its laws): a row is the last message of its subject, its revision that
 * message's number in the stream, a swap a publish that names the number it expects. Owns swaps and who watches. Does not
 * own the stream's settings (keptstream.ts), the watch itself (feed.ts), or the connection.
 *
 * J1. Only "wrong last sequence" is a conflict. All else that is not an acknowledgement is unknown, and nothing is sent
 *     twice: a second copy of a swap that had succeeded would be told that it conflicts.
 * J2. `at` is the time that the stream's leader stamped on the message. The acknowledgement does not bear it; the watch
 *     does, for nothing, and brings every row anyway. Where it is late, the message is asked for by its number. That
 *     answer may come from a copy that lags and has it not yet: then it is asked again, until the swap is unknown.
 * J3. A swap that expects no row, of a key whose last message is a deletion, expects that very deletion.
 * J4. A conflict that names a lower number than the watch has brought, or a swap that the watch does not bring, begins
 *     the watch anew: the store went back, or the watch stands still.
 * J5. While there is no connection nothing is sent: what waits in a buffer would be applied when nobody expects it.
 */
import { jetstream } from "@nats-io/jetstream";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import assert from "node:assert/strict";
import { limits } from "../protocol/limits.ts";
import { conflictOf, reachStream, rowStream } from "./keptstream.ts";
import type { BucketOptions, KeptStream, ReachOptions } from "./keptstream.ts";
import type { Cut } from "./cuts.ts";
import { Feed } from "./feed.ts";
import type { Row, Store, SwapResult } from "./store.ts";

export interface JetStreamStoreOptions extends BucketOptions, ReachOptions {
  /** Where this node may listen. */
  readonly inboxPrefix?: string;
}

interface Watch {
  readonly onRow: (row: Row) => void;
  readonly onCaughtUp: () => void;
  /** It has got what stands. */
  isBegun: boolean;
  isOver: boolean;
}

export class JetStreamStore implements Store {
  readonly #bucket: KeptStream;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #feed: Feed;
  readonly #watches = new Set<Watch>();
  /** When the last rows that came were stored, and who waits for that of one that has not come. */
  readonly #stamps = new Map<number, number>();
  readonly #stampWaits = new Map<number, (at: number) => void>();
  #isUp = true;
  #isOver = false;

  private constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    bucket: KeptStream,
    options: JetStreamStoreOptions,
  ) {
    this.#bucket = bucket;
    this.#client = jetstream(connection, { timeout: limits.storeSwapMs });
    this.#manager = manager;
    this.#feed = new Feed({
      connection,
      manager,
      stream: bucket.stream,
      prefix: bucket.prefix,
      inboxPrefix: options.inboxPrefix,
      ensure: async () => {
        if (await bucket.ensure(connection, manager))
          options.report(
            "the store's stream was gone; it is made anew, and what nodes remember is written back",
          );
      },
      begun: () => this.#stamps.clear(),
      arrived: (revision, at) => this.#arrived(revision, at),
      cut: (cut) => this.#cut(cut),
      report: options.report,
    });
    void this.#follow(connection, options.report);
  }

  /** Tries until it can be used. @throws GatewayError for what only an operator can mend */
  static async open(options: JetStreamStoreOptions): Promise<JetStreamStore> {
    const bucket = rowStream(options);
    const { connection, manager } = await reachStream(bucket, options);
    const store = new JetStreamStore(connection, manager, bucket, options);
    store.#feed.start();
    return store;
  }

  swap(key: string, value: Uint8Array, expected: number, then: (result: SwapResult) => void): void {
    assert.match(key, /^[\w-]+(?:\.[\w-]+)*$/);
    assert.ok(value.length <= limits.storeValueBytesMax, `a row of ${value.length} bytes`);
    let isDone = false;
    const finish = (result: SwapResult): void => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      then(result);
    };
    const timer = setTimeout(finish, limits.storeSwapMs, { kind: "unknown" });
    if (!this.#isUp || this.#isOver || this.#feed.isRefused) setImmediate(finish, { kind: "unknown" });
    else void this.#publish(key, Uint8Array.from(value), expected).then(finish);
  }

  watch(onRow: (row: Row) => void, onCaughtUp: () => void): () => void {
    const watch: Watch = { onRow, onCaughtUp, isBegun: false, isOver: false };
    this.#watches.add(watch);
    setImmediate(() => {
      if (this.#feed.cuts.isCurrent) this.#begin(watch);
    });
    return () => {
      watch.isOver = true;
      this.#watches.delete(watch);
    };
  }

  /** Ends the watch; what is under way ends as unknown. */
  close(): void {
    this.#isOver = true;
    this.#feed.stop();
  }

  async #publish(key: string, value: Uint8Array, expected: number): Promise<SwapResult> {
    const last = this.#feed.cuts.lastOf(key);
    const lastSubjectSequence = expected === 0 && last.isGone ? last.revision : expected;
    try {
      const { seq } = await this.#client.publish(this.#bucket.prefix + key, value, {
        expect: { lastSubjectSequence, streamName: this.#bucket.stream },
      });
      const at = await this.#stampOf(seq);
      return at === undefined ? { kind: "unknown" } : { kind: "swapped", revision: seq, at };
    } catch (fault) {
      const conflict = conflictOf(fault);
      if (conflict === undefined) return { kind: "unknown" };
      if (conflict.last !== undefined && conflict.last < this.#feed.cuts.lastOf(key).revision)
        this.#feed.restart();
      return { kind: "conflict" };
    }
  }

  /** The store's time of a row, from whatever brings it first. */
  async #stampOf(revision: number): Promise<number | undefined> {
    const known = this.#stamps.get(revision);
    if (known !== undefined) return known;
    const came = Promise.withResolvers<number | undefined>();
    this.#stampWaits.set(revision, came.resolve);
    const asking = setInterval(() => void this.#ask(revision), limits.storeStampMs);
    const timer = setTimeout(() => {
      came.resolve(undefined);
      this.#feed.restart();
    }, limits.storeSwapMs);
    try {
      return await came.promise;
    } finally {
      this.#stampWaits.delete(revision);
      clearInterval(asking);
      clearTimeout(timer);
    }
  }

  async #ask(revision: number): Promise<void> {
    try {
      const message = await this.#manager.direct.getMessage(this.#bucket.stream, { seq: revision });
      if (message !== null) this.#stampWaits.get(revision)?.(message.time.getTime());
    } catch {
      // No answer, or none that helps: it is asked again, and without one the swap is unknown.
    }
  }

  #arrived(revision: number, at: number): void {
    this.#stamps.set(revision, at);
    if (this.#stamps.size > limits.storeStampsKept)
      this.#stamps.delete(this.#stamps.keys().next().value ?? 0);
    this.#stampWaits.get(revision)?.(at);
  }

  #cut({ rows, isBeginning }: Cut): void {
    for (const watch of this.#watches) {
      if (watch.isBegun) for (const row of rows) tell(watch, row);
      else if (isBeginning) this.#begin(watch);
    }
  }

  #begin(watch: Watch): void {
    if (watch.isBegun || watch.isOver) return;
    watch.isBegun = true;
    for (const row of this.#feed.cuts.rows()) tell(watch, row);
    if (!watch.isOver) watch.onCaughtUp();
  }

  async #follow(connection: NatsConnection, report: (says: string) => void): Promise<void> {
    for await (const { type } of connection.status()) {
      if (this.#isOver) return;
      if (type === "disconnect") this.#isUp = false;
      if (type !== "reconnect") continue;
      this.#isUp = true;
      this.#feed.restart();
    }
    this.#isUp = false;
    if (!this.#isOver)
      report("the connection to NATS is closed for good: this node cannot go on in the cluster");
  }
}

function tell(watch: Watch, row: Row): void {
  if (!watch.isOver) watch.onRow(row);
}
