/**
 * Whether a role may come into force: as its file has it, as its last approved version has it, or not at all.
 *
 * Owns: the rule of `roles.approval: required`. Does not own the comparison (comparison.ts), the file of versions (history.ts).
 *
 * A1. A role that lets more pass than its last approved version is never in force. Who starts a node gets the difference and
 *     the command; in a node that runs, the approved version stays in force.
 * A2. One that lets less pass is in force at once, and kept as a version by the node.
 * A3. A grant whose tool is defined otherwise than when the role was approved is quarantined until it is approved again (row T1).
 */
import { dirname } from "node:path";
import { limits } from "../../protocol/limits.ts";
import type { RoleFile } from "../../protocol/role.ts";
import type { Settings } from "../../protocol/settings.ts";
import { escapeHidden, quoteUpTo } from "../catalogue/fault.ts";
import type { ConfigurationFault } from "../catalogue/fault.ts";
import type { ResolvedRole } from "../catalogue/resolve.ts";
import { approverIdOf } from "./approver.ts";
import { compareRoles, freezeRole, isWider } from "./comparison.ts";
import type { Change, FrozenRole } from "./comparison.ts";
import { addVersion, historyPath, nextVersion, readHistory } from "./history.ts";
import { continues, headOf, keepHeads, readHeads } from "./heads.ts";
import type { Heads } from "./heads.ts";
import type { History } from "./history.ts";
import { isFree } from "./order.ts";

/** What is done with a role that is wider than approved. */
export type Wider = "refuse" | "previous";

/** Of a role under `roles.approval: required`. */
export interface RoleApproval {
  readonly persona: string;
  readonly file: string;
  readonly version: number;
  /** The file lets more pass, by these changes: the approved version is in force instead. */
  readonly held: readonly Change[];
  /** The file lets less pass: this is to be kept. */
  readonly narrowed: readonly Change[];
  readonly frozen: FrozenRole;
  readonly skills: readonly string[];
}

export interface ApprovalRules {
  readonly isRequired: boolean;
  /** Ids of keys whose signatures count. */
  readonly approvers: ReadonlySet<string>;
  /** Ends of histories that were seen here; undefined when that file is damaged. */
  readonly heads: Heads | undefined;
}

export function approvalRules({ roles }: Pick<Settings, "roles">, dataFolder: string): ApprovalRules {
  const own = approverIdOf(dataFolder);
  return {
    heads: readHeads(dataFolder),
    isRequired: roles.approval === "required",
    approvers: new Set([...roles.approvers, ...(own === undefined ? [] : [own])]),
  };
}

/** A role with the grants of its skills, and how it is resolved. */
export interface Candidate {
  /** Absolute. */
  readonly file: string;
  /** As faults name it. */
  readonly shown: string;
  readonly role: RoleFile;
  readonly skills?: readonly string[];
  readonly resolved: ResolvedRole;
}

type Resolve = (role: RoleFile) => { readonly resolved: ResolvedRole } | { readonly faults: readonly ConfigurationFault[] }; // prettier-ignore

/**
 * @param again resolves the last approved version, where that is to stay in force
 * @returns what is in force, or why nothing is
 */
export function approvedRole(
  candidate: Candidate,
  { approvers, heads }: ApprovalRules,
  wider: Wider,
  again: Resolve,
):
  | { readonly resolved: ResolvedRole; readonly approval: RoleApproval }
  | { readonly faults: readonly ConfigurationFault[] } {
  const { file, shown, role, skills = [], resolved } = candidate;
  const history = readHistory(historyPath(file), historyPath(shown), approvers);
  if ("says" in history) return { faults: [history] };
  if (heads === undefined)
    return { faults: [{ file: shown, line: 1, column: 1, says: "roleheads.json of the data folder is damaged, so that nobody knows which version was in force", do: `look at gatehouse role history ${role.role}, then remove that file` }] }; // prettier-ignore
  const head = headOf(heads, role.role);
  if (!continues(history, head))
    return { faults: [{ file: historyPath(shown), line: 1, column: 1, says: `the history does not hold version ${head?.version ?? 0}, which was in force here: it was cut back, or written anew`, do: `restore it from version control; if it is meant, gatehouse role approve ${role.role} --reason WHY` }] }; // prettier-ignore
  const { last } = history;
  const version = history.versions.at(-1)?.version ?? 0;
  if (last === undefined) return { faults: [unapproved(candidate, "the role has no approved version yet")] };
  const frozen = freezeRole(role, resolved.table);
  const changes = compareRoles(last, frozen, dirname(file));
  const approval = { persona: role.role, file, version, held: [], narrowed: [], frozen, skills };
  if (!isWider(changes)) {
    const narrowed = changes.filter(({ direction }) => isFree(direction));
    return { resolved: withUnapproved(resolved, frozen, last), approval: { ...approval, narrowed } };
  }
  if (wider === "refuse") return { faults: [unapproved(candidate, widerThan(history, changes))] };
  const before = again(last.role);
  if (!("resolved" in before)) return before;
  const held = freezeRole(last.role, before.resolved.table);
  return { resolved: withUnapproved(before.resolved, held, last), approval: { ...approval, frozen: held, held: changes } }; // prettier-ignore
}

/** Of each grant: its definition now against the one that the approved version saw. */
function withUnapproved(resolved: ResolvedRole, now: FrozenRole, approved: FrozenRole): ResolvedRole {
  const differing = resolved.table.grants.filter(({ kind, server, target, definition }) => {
    const key = `${kind} ${server}/${target}`;
    return definition !== "" && now.definitions[key] !== approved.definitions[key];
  });
  return differing.length === 0 ? resolved : { ...resolved, unapproved: differing.map(({ server, target }) => ({ server, name: target })) }; // prettier-ignore
}

function widerThan({ versions }: History, changes: readonly Change[]): string {
  const last = versions.at(-1);
  const wider = changes.filter(({ direction }) => direction === "wider");
  const shown = wider.slice(0, limits.roleChangesShownMax).map(changeWords).join("; ");
  const more = wider.length > limits.roleChangesShownMax ? `; and ${wider.length - limits.roleChangesShownMax} more` : ""; // prettier-ignore
  return `the role lets more pass than its approved version ${last?.version ?? 0} of ${last?.at.slice(0, 10) ?? ""}: ${shown}${more}`;
}

function unapproved({ shown, role: { role } }: Candidate, says: string): ConfigurationFault {
  return { file: shown, line: 1, column: 1, says, do: `look at it with gatehouse role diff ${role}; if it is meant, gatehouse role approve ${role} --reason WHY` }; // prettier-ignore
}

/** Of a value that changed, in a line among others. */
const valueCharsMax = 80;
/** What is the same on both sides and stands before the first difference. */
const leadChars = 20;

/** "tool find: limits capacity from 5 to 6": safe to print. Names and numbers of a role file are no secrets. */
export function changeWords(change: Change): string {
  return changeWordsUpTo(change, valueCharsMax);
}

/**
 * The same with more of each value. Of two long ones that begin alike what is shown begins shortly before they part: the same words
 * twice would show no change.
 */
export function changeWordsUpTo({ at, says, before, after }: Change, charsMax: number): string {
  const place = escapeHidden(at);
  if (says !== undefined && (before === undefined || after === undefined)) return `${place}: ${escapeHidden(says)}`; // prettier-ignore
  const [from, to] = [before, after].map((value) =>
    value === undefined ? undefined : JSON.stringify(value),
  );
  const isLong = Math.max(from?.length ?? 0, to?.length ?? 0) > charsMax;
  const start = isLong ? Math.max(0, sharedLength(from ?? "", to ?? "") - leadChars) : 0;
  const moved = `from ${valueWords(from, start, charsMax)} to ${valueWords(to, start, charsMax)}`;
  return says === undefined ? `${place} ${moved}` : `${place} ${moved} (${escapeHidden(says)})`;
}

function valueWords(value: string | undefined, start: number, charsMax: number): string {
  return value === undefined
    ? "nothing"
    : quoteUpTo(`${start > 0 ? "…" : ""}${value.slice(start)}`, charsMax);
}

function sharedLength(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

/**
 * Adds the versions that narrowed, each to its history. Done by a node that puts them in force.
 *
 * @returns their numbers by persona, and what could not be kept, in words
 */
export function keepNarrowed(
  approvals: readonly RoleApproval[],
  now: Date,
): { readonly kept: ReadonlyMap<string, number>; readonly unkept: readonly string[] } {
  const kept = new Map<string, number>();
  const unkept = approvals.flatMap(({ persona, file, narrowed, frozen, skills }) => {
    if (narrowed.length === 0) return [];
    const path = historyPath(file);
    try {
      const history = readHistory(path, path);
      if ("says" in history) return [`${persona}: ${history.says}`];
      const entry = { at: now, act: "narrowed" as const, by: "gatehouse", reason: "the role file lets less pass", changes: narrowed.map(changeWords), skills, frozen: unmoved(frozen, history) }; // prettier-ignore
      const next = nextVersion(history, entry);
      addVersion(path, history, next);
      kept.set(persona, next.version);
      return [];
    } catch (thrown) {
      return [`${persona}: its narrower version is in force, and could not be kept in ${path} (${(thrown as NodeJS.ErrnoException).code ?? "unknown"})`]; // prettier-ignore
    }
  });
  return { kept, unkept };
}

/** What is in force now may not be taken back by a shorter history. @returns what could not be kept, in words */
export function keepSeen(approvals: readonly RoleApproval[], dataFolder: string): readonly string[] {
  const histories = new Map<string, History>();
  for (const { persona, file } of approvals) {
    const history = readHistory(historyPath(file), file);
    if (!("says" in history)) histories.set(persona, history);
  }
  try {
    keepHeads(dataFolder, histories);
    return [];
  } catch (thrown) {
    return [`which versions are in force could not be kept in the data folder (${(thrown as NodeJS.ErrnoException).code ?? "unknown"})`]; // prettier-ignore
  }
}

/** A narrowing approves no definition: those that were approved stay so. */
function unmoved(frozen: FrozenRole, { last }: History): FrozenRole {
  const approved = Object.entries(last?.definitions ?? {});
  const definitions = approved.filter(([key]) => Object.hasOwn(frozen.definitions, key));
  return { ...frozen, definitions: Object.fromEntries(definitions) };
}
