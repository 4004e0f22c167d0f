/**
 * Whether the chain of each shard goes on without a gap in the records that are read. What happened in a gap (a segment that was taken
 * away, a shard that another node of the cluster had meanwhile) is not known to who reads on. Does not judge who broke one:
 * `gatehouse audit verify` does.
 *
 * C1. Within an epoch its lines are numbered; the first line of a new one names the hash of the last line before it, the very first
 *     names none.
 */
import type { RecordLine } from "../../protocol/record.ts";
import { lineHash } from "../record/line.ts";

export class Chains {
  readonly #last = new Map<number, RecordLine>();
  readonly #breaks = new Map<number, number>();

  /** @returns how often the chain of its shard has broken up to this record; 0 where all of it is here from the beginning */
  take(record: RecordLine): number {
    const { shard } = record;
    const last = this.#last.get(shard);
    this.#last.set(shard, record);
    const before = this.#breaks.get(shard) ?? 0;
    if (follows(record, last)) return before;
    this.#breaks.set(shard, before + 1);
    return before + 1;
  }
}

function follows({ epoch, n, prev }: RecordLine, last: RecordLine | undefined): boolean {
  if (last === undefined) return prev === "";
  if (epoch === last.epoch) return n === last.n + 1;
  // Read and written again, a line is the same text (record/line.ts).
  return n === 1 && prev === lineHash(JSON.stringify(last));
}
