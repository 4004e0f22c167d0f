/**
 * kill -9 in the middle of 1,000 calls, several times: every call that the upstream saw must have its intent on record
 * (law 4). Half of the calls go to a repeatable tool (`written`), half to one that is not (`synced`).
 *
 * The join is exact: each call bears a number of its own, the role has a constraint on it, so the number stands in the
 * journalled facts; the upstream notes the number of each call it sees, in a file of its own.
 *
 * 1. The upstream ends the gateway itself, at once or up to some milliseconds after it has seen a call drawn at random:
 *    the harshest moment, because the call it just saw is the one whose intent might be missing.
 * 2. Records are read as they lie there after the kill, before any recovery touches them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assertGoverned, command, startGateway } from "./gateway.ts";
import { joinSeen, RecordReader } from "./records.ts";
import type { SeenJoin, SeenRecord } from "./records.ts";
import { buildRig } from "./rig.ts";
import type { Rig } from "./rig.ts";
import type { DriverFigures } from "./driver.ts";
import { tools } from "./workload.ts";

export interface CrashRound extends SeenJoin {
  readonly answered: number;
}

export interface CrashFigures {
  readonly rounds: readonly CrashRound[];
  /** Intents that the starts afterwards closed with the outcome "unknown", and those that stayed open (must be 0). */
  readonly unknown: number;
  readonly open: number;
}

const callsPerRound = 1_000;
/**
 * Connections per tool, round by round. With few, a call reaches the upstream a moment after its intent; with many it
 * waits in queues, which is when much is in flight but little of it is at the brink.
 */
const connectionsByRound = [1, 32, 2, 8];
/** Half of the kills come at once, the others up to this much later. */
const delayMsMax = 4;
const roundMs = 20_000;

export async function crash(
  count: number,
  random: () => number,
  say: (line: string) => void,
): Promise<CrashFigures> {
  const rig = await buildRig("seen.log");
  try {
    const folder = await rig.configureGateway("crash");
    const reader = new RecordReader(join(folder, "data"));
    const all: SeenRecord[] = [];
    const rounds: CrashRound[] = [];
    let key: string | undefined;
    let seenLines = 0;
    for (let at = 1; at <= count; at++) {
      const gateway = await startGateway(folder, { core: rig.cores?.governed }, key);
      key = gateway.key;
      const afterCalls = Math.ceil((0.05 + 0.9 * random()) * callsPerRound);
      const delayMs = random() < 0.5 ? 0 : Math.ceil(random() * delayMsMax);
      await rig.upstream.killAfter(gateway.child.pid, afterCalls, delayMs);
      const figures = await loadBoth(
        rig,
        gateway.url("counted"),
        key,
        connectionsByRound[(at - 1) % connectionsByRound.length] ?? 1,
      );
      await gateway.child.ended;
      const fresh = reader.read();
      all.push(...fresh);
      const lines = readFileSync(join(rig.folder, "seen.log"), "utf8").trimEnd().split("\n");
      const answered = figures.reduce((sum, one) => sum + one.answered, 0);
      const round = { ...joinSeen(lines.slice(seenLines), fresh), answered };
      seenLines = lines.length;
      if (round.seen >= callsPerRound) throw new Error("the kill came after the last call");
      rounds.push(round);
      say(`  round ${at}: killed ${delayMs} ms after call ${afterCalls}; ${JSON.stringify(round)}`);
    }
    // One more start recovers the last round, and must leave a gateway that works and a chain without a break.
    const gateway = await startGateway(folder, { core: rig.cores?.governed }, key);
    try {
      await assertGoverned(gateway, async () => (await rig.upstream.counts()).calls);
      all.push(...reader.read());
      await command(folder, ["audit", "verify"]);
    } finally {
      await gateway.child.stop();
    }
    return { rounds, ...closedByRecovery(all) };
  } finally {
    await rig.close();
  }
}

/** Both tools at once. The only errors allowed are those of sockets that a dead process leaves. */
async function loadBoth(rig: Rig, url: string, key: string, connections: number): Promise<DriverFigures[]> {
  const figures = await Promise.all(
    [tools.echo, tools.write].map((tool) =>
      rig.drive({
        url,
        key,
        tool,
        connections,
        warmupMs: 0,
        measureMs: roundMs,
        callsMax: callsPerRound / 2,
      }),
    ),
  );
  for (const { errors } of figures) {
    const strange = Object.keys(errors).find((what) => !/^socket |^closed with a call open$/.test(what));
    if (strange !== undefined) throw new Error(`a call failed otherwise than by the kill: ${strange}`);
  }
  return figures;
}

function closedByRecovery(records: readonly SeenRecord[]): {
  readonly unknown: number;
  readonly open: number;
} {
  const open = new Set<string>();
  let unknown = 0;
  for (const { kind, op, outcome } of records) {
    if (op === undefined) continue;
    if (kind === "intent") open.add(op);
    if (kind !== "outcome") continue;
    open.delete(op);
    if (outcome === "unknown") unknown++;
  }
  return { unknown, open: open.size };
}
