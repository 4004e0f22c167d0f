/**
 * Calls that wait for a person, as operators see and decide them, at whichever node of a cluster they ask. Owns the list,
 * who may decide, and the order of record and turn. Does not own what a decision is worth: the session's own turn takes it
 * (actors/guards/stepup.ts), at its owner.
 *
 * A1. Deciding takes the administrator's key; listing takes what every operator's command takes. An agent has neither.
 * A2. A yes is on record, confirmed by the disk, before the session knows of it; a no is done first (operators.ts, O1, O2).
 * A3. A yes under another role than the one in force is refused, and on record: it would let no call pass (stepup.ts, E2). A no
 *     stands under every role.
 * A4. In a cluster a decision is told to who made it once the runner-up has it, so that no owner's loss takes it back in silence; who
 *     is not told, or is told that no other node has it, looks at the list again. Said twice by the same person, it is one.
 * A5. What other nodes send is never taken for a request of an operator: commands and letters are two tables.
 */
import { setImmediate } from "node:timers/promises";
import type { Approval } from "../../actors/guards/stepup.ts";
import { holdingApprovals, isDecidedBy } from "../../actors/guards/stepup.ts";
import type { SessionEvent, SessionState } from "../../actors/session.ts";
import type { ClusterDesk } from "../cluster/clusterdesk.ts";
import { readSessionKey, type OperationId, type SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AdminRecords } from "./adminrecords.ts";
import { keyOfAdministratorCharsMax, notTheKey, type Administrator } from "./administrator.ts";
import type { SessionViews } from "./listing.ts";
import { Given, keyCharsMax, readOperator, refuse } from "./request.ts";

/** An operator's word on one session that is a decision on a call of it. */
export type DecidedTurn = Extract<SessionEvent, { kind: "decided" }>;

export interface ApprovalDeskPorts {
  readonly host: SessionViews & { save(key: string): void };
  readonly governor: { operate(session: SessionKey, event: DecidedTurn, then: (fault: Error | undefined) => void): void }; // prettier-ignore
  readonly records: AdminRecords;
  readonly administrator: Pick<Administrator, "holds">;
  /** The roles in force. */
  readonly roles: { all(): Iterable<{ readonly persona: string; readonly digest: string }> };
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly cluster:
    | { readonly desk: Pick<ClusterDesk, "everywhere" | "placement" | "atOwner" | "copied" | "eventTime"> }
    | undefined;
}

/** One line of `gatehouse approvals list`. */
export interface ApprovalRow extends Pick<Approval, "id" | "status" | "kind" | "name" | "server" | "rules" | "why" | "shows" | "askedAt" | "until" | "by" | "reason"> {
  /** The session's. */
  readonly key: string;
  /** In a cluster. */
  readonly owner?: string;
  /** The role has changed since: the call waits for a yes that it cannot get, or has one that it cannot use. */
  readonly isOutdated?: true;
} // prettier-ignore

export interface ApprovalsAnswer {
  /** Those that wait first, oldest first. */
  readonly approvals: readonly ApprovalRow[];
  readonly isCut: boolean;
  /** Nodes that did not answer: what waits there is not here. */
  readonly missing?: readonly string[];
}

export interface DecidedAnswer {
  readonly approval: ApprovalRow;
  readonly recorded: boolean;
  /** In a cluster, where no other node has it yet: it is lost with its owner, and the call waits again. */
  readonly isUncopied?: true;
}

type Command = (args: unknown) => unknown;

/** Sessions looked at before other work gets its turn. */
const slice = 256;
const idCharsMax = 64;

export class ApprovalDesk {
  readonly #ports: ApprovalDeskPorts;

  constructor(ports: ApprovalDeskPorts) {
    this.#ports = ports;
  }

  /** As the session's turns have it: a clock that is an hour off keeps no call from its decision, nor lets one be taken when it is over. */
  get #now(): number {
    return this.#ports.cluster?.desk.eventTime ?? this.#ports.now();
  }

  readonly commands: readonly (readonly [string, Command])[] = [
    ["approvals.list", (args) => this.#list(args)],
    ["approvals.decide", (args) => this.#decide(args)],
  ];

  /** What other nodes send: they have seen the operator's key. */
  readonly letters: readonly (readonly [string, Command])[] = [
    ["approvals.owned", (args) => this.#ownedLetter(args)],
    ["approvals.take", (args) => this.#take(args)],
  ];

  async #list(args: unknown): Promise<ApprovalsAnswer> {
    const given = new Given(args, ["limit"]);
    const limit = given.count("limit", limits.approvalsListedMax, limits.approvalsListedMax);
    return this.#everywhere(limit);
  }

  /** @param id of the one that is looked for */
  async #everywhere(limit: number, id?: string): Promise<ApprovalsAnswer> {
    const { cluster } = this.#ports;
    const own = await this.#owned(limit, id);
    const asked = await cluster?.desk.everywhere("approvals.owned", id === undefined ? { limit } : { limit, id }); // prettier-ignore
    const lists = [own, ...(asked?.said ?? []).map(readList)];
    const rows = lists.flatMap(({ approvals }) => approvals).sort(byNeed);
    const isCut = rows.length > limit || lists.some((each) => each.isCut);
    const missing = asked === undefined || asked.missing.length === 0 ? {} : { missing: asked.missing };
    return { approvals: rows.slice(0, limit), isCut, ...missing };
  }

  async #ownedLetter(args: unknown): Promise<ApprovalsAnswer> {
    const given = new Given(args, ["limit", "id"]);
    const id = given.has("id") ? given.text("id", idCharsMax) : undefined;
    return this.#owned(given.count("limit", limits.approvalsListedMax, limits.approvalsListedMax), id);
  }

  /**
   * Of sessions that this node owns; all it has where it is alone, or knows no view. What waits is never cut off for what is decided.
   *
   * @param id of the one that is looked for, however many there are
   */
  async #owned(limit: number, id?: string): Promise<ApprovalsAnswer> {
    const { host, cluster } = this.#ports;
    const asked: ApprovalRow[] = [];
    const decided: ApprovalRow[] = [];
    let seen = 0;
    for (const { key, state } of host.sessions()) {
      if (++seen % slice === 0) await setImmediate();
      const holding = state === undefined ? [] : holdingApprovals(state.approvals, this.#now);
      if (holding.length === 0) continue;
      const place = cluster?.desk.placement(key);
      if (place !== undefined && !place.isHere) continue;
      for (const approval of holding) {
        const list = approval.status === "asked" ? asked : decided;
        const isMeant = id === undefined ? list.length <= limit : approval.id === id;
        if (isMeant) list.push(this.#rowOf(key, approval, place?.owner));
      }
      if (asked.length > limit) break;
    }
    const approvals = [...asked, ...decided];
    return { approvals: approvals.slice(0, limit), isCut: approvals.length > limit };
  }

  async #decide(args: unknown): Promise<DecidedAnswer> {
    const given = new Given(args, ["id", "is", "by", "reason", "administrator"]);
    const by = readOperator(given);
    const id = given.text("id", idCharsMax);
    const is = given.oneOf("is", decisions);
    const reason = given.optionalText("reason") ?? "";
    if (!this.#ports.administrator.holds(given.text("administrator", keyOfAdministratorCharsMax))) {
      await this.#ports.records.after({ about: { what: "approval refused: not the administrator's key", id, wanted: is } }, by); // prettier-ignore
      throw notTheKey();
    }
    const { found, missing } = await this.#find(id);
    if (found === undefined) refuse(`no call waits under ${id}: it is over, or there never was one${missing === undefined ? "" : `; ${missing.join(", ")} did not answer`}`); // prettier-ignore
    const key = found.key as SessionKey;
    const letter = { key, id, is, by, reason };
    return (this.#ports.cluster?.desk.atOwner("approvals.take", key, letter) ?? this.#take(letter)) as Promise<DecidedAnswer>; // prettier-ignore
  }

  /** However many wait: nobody keeps a call from its decision by parking thousands. Nodes of before know no question by id. */
  async #find(
    id: string,
  ): Promise<{ readonly found: ApprovalRow | undefined; readonly missing: readonly string[] | undefined }> {
    // prettier-ignore
    const most = limits.approvalsListedMax;
    const listed = await this.#everywhere(most);
    const isIn = ({ approvals }: ApprovalsAnswer): ApprovalRow | undefined => approvals.find((each) => each.id === id); // prettier-ignore
    const { missing } = listed;
    return { found: isIn(listed) ?? (listed.isCut ? isIn(await this.#everywhere(most, id)) : undefined), missing }; // prettier-ignore
  }

  /** At the session's owner. */
  async #take(args: unknown): Promise<DecidedAnswer> {
    const given = new Given(args, ["key", "id", "is", "by", "reason"]);
    const key = given.text("key", keyCharsMax) as SessionKey;
    const id = given.text("id", idCharsMax);
    const is = given.oneOf("is", decisions);
    const by = readOperator(given);
    // No text is empty, for the one that is asked; a reason may be.
    const reason = (args as { readonly reason?: unknown }).reason === "" ? "" : given.text("reason");
    const { host, governor, records } = this.#ports;
    const found = find(host.peek(key), id);
    // Its owner was lost before it could say that it has taken it, and this node has its copy.
    if (found?.status === is && isDecidedBy(found, { is, by, reason })) return this.#answer(key, found, true);
    const approval = this.#waiting(key, id);
    const about = { what: `call ${is}`, approval: id, name: approval.name, server: approval.server, arguments: approval.digest, role: approval.role, rules: approval.rules.join(" "), reason }; // prettier-ignore
    const body = { session: key, op: id as OperationId, about };
    if (is === "approved" && this.#isOutdated(key, approval)) {
      await records.after({ ...body, about: { ...about, what: "approval refused: the role has changed since it was asked" } }, by); // prettier-ignore
      refuse(`the role of ${personaOf(key)} has changed since this call was parked, so a yes would not let it pass: when the agent makes the call again it is parked anew, under the role in force, and can be approved then`); // prettier-ignore
    }
    if (is === "approved") await records.before(body, by);
    // Nobody is told of a decision that a crash would forget.
    const taken = await new Promise<Error | undefined>((resolve) => governor.operate(key, { kind: "decided", at: this.#now, id, is, by, reason }, resolve)); // prettier-ignore
    host.save(key);
    const decided = find(host.peek(key), id);
    if (decided === undefined || !isDecidedBy(decided, { is, by, reason })) {
      // The record has a yes that nobody will ever use.
      if (is === "approved") await records.after({ ...body, about: { ...about, what: "approval not taken: the call was over or decided" } }, by); // prettier-ignore
      refuse(decided === undefined || decided.by === "" ? `the call of ${id} is over: it was not ${is} in time` : `the call of ${id} was ${decided.status} before, by ${decided.by}`); // prettier-ignore
    }
    const recorded = taken === undefined && (is === "approved" || (await records.after(body, by)));
    return this.#answer(key, decided, recorded);
  }

  async #answer(key: SessionKey, decided: Approval, recorded: boolean): Promise<DecidedAnswer> {
    const desk = this.#ports.cluster?.desk;
    const isUncopied = desk !== undefined && !(await desk.copied(key, limits.approvalCopyMs));
    const approval = this.#rowOf(key, decided, desk?.placement(key)?.owner);
    return { approval, recorded, ...(isUncopied ? { isUncopied } : {}) };
  }

  /** Whether a yes lets no call pass any more; a persona without a role has none that would. */
  #isOutdated(key: string, { status, role }: Approval): boolean {
    if (status !== "asked" && status !== "approved") return false;
    for (const { persona, digest } of this.#ports.roles.all())
      if (persona === personaOf(key)) return digest !== role;
    return true;
  }

  #rowOf(key: string, approval: Approval, owner: string | undefined): ApprovalRow {
    const row = rowOf(key, approval, owner);
    return this.#isOutdated(key, approval) ? { ...row, isOutdated: true } : row;
  }

  #waiting(key: SessionKey, id: string): Approval {
    const { host } = this.#ports;
    const approval = find(host.peek(key), id);
    if (approval === undefined || this.#now >= approval.until) refuse(`no call waits under ${id} any more`);
    if (approval.status !== "asked") refuse(`the call of ${id} was ${approval.status} before${approval.by === "" ? "" : `, by ${approval.by}`}`); // prettier-ignore
    return approval;
  }
}

const decisions = ["approved", "denied"] as const;

function find(state: SessionState | undefined, id: string): Approval | undefined {
  return state?.approvals.find((each) => each.id === id);
}

function personaOf(key: string): string {
  return readSessionKey(key)?.persona ?? "";
}

function rowOf(key: string, approval: Approval, owner: string | undefined): ApprovalRow {
  const { id, status, kind, name, server, rules, why, shows, askedAt, until, by, reason } = approval;
  const row = { key, id, status, kind, name, server, rules, why, shows, askedAt, until, by, reason };
  return owner === undefined ? row : { ...row, owner };
}

function byNeed(one: ApprovalRow, other: ApprovalRow): number {
  const [a, b] = [one, other].map(({ status }) => (status === "asked" ? 0 : 1));
  return a !== b ? (a ?? 0) - (b ?? 0) : one.askedAt - other.askedAt;
}

/** What another node lists: shown, and nothing is decided by it but which session's owner is asked. */
function readList({ approvals, isCut }: JsonObject): ApprovalsAnswer {
  const rows = Array.isArray(approvals) ? (approvals as unknown[]) : [];
  return { approvals: rows.filter(isRow), isCut: isCut === true };
}

function isRow(row: unknown): row is ApprovalRow {
  if (typeof row !== "object" || row === null) return false;
  const { id, key, status, askedAt, until, rules, ...texts } = row as { readonly [part: string]: unknown };
  const isText = (value: unknown): boolean => typeof value === "string";
  if (![id, key, status].every(isText) || typeof askedAt !== "number" || typeof until !== "number") return false; // prettier-ignore
  if (!Array.isArray(rules) || !rules.every(isText)) return false;
  return ["kind", "name", "server", "why", "shows", "by", "reason"].every((part) => isText(texts[part]));
}
