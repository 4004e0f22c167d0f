/**
 * Kill rules: whole agents, whole personas, or everybody, stopped by an operator until another operator lifts it. They
 * hold for sessions that are put away and for those that do not exist yet. Owns the rules. Does not own their file
 * (killfile.ts), what a stopped session answers (actors/session.ts), how other nodes learn of them (cluster/orders.ts), nor
 * where a node is alone kills of one session, which are in that session's own state.
 *
 * K1. A rule stands in the sessions it stopped by its mark only. Who takes the rule away frees exactly those, each at
 *     its next call; a session that an operator stopped by its key stays stopped.
 * K2. A rule is in force when `add` returns, also if the disk then refuses. A crash leaves the old file or the new one.
 * K3. In a cluster a rule is lifted for good: its id is remembered, so that no late node and no older store bring it back.
 * K4. Without rules the question costs two comparisons; with rules a few look-ups, however many rules there are.
 */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import type { SessionEvent } from "../../actors/session.ts";
import type { Merged, Register } from "../../cluster/orders.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { replaceFileSync, syncFolderSync } from "../record/disk.ts";
import { readKillFile, readOrder, targetOf, writeKillFile, writeLifted, writeRule } from "./killfile.ts";
import type { KillRule, KillTarget, LiftedRule } from "./killfile.ts";

/** What a session must go through before its next call. */
export type KillTurn = Extract<SessionEvent, { kind: "killed" | "lifted" }>;
/** Every turn that an operator brings about. */
export type OperatorTurn = Extract<SessionEvent, { kind: "killed" | "lifted" | "decided" | "shrink" }>;

const markPrefix = "kill rule ";

/** How a session's `killedBy` names a rule; operators cannot take such a name. */
export function markOf(rule: KillRule): string {
  return `${markPrefix}${rule.id}`;
}

export function isMark(killedBy: string): boolean {
  return killedBy.startsWith(markPrefix);
}

export interface KillListOptions {
  /** Other nodes have the same rules. */
  readonly isShared: boolean;
  /** What another node said is in force and not on disk: it is tried again with the next change. */
  readonly onFault: (fault: unknown) => void;
}

const alone: KillListOptions = { isShared: false, onFault: () => undefined };

export class KillList implements Register {
  readonly prefix = "kill";
  /** A rule was added or lifted here: other nodes are to know. */
  changed: ((id: string) => void) | undefined;
  readonly #path: string;
  #rules: readonly KillRule[] = [];
  #all: KillRule | undefined;
  readonly #personas = new Map<string, KillRule>();
  /** By the agent as session keys spell it, percent-encoded. */
  readonly #agents = new Map<string, KillRule>();
  readonly #sessions = new Map<SessionKey, KillRule>();
  readonly #byId = new Map<string, KillRule>();
  /** By id, oldest first. */
  readonly #lifted = new Map<string, LiftedRule>();
  readonly #options: KillListOptions;
  #isSaving = false;

  private constructor(path: string, options: KillListOptions) {
    this.#path = path;
    this.#options = options;
    const { rules, lifted } = readKillFile(path);
    for (const each of lifted) this.#lifted.set(each.id, each);
    this.#take(rules);
  }

  /**
   * Opens the list; a missing file is an empty one.
   *
   * @param path DATA/kills.json
   * @throws GatewayError CONFIGURATION when the file is open to others, damaged or too large
   */
  static open(path: string, options = alone): KillList {
    return new KillList(path, options);
  }

  get isShared(): boolean {
    return this.#options.isShared;
  }

  /** Oldest first. */
  get rules(): readonly KillRule[] {
    return this.#rules;
  }

  /** The rule that stops a session, whether or not the session has heard of it. */
  isKilled(session: SessionKey): KillRule | undefined {
    if (this.#rules.length === 0) return undefined;
    if (this.#all !== undefined) return this.#all;
    const bySession = this.#sessions.get(session);
    if (bySession !== undefined) return bySession;
    const persona = session.indexOf("/") + 1;
    const agent = session.indexOf("/", persona) + 1;
    const byPersona = this.#personas.get(session.slice(persona, agent - 1));
    if (byPersona !== undefined || this.#agents.size === 0) return byPersona;
    const name = session.slice(agent, session.indexOf("/", agent));
    const byName = this.#agents.get(name);
    if (byName !== undefined) return byName;
    // A token's agent has its issuer behind a space (identity/principal.ts); a key's agent has no space.
    const space = name.lastIndexOf("%20");
    return space < 0 ? undefined : this.#agents.get(name.slice(0, space));
  }

  /**
   * What the rules ask of a session now; undefined when it is as they want it.
   *
   * @param killedBy the session's own; "" when it is not stopped or not known
   * @param at epoch milliseconds, the time of the turn
   */
  demanded(session: SessionKey, killedBy: string, at: number): KillTurn | undefined {
    if (this.#rules.length === 0 && killedBy === "") return undefined;
    const marked = isMark(killedBy);
    if (killedBy !== "" && !marked) return undefined;
    if (marked && this.#byId.has(killedBy.slice(markPrefix.length))) return undefined;
    const rule = this.isKilled(session);
    if (rule !== undefined) return { kind: "killed", at, by: markOf(rule), reason: rule.reason };
    return marked ? { kind: "lifted", at, by: killedBy, what: "kill" } : undefined;
  }

  /**
   * Puts a rule in force, then on disk. A second rule for the same target is the first one.
   *
   * @throws GatewayError OVERLOADED at limits.killRulesMax; RECORD_UNAVAILABLE when the disk refuses: the rule is in
   *   force then, until this process ends
   */
  add(target: KillTarget, by: string, reason: string, at: number): KillRule {
    const known = this.find(target);
    if (known !== undefined) return known;
    if (this.#rules.length >= limits.killRulesMax)
      throw new GatewayError(
        "OVERLOADED",
        `there are ${limits.killRulesMax} kill rules; lift some, or stop all`,
      );
    const rule: KillRule = { ...target, id: randomBytes(6).toString("base64url"), by, reason, at };
    this.#take([...this.#rules, rule]);
    this.changed?.(rule.id);
    this.#save("the rule is in force, but not on disk: it ends when this node does");
    return rule;
  }

  find(target: KillTarget): KillRule | undefined {
    if ("all" in target) return this.#all;
    if ("session" in target) return this.#sessions.get(target.session);
    return "persona" in target
      ? this.#personas.get(target.persona)
      : this.#agents.get(encodeURIComponent(target.agent));
  }

  /**
   * Takes a rule out of force, and others for the same target, which two nodes may have made at once; before that it is
   * on disk: else it would come back at the next start.
   *
   * @throws GatewayError RECORD_UNAVAILABLE when the disk refuses: the rule stays in force then
   */
  remove(rule: KillRule, at: number): void {
    const before = this.#rules;
    const target = JSON.stringify(targetOf(rule));
    const [gone, kept] = [[] as KillRule[], [] as KillRule[]];
    for (const each of before) (JSON.stringify(targetOf(each)) === target ? gone : kept).push(each);
    this.#take(kept);
    if (this.#options.isShared) for (const { id } of gone) this.#forget({ id, at });
    try {
      this.#save("the rule stays in force");
    } catch (fault) {
      for (const { id } of gone) this.#lifted.delete(id);
      this.#take(before);
      throw fault;
    }
    for (const { id } of gone) this.changed?.(id);
  }

  // As a register (cluster/orders.ts).

  *ids(): Iterable<string> {
    yield* this.#byId.keys();
    yield* this.#lifted.keys();
  }

  read(id: string): string | undefined {
    const rule = this.#byId.get(id);
    if (rule !== undefined) return writeRule(rule);
    const lifted = this.#lifted.get(id);
    return lifted === undefined ? undefined : writeLifted(lifted);
  }

  merge(id: string, text: string): Merged {
    const order = readOrder(text);
    if (order === "newer") return "unheld";
    if (order === undefined || ("rule" in order && order.rule.id !== id)) return "strange";
    const known = this.#lifted.get(id);
    if ("lifted" in order) {
      const at = Math.min(order.lifted, known?.at ?? order.lifted);
      this.#forget({ id, at });
      this.#take(this.#rules.filter((each) => each.id !== id));
    } else {
      if (known !== undefined) return "taken";
      const own = this.#byId.get(id);
      if (own !== undefined) return writeRule(own) === writeRule(order.rule) ? "taken" : "strange";
      if (this.#rules.length >= 2 * limits.killRulesMax) return "unheld";
      this.#take([...this.#rules, order.rule]);
    }
    this.#saveSoon();
    return "taken";
  }

  /** One of the oldest may be forgotten: a node that was away for all that time then brings its rule back. */
  #forget(lifted: LiftedRule): void {
    this.#lifted.set(lifted.id, lifted);
    if (this.#lifted.size > limits.liftedRulesKept)
      this.#lifted.delete(this.#lifted.keys().next().value ?? "");
  }

  #take(rules: readonly KillRule[]): void {
    this.#rules = rules;
    this.#all = rules.find((rule) => "all" in rule);
    this.#personas.clear();
    this.#agents.clear();
    this.#sessions.clear();
    this.#byId.clear();
    for (const rule of rules) {
      this.#byId.set(rule.id, rule);
      if ("session" in rule) this.#sessions.set(rule.session, rule);
      if ("persona" in rule) this.#personas.set(rule.persona, rule);
      if ("agent" in rule) this.#agents.set(encodeURIComponent(rule.agent), rule);
    }
  }

  #save(consequence: string): void {
    try {
      const lifted = [...this.#lifted.values()];
      replaceFileSync(this.#path, writeKillFile({ rules: this.#rules, lifted }));
      syncFolderSync(dirname(this.#path));
    } catch (cause) {
      throw new GatewayError("RECORD_UNAVAILABLE", `kills.json cannot be written; ${consequence}`, { cause });
    }
  }

  /** Of what comes from other nodes: many at once are one write. */
  #saveSoon(): void {
    if (this.#isSaving) return;
    this.#isSaving = true;
    setImmediate(() => {
      this.#isSaving = false;
      try {
        this.#save("what other nodes said of it is in force, and comes again from the store");
      } catch (fault) {
        this.#options.onFault(fault);
      }
    });
  }
}
