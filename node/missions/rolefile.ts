/**
 * The role file of a compiled mission: what a reviewer reads, and what the gateway accepts. Each grant has the words that
 * justify it; what was not understood, refused or is to be asked stands in comments.
 */
import { stringify } from "yaml";
import { limits } from "../../protocol/limits.ts";
import { escapeHidden } from "../catalogue/fault.ts";
import type { Risk } from "../risk/riskscore.ts";
import { sequenceOf } from "./budgets.ts";
import type { ProposedSequence } from "./budgets.ts";
import type { CompiledGrant, CompiledMission } from "./compile.ts";

const reasonCharsMax = 1_000;
const commentCharsMax = 200;
/** The comments above a grant show three. */
const reasonsShown = 1;
const commentsMax = 60;
const idleMax = 20;

/**
 * @param risks by `SERVER/TOOL`: with them the riskiest grant comes first, with the limits and approvals that its score proposes
 * @param about what the servers' tools are about, for who wrote a line that none was found for
 */
export function roleText(
  name: string,
  mission: string,
  compiled: CompiledMission,
  risks: ReadonlyMap<string, Risk> = new Map(),
  about: readonly string[] = [],
): string {
  const riskOf = ({ server, tool }: CompiledGrant): Risk | undefined => risks.get(`${server}/${tool}`);
  const writes = compiled.grants.filter(({ effect }) => effect !== "read");
  const scored = compiled.grants.map((grant) => ({ grant, risk: riskOf(grant) }));
  const sequence = sequenceOf(mission, compiled.grants);
  const ordered = scored.toSorted((a, b) => (b.risk?.score ?? 0) - (a.risk?.score ?? 0));
  return [
    "# Compiled from its mission, by rules and without a model (docs/missions.md). Review it: a grant stays only when the",
    "# words beside it mean it. What no grant names does not exist for the agent.",
    ...summary(
      { ...compiled, questions: [...compiled.questions, ...(sequence?.questions ?? [])] },
      writes,
      about,
    ),
    ...riskLines(ordered.flatMap(({ risk }) => risk ?? [])),
    `role: ${scalar(name)}`,
    stringify(
      { mission: mission.slice(0, limits.missionCharsMax).split(/\r?\n/).map(escapeHidden).join("\n") },
      { lineWidth: 0 },
    ).trimEnd(),
    ...(compiled.grants.length === 0
      ? ["grants: []"]
      : ["grants:", ...ordered.flatMap(({ grant, risk }) => grantLines(grant, risk))]),
    ...(sequence === undefined ? [] : sequenceLines(sequence)),
    "",
  ].join("\n");
}

function summary(
  { grants, questions, unmatched, idle, refused }: CompiledMission,
  writes: readonly CompiledGrant[],
  about: readonly string[],
): readonly string[] {
  const classes = [...new Set(writes.map(({ effect }) => effect))].join(", ");
  const words = unmatched.filter((each) => !idle.includes(each));
  return [
    comment(
      `Risk: ${grants.length - writes.length} reads, ${writes.length} writes${classes === "" ? "" : ` (${classes})`}.`,
    ),
    ...questions.map((question) => comment(`Question: ${question}`)),
    ...(words.length === 0 ? [] : [comment(`Words that matched nothing: ${words.join(", ")}`)]),
    ...idle.slice(0, idleMax).map((text) => comment(`Allowed, and no tool was found for it: "${text}"`)),
    ...(idle.length > idleMax
      ? [comment(`… and ${idle.length - idleMax} more for which no tool was found`)]
      : []),
    ...(idle.length + unmatched.length === 0 ? [] : aboutLines(about)),
    ...refused
      .slice(0, commentsMax)
      .map(({ tool, server, why }) => comment(`Refused: ${server} ${tool}: ${why}`)),
    ...(refused.length > commentsMax ? [comment(`… and ${refused.length - commentsMax} more refused`)] : []),
  ];
}

function aboutLines(about: readonly string[]): readonly string[] {
  if (about.length === 0) return [];
  return [comment("Names of the tools here speak of these things; a line is understood where it names one, with a verb:"), ...about.map((each) => `#   ${comment(each).slice(2)}`)]; // prettier-ignore
}

function riskLines([first, ...others]: readonly Risk[]): readonly string[] {
  if (first === undefined) return [];
  const high = [first, ...others].filter(({ band }) => band === "high" || band === "critical");
  const shown = high.length === 0 ? `the riskiest is ${first.tool} with ${first.score} of 100` : high.map(({ tool, score }) => `${tool} ${score}`).join(", "); // prettier-ignore
  return [comment(`Risk scores: ${high.length} high or critical (${shown}). gatehouse risk SERVER/TOOL adds each up. Limits and approvals below are proposals.`)]; // prettier-ignore
}

function grantLines(
  { tool, server, effect, reasons, constraints, approval: doubt }: CompiledGrant,
  risk?: Risk,
): readonly string[] {
  const { limits: bucket, approval = false } = risk?.proposal ?? {};
  const most = risk?.reasons.toSorted((a, b) => b.points - a.points).slice(0, 3).map(({ says }) => says).join("; "); // prettier-ignore
  return [
    ...(risk === undefined ? [] : [`  ${comment(`risk ${risk.score}, ${risk.band}: ${risk.override?.reason ?? most ?? ""}`)}`]), // prettier-ignore
    ...reasons.slice(0, 3).map((reason) => `  ${comment(`mission: ${reason}`)}`),
    ...(doubt === undefined ? [] : [`  ${comment(`asks a person: ${doubt}`)}`]), // prettier-ignore
    `  - tool: ${scalar(tool)}`,
    `    server: ${scalar(server)}`,
    `    effect: ${effect}`,
    `    reason: ${scalar(escapeHidden(`the mission says: ${reasons.slice(0, reasonsShown).join("; ")}`.slice(0, reasonCharsMax)))}`,
    ...(bucket === undefined ? [] : [`    limits: ${JSON.stringify(bucket)}`]),
    ...(approval || doubt !== undefined ? ["    approval: required"] : []),
    ...(Object.keys(constraints).length === 0 ? [] : [`    arguments: ${JSON.stringify(constraints)}`]),
  ];
}

function sequenceLines({ section, reasons }: ProposedSequence): readonly string[] {
  return [
    comment("Guard four judges what follows what (docs/behaviour.md). Nothing is learned yet: these are budgets to begin with."),
    ...reasons.map(comment),
    stringify({ sequence: section }, { lineWidth: 0 }).trimEnd(),
  ]; // prettier-ignore
}

function scalar(text: string): string {
  return JSON.stringify(text) === `"${text}"` && /^[a-z][\w-]*$/.test(text) ? stringify(text).trimEnd() : JSON.stringify(text); // prettier-ignore
}

function comment(text: string): string {
  const line = escapeHidden(text.replace(/\s+/g, " ").trim());
  return `# ${line.length > commentCharsMax ? `${line.slice(0, commentCharsMax)}…` : line}`;
}
