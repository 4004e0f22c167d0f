/**
 * Where envelopes are kept: port, and the adapter for one machine, a folder with a file for each. What is in it is no
 * secret to who has no master key; names and times are.
 *
 * 1. A file is whole or the one before it: it is written beside, synced and renamed.
 * 2. What is not an envelope is an error that names the file, never an absent secret.
 */
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs"; // prettier-ignore
import { join } from "node:path";
import { isName } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { envelopeSchema } from "./envelope.ts";
import type { Envelope, EnvelopeName } from "./envelope.ts";
import { SecretFault } from "./secret.ts";

export interface EnvelopeStore {
  /** Sorted by tenant and name. */
  list(): readonly EnvelopeName[];
  read(about: EnvelopeName): Envelope | undefined;
  /** Comes back when it is on disk. */
  write(about: EnvelopeName, envelope: Envelope): void;
  /** @returns false when there was none */
  remove(about: EnvelopeName): boolean;
}

const ending = ".json";

export class EnvelopeFolder implements EnvelopeStore {
  readonly #folder: string;

  /** Makes the folder when it is missing. @throws GatewayError CONFIGURATION when others can read it */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ((statSync(folder).mode & 0o077) !== 0 && process.platform !== "win32")
      throw new SecretFault(`${folder} is open to other users: run chmod 700 on it`);
  }

  list(): readonly EnvelopeName[] {
    const tenants = namesIn(this.#folder, "");
    return tenants.flatMap((tenant) =>
      namesIn(join(this.#folder, tenant), ending).map((name) => ({ tenant, name })),
    );
  }

  read(about: EnvelopeName): Envelope | undefined {
    const path = this.#path(about);
    const size = lstatSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) return undefined;
    const parsed = size > limits.vaultEnvelopeBytesMax ? undefined : envelopeSchema.safeParse(jsonOf(path));
    if (parsed?.success !== true)
      throw new SecretFault(`${path} is not an envelope: put vault:${about.name} again, or remove it`);
    return parsed.data;
  }

  write(about: EnvelopeName, envelope: Envelope): void {
    const path = this.#path(about);
    mkdirSync(join(this.#folder, about.tenant), { recursive: true, mode: 0o700 });
    const file = openSync(`${path}.new`, "w", 0o600);
    try {
      writeSync(file, `${JSON.stringify(envelope)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
  }

  remove(about: EnvelopeName): boolean {
    const path = this.#path(about);
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
    rmSync(path);
    return true;
  }

  /** Names are checked by their users; a name that is none must not become a path. */
  #path({ tenant, name }: EnvelopeName): string {
    if (!isName(tenant) || !isName(name)) throw new SecretFault("a name in the vault has 1 to 64 characters of a-z, 0-9 and inner hyphens"); // prettier-ignore
    return join(this.#folder, tenant, `${name}${ending}`);
  }
}

function namesIn(folder: string, suffix: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffix));
  return names.map((name) => name.slice(0, name.length - suffix.length)).filter(isName).sort(); // prettier-ignore
}

function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
