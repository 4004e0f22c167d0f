/** What the servers' tools are about, by their names: for who writes a mission and is told that no tool was found. */
import type { CatalogueTool } from "./tool.ts";
import { toolOf, wordsFor } from "./tool.ts";

const serversShown = 20;
const wordsShown = 12;

/** A line for each server, the words of most of its tools first. Empty where a server has no tool with a word for a thing. */
export function aboutServers(tools: readonly CatalogueTool[]): readonly string[] {
  const servers = new Map<string, Map<string, number>>();
  for (const tool of tools.map(toolOf)) {
    const words = servers.get(tool.server) ?? new Map<string, number>();
    servers.set(tool.server, words);
    for (const word of wordsFor(tool, [...tool.objects]).split(", ").filter(Boolean)) words.set(word, (words.get(word) ?? 0) + 1); // prettier-ignore
  }
  const lines = [...servers].filter(([, words]) => words.size > 0).map(([server, words]) => `${server}: ${shown(words)}`); // prettier-ignore
  return lines.length <= serversShown
    ? lines
    : [...lines.slice(0, serversShown), `… and ${lines.length - serversShown} more servers`];
}

function shown(words: ReadonlyMap<string, number>): string {
  const sorted = [...words].toSorted(([, a], [, b]) => b - a).map(([word]) => word);
  return sorted.length <= wordsShown ? sorted.join(", ") : `${sorted.slice(0, wordsShown).join(", ")} …`;
}
