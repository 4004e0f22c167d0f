/**
 * Tickets for WebSocket upgrades in a cluster: an agent's browser asks one node for a ticket and may come with it to another.
 * Owns how a ticket names its node, and how another one has it used up there. Does not own tickets themselves (identity/ticket.ts).
 *
 * T1. A ticket works once in the whole cluster: only the node that made it can use it up, and it does so before it answers.
 * T2. It is sealed under a key of the cluster, for its endpoint: what no node has made asks nobody anything.
 * T3. Who it stands for is the word of the node that made it. The node that lets the agent in asks its own keys again.
 */
import { hash } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { TicketCounter, TicketOffice } from "../door/ticketoffice.ts";
import type { Endpoint, Endpoints } from "../exchange/endpoint.ts";
import type { Sealer } from "../exchange/seal.ts";
import { principalSession, type Principal } from "../identity/principal.ts";
import { packPrincipal, readPrincipal } from "./clustercall.ts";
import type { Courier } from "./courier.ts";

export interface ClusterTicketsPorts {
  readonly self: string;
  readonly courier: Courier;
  readonly sealer: Sealer;
  /** Ids of live members. */
  readonly live: () => readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export class ClusterTickets implements TicketOffice {
  readonly #ports: ClusterTicketsPorts;
  #own:
    | { readonly counter: TicketCounter; readonly isCurrent: (principal: Principal) => boolean }
    | undefined;
  #endpoints: Endpoints | undefined;

  constructor(ports: ClusterTicketsPorts) {
    this.#ports = ports;
    ports.courier.on("ticket.use", (_from, letter) => this.#used(letter));
  }

  /** @param counter of this node's own tickets */
  open(counter: TicketCounter, isCurrent: (principal: Principal) => boolean): void {
    this.#own = { counter, isCurrent };
  }

  /** From now on what others ask can be served. */
  serve(endpoints: Endpoints): void {
    this.#endpoints = endpoints;
  }

  issue(principal: Principal, endpoint: Endpoint, now: number): string {
    const text = this.#own?.counter.issue(principal, endpoint, now) ?? "";
    // Letters are bounded for each session; its name is too long for an address.
    const session = hash("sha256", principalSession(principal, endpoint.persona), "base64url");
    const inside = [this.#ports.self, text, session];
    return this.#ports.sealer.seal(JSON.stringify(inside), boundText(endpoint), now + limits.ticketMs);
  }

  redeem(
    sealed: string,
    endpoint: Endpoint,
    now: number,
  ): Principal | undefined | Promise<Principal | undefined> {
    // prettier-ignore
    if (sealed.length > limits.wireIdCharsMax) return undefined;
    const inside = this.#ports.sealer.open(sealed, boundText(endpoint), now);
    if (inside === undefined) return undefined;
    const [node = "", text = "", session = ""] = JSON.parse(inside) as string[];
    if (node === this.#ports.self) return this.#own?.counter.redeem(text, endpoint, now);
    return this.#elsewhere(node, { text, session, path: endpoint.path });
  }

  async #elsewhere(node: string, letter: JsonObject): Promise<Principal | undefined> {
    const { courier, live } = this.#ports;
    if (!live().includes(node)) return undefined;
    try {
      const { principal } = await courier.ask(() => (live().includes(node) ? node : undefined), "ticket.use", letter, limits.ticketAskMs); // prettier-ignore
      const known = readPrincipal(principal);
      return known !== undefined && this.#own?.isCurrent(known) === true ? known : undefined;
    } catch (fault) {
      // Its node is gone, and with it who it was for: the agent asks for another one.
      if (fault instanceof GatewayError && fault.code === "OWNER_UNAVAILABLE") return undefined;
      throw fault;
    }
  }

  #used({ text, path }: JsonObject): JsonObject | undefined {
    if (typeof text !== "string" || typeof path !== "string") return undefined;
    const endpoint = this.#endpoints?.find(`${path}/mcp`)?.endpoint;
    if (endpoint === undefined || this.#own === undefined) return undefined;
    const principal = this.#own.counter.redeem(text, endpoint, this.#ports.now());
    return { principal: principal === undefined ? null : [...packPrincipal(principal)] };
  }
}

function boundText({ path }: Endpoint): string {
  return `ticket ${path}`;
}
