/** A node without doors and upstreams for the tests of operators: everything that decides, records and remembers is real. */
import { openVault } from "../vault/opening.ts";
import type { Vault } from "../vault/vault.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { roster } from "../../actors/roster.ts";
import { Host } from "../../cluster/host.ts";
import { SqlitePassivation } from "../../cluster/passivation.ts";
import type { Outcome } from "../../protocol/facts.ts";
import { operationId, sessionKey } from "../../protocol/id.ts";
import type { OperationId, SessionKey } from "../../protocol/id.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { roleDefaults } from "../../protocol/role.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import type { Verdict } from "../../protocol/verdict.ts";
import { digestOf } from "../catalogue/definition.ts";
import type { ServerCheck } from "../catalogue/servercheck.ts";
import { DataFolder } from "../datafolder.ts";
import type { Caller } from "../exchange/exchange.ts";
import { answerFacts, callFacts, FactsKey } from "../exchange/facts.ts";
import { Governor } from "../exchange/governor.ts";
import type { Judgement, SessionHost } from "../exchange/governor.ts";
import { Roles } from "../exchange/roles.ts";
import { KeyStore } from "../identity/keys.ts";
import { readRecords } from "../record/reader.ts";
import { SegmentRecorder } from "../record/recorder.ts";
import { KillList } from "./kills.ts";
import { HostedSessions } from "./sessionviews.ts";
import { Administrator } from "./administrator.ts";
import { Operators } from "./operators.ts";
import type { OperatorPorts } from "./operators.ts";
import { ControlServer } from "./socket.ts";

export const personas = ["reader", "writer"] as const;
/** A time that no test depends on. */
export const startAt = 1_795_000_000_000;

const cleanups: (() => unknown)[] = [];

/** For afterEach: closes and removes all desks. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A project folder with gatehouse.yaml and an empty role file for each persona. */
export function makeProject(settings = "listen: { port: 4999 }\n"): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-desk-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "gatehouse.yaml"), settings);
  mkdirSync(join(folder, "personas"));
  for (const persona of personas)
    writeFileSync(join(folder, "personas", `${persona}.role.yaml`), `role: ${persona}\ngrants: []\n`);
  return folder;
}

export function key(persona: string, agent: string, user?: string): SessionKey {
  return sessionKey("default", persona, agent, user);
}

function grant(name: string, more: Partial<TableGrant> = {}): TableGrant {
  return {
    kind: "tool",
    name,
    server: "files",
    target: name,
    effect: "read",
    repeatable: true,
    known: ["path", "n"],
    bucket: { capacity: 5, perSecond: 1 },
    reason: "the test says so",
    definition: "",
    ...more,
  };
}

/** `read` takes five calls at once, and only paths under /srv; `list` as many as the session. */
export function tableOf(persona: string): RoleTable {
  return {
    v: 1,
    tenant: "default",
    persona,
    grants: [
      grant("read", { arguments: { path: { inside: "/srv" } } }),
      grant("list", { bucket: { capacity: 1_000, perSecond: 1_000 }, repeatable: false }),
    ],
    objects: {},
    limits: {
      agent: { capacity: 1_000, perSecond: 1_000 },
      budget: { calls: 100_000, hours: 24 },
      openCalls: 8,
    },
    breakers: { tool: roleDefaults.toolBreaker, behaviour: roleDefaults.behaviourBreaker },
    durability: "written",
    oldestRevision: "2024-11-05",
  };
}

/** One running node, as far as operators can reach it. */
const vaultOf = (data: DataFolder, now: () => number): Vault =>
  openVault({ vault: { retired: [] } }, data, { env: {}, folder: "/" }, now);

export class Desk {
  readonly folder: string;
  readonly data: DataFolder;
  readonly host: SessionHost;
  readonly recorder: SegmentRecorder;
  readonly roles: Roles;
  readonly governor: Governor;
  readonly kills: KillList;
  readonly keys: KeyStore;
  readonly vault: Vault;
  readonly operators: Operators;
  /** Moves only when a test moves it. */
  at: number;
  /** What was closed, in order. */
  readonly closed: SessionKey[] = [];
  /** Sessions with a stream open. */
  readonly open = new Set<SessionKey>();
  readonly checks: ServerCheck[] = [];
  /** How often it was looked whose credential has ended. */
  looks = 0;
  readonly #factsKey = new FactsKey();
  readonly #passivation: SqlitePassivation;
  #server: ControlServer | undefined;
  #operations = 0;

  constructor(folder: string, at = startAt) {
    [this.folder, this.at] = [folder, at];
    const now = (): number => this.at;
    this.data = new DataFolder(join(folder, ".gatehouse"));
    this.recorder = SegmentRecorder.open({
      folder: this.data.file("records"),
      node: "node-1",
      incarnation: `run-${at}`,
      shardOf: (session) => session.length % 7,
      now,
      onFault: () => undefined,
      onRecovered: () => undefined,
    });
    this.roles = new Roles((digest) => this.data.loadRole(digest));
    this.#passivation = new SqlitePassivation(this.data.file("sessions.db"), {
      later: (act) => void setTimeout(act),
      onFault: () => undefined,
    });
    this.host = new Host({
      actor: roster,
      world: { role: (digest) => this.roles.byDigest(digest) },
      passivation: this.#passivation,
      onFault: () => undefined,
    });
    for (const persona of personas) this.#putRole(tableOf(persona));
    this.kills = KillList.open(this.data.file("kills.json"));
    this.keys = KeyStore.open(this.data.file("keys.json"), now);
    this.vault = vaultOf(this.data, now);
    const closeSession = this.#close.bind(this);
    this.governor = new Governor({
      host: this.host,
      recorder: this.recorder,
      now,
      demanded: (session, killedBy, when) => this.kills.demanded(session, killedBy, when),
      onDecision: () => undefined,
      onOutcome: () => undefined,
      onAlert: () => undefined,
      onClose: closeSession,
    });
    this.operators = new Operators({
      host: new HostedSessions(this.host),
      governor: this.governor,
      kills: this.kills,
      keys: this.keys,
      vault: this.vault,
      administrator: Administrator.open(this.data.path),
      roles: this.roles,
      recorder: this.recorder,
      now,
      closeSession,
      closeEnded: () => void this.looks++,
      openSessions: () => [...this.open],
      status: () => ({ node: "node-1", endpoints: this.#endpoints() }), // prettier-ignore
      baselines: this.data.baselines,
      catalogue: this.#catalogue(),
    });
  }

  #catalogue(): OperatorPorts["catalogue"] {
    return {
      enforceBaseline: () => undefined,
      check: async (server) => this.checks.filter((check) => server === undefined || check.server === server),
      reloadRoles: () => ({ roles: [], held: [] }),
      accept: async (server, names) => ({
        pinned: names?.length ?? 3,
        check: this.checks.find((check) => check.server === server) ?? {
          server,
          changed: [],
          added: [],
          missing: [],
          needed: [],
        },
        roles: [],
      }),
    };
  }

  #close(session: SessionKey): void {
    this.closed.push(session);
    this.open.delete(session);
  }

  /** What the door would do for one call of `session`, with its tool's answer. Its records are in the file then. */
  async call(
    session: SessionKey,
    tool: string,
    args: { readonly [name: string]: unknown } = {},
    outcome: Outcome = "ok",
  ): Promise<Verdict> {
    const judged = this.judge(session, tool, args);
    const granted = judged.role.table.grants[judged.grant];
    if (judged.verdict.kind !== "allow" || granted === undefined) {
      await setImmediate();
      return judged.verdict;
    }
    const caller = this.#caller(session);
    await new Promise<void>((resolve, reject) => {
      this.governor.intend(caller, judged, granted, (fault) =>
        fault === undefined ? resolve() : reject(fault),
      );
    });
    this.governor.answered(
      caller,
      judged,
      granted,
      answerFacts(this.#factsKey, outcome, JSON.stringify(args), 1, undefined),
    );
    await setImmediate();
    return judged.verdict;
  }

  /** The turn alone. */
  judge(session: SessionKey, tool: string, args: { readonly [name: string]: unknown } = {}): Judgement {
    const caller = this.#caller(session);
    const role = this.roles.inForce(caller.endpoint.persona);
    const at = role.table.grants.findIndex(({ name }) => name === tool);
    const facts = callFacts(
      this.#factsKey,
      "tool",
      tool,
      args,
      role.grants[at]?.pointers ?? [],
      role.grants[at]?.known,
    );
    return this.governor.judge(caller, role, "tools/call", this.#nextOperation(), facts);
  }

  records(): RecordLine[] {
    return [...readRecords(this.data.file("records"))];
  }

  /** Operators reach it over its socket from now on. */
  async listen(): Promise<void> {
    this.#server = await ControlServer.listen(
      this.data.path,
      (request) => this.operators.handle(request),
      (fault) => {
        throw fault;
      },
    );
  }

  /** Puts everything away, as a node that stops. */
  async close(): Promise<void> {
    this.#server?.close();
    this.#server = undefined;
    this.host.passivateAll();
    this.#passivation.close();
    await this.recorder.close();
  }

  #putRole(table: RoleTable): void {
    const digest = digestOf(table);
    this.data.saveRole(digest, table);
    this.roles.put(table.persona, { digest, table, definitions: [], templates: [] });
  }

  #endpoints() {
    const url = (persona: string): string => `http://127.0.0.1:4999/t/default/p/${persona}/mcp`;
    return personas.map((persona) => ({
      kind: "persona" as const,
      persona,
      url: url(persona),
      websocket: url(persona).replace("http", "ws"),
    }));
  }

  #caller(session: SessionKey): Caller {
    const [tenant = "", persona = "", agent = ""] = session.split("/");
    const path = `/t/${tenant}/p/${persona}`;
    return {
      endpoint: {
        tenant,
        kind: "persona",
        name: persona,
        persona,
        path,
        uri: `http://127.0.0.1:4999${path}/mcp`,
      },
      principal: {
        tenant,
        agent,
        user: undefined,
        by: "key",
        id: "testkey",
        expires: startAt * 2,
        issuer: undefined,
        personas: [persona],
        audience: undefined,
      },
      session,
      door: "http",
      from: "127.0.0.1",
      revision: "2025-11-25",
      capabilities: {},
      logLevel: undefined,
      wire: undefined,
      trace: undefined,
    };
  }

  #nextOperation(): OperationId {
    const op = operationId(
      `${(++this.#operations).toString(36)}-${this.at.toString(36)}`.padStart(22, "A").slice(-22),
    );
    if (op === undefined) throw new Error("an operation id of this fixture is none");
    return op;
  }
}

/** A desk in a project of its own, closed when the test is over. */
export function openDesk(folder = makeProject(), at = startAt): Desk {
  const desk = new Desk(folder, at);
  cleanups.push(() => desk.close().catch(() => undefined));
  return desk;
}
