/** Pauses between attempts that keep failing: each twice as long as the one before. */
import { limits } from "../../protocol/limits.ts";

/** After the first failure; most restarts are a crash that will not come again. */
const firstMs = 250;
/** What lived so long did not fail at its start. */
const livedMs = 30_000;

export class Backoff {
  #failures = 0;
  #retryAt = 0;

  /** @param livedForMs how long what failed had worked */
  failed(now: number, livedForMs: number): void {
    this.#failures = livedForMs > livedMs ? 1 : this.#failures + 1;
    this.#retryAt =
      now + Math.min(limits.upstreamRetryMsMax, firstMs * 2 ** Math.min(this.#failures - 1, 16));
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Milliseconds until the next attempt; 0 when it may be made now. */
  waitMs(now: number): number {
    return Math.max(0, this.#retryAt - now);
  }
}
