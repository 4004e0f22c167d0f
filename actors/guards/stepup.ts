/**
 * Step-up: calls that wait for a person. Owns the approvals of a session, what makes one fit a call, and when it is over.
 * Does not own who asks for one (guards, by `asks`), who may decide (node/control), nor how an agent waits
 * (node/exchange/waiting.ts). In words: docs/approvals.md.
 *
 * E1. What is kept is the approval, never the call: a call passes by coming again, whole, through every guard.
 * E2. An approval fits one call: the same session, kind, name, digest of arguments, role and definition; and only the
 *     rules that asked for it.
 * E3. It is used once. The turn that allows the call takes it, so it is as safe as that turn (law 6), or the call is not made:
 *     a call that uses one waits for the fence of those that must not run twice, also where its tool may.
 * E4. A person's no holds until the approval would have ended: the agent cannot ask again and again. A "no" is never
 *     replaced, and bounded rows are never made room for by forgetting one that still holds.
 * E5. With the role in force what was asked for or given under the one before is withdrawn: it fits no call any more, so it
 *     takes no place of one that may. It does not come back with the old role.
 */
import type { ArgumentValue, CallFacts, CallKind } from "../../protocol/facts.ts";
import { unreadable } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { Rule, Verdict } from "../../protocol/verdict.ts";
import { rules } from "../../protocol/verdict.ts";
import type { Cell } from "../actor.ts";
import { failedCheck } from "./constraint.ts";
import { isOpenedIn } from "./data.ts";
import type { Ask, Call, Refusal } from "./guard.ts";

/** `replaced`: the same call was asked for anew, for other rules. `withdrawn`: the role changed before it was used. */
export const approvalStatuses = ["asked", "approved", "denied", "used", "replaced", "withdrawn"] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

export interface Approval {
  /** Operation of the call that was parked. */
  readonly id: string;
  readonly status: ApprovalStatus;
  readonly kind: CallKind;
  readonly name: string;
  readonly server: string;
  /** Keyed hash of the arguments. */
  readonly digest: string;
  /** Digests of the role, and of the pinned definition, that it was asked for under. */
  readonly role: string;
  readonly definition: string;
  readonly rules: readonly Rule[];
  /** For who decides. */
  readonly why: string;
  /** Arguments that the role constrains, for who decides; "" where sensitive data was found in any. */
  readonly shows: string;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  readonly until: number;
  /** Who decided, and why; "" before. */
  readonly by: string;
  readonly reason: string;
}

export interface ApprovalsState {
  approvals: readonly Approval[];
}

export const noApprovals: readonly Approval[] = Object.freeze([]);

/** A person's decision. */
export interface Decided {
  readonly at: number;
  readonly id: string;
  readonly is: "approved" | "denied";
  readonly by: string;
  readonly reason: string;
}

/** What a turn says of an approval, to those who follow them. */
export interface ApprovalTold {
  readonly kind: "approval";
  readonly what: "asked" | "approved" | "denied" | "withdrawn";
  readonly approval: Approval;
}

const nothingTold: readonly ApprovalTold[] = [];

/** What comes of a call that every guard has let pass; undefined: nobody need be asked. */
export type StepUp =
  | Refusal
  /** A person has approved it. */
  | { readonly kind: "use"; readonly id: string }
  /** A person is to be asked. */
  | { readonly kind: "ask"; readonly approval: Approval; readonly verdict: Refusal }
  | undefined;

/**
 * Whether a call must wait for a person. Writes nothing (G1).
 *
 * @param op    of this call: names the approval if one is asked for
 * @param role  digest of the role in force
 * @param asks  what guards want a person to decide
 */
export function stepUp(
  { approvals }: ApprovalsState,
  call: Call,
  op: string,
  role: string,
  asks: readonly Ask[],
): StepUp {
  const { facts } = call;
  const claimed = facts.approval;
  const [first] = asks;
  if (first === undefined && (claimed === undefined || claimed === unreadable)) return undefined;
  const known = claimed === undefined ? latestFor(approvals, facts) : approvals.find(({ id }) => id === claimed); // prettier-ignore
  if (claimed !== undefined) {
    const refused = known === undefined ? deny("approval.unknown") : refuseClaim(known, call, role);
    if (refused !== undefined) return refused;
  }
  if (known !== undefined && stands(known, call, role)) {
    if (known.status === "denied") return { ...deny("approval.denied"), until: known.until };
    const isCovered = asks.every(({ rule }) => known.rules.includes(rule));
    if (isCovered && known.status === "approved") return { kind: "use", id: known.id };
    if (isCovered && known.status === "asked") return parked(approvals, known, first);
  }
  if (first === undefined) return deny("approval.expired");
  return ask(approvals, call, op, role, asks, first);
}

function ask(
  approvals: readonly Approval[],
  call: Call,
  op: string,
  role: string,
  asks: readonly Ask[],
  first: Ask,
): StepUp {
  const { at, facts, grant } = call;
  if (facts.kind === "server" || facts.name.length > limits.sessionTextCharsMax) return deny("approval.unaskable"); // prettier-ignore
  // One that it takes the place of makes room for it.
  const holding = approvals.filter((each) => isHolding(each, at) && !isFor(each, facts)).length;
  if (holding >= limits.approvalsPerSessionMax) return deny("approval.too-many");
  const row = call.role.table.grants[grant.index];
  const why = asks.map((each) => each.why ?? each.says).join(" ");
  const lastsMs = (call.role.table.approvals?.minutes ?? limits.approvalMs / 60_000) * 60_000;
  const approval: Approval = {
    id: op,
    status: "asked",
    kind: facts.kind,
    name: facts.name,
    server: row?.server ?? "",
    digest: facts.digest,
    role,
    definition: row?.definition ?? "",
    rules: asks.map(({ rule }) => rule),
    why: why.length > limits.approvalWhyCharsMax ? `${why.slice(0, limits.approvalWhyCharsMax - 1)}…` : why,
    shows: showsOf(facts),
    askedAt: at,
    until: at + lastsMs,
    by: "",
    reason: "",
  };
  return { kind: "ask", approval, verdict: parked(approvals, { ...approval, why }, first) };
}

/**
 * The verdict on a call that waits for its approval. Of one that is asked for now the record has the whole reason; what is kept has a
 * bound, and ends in "…" where that cut it.
 *
 * @param first undefined where nothing asks any more
 */
function parked(approvals: readonly Approval[], asked: Approval, first: Ask | undefined): Refusal {
  const { id, until, why } = asked;
  const rule = asked.rules[0] ?? "approval.required";
  const words = first?.says ?? "A person must approve it.";
  const earlier = approvals.findLast((each) => each.id !== id && isFor(each, asked));
  const says = earlier?.status === "withdrawn" ? `${roleChanged} ${words}` : words;
  return { kind: "park", rule, approval: id, until, says, why };
}

const roleChanged =
  "The role changed since this call waited for a person or was approved, so a person is asked anew.";

/** Why an approval that an agent names does not let this call pass, whatever asks now. */
function refuseClaim(known: Approval, call: Call, role: string): Refusal | undefined {
  if (!isFor(known, call.facts)) return deny("approval.arguments");
  if (known.status === "used") return deny("approval.used");
  if (known.role !== role || known.status === "withdrawn")
    return deny(known.definition === definitionOf(call) ? "approval.role" : "approval.definition");
  return known.status === "replaced" || call.at >= known.until ? deny("approval.expired") : undefined;
}

function definitionOf({ role, grant }: Call): string {
  return role.table.grants[grant.index]?.definition ?? "";
}

/** The newest one for a call: an older one of it was replaced, used or is over. */
function latestFor(approvals: readonly Approval[], facts: CallFacts): Approval | undefined {
  for (let place = approvals.length - 1; place >= 0; place--) {
    const approval = approvals[place];
    if (approval !== undefined && isFor(approval, facts)) return approval;
  }
  return undefined;
}

function isFor(
  approval: Approval,
  { kind, name, digest }: Pick<CallFacts, "kind" | "name" | "digest">,
): boolean {
  return approval.kind === kind && approval.name === name && approval.digest === digest;
}

/** A no stands under every role: a new version of one is no new question. */
function stands(approval: Approval, { at }: Call, role: string): boolean {
  return isHolding(approval, at) && (approval.role === role || approval.status === "denied");
}

/** It waits, may be used, or says no. */
function isHolding({ status, until }: Approval, at: number): boolean {
  return at < until && (status === "asked" || status === "approved" || status === "denied");
}

/** Approvals that a person can still decide on, or an agent use: for operators. */
export function holdingApprovals(approvals: readonly Approval[], at: number): readonly Approval[] {
  return approvals.length === 0 ? noApprovals : approvals.filter((each) => isHolding(each, at));
}

/** With one more: those that are over make room for it, oldest first. */
export function withAsked(approvals: readonly Approval[], asked: Approval): readonly Approval[] {
  const kept = approvals.map((each): Approval =>
    isHolding(each, asked.askedAt) && isFor(each, asked) ? { ...each, status: "replaced" } : each,
  );
  const past = kept.filter((each) => !isHolding(each, asked.askedAt));
  const forgotten = new Set(past.slice(0, Math.max(0, past.length - limits.approvalsPastPerSessionMax)));
  return [...kept.filter((each) => !forgotten.has(each)), asked];
}

/** After its one use (E3). */
export function withUsed(approvals: readonly Approval[], id: string): readonly Approval[] {
  return approvals.map((each) => (each.id === id ? { ...each, status: "used" } : each));
}

/**
 * Whether a call that was allowed may go out on its owner's lease alone. The use of an approval is as safe as any effect, before
 * it has one (law 6): else the next owner would let the same approval be used once more.
 */
export function isLeaseEnough(isRepeatable: boolean, verdict: Verdict): boolean {
  return isRepeatable && (verdict.kind !== "allow" || verdict.approval === undefined);
}

/** A person's decision. @returns nothing when there is nothing to decide: it is over, decided, or not known */
export function onDecided(
  session: ApprovalsState,
  { id, is, by, reason, at }: Decided,
): readonly ApprovalTold[] {
  const { approvals } = session;
  const found = approvals.find((each) => each.id === id);
  if (found?.status !== "asked" || at >= found.until) return nothingTold;
  const until = is === "approved" ? Math.max(found.until, at + limits.approvalUseMs) : found.until;
  const approval: Approval = { ...found, status: is, until, by: cut(by), reason: cut(reason) };
  session.approvals = approvals.map((each) => (each === found ? approval : each));
  return [{ kind: "approval", what: is, approval }];
}

/** Whether that person's word is the one that was taken: of several at once the first is, and its agent may have come back already. */
export function isDecidedBy(
  { status, by, reason }: Approval,
  word: Pick<Decided, "is" | "by" | "reason">,
): boolean {
  const isSame = status === word.is || (status === "used" && word.is === "approved");
  return isSame && by === cut(word.by) && reason === cut(word.reason);
}

/** Another role is in force (E5). */
export function onRole(session: ApprovalsState, role: string, at: number): readonly ApprovalTold[] {
  const isOver = (each: Approval): boolean => each.role !== role && each.status !== "denied" && isHolding(each, at); // prettier-ignore
  const told: ApprovalTold[] = [];
  const kept = session.approvals.map((each): Approval => {
    if (!isOver(each)) return each;
    const approval: Approval = { ...each, status: "withdrawn" };
    told.push({ kind: "approval", what: "withdrawn", approval });
    return approval;
  });
  if (told.length > 0) session.approvals = kept;
  return told;
}

const requiredAsk: Ask = { rule: "approval.required", says: "The role says that a person must approve it." };

/** What the role itself wants a person to decide. */
export function askOfGrant({ grant, facts }: Call): Ask | undefined {
  const { approval } = grant;
  if (approval === undefined || facts.kind === "server") return undefined;
  return approval.unless.size > 0 && isExcepted(approval.unless, facts, grant) ? undefined : requiredAsk;
}

/** Every argument that `unless` names is there, and every value of it holds; what comes in the place of a token, nobody has judged. */
function isExcepted(
  unless: NonNullable<Call["grant"]["approval"]>["unless"],
  facts: CallFacts,
  grant: Call["grant"],
): boolean {
  for (const [at, constraint] of unless) {
    const given = (facts.values ?? []).filter((value) => value.at === at);
    if (
      given.length === 0 ||
      given.some((value) => failedCheck(constraint, value) !== undefined || isOpenedIn(value, facts, grant))
    )
      // prettier-ignore
      return false;
  }
  return true;
}

/** What the facts hold of the arguments, in one line. */
function showsOf({ values = [], scan }: CallFacts): string {
  const isSensitive = scan !== undefined && ((scan.found ?? []).length > 0 || scan.unscanned !== undefined || scan.outside !== undefined); // prettier-ignore
  if (isSensitive) return "";
  return values.map(shown).join(", ").slice(0, limits.approvalShownCharsMax);
}

/** Facts have of a list the number of its elements, and of an object nothing: that is not its value. */
function shown({ at, value, cut: isCut, compound }: ArgumentValue): string {
  if (compound === true)
    return `${at}: ${value === null ? "an object" : `a list of ${String(value)}`}, not shown`;
  return `${at} = ${JSON.stringify(value)}${isCut === true ? "…" : ""}`;
}

const says: Readonly<Partial<Record<Rule, string>>> = {
  "approval.denied": "A person refused this call. Do not ask for it again; change the plan.",
  "approval.expired": "Nobody approved the call in time, or it came too late. Call again without the approval, and a person is asked anew.", // prettier-ignore
  "approval.used": "This approval was used by an earlier call; it holds for one. Call again without it if the call is meant a second time: a person is asked anew.", // prettier-ignore
  "approval.arguments": "This approval is for another call: the same tool with exactly the same arguments.",
  "approval.role": "The role changed since a person was asked. Call again without the approval, and a person is asked anew.", // prettier-ignore
  "approval.definition": "The tool's definition changed since a person was asked. Call again without the approval, and a person is asked anew.", // prettier-ignore
  "approval.unknown": "There is no such approval. Call again without it, and a person is asked.",
  "approval.too-many": `As many calls as may wait for a person do. Wait until some are decided.`,
  "approval.unaskable": "This call needs a person's approval, and cannot be put before one as it is.",
};

function deny(rule: Rule): Extract<Refusal, { kind: "deny" }> {
  return { kind: "deny", rule, says: says[rule] ?? rules[rule] };
}

function cut(text: string): string {
  return text.length <= limits.sessionTextCharsMax ? text : text.slice(0, limits.sessionTextCharsMax);
}

const kinds: readonly unknown[] = ["tool", "resource", "prompt", "server"] satisfies readonly CallKind[];
const digestCharsMax = 64;

export function freezeApproval(approval: Approval): readonly Cell[] {
  const { id, status, kind, name, server, digest, role, definition, why, shows, askedAt, until, by, reason } =
    approval;
  const place = approvalStatuses.indexOf(status);
  return [id, place, kind, name, server, digest, role, definition, approval.rules, why, shows, askedAt, until, by, reason]; // prettier-ignore
}

/** @returns undefined for what `freezeApproval` does not give */
export function thawApproval(cells: readonly unknown[]): Approval | undefined {
  const [id, place, kind, name, server, digest, role, definition, asked, why, shows, askedAt, until, by, reason] =
    cells; // prettier-ignore
  const status = typeof place === "number" ? approvalStatuses[place] : undefined;
  if (cells.length !== 15 || status === undefined || !kinds.includes(kind)) return undefined;
  if (!isText(id, digestCharsMax) || !isText(digest, digestCharsMax) || !isText(role, limits.sessionTextCharsMax)) return undefined; // prettier-ignore
  if (!isText(definition, digestCharsMax) || !isText(name, limits.sessionTextCharsMax) || !isText(server, limits.sessionTextCharsMax)) return undefined; // prettier-ignore
  if (!isText(why, limits.approvalWhyCharsMax) || !isText(shows, limits.approvalShownCharsMax)) return undefined; // prettier-ignore
  if (!isText(by, limits.sessionTextCharsMax) || !isText(reason, limits.sessionTextCharsMax))
    return undefined;
  if (!isTime(askedAt) || !isTime(until) || !Array.isArray(asked) || asked.length > rulesMax)
    return undefined;
  if (!(asked as unknown[]).every((rule) => typeof rule === "string" && Object.hasOwn(rules, rule)))
    return undefined;
  return { id, status, kind: kind as CallKind, name, server, digest, role, definition, rules: asked as Rule[], why, shows, askedAt, until, by, reason }; // prettier-ignore
}

/** No call is asked about by more guards than there are. */
const rulesMax = 8;

function isText(value: unknown, charsMax: number): value is string {
  return typeof value === "string" && value.length <= charsMax;
}

function isTime(value: unknown): value is number {
  return Number.isFinite(value);
}
