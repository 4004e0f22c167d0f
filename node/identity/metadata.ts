/**
 * OAuth protected-resource metadata: one document per endpoint, telling clients which issuers' tokens are taken.
 *
 * @see RFC 9728 sections 2, 3.1 (where the document lies) and 3.2
 */
import type { Endpoint } from "../exchange/endpoint.ts";

const wellKnown = "/.well-known/oauth-protected-resource";

export interface ResourceMetadata {
  readonly resource: string;
  /** Absent without issuers: RFC 9728 section 3.2 forbids empty arrays. */
  readonly authorization_servers?: readonly string[];
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ["header"];
  readonly resource_name: string;
}

/** The document of one endpoint. Same for every caller: it may be cached and needs no authentication. */
export function resourceMetadata(
  endpoint: Endpoint,
  issuers: readonly { readonly issuer: string; readonly scope?: string | undefined }[],
): ResourceMetadata {
  const scopes = requiredScopes(issuers);
  return {
    resource: endpoint.uri,
    ...(issuers.length > 0 && { authorization_servers: issuers.map((row) => row.issuer) }),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ["header"],
    resource_name: `Gatehouse ${endpoint.tenant}: ${endpoint.kind} ${endpoint.name}`,
  };
}

/**
 * Where the document of an endpoint lies: the well-known part comes between host and path (RFC 9728 section 3.1).
 * Undefined for an endpoint whose URI is no web address, which has no such place.
 */
export function metadataUrl(endpoint: Endpoint): string | undefined {
  const { origin, pathname, protocol } = new URL(endpoint.uri);
  return protocol === "https:" || protocol === "http:" ? `${origin}${wellKnown}${pathname}` : undefined;
}

/** All scopes that the issuers demand, each once. */
export function requiredScopes(
  issuers: readonly { readonly scope?: string | undefined }[],
): readonly string[] {
  return [...new Set(issuers.flatMap((row) => row.scope?.split(" ") ?? []))];
}
