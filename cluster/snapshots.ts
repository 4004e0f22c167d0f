/**
 * Snapshots: the states of a shard's actors as its owner has them, in chunks that the archive keeps, only of actors that
 * have changed. Owns what is due, and in which slot it goes. Does not own where chunks stand (archive.ts), nor what is
 * rebuilt from them (past.ts).
 *
 * S1. An actor that had a journalled turn is written within snapshotMs, and again until the store has acknowledged it. All of a
 *     shard that has a new owner, and one that was not written for snapshotRefreshMs.
 * S2. All states of a chunk are of one place in the shard's chain: what stands behind it in the tail is not in them, and
 *     what stands before is.
 * S3. Slots are taken in turn. An actor whose last acknowledged state is in the slot that is to be written over goes into
 *     the new chunk too, so there is always an acknowledged state of it, from its first one on.
 * S4. The tail is told up to which batch everything is in chunks that are acknowledged.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Holding } from "./holding.ts";
import type { TurnEntry } from "./journal.ts";
import type { OperationRow } from "./operations.ts";
import { encodeChunk, packActor } from "./snapshotchunk.ts";

export interface SnapshotPorts {
  readonly process: string;
  readonly owned: () => Iterable<Holding>;
  readonly holding: (shard: number) => Holding | undefined;
  readonly pack: (key: string) => Uint8Array | undefined;
  /** The batch of the tail that is being filled. */
  readonly number: () => number;
  readonly cover: (number: number) => void;
  readonly save: (shard: number, slot: string, bytes: Uint8Array, then: (isSaved: boolean) => void) => void;
}

interface Put {
  readonly slot: number;
  /** Which chunk it was, of all. */
  readonly serial: number;
}

interface ShardSnapshot {
  readonly epoch: number;
  /** Actors to be written, with the first batch that has something of them that no acknowledged chunk has. */
  readonly dirty: Map<string, number>;
  /** The last acknowledged chunk of each actor. */
  readonly put: Map<string, Put>;
  next: number;
  count: number;
  dueAt: number;
  refreshAt: number;
}

/** A chunk that is on its way. */
interface UnderWay {
  readonly kept: ShardSnapshot;
  readonly put: Put;
  /** Its actors, with the first batch of what only this chunk has. */
  readonly actors: ReadonlyMap<string, number>;
}

const scanMs = 1_000;
/** For what a chunk has beside states. */
const headBytesMax = 1_024;

export class Snapshots<Event extends ActorEvent> {
  readonly #ports: SnapshotPorts;
  readonly #shards = new Map<number, ShardSnapshot>();
  /** Shards with actors that are to be written. */
  readonly #waiting = new Set<number>();
  readonly #underWay = new Set<UnderWay>();
  #serial = 0;
  #scanAt = 0;
  readonly figures = { chunks: 0, states: 0, failed: 0, tooLarge: 0 };

  constructor(ports: SnapshotPorts) {
    this.#ports = ports;
  }

  /** A turn was journalled, and stands in the batch that is being filled. */
  turned({ shard, key, epoch }: TurnEntry<Event>, now: number): void {
    const kept = this.#of(shard, epoch, now);
    if (kept.dirty.has(key)) return;
    if (kept.dirty.size === 0) kept.dueAt = Math.max(kept.dueAt, now + limits.snapshotMs / 2);
    kept.dirty.set(key, this.#ports.number());
    this.#waiting.add(shard);
  }

  tick(now: number): void {
    if (now >= this.#scanAt) this.#scan(now);
    let left: number = limits.snapshotStatesPerTickMax;
    for (const shard of this.#waiting) {
      if (left <= 0 || this.#underWay.size >= limits.snapshotsUnderWayMax) return;
      const holding = this.#ports.holding(shard);
      const kept = this.#shards.get(shard);
      if (
        holding === undefined ||
        kept === undefined ||
        holding.epoch !== kept.epoch ||
        kept.dirty.size === 0
      )
        this.#waiting.delete(shard); // prettier-ignore
      else if (now >= kept.dueAt) left -= this.#write(holding, kept, left, now);
    }
  }

  /** What is owned here now, and what was not written for long; then how far everything is written. */
  #scan(now: number): void {
    this.#scanAt = now + scanMs;
    for (const [shard, { epoch }] of this.#shards) if (this.#ports.holding(shard)?.epoch !== epoch) this.#shards.delete(shard); // prettier-ignore
    for (const holding of this.#ports.owned()) {
      const { shard, keys } = holding;
      if (keys.size === 0) continue;
      const kept = this.#of(shard, holding.epoch, now);
      if (now < kept.refreshAt) continue;
      kept.refreshAt = now + limits.snapshotRefreshMs;
      for (const key of keys) if (!kept.dirty.has(key)) kept.dirty.set(key, this.#ports.number());
      this.#waiting.add(shard);
    }
    let first = this.#ports.number();
    for (const { dirty } of this.#shards.values()) for (const since of dirty.values()) if (since < first) first = since; // prettier-ignore
    for (const { actors } of this.#underWay) for (const since of actors.values()) if (since < first) first = since; // prettier-ignore
    this.#ports.cover(first - 1);
  }

  #of(shard: number, epoch: number, now: number): ShardSnapshot {
    const known = this.#shards.get(shard);
    if (known?.epoch === epoch) return known;
    const kept = { epoch, dirty: new Map(), put: new Map(), next: 0, count: limits.snapshotSlotsMin, dueAt: now, refreshAt: 0 }; // prettier-ignore
    this.#shards.set(shard, kept);
    return kept;
  }

  /** @returns how many states were packed */
  #write(holding: Holding, kept: ShardSnapshot, statesMax: number, now: number): number {
    const operations = Map.groupBy(holding.operations.rows(), ({ key }) => key);
    let states = 0;
    while (kept.dirty.size > 0 && states < statesMax && this.#underWay.size < limits.snapshotsUnderWayMax)
      states += this.#chunk(holding, kept, operations);
    if (kept.dirty.size === 0) kept.dueAt = now + limits.snapshotMs;
    return states;
  }

  #chunk(holding: Holding, kept: ShardSnapshot, operations: ReadonlyMap<string, OperationRow[]>): number {
    const slot = kept.next;
    kept.next = (kept.next + 1) % kept.count;
    const carried = new Set<string>();
    for (const [key, put] of kept.put) if (put.slot === slot) carried.add(key);
    const packed: Uint8Array[] = [];
    const actors = new Map<string, number>();
    let bytes = 0;
    for (const key of new Set([...carried, ...kept.dirty.keys()])) {
      if (bytes >= limits.snapshotBytesMax && !carried.has(key)) break;
      const actor = this.#actor(key, operations);
      if (actor === undefined) kept.dirty.delete(key);
      if (actor === undefined) continue;
      if (bytes + actor.length > limits.storeValueBytesMax - headBytesMax) {
        if (!carried.has(key)) break;
        // They have grown: the slot stays as it is until they are elsewhere.
        for (const each of carried) if (!kept.dirty.has(each)) kept.dirty.set(each, this.#ports.number());
        kept.count = Math.min(limits.snapshotSlotsMax, kept.count + 1);
        return 1;
      }
      packed.push(actor);
      bytes += actor.length;
      actors.set(key, kept.dirty.get(key) ?? Number.POSITIVE_INFINITY);
    }
    for (const key of actors.keys()) kept.dirty.delete(key);
    if (packed.length === 0) return 1;
    const needed = 2 * Math.ceil((holding.keys.size * (bytes / packed.length)) / limits.snapshotBytesMax);
    kept.count = Math.min(limits.snapshotSlotsMax, Math.max(kept.count, needed));
    this.#send(holding, { kept, put: { slot, serial: ++this.#serial }, actors }, packed);
    return packed.length;
  }

  #actor(key: string, operations: ReadonlyMap<string, OperationRow[]>): Uint8Array | undefined {
    const bytes = this.#ports.pack(key);
    if (bytes === undefined) return undefined;
    const actor = packActor({ key, bytes, operations: operations.get(key) ?? [] });
    if (actor.length <= limits.storeValueBytesMax - headBytesMax) return actor;
    this.figures.tooLarge++;
    return undefined;
  }

  #send({ shard, epoch, n, cited }: Holding, chunk: UnderWay, packed: readonly Uint8Array[]): void {
    this.#underWay.add(chunk);
    const message = encodeChunk({ shard, epoch, n, cited, process: this.#ports.process }, packed);
    this.#ports.save(shard, `${this.#ports.process}-${epoch}-${chunk.put.slot}`, message, (isSaved) =>
      this.#saved(shard, chunk, isSaved),
    );
  }

  #saved(shard: number, chunk: UnderWay, isSaved: boolean): void {
    const { kept, put, actors } = chunk;
    this.#underWay.delete(chunk);
    this.figures[isSaved ? "chunks" : "failed"]++;
    if (isSaved) this.figures.states += actors.size;
    for (const [key, since] of actors) {
      if (isSaved && put.serial > (kept.put.get(key)?.serial ?? 0)) kept.put.set(key, put);
      else if (!isSaved) kept.dirty.set(key, Math.min(since, kept.dirty.get(key) ?? since));
    }
    if (!isSaved) this.#waiting.add(shard);
  }
}
