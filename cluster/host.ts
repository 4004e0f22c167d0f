/**
 * Where actors live on one node. Owns activations: which states are in memory, bringing them in and putting them away.
 * Does not own what a state decides (actors/actor.ts is all it knows), what becomes of effects, or the bytes on disk
 * (passivation.ts).
 *
 * H1. A turn is synchronous from the look-up to the effects. Nobody sees a state between two turns but `peek`.
 * H2. A key has one state. In memory it is newer than its row; a state that was put away and brought back is
 *     indistinguishable from one that stayed.
 * H3. A row that cannot be read refuses its key until an operator removes it: never a fresh state in its place, for
 *     that would be a pardon. So does a turn that threw: its state may be half written.
 * H4. Memory is bounded: activeMax states, those without a turn for longest put away first (activations.ts); when the
 *     disk takes none, no more are brought in.
 */
import { crc32 } from "node:zlib";
import { LRUCache } from "lru-cache";
import { Packr } from "msgpackr";
import type { Actor, ActorEvent } from "../actors/actor.ts";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { Activation, Activations } from "./activations.ts";
import { never } from "./passivation.ts";
import type { Passivation } from "./passivation.ts";

/** Takes each event that a replay needs, in the order of its key's turns. The runner-up's stream stands behind it. */
export interface Journal<Event, Effect> {
  append(key: string, event: Event, effects: readonly Effect[]): void;
}

export interface HostOptions<State, Event extends ActorEvent, Effect, World> {
  readonly actor: Actor<State, Event, Effect, World>;
  readonly world: World;
  readonly passivation: Passivation;
  readonly journal?: Journal<Event, Effect>;
  /** Told once of each key that is refused from now on (H3). */
  readonly onFault: (key: string, fault: GatewayError) => void;
  readonly activeMax?: number;
  readonly idleMs?: number;
}

/** A session as operators list it. */
export interface Listed<State> {
  readonly key: string;
  readonly isActive: boolean;
  /** Undefined when its row cannot be read. */
  readonly state: State | undefined;
}

/** Effects of a turn that time brought about. */
export interface Turned<Effect> {
  readonly key: string;
  readonly effects: readonly Effect[];
}

/** Bytes of the checksum before the packed state. */
const sumBytes = 4;
/** Keys read from disk at once while listing. */
const pageKeys = 256;

export class Host<State, Event extends ActorEvent, Effect, World> {
  readonly #options: HostOptions<State, Event, Effect, World>;
  readonly #idleMs: number;
  readonly #active: Activations<State>;
  /** Made with its first key: it takes its whole place at once, and most processes never refuse one. */
  #broken: LRUCache<string, GatewayError> | undefined;
  /** Keys with turns since their state was last put on disk. */
  readonly #touched = new Set<string>();
  /** Keys whose state waits for its time event, active or not. */
  readonly #due = new Set<string>();
  // Arrays, numbers and strings only: no records, no classes, nothing that unpacking could bring to life.
  readonly #packr = new Packr({ useRecords: false });

  constructor(options: HostOptions<State, Event, Effect, World>) {
    this.#options = options;
    this.#idleMs = options.idleMs ?? limits.sessionIdleMs;
    this.#active = new Activations(options.activeMax ?? limits.activeSessionsMax);
  }

  /** States in memory. */
  get active(): number {
    return this.#active.size;
  }

  /**
   * One turn of one actor, which is brought into memory for it.
   *
   * @param takenAt when it is taken: what the state is dated by, also where the event is of another time
   * @throws GatewayError INTERNAL when its state cannot be read (H3), OVERLOADED when no more can be held (H4)
   */
  turn(key: string, event: Event, takenAt = event.at): readonly Effect[] {
    const { actor, world, journal } = this.#options;
    const known = this.#active.get(key);
    const activation = known ?? this.#activate(key, takenAt);
    let effects: readonly Effect[];
    try {
      effects = actor.decide(activation.state, event, world);
    } catch (cause) {
      this.#active.delete(key);
      throw this.#refuse(key, "a turn of this session failed; its state is not trusted any more", cause);
    }
    if (takenAt > activation.at) activation.at = takenAt;
    if (known !== undefined) known.isUsed = true;
    this.#touch(activation);
    if (actor.dueAt(activation.state) !== undefined) this.#due.add(key);
    if (journal !== undefined && actor.isJournalled(event, effects)) journal.append(key, event, effects);
    return effects;
  }

  /** The state of a key as it stands, not to be written to; undefined when there is none or it cannot be read. */
  peek(key: string): State | undefined {
    const activation = this.#active.get(key);
    if (activation !== undefined) return activation.state;
    const bytes = this.#load(key);
    return bytes === undefined ? undefined : this.#read(bytes);
  }

  /** States in memory as they stand, not to be written to, and the time of each one's last turn. */
  *resident(): Generator<{ readonly key: string; readonly state: State; readonly at: number }> {
    yield* this.#active.values();
  }

  /**
   * As `peek`, just before a turn of that key: its state is brought into memory now, and read once and not twice.
   *
   * @throws GatewayError as `turn`
   */
  waken(key: string, at: number): State | undefined {
    const activation = this.#active.get(key);
    if (activation !== undefined) return activation.state;
    const bytes = this.#load(key);
    return bytes === undefined ? undefined : this.#activate(key, at, bytes).state;
  }

  /** Whether a replay needs this event: what goes to the runner-up. */
  isJournalled(event: Event, effects: readonly Effect[]): boolean {
    return this.#options.actor.isJournalled(event, effects);
  }

  /** The state of a key as bytes, for another node; undefined when there is none or it cannot be read. */
  pack(key: string): Uint8Array | undefined {
    const activation = this.#active.get(key);
    return activation === undefined ? this.#load(key) : this.#bytesOf(activation.state);
  }

  /** Another node's state, from its bytes; undefined when they are none. */
  read(bytes: Uint8Array): State | undefined {
    return this.#read(bytes);
  }

  /** Takes another node's state of a key in place of what is here. It is the host's own from then on. */
  adopt(key: string, state: State, at: number): void {
    // Its row stays until this state is put away over it (H2): one write to the disk for each state would hold up turns.
    this.#broken?.delete(key);
    this.#due.delete(key);
    this.#touch(this.#hold(key, state, at));
    if (this.#options.actor.dueAt(state) !== undefined) this.#due.add(key);
  }

  /** A checksum of what a replay of the journalled events gives again, over some keys in the order given. */
  digest(keys: Iterable<string>): number {
    let sum = 0;
    for (const key of keys) {
      const state = this.peek(key);
      if (state !== undefined) sum = crc32(this.#packr.pack([key, this.#options.actor.essence(state)]), sum);
    }
    return sum;
  }

  /** Puts the state of a key on disk now, and keeps it in memory: for what must survive this process, such as a kill. */
  save(key: string): void {
    const activation = this.#active.get(key);
    if (activation !== undefined) this.#putAway(activation);
    this.#options.passivation.flush();
  }

  /**
   * Puts states with turns since the last time on disk, at most `max`, and keeps them in memory: what a process that
   * is killed may lose is what its journal holds since then.
   */
  saveTouched(max: number): number {
    let count = 0;
    for (const key of this.#touched) {
      if (count >= max) break;
      const activation = this.#active.get(key);
      if (activation === undefined) this.#touched.delete(key);
      else {
        this.#putAway(activation);
        count++;
      }
    }
    return count;
  }

  /**
   * Takes an event of an earlier process again, unless the state on disk has it already (events of one millisecond
   * count as one). Effects are what they were then: nobody acts on them again.
   *
   * @param takenAt when that process took it. Of the row's time each event is asked, also once the state is in memory: the journal
   *                is in no order of time, and what was taken twice would use an approval that nobody used
   */
  catchUp(key: string, event: Event, takenAt = event.at): boolean {
    if (takenAt <= (this.#options.passivation.savedAt(key) ?? -1)) return false;
    this.turn(key, event, takenAt);
    return true;
  }

  /**
   * Puts away states without a turn for idleMs, at most `max` of them: a slice of work between two turns.
   *
   * @returns how many; call again soon when it is `max`
   */
  passivateIdle(now: number, max: number): number {
    let count = 0;
    while (count < max) {
      // Later ones had their turn after it.
      const activation = this.#active.idleSince(now - this.#idleMs);
      if (activation === undefined) break;
      this.#putAway(activation);
      this.#active.delete(activation.key);
      count++;
    }
    return count;
  }

  /** Puts everything away, and on disk: before the node ends. @throws what the disk says */
  passivateAll(): void {
    for (const activation of this.#active.values()) this.#putAway(activation);
    this.#active.clear();
    this.#options.passivation.flush();
  }

  /**
   * Gives each actor whose time has come its time event: counted refusals are reported. Before the node ends, `now`
   * one interval ahead reports them all.
   *
   * @param takenAt the time it is, where `now` is ahead of it: a row with a time to come would hide from a later start what
   *                came after it
   * @returns the effects, of at most `max` turns
   */
  flushRefusals(now: number, max: number = this.#due.size, takenAt = now): Turned<Effect>[] {
    const turned: Turned<Effect>[] = [];
    // As it is now: a turn may put its key in again.
    const waiting = [...this.#due];
    for (const key of waiting) {
      if (turned.length >= max) break;
      try {
        const effects = this.#takeTime(key, now, takenAt);
        if (effects !== undefined) turned.push({ key, effects });
      } catch {
        // What the others gave must reach its records. This one is tried again, unless it is refused from now on; a disk
        // that fails is told by every call that needs it.
        if (this.#broken?.has(key) === true) this.#due.delete(key);
        else this.#due.add(key);
      }
    }
    return turned;
  }

  /**
   * Time events that are due, for whoever takes such turns elsewhere than here: in a cluster the owner's, by its peer.
   *
   * @param max of them at most
   * @param isOwned whether such turns of a key are taken at this node; others wait, and are in nobody's way
   */
  dueEvents(
    now: number,
    max: number,
    isOwned: (key: string) => boolean = () => true,
  ): { readonly key: string; readonly event: Event }[] {
    const due: { key: string; event: Event }[] = [];
    for (const key of this.#due) {
      if (due.length >= max) break;
      if (!isOwned(key)) continue;
      const state = this.peek(key);
      const at = state === undefined ? undefined : this.#options.actor.dueAt(state);
      if (at === undefined) this.#due.delete(key);
      else if (at <= now) due.push({ key, event: this.#options.actor.timeEvent(now) });
    }
    return due;
  }

  /** The time event of one key, if it is due. */
  #takeTime(key: string, now: number, takenAt: number): readonly Effect[] | undefined {
    const { actor } = this.#options;
    const state = this.peek(key);
    const due = state === undefined ? undefined : actor.dueAt(state);
    if (due !== undefined && due > now) return undefined;
    this.#due.delete(key);
    return due === undefined ? undefined : this.turn(key, actor.timeEvent(now), takenAt);
  }

  /** All sessions whose key begins with a prefix: those in memory first, then those on disk, read page by page. */
  *sessions(prefix = ""): Generator<Listed<State>> {
    // As it is now: turns go on while an operator reads, and put away what was listed already.
    const active = [...this.#active.values()].filter(({ key }) => key.startsWith(prefix));
    const listed = new Set<string>();
    for (const { key, state } of active) {
      listed.add(key);
      yield { key, isActive: true, state };
    }
    let after = "";
    for (;;) {
      const keys = this.#options.passivation.keys(prefix, pageKeys, after);
      for (const key of keys)
        if (!listed.has(key)) yield { key, isActive: this.#active.has(key), state: this.peek(key) };
      const last = keys.at(-1);
      if (last === undefined || keys.length < pageKeys) return;
      after = last;
    }
  }

  /** Forgets a key altogether, also one that is refused: an operator's reset, to be recorded as such. */
  remove(key: string): void {
    this.#active.delete(key);
    this.#broken?.delete(key);
    this.#due.delete(key);
    this.#options.passivation.remove(key);
  }

  #activate(key: string, at: number, bytes = this.#load(key)): Activation<State> {
    const { actor, passivation } = this.#options;
    const broken = this.#broken?.get(key);
    if (broken !== undefined) throw broken;
    if (passivation.waiting() >= limits.passivationBatchMax)
      throw new GatewayError("OVERLOADED", "sessions cannot be put away; check the disk of the data folder");
    const state = bytes === undefined ? actor.create(key) : this.#read(bytes);
    if (state === undefined)
      throw this.#refuse(
        key,
        "the stored state of this session cannot be read; restore its row, or reset the session",
      );
    return this.#hold(key, state, at);
  }

  #hold(key: string, state: State, at: number): Activation<State> {
    const activation = new Activation(key, state, at);
    const evicted = this.#active.put(activation);
    if (evicted !== undefined) this.#putAway(evicted);
    return activation;
  }

  #touch(activation: Activation<State>): void {
    if (activation.isTouched) return;
    activation.isTouched = true;
    this.#touched.add(activation.key);
  }

  #load(key: string): Uint8Array | undefined {
    try {
      return this.#options.passivation.load(key);
    } catch (cause) {
      // The disk's fault, not the row's: the next call may find it well again.
      throw new GatewayError("INTERNAL", "the stored state of a session cannot be loaded", { cause });
    }
  }

  #refuse(key: string, detail: string, cause?: unknown): GatewayError {
    const fault = new GatewayError("INTERNAL", detail, cause === undefined ? {} : { cause });
    this.#broken ??= new LRUCache({ max: limits.brokenSessionsMax });
    this.#broken.set(key, fault);
    this.#options.onFault(key, fault);
    return fault;
  }

  #putAway(activation: Activation<State>): void {
    const { key, state, at } = activation;
    const { actor, passivation } = this.#options;
    activation.isTouched = false;
    this.#touched.delete(key);
    passivation.save(key, this.#bytesOf(state), actor.isLasting(state) ? never : at);
  }

  #bytesOf(state: State): Uint8Array {
    const packed = this.#packr.pack(this.#options.actor.freeze(state));
    const bytes = new Uint8Array(sumBytes + packed.length);
    bytes.set(packed, sumBytes);
    const sum = crc32(packed);
    for (let at = 0; at < sumBytes; at++) bytes[at] = sum >>> (24 - 8 * at);
    return bytes;
  }

  /** The state in a row; undefined when the row is not what was written, or of a version that is not known. */
  #read(bytes: Uint8Array): State | undefined {
    const packed = bytes.subarray(sumBytes);
    if (packed.length === 0) return undefined;
    const sum = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
    if (sum !== crc32(packed)) return undefined;
    try {
      return this.#options.actor.thaw(this.#packr.unpack(packed));
    } catch {
      return undefined;
    }
  }
}
