/**
 * Calls that are held open while a person decides. The agent's request stays unanswered for a bounded time; meanwhile the
 * same call is given to its session again and again, as the agent itself would. Owns who is held, and for how long. Does not
 * own whether a call may pass: each time it takes the whole road, with a turn of its own (law 1).
 *
 * W1. Nothing is remembered of a held call but its exchange; when this node ends, its agent asks again.
 * W2. Bounded: by time, per session and per node. Who is not held is told to ask again.
 */
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { traits } from "../../protocol/mcp/revision.ts";
import type { Exchange } from "./exchange.ts";
import type { RoleInForce } from "./roles.ts";

export class Waiting {
  readonly #roles: { inForce(persona: string): RoleInForce };
  /** Milliseconds, never backwards. */
  readonly #now: () => number;
  /** Until when each may be held. */
  readonly #until = new WeakMap<Exchange, number>();
  /** Those that wait for their next look, and what makes them look at once. */
  readonly #looks = new Map<Exchange, () => void>();

  constructor(roles: { inForce(persona: string): RoleInForce }, now: () => number) {
    this.#roles = roles;
    this.#now = now;
  }

  get size(): number {
    return this.#looks.size;
  }

  /**
   * A call of this node's door waits for a person.
   *
   * @param again gives it to its session once more; comes back here if a person still has to decide
   * @param give  answers the agent: it must ask again
   */
  hold(exchange: Exchange, again: () => void | Promise<void>, give: () => void): void {
    const until = this.#until.get(exchange) ?? this.#begin(exchange);
    const isOver = this.#now() + limits.approvalAgainMs > until;
    if (isOver || exchange.cancelled || !this.#hasRoom(exchange.caller.session)) return give();
    const settle = (act: () => void): void => {
      if (!this.#looks.delete(exchange)) return;
      clearTimeout(timer);
      exchange.signal().removeEventListener("abort", cancelled);
      act();
    };
    const cancelled = (): void => settle(give);
    const look = (): void =>
      settle(() => {
        try {
          // What keeps it from being judged now does not change what the agent was to hear.
          again()?.catch(give);
        } catch {
          give();
        }
      });
    this.#looks.set(exchange, look);
    const timer = setTimeout(look, limits.approvalAgainMs);
    timer.unref();
    exchange.signal().addEventListener("abort", cancelled, { once: true });
  }

  /** A person has decided on a call of a session: those that wait here look at once. */
  wake(session: SessionKey): void {
    for (const [exchange, look] of this.#looks) if (exchange.caller.session === session) look();
  }

  #hasRoom(session: SessionKey): boolean {
    if (this.#looks.size >= limits.approvalHeldMax) return false;
    let ofSession = 0;
    for (const { caller } of this.#looks.keys()) if (caller.session === session) ofSession++;
    return ofSession < limits.approvalHeldPerSessionMax;
  }

  /** @returns until when it may be held: the past, where it may not */
  #begin(exchange: Exchange): number {
    const { caller, request } = exchange;
    const isModern = traits[caller.revision].era === "modern";
    // A modern agent hears at once that it must come again; then it waits here.
    const isFirst = isModern && request.params?.["requestState"] === undefined;
    const { table } = this.#roles.inForce(caller.endpoint.persona);
    const asked = (table.approvals?.holdSeconds ?? limits.approvalHoldMs / 1000) * 1000;
    const holdMs = isFirst ? 0 : isModern ? Math.max(asked, limits.approvalAskAgainMs) : asked;
    const until = this.#now() + holdMs;
    this.#until.set(exchange, until);
    return until;
  }
}
