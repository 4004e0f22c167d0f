/**
 * What operators do with baselines: which one is in force. Owns the order of act and record. Does not own what is kept
 * (baseline/store.ts), nor how one is learned, which needs no node (cli/baseline.ts).
 */
import { isName, nameRule } from "../../protocol/id.ts";
import type { BaselineStore } from "../baseline/store.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { Given, readOperator, refuse } from "./request.ts";

export interface BaselinePorts {
  readonly baselines: BaselineStore;
  readonly now: () => number;
  /** The role of the persona is put together anew, with the baseline that is in force now. */
  readonly enforce: (persona: string) => void;
}

export interface BaselineAnswer {
  readonly persona: string;
  /** "" for none. */
  readonly version: string;
}

export class BaselineDesk {
  readonly #ports: BaselinePorts;
  readonly #records: AdminRecords;

  constructor(ports: BaselinePorts, records: AdminRecords) {
    this.#ports = ports;
    this.#records = records;
  }

  /** It may let more pass or less: on record, confirmed by the disk, before it decides anything. */
  async put(args: unknown): Promise<BaselineAnswer> {
    const given = new Given(args, ["persona", "version", "what", "reason", "by"]);
    const by = readOperator(given);
    const persona = given.text("persona");
    if (!isName(persona)) refuse(`persona must be ${nameRule}`);
    const version = given.optionalText("version") ?? "";
    const what = given.oneOf("what", ["promoted", "rolled back"]);
    const reason = given.text("reason");
    const { baselines, now, enforce } = this.#ports;
    if (version !== "" && baselines.load(version)?.baseline.persona !== persona)
      refuse("there is no baseline of that version for this persona; see gatehouse baseline show");
    await this.#records.before({ about: { what: `baseline ${what}`, persona, version, reason } }, by);
    baselines.put({ persona, version, what, reason, at: now(), by });
    enforce(persona);
    return { persona, version };
  }
}
