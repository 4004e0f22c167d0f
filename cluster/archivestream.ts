/**
 * The archive over NATS JetStream (archive.ts has its laws): a line is a subject of one stream, a chunk the last message of
 * a subject of another. Does not own the streams' settings (keptstream.ts), nor the connection.
 *
 * 1. A batch is published with its name, so that one that is sent again stands once.
 * 2. What the leader says is last is what a reading must come to: a copy has no message before it has all earlier ones. One
 *    that lags is asked again until limits.fenceReadMs are over.
 * 3. The node's name is in each subject that it may write (deploy/cluster/permissions.ts), so it cannot write as another.
 * 4. While there is no connection nothing is sent; a batch or a chunk is then one of which nothing was heard.
 */
import { jetstream, JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { JetStreamClient, JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../protocol/limits.ts";
import type { Archive, Kept, KeptChunk, Line } from "./archive.ts";
import { reachStream, snapshotStream, tailStream } from "./keptstream.ts";
import type { BucketOptions, KeptStream, Reached, ReachOptions } from "./keptstream.ts";

const readAgainMs = 20;
/** Messages that are asked for at once: some megabytes. */
const batchSize = 64;

export class ArchiveStream implements Archive {
  readonly #node: string;
  readonly #tails: KeptStream;
  readonly #chunks: KeptStream;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  private constructor(node: string, tails: KeptStream, chunks: KeptStream, { connection, manager }: Reached) {
    this.#node = node;
    this.#tails = tails;
    this.#chunks = chunks;
    this.#manager = manager;
    this.#client = jetstream(connection, { timeout: limits.storeSwapMs });
  }

  /** Tries until it can be used. @throws GatewayError for what only an operator can mend */
  static async open(node: string, options: BucketOptions & ReachOptions): Promise<ArchiveStream> {
    const [tails, chunks] = [tailStream(options), snapshotStream(options)];
    await reachStream(tails, options);
    return new ArchiveStream(node, tails, chunks, await reachStream(chunks, options));
  }

  /**
   * For reading alone: makes no stream that is missing.
   *
   * @throws GatewayError for what only an operator can mend
   */
  static async look(node: string, options: BucketOptions & ReachOptions): Promise<ArchiveStream> {
    const [tails, chunks] = [tailStream(options), snapshotStream(options)];
    return new ArchiveStream(
      node,
      tails,
      chunks,
      await reachStream(tails, { ...options, mustBeThere: true }),
    );
  }

  append(
    process: string,
    number: number,
    bytes: Uint8Array,
    then: (sequence: number | undefined) => void,
  ): void {
    // prettier-ignore
    const { prefix, stream } = this.#tails;
    const name = `${this.#node}.${process}`;
    void this.#publish(stream, prefix + name, bytes, `${name}.${number}`).then(then);
  }

  save(shard: number, slot: string, bytes: Uint8Array, then: (isSaved: boolean) => void): void {
    const { prefix, stream } = this.#chunks;
    const subject = `${prefix}${shard}.${this.#node}.${slot}`;
    void this.#publish(stream, subject, bytes, undefined).then((sequence) => then(sequence !== undefined));
  }

  shards(then: (shards: ReadonlySet<number> | undefined) => void): void {
    void this.#shards().then(then);
  }

  chunks(shard: number, bytesMax: number, then: (chunks: readonly KeptChunk[] | undefined) => void): void {
    const { prefix, stream } = this.#chunks;
    void this.#readAll(stream, `${prefix}${shard}.>`, { from: 1, bytesMax, beyond: "whole" }).then(
      (messages) =>
      then(messages?.map(({ subject, data }) => ({ node: subject.slice(prefix.length).split(".")[1] ?? "", bytes: data }))), // prettier-ignore
    );
  }

  lines(node: string | undefined, then: (lines: readonly Line[] | undefined) => void): void {
    void this.#lines(node).then(then);
  }

  line(
    { node, process, last }: Line,
    from: number,
    bytesMax: number,
    then: (batches: readonly Kept[] | undefined) => void,
  ): void {
    // prettier-ignore
    const { prefix, stream } = this.#tails;
    // What is last was the leader's word when the line was found: it is not asked for once more.
    void this.#readAll(stream, `${prefix}${node}.${process}`, { from, bytesMax, beyond: "cut", last }).then(
      (messages) => then(messages?.map(({ seq, data }) => ({ sequence: seq, bytes: data }))),
    );
  }

  async #publish(
    stream: string,
    subject: string,
    bytes: Uint8Array,
    msgID: string | undefined,
  ): Promise<number | undefined> {
    // prettier-ignore
    assert.ok(bytes.length <= limits.storeValueBytesMax, `a message of ${bytes.length} bytes`);
    const marks = headers();
    if (msgID !== undefined) marks.set("Nats-Msg-Id", msgID);
    try {
      const { seq } = await this.#client.publish(subject, bytes, {
        ...(msgID === undefined ? {} : { headers: marks }),
        expect: { streamName: stream },
      });
      return seq;
    } catch {
      return undefined; // not stored, or not heard of: it is sent again, and its number tells
    }
  }

  async #lines(node: string | undefined): Promise<readonly Line[] | undefined> {
    const { prefix, stream } = this.#tails;
    try {
      const filter = node === undefined ? `${prefix}>` : `${prefix}${node}.*`;
      const { state } = await this.#manager.streams.info(stream, { subjects_filter: filter });
      const names = Object.keys(state.subjects ?? {});
      const lines: Line[] = [];
      for (let at = 0; at < names.length; at += batchSize) {
        const asked = names.slice(at, at + batchSize).map(async (subject) => {
          const last = await this.#last(stream, subject);
          const [writer = "", process = ""] = subject.slice(prefix.length).split(".");
          if (last !== undefined) lines.push({ node: writer, process, last });
        });
        await Promise.all(asked);
      }
      return lines.sort((one, other) => other.last - one.last).slice(0, limits.pastLinesMax);
    } catch {
      return undefined;
    }
  }

  /** The leader's word, so what was acknowledged is in it. */
  async #shards(): Promise<ReadonlySet<number> | undefined> {
    const { prefix, stream } = this.#chunks;
    try {
      const { state } = await this.#manager.streams.info(stream, { subjects_filter: `${prefix}>` });
      return new Set(Object.keys(state.subjects ?? {}).map((subject) => Number.parseInt(subject.slice(prefix.length), 10))); // prettier-ignore
    } catch {
      return undefined;
    }
  }

  /** What the leader has last under a subject; undefined: nothing. @throws what it says else */
  async #last(stream: string, subject: string): Promise<number | undefined> {
    try {
      return (await this.#manager.streams.getMessage(stream, { last_by_subj: subject }))?.seq;
    } catch (fault) {
      if (fault instanceof JetStreamApiError && fault.code === JetStreamApiCodes.NoMessageFound) return undefined; // prettier-ignore
      throw fault;
    }
  }

  async #readAll(
    stream: string,
    subject: string,
    { from, bytesMax, beyond, last: known }: { readonly from: number; readonly bytesMax: number; readonly beyond: "whole" | "cut"; readonly last?: number }, // prettier-ignore
  ): Promise<StoredMsg[] | undefined> {
    const messages: StoredMsg[] = [];
    const deadline = performance.now() + limits.fenceReadMs;
    let bytes = 0;
    try {
      let last = known ?? (await this.#last(stream, subject));
      if (last === undefined) return messages;
      for (let next = from; next <= last;) {
        if (performance.now() >= deadline)
          return beyond === "cut" && messages.length > 0 ? messages : undefined;
        const some = await this.#some(stream, subject, next);
        for (const message of some) {
          bytes += message.data.length;
          if (bytes > bytesMax && beyond === "whole") return undefined;
          if (bytes > bytesMax && messages.length > 0) return messages;
          messages.push(message);
          next = message.seq + 1;
        }
        if (some.length > 0) continue;
        await delay(readAgainMs);
        // It may be gone, or written over.
        last = (await this.#last(stream, subject)) ?? 0;
      }
      return messages;
    } catch {
      return undefined;
    }
  }

  /** The next ones at whichever copy answers; none where it has none, or says nothing. */
  async #some(stream: string, subject: string, from: number): Promise<StoredMsg[]> {
    const some: StoredMsg[] = [];
    try {
      const query = { seq: from, next_by_subj: subject, batch: batchSize };
      for await (const message of await this.#manager.direct.getBatch(stream, query)) some.push(message);
    } catch {
      // A copy that has no more of them: asked again, until the time is over.
    }
    return some;
  }
}
