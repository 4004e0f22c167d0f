/**
 * The what-if of the past: a session's journalled events, given to its actor again, and each decision held against the
 * one on record (actors/actor.ts, A4). Owns the comparison. Does not own the decisions, nor whether the records are
 * whole: `gatehouse audit verify` says that.
 *
 * Refusals that were only counted are not journalled and not compared: they changed nothing but a count.
 *
 * R1. Where the node began afresh (its memory of the session had ended, or a crash had lost it), so does the replay:
 *     it shows, because a node says `configured` only to a session that does not have that role already.
 * R2. A role table counts only under its own digest: one that was edited would replay to other decisions.
 */
import { judgeAnswer } from "../../actors/guards/data.ts";
import { findGrant, grantAt } from "../../actors/guards/persona.ts";
import type { CompiledRole } from "../../actors/guards/role.ts";
import type { CompiledBaseline } from "../../actors/behaviour/baseline.ts";
import { compileRole } from "../../actors/guards/role.ts";
import { roster, sessionOf } from "../../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent } from "../../actors/roster.ts";
import type { World } from "../../actors/session.ts";
import type { AnswerFacts, CallFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import { digestOf } from "../catalogue/definition.ts";

export interface Difference {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly op: string;
  readonly name: string;
  /** "allow", or kind and rule: "deny persona.argument". */
  readonly recorded: string;
  readonly replayed: string;
  /** The node had been started again since the session's event before: a crash may have lost what it remembered. */
  readonly afterRestart: boolean;
}

export interface Replay {
  readonly events: number;
  /** Calls whose decision was compared. */
  readonly decisions: number;
  /** How often the session began with nothing known of it. */
  readonly lives: number;
  /** At most limits.verifyFindingsMax; `differenceCount` counts all. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  /** Role tables that are not there, or not what their digest says, with the reason. */
  readonly badRoles: ReadonlyMap<string, string>;
}

/**
 * Replays one session.
 *
 * @param records all records of that session, in the order they were written
 * @param load    the role table kept under a digest; undefined when there is none
 */
export function replay(
  records: Iterable<RecordLine>,
  load: (digest: string) => RoleTable | undefined,
  baseline: (version: string) => CompiledBaseline | undefined = () => undefined,
): Replay {
  const world = new KeptRoles(load, baseline);
  const differences: Difference[] = [];
  let [events, decisions, lives, differenceCount, epoch] = [0, 0, 0, 0, -1];
  let state: ActorState | undefined;
  const calls = new Map<string, OpenIntent>();
  for (const record of records) {
    const event = record.event as AnyEvent | undefined;
    if (event === undefined) continue;
    if (state === undefined || (event.kind === "configured" && sessionOf(state)?.role === event.role)) {
      state = roster.create(record.session);
      lives++;
    }
    events++;
    let recorded = recordedVerdict(record);
    let replayed = belongs(record, event) ? decide(state, event, world) : "the event of another record";
    const afterRestart = epoch >= 0 && epoch !== record.epoch;
    epoch = record.epoch;
    if (event.kind === "call") {
      decisions++;
      if (record.kind === "intent") calls.set(event.op, { facts: event.facts, role: record.role ?? "" });
    } else if (event.kind === "answered" && typeof replayed !== "string") {
      const answer = answerSaid(event.facts, calls.get(event.op), world);
      calls.delete(event.op);
      if (answer === undefined) continue;
      decisions++;
      [recorded, replayed] = answer;
    } else if (typeof replayed !== "string") continue;
    if (replayed === recorded) continue;
    differenceCount++;
    if (differences.length >= limits.verifyFindingsMax) continue;
    const { at, op = "", name = "" } = record;
    differences.push({
      at,
      op,
      name,
      recorded: recorded ?? "nothing",
      replayed: replayed ?? "nothing",
      afterRestart,
    });
  }
  return { events, decisions, lives, differences, differenceCount, badRoles: world.bad };
}

/** What was asked and under which role, until it is answered. */
interface OpenIntent {
  readonly facts: CallFacts;
  readonly role: string;
}

/** What was done to an answer and what would be done now; undefined where nothing was found in it. */
function answerSaid(
  { scan }: AnswerFacts,
  intent: OpenIntent | undefined,
  world: World,
): [recorded: string, replayed: string] | undefined {
  if (scan === undefined || intent === undefined) return undefined;
  const role = world.role(intent.role);
  const recorded = `answer ${scan.isBlocked === true ? "withheld" : scan.actions.join(" ")}`;
  if (role === undefined) return [recorded, "no role"];
  const { kind, name } = intent.facts;
  const { actions, refusal } = judgeAnswer(scan, grantAt(role, findGrant(role, kind, name)));
  return [recorded, `answer ${refusal === undefined ? actions.join(" ") : "withheld"}`];
}

/** Only a line that was changed carries an event of another kind, or of another call. */
function belongs({ kind, op, verdict }: RecordLine, event: AnyEvent): boolean {
  const isDecision = kind === "intent" || verdict !== undefined;
  if (isDecision) return event.kind === "call" && event.op === op;
  return event.kind !== "call" && (kind === "outcome") === (event.kind === "answered");
}

/** The decision on a call in words; for anything else undefined, or words when the actor cannot take it. */
function decide(state: ActorState, event: AnyEvent, world: World): string | undefined {
  try {
    const effects = roster.decide(state, event, world) as readonly AnyEffect[] | undefined;
    if (effects === undefined) return "an event that no actor knows";
    const reply = effects.find((effect) => effect.kind === "reply");
    return reply === undefined ? undefined : sayVerdict(reply.verdict);
  } catch {
    // Only a line that was changed does this: the recorder writes what the actor took.
    return "an event that the actor cannot take";
  }
}

function recordedVerdict({ kind, verdict }: RecordLine): string | undefined {
  if (kind === "intent") return verdict?.kind === "allow" ? sayVerdict(verdict) : "allow";
  return verdict === undefined ? undefined : sayVerdict(verdict);
}

export function sayVerdict(verdict: Verdict): string {
  if (verdict.kind === "allow" && verdict.approval !== undefined) {
    const { approval, ...plain } = verdict;
    return `${sayVerdict(plain)}, by approval ${approval}`;
  }
  if (verdict.kind === "allow" && verdict.data !== undefined)
    return `allow, with ${[...verdict.data.found, ...verdict.data.tokens].join(" ")}`;
  return verdict.kind === "allow" ? "allow" : `${verdict.kind} ${verdict.rule}`;
}

class KeptRoles implements World {
  readonly bad = new Map<string, string>();
  readonly #load: (digest: string) => RoleTable | undefined;
  readonly #baseline: (version: string) => CompiledBaseline | undefined;
  readonly #compiled = new Map<string, CompiledRole | undefined>();

  constructor(
    load: (digest: string) => RoleTable | undefined,
    baseline: (version: string) => CompiledBaseline | undefined,
  ) {
    this.#load = load;
    this.#baseline = baseline;
  }

  role(digest: string): CompiledRole | undefined {
    if (digest !== "" && !this.#compiled.has(digest)) this.#compiled.set(digest, this.#compile(digest));
    return this.#compiled.get(digest);
  }

  #compile(digest: string): CompiledRole | undefined {
    const fail = (why: string): undefined => void this.bad.set(digest, why);
    try {
      const table = this.#load(digest);
      if (table === undefined) return fail("it is not in the data folder");
      if (digestOf(table) !== digest) return fail("it is not what its digest says: somebody changed it");
      const baseline = table.baseline === undefined ? undefined : this.#baseline(table.baseline);
      if (table.baseline !== undefined && baseline === undefined)
        return fail(`its baseline ${table.baseline} is not in the data folder`);
      const compiled = compileRole(table, baseline);
      return "table" in compiled ? compiled : fail("it does not compile with this program's version");
    } catch {
      return fail("it cannot be read");
    }
  }
}
