import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { endpointFor, fetchJson, goodClaims, makeSigner, sign, TestIssuer } from "./issuer.fixture.ts";
import type { Signer } from "./issuer.fixture.ts";
import { Jwks } from "./jwks.ts";
import type { FetchJson } from "./jwks.ts";
import { TokenVerifier } from "./token.ts";

const start = Date.now();
const support = endpointFor("support");
let one: Signer;
let two: Signer;
let issuer: TestIssuer;
let withdrawn: string[];

beforeAll(async () => {
  [one, two] = await Promise.all([makeSigner("one"), makeSigner("two")]);
  issuer = await TestIssuer.start([]);
});
afterAll(() => issuer.close());
beforeEach(() => {
  issuer.keys = [one.publicJwk];
  issuer.status = 200;
  issuer.asked.length = 0;
  withdrawn = [];
});

const open = (port: FetchJson = fetchJson): Jwks =>
  new Jwks({
    url: `${issuer.url}/jwks`,
    private: [],
    fetchJson: port,
    onWithdrawn: (kids) => withdrawn.push(...kids),
  });

test("any number of callers at once cost one fetch", async () => {
  const jwks = open();
  const sets = await Promise.all(Array.from({ length: 100 }, () => jwks.withKid("one", start)));
  expect(new Set(sets).size).toBe(1);
  expect(issuer.asked).toEqual(["/jwks"]);
});

test("a fetch under way is not joined by another, not even when the clock steps back meanwhile", async () => {
  const jwks = open();
  await Promise.all([jwks.withKid("one", start), jwks.withKid("one", start - 86_400_000)]);
  expect(issuer.asked.length).toBe(1);
});

test("the port is given the ranges and the byte bound", async () => {
  const asked: unknown[] = [];
  const jwks = new Jwks({
    url: "https://idp.example/jwks",
    private: ["10.0.0.0/8"],
    fetchJson: async (...args) => {
      asked.push(...args);
      return { keys: [] };
    },
    onWithdrawn: () => {},
  });
  await jwks.withKid("one", start);
  expect(asked).toEqual(["https://idp.example/jwks", { private: ["10.0.0.0/8"] }, limits.jwksBytesMax]);
});

test("a fresh set that knows the kid is not fetched again", async () => {
  const jwks = open();
  for (const after of [0, 1, limits.jwksFreshMs - 1]) await jwks.withKid("one", start + after);
  expect(issuer.asked.length).toBe(1);
  await jwks.withKid("one", start + limits.jwksFreshMs);
  expect(issuer.asked.length).toBe(2);
});

test("made-up kids cost one fetch per 30 s, whoever sends how many", async () => {
  const jwks = open();
  await jwks.withKid("one", start);
  for (let after = 1; after < 90_000; after += 500) {
    const found = await jwks.withKid(`made-up-${after}`, start + after);
    expect(found).toBe("token.kid");
  }
  expect(issuer.asked.length).toBe(3);
});

test("a new key of the issuer is found once 30 s have passed since the last fetch, and the old one goes on", async () => {
  const jwks = open();
  await jwks.withKid("one", start);
  issuer.keys = [one.publicJwk, two.publicJwk];
  expect(await jwks.withKid("two", start + limits.jwksRefetchMs - 1)).toBe("token.kid");
  expect(await jwks.withKid("two", start + limits.jwksRefetchMs)).toBeTypeOf("object");
  expect(await jwks.withKid("one", start + limits.jwksRefetchMs)).toBeTypeOf("object");
  expect(withdrawn).toEqual([]);
});

test("while the issuer fails its set serves for an hour and no longer", async () => {
  const jwks = open();
  await jwks.withKid("one", start);
  issuer.status = 500;
  expect(await jwks.withKid("one", start + limits.jwksFreshMs)).toBeTypeOf("object");
  expect(await jwks.withKid("one", start + limits.jwksStaleMs)).toBeTypeOf("object");
  expect(await jwks.withKid("one", start + limits.jwksStaleMs + 1)).toBe("token.unreachable");
  issuer.status = 200;
  expect(await jwks.withKid("one", start + limits.jwksStaleMs + limits.jwksRefetchMs)).toBeTypeOf("object");
});

test("an issuer that never answered is asked again after 5 s, and an unknown kid is its fault until it answers", async () => {
  const jwks = open();
  issuer.status = 500;
  expect(await jwks.withKid("one", start)).toBe("token.unreachable");
  expect(await jwks.withKid("one", start + limits.jwksRetryMs - 1)).toBe("token.unreachable");
  expect(issuer.asked.length).toBe(1);
  issuer.status = 200;
  expect(await jwks.withKid("one", start + limits.jwksRetryMs)).toBeTypeOf("object");
  issuer.status = 500;
  expect(await jwks.withKid("two", start + limits.jwksFreshMs)).toBe("token.unreachable");
});

test("a clock that stepped back a day does not stop fetching", async () => {
  const jwks = open();
  issuer.status = 500;
  await jwks.withKid("one", start);
  issuer.status = 200;
  expect(await jwks.withKid("one", start - 86_400_000)).toBeTypeOf("object");
});

test.each<[string, unknown]>([
  ["null", null],
  ["a list", [{ kid: "one" }]],
  ["keys that are no list", { keys: { one: {} } }],
  ["an entry that is no object", { keys: ["one"] }],
  ["a null entry", { keys: [null] }],
  ["too many keys", { keys: Array.from({ length: 65 }, (_, n) => ({ kid: `${n}`, kty: "EC" })) }],
])("%s is no JWKS and does not replace a good one", async (_, document) => {
  let answer: unknown = { keys: [one.publicJwk] };
  const jwks = open(async () => answer);
  await jwks.withKid("one", start);
  answer = document;
  expect(await jwks.withKid("two", start + limits.jwksRefetchMs)).toBe("token.unreachable");
  expect(await jwks.withKid("one", start + limits.jwksRefetchMs)).toBeTypeOf("object");
  expect(withdrawn).toEqual([]);
});

test.each<[string, FetchJson]>([
  [
    "throws",
    () => {
      throw new Error("no");
    },
  ],
  ["rejects", () => Promise.reject(new Error())],
])("a port that %s is a failure, and the next fetch is made", async (_, broken) => {
  // prettier-ignore
  let port = broken;
  const jwks = open((...args) => port(...args));
  expect(await jwks.withKid("one", start)).toBe("token.unreachable");
  port = fetchJson;
  expect(await jwks.withKid("one", start + limits.jwksRetryMs)).toBeTypeOf("object");
});

test("a port that never answers holds callers for 5 s only, and the next fetch is made", async () => {
  vi.useFakeTimers();
  try {
    let port: FetchJson = () => new Promise(() => {});
    const jwks = open((...args) => port(...args));
    const waiting = jwks.withKid("one", start);
    await vi.advanceTimersByTimeAsync(limits.jwksFetchMs);
    expect(await waiting).toBe("token.unreachable");
    port = async () => ({ keys: [one.publicJwk] });
    expect(await jwks.withKid("one", start + limits.jwksRetryMs)).toBeTypeOf("object");
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("keys without a kid are left out, and kids that now name another key are announced once", async () => {
  const other = await makeSigner("one");
  const { kid: _, ...nameless } = two.publicJwk;
  issuer.keys = [one.publicJwk, two.publicJwk, nameless];
  const jwks = open();
  await jwks.withKid("one", start);
  issuer.keys = [other.publicJwk];
  await jwks.withKid("one", start + limits.jwksFreshMs);
  await jwks.withKid("one", start + 2 * limits.jwksFreshMs);
  expect(withdrawn.sort()).toEqual(["one", "two"]);
});

test("a remembered token ends when its key leaves the issuer's set, and one of another key does not", async () => {
  issuer.keys = [one.publicJwk, two.publicJwk];
  const verifier = new TokenVerifier([issuer.settings()], fetchJson);
  const claims = { ...goodClaims(issuer.url, support, start), exp: Math.floor(start / 1000) + 3600 };
  const [ofOne, ofTwo] = await Promise.all([sign(one, claims), sign(two, claims)]);
  await Promise.all([verifier.verify(ofOne, support, start), verifier.verify(ofTwo, support, start)]);
  issuer.keys = [two.publicJwk];
  const later = start + limits.jwksFreshMs;
  // The first look only starts the fetch: a recall waits for nothing.
  expect(verifier.recall(ofOne, support, later)).toBeDefined();
  await vi.waitFor(() => expect(verifier.recall(ofOne, support, later)).toBeUndefined(), { timeout: 15_000 });
  expect(verifier.recall(ofTwo, support, later)).toBeDefined();
  expect(await verifier.verify(ofOne, support, later)).toBe("token.kid");
});

test("a key withdrawn while its signature is checked makes no remembered token", async () => {
  let answer: unknown = { keys: [one.publicJwk] };
  const verifier = new TokenVerifier([issuer.settings()], async () => answer);
  const claims = { ...goodClaims(issuer.url, support, start), exp: Math.floor(start / 1000) + 3600 };
  const [first, second] = await Promise.all([sign(one, claims), sign(one, { ...claims, jti: "jti-2" })]);
  await verifier.verify(first, support, start);
  answer = { keys: [] };
  const later = start + limits.jwksFreshMs - 1;
  const pending = verifier.verify(second, support, later);
  verifier.recall(first, support, later + 1);
  await pending;
  await new Promise((done) => void setImmediate(done));
  expect(verifier.recall(second, support, later + 1)).toBeUndefined();
});
