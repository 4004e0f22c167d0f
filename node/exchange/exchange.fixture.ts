/** An exchange without a door, and who is behind it: for the tests of this folder. */
import { roster } from "../../actors/roster.ts";
import { roleTable, toolGrant } from "../../actors/session.fixture.ts";
import { Host } from "../../cluster/host.ts";
import { MemoryPassivation } from "../../cluster/passivation.ts";
import { sessionKey } from "../../protocol/id.ts";
import { modern } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordBody, Recorder } from "../../protocol/record.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { Exchange, type Caller } from "./exchange.ts";
import { Governor, type SessionHost } from "./governor.ts";
import { Roles, type RoleInForce } from "./roles.ts";

export function callerOf(agent: string, more: Partial<Caller> = {}): Caller {
  const session = sessionKey("default", "support", agent, undefined);
  const path = "/t/default/p/support";
  const uri = `http://127.0.0.1${path}/mcp`;
  return {
    endpoint: { tenant: "default", kind: "persona", name: "support", persona: "support", path, uri },
    principal: {
      tenant: "default",
      agent,
      user: undefined,
      by: "key",
      id: "k1",
      expires: Number.MAX_SAFE_INTEGER,
      issuer: undefined,
      personas: ["support"],
      audience: undefined,
    },
    session,
    door: "http",
    from: "127.0.0.1",
    revision: modern,
    capabilities: {},
    logLevel: undefined,
    wire: undefined,
    trace: undefined,
    ...more,
  };
}

/** Keeps what a door would write. */
export class PlainExchange extends Exchange {
  readonly sent: JsonObject[] = [];
  written: JsonObject | undefined;
  status: number | undefined;
  /** What the agent does while it is told something. */
  onSend: ((exchange: PlainExchange) => void) | undefined;

  constructor(caller: Caller, method: string, params: JsonObject) {
    super(caller, { jsonrpc: "2.0", id: 1, method, params }, performance.now());
  }

  send(message: JsonObject): void {
    this.sent.push(message);
    this.onSend?.(this);
  }

  protected write(text: string, form: { readonly status: number } | undefined): void {
    this.written = JSON.parse(text) as JsonObject;
    this.status = form?.status;
  }
}

/** Roles with one in force for `support`. */
export function rolesWith(
  grants: readonly TableGrant[] = [toolGrant("read_ticket")],
  definitions: readonly (JsonObject | undefined)[] = [],
  changes: Partial<RoleTable> = {},
): { readonly roles: Roles; readonly role: RoleInForce } {
  const roles = new Roles(() => undefined);
  const table = roleTable({ grants, ...changes });
  return { roles, role: roles.put("support", { digest: "digest", table, definitions, templates: [] }) };
}

/** A real session actor and a governor over it, whose records are kept and, if nothing else is said, confirmed at once. */
export function governed(
  roles: Roles,
  clock: { now: number },
  confirm: (body: RecordBody, then: NonNullable<Parameters<Recorder["append"]>[2]>) => void = (_body, then) =>
    then(undefined),
): {
  readonly governor: Governor;
  readonly records: RecordBody[];
  readonly faults: unknown[];
  readonly host: SessionHost;
} {
  const records: RecordBody[] = [];
  const faults: unknown[] = [];
  const host = new Host({
    actor: roster,
    world: { role: (digest) => roles.byDigest(digest) },
    passivation: new MemoryPassivation(),
    onFault: (_key, fault) => faults.push(fault),
  });
  const governor = new Governor({
    host,
    recorder: {
      append: (body, _durability, then) => {
        records.push(body);
        if (then !== undefined) confirm(body, then);
      },
    },
    now: () => clock.now,
    onDecision: () => undefined,
    onOutcome: () => undefined,
    onAlert: (_session, rule) => faults.push(rule),
    demanded: () => undefined,
    onClose: () => undefined,
  });
  return { governor, records, faults, host };
}
