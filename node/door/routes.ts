/**
 * The route table: every path this node answers, with its HTTP methods and who may. A path that is not here does not
 * exist; the route crawler test walks this table (checklist A1, W5, Z3).
 */
import type { DoorPart } from "../exchange/endpoint.ts";

export interface Route {
  /** `public` needs no credential; `endpoint` a credential for exactly that endpoint; `ticket` that, or a ticket. */
  readonly access: "public" | "operator" | "endpoint" | "ticket";
  readonly methods: readonly string[];
}

/** Paths of the node itself. */
export const nodeRoutes = {
  "/healthz": { access: "public", methods: ["GET", "HEAD"] },
  "/readyz": { access: "public", methods: ["GET", "HEAD"] },
  "/metrics": { access: "operator", methods: ["GET"] },
} as const satisfies Record<string, Route>;

/** Under /.well-known/oauth-protected-resource/<endpoint path> (RFC 9728, section 3). */
export const metadataRoute: Route = { access: "public", methods: ["GET", "HEAD"] };

/** Under each endpoint's path. */
export const endpointRoutes: { readonly [Part in DoorPart]: Route } = {
  mcp: { access: "endpoint", methods: ["POST", "GET", "DELETE"] },
  sse: { access: "endpoint", methods: ["GET"] },
  message: { access: "endpoint", methods: ["POST"] },
  ticket: { access: "endpoint", methods: ["POST"] },
};

/** The upgrade of {endpoint}/mcp. */
export const upgradeRoute: Route = { access: "ticket", methods: ["GET"] };

/**
 * Path and query of a request target, as they were sent: nothing is decoded and no dot segment resolved, so that one
 * address means one thing at every door, the upgrade included (checklist Z1).
 */
export function readAddress({ url = "/" }: { readonly url?: string | undefined }): {
  readonly path: string;
  readonly query: string;
} {
  const at = url.indexOf("?");
  return at < 0 ? { path: url, query: "" } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
