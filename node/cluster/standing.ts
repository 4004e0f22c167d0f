/**
 * How the cluster stands, as one node sees it: what the view says of shards, and what a node says of itself to others and
 * to operators. Reads, and changes nothing.
 */
import type { View } from "../../cluster/view.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import type { CopyingStanding } from "./copying.ts";
import type { Difference } from "./governed.ts";
import type { OrdersStanding } from "./clusterorders.ts";

export interface ShardCounts {
  readonly owned: number;
  /** Of others' shards, of which it has the copy. */
  readonly runner: number;
  /** Of its own, those with a copy in sync. */
  readonly inSync: number;
  /** Of its own, those whose past was lost once. */
  readonly lost: number;
}

/** "joining": it has never acted; "acting"; "waiting": it may not act now, and tries to; "draining": it gives its shards away. */
export type NodeState = "joining" | "acting" | "waiting" | "draining";

export interface NatsStanding {
  /** Server that frames go through; undefined when there is no line. */
  readonly server: string | undefined;
  readonly version: string | undefined;
  /** Milliseconds since the store, and so the leader of its stream, has taken something of this node that came back. */
  readonly storeAgeMs: number | undefined;
  /** What is wrong, as it was said last. */
  readonly fault?: string;
}

/** What a node says of itself. */
export interface OwnStanding {
  readonly cluster: string;
  readonly node: string;
  readonly version: string;
  readonly state: NodeState;
  readonly acting: boolean;
  readonly incarnation: number;
  readonly nats: NatsStanding;
  readonly killList: OrdersStanding;
  /** Copies in the store; a node of an older version says nothing of them. */
  readonly copies?: CopyingStanding;
  /** Calls of agents at its doors that are not yet answered. */
  readonly openCalls: number;
}

export interface ClusterStanding extends OwnStanding {
  /** Number of the view; without one, nothing below is known. */
  readonly view?: number;
  readonly members?: readonly { readonly id: string; readonly incarnation: number; readonly weight: number; readonly live: boolean }[]; // prettier-ignore
  readonly shards?: ShardCounts;
}

/** One row of `gatehouse cluster status`. */
export interface MemberRow {
  readonly id: string;
  readonly incarnation: number;
  readonly weight: number;
  readonly live: boolean;
  readonly shards: ShardCounts;
  /** What it says of itself; undefined when it did not answer. */
  readonly own: OwnStanding | undefined;
}

export interface ClusterStatus {
  readonly cluster: string;
  /** Who answers. */
  readonly node: string;
  readonly state: NodeState;
  readonly nats: NatsStanding;
  readonly view: number | undefined;
  readonly shards: { readonly all: number; readonly owned: number; readonly inSync: number; readonly lost: number } | undefined; // prettier-ignore
  readonly members: readonly MemberRow[];
  /** Nodes that are configured otherwise than the one that answers. */
  readonly differences: readonly Difference[];
}

/** Shards by place of their owner. */
export function countShards(view: View): readonly ShardCounts[] {
  const counts = view.members.map(() => ({ owned: 0, runner: 0, inSync: 0, lost: 0 }));
  for (let shard = 0; shard < view.owner.length; shard++) {
    const runner = counts[view.runner[shard] ?? -1];
    if (runner !== undefined) runner.runner++;
    const owner = counts[view.owner[shard] ?? -1];
    if (owner === undefined) continue;
    owner.owned++;
    if (view.inSync[shard] === 1) owner.inSync++;
    if ((view.lostAt[shard] ?? 0) > 0) owner.lost++;
  }
  return counts;
}

const none: ShardCounts = { owned: 0, runner: 0, inSync: 0, lost: 0 };

/** @param said what each member has said of itself */
export function clusterStatus(
  own: OwnStanding,
  view: View | undefined,
  said: ReadonlyMap<string, OwnStanding>,
): Omit<ClusterStatus, "differences"> {
  const { cluster, node, state, nats } = own;
  const counts = view === undefined ? [] : countShards(view);
  const sum = (read: (each: ShardCounts) => number): number => counts.reduce((total, each) => total + read(each), 0); // prettier-ignore
  return {
    cluster,
    node,
    state,
    nats,
    view: view?.number,
    shards: view && { all: view.owner.length, owned: sum(({ owned }) => owned), inSync: sum(({ inSync }) => inSync), lost: sum(({ lost }) => lost) }, // prettier-ignore
    members: (view?.members ?? []).map(({ id, incarnation, weight, isLive }, place) => ({
      id,
      incarnation,
      weight,
      live: isLive,
      shards: counts[place] ?? none,
      own: said.get(id),
    })),
  };
}

/** What another node says of itself: shown, and nothing is decided by it. */
export function readStanding(node: string, said: JsonObject): OwnStanding | undefined {
  const { state, version, nats, killList, openCalls, incarnation } = said;
  if (typeof state !== "string" || typeof version !== "string" || said["node"] !== node) return undefined;
  if (!isObject(nats) || !isObject(killList)) return undefined;
  if (typeof openCalls !== "number" || typeof incarnation !== "number") return undefined;
  return said as unknown as OwnStanding;
}
