/**
 * The vault: sealed secrets by name, and the keys from which tokens and keyed hashes are made. Owns that they belong
 * together under one keyring. Does not own who may change it (control/vaultdesk.ts), or what a secret is for.
 *
 * 1. `get` is for the dialer and whoever starts a child: the value leaves as a Secret, which cannot be printed.
 * 2. After `rewrap` nothing that is kept here stands under a retired key, or it is named. Tokens that agents still hold
 *    do, until they are gone; take a retired key out when they may be.
 */
import { limits } from "../../protocol/limits.ts";
import { openEnvelope, rewrapEnvelope, sealEnvelope } from "./envelope.ts";
import type { EnvelopeStore } from "./envelopestore.ts";
import type { Keyring } from "./keyring.ts";
import { SecretFault, type Secret } from "./secret.ts";
import { Tokens } from "./token.ts";

/** Until there are tenants. */
const tenant = "default";

export interface VaultEntry {
  readonly name: string;
  /** Of the master key it stands under. */
  readonly key: string;
  /** When it was put, epoch milliseconds. */
  readonly at: number;
}

export interface VaultStatus {
  readonly keys: readonly {
    readonly id: string;
    readonly state: "in force" | "retired" | "missing";
    readonly secrets: number;
  }[];
}

export class Vault {
  readonly keyring: Keyring;
  readonly #store: EnvelopeStore;
  readonly #now: () => number;
  readonly #tokens = new Map<string, Tokens>();

  /** @param now epoch milliseconds */
  constructor(keyring: Keyring, store: EnvelopeStore, now: () => number) {
    this.keyring = keyring;
    this.#store = store;
    this.#now = now;
  }

  /** @returns true when another of this name was there. @throws GatewayError CONFIGURATION when the vault is full */
  put(name: string, secret: Secret): boolean {
    const about = { tenant, name };
    const isNew = this.#store.read(about) === undefined;
    if (isNew && this.#store.list().length >= limits.vaultEntriesMax)
      throw new SecretFault(`the vault holds ${limits.vaultEntriesMax} secrets already: remove some`);
    this.#store.write(about, sealEnvelope(secret, about, this.keyring, this.#now()));
    return !isNew;
  }

  /** @throws GatewayError CONFIGURATION when there is none of this name, or it does not open */
  get(name: string): Secret {
    const about = { tenant, name };
    const envelope = this.#store.read(about);
    if (envelope === undefined)
      throw new SecretFault(`the secret vault:${name} is not there: put it with gatehouse vault put ${name}`);
    return openEnvelope(envelope, about, this.keyring);
  }

  remove(name: string): boolean {
    return this.#store.remove({ tenant, name });
  }

  /** Names, and never a value. */
  list(): readonly VaultEntry[] {
    return this.#store.list().flatMap((about) => {
      const envelope = this.#store.read(about);
      return envelope === undefined ? [] : [{ name: about.name, key: envelope.key, at: envelope.at }];
    });
  }

  /** Puts everything under the key in force. @returns how many were moved, and the names of those that do not open */
  rewrap(): { readonly moved: number; readonly failed: readonly string[] } {
    const failed: string[] = [];
    let moved = 0;
    for (const about of this.#store.list()) {
      try {
        const envelope = this.#store.read(about);
        if (envelope === undefined || envelope.key === this.keyring.current.id) continue;
        this.#store.write(about, rewrapEnvelope(envelope, about, this.keyring));
        moved++;
      } catch (fault) {
        if (!(fault instanceof SecretFault)) throw fault;
        failed.push(about.name);
      }
    }
    return { moved, failed };
  }

  status(): VaultStatus {
    const counts = new Map<string, number>(this.keyring.ids().map((id) => [id, 0]));
    for (const { key } of this.list()) counts.set(key, (counts.get(key) ?? 0) + 1);
    const stateOf = (id: string): "in force" | "retired" | "missing" =>
      id === this.keyring.current.id
        ? "in force"
        : this.keyring.find(id) === undefined
          ? "missing"
          : "retired";
    return { keys: [...counts].map(([id, secrets]) => ({ id, state: stateOf(id), secrets })) };
  }

  /** One maker for each tenant: deriving its keys costs more than a token. */
  tokens(of: string = tenant): Tokens {
    const known = this.#tokens.get(of) ?? new Tokens(this.keyring, of);
    this.#tokens.set(of, known);
    return known;
  }
}
