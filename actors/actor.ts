/**
 * The contract between a part that decides (an actor) and the part that acts (its host, cluster/host.ts). The host
 * knows this file and nothing of what its actors decide.
 *
 * A1. `decide` is deterministic: the same state, event and world give the same effects and the same end on any node,
 *     at any time, and again at replay. It reads no clock: every event bears its time.
 * A2. `decide` may write its own state in place and touches nothing else. It never waits.
 * A3. thaw(freeze(state)) is indistinguishable from state, for every event that may follow.
 * A4. A replay of the journalled events alone, in order, gives each of them the same decision again.
 */

/** What a state is put away as: plain arrays, no keys. Compact, and nothing in it can be taken for code. */
export type Frozen = readonly Cell[];
export type Cell = number | string | readonly Cell[];

export interface ActorEvent {
  readonly kind: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Actor<State, Event extends ActorEvent, Effect, World> {
  /** Grows with every change of what `freeze` gives or `decide` decides. */
  readonly stateVersion: number;

  /** The state of a key that nothing is known of. One for all keys, where an actor is of one kind. */
  create(key?: string): State;

  /** One turn. What it asks of the world comes back as data, in order. */
  decide(state: State, event: Event, world: World): readonly Effect[];

  /** Whether a replay needs this event: false for one that changed nothing but counters of what was not recorded. */
  isJournalled(event: Event, effects: readonly Effect[]): boolean;

  /** Epoch milliseconds from which the state wants its `timeEvent`; undefined while it wants none. */
  dueAt(state: State): number | undefined;
  timeEvent(at: number): Event;

  /** True for a state that must outlive any idleness, such as one an operator stopped. */
  isLasting(state: State): boolean;

  freeze(state: State): Frozen;

  /** What a replay of the journalled events gives again, exactly: two nodes that hold one state compare it. */
  essence(state: State): Frozen;

  /** The state again. Undefined when it is not of this version or shape: the caller must refuse, not start afresh. */
  thaw(frozen: unknown): State | undefined;
}
