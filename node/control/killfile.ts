/**
 * The file of kill rules, and how one rule is written for other nodes. Owns their form and their checks. Does not own which
 * rules are in force (kills.ts).
 *
 * F1. A file that cannot be trusted is no empty list: the node must not start with it.
 * F2. Every field is checked on reading, wherever the text came from.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { z } from "zod";
import { GatewayError } from "../../protocol/errors.ts";
import { isName, readSessionKey } from "../../protocol/id.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";

/** Whom a rule stops: one of the four. */
export type KillTarget =
  /**
   * An agent's name. Without an issuer behind it (`NAME ISSUER`), everyone of that name: the holders of keys and the
   * clients of all issuers. In an emergency stopping too much is the smaller fault.
   */
  | { readonly agent: string }
  | { readonly persona: string }
  /** In a cluster, where a session may have any owner. */
  | { readonly session: SessionKey }
  | { readonly all: true };

export type KillRule = KillTarget & {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
};

/** A rule that was lifted: it never comes back. */
export interface LiftedRule {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** An agent's name and its issuer's URL. */
const agentCharsMax = 8 * limits.identityCharsMax;

/** Whether a text may name an agent in a rule: as in a key, or as a token's, with or without its issuer behind a space. */
export function isAgentName(name: string): boolean {
  return name.length <= agentCharsMax && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name);
}

const text = z
  .string()
  .max(limits.sessionTextCharsMax)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
const id = z.string().regex(/^[A-Za-z0-9_-]{8}$/);
const ruleParts = { id, by: text, reason: text, at: z.int().min(0) };
const isSessionKey = (key: string): key is SessionKey => readSessionKey(key) !== undefined;
const ruleSchema = z.union([
  z.strictObject({ ...ruleParts, agent: z.string().refine(isAgentName) }),
  z.strictObject({ ...ruleParts, persona: z.string().refine(isName) }),
  z.strictObject({
    ...ruleParts,
    session: z.custom<SessionKey>((key) => typeof key === "string" && isSessionKey(key)),
  }),
  z.strictObject({ ...ruleParts, all: z.literal(true) }),
]);
const liftedSchema = z.strictObject({ id, at: z.int().min(0) });
const fileSchema = z.strictObject({
  v: z.literal(1),
  rules: z.array(ruleSchema).max(2 * limits.killRulesMax),
  lifted: z.array(liftedSchema).max(limits.liftedRulesKept).default([]),
});

export interface KillFile {
  readonly rules: readonly KillRule[];
  readonly lifted: readonly LiftedRule[];
}

export function writeKillFile({ rules, lifted }: KillFile): string {
  return `${JSON.stringify({ v: 1, rules, ...(lifted.length === 0 ? {} : { lifted }) }, undefined, 2)}\n`;
}

/** A rule for other nodes, always the same text for the same rule. */
export function writeRule(rule: KillRule): string {
  const { id: name, by, reason, at } = rule;
  return JSON.stringify({ v: 1, rule: { id: name, ...targetOf(rule), by, reason, at } });
}

export function writeLifted({ at }: LiftedRule): string {
  return JSON.stringify({ v: 1, lifted: at });
}

const orderSchema = z.union([
  z.strictObject({ v: z.literal(1), rule: ruleSchema }),
  z.strictObject({ v: z.literal(1), lifted: z.int().min(0) }),
]);
const versionSchema = z.object({ v: z.int().min(2) });

/** @returns "newer" for what a later version of the program has written; undefined for what no node has */
export function readOrder(order: string): z.infer<typeof orderSchema> | "newer" | undefined {
  const value = readJson(order);
  const read = orderSchema.safeParse(value);
  if (read.success) return read.data;
  return versionSchema.safeParse(value).success ? "newer" : undefined;
}

export function targetOf(rule: KillTarget): KillTarget {
  if ("all" in rule) return { all: true };
  if ("persona" in rule) return { persona: rule.persona };
  return "session" in rule ? { session: rule.session } : { agent: rule.agent };
}

/** @throws GatewayError CONFIGURATION when the file is open to others, damaged or too large */
export function readKillFile(path: string): KillFile {
  const refuse = (what: string, cause?: unknown): never => {
    throw new GatewayError("CONFIGURATION", `${path}: ${what}`, { cause });
  };
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { rules: [], lifted: [] };
    return refuse("it cannot be opened; make it a regular file that the gateway's user owns", cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) refuse("it is not a regular file");
    if ((stat.mode & 0o077) !== 0) refuse("others than its owner may read or write it; chmod 600 it");
    if (stat.size > limits.killFileBytesMax) refuse(`it is larger than ${limits.killFileBytesMax} bytes`);
    const parsed = fileSchema.safeParse(readJson(readFileSync(file, "utf8")));
    if (parsed.success) return parsed.data;
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
