/**
 * The actors that live in a host: sessions, and the scopes that they share. Owns which of the two a key names, and what
 * each says to the other as messages. Does not own how messages travel (cluster/messages.ts, node/exchange/governor.ts).
 *
 * K1. A key names a session or a scope, for good. An event that is not for its kind changes nothing.
 * K2. A session writes to its own scopes only, and a scope to whom has written to it: so no tenant's session can be spoken
 *     of at another tenant's scope (Z11).
 */
import type { CallFacts } from "../protocol/facts.ts";
import { isScopeKey, isScopeOf, scopeKey } from "../protocol/scope.ts";
import type { Actor } from "./actor.ts";
import type { Tell } from "./guards/lease.ts";
import type { CompiledRole } from "./guards/role.ts";
import { withUsual } from "./guards/tally.ts";
import { scope } from "./scope.ts";
import type { ScopeEffect, ScopeEvent, ScopeState } from "./scope.ts";
import { isFrozenScope } from "./scopes/state.ts";
import { lacks, owed, session } from "./session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "./session.ts";

export type ActorState = SessionState | ScopeState;
export type AnyEvent = SessionEvent | ScopeEvent;
export type AnyEffect = SessionEffect | ScopeEffect;

/** From one actor to another. */
export interface Message {
  readonly to: string;
  readonly event: AnyEvent;
  /** It must not leave before its turn is as safe as a grant or a rise has to be (law 6). */
  readonly isFenced: boolean;
  /** An answer to it is waited for. */
  readonly isAsk: boolean;
}

export function isScope(state: ActorState): state is ScopeState {
  return "taints" in state;
}

/** The session that a key names; undefined for a scope. */
export function sessionOf(state: ActorState | undefined): SessionState | undefined {
  return state === undefined || isScope(state) ? undefined : state;
}

/** The answer that brought it waits until it is as safe as the installation promises (law 6). */
export function isRise({ kind }: AnyEffect): boolean {
  return kind === "labels" || kind === "values";
}

export function isScopeEvent(event: AnyEvent): event is Exclude<ScopeEvent, { kind: "lost" }> {
  switch (event.kind) {
    case "ask":
    case "return":
    case "watch":
    case "outcome":
    case "probe":
    case "raise":
    case "read":
    case "count":
      return true;
    default:
      return false;
  }
}

const nothing: readonly AnyEffect[] = Object.freeze([]);
const noMessages: readonly Message[] = Object.freeze([]);

function decide(state: ActorState, event: AnyEvent, world: World): readonly AnyEffect[] {
  if (isScope(state))
    return isScopeEvent(event) || event.kind === "lost" ? scope.decide(state, event, world) : nothing;
  return isScopeEvent(event) ? nothing : session.decide(state, event, world);
}

/** What a turn of an actor says to others. @param at the time of the turn */
export function messagesOf(key: string, effects: readonly AnyEffect[], at: number): readonly Message[] {
  let messages: Message[] | undefined;
  for (const effect of effects) {
    if (effect.kind === "tell") (messages ??= []).push(messageTo(key, effect, at));
    else if (effect.kind === "answer")
      (messages ??= []).push({ to: effect.to, event: { at, ...effect.word }, isFenced: effect.word.kind !== "heard", isAsk: false }); // prettier-ignore
  }
  return messages ?? noMessages;
}

/** A session's word to a scope of its own. */
export function messageTo(
  session: string,
  { scope: name, word, tallies }: Pick<Tell, "scope" | "word" | "tallies">,
  at: number,
): Message {
  const said = word.kind === "count" && tallies !== undefined ? withUsual(word, tallies, session) : word;
  const isAsk = word.kind === "ask" || word.kind === "probe" || word.kind === "raise" || word.kind === "read";
  return { to: scopeKey(session, name), event: { at, from: session, ...said }, isFenced: false, isAsk };
}

/** What a session's scopes must say before a call of it is decided. */
export interface Lacking {
  /** Its own turn, which asks for rate tokens. */
  readonly turn: SessionEvent | undefined;
  readonly messages: readonly Message[];
}

/**
 * What a call's scopes must be asked before it is decided; undefined when nothing, as mostly.
 *
 * @param waiting how many calls of the session wait for the word of a scope, by its key
 * @param isHeard it has waited for that already; others may have used up meanwhile what was there
 */
export function lackingOf(
  state: ActorState | undefined,
  key: string,
  call: { readonly at: number; readonly facts: CallFacts },
  role: CompiledRole,
  waiting: (to: string) => number,
  isHeard = false,
): Lacking | undefined {
  const own = sessionOf(state);
  if (own === undefined || !isShared(role)) return undefined;
  const waitingFor = (name: string): number => waiting(scopeKey(key, name));
  const lack = lacks(own, call, role, waitingFor, isHeard);
  if (lack === undefined) return undefined;
  const { at } = call;
  // More than it may have open it cannot use at once, and what it does not use others lack for a while.
  const wanted = lack.scopes.map((name) => [name, Math.min(1 + waitingFor(name), role.openCallsMax)] as const); // prettier-ignore
  const word = { kind: "read", apart: role.labelsRise === "user" } as const;
  return {
    turn: wanted.length === 0 ? undefined : { kind: "seek", at, wanted },
    messages: lack.reads ? [messageTo(key, { scope: "agent", word }, at)] : [],
  };
}

/** Whether calls under a role may have to be told something by scopes. */
export function isShared(role: CompiledRole): boolean {
  return role.scopes.size > 0 || role.trips.size > 0 || role.labelsRise !== "";
}

/** What must be known to others before an answer of a session may be released; mostly nothing. */
export function owedBy(
  state: ActorState | undefined,
  key: string,
  world: World,
  at: number,
): readonly Message[] {
  const own = sessionOf(state);
  const owes = own === undefined ? [] : owed(own, world);
  return owes.length === 0 ? noMessages : owes.map((tell) => messageTo(key, tell, at));
}

/** Whether a message may have been written by that actor, to this one (K2). */
export function isMessage(from: string, to: string, event: AnyEvent): boolean {
  if (isScopeEvent(event)) return event.from === from && isScopeKey(to) && isScopeOf(to, from);
  const isWord = event.kind === "granted" || event.kind === "tripped" || event.kind === "raised" || event.kind === "heard" || event.kind === "counted"; // prettier-ignore
  return isWord && isScopeOf(from, to);
}

/** The event, at the time of the turn that it brings about. */
export function arrived(event: AnyEvent, at: number): AnyEvent {
  return { ...event, at };
}

export const roster: Actor<ActorState, AnyEvent, AnyEffect, World> = {
  stateVersion: session.stateVersion * 1_000 + scope.stateVersion,
  create: (key = "") => (isScopeKey(key) ? scope.create(key) : session.create(key)),
  decide,
  isJournalled: (event, effects) =>
    isScopeEvent(event)
      ? scope.isJournalled(event, effects as readonly ScopeEffect[])
      : session.isJournalled(event, effects as readonly SessionEffect[]),
  dueAt: (state) => (isScope(state) ? undefined : session.dueAt(state)),
  timeEvent: (at) => session.timeEvent(at),
  isLasting: (state) => (isScope(state) ? scope.isLasting(state) : session.isLasting(state)),
  freeze: (state) => (isScope(state) ? scope.freeze(state) : session.freeze(state)),
  essence: (state) => (isScope(state) ? scope.essence(state) : session.essence(state)),
  thaw: (frozen) => (isFrozenScope(frozen) ? scope.thaw(frozen) : session.thaw(frozen)),
};
