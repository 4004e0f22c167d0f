/**
 * The memory that one node's sessions have for values (actors/ledger), all together. Owns when it is too much, and whose is
 * dropped. Does not own what a session without it refuses (actors/guards/ledger.ts).
 *
 * P1. What is dropped is dropped by a turn of its session: on record, in the journal, at the runner-up, in a replay.
 * P2. The sessions without a turn for longest go first; of equal ones the larger.
 * P3. Copies for other owners count, and are dropped by their owner alone.
 */
import { sessionOf, type ActorState } from "../../actors/roster.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";

export interface PressurePorts {
  readonly resident: () => Iterable<{
    readonly key: string;
    readonly state: ActorState;
    readonly at: number;
  }>;
  /** Takes the turn. @throws GatewayError OWNER_UNAVAILABLE where another node owns the session */
  readonly shrink: (session: SessionKey, at: number) => void;
}

interface Held {
  readonly key: string;
  readonly at: number;
  readonly bytes: number;
}

export class LedgerPressure {
  readonly #ports: PressurePorts;
  readonly #max: number;
  readonly #left: number;

  constructor(ports: PressurePorts, max: number = limits.ledgerNodeBytesMax, left: number = limits.ledgerNodeBytesLeft) {
    this.#ports = ports;
    this.#max = max;
    this.#left = left;
  } // prettier-ignore

  /** @returns how many sessions lost their memory of values */
  look(now: number): number {
    const held: Held[] = [];
    let bytes = 0;
    for (const { key, state, at } of this.#ports.resident()) {
      const own = sessionOf(state)?.memory?.table.bytes ?? 0;
      if (own === 0) continue;
      bytes += own;
      held.push({ key, at, bytes: own });
    }
    if (bytes <= this.#max) return 0;
    held.sort((one, other) => one.at - other.at || other.bytes - one.bytes || (one.key < other.key ? -1 : 1));
    let count = 0;
    for (const each of held) {
      if (bytes <= this.#left || count >= limits.ledgerShrinksMax) break;
      if (!this.#shrink(each, now)) continue;
      bytes -= each.bytes;
      count++;
    }
    return count;
  }

  #shrink({ key }: Held, now: number): boolean {
    try {
      this.#ports.shrink(key as SessionKey, now);
      return true;
    } catch (fault) {
      if (fault instanceof GatewayError && fault.code === "OWNER_UNAVAILABLE") return false;
      throw fault;
    }
  }
}
