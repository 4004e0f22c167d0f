/**
 * How much one session may make a door say to the other nodes of its cluster, beside calls: those are metered by their
 * session's actor. Owns the counts of one door. Does not own what is said (neighbourhood.ts), nor who may (door/post.ts).
 *
 * E1. What counts is the session: a new wire session, or another door of the same node, gives no more.
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";

export class LetterMeter {
  readonly #cancels = new Map<SessionKey, number>();
  readonly #levels = new Map<SessionKey, number>();
  readonly #underWay = new Map<SessionKey, number>();

  /** Whether one more call may be taken back in this second. */
  cancels(session: SessionKey): boolean {
    return counts(this.#cancels, session, limits.cancelsPerSecondMax);
  }

  /** Whether its log level may change once more in this second. */
  changesLevel(session: SessionKey): boolean {
    return counts(this.#levels, session, limits.levelsPerSecondMax);
  }

  /** @throws GatewayError OVERLOADED when too much of the session is under way; else as `bring` does */
  async during<T>(session: SessionKey, bring: () => Promise<T>): Promise<T> {
    if (!counts(this.#underWay, session, limits.lettersUnderWayMax))
      throw new GatewayError("OVERLOADED", "too much of this agent is on its way to other nodes");
    try {
      return await bring();
    } finally {
      const left = (this.#underWay.get(session) ?? 0) - 1;
      if (left > 0) this.#underWay.set(session, left);
      else this.#underWay.delete(session);
    }
  }

  /** A second has gone by. */
  tick(): void {
    this.#cancels.clear();
    this.#levels.clear();
  }
}

function counts(map: Map<SessionKey, number>, session: SessionKey, max: number): boolean {
  const count = map.get(session) ?? 0;
  if (count >= max) return false;
  map.set(session, count + 1);
  return true;
}
