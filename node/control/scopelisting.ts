/** What operators read of scopes: the list, and one scope in full. */
import type { RoleTable } from "../../protocol/role.ts";
import type { ScopeState } from "../../actors/scope.ts";
import type { Listed } from "../../cluster/host.ts";
import { refuse } from "./request.ts";
import { formOfKey, portrayScope } from "./scopeportrait.ts";
import type { ScopePortrait } from "./scopeportrait.ts";

/** The host, as far as it shows scopes. */
export interface ScopeViews {
  scopes(prefix?: string): Iterable<Listed<ScopeState>>;
}

export interface ScopeListingPorts {
  readonly host: ScopeViews;
  readonly roles: { all(): Iterable<{ readonly table: RoleTable }> };
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** One line of `gatehouse scopes list`. */
export interface ScopeRow {
  readonly key: string;
  readonly isActive: boolean;
  /** False when its row on disk cannot be read. */
  readonly isReadable: boolean;
  /** Of rate tokens: sessions that hold some, or may ask for some. */
  readonly leases: number;
  readonly held: number;
  readonly tokens?: number;
  readonly capacity?: number;
  readonly labels: readonly string[];
  readonly breaker: ScopePortrait["breaker"]["state"];
}

export interface ScopeAnswer extends ScopePortrait {
  readonly key: string;
  readonly isActive: boolean;
}

export function scopeRow(ports: ScopeListingPorts, { key, isActive, state }: Listed<ScopeState>): ScopeRow {
  if (state === undefined) return { key, isActive, isReadable: false, leases: 0, held: 0, labels: [], breaker: "closed" }; // prettier-ignore
  const { bucket, held, leases, labels, breaker } = portrayScope(key, state, ports.roles.all(), ports.now());
  return {
    key,
    isActive,
    isReadable: true,
    leases: leases.length,
    held,
    ...(bucket === undefined ? {} : { tokens: bucket.tokens, capacity: bucket.capacity }),
    labels: labels.map(({ label }) => label),
    breaker: breaker.state,
  };
}

/** @throws GatewayError PARAMS_INVALID when there is no such scope, or its row cannot be read */
export function showScope(ports: ScopeListingPorts, key: string): ScopeAnswer {
  if (formOfKey(key) === undefined) refuse("a scope's key begins with @tenant/, @agent/, @user/, @persona/ or @tool/; gatehouse scopes list shows them"); // prettier-ignore
  for (const listed of ports.host.scopes(key)) {
    if (listed.key !== key) continue;
    if (listed.state === undefined) refuse("the stored state of this scope cannot be read; what asks it is refused"); // prettier-ignore
    return { key, isActive: listed.isActive, ...portrayScope(key, listed.state, ports.roles.all(), ports.now()) }; // prettier-ignore
  }
  return refuse("no scope has this key: nobody has shared anything there; gatehouse scopes list shows those that exist"); // prettier-ignore
}
