/**
 * Master keys: 32 random bytes from which every other key of the vault follows. Owns how one is written down, its name,
 * and derivation. Does not own where it is kept (secret.ts, datafolder.ts) or which is in force (keyring.ts).
 *
 * 1. The bytes never leave: what is derived for one tenant and purpose says nothing about any other.
 * 2. A key's id is safe to show: it is derived like the rest, under a purpose of its own.
 */
import { hkdfSync } from "node:crypto";
import { reveal, SecretFault } from "./secret.ts";
import type { Secret } from "./secret.ts";

export const masterKeyBytes = 32;
const idBytes = 6;
const remedy = "write one with `openssl rand -base64 32`";

export class MasterKey {
  readonly #bytes: Buffer;
  /** 8 characters of base64url, for envelopes and tokens that say under which key they stand. */
  readonly id: string;

  /** @param bytes exactly 32, kept as they are */
  constructor(bytes: Buffer) {
    if (bytes.length !== masterKeyBytes) throw new SecretFault(`a master key has ${masterKeyBytes} bytes; ${remedy}`); // prettier-ignore
    this.#bytes = bytes;
    this.id = this.derive("", "key id", idBytes).toString("base64url");
  }

  /**
   * @param setting names the key in messages, such as `vault.key`
   * @throws GatewayError CONFIGURATION, without a part of the text
   */
  static read(secret: Secret, setting: string): MasterKey {
    const text = reveal(secret);
    const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : Buffer.from(text, "base64");
    const isWhole = bytes.length === masterKeyBytes && /^[0-9A-Za-z+/_-]{43,64}=?$/.test(text);
    if (!isWhole)
      throw new SecretFault(`${setting} is not ${masterKeyBytes} bytes in base64 or hex; ${remedy}`);
    return new MasterKey(bytes);
  }

  /** @see RFC 5869 (HKDF); `tenant` is the salt, `purpose` the info */
  derive(tenant: string, purpose: string, bytes: number): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#bytes, tenant, `gatehouse vault v1 ${purpose}`, bytes));
  }

  toJSON(): string {
    return `[master key ${this.id}]`;
  }
}
