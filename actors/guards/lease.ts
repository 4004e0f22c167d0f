/**
 * The lease guard: rate tokens that this session holds of its scopes, and when it asks for more. Owns what a call takes of
 * a lease and what is said to scopes of it. Does not own how much a scope gives (scopes/budget.ts).
 *
 * L1. A call takes one token of each of its scopes, or none of any; without a token it waits for the scope's word or is
 *     refused (law 2).
 * L2. A line counts up: granted by the scope's word alone, spent by calls alone. A word about another line is not heeded,
 *     but one about a later line says that this session has forgotten some, and begins behind it.
 * L3. A lease that is over is not used any more; what is left of it goes back with the next call or the next time event.
 * L4. More is asked for when half of what was given ahead is left, so that a call waits for none as a rule.
 */
import { limits } from "../../protocol/limits.ts";
import { formOf } from "../../protocol/scope.ts";
import type { ScopeWord, SessionWord } from "../scopes/word.ts";
import type { Call, Refusal } from "./guard.ts";
import type { CompiledRole, ScopeLimit } from "./role.ts";
import type { CompiledTally } from "./tally.ts";

export interface Lease {
  readonly scope: string;
  line: number;
  granted: number;
  spent: number;
  /** Epoch milliseconds after which it is not used any more. */
  until: number;
  /** Tokens that the scope gives ahead of need; 0 when it decides each call. */
  ahead: number;
  /** Before it the scope has none. */
  waitUntil: number;
  /** When it was asked last, without an answer since; 0 for not. */
  askedAt: number;
}

export interface LeaseState {
  /** In the order of first use. Most sessions have none, and share the one empty list. */
  leases: Lease[];
}

/** A word to a scope. */
export interface Tell {
  readonly kind: "tell";
  readonly scope: string;
  readonly word: ScopeWord;
  /** Of a word that counts: what is usual is added to it on its way (tally.ts, withUsual). */
  readonly tallies?: readonly CompiledTally[];
}

export const noLeases: Lease[] = [];
Object.freeze(noLeases);

/** How long an agent is told to wait where the scope has said nothing. */
const againMs = 1_000;

function find({ leases }: LeaseState, scope: string): Lease | undefined {
  for (const lease of leases) if (lease.scope === scope) return lease;
  return undefined;
}

function unspent(lease: Lease | undefined, at: number): number {
  return lease === undefined || at > lease.until ? 0 : lease.granted - lease.spent;
}

/** Why a call must not be made now; undefined when it may. */
export function beforeLease(own: LeaseState, { at, grant }: Call): Refusal | undefined {
  let refusal: Refusal | undefined;
  let longest = 0;
  for (const { scope } of grant.scopes) {
    const lease = find(own, scope);
    if (unspent(lease, at) >= 1) continue;
    const wait = lease !== undefined && lease.waitUntil > at ? lease.waitUntil - at : againMs;
    if (wait <= longest) continue;
    longest = wait;
    refusal = { kind: "throttle", rule: `scope.${formOf(scope)}`, waitMs: wait, until: at + wait };
  }
  return refusal;
}

/** Takes the tokens of a call that is let through. @returns what to ask for before they are all used (L4) */
export function enterLease(own: LeaseState, { at, grant }: Call): Tell[] {
  const tells: Tell[] = [];
  for (const limit of grant.scopes) {
    const lease = find(own, limit.scope);
    if (lease === undefined) continue;
    lease.spent++;
    const isDue = lease.ahead >= 2 && (lease.granted - lease.spent) * 2 <= lease.ahead;
    if (isDue && at - lease.askedAt >= limits.scopeAskMs) tells.push(askFor(lease, limit, 0, at));
  }
  return tells;
}

/**
 * Scopes whose word a call must wait for, when so many calls wait for a token of each already. None when one of them has
 * said that it has no token for a while: then the call is refused at once, and asks nobody.
 */
export function lackingScopes(
  own: LeaseState,
  { at, grant }: Call,
  waiting: (scope: string) => number,
): string[] {
  const lacking: string[] = [];
  for (const { scope } of grant.scopes) {
    const lease = find(own, scope);
    const left = unspent(lease, at);
    if (left < 1 && lease !== undefined && isDry(lease, at)) return [];
    if (left < 1 + waiting(scope)) lacking.push(scope);
  }
  return lacking;
}

/** The scope has said just now that there is none. What others give back may be there sooner than it could say. */
function isDry({ waitUntil, until }: Lease, at: number): boolean {
  return waitUntil > at && at < until - limits.scopeLeaseMs + limits.scopeAskMs;
}

/** Asks scopes for tokens that calls wait for. */
export function seek(
  own: LeaseState,
  wanted: readonly (readonly [scope: string, calls: number])[],
  role: CompiledRole,
  at: number,
): Tell[] {
  const tells: Tell[] = [];
  for (const [scope, calls] of wanted) {
    const limit = role.scopes.get(scope);
    if (limit === undefined) continue;
    tells.push(...endLeases(own, at, scope));
    tells.push(askFor(find(own, scope) ?? begin(own, scope, at, tells), limit, calls, at));
  }
  return tells;
}

/** A scope's word. */
export function takeGrant(
  own: LeaseState,
  word: Extract<SessionWord, { kind: "granted" }>,
  at: number,
): void {
  const lease = find(own, word.scope);
  if (lease === undefined || word.line < lease.line) return;
  lease.askedAt = 0;
  if (word.line > lease.line) {
    lease.line = word.line + 1;
    lease.granted = lease.spent = 0;
    return;
  }
  lease.granted = Math.max(lease.granted, word.granted);
  lease.until = at + limits.scopeLeaseMs;
  lease.ahead = word.ahead;
  lease.waitUntil = at + word.waitMs;
}

/** Gives back what is left of leases that are over. @param only of this scope */
export function endLeases(own: LeaseState, at: number, only?: string): Tell[] {
  const tells: Tell[] = [];
  for (const lease of own.leases) {
    if (at <= lease.until || (only !== undefined && lease.scope !== only)) continue;
    if (lease.granted > lease.spent) tells.push(giveBack(lease));
    drop(own, lease);
  }
  return tells;
}

/** Epoch milliseconds at which something is to be given back; undefined while nothing is. */
export function leasesDueAt({ leases }: LeaseState): number | undefined {
  let due: number | undefined;
  for (const { granted, spent, until } of leases)
    if (granted > spent && (due === undefined || until < due)) due = until;
  return due === undefined ? undefined : due + 1;
}

function begin(own: LeaseState, scope: string, at: number, tells: Tell[]): Lease {
  if (own.leases.length >= limits.leasesPerSessionMax) {
    const [oldest] = own.leases;
    if (oldest !== undefined) {
      tells.push(giveBack(oldest));
      drop(own, oldest);
    }
  }
  const lease = { scope, line: at, granted: 0, spent: 0, until: at + limits.scopeLeaseMs, ahead: 0, waitUntil: 0, askedAt: 0 }; // prettier-ignore
  own.leases = [...own.leases, lease];
  return lease;
}

function drop(own: LeaseState, lease: Lease): void {
  own.leases = own.leases.length === 1 ? noLeases : own.leases.filter((each) => each !== lease);
}

function giveBack({ scope, line, spent }: Lease): Tell {
  return { kind: "tell", scope, word: { kind: "return", line, spent } };
}

function askFor(lease: Lease, { scope, bucket }: ScopeLimit, calls: number, at: number): Tell {
  lease.askedAt = at;
  const { line, granted, spent } = lease;
  const { capacity, perSecond } = bucket;
  return {
    kind: "tell",
    scope,
    word: { kind: "ask", scope, line, granted, spent, calls, capacity, perSecond },
  };
}
