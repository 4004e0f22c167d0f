/**
 * What a cluster's secrets are used for: keys that all nodes share, derived from one secret, and the seeds by which a
 * node proves itself to NATS. Nothing else leaves here.
 */
import { hkdfSync } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import { reveal, type Secret } from "./secret.ts";

const keyBytes = 32;
const secretUnitsMin = 32;

/**
 * A key for one purpose: the same on every node, and nothing about another purpose's follows from it.
 *
 * @see RFC 5869 (HKDF)
 */
export function sharedKey(secret: Secret, cluster: string, purpose: string): Buffer {
  const text = reveal(secret);
  if (text.length < secretUnitsMin)
    throw new GatewayError("CONFIGURATION", `cluster.secret is shorter than ${secretUnitsMin} characters`, {
      remedy: "write one with `openssl rand -base64 48`, the same on every node",
    });
  return Buffer.from(hkdfSync("sha256", text, cluster, `gatehouse ${purpose}`, keyBytes));
}

/** For the NATS client, which signs with it what the server sends. */
export function nkeySeed(secret: Secret | undefined): Uint8Array | undefined {
  return secret === undefined ? undefined : new TextEncoder().encode(reveal(secret));
}
