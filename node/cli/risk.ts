/** `gatehouse risk`: how much harm each accepted tool can do, with reasons (docs/missions.md). Needs no running node. */
import { didYouMean, list, quote } from "../catalogue/fault.ts";
import { isLoaded, loadCatalogue } from "../config.ts";
import { projectRisks } from "../risk/projectrisks.ts";
import type { Risk } from "../risk/riskscore.ts";
import type { CliIo } from "./io.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import { Faults } from "./project.ts";
import { columns, line } from "./table.ts";

export async function riskCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const [wanted, ...more] = new Arguments(argv, [], []).rest;
  if (more.length > 0) throw new Misuse("risk takes at most one tool: TOOL or SERVER/TOOL");
  const catalogue = loadCatalogue(io.folder);
  if (!isLoaded(catalogue)) throw new Faults(catalogue);
  const all = projectRisks(catalogue);
  const shown = wanted === undefined ? all : all.filter(({ tool, server }) => wanted === tool || wanted === `${server}/${tool}`); // prettier-ignore
  if (wanted !== undefined && shown.length === 0) {
    const known = all.map(({ tool, server }) => `${server}/${tool}`);
    throw new Misuse(`no accepted tool is called ${quote(wanted)}. ${didYouMean(wanted, [...all.map(({ tool }) => tool), ...known])}Known: ${list(known)}`); // prettier-ignore
  }
  if (io.json) for (const risk of shown) io.out(JSON.stringify(risk));
  else if (wanted === undefined)
    for (const each of columns(["score", "", "server", "tool", "effect", "first of its reasons"], shown.map(rowOf))) io.out(each); // prettier-ignore
  else for (const risk of shown) for (const each of sayRisk(risk)) io.out(line(each));
  const figures = { tools: shown.length, critical: shown.filter(({ band }) => band === "critical").length, high: shown.filter(({ band }) => band === "high").length }; // prettier-ignore
  return finish(io, "risk", true, figures);
}

function rowOf({ score, band, server, tool, effect, reasons, override }: Risk): string[] {
  const first = override === undefined ? reasons.toSorted((a, b) => b.points - a.points).slice(0, 3).map(({ says }) => says).join("; ") : `set by the catalogue: ${override.reason}`; // prettier-ignore
  return [String(score), band, server, tool, effect, first];
}

function* sayRisk({
  score,
  band,
  server,
  tool,
  reasons,
  override,
  found,
  proposal,
}: Risk): Generator<string> {
  yield `${server}/${tool}: ${score} of 100, ${band}`;
  if (override !== undefined) yield `  set by the catalogue to ${override.score}, instead of ${found}: ${override.reason}`; // prettier-ignore
  for (const { points, says } of reasons) yield `  ${String(points).padStart(3)}  ${says}`;
  const { limits, approval } = proposal;
  const bucket = limits === undefined ? "the role's own limits" : `at most ${limits.capacity} at once, ${limits.perSecond} a second`; // prettier-ignore
  yield `  proposed for a role: ${bucket}${approval ? "; each call approved by a person" : ""}`;
}
