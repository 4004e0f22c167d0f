/**
 * The simulated store of fence logs: one history of all lines with a leader of its own that may be lost, writes that are
 * lost or applied late, answers that are lost, and a roll-back to an earlier moment. Knows, for an oracle, all that was
 * ever acknowledged.
 */
import { decodeFenceEntry } from "../../cluster/fenceentry.ts";
import { decodeFenceFact } from "../../cluster/fencefact.ts";
import type { FenceMessage, FenceStore, Written } from "../../cluster/fencestore.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { Link } from "./simstore.ts";

const writeTimeoutMs = 2_000;
const historyMs = 20_000;

/** A change, and the line that stood there before. */
interface Past {
  readonly at: number;
  readonly shard: number;
  readonly before: readonly FenceMessage[] | undefined;
}

/** An operation in a log. */
export interface Fenced {
  readonly epoch: number;
  readonly op: string;
  readonly key: string;
}

export class SimFences {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #lines = new Map<number, readonly FenceMessage[]>();
  #number = 0;
  readonly #past: Past[] = [];
  /** "shard/epoch/op": in a message behind a seal of its own epoch. */
  readonly #ever = new Set<string>();
  #leaderlessUntil = 0;
  /** Shares of answers, and of reads, that are lost, and of conflicts that are said without a number. */
  weather = { answers: 0.01, reads: 0.005, numbers: 0.1 };
  /** A story's: by so much everything takes longer. */
  slowMs = 0;
  readonly figures = { seals: 0, facts: 0, clearings: 0 };

  constructor(schedule: Schedule, random: Random) {
    this.#schedule = schedule;
    this.#random = random;
  }

  store(link: Link): FenceStore {
    return {
      write: (shard, bytes, expected, isOnly, then) => this.#request(link, shard, bytes, expected, isOnly, then), // prettier-ignore
      read: (shard, from, to, then) => {
        const fail = this.#random.chance(this.weather.reads) || link.isCut;
        this.#schedule.after(fail ? writeTimeoutMs : this.#hop() + this.#hop(), () => {
          const found = (this.#lines.get(shard) ?? []).filter(({ number }) => number >= from && number <= to);
          then(fail || link.isCut || found.at(-1)?.number !== to ? undefined : found);
        });
      },
    };
  }

  loseLeader(ms: number): void {
    this.#leaderlessUntil = Math.max(this.#leaderlessUntil, this.#schedule.now + ms);
  }

  /** Goes back to what stood some time ago. */
  rollBack(ms: number): void {
    const until = this.#schedule.now - ms;
    if ((this.#past[0]?.at ?? Infinity) > until) return;
    while ((this.#past.at(-1)?.at ?? 0) > until) {
      const { shard, before } = this.#past.pop() as Past;
      if (before === undefined) this.#lines.delete(shard);
      else this.#lines.set(shard, before);
    }
    this.#number = Math.max(0, ...[...this.#lines.values()].map((line) => line.at(-1)?.number ?? 0));
  }

  /** Whether an operation was ever in the log, behind a seal of its own epoch. */
  wasFenced(shard: number, epoch: number, op: string): boolean {
    return this.#ever.has(`${shard}/${epoch}/${op}`);
  }

  /** What stands in a shard's log now. */
  factsOf(shard: number): Fenced[] {
    return (this.#lines.get(shard) ?? []).flatMap(({ bytes }) => factsIn(bytes));
  }

  #request(
    link: Link,
    shard: number,
    bytes: Uint8Array,
    expected: number,
    isOnly: boolean,
    then: (written: Written) => void,
  ): void {
    const mine = Uint8Array.from(bytes);
    let isDone = false;
    const finish = (written: Written): void => {
      if (isDone) return;
      isDone = true;
      then(written);
    };
    this.#schedule.after(writeTimeoutMs, () => finish({ kind: "unknown" }));
    if (link.isCut) return;
    const apply = (): void => this.#apply(link, shard, mine, expected, isOnly, finish);
    this.#schedule.after(this.#hop(), () => {
      if (this.#schedule.now >= this.#leaderlessUntil) return apply();
      // Some requests are lost with their leader; some the next one finds and applies.
      if (this.#random.chance(0.5)) this.#schedule.at(this.#leaderlessUntil + this.#hop(), apply);
    });
  }

  #apply(
    link: Link,
    shard: number,
    bytes: Uint8Array,
    expected: number,
    isOnly: boolean,
    finish: (written: Written) => void,
  ): void {
    const line = this.#lines.get(shard) ?? [];
    const last = line.at(-1)?.number ?? 0;
    let written: Written = { kind: "conflict", last: this.#random.chance(this.weather.numbers) ? undefined : last }; // prettier-ignore
    if (last === expected) {
      const message = { number: ++this.#number, bytes };
      this.#note(shard, line, bytes, isOnly);
      this.#remember(shard);
      this.#lines.set(shard, isOnly ? [message] : [...line, message]);
      written = { kind: "written", number: message.number };
    }
    if (!link.isCut && !this.#random.chance(this.weather.answers))
      this.#schedule.after(this.#hop(), () => finish(written));
  }

  #note(shard: number, line: readonly FenceMessage[], bytes: Uint8Array, isOnly: boolean): void {
    const entry = decodeFenceEntry(bytes);
    if (entry === undefined) return;
    if (isOnly) this.figures.clearings++;
    else if (entry.kind === "seal") this.figures.seals++;
    let sealed = 0;
    for (const message of line) {
      const before = decodeFenceEntry(message.bytes);
      if (before?.kind === "seal") sealed = before.epoch;
    }
    for (const { op, epoch } of factsIn(bytes)) {
      this.figures.facts++;
      if (isOnly || sealed === epoch) this.#ever.add(`${shard}/${epoch}/${op}`);
    }
  }

  #remember(shard: number): void {
    const { now } = this.#schedule;
    this.#past.push({ at: now, shard, before: this.#lines.get(shard) });
    while ((this.#past[1]?.at ?? now) < now - historyMs) this.#past.shift();
  }

  #hop(): number {
    return this.#random.between(0.3, 2) + this.slowMs;
  }
}

function factsIn(bytes: Uint8Array): Fenced[] {
  const entry = decodeFenceEntry(bytes);
  return (entry?.bodies ?? []).flatMap((body) => {
    const fact = decodeFenceFact(body);
    return fact === undefined ? [] : [{ epoch: fact.epoch, op: fact.op, key: fact.key }];
  });
}
