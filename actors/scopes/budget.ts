/**
 * A scope's rate tokens, leased to sessions in batches. Owns the bucket, who holds what, and how much is given ahead of
 * need. Does not own how a session uses its lease (guards/lease.ts).
 *
 * U1. Never over: a token leaves the bucket when it is granted. What a session does not report counts as used, also when
 *     its lease has ended or is forgotten; only a session's own word brings tokens back, and only those charged to it.
 * U2. All leases together hold at most one scopeAheadShare of the bucket ahead of need, so at most 5 % lie idle. Where
 *     that is less than one token for each session, nothing is given ahead: the scope decides each call.
 * U3. A line of a lease only counts up, so a word that comes twice or late changes nothing.
 * U4. When tokens are scarce, sessions get them in the order in which they had to go without.
 * U5. A scope whose past is lost has an empty bucket, and grants nothing for scopeRegisterMs: what sessions hold was
 *     taken from the bucket before, and they say so first.
 */
import type { Bucket } from "../../protocol/role.ts";
import { limits } from "../../protocol/limits.ts";
import { level, waitMs } from "../guards/bucket.ts";
import type { ScopeWord, SessionWord } from "./word.ts";

export interface ScopeLease {
  /** Which lease of its session: the time at which it was begun. */
  line: number;
  /** Since the line began: granted, reported as used, and taken from the bucket here. */
  granted: number;
  spent: number;
  charged: number;
  askedAt: number;
  /** Since when it goes without, and until when a token is kept for it; 0 for not. */
  hungryAt: number;
  hungryUntil: number;
}

export interface BudgetState {
  tokens: number;
  tokensAt: number;
  /** Before it nothing is granted. */
  registerUntil: number;
  /** By session, the one that asked longest ago first. */
  readonly leases: Map<string, ScopeLease>;
}

/** More than any bucket holds: what one that was never used is taken to have. */
const full = Number.MAX_SAFE_INTEGER;

export function startBudget(): BudgetState {
  return { tokens: full, tokensAt: 0, registerUntil: 0, leases: new Map() };
}

export function loseBudget(own: BudgetState, at: number): void {
  own.tokens = 0;
  own.tokensAt = at;
  own.registerUntil = at + limits.scopeRegisterMs;
  own.leases.clear();
}

/** A session asks for tokens, or tells what it has used of them. */
export function ask(
  own: BudgetState,
  from: string,
  word: Extract<ScopeWord, { kind: "ask" }>,
  at: number,
): Extract<SessionWord, { kind: "granted" }> {
  forget(own, at);
  const { scope, line, calls, capacity, perSecond } = word;
  const known = own.leases.get(from);
  // A session that lost its last words began a line that is older than one that it had: it begins again behind it.
  if (known !== undefined && line < known.line)
    return { kind: "granted", scope, line: known.line, granted: 0, ahead: 0, waitMs: 0 };
  const lease = known?.line === line ? known : begin(line);
  own.leases.delete(from);
  own.leases.set(from, lease);
  const [oldest = ""] = own.leases.keys();
  if (own.leases.size > limits.scopeLeasesMax) own.leases.delete(oldest);
  lease.granted = Math.max(lease.granted, word.granted);
  lease.spent = Math.max(lease.spent, word.spent);
  lease.askedAt = at;
  const bucket = { capacity, perSecond };
  fill(own, bucket, at);
  const unspent = Math.max(0, lease.granted - lease.spent);
  const ahead = aheadOf(own, lease, capacity);
  const give = Math.max(0, Math.min(Math.max(calls, ahead) - unspent, grantable(own, lease, at)));
  own.tokens -= give;
  lease.granted += give;
  lease.charged += give;
  const wait = unspent + give >= calls ? 0 : goWithout(own, lease, bucket, at);
  if (wait === 0) lease.hungryAt = lease.hungryUntil = 0;
  return { kind: "granted", scope, line, granted: lease.granted, ahead, waitMs: wait };
}

/** A session ends its lease. */
export function giveBack(
  own: BudgetState,
  from: string,
  { line, spent }: { line: number; spent: number },
): void {
  const lease = own.leases.get(from);
  if (lease?.line !== line) return;
  own.leases.delete(from);
  // Behind a level of earlier: the bucket's next look holds it below its capacity.
  own.tokens += Math.min(Math.max(0, lease.granted - Math.max(lease.spent, spent)), lease.charged);
}

/** Rate tokens that sessions hold and have not reported as used. */
export function heldOf({ leases }: BudgetState): number {
  let held = 0;
  for (const { granted, spent } of leases.values()) held += Math.max(0, granted - spent);
  return held;
}

function begin(line: number): ScopeLease {
  return { line, granted: 0, spent: 0, charged: 0, askedAt: 0, hungryAt: 0, hungryUntil: 0 };
}

/** Leases that are over: what they hold counts as used. */
function forget({ leases }: BudgetState, at: number): void {
  for (const [session, { askedAt }] of leases) {
    if (at <= askedAt + limits.scopeLeaseMs + limits.scopeLeaseSlackMs) return;
    leases.delete(session);
  }
}

function fill(own: BudgetState, bucket: Bucket, at: number): void {
  own.tokens = level(own.tokens, own.tokensAt, bucket, at);
  // Never earlier than before: else a clock that steps back and on again would refill the same time twice.
  if (at > own.tokensAt) own.tokensAt = at;
}

/** How many tokens this lease may hold ahead of need. */
function aheadOf(own: BudgetState, lease: ScopeLease, capacity: number): number {
  const room = Math.floor(capacity / limits.scopeAheadShare);
  const share = Math.floor(room / own.leases.size);
  if (share < 1) return 0;
  const others = heldOf(own) - Math.max(0, lease.granted - lease.spent);
  return Math.max(0, Math.min(share, room - others));
}

/** Whole tokens that this one may have: those who went without before it come first, with one each. */
function grantable(own: BudgetState, lease: ScopeLease, at: number): number {
  if (at < own.registerUntil) return 0;
  return Math.floor(own.tokens) - waitingBefore(own, lease, at);
}

function waitingBefore({ leases }: BudgetState, lease: ScopeLease, at: number): number {
  let before = 0;
  for (const other of leases.values()) {
    if (other === lease || other.hungryAt === 0 || at > other.hungryUntil) continue;
    if (lease.hungryAt === 0 || other.hungryAt < lease.hungryAt) before++;
  }
  return before;
}

/** @returns milliseconds after which a token is there for it */
function goWithout(own: BudgetState, lease: ScopeLease, bucket: Bucket, at: number): number {
  if (lease.hungryAt === 0 || at > lease.hungryUntil) lease.hungryAt = at;
  const cost = Math.min(bucket.capacity, 1 + waitingBefore(own, lease, at));
  const wait = Math.max(1, own.registerUntil - at, waitMs(own.tokens, own.tokensAt, bucket, at, cost));
  lease.hungryUntil = at + wait + limits.scopeHungryMs;
  return wait;
}
