import { expect, test } from "vitest";
import { endpointFor } from "./issuer.fixture.ts";
import { metadataUrl, requiredScopes, resourceMetadata } from "./metadata.ts";

const support = endpointFor("support");

test("the document names the endpoint's exact address, its issuers and their scopes", () => {
  const issuers = [
    { issuer: "https://one.example", scope: "mcp:call read" },
    { issuer: "https://two.example/realm", scope: "read" },
    { issuer: "https://three.example" },
  ];
  expect(resourceMetadata(support, issuers)).toEqual({
    resource: "https://gw.example/t/default/p/support/mcp",
    authorization_servers: ["https://one.example", "https://two.example/realm", "https://three.example"],
    scopes_supported: ["mcp:call", "read"],
    bearer_methods_supported: ["header"],
    resource_name: "Gatehouse default: persona support",
  });
});

test("RFC 9728 section 3.2: 'Claims with zero elements MUST be omitted from the response'", () => {
  expect(Object.keys(resourceMetadata(support, []))).toEqual([
    "resource",
    "bearer_methods_supported",
    "resource_name",
  ]);
});

test("RFC 9728 section 3.1: the well-known part is inserted 'between the host component and the path'", () => {
  expect(metadataUrl(support)).toBe(
    "https://gw.example/.well-known/oauth-protected-resource/t/default/p/support/mcp",
  );
  const behind = { ...support, uri: "https://corp.example:8443/gw/t/default/p/support/mcp" };
  expect(metadataUrl(behind)).toBe(
    "https://corp.example:8443/.well-known/oauth-protected-resource/gw/t/default/p/support/mcp",
  );
});

test("two endpoints have two documents", () => {
  const server = endpointFor("support", "default", "server");
  expect(metadataUrl(server)).not.toBe(metadataUrl(support));
  expect(resourceMetadata(server, []).resource_name).toBe("Gatehouse default: server support");
});

test("each required scope is named once", () => {
  expect(requiredScopes([{ scope: "a b" }, { scope: "b c" }, {}])).toEqual(["a", "b", "c"]);
  expect(requiredScopes([])).toEqual([]);
});

test("an endpoint whose URI is no web address has no place for a document", () => {
  expect(metadataUrl({ ...support, uri: "urn:gatehouse:metrics" })).toBeUndefined();
});
