/**
 * The method table: every MCP method has one policy class, and what is not in it is refused (laws 1 and 2). The
 * dispatcher and the test that walks all methods read this table and nothing else.
 */
import type { TargetKind } from "../../protocol/facts.ts";

export type Policy =
  /** Answered from the role table and pinned definitions; what only a server knows is judged and recorded first. */
  | "list"
  /** Judged by the session actor, recorded, relayed. */
  | "governed"
  /** Each named URI is judged by the session's actor, and recorded, before it is followed. */
  | "subscription"
  /** Changes nothing but the wire session; touches no upstream. */
  | "local";

export interface MethodRow {
  readonly policy: Policy;
  readonly eras: "older" | "modern" | "both";
  /** What a governed method names. A completion names a prompt or a resource template. */
  readonly names?: TargetKind | "completion";
  /** In a cluster it is served by the owner of the session: it may reach servers, or is remembered there. */
  readonly isOwners?: true;
}

export const methods = {
  initialize: { policy: "local", eras: "older" },
  ping: { policy: "local", eras: "older" },
  "logging/setLevel": { policy: "local", eras: "older" },
  "server/discover": { policy: "list", eras: "modern" },
  "tools/list": { policy: "list", eras: "both" },
  "prompts/list": { policy: "list", eras: "both" },
  "resources/list": { policy: "list", eras: "both", isOwners: true },
  "resources/templates/list": { policy: "list", eras: "both" },
  "tools/call": { policy: "governed", eras: "both", names: "tool" },
  "prompts/get": { policy: "governed", eras: "both", names: "prompt" },
  "resources/read": { policy: "governed", eras: "both", names: "resource" },
  "completion/complete": { policy: "governed", eras: "both", names: "completion" },
  "resources/subscribe": { policy: "subscription", eras: "older", isOwners: true },
  "resources/unsubscribe": { policy: "subscription", eras: "older", isOwners: true },
  "subscriptions/listen": { policy: "subscription", eras: "modern", isOwners: true },
} as const satisfies Record<string, MethodRow>;

export type Method = keyof typeof methods;

/** Undefined for a method that does not exist in that era. */
export function findMethod(method: string, era: "older" | "modern"): MethodRow | undefined {
  const row: MethodRow | undefined = Object.hasOwn(methods, method) ? methods[method as Method] : undefined;
  return row !== undefined && (row.eras === "both" || row.eras === era) ? row : undefined;
}
