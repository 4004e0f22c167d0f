/**
 * Reads from the archive what it has of shards whose past is lost. Owns what is asked of it at once, and which batches of a
 * process count. Does not own which of it counts for a shard (past.ts).
 *
 * R1. Of each process's batches those count that follow what its snapshots cover without a gap; one that came twice
 *     counts once. Behind a gap nothing does.
 * R2. Lines are read limits.pastLinesAtOnceMax at a time, page by page. A line is read on from where it was read to: the one of this very process grows all the while, and a store that is slow
 *     gives a part at a time. It is read anew when its snapshots cover what was missing.
 * R3. Which shards have snapshots is asked once for all that wait; of those that have any limits.pastShardsMax are read at once,
 *     each up to limits.pastShardBytesMax, in the order in which they were asked for.
 * R4. What cannot be read is undefined, and may be asked for again. Bytes that are no batch and no chunk are left out.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Archive, Line } from "./archive.ts";
import { contestedEpochs } from "./past.ts";
import type { KeptPast } from "./past.ts";
import { decodeChunk } from "./snapshotchunk.ts";
import { decodeBatch } from "./tailbatch.ts";
import type { Batch, TailTurn } from "./tailbatch.ts";

type Then<Event extends ActorEvent> = (kept: KeptPast<Event> | undefined) => void;

interface Asked<Event extends ActorEvent> {
  readonly shard: number;
  readonly then: Then<Event>;
}

/** Of one process, as it was read. */
interface ReadLine<Event extends ActorEvent> {
  readonly last: number;
  readonly bytes: number;
  /** Number of the last batch that counts; those behind it wait for what is missing. */
  readonly end: number;
  readonly loose: readonly Batch<Event>[];
  readonly turns: Map<number, TailTurn<Event>[]>;
}

export interface PastReaderPorts {
  readonly alarm: (says: string) => void;
  /** Something came, and more is to come. */
  readonly moved: () => void;
  /** Runs something after what is under way: thousands of shards are asked for in one go. */
  readonly later: (run: () => void) => void;
}

/** Lines that are being read. */
interface Reading {
  readonly lines: Line[];
  bytesLeft: number;
  underWay: number;
  hasFailed: boolean;
  readonly then: (isRead: boolean) => void;
}

export class PastReader<Event extends ActorEvent> {
  readonly #archive: Archive;
  readonly #unpack: (event: Uint8Array) => Event | undefined;
  readonly #ports: PastReaderPorts;
  #waiting: Asked<Event>[] = [];
  #isReading = false;
  readonly #lines = new Map<string, ReadLine<Event>>();
  #toRead: Asked<Event>[] = [];
  #underWay = 0;
  readonly figures = { contested: 0 };

  constructor(archive: Archive, unpack: (event: Uint8Array) => Event | undefined, ports: PastReaderPorts) {
    this.#archive = archive;
    this.#unpack = unpack;
    this.#ports = ports;
  }

  /** `then` is called once, and never within. */
  read(shard: number, then: Then<Event>): void {
    this.#waiting.push({ shard, then });
    if (this.#waiting.length === 1) this.#ports.later(() => this.#begin());
  }

  /** One after the other: who comes meanwhile needs what the lines have then. */
  #begin(): void {
    if (this.#isReading || this.#waiting.length === 0) return;
    this.#isReading = true;
    const asked = this.#waiting;
    this.#waiting = [];
    this.#archive.lines(undefined, (lines) => {
      if (lines === undefined) return this.#end(asked, false);
      this.#ports.moved();
      const then = (isRead: boolean): void => this.#end(asked, isRead);
      this.#readLines({ lines: [...lines], bytesLeft: limits.pastBytesMax, underWay: 0, hasFailed: false, then }); // prettier-ignore
    });
  }

  #end(asked: readonly Asked<Event>[], isRead: boolean): void {
    if (!isRead) return this.#give(asked, undefined);
    this.#archive.shards((shards) => this.#give(asked, shards));
  }

  #give(asked: readonly Asked<Event>[], shards: ReadonlySet<number> | undefined): void {
    this.#isReading = false;
    for (const each of asked)
      if (shards?.has(each.shard) === true) this.#toRead.push(each);
      else each.then(shards && this.#kept(each.shard, []));
    this.#readShards();
    this.#begin();
  }

  #readShards(): void {
    while (this.#underWay < limits.pastShardsMax) {
      const asked = this.#toRead.shift();
      if (asked === undefined) return;
      const { shard, then } = asked;
      this.#underWay++;
      this.#archive.chunks(shard, limits.pastShardBytesMax, (chunks) => {
        this.#underWay--;
        then(chunks && this.#kept(shard, chunks));
        this.#readShards();
      });
    }
  }

  #kept(
    shard: number,
    chunks: readonly { readonly node: string; readonly bytes: Uint8Array }[],
  ): KeptPast<Event> {
    // prettier-ignore
    const turns = [...this.#lines].flatMap(([writer, line]) =>
      (line.turns.get(shard) ?? []).map((turn) => ({ ...turn, writer })),
    );
    const sound = chunks.flatMap(({ node, bytes }) => {
      const chunk = decodeChunk(bytes);
      return chunk?.shard === shard ? [{ ...chunk, writer: `${node} ${chunk.process}` }] : [];
    });
    const kept = { chunks: sound, turns };
    for (const [epoch, writers] of contestedEpochs(kept)) {
      this.figures.contested++;
      this.#ports.alarm(`of shard ${shard} more than one process has written copies under epoch ${epoch} (${[...writers].join(", ")}): one of them was no owner, or the store was rolled back; nothing of that epoch is rebuilt. Whose keys these are, and what its own log says of that time, is to be found out`); // prettier-ignore
    }
    return kept;
  }

  #readLines(reading: Reading): void {
    while (!reading.hasFailed && reading.bytesLeft > 0 && reading.underWay < limits.pastLinesAtOnceMax) {
      const line = reading.lines.shift();
      if (line === undefined) break;
      const known = this.#lines.get(nameOf(line));
      if (known?.last === line.last) reading.bytesLeft -= known.bytes;
      else {
        reading.underWay++;
        this.#readHead(reading, line, known);
      }
    }
    if (reading.underWay === 0) reading.then(!reading.hasFailed);
  }

  /** Its last batch says from where on the others are needed. */
  #readHead(reading: Reading, line: Line, known: ReadLine<Event> | undefined): void {
    this.#archive.line(line, line.last, limits.pastPageBytes, (tail) => {
      const head = tail?.at(-1);
      if (head === undefined) return this.#lineEnded(reading, false);
      this.#ports.moved();
      const { covered = 0, sequence = 0 } = decodeBatch(head.bytes, this.#unpack) ?? {};
      const before = known !== undefined && known.end >= covered ? known : undefined;
      reading.bytesLeft -= before?.bytes ?? 0;
      this.#readPage(reading, line, covered, before === undefined ? sequence : before.last + 1, before);
    });
  }

  #readPage(
    reading: Reading,
    line: Line,
    covered: number,
    from: number,
    before: ReadLine<Event> | undefined,
  ): void {
    const bytesMax = Math.max(1, Math.min(limits.pastPageBytes, reading.bytesLeft));
    this.#archive.line(line, from, bytesMax, (batches) => {
      if (batches === undefined) return this.#lineEnded(reading, false);
      const read = batches.flatMap(({ bytes }) => decodeBatch(bytes, this.#unpack) ?? []);
      const added = batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const last = batches.at(-1)?.sequence ?? line.last;
      const now = { ...joined(before, read, covered), last, bytes: added + (before?.bytes ?? 0) };
      this.#lines.set(nameOf(line), now);
      reading.bytesLeft -= added;
      if (added > 0) this.#ports.moved();
      if (last < line.last && reading.bytesLeft > 0) this.#readPage(reading, line, covered, last + 1, now);
      else this.#lineEnded(reading, true);
    });
  }

  #lineEnded(reading: Reading, isRead: boolean): void {
    reading.underWay--;
    if (!isRead) reading.hasFailed = true;
    this.#readLines(reading);
  }
}

function nameOf({ node, process }: Line): string {
  return `${node} ${process}`;
}

/** What was read before, and what comes behind it. */
function joined<Event extends ActorEvent>(
  before: ReadLine<Event> | undefined,
  read: readonly Batch<Event>[],
  covered: number,
): Pick<ReadLine<Event>, "end" | "loose" | "turns"> {
  const all = [...(before?.loose ?? []), ...read];
  const begin = before?.end ?? covered;
  const following = unbroken(all, begin);
  const end = following.at(-1)?.number ?? begin;
  const turns = before?.turns ?? new Map<number, TailTurn<Event>[]>();
  for (const turn of following.flatMap((batch) => batch.turns)) {
    const known = turns.get(turn.entry.shard);
    if (known === undefined) turns.set(turn.entry.shard, [turn]);
    else known.push(turn);
  }
  return { end, loose: all.filter(({ number }) => number > end), turns };
}

/** The batches that follow one number without a gap (R1). */
function unbroken<Event extends ActorEvent>(
  batches: readonly Batch<Event>[],
  covered: number,
): Batch<Event>[] {
  const byNumber = new Map(batches.map((batch) => [batch.number, batch]));
  const following: Batch<Event>[] = [];
  for (let next = covered + 1; ; next++) {
    const batch = byNumber.get(next);
    if (batch === undefined) return following;
    following.push(batch);
  }
}
