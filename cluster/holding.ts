/**
 * What a node holds of one shard, as its owner or as its runner-up; one object for as long as the process lives, from the
 * moment when the node has something to do with the shard.
 */
import type { Proof } from "./fencing.ts";
import { Operations } from "./operations.ts";
import type { Packing } from "./packing.ts";

interface Place {
  readonly stream: number;
  readonly sequence: number;
}

/**
 * Where an entry stands in the stream to the runner-up, and beside it in that to a candidate. Who is not in it was not
 * filled then: the next fill has it. Undefined: nobody was.
 */
export interface Mark extends Place {
  /** The entry's own place in the chain of its epoch. */
  readonly n: number;
  readonly beside?: Place;
}

/** Where in a stream an entry stands; undefined: not in it. */
export function sequenceIn(mark: Mark | undefined, stream: number): number | undefined {
  if (mark?.stream === stream) return mark.sequence;
  return mark?.beside?.stream === stream ? mark.beside.sequence : undefined;
}

/** How a runner-up gets the state of a shard, and the journal behind it. */
export interface Fill {
  readonly stream: number;
  /** The last entry of the fill itself. */
  readonly sequence: number;
  /** The last entry of this shard in its stream. */
  last: number;
  isAcked: boolean;
  /** Nothing was sent: the runner-up is the former owner, and goes on from what it has. */
  readonly isKept: boolean;
  /** A candidate's: the last entry when its fill was acknowledged. From then on fences rest on it too. */
  joined: number | undefined;
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
  /** As owner: of the runner-up that there is now. */
  fill: Fill | undefined;
  /** As owner: of the candidate, who is filled beside a runner-up in sync. */
  next: Fill | undefined;
  /** As owner: on its way to one of them, over several slices. */
  packing: Packing | undefined;
  /** As owner: the last entries in streams that do not go on with this shard. */
  readonly left = new Map<number, number>();
  /** The view on which the last swap was based that puts the candidate in the runner-up's place. */
  promoting = 0;
  /** Last rise of each session that was not acknowledged when looked at last. */
  readonly risen = new Map<string, Proof>();
  /** As owner: what the fence log has of a lost past is told, or nothing is lost (fencing.ts, H4). */
  isTold = true;
  /** As owner: what the archive has of a lost past is rebuilt, or nothing is lost (restoring.ts, Z1). */
  isRestored = true;
  /** The last entry that is fenced by the log, or may be (H3). */
  logged: Mark | undefined;
  /** The view on which the last swap was based that marks the runner-up as in sync. */
  marking = 0;
  /** Place of the member it is to be moved to. */
  target: number | undefined;
  /**
   * Takes no calls: it is being handed over. Since when, and once the swap is out the view on which it was based, and the
   * epoch that it gives the shard.
   */
  frozen: { readonly since: number; readonly base: number; readonly given: number } | undefined;
  /** Calls that are not ended. */
  running = 0;
  turns = 0;

  constructor(shard: number) {
    this.shard = shard;
  }
}

/** Of all shards; one that this node never had to do with has no object. */
export class Holdings {
  readonly #known: (Holding | undefined)[] = [];

  constructor(count: number) {
    for (let shard = 0; shard < count; shard++) this.#known.push(undefined);
  }

  /** Undefined also where nothing is held yet. */
  known(shard: number): Holding | undefined {
    return this.#known[shard];
  }

  /** @returns one that nobody has, for what is no shard */
  of(shard: number): Holding {
    const holding = this.#known[shard] ?? new Holding(shard);
    if (shard in this.#known) this.#known[shard] = holding;
    return holding;
  }
}
