/**
 * Calls that wait for a person, in the simulation: agents that ask, come back, come twice and name what is not theirs, and
 * people who decide late, twice, against each other and at any node. Owns what they do; what must hold is approvaloracle.ts.
 * The guard is the shipped one (actors/guards/stepup.ts). These sessions make no other calls, so that a guard which counts
 * theirs refuses nobody else.
 */
import { ownerOf } from "../../cluster/view.ts";
import type { Cluster } from "./cluster.ts";
import { keyOf } from "./load.ts";
import { askedTools } from "./load.ts";
import type { Random } from "./random.ts";

/** Sessions that ask, behind those of the other load. */
const askersMax = 24;
/** Calls of one tool that a session makes: each has arguments of its own. */
const plans = ["first", "second"] as const;
/** What an agent still names, of the newest. */
const namedMax = 12;

export type Decision = "approved" | "denied";

/** A person says yes or no at a node, who lets the owner that it knows of have it. */
export function decide(cluster: Cluster, at: string, id: string, is: Decision): void {
  const asked = cluster.oracle.approvals.asked(id);
  const view = cluster.machine(at)?.node.peer?.view;
  if (asked === undefined || view === undefined) return;
  cluster.oracle.approvals.said(id, is, cluster.schedule.now);
  const { key } = asked;
  const shard = cluster.shardOf(key);
  const node = cluster.machine(ownerOf(view, shard)?.id ?? "")?.node;
  if (node === undefined) return;
  const { process } = node;
  cluster.schedule.after(0.7, () => {
    const time = node.peer?.eventTime(node.now);
    if (time === undefined) return;
    node.give(process, { kind: "event", key, shard, event: { kind: "decided", at: time, id, is, by: "ann", reason: "drawn" } }); // prettier-ignore
  });
}

/** Some time after a call was parked, mostly in time: a yes, or a no; now and then twice, or both. */
function drawDecision(cluster: Cluster, random: Random, id: string): void {
  const say = (after: number, is: Decision): void =>
    cluster.schedule.after(after, () => {
      const { node } = random.pick(cluster.machines);
      if (node.isUp) decide(cluster, node.id, id, is);
    });
  const after = random.chance(0.2) ? random.between(8_000, 30_000) : random.between(50, 4_000);
  const is: Decision = random.chance(0.9) ? "approved" : "denied";
  say(after, is);
  if (random.chance(0.3)) say(after + random.between(0, 6_000), is);
  if (random.chance(0.05)) say(after + random.between(0, 500), is === "approved" ? "denied" : "approved");
}

/** @param first index of the first of their sessions */
export function drawApprovals(cluster: Cluster, random: Random, until: number, first: number): void {
  const { approvals } = cluster.oracle;
  const known: string[] = [];
  const call = (key: string, tool: string, plan: string, named?: string): void => {
    const { node } = random.pick(cluster.machines);
    if (node.isUp) cluster.request(node, key, tool, plan, named);
  };
  const next = (): void => {
    if (cluster.schedule.now >= until) return;
    cluster.schedule.after(random.between(60, 700), next);
    for (const id of approvals.parked()) {
      known.push(id);
      drawDecision(cluster, random, id);
    }
    const named = known.length > 0 && random.chance(0.6) ? random.pick(known.slice(-namedMax)) : undefined;
    const asked = named === undefined ? undefined : approvals.asked(named);
    const isOther = random.chance(0.1);
    const key = asked?.key ?? keyOf(first + random.below(askersMax));
    const tool = asked?.tool ?? random.pick(askedTools);
    const plan = asked?.plan ?? random.pick(plans);
    // An agent that means to use it for something else, or that comes at two doors at once.
    if (isOther) return call(random.chance(0.5) ? key : keyOf(first + random.below(askersMax)), random.pick(askedTools), random.pick(plans), named); // prettier-ignore
    const times = random.chance(0.3) ? 2 : 1;
    for (let time = 0; time < times; time++) call(key, tool, plan, random.chance(0.5) ? named : undefined);
  };
  next();
}
