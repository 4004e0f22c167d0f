/**
 * The owner's side of its runners-up: streams, fills, the in-sync mark and suspicion. Owns what this node as an owner wants
 * of the view. Does not own calls (ownership.ts), nor which shards are moved (moves.ts).
 *
 * R1. A fill begins only while the view says that the shard has no copy in sync, and the mark is wanted only once the end
 *     of the fill is acknowledged: a copy that is being replaced is never taken for whole.
 * R2. The runner-up's word counts only while the view says it is in sync, it has the fill of this stream, and it has
 *     acknowledged beyond the mark (law 6).
 *     A copy is marked only when it has all that the fence log stood in for (fencing.ts, H3 and H4).
 * R3. Fills are paced by shards, sessions and bytes, and by what a runner-up has not acknowledged: turns of calls do not
 *     wait behind them for long, here or there.
 * R4. An owner asks for a change of the view now and then, for all its shards at once: every node reads every view.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Holding, Mark } from "./holding.ts";
import type { Host } from "./host.ts";
import { Outbox } from "./journal.ts";
import type { AckFrame, Entry, JournalFrame } from "./journal.ts";
import { Moves } from "./moves.ts";
import type { Address } from "./transport.ts";
import { haveSamePlaces, isInSync, move, nobody, placeOf, ranked, stand } from "./view.ts";
import type { Member, Standing, View } from "./view.ts";

export interface StreamOptions {
  readonly id: string;
  /** Entries kept for a runner-up that does not acknowledge. */
  readonly journalEntriesMax: number;
  /** Journalled turns of a shard between two digests. */
  readonly digestTurns: number;
}

export interface StreamPorts<Event extends ActorEvent> {
  readonly view: () => View | undefined;
  readonly send: (to: Member, frame: JournalFrame<Event>) => void;
  readonly owned: () => Iterable<Holding>;
}

interface Peer<Event extends ActorEvent> {
  readonly incarnation: number;
  readonly outbox: Outbox<Event>;
  beatAt: number;
  /** Fills that it has not acknowledged. */
  readonly fills: { readonly sequence: number; readonly bytes: number }[];
  fillBytes: number;
}

/** Bytes of a session's state, until some were packed. */
const stateBytesGuess = 2_048;
/** States over which their mean size is taken. */
const statesMeasured = 10_000;

export class Streams<State, Event extends ActorEvent, Effect, World> {
  readonly #options: StreamOptions;
  readonly #ports: StreamPorts<Event>;
  readonly #host: Host<State, Event, Effect, World>;
  readonly #peers = new Map<string, Peer<Event>>();
  readonly #suspects = new Map<string, number>();
  /** Owned shards whose standing in the view may have to change. */
  readonly #dirty = new Set<Holding>();
  /** Fills that are not acknowledged. */
  readonly #filling = new Set<Holding>();
  readonly #moves: Moves;
  #streams = 0;
  #isDue = false;
  /** Before it nothing more is asked of the view. */
  #askAt = 0;
  #measured = { states: 1, bytes: stateBytesGuess };

  constructor(options: StreamOptions, ports: StreamPorts<Event>, host: Host<State, Event, Effect, World>) {
    this.#options = options;
    this.#ports = ports;
    this.#host = host;
    this.#moves = new Moves({
      id: options.id,
      isSuspect: (id) => this.#suspects.has(id),
      isAllAcked: (holding) => this.#isAllAcked(holding),
      sizeOf: ({ keys }) => (keys.size * this.#measured.bytes) / this.#measured.states,
      changed: (holding) => void this.#dirty.add(holding),
    });
  }

  /**
   * Sends an entry behind the fill that there is; without one, the next fill has it.
   *
   * @param isLazy nothing waits for it: it leaves with what comes next, at the latest with the tick
   */
  push(holding: Holding, entry: Entry<Event>, now: number, isLazy: boolean): Mark | undefined {
    const outbox = this.#outboxOf(holding);
    if (outbox === undefined) return undefined;
    const mark = { stream: outbox.stream, sequence: outbox.push(entry, now) };
    if (!isLazy) {
      outbox.urge();
      this.#isDue = true;
    }
    if (outbox.isOver) this.#end(outbox.stream);
    else if (entry.kind === "turn" && ++holding.turns % this.#options.digestTurns === 0) {
      const { shard, epoch } = holding;
      outbox.push({ kind: "digest", shard, epoch, digest: this.#host.digest([...holding.keys].sort()) }, now);
    }
    if (holding.fill !== undefined) holding.fill.last = mark.sequence;
    return outbox.isOver ? undefined : mark;
  }

  /** Whether the in-sync runner-up has everything up to a mark: the fence of what must not be lost or done twice. */
  isFenced(holding: Holding, mark: Mark | undefined): boolean {
    const view = this.#ports.view();
    if (view === undefined || !isInSync(view, holding.shard)) return false;
    const outbox = this.#outboxOf(holding);
    if (outbox === undefined || holding.fill?.isAcked !== true) return false;
    return mark?.stream !== outbox.stream || outbox.acked >= mark.sequence;
  }

  acknowledged(from: Address, frame: AckFrame, now: number): boolean {
    this.#suspects.delete(from.id);
    const peer = this.#peers.get(from.id);
    if (peer === undefined || peer.incarnation !== from.incarnation) return false;
    if (frame.stream !== peer.outbox.stream) return false;
    if (frame.faulty.length > 0)
      for (const holding of this.#ports.owned())
        if (frame.faulty.includes(holding.shard) && holding.fill?.stream === frame.stream)
          this.#unfill(holding);
    if (!peer.outbox.acknowledge(frame, now)) return false;
    for (
      let first = peer.fills[0];
      first !== undefined && first.sequence <= peer.outbox.acked;
      first = peer.fills[0]
    ) {
      peer.fillBytes -= first.bytes;
      peer.fills.shift();
    }
    for (const holding of this.#filling) {
      const { fill } = holding;
      if (fill !== undefined && fill.stream === frame.stream && fill.sequence > peer.outbox.acked) continue;
      if (fill !== undefined && fill.stream !== frame.stream) continue;
      this.#filling.delete(holding);
      if (fill === undefined) continue;
      fill.isAcked = true;
      this.#dirty.add(holding);
    }
    return true;
  }

  viewed(before: View | undefined, view: View, now: number, isActing: boolean): void {
    for (const [id, { incarnation, outbox }] of this.#peers) {
      const member = view.members[placeOf(view, id)];
      if (member?.isLive !== true || member.incarnation !== incarnation) this.#end(outbox.stream);
    }
    const hasNewMembers = before === undefined || !haveSamePlaces(before, view);
    for (const holding of this.#ports.owned()) {
      const { shard } = holding;
      if (before === undefined || view.runner[shard] !== before.runner[shard]) this.#unfill(holding);
      else if (
        hasNewMembers ||
        view.inSync[shard] !== before.inSync[shard] ||
        view.lostAt[shard] !== before.lostAt[shard]
      )
        this.#dirty.add(holding);
    }
    this.#moves.viewed(view, this.#ports.owned(), hasNewMembers);
    // At once: until its fill is acknowledged, a shard has no copy in sync.
    if (isActing) this.#fillAll(view, now);
  }

  /** Ownership began anew: no copy of this epoch is anywhere. */
  begin(holding: Holding): void {
    this.#moves.begin(holding);
    this.#unfill(holding);
  }

  tick(now: number, isActing: boolean): void {
    this.#isDue = true;
    const view = this.#ports.view();
    if (view === undefined) return;
    for (const [id, until] of this.#suspects) if (now >= until) this.#suspects.delete(id);
    for (const [id, peer] of this.#peers) {
      if (peer.outbox.silentMs(now) >= limits.runnerUpAckMs && !this.#suspects.has(id))
        this.#suspect(id, now);
      peer.outbox.resend(now);
      if (now - peer.beatAt < limits.journalBeatMs) continue;
      peer.beatAt = now;
      const member = view.members[placeOf(view, id)];
      if (member !== undefined) this.#ports.send(member, peer.outbox.beat());
    }
    if (!isActing) return;
    this.#fillAll(view, now);
    this.#moves.tick(view, now);
  }

  /** The acknowledgement of what was pushed last is waited for. */
  urge(holding: Holding): void {
    this.#outboxOf(holding)?.urge();
    this.#isDue = true;
  }

  /** An answer is about to leave: the tick's journal leaves before it (peer.ts, E2). */
  hasten(): void {
    this.#isDue = true;
  }

  /** Sends what was pushed, if anything in it is due. */
  flush(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    const view = this.#ports.view();
    if (view === undefined) return;
    for (const [id, { incarnation, outbox }] of this.#peers) {
      for (let frame = outbox.take(); frame !== undefined; frame = outbox.take()) {
        const member = view.members[placeOf(view, id)];
        if (member?.incarnation === incarnation) this.#ports.send(member, frame);
      }
    }
  }

  /** What the view should say of the shards owned here, and did not when it was looked at last. */
  wants(view: View, now: number): { readonly next: View } | undefined {
    if (now < this.#askAt) return undefined;
    const own = placeOf(view, this.#options.id);
    const standings: Standing[] = [];
    const marked: Holding[] = [];
    for (const holding of this.#dirty) {
      const { shard, epoch } = holding;
      if (view.owner[shard] !== own || view.epoch[shard] !== epoch || holding.epoch === 0)
        this.#dirty.delete(holding);
      else {
        const standing = this.#standing(view, own, holding);
        const isSaid = standing.runner === view.runner[shard] && standing.inSync === isInSync(view, shard);
        // Waits only for what the log stood in for: acknowledgements of it make nothing dirty.
        const isOwed = holding.fill?.isAcked === true && !standing.inSync;
        if (standing.inSync) marked.push(holding);
        if (!isSaid || (standing.isLost && view.lostAt[shard] !== epoch)) standings.push(standing);
        else if (!isOwed) this.#dirty.delete(holding);
      }
    }
    const stood = stand(view, own, standings);
    const handed = this.#moves.ready(view, now);
    const next = move(stood ?? view, own, handed) ?? stood;
    if (next === undefined) return undefined;
    if (stood !== undefined) for (const holding of marked) holding.marking = view.number;
    this.#moves.handOver(handed.filter(({ shard }) => next.owner[shard] !== own), view, now); // prettier-ignore
    const live = view.members.filter(({ isLive }) => isLive).length;
    this.#askAt = now + limits.viewShareMs * live;
    return { next };
  }

  #standing(view: View, own: number, holding: Holding): Standing {
    const { shard, epoch, lostAt, fill, target, logged } = holding;
    const now = view.runner[shard] ?? nobody;
    const isGood = (place: number): boolean => {
      const member = view.members[place];
      return member?.isLive === true && place !== own && !this.#suspects.has(member.id);
    };
    let runner = now;
    if (target !== undefined && isGood(target)) runner = target;
    else if (!isGood(now)) runner = ranked(view.members, shard, 1, (place) => !isGood(place))[0] ?? now;
    const peer = this.#peers.get(view.members[now]?.id ?? "");
    const isFilled = fill?.isAcked === true && fill.stream === peer?.outbox.stream;
    const isLogged = logged?.stream !== fill?.stream || (peer?.outbox.acked ?? 0) >= (logged?.sequence ?? 0);
    const inSync = runner === now && isFilled && isLogged && isGood(now);
    return { shard, epoch, runner, inSync, isLost: lostAt === epoch };
  }

  #fillAll(view: View, now: number): void {
    let [shards, states, bytes] = [0, 0, 0];
    for (const holding of this.#ports.owned()) {
      if (holding.fill !== undefined || isInSync(view, holding.shard) || !holding.isTold) continue;
      const member = view.members[view.runner[holding.shard] ?? nobody];
      if (member?.isLive !== true || this.#suspects.has(member.id)) continue;
      const peer = this.#peerOf(member, now);
      if (peer.fillBytes >= limits.fillWindowBytes) continue;
      if (peer.outbox.waiting >= this.#options.journalEntriesMax / 4) continue;
      // One that is larger than what a tick may take goes alone.
      if (states > 0 && states + holding.keys.size > limits.fillStatesPerTickMax) return;
      states += holding.keys.size;
      bytes += this.#fill(holding, peer, now);
      if (++shards >= limits.fillsPerTickMax || bytes >= limits.fillBytesPerTickMax) return;
    }
  }

  /** @returns bytes of states that it took */
  #fill(holding: Holding, peer: Peer<Event>, now: number): number {
    const { outbox } = peer;
    const { shard, epoch, n } = holding;
    const states: [string, Uint8Array][] = [];
    let bytes = 0;
    for (const key of holding.keys) {
      const packed = this.#host.pack(key);
      if (packed === undefined) continue;
      states.push([key, packed]);
      bytes += key.length + packed.length;
    }
    const parts = chunked(states);
    let sequence = 0;
    for (const [at, part] of parts.entries()) {
      const [isFirst, isLast] = [at === 0, at === parts.length - 1];
      const operations = isLast ? holding.operations.rows() : [];
      sequence = outbox.push(
        { kind: "fill", shard, epoch, n, isFirst, isLast, states: part, operations },
        now,
      );
    }
    this.#measure(states.length, bytes);
    if (outbox.isOver) this.#end(outbox.stream);
    else {
      outbox.urge();
      this.#isDue = true;
      peer.fills.push({ sequence, bytes });
      peer.fillBytes += bytes;
      holding.fill = { stream: outbox.stream, sequence, last: sequence, isAcked: false };
      this.#filling.add(holding);
    }
    return bytes;
  }

  #measure(states: number, bytes: number): void {
    const measured = this.#measured;
    const kept = measured.states > statesMeasured ? 0.5 : 1;
    this.#measured = { states: measured.states * kept + states, bytes: measured.bytes * kept + bytes };
  }

  #isAllAcked(holding: Holding): boolean {
    const { fill } = holding;
    return fill !== undefined && this.isFenced(holding, { stream: fill.stream, sequence: fill.last });
  }

  #suspect(id: string, now: number): void {
    this.#suspects.set(id, now + limits.runnerUpSuspectMs);
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#end(peer.outbox.stream);
    // Also those whose fill had not begun.
    for (const holding of this.#ports.owned()) this.#dirty.add(holding);
  }

  #end(stream: number): void {
    for (const [id, peer] of this.#peers) if (peer.outbox.stream === stream) this.#peers.delete(id);
    for (const holding of this.#ports.owned()) if (holding.fill?.stream === stream) this.#unfill(holding);
  }

  #unfill(holding: Holding): void {
    holding.fill = undefined;
    this.#dirty.add(holding);
  }

  #outboxOf({ fill }: Holding): Outbox<Event> | undefined {
    if (fill === undefined) return undefined;
    for (const { outbox } of this.#peers.values()) if (outbox.stream === fill.stream) return outbox;
    return undefined;
  }

  #peerOf({ id, incarnation }: Member, now: number): Peer<Event> {
    const known = this.#peers.get(id);
    if (known !== undefined && known.incarnation === incarnation) return known;
    const outbox = new Outbox<Event>(++this.#streams, now, this.#options.journalEntriesMax);
    const peer = { incarnation, outbox, beatAt: now, fills: [], fillBytes: 0 };
    this.#peers.set(id, peer);
    return peer;
  }
}

/** States in parts of at most limits.fillBytesMax; one empty part when there are none. */
function chunked(states: readonly [string, Uint8Array][]): [string, Uint8Array][][] {
  const parts: [string, Uint8Array][][] = [[]];
  let bytes = 0;
  for (const state of states) {
    bytes += state[0].length + state[1].length;
    if (bytes > limits.fillBytesMax && parts.at(-1)?.length !== 0) {
      parts.push([]);
      bytes = state[0].length + state[1].length;
    }
    parts.at(-1)?.push(state);
  }
  return parts;
}
