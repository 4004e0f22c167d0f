/**
 * Secrets. Owns: how a secret is read, and a type that cannot be printed by accident. Does not own: where it is used;
 * who may call `reveal` is a row in test/laws.ts (law 8).
 *
 * V1. No string form, JSON form, spread or inspection of a Secret holds its value.
 * V2. An error about a secret names its source and the remedy, never the value and never a part of it.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { inspect } from "node:util";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";

const shown = "[secret]";
const concealedUnitsMin = 6;
/** Set by the class itself: no member of an instance, and none of the class, leads to the value. */
let read: (secret: Secret) => string;

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }

  /** `text` without the value: for what others print. A value too short to be told from a word is left. */
  conceal(text: string): string {
    return this.#value.length < concealedUnitsMin ? text : text.replaceAll(this.#value, shown);
  }

  static {
    read = (secret) => secret.#value;
  }
}

/** The value itself: for whom test/laws.ts names. */
export function reveal(secret: Secret): string {
  return read(secret);
}

/** What a server may have made of a value, for its removal from what that server says; only echo.ts calls this. */
export function withSpellings(
  secret: Secret,
  spellings: readonly ((value: string) => string)[],
): readonly string[] {
  const value = read(secret);
  return spellings.map((spell) => spell(value));
}

/** A secret that cannot be read where a file of the configuration says that it is. */
export class SecretFault extends GatewayError {
  constructor(detail: string, options?: ErrorOptions) {
    super("CONFIGURATION", detail, options);
  }
}

export interface SecretSurroundings {
  readonly env: { readonly [name: string]: string | undefined };
  /** Folder that relative paths start from: the folder of the file that names the secret. */
  readonly folder: string;
  /** Where `vault:NAME` is looked up; the secrets that the vault itself rests on have none. */
  readonly vault?: ((name: string) => Secret) | undefined;
}

/**
 * Reads a secret.
 *
 * @param source `env:NAME`, `file:PATH` or `vault:NAME`. A file must be a regular file of at most limits.secretBytesMax bytes that
 *   neither its group nor others can read; white space around its content is cut off.
 * @throws GatewayError CONFIGURATION, with the remedy
 */
export function readSecret(source: string, around: SecretSurroundings): Secret {
  const colon = source.indexOf(":");
  const kind = source.slice(0, colon);
  const what = source.slice(colon + 1);
  if (kind === "env") return checked(source, around.env[what] ?? missing(source, `set the variable ${what}`));
  if (kind === "file") return checked(source, readPrivateFile(source, resolve(around.folder, what)));
  if (kind === "vault" && around.vault !== undefined) return around.vault(what);
  if (kind === "vault") throw new SecretFault(`the secret ${source} cannot come from the vault: write env:NAME or file:PATH`); // prettier-ignore
  throw new SecretFault("a secret's source is none of env:NAME, file:PATH and vault:NAME; write one of them");
}

/** A secret that came another way, such as standard input. @throws GatewayError CONFIGURATION, naming `source` */
export function checkSecret(source: string, text: string): Secret {
  return checked(source, text);
}

/** The value, for the control socket of the node that seals it; only `gatehouse vault put` calls this. */
export function revealForPut(secret: Secret): string {
  return read(secret);
}

function missing(source: string, remedy: string, cause?: unknown): never {
  throw new SecretFault(`the secret ${source} is not there: ${remedy}`, { cause });
}

function checked(source: string, text: string): Secret {
  const value = text.trim();
  if (value === "") throw new SecretFault(`the secret ${source} is empty: give it a value`);
  if (Buffer.byteLength(value) > limits.secretBytesMax)
    throw new SecretFault(`the secret ${source} is longer than ${limits.secretBytesMax} bytes`);
  // A line break or control character in a header or an environment would end it early or start another.
  if (/[^\x20-\x7e]/.test(value))
    throw new SecretFault(`the secret ${source} has characters beyond visible ASCII: encode it`);
  return new Secret(value);
}

/** Checks and reads through one descriptor, so that the file checked is the file read. */
function readPrivateFile(source: string, path: string): string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    return missing(source, "create the file, readable by the gateway's user", cause);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new SecretFault(`the secret ${source} is not a regular file`);
    if ((stat.mode & 0o077) !== 0 && process.platform !== "win32")
      throw new SecretFault(`the secret ${source} can be read by others: chmod 600 it`);
    const bytes = Buffer.alloc(limits.secretBytesMax + 1024);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}
