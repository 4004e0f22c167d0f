/**
 * For tests: a real token issuer on 127.0.0.1 (node:http, keys by jose) and endpoints to ask for tokens for. Not part
 * of the running node.
 */
import { createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey, JWK, JWTPayload } from "jose";
import type { Endpoint } from "../exchange/endpoint.ts";
import type { IssuerSettings } from "./claims.ts";
import type { FetchJson } from "./jwks.ts";

export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function makeSigner(kid: string, alg = "ES256"): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

/** An issuer: what it serves can be changed, and it counts who asks. */
export class TestIssuer {
  readonly url: string;
  /** The keys of its JWKS; entries may be anything. */
  keys: unknown[];
  status = 200;
  /** Paths asked for, in order. */
  readonly asked: string[] = [];
  readonly #close: () => Promise<void>;

  private constructor(url: string, keys: unknown[], close: () => Promise<void>) {
    this.url = url;
    this.keys = keys;
    this.#close = close;
  }

  static async start(keys: unknown[]): Promise<TestIssuer> {
    const server = createServer((request, response) => {
      issuer.asked.push(request.url ?? "");
      response.writeHead(issuer.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ keys: issuer.keys }));
    });
    await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const close = (): Promise<void> =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
    const issuer = new TestIssuer(`http://127.0.0.1:${port}`, keys, close);
    return issuer;
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** As gatehouse.yaml would have it after its defaults. */
  settings(more: Partial<IssuerSettings> = {}): IssuerSettings {
    return {
      issuer: this.url,
      jwks: `${this.url}/jwks`,
      algorithms: ["ES256", "EdDSA", "RS256"],
      private: ["127.0.0.0/8"],
      typ: "at+jwt",
      agentClaim: "client_id",
      ...more,
    };
  }
}

/** The dialer's port over plain node:http, for 127.0.0.1 alone. */
export const fetchJson: FetchJson = (url, _policy, bytesMax) =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > bytesMax) response.destroy(new Error("too large"));
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`status ${response.statusCode}`));
      });
    }).on("error", reject);
  });

export function endpointFor(name: string, tenant = "default", kind: Endpoint["kind"] = "persona"): Endpoint {
  const path = `/t/${tenant}/${kind === "persona" ? "p" : "s"}/${name}`;
  return { tenant, kind, name, persona: name, path, uri: `https://gw.example${path}/mcp` };
}

/** A good access token's claims (RFC 9068 section 2.2). */
export function goodClaims(issuer: string, endpoint: Endpoint, now: number): JWTPayload {
  const seconds = Math.floor(now / 1000);
  return {
    iss: issuer,
    aud: endpoint.uri,
    exp: seconds + 300,
    iat: seconds,
    client_id: "agent-1",
    sub: "user-1",
    jti: "jti-1",
  };
}

/** Signs claims, right or wrong ones, as they are. */
export function sign(
  signer: Signer,
  claims: Readonly<Record<string, unknown>>,
  header: Record<string, unknown> = {},
): Promise<string> {
  const full = { alg: signer.alg, kid: signer.kid, typ: "at+jwt", ...header };
  return new SignJWT(claims)
    .setProtectedHeader(full)
    .sign(signer.privateKey, { crit: { exp: true, b64: true } });
}
