/** What a call sends is searched at the owner of its session, before it comes to its turn: the owner judges what it has read itself. */
import { GatewayError } from "../../protocol/errors.ts";
import { traits } from "../../protocol/mcp/revision.ts";
import { findMethod } from "../exchange/methods.ts";
import type { Relay } from "../exchange/relay.ts";
import type { ClusterCall } from "./clustercall.ts";

/** A promise only where a thread does it. A call that comes to its turn without is searched then (Relay.prepare). */
export function searchCall(relay: Relay, call: ClusterCall): Promise<void> | undefined {
  const { exchange } = call;
  const row = findMethod(exchange.request.method, traits[exchange.caller.revision].era);
  if (row?.policy !== "governed") return undefined;
  let scan: ReturnType<Relay["scan"]>;
  try {
    scan = relay.scan(exchange, row);
  } catch (fault) {
    // What is no call is told so when its turn comes.
    if (fault instanceof GatewayError) return undefined;
    throw fault;
  }
  if (!(scan instanceof Promise)) return void (call.scan = scan);
  return scan.then((each) => void (call.scan = each));
}
