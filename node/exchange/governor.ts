/**
 * Between the relay and the session actor: takes turns, turns effects into records and sees to it that an intent is
 * as durable as its call demands before anything else happens.
 *
 * G1. No call is run without an `allow` of the actor and the callback of its intent record (laws 1 and 4).
 * G2. Every allowed call gets exactly one answered turn and one outcome record.
 */
import { arrived, isShared, lackingOf, messagesOf, sessionOf } from "../../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent } from "../../actors/roster.ts";
import type { SessionEvent, SessionState, World } from "../../actors/session.ts";
import type { Approval, ApprovalTold } from "../../actors/guards/stepup.ts";
import type { Host, Turned } from "../../cluster/host.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import type { AnswerFacts, CallFacts, ScanFacts } from "../../protocol/facts.ts";
import type { OperationId, SessionKey } from "../../protocol/id.ts";
import type { Durability, RecordBody, Recorder } from "../../protocol/record.ts";
import type { TableGrant } from "../../protocol/role.ts";
import type { Rule, Verdict } from "../../protocol/verdict.ts";
import type { KillTurn, OperatorTurn } from "../control/kills.ts";
import type { Caller } from "./exchange.ts";
import type { RoleInForce } from "./roles.ts";

/** Sessions, and the scopes that they share. */
export type SessionHost = Host<ActorState, AnyEvent, AnyEffect, World>;

/** What the actor allowed to be reached: a grant's target, or a server as a whole (reach.ts). */
export type Reached = Pick<TableGrant, "server" | "target" | "repeatable">;

export interface Judgement {
  readonly verdict: Verdict;
  /** Index into the role table's grants; -1 when none. */
  readonly grant: number;
  readonly recordAs: "intent" | "refusal" | "counted";
  /** Facts the turn saw and when, for the intent record. */
  readonly facts: CallFacts;
  readonly at: number;
  readonly op: OperationId;
  readonly method: string;
  readonly role: RoleInForce;
  /** The refusal is a failure of ours, not the agent's. */
  readonly fault: ErrorCode | undefined;
  /** Digest of the arguments as they go out, where that is not what was asked. */
  readonly sent?: string;
}

/** What telemetry and the console line want to know of each decision. Kept small: it is made on the hot path. */
export interface Decision {
  readonly at: number;
  readonly caller: Caller;
  readonly method: string;
  readonly name: string;
  readonly op: OperationId;
  readonly verdict: Verdict;
  /** False when an equal refusal was recorded already in this interval and this one is only counted. */
  readonly recorded: boolean;
  /** What was found in its arguments; mostly nothing. */
  readonly scan: ScanFacts | undefined;
}

export interface GovernorPorts {
  readonly host: SessionHost;
  readonly recorder: Recorder;
  /** Epoch milliseconds, never backwards. */
  readonly now: () => number;
  readonly onDecision: (decision: Decision) => void;
  readonly onOutcome: (caller: Caller, judged: Judgement, facts: AnswerFacts) => void;
  readonly onAlert: (session: SessionKey, rule: Rule, says: string) => void;
  /** What operators' kill rules ask of a session before its next call (control/kills.ts). */
  readonly demanded: (session: SessionKey, killedBy: string, at: number) => KillTurn | undefined;
  /** Closes the session's streams, wire sessions and upstream sessions. */
  readonly onClose: (session: SessionKey, reason: string) => void;
}

const nobodyWaits = (): number => 0;

export class Governor {
  readonly #ports: GovernorPorts;
  /** In a cluster a session's owner takes operators' turns, and may be another node. */
  elsewhere: ((session: SessionKey, event: OperatorTurn) => void) | undefined;

  /** Told when a call waits for a person, and when a person has decided. */
  onApproval: ((session: SessionKey, what: ApprovalTold["what"], approval: Approval) => void) | undefined;

  constructor(ports: GovernorPorts) {
    this.#ports = ports;
  }

  /** A session as it is between two turns; undefined when nothing is known of it. */
  stateOf(session: SessionKey): SessionState | undefined {
    return sessionOf(this.#ports.host.peek(session));
  }

  /** The turn "call". What the record needs is in the judgement; nothing has been recorded yet when it allows. */
  judge(caller: Caller, role: RoleInForce, method: string, op: OperationId, facts: CallFacts): Judgement {
    const at = this.#ports.now();
    this.#configure(caller.session, role, at);
    this.#seek(caller.session, role, facts, at);
    const effects = this.#ports.host.turn(caller.session, { kind: "call", at, op, facts });
    const judged = this.weigh(caller, role, method, { at, op, facts }, effects);
    for (const effect of effects) this.act(caller.session, effect, at, undefined);
    // What waits for a person is told once it is on record.
    if (judged.recordAs === "refusal" && judged.verdict.kind !== "park") this.refused(caller, judged);
    this.#deliver(caller.session, effects, at);
    return judged;
  }

  /** What a call must be told by its scopes before it is decided. They live here too: their answer is there at once. */
  #seek(session: SessionKey, { compiled }: RoleInForce, facts: CallFacts, at: number): void {
    if (!isShared(compiled)) return;
    const lacking = lackingOf(this.#ports.host.peek(session), session, { at, facts }, compiled, nobodyWaits);
    if (lacking?.turn !== undefined) this.#take(session, lacking.turn, at);
    for (const { to, event } of lacking?.messages ?? []) this.#take(to, event, at);
  }

  /** Words between sessions and scopes, where all of them live here: each brings about a turn of its own. */
  #deliver(from: string, effects: readonly AnyEffect[], at: number): void {
    for (const { to, event } of messagesOf(from, effects, at)) this.#take(to, arrived(event, at), at);
  }

  /** A turn that is no call's, recorded like any other, and what it says to others. */
  #take(key: string, event: AnyEvent, at: number): void {
    const { host, recorder } = this.#ports;
    const session = key as SessionKey;
    const effects = host.turn(key, event);
    if (host.isJournalled(event, effects))
      recorder.append({ kind: "session", at, session, event }, "written");
    for (const effect of effects) this.act(session, effect, at, undefined);
    this.#deliver(key, effects, at);
  }

  /** What a turn on a call decided, told to telemetry and console. Records nothing. */
  weigh(
    caller: Caller,
    role: RoleInForce,
    method: string,
    { at, op, facts }: Pick<Judgement, "at" | "op" | "facts">,
    effects: readonly AnyEffect[],
  ): Judgement {
    let verdict: Verdict = { kind: "deny", rule: "persona.unlisted", says: "no decision" };
    let grant = -1;
    let recordAs: Judgement["recordAs"] = "refusal";
    let fault: ErrorCode | undefined;
    for (const effect of effects) {
      if (effect.kind !== "reply") continue;
      verdict = effect.verdict;
      grant = effect.grant;
      recordAs = effect.record;
      fault = effect.fault;
    }
    this.#ports.onDecision({
      at,
      caller,
      method,
      name: facts.name,
      op,
      verdict,
      recorded: recordAs !== "counted",
      scan: facts.scan,
    });
    return { verdict, grant, recordAs, facts, at, op, method, role, fault };
  }

  /** Records a refusal in full. */
  refused(caller: Caller, judged: Judgement): void {
    this.#ports.recorder.append(this.#refusal(caller, judged), "written");
  }

  /** Records that a call waits for a person. @param then its agent may be told: a crash does not forget it any more */
  parked(caller: Caller, judged: Judgement, then: () => void): void {
    if (judged.recordAs === "counted") then();
    else this.#ports.recorder.append(this.#refusal(caller, judged), "synced", then);
  }

  /**
   * Records the intent of an allowed call.
   *
   * @param then       runs when the record is as durable as demanded; only then may the upstream be reached
   * @param durability as the role and the grant demand it of one machine (law 4); less where other machines have it too
   */
  intend(
    caller: Caller,
    judged: Judgement,
    grant: Reached,
    then: (fault: Error | undefined) => void,
    durability: Durability = judged.verdict.kind === "allow" && judged.verdict.approval !== undefined ? "synced" : durabilityOf(judged.role, grant), // prettier-ignore
  ): void {
    this.#ports.recorder.append(
      { kind: "intent", ...this.#common(caller, judged, grant), ...changedPart(judged), event: { kind: "call", at: judged.at, op: judged.op, facts: judged.facts } as RecordBody["event"] & object }, // prettier-ignore
      durability,
      then,
    );
  }

  /** The turn "answered", and the outcome record. Always runs, whatever became of the agent's connection. */
  answered(caller: Caller, judged: Judgement, grant: Pick<Reached, "server">, facts: AnswerFacts): void {
    const at = this.#ports.now();
    const event = { kind: "answered", at, op: judged.op, facts } as const;
    const effects = this.#ports.host.turn(caller.session, event);
    for (const effect of effects) this.act(caller.session, effect, at, undefined);
    this.ended(caller, judged, grant, event);
    this.#deliver(caller.session, effects, at);
  }

  /** Records the outcome of an allowed call. */
  ended(
    caller: Caller,
    judged: Judgement,
    grant: Pick<Reached, "server">,
    event: Extract<SessionEvent, { kind: "answered" }>,
  ): void {
    const { at, facts } = event;
    // Who called, from where and under which role stands in the intent of the same operation.
    const { session } = caller;
    const { name } = judged.facts;
    const { server } = grant;
    this.#ports.recorder.append(
      { kind: "outcome", at, session, op: judged.op, name, server, event },
      "written",
    );
    this.#ports.onOutcome(caller, judged, facts);
  }

  /**
   * An operator's turn on one session.
   *
   * @param then once its record is confirmed by the disk; in a cluster, where its owner has taken it
   */
  operate(session: SessionKey, event: OperatorTurn, then?: (fault: Error | undefined) => void): void {
    if (this.elsewhere !== undefined) {
      this.elsewhere(session, event);
      return then?.(undefined);
    }
    const effects = this.#ports.host.turn(session, event);
    this.#ports.recorder.append({ kind: "session", at: event.at, session, event }, "synced", then);
    for (const effect of effects) this.act(session, effect, event.at, undefined);
  }

  /**
   * Records what time events gave: refusals that were only counted. A session's first record carries the event, so
   * that a replay takes the turn once.
   */
  timed(turned: readonly Turned<AnyEffect>[], at: number): void {
    // Before a node ends, the turn is taken ahead of its time; what was decided was decided by now.
    const recordedAt = Math.min(at, this.#ports.now());
    for (const { key, effects } of turned) {
      let carried: SessionEvent | undefined = { kind: "refusals", at };
      for (const effect of effects) {
        this.act(key as SessionKey, effect, recordedAt, carried);
        if (effect.kind === "refused") carried = undefined;
      }
      if (!effects.some(({ kind }) => kind === "tell")) continue;
      // What it gives back to its scopes changes it, whether refusals were counted or not.
      if (carried !== undefined)
        this.#ports.recorder.append({ kind: "session", at: recordedAt, session: key as SessionKey, event: carried }, "written"); // prettier-ignore
      this.#deliver(key, effects, recordedAt);
    }
  }

  /** The session learns of kill rules and of the role in force: events like any other, so that a replay knows them. */
  #configure(session: SessionKey, role: RoleInForce, at: number): void {
    const state = sessionOf(this.#ports.host.peek(session));
    const demanded = this.#ports.demanded(session, state?.killedBy ?? "", at);
    if (demanded !== undefined) this.operate(session, demanded);
    if (state?.role === role.digest) return;
    const event = { kind: "configured", at, role: role.digest } as const;
    const effects = this.#ports.host.turn(session, event);
    this.#ports.recorder.append({ kind: "session", at, session, role: role.digest, event }, "written");
    for (const effect of effects) this.act(session, effect, at, undefined);
  }

  /** Does what a turn asked for; what answers a call is read by `weigh`. */
  act(session: SessionKey, effect: AnyEffect, at: number, event: SessionEvent | undefined): void {
    switch (effect.kind) {
      case "reply":
        return;
      case "refused":
        this.#ports.recorder.append(
          {
            kind: "refusal",
            at,
            session,
            name: effect.name,
            count: effect.count,
            about: { rule: effect.rule, since: effect.since, until: effect.until },
            ...(event === undefined ? {} : { event }),
          },
          "written",
        );
        return;
      case "alert":
        this.#ports.onAlert(session, effect.rule, effect.says);
        return;
      case "labels":
      case "values":
        // One machine: the outcome's record carries the event, and the answer leaves behind it. In a cluster the owner
        // withholds the answer until the runner-up has the rise (cluster/ownership.ts, N3).
        return;
      case "close":
        this.#ports.onClose(session, effect.reason);
        return;
      case "approval":
        if (effect.what === "withdrawn") this.#withdrawn(session, effect.approval, at);
        this.onApproval?.(session, effect.what, effect.approval);
        return;
      case "tell":
      case "answer":
        // Messages: whoever takes the turn sees to them.
        return;
      default:
        effect satisfies never;
    }
  }

  /** On record beside the change that did it, which has the event: what became of a call that somebody has waited for. */
  #withdrawn(session: SessionKey, { id, name, server, by, role }: Approval, at: number): void {
    const about = { what: "call withdrawn: the role has changed", approval: id, role, ...(by === "" ? {} : { approvedBy: by }) }; // prettier-ignore
    this.#ports.recorder.append({ kind: "session", at, session, op: id as OperationId, name, server, about }, "written"); // prettier-ignore
  }

  #refusal(caller: Caller, judged: Judgement): RecordBody {
    return {
      kind: "refusal",
      ...this.#common(caller, judged, judged.role.table.grants[judged.grant]),
      verdict: judged.verdict,
      event: { kind: "call", at: judged.at, op: judged.op, facts: judged.facts } as RecordBody["event"] &
        object,
    };
  }

  #common(caller: Caller, judged: Judgement, grant: Reached | undefined): Omit<RecordBody, "kind"> {
    return {
      at: judged.at,
      session: caller.session,
      op: judged.op,
      auth: { by: caller.principal.by, id: caller.principal.id },
      door: caller.door,
      from: caller.from,
      revision: caller.revision,
      method: judged.method,
      name: judged.facts.name,
      ...(grant === undefined ? {} : { server: grant.server, target: grant.target }),
      role: judged.role.digest,
    };
  }
}

/** Of an intent: the approval that it used, and what its turn has decided to change before it goes out. Mostly nothing. */
function changedPart({ verdict, sent }: Judgement): Pick<RecordBody, "verdict" | "about"> {
  if (verdict.kind !== "allow") return nothing;
  if (verdict.data === undefined && verdict.approval === undefined && verdict.alerts === undefined) return nothing; // prettier-ignore
  return sent === undefined ? { verdict } : { verdict, about: { sent } };
}

const nothing = {};

/** Law 4's one predicate: repeatable calls `written`, all others `synced`; a persona may demand more. */
export function durabilityOf(role: RoleInForce, grant: Reached): Durability {
  return grant.repeatable && role.table.durability === "written" ? "written" : "synced";
}
