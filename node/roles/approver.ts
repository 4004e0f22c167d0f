/**
 * The administrator's key of one machine: an Ed25519 key in the data folder, made when it is first used. What it signs is a
 * version of a role (history.ts). Does not own whose keys count (approval.ts).
 */
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DataFolder } from "../datafolder.ts";

const keyName = "approver";
const seedBytes = 32;
/** PKCS #8 and SPKI around the 32 bytes of an Ed25519 key (RFC 8410, sections 4 and 7). */
const privateHead = Buffer.from("302e020100300506032b657004220420", "hex");
const publicHead = Buffer.from("302a300506032b6570032100", "hex");

export interface Approver {
  /** Public key, 32 bytes in base64url: what `roles.approvers` of gatehouse.yaml lists. */
  readonly id: string;
  /** Signature in base64url. */
  sign(text: string): string;
}

/** Makes the key when there is none. @throws GatewayError CONFIGURATION when others can read it */
export function openApprover(data: DataFolder): Approver {
  return approverOf(data.ownKey(keyName));
}

/** The public key of a data folder; undefined before one was made, and for one that others can read. Makes nothing. */
export function approverIdOf(dataFolder: string): string | undefined {
  const path = join(dataFolder, "keys", keyName);
  if (!existsSync(path)) return undefined;
  const seed = readFileSync(path);
  return (statSync(path).mode & 0o077) !== 0 || seed.length !== seedBytes ? undefined : approverOf(seed).id;
}

function approverOf(seed: Buffer): Approver {
  const key = createPrivateKey({ key: Buffer.concat([privateHead, seed]), format: "der", type: "pkcs8" });
  const id = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(publicHead.length).toString("base64url"); // prettier-ignore
  return { id, sign: (text) => sign(null, Buffer.from(text), key).toString("base64url") };
}

/** Whether the text was signed with the key of that id. False for anything that is no key or no signature. */
export function isSigned(text: string, id: string, signature: string): boolean {
  const bytes = Buffer.from(id, "base64url");
  if (bytes.length !== seedBytes) return false;
  const key = createPublicKey({ key: Buffer.concat([publicHead, bytes]), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64url"));
}
