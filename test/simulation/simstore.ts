/**
 * The simulated store: one history of rows with a leader that may be lost, requests that are lost or applied late,
 * watches that lag or begin with what a stale replica has, and a roll-back to an earlier moment.
 */
import { viewKey } from "../../cluster/membership.ts";
import type { Row, Store, SwapResult } from "../../cluster/store.ts";
import type { Random } from "./random.ts";
import type { Schedule } from "./schedule.ts";

export const swapTimeoutMs = 2_000;

interface Watch {
  readonly onRow: (row: Row) => void;
  readonly waiting: (Row | (() => void))[];
  lagUntil: number;
  isOver: boolean;
}

/** How one node reaches the store. */
export interface Link {
  isCut: boolean;
  /** What it asks is lost; what it watches comes. */
  isMute: boolean;
  watch: Watch | undefined;
}

export class SimStore {
  readonly #schedule: Schedule;
  readonly #random: Random;
  readonly #onChange: () => void;
  readonly #rows = new Map<string, Row>();
  #revision = 0;
  /** The last changes, and what stood there before each. */
  readonly #past: { readonly at: number; readonly key: string; readonly before: Row | undefined }[] = [];
  readonly #links: Link[] = [];
  #leaderlessUntil = 0;
  /** Off the true time, in milliseconds: somebody sets the servers' clocks. */
  clockOff = 0;
  /** Swaps that came, and those that came too late; bytes of both, and of what was told to watches. */
  readonly figures = { swaps: 0, conflicts: 0, bytesIn: 0, bytesOut: 0 };
  readonly epochMs = 1_800_000_000_000;

  /** What a roll-back, or a watch that begins anew, can go back by. */
  readonly #historyMs: number;

  /** Share of requests that are applied, or conflict, and whose asker hears nothing. */
  lostAnswers = 0.002;

  /** Rows but the view's are gathered so long on their way to a watch; those before a view come with it. */
  gatherMs = 0;

  /** @param onChange a row has changed: told at once, to who sees everything */
  /** A story's: by so much everything takes longer. */
  slowMs = 0;

  constructor(
    schedule: Schedule,
    random: Random,
    onChange: () => void = () => undefined,
    historyMs = 20_000,
  ) {
    this.#historyMs = historyMs;
    this.#schedule = schedule;
    this.#random = random;
    this.#onChange = onChange;
  }

  /** What stands, for an oracle. */
  value(key: string): Uint8Array | undefined {
    return this.#rows.get(key)?.value;
  }

  revisionOf(key: string): number {
    return this.#rows.get(key)?.revision ?? 0;
  }

  link(): Link & { readonly store: Store } {
    const link: Link = { isCut: false, isMute: false, watch: undefined };
    this.#links.push(link);
    const store: Store = {
      swap: (key, value, expected, then) => this.#request(link, key, value, expected, then),
      watch: (onRow, onCaughtUp) => this.#watch(link, onRow, onCaughtUp),
    };
    return Object.assign(link, { store });
  }

  /** Writes a row past all that may go wrong: what stood before the story begins. */
  put(key: string, value: Uint8Array): void {
    const row = { key, revision: ++this.#revision, value };
    this.#remember(key);
    this.#rows.set(key, row);
    this.#onChange();
    this.#tell(row);
  }

  loseLeader(ms: number): void {
    this.#leaderlessUntil = Math.max(this.#leaderlessUntil, this.#schedule.now + ms);
  }

  get isLeaderless(): boolean {
    return this.#schedule.now < this.#leaderlessUntil;
  }

  /** Goes back to what stood some time ago. */
  rollBack(ms: number): void {
    const until = this.#schedule.now - ms;
    const rows = this.#rowsOf(until);
    if (rows === undefined) return;
    const changed = new Set<string>();
    while ((this.#past.at(-1)?.at ?? 0) > until) changed.add(this.#past.pop()?.key ?? "");
    this.#revision = Math.max(...[...rows.values()].map(({ revision }) => revision));
    for (const key of changed) {
      const row = rows.get(key);
      if (row === undefined) this.#rows.delete(key);
      else this.#rows.set(key, row);
    }
    this.#onChange();
    for (const key of changed) this.#tell(this.#rows.get(key) ?? { key, revision: 0, value: undefined });
  }

  /** What stood at a time; undefined when it is not known any more, or nothing stood. */
  #rowsOf(time: number): Map<string, Row> | undefined {
    if ((this.#past[0]?.at ?? Infinity) > time) return undefined;
    const rows = new Map(this.#rows);
    for (let at = this.#past.length - 1; at >= 0; at--) {
      const change = this.#past[at];
      if (change === undefined || change.at <= time) break;
      if (change.before === undefined) rows.delete(change.key);
      else rows.set(change.key, change.before);
    }
    return rows;
  }

  lagWatch(link: Link, ms: number): void {
    if (link.watch !== undefined) link.watch.lagUntil = this.#schedule.now + ms;
  }

  /** The watch begins anew: what was on its way is left out, and all that stands comes. */
  renewWatch(link: Link): void {
    const { watch } = link;
    if (watch === undefined) return;
    watch.waiting.length = 0;
    for (const row of this.#rows.values()) this.#deliver(link, watch, row);
  }

  /** The watch begins again, at a replica that is behind: older rows come, then those that stand. */
  restartWatch(link: Link, staleMs: number): void {
    const { watch } = link;
    if (watch === undefined) return;
    for (const row of this.#rowsOf(this.#schedule.now - staleMs)?.values() ?? [])
      if (row.revision !== this.#rows.get(row.key)?.revision) this.#deliver(link, watch, row);
    for (const row of this.#rows.values()) this.#deliver(link, watch, row);
  }

  #request(
    link: Link,
    key: string,
    value: Uint8Array,
    expected: number,
    then: (result: SwapResult) => void,
  ): void {
    // What waits below for two seconds must not keep the bytes, nor what the asker knows, when all is long over.
    let mine: Uint8Array | undefined = new Uint8Array(value);
    let told: ((result: SwapResult) => void) | undefined = then;
    const finish = (result: SwapResult): void => {
      const tell = told;
      told = undefined;
      tell?.(result);
    };
    const apply = (): void => {
      const bytes = mine;
      mine = undefined;
      if (bytes !== undefined) this.#apply(link, key, bytes, expected, finish);
    };
    this.#schedule.after(swapTimeoutMs, () => finish({ kind: "unknown" }));
    if (link.isCut || link.isMute) return;
    this.#schedule.after(this.#hop(), () => {
      if (!this.isLeaderless) return apply();
      // Some requests are lost with their leader; some the next one finds and applies.
      if (this.#random.chance(0.5)) this.#schedule.at(this.#leaderlessUntil + this.#hop(), apply);
      else mine = undefined;
    });
  }

  #apply(
    link: Link,
    key: string,
    value: Uint8Array,
    expected: number,
    finish: (result: SwapResult) => void,
  ): void {
    let result: SwapResult = { kind: "conflict" };
    this.figures.swaps++;
    this.figures.bytesIn += value.length;
    if ((this.#rows.get(key)?.revision ?? 0) === expected) {
      const row = { key, revision: ++this.#revision, value };
      this.#remember(key);
      this.#rows.set(key, row);
      this.#onChange();
      this.#tell(row);
      result = {
        kind: "swapped",
        revision: row.revision,
        at: Math.round(this.epochMs + this.#schedule.now + this.clockOff),
      };
    }
    if (result.kind === "conflict") this.figures.conflicts++;
    if (!link.isCut && !this.#random.chance(this.lostAnswers))
      this.#schedule.after(this.#hop(), () => finish(result));
  }

  #remember(key: string): void {
    const { now } = this.#schedule;
    this.#past.push({ at: now, key, before: this.#rows.get(key) });
    while ((this.#past[1]?.at ?? now) < now - this.#historyMs) this.#past.shift();
  }

  #watch(link: Link, onRow: (row: Row) => void, onCaughtUp: () => void): () => void {
    const watch: Watch = { onRow, waiting: [], lagUntil: 0, isOver: false };
    link.watch = watch;
    for (const row of [...this.#rows.values()].sort((one, other) => one.revision - other.revision))
      this.#deliver(link, watch, row);
    this.#deliver(link, watch, onCaughtUp);
    return () => {
      watch.isOver = true;
      if (link.watch === watch) link.watch = undefined;
    };
  }

  #tell(row: Row): void {
    this.figures.bytesOut += (row.value?.length ?? 0) * this.#links.length;
    for (const link of this.#links) if (link.watch !== undefined) this.#deliver(link, link.watch, row);
  }

  /** In order; what is lost on the way is sent again until it is there. */
  #deliver(link: Link, watch: Watch, what: Row | (() => void)): void {
    watch.waiting.push(what);
    if (this.gatherMs > 0 && (typeof what === "function" || what.key === viewKey))
      return this.#schedule.after(this.#hop(), () => this.#arrive(link, watch));
    if (watch.waiting.length === 1)
      this.#schedule.after(this.gatherMs + this.#hop(), () => this.#arrive(link, watch));
  }

  #arrive(link: Link, watch: Watch): void {
    if (watch.isOver) return;
    const { now } = this.#schedule;
    if (link.isCut) return this.#schedule.after(200, () => this.#arrive(link, watch));
    if (watch.lagUntil > now) return this.#schedule.at(watch.lagUntil, () => this.#arrive(link, watch));
    for (const what of watch.waiting.splice(0)) {
      if (typeof what === "function") what();
      else watch.onRow(what);
    }
  }

  #hop(): number {
    return this.#random.between(0.3, 2) + this.slowMs;
  }
}
