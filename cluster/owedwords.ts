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
  /** Those that their doors have. */
  readonly #heard: Running<Call, Answer>[] = [];

  /** What may run twice is accepted when it takes its time: most calls are answered before that. */
  acceptLate(running: Running<Call, Answer>, now: number): void {
    this.#unaccepted.set(running, now);
  }

  /** @param isHeard nothing is lost on the way to its door; what that one has asked before it heard may still come */
  ended(running: Running<Call, Answer>, isHeard: boolean): void {
    this.#unaccepted.delete(running);
    (isHeard ? this.#heard : this.#ended).push(running);
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
    const ended = olderThan(this.#ended, limits.endingKeptMs, now);
    const heard = olderThan(this.#heard, limits.exchangeAgainMs, now);
    return heard.length === 0 ? ended : [...ended, ...heard];
  }
}

/** Takes out the first ones. */
function olderThan<Call, Answer>(
  list: Running<Call, Answer>[],
  ms: number,
  now: number,
): Running<Call, Answer>[] {
  let old = 0;
  for (const { since } of list) {
    if (now - since < ms && list.length - old <= limits.endingsKeptMax) break;
    old++;
  }
  return old === 0 ? [] : list.splice(0, old);
}
