/**
 * What agents do in the simulation, and what their calls mean: real session actors under real roles. Two repeatable tools
 * with labels, one without, two that must not run twice, and two that a person must approve.
 */
import { compileRole } from "../../actors/guards/persona.ts";
import type { CompiledRole } from "../../actors/guards/role.ts";
import { isLeaseEnough } from "../../actors/guards/stepup.ts";
import { isRise, lackingOf, messagesOf, owedBy, roster, sessionOf } from "../../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent, Message as ActorMessage } from "../../actors/roster.ts";
import type { World } from "../../actors/session.ts";
import type { Calls, Message } from "../../cluster/exchange.ts";
import { carriedBy, carrier, flows, seenOf } from "./carrying.ts";
import type { AnswerFacts, CallFacts, Carried, Outcome } from "../../protocol/facts.ts";
import type { Bucket, RoleTable, TableGrant } from "../../protocol/role.ts";
import { roleDefaults } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";

export interface Call {
  readonly key: string;
  readonly facts: CallFacts;
  /** What its tool gives, or what it carries to one (carrying.ts). */
  readonly value?: string | undefined;
}
/** What comes back: from the tool, or a verdict. */
export type Answer = { readonly facts: AnswerFacts } | { readonly verdict: Verdict };

interface Tool {
  readonly name: string;
  readonly isRepeatable: boolean;
  readonly labels: readonly string[];
  readonly bucket: { readonly capacity: number; readonly perSecond: number };
  /** How often agents take it. */
  readonly share: number;
  /** A person must approve each call of it (approving.ts). */
  readonly isAsked?: true;
  /** Sessions of the shared persona share a breaker of it. */
  readonly trips?: { readonly failures: number; readonly openSeconds: number };
}

/** The tool that is ill now and then (faults.ts). */
export const frailTool = "read_feed";
/** A tool's scope as its sessions name it. */
export const toolScopeOf = (name: string): string => `tool desk ${name}`;

export const tools: readonly Tool[] = [
  { name: "read_customer", isRepeatable: true, labels: ["customer-data"], bucket: { capacity: 10, perSecond: 1 }, share: 4 }, // prettier-ignore
  { name: "read_source", isRepeatable: true, labels: ["internal", "source"], bucket: { capacity: 10, perSecond: 1 }, share: 2 }, // prettier-ignore
  { name: "list_open", isRepeatable: true, labels: [], bucket: { capacity: 10, perSecond: 1 }, share: 6 },
  { name: "pay", isRepeatable: false, labels: [], bucket: { capacity: 4, perSecond: 0.2 }, share: 3 },
  { name: frailTool, isRepeatable: true, labels: [], bucket: { capacity: 20, perSecond: 2 }, share: 4, trips: { failures: 3, openSeconds: 4 } }, // prettier-ignore
  { name: "send_mail", isRepeatable: false, labels: ["mail"], bucket: { capacity: 6, perSecond: 0.5 }, share: 3 }, // prettier-ignore
  // Asked for by sessions of their own (approving.ts).
  { name: "wire_funds", isRepeatable: false, labels: [], bucket: { capacity: 6, perSecond: 1 }, share: 0, isAsked: true }, // prettier-ignore
  { name: "publish_note", isRepeatable: true, labels: [], bucket: { capacity: 6, perSecond: 1 }, share: 0, isAsked: true }, // prettier-ignore
  // Tried by who has been shown a value (cluster.ts), and never by chance.
  { name: carrier, isRepeatable: true, labels: [], bucket: { capacity: 10, perSecond: 1 }, share: 0 },
];

const byName = new Map(tools.map((tool) => [tool.name, tool]));
export const toolNamed = (name: string): Tool => byName.get(name) as Tool;
export const askedTools = tools.filter(({ isAsked }) => isAsked === true).map(({ name }) => name);
export const isAskedTool = (name: string): boolean => toolNamed(name).isAsked === true;
/** It may run once for each time it is decided: of a tool that asks, because an approval is for one. */
export const runsOnce = (name: string): boolean => !toolNamed(name).isRepeatable || isAskedTool(name);
/** How long a call waits for a person. */
export const askedMinutes = 0.2;
const shares = tools.flatMap((tool) => Array.from({ length: tool.share }, () => tool));

/** Sessions of this persona share rate tokens, and their labels rise to their agent. */
export const sharedPersona = "shared";
const sharedPart = `/${sharedPersona}/`;
/** Rate tokens of a tool, all sessions of that persona together. */
export const sharedBuckets: { readonly [tool: string]: Bucket } = {
  pay: { capacity: 40, perSecond: 1 },
  list_open: { capacity: 80, perSecond: 0.5 },
};

function table(openCalls: number, isShared: boolean): RoleTable {
  const grants = tools.map(({ name, isRepeatable, labels, bucket, trips, isAsked }): TableGrant => ({
    kind: "tool",
    name,
    server: "desk",
    target: name,
    effect: isRepeatable ? "read" : "send",
    repeatable: isRepeatable,
    bucket,
    reason: "the mission says so",
    definition: "",
    ...(isAsked === true ? { approval: {} } : {}),
    ...(labels.length === 0 ? {} : { labels }),
    ...(isShared && sharedBuckets[name] !== undefined ? { shared: sharedBuckets[name] } : {}),
    ...(isShared && trips !== undefined ? { trips } : {}),
    ...(isShared && !isRepeatable ? { heeds: true as const } : {}),
  }));
  return {
    v: 1,
    tenant: "default",
    persona: isShared ? sharedPersona : "desk",
    grants,
    objects: {},
    limits: { agent: { capacity: 40, perSecond: 5 }, budget: { calls: 20_000, hours: 1 }, openCalls },
    breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
    durability: "written",
    approvals: { minutes: askedMinutes },
    oldestRevision: "2024-11-05",
    flows,
    ...(isShared ? { scopes: { labels: "agent" } } : {}),
  };
}

function compiled(openCalls: number, isShared: boolean): CompiledRole {
  const role = compileRole(table(openCalls, isShared));
  if (Array.isArray(role)) throw new Error(JSON.stringify(role));
  return role;
}

/** Roles of configurations 1, 2, 3, ...: they differ in how many calls may be under way. */
const roles = new Map<string, CompiledRole>();

export const world: World = {
  role(digest) {
    const known = roles.get(digest);
    if (known !== undefined) return known;
    const [, name = "", text = "0"] = /^(role|shared)-(\d+)$/.exec(digest) ?? [];
    const number = Number(text);
    if (number === 0) return undefined;
    const role = compiled(16 + (number % 4), name === "shared");
    roles.set(digest, role);
    return role;
  },
};

export function takeTool(below: (count: number) => number): Tool {
  return shares[below(shares.length)] as Tool;
}

/**
 * @param salt     makes the call's arguments its own
 * @param value    of a tool that asks: its arguments, so that the same call comes again
 * @param approval that the agent says it has
 */
export function makeCall(key: string, name: string, salt: string, value?: string, approval?: string): Call {
  const digest = (isAskedTool(name) ? (value ?? "") : salt).padEnd(22, "-").slice(-22);
  const named = approval === undefined ? {} : { approval };
  return { key, facts: { kind: "tool", name, digest, shape: digest, bytes: 120, ...named }, value };
}

/** @param value that it brings */
export function makeAnswer(outcome: Outcome, salt: string, value?: string): Answer {
  const facts = { outcome, bytes: 300, digest: salt.padEnd(22, "=").slice(-22), tookMs: 20 };
  return { facts: value === undefined ? facts : { ...facts, seen: seenOf(value) } };
}

export { roster as actor };
export type { ActorState, AnyEffect, AnyEvent, World };

/** Keys that were made: one text for all calls of a session. */
const keys = new Map<number, string>();

/** A session's key: two of the shared persona act for one agent. The first 4,096 are of one tenant, the next ones of others. */
export function keyOf(index: number): string {
  const known = keys.get(index);
  if (known !== undefined) return known;
  const tenant = index < 4_096 ? "default" : `tenant-${index >> 12}`;
  const key = index % 4 === 3 ? `${tenant}/${sharedPersona}/agent-${index >> 3}/user-${index}` : `${tenant}/desk/agent/user-${index}`; // prettier-ignore
  if (keys.size < 1 << 16) keys.set(index, key);
  return key;
}

/** By which a key, or that of a scope, has its shard. Of a tool's scope: the same every time, by its tenant's if that has one. */
export function numberOf(key: string): number {
  const text = key.slice(key.lastIndexOf("-") + 1);
  const number = Number(text);
  return Number.isNaN(number) ? key.length * 7 + 131 * (Number.parseInt(text, 10) || 0) : number;
}

export function isSharedKey(key: string): boolean {
  return key.startsWith(sharedPart, key.indexOf("/"));
}

export function callsOf(
  shardOf: (key: string) => number,
): Calls<ActorState, AnyEvent, AnyEffect, Call, Answer> {
  const placed = (messages: readonly ActorMessage[]): Message<AnyEvent>[] =>
    messages.map((message) => ({ ...message, shard: shardOf(message.to) }));
  const facts = (answer: Answer): AnswerFacts => ("facts" in answer ? answer.facts : outcomeOnly("unknown"));
  /** Compared with what the session knows at its owner, before the turn. */
  const compared = new WeakMap<Call, Carried>();
  const factsOf = (call: Call): CallFacts => {
    const carried = compared.get(call);
    return carried === undefined ? call.facts : { ...call.facts, carried };
  };
  return {
    call: (op, call, at, isUnheard) => ({ kind: "call", at, op, facts: factsOf(call), ...(isUnheard ? { unheard: true } : {}) }), // prettier-ignore
    decision(call, effects) {
      const reply = effects.find((effect) => effect.kind === "reply");
      const verdict: Verdict = reply?.verdict ?? { kind: "deny", rule: "persona.unlisted", says: "" };
      return {
        refusal: verdict.kind === "allow" ? undefined : { verdict },
        isRepeatable: isLeaseEnough(toolNamed(call.facts.name).isRepeatable, verdict),
      };
    },
    answered: (op, answer, at) => ({ kind: "answered", at, op, facts: facts(answer) }),
    unreached: (op, at) => ({ kind: "answered", at, op, facts: outcomeOnly("unreachable") }),
    unknown: (op, at) => ({ kind: "answered", at, op, facts: outcomeOnly("unknown") }),
    lost: (at) => ({ kind: "lost", at }),
    told(state, key, call, configuration, at) {
      if (call.facts.name === carrier) compared.set(call, carriedBy(sessionOf(state)?.memory, call.value));
      const role = `${isSharedKey(key) ? "shared" : "role"}-${configuration}`;
      return sessionOf(state)?.role === role || configuration === 0 ? [] : [{ kind: "configured", at, role }];
    },
    isRise: (effects) => effects.some(isRise),
    isShared: ({ key }) => isSharedKey(key),
    lacking(state, key, _op, call, waiting, at, isHeard) {
      const role = world.role(sessionOf(state)?.role ?? "");
      const lacking = role === undefined ? undefined : lackingOf(state, key, { at, facts: call.facts }, role, waiting, isHeard); // prettier-ignore
      return lacking === undefined ? undefined : { turn: lacking.turn, messages: placed(lacking.messages) };
    },
    messages: (key, effects, at) => placed(messagesOf(key, effects, at)),
    owed: (state, key, at) => placed(owedBy(state, key, world, at)),
  };
}

function outcomeOnly(outcome: Outcome): AnswerFacts {
  return { outcome, bytes: 0, digest: "", tookMs: 0 };
}
