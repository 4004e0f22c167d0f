/**
 * Sessions and the scopes that they share, without a node between them: what each says waits in a post that the test
 * delivers, drops or doubles. Every actor is the real one.
 */
import type { CallFacts, Outcome } from "../protocol/facts.ts";
import type { RoleTable } from "../protocol/role.ts";
import { sessionKey } from "../protocol/id.ts";
import { arrived, lackingOf, messagesOf, roster, sessionOf } from "./roster.ts";
import type { ActorState, AnyEffect, AnyEvent, Message } from "./roster.ts";
import type { World } from "./session.ts";
import { answered, callFacts, worldOf } from "./session.fixture.ts";

export class SharedWorld {
  readonly states = new Map<string, ActorState>();
  readonly post: Message[] = [];
  /** Journalled events by key, in the order of their turns. */
  readonly journal = new Map<string, AnyEvent[]>();
  readonly world: World;
  readonly #role: string;
  now = 1_800_000_000_000;
  #ops = 0;

  constructor(table: RoleTable) {
    this.#role = "role";
    this.world = worldOf({ role: table });
  }

  /** The key of a session, which is told of its role if it is new. */
  session(agent: string, user?: string, tenant = "default", persona = "support"): string {
    const key = sessionKey(tenant, persona, agent, user);
    if (!this.states.has(key)) this.turn(key, { kind: "configured", at: this.now, role: this.#role });
    return key;
  }

  state(key: string): ActorState {
    let state = this.states.get(key);
    if (state === undefined) this.states.set(key, (state = roster.create(key)));
    return state;
  }

  turn(key: string, event: AnyEvent): readonly AnyEffect[] {
    const effects = roster.decide(this.state(key), event, this.world);
    if (roster.isJournalled(event, effects)) {
      const journal = this.journal.get(key) ?? [];
      this.journal.set(key, journal);
      journal.push(event);
    }
    this.post.push(...messagesOf(key, effects, this.now));
    return effects;
  }

  /** Delivers the message at a place, and leaves it there when it is to come again. */
  deliver(place: number, isDoubled = false): void {
    const message = this.post[place];
    if (message === undefined) return;
    if (!isDoubled) this.post.splice(place, 1);
    this.turn(message.to, arrived(message.event, this.now));
  }

  deliverAll(): void {
    while (this.post.length > 0) this.deliver(0);
  }

  /**
   * Calls of one session that come in at once and wait for their scopes together, as cluster/messages.ts lets them. What
   * is said meanwhile comes in order, each word once.
   *
   * @returns what was decided of each, "waits" for one that was told something `wordsMax` times and waits still
   */
  callAtOnce(key: string, name: string, count: number, wordsMax: number): string[] {
    const ends: string[] = [];
    const parked: { heard: number }[] = [];
    const decide = (call: { heard: number }): void => {
      const op = `op-${++this.#ops}`;
      const facts = callFacts(name, { digest: op.padEnd(22, "-"), shape: op.padEnd(22, "-") });
      const own = sessionOf(this.state(key));
      const role = this.world.role(own?.role ?? "");
      if (own === undefined || role === undefined) throw new Error("no session, or none with a role");
      const lacking = lackingOf(own, key, { at: this.now, facts }, role, () => parked.length, call.heard > 0); // prettier-ignore
      if (lacking !== undefined && call.heard >= wordsMax) return void ends.push("waits");
      if (lacking?.turn !== undefined) this.turn(key, lacking.turn);
      if (lacking !== undefined) return void parked.push(call);
      const effects = this.turn(key, { kind: "call", at: this.now, op, facts });
      const verdict = effects.find((effect) => effect.kind === "reply")?.verdict;
      if (verdict?.kind === "allow") this.turn(key, answered(op, "ok", this.now, op.padEnd(22, "=")));
      ends.push(verdict === undefined || verdict.kind === "allow" ? "allow" : verdict.rule);
    };
    for (let made = 0; made < count; made++) decide({ heard: 0 });
    while (parked.length > 0) {
      this.deliverAll();
      for (let left = parked.length; left > 0; left--) {
        const call = parked.shift();
        if (call !== undefined) decide({ heard: call.heard + 1 });
      }
    }
    return ends;
  }

  /** A call as a node conducts it. `wait`: what its scopes are asked is delivered and answered first. */
  call(
    key: string,
    name: string,
    wait: boolean,
    changes: Partial<CallFacts> = {},
    outcome: Outcome = "ok",
  ): { rule: string; op: string; waitMs: number } {
    const op = `op-${++this.#ops}`;
    const facts = callFacts(name, { digest: op.padEnd(22, "-"), shape: op.padEnd(22, "-"), ...changes });
    const own = sessionOf(this.state(key));
    const role = this.world.role(own?.role ?? "");
    if (own === undefined || role === undefined) throw new Error("no session, or none with a role");
    const lacking = lackingOf(own, key, { at: this.now, facts }, role, () => 0);
    if (lacking?.turn !== undefined) this.turn(key, lacking.turn);
    this.post.push(...(lacking?.messages ?? []));
    if (wait && lacking !== undefined) this.deliverAll();
    const effects = this.turn(key, { kind: "call", at: this.now, op, facts });
    const reply = effects.find((effect) => effect.kind === "reply");
    const verdict = reply?.verdict;
    if (verdict === undefined) throw new Error("a call without a reply");
    if (verdict.kind === "allow") this.turn(key, answered(op, outcome, this.now, op.padEnd(22, "=")));
    return verdict.kind === "allow" ? { rule: "allow", op, waitMs: 0 } : { rule: verdict.rule, op, waitMs: verdict.kind === "throttle" ? verdict.waitMs : 0 }; // prettier-ignore
  }
}
