/**
 * What V8 may keep of garbage (docs/adr/0005).
 *
 * The young generation keeps the size it has once the node listens; under load it would grow until it fits no cache.
 * The old generation is collected after so much has been streamed: what waits for a slow agent outlives the young
 * generation, is garbage in the old one a moment later, and V8 would let several times the heap of it gather.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Smaller messages are not counted: ordinary calls and their progress must never pay for what only streams need. */
const largeUnits = 4 * 1024;
/** So much streamed, and the old generation is collected. */
const collectAfterUnits = 32 * 1024 * 1024;
/** In a larger heap a collection would hold every call up for too long; V8 knows better there, in small steps. */
const heapBytesMax = 128 * 1024 * 1024;

export interface HeapPorts {
  readonly usedBytes: () => number;
  readonly collect: () => void;
  /** Runs something when the work at hand is done, and what it used is garbage. */
  readonly later: (what: () => void) => void;
}

/** Counts what is streamed to agents and collects after it. Costs nothing when nothing large is. */
export class StreamGauge {
  readonly #ports: HeapPorts;
  #units = 0;

  constructor(ports: HeapPorts) {
    this.#ports = ports;
  }

  /** A message of so many UTF-16 units is on its way to an agent, before its answer. */
  passed(units: number): void {
    if (units < largeUnits) return;
    this.#units += units;
    if (this.#units < collectAfterUnits) return;
    this.#units = 0;
    this.#ports.later(() => {
      if (this.#ports.usedBytes() <= heapBytesMax) this.#ports.collect();
    });
  }
}

/** The one gauge of this process: its heap is. Undefined where the process is not ours, as in a test. */
let gauge: StreamGauge | undefined;

/** Called once the node listens: what starting it up allocates has shaped the heap by then. */
export function boundHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  gauge = new StreamGauge({
    usedBytes: () => process.memoryUsage().heapUsed,
    collect: readCollector(),
    later: setImmediate,
  });
}

/** Told by the doors of each message that they send before an answer. */
export function streamed(units: number): void {
  gauge?.passed(units);
}

/** V8's own collector, without a flag on the command line: contexts made while the flag is on have it. */
function readCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (how: { type: "major"; execution: "sync" }) => void;
  setFlagsFromString("--no-expose-gc");
  return () => collect({ type: "major", execution: "sync" });
}
