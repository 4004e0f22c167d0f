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
 * S7. A call that some guard wants a person to decide on passes with that person's approval for it, once (guards/stepup.ts).
 * S8. What is read of a kind that is counted is told to the scopes that count it over days; what they stop is refused.
 */
import type { AnswerFacts, CallFacts } from "../protocol/facts.ts";
import { limits } from "../protocol/limits.ts";
import { rules } from "../protocol/verdict.ts";
import type { Actor } from "./actor.ts";
import { behaviour, callKeys, forgive } from "./guards/behaviour.ts";
import { breaker } from "./guards/breaker.ts";
import { bucket, loseRates } from "./guards/bucket.ts";
import type { Ask, Call, OpenCall, Refusal } from "./guards/guard.ts";
import { allowedWith, data } from "./guards/data.ts";
import { forgetValues, hearSources, ledger, loseLedger, pardonSources, readValues } from "./guards/ledger.ts";
import { leave, openCalls } from "./guards/opencalls.ts";
import { findGrant, persona } from "./guards/persona.ts";
import { beforeLease, endLeases, enterLease, lackingScopes, leasesDueAt, noLeases, seek, takeGrant } from "./guards/lease.ts"; // prettier-ignore
import type { Tell } from "./guards/lease.ts";
import type { CompiledRole } from "./guards/role.ts";
import { callOf, forgiveSequence, interrupts, loseTrail, sequence, sequenceAlerts, sequenceWords } from "./guards/sequence.ts"; // prettier-ignore
import { askOfGrant, noApprovals, onDecided, onRole, stepUp, withAsked, withUsed } from "./guards/stepup.ts";
import { afterTrip, askProbe, beforeTrip, enterTrip, lacksProbe, noTrips, takeTrip } from "./guards/trip.ts";
import { afterRead, beforeRead, takeCounted, tallyDueAt, tellWaiting } from "./guards/tally.ts";
import { covers, everyLabel, joined } from "./labels.ts";
import type { Labels } from "./labels.ts";
import { begin, countAgain, dueAt, refusedUntil, running } from "./refusals.ts";
import type { Lift, SessionEffect, SessionEvent } from "./sessionevent.ts";
import { create, essence, freeze, stateVersion, thaw } from "./sessionstate.ts";
import type { SessionState } from "./sessionstate.ts";
import { changed } from "./wires.ts";

export type { Lift, SessionEffect, SessionEvent } from "./sessionevent.ts";
export type { SessionState } from "./sessionstate.ts";

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
      return onRole(session, event.role, event.at);
    case "refusals":
      return [...flush(session, event.at), ...endLeases(session, event.at), ...tellWaiting(session, event.at, world.role(session.role))]; // prettier-ignore
    case "killed":
      session.killedBy = cut(event.by === "" ? "operator" : event.by);
      session.killedFor = cut(event.reason);
      session.approvals = noApprovals;
      return [{ kind: "close", reason: rules["session.killed"] }];
    case "lifted":
      return onLifted(session, event.what);
    case "wire":
      session.wires = changed(session.wires, event.wire, event.what, event.value);
      return [];
    case "lost":
      session.labels = joined(session.labels, [everyLabel]);
      loseLedger(session);
      loseTrail(session);
      loseRates(session, event.at);
      session.leases = noLeases;
      session.trips = noTrips;
      session.approvals = noApprovals;
      session.tally = undefined;
      return [];
    case "shrink":
      forgetValues(session, "!room");
      return [];
    case "decided":
      return onDecided(session, event);
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
    case "counted":
      takeCounted(session, event, event.at);
      return [];
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
  const call = callOf(session, at, facts, role, grant);
  const refusal = judge(session, call) ?? (isSharing(call) || event.unheard === true ? judgeShared(session, call, event.unheard === true) : undefined); // prettier-ignore
  if (refusal !== undefined)
    return interrupts(session, refusal) ? interrupt(session, event, refusal, grant) : refuse(session, event, refusal, grant); // prettier-ignore
  const step = stepUp(session, call, op, session.role, asksOf(session, call));
  if (step?.kind === "ask") {
    session.approvals = withAsked(session.approvals, step.approval);
    const parked: SessionEffect = { kind: "reply", op, verdict: step.verdict, grant, record: "refusal" };
    return [...flush(session, at), parked, { kind: "approval", what: "asked", approval: step.approval }];
  }
  if (step !== undefined && step.kind !== "use") return refuse(session, event, step, grant);
  const [heard, open] = [sequenceWords(session, call), enter(session, call, op)];
  if (step !== undefined) session.approvals = withUsed(session.approvals, step.id);
  const alerts = sequenceAlerts(session, call, heard);
  const reply: SessionEffect = { kind: "reply", op, verdict: allowedWith(call, step?.id, alerts), grant, record: "intent" }; // prettier-ignore
  // A list that grows from nothing reserves room for sixteen more.
  const effects = session.refusals.length === 0 ? [reply] : [...flush(session, at), reply];
  for (const alert of alerts) effects.push({ kind: "alert", ...alert, op });
  if (isSharing(call)) effects.push(...enterLease(session, call), ...enterTrip(session, call, open));
  return effects;
}

const nobodyAsks: readonly Ask[] = [];

/** What guards want a person to decide about a call that all of them have let pass; mostly nothing. */
function asksOf(session: SessionState, call: Call): readonly Ask[] {
  const ofGrant = askOfGrant(call);
  const ofSequence = sequence.asks(session, call);
  if (ofSequence === undefined) return ofGrant === undefined ? nobodyAsks : [ofGrant];
  return ofGrant === undefined ? [ofSequence] : [ofGrant, ofSequence];
}

/** Stops the session for good: its refusal is on record and in the journal, however many there were before. */
function interrupt(
  session: SessionState,
  { at, op }: On<"call">,
  refusal: Refusal,
  grant: number,
): SessionEffect[] {
  session.interruptedBy = refusal.rule;
  session.approvals = noApprovals;
  const says = "why" in refusal ? (refusal.why ?? "") : "";
  return [
    ...flush(session, at),
    { kind: "reply", op, verdict: refusal, grant, record: "refusal" },
    { kind: "alert", rule: refusal.rule, says, op },
    { kind: "close", reason: rules["sequence.interrupted"] },
  ];
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
  const call = callOf(session, at, facts, role, findGrant(role, facts.kind, facts.name));
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
    sequence.before(session, call) ??
    ledger.before(session, call) ??
    beforeRead(session, call) ??
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
    step: -1,
    probe: 0,
  };
  openCalls.enter(session, call, open);
  behaviour.enter(session, call, open);
  breaker.enter(session, call, open);
  bucket.enter(session, call);
  ledger.enter(session, call);
  sequence.enter(session, call, open);
  return open;
}

function onAnswered(session: SessionState, { at, op, facts }: On<"answered">, world: World): SessionEffect[] {
  const open = leave(session, op);
  if (open === undefined) return [{ kind: "alert", rule: "session.open-calls", says: notOpen, op }];
  const effects: SessionEffect[] = read(session, open, facts);
  if (readValues(session, open, facts)) effects.push({ kind: "values", op });
  const owes = owed(session, world);
  if (owes.length > 0) effects.push(...owes);
  const role = world.role(session.role);
  // Without its thresholds nothing can be learnt, and without a role nothing is allowed either.
  if (role === undefined) return effects;
  const answer = { at, facts, role };
  sequence.after(session, open, answer);
  const tool = breaker.after(session, open, answer);
  if (tool !== undefined) effects.push({ kind: "alert", ...tool, op });
  if (role.trips.size > 0) effects.push(...afterTrip(session, open, role.trips.get(open.upstream), answer));
  if (role.tallies.length > 0) effects.push(...afterRead(session, open, answer));
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
      forgiveSequence(session);
      return [];
    case "tools":
      session.breakers = breaker.start().breakers;
      return [];
    case "flow":
      pardonSources(session);
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
    case "decided":
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
  dueAt: (own) => earlier(earlier(dueAt(own.refusals), leasesDueAt(own)), tallyDueAt(own)),
  timeEvent: (at) => ({ kind: "refusals", at }),
  isLasting: ({ killedBy, interruptedBy }) => killedBy !== "" || interruptedBy !== "",
  freeze,
  essence,
  thaw,
};
