/**
 * What an operator probably meant by a name that is nowhere: the nearest one that is, else what there is. Reads and
 * changes nothing. A hint is for people; nothing is done on its behalf.
 */
import { readSessionKey, type SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { didYouMean, list, nearest, quote } from "../catalogue/fault.ts";
import type { KillRule } from "./killfile.ts";
import type { SessionViews } from "./listing.ts";
import { refuse } from "./request.ts";

export interface HintPorts {
  readonly host: SessionViews;
  /** The roles in force. */
  readonly roles: { all(): Iterable<{ readonly persona: string }> };
}

const shownMax = 4;

/** @throws GatewayError PARAMS_INVALID when no endpoint has this persona: stopping it would stop nobody */
export function checkPersona({ roles }: HintPorts, persona: string): void {
  const known = [...new Set(Array.from(roles.all(), (role) => role.persona))].sort();
  if (known.includes(persona)) return;
  refuse(`no endpoint has the persona ${quote(persona)}; nobody was stopped. ${didYouMean(persona, known)}Known: ${list(known)}`); // prettier-ignore
}

/** Undefined when there is a session of this key. */
export function hintForSession({ host }: Pick<HintPorts, "host">, key: SessionKey): string | undefined {
  const keys: string[] = [];
  for (const listed of host.sessions()) {
    if (listed.key === key) return undefined;
    if (keys.length < limits.sessionsListedMax) keys.push(listed.key);
  }
  return `no session has this key yet. ${nearestKey(key, keys)}`;
}

/** Undefined when a session of this agent has called. */
export function hintForAgent({ host }: Pick<HintPorts, "host">, agent: string): string | undefined {
  const agents = new Set<string>();
  for (const { key } of host.sessions()) {
    const name = readSessionKey(key)?.agent;
    if (name === agent) return undefined;
    if (name !== undefined && agents.size < limits.sessionsListedMax) agents.add(name);
  }
  return `no session of the agent ${quote(agent)} has called yet. ${didYouMean(agent, agents)}Agents that have: ${list([...agents].sort(), shownMax)}`; // prettier-ignore
}

/** For a rule that is not there. */
export function hintForRule(rules: readonly KillRule[]): string {
  return `there is no such kill rule. In force: ${list(rules.map(sayTarget))}`;
}

/** The command line's words for a rule's target. */
export function sayTarget(rule: KillRule): string {
  if ("all" in rule) return "--all";
  if ("session" in rule) return quote(rule.session);
  return "persona" in rule ? `--persona ${rule.persona}` : `--agent ${JSON.stringify(rule.agent)}`;
}

/** The nearest of the keys; without one, some that share the persona, else some at all. */
function nearestKey(key: string, keys: readonly string[]): string {
  const meant = nearest(key, keys);
  if (meant !== undefined) return `did you mean ${quote(meant)}?`;
  const persona = key.split("/").slice(0, 2).join("/");
  const same = keys.filter((each) => each.startsWith(`${persona}/`));
  return `Sessions${same.length > 0 ? ` of ${quote(persona)}` : ""}: ${list(same.length > 0 ? same : keys, shownMax)}`;
}
