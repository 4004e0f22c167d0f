/**
 * An exchange whose agent is at another node's door: what it is sent before its answer goes there as a note; its answer
 * goes by the owner (cluster/ownership.ts), not through here. Questions to the agent do not travel yet: it cannot be asked.
 */
import type { Request } from "../../protocol/jsonrpc.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Exchange, type Caller } from "../exchange/exchange.ts";

export class RemoteExchange extends Exchange {
  /** Set by the conductor once the call has its operation. */
  toDoor: ((message: JsonObject) => void) | undefined;

  constructor(caller: Caller, request: Request) {
    super(caller, request, performance.now());
  }

  override get asks(): boolean {
    return false;
  }

  send(message: JsonObject): void {
    this.toDoor?.(message);
  }

  /** Never called: the owner gives the answer to the door, and `end` is the door's. */
  protected write(): void {
    throw new Error("an exchange at another door was answered here");
  }
}
