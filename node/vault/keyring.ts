/**
 * The master keys of a node: one that is in force, and retired ones under which older envelopes and tokens still open.
 * Owns which key does what. Does not own the keys' bytes (masterkey.ts).
 *
 * 1. Nothing new is ever made under a retired key.
 * 2. What stands under a key that is not here does not open; it is never taken for damaged.
 */
import { createHmac } from "node:crypto";
import { limits } from "../../protocol/limits.ts";
import type { MasterKey } from "./masterkey.ts";
import { SecretFault } from "./secret.ts";

const hashKeyBytes = 32;

export class Keyring {
  readonly current: MasterKey;
  readonly #byId: ReadonlyMap<string, MasterKey>;

  /** @throws GatewayError CONFIGURATION when there are too many, or one is named twice */
  constructor(current: MasterKey, retired: readonly MasterKey[] = []) {
    if (retired.length > limits.vaultRetiredKeysMax)
      throw new SecretFault(`vault.retired names more than ${limits.vaultRetiredKeysMax} keys: run gatehouse vault rewrap, then take the oldest out`); // prettier-ignore
    this.current = current;
    this.#byId = new Map([...retired, current].map((key) => [key.id, key]));
    if (this.#byId.size !== retired.length + 1)
      throw new SecretFault("the same key stands twice in vault.key and vault.retired: take one out");
  }

  /** Undefined when no key of this id is here. */
  find(id: string): MasterKey | undefined {
    return this.#byId.get(id);
  }

  /** Ids, the one in force first. */
  ids(): readonly string[] {
    return [...this.#byId.keys()].sort((one, other) => Number(other === this.current.id) - Number(one === this.current.id)); // prettier-ignore
  }

  /**
   * A keyed hash: HMAC-SHA256 under a key of this tenant and purpose, cut to `bytes`. Without the key nobody can try
   * values out, however few there are.
   *
   * @param bytes 8 to 32
   */
  hasher(tenant: string, purpose: string, bytes: number): (text: string) => Buffer {
    const key = this.current.derive(tenant, `hash ${purpose}`, hashKeyBytes);
    return (text) => createHmac("sha256", key).update(text, "utf8").digest().subarray(0, bytes);
  }
}
