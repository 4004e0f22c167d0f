import { createPublicKey, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { endpointFor, fetchJson, goodClaims, makeSigner, sign, TestIssuer } from "./issuer.fixture.ts";
import type { Signer } from "./issuer.fixture.ts";
import { TokenVerifier } from "./token.ts";

const now = Date.now();
const seconds = Math.floor(now / 1000);
const support = endpointFor("support");
const sales = endpointFor("sales");

let issuer: TestIssuer;
let ec: Signer;
let rsa: Signer;
let ed: Signer;
let verifier: TokenVerifier;

beforeAll(async () => {
  [ec, rsa, ed] = await Promise.all([
    makeSigner("ec"),
    makeSigner("rsa", "RS256"),
    makeSigner("ed", "EdDSA"),
  ]);
  issuer = await TestIssuer.start([ec.publicJwk, rsa.publicJwk, ed.publicJwk]);
});
afterAll(() => issuer.close());
beforeEach(() => {
  verifier = new TokenVerifier([issuer.settings()], fetchJson);
});

const good = (): Record<string, unknown> => ({ ...goodClaims(issuer.url, support, now) });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a good token", () => {
  test.each(["ec", "rsa", "ed"])("signed by the %s key of the issuer gives its principal", async (kid) => {
    const signer = [ec, rsa, ed].find((one) => one.kid === kid) ?? ec;
    const principal = await verifier.verify(await sign(signer, good()), support, now);
    expect(principal).toEqual({
      tenant: "default",
      agent: "agent-1",
      user: "user-1",
      by: "jwt",
      id: "jti-1",
      expires: (seconds + 300) * 1000 + limits.clockToleranceMs,
      issuer: issuer.url,
      personas: "audience",
      audience: support.uri,
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["an audience list with a resource that is not ours", { aud: [support.uri, "https://api.example"] }, {}],
    [
      "an audience list with a host that only starts like ours",
      { aud: [support.uri, "https://gw.example.org/t/a"] },
      {},
    ],
    ["an end 29 s ago, within the clock tolerance", { exp: seconds - 29, iat: seconds - 300 }, {}],
    ["a start 29 s ahead", { nbf: seconds + 29, iat: seconds + 29 }, {}],
    ["the full media type", {}, { typ: "application/at+jwt" }],
    ["a type in capitals", {}, { typ: "AT+JWT" }],
    ["fractions of a second", { exp: seconds + 10.5 }, {}],
    ["no jti", { jti: undefined }, {}],
    ["no user", { sub: undefined }, {}],
  ])("with %s is taken", async (_, claims, header) => {
    const token = await sign(ec, { ...good(), ...claims }, header);
    expect(await verifier.verify(token, support, now)).toMatchObject({ agent: "agent-1" });
  });

  test("gives the same object to all who verify it at once, and to each who recalls it", async () => {
    const token = await sign(ec, good());
    const found = await Promise.all(Array.from({ length: 50 }, () => verifier.verify(token, support, now)));
    expect(new Set(found).size).toBe(1);
    expect(verifier.recall(token, support, now)).toBe(found[0]);
  });

  test("is not recalled before it was verified, at another endpoint, or after its end", async () => {
    const token = await sign(ec, good());
    expect(verifier.recall(token, support, now)).toBeUndefined();
    await verifier.verify(token, support, now);
    expect(verifier.recall(token, support, now)).toBeDefined();
    expect(verifier.recall(token, sales, now)).toBeUndefined();
    const end = (seconds + 300) * 1000 + limits.clockToleranceMs;
    expect(verifier.recall(token, support, end - 1)).toBeDefined();
    expect(verifier.recall(token, support, end)).toBeUndefined();
    expect(await verifier.verify(token, support, end)).toBe("token.expired");
  });

  test("leaves no trace of itself in its principal", async () => {
    const token = await sign(ec, { ...good(), jti: undefined });
    const principal = await verifier.verify(token, support, now);
    for (const part of token.split(".")) expect(JSON.stringify(principal)).not.toContain(part);
  });
});

describe("a forged signature is refused:", () => {
  test.each(["none", "None", "NONE", "nOnE", ""])("alg %o without a signature", async (alg) => {
    const token = `${encode({ alg, typ: "at+jwt", kid: "ec" })}.${encode(good())}.`;
    expect(await verifier.verify(token, support, now)).toBe("token.algorithm");
  });

  test("HS256 keyed with the issuer's public RSA key, in three encodings", async () => {
    const publicKey = createPublicKey({ key: { ...rsa.publicJwk }, format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
    for (const secret of [String(publicKey), String(publicKey).trim(), JSON.stringify(rsa.publicJwk)]) {
      const token = await new SignJWT(good())
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "rsa" })
        .sign(new TextEncoder().encode(secret));
      expect(await verifier.verify(token, support, now)).toBe("token.algorithm");
    }
  });

  test("a symmetric key in the issuer's own JWKS, whatever its alg says", async () => {
    const k = Buffer.alloc(32, 7);
    const odd = await TestIssuer.start([
      { kty: "oct", k: k.toString("base64url"), kid: "oct", alg: "HS256" },
      { kty: "oct", k: k.toString("base64url"), kid: "ec2", alg: "ES256" },
    ]);
    const strict = new TokenVerifier([odd.settings()], fetchJson);
    for (const [alg, kid] of [
      ["HS256", "oct"],
      ["HS256", "ec2"],
    ] as const) {
      const token = await new SignJWT(goodClaims(odd.url, support, now))
        .setProtectedHeader({ alg, kid, typ: "at+jwt" })
        .sign(k);
      expect(await strict.verify(token, support, now)).toBe("token.algorithm");
    }
    const token = await sign({ ...ec, kid: "ec2" }, goodClaims(odd.url, support, now));
    expect(await strict.verify(token, support, now)).toBe("token.kid");
    await odd.close();
  });

  test("an algorithm that the issuer's list does not have, though its key fits", async () => {
    const strict = new TokenVerifier([issuer.settings({ algorithms: ["ES256"] })], fetchJson);
    expect(await strict.verify(await sign(rsa, good()), support, now)).toBe("token.algorithm");
    expect(await strict.verify(await sign(ec, good()), support, now)).toMatchObject({ agent: "agent-1" });
  });

  test("a key of another algorithm under the kid it names", async () => {
    expect(await verifier.verify(await sign({ ...ec, kid: "rsa" }, good()), support, now)).toBe("token.kid");
    expect(await verifier.verify(await sign({ ...rsa, kid: "ec" }, good()), support, now)).toBe("token.kid");
  });

  test("somebody else's key under the issuer's kid", async () => {
    const evil = await makeSigner("ec");
    expect(await verifier.verify(await sign(evil, good()), support, now)).toBe("token.signature");
  });

  test("a trusted issuer's key under another trusted issuer's name", async () => {
    const other = await makeSigner("ec");
    const second = await TestIssuer.start([other.publicJwk]);
    const both = new TokenVerifier([issuer.settings(), second.settings()], fetchJson);
    expect(await both.verify(await sign(other, good()), support, now)).toBe("token.signature");
    expect(
      await both.verify(await sign(other, goodClaims(second.url, support, now)), support, now),
    ).toMatchObject({
      issuer: second.url,
    });
    await second.close();
  });

  test("any changed character of the signature, the claims or the header", async () => {
    const token = await sign(ec, good());
    const [header = "", claims = "", signature = ""] = token.split(".");
    const changed = (part: string, at: number): string =>
      part.slice(0, at) + (part[at] === "A" ? "B" : "A") + part.slice(at + 1);
    const mutants = [
      ...Array.from({ length: 40 }, (_, at) => `${header}.${claims}.${changed(signature, at * 2)}`),
      ...Array.from({ length: 40 }, (_, at) => `${header}.${changed(claims, at)}.${signature}`),
      ...Array.from({ length: 20 }, (_, at) => `${changed(header, at)}.${claims}.${signature}`),
      `${header}.${claims}.`,
      `${header}.${claims}.${signature.slice(0, -4)}`,
      `${header}.${encode({ ...good(), client_id: "admin" })}.${signature}`,
    ];
    const found = await Promise.all(mutants.map((mutant) => verifier.verify(mutant, support, now)));
    expect(found.filter((one) => typeof one !== "string")).toEqual([]);
    expect(await verifier.verify(token, support, now)).toMatchObject({ agent: "agent-1" });
  });

  test("a key, or the address of one, that the token brings along: it is neither used nor fetched", async () => {
    const evil = await makeSigner("evil");
    let visits = 0;
    const trap = createServer((_, response) => {
      visits++;
      response.end(JSON.stringify({ keys: [evil.publicJwk] }));
    });
    await new Promise<void>((done) => void trap.listen(0, "127.0.0.1", done));
    const address = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/jwks`;
    const lures = { jwk: evil.publicJwk, jku: address, x5u: address, x5c: ["MIIB"], x5t: "x" };
    for (const [name, lure] of Object.entries(lures)) {
      expect(await verifier.verify(await sign(evil, good(), { [name]: lure }), support, now)).toBe(
        "token.kid",
      );
      expect(await verifier.verify(await sign(evil, good(), { [name]: lure, kid: "ec" }), support, now)).toBe(
        "token.signature",
      );
      // A good signature stays good: the header is not read, so it can do no harm either.
      expect(await verifier.verify(await sign(ec, good(), { [name]: lure }), support, now)).toMatchObject({
        agent: "agent-1",
      });
    }
    expect(visits).toBe(0);
    trap.close();
  });

  test("a private key or one that is too short, published by the issuer", async () => {
    const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const odd = await TestIssuer.start([
      { ...short.publicKey.export({ format: "jwk" }), kid: "short", alg: "RS256" },
      { ...(await exportJWK(ec.privateKey)), kid: "private", alg: "ES256" },
    ]);
    const strict = new TokenVerifier([odd.settings()], fetchJson);
    const claims = goodClaims(odd.url, support, now);
    const body = `${encode({ alg: "RS256", typ: "at+jwt", kid: "short" })}.${encode(claims)}`;
    const token = `${body}.${signBytes("sha256", Buffer.from(body), short.privateKey).toString("base64url")}`;
    expect(await strict.verify(token, support, now)).toBe("token.key");
    expect(await strict.verify(await sign({ ...ec, kid: "private" }, claims), support, now)).toBe(
      "token.key",
    );
    await odd.close();
  });
});

describe("text that is no token", () => {
  test.each([
    "",
    "a",
    "a.b",
    "a.b.c.d",
    "a.b.c.d.e",
    "....",
    "eyJ.eyJ.x",
    "é.b.c",
    "a b.c.d",
    `${"a".repeat(9000)}.b.c`,
  ])("%s is refused", async (text) => {
    expect(await verifier.verify(text, support, now)).toBe("token.syntax");
    expect(verifier.recall(text, support, now)).toBeUndefined();
  });

  test.each(["[]", "null", "1", '"x"', "{", "\u0000"])("claims that are %o are refused", async (text) => {
    const header = encode({ alg: "ES256", kid: "ec", typ: "at+jwt" });
    expect(
      await verifier.verify(`${header}.${Buffer.from(text).toString("base64url")}.AA`, support, now),
    ).toBe("token.syntax");
  });
});

describe("an issuer's configuration", () => {
  test("typ any also takes JWT and no type, and nothing else", async () => {
    const lenient = new TokenVerifier([issuer.settings({ typ: "any" })], fetchJson);
    for (const typ of ["JWT", "jwt", undefined, "at+jwt"])
      expect(await lenient.verify(await sign(ec, good(), { typ }), support, now)).toMatchObject({
        agent: "agent-1",
      });
    for (const typ of ["secevent+jwt", "logout+jwt", "dpop+jwt", "application/jwt", 1])
      expect(await lenient.verify(await sign(ec, good(), { typ }), support, now)).toBe("token.type");
  });

  test.each([
    [{ jwks: "http://idp.example/jwks" }, /without https/],
    [{ jwks: "ftp://127.0.0.1/jwks" }, /without https/],
    [{ jwks: "http://127.0.0.1.example/jwks" }, /without https/],
    [{ issuer: "https://idp.example/a b" }, /spaces/],
    [{ issuer: 'https://idp.example/"' }, /quotes/],
    [{ scope: 'a", error="x' }, /scope/],
    [{ scope: "a  b" }, /scope/],
  ])("%o is refused", (more, says) => {
    expect(() => new TokenVerifier([issuer.settings(more)], fetchJson)).toThrow(says);
  });

  test("the same issuer twice is refused", () => {
    expect(() => new TokenVerifier([issuer.settings(), issuer.settings()], fetchJson)).toThrow(/twice/);
  });
});

test("beyond the bound of running verifications a token is told to come again, and one that waits is not lost", async () => {
  let release = (): void => {};
  const gate = new Promise<void>((done) => (release = done));
  const slow = new TokenVerifier([issuer.settings()], async (...args) => {
    await gate;
    return fetchJson(...args);
  });
  const tokens = await Promise.all(
    Array.from({ length: limits.tokenChecksMax + 1 }, (_, n) => sign(ec, { ...good(), jti: `jti-${n}` })),
  );
  const pending = tokens.map((token) => slow.verify(token, support, now));
  expect(await pending.at(-1)).toBe("token.busy");
  release();
  const found = await Promise.all(pending.slice(0, -1));
  expect(found.filter((one) => typeof one === "string")).toEqual([]);
});
