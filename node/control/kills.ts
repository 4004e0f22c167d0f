/**
 * Kill rules: whole agents, whole personas, or everybody, stopped by an operator until another operator lifts it. They
 * hold for sessions that are put away and for those that do not exist yet. Owns the rules and their file. Does not own
 * what a stopped session answers (actors/session.ts), nor kills of one session, which are in that session's own state.
 *
 * K1. A rule stands in the sessions it stopped by its mark only. Who takes the rule away frees exactly those, each at
 *     its next call; a session that an operator stopped by its key stays stopped.
 * K2. A rule is in force when `add` returns, also if the disk then refuses. A crash leaves the old file or the new one.
 * K3. A file that cannot be trusted is no empty list: the node must not start with it.
 * K4. Without rules the question costs two comparisons; with rules a few look-ups, however many rules there are.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { SessionEvent } from "../../actors/session.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { isName } from "../../protocol/id.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { replaceFileSync, syncFolderSync } from "../record/disk.ts";

/** Whom a rule stops: one of the three. */
export type KillTarget =
  /**
   * An agent's name. Without an issuer behind it (`NAME ISSUER`), everyone of that name: the holders of keys and the
   * clients of all issuers. In an emergency stopping too much is the smaller fault.
   */
  { readonly agent: string } | { readonly persona: string } | { readonly all: true };

export type KillRule = KillTarget & {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
};

/** What a session must go through before its next call. */
export type KillTurn = Extract<SessionEvent, { kind: "killed" | "lifted" }>;

const markPrefix = "kill rule ";

/** How a session's `killedBy` names a rule; operators cannot take such a name. */
export function markOf(rule: KillRule): string {
  return `${markPrefix}${rule.id}`;
}

export function isMark(killedBy: string): boolean {
  return killedBy.startsWith(markPrefix);
}

/** An agent's name and its issuer's URL. */
const agentCharsMax = 8 * limits.identityCharsMax;

/** Whether a text may name an agent in a rule: as in a key, or as a token's, with or without its issuer behind a space. */
export function isAgentName(name: string): boolean {
  return name.length <= agentCharsMax && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name);
}

const text = z.string().min(1).max(limits.sessionTextCharsMax);
const ruleParts = {
  id: z.string().regex(/^[A-Za-z0-9_-]{8}$/),
  by: text,
  reason: text,
  at: z.int().min(0),
};
const fileSchema = z.strictObject({
  v: z.literal(1),
  rules: z
    .array(
      z.union([
        z.strictObject({ ...ruleParts, agent: z.string().refine(isAgentName) }),
        z.strictObject({ ...ruleParts, persona: z.string().refine(isName) }),
        z.strictObject({ ...ruleParts, all: z.literal(true) }),
      ]),
    )
    .max(limits.killRulesMax),
});

export class KillList {
  readonly #path: string;
  #rules: readonly KillRule[] = [];
  #all: KillRule | undefined;
  readonly #personas = new Map<string, KillRule>();
  /** By the agent as session keys spell it, percent-encoded. */
  readonly #agents = new Map<string, KillRule>();
  readonly #ids = new Set<string>();

  private constructor(path: string) {
    this.#path = path;
    this.#take(readRules(path));
  }

  /**
   * Opens the list; a missing file is an empty one.
   *
   * @param path DATA/kills.json
   * @throws GatewayError CONFIGURATION when the file is open to others, damaged or too large
   */
  static open(path: string): KillList {
    return new KillList(path);
  }

  /** Oldest first. */
  get rules(): readonly KillRule[] {
    return this.#rules;
  }

  /** The rule that stops a session, whether or not the session has heard of it. */
  isKilled(session: SessionKey): KillRule | undefined {
    if (this.#rules.length === 0) return undefined;
    if (this.#all !== undefined) return this.#all;
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
    if (marked && this.#ids.has(killedBy.slice(markPrefix.length))) return undefined;
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
    this.#save("the rule is in force, but not on disk: it ends when this node does");
    return rule;
  }

  find(target: KillTarget): KillRule | undefined {
    if ("all" in target) return this.#all;
    return "persona" in target
      ? this.#personas.get(target.persona)
      : this.#agents.get(encodeURIComponent(target.agent));
  }

  /**
   * Takes a rule out of force, once that is on disk: else it would come back at the next start.
   *
   * @throws GatewayError RECORD_UNAVAILABLE when the disk refuses: the rule stays in force then
   */
  remove(rule: KillRule): void {
    const before = this.#rules;
    this.#take(before.filter((each) => each.id !== rule.id));
    try {
      this.#save("the rule stays in force");
    } catch (fault) {
      this.#take(before);
      throw fault;
    }
  }

  #take(rules: readonly KillRule[]): void {
    this.#rules = rules;
    this.#all = rules.find((rule) => "all" in rule);
    this.#personas.clear();
    this.#agents.clear();
    this.#ids.clear();
    for (const rule of rules) {
      this.#ids.add(rule.id);
      if ("persona" in rule) this.#personas.set(rule.persona, rule);
      if ("agent" in rule) this.#agents.set(encodeURIComponent(rule.agent), rule);
    }
  }

  #save(consequence: string): void {
    try {
      replaceFileSync(this.#path, `${JSON.stringify({ v: 1, rules: this.#rules }, undefined, 2)}\n`);
      syncFolderSync(dirname(this.#path));
    } catch (cause) {
      throw new GatewayError("RECORD_UNAVAILABLE", `kills.json cannot be written; ${consequence}`, { cause });
    }
  }
}

function readRules(path: string): readonly KillRule[] {
  const refuse = (what: string, cause?: unknown): never => {
    throw new GatewayError("CONFIGURATION", `${path}: ${what}`, { cause });
  };
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    return refuse("it cannot be opened; make it a regular file that the gateway's user owns", cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) refuse("it is not a regular file");
    if ((stat.mode & 0o077) !== 0) refuse("others than its owner may read or write it; chmod 600 it");
    if (stat.size > limits.killFileBytesMax) refuse(`it is larger than ${limits.killFileBytesMax} bytes`);
    const parsed = fileSchema.safeParse(readJson(readFileSync(file, "utf8")));
    if (parsed.success) return parsed.data.rules;
    const issue = parsed.error.issues[0];
    return refuse(`it holds no kill rules (${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}); restore it from a copy, or remove it, which lifts them all`); // prettier-ignore
  } finally {
    closeSync(file);
  }
}

function readJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
