/**
 * What agents do in the simulation, and what their calls mean: real session actors under real roles. Two repeatable tools
 * with labels, one without, and two that must not run twice.
 */
import { compileRole } from "../../actors/guards/persona.ts";
import type { CompiledRole } from "../../actors/guards/role.ts";
import { session } from "../../actors/session.ts";
import type { SessionEffect, SessionEvent, SessionState, World } from "../../actors/session.ts";
import type { Calls } from "../../cluster/exchange.ts";
import type { AnswerFacts, CallFacts, Outcome } from "../../protocol/facts.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { roleDefaults } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";

export type Call = CallFacts;
/** What comes back: from the tool, or a verdict. */
export type Answer = { readonly facts: AnswerFacts } | { readonly verdict: Verdict };

interface Tool {
  readonly name: string;
  readonly isRepeatable: boolean;
  readonly labels: readonly string[];
  readonly bucket: { readonly capacity: number; readonly perSecond: number };
  /** How often agents take it. */
  readonly share: number;
}

export const tools: readonly Tool[] = [
  { name: "read_customer", isRepeatable: true, labels: ["customer-data"], bucket: { capacity: 10, perSecond: 1 }, share: 4 }, // prettier-ignore
  { name: "read_source", isRepeatable: true, labels: ["internal", "source"], bucket: { capacity: 10, perSecond: 1 }, share: 2 }, // prettier-ignore
  { name: "list_open", isRepeatable: true, labels: [], bucket: { capacity: 10, perSecond: 1 }, share: 6 },
  { name: "pay", isRepeatable: false, labels: [], bucket: { capacity: 4, perSecond: 0.2 }, share: 3 },
  { name: "send_mail", isRepeatable: false, labels: ["mail"], bucket: { capacity: 6, perSecond: 0.5 }, share: 3 }, // prettier-ignore
];

export const toolNamed = (name: string): Tool => tools.find((tool) => tool.name === name) as Tool;
const shares = tools.flatMap((tool) => Array.from({ length: tool.share }, () => tool));

function table(openCalls: number): RoleTable {
  const grants = tools.map(({ name, isRepeatable, labels, bucket }): TableGrant => ({
    kind: "tool",
    name,
    server: "desk",
    target: name,
    effect: isRepeatable ? "read" : "send",
    repeatable: isRepeatable,
    bucket,
    reason: "the mission says so",
    definition: "",
    ...(labels.length === 0 ? {} : { labels }),
  }));
  return {
    v: 1,
    tenant: "default",
    persona: "desk",
    grants,
    objects: {},
    limits: { agent: { capacity: 40, perSecond: 5 }, budget: { calls: 20_000, hours: 1 }, openCalls },
    breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
    durability: "written",
    oldestRevision: "2024-11-05",
  };
}

function compiled(openCalls: number): CompiledRole {
  const role = compileRole(table(openCalls));
  if (Array.isArray(role)) throw new Error(JSON.stringify(role));
  return role;
}

/** Roles of configurations 1, 2, 3, ...: they differ in how many calls may be under way. */
const roles = new Map<string, CompiledRole>();

export const world: World = {
  role(digest) {
    let role = roles.get(digest);
    const number = Number(/^role-(\d+)$/.exec(digest)?.[1] ?? 0);
    if (role === undefined && number > 0) roles.set(digest, (role = compiled(16 + (number % 4))));
    return role;
  },
};

export function takeTool(below: (count: number) => number): Tool {
  return shares[below(shares.length)] as Tool;
}

/** @param salt makes the call's arguments its own */
export function makeCall(name: string, salt: string): Call {
  const digest = salt.padEnd(22, "-").slice(-22);
  return { kind: "tool", name, digest, shape: digest, bytes: 120 };
}

export function makeAnswer(outcome: Outcome, salt: string): Answer {
  return { facts: { outcome, bytes: 300, digest: salt.padEnd(22, "=").slice(-22), tookMs: 20 } };
}

export { session as actor };
export type { SessionEffect, SessionEvent, SessionState, World };

export const calls: Calls<SessionState, SessionEvent, SessionEffect, Call, Answer> = {
  call: (op, facts, at) => ({ kind: "call", at, op, facts }),
  decision(call, effects) {
    const reply = effects.find((effect) => effect.kind === "reply");
    const verdict: Verdict = reply?.verdict ?? { kind: "deny", rule: "persona.unlisted", says: "" };
    return {
      refusal: verdict.kind === "allow" ? undefined : { verdict },
      isRepeatable: toolNamed(call.name).isRepeatable,
    };
  },
  answered: (op, answer, at) => ({
    kind: "answered",
    at,
    op,
    facts: "facts" in answer ? answer.facts : outcomeOnly("unknown"),
  }),
  unreached: (op, at) => ({ kind: "answered", at, op, facts: outcomeOnly("unreachable") }),
  unknown: (op, at) => ({ kind: "answered", at, op, facts: outcomeOnly("unknown") }),
  lost: (at) => ({ kind: "lost", at }),
  told(state, _key, _call, configuration, at) {
    const role = `role-${configuration}`;
    return state?.role === role || configuration === 0 ? [] : [{ kind: "configured", at, role }];
  },
  isRise: (effects) => effects.some(({ kind }) => kind === "labels"),
};

function outcomeOnly(outcome: Outcome): AnswerFacts {
  return { outcome, bytes: 0, digest: "", tookMs: 0 };
}
