/** Virtual time: a heap of what is to happen, in the order of time and then of its making. */
export class Schedule {
  readonly #at: number[] = [];
  readonly #order: number[] = [];
  readonly #act: (() => void)[] = [];
  #count = 0;
  /** True time in milliseconds. */
  now = 0;
  /** What has happened so far. */
  happened = 0;

  after(ms: number, act: () => void): void {
    this.at(this.now + (ms > 0 ? ms : 0), act);
  }

  at(time: number, act: () => void): void {
    let place = this.#at.length;
    const order = ++this.#count;
    this.#at.push(time);
    this.#order.push(order);
    this.#act.push(act);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(time, order, parent)) break;
      this.#copy(parent, place);
      place = parent;
    }
    this.#put(place, time, order, act);
  }

  /** Lets everything happen until a time, and nothing more once `isOver` says so; time goes on then too, for who waits for it. */
  runUntil(end: number, isOver: () => boolean): void {
    while (this.#at.length > 0 && (this.#at[0] as number) <= end && !isOver()) {
      this.now = this.#at[0] as number;
      this.happened++;
      this.#take()();
    }
    this.now = Math.max(this.now, end);
  }

  #take(): () => void {
    const act = this.#act[0] as () => void;
    const time = this.#at.pop() as number;
    const order = this.#order.pop() as number;
    const last = this.#act.pop() as () => void;
    const size = this.#at.length;
    if (size === 0) return act;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (
        child + 1 < size &&
        this.#isBefore(this.#at[child + 1] as number, this.#order[child + 1] as number, child)
      )
        child++;
      if (!this.#isBefore(this.#at[child] as number, this.#order[child] as number, -1, time, order)) break;
      this.#copy(child, place);
      place = child;
    }
    this.#put(place, time, order, last);
    return act;
  }

  #isBefore(
    time: number,
    order: number,
    place: number,
    otherTime = this.#at[place] as number,
    otherOrder = this.#order[place] as number,
  ): boolean {
    // prettier-ignore
    return time < otherTime || (time === otherTime && order < otherOrder);
  }

  #copy(from: number, to: number): void {
    this.#put(to, this.#at[from] as number, this.#order[from] as number, this.#act[from] as () => void);
  }

  #put(place: number, time: number, order: number, act: () => void): void {
    this.#at[place] = time;
    this.#order[place] = order;
    this.#act[place] = act;
  }
}
