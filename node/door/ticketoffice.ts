/** Where the doors have tickets made and used: at this node's own counter (identity/ticket.ts), in a cluster at any node's. */
import type { Endpoint } from "../exchange/endpoint.ts";
import type { Principal } from "../identity/principal.ts";

export interface TicketCounter {
  /** @param now epoch milliseconds */
  issue(principal: Principal, endpoint: Endpoint, now: number): string;
  /** The principal of a ticket, once. */
  redeem(text: string, endpoint: Endpoint, now: number): Principal | undefined;
}

export interface TicketOffice {
  issue(principal: Principal, endpoint: Endpoint, now: number): string;
  redeem(text: string, endpoint: Endpoint, now: number): Principal | undefined | Promise<Principal | undefined>; // prettier-ignore
}
