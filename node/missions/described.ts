/**
 * Tools that a line of the mission means by words that stand in their descriptions alone ("lists the bidders' questions":
 * `clarification_list`, "List the questions that bidders have asked"). Pure.
 *
 * Z1. Only for a line that allows something and for which no tool was found by its name, and only tools of servers that the mission is
 *     about by names: no server can describe itself into a role, and what a description adds is one more tool of a server that is in it.
 * Z2. What is to be done is still said by the tool's name: its verb has to be that of the line, or one that the line's verb licenses
 *     and that is done to what the description names first.
 * Z3. The tools that share the rarest words with the line are meant, two at the most; where more do, none is.
 * Z4. A write that is meant so is granted behind a person (compile.ts), as whoever runs the server wrote what speaks for it. A write whose description has a word of a line that forbids what it does, or what nobody understood, is not granted so.
 */
import { general } from "./general.ts";
import { isLicensed, isOwnVerb } from "./license.ts";
import { englishLexicon } from "./lexicons.ts";
import type { Clause } from "./mission.ts";
import { isMeant } from "./prohibition.ts";
import type { Match } from "./reasons.ts";
import { isTelltale } from "./stage.ts";
import type { Tool } from "./tool.ts";
import { effectsOf } from "./verb.ts";
import { englishStem, fold, wordsOf } from "./words.ts";

/** Of a description: its first sentence, up to here. */
const headCharsMax = 160;
/** Tools that one line may mean so. */
const meantMax = 2;
/** What a description names before the first of these is what is done to, and counts twice: "an image for a campaign". */
const oblique = /^(?:of|to|for|from|in|on|with|by|that|which|who|so|below|under|around|into|at|as|out|whether|when|where|because|since)$/; // prettier-ignore
const firstFactor = 2;

/** Concepts, and `=stem` of words that no concept has. */
interface Described {
  readonly things: ReadonlySet<string>;
  /** Of them what is named first, and what the tool's name has. */
  readonly first: ReadonlySet<string>;
}

/** A tool does not change: what is said of it is read once. */
const known = new WeakMap<Tool, Described>();

function describedBy(tool: Tool): Described {
  const found = known.get(tool);
  if (found !== undefined) return found;
  const [head = ""] = fold(tool.definition.description.slice(0, headCharsMax)).split(/[.;\n]/);
  const words = wordsOf(head).filter((word, at) => at > 0 || englishLexicon.verbsOf(word).size === 0);
  const end = words.findIndex((word) => oblique.test(word));
  const described = {
    things: new Set([...words.flatMap(thingsOf), ...tool.objects]),
    first: new Set([...words.slice(0, end < 0 ? undefined : end).flatMap(thingsOf), ...tool.objects]),
  };
  known.set(tool, described);
  return described;
}

function thingsOf(word: string): readonly string[] {
  if (englishLexicon.is("common", word) || word.length < 3) return [];
  const concepts = englishLexicon.concepts.find(word);
  return concepts.size > 0 ? [...concepts] : [`=${englishStem(word)}`];
}

function isSpoken(thing: string, { concepts, stems, asides, conditions }: Clause): boolean {
  if (asides.has(thing) || conditions.has(thing)) return false;
  return concepts.has(thing) || (thing.startsWith("=") && stems.has(thing.slice(1)));
}

function isTelling(thing: string): boolean {
  return !general.has(thing) && isTelltale(thing);
}

/** Rare things weigh more. Thousandths, so that sums are the same on every machine. */
function weigher(tools: readonly Tool[]): (thing: string) => number {
  const having = new Map<string, Set<string>>();
  for (const tool of tools)
    for (const thing of describedBy(tool).things)
      having.set(thing, (having.get(thing) ?? new Set<string>()).add(tool.server));
  const all = new Set(tools.map(({ server }) => server)).size;
  return (thing) => Math.round(1000 * Math.log(1 + all / (having.get(thing)?.size ?? all)));
}

/**
 * @param servers     those that the mission is about by names
 * @param found       what was found by names
 * @param forbidding  clauses that forbid
 */
export function describedOf(
  clauses: readonly Clause[],
  tools: readonly Tool[],
  servers: ReadonlySet<string>,
  found: readonly Match[],
  forbidding: readonly Clause[],
): readonly Match[] {
  const open = clauses.filter((clause) => isIdle(clause, found));
  if (open.length === 0) return [];
  const weigh = weigher(tools);
  const isForbidden = (tool: Tool): boolean => forbidding.some((clause) => (clause.groups.size === 0 || isMeant(tool, clause)) && [...describedBy(tool).things].some((thing) => isTelling(thing) && isSpoken(thing, clause))); // prettier-ignore
  const candidates = tools.filter((tool) => servers.has(tool.server) && tool.effect !== "unknown");
  // Behind the choice: what is forbidden lets no other tool come in.
  return open.flatMap((clause) => meantBy(clause, candidates, weigh)).filter(({ tool }) => tool.effect === "read" || !isForbidden(tool)); // prettier-ignore
}

function isReading({ groups }: Clause): boolean {
  return [...groups].every((group) => effectsOf(group).every((effect) => effect === "read"));
}

function isIdle(clause: Clause, found: readonly Match[]): boolean {
  const isDeed = [...clause.groups].some((group) => effectsOf(group).length > 0);
  const isRead = isReading(clause);
  return isDeed && !clause.isReadOnly && !found.some((match) => match.clause === clause && (isRead || match.tool.effect !== "read")); // prettier-ignore
}

function meantBy(clause: Clause, tools: readonly Tool[], weigh: (thing: string) => number): readonly Match[] {
  const isRead = isReading(clause);
  const fitting = tools.flatMap((tool) => {
    const { things, first } = describedBy(tool);
    const shared = [...things].filter((thing) => isSpoken(thing, clause));
    const isFirst = shared.some((thing) => first.has(thing));
    const isOwn = isOwnVerb(tool, clause);
    const isDone = tool.effect === "read" ? isRead : isOwn || (isFirst && isLicensed(tool, clause));
    const told = shared.filter(isTelling);
    const score = told.reduce((sum, thing) => sum + weigh(thing) * (first.has(thing) ? firstFactor : 1), 0);
    return isDone && score > 0 ? [{ tool, shared, isFirst, isOwn, score }] : [];
  });
  const most = Math.max(0, ...fitting.map(({ score }) => score));
  const nearest = fitting.filter(({ score }) => score === most);
  const own = nearest.filter(({ isOwn }) => isOwn);
  const meant = own.length > 0 ? own : nearest;
  // Two reads that both merely mention a thing ("… of a park"): neither is what is to be read.
  const isVague = isRead && meant.length > 1 && meant.some(({ isFirst }) => !isFirst);
  if (meant.length > meantMax || isVague) return [];
  return meant.map(({ tool, shared }) => ({ tool, clause, shared, isDirect: true, isDescribed: true }));
}
