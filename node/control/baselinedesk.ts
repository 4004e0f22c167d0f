/**
 * What operators do with baselines: which one is in force, here and at every other node of a cluster. Owns the order of act and
 * record, and what a node takes of another. Does not own what is kept (baseline/store.ts), nor how one is learned, which
 * needs no node (cli/baseline.ts).
 *
 * D1. What another node sends is checked as a file of this folder would be: its text must be the baseline that its version names, of
 *     the persona that it is said to be of.
 * D2. An act that is older than the last one here changes nothing: of two that cross, every node ends with the newer; of two of one
 *     moment with that of the greater version.
 * D3. A node that does not answer is named to whoever promotes, and differs in `gatehouse cluster status` until it has the same.
 */
import { encodeBaseline, readBaseline } from "../../actors/behaviour/baseline.ts";
import type { Confirmed } from "../../cluster/orders.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { versionOf, type Act, type BaselineStore } from "../baseline/store.ts";
import type { ClusterDesk } from "../cluster/clusterdesk.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { Given, readOperator, refuse } from "./request.ts";

export interface BaselinePorts {
  readonly baselines: BaselineStore;
  readonly now: () => number;
  /** The role of the persona is put together anew, with the baseline that is in force now. */
  readonly enforce: (persona: string) => void;
  readonly cluster: { readonly desk: Pick<ClusterDesk, "everywhere"> } | undefined;
}

export interface BaselineAnswer {
  readonly persona: string;
  /** "" for none. */
  readonly version: string;
  /** In a cluster: who has taken it. */
  readonly nodes?: Confirmed;
}

const whats = ["promoted", "rolled back"] as const;
/** Clocks of nodes differ; what is further ahead would hold off every later act. */
const aheadMsMax = 60 * 60 * 1000;

export class BaselineDesk {
  readonly #ports: BaselinePorts;
  readonly #records: AdminRecords;

  constructor(ports: BaselinePorts, records: AdminRecords) {
    this.#ports = ports;
    this.#records = records;
  }

  /** It may let more pass or less: on record, confirmed by the disk, before it decides anything. */
  async put(args: unknown): Promise<BaselineAnswer> {
    const act = { ...readAct(new Given(args, ["persona", "version", "what", "reason", "by"])), at: this.#ports.now() }; // prettier-ignore
    const { persona, version } = act;
    const baseline = version === "" ? undefined : this.#ports.baselines.load(version)?.baseline;
    if (version !== "" && baseline?.persona !== persona)
      refuse("there is no baseline of that version for this persona; see gatehouse baseline show");
    await this.#do(act, {});
    const text = baseline === undefined ? {} : { text: encodeBaseline(baseline) };
    const nodes = await this.#tell({ ...act, ...text });
    return { persona, version, ...(nodes === undefined ? {} : { nodes }) };
  }

  /** What another node's operator has put in force there. */
  async take(args: unknown): Promise<JsonObject> {
    const given = new Given(args, ["persona", "version", "what", "reason", "by", "at", "text", "from"]);
    const { baselines, now } = this.#ports;
    const act = { ...readAct(given), at: given.count("at", now(), now() + aheadMsMax) };
    const { persona, version, at } = act;
    const last = baselines.acts(persona).at(-1);
    // The same letter may come twice.
    if (last?.version === version && last.at === at) return {};
    if (last !== undefined && (last.at > at || (last.at === at && last.version > version)))
      refuse(`a newer act for ${persona} stands here: ${last.what} by ${last.by}`);
    if (version !== "") this.#keep(persona, version, given.text("text", limits.baselineBytesMax));
    await this.#do(act, { from: given.text("from") });
    return {};
  }

  /** @throws GatewayError for a text that is not what its version says */
  #keep(persona: string, version: string, text: string): void {
    const { baselines } = this.#ports;
    const baseline = readBaseline(text);
    if (typeof baseline === "string") return refuse(`the text is no baseline: ${baseline}`);
    if (baseline.persona !== persona) refuse(`the baseline is of persona ${baseline.persona}`);
    if (versionOf(encodeBaseline(baseline)) !== version) refuse("the baseline is not the one that its version names"); // prettier-ignore
    baselines.save(baseline);
  }

  async #do(act: Act, more: JsonObject): Promise<void> {
    const { persona, version, what, reason, by } = act;
    await this.#records.before(
      { about: { what: `baseline ${what}`, persona, version, reason, ...more } },
      by,
    );
    this.#ports.baselines.put(act);
    this.#ports.enforce(persona);
  }

  async #tell(letter: JsonObject): Promise<Confirmed | undefined> {
    const { version = "", ...rest } = letter;
    const told = await this.#ports.cluster?.desk.everywhere("baselines.take", version === "" ? rest : { ...rest, version }); // prettier-ignore
    return told === undefined ? undefined : { heard: told.heard, missing: told.missing };
  }
}

function readAct(given: Given): Omit<Act, "at"> {
  const by = readOperator(given);
  const persona = given.text("persona");
  if (!isName(persona)) refuse(`persona must be ${nameRule}`);
  const version = given.optionalText("version") ?? "";
  return { persona, version, what: given.oneOf("what", whats), reason: given.text("reason"), by };
}
