/** What a node holds of one shard, as its owner or as its runner-up; one object for as long as the process lives. */
import type { Proof } from "./fencing.ts";
import { Operations } from "./operations.ts";

/** Where in a stream something stands; undefined: before any fill that is under way, so that the next one has it. */
export interface Mark {
  readonly stream: number;
  readonly sequence: number;
}

export class Holding {
  readonly shard: number;
  /** Sessions that were heard of here, in memory or put away. */
  readonly keys = new Set<string>();
  readonly operations = new Operations();
  /** Epoch of our ownership as the view says; 0 while another owns it. */
  epoch = 0;
  /** Epoch at which what was known of it was lost; 0 when it never was. */
  lostAt = 0;
  /** Entries of the chain of this epoch. */
  n = 0;
  /** Head of the chain before it, as far as it is known here. */
  cited = { epoch: 0, n: 0 };
  /** As runner-up: whose whole state this is, and by which stream. */
  copy: { readonly from: string; readonly stream: number; readonly epoch: number } | undefined;
  /** As owner: the fill of the runner-up that there is now, and the last entry of this shard in its stream. */
  fill: { readonly stream: number; readonly sequence: number; last: number; isAcked: boolean } | undefined;
  /** Last rise of each session that was not acknowledged when looked at last. */
  readonly risen = new Map<string, Proof>();
  /** As owner: what the fence log has of a lost past is told, or nothing is lost (fencing.ts, H4). */
  isTold = true;
  /** The last entry that is fenced by the log, or may be (H3). */
  logged: Mark | undefined;
  /** The view on which the last swap was based that marks the runner-up as in sync. */
  marking = 0;
  /** Place of the member it is to be moved to. */
  target: number | undefined;
  /** Takes no calls: it is being handed over. Since when, and the view on which the swap was based once it is out. */
  frozen: { readonly since: number; base: number } | undefined;
  /** Calls that are not ended. */
  running = 0;
  turns = 0;

  constructor(shard: number) {
    this.shard = shard;
  }
}
