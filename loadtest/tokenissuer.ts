/** An issuer of access tokens for a run: a key pair, its JWKS over loopback, and tokens (docs/identity.md). */
import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const lifeSeconds = 3_600;

export class TokenIssuer {
  readonly name: string;
  readonly #server: Server;
  readonly #key: KeyObject;

  private constructor(name: string, server: Server, key: KeyObject) {
    this.name = name;
    this.#server = server;
    this.#key = key;
  }

  static async open(name: string): Promise<TokenIssuer> {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "run", alg: "ES256", use: "sig" }] }); // prettier-ignore
    const server = createServer((_, response) => {
      response.setHeader("content-type", "application/json").end(jwks);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    server.unref();
    return new TokenIssuer(name, server, privateKey);
  }

  get jwks(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  token(agent: string, audience: string): string {
    const at = Math.floor(Date.now() / 1_000);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = part({ alg: "ES256", typ: "at+jwt", kid: "run" });
    const claims = part({ iss: this.name, aud: audience, client_id: agent, sub: agent, iat: at, exp: at + lifeSeconds, jti: `${agent} ${audience}` }); // prettier-ignore
    const signed = sign("sha256", Buffer.from(`${head}.${claims}`), { key: this.#key, dsaEncoding: "ieee-p1363" }); // prettier-ignore
    return `${head}.${claims}.${signed.toString("base64url")}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((closed) => {
      this.#server.close(() => closed());
      this.#server.closeAllConnections();
    });
  }
}
