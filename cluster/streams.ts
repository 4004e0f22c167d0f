/**
 * The owner's side of its runners-up and candidates: the journal to them, when they are filled, and what an effect may rest
 * on. Owns what this node as an owner wants of the view. Does not own calls (ownership.ts), which shards are moved
 * (moves.ts), streams (outboxes.ts) nor what the view should say of one shard (standings.ts).
 *
 * R1. A runner-up is filled only while the view says that the shard has no copy in sync, and the mark is wanted only once
 *     the end of the fill is acknowledged: a copy that is being replaced is never taken for whole. After a planned hand-over
 *     nothing is filled: the mark that its swap has set stands while the former owner is asked to go on from what it has.
 * R2. The runner-up's word counts only while the view says it is in sync, it has the fill of this stream, and it has
 *     acknowledged beyond the mark (law 6). A candidate's word is needed too from the moment its fill is acknowledged, and
 *     while a swap may stand, unheard, that puts it in the runner-up's place.
 *     A copy is marked only when it has all that the fence log stood in for (fencing.ts, H3 and H4).
 * R3. Fills are paced by shards, sessions and bytes, and by what a receiver has not acknowledged: turns of calls do not
 *     wait behind them for long, here or there.
 * R4. An owner asks for a change of the view now and then, for all its shards at once: every node reads every view.
 * R5. A shard is handed over when nobody who was sent something of it under this epoch has it still before them: the entry
 *     would be refused there under the next, and with it all that follows in its stream.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import { Fills } from "./fills.ts";
import { sequenceIn } from "./holding.ts";
import type { Fill, Holding, Mark } from "./holding.ts";
import type { Host } from "./host.ts";
import type { AckFrame, Entry, JournalFrame, TurnEntry } from "./journal.ts";
import { Moves } from "./moves.ts";
import { Outboxes } from "./outboxes.ts";
import type { Receiver } from "./outboxes.ts";
import { Standings } from "./standings.ts";
import type { StreamOptions } from "./streamoptions.ts";
import type { Address } from "./transport.ts";
import { haveSamePlaces, isInSync, move, nobody, placeOf, stand } from "./view.ts";
import type { Member, Standing, View } from "./view.ts";

export interface StreamPorts<Event extends ActorEvent> {
  readonly view: () => View | undefined;
  readonly send: (to: Member, frame: JournalFrame<Event>) => void;
  readonly owned: () => Iterable<Holding>;
}

export class Streams<State, Event extends ActorEvent, Effect, World> {
  readonly #options: StreamOptions;
  readonly #ports: StreamPorts<Event>;
  readonly #host: Host<State, Event, Effect, World>;
  readonly #outboxes: Outboxes<Event>;
  readonly #standings: Standings<Event>;
  readonly #fills: Fills<State, Event, Effect, World>;
  readonly #moves: Moves;
  /** Owned shards whose standing in the view may have to change. */
  readonly #dirty = new Set<Holding>();
  /** Owned shards that somebody may have to be filled with: to look at all of them in each tick is too much. */
  readonly #unfilled = new Set<Holding>();
  /** With fills that are not acknowledged. */
  readonly #filling = new Set<Holding>();
  /** When this owner has had its share of changes of the view, if it asked for them one share after the other. */
  #sharedAt = 0;
  #shareMs = 0;

  constructor(options: StreamOptions, ports: StreamPorts<Event>, host: Host<State, Event, Effect, World>) {
    this.#options = options;
    this.#ports = ports;
    this.#host = host;
    this.#outboxes = new Outboxes(options.journalEntriesMax, {
      send: ports.send,
      ended: (stream) => this.#ended(stream),
      // Also those whose fill had not begun.
      doubted: () => {
        for (const holding of ports.owned()) this.#look(holding);
      },
    });
    this.#standings = new Standings(this.#outboxes);
    this.#fills = new Fills(host, options.journalEntriesMax);
    this.#moves = new Moves({
      id: options.id,
      isSuspect: (id) => this.#outboxes.isSuspect(id),
      isCopied: (view, holding) => this.#isCopied(view, holding),
      isAllAcked: (holding) => this.#isAllAcked(holding),
      sizeOf: (holding) => this.#fills.sizeOf(holding),
      changed: (holding) => this.#look(holding),
    });
  }

  /** Something of a shard is not as it was: what the view should say of it, or who is to be filled. */
  #look(holding: Holding): void {
    this.#dirty.add(holding);
    this.#unfilled.add(holding);
  }

  /**
   * Sends an entry behind the fills that there are; without one, the next fill has it.
   *
   * @param isLazy nothing waits for it: it leaves with what comes next, at the latest with the tick
   */
  push(holding: Holding, entry: TurnEntry<Event>, now: number, isLazy: boolean): Mark | undefined {
    const { fill, next, shard, epoch } = holding;
    holding.packing?.turned(entry.key);
    const sequence = this.#pushTo(fill, entry, now, isLazy);
    const beside = this.#pushTo(next, entry, now, isLazy);
    if ((fill !== undefined || next !== undefined) && ++holding.turns % this.#options.digestTurns === 0) {
      const digest = this.#host.digest([...holding.keys].sort());
      this.#pushTo(holding.fill, { kind: "digest", shard, epoch, digest }, now, true);
      this.#pushTo(holding.next, { kind: "digest", shard, epoch, digest }, now, true);
    }
    const { n } = entry;
    const candidate =
      next !== undefined && beside > 0 ? { stream: next.stream, sequence: beside } : undefined;
    if (fill === undefined || sequence === 0)
      return candidate === undefined ? undefined : { n, ...candidate };
    const mark = { n, stream: fill.stream, sequence };
    return candidate === undefined ? mark : { ...mark, beside: candidate };
  }

  /** @returns its place in the stream; 0 when that is over */
  #pushTo(fill: Fill | undefined, entry: Entry<Event>, now: number, isLazy: boolean): number {
    const outbox = fill === undefined ? undefined : this.#outboxes.of(fill.stream)?.outbox;
    if (fill === undefined || outbox === undefined) return 0;
    const sequence = outbox.push(entry, now);
    if (outbox.isOver) {
      this.#outboxes.end(fill.stream);
      return 0;
    }
    if (!isLazy) this.#outboxes.urge(outbox);
    fill.last = sequence;
    return sequence;
  }

  /** Whether all whose word is needed have everything up to a mark: the fence of what must not be lost or done twice. */
  isFenced(holding: Holding, mark: Mark | undefined): boolean {
    const view = this.#ports.view();
    const { shard, fill, next, promoting } = holding;
    if (view === undefined || !isInSync(view, shard) || !this.#has(fill, mark)) return false;
    const isJoint = next?.joined !== undefined || view.number <= promoting;
    return !isJoint || this.#has(next, mark);
  }

  #has(fill: Fill | undefined, mark: Mark | undefined): boolean {
    if (fill?.isAcked !== true) return false;
    const outbox = this.#outboxes.of(fill.stream)?.outbox;
    return outbox !== undefined && outbox.acked >= (sequenceIn(mark, fill.stream) ?? 0);
  }

  acknowledged(from: Address, frame: AckFrame, now: number): boolean {
    if (frame.faulty.length > 0) this.#refused(from, frame);
    if (!this.#outboxes.acknowledged(from, frame, now)) return false;
    const { outbox } = this.#outboxes.of(frame.stream) ?? {};
    for (const holding of this.#filling) {
      for (const fill of [holding.fill, holding.next]) {
        if (fill === undefined || fill.isAcked || fill.stream !== frame.stream) continue;
        if (outbox === undefined || fill.sequence > outbox.acked) continue;
        fill.isAcked = true;
        if (fill === holding.next) fill.joined = fill.last;
        this.#dirty.add(holding);
      }
      if (holding.fill?.isAcked !== false && holding.next?.isAcked !== false) this.#filling.delete(holding);
    }
    return true;
  }

  /** Copies that are not what they should be. What is said of one before a fill that is under way, is not of this fill. */
  #refused({ id }: Address, { stream, upTo, faulty }: AckFrame): void {
    if (this.#outboxes.of(stream)?.id !== id) return;
    const isFaulty = (fill: Fill | undefined): boolean => fill?.stream === stream && fill.sequence <= upTo;
    for (const holding of this.#ports.owned()) {
      if (!faulty.includes(holding.shard)) continue;
      if (isFaulty(holding.fill)) this.#unfill(holding);
      if (isFaulty(holding.next)) this.#drop(holding);
    }
  }

  viewed(before: View | undefined, view: View, now: number, isActing: boolean): void {
    this.#outboxes.viewed(view);
    const hasNewMembers = before === undefined || !haveSamePlaces(before, view);
    for (const holding of this.#ports.owned()) {
      const { shard, fill, next } = holding;
      const runner = view.runner[shard] ?? nobody;
      if (fill !== undefined && this.#standings.receiver(view, fill) !== runner) this.#unfill(holding);
      if (next !== undefined && this.#standings.receiver(view, next) === runner)
        this.#promoted(holding, next);
      else if (
        hasNewMembers ||
        runner !== before.runner[shard] ||
        view.inSync[shard] !== before.inSync[shard] ||
        view.lostAt[shard] !== before.lostAt[shard]
      )
        this.#look(holding);
    }
    this.#moves.viewed(view, this.#ports.owned(), hasNewMembers);
    // At once: until its fill is acknowledged, a shard has no copy in sync.
    if (isActing) this.#fillAll(view, now);
  }

  /**
   * Ownership began anew.
   *
   * @param isHandedOver by its former owner, who is in sync; else no copy of this epoch is anywhere
   */
  begin(holding: Holding, isHandedOver: boolean, now: number): void {
    this.#moves.begin(holding);
    this.#unfill(holding);
    this.#drop(holding);
    holding.packing = undefined;
    holding.left.clear();
    const view = this.#ports.view();
    const member = view?.members[view.runner[holding.shard] ?? nobody];
    if (!isHandedOver || member === undefined) return;
    // It has had our acknowledgement of everything.
    this.#outboxes.trust(member.id);
    const receiver = this.#outboxes.to(member, now);
    holding.fill = this.#sent(holding, receiver, this.#fills.keep(holding, receiver, now));
  }

  tick(now: number, isActing: boolean): void {
    const view = this.#ports.view();
    if (view === undefined) return;
    this.#outboxes.tick(view, now);
    if (!isActing) return;
    this.#fillAll(view, now);
    this.#moves.tick(view, now);
  }

  /** The acknowledgement of what was pushed last is waited for. */
  urge({ fill, next }: Holding): void {
    for (const each of [fill, next])
      this.#outboxes.urge(each === undefined ? undefined : this.#outboxes.of(each.stream)?.outbox);
  }

  /** An answer is about to leave: the tick's journal leaves before it (peer.ts, E2). */
  hasten(): void {
    this.#outboxes.hasten();
  }

  /** Sends what was pushed, if anything in it is due. */
  flush(): void {
    this.#outboxes.flush(this.#ports.view());
  }

  /** What the view should say of the shards owned here, and did not when it was looked at last. */
  wants(view: View, now: number): { readonly next: View } | undefined {
    // Two in a row, after a pause: another runner-up, and its mark.
    if (now < this.#sharedAt - this.#shareMs) return undefined;
    const own = placeOf(view, this.#options.id);
    const standings: Standing[] = [];
    const marked: Holding[] = [];
    for (const holding of this.#dirty) {
      const { shard, epoch, target, next: candidate } = holding;
      if (view.owner[shard] !== own || view.epoch[shard] !== epoch || holding.epoch === 0) {
        this.#dirty.delete(holding);
        continue;
      }
      const standing = this.#standings.of(view, own, holding);
      const isSaid = standing.runner === view.runner[shard] && standing.inSync === isInSync(view, shard);
      // Waits only for what the log stood in for, or for a candidate: acknowledgements of it make nothing dirty.
      const isJoining =
        candidate?.joined !== undefined && this.#standings.receiver(view, candidate) !== target;
      const isOwed = (holding.fill?.isAcked === true && !standing.inSync) || isJoining;
      if (standing.inSync) marked.push(holding);
      if (!isSaid || (standing.isLost && view.lostAt[shard] !== epoch)) standings.push(standing);
      else if (!isOwed) this.#dirty.delete(holding);
    }
    const stood = stand(view, own, standings);
    const handed = this.#moves.ready(view, now);
    const next = move(stood ?? view, own, handed) ?? stood;
    if (next === undefined) return undefined;
    for (const holding of stood === undefined ? [] : marked) {
      holding.marking = view.number;
      if (next.runner[holding.shard] !== view.runner[holding.shard]) holding.promoting = view.number;
    }
    const isMoved = ({ shard }: { readonly shard: number }): boolean => next.owner[shard] !== own;
    this.#moves.handOver(handed.map(({ holding }) => holding).filter(isMoved), view, next.number, now);
    const live = view.members.filter(({ isLive }) => isLive).length;
    this.#shareMs = limits.viewShareMs * live;
    this.#sharedAt = Math.max(this.#sharedAt, now) + this.#shareMs;
    return { next };
  }

  /** What was wanted of the view came too late: another's change stands, and this one was none. */
  unheeded(): void {
    this.#sharedAt -= this.#shareMs;
  }

  /**
   * Runners-up where the view says that there is no copy in sync; then candidates, where it says that there is one. Of both
   * those that go in one slice before those that do not, which would hold up all others.
   */
  #fillAll(view: View, now: number): void {
    if (this.#unfilled.size === 0) return;
    const own = placeOf(view, this.#options.id);
    const { fillStatesMax } = this.#options;
    const [bare, largeBare, safe, largeSafe] = [[], [], [], []] as Holding[][];
    const isLarge = ({ keys }: Holding): boolean => keys.size > fillStatesMax;
    for (const holding of this.#unfilled)
      if (holding.epoch === 0 || this.#standings.isFilled(view, own, holding)) {
        holding.packing = undefined;
        this.#unfilled.delete(holding);
      } else if (isInSync(view, holding.shard)) (isLarge(holding) ? largeSafe : safe)?.push(holding);
      else (isLarge(holding) ? largeBare : bare)?.push(holding);
    let [shards, states, bytes] = [0, 0, 0];
    for (const holding of [bare, largeBare, safe, largeSafe].flatMap((each = []) => each)) {
      const receiver = this.#toFill(view, own, holding, now);
      if (receiver === undefined) holding.packing = undefined;
      if (receiver === undefined || !this.#fills.hasRoom(receiver)) continue;
      if (!isLarge(holding) && states > 0 && states + holding.keys.size > fillStatesMax) return;
      const sent = this.#fills.send(holding, receiver, now, { states: fillStatesMax - states, bytes: limits.fillBytesPerTickMax - bytes }); // prettier-ignore
      states += sent.looked;
      bytes += sent.bytes;
      if (sent.fill === "more") this.#outboxes.urge(receiver.outbox);
      else {
        const fill = this.#sent(holding, receiver, sent.fill === "over" ? undefined : sent.fill);
        if (isInSync(view, holding.shard)) holding.next = fill;
        else holding.fill = fill;
      }
      if (++shards >= limits.fillsPerTickMax || states >= fillStatesMax || bytes >= limits.fillBytesPerTickMax) return; // prettier-ignore
    }
  }

  #toFill(view: View, own: number, holding: Holding, now: number): Receiver<Event> | undefined {
    const { shard, fill, next, isTold, isRestored, promoting } = holding;
    if (!isTold || !isRestored) return undefined;
    if (!isInSync(view, shard)) {
      if (fill !== undefined) return undefined;
      return this.#goodReceiver(view, view.runner[shard] ?? nobody, now);
    }
    const candidate = this.#standings.candidate(view, own, holding);
    if (next !== undefined && this.#standings.receiver(view, next) !== candidate) this.#drop(holding);
    // A swap that names it may stand, unheard: then it is not filled again.
    const isFree = holding.next === undefined && fill?.isAcked === true && view.number > promoting;
    return isFree && candidate !== undefined ? this.#goodReceiver(view, candidate, now) : undefined;
  }

  #goodReceiver(view: View, place: number, now: number): Receiver<Event> | undefined {
    const member = view.members[place];
    if (member?.isLive !== true || this.#outboxes.isSuspect(member.id)) return undefined;
    return this.#outboxes.to(member, now);
  }

  /** A fill is on its way, or the stream is over with it. */
  #sent(holding: Holding, { outbox }: Receiver<Event>, fill: Fill | undefined): Fill | undefined {
    if (fill === undefined) {
      this.#outboxes.end(outbox.stream);
      return undefined;
    }
    this.#outboxes.urge(outbox);
    holding.left.delete(outbox.stream);
    this.#filling.add(holding);
    return fill;
  }

  /** Whether who is to own a shard has all of it, but for what is on its way. */
  #isCopied(view: View, { fill, next, target = nobody }: Holding): boolean {
    return [fill, next].some(
      (each) => each?.isAcked === true && this.#standings.receiver(view, each) === target,
    );
  }

  #isAllAcked(holding: Holding): boolean {
    const { fill, next, left } = holding;
    const isAcked = (stream: number, last: number): boolean => (this.#outboxes.of(stream)?.outbox.acked ?? Infinity) >= last; // prettier-ignore
    for (const [stream, last] of left)
      if (isAcked(stream, last)) left.delete(stream);
      else return false;
    return [fill, next].every((each) => each === undefined || isAcked(each.stream, each.last));
  }

  #ended(stream: number): void {
    for (const holding of this.#ports.owned()) {
      if (holding.fill?.stream === stream) this.#unfill(holding);
      if (holding.next?.stream === stream) this.#drop(holding);
      holding.left.delete(stream);
    }
  }

  #promoted(holding: Holding, next: Fill): void {
    this.#unfill(holding);
    holding.fill = next;
    holding.next = undefined;
    next.joined = undefined;
  }

  #unfill(holding: Holding): void {
    this.#leave(holding, holding.fill);
    holding.fill = undefined;
    this.#look(holding);
  }

  #drop(holding: Holding): void {
    this.#leave(holding, holding.next);
    holding.next = undefined;
    this.#look(holding);
  }

  #leave({ left }: Holding, fill: Fill | undefined): void {
    if (fill !== undefined && this.#outboxes.of(fill.stream) !== undefined) left.set(fill.stream, fill.last);
  }
}
