/** What of a mission speaks for a tool, and the words for who reads why it was granted, refused or asked about. Pure. */
import { sharedObjects } from "./license.ts";
import type { Clause } from "./mission.ts";
import type { Prohibitions } from "./prohibition.ts";
import { wordsFor } from "./tool.ts";
import type { Tool } from "./tool.ts";
import { effectsOf } from "./verb.ts";

export interface Match {
  readonly tool: Tool;
  readonly clause: Clause;
  /** Concepts of the clause that are its objects. */
  readonly shared: readonly string[];
  /** The clause speaks of it, and does not merely need it. */
  readonly isDirect: boolean;
  /** By words of its description, and not of its name. */
  readonly isDescribed?: true;
}

export function reasonOf({ tool, clause, shared, isDirect, isDescribed }: Match): string {
  const about = wordsFor(tool, shared);
  if (isDescribed === true) return `"${clause.text}" (${tool.effect}, by its description: ${about})`;
  if (tool.effect !== "read" || isDirect) return `"${clause.text}" (${tool.effect}: ${about})`;
  return `"${clause.text}" (${about === "" ? "may need it" : `needs ${about}`})`;
}

export function whyNot(
  tool: Tool,
  against: Clause | undefined,
  servers: ReadonlySet<string>,
  clauses: readonly Clause[],
): string {
  if (against !== undefined) return `the mission forbids it: "${against.text}"`;
  if (clauses.length === 0) return "nothing of the mission was understood to allow anything";
  if (!servers.has(tool.server)) return `the mission does not speak of what ${tool.server} is for`;
  if (tool.effect === "unknown") return `its effect is unknown, which nothing licenses${tool.note === undefined ? "" : `: ${tool.note}`}`; // prettier-ignore
  const speaking = clauses.find((clause) => sharedObjects(tool, clause).length > 0);
  return speaking === undefined
    ? `no words of the mission speak of ${wordsFor(tool, [...tool.objects])}`
    : `"${speaking.text}" speaks of it, and no words of the mission license ${tool.effect}, or another tool fits them better`;
}

/** Lines that allow something for which there is no tool: who wrote them would believe that it can be done. */
export function idleOf(
  clauses: readonly Clause[],
  matches: readonly Match[],
  forbidden: Prohibitions,
): readonly string[] {
  const granted = matches.filter(({ tool }) => forbidden.of(tool) === undefined);
  const idle = clauses.filter((clause) => {
    const deeds = [...clause.groups].flatMap(effectsOf);
    const own = granted.filter((match) => isSame(match.clause, clause));
    // A thing alone, or a condition, says something only where nothing else of its sentence does.
    if (deeds.length === 0)
      return clause.concepts.size > 0 && ![...granted.map((match) => match.clause), ...clauses.filter(({ groups }) => groups.size > 0)].some(({ sentence }) => sentence === clause.sentence); // prettier-ignore
    if (matches.some((match) => match.tool.effect !== "read" && isSame(match.clause, clause) && !own.includes(match))) return false; // prettier-ignore
    return !own.some(({ tool }) => tool.effect !== "read" || deeds.includes("read") || clause.isReadOnly);
  });
  return [...new Set(idle.map(({ text }) => text))];
}

function isSame(one: Clause, other: Clause): boolean {
  return one.sentence === other.sentence && one.text === other.text;
}

export function manageQuestions(clauses: readonly Clause[]): readonly string[] {
  return clauses
    .filter(({ groups }) => groups.has("manage"))
    .map(({ text }) => `"${text}" is taken as to create and to change. Does it include deleting, sending or paying? Say so.`); // prettier-ignore
}

/** Clauses that allow something of which a prohibition leaves nothing: of the two lines one is not meant so. */
export function contradictions(matches: readonly Match[], forbidden: Prohibitions): readonly string[] {
  const byClause = new Map<string, Match[]>();
  for (const match of matches) {
    if (match.tool.effect === "read" && !match.isDirect) continue;
    const { sentence, text } = match.clause;
    const key = `${sentence} ${text}`;
    byClause.set(key, [...(byClause.get(key) ?? []), match]);
  }
  const questions = [...byClause.values()].flatMap((all) => {
    // Reads that are left are what it says only where it says to read.
    const writes = all.filter(({ tool }) => tool.effect !== "read");
    const isReading = all.some(({ clause }) => clause.groups.has("read"));
    const own = writes.length > 0 && !isReading ? writes : all;
    const against = own.map(({ tool }) => forbidden.of(tool)?.text);
    return against.includes(undefined)
      ? []
      : contradiction(own, new Set(against.flatMap((text) => text ?? [])));
  });
  return [...new Set(questions)];
}

/** A prohibition with a verb of the clause itself takes all the writes that it would allow: not a wider one ("never change anything"). */
export function isTakenBack(clause: Clause, writes: readonly Match[], forbidden: Prohibitions): boolean {
  const own = writes.filter((match) => match.clause === clause);
  const isOwnVerb = (other: Clause | undefined): boolean => other !== undefined && [...other.groups].some((group) => clause.groups.has(group)); // prettier-ignore
  return own.length > 0 && !clause.groups.has("read") && own.every(({ tool }) => isOwnVerb(forbidden.of(tool))); // prettier-ignore
}

const shownMax = 3;

function contradiction(own: readonly Match[], against: ReadonlySet<string>): string {
  const lines = [...against].slice(0, shownMax).map((text) => `"${text}"`).join(" and "); // prettier-ignore
  const names = [...new Set(own.map(({ tool }) => tool.definition.name))];
  const tools = `${names.slice(0, shownMax).join(", ")}${names.length > shownMax ? ", …" : ""}`;
  return `"${own[0]?.clause.text ?? ""}" allows, and ${lines} forbids, ${tools}. Forbidding wins, so the first line grants none of it. Which of the two is meant?`; // prettier-ignore
}
