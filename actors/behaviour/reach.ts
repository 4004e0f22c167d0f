/**
 * Whether a call stays within the organisation, as far as the gateway knows: by the catalogue's word on its server, and by the
 * destinations that it names. Does not own which of those are known (destinations.ts).
 *
 * R1. What is not known to stay inside goes outside: what sends and names nobody known (a draft that is sent by its number), and a
 *     command, whatever it says.
 */
import type { Reach } from "../../protocol/sequence.ts";
import type { CallTrace, TracedValue } from "../../protocol/trace.ts";
import { namesAddressee, namesPlaceToFetch } from "./argumentnames.ts";

/** Effects whose arguments say to whom: "general" is a place to send to. Elsewhere only an address is one: no `number` of an issue. */
const sending = new Set(["send", "pay", "permission"]);
/** They may do anything. */
const open = new Set(["execute", "unknown"]);

/** @param server its reach in the catalogue; undefined where the table does not say */
export function reachOf(effect: string, server: Reach | undefined, { values, cut }: CallTrace): Reach {
  // A destination that was not looked at may be any.
  if (server !== "internal" || cut === true || open.has(effect)) return "external";
  const isSending = sending.has(effect);
  const places = values.filter((value) => isPlace(value, isSending));
  if (places.length === 0) return isSending ? "external" : "internal";
  // A baseline knows where a persona's calls go, not that this is inside.
  return places.every(({ known }) => known === "mission" || known === "role") ? "internal" : "external";
}

function isPlace({ is, form, at }: TracedValue, isSending: boolean): boolean {
  if (form !== undefined) return true;
  return isSending
    ? is === "destination" || namesAddressee(at)
    : is === "destination" && namesPlaceToFetch(at);
}
