/** What operators do with the vault. Owns the order of act and record. Does not own what is kept (vault/vault.ts). */
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { Secret } from "../vault/secret.ts";
import type { Vault } from "../vault/vault.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { Given, readOperator, refuse } from "./request.ts";

export interface PutAnswer {
  readonly put: string;
  /** Another of this name was there. */
  readonly replaced: boolean;
}

export interface RewrapAnswer {
  readonly moved: number;
  /** Names that do not open under any key that is here. */
  readonly failed: readonly string[];
}

export class VaultDesk {
  readonly #vault: Vault;
  readonly #records: AdminRecords;

  constructor(vault: Vault, records: AdminRecords) {
    this.#vault = vault;
    this.#records = records;
  }

  /** A credential gives power, so its record is on disk before it is kept; the record has its name alone. */
  async put(args: unknown): Promise<PutAnswer> {
    const given = new Given(args, ["name", "value", "by"]);
    const by = readOperator(given);
    const name = readName(given);
    const secret = new Secret(given.text("value", limits.secretBytesMax));
    await this.#records.before({ about: { what: "secret put", secret: name } }, by);
    return { put: name, replaced: this.#vault.put(name, secret) };
  }

  async remove(args: unknown): Promise<unknown> {
    const given = new Given(args, ["name", "by"]);
    const by = readOperator(given);
    const name = readName(given);
    if (!this.#vault.remove(name)) refuse("the vault has no secret of this name; see gatehouse vault list");
    const recorded = await this.#records.after({ about: { what: "secret removed", secret: name } }, by);
    return { removed: name, recorded };
  }

  async rewrap(args: unknown): Promise<RewrapAnswer> {
    const by = readOperator(new Given(args, ["by"]));
    await this.#records.before(
      { about: { what: "vault rewrapped", key: this.#vault.keyring.current.id } },
      by,
    );
    return this.#vault.rewrap();
  }

  list(args: unknown): unknown {
    new Given(args, []);
    return { secrets: this.#vault.list() };
  }

  status(args: unknown): unknown {
    new Given(args, []);
    return this.#vault.status();
  }
}

function readName(given: Given): string {
  const name = given.text("name");
  return isName(name) ? name : refuse(`name must be ${nameRule}`);
}
