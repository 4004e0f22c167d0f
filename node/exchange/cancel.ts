/**
 * The cancel of one exchange, with the part of AbortSignal's interface that the road uses. An AbortController costs
 * several microseconds, and most calls are never cancelled.
 */
import type { CancelSignal } from "../upstream/upstream.ts";

/** Fires once. A listener that is added after it has fired is not called: look at `aborted` first, as with AbortSignal. */
export class Cancellation implements CancelSignal {
  aborted = false;
  #first: (() => void) | undefined;
  #more: Set<() => void> | undefined;

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.aborted) return;
    if (this.#first === undefined) this.#first = listener;
    else (this.#more ??= new Set()).add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#more?.delete(listener);
  }

  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    const first = this.#first;
    const more = this.#more;
    this.#first = undefined;
    this.#more = undefined;
    first?.();
    for (const listener of more ?? []) listener();
  }
}
