/** What happens to a session and what its turns ask of the world: the words between session.ts and who acts. */
import type { ErrorCode } from "../protocol/errors.ts";
import type { AnswerFacts, CallFacts } from "../protocol/facts.ts";
import type { Rule, Verdict } from "../protocol/verdict.ts";
import type { Tell } from "./guards/lease.ts";
import type { ApprovalTold, Decided } from "./guards/stepup.ts";
import type { Labels } from "./labels.ts";
import type { Refused } from "./refusals.ts";
import type { SessionWord } from "./scopes/word.ts";
import type { WireChange } from "./wires.ts";

/** What may happen to a session. Every event bears its own time, in epoch milliseconds. */
export type SessionEvent =
  /** Its role, by digest: first of all, and whenever another comes into force. */
  | { readonly kind: "configured"; readonly at: number; readonly role: string }
  /** `unheard`: what its sessions share was asked for, and has not answered in time. */
  | {
      readonly kind: "call";
      readonly at: number;
      readonly op: string;
      readonly facts: CallFacts;
      readonly unheard?: true;
    }
  | { readonly kind: "answered"; readonly at: number; readonly op: string; readonly facts: AnswerFacts }
  /** Time has passed: report what was refused and only counted, where its interval is over (`dueAt` says when). */
  | { readonly kind: "refusals"; readonly at: number }
  | { readonly kind: "killed"; readonly at: number; readonly by: string; readonly reason: string }
  | { readonly kind: "lifted"; readonly at: number; readonly by: string; readonly what: Lift }
  /** One of its wire sessions changed, in a cluster: `wire` is a digest of its id. */
  | { readonly kind: "wire"; readonly at: number; readonly wire: string; readonly what: WireChange; readonly value: string } // prettier-ignore
  /** What it did before is lost with the machines that knew: every label, and nothing left to spend. */
  | { readonly kind: "lost"; readonly at: number }
  /** The node has no room for what it remembers of values: its sources count as wholly seen from now on. */
  | { readonly kind: "shrink"; readonly at: number }
  /** A person has decided on a call that waits. */
  | ({ readonly kind: "decided" } & Decided)
  /** So many calls wait for a rate token of these scopes. */
  | { readonly kind: "seek"; readonly at: number; readonly wanted: readonly (readonly [scope: string, calls: number])[] } // prettier-ignore
  /** What its scopes have answered. */
  | ({ readonly at: number } & SessionWord);

/** What an operator pardons: the kill, the behaviour breaker with its memory, all tool breakers, or that sources count as wholly seen. */
export type Lift = "kill" | "behaviour" | "tools" | "flow";

/** What a turn asks of the world, in order. */
export type SessionEffect =
  /**
   * Answers a call. `record`: "intent" before its tool is reached, "refusal" in full, "counted" not at all (it will be
   * part of a `refused`). `grant`: place in the role table, -1 when none was looked up or found. `fault`: the refusal
   * is a failure of ours and not the agent's; docs/wire.md has its row.
   */
  | {
      readonly kind: "reply";
      readonly op: string;
      readonly verdict: Verdict;
      readonly grant: number;
      readonly record: "intent" | "refusal" | "counted";
      readonly fault?: ErrorCode;
    }
  /** To be recorded: so many refusals after a recorded one. */
  | Refused
  /** To be told to operators. `op` when it is about one call. */
  | { readonly kind: "alert"; readonly rule: Rule; readonly says: string; readonly op?: string }
  /**
   * Labels that this session did not have before. Its answer must not be released before the rise is as safe as the
   * installation promises: in a cluster, before the runner-up has acknowledged it (law 6).
   */
  | { readonly kind: "labels"; readonly op: string; readonly risen: Labels }
  /** The ledger knows more than before of what a rule is about: the answer that taught it waits like one that raises labels. */
  | { readonly kind: "values"; readonly op: string }
  /** Closes what the agent has open: streams, wire sessions, upstream sessions. */
  | { readonly kind: "close"; readonly reason: string }
  /** A call waits for a person from now on, a person has decided, or it waits for none any more. */
  | ApprovalTold
  /** A word to one of its scopes. */
  | Tell;
