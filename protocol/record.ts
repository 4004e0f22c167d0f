/**
 * Records: one line of JSON per decision, chained. The same line carries the turn's journalled event, so that the
 * sequence of one session's lines replays its actor (docs/records.md).
 *
 * R1. A line's bytes are what is hashed; nobody re-serialises to verify.
 * R2. `prev` is the hash of the line before in the same (shard, epoch) chain; `n` counts that chain from 1 without gap.
 * R3. A record holds facts, never bodies, never a secret.
 */
import type { OperationId, SessionKey } from "./id.ts";
import type { Verdict } from "./verdict.ts";

export const recordVersion = 1;

/** How certain a record must be before what it announces may happen (law 4). */
export type Durability = "written" | "synced";

export type RecordKind =
  /** An allowed call, before its tool can be reached. */
  | "intent"
  /** The answer of an intent: released, failed or unknown. */
  | "outcome"
  /** A call that was refused; `count` > 1 when it stands for an interval of equal refusals. */
  | "refusal"
  /** A session's role, kill, lift or passivation. */
  | "session"
  /** An operator's act: keys, kill, catalogue accept. */
  | "admin"
  /** The node's life: start, recovery, drain, quarantine of a definition, refused authentication (counted). */
  | "node";

/** What the writer of a record gives; the recorder adds v, shard, epoch, n and prev. */
export interface RecordBody {
  readonly kind: RecordKind;
  /** Epoch milliseconds of the turn. */
  readonly at: number;
  readonly session?: SessionKey;
  readonly op?: OperationId;
  /** How the caller proved who it is: "key", "jwt", "control"; never the credential. Key or token id beside it. */
  readonly auth?: { readonly by: string; readonly id?: string };
  readonly door?: string;
  readonly from?: string;
  /** MCP revision the agent speaks. */
  readonly revision?: string;
  readonly method?: string;
  /** Exposed name or URI; `server` and `target` as the upstream knows it. */
  readonly name?: string;
  readonly server?: string;
  readonly target?: string;
  /** Digest of the role table in force. */
  readonly role?: string;
  readonly verdict?: Verdict;
  readonly count?: number;
  readonly trace?: string;
  /** The journalled event of the actor: replaying these in order gives the same decisions. */
  readonly event?: { readonly kind: string; readonly at: number };
  /** Free facts of session, admin and node records: short strings and numbers in our own words. */
  readonly about?: { readonly [key: string]: string | number | boolean | null };
}

/** A line as stored. */
export interface RecordLine extends RecordBody {
  readonly v: typeof recordVersion;
  readonly shard: number;
  readonly epoch: number;
  readonly n: number;
  readonly prev: string;
}

/**
 * Ends each write. `hash` = SHA-256 over the previous seal's hash and all line bytes since it (base64url), so no
 * line can be dropped, added or changed without breaking every seal after it.
 */
export interface SealLine {
  readonly seal: number;
  readonly lines: number;
  readonly hash: string;
  /** Four characters of each line's own hash: they tell which line was changed when `hash` does not hold. */
  readonly marks: string;
}

/** First line of each segment file. `prev` is the last seal's hash of the segment before, or "" for the first. */
export interface SegmentHead {
  readonly segment: number;
  readonly v: typeof recordVersion;
  readonly node: string;
  readonly incarnation: string;
  readonly opened: number;
  readonly prev: string;
}

/** Where calls wait for their intent. The implementation is node/record. */
export interface Recorder {
  /**
   * Appends a record.
   *
   * @param then called once the record is as durable as asked, at the earliest at the end of this tick; with a
   *   RECORD_UNAVAILABLE error when it cannot be. Outcomes and copies pass none: they are never awaited.
   */
  append(body: RecordBody, durability: Durability, then?: (fault: Error | undefined) => void): void;
}
