/**
 * What a turn may decide. A verdict is a value, never an exception. The doors translate each kind in one place
 * (docs/wire.md).
 */
import type { DataAction } from "./datarules.ts";

/** Which rule refused. The part before the dot is the guard. */
export const rules = {
  "persona.unlisted": "no grant of the role names it, so it does not exist for this agent",
  "persona.argument": "an argument breaks a constraint of the grant",
  "persona.object": "an argument names a data object that the role does not list",
  "persona.unknown-argument": "an argument is not part of the pinned definition",
  "persona.facts-overflow": "the arguments exceed what a decision may look at",
  "persona.quarantined": "the tool's definition changed since it was approved",
  "data.arguments": "the arguments hold data that the role lets not through",
  "data.token": "a token in the arguments is not one, or not for this tool",
  "data.unscanned": "the arguments could not be searched for sensitive data to their end",
  "data.recogniser": "a recogniser outside says that the arguments must not pass",
  "data.unexamined": "a recogniser outside had no verdict on the arguments",
  "data.answer": "the answer holds data that the role lets not through",
  "data.answer-unscanned": "the answer could not be searched for sensitive data to its end",
  "data.answer-recogniser": "a recogniser outside says that the answer must not pass",
  "data.answer-unexamined": "a recogniser outside had no verdict on the answer",
  "flow.value": "the call carries what must not go there",
  "flow.read": "what was read before must not be followed by this call",
  "flow.coarse": "what was read before is not remembered value by value, so nothing may go there",
  "flow.unread": "the arguments could not be compared with what was read before",
  "session.killed": "an operator stopped this session",
  "session.open-calls": "too many calls of this session are in flight",
  "bucket.agent": "the session's rate tokens are used up",
  "bucket.tool": "the tool's rate tokens are used up",
  "bucket.budget": "the session's call budget is used up",
  "scope.tenant": "the rate tokens of the tenant are used up, all of its sessions together",
  "scope.agent": "the rate tokens of the agent are used up, all of its sessions together",
  "scope.user": "the rate tokens of the user are used up, all of the user's sessions together",
  "scope.persona": "the rate tokens of the persona are used up, all of its sessions together",
  "scope.tool": "the rate tokens of the tool are used up, all sessions together",
  "scope.unanswered": "what its sessions share could not be asked in time",
  "tally.session": "this session has read more of a kind than its role allows within days",
  "tally.user": "this user's sessions have read more of a kind than is usual or allowed, over days",
  "tally.persona":
    "the persona's sessions together have read more of a kind than is usual or allowed, over days",
  "tally.tool": "a tool was used for far more than is usual, all sessions together, over days",
  "breaker.tool": "the tool kept failing; its breaker is open",
  "breaker.behaviour": "the agent kept repeating calls without progress; its breaker is open",
  "sequence.injected":
    "a call followed an order that came with data, to a destination that nobody else has named",
  "sequence.intent": "what the call would do does not follow from the task",
  "sequence.destination": "the call goes to a destination that is new for this persona",
  "sequence.invented": "calls kept failing on names that nothing has given to this session",
  "sequence.breadth": "the session asked for too many different things",
  "sequence.departure": "a call may carry out what was read of too many different things",
  "sequence.bulk": "a call may carry out what was read in bulk",
  "sequence.repeats": "the same call came again and again",
  "sequence.steps": "a rule of the role says that this call may not follow what came before",
  "sequence.volume": "the session does far more in a day than sessions of its persona do",
  "sequence.interrupted": "the session was interrupted; an operator must lift it",
  "approval.required": "the role says that a person must approve this call",
  "approval.denied": "a person refused this call",
  "approval.expired": "the approval was not given, or not used, in time",
  "approval.used": "the approval was used by an earlier call",
  "approval.arguments": "the approval is for another call",
  "approval.role": "the role changed since the approval was asked for",
  "approval.definition": "the tool's definition changed since the approval was asked for",
  "approval.unknown": "this session has no such approval",
  "approval.too-many": "too many calls of this session wait for a person",
  "approval.unaskable": "a call like this cannot be put before a person",
} as const;

export type Rule = keyof typeof rules;

/** What is done to arguments before they go out; by the order of the rows of their scan (protocol/facts.ts). */
export interface ArgumentActions {
  readonly found: readonly DataAction[];
  readonly tokens: readonly ("open" | "keep")[];
}

/** A rule that only tells: it would have stopped the call where the role enforces it, or tells by its nature. */
export interface ToldRule {
  readonly rule: Rule;
  readonly why: string;
}

export type Verdict =
  /** `approval`: the one that this call has used up. `alerts`: for the record; never shown to the agent. */
  | {
      readonly kind: "allow";
      readonly data?: ArgumentActions;
      readonly approval?: string;
      readonly alerts?: readonly ToldRule[];
    }
  /** Nothing was taken; the same call may succeed after `waitMs`. `until` is epoch ms; `says`, where there is more to say, as in a denial. */
  | {
      readonly kind: "throttle";
      readonly rule: Rule;
      readonly waitMs: number;
      readonly until: number;
      readonly says?: string;
      /** For the record; never shown to the agent. */
      readonly why?: string;
    }
  /** `says` is safe to show the agent: it names arguments and constraints, never a value. */
  | { readonly kind: "deny"; readonly rule: Rule; readonly says: string; readonly until?: number }
  /** The session as a whole is stopped until `until` (epoch ms), or until an operator lifts it when absent. */
  | {
      readonly kind: "quarantine";
      readonly rule: Rule;
      readonly says: string;
      readonly until?: number;
      /** For the record; never shown to the agent. */
      readonly why?: string;
    }
  /**
   * Nothing was taken; a person must approve the call, and then the same call passes, once, before `until` (epoch ms).
   * `approval` is the operation that asked first. `rule` is what asked; `says` is safe to show the agent.
   */
  | {
      readonly kind: "park";
      readonly rule: Rule;
      readonly approval: string;
      readonly until: number;
      readonly says: string;
      /** For who decides and for the record; never shown to the agent. */
      readonly why?: string;
    };
