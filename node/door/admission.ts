/**
 * How much of what agents send is here and not yet judged: read from a socket, waiting to be searched, or searched. It is what a
 * request costs before its agent's buckets see it. Owns the bounds by agent and of the node, and the order in which large bodies are
 * looked at. Does not own reading (body.ts, websocket.ts), the search (dlp/pool.ts), nor what an agent may do (its role).
 *
 * A1. Room is taken before a byte of a large body is kept, and given back once: when each request of it was judged or answered, or
 *     when its sender went before it was whole. A small body takes none.
 * A2. An agent has its bound under however many keys of one name, personas, sockets and addresses (principalShare).
 * A3. Others are no reason to refuse who has nothing here: the last part of the node's room is theirs.
 * A4. Large bodies are looked at one by one, agents in turn, and in between all else has as long as the last one took.
 * A5. Who is refused may come again; who waits (a socket, which is not read meanwhile) comes in its turn.
 */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { FairQueue } from "../upstream/fairqueue.ts";

export interface AdmissionBounds {
  readonly ownBytesMax: number;
  readonly allBytesMax: number;
  /** Beyond `allBytesMax`, for those who have nothing here. */
  readonly spareBytes: number;
}

const usual: AdmissionBounds = {
  ownBytesMax: limits.unjudgedBytesPerPrincipalMax,
  allBytesMax: limits.unjudgedBytesMax,
  spareBytes: limits.unjudgedSpareBytes,
};

interface Waiting {
  readonly owner: string;
  readonly admitted: (room: Room) => void;
}

export class Admission {
  readonly #bounds: AdmissionBounds;
  readonly #own = new Map<string, number>();
  #all = 0;
  readonly #turns = new FairQueue<() => void>(Number.POSITIVE_INFINITY);
  #isTurning = false;
  readonly #waiting = new FairQueue<Waiting>(Number.POSITIVE_INFINITY);

  constructor(bounds: AdmissionBounds = usual) {
    this.#bounds = bounds;
  }

  /** Bytes that are here and not yet judged. */
  get bytes(): number {
    return this.#all;
  }

  /** Sockets that are not read because their agent, or the node, has no room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws GatewayError TOO_MUCH_AT_ONCE when the agent has no room, OVERLOADED when the node has none */
  enter(owner: string, bytes: number): Room {
    const why = this.#whyNot(owner, bytes);
    if (why !== undefined) throw why;
    return this.#admit(owner, bytes);
  }

  /**
   * Room for the largest message, for who can wait and does not know how long it will be.
   *
   * @param admitted called once, perhaps before this returns
   * @returns what takes it back while it waits
   */
  await(owner: string, admitted: (room: Room) => void): () => void {
    const waiting = { owner, admitted };
    this.#waiting.add(owner, waiting);
    this.#letIn();
    return () => this.#waiting.delete(owner, waiting);
  }

  /** Calls `act` when it is this agent's turn: later, and never two in one round of the event loop. */
  turn(owner: string, act: () => void): void {
    this.#turns.add(owner, act);
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    const began = performance.now();
    try {
      this.#turns.next(() => true)?.();
    } finally {
      this.#isTurning = this.#turns.size > 0;
      const tookMs = performance.now() - began;
      // A small call takes some ten rounds from door to door: with one large body in each it waits for ten of them.
      if (this.#isTurning && tookMs < 1) setImmediate(() => this.#next());
      else if (this.#isTurning) setTimeout(() => this.#next(), tookMs);
    }
  }

  #admit(owner: string, bytes: number): Room {
    this.#count(owner, bytes);
    return new Room(
      bytes,
      (more) => {
        const why = this.#whyNot(owner, more);
        if (why !== undefined) throw why;
        this.#count(owner, more);
      },
      (less) => {
        this.#count(owner, -less);
        this.#letIn();
      },
    );
  }

  #whyNot(owner: string, bytes: number): GatewayError | undefined {
    const own = this.#own.get(owner) ?? 0;
    const { ownBytesMax, allBytesMax, spareBytes } = this.#bounds;
    if (own + bytes > ownBytesMax) return new GatewayError("TOO_MUCH_AT_ONCE");
    const room = own === 0 ? allBytesMax + spareBytes : allBytesMax;
    return this.#all + bytes > room ? new GatewayError("OVERLOADED", "large messages wait") : undefined;
  }

  #count(owner: string, bytes: number): void {
    this.#all += bytes;
    const own = (this.#own.get(owner) ?? 0) + bytes;
    if (own === 0) this.#own.delete(owner);
    else this.#own.set(owner, own);
  }

  #letIn(): void {
    const hasRoom = (owner: string): boolean => this.#whyNot(owner, limits.bodyBytesMax) === undefined;
    for (let next = this.#waiting.next(hasRoom); next !== undefined; next = this.#waiting.next(hasRoom))
      next.admitted(this.#admit(next.owner, limits.bodyBytesMax));
  }
}

/** What one body takes. */
export class Room {
  #bytes: number;
  #holders = 1;
  readonly #take: (bytes: number) => void;
  readonly #give: (bytes: number) => void;

  /** @param take throws when there is no more */
  constructor(bytes: number, take: (bytes: number) => void, give: (bytes: number) => void) {
    this.#bytes = bytes;
    this.#take = take;
    this.#give = give;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws GatewayError as Admission.enter */
  resize(bytes: number): void {
    if (this.#holders === 0) return;
    const before = this.#bytes;
    if (bytes > before) this.#take(bytes - before);
    this.#bytes = bytes;
    if (bytes < before) this.#give(before - bytes);
  }

  /** One more leaves before it is given back. */
  hold(): this {
    this.#holders++;
    return this;
  }

  leave(): void {
    if (this.#holders > 0 && --this.#holders === 0) this.#give(this.#bytes);
  }
}
