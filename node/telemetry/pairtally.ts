/** Counts by two labels, both from small sets of ours (metrics.ts, T1). */
export class PairTally {
  readonly #counts = new Map<string, Map<string, number>>();

  count(first: string, second: string): void {
    let row = this.#counts.get(first);
    if (row === undefined) this.#counts.set(first, (row = new Map()));
    row.set(second, (row.get(second) ?? 0) + 1);
  }

  /** Hands over what was counted since the last time. */
  empty(take: (first: string, second: string, count: number) => void): void {
    for (const [first, row] of this.#counts) for (const [second, count] of row) take(first, second, count);
    this.#counts.clear();
  }
}
