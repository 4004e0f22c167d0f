/**
 * What a turn sees of a call or an answer. Facts are journalled, bodies never. Bounded by limits.callFactsBytesMax and
 * limits.answerFactsBytesMax; overflow is itself a fact. Schema: docs/records.md.
 */

/** What a grant can name. A completion is judged by the grant of the prompt or resource it completes. */
export type TargetKind = "tool" | "resource" | "prompt";

/** What a turn can be asked for: what a grant names, or one of the role's servers, for lists and streams of changes. */
export type CallKind = TargetKind | "server";

/** A value that a constraint reads. Longer strings than limits.constraintValueCharsMax are cut and marked. */
export interface ArgumentValue {
  /** JSON pointer of the constraint as the role spells it, e.g. "/path" or "/items/-/id" ("-" stands for each element). */
  readonly at: string;
  readonly value: string | number | boolean | null;
  readonly cut?: true;
  /** The value is an object or array where a constraint wanted a scalar; `value` is null then. */
  readonly compound?: true;
}

export interface CallFacts {
  readonly kind: CallKind;
  /**
   * Exposed name of the tool or prompt, or the URI of the resource, as the agent wrote it; of a server the catalogue's
   * name, and then `values` are the URIs of resources that are to be followed there.
   */
  readonly name: string;
  /** Keyed hash of the canonical arguments (22 base64url characters). */
  readonly digest: string;
  /** Keyed hash of the arguments with digits, case and quoted literals flattened: equal for near-identical calls. */
  readonly shape: string;
  /** Bytes of the arguments as serialised. */
  readonly bytes: number;
  /** Top-level argument names that the pinned definition does not know; at most 8, each cut to 64 characters. */
  readonly unknown?: readonly string[];
  readonly values?: readonly ArgumentValue[];
  readonly overflow?: true;
}

export type Outcome =
  | "ok"
  /** The tool answered with isError. */
  | "tool-error"
  /** The upstream answered with a JSON-RPC error. */
  | "rpc-error"
  | "timeout"
  /** Never reached the upstream: connect, address check, start. */
  | "unreachable"
  /** Reached it, then garbage, too large, closed. */
  | "broken"
  | "cancelled"
  /** The process ended between intent and answer; found at recovery. */
  | "unknown";

export interface AnswerFacts {
  readonly outcome: Outcome;
  /** Bytes of the answer as serialised to the agent; 0 when there is none. */
  readonly bytes: number;
  /** Keyed hash of the answer's content; "" when there is none. Equal answers to equal calls mean no progress. */
  readonly digest: string;
  readonly tookMs: number;
  /** The code of the one error table, for failures of the world. */
  readonly code?: string;
}
