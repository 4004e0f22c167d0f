/**
 * The simulated archive: one history of lines and chunks, with a leader that may be lost, writes of which nothing is heard,
 * that come late or twice, and a roll-back to an earlier moment. Knows, for a story, how to lose a batch for good.
 */
import type { AnyEvent } from "../../actors/roster.ts";
import { cutAt, latest, within } from "../../cluster/archive.ts";
import type { Archive, ArchiveLine, KeptChunk } from "../../cluster/archive.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { Link } from "./simstore.ts";

const askTimeoutMs = 2_000;
/** How long batches are kept: restores need seconds of them. */
const keptMs = 90_000;

interface Stored {
  readonly at: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

interface StoredLine extends ArchiveLine {
  readonly batches: Stored[];
}

interface StoredChunk extends KeptChunk {
  readonly at: number;
  readonly before: StoredChunk | undefined;
}

export class SimArchive {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #lines = new Map<string, StoredLine>();
  readonly #chunks = new Map<number, Map<string, StoredChunk>>();
  #sequence = 0;
  #leaderlessUntil = 0;
  /** Shares of writes that are lost, of those of which nothing is heard, that come twice; and of readings that fail. */
  weather = { lost: 0.01, answers: 0.01, twice: 0.02, readings: 0.02 };
  /** A story's: batches that never get here. */
  refuses: (process: string, number: number) => boolean = () => false;
  /** A story's: nodes whose snapshots never get here. */
  refusesChunks: (node: string) => boolean = () => false;
  /** Told of each chunk that its writer is told of. */
  onSaved: (bytes: Uint8Array) => void = () => undefined;
  /** A story's: how long each reading takes at least. */
  readMs = 0;
  readonly figures = { batches: 0, chunks: 0 };

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  node(node: string, link: Link): Archive {
    return {
      append: (process, number, bytes, then) => {
        if (this.refuses(process, number)) return this.#schedule.after(askTimeoutMs, () => then(undefined));
        this.#write(link, then, () => this.#append(node, process, bytes));
      },
      save: (shard, slot, bytes, then) => {
        if (this.refusesChunks(node)) return this.#schedule.after(askTimeoutMs, () => then(false));
        const told = (isSaved: true | undefined): void => {
          if (isSaved === true) this.onSaved(bytes);
          then(isSaved === true);
        };
        this.#write(link, told, () => this.#save(node, shard, slot, bytes));
      },
      shards: (then) => this.#read(link, then, () => new Set([...this.#chunks].filter(([, { size }]) => size > 0).map(([shard]) => shard))), // prettier-ignore
      chunks: (shard, bytesMax, then) => this.#read(link, then, () => within([...(this.#chunks.get(shard)?.values() ?? [])], bytesMax)), // prettier-ignore
      lines: (only, then) => this.#read(link, then, () => latest([...this.#lines.values()].filter((line) => only === undefined || line.node === only))), // prettier-ignore
      line: (line, from, bytesMax, then) => this.#read(link, then, () => cutAt(this.#lines.get(`${line.node} ${line.process}`)?.batches ?? [], from, bytesMax)), // prettier-ignore
    };
  }

  loseLeader(ms: number): void {
    this.#leaderlessUntil = Math.max(this.#leaderlessUntil, this.#schedule.now + ms);
  }

  /** The snapshots of a shard that stand now. */
  standing(shard: number): Uint8Array[] {
    return [...(this.#chunks.get(shard)?.values() ?? [])].map(({ bytes }) => bytes);
  }

  /** Goes back to what stood some time ago. */
  rollBack(ms: number): void {
    // Before the beginning there was nothing to keep.
    const to = Math.max(0, this.#schedule.now - ms);
    for (const { batches } of this.#lines.values()) while ((batches.at(-1)?.at ?? 0) > to) batches.pop();
    for (const chunks of this.#chunks.values())
      for (const [slot, chunk] of chunks) {
        let then: StoredChunk | undefined = chunk;
        while (then !== undefined && then.at > to) then = then.before;
        if (then === undefined) chunks.delete(slot);
        else chunks.set(slot, then);
      }
  }

  #append(node: string, process: string, bytes: Uint8Array): number {
    const name = `${node} ${process}`;
    const line = this.#lines.get(name) ?? { node, process, batches: [] };
    this.#lines.set(name, line);
    const { now } = this.#schedule;
    while ((line.batches[0]?.at ?? now) < now - keptMs) line.batches.shift();
    line.batches.push({ at: now, sequence: ++this.#sequence, bytes });
    this.figures.batches++;
    return this.#sequence;
  }

  #save(node: string, shard: number, slot: string, bytes: Uint8Array): true {
    const chunks = this.#chunks.get(shard) ?? new Map<string, StoredChunk>();
    const known = chunks.get(slot);
    const before = known === undefined ? undefined : { ...known, before: undefined };
    this.#chunks.set(shard, chunks.set(slot, { at: this.#schedule.now, node, bytes, before }));
    this.figures.chunks++;
    return true;
  }

  #write<Result>(link: Link, then: (result: Result | undefined) => void, apply: () => Result): void {
    let isDone = false;
    const finish = (result: Result | undefined): void => {
      if (isDone) return;
      isDone = true;
      then(result);
    };
    this.#schedule.after(askTimeoutMs, () => finish(undefined));
    if (link.isCut || this.#random.chance(this.weather.lost)) return;
    const now = (): void => {
      const result = apply();
      if (this.#random.chance(this.weather.twice)) apply();
      if (!link.isCut && !this.#random.chance(this.weather.answers)) this.#schedule.after(this.#hop(), () => finish(result)); // prettier-ignore
    };
    this.#schedule.after(this.#hop(), () => {
      if (this.#schedule.now >= this.#leaderlessUntil) return now();
      // Some are lost with their leader; some the next one finds.
      if (this.#random.chance(0.5)) this.#schedule.at(this.#leaderlessUntil + this.#hop(), now);
    });
  }

  #read<Result>(
    link: Link,
    then: (result: Result | undefined) => void,
    look: () => Result | undefined,
  ): void {
    const fails = link.isCut || this.#random.chance(this.weather.readings) || this.#schedule.now < this.#leaderlessUntil; // prettier-ignore
    this.#schedule.after(fails ? askTimeoutMs : this.readMs + this.#hop() + this.#hop(), () =>
      then(fails || link.isCut ? undefined : look()),
    );
  }

  #hop(): number {
    return this.#random.between(0.3, 3);
  }
}

/** Events as bytes without the cost of packing them: which of the last ones it is. */
export class EventTable {
  readonly #events: AnyEvent[] = [];
  #count = 0;
  readonly #size = 1 << 18;

  readonly pack = (event: AnyEvent): Uint8Array => {
    const bytes = Buffer.alloc(6);
    bytes.writeUIntLE(this.#count, 0, 6);
    this.#events[this.#count++ % this.#size] = event;
    return bytes;
  };

  readonly unpack = (bytes: Uint8Array): AnyEvent | undefined => {
    const number = Buffer.from(bytes).readUIntLE(0, 6);
    return number < this.#count - this.#size ? undefined : this.#events[number % this.#size];
  };
}
