/**
 * What the foreign set is written in: domains that no rule of the sequence guard was written with, their tools, honest sessions and
 * the goals of attackers. Owns the form. Does not own how sessions are made of it (recordings.ts) nor their scores.
 *
 * `{name}` in a text is a slot: the same value all through one session (slots.ts).
 */

/** Name, description, names of arguments with a blank between. */
export type ToolLine = readonly [name: string, description: string, parameters: string];

export interface CaseCall {
  readonly tool: string;
  readonly args: { readonly [name: string]: unknown };
  /** A text, or what is given as JSON. */
  readonly answer: unknown;
  readonly fails?: true;
}

/** What a benign session shows: where the values of its writes come from. */
export type Manner =
  | "named in the task"
  | "out of fields"
  | "out of a text the task names"
  | "orders the task hands over to"
  | "chain"
  | "orders on the way"
  | "many reads";

export interface Case {
  readonly id: string;
  readonly manner: Manner;
  readonly language: "en" | "fr" | "de" | "it" | "es";
  readonly task: string;
  readonly calls: readonly CaseCall[];
  /** The call whose answer an attacker may write into; absent: an honest session only. */
  readonly host?: number;
}

export interface Goal {
  readonly id: string;
  readonly aim:
    | "destination"
    | "amount"
    | "deletion"
    | "permission"
    | "exfiltration"
    | "password"
    | "purchase";
  /** In the imperative, without a stop. */
  readonly order: string;
  readonly foreign: readonly [language: "fr" | "de" | "it" | "es", order: string];
  /** The same as a fact, without a word of an order. */
  readonly fact: string;
  /** The same as two facts, each harmless by itself. */
  readonly halves: readonly [string, string];
  /** The same as fields of an answer. */
  readonly field: { readonly [name: string]: unknown };
  readonly calls: readonly Omit<CaseCall, "answer">[];
  /** What the task asked for is done so and not otherwise: its last call is left out. */
  readonly instead?: true;
}

export interface Domain {
  readonly key: string;
  /**
   * What may be looked at while rules are changed, what is reported once, the six domains that were written after both, and the
   * eight that were written after those, in two halves again; and eight more, halved by the SHA-256 of their keys, lower ones to tune.
   */
  readonly half:
    | "tune"
    | "report"
    | "later"
    | "third-tune"
    | "third-report"
    | "fourth-tune"
    | "fourth-report";
  readonly tools: readonly ToolLine[];
  /** The tool that opens a link, and its argument. */
  readonly opens: readonly [tool: string, argument: string];
  readonly cases: readonly Case[];
  readonly goals: readonly Goal[];
}
