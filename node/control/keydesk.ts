/** What operators do with API keys. Owns the order of act and record. Does not own the keys (identity/keys.ts). */
import { limits } from "../../protocol/limits.ts";
import type { KeyListing } from "../identity/keyrow.ts";
import type { KeyStore } from "../identity/keys.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { Given, readOperator, refuse } from "./request.ts";
import type { Confirmation } from "./confirmation.ts";

/** A new key: its text is nowhere else. */
export interface KeyAnswer extends Confirmation {
  readonly key: string;
  readonly row: KeyListing;
}

export interface KeyDeskPorts {
  readonly keys: KeyStore;
  readonly records: AdminRecords;
  readonly confirmation: () => Promise<Confirmation>;
  /** A credential has ended here: what is open under it is closed before anybody is told that it is revoked. */
  readonly ended: () => void;
}

export class KeyDesk {
  readonly #ports: KeyDeskPorts;

  constructor(ports: KeyDeskPorts) {
    this.#ports = ports;
  }

  async create(args: unknown): Promise<KeyAnswer> {
    const given = new Given(args, ["agent", "user", "tenant", "personas", "lifeMs", "by"]);
    const wanted = {
      agent: given.text("agent"),
      user: given.optionalText("user"),
      tenant: given.optionalText("tenant"),
      personas: given.texts("personas", limits.keyEndpointsMax),
      lifeMs: given.has("lifeMs")
        ? given.count("lifeMs", limits.keyLifeMsMax, limits.keyLifeMsMax)
        : undefined,
    };
    const by = readOperator(given);
    return this.#giveKey(this.#ports.keys.create(wanted), "key created", by);
  }

  async rotate(args: unknown): Promise<KeyAnswer> {
    const given = new Given(args, ["id", "by"]);
    const by = readOperator(given);
    return this.#giveKey(this.#ports.keys.rotate(given.text("id")), "key rotated", by);
  }

  /** Nobody knows the key's text before its record is on disk; without one it is revoked. */
  async #giveKey(made: KeyAnswer, what: string, by: string): Promise<KeyAnswer> {
    const { id, agent, user, tenant, personas, expires, replaces } = made.row;
    const about = {
      what,
      key: id,
      agent,
      ...(user === undefined ? {} : { user }),
      tenant,
      personas: personas.join(" "),
      expires,
      ...(replaces === undefined ? {} : { replaces }),
    };
    try {
      await this.#ports.records.before({ about }, by);
    } catch (fault) {
      this.#ports.keys.revoke(id);
      throw fault;
    }
    return { ...made, ...(await this.#ports.confirmation()) };
  }

  list(args: unknown): unknown {
    new Given(args, []);
    return { keys: this.#ports.keys.list() };
  }

  async revoke(args: unknown): Promise<unknown> {
    const given = new Given(args, ["id", "by"]);
    const by = readOperator(given);
    const id = given.text("id");
    if (!this.#ports.keys.revoke(id)) refuse("no key of this id is in force; see gatehouse keys list");
    this.#ports.ended();
    const recorded = await this.#ports.records.after({ about: { what: "key revoked", key: id } }, by);
    return { revoked: id, recorded, ...(await this.#ports.confirmation()) };
  }
}
