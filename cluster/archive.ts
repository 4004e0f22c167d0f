/**
 * The archive: what outlives an owner and its runner-up. Batches of what nodes journal and record (tail.ts), a line of them
 * for each process, and snapshots of shards (snapshots.ts). Port and the adapter for one process; adapters hold to one
 * suite (archive.cases.ts). Does not own what the bytes mean.
 *
 * A1. `then` is called exactly once, and never within the call.
 * A2. A batch that comes twice under its number stands once, or twice: readers tell it by the number. One that is
 *     acknowledged is read by whoever reads its line from then on, in the order in which batches were stored.
 * A3. A chunk takes the place of the one that its node had in that slot. One that is acknowledged is read from then on.
 * A4. What is read may lack what nobody has acknowledged, and what is too old. A reading that is not whole is undefined,
 *     but for a line that is cut at its end for its bytes, or because the store is slow.
 * A5. Who gives bytes does not write to them afterwards. A node writes its own lines and chunks only: who has written something is who may write there.
 */
import { limits } from "../protocol/limits.ts";

/** What one process has written. */
export interface Line {
  readonly node: string;
  /** A name that was never used before. */
  readonly process: string;
  /** Number of its last batch in the store. */
  readonly last: number;
}

export interface Kept {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

export interface KeptChunk {
  readonly node: string;
  readonly bytes: Uint8Array;
}

export interface Archive {
  /** @param number the batch's own; `then` is given its number in the store, or undefined when nothing was heard of it */
  append(process: string, number: number, bytes: Uint8Array, then: (sequence: number | undefined) => void): void; // prettier-ignore
  /** @param slot one token of A-Z, a-z, 0-9, "_" and "-" */
  save(shard: number, slot: string, bytes: Uint8Array, then: (isSaved: boolean) => void): void;
  /** Shards that have chunks, as it is at some moment from now on: thousands may have none. */
  shards(then: (shards: ReadonlySet<number> | undefined) => void): void;
  /** @param bytesMax a shard that has more is not read: part of it says nothing */
  chunks(shard: number, bytesMax: number, then: (chunks: readonly KeptChunk[] | undefined) => void): void;
  /** The latest first, at most limits.pastLinesMax. @param node only its */
  lines(node: string | undefined, then: (lines: readonly Line[] | undefined) => void): void;
  /** @param from number in the store; @param bytesMax beyond it the reading ends */
  line(line: Line, from: number, bytesMax: number, then: (batches: readonly Kept[] | undefined) => void): void; // prettier-ignore
}

export interface ArchiveLine {
  readonly node: string;
  readonly process: string;
  readonly batches: Kept[];
}

/** What nodes of one process share. */
export class MemoryArchive {
  readonly #later: (run: () => void) => void;
  readonly #lines = new Map<string, ArchiveLine>();
  readonly #chunks = new Map<number, Map<string, KeptChunk>>();
  #sequence = 0;

  /** @param later runs something after the current turn */
  constructor(later: (run: () => void) => void) {
    this.#later = later;
  }

  node(node: string): Archive {
    return {
      append: (process, number, bytes, then) => {
        const name = `${node} ${process}`;
        const line = this.#lines.get(name) ?? { node, process, batches: [] };
        this.#lines.set(name, line);
        const sequence = ++this.#sequence;
        line.batches.push({ sequence, bytes });
        this.#later(() => then(sequence));
      },
      save: (shard, slot, bytes, then) => {
        const chunks = this.#chunks.get(shard) ?? new Map<string, KeptChunk>();
        this.#chunks.set(shard, chunks.set(`${node} ${slot}`, { node, bytes }));
        this.#later(() => then(true));
      },
      shards: (then) => {
        const shards = new Set(this.#chunks.keys());
        this.#later(() => then(shards));
      },
      chunks: (shard, bytesMax, then) => {
        const chunks = within([...(this.#chunks.get(shard)?.values() ?? [])], bytesMax);
        this.#later(() => then(chunks));
      },
      lines: (only, then) => {
        const lines = latest([...this.#lines.values()].filter((line) => only === undefined || line.node === only)); // prettier-ignore
        this.#later(() => then(lines));
      },
      line: ({ node: writer, process }, from, bytesMax, then) => {
        const batches = cutAt(this.#lines.get(`${writer} ${process}`)?.batches ?? [], from, bytesMax);
        this.#later(() => then(batches));
      },
    };
  }
}

export function latest(lines: readonly ArchiveLine[]): Line[] {
  return lines
    .map(({ node, process, batches }) => ({ node, process, last: batches.at(-1)?.sequence ?? 0 }))
    .filter(({ last }) => last > 0)
    .sort((one, other) => other.last - one.last)
    .slice(0, limits.pastLinesMax);
}

/** All of them, or nothing. */
export function within(chunks: readonly KeptChunk[], bytesMax: number): readonly KeptChunk[] | undefined {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
  return bytes > bytesMax ? undefined : chunks;
}

/** From a number on, and no more than so many bytes. */
export function cutAt(batches: readonly Kept[], from: number, bytesMax: number): Kept[] {
  const taken: Kept[] = [];
  let bytes = 0;
  for (const batch of batches) {
    if (batch.sequence < from) continue;
    bytes += batch.bytes.length;
    if (bytes > bytesMax && taken.length > 0) break;
    taken.push(batch);
  }
  return taken;
}
