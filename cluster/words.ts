/**
 * Words: what one node says to all others at once, best effort. Port and the adapter for one process; adapters hold to
 * one suite (words.cases.ts). Does not own what is said (orders.ts).
 *
 * W1. A word may be lost, late or doubled, and words may overtake each other. `from` is who said it.
 * W2. `say` calls no listener within itself, and nobody hears their own words.
 */

export interface Words {
  /** Tells this process from all others of its node. */
  readonly boot: number;
  say(word: Uint8Array): void;
  /** @returns ends the listening */
  hear(onWord: (from: string, boot: number, word: Uint8Array) => void): () => void;
}

type Listener = Parameters<Words["hear"]>[0];

/** Joins the nodes of one process. */
export class MemoryWords {
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #later: (run: () => void) => void;
  #boots = 0;

  /** @param later runs something after the current turn */
  constructor(later: (run: () => void) => void) {
    this.#later = later;
  }

  node(id: string): Words {
    const boot = ++this.#boots;
    const own = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, own);
    return {
      boot,
      say: (word) =>
        this.#later(() => {
          for (const [other, listeners] of this.#listeners)
            if (other !== id) for (const tell of listeners) tell(id, boot, word);
        }),
      hear: (onWord) => {
        own.add(onWord);
        return () => void own.delete(onWord);
      },
    };
  }
}
