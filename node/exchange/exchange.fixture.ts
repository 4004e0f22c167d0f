/** An exchange without a door, and who is behind it: for the tests of this folder. */
import { roleTable, toolGrant } from "../../actors/session.fixture.ts";
import { sessionKey } from "../../protocol/id.ts";
import { modern } from "../../protocol/mcp/revision.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { Exchange, type Caller } from "./exchange.ts";
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

  constructor(caller: Caller, method: string, params: JsonObject) {
    super(caller, { jsonrpc: "2.0", id: 1, method, params }, performance.now());
  }

  send(message: JsonObject): void {
    this.sent.push(message);
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
