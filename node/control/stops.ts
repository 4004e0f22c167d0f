/**
 * Stopping agents and letting them go again: one session by its key, or all that a kill rule names. Owns the order of
 * rule, turns and closing. Does not own the rules themselves (kills.ts), nor records of who asked (operators.ts).
 *
 * T1. When a rule is added, no call that comes after is allowed: the rule is asked before each one (governor). What is
 *     open is closed in slices right after, so that a thousand streams do not hold up other agents' calls.
 * T2. One session that cannot be stopped in its own state is closed all the same, and keeps nobody else running.
 */
import { setImmediate } from "node:timers/promises";
import type { Lift } from "../../actors/session.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { hintForRule, hintForSession, sayTarget } from "./hint.ts";
import type { KillRule, KillTarget } from "./killfile.ts";
import type { KillList, KillTurn } from "./kills.ts";
import type { SessionViews } from "./listing.ts";
import { refuse } from "./request.ts";

export interface StopPorts {
  readonly host: SessionViews & { save(key: string): void };
  /** Takes a turn on one session, records it and acts on its effects: streams are closed there. */
  readonly governor: { operate(session: SessionKey, event: KillTurn): void };
  readonly kills: KillList;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Ends everything a session has open here. */
  readonly closeSession: (session: SessionKey, reason: string) => void;
  /** Sessions with anything open here, also those that never made a call. */
  readonly openSessions: () => Iterable<SessionKey>;
}

/** What was done, and what stands in the way of its lasting. */
export interface Stopped {
  /** Sessions that were stopped now; others follow at their next call. */
  readonly killed: number;
  readonly rule?: KillRule;
  /** It holds now, but the disk refused: it may not outlive this process. */
  readonly fault: Error | undefined;
}

/** Sessions stopped before other work gets its turn. */
const slice = 256;
const reasonOfClose = "an operator stopped this agent";

export class Stops {
  readonly #ports: StopPorts;
  #isAsked = false;
  #isFollowing = false;

  constructor(ports: StopPorts) {
    this.#ports = ports;
  }

  /** Stops one session, also one that does not exist yet. In a cluster by a rule: its owner may be any node, or none now. */
  killSession(key: SessionKey, by: string, reason: string): Stopped | Promise<Stopped> {
    if (this.#ports.kills.isShared) return this.kill({ session: key }, by, reason);
    const { governor, host, now } = this.#ports;
    const fault = caught(() => {
      governor.operate(key, { kind: "killed", at: now(), by, reason });
      host.save(key);
    });
    if (fault !== undefined) this.#ports.closeSession(key, reasonOfClose);
    return { killed: 1, fault };
  }

  /** @throws GatewayError OVERLOADED when there are too many rules */
  async kill(target: KillTarget, by: string, reason: string): Promise<Stopped> {
    const { kills, now } = this.#ports;
    const fault = caught(() => kills.add(target, by, reason, now()));
    const rule = kills.find(target);
    if (rule === undefined) throw fault ?? new Error("a rule that was added is not there");
    const { killed } = await this.#follow();
    return { killed, rule, fault };
  }

  /** The rule for a target. @throws GatewayError PARAMS_INVALID when there is none */
  ruleFor(target: KillTarget): KillRule {
    return this.#ports.kills.find(target) ?? refuse(hintForRule(this.#ports.kills.rules));
  }

  /** Takes a rule away. @returns how many sessions go on now; others do at their next call */
  async lift(rule: KillRule): Promise<number> {
    this.#ports.kills.remove(rule, this.#ports.now());
    return (await this.#follow()).lifted;
  }

  /**
   * Whether there is anything to lift from one session.
   *
   * @throws GatewayError PARAMS_INVALID for a session that is not known, or that a rule stops
   */
  isLiftable(key: SessionKey, what: Lift): boolean {
    const { kills, host } = this.#ports;
    const state = host.peek(key);
    if (state === undefined)
      refuse(hintForSession(this.#ports, key) ?? "the stored state of this session cannot be read");
    const rule = what === "kill" ? kills.isKilled(key) : undefined;
    if (rule !== undefined)
      refuse(
        `the kill rule ${rule.id} stops this session; lift it: gatehouse sessions lift ${sayTarget(rule)}`,
      );
    return what !== "kill" || state.killedBy !== "";
  }

  liftSession(key: SessionKey, what: Lift, by: string): void {
    const { governor, host, now } = this.#ports;
    governor.operate(key, { kind: "lifted", at: now(), by, what });
    host.save(key);
  }

  /** After a rule of another node came or went. Rules that come meanwhile are followed by the same run, or by one more. */
  async followAll(): Promise<void> {
    this.#isAsked = true;
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      while (this.#isAsked) {
        this.#isAsked = false;
        await this.#follow();
      }
    } finally {
      this.#isFollowing = false;
    }
  }

  /** Gives each session that is in memory, or has something open, the turn that the rules ask of it. */
  async #follow(): Promise<{ killed: number; lifted: number }> {
    const { host, openSessions } = this.#ports;
    const sessions = new Set<SessionKey>(openSessions());
    for (const { key, isActive } of host.sessions()) {
      if (!isActive) break;
      sessions.add(key as SessionKey);
    }
    const turns = { killed: 0, lifted: 0 };
    let seen = 0;
    for (const session of sessions) {
      if (++seen % slice === 0) await setImmediate();
      const turn = this.#turn(session);
      if (turn !== undefined) turns[turn.kind]++;
    }
    return turns;
  }

  #turn(session: SessionKey): KillTurn | undefined {
    const { kills, host, governor, closeSession, now } = this.#ports;
    let turn: KillTurn | undefined;
    const fault = caught(() => {
      turn = kills.demanded(session, host.peek(session)?.killedBy ?? "", now());
      if (turn !== undefined) governor.operate(session, turn);
    });
    // Stopped before, or not to be stopped in its state: it may still listen.
    if ((turn === undefined || fault !== undefined) && kills.isKilled(session) !== undefined)
      closeSession(session, reasonOfClose);
    return fault === undefined ? turn : undefined;
  }
}

function caught(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (fault) {
    return fault instanceof Error ? fault : new Error(String(fault));
  }
}
