/**
 * Leaves a recogniser alone that keeps failing: closed, open, half-open as in actors/guards/breaker.ts, for one node.
 *
 * B1. In half-open exactly one question is under way; a probe that is never answered holds it for one opening time.
 * B2. Only the probe's outcome moves a breaker that is not closed.
 */
import { limits } from "../../../protocol/limits.ts";

const doublingsMax = 3;

/** What a question is to the breaker. */
export type Pass = "usual" | "probe";

export class RecogniserBreaker {
  readonly #now: () => number;
  #failures = 0;
  #openings = 0;
  #untilMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns undefined while nothing may be asked */
  enter(): Pass | undefined {
    if (this.#openings === 0) return "usual";
    const now = this.#now();
    if (now < this.#untilMs) return undefined;
    this.#untilMs = now + this.#openMs();
    return "probe";
  }

  /** Milliseconds until it is asked again. */
  get waitMs(): number {
    return Math.max(0, this.#untilMs - this.#now());
  }

  leave(pass: Pass, isWell: boolean): void {
    if (pass === "usual" && this.#openings > 0) return;
    if (isWell) {
      this.#failures = 0;
      this.#openings = 0;
      this.#untilMs = 0;
    } else if (pass === "probe" || ++this.#failures >= limits.recogniserFailuresMax) {
      this.#untilMs = this.#now() + this.#openMs();
      this.#openings = Math.min(this.#openings + 1, doublingsMax + 1);
    }
  }

  #openMs(): number {
    return limits.recogniserOpenMs * (1 << Math.min(this.#openings, doublingsMax));
  }
}
