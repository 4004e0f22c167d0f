/**
 * The name of a call as turns and records have it: a tool, a prompt or a URI, in which a credential is a digest. Does not own what
 * is sent to the server: that is the name as it came.
 *
 * N1. A decision on the name that is shown is the one on the name itself: it finds the same grant, or none, and then the call is refused.
 * N2. Names of the catalogue are no secrets and are not looked into; URIs and names that no grant has are what an agent makes up.
 */
import { findGrant, type CompiledRole } from "../../actors/guards/persona.ts";
import type { CallKind } from "../../protocol/facts.ts";
import type { FactsKey } from "./facts.ts";
import type { Screening } from "./screening.ts";

export interface ShownPorts {
  readonly factsKey: FactsKey;
  readonly screening: Screening;
}

/** @param found the place of the call's grant; -1 for none */
export function shownName(
  { factsKey, screening }: ShownPorts,
  role: CompiledRole,
  kind: CallKind,
  name: string,
  found: number,
): string {
  if (found >= 0 && kind !== "resource") return name;
  const spans = screening.credentialsIn(name).toSorted((one, other) => one.start - other.start);
  if (spans.length === 0) return name;
  let shown = "";
  let from = 0;
  for (const { start, end } of spans) {
    if (end <= from) continue;
    const first = Math.max(start, from);
    shown += name.slice(from, first) + factsKey.digest(name.slice(first, end));
    from = end;
  }
  shown += name.slice(from);
  return findGrant(role, kind, shown) === found ? shown : `#${factsKey.digest(name)}`;
}
