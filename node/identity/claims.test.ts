import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TokenRefusal } from "./claims.ts";
import { endpointFor, fetchJson, goodClaims, makeSigner, sign, TestIssuer } from "./issuer.fixture.ts";
import type { Signer } from "./issuer.fixture.ts";
import { TokenVerifier } from "./token.ts";

const now = Date.now();
const seconds = Math.floor(now / 1000);
const support = endpointFor("support");
const sales = endpointFor("sales");

let issuer: TestIssuer;
let ec: Signer;
let verifier: TokenVerifier;

beforeAll(async () => {
  ec = await makeSigner("ec");
  issuer = await TestIssuer.start([ec.publicJwk]);
});
afterAll(() => issuer.close());
beforeEach(() => {
  verifier = new TokenVerifier([issuer.settings()], fetchJson);
});

const good = (): Record<string, unknown> => ({ ...goodClaims(issuer.url, support, now) });

/** One change to a good token each. A function gets the good claims, so that a mutant differs in one point only. */
const claimMutants: readonly [what: string, claims: Record<string, unknown>, why: TokenRefusal][] = [
  ["no iss", { iss: undefined }, "token.issuer"],
  ["another iss", { iss: "https://evil.example" }, "token.issuer"],
  ["an iss list", { iss: ["https://evil.example"] }, "token.issuer"],
  ["a numeric iss", { iss: 1 }, "token.issuer"],
  ["no aud", { aud: undefined }, "token.audience"],
  ["the aud of another persona", { aud: sales.uri }, "token.audience"],
  ["the aud of another tenant", { aud: endpointFor("support", "other").uri }, "token.audience"],
  [
    "the aud of a server of that name",
    { aud: endpointFor("support", "default", "server").uri },
    "token.audience",
  ],
  ["a trailing slash in aud", { aud: `${support.uri}/` }, "token.audience"],
  ["an aud that goes on", { aud: `${support.uri}x` }, "token.audience"],
  ["an aud cut short", { aud: support.uri.slice(0, -4) }, "token.audience"],
  ["the whole gateway as aud", { aud: "https://gw.example" }, "token.audience"],
  ["aud by its short path", { aud: "https://gw.example/p/support/mcp" }, "token.audience"],
  ["aud in capitals", { aud: support.uri.toUpperCase() }, "token.audience"],
  ["aud over http", { aud: support.uri.replace("https", "http") }, "token.audience"],
  ["aud percent-encoded", { aud: support.uri.replace("support", "%73upport") }, "token.audience"],
  ["aud with a port", { aud: support.uri.replace("example/", "example:443/") }, "token.audience"],
  ["aud with a query", { aud: `${support.uri}?` }, "token.audience"],
  ["an aud list with another persona", { aud: [support.uri, sales.uri] }, "token.audience"],
  ["an aud list with the gateway", { aud: [support.uri, "https://gw.example"] }, "token.audience"],
  [
    "an aud list with another spelling of ours",
    { aud: [support.uri, "HTTP://GW.example:80/x"] },
    "token.audience",
  ],
  ["an aud list with a number", { aud: [support.uri, 1] }, "token.audience"],
  ["an empty aud list", { aud: [] }, "token.audience"],
  [
    "an aud list that is too long",
    { aud: [support.uri, ...Array.from({ length: 16 }, (_, n) => `urn:${n}`)] },
    "token.audience",
  ],
  ["an aud object", { aud: { 0: support.uri } }, "token.audience"],
  ["no exp", { exp: undefined }, "token.claims"],
  ["an exp 31 s ago", { exp: seconds - 31, iat: seconds - 300 }, "token.expired"],
  ["exp as text", { exp: String(seconds + 300) }, "token.claims"],
  ["exp null", { exp: null }, "token.claims"],
  ["a negative exp", { exp: -1 }, "token.claims"],
  ["an exp beyond all years", { exp: 1e300 }, "token.claims"],
  ["a life beyond a day", { exp: seconds + 86_401 }, "token.life"],
  ["an end before its start", { exp: seconds, iat: seconds + 1 }, "token.life"],
  ["no iat", { iat: undefined }, "token.claims"],
  ["an iat 31 s ahead", { iat: seconds + 31 }, "token.early"],
  ["iat as text", { iat: String(seconds) }, "token.claims"],
  ["an nbf 31 s ahead", { nbf: seconds + 31 }, "token.early"],
  ["nbf as text", { nbf: String(seconds) }, "token.claims"],
  ["nbf null", { nbf: null }, "token.claims"],
  ["a confirmation key (DPoP)", { cnf: { jkt: "x" } }, "token.bound"],
  ["a confirmation certificate (mTLS)", { cnf: { "x5t#S256": "x" } }, "token.bound"],
  ["a numeric agent", { client_id: 7 }, "token.names"],
  ["an empty agent", { client_id: "" }, "token.names"],
  ["an agent with a line break", { client_id: "agent-1\nadmin" }, "token.names"],
  ["an agent with a bidi mark", { client_id: "agent-1\u202e" }, "token.names"],
  ["an agent with a zero-width space", { client_id: "agent\u200b-1" }, "token.names"],
  ["an agent with half a surrogate pair", { client_id: "agent-\ud800" }, "token.names"],
  ["an agent of 257 characters", { client_id: "a".repeat(257) }, "token.names"],
  ["a user object", { sub: { name: "user-1" } }, "token.names"],
  ["an empty user", { sub: "" }, "token.names"],
  ["nobody at all", { client_id: undefined, sub: undefined }, "token.names"],
];

const headerMutants: readonly [what: string, header: Record<string, unknown>, why: TokenRefusal][] = [
  ["typ JWT, as ID tokens have", { typ: "JWT" }, "token.type"],
  ["no typ", { typ: undefined }, "token.type"],
  ["the typ of a security event", { typ: "secevent+jwt" }, "token.type"],
  ["the typ of a logout token", { typ: "logout+jwt" }, "token.type"],
  ["the typ of an identity assertion", { typ: "oauth-id-jag+jwt" }, "token.type"],
  ["a typ list", { typ: ["at+jwt"] }, "token.type"],
  ["no kid", { kid: undefined }, "token.kid"],
  ["a numeric kid", { kid: 1 }, "token.kid"],
  ["an empty kid", { kid: "" }, "token.kid"],
  ["an unknown kid", { kid: "other" }, "token.kid"],
  ["a kid of Object.prototype", { kid: "constructor" }, "token.kid"],
  ["crit exp", { crit: ["exp"], exp: 1 }, "token.critical"],
  ["crit b64", { crit: ["b64"], b64: true }, "token.critical"],
];

describe("a mutant is refused while its original is taken:", () => {
  test.each(claimMutants)("%s", async (_, claims, why) => {
    const [mutant, original] = await Promise.all([sign(ec, { ...good(), ...claims }), sign(ec, good())]);
    expect(await verifier.verify(mutant, support, now)).toBe(why);
    expect(verifier.recall(mutant, support, now)).toBeUndefined();
    expect(await verifier.verify(original, support, now)).toMatchObject({ agent: "agent-1" });
  });

  test.each(headerMutants)("%s", async (_, header, why) => {
    const [mutant, original] = await Promise.all([sign(ec, good(), header), sign(ec, good())]);
    expect(await verifier.verify(mutant, support, now)).toBe(why);
    expect(await verifier.verify(original, support, now)).toMatchObject({ agent: "agent-1" });
  });

  test.each(["/", "#", "?", " "])("an iss with %s at its end", async (end) => {
    const token = await sign(ec, { ...good(), iss: issuer.url + end });
    expect(await verifier.verify(token, support, now)).toBe("token.issuer");
  });

  test("there are more than 40 of them", () => {
    expect(claimMutants.length + headerMutants.length).toBeGreaterThan(60);
  });
});

describe("who it names", () => {
  const principalOf = async (claims: Record<string, unknown>, more = {}): Promise<unknown> => {
    const named = new TokenVerifier([issuer.settings(more)], fetchJson);
    return named.verify(await sign(ec, { ...good(), ...claims }), support, now);
  };

  test("the agent is the agent claim, else azp, else sub", async () => {
    expect(await principalOf({ azp: "other" })).toMatchObject({ agent: "agent-1", user: "user-1" });
    expect(await principalOf({ client_id: undefined, azp: "other" })).toMatchObject({
      agent: "other",
      user: "user-1",
    });
    expect(await principalOf({ client_id: undefined })).toMatchObject({ agent: "user-1", user: undefined });
    expect(await principalOf({ appid: "app" }, { agentClaim: "appid" })).toMatchObject({
      agent: "app",
      user: "user-1",
    });
  });

  test("an agent that is its own subject has no user", async () => {
    expect(await principalOf({ sub: "agent-1" })).toMatchObject({ agent: "agent-1", user: undefined });
  });

  test("a user claim is the user, and its absence is no user", async () => {
    const userClaim = "upn";
    expect(await principalOf({ upn: "ann" }, { userClaim })).toMatchObject({ agent: "agent-1", user: "ann" });
    expect(await principalOf({}, { userClaim })).toMatchObject({ agent: "agent-1", user: undefined });
    expect(await principalOf({ upn: 7 }, { userClaim })).toBe("token.names");
  });

  test("an agent claim that names a member of Object.prototype is read from the token alone", async () => {
    expect(await principalOf({}, { agentClaim: "constructor" })).toMatchObject({ agent: "user-1" });
    expect(await principalOf({}, { userClaim: "toString" })).toMatchObject({ user: undefined });
  });
});

describe("scope", () => {
  test.each<[string, unknown, boolean]>([
    ["the scope alone", "mcp:call", true],
    ["the scope among others", "a mcp:call b", true],
    ["no scope", undefined, false],
    ["another scope", "mcp:calls", false],
    ["a part of it", "mcp", false],
    ["another case", "MCP:CALL", false],
    ["an object", { "mcp:call": true }, false],
  ])("%s", async (_, scope, taken) => {
    const strict = new TokenVerifier([issuer.settings({ scope: "mcp:call" })], fetchJson);
    const found = await strict.verify(await sign(ec, { ...good(), scope }), support, now);
    expect(found === "token.scope").toBe(!taken);
    expect(typeof found === "object").toBe(taken);
  });

  test("several required scopes are all required, and scp is read where scope is absent", async () => {
    const strict = new TokenVerifier([issuer.settings({ scope: "a b" })], fetchJson);
    expect(await strict.verify(await sign(ec, { ...good(), scope: "a" }), support, now)).toBe("token.scope");
    expect(await strict.verify(await sign(ec, { ...good(), scp: ["b", "a"] }), support, now)).toMatchObject({
      by: "jwt",
    });
    expect(await strict.verify(await sign(ec, { ...good(), scp: "a b", scope: "a" }), support, now)).toBe(
      "token.scope",
    );
  });

  test("a token that is invalid otherwise is not told about scopes", async () => {
    const strict = new TokenVerifier([issuer.settings({ scope: "a" })], fetchJson);
    const evil = await makeSigner("ec");
    expect(await strict.verify(await sign(evil, good()), support, now)).toBe("token.signature");
  });
});
