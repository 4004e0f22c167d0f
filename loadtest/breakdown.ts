/** Where a call's CPU time goes: one profiled run of the gateway, which no other figure is taken from. */
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { startGateway } from "./gateway.ts";
import { inspectorUrl, profileWhile } from "./profile.ts";
import { assertClean } from "./rig.ts";
import type { Rig } from "./rig.ts";
import { breakDown } from "./stages.ts";
import type { Breakdown } from "./stages.ts";
import { tools } from "./workload.ts";

const root = pathToFileURL(`${resolve(import.meta.dirname, "..")}/`).href;
const rowsMax = 40;

/** @returns microseconds per call, in place of microseconds */
export async function breakDownCall(
  rig: Rig,
  warmupMs: number,
  measureMs: number,
  connections = 64,
): Promise<Breakdown> {
  const folder = await rig.configureGateway("profile");
  let inspector: string | undefined;
  const gateway = await startGateway(folder, {
    core: rig.cores?.governed,
    flags: ["--inspect=127.0.0.1:0"],
    onWords: (line) => {
      inspector ??= inspectorUrl(line);
    },
  });
  try {
    if (inspector === undefined) throw new Error("the gateway named no inspector");
    const load = {
      url: gateway.url("bench"),
      key: gateway.key,
      tool: tools.echo,
      connections,
      warmupMs: 0,
    };
    assertClean(
      "gateway, warm-up of the profile",
      await rig.drive({ ...load, connections: 64, measureMs: warmupMs }),
    );
    const { profile, result } = await profileWhile(inspector, () => rig.drive({ ...load, measureMs }));
    assertClean("gateway, profiled", result);
    const whole = breakDown(profile, root);
    const perCall = (us: number): number => us / result.answered;
    const inner = ({ allUs, ownUs }: { allUs: number; ownUs: number }): { allUs: number; ownUs: number } => ({
      allUs: perCall(allUs),
      ownUs: perCall(ownUs),
    });
    return {
      totalUs: perCall(whole.totalUs),
      stages: whole.stages.map((row) => ({ ...row, ...inner(row) })),
      functions: whole.functions.slice(0, rowsMax).map((row) => ({ ...row, selfUs: perCall(row.selfUs) })),
      callers: whole.callers.slice(0, rowsMax).map((row) => ({ ...row, ...inner(row) })),
    };
  } finally {
    await gateway.child.stop();
  }
}
