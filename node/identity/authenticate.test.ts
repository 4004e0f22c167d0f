import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { Endpoint } from "../exchange/endpoint.ts";
import { Authenticator } from "./authenticate.ts";
import type { AuthRequest } from "./authenticate.ts";
import { AuthFault } from "./fault.ts";
import type { RefusalReport } from "./failures.ts";
import { endpointFor, fetchJson, goodClaims, makeSigner, sign, TestIssuer } from "./issuer.fixture.ts";
import type { Signer } from "./issuer.fixture.ts";
import { makeKeyId, makeKeySecret, readKey, writeKey } from "./key.ts";
import { KeyStore } from "./keys.ts";
import type { Principal } from "./principal.ts";

const support = endpointFor("support");
const sales = endpointFor("sales");
let folder: string;
let issuer: TestIssuer;
let signer: Signer;
let keys: KeyStore;
let key: string;
let now: number;
let reports: RefusalReport[];
let door: Authenticator;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-auth-"));
  signer = await makeSigner("ec");
  issuer = await TestIssuer.start([signer.publicJwk]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await issuer.close();
});
beforeEach(() => {
  now = Date.now();
  keys = KeyStore.open(join(folder, `${makeKeyId()}.json`), () => now);
  key = keys.create({ agent: "ci-bot", personas: ["support"] }).key;
  reports = [];
  issuer.status = 200;
  isBehind = false;
  door = open();
});

let isBehind: boolean;
const open = (more: object = {}): Authenticator =>
  new Authenticator({
    isBehind: () => isBehind,
    keys,
    issuers: [issuer.settings(more)],
    fetchJson,
    now: () => now,
    onRefused: (report) => reports.push(report),
  });
const ask = (authorization: string | undefined, more: Partial<AuthRequest> = {}): AuthRequest => ({
  authorization,
  rawHeaders: authorization === undefined ? [] : ["Authorization", authorization],
  url: "/t/default/p/support/mcp",
  remoteAddress: "192.0.2.1",
  ...more,
});
const isPrincipal = (found: Principal | AuthFault): found is Principal => !(found instanceof AuthFault);
const faultOf = async (request: AuthRequest, endpoint: Endpoint = support): Promise<AuthFault> => {
  const found = await door.authenticate(request, endpoint);
  if (isPrincipal(found)) throw new Error("was let in");
  return found;
};
const strangeKey = (): string => `Bearer ${writeKey(makeKeyId(), makeKeySecret())}`;
const token = (more: object = {}, endpoint = support): Promise<string> =>
  sign(signer, { ...goodClaims(issuer.url, endpoint, now), ...more });

describe("a good credential", () => {
  test("a key is answered in the same tick, with the same object each time", () => {
    const found = door.authenticate(ask(`Bearer ${key}`), support);
    expect(found).toMatchObject({ agent: "ci-bot", by: "key" });
    expect(door.authenticate(ask(`bEARER ${key}`), support)).toBe(found);
    expect(reports).toEqual([]);
  });

  test("a token costs a promise once, then it is answered in the same tick with the same object", async () => {
    const text = await token();
    const first = door.authenticate(ask(`Bearer ${text}`), support);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toMatchObject({ agent: "agent-1", user: "user-1", by: "jwt" });
    expect(door.authenticate(ask(`Bearer ${text}`), support)).toBe(await first);
  });

  test("nothing a client says of itself or of its address changes who it is, or is read at all (A12, A13)", () => {
    const found = door.authenticate(ask(`Bearer ${key}`), support);
    const claims = ["User-Agent", "X-Remote-User", "X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Email", "Mcp-Client-Info", "Mcp-Init-Host", "Cookie", "X-Api-Key", "Proxy-Authorization", "From"]; // prettier-ignore
    for (const name of claims) {
      const rawHeaders = [name, "admin", "Authorization", `Bearer ${key}`];
      expect(door.authenticate(ask(`Bearer ${key}`, { rawHeaders }), support)).toBe(found);
      expect(
        door.authenticate(ask(undefined, { rawHeaders: [name, `Bearer ${key}`] }), support),
      ).toMatchObject({ status: 401 });
    }
  });

  test("the sources of this folder do not know what a client says of itself (A12, A13, A14)", () => {
    const here = import.meta.dirname;
    const sources = readdirSync(here).filter(
      (name) => name.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(name),
    );
    expect(sources.length).toBeGreaterThan(10);
    const banned =
      /clientInfo|user-agent|x-forwarded|x-real-ip|x-remote|["']forwarded["']|annotations|\b_meta\b/i;
    expect(sources.filter((name) => banned.test(readFileSync(join(here, name), "utf8")))).toEqual([]);
  });
});

describe("the answer to a bad one", () => {
  const metadata =
    'resource_metadata="https://gw.example/.well-known/oauth-protected-resource/t/default/p/support/mcp"';

  test("RFC 6750 section 3.1: without any credential, the challenge 'SHOULD NOT include an error code'", async () => {
    for (const authorization of [undefined, "", "Basic YTpi", "DPoP x", "Negotiate", "Bearer", key]) {
      const fault = await faultOf(ask(authorization));
      expect(fault).toMatchObject({ code: "UNAUTHENTICATED", status: 401, challenge: `Bearer ${metadata}` });
    }
  });

  test("an endpoint without a web address challenges with a realm, and lists of audiences are still judged", async () => {
    const urn: Endpoint = { ...support, path: "/metrics", uri: "urn:gatehouse:metrics" };
    expect((await faultOf(ask(undefined), urn)).challenge).toBe('Bearer realm="gatehouse"');
    expect((await faultOf(ask(`Bearer ${await token({ aud: [support.uri, "urn:other"] })}`), urn)).why).toBe(
      "token.audience",
    );
    expect(
      await door.authenticate(ask(`Bearer ${await token({ aud: [urn.uri, "urn:other"] })}`), urn),
    ).toMatchObject({ by: "jwt" });
  });

  test("an invalid one gets invalid_token, in the same words whatever was wrong with it", async () => {
    const [id, mine] = [keys.list()[0]?.id ?? "", key];
    const revoked = keys.create({ agent: "b", personas: ["support"] });
    keys.revoke(revoked.row.id);
    const elsewhere = keys.create({ agent: "c", personas: ["sales"] });
    const bad = [
      strangeKey().slice(7), writeKey(id, makeKeySecret()), mine.slice(0, -1), revoked.key, elsewhere.key, "x", "a.b.c",
      await token({ aud: sales.uri }), await token({ exp: 1 }), await token({ iss: "https://evil.example" }),
    ]; // prettier-ignore
    const faults = await Promise.all(bad.map((text) => faultOf(ask(`Bearer ${text}`))));
    expect(
      new Set(faults.map(({ code, status, challenge }) => JSON.stringify([code, status, challenge]))),
    ).toEqual(
      new Set([
        JSON.stringify([
          "TOKEN_INVALID",
          401,
          `Bearer ${metadata}, error="invalid_token", error_description="get a credential for exactly this endpoint"`,
        ]),
      ]),
    );
    expect(new Set(faults.map(({ why }) => why)).size).toBeGreaterThan(7);
  });

  test("a missing scope is 403 insufficient_scope and names all scopes at once", async () => {
    door = open({ scope: "mcp:call mcp:read" });
    const fault = await faultOf(ask(`Bearer ${await token({ scope: "mcp:call" })}`));
    expect(fault).toMatchObject({ code: "SCOPE_MISSING", status: 403, why: "token.scope" });
    expect(fault.challenge).toContain(`${metadata}, scope="mcp:call mcp:read", error="insufficient_scope"`);
    expect((await faultOf(ask(undefined))).challenge).toBe(`Bearer ${metadata}, scope="mcp:call mcp:read"`);
  });

  test("an issuer that cannot be reached is 503 with Retry-After and no challenge", async () => {
    issuer.status = 500;
    const fault = await faultOf(ask(`Bearer ${await token()}`));
    expect(fault).toMatchObject({
      code: "ISSUER_UNREACHABLE",
      status: 503,
      challenge: undefined,
      retryAfterSeconds: 5,
    });
  });

  test("a key file that cannot be trusted is 503, so that nobody throws a good key away", async () => {
    const path = join(folder, `${makeKeyId()}.json`);
    keys = KeyStore.open(path, () => now);
    key = keys.create({ agent: "a", personas: ["support"] }).key;
    door = open();
    rmSync(`${path}.pepper`);
    now += limits.keyReloadMs;
    // Only the file is watched; its time changes when it is written.
    writeFileSync(path, `${readFileSync(path, "utf8")} `);
    const fault = await faultOf(ask(`Bearer ${key}`));
    expect(fault).toMatchObject({
      code: "CONFIGURATION",
      status: 503,
      why: "key.store",
      challenge: undefined,
    });
  });

  test("a node that may not have heard of a key says 503 to every one that could be good, alike, and 401 once it has", async () => {
    const { id, secret } = readKey(key) as { id: string; secret: string };
    const wrong = `Bearer ${writeKey(id, makeKeySecret())}`;
    isBehind = true;
    expect(isPrincipal(await door.authenticate(ask(`Bearer ${key}`), support))).toBe(true);
    for (const other of [strangeKey(), wrong])
      expect(await faultOf(ask(other))).toMatchObject({ code: "KILL_LIST_STALE", status: 503, why: "key.unheard", challenge: undefined }); // prettier-ignore
    expect(await faultOf(ask(`Bearer ${writeKey(id, secret).slice(0, -1)}`))).toMatchObject({ status: 401 });
    isBehind = false;
    for (const other of [strangeKey(), wrong])
      expect(await faultOf(ask(other))).toMatchObject({ code: "TOKEN_INVALID", status: 401 });
  });
});

describe("a credential in the wrong place", () => {
  test.each([
    "access_token",
    "token",
    "key",
    "api_key",
    "ACCESS_TOKEN",
    "access%5Ftoken",
    "%74oken",
    "a=b&token",
    "?token",
    "token=&x",
  ])("is refused in the query (%s), also beside a good one in the header", async (name) => {
    const url = `/t/default/p/support/mcp?${name.replace("?", "")}=${key}`;
    for (const authorization of [undefined, `Bearer ${key}`]) {
      const fault = await faultOf(ask(authorization, { url }));
      expect(fault).toMatchObject({ status: 401, why: "credential.query" });
      expect(fault.challenge).toContain('error="invalid_request"');
    }
  });

  test("other parameters do no harm", () => {
    for (const query of ["?sessionId=1", "?", "?keys=1&tokens=2", "?x=token&y=key"])
      expect(door.authenticate(ask(`Bearer ${key}`, { url: `/m${query}` }), support)).toMatchObject({
        by: "key",
      });
  });

  test("is refused when the header is there twice, also with equal values", async () => {
    const value = `Bearer ${key}`;
    for (const rawHeaders of [
      ["Authorization", value, "authorization", value],
      ["AUTHORIZATION", "x", "Accept", "a", "Authorization", value],
    ])
      expect(await faultOf(ask(value, { rawHeaders }))).toMatchObject({
        code: "REQUEST_HEADERS",
        status: 400,
        challenge: undefined,
      });
  });

  test.each(["Bearer  x", "Bearer x y", "Bearer a, Bearer b", `Bearer ${"a".repeat(8193)}`])(
    "%s is no credential",
    async (text) => {
      expect((await faultOf(ask(text))).code).toBe("TOKEN_INVALID");
    },
  );
});

describe("every pair of 20 personas in 3 tenants (A3)", () => {
  const all = ["default", "acme", "zeta"].flatMap((tenant) =>
    Array.from({ length: 20 }, (_, n) => endpointFor(`p${n}`, tenant)),
  );
  const address = (n: number): Partial<AuthRequest> => ({ remoteAddress: `10.1.${n >> 8}.${n & 255}` });

  /** Indexes of endpoints that let each credential in. */
  const matrix = async (credentials: readonly string[]): Promise<number[][]> => {
    const rows: number[][] = [];
    for (const [row, credential] of credentials.entries()) {
      const found = await Promise.all(
        all.map(async (endpoint, column) =>
          door.authenticate(ask(`Bearer ${credential}`, address(row * 60 + column)), endpoint),
        ),
      );
      rows.push(found.flatMap((one, column) => (isPrincipal(one) ? [column] : [])));
    }
    return rows;
  };
  const diagonal = all.map((_, at) => [at]);

  test("a key works at its own endpoint and nowhere else", async () => {
    const credentials = all.map(
      ({ tenant, name }) => keys.create({ agent: "a", tenant, personas: [name] }).key,
    );
    expect(await matrix(credentials)).toEqual(diagonal);
  });

  test("a token works at its own endpoint and nowhere else, also when it is remembered there", async () => {
    const credentials = await Promise.all(all.map((endpoint) => token({}, endpoint)));
    expect(await matrix(credentials)).toEqual(diagonal);
    expect(await matrix(credentials)).toEqual(diagonal);
  });
});

describe("too many bad credentials from one address", () => {
  const spend = async (): Promise<void> => {
    for (let n = 0; n < limits.authFailuresMax; n++)
      expect((await faultOf(ask(strangeKey()))).status).toBe(401);
  };

  test("are 429 with Retry-After, before anything is hashed or fetched", async () => {
    await spend();
    expect(await faultOf(ask(strangeKey()))).toMatchObject({
      code: "THROTTLED",
      status: 429,
      why: "address.held",
      retryAfterSeconds: 60,
    });
    const asked = issuer.asked.length;
    expect(await faultOf(ask(`Bearer ${await token()}`))).toMatchObject({ status: 429 });
    expect(issuer.asked.length).toBe(asked);
    expect((await faultOf(ask(strangeKey(), { remoteAddress: "192.0.2.2" }))).status).toBe(401);
    now += limits.authWindowMs;
    expect((await faultOf(ask(strangeKey()))).status).toBe(401);
  });

  test("lock out neither a known key nor a remembered token behind the same proxy", async () => {
    const text = await token();
    await door.authenticate(ask(`Bearer ${text}`), support);
    await spend();
    expect(door.authenticate(ask(`Bearer ${key}`), support)).toMatchObject({ agent: "ci-bot" });
    expect(door.authenticate(ask(`Bearer ${text}`), support)).toMatchObject({ agent: "agent-1" });
  });

  test("are not counted from requests without a credential, which every OAuth client sends first", async () => {
    for (let n = 0; n < 100; n++) expect((await faultOf(ask(undefined))).status).toBe(401);
    expect((await faultOf(ask(strangeKey()))).status).toBe(401);
  });
});

describe("what stays", () => {
  test("a principal is current until its key is revoked or its credential ends", async () => {
    const ofKey = await door.authenticate(ask(`Bearer ${key}`), support);
    const ofToken = await door.authenticate(ask(`Bearer ${await token()}`), support);
    if (!isPrincipal(ofKey) || !isPrincipal(ofToken)) throw new Error("was not let in");
    expect([door.isCurrent(ofKey, now), door.isCurrent(ofToken, now)]).toEqual([true, true]);
    expect([door.isCurrent(ofKey, ofKey.expires), door.isCurrent(ofToken, ofToken.expires)]).toEqual([
      false,
      false,
    ]);
    now += 1;
    keys.revoke(ofKey.id);
    expect(door.isCurrent(ofKey, now)).toBe(false);
  });

  test("no principal, fault or report holds any part of a credential (A4)", async () => {
    const texts = [
      key,
      strangeKey().slice(7),
      await token(),
      await token({ aud: sales.uri, jti: undefined }),
    ];
    const seen: unknown[] = [];
    for (const text of texts) seen.push(await door.authenticate(ask(`Bearer ${text}`), support));
    seen.push(await door.authenticate(ask(undefined, { url: `/x?token=${key}` }), support));
    door.flush(now + limits.refusalIntervalMs);
    const shown =
      inspect([seen, reports, door], { depth: 12, showHidden: true }) + JSON.stringify([seen, reports]);
    const parts = texts.flatMap((text) => {
      const parsed = readKey(text);
      return typeof parsed === "string" ? text.split(".").slice(1) : [parsed.secret];
    });
    expect(parts.length).toBe(6);
    expect(parts.filter((part) => shown.includes(part))).toEqual([]);
    expect(reports.map(({ why }) => why)).toEqual(["key.unknown", "token.audience", "credential.query"]);
  });
});
