/**
 * The session actor: one principal under one persona, and every decision on its calls. Owns the session's state and
 * the order in which guards judge. Does not own: what each guard judges (guards/), what becomes of effects (node/),
 * where the state lives (cluster/host.ts). Life and rules in words: docs/session.md.
 *
 * S1. No call is allowed but by `onCall`, after every guard has passed it.
 * S2. A refused call takes nothing: the state after it is the state before it, refusal counters aside.
 * S3. Every allowed call is open until it is answered, exactly once; answers to anything else are ignored, with an alert.
 * S4. A session whose role is not known allows nothing.
 * S5. Nothing resets what a guard remembers but an operator's lift: no wire id, no new role, no idleness.
 * S6. A call of a grant with scopes takes a token of each; labels rise to the agent's scope, and what other sessions of
 *     the agent have read is known before a call that may carry it out.
 */
import type { ErrorCode } from "../protocol/errors.ts";
import type { AnswerFacts, CallFacts } from "../protocol/facts.ts";
import { limits } from "../protocol/limits.ts";
import { rules } from "../protocol/verdict.ts";
import type { Rule, Verdict } from "../protocol/verdict.ts";
import type { Actor } from "./actor.ts";
import { behaviour, callKeys, forgive } from "./guards/behaviour.ts";
import { breaker } from "./guards/breaker.ts";
import { bucket, loseRates } from "./guards/bucket.ts";
import type { Call, OpenCall, Refusal } from "./guards/guard.ts";
import { allowedWith, data } from "./guards/data.ts";
import { hearSources, ledger, loseLedger, readValues } from "./guards/ledger.ts";
import { leave, openCalls } from "./guards/opencalls.ts";
import { findGrant, grantAt, persona } from "./guards/persona.ts";
import { beforeLease, endLeases, enterLease, lackingScopes, leasesDueAt, noLeases, seek, takeGrant } from "./guards/lease.ts"; // prettier-ignore
import type { Tell } from "./guards/lease.ts";
import type { CompiledRole } from "./guards/role.ts";
import { afterTrip, askProbe, beforeTrip, enterTrip, lacksProbe, noTrips, takeTrip } from "./guards/trip.ts";
import { covers, everyLabel, joined } from "./labels.ts";
import type { Labels } from "./labels.ts";
import { begin, countAgain, dueAt, refusedUntil, running } from "./refusals.ts";
import type { Refused } from "./refusals.ts";
import type { SessionWord } from "./scopes/word.ts";
import { create, essence, freeze, stateVersion, thaw } from "./sessionstate.ts";
import type { SessionState } from "./sessionstate.ts";
import { changed } from "./wires.ts";
import type { WireChange } from "./wires.ts";

export type { SessionState } from "./sessionstate.ts";

/** What may happen to a session. Every event bears its own time, in epoch milliseconds. */
export type SessionEvent =
  /** Its role, by digest: first of all, and whenever another comes into force. */
  | { readonly kind: "configured"; readonly at: number; readonly role: string }
  /** `unheard`: what its sessions share was asked for, and has not answered in time. */
  | {
      readonly kind: "call";
      readonly at: number;
      readonly op: string;
      readonly facts: CallFacts;
      readonly unheard?: true;
    }
  | { readonly kind: "answered"; readonly at: number; readonly op: string; readonly facts: AnswerFacts }
  /** Time has passed: report what was refused and only counted, where its interval is over (`dueAt` says when). */
  | { readonly kind: "refusals"; readonly at: number }
  | { readonly kind: "killed"; readonly at: number; readonly by: string; readonly reason: string }
  | { readonly kind: "lifted"; readonly at: number; readonly by: string; readonly what: Lift }
  /** One of its wire sessions changed, in a cluster: `wire` is a digest of its id. */
  | { readonly kind: "wire"; readonly at: number; readonly wire: string; readonly what: WireChange; readonly value: string } // prettier-ignore
  /** What it did before is lost with the machines that knew: every label, and nothing left to spend. */
  | { readonly kind: "lost"; readonly at: number }
  /** So many calls wait for a rate token of these scopes. */
  | { readonly kind: "seek"; readonly at: number; readonly wanted: readonly (readonly [scope: string, calls: number])[] } // prettier-ignore
  /** What its scopes have answered. */
  | ({ readonly at: number } & SessionWord);

/** What an operator pardons: the kill, the behaviour breaker with its memory, or all tool breakers. */
export type Lift = "kill" | "behaviour" | "tools";

/** What a turn asks of the world, in order. */
export type SessionEffect =
  /**
   * Answers a call. `record`: "intent" before its tool is reached, "refusal" in full, "counted" not at all (it will be
   * part of a `refused`). `grant`: place in the role table, -1 when none was looked up or found. `fault`: the refusal
   * is a failure of ours and not the agent's; docs/wire.md has its row.
   */
  | {
      readonly kind: "reply";
      readonly op: string;
      readonly verdict: Verdict;
      readonly grant: number;
      readonly record: "intent" | "refusal" | "counted";
      readonly fault?: ErrorCode;
    }
  /** To be recorded: so many refusals after a recorded one. */
  | Refused
  /** To be told to operators. `op` when it is about one call. */
  | { readonly kind: "alert"; readonly rule: Rule; readonly says: string; readonly op?: string }
  /**
   * Labels that this session did not have before. Its answer must not be released before the rise is as safe as the
   * installation promises: in a cluster, before the runner-up has acknowledged it (law 6).
   */
  | { readonly kind: "labels"; readonly op: string; readonly risen: Labels }
  /** Closes what the agent has open: streams, wire sessions, upstream sessions. */
  | { readonly kind: "close"; readonly reason: string }
  /** A word to one of its scopes. */
  | Tell;

/** Compiled roles by digest. The same digest gives the same role on every node, or undefined. */
export interface World {
  role(digest: string): CompiledRole | undefined;
}

const killed: Refusal = { kind: "deny", rule: "session.killed", says: rules["session.killed"] };
const roleUnknown: Refusal = {
  kind: "deny",
  rule: "persona.unlisted",
  says: "The role in force is not known here.",
};

/** One turn. */
function decide(session: SessionState, event: SessionEvent, world: World): readonly SessionEffect[] {
  switch (event.kind) {
    case "call":
      return onCall(session, event, world);
    case "answered":
      return onAnswered(session, event, world);
    case "configured":
      session.role = event.role;
      return [];
    case "refusals":
      return [...flush(session, event.at), ...endLeases(session, event.at)];
    case "killed":
      session.killedBy = cut(event.by === "" ? "operator" : event.by);
      session.killedFor = cut(event.reason);
      return [{ kind: "close", reason: rules["session.killed"] }];
    case "lifted":
      return onLifted(session, event.what);
    case "wire":
      session.wires = changed(session.wires, event.wire, event.what, event.value);
      return [];
    case "lost":
      session.labels = joined(session.labels, [everyLabel]);
      loseLedger(session);
      loseRates(session, event.at);
      session.leases = noLeases;
      session.trips = noTrips;
      return [];
    case "seek":
      return onSeek(session, event, world);
    case "granted":
      takeGrant(session, event, event.at);
      return [];
    case "tripped":
      takeTrip(session, event);
      return [];
    case "raised":
      session.raised = joined(session.raised, event.labels);
      return [];
    case "heard":
      return onHeard(session, event.labels);
    default:
      return event satisfies never;
  }
}

type On<Kind extends SessionEvent["kind"]> = Extract<SessionEvent, { kind: Kind }>;

function onCall(session: SessionState, event: On<"call">, world: World): SessionEffect[] {
  const { at, op, facts } = event;
  const role = world.role(session.role);
  if (role === undefined) return refuse(session, event, session.killedBy === "" ? roleUnknown : killed, -1);
  const grant = findGrant(role, facts.kind, facts.name);
  const call: Call = { at, facts, role, grant: grantAt(role, grant) };
  const refusal = judge(session, call) ?? (isSharing(call) || event.unheard === true ? judgeShared(session, call, event.unheard === true) : undefined); // prettier-ignore
  if (refusal !== undefined) return refuse(session, event, refusal, grant);
  const open = enter(session, call, op);
  const reply: SessionEffect = { kind: "reply", op, verdict: allowedWith(call), grant, record: "intent" };
  // A list that grows from nothing reserves room for sixteen more.
  const effects = session.refusals.length === 0 ? [reply] : [...flush(session, at), reply];
  if (isSharing(call)) effects.push(...enterLease(session, call), ...enterTrip(session, call, open));
  return effects;
}

/** What sessions share comes last: a call that is refused for another reason asks nobody. */
function judgeShared(session: SessionState, call: Call, isUnheard: boolean): Refusal | undefined {
  return isUnheard
    ? { kind: "throttle", rule: "scope.unanswered", waitMs: unansweredMs, until: call.at + unansweredMs }
    : (beforeTrip(session, call) ?? beforeLease(session, call));
}

function isSharing({ grant }: Call): boolean {
  return grant.scopes.length > 0 || grant.trip !== undefined;
}

const nobodyWaits = (): number => 0;

/** Until an agent may try again when a scope did not answer. */
const unansweredMs = 1_000;

/**
 * What a call would have to be told by its scopes before it is decided; undefined when nothing. Writes nothing.
 *
 * @param isHeard it has waited and was told: what there is now, it may use. Else calls that wait together for more than
 *   there is would wait for each other, until none of them has an answer in time
 */
export function lacks(
  session: SessionState,
  { at, facts }: { readonly at: number; readonly facts: CallFacts },
  role: CompiledRole,
  waiting: (scope: string) => number,
  isHeard: boolean,
): { readonly scopes: readonly string[]; readonly reads: boolean } | undefined {
  if (role.scopes.size === 0 && role.trips.size === 0 && role.labelsRise === "") return undefined;
  const call: Call = { at, facts, role, grant: grantAt(role, findGrant(role, facts.kind, facts.name)) };
  const scopes = lackingScopes(session, call, isHeard ? nobodyWaits : waiting);
  const probed = !isHeard && lacksProbe(session, call) ? call.grant.trip?.scope : undefined;
  if (probed !== undefined && !scopes.includes(probed)) scopes.push(probed);
  const reads = !isHeard && call.grant.heeds && role.labelsRise !== "";
  if (scopes.length === 0 && !reads) return undefined;
  return judge(session, call) === undefined ? { scopes, reads } : undefined;
}

/** What the agent's scope is owed: labels that it does not know yet; then no answer may be released. Mostly nothing. */
export function owed({ labels, raised, role }: SessionState, world: World): readonly Tell[] {
  if (labels === raised || covers(raised, labels)) return noTells;
  const rises = world.role(role)?.labelsRise ?? "";
  return rises === "" ? noTells : [{ kind: "tell", scope: "agent", word: { kind: "raise", labels } }];
}

const noTells: readonly Tell[] = [];

function onSeek(session: SessionState, { at, wanted }: On<"seek">, world: World): SessionEffect[] {
  const role = world.role(session.role);
  if (role === undefined) return [];
  return [
    ...seek(session, wanted, role, at),
    ...wanted.flatMap(([scope]) => askProbe(session, scope, role, at)),
  ];
}

/** What another session of its agent has read holds for this one from now on. */
function onHeard(session: SessionState, heard: Labels): SessionEffect[] {
  if (covers(session.labels, heard)) return [];
  const risen = heard.filter((label) => !session.labels.includes(label));
  session.labels = joined(session.labels, heard);
  session.raised = joined(session.raised, heard);
  hearSources(session, risen);
  return [{ kind: "labels", op: "", risen }];
}

/**
 * The guards in order: first what stops the session as a whole, then what the agent may never do, then what it may
 * not do now; of these the one that lasts longest first, so that an agent waits once and not twice.
 */
function judge(session: SessionState, call: Call): Refusal | undefined {
  return (
    // An operator's word stands above all.
    (session.killedBy === "" ? undefined : killed) ??
    // One comparison: the storm that opened it costs least here.
    behaviour.before(session, call) ??
    // Before anything that tells used-up from not used-up: what is not granted does not exist.
    persona.before(session, call) ??
    data.before(session, call) ??
    ledger.before(session, call) ??
    openCalls.before(session, call) ??
    breaker.before(session, call) ??
    bucket.before(session, call)
  );
}

function enter(session: SessionState, call: Call, op: string): OpenCall {
  const { shape, digest } = callKeys(call);
  const open: OpenCall = {
    op,
    name: cut(call.facts.name),
    upstream: call.grant.upstream,
    shape,
    digest,
    labels: call.grant.labels,
    source: call.grant.source,
    probe: 0,
  };
  openCalls.enter(session, call, open);
  behaviour.enter(session, call, open);
  breaker.enter(session, call, open);
  bucket.enter(session, call);
  ledger.enter(session, call);
  return open;
}

function onAnswered(session: SessionState, { at, op, facts }: On<"answered">, world: World): SessionEffect[] {
  const open = leave(session, op);
  if (open === undefined) return [{ kind: "alert", rule: "session.open-calls", says: notOpen, op }];
  const effects: SessionEffect[] = read(session, open, facts);
  readValues(session, open, facts);
  const owes = owed(session, world);
  if (owes.length > 0) effects.push(...owes);
  const role = world.role(session.role);
  // Without its thresholds nothing can be learnt, and without a role nothing is allowed either.
  if (role === undefined) return effects;
  const answer = { at, facts, role };
  const tool = breaker.after(session, open, answer);
  if (tool !== undefined) effects.push({ kind: "alert", ...tool, op });
  if (role.trips.size > 0) effects.push(...afterTrip(session, open, role.trips.get(open.upstream), answer));
  const circle = behaviour.after(session, open, answer);
  if (circle !== undefined) effects.push({ kind: "alert", ...circle, op });
  return effects;
}

/** Whatever reached the upstream may have brought something back, an error's text and a part of a stream included. */
function read(session: SessionState, { op, labels }: OpenCall, { outcome }: AnswerFacts): SessionEffect[] {
  if (outcome === "unreachable" || covers(session.labels, labels)) return [];
  const risen = labels.filter((label) => !session.labels.includes(label));
  session.labels = joined(session.labels, labels);
  return [{ kind: "labels", op, risen }];
}

const notOpen = "an answer came for a call that is not open; it was ignored";

function onLifted(session: SessionState, what: Lift): SessionEffect[] {
  switch (what) {
    case "kill":
      session.killedBy = "";
      session.killedFor = "";
      return [];
    case "behaviour":
      forgive(session);
      return [];
    case "tools":
      session.breakers = breaker.start().breakers;
      return [];
    default:
      return what satisfies never;
  }
}

/** Answers a refused call; nothing but its group of refusals knows of it afterwards. */
function refuse(session: SessionState, event: On<"call">, refusal: Refusal, grant: number): SessionEffect[] {
  const { at, op, facts } = event;
  const name = cut(facts.name);
  const isFault = refusal === roleUnknown;
  const fault = isFault ? ({ fault: "CONFIGURATION" } as const) : {};
  if (countAgain(session.refusals, refusal.rule, name, at))
    return [{ kind: "reply", op, verdict: refusal, grant, record: "counted", ...fault }];
  const effects: SessionEffect[] = flush(session, at);
  session.refusals = begin(session.refusals, refusal.rule, name, at);
  effects.push({ kind: "reply", op, verdict: refusal, grant, record: "refusal", ...fault });
  if (isFault)
    effects.push({ kind: "alert", rule: refusal.rule, says: `no role has the digest ${session.role}`, op });
  return effects;
}

/** Ends the intervals of refusals that are over, and reports what was counted in them. */
function flush(session: SessionState, at: number): SessionEffect[] {
  if (session.refusals.length === 0) return [];
  const refused = refusedUntil(session.refusals, at);
  session.refusals = running(session.refusals, at);
  return refused;
}

function isJournalled(event: SessionEvent, effects: readonly SessionEffect[]): boolean {
  switch (event.kind) {
    case "call":
      return !effects.some((effect) => effect.kind === "reply" && effect.record === "counted");
    case "answered":
      return !effects.some((effect) => effect.kind === "alert" && effect.rule === "session.open-calls");
    case "heard":
      return effects.length > 0;
    default:
      return true;
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}

function cut(text: string): string {
  return text.length <= limits.sessionTextCharsMax ? text : text.slice(0, limits.sessionTextCharsMax);
}

export const session: Actor<SessionState, SessionEvent, SessionEffect, World> = {
  stateVersion,
  create,
  decide,
  isJournalled,
  dueAt: (own) => earlier(dueAt(own.refusals), leasesDueAt(own)),
  timeEvent: (at) => ({ kind: "refusals", at }),
  isLasting: ({ killedBy }) => killedBy !== "",
  freeze,
  essence,
  thaw,
};
