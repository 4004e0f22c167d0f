/**
 * Fence logs over NATS JetStream (fencestore.ts has the laws): a line is a subject, a message's number its number in the
 * stream, a write a publish that names the number it expects. Does not own the stream's settings (keptstream.ts), nor
 * the connection.
 *
 * 1. Only "wrong last sequence" is a conflict; all else that is no acknowledgement is unknown. Nothing is sent twice.
 * 2. A read goes from message to message of its subject at whichever copy answers. A copy has no message before it has
 *    all earlier ones, so to have come to the last one, known to the asker, is to have had all. A copy that has it not
 *    yet is asked again.
 */
import { jetstream } from "@nats-io/jetstream";
import type { JetStreamClient, JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../protocol/limits.ts";
import type { FenceMessage, FenceStore, Written } from "./fencestore.ts";
import { conflictOf, fenceStream, reachStream } from "./keptstream.ts";
import type { BucketOptions, KeptStream, Reached, ReachOptions } from "./keptstream.ts";

const readAgainMs = 20;

export class FenceStream implements FenceStore {
  readonly #kept: KeptStream;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  private constructor(kept: KeptStream, { connection, manager }: Reached) {
    this.#kept = kept;
    this.#manager = manager;
    this.#client = jetstream(connection, { timeout: limits.storeSwapMs });
  }

  /** Tries until it can be used. @throws GatewayError for what only an operator can mend */
  static async open(options: BucketOptions & ReachOptions): Promise<FenceStream> {
    const kept = fenceStream(options);
    return new FenceStream(kept, await reachStream(kept, options));
  }

  write(
    shard: number,
    bytes: Uint8Array,
    expected: number,
    isOnly: boolean,
    then: (written: Written) => void,
  ): void {
    assert.ok(bytes.length <= limits.storeValueBytesMax, `a message of ${bytes.length} bytes`);
    void this.#write(this.#subject(shard), Uint8Array.from(bytes), expected, isOnly).then(then);
  }

  read(
    shard: number,
    from: number,
    to: number,
    then: (messages: readonly FenceMessage[] | undefined) => void,
  ): void {
    void this.#read(this.#subject(shard), from, to).then(then);
  }

  #subject(shard: number): string {
    return `${this.#kept.prefix}${shard}`;
  }

  async #write(subject: string, bytes: Uint8Array, expected: number, isOnly: boolean): Promise<Written> {
    const marks = headers();
    if (isOnly) marks.set("Nats-Rollup", "sub");
    try {
      const { seq } = await this.#client.publish(subject, bytes, {
        headers: marks,
        expect: { lastSubjectSequence: expected, streamName: this.#kept.stream },
      });
      return { kind: "written", number: seq };
    } catch (fault) {
      const conflict = conflictOf(fault);
      return conflict === undefined ? { kind: "unknown" } : { kind: "conflict", last: conflict.last };
    }
  }

  async #read(subject: string, from: number, to: number): Promise<readonly FenceMessage[] | undefined> {
    const messages: FenceMessage[] = [];
    const deadline = performance.now() + limits.fenceReadMs;
    for (let next = from; next <= to && performance.now() < deadline;) {
      const message = await this.#next(subject, next);
      if (message === undefined) {
        await delay(readAgainMs);
        continue;
      }
      if (message.seq > to) return undefined;
      messages.push({ number: message.seq, bytes: message.data });
      next = message.seq + 1;
    }
    return messages.at(-1)?.number === to ? messages : undefined;
  }

  async #next(subject: string, from: number): Promise<StoredMsg | undefined> {
    try {
      const query = { seq: from, next_by_subj: subject };
      return (await this.#manager.direct.getMessage(this.#kept.stream, query)) ?? undefined;
    } catch {
      return undefined; // no answer: asked again, until the time is over
    }
  }
}
