/**
 * The states in memory, by key, and which of them goes first when there are too many or when it was idle. Owns the order.
 * Does not own what becomes of one that goes (host.ts).
 *
 * A1. A turn writes a mark and moves nothing: to put each in a new place with each turn costs more than a decision, in
 *     caches that miss. The order is mended when somebody looks for the one to go.
 * A2. Who had a turn since it got its place is passed over once, and is the last from then on. So one that is idle goes
 *     when its time is over, or that of those who came before it got its new place: at most as long again.
 * A3. A look is bounded: where looksMax in a row had a turn, the next one goes whatever it had.
 */

export class Activation<State> {
  readonly key: string;
  readonly state: State;
  /** Time of its last turn. */
  at: number;
  /** Had a turn since it got its place. */
  isUsed = false;
  /** Had a turn since its state was last put on disk. */
  isTouched = false;
  older: Activation<State> | undefined;
  newer: Activation<State> | undefined;

  constructor(key: string, state: State, at: number) {
    this.key = key;
    this.state = state;
    this.at = at;
  }
}

/** A tenth of a millisecond. */
const looksMax = 1_024;

export class Activations<State> {
  readonly #max: number;
  readonly #byKey = new Map<string, Activation<State>>();
  #oldest: Activation<State> | undefined;
  #newest: Activation<State> | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Activation<State> | undefined {
    return this.#byKey.get(key);
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  values(): MapIterator<Activation<State>> {
    return this.#byKey.values();
  }

  /**
   * Puts a state in place of what there is of its key.
   *
   * @returns another that has to go for it, and is not here any more
   */
  put(activation: Activation<State>): Activation<State> | undefined {
    const { key } = activation;
    this.delete(key);
    const evicted = this.#byKey.size < this.#max ? undefined : this.#next();
    if (evicted !== undefined) this.delete(evicted.key);
    this.#byKey.set(key, activation);
    this.#append(activation);
    return evicted;
  }

  delete(key: string): void {
    const activation = this.#byKey.get(key);
    if (activation === undefined) return;
    this.#byKey.delete(key);
    this.#unlink(activation);
  }

  clear(): void {
    this.#byKey.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
  }

  /** The next to go, if it had no turn since a time; undefined when it had, or when looksMax in a row had one. */
  idleSince(at: number): Activation<State> | undefined {
    const next = this.#next();
    return next === undefined || next.isUsed || next.at > at ? undefined : next;
  }

  #next(): Activation<State> | undefined {
    for (let looks = 0; looks < looksMax && this.#oldest?.isUsed === true; looks++) {
      const passed = this.#oldest;
      passed.isUsed = false;
      this.#unlink(passed);
      this.#append(passed);
    }
    return this.#oldest;
  }

  #append(activation: Activation<State>): void {
    activation.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = activation;
    else this.#newest.newer = activation;
    this.#newest = activation;
  }

  #unlink(activation: Activation<State>): void {
    const { older, newer } = activation;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    activation.older = undefined;
    activation.newer = undefined;
  }
}
