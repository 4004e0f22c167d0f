/** `gatehouse cluster status | drain`: through the running node of this folder, which asks the others. */
import { setTimeout as delay } from "node:timers/promises";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { sayDifference } from "../cluster/governed.ts";
import type { ClusterStatus, MemberRow } from "../cluster/standing.ts";
import { NoNode } from "../control/client.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { ask, openProject, operatorName } from "./project.ts";
import { columns, line } from "./table.ts";

const pollMs = 500;

export async function statusCommand(argv: readonly string[], io: CliIo): Promise<number> {
  if (new Arguments(argv, [], []).rest.length > 0) throw new Misuse("cluster status takes no more words");
  const status = (await ask(openProject(io), "cluster.status")) as ClusterStatus;
  if (io.json) io.out(JSON.stringify(status));
  else for (const each of sayStatus(status)) io.out(each);
  const isWell = isWhole(status);
  const { shards } = status;
  return finish(io, "cluster status", isWell, {
    live: status.members.filter(({ live }) => live).length,
    ...(shards === undefined ? {} : { owned: shards.owned, inSync: shards.inSync, lost: shards.lost }),
    differing: status.differences.length,
  });
}

export async function drainCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [node, ...more] = new Arguments(argv, [], []).rest;
  if (node === undefined || more.length > 0)
    throw new Misuse("cluster drain takes the name of one node; gatehouse cluster status shows them");
  const project = openProject(io);
  const { members, state } = (await ask(project, "cluster.status")) as ClusterStatus;
  if (members.length === 0)
    throw new GatewayError("OWNER_UNAVAILABLE", `this node has no view of the cluster (${state}): it can drain nobody, itself included`, { remedy: "run the command at a node that acts; gatehouse cluster status shows which do" }); // prettier-ignore
  const heirs = members.filter(({ id, live, weight }) => live && weight > 0 && id !== node);
  // Before anything is done: what it says is what the operator may want to do first.
  if (heirs.length === 0 && members.some(({ id, live }) => live && id === node)) sayLast(io, node);
  await ask(project, "cluster.drain", { node, by: operatorName() });
  if (!io.json) io.out(line(heirs.length === 0 ? `${node} ends.` : `${node} gives its shards away, and then ends.`)); // prettier-ignore
  const startedMs = performance.now();
  const untilMs = startedMs + limits.drainMs + limits.leaseMs;
  const left = (): number => finish(io, "cluster drain", true, { tookMs: Math.round(performance.now() - startedMs) }); // prettier-ignore
  let said = "";
  while (performance.now() < untilMs) {
    await delay(pollMs);
    let row: MemberRow | undefined;
    try {
      row = ((await ask(project, "cluster.status")) as ClusterStatus).members.find(({ id }) => id === node);
    } catch (fault) {
      // The node that was asked is the one that leaves.
      const isGone = fault instanceof NoNode || (fault instanceof GatewayError && fault.code === "DRAINING");
      if (!isGone) throw fault;
    }
    if (row?.live !== true) {
      if (!io.json) io.out(line(`${node} has left.`));
      return left();
    }
    const now = `${row.shards.owned} shards are still its own, ${row.own?.openCalls ?? 0} calls are open`;
    if (!io.json && now !== said) io.out(line(`  ${now}`));
    said = now;
  }
  io.err(line(`${node} is still a member: gatehouse cluster status shows what it has, and its own log why.`));
  return finish(io, "cluster drain", false, {});
}

function sayLast(io: CliIo, node: string): void {
  const says = `${node} is the last node that serves: nobody takes its sessions over. They begin with every label, empty buckets and what the store has of them, and agents find no door until a node starts`;
  if (io.json) io.out(JSON.stringify({ warning: says }));
  else io.err(line(`Warning: ${says}.`));
}

/** All members act and are fresh, and every shard has an owner and a copy in sync. */
function isWhole({ members, shards }: ClusterStatus): boolean {
  const live = members.filter((each) => each.live);
  const isSound = live.every(({ own }) => own?.acting === true && own.killList.fresh);
  return isSound && shards !== undefined && shards.owned === shards.all && shards.inSync === shards.all;
}

function* sayStatus(status: ClusterStatus): Generator<string> {
  const { cluster, node, state, nats, view, shards, members, differences } = status;
  yield line(`Cluster ${cluster}, seen from ${node} (${state})${view === undefined ? "" : `, view ${view}`}`);
  yield line(`  NATS    ${nats.server === undefined ? "no line" : `${nats.server}, ${nats.version ?? "?"}`}; ${sayAge("the store", nats.storeAgeMs)}`); // prettier-ignore
  if (nats.fault !== undefined) yield line(`          ${nats.fault}`);
  if (shards === undefined) {
    yield "  No view of the cluster is known yet: the node is not admitted.";
    return;
  }
  const { all, owned, inSync, lost } = shards;
  yield `  Shards  ${owned} of ${all} owned, ${inSync} with a copy in sync${lost === 0 ? "" : `, ${lost} whose past was lost once`}`;
  yield "";
  yield* columns(
    ["  node", "state", "incarnation", "weight", "version", "owns", "in sync", "copies", "lost", "calls", "kill list", "NATS", "store"],
    members.map(rowOf),
  ); // prettier-ignore
  if (differences.length === 0) return;
  yield "";
  for (const each of differences) yield line(`  Configured otherwise than ${node}: ${sayDifference(each)}`);
  yield "  Each session is judged by its owner's files: copy the same to every node, and restart those that differ, one after the other.";
}

function rowOf({ id, incarnation, weight, live, shards, own }: MemberRow): string[] {
  const { owned, inSync, runner, lost } = shards;
  const state = live ? (own?.state ?? "does not answer") : "gone";
  const counts = live ? [String(owned), String(inSync), String(runner), lost === 0 ? "" : String(lost)] : ["", "", "", ""]; // prettier-ignore
  const said =
    own === undefined
      ? ["", "", "", ""]
      : [String(own.openCalls), sayKillList(own.killList), own.nats.server ?? "no line", sayMs(own.nats.storeAgeMs)]; // prettier-ignore
  return [`  ${id}`, state, String(incarnation), String(weight), own?.version ?? "", ...counts, ...said];
}

function sayKillList({ fresh, ageMs, unheld }: NonNullable<MemberRow["own"]>["killList"]): string {
  if (unheld.length > 0) return `STALE: cannot hold ${unheld.join(", ")}`;
  return fresh ? `${sayMs(ageMs)} old` : `STALE: ${sayMs(ageMs)} old`;
}

function sayMs(ms: number | undefined): string {
  if (ms === undefined) return "?";
  return ms < 10_000 ? `${ms} ms` : `${Math.round(ms / 1_000)} s`;
}

function sayAge(what: string, ageMs: number | undefined): string {
  return ageMs === undefined ? `${what} was not reached yet` : `${what} was reached ${sayMs(ageMs)} ago`;
}
