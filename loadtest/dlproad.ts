/**
 * The road with the search for sensitive data on, in both directions, against off: two personas of one gateway that differ in
 * nothing else, in turn, over HTTP, bodies of 1 KB (workload.ts). Part of `npm run bench:dlp`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { startGateway } from "./gateway.ts";
import { assertClean, buildRig, median } from "./rig.ts";
import { tools } from "./workload.ts";

const rounds = 5;
const connections = 64;
const wide = { capacity: 1_000_000, perSecond: 1_000_000 };

export async function road(): Promise<{ readonly [name: string]: number | string }> {
  const rig = await buildRig();
  try {
    const folder = await rig.configureGateway("road");
    const role = {
      title: "As `bench`, and nothing is searched",
      data: { scan: "none" },
      grants: [{ tool: tools.echo, server: "upstream", effect: "read", reason: "the bench calls it" }],
      limits: {
        agent: { ...wide },
        tool: { ...wide },
        budget: { calls: 1_000_000_000, hours: 24 },
        openCalls: 256,
      },
    };
    writeFileSync(
      join(folder, "personas", "unsearched.role.yaml"),
      stringify({ role: "unsearched", ...role }),
    );
    const gateway = await startGateway(folder, { core: rig.cores?.governed });
    const rates: { [persona: string]: number[] } = { bench: [], unsearched: [] };
    try {
      for (let round = 0; round < rounds; round++)
        for (const persona of ["bench", "unsearched"]) {
          const figures = await rig.drive({ url: gateway.url(persona), tool: tools.echo, key: gateway.key, connections, warmupMs: round === 0 ? 4_000 : 1_000, measureMs: 4_000 }); // prettier-ignore
          assertClean(persona, figures);
          rates[persona]?.push(figures.callsPerSecond);
        }
    } finally {
      await gateway.child.stop();
    }
    const [on, off] = [median(rates["bench"] ?? []), median(rates["unsearched"] ?? [])];
    return {
      onPerSecond: Math.round(on),
      offPerSecond: Math.round(off),
      ratio: Math.round((on / off) * 1000) / 1000,
      onRounds: (rates["bench"] ?? []).map(Math.round).join(" "),
      offRounds: (rates["unsearched"] ?? []).map(Math.round).join(" "),
    };
  } finally {
    await rig.close();
  }
}
