/** Names to be forgotten some time after they were added, the oldest first. */
export class Fading {
  readonly #keepMs: number;
  readonly #forget: (name: string) => void;
  #names: string[] = [];
  #times: number[] = [];
  #first = 0;

  constructor(keepMs: number, forget: (name: string) => void) {
    this.#keepMs = keepMs;
    this.#forget = forget;
  }

  add(name: string, now: number): void {
    this.#names.push(name);
    this.#times.push(now);
    while ((this.#times[this.#first] ?? Infinity) < now - this.#keepMs)
      this.#forget(this.#names[this.#first++] ?? "");
    if (this.#first < 4_096 || this.#first * 2 < this.#names.length) return;
    this.#names = this.#names.slice(this.#first);
    this.#times = this.#times.slice(this.#first);
    this.#first = 0;
  }
}
