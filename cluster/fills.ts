/**
 * Fills: a shard's whole state on its way to a runner-up, or to a candidate. Owns what a fill is and how many are under way
 * to one receiver. Does not own who is filled, nor when (streams.ts).
 *
 * Y1. One receiver has at most fillWindowBytes of fills that it has not acknowledged, and fills take at most a quarter of
 *     what may wait for it: turns of calls wait behind them in the same stream.
 * Y2. A shard that is larger than a slice is packed over several, and turns go on meanwhile. Its fill is begun only with the
 *     last part, and holds every turn until then: a session that had one after it was packed is packed again.
 */
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import type { Fill, Holding } from "./holding.ts";
import type { Host } from "./host.ts";
import type { Receiver } from "./outboxes.ts";
import { Packing } from "./packing.ts";

/** What a slice may take. */
export interface Room {
  readonly states: number;
  readonly bytes: number;
}

/** What was sent, or that there is more of the shard to send, or that the stream is over with it. */
export interface Sent {
  readonly fill: Fill | "more" | "over";
  /** Sessions. */
  readonly looked: number;
  readonly bytes: number;
}

interface Slice extends Omit<Sent, "fill"> {
  readonly states: readonly [string, Uint8Array][];
}

/** Bytes of a session's state, until some were packed. */
const stateBytesGuess = 2_048;
/** States over which their mean size is taken. */
const statesMeasured = 10_000;

export class Fills<State, Event extends ActorEvent, Effect, World> {
  readonly #host: Host<State, Event, Effect, World>;
  readonly #entriesMax: number;
  #measured = { states: 1, bytes: stateBytesGuess };

  /** @param entriesMax kept for a receiver that does not acknowledge */
  constructor(host: Host<State, Event, Effect, World>, entriesMax: number) {
    this.#host = host;
    this.#entriesMax = entriesMax;
  }

  /** Bytes that a fill will take, as far as can be known before. */
  sizeOf({ keys }: Holding): number {
    return (keys.size * this.#measured.bytes) / this.#measured.states;
  }

  /** Whether a receiver may be sent more (Y1). */
  hasRoom({ fillBytes, outbox }: Receiver<Event>): boolean {
    return fillBytes < limits.fillWindowBytes && outbox.waiting < this.#entriesMax / 4;
  }

  /** Sends a shard's state, or a slice of it where it is larger than one. */
  send(holding: Holding, receiver: Receiver<Event>, now: number, room: Room): Sent {
    const { outbox } = receiver;
    const { shard, epoch, n } = holding;
    const { stream } = outbox;
    const packing = holding.packing?.is(stream, epoch) === true ? holding.packing : new Packing(stream, epoch, holding.keys); // prettier-ignore
    const { states, looked, bytes } = this.#pack(packing, room);
    const isWhole = packing.isDone;
    const parts = chunked(states);
    let sequence = 0;
    for (const [at, part] of parts.entries()) {
      const isFirst = at === 0 && !packing.isBegun;
      const isLast = isWhole && at === parts.length - 1;
      const operations = isLast ? holding.operations.rows() : [];
      sequence = outbox.push({ kind: "fill", shard, epoch, n, isFirst, isLast, states: part, operations }, now); // prettier-ignore
    }
    packing.sliced();
    holding.packing = isWhole || outbox.isOver ? undefined : packing;
    this.#measure(states.length, bytes);
    if (outbox.isOver) return { fill: "over", looked, bytes };
    receiver.fills.push({ sequence, bytes });
    receiver.fillBytes += bytes;
    return { fill: isWhole ? begun(stream, sequence, false) : "more", looked, bytes };
  }

  #pack(packing: Packing, room: Room): Slice {
    const states: [string, Uint8Array][] = [];
    const looksMax = packing.isLate ? Infinity : room.states;
    let [looked, bytes] = [0, 0];
    for (; looked < looksMax && bytes < room.bytes; looked++) {
      const key = packing.next();
      if (key === undefined) break;
      const packed = this.#host.pack(key);
      if (packed === undefined) continue;
      states.push([key, packed]);
      bytes += key.length + packed.length;
    }
    return { states, looked, bytes };
  }

  /** The former owner goes on from what it has; its acknowledgement is worth that of a fill. */
  keep({ shard, epoch, cited: former }: Holding, { outbox }: Receiver<Event>, now: number): Fill | undefined {
    const sequence = outbox.push({ kind: "kept", shard, epoch, former }, now);
    return outbox.isOver ? undefined : begun(outbox.stream, sequence, true);
  }

  #measure(states: number, bytes: number): void {
    const measured = this.#measured;
    const kept = measured.states > statesMeasured ? 0.5 : 1;
    this.#measured = { states: measured.states * kept + states, bytes: measured.bytes * kept + bytes };
  }
}

function begun(stream: number, sequence: number, isKept: boolean): Fill {
  return { stream, sequence, last: sequence, isAcked: false, isKept, joined: undefined };
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
