/**
 * What a turn sees of a call or an answer. Facts are journalled, bodies never. Bounded by limits.callFactsBytesMax and
 * limits.answerFactsBytesMax; overflow is itself a fact. Schema: docs/records.md.
 */
import type { AnswerTrace, CallTrace } from "./trace.ts";

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

/** Findings of one type and likelihood in one document: never a value, and no name in which one was found. */
export interface FoundData {
  readonly type: string;
  /** Of the type: what rules of a role name besides it. They stand here so that a decision follows from the facts alone. */
  readonly group: string;
  readonly tags?: readonly string[];
  readonly likelihood: number;
  readonly count: number;
  /** JSON Pointer of the first one. */
  readonly path: string;
}

/** A token in the arguments that stands for a value of this type. */
export interface TokenData {
  readonly type: string;
  readonly group: string;
  readonly tags?: readonly string[];
  readonly count: number;
}

/**
 * What a scan of one document found. Absent where nothing was found and all was looked at.
 *
 * Guard five (what a session has read must not leave by another tool) gets its keyed hashes beside these rows: they are made
 * where the values are still at hand, in node/exchange/screening.ts (`Screening.facts`), and belong here as one more member.
 */
export interface ScanFacts {
  readonly found?: readonly FoundData[];
  /** Why it was not looked through to its end: a bound of the scan, or why it had none. */
  readonly unscanned?: string;
  /** What recognisers outside this process said, where one refused it or had no verdict. */
  readonly outside?: OutsideFacts;
  readonly tokens?: readonly TokenData[];
  /** Texts in the form of a token that open under no key of this tenant. */
  readonly badTokens?: number;
  /** Images, audio and other bytes that nobody looked into. */
  readonly media?: number;
  /** It names what is asked for, and cannot be changed. */
  readonly isFixed?: true;
  readonly tookMs: number;
}

/** Of recognisers outside this process, by the names that the configuration gives them; `says` is for operators. */
export interface OutsideFacts {
  readonly refused?: OutsideRefusal;
  /** Had no verdict, and were passed over, as their mode says. */
  readonly unexamined?: readonly { readonly recogniser: string; readonly says: string }[];
}

export interface OutsideRefusal {
  readonly recogniser: string;
  /** It said so, or it said nothing that can be used. */
  readonly why: "blocked" | "no verdict";
  readonly says: string;
}

/** Of an answer, with what was done: by the order of `found`. */
export interface AnswerScan extends ScanFacts {
  readonly actions: readonly string[];
  /** Nothing of it was released. */
  readonly isBlocked?: true;
}

/** What was done to what an agent and a server said to each other in the course of a call. */
export interface SideFinding {
  readonly way: "arguments" | "answers";
  readonly type: string;
  readonly action: string;
  readonly count: number;
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
  /** Top-level argument names that the pinned definition does not know; at most 8, each cut to 64 characters; hashes where data was found. */
  readonly unknown?: readonly string[];
  readonly values?: readonly ArgumentValue[];
  readonly overflow?: true;
  readonly scan?: ScanFacts;
  /** Their values for guard four, as hashes; absent where the role has it off. */
  readonly trace?: CallTrace;
  /** What they carry of values that the session has read; absent where nobody has looked. */
  readonly carried?: Carried;
  /** Approval that the agent says this call has: an operation id, or `unreadable`. Absent where it names none. */
  readonly approval?: string;
}

/** Stands for the name of an approval that is none that we gave out. */
export const unreadable = "unreadable";

/** Values of earlier answers found in the arguments of a call. Bounded by limits.ledgerFoundMax and ledgerPartsMax. */
export interface Carried {
  readonly values: readonly CarriedValue[];
  readonly parts: readonly CarriedPart[];
  /** Id of the key under which they were compared; absent where there was nothing to compare with. */
  readonly compared?: string;
  /** Not all of the arguments was compared. */
  readonly unread?: true;
}

export interface CarriedValue {
  /** Operation whose answer they came in. */
  readonly op: string;
  /** Their class, such as "financial/pan.visa" or "own/id". */
  readonly type: string;
  /** How much one of them proves: 1 to 3 (actors/ledger/mark.ts). */
  readonly strength: number;
  readonly count: number;
  /** They stand in tokens of ours, so that the agent does not have them. */
  readonly token?: true;
}

/** Some of a value, too little to prove anything by itself. */
export interface CarriedPart {
  readonly op: string;
  readonly type: string;
  /** Keyed hash of the whole value. */
  readonly check: number;
  /** Symbols of the whole value, at most 64, and bits of those that are here: the first 32 and the others. */
  readonly length: number;
  readonly low: number;
  readonly high: number;
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
  readonly scan?: AnswerScan;
  readonly side?: readonly SideFinding[];
  /** Words of the answer for guard four, as hashes; absent where the role has it off. */
  readonly trace?: AnswerTrace;
  /** Values of the answer that the ledger is to remember; absent where nobody has looked. */
  readonly seen?: SeenValues;
}

/** Keyed marks of values (actors/ledger/mark.ts), never the values. Bounded by limits.ledgerAnswerMarksMax. */
export interface SeenValues {
  /** Id of the key of their hashes. */
  readonly key: string;
  /** Names of their classes. */
  readonly types: readonly string[];
  /** Sixteen base64url characters each. */
  readonly marks: string;
  /** There were more than may be remembered. */
  readonly overflow?: true;
}
