/**
 * What operators do with baselines: which one is in force, here and at every other node of a cluster. Owns the order of act and
 * record, and what a node takes of another. Does not own what is kept (baseline/store.ts), nor how one is learned, which
 * needs no node (cli/baseline.ts).
 *
 * D1. What another node sends is checked as a file of this folder would be: its text must be the baseline that its version names, of
 *     the persona that it is said to be of.
 * D2. An act that is older than the last one here changes nothing: of two that cross, every node ends with the newer; of two of one
 *     moment with that of the greater version.
 * D3. Acts of one node are done one after the other, and each bears a later time than the last one here: what is decided by is the
 *     newest, also where two come at once, or another node's clock is ahead.
 * D4. A record of what is put in force names the destinations that become known by it, the rules that it lowers, and on how many sessions it
 *     was measured.
 * D5. What was measured on too little, makes destinations known or lowers rules, stands only when who asks for it says that he has seen that: the desk
 *     holds every client to it. Another node's desk has done so for what comes from there.
 * D6. A node that does not answer is named to whoever promotes, and differs in `gatehouse cluster status` until it has the same. It asks for
 *     it by itself when it is back (baselinecatchup.ts).
 */
import { encodeBaseline, readBaseline } from "../../actors/behaviour/baseline.ts";
import type { Confirmed } from "../../cluster/orders.ts";
import { isName, nameRule } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { newDestinations, newlyLowered, sessionsMeasured, whyNotPromoted } from "../baseline/news.ts";
import { versionOf, type Act, type BaselineStore } from "../baseline/store.ts";
import type { ClusterDesk } from "../cluster/clusterdesk.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { BaselineCatchUp } from "./baselinecatchup.ts";
import { Given, readOperator, refuse } from "./request.ts";

export interface BaselinePorts {
  readonly baselines: BaselineStore;
  readonly now: () => number;
  /** The role of the persona is put together anew, with the baseline that is in force now. */
  readonly enforce: (persona: string) => void;
  readonly cluster: { readonly desk: Pick<ClusterDesk, "everywhere" | "atNode" | "differences"> } | undefined;
}

export interface BaselineAnswer {
  readonly persona: string;
  /** "" for none. */
  readonly version: string;
  /** In a cluster: who has taken it. */
  readonly nodes?: Confirmed;
}

/** In `over`: no baseline was in force. */
export const nothing = "none";
const whats = ["promoted", "rolled back"] as const;
/** Clocks of nodes differ; what is further ahead would hold off every later act. */
const aheadMsMax = 60 * 60 * 1000;

export class BaselineDesk {
  readonly #ports: BaselinePorts;
  readonly #records: AdminRecords;
  readonly #catching: BaselineCatchUp | undefined;
  #before: Promise<unknown> = Promise.resolve();

  constructor(ports: BaselinePorts, records: AdminRecords) {
    this.#ports = ports;
    this.#records = records;
    const desk = ports.cluster?.desk;
    if (desk !== undefined)
      this.#catching = new BaselineCatchUp({
        differences: () => desk.differences,
        ask: (node, persona) => desk.atNode(node, "baselines.last", { persona }),
        take: (act) => this.take(act),
        now: ports.now,
      });
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#before.then(act);
    this.#before = done.catch(() => undefined);
    return done;
  }

  /** It may let more pass or less: on record, confirmed by the disk, before it decides anything. */
  async put(args: unknown): Promise<BaselineAnswer> {
    const given = new Given(args, [
      "persona",
      "version",
      "what",
      "reason",
      "by",
      "over",
      "destinations",
      "lowered",
      "unmeasured",
    ]);
    const letter = await this.#inTurn(async () => {
      const { baselines, now } = this.#ports;
      const asked = readAct(given);
      const { persona, version } = asked;
      const baseline = version === "" ? undefined : baselines.load(version)?.baseline;
      if (version !== "" && baseline?.persona !== persona)
        refuse("there is no baseline of that version for this persona; see gatehouse baseline show");
      // What the operator saw in force is what he wants replaced: of two at once the second looks again.
      if (given.has("over") && given.text("over") !== (baselines.inForce(persona) ?? nothing))
        refuse(`another baseline of ${persona} was put in force meanwhile; see gatehouse baseline show ${persona}`); // prettier-ignore
      this.#mayStand(asked, given);
      const act = { ...asked, at: Math.max(now(), (baselines.acts(persona).at(-1)?.at ?? 0) + 1) };
      await this.#do(act, {});
      return { ...act, ...(baseline === undefined ? {} : { text: encodeBaseline(baseline) }) };
    });
    // Not in its turn: two nodes that tell each other would wait for one another.
    const nodes = await this.#tell(letter);
    const { persona, version } = letter;
    return { persona, version, ...(nodes === undefined ? {} : { nodes }) };
  }

  /** No client can leave it out: what becomes known has been seen, and what comes back was in force before. */
  #mayStand({ persona, version, what }: Omit<Act, "at">, given: Given): void {
    const { baselines } = this.#ports;
    const baseline = version === "" ? undefined : baselines.load(version)?.baseline;
    if (baseline === undefined) return;
    if (what === "rolled back") {
      const wasInForce = baselines.acts(persona).some((act) => act.version === version);
      if (!wasInForce) refuse("a baseline that was never in force cannot be rolled back to; promote it");
      return;
    }
    const before = baselines.inForce(persona);
    const seen = { destinations: given.has("destinations") ? given.count("destinations", 1, limits.baselineDestinationsMax * 2) : 0, lowered: given.has("lowered") ? given.count("lowered", 1, limits.baselineModesMax) : 0, unmeasured: given.isSet("unmeasured") }; // prettier-ignore
    const why = whyNotPromoted(baseline, before === undefined ? undefined : baselines.load(before)?.baseline, seen); // prettier-ignore
    if (why !== undefined) refuse(why);
  }

  /** What another node's operator has put in force there. */
  take(args: unknown): Promise<JsonObject> {
    const given = new Given(args, ["persona", "version", "what", "reason", "by", "at", "text", "from"]);
    return this.#inTurn(async () => {
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
    });
  }

  /** The last act for a persona, with its text, for a node that was away; empty when nothing was ever done. */
  last(args: unknown): JsonObject {
    const persona = new Given(args, ["persona"]).text("persona");
    const act = this.#ports.baselines.acts(persona).at(-1);
    if (act === undefined) return {};
    const { version, ...rest } = act;
    const baseline = version === "" ? undefined : this.#ports.baselines.load(version)?.baseline;
    return { ...rest, ...(baseline === undefined ? {} : { version, text: encodeBaseline(baseline) }) };
  }

  /** Asks the nodes that differ for what was done there. */
  catchUp(): Promise<void> {
    return this.#catching?.look() ?? Promise.resolve();
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
    const about = { what: `baseline ${what}`, persona, version, reason, ...this.#facts(persona, version), ...more }; // prettier-ignore
    await this.#records.before({ about }, by);
    this.#ports.baselines.put(act);
    this.#ports.enforce(persona);
  }

  #facts(persona: string, version: string): JsonObject {
    const { baselines } = this.#ports;
    const baseline = version === "" ? undefined : baselines.load(version)?.baseline;
    if (baseline === undefined) return {};
    const before = baselines.inForce(persona);
    const inForce = before === undefined ? undefined : baselines.load(before)?.baseline;
    const news = newDestinations(baseline, inForce);
    const lowered = newlyLowered(baseline, inForce).map(({ rule, fired, of }) => `${rule} ${fired} of ${of}`);
    return {
      measuredSessions: sessionsMeasured(baseline),
      newDestinations: news.length,
      destinations: news.slice(0, limits.baselineNewsRecorded).map(({ hash }) => hash),
      ...(lowered.length === 0 ? {} : { lowered: lowered.join(", ") }),
    };
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
