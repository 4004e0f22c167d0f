/**
 * Operators' orders in a cluster: kill rules and API keys, which every node has (cluster/orders.ts). Owns what an order of
 * another node sets going here, and that it is on record. Does not own the rules (control/kills.ts), the keys
 * (identity/keys.ts), nor how they travel.
 *
 * C1. A rule of another node is in force when its word has been read; what is open is closed right after (stops.ts, T1).
 * C2. Until this node is in the cluster, and whenever it cannot tell how fresh its orders are, it is stale: no call, list
 *     or stream begins here (law 2).
 */
import { Orders, type Confirmed } from "../../cluster/orders.ts";
import type { Store } from "../../cluster/store.ts";
import type { View } from "../../cluster/view.ts";
import type { Words } from "../../cluster/words.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { Recorder } from "../../protocol/record.ts";
import type { KillList } from "../control/kills.ts";
import type { KeyStore } from "../identity/keys.ts";

export interface ClusterOrdersPorts {
  readonly node: string;
  readonly kills: KillList;
  readonly keys: KeyStore;
  readonly recorder: Recorder;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly alarm: (says: string) => void;
}

/** What of the node's peer is asked. */
export interface Membered {
  readonly view: View | undefined;
  readonly seenAt: number;
}

export interface OrdersStanding {
  readonly fresh: boolean;
  /** Milliseconds since this node knew every order; undefined when it cannot tell. */
  readonly ageMs: number | undefined;
  /** Orders that cannot be held here: why the node is stale. */
  readonly unheld: readonly string[];
}

export class ClusterOrders {
  /** A kill rule of another node came, or went. */
  onKill: (() => void) | undefined;
  /** A key of another node came, or was revoked. */
  onKey: (() => void) | undefined;
  readonly #ports: ClusterOrdersPorts;
  readonly #dead = new Map<string, number>();
  #orders: Orders | undefined;
  #machine: Membered | undefined;

  constructor(ports: ClusterOrdersPorts) {
    this.#ports = ports;
  }

  /** Begins to hear, to say and to keep orders. */
  join(words: Words, store: Store, machine: Membered): void {
    const { kills, keys, alarm } = this.#ports;
    this.#machine = machine;
    const orders = new Orders({
      words,
      store,
      registers: [kills, keys],
      others: () => this.#others(),
      seenAt: () => machine.seenAt,
      taken: (key, from) => this.#taken(key, from),
      alarm,
      now: () => performance.now(),
      random: () => Math.random(),
      soon: (act) => void setImmediate(act),
      every: (ms, act) => {
        const beat = setInterval(act, ms);
        beat.unref();
        return () => clearInterval(beat);
      },
    });
    this.#orders = orders;
    const [ofKills, ofKeys] = [(id: string) => orders.changed(kills.prefix, id), (id: string) => orders.changed(keys.prefix, id)]; // prettier-ignore
    kills.changed = ofKills;
    keys.changed = ofKeys;
    orders.start();
  }

  stop(): void {
    this.#orders?.stop();
    this.#ports.kills.changed = undefined;
    this.#ports.keys.changed = undefined;
  }

  /** A launcher's word: whoever ended has no orders to tell. */
  died(id: string, incarnation: number): void {
    if ((this.#dead.get(id) ?? 0) < incarnation) this.#dead.set(id, incarnation);
  }

  get isStale(): boolean {
    return this.#orders?.isFresh !== true;
  }

  /** @throws GatewayError KILL_LIST_STALE */
  checkFresh(): void {
    if (this.isStale) throw new GatewayError("KILL_LIST_STALE");
  }

  get standing(): OrdersStanding {
    const { freshAt = Number.NEGATIVE_INFINITY, unheld = [] } = this.#orders ?? {};
    const ageMs = Number.isFinite(freshAt) ? Math.round(performance.now() - freshAt) : undefined;
    return { fresh: !this.isStale, ageMs, unheld };
  }

  /** Who has heard what was ordered at this node so far. Before its line to NATS is there, it tells nobody. */
  async confirmed(): Promise<Confirmed> {
    return this.#orders?.confirmed() ?? { heard: [], missing: [], isUnjoined: true };
  }

  #others(): readonly string[] | undefined {
    const view = this.#machine?.view;
    if (view === undefined) return undefined;
    const others: string[] = [];
    for (const { id, incarnation, isLive } of view.members)
      if (isLive && id !== this.#ports.node && (this.#dead.get(id) ?? 0) < incarnation) others.push(id);
    return others;
  }

  #taken(key: string, from: string): void {
    const { recorder, now, kills } = this.#ports;
    recorder.append({ kind: "node", at: now(), about: { what: "order taken", order: key, from } }, "written");
    if (key.startsWith(`${kills.prefix}.`)) this.onKill?.();
    else this.onKey?.();
  }
}
