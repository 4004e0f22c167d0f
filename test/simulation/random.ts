/** A seeded generator (sfc32): the same seed gives the same run on every machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, lane = 0) {
    this.#a = seed | 0;
    this.#b = Math.imul(seed, 0x9e3779b1) | 0;
    this.#c = Math.imul(lane + 1, 0x85ebca6b) | 0;
    for (let round = 0; round < 16; round++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  unit(): number {
    return this.next() / 0x1_0000_0000;
  }

  between(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  below(count: number): number {
    return this.next() % count;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<Each>(list: readonly Each[]): Each {
    return list[this.below(list.length)] as Each;
  }
}
