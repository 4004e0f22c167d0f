/**
 * The floor under the gateway's throughput, and the gateway beside it: floorproxy.ts, rung by rung.
 *
 *   node loadtest/floor.ts [--rounds 9] [--warm 15] [--json]
 *
 *   plain    the bare proxy that throughput is compared with: undici's Pool.request (bareproxy.ts)
 *   bare     the same with Pool.dispatch
 *   strict   and both bodies read strictly, both written again from what was read (laws 2 and 9)
 *   facts    and digest and shape of the arguments, digest of the answer
 *   turns    and the session actor decides the call and takes its answer (persona, buckets, breakers)
 *   records  and the intent before the upstream, the outcome after it: the recorder, `written` (law 4)
 *   gateway  `gatehouse start`
 *
 * All processes live through all rounds, warmed up for `--warm` seconds each; a round measures each for three seconds, in
 * turn. Ratios are taken within a round; printed are their medians, smallest and largest.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Child } from "./children.ts";
import { startChild } from "./children.ts";
import { nodeFlags, startGateway } from "./gateway.ts";
import { assertClean, buildRig, median, startBareProxy } from "./rig.ts";
import { tools } from "./workload.ts";

const rungs = ["bare", "strict", "facts", "turns", "records"] as const;
const measureMs = 3_000;
const settleMs = 300;

interface Side {
  readonly name: string;
  readonly child: Child;
  readonly url: string;
  readonly key?: string;
  readonly perSecond: number[];
  readonly cpuUs: number[];
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    warm: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
const rig = await buildRig();
const sides: Side[] = [];
const add = (name: string, child: Child, url: string, key?: string): void =>
  void sides.push({ name, child, url, ...(key === undefined ? {} : { key }), perSecond: [], cpuUs: [] });

async function measure(side: Side, ms: number): Promise<void> {
  const { pid } = side.child;
  const credential = side.key === undefined ? {} : { key: side.key };
  const figures = await rig.drive({ url: side.url, tool: tools.echo, ...credential, connections: 64, warmupMs: settleMs, measureMs: ms, watch: [pid] }); // prettier-ignore
  assertClean(side.name, figures);
  side.perSecond.push(figures.callsPerSecond);
  side.cpuUs.push(((figures.cpu[pid] ?? Number.NaN) / figures.calls) * 1e6);
}

try {
  const plain = await startBareProxy(rig, "request");
  add("plain", plain.child, plain.url);
  for (const rung of rungs) {
    const folder = await rig.configureGateway(`floor-${rung}`);
    const args = [`${import.meta.dirname}/floorproxy.ts`, "--upstream", rig.upstream.url, "--folder", folder, "--rung", rung]; // prettier-ignore
    const child = await startChild(rung, args, { core: rig.cores?.governed, flags: nodeFlags });
    add(rung, child, (child.ready as { url: string }).url);
  }
  const gateway = await startGateway(await rig.configureGateway("gateway"), { core: rig.cores?.governed });
  add("gateway", gateway.child, gateway.url("bench"), gateway.key);
  for (const side of sides) await measure(side, Number(options.warm) * 1_000);
  for (const side of sides) for (const list of [side.perSecond, side.cpuUs]) list.length = 0;
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) await measure(side, measureMs);
    if (!options.json)
      console.log(
        `${round + 1}  ${sides.map(({ name, cpuUs }) => `${name} ${cpuUs.at(-1)?.toFixed(0)}`).join("  ")} us`,
      );
    await wait(settleMs);
  }
} finally {
  for (const { child } of sides) await child.stop();
  await rig.close();
}

const [plain] = sides;
if (plain === undefined) throw new Error("nothing was measured");
const figures = sides.map(({ name, perSecond, cpuUs }) => {
  const ratios = perSecond.map((rate, round) => rate / (plain.perSecond[round] ?? Number.NaN));
  const over = cpuUs.map((us, round) => us - (plain.cpuUs[round] ?? Number.NaN));
  return { name, ratio: median(ratios), ratioMin: Math.min(...ratios), ratioMax: Math.max(...ratios), cpuUs: median(cpuUs), overUs: median(over) }; // prettier-ignore
});
if (options.json) console.log(JSON.stringify({ command: "floor", ok: true, figures }));
else {
  console.log(
    "\n| rung | throughput against plain | min to max | CPU us/call | over plain |\n| --- | --- | --- | --- | --- |",
  );
  for (const { name, ratio, ratioMin, ratioMax, cpuUs, overUs } of figures)
    console.log(`| ${name} | ${ratio.toFixed(3)} | ${ratioMin.toFixed(3)} to ${ratioMax.toFixed(3)} | ${cpuUs.toFixed(0)} | ${overUs.toFixed(0)} |`); // prettier-ignore
}
