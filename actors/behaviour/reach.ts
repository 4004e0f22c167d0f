/**
 * Whether a call stays within the organisation, as far as the gateway knows: by the catalogue's word on its server, and by the
 * destinations that it names. Does not own which of those are known (destinations.ts).
 *
 * R1. What is not known to stay inside goes outside.
 */
import type { Reach } from "../../protocol/sequence.ts";
import type { CallTrace, TracedValue } from "../../protocol/trace.ts";

/** Effects whose arguments say to whom: "general" is a place to send to. Elsewhere only an address is one: no `number` of an issue. */
const sending = new Set(["send", "pay", "permission"]);

/** @param server its reach in the catalogue; undefined where the table does not say */
export function reachOf(effect: string, server: Reach | undefined, { values, cut }: CallTrace): Reach {
  // A destination that was not looked at may be any.
  if (server !== "internal" || cut === true) return "external";
  const isPlace = ({ is, form }: TracedValue): boolean => form !== undefined || (is === "destination" && sending.has(effect)); // prettier-ignore
  // A baseline knows where a persona's calls go, not that this is inside.
  const isInside = ({ known }: TracedValue): boolean => known === "mission" || known === "role";
  return values.every((value) => !isPlace(value) || isInside(value)) ? "internal" : "external";
}
