/**
 * Who waits for a socket of one upstream, in a fair order. Owns the order and the bound. Does not own sockets, clocks or
 * what a waiting thing is (dialer.ts).
 *
 * F1. Owners take turns, each with its oldest: who has a thousand waiting gets no more than who has one.
 * F2. When the queue is full, the owner with most waiting gives way with its newest: who has less waiting always gets in.
 *
 * @see Nagle, "On Packet Switches with Infinite Storage", RFC 970, 1985
 */
export class FairQueue<Item> {
  /** In the order of whose turn is next. No queue in it is empty. */
  readonly #queues = new Map<string, Set<Item>>();
  readonly #sizeMax: number;
  #size = 0;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const queue of this.#queues.values()) yield* queue;
  }

  /** @returns who has to give way: the item itself, another one, or nobody */
  add(owner: string, item: Item): Item | undefined {
    let evicted: Item | undefined;
    if (this.#size >= this.#sizeMax) {
      const [longest, queue] = this.#longest();
      if (queue === undefined || queue.size <= (this.#queues.get(owner)?.size ?? 0) + 1) return item;
      evicted = [...queue].at(-1);
      if (evicted !== undefined) this.delete(longest, evicted);
    }
    const own = this.#queues.get(owner);
    if (own === undefined) this.#queues.set(owner, new Set([item]));
    else own.add(item);
    this.#size++;
    return evicted;
  }

  delete(owner: string, item: Item): void {
    const queue = this.#queues.get(owner);
    if (queue === undefined || !queue.delete(item)) return;
    this.#size--;
    if (queue.size === 0) this.#queues.delete(owner);
  }

  /**
   * Takes out who is next.
   *
   * @param may whether an owner may have another socket now; who may not keeps its turn
   */
  next(may: (owner: string) => boolean): Item | undefined {
    for (const [owner, queue] of this.#queues) {
      if (!may(owner)) continue;
      const [item] = queue;
      if (item === undefined) continue;
      this.delete(owner, item);
      // To the end of the line, with what is left.
      if (this.#queues.delete(owner)) this.#queues.set(owner, queue);
      return item;
    }
    return undefined;
  }

  #longest(): [owner: string, queue: Set<Item> | undefined] {
    let found: [string, Set<Item> | undefined] = ["", undefined];
    for (const [owner, queue] of this.#queues) if (queue.size > (found[1]?.size ?? 0)) found = [owner, queue];
    return found;
  }
}
