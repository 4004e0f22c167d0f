/** A role and events for tests and measurements: what a support agent's persona may look like. */
import fc from "fast-check";
import type { AnswerFacts, CallFacts, Outcome } from "../protocol/facts.ts";
import { roleDefaults } from "../protocol/role.ts";
import type { RoleTable, TableGrant } from "../protocol/role.ts";
import { compileRole } from "./guards/persona.ts";
import type { CompiledRole } from "./guards/persona.ts";
import { session } from "./session.ts";
import type { SessionEvent, World } from "./session.ts";

/** A tool that may be called with anything. */
export function toolGrant(name: string, changes: Partial<TableGrant> = {}): TableGrant {
  return {
    kind: "tool",
    name,
    server: "tickets",
    target: name,
    effect: "read",
    repeatable: true,
    bucket: roleDefaults.tool,
    reason: "the mission says so",
    definition: "",
    ...changes,
  };
}

export function roleTable(changes: Partial<RoleTable> = {}): RoleTable {
  return {
    v: 1,
    tenant: "default",
    persona: "support",
    grants: [
      toolGrant("read_ticket"),
      toolGrant("list_tickets"),
      toolGrant("close_ticket", { effect: "update" }),
    ],
    objects: {},
    limits: { agent: roleDefaults.agent, budget: roleDefaults.budget, openCalls: roleDefaults.openCalls },
    breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
    durability: "written",
    oldestRevision: "2024-11-05",
    ...changes,
  };
}

/** @throws Error with the faults of a table that is to be right */
export function compiledRole(table: RoleTable): CompiledRole {
  const role = compileRole(table);
  if (Array.isArray(role)) throw new Error(JSON.stringify(role));
  return role;
}

/** A world of roles by name in place of digests. */
export function worldOf(tables: { readonly [digest: string]: RoleTable }): World {
  const roles = new Map(Object.entries(tables).map(([digest, table]) => [digest, compiledRole(table)]));
  return { role: (digest) => roles.get(digest) };
}

export function callFacts(name: string, changes: Partial<CallFacts> = {}): CallFacts {
  return {
    kind: "tool",
    name,
    digest: "digest-of-arguments-00",
    shape: "shape-of-arguments-000",
    bytes: 64,
    ...changes,
  };
}

export function call(op: string, name: string, at: number, changes: Partial<CallFacts> = {}): SessionEvent {
  return { kind: "call", at, op, facts: callFacts(name, changes) };
}

export function answered(
  op: string,
  outcome: AnswerFacts["outcome"],
  at: number,
  digest = "digest-of-answer-00000",
): SessionEvent {
  return { kind: "answered", at, op, facts: { outcome, bytes: 128, digest, tookMs: 10 } };
}

/** A role so narrow that a short script meets every guard. */
export function narrowTable(changes: Partial<RoleTable> = {}): RoleTable {
  const tight = { capacity: 3, perSecond: 0.5 };
  return roleTable({
    grants: [
      toolGrant("read", { bucket: tight, arguments: { "/path": { inside: "/srv" } }, labels: ["files"] }),
      toolGrant("list", {
        bucket: { capacity: 20, perSecond: 2 },
        arguments: { "/of": { object: "item" } },
        labels: ["items", "customer-data"],
      }),
      toolGrant("write", { bucket: { capacity: 2, perSecond: 0.1 }, target: "list" }),
      toolGrant("gone", { quarantined: true }),
      toolGrant("docs://**", { kind: "resource", bucket: { capacity: 20, perSecond: 2 } }),
    ],
    objects: { item: { allow: ["i-*"] } },
    limits: { agent: { capacity: 4, perSecond: 0.7 }, budget: { calls: 12, hours: 1 }, openCalls: 3 },
    breakers: {
      tool: { failures: 2, openSeconds: 4 },
      behaviour: { identical: 3, similar: 5, repeats: 4, openSeconds: 6 },
    },
    ...changes,
  });
}

/** Two versions of the narrow role; a session may also be told of a third that nobody has. */
export function narrowWorld(): World {
  const wider = { agent: { capacity: 8, perSecond: 3 }, budget: { calls: 40, hours: 1 }, openCalls: 4 };
  return worldOf({ one: narrowTable(), two: narrowTable({ limits: wider }) });
}

const usual = <Each>(
  weight: number,
  arbitrary: fc.Arbitrary<Each>,
): { weight: number; arbitrary: fc.Arbitrary<Each> } => ({
  weight,
  arbitrary,
});

const step = fc.record({
  kind: fc.oneof(
    usual(60, fc.constant("call" as const)),
    usual(50, fc.constant("answered" as const)),
    usual(4, fc.constant("refusals" as const)),
    usual(1, fc.constantFrom("killed" as const, "configured" as const)),
    usual(4, fc.constant("lifted" as const)),
    usual(1, fc.constantFrom("lost" as const, "shrink" as const, "refusals" as const, "refusals" as const)),
  ),
  name: fc.oneof(
    usual(20, fc.constantFrom("read", "list", "list", "write", "docs://a", "docs://b")),
    usual(1, fc.constantFrom("gone", "nothing")),
  ),
  args: fc.oneof(usual(3, fc.constant(0)), usual(1, fc.integer({ min: 0, max: 3 }))),
  odd: fc.oneof(
    usual(20, fc.constant("" as const)),
    usual(1, fc.constantFrom("value" as const, "object" as const, "unknown" as const, "overflow" as const)),
    usual(
      1,
      fc.constantFrom(
        "secret" as const,
        "token" as const,
        "unscanned" as const,
        "refused" as const,
        "unexamined" as const,
        "silent" as const,
      ),
    ),
  ),
  outcome: fc.constantFrom<Outcome>(
    "ok",
    "ok",
    "ok",
    "tool-error",
    "tool-error",
    "rpc-error",
    "timeout",
    "cancelled",
  ),
  answer: fc.oneof(usual(4, fc.constant(0)), usual(1, fc.constant(1))),
  pause: fc.oneof(
    usual(30, fc.integer({ min: 0, max: 300 })),
    usual(4, fc.integer({ min: 0, max: 20_000 })),
    usual(1, fc.constantFrom(400_000, 3_600_000)),
  ),
  /** Which of the last calls under way is answered; one that is not open when there are not so many. */
  back: fc.oneof(usual(8, fc.constant(0)), usual(1, fc.integer({ min: 0, max: 3 }))),
  role: fc.constantFrom("one", "two", "two", "one", "three"),
  lift: fc.constantFrom("kill" as const, "kill" as const, "kill" as const, "behaviour" as const, "behaviour" as const, "tools" as const, "tools" as const, "flow" as const), // prettier-ignore
});
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

const oddFacts = {
  "": {},
  value: { values: [{ at: "/path", value: "/etc" }] },
  object: { values: [{ at: "/of", value: "j-1" }] },
  unknown: { unknown: ["extra"] },
  overflow: { overflow: true },
  secret: {
    scan: {
      found: [{ type: "github.pat", group: "secret", likelihood: 5, count: 1, path: "/a" }],
      tookMs: 1,
    },
  },
  token: { scan: { badTokens: 1, tookMs: 1 } },
  unscanned: { scan: { unscanned: "too slow", tookMs: 1 } },
  refused: { scan: { outside: { refused: { recogniser: "corp", why: "blocked", says: "no" } }, tookMs: 1 } },
  silent: {
    scan: { outside: { refused: { recogniser: "corp", why: "no verdict", says: "late" } }, tookMs: 1 },
  },
  unexamined: { scan: { outside: { unexamined: [{ recogniser: "corp", says: "out" }] }, tookMs: 1 } },
} as const satisfies { [odd: string]: Partial<CallFacts> };

function eventOf(each: Step, at: number, index: number, ops: readonly string[]): SessionEvent {
  const args = `${each.args}`.padStart(22, "a");
  const shape = `${each.args >> 1}`.padStart(22, "s");
  switch (each.kind) {
    case "call": {
      const kind = each.name.includes("://") ? "resource" : "tool";
      return call(`op-${index}`, each.name, at, { kind, digest: args, shape, ...oddFacts[each.odd] });
    }
    case "answered":
      return answered(
        ops.at(-1 - each.back) ?? ops[0] ?? "op-none",
        each.outcome,
        at,
        `${each.answer}`.padStart(22, "r"),
      );
    case "killed":
      return { kind: "killed", at, by: "ann", reason: "it ran away" };
    case "lifted":
      return { kind: "lifted", at, by: "ann", what: each.lift };
    case "configured":
      return { kind: "configured", at, role: each.role };
    case "refusals":
      return { kind: "refusals", at };
    case "lost":
      return { kind: "lost", at };
    case "shrink":
      return { kind: "shrink", at };
    default:
      return each.kind satisfies never;
  }
}

/** Event logs of one session: configured first, then anything, in the order of time. */
export const eventLog: fc.Arbitrary<SessionEvent[]> = fc
  .array(step, { minLength: 40, maxLength: 150, size: "max" })
  .map((steps) => {
    let at = 1_800_000_000_000;
    const events: SessionEvent[] = [{ kind: "configured", at, role: "one" }];
    // A session of its own tells which calls are open: answers that all missed would leave it full of open calls.
    const guide = session.create();
    const world = narrowWorld();
    for (const [index, each] of steps.entries()) {
      session.decide(guide, events.at(-1) as SessionEvent, world);
      at += each.pause;
      const open = guide.open.map(({ op }) => op);
      events.push(eventOf(each, at, index, open.length > each.back ? open : [`op-${index - 1}`]));
    }
    return events;
  });
