/**
 * Sessions under one rule, for scoring the ledger: whatever the shop's servers gave must not go to the mail server. Each is the
 * real session actor with real detectors; only the road between (exchange, transport) is left out. Does not own the cases.
 */
import { compileRole } from "../actors/guards/persona.ts";
import { Extractor } from "../actors/ledger/extract.ts";
import { Finder } from "../actors/ledger/find.ts";
import { KeyedHash, ledgerKeyBytes } from "../actors/ledger/keyedhash.ts";
import type { Memory } from "../actors/ledger/memory.ts";
import { session, type SessionEvent, type SessionState, type World } from "../actors/session.ts";
import { inflate } from "../node/dlp/ports.ts";
import { builtinScanner } from "../node/dlp/scanning.ts";
import type { Carried, CallFacts, SeenValues } from "../protocol/facts.ts";
import { flowSchema } from "../protocol/flow.ts";
import { limits } from "../protocol/limits.ts";
import { roleDefaults, type RoleTable, type TableGrant } from "../protocol/role.ts";

const wide = { capacity: 1e6, perSecond: 1e5 };
const millisecondsBetween = 10_000;

function grant(name: string, server: string, effect: TableGrant["effect"]): TableGrant {
  return { kind: "tool", name, server, target: name, effect, repeatable: true, bucket: wide, reason: "the mission says so", definition: "" }; // prettier-ignore
}

const table: RoleTable = {
  v: 1,
  tenant: "default",
  persona: "support",
  grants: [grant("read", "shop", "read"), grant("send_mail", "mail", "send")],
  objects: {},
  limits: { agent: wide, budget: roleDefaults.budget, openCalls: roleDefaults.openCalls },
  breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
  durability: "written",
  oldestRevision: "2024-11-05",
  flows: [flowSchema.parse({ from: { servers: ["shop"] }, to: { servers: ["mail"] }, reason: "the law" })],
};

const scanner = builtinScanner();
const groups = new Map(scanner.plan.detectors.map(({ id, group }) => [id, group]));
export const hash = new KeyedHash(
  Uint8Array.from({ length: ledgerKeyBytes }, (_, at) => (at * 151 + 43) & 255),
  "k",
);
export const finder = new Finder(hash, inflate);
const extractor = new Extractor(hash, (type) => groups.get(type) ?? "own");

/** A result as servers give it: JSON in a text. */
export function resultOf(text: string): object {
  return { content: [{ type: "text", text }] };
}

export type Findings = ReturnType<typeof scanner.scanValue>;

export function scan(result: object): Findings {
  return scanner.scanValue(result);
}

/** What an answer leaves. @param asked arguments of the call that it answers */
export function seenOf(result: object, asked: unknown, { findings, exceeded }: Findings): SeenValues {
  return extractor.extract(result, findings, extractor.known(asked), exceeded === undefined);
}

/** A session as a node has it that reads what was put away. */
export function thawed(frozen: string): SessionState {
  const state = session.thaw(JSON.parse(frozen));
  if (state === undefined) throw new Error("a session that was put away cannot be read");
  return state;
}

/** One of an agent's sessions. */
export class ScoredSession {
  readonly #state: SessionState = session.create();
  readonly #world: World;
  #calls = 0;

  constructor() {
    const role = compileRole(table);
    if (Array.isArray(role)) throw new Error(JSON.stringify(role));
    this.#world = { role: () => role };
    this.#turn({ kind: "configured", at: 1, role: "one" });
  }

  get memory(): Memory | undefined {
    return this.#state.memory;
  }

  /** What is kept of it when it is put away, as JSON. */
  get frozen(): string {
    return JSON.stringify(session.freeze(this.#state));
  }

  /** Reads an answer of the shop. */
  read(value: object, asked: unknown = {}): void {
    const text = JSON.stringify(value);
    const result = resultOf(text);
    const { op, rule } = this.#call("read", {});
    if (rule !== "allow") throw new Error(`reading was refused: ${rule}`);
    const isLarge = text.length > limits.ledgerInlineBytesMax;
    const seen = isLarge ? { key: hash.id, types: [], marks: "", overflow: true as const } : seenOf(result, asked, scan(result)); // prettier-ignore
    this.#turn({ kind: "answered", at: this.#now() + 1, op, facts: { outcome: "ok", bytes: text.length, digest: op, tookMs: 1, seen } }); // prettier-ignore
  }

  /** Sends arguments to the mail server. @returns "allow", or the rule that refused */
  send(args: unknown): string {
    const { op, rule } = this.#call("send_mail", { carried: finder.find(this.#state.memory, args) });
    if (rule === "allow") this.#turn({ kind: "answered", at: this.#now() + 1, op, facts: { outcome: "ok", bytes: 2, digest: op, tookMs: 1 } }); // prettier-ignore
    return rule;
  }

  #call(name: string, facts: { readonly carried?: Carried }): { op: string; rule: string } {
    const op = `op-${++this.#calls}`;
    const call: CallFacts = { kind: "tool", name, digest: op, shape: op, bytes: 64, ...facts };
    const effects = this.#turn({ kind: "call", at: this.#now(), op, facts: call });
    const [verdict] = effects.flatMap((effect) => (effect.kind === "reply" ? [effect.verdict] : []));
    return { op, rule: verdict?.kind === "allow" ? "allow" : (verdict?.rule ?? "none") };
  }

  #turn(event: SessionEvent): ReturnType<typeof session.decide> {
    return session.decide(this.#state, event, this.#world);
  }

  #now(): number {
    return this.#calls * millisecondsBetween;
  }
}
