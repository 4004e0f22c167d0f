/** A node's membership over a real store, driven as a node drives it: by rows, by ends of swaps, and by a tick. */
import { randomUUID } from "node:crypto";
import { Membership } from "./membership.ts";
import type { Store } from "./store.ts";
import { isGone, isMember } from "./view.ts";
import type { View } from "./view.ts";

const tickMs = 20;

export class LiveMember {
  readonly id: string;
  readonly membership: Membership;
  readonly views: { readonly at: number; readonly view: View }[] = [];
  readonly alarms: string[] = [];
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isHalted = false;

  constructor(id: string, store: Store, shards: number) {
    this.id = id;
    this.membership = new Membership(
      { id, weight: 1, shards, floor: { incarnation: 0, number: 0 } },
      {
        swap: (key, value, expected, then) => {
          if (this.#isHalted) return;
          store.swap(key, value, expected, (result) => {
            if (this.#isHalted) return;
            then(result);
            this.membership.hurry(performance.now());
          });
        },
        keepFloor: () => undefined,
        viewed: (_, view) => void this.views.push({ at: performance.now(), view }),
        wants: () => undefined,
        unheeded: () => undefined,
        alarm: (says) => void this.alarms.push(says),
        mint: randomUUID,
      },
    );
    this.#end = store.watch(
      (row) => (this.#isHalted ? undefined : this.membership.row(row, performance.now())),
      () => {
        this.membership.caughtUp(performance.now());
        this.#timer = setInterval(() => this.membership.tick(performance.now()), tickMs);
      },
    );
  }

  get isActing(): boolean {
    return this.membership.isActing(performance.now());
  }

  /** Does nothing any more, as a process that is stopped or gone. */
  halt(): void {
    this.#isHalted = true;
    clearInterval(this.#timer);
    this.#end();
  }

  /** A launcher's word. */
  died(id: string, incarnation: number): void {
    this.membership.died(id, incarnation);
    this.membership.hurry(performance.now());
  }

  sees({ id, membership }: LiveMember): boolean {
    const { view } = this.membership;
    return view !== undefined && isMember(view, id, membership.incarnation);
  }

  /** When it saw that this incarnation is gone; undefined while it did not. */
  sawEndOf(id: string, incarnation: number): number | undefined {
    return this.views.find(({ view }) => isGone(view, id, incarnation))?.at;
  }

  /** Members of which it owns shards and that it has none: owners by shard. */
  get ownedShards(): number {
    const { view } = this.membership;
    if (view === undefined) return 0;
    const own = view.members.findIndex((member) => member.id === this.id);
    return view.owner.filter((owner) => owner === own).length;
  }
}
