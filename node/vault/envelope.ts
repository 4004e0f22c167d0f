/**
 * Envelopes: a secret at rest. It is sealed under a data key of its own, and the data key under a key derived from the
 * master key, so that a new master key means new wrappers and no secret in clear.
 *
 * 1. An envelope opens only for the tenant and the name it was made for: both are authenticated.
 * 2. Any changed byte is an error, never another value.
 * 3. Rewrapping does not open the secret.
 *
 * @see NIST SP 800-38D (GCM), 96-bit random nonces; a data key is used once, a wrapping key at most 2^32 times
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Keyring } from "./keyring.ts";
import type { MasterKey } from "./masterkey.ts";
import { reveal, Secret, SecretFault } from "./secret.ts";

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

const bytesOf = z.string().regex(/^[A-Za-z0-9_-]{1,12000}$/);

export const envelopeSchema = z.strictObject({
  v: z.literal(1),
  /** Epoch milliseconds. */
  at: z.int().min(0),
  key: z.string().regex(/^[A-Za-z0-9_-]{8}$/),
  wrapped: bytesOf,
  sealed: bytesOf,
});

export type Envelope = z.infer<typeof envelopeSchema>;

export interface EnvelopeName {
  readonly tenant: string;
  readonly name: string;
}

/** @param at epoch milliseconds */
export function sealEnvelope(secret: Secret, about: EnvelopeName, keyring: Keyring, at: number): Envelope {
  const dataKey = randomBytes(keyBytes);
  const sealed = seal(dataKey, Buffer.from(reveal(secret), "utf8"), told("secret", about));
  const wrapped = wrap(dataKey, about, keyring.current);
  dataKey.fill(0);
  return { v: 1, at, key: keyring.current.id, wrapped, sealed };
}

/** @throws GatewayError CONFIGURATION when its key is not here, or it is not as it was made */
export function openEnvelope(envelope: Envelope, about: EnvelopeName, keyring: Keyring): Secret {
  const dataKey = unwrap(envelope, about, keyring);
  const text = open(dataKey, envelope.sealed, told("secret", about), about);
  dataKey.fill(0);
  return new Secret(text.toString("utf8"));
}

/** The same secret under the key in force. @throws as openEnvelope */
export function rewrapEnvelope(envelope: Envelope, about: EnvelopeName, keyring: Keyring): Envelope {
  const dataKey = unwrap(envelope, about, keyring);
  const wrapped = wrap(dataKey, about, keyring.current);
  dataKey.fill(0);
  return { ...envelope, key: keyring.current.id, wrapped };
}

function wrap(dataKey: Buffer, about: EnvelopeName, master: MasterKey): string {
  return seal(
    master.derive(about.tenant, "envelope", keyBytes),
    dataKey,
    told(`data key ${master.id}`, about),
  );
}

function unwrap({ key, wrapped }: Envelope, about: EnvelopeName, keyring: Keyring): Buffer {
  const master = keyring.find(key);
  if (master === undefined)
    throw new SecretFault(`vault:${about.name} stands under the key ${key}, which is not here: name it in vault.retired`); // prettier-ignore
  const dataKey = open(master.derive(about.tenant, "envelope", keyBytes), wrapped, told(`data key ${key}`, about), about); // prettier-ignore
  if (dataKey.length !== keyBytes) throw damaged(about);
  return dataKey;
}

function seal(key: Buffer, text: Buffer, about: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(about);
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64url");
}

function open(key: Buffer, text: string, about: Buffer, of: EnvelopeName): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < nonceBytes + tagBytes) throw damaged(of);
  const nonce = bytes.subarray(0, nonceBytes);
  const cipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(about);
  cipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  try {
    return Buffer.concat([
      cipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)),
      cipher.final(),
    ]);
  } catch {
    throw damaged(of);
  }
}

/** No part can run into the next: names hold no zero byte. */
function told(what: string, { tenant, name }: EnvelopeName): Buffer {
  return Buffer.from(`gatehouse envelope v1\0${what}\0${tenant}\0${name}`, "utf8");
}

function damaged({ name }: EnvelopeName): SecretFault {
  return new SecretFault(`vault:${name} is damaged, or was made for another name: put it again`);
}
