/**
 * The transport: frames between two incarnations, best effort. Port and the adapter for one machine; adapters hold to one
 * suite (transport.cases.ts).
 *
 * W1. A frame may be lost, late, doubled or overtaken; it is never changed, and `from` is who sent it.
 * W2. `send` never calls a receiver within itself, and never throws for a receiver that is not there.
 */

/** Who sends or receives: a node and which of its incarnations. */
export interface Address {
  readonly id: string;
  readonly incarnation: number;
}

export interface Transport<Frame> {
  /** Sends to whichever incarnation the node has now; the frame itself says which one it is for. */
  send(to: string, frame: Frame): void;
  /** @returns ends the listening */
  listen(onFrame: (from: string, frame: Frame) => void): () => void;
}

/** Connects the nodes of one process. */
export class MemoryNetwork<Frame> {
  readonly #listeners = new Map<string, Set<(from: string, frame: Frame) => void>>();
  readonly #later: (run: () => void) => void;

  /** @param later runs something after the current turn */
  constructor(later: (run: () => void) => void) {
    this.#later = later;
  }

  transport(id: string): Transport<Frame> {
    return {
      send: (to, frame) =>
        this.#later(() => {
          for (const tell of this.#listeners.get(to) ?? []) tell(id, frame);
        }),
      listen: (onFrame) => {
        const listeners = this.#listeners.get(id) ?? new Set();
        this.#listeners.set(id, listeners.add(onFrame));
        return () => void listeners.delete(onFrame);
      },
    };
  }
}
