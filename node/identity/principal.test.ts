import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSessionKey } from "../../protocol/id.ts";
import { isScopeOf, scopeKey } from "../../protocol/scope.ts";
import { endpointFor } from "./issuer.fixture.ts";
import { covers, endpointEntry, isIdentity, principalSession, principalShare } from "./principal.ts";
import type { Principal } from "./principal.ts";

const key = (more: Partial<Principal> = {}): Principal => ({
  tenant: "default",
  agent: "a",
  user: undefined,
  by: "key",
  id: "id",
  expires: 1,
  issuer: undefined,
  personas: ["support", "s/files"],
  audience: undefined,
  ...more,
});
const token = (more: Partial<Principal> = {}): Principal =>
  key({
    by: "jwt",
    issuer: "https://idp.example",
    personas: "audience",
    audience: endpointFor("support").uri,
    ...more,
  });

test("a key covers its personas and servers in its tenant, and neither for the other", () => {
  expect(covers(key(), endpointFor("support"))).toBe(true);
  expect(covers(key(), endpointFor("files", "default", "server"))).toBe(true);
  expect(covers(key(), endpointFor("files"))).toBe(false);
  expect(covers(key(), endpointFor("support", "default", "server"))).toBe(false);
  expect(covers(key(), endpointFor("support", "other"))).toBe(false);
  expect(covers(key({ personas: [] }), endpointFor("support"))).toBe(false);
});

test("a token covers the endpoint it was verified for alone", () => {
  expect(covers(token(), endpointFor("support"))).toBe(true);
  expect(covers(token(), endpointFor("sales"))).toBe(false);
  expect(covers(token({ audience: undefined }), endpointFor("support"))).toBe(false);
  expect(covers(token({ tenant: "other" }), endpointFor("support"))).toBe(false);
});

test("an endpoint's entry tells persona from server", () => {
  expect(endpointEntry(endpointFor("x"))).toBe("x");
  expect(endpointEntry(endpointFor("x", "default", "server"))).toBe("s/x");
});

describe("the session of a principal", () => {
  const issuer = fc.constantFrom(
    undefined,
    "https://idp.example",
    "https://idp.example/a",
    "https://other.example",
  );
  const name = fc.constantFrom(
    "a",
    "a b",
    "a@b",
    "https://idp.example",
    "a https://idp.example",
    "/",
    "%20",
    "é",
  );
  const principals = fc
    .record({
      tenant: fc.constantFrom("t", "u"),
      issuer,
      agent: name,
      user: fc.option(name, { nil: undefined }),
    })
    // What keys.ts holds to: a key's agent has no space.
    .filter((one) => one.issuer !== undefined || !one.agent.includes(" "))
    .map((one) => key(one));

  test("is shared only by equal tenant, issuer, agent and user", () => {
    const isSame = (one: Principal, other: Principal): boolean =>
      one.tenant === other.tenant &&
      one.issuer === other.issuer &&
      one.agent === other.agent &&
      one.user === other.user;
    const agree = (one: Principal, other: Principal): boolean =>
      isSame(one, other) === (principalSession(one, "p") === principalSession(other, "p"));
    expect(() => fc.assert(fc.property(principals, principals, agree), { numRuns: 2000 })).not.toThrow();
  });

  test("means one user's scope only by equal tenant, issuer and user, and where there is none by equal agents", () => {
    const agree = (one: Principal, other: Principal): void => {
      const [mine, theirs] = [principalSession(one, "p"), principalSession(other, "q")];
      const isSame =
        one.tenant === other.tenant &&
        one.issuer === other.issuer &&
        one.user === other.user &&
        (one.user !== undefined || one.agent === other.agent);
      expect(scopeKey(mine, "user") === scopeKey(theirs, "user")).toBe(isSame);
      expect(isScopeOf(scopeKey(mine, "user"), theirs)).toBe(isSame);
    };
    fc.assert(fc.property(principals, principals, agree), { numRuns: 2000 });
  });

  test("differs by persona, which an agent's share of a server does not, and reads back", () => {
    const one = key({ agent: "ci/bot", user: "ann" });
    expect(principalSession(one, "p")).not.toBe(principalSession(one, "q"));
    const sharers = [one, key({ id: "other", agent: "ci/bot", user: "ann" }), key({ agent: "ci/bot" })];
    expect(new Set(sharers.map(principalShare)).size).toBe(2);
    expect(readSessionKey(principalShare(one))).toBeUndefined();
    expect(readSessionKey(principalSession(one, "p"))).toEqual({
      tenant: "default",
      persona: "p",
      agent: "ci/bot",
      user: "ann",
    });
  });

  test("is the same for both keys of a rotation and for each token of one agent and user", () => {
    expect(principalSession(key({ id: "x", expires: 5 }), "p")).toBe(
      principalSession(key({ id: "y", expires: 9 }), "p"),
    );
    expect(principalSession(token({ id: "x" }), "p")).toBe(principalSession(token({ id: "y" }), "p"));
  });
});

test("an identity is visible text that a session key can hold", () => {
  for (const good of ["a", "Ärzte & Co", "auth0|5f7", "https://x/y", "名前", "a b", "a".repeat(256), "😀"])
    expect([good, isIdentity(good)]).toEqual([good, true]);
  for (const bad of [
    "",
    "a".repeat(257),
    "a\n",
    "\u0000",
    "a\u202eb",
    "a\u200bb",
    "\ufeffa",
    "a\u2028",
    "\ud800",
    "\udc00x",
    "\u{e0041}",
    7,
    null,
    undefined,
    ["a"],
  ])
    // prettier-ignore
    expect([bad, isIdentity(bad)]).toEqual([bad, false]);
});
