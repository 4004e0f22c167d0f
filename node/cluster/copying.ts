/**
 * This node's copies in the store (cluster/archive.ts): what it journals and records, from its first record on, and snapshots
 * of the shards that it owns. Owns when the archive is opened and what operators are told of it. Does not own what is
 * copied (cluster/tail.ts, cluster/snapshots.ts).
 *
 * P1. Nothing waits for it. While there is no archive, because NATS is away or refuses its streams, the node serves all the
 *     same: copies wait, bounded, and what is dropped is counted.
 */
import type { AnyEvent } from "../../actors/roster.ts";
import type { Archive } from "../../cluster/archive.ts";
import { ArchiveStream } from "../../cluster/archivestream.ts";
import type { BucketOptions, ReachOptions } from "../../cluster/keptstream.ts";
import type { TurnEntry } from "../../cluster/journal.ts";
import type { KeptPast } from "../../cluster/past.ts";
import { PastReader } from "../../cluster/pastreader.ts";
import { Snapshots } from "../../cluster/snapshots.ts";
import { Tail } from "../../cluster/tail.ts";
import type { TailTurn } from "../../cluster/tailbatch.ts";
import { limits } from "../../protocol/limits.ts";
import type { SessionHost } from "../exchange/governor.ts";
import { packEvent, unpackEvent } from "./eventcodec.ts";
import type { NodePeer } from "./nodepeer.ts";

/** How it stands with copies, for operators. */
export interface CopyingStanding {
  /** "waiting": the archive was not reached yet; "refused": only an operator can mend it. */
  readonly archive: "open" | "waiting" | "refused";
  /** Entries that the store has taken, and those that were dropped because it did not. */
  readonly copied: number;
  readonly dropped: number;
  readonly waitingBytes: number;
  /** Sessions' states that the store has taken. */
  readonly snapshots: number;
  /** Epochs of shards with a lost past that more than one process has written under. */
  readonly contested: number;
}

export class Copying {
  readonly tail = new Tail<AnyEvent>(packEvent);
  /** This process, as its folder of records is named. */
  readonly process: string;
  #archive: Archive | undefined;
  #reader: PastReader<AnyEvent> | undefined;
  #snapshots: Snapshots<AnyEvent> | undefined;
  #isRefused = false;
  #timer: NodeJS.Timeout | undefined;
  #moved: () => void = () => undefined;

  constructor(process: string) {
    this.process = process;
  }

  /** From now on there are shards that this node owns. */
  join(peer: Pick<NodePeer, "machine" | "give">, host: SessionHost): void {
    this.#moved = () => peer.give({ kind: "restoring" });
    this.#snapshots = new Snapshots({
      process: this.process,
      owned: () => peer.machine.owned,
      holding: (shard) => peer.machine.holding(shard),
      pack: (key) => host.pack(key),
      number: () => this.tail.number,
      cover: (number) => this.tail.cover(number),
      save: (shard, slot, bytes, then) => {
        if (this.#archive === undefined) setImmediate(then, false);
        else this.#archive.save(shard, slot, bytes, then);
      },
    });
  }

  /** A turn of a session that this node owns. */
  turned(entry: TurnEntry<AnyEvent>, cited: TailTurn<AnyEvent>["cited"]): void {
    // First the snapshots: they ask in which batch it will stand.
    this.#snapshots?.turned(entry, performance.now());
    this.tail.turn(entry, cited);
  }

  /** What the archive has of a shard whose past is lost. */
  restore(shard: number, then: (kept: KeptPast<AnyEvent> | undefined) => void): void {
    if (this.#reader === undefined) setImmediate(then, undefined);
    else this.#reader.read(shard, then);
  }

  /** Opens the archive, for as long as it takes. */
  open(node: string, options: BucketOptions & ReachOptions): void {
    this.#timer = setInterval(() => this.#beat(performance.now()), limits.clusterTickMs);
    void this.#open(node, options);
  }

  get standing(): CopyingStanding {
    const { entries, dropped } = this.tail.figures;
    const archive = this.#archive !== undefined ? "open" : this.#isRefused ? "refused" : "waiting";
    return { archive, copied: entries, dropped, waitingBytes: this.tail.waitingBytes, snapshots: this.#snapshots?.figures.states ?? 0, contested: this.#reader?.figures.contested ?? 0 }; // prettier-ignore
  }

  /** What there is leaves, and is waited for, a little. */
  async leave(): Promise<void> {
    this.tail.flush();
    const end = performance.now() + limits.storeSwapMs;
    while (this.#archive !== undefined && this.tail.waitingBytes > 0 && performance.now() < end)
      await new Promise((done) => setTimeout(done, limits.clusterTickMs / 4));
    clearInterval(this.#timer);
  }

  #beat(now: number): void {
    if (this.#archive !== undefined) this.#snapshots?.tick(now);
    this.tail.tick(now);
  }

  async #open(node: string, options: BucketOptions & ReachOptions): Promise<void> {
    try {
      const archive = await ArchiveStream.open(node, options);
      this.#archive = archive;
      this.#reader = new PastReader(archive, unpackEvent, {
        alarm: options.report,
        moved: () => this.#moved(),
        later: setImmediate,
      });
      this.tail.join((number, bytes, then) => archive.append(this.process, number, bytes, then));
    } catch (fault) {
      if (options.signal?.aborted === true) return;
      this.#isRefused = true;
      options.report(`nothing of this node is copied to the store: ${fault instanceof Error ? fault.message : String(fault)}`); // prettier-ignore
    }
  }
}
