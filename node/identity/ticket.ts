/**
 * Tickets: what a browser shows at a WebSocket upgrade, where it cannot set an Authorization header. Owns: their
 * making, their single use and their end. Does not own: who may have one (any principal of the endpoint).
 *
 * K1. A ticket works once, within limits.ticketMs, at the endpoint it was made for. A failed try uses it up as well.
 * K2. It gives the principal that asked for it, if that one would still be let in.
 * K3. The node holds hashes: who reads its memory or a crash dump has no ticket.
 * K4. At most limits.ticketsMax are open, and at most limits.connectionsPerPrincipalMax of one principal: who asks for
 *     too many loses their own oldest ones first.
 */
import { hash, randomBytes } from "node:crypto";
import { limits } from "../../protocol/limits.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import { covers } from "./principal.ts";
import type { Principal } from "./principal.ts";

interface Ticket {
  readonly principal: Principal;
  readonly uri: string;
  readonly expires: number;
}

export class Tickets {
  readonly #isCurrent: (principal: Principal, now: number) => boolean;
  /** By hash; all live equally long, so the first is the first to end. */
  readonly #open = new Map<string, Ticket>();
  readonly #ofPrincipal = new WeakMap<Principal, Set<string>>();

  /** @param isCurrent Authenticator.isCurrent: a key may be revoked between issue and use */
  constructor(isCurrent: (principal: Principal, now: number) => boolean) {
    this.#isCurrent = isCurrent;
  }

  /** Tickets that nobody has used and nothing has dropped yet. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Makes a ticket: 128 random bits, 22 base64url characters.
   *
   * @param now epoch milliseconds
   */
  issue(principal: Principal, endpoint: Endpoint, now: number): string {
    this.#makeRoom(now);
    const own = this.#ofPrincipal.get(principal) ?? new Set();
    this.#ofPrincipal.set(principal, own);
    for (const oldest of own) {
      if (own.size < limits.connectionsPerPrincipalMax) break;
      this.#drop(oldest);
    }
    const text = randomBytes(16).toString("base64url");
    const key = digest(text);
    own.add(key);
    this.#open.set(key, { principal, uri: endpoint.uri, expires: now + limits.ticketMs });
    return text;
  }

  /** The principal of a ticket, once. Undefined for anything else. */
  redeem(text: string, endpoint: Endpoint, now: number): Principal | undefined {
    if (!/^[A-Za-z0-9_-]{22}$/.test(text)) return undefined;
    const key = digest(text);
    const ticket = this.#open.get(key);
    if (ticket === undefined) return undefined;
    this.#drop(key);
    const { principal, uri, expires } = ticket;
    const good =
      now < expires && uri === endpoint.uri && covers(principal, endpoint) && this.#isCurrent(principal, now);
    return good ? principal : undefined;
  }

  #makeRoom(now: number): void {
    for (const [key, { expires }] of this.#open) {
      if (now < expires && this.#open.size < limits.ticketsMax) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const ticket = this.#open.get(key);
    if (ticket === undefined) return;
    this.#open.delete(key);
    this.#ofPrincipal.get(ticket.principal)?.delete(key);
  }
}

function digest(text: string): string {
  return hash("sha256", text, "base64");
}
