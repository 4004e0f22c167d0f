/**
 * How often one session may begin and end wire sessions at a door, and follow or leave resources: none of it is metered by
 * its actor as calls are, and in a cluster an end is a turn, a record, and a word to every node. Owns the counts of one node's
 * doors. Does not own what is done (doors.ts).
 *
 * D1. What counts is the session: a new wire session, or another door of this node, gives no more.
 * D2. Bounded: counts are of one second, so there are no more than were asked for in it.
 */
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";

const most = {
  begin: limits.wireBeginsPerSecondMax,
  end: limits.wireEndsPerSecondMax,
  follow: limits.followsPerSecondMax,
} as const;

export type WireAct = keyof typeof most;

const windowMs = 1_000;

export class WireMeter {
  readonly #counts = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;

  /** Whether it may be done once more in this second. */
  may(act: WireAct, session: SessionKey, nowMs: number): boolean {
    if (nowMs - this.#since >= windowMs) {
      this.#counts.clear();
      this.#since = nowMs;
    }
    const key = `${act} ${session}`;
    const count = this.#counts.get(key) ?? 0;
    if (count >= most[act]) return false;
    this.#counts.set(key, count + 1);
    return true;
  }
}
