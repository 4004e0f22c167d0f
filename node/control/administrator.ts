/**
 * The local administrator's key: what deciding on an agent's call, or letting its data go, takes besides the control socket. A tool server that runs
 * as the node's user can open the socket; whoever cannot read this file, or was not given the key, approves nothing.
 *
 * 1. Made once, in a file for its owner alone. The node keeps a hash and compares in constant time.
 * 2. It never stands in a record, an answer or a message.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";

export const administratorFile = "administrator.key";
/** A request's text that is to hold it. */
export const keyOfAdministratorCharsMax = 128;
const form = /^gwadm_[A-Za-z0-9_-]{43}$/;

export class Administrator {
  readonly #hash: Buffer;

  private constructor(key: string) {
    this.#hash = hashOf(key);
  }

  /** Makes the key when there is none. @throws GatewayError CONFIGURATION for a file that others can read, or a damaged one */
  static open(dataFolder: string): Administrator {
    const path = join(dataFolder, administratorFile);
    if (!existsSync(path))
      writeFileSync(path, `gwadm_${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
    return new Administrator(readKey(path));
  }

  holds(key: string): boolean {
    return timingSafeEqual(hashOf(key), this.#hash);
  }
}

/** For a command. @throws GatewayError CONFIGURATION when there is none that it may read */
export function administratorKey(
  dataFolder: string,
  env: { readonly [name: string]: string | undefined },
): string {
  const given = env["GATEHOUSE_ADMINISTRATOR_KEY"];
  return given === undefined || given === "" ? readKey(join(dataFolder, administratorFile)) : given;
}

/** For who asks with another one. */
export function notTheKey(): GatewayError {
  return new GatewayError("PARAMS_INVALID", "this is not the administrator's key of this node", { remedy: "run the command as who may read administrator.key in the node's data folder" }); // prettier-ignore
}

function readKey(path: string): string {
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new GatewayError("CONFIGURATION", `${path} is open to other users`, { remedy: `run chmod 600 on it` }); // prettier-ignore
    text = readFileSync(path, "utf8").trim();
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError("CONFIGURATION", `the administrator's key cannot be read at ${path}`, { cause, remedy: "start the node once, which makes it, or set GATEHOUSE_ADMINISTRATOR_KEY" }); // prettier-ignore
  }
  if (form.test(text)) return text;
  throw new GatewayError("CONFIGURATION", `${path} holds no administrator's key`, { remedy: "remove the file and start the node again: it makes another one" }); // prettier-ignore
}

function hashOf(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
