/** The node's clockwork: what has to be looked at now and then, each in bounded slices between turns. */
export interface Chore {
  readonly everyMs: number;
  readonly act: () => void;
}

export class Housekeeping {
  readonly #timers: readonly NodeJS.Timeout[];

  /** @param onFault a chore that throws does not stop the others */
  constructor(chores: readonly Chore[], onFault: (fault: unknown) => void) {
    this.#timers = chores.map(({ everyMs, act }) =>
      setInterval(() => {
        try {
          act();
        } catch (fault) {
          onFault(fault);
        }
      }, everyMs),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}
