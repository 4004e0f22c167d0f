/** The node's time: epoch milliseconds that never step back, so that a turn never sees an earlier time than the last. */
export class Clock {
  #last = 0;

  readonly now = (): number => {
    const read = Date.now();
    if (read > this.#last) this.#last = read;
    return this.#last;
  };
}
