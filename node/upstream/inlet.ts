/**
 * Items taken one after the other: while one is being taken, the next ones wait and the source is paused. What waits is
 * what the source had already read, so a few chunks at most.
 */
export interface Source {
  pause(): void;
  resume(): void;
}

export class Inlet<Item> {
  readonly #take: (item: Item) => void | Promise<void>;
  readonly #source: Source;
  #queue: Item[] = [];
  #isTaking = false;

  /** @param take must neither throw nor reject */
  constructor(source: Source, take: (item: Item) => void | Promise<void>) {
    this.#source = source;
    this.#take = take;
  }

  push(item: Item): void {
    if (this.#isTaking) this.#queue.push(item);
    else this.#run(item);
  }

  #run(item: Item): void {
    const taken = this.#take(item);
    if (taken === undefined) return;
    this.#isTaking = true;
    this.#source.pause();
    taken.then(
      () => this.#next(),
      () => this.#next(),
    );
  }

  #next(): void {
    this.#isTaking = false;
    const queue = this.#queue;
    this.#queue = [];
    for (const item of queue) this.push(item);
    if (!this.#isTaking) this.#source.resume();
  }
}
