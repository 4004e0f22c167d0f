/** One process's copies in the simulated archive: the shipped tail, snapshots and reader, on the beat of its machine. */
import type { AnyEvent } from "../../actors/roster.ts";
import type { Archive } from "../../cluster/archive.ts";
import { PastReader } from "../../cluster/pastreader.ts";
import { Snapshots } from "../../cluster/snapshots.ts";
import { Tail } from "../../cluster/tail.ts";
import type { EventTable } from "./simarchive.ts";
import type { Schedule } from "./schedule.ts";
import type { SimNode, SimOutput } from "./simnode.ts";

const beatMs = 100;

export class SimCopies {
  readonly tail: Tail<AnyEvent>;
  readonly snapshots: Snapshots<AnyEvent>;
  readonly reader: PastReader<AnyEvent> | undefined;
  readonly #node: SimNode;
  readonly #isOn: boolean;

  constructor(node: SimNode, archive: Archive | undefined, events: EventTable, schedule: Schedule) {
    const { process } = node;
    const name = `${node.id}-${process}`;
    // What comes back to a process that is gone, nobody hears.
    const heard = <Result>(then: (result: Result) => void): ((result: Result) => void) => (result) => { if (node.process === process) then(result); }; // prettier-ignore
    this.#node = node;
    this.#isOn = archive !== undefined;
    this.reader =
      archive === undefined
        ? undefined
        : new PastReader(archive, events.unpack, {
            alarm: () => undefined,
            moved: () => node.give(process, { kind: "restoring" }),
            later: (run) => schedule.after(0.01, run),
          });
    this.tail = new Tail<AnyEvent>(events.pack);
    this.tail.join((number, bytes, then) => archive?.append(name, number, bytes, heard(then)));
    this.snapshots = new Snapshots({
      process: name,
      owned: () => node.peer?.owned ?? [],
      holding: (shard) => node.peer?.holding(shard),
      pack: (key) => node.host?.pack(key),
      number: () => this.tail.number,
      cover: (number) => this.tail.cover(number),
      save: (shard, slot, bytes, then) => archive?.save(shard, slot, bytes, heard(then)),
    });
    const beat = (): void => {
      if (node.process !== process) return;
      if (node.isUp && !node.isPaused) {
        this.snapshots.tick(node.now);
        this.tail.tick(node.now);
      }
      schedule.after(beatMs / node.rate, beat);
    };
    if (node.isUp && this.#isOn) beat();
  }

  turned({ entry, link }: Extract<SimOutput, { kind: "record" }>): void {
    if (!this.#isOn) return;
    this.snapshots.turned(entry, this.#node.now);
    this.tail.turn(entry, link.cited);
  }
}
