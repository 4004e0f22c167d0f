/**
 * The state of a session: what it starts as, and what it is put away as. Owns the shape of plain arrays it is frozen
 * to, and the check that what comes back is a state that `freeze` could have given: bounds, kinds and lengths of
 * everything. Does not own what any part of it means (guards/).
 */
import { limits } from "../protocol/limits.ts";
import { isScopeName } from "../protocol/scope.ts";
import { rules } from "../protocol/verdict.ts";
import type { Rule } from "../protocol/verdict.ts";
import type { Cell, Frozen } from "./actor.ts";
import { answerRowWidth, behaviour, circles, failingRowWidth, loopLength } from "./guards/behaviour.ts";
import type { BehaviourState } from "./guards/behaviour.ts";
import { breaker, breakerRowWidth } from "./guards/breaker.ts";
import { bucket, ratesLength, toolRowWidth } from "./guards/bucket.ts";
import type { BreakerState } from "./guards/breaker.ts";
import type { BucketState } from "./guards/bucket.ts";
import type { FlowSource } from "./guards/flow.ts";
import { everySource, loseValues, type LedgerState } from "./guards/ledger.ts";
import { freezeTrail, thawTrail } from "./behaviour/trailstate.ts";
import { isOtherLayout } from "./ledger/mark.ts";
import { freezeMemory, thawMemory } from "./ledger/memory.ts";
import { behaviourProbe, sharedProbe, toolProbe } from "./guards/guard.ts";
import type { OpenCall } from "./guards/guard.ts";
import { noLeases } from "./guards/lease.ts";
import type { Lease, LeaseState } from "./guards/lease.ts";
import { freezeApproval, noApprovals, thawApproval } from "./guards/stepup.ts";
import type { ApprovalsState } from "./guards/stepup.ts";
import type { SequenceGuardState } from "./guards/sequence.ts";
import { noTrips } from "./guards/trip.ts";
import type { Trip, TripsState } from "./guards/trip.ts";
import { noCalls, openCalls } from "./guards/opencalls.ts";
import type { OpenCallsState } from "./guards/opencalls.ts";
import { noLabels, thawLabels } from "./labels.ts";
import type { Labels } from "./labels.ts";
import type { TallyGuardState } from "./guards/tally.ts";
import { freezeTally, thawTally } from "./tallystate.ts";
import { noGroups } from "./refusals.ts";
import type { RefusalGroup } from "./refusals.ts";
import { cell, thawRows } from "./rows.ts";
import { noWires, thawWire } from "./wires.ts";
import type { WireMemory } from "./wires.ts";

/** Grows with every change of the frozen shape, or of a decision. */
export const stateVersion = 12;
/** Versions before it, whose rows are still read: an update pardons nobody and stops nobody. */
/** Approvals that no change of the role withdraws. */
const lastingApprovalsVersion = 11;
/** A trail as lists of texts. */
const wideTrailVersion = 10;
const traillessVersion = 9;
const tallylessVersion = 8;
const unapprovedVersion = 7;
const ledgerlessVersion = 6;
const fullToolsVersion = 5;
const untrippedVersion = 4;
const unleasedVersion = 3;
const wirelessVersion = 2;
const unlabelledVersion = 1;

export interface SessionState
  extends
    BucketState,
    BreakerState,
    BehaviourState,
    OpenCallsState,
    LeaseState,
    TripsState,
    LedgerState,
    ApprovalsState,
    TallyGuardState,
    SequenceGuardState {
  /** Digest of the role in force; "" before the first. */
  role: string;
  /** Which operator stopped it; "" for none. And why: for operators, never for the agent. */
  killedBy: string;
  killedFor: string;
  refusals: readonly RefusalGroup[];
  /** Data labels of everything it has read; they only ever grow. */
  labels: Labels;
  /** For nodes that share it; no guard reads it. */
  wires: readonly WireMemory[];
  /** Those of them that the agent's scope is known to know. */
  raised: Labels;
}

/** A session that nothing is known of: no role, so nothing allowed; full buckets, closed breakers. */
export function create(): SessionState {
  const { open } = openCalls.start();
  const { rates, tools } = bucket.start();
  const { breakers } = breaker.start();
  const { loop, repeated, failing, answers } = behaviour.start();
  // One literal with its members in the order of `thaw`: one hidden class, and no member outside the object.
  return {
    role: "",
    killedBy: "",
    killedFor: "",
    open,
    rates,
    tools,
    breakers,
    loop,
    repeated,
    failing,
    answers,
    refusals: noGroups,
    labels: noLabels,
    wires: noWires,
    leases: noLeases,
    raised: noLabels,
    trips: noTrips,
    sources: noLabels,
    coarse: noLabels,
    faded: noLabels,
    memory: undefined,
    approvals: noApprovals,
    tally: undefined,
    trail: undefined,
    interruptedBy: "",
  };
}

export function freeze(session: SessionState): Frozen {
  return [
    stateVersion,
    session.role,
    session.killedBy,
    session.killedFor,
    session.rates,
    session.tools,
    session.breakers,
    session.loop,
    session.repeated,
    session.failing,
    session.answers,
    session.open.map(({ op, name, upstream, shape, digest, labels, probe, source, step = -1 }) => [
      op,
      name,
      upstream,
      shape,
      digest,
      probe,
      labels,
      source === undefined
        ? []
        : [source.server, source.target, source.environment, source.isFollowed ? 1 : 0, source.marks],
      step,
    ]),
    session.refusals.map(({ rule, name, since, count, last }) => [rule, name, since, count, last]),
    session.labels,
    session.wires.map(({ wire, isClosed, level, uris }) => [wire, isClosed ? 1 : 0, level, uris]),
    session.leases.map(({ scope, line, granted, spent, until, ahead, waitUntil, askedAt }) => [
      scope,
      line,
      granted,
      spent,
      until,
      ahead,
      waitUntil,
      askedAt,
    ]),
    session.raised,
    session.trips.map(({ scope, isFailing, isOpen, until, since, hasProbe, probe, watchedAt }) => [scope, isFailing ? 1 : 0, isOpen ? 1 : 0, until, since, hasProbe ? 1 : 0, probe, watchedAt]), // prettier-ignore
    session.sources,
    session.coarse,
    session.faded,
    session.memory === undefined ? [] : freezeMemory(session.memory),
    session.approvals.map(freezeApproval),
    freezeTally(session.tally),
    session.trail === undefined ? [] : freezeTrail(session.trail),
    session.interruptedBy,
  ];
}

/** What every replay of the journalled events gives again: all but the counts of refusals that were only counted. */
export function essence(session: SessionState): Frozen {
  return freeze({ ...session, refusals: noGroups });
}

/** Versions whose rows have as many parts. */
const currentShape: ReadonlySet<unknown> = new Set([stateVersion, lastingApprovalsVersion, wideTrailVersion]);

/** @returns the session; undefined for anything that `freeze` of this version, or one before, does not give */
export function thaw(frozen: unknown): SessionState | undefined {
  if (!Array.isArray(frozen)) return undefined;
  const isUnlabelled = frozen[0] === unlabelledVersion && frozen.length === 13;
  const isWireless = isUnlabelled || (frozen[0] === wirelessVersion && frozen.length === 14);
  const isUnleased = isWireless || (frozen[0] === unleasedVersion && frozen.length === 15);
  const isUntripped = isUnleased || (frozen[0] === untrippedVersion && frozen.length === 17);
  const isLedgerless = isUntripped || (frozen.length === 18 && (frozen[0] === ledgerlessVersion || frozen[0] === fullToolsVersion)); // prettier-ignore
  const isUnapproved = isLedgerless || (frozen.length === 22 && frozen[0] === unapprovedVersion);
  const isTallyless = isUnapproved || (frozen.length === 23 && frozen[0] === tallylessVersion);
  const isTrailless = isTallyless || (frozen.length === 24 && frozen[0] === traillessVersion);
  const isCurrent = frozen.length === 26 && currentShape.has(frozen[0]);
  if (!isTrailless && !isCurrent) return undefined;
  const [role, killedBy, killedFor] = frozen.slice(1, 4) as unknown[];
  const [rates, tools, breakers] = frozen.slice(4, 7) as unknown[];
  const [loop, repeated, failing, answers] = frozen.slice(7, 11) as unknown[];
  const [calls, groups, labels, wires, leases = [], raised = [], trips = []] = frozen.slice(11) as unknown[];
  const [approvals = [], counted = [], trail = [], interruptedBy = ""] = frozen.slice(22) as unknown[];
  const tally = thawTally(counted);
  if (tally === "broken") return undefined;
  const isNew = Array.isArray(trail) && trail.length === 0;
  const thawnTrail = isNew ? undefined : thawTrail(trail);
  if ((!isNew && thawnTrail === undefined) || !isText(interruptedBy)) return undefined;
  if (!isText(role) || !isText(killedBy) || !isText(killedFor) || !isText(repeated)) return undefined;
  const state = {
    role,
    killedBy,
    killedFor,
    open: thawAll(calls, limits.openCallsPerSessionMax, thawCall, noCalls),
    rates: thawRows(rates, ratesLength, 1),
    tools: thawRows(tools, toolRowWidth, limits.toolStatesPerSessionMax),
    breakers: thawRows(breakers, breakerRowWidth, limits.toolStatesPerSessionMax),
    loop: thawRows(loop, loopLength, 1),
    repeated,
    failing: thawRows(failing, failingRowWidth, limits.behaviourEntriesMax),
    answers: thawRows(answers, answerRowWidth, limits.behaviourAnswersMax),
    refusals: thawAll(groups, limits.refusalGroupsMax + ruleCount, thawGroup, noGroups),
    labels: isUnlabelled ? noLabels : thawLabels(labels),
    wires: isWireless ? noWires : thawAll(wires, limits.wireSessionsPerPrincipalMax, thawWire, noWires),
    leases: thawAll(leases, limits.leasesPerSessionMax, thawLease, noLeases),
    raised: thawLabels(raised),
    trips: thawAll(trips, limits.leasesPerSessionMax, thawTrip, noTrips),
    // What a version without a ledger has read is not known, value by value.
    ...(isLedgerless ? { sources: everySource, coarse: everySource, faded: everySource, memory: undefined } : thawLedger(frozen.slice(18))), // prettier-ignore
    approvals: thawAll(approvals, limits.approvalsPerSessionMax + limits.approvalsPastPerSessionMax, thawApproval, noApprovals), // prettier-ignore
    tally,
    trail: thawnTrail,
    interruptedBy,
  };
  return isWhole(state) ? state : undefined;
}

type Thawed = { [Member in keyof SessionState]: SessionState[Member] | undefined };

function thawLedger([sources, coarse, faded, memory]: readonly unknown[]): Pick<
  Thawed,
  "sources" | "coarse" | "faded" | "memory"
> {
  // prettier-ignore
  const [read, partly, weakly] = [thawLabels(sources), thawLabels(coarse), thawLabels(faded)];
  const isNone = Array.isArray(memory) && memory.length === 0;
  const isOther = Array.isArray(memory) && isOtherLayout(memory[0]);
  const values = isNone || isOther ? undefined : thawMemory(memory);
  const isBroken = values === undefined && !isNone && !isOther;
  if (isBroken || read === undefined || partly === undefined || weakly === undefined) return brokenLedger;
  const own: LedgerState = { sources: read, coarse: partly, faded: weakly, memory: values };
  if (isOther) loseValues(own);
  return own;
}

const brokenLedger = { sources: undefined, coarse: undefined, faded: undefined, memory: undefined };

function thawSource(value: unknown): FlowSource | undefined | "broken" {
  if (!Array.isArray(value)) return "broken";
  if (value.length === 0) return undefined;
  const [server, target, environment, isFollowed, kept] = value as unknown[];
  const marks = thawLabels(kept);
  if (value.length !== 5 || !isText(server) || !isLong(target) || !isText(environment) || marks === undefined) return "broken"; // prettier-ignore
  return isFollowed === 0 || isFollowed === 1 ? { server, target, environment, marks, isFollowed: isFollowed === 1 } : "broken"; // prettier-ignore
}

/** Of a tool or a URI, which a role bounds. */
function isLong(value: unknown): value is string {
  return typeof value === "string" && value.length <= limits.sessionTextCharsMax * 4;
}

const mayBeNone: ReadonlySet<string> = new Set(["memory", "tally", "trail"]);

function isWhole(state: Thawed): state is SessionState {
  // It may have no memory and no counts, and nothing else.
  for (const member in state)
    if (state[member as keyof Thawed] === undefined && !mayBeNone.has(member)) return false;
  const { rates, loop } = state;
  if (rates?.length !== ratesLength || loop === undefined) return false;
  return loop.length === 0 || circles[cell(loop, 3)] !== undefined;
}

const ruleCount = Object.keys(rules).length;

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= limits.sessionTextCharsMax;
}

function isRule(value: unknown): value is Rule {
  return typeof value === "string" && Object.hasOwn(rules, value);
}

/** Each element thawed; undefined when there are too many, or one is not what it should be. */
function thawAll<T, List extends readonly T[]>(
  value: unknown,
  countMax: number,
  thawOne: (cells: readonly Cell[]) => T | undefined,
  none: List,
): List | T[] | undefined {
  if (!Array.isArray(value) || value.length > countMax) return undefined;
  const thawed: T[] = [];
  for (const each of value as unknown[]) {
    const one = Array.isArray(each) ? thawOne(each as Cell[]) : undefined;
    if (one === undefined) return undefined;
    thawed.push(one);
  }
  return thawed.length === 0 ? none : thawed;
}

function thawCall(cells: readonly Cell[]): OpenCall | undefined {
  const [op, name, upstream, shape, digest, probe, seen = noLabels, from = [], step = -1] = cells;
  const source = thawSource(from);
  const labels = thawLabels(seen);
  if (
    cells.length < 6 ||
    cells.length > 9 ||
    source === "broken" ||
    labels === undefined ||
    !isText(op) ||
    !isText(name)
  )
    return undefined;
  if (!isNumber(upstream) || !isNumber(shape) || !isNumber(digest)) return undefined;
  if (!isCount(probe) || probe > toolProbe + behaviourProbe + sharedProbe) return undefined;
  if (!Number.isSafeInteger(step) || (step as number) < -1) return undefined;
  return { op, name, upstream, shape, digest, labels, source, step: step as number, probe };
}

function thawGroup(cells: readonly Cell[]): RefusalGroup | undefined {
  const [rule, name, since, count, last] = cells;
  if (cells.length !== 5 || !isRule(rule) || !isText(name)) return undefined;
  if (!isNumber(since) || !isCount(count) || !isNumber(last)) return undefined;
  return { rule, name, since, count, last };
}

function thawLease(cells: readonly Cell[]): Lease | undefined {
  const [scope, line, granted, spent, until, ahead, waitUntil, askedAt] = cells;
  if (cells.length !== 8 || !isScopeName(scope) || !isCount(granted) || !isCount(spent)) return undefined;
  if (!isNumber(line) || !isNumber(until) || !isCount(ahead) || !isNumber(waitUntil) || !isNumber(askedAt))
    return undefined;
  return { scope, line, granted, spent, until, ahead, waitUntil, askedAt };
}

function thawTrip(cells: readonly Cell[]): Trip | undefined {
  const [scope, isFailing, isOpen, until, since, hasProbe, probe, watchedAt] = cells;
  if (
    cells.length !== 8 ||
    !isScopeName(scope) ||
    !isNumber(until) ||
    !isNumber(watchedAt) ||
    !isNumber(since) ||
    !isNumber(probe)
  )
    return undefined;
  if (![isFailing, isOpen, hasProbe].every((flag) => flag === 0 || flag === 1)) return undefined;
  return {
    scope,
    isFailing: isFailing === 1,
    isOpen: isOpen === 1,
    until,
    since,
    hasProbe: hasProbe === 1,
    probe,
    watchedAt,
  };
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
