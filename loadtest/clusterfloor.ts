/**
 * The floor under what a cluster costs a call, by itself: three processes that do what the laws demand of a call and nothing
 * else (floortrio.ts), each for itself and with one of them as the owner of all. `cluster.ts --floor` has the same beside
 * three gateways and one, in the same rounds.
 *
 *   node bin/ready.mjs tool loadtest/clusterfloor.ts [--rounds 5] [--seconds 3] [--warm 15]
 *
 * own      64 connections at the first, which decides for itself
 * apart    as many shared by the three, each deciding for itself
 * relayed  the same, all decided by the first: two of three calls come in at another
 * local, remote   one call at a time, at the owner's door and at one that is neither owner nor runner-up: p50
 *
 * A round measures all, in turn. CPU is that of the three processes together, NATS not counted.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startStand } from "../deploy/cluster/stand.ts";
import { cpuSeconds } from "./cputime.ts";
import type { DriverFigures } from "./driver.ts";
import { floorNames, FloorTrio } from "./floortrio.ts";
import { configure } from "./gateway.ts";
import { assertClean, buildRig, median } from "./rig.ts";
import { tools } from "./workload.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    warm: { type: "string", default: "15" },
  },
});
const measureMs = Number(options.seconds) * 1_000;
const rig = await buildRig();
const configuration = join(rig.folder, "configuration");
mkdirSync(configuration);
await configure(configuration, rig.upstream.url);
await using stand = await startStand({ nodes: floorNames });
const trio = await FloorTrio.start(rig, stand, configuration);

async function drive(url: string, connections: number, ms = measureMs): Promise<DriverFigures> {
  const figures = await rig.drive({ url, tool: tools.echo, connections, warmupMs: 300, measureMs: ms });
  assertClean(url, figures);
  return figures;
}

const cpu = (): number => trio.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);

/** CPU microseconds a call. */
async function cost(urls: readonly string[], connections: number, ms = measureMs): Promise<number> {
  const before = cpu();
  const figures = await Promise.all(urls.map((url) => drive(url, connections, ms)));
  return ((cpu() - before) / figures.reduce((sum, { answered }) => sum + answered, 0)) * 1e6;
}

const columns = ["own", "apart", "relayed", "apart/own", "relayed/own", "local ms", "remote ms", "added ms"];
const rows: number[][] = [];
try {
  const [first = ""] = trio.own;
  for (const urls of [trio.own, trio.relayed]) await cost(urls, 21, Number(options.warm) * 500);
  console.log(columns.join("  "));
  for (let round = 0; round < Number(options.rounds); round++) {
    const own = await cost([first], 64);
    const apart = await cost(trio.own, 21);
    const relayed = await cost(trio.relayed, 21);
    const local = (await drive(trio.owner, 1)).p50Ms;
    const remote = (await drive(trio.door, 1)).p50Ms;
    const row = [own, apart, relayed, apart / own, relayed / own, local, remote, remote - local];
    rows.push(row);
    console.log(row.map((value) => value.toFixed(2)).join("  "));
  }
  console.log(`median  ${columns.map((_, at) => median(rows.map((row) => row[at] ?? Number.NaN)).toFixed(2)).join("  ")}`); // prettier-ignore
} finally {
  await trio.stop();
  await rig.close();
}
