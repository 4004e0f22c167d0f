/**
 * The data guard: what the role says about sensitive data in a call's arguments, and in its answer. Owns which rule refuses, and
 * the actions that follow. Does not own finding (actors/dlp, node/exchange/screening.ts), the rules themselves
 * (protocol/datarules.ts) and changing a document (actors/dlp/withholding.ts).
 *
 * D1. What it decides follows from the facts and the role's table alone: a replay decides the same.
 * D2. What was not searched to its end is refused unless the role says otherwise.
 * D3. A recogniser outside that says "must not pass" refuses, and so does one without a verdict, unless its mode passes over it.
 * D4. A token is opened only where the grant names the type of its value; what looks like a token and is none is refused.
 * D5. No value comes into an argument unjudged: where the role constrains more than a length, there is no token that would be opened.
 */
import { isChange, strictest } from "../dlp/policy.ts";
import { noticeOf } from "../dlp/notice.ts";
import { selects, tokenSign } from "../../protocol/datarules.ts";
import { errors } from "../../protocol/errors.ts";
import type { DataAction, DataDirection, TokenRules } from "../../protocol/datarules.ts";
import type { ArgumentValue, CallFacts, ScanFacts, TokenData } from "../../protocol/facts.ts";
import type { ArgumentActions, Rule, Verdict } from "../../protocol/verdict.ts";
import { isOfLengthAlone } from "./constraint.ts";
import type { Alert, Call, Guard } from "./guard.ts";
import type { CompiledGrant } from "./role.ts";

type Denial = Extract<Verdict, { kind: "deny" }>;

const none: readonly never[] = [];
const allowed = { kind: "allow" } as const satisfies Verdict;

/** Stateless: everything it knows is in the role. */
export const data = {
  start: () => ({}),
  before(_own, { facts, grant }) {
    const { scan } = facts;
    return scan === undefined ? undefined : (judgeScan(scan, grant) ?? judgeOpened(facts, grant));
  },
} as const satisfies Guard<object>;

/** Why what was found in arguments refuses a call. */
export function judgeScan(
  scan: ScanFacts,
  { data: policy, tokens }: Pick<CompiledGrant, "data" | "tokens">,
): Denial | undefined {
  const outside = judgeOutside(scan, "arguments");
  if (outside !== undefined) return outside;
  if (scan.unscanned !== undefined && policy.table.unscanned.arguments === "block")
    return deny("data.unscanned", `The arguments could not be searched for sensitive data to their end (${scan.unscanned}). Send less, or simpler ones.`); // prettier-ignore
  if (scan.badTokens !== undefined)
    return deny("data.token", "The arguments hold a text in the form of a token that stands for no value here. Pass tokens on exactly as they came."); // prettier-ignore
  const [refused] = (scan.tokens ?? none).filter((token) => tokenMode(token, tokens) === undefined);
  if (refused !== undefined)
    return deny("data.token", `A token of the type ${refused.type} may not be used here: the role does not say that this tool gets such values.`); // prettier-ignore
  const rows = scan.found ?? none;
  const actions = policy.actions(rows, "arguments");
  const worst = strictest(actions);
  if (worst !== "block" && !(scan.isFixed === true && isChange(worst))) return undefined;
  const told = actions.map((action) => (scan.isFixed === true && isChange(action) ? "block" : action));
  return deny("data.arguments", noticeOf(rows, told, "arguments") ?? "");
}

/** Why a token may not become its value where the role says what an argument may be: that was judged of the token. */
function judgeOpened(facts: CallFacts, grant: CompiledGrant): Denial | undefined {
  for (const value of facts.values ?? none) {
    const constraint = grant.constraints.get(value.at);
    if (constraint !== undefined && !isOfLengthAlone(constraint) && isOpenedIn(value, facts, grant))
      return deny("data.token", `A token may not stand in the argument ${value.at}: the role says what it may be, and of a token that cannot be told.`); // prettier-ignore
  }
  return undefined;
}

/** Whether an argument that constraints read holds a token in whose place its value is put once they were judged. */
export function isOpenedIn(
  { value }: ArgumentValue,
  { scan }: Pick<CallFacts, "scan">,
  { tokens }: Pick<CompiledGrant, "tokens">,
): boolean {
  if (typeof value !== "string" || !value.includes(tokenSign) || scan?.isFixed === true) return false;
  return scan?.tokens?.some((token) => tokenMode(token, tokens) === "open") === true;
}

/** Undefined where the role lets it in neither way. */
function tokenMode(token: TokenData, rules: TokenRules | undefined): "open" | "keep" | undefined {
  const isIn = (selectors: readonly string[] | undefined): boolean =>
    selectors?.some((selector) => selects(selector, token.type, token)) === true;
  return isIn(rules?.open) ? "open" : isIn(rules?.keep) ? "keep" : undefined;
}

/**
 * What is done to the arguments of a call that every guard has let pass.
 *
 * @param approval of a person, which the call uses up
 */
export function allowedWith(
  { facts: { scan }, grant }: Call,
  approval?: string,
  alerts: readonly Alert[] = [],
): Verdict {
  const plain = allowedBy(approval, alerts);
  if (scan === undefined) return plain;
  const { found, tokens } = argumentActions(scan, grant);
  if (!found.some(isChange) && !tokens.includes("open")) return plain;
  return { ...plain, data: { found, tokens } };
}

function allowedBy(
  approval: string | undefined,
  alerts: readonly Alert[],
): Extract<Verdict, { kind: "allow" }> {
  const used = approval === undefined ? allowed : ({ kind: "allow", approval } as const);
  return alerts.length === 0 ? used : { ...used, alerts: alerts.map(({ rule, says }) => ({ rule, why: says })) }; // prettier-ignore
}

/** What is done to arguments, by row and by token. */
export function argumentActions(
  scan: ScanFacts,
  grant: Pick<CompiledGrant, "data" | "tokens">,
): ArgumentActions {
  const modeOf = (token: TokenData): "open" | "keep" =>
    scan.isFixed === true ? "keep" : (tokenMode(token, grant.tokens) ?? "keep");
  return {
    found: grant.data.actions(scan.found ?? none, "arguments"),
    tokens: (scan.tokens ?? none).map(modeOf),
  };
}

/** What becomes of an answer. */
export interface AnswerActions {
  readonly actions: readonly DataAction[];
  /** Why nothing of it is released. */
  readonly refusal: Denial | undefined;
}

/** Decides on what was found in an answer, by the role that its call was judged by. */
export function judgeAnswer(scan: ScanFacts, { data: policy }: Pick<CompiledGrant, "data">): AnswerActions {
  const rows = scan.found ?? none;
  const actions = policy.actions(rows, "answers");
  const outside = judgeOutside(scan, "answers");
  if (outside !== undefined) return { actions, refusal: outside };
  if (scan.unscanned !== undefined && policy.table.unscanned.answers === "block")
    return { actions, refusal: deny("data.answer-unscanned", `The answer is withheld: it could not be searched for sensitive data to its end (${scan.unscanned}). Ask for less.`) }; // prettier-ignore
  const isBlocked = strictest(actions) === "block";
  return { actions, refusal: isBlocked ? deny("data.answer", noticeOf(rows, actions, "answers") ?? "") : undefined }; // prettier-ignore
}

/** What recognisers outside refuse. The agent is not told which one, nor its words. */
export function judgeOutside(
  { outside }: Pick<ScanFacts, "outside">,
  way: DataDirection,
): Denial | undefined {
  if (outside?.refused === undefined) return undefined;
  const isBlocked = outside.refused.why === "blocked";
  const what = way === "arguments" ? "The call was not made" : "The answer is withheld";
  if (isBlocked) return deny(way === "arguments" ? "data.recogniser" : "data.answer-recogniser", `${what}: ${errors.RECOGNISER_REFUSED.says}.`); // prettier-ignore
  return deny(way === "arguments" ? "data.unexamined" : "data.answer-unexamined", `${what}: ${errors.RECOGNISER_FAILED.says}. Try again later.`); // prettier-ignore
}

function deny(rule: Rule, says: string): Denial {
  return { kind: "deny", rule, says };
}
