/**
 * The owner's side of its runners-up: streams, fills, the in-sync mark, suspicion, and planned moves. Owns what this node
 * as an owner wants of the view. Does not own calls (ownership.ts).
 *
 * R1. A fill begins only while the view says that the shard has no copy in sync, and the mark is wanted only once the end
 *     of the fill is acknowledged: a copy that is being replaced is never taken for whole.
 * R2. The runner-up's word counts only while the view says it is in sync, it has the fill of this stream, and it has
 *     acknowledged beyond the mark (law 6).
 *     A copy is marked only when it has all that the fence log stood in for (fencing.ts, H3 and H4).
 * R3. A shard is moved when it is frozen, has no call under way, and everything is acknowledged; it stays frozen until a
 *     view is seen that is newer than the one its swap was based on.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Holding, Mark } from "./holding.ts";
import type { Host } from "./host.ts";
import { Outbox } from "./journal.ts";
import type { AckFrame, Entry, JournalFrame } from "./journal.ts";
import type { Address } from "./transport.ts";
import { isInSync, move, nobody, placeOf, ranked, stand } from "./view.ts";
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

const moveEveryMs = 1_000;

interface Peer<Event extends ActorEvent> {
  readonly incarnation: number;
  readonly outbox: Outbox<Event>;
  beatAt: number;
}

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
  readonly #frozen = new Set<Holding>();
  #streams = 0;
  #moveAt = 0;

  constructor(options: StreamOptions, ports: StreamPorts<Event>, host: Host<State, Event, Effect, World>) {
    this.#options = options;
    this.#ports = ports;
    this.#host = host;
  }

  /** Sends an entry behind the fill that there is; without one, the next fill has it. */
  push(holding: Holding, entry: Entry<Event>, now: number): Mark | undefined {
    const outbox = this.#outboxOf(holding);
    if (outbox === undefined) return undefined;
    const mark = { stream: outbox.stream, sequence: outbox.push(entry, now) };
    if (outbox.isOver) this.#end(outbox.stream);
    else if (entry.kind === "turn" && ++holding.turns % this.#options.digestTurns === 0) {
      const { shard, epoch } = holding;
      outbox.push({ kind: "digest", shard, epoch, digest: this.#host.digest([...holding.keys].sort()) }, now);
    }
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

  viewed(before: View | undefined, view: View): void {
    for (const [id, { incarnation, outbox }] of this.#peers) {
      const member = view.members[placeOf(view, id)];
      if (member?.isLive !== true || member.incarnation !== incarnation) this.#end(outbox.stream);
    }
    for (const holding of this.#ports.owned()) {
      if (before === undefined || view.runner[holding.shard] !== before.runner[holding.shard])
        this.#unfill(holding);
      if (holding.frozen !== undefined && view.number > holding.frozen.base) holding.frozen = undefined;
      this.#dirty.add(holding);
    }
  }

  /** Ownership began anew: no copy of this epoch is anywhere. */
  begin(holding: Holding): void {
    holding.frozen = undefined;
    holding.target = undefined;
    this.#unfill(holding);
  }

  tick(now: number, isActing: boolean): void {
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
    if (now >= this.#moveAt) this.#plan(view, now);
    for (const holding of this.#frozen) {
      const { frozen } = holding;
      // A call takes its time: another time. Once the swap is out, only a newer view tells what became of it.
      const isWaiting = frozen?.base === Number.POSITIVE_INFINITY;
      if (isWaiting && now - frozen.since > limits.moveFreezeMs) holding.frozen = undefined;
    }
  }

  /** Sends what was pushed. */
  flush(): void {
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
    const next = stand(view, own, standings);
    if (next !== undefined) for (const holding of marked) holding.marking = view.number;
    if (next !== undefined) return { next };
    return this.#move(view, own, now);
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
    let count = 0;
    for (const holding of this.#ports.owned()) {
      if (holding.fill !== undefined || isInSync(view, holding.shard) || !holding.isTold) continue;
      const member = view.members[view.runner[holding.shard] ?? nobody];
      if (member?.isLive !== true || this.#suspects.has(member.id)) continue;
      this.#fill(holding, member, now);
      if (++count >= limits.fillsPerTickMax) return;
    }
  }

  #fill(holding: Holding, member: Member, now: number): void {
    const { outbox } = this.#peerOf(member, now);
    const { shard, epoch, n } = holding;
    const states = [...holding.keys].flatMap((key): [string, Uint8Array][] => {
      const bytes = this.#host.pack(key);
      return bytes === undefined ? [] : [[key, bytes]];
    });
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
    if (outbox.isOver) return this.#end(outbox.stream);
    holding.fill = { stream: outbox.stream, sequence, isAcked: false };
    this.#filling.add(holding);
  }

  /** Shards that another member should have, a few at a time: first it becomes runner-up, then owner. */
  #plan(view: View, now: number): void {
    this.#moveAt = now + moveEveryMs;
    const own = placeOf(view, this.#options.id);
    let underWay = 0;
    for (const holding of this.#ports.owned()) {
      if (underWay >= limits.movesMax) return;
      const [best] = ranked(view.members, holding.shard, 1);
      const member = view.members[best ?? nobody];
      const isWanted =
        best !== undefined && best !== own && member !== undefined && !this.#suspects.has(member.id);
      if (holding.target !== undefined && (!isWanted || holding.target !== best)) holding.target = undefined;
      if (!isWanted) continue;
      underWay++;
      holding.target = best;
      this.#dirty.add(holding);
      if (
        view.runner[holding.shard] === best &&
        isInSync(view, holding.shard) &&
        holding.frozen === undefined
      )
        this.#freeze(holding, now);
    }
  }

  #freeze(holding: Holding, now: number): void {
    holding.frozen = { since: now, base: Number.POSITIVE_INFINITY };
    this.#frozen.add(holding);
  }

  #move(view: View, own: number, now: number): { next: View } | undefined {
    for (const holding of this.#frozen) {
      const { shard, epoch, frozen, target, running } = holding;
      if (frozen === undefined || holding.epoch === 0) this.#frozen.delete(holding);
      if (frozen === undefined || frozen.base !== Number.POSITIVE_INFINITY || running > 0) continue;
      if (target !== view.runner[shard] || !this.#isAllAcked(holding)) continue;
      const next = move(view, own, shard, epoch);
      if (next === undefined) continue;
      holding.frozen = { since: now, base: view.number };
      return { next };
    }
    return undefined;
  }

  #isAllAcked(holding: Holding): boolean {
    const outbox = this.#outboxOf(holding);
    return outbox !== undefined && this.isFenced(holding, { stream: outbox.stream, sequence: outbox.last });
  }

  #suspect(id: string, now: number): void {
    this.#suspects.set(id, now + limits.runnerUpSuspectMs);
    const peer = this.#peers.get(id);
    if (peer !== undefined) this.#end(peer.outbox.stream);
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
    const peer = { incarnation, outbox, beatAt: now };
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
