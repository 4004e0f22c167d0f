/**
 * Who approves a version of a role: an Ed25519 key that follows from the administrator's key (control/administrator.ts). Whoever
 * holds that may sign; its file need not lie where the node runs. Does not own whose keys count (approval.ts).
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { GatewayError } from "../../protocol/errors.ts";
import { Administrator, administratorKey } from "../control/administrator.ts";

type Environment = { readonly [name: string]: string | undefined };

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

/**
 * With the key of the environment, else of the data folder, which is made when there is none.
 *
 * @throws GatewayError CONFIGURATION when others can read it
 */
export function openApprover(dataFolder: string, env: Environment): Approver {
  const given = env["GATEHOUSE_ADMINISTRATOR_KEY"] ?? "";
  // Before its first start: a node does not start with roles that nobody has approved.
  if (given === "") Administrator.open(dataFolder);
  return approverOf(seedOf(administratorKey(dataFolder, env)));
}

/** The public key that follows from a data folder's own; undefined where there is none that may be read. Makes nothing. */
export function approverIdOf(dataFolder: string): string | undefined {
  try {
    return approverOf(seedOf(administratorKey(dataFolder, {}))).id;
  } catch (fault) {
    if (fault instanceof GatewayError) return undefined;
    throw fault;
  }
}

function seedOf(key: string): Buffer {
  return createHash("sha256").update(`gatehouse role approver\n${key}`).digest();
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
