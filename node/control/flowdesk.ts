/**
 * Letting a session go whose sources count as wholly seen (actors/guards/ledger.ts): an operator answers for what it may give away
 * unseen. Owns who may, and the order of record and turn. Does not own what it gives up: the session's own turn, at its owner.
 *
 * F1. It takes the administrator's key and a reason: a tool server that runs as the node's user can open the control socket, and must
 *     not free the session whose data it wants.
 * F2. It is on record, confirmed by the disk, with what is given up, before the session knows of it.
 * F3. What other nodes send is never taken for a request of an operator: commands and letters are two tables.
 */
import { whollySeen, type WhollySeen } from "../../actors/guards/ledger.ts";
import type { SessionEvent } from "../../actors/session.ts";
import type { ClusterDesk } from "../cluster/clusterdesk.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { keyOfAdministratorCharsMax, notTheKey, type Administrator } from "./administrator.ts";
import { hintForSession, type HintPorts } from "./hint.ts";
import { Given, keyCharsMax, readOperator, refuse } from "./request.ts";
import type { SessionViews } from "./listing.ts";

type FlowTurn = Extract<SessionEvent, { kind: "lifted" | "shrink" }>;

export interface FlowDeskPorts {
  readonly host: SessionViews & { save(key: string): void };
  readonly governor: { operate(session: SessionKey, event: FlowTurn, then: (fault: Error | undefined) => void): void }; // prettier-ignore
  readonly records: AdminRecords;
  readonly administrator: Pick<Administrator, "holds">;
  readonly roles: HintPorts["roles"];
  /** The key that values are remembered under. */
  readonly ledgerKey: () => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly cluster: { readonly desk: Pick<ClusterDesk, "atOwner"> } | undefined;
}

export interface FlowAnswer {
  readonly lifted: number;
  /** What counted as wholly seen until now, and why. */
  readonly freed?: WhollySeen;
}

type Command = (args: unknown) => unknown;

/** Of what is given up, as much as a record's line has room for. */
const sourcesCharsMax = 2_000;

export class FlowDesk {
  readonly #ports: FlowDeskPorts;

  constructor(ports: FlowDeskPorts) {
    this.#ports = ports;
  }

  readonly commands: readonly (readonly [string, Command])[] = [["flow.lift", (args) => this.#lift(args)]];

  /** What other nodes send: they have seen the operator's key. */
  readonly letters: readonly (readonly [string, Command])[] = [["flow.free", (args) => this.#free(args)]];

  async #lift(args: unknown): Promise<FlowAnswer> {
    const given = new Given(args, ["key", "by", "reason", "administrator"]);
    const key = given.session("key");
    const by = readOperator(given);
    const reason = given.text("reason");
    if (!this.#ports.administrator.holds(given.text("administrator", keyOfAdministratorCharsMax))) {
      await this.#ports.records.after({ session: key, about: { what: "flow lift refused: not the administrator's key", reason } }, by); // prettier-ignore
      throw notTheKey();
    }
    const letter = { key, by, reason };
    return (this.#ports.cluster?.desk.atOwner("flow.free", key, letter) ?? this.#free(letter)) as Promise<FlowAnswer>; // prettier-ignore
  }

  /** At the session's owner. */
  async #free(args: unknown): Promise<FlowAnswer> {
    const given = new Given(args, ["key", "by", "reason"]);
    const key = given.text("key", keyCharsMax) as SessionKey;
    const by = readOperator(given);
    const reason = given.text("reason");
    const { host, records, ledgerKey, now } = this.#ports;
    const state = host.peek(key);
    if (state === undefined)
      refuse(hintForSession(this.#ports, key) ?? "the stored state of this session cannot be read");
    // Hashes of a key that is not in force any more are compared with nothing: each call is refused for them, until the next answer.
    const isStale = state.memory !== undefined && state.memory.key !== ledgerKey();
    const freed = whollySeen(state);
    if (freed === undefined && !isStale) return { lifted: 0 };
    const { sources = [], why = [] } = freed ?? {};
    const about = { what: "flow lifted", reason, sources: sources.join(" ").slice(0, sourcesCharsMax), why: why.join("; or ") }; // prettier-ignore
    await records.before({ session: key, about: isStale ? { ...about, stale: state.memory?.answers.length ?? 0 } : about }, by); // prettier-ignore
    if (isStale) await this.#turn(key, { kind: "shrink", at: now() });
    await this.#turn(key, { kind: "lifted", at: now(), by, what: "flow" });
    host.save(key);
    return { lifted: 1, freed: freed ?? { sources: [], faded: [], why: [] } };
  }

  /** @throws GatewayError OWNER_UNAVAILABLE when it was not taken; what the recorder says */
  async #turn(key: SessionKey, event: FlowTurn): Promise<void> {
    const { governor, host } = this.#ports;
    let isTaken = false;
    const fault = await new Promise<Error | undefined>((resolve) => {
      governor.operate(key, event, resolve);
      // Before anything else comes to its turn: an answer that comes then may count as wholly seen again.
      const after = host.peek(key);
      isTaken = after !== undefined && (event.kind === "shrink" ? after.memory : whollySeen(after)) === undefined; // prettier-ignore
    });
    if (fault !== undefined) throw fault;
    if (!isTaken) throw new GatewayError("OWNER_UNAVAILABLE", "the session's owner did not take it: ask again"); // prettier-ignore
  }
}
