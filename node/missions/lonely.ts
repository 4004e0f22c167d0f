/**
 * Servers that the mission is hardly about: what it would grant of one is reads alone, and one line alone speaks of them. Pure.
 *
 * L1. Such a server is not meant where the line says to do something and not to read, as no tool there does it; nor where a server that
 *     the mission is about otherwise too answers the same line. A question says so.
 * L2. In few words each server may have one line alone: only of a mission that says more than that (`sentencesMin`, `linesMin`).
 * L3. It only takes away, and with one more prohibition never less: what answers a line otherwise does so whatever is forbidden of it.
 */
import type { Clause } from "./mission.ts";
import type { Match } from "./reasons.ts";
import { effectsOf } from "./verb.ts";

export interface Lonely {
  readonly servers: ReadonlySet<string>;
  readonly questions: readonly string[];
}

/** Sentences that grant something, in all; lines that speak of one server. With two tasks of a few words lost reads that they needed. */
const sentencesMin = 3;
const linesMin = 3;

/**
 * @param spoken   what lines speak of by names, whatever is forbidden of it
 * @param granted  what would be granted
 */
export function lonelyOf(spoken: readonly Match[], granted: readonly Match[]): Lonely {
  const all = linesOf(spoken);
  const sentences = new Set([...all.values()].flatMap((lines) => [...lines].map(({ sentence }) => sentence)));
  const isLong = sentences.size >= sentencesMin || [...all.values()].some(({ size }) => size >= linesMin);
  if (!isLong) return { servers: new Set(), questions: [] };
  const writing = serversWriting(spoken);
  const isAnswered = (clause: Clause, by: string): boolean => [...all].some(([server, lines]) => server !== by && lines.has(clause) && (lines.size > 1 || writing.has(server))); // prettier-ignore
  const left = serversWriting(granted);
  const hardly = [...linesOf(granted)].flatMap(([server, lines]) => (left.has(server) || lines.size !== 1 ? [] : [...lines].map((clause) => ({ server, clause })))); // prettier-ignore
  const lonely = hardly.filter(({ server, clause }) => isDeed(clause) || isAnswered(clause, server));
  return {
    servers: new Set(lonely.map(({ server }) => server)),
    questions: lonely.map(({ server, clause: { text } }) => `"${text}" is all that may speak of ${server}, and was taken for something else. If that is meant, say it by its own word.`), // prettier-ignore
  };
}

function linesOf(matches: readonly Match[]): ReadonlyMap<string, ReadonlySet<Clause>> {
  const lines = new Map<string, Set<Clause>>();
  for (const { tool, clause, isDirect } of matches)
    if (isDirect) lines.set(tool.server, (lines.get(tool.server) ?? new Set<Clause>()).add(clause));
  return lines;
}

function serversWriting(matches: readonly Match[]): ReadonlySet<string> {
  return new Set(matches.filter(({ tool }) => tool.effect !== "read").map(({ tool }) => tool.server));
}

function isDeed({ groups }: Clause): boolean {
  return (
    !groups.has("read") && [...groups].some((group) => effectsOf(group).some((effect) => effect !== "read"))
  );
}
