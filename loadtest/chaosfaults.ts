/**
 * The faults of the chaos run, each done to real processes: how it begins and ends, what of the cluster it touches, and how
 * soon sessions must be decided again. Does not own what is looked at afterwards (chaosrun.ts).
 *
 * 1. A fault ends what it began: what was stopped goes on, what was cut is joined, and a server that was killed runs again.
 */
import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { GatewayNode } from "../deploy/cluster/nodes.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import type { ChaosProxy } from "./chaosproxy.ts";

/** docs/cluster.md, "Lease": with 2 % for clocks, and two seconds to act on it. */
const leaseLostMs = 15_000 * 1.02 + 2_000;
const pauseMs = 30_000;
const cutMs = 25_000;
const diskMs = 8_000;
const leaderMs = 8_000;
const serversMs = 25_000;
const killedMs = 5_000;
const leaderAndKilledMs = 10_000;
/** docs/cluster.md: a lost shard waits restoreMs for what the store has of it, and then goes on. */
const doubleMs = 8_000 + killedMs;
/** After a store that comes back: leases begin anew. */
const storeBackMs = 20_000;
const stream = "KV_GATEHOUSE";

export interface Struck {
  /** When it is over. */
  readonly healed: Promise<void>;
  /** What was seen of it, for the report. */
  readonly notes: string[];
}

export interface Fault {
  readonly name: string;
  /** Of the node that it happens to: it is gone until its next process, it does not answer for a while, or it is there. */
  readonly door: "gone" | "away" | "there";
  /** Sessions of all nodes, or those of one. */
  readonly touchesAll: boolean;
  /** How many nodes it happens to, those that own most. */
  readonly victims: 1 | 2;
  /** From when it is counted how long sessions are not decided. */
  readonly counts: "from its begin" | "from its end";
  /** Whether the first call after it is answered, however long that takes. */
  readonly isFirstAnswered: boolean;
  readonly decidedMsMost: number;
  readonly strike: (victim: GatewayNode, second: GatewayNode | undefined) => Promise<Struck>;
}

export interface Place {
  readonly stand: Stand;
  /** Of each node, the ways to the NATS servers. */
  readonly proxies: ReadonlyMap<string, readonly ChaosProxy[]>;
}

const over: Promise<void> = Promise.resolve();

/** @returns the index of the server that leads the stream of rows */
async function leaderOf(stand: Stand): Promise<number> {
  const connection = await connect(stand.operatorOptions());
  try {
    const manager = await jetstreamManager(connection);
    const { cluster } = await manager.streams.info(stream);
    return Math.max(0, stand.indexOf(cluster?.leader ?? ""));
  } finally {
    await connection.close();
  }
}

/** Kills the leader, and has it run again after a while. */
async function loseLeader(stand: Stand): Promise<Struck> {
  const notes: string[] = [];
  const leader = await leaderOf(stand);
  const at = performance.now();
  await stand.kill(leader);
  const again = async (): Promise<void> => {
    await serving(stand, leader);
    notes.push(`NATS served again after ${Math.round(performance.now() - at)} ms`);
    await delay(Math.max(0, at + leaderMs - performance.now()));
    stand.restart(leader);
    await stand.ready();
  };
  return { healed: again(), notes };
}

/** When rows can be written at a server that is left. */
async function serving(stand: Stand, without: number): Promise<void> {
  const connection = await connect({ ...stand.operatorOptions(), servers: stand.urls.filter((_, at) => at !== without) }); // prettier-ignore
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 500 });
    for (;;) {
      const info = await manager.streams.info(stream).catch(() => undefined);
      const leader = info?.cluster?.leader;
      if (leader !== undefined && leader !== "" && stand.indexOf(leader) !== without) return;
      await delay(50);
    }
  } finally {
    await connection.close();
  }
}

const run = promisify(execFile);

/** A soft limit on the size of files: every write that would make one longer fails, as on a full disk. */
async function boundFiles(pid: number | undefined, most: "0" | "unlimited"): Promise<void> {
  try {
    await run("prlimit", ["--pid", String(pid), `--fsize=${most}:unlimited`]);
  } catch (error) {
    throw new Error("the fault `disk` takes prlimit, of util-linux: install it, or leave the fault out with --faults", { cause: error }); // prettier-ignore
  }
}

const usual = {
  door: "there",
  victims: 1,
  touchesAll: false,
  counts: "from its begin",
  isFirstAnswered: false,
} as const;

type Faults<Name extends FaultName> = Readonly<Record<Name, Fault>>;

export function faultsAt({ stand, proxies }: Place): Faults<FaultName> {
  return { ...faultsOfNodes(proxies), ...faultsOfNats(stand) };
}

function faultsOfNodes(proxies: Place["proxies"]): Faults<"kill" | "double" | "pause" | "cut" | "disk"> {
  return {
    double: {
      ...usual,
      name: "kill -9 of two of three nodes",
      door: "gone",
      victims: 2,
      decidedMsMost: doubleMs,
      strike: async (victim, second) => {
        victim.kill("SIGKILL");
        second?.kill("SIGKILL");
        return Promise.resolve({ healed: over, notes: [] });
      },
    },
    kill: {
      ...usual,
      name: "kill -9 of a node",
      door: "gone",
      isFirstAnswered: true,
      decidedMsMost: killedMs,
      strike: async (victim) => {
        victim.kill("SIGKILL");
        return Promise.resolve({ healed: over, notes: [] });
      },
    },
    pause: {
      ...usual,
      name: "SIGSTOP of a node for 30 s",
      door: "away",
      decidedMsMost: leaseLostMs,
      strike: async (victim) => {
        victim.kill("SIGSTOP");
        const healed = delay(pauseMs).then(() => victim.kill("SIGCONT"));
        return Promise.resolve({ healed, notes: [] });
      },
    },
    cut: {
      ...usual,
      name: "a node cut from NATS for 25 s",
      door: "away",
      decidedMsMost: leaseLostMs,
      strike: async ({ name }) => {
        const ways = proxies.get(name) ?? [];
        for (const way of ways) way.cut();
        const healed = delay(cutMs).then(() => {
          for (const way of ways) way.heal();
        });
        return Promise.resolve({ healed, notes: [] });
      },
    },
    disk: {
      ...usual,
      name: "a full disk under a node's records for 8 s",
      counts: "from its end",
      decidedMsMost: killedMs,
      strike: async ({ pid }) => {
        await boundFiles(pid, "0");
        return { healed: delay(diskMs).then(() => boundFiles(pid, "unlimited")), notes: [] };
      },
    },
  };
}

function faultsOfNats(stand: Stand): Faults<"leader" | "kill+leader" | "servers"> {
  return {
    leader: {
      ...usual,
      name: "kill -9 of the NATS leader",
      touchesAll: true,
      decidedMsMost: leaderAndKilledMs,
      strike: () => loseLeader(stand),
    },
    "kill+leader": {
      ...usual,
      name: "kill -9 of a node and of the NATS leader",
      door: "gone",
      decidedMsMost: leaderAndKilledMs,
      strike: async (victim) => {
        const struck = await loseLeader(stand);
        victim.kill("SIGKILL");
        return struck;
      },
    },
    servers: {
      ...usual,
      name: "two of three NATS servers down for 25 s",
      touchesAll: true,
      counts: "from its end",
      decidedMsMost: storeBackMs,
      strike: async () => {
        await Promise.all([stand.kill(0), stand.kill(1)]);
        const healed = delay(serversMs).then(async () => {
          stand.restart(0);
          stand.restart(1);
          await stand.ready();
        });
        return { healed, notes: [] };
      },
    },
  };
}

export const faultNames = [
  "kill",
  "double",
  "pause",
  "leader",
  "kill+leader",
  "servers",
  "cut",
  "disk",
] as const;
export type FaultName = (typeof faultNames)[number];
