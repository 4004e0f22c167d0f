/**
 * Words that an owner still owes to doors: that a call is accepted, when it takes its time, and endings, for a door that
 * did not get its one. Owns how long each is kept. Does not own the calls (ownership.ts).
 */
import { limits } from "../protocol/limits.ts";
import type { Running } from "./running.ts";

export class OwedWords<Call, Answer> {
  /** Decided, in that order, and not told to their doors yet. */
  readonly #unaccepted = new Map<Running<Call, Answer>, number>();
  readonly #ended: Running<Call, Answer>[] = [];

  /** What may run twice is accepted when it takes its time: most calls are answered before that. */
  acceptLate(running: Running<Call, Answer>, now: number): void {
    this.#unaccepted.set(running, now);
  }

  /** @param isHeard its door has the ending */
  ended(running: Running<Call, Answer>, isHeard: boolean): void {
    this.#unaccepted.delete(running);
    if (!isHeard) this.#ended.push(running);
  }

  /** @returns calls whose doors are to be told now that they are accepted */
  slow(now: number): Running<Call, Answer>[] {
    const slow: Running<Call, Answer>[] = [];
    for (const [running, since] of this.#unaccepted) {
      if (now - since < limits.acceptedLateMs) break;
      this.#unaccepted.delete(running);
      if (running.phase !== "ended") slow.push(running);
    }
    return slow;
  }

  /** @returns calls whose endings nobody asks for any more */
  forget(now: number): Running<Call, Answer>[] {
    let old = 0;
    for (const ended of this.#ended) {
      if (now - ended.since < limits.endingKeptMs && this.#ended.length - old <= limits.endingsKeptMax) break;
      old++;
    }
    return old === 0 ? [] : this.#ended.splice(0, old);
  }
}
