/**
 * A scope's state as operators read it: what of its bucket is left, who holds what, which labels hold for whom, how its breaker
 * stands. Reads and changes nothing. What the cells mean is their own files' business (actors/scopes); nothing here decides.
 */
import { level } from "../../actors/guards/bucket.ts";
import { heldOf } from "../../actors/scopes/budget.ts";
import type { ScopeState } from "../../actors/scope.ts";
import type { Bucket, RoleTable } from "../../protocol/role.ts";
import { formOf, scopeForms, type ScopeForm } from "../../protocol/scope.ts";

export interface LeasePortrait {
  readonly session: string;
  /** Rate tokens that it has and has not reported as used. */
  readonly held: number;
  /** Since its line began. */
  readonly granted: number;
  readonly spent: number;
  /** Epoch milliseconds of its last word. */
  readonly askedAt: number;
  /** Epoch milliseconds until which a token is kept for it, because it went without. */
  readonly waitsUntil?: number;
}

export interface ScopePortrait {
  readonly form: ScopeForm | "tool";
  /** Absent where no role here sets one. `tokens` are those that nobody holds. */
  readonly bucket?: Bucket & { readonly tokens: number };
  readonly held: number;
  /** Epoch milliseconds before which nothing is granted, after a loss of its past. */
  readonly registerUntil?: number;
  readonly leases: readonly LeasePortrait[];
  /** Data labels and for whom they were read: users, "-" for nobody, "*" for all. Label "*" is all of them. */
  readonly labels: readonly { readonly label: string; readonly users: readonly string[] }[];
  readonly breaker: {
    readonly state: "closed" | "open" | "half-open";
    /** In a row. */
    readonly failures: number;
    readonly until?: number;
    /** The session that tries the tool. */
    readonly prober?: string;
    /** Sessions that hear of each change. */
    readonly watchers: number;
  };
}

/** The form that a scope's key begins with; undefined for what is no scope's key. */
export function formOfKey(key: string): ScopeForm | "tool" | undefined {
  const form = /^@([a-z]+)\/[^/]+/.exec(key)?.[1] ?? "";
  return form === "tool" || (scopeForms as readonly string[]).includes(form) ? formOf(form === "tool" ? "tool " : form) : undefined; // prettier-ignore
}

/** What the roles here say that a scope holds. */
export function bucketOf(key: string, roles: Iterable<{ readonly table: RoleTable }>): Bucket | undefined {
  const form = formOfKey(key);
  const name = key.slice(key.lastIndexOf("/") + 1);
  for (const { table } of roles) {
    if (form === "tool") {
      const grant = table.grants.find(({ shared, server, target }) => shared !== undefined && encodeURIComponent(`${server} ${target}`.toWellFormed()) === name); // prettier-ignore
      if (grant?.shared !== undefined) return grant.shared;
    } else if (form !== undefined && (form !== "persona" || table.persona === name)) {
      const bucket = table.scopes?.[form];
      if (bucket !== undefined) return bucket;
    }
  }
  return undefined;
}

/** @param now epoch milliseconds */
export function portrayScope(
  key: string,
  state: ScopeState,
  roles: Iterable<{ readonly table: RoleTable }>,
  now: number,
): ScopePortrait {
  // prettier-ignore
  const bucket = bucketOf(key, roles);
  const { openings, until, failures, prober, watchers, registerUntil } = state;
  const breaker = openings === 0 ? ("closed" as const) : until > now ? ("open" as const) : ("half-open" as const); // prettier-ignore
  return {
    form: formOfKey(key) ?? "tool",
    ...(bucket === undefined ? {} : { bucket: { ...bucket, tokens: Math.floor(level(state.tokens, state.tokensAt, bucket, now) * 100) / 100 } }), // prettier-ignore
    held: heldOf(state),
    ...(registerUntil > now ? { registerUntil } : {}),
    leases: [...state.leases].map(([session, { granted, spent, askedAt, hungryAt, hungryUntil }]) => ({
      session,
      held: Math.max(0, granted - spent),
      granted,
      spent,
      askedAt,
      ...(hungryAt > 0 && hungryUntil > now ? { waitsUntil: hungryUntil } : {}),
    })),
    labels: [...state.taints].map(([label, users]) => ({ label, users })),
    breaker: {
      state: breaker,
      failures,
      ...(openings === 0 ? {} : { until }),
      ...(prober === "" ? {} : { prober }),
      watchers: watchers.size,
    },
  };
}
