/**
 * The mission compiler: clauses and tools to grants, refusals and questions (docs/missions.md). Deterministic, pure.
 *
 * C1. Deny by default: what no rule below grants is refused, with the reason.
 * C2. A write needs a verb that licenses its effect and an object of its name in ONE allowing clause; an unknown effect is
 *     licensed by nothing.
 * C3. A forbidding clause wins over every allowing one. An exception becomes a constraint, or it forbids all the same.
 *     One that was not understood leaves no write that it may mean without a person (prohibition.ts, P1).
 * C4. Servers are chosen by the names of their tools alone. Words of descriptions speak for a grant only where names leave a line without
 *     any tool, and inside those servers (described.ts).
 */
import { limits } from "../../protocol/limits.ts";
import { constraintsOf } from "./bounds.ts";
import type { Constraints } from "./bounds.ts";
import { describedOf } from "./described.ts";
import { general } from "./general.ts";
import { isLicensed, isOwnVerb, sharedObjects } from "./license.ts";
import { lonelyOf } from "./lonely.ts";
import { allowsNothing, readMission } from "./mission.ts";
import type { Clause, Mission } from "./mission.ts";
import { prohibitions } from "./prohibition.ts";
import { contradictions, idleOf, isTakenBack, manageQuestions, reasonOf, whyNot } from "./reasons.ts";
import type { Match } from "./reasons.ts";
import { pairs } from "./sense.ts";
import { isTelltale, keptServers } from "./stage.ts";
import { toolOf } from "./tool.ts";
import type { CatalogueTool, Tool } from "./tool.ts";
import type { EffectClass } from "./verb.ts";
import { effectsOf } from "./verb.ts";
import { fold } from "./words.ts";

export interface CompiledGrant {
  readonly tool: string;
  readonly server: string;
  readonly effect: EffectClass;
  readonly reasons: readonly string[];
  readonly constraints: Constraints;
  /** Why a person is asked before each call: what may forbid it and was not understood, or that only its description speaks for it. */
  readonly approval?: string;
}

export interface Refusal {
  readonly tool: string;
  readonly server: string;
  readonly why: string;
}

export interface CompiledMission {
  readonly grants: readonly CompiledGrant[];
  readonly refused: readonly Refusal[];
  /** Words and sentences that matched nothing, and `idle`. */
  readonly unmatched: readonly string[];
  /** Lines that allow something, and for which no tool was found. */
  readonly idle: readonly string[];
  readonly questions: readonly string[];
  readonly language: string;
}

export function compileMission(text: string, definitions: readonly CatalogueTool[]): CompiledMission {
  const mission = readMission(text);
  const tools = definitions.map(toolOf);
  const allowing = objectsOf(mission, tools);
  const { servers, questions: choosing } = keptServers(allowing, tools);
  const candidates = tools.filter((tool) => servers.has(tool.server));
  const changing = candidates.filter(({ effect }) => effect !== "read");
  const spoken = best(changing.flatMap((tool) => matchesOf(tool, allowing)));
  const writes = [...spoken, ...impliedOf(changing, allowing, spoken)];
  const forbidden = prohibitions(mission, tools, plainIn(writes));
  // What is forbidden needs no reads, and a line that another takes back speaks for none.
  const speaking = allowing.filter((clause) => !isTakenBack(clause, writes, forbidden));
  const named = [...writes, ...readsOf(candidates, speaking, writes.filter(({ tool }) => forbidden.of(tool) === undefined))]; // prettier-ignore
  const described = describedOf(
    speaking,
    tools,
    servers,
    named,
    mission.clauses.filter(({ isNegative }) => isNegative),
  );
  const found = [...named, ...described, ...readsOf(candidates, [], described.filter(({ tool }) => tool.effect !== "read" && forbidden.of(tool) === undefined))]; // prettier-ignore
  const lonely = lonelyOf(
    [...writes, ...readsOf(candidates, allowing, [])],
    found.filter(({ tool }) => forbidden.of(tool) === undefined),
  );
  const meant = new Set([...servers].filter((server) => !lonely.servers.has(server)));
  const matches = found.filter(({ tool }) => !lonely.servers.has(tool.server));
  const questions = [...mission.questions, ...choosing, ...lonely.questions, ...manageQuestions(allowing), ...forbidden.questions, ...contradictions(matches, forbidden)]; // prettier-ignore
  const grants: CompiledGrant[] = [];
  const refused: Refusal[] = [];
  for (const tool of tools) {
    const { name: toolName } = tool.definition;
    const own = matches.filter((match) => match.tool === tool);
    const against = forbidden.of(tool);
    const doubt = doubtAbout(tool, own, forbidden.doubtOf(tool));
    if (own.length > 0 && against === undefined)
      grants.push({
        tool: toolName,
        server: tool.server,
        effect: tool.effect,
        reasons: [...new Set(own.map(reasonOf))],
        constraints: constraintsOf(tool, own.map(({ clause }) => clause), mission.clauses), // prettier-ignore
        ...(doubt === undefined ? {} : { approval: doubt }),
      });
    else
      refused.push({
        tool: toolName,
        server: tool.server,
        why: whyNot(tool, against, meant, allowing),
      });
  }
  const idle = idleOf(allowing, matches, forbidden).slice(0, limits.missionUnmatchedMax);
  return {
    grants,
    refused,
    unmatched: [...mission.unmatched, ...idle],
    idle,
    questions,
    language: mission.language,
  };
}

/** A server writes the descriptions of its tools: no write comes by one alone without a person. @param text that may forbid it */
function doubtAbout({ effect }: Tool, own: readonly Match[], text: string | undefined): string | undefined {
  if (text !== undefined) return `"${text}" may forbid it, and was not understood`;
  return effect !== "read" && own.every(({ isDescribed }) => isDescribed === true)
    ? "only its description speaks for it"
    : undefined;
}

/** A tool that a person, or a model, may still propose. */
export interface OpenTool {
  readonly tool: string;
  readonly server: string;
  readonly effect: EffectClass;
  readonly parameters: readonly string[];
}

/** What is neither granted nor forbidden, of servers that the mission is about. No write where the mission only reads, or was not understood whole. */
export function openTools(text: string, definitions: readonly CatalogueTool[]): readonly OpenTool[] {
  const mission = readMission(text);
  const tools = definitions.map(toolOf);
  const allowing = objectsOf(mission, tools);
  if (allowing.length === 0) return [];
  const { servers } = keptServers(allowing, tools);
  const forbidden = prohibitions(mission, tools);
  const granted = new Set(compileMission(text, definitions).grants.map(({ server, tool }) => `${server} ${tool}`)); // prettier-ignore
  const isNarrow = forbidden.isUnclear || mission.clauses.some(({ isReadOnly }) => isReadOnly) || mission.questions.some((question) => question.endsWith(allowsNothing)); // prettier-ignore
  return tools.flatMap((tool) => {
    const { definition, server, effect } = tool;
    const isOpen = servers.has(server) && effect !== "unknown" && (effect === "read" || !isNarrow);
    if (!isOpen || forbidden.of(tool) !== undefined || granted.has(`${server} ${definition.name}`)) return [];
    return [{ tool: definition.name, server, effect, parameters: definition.parameters }];
  });
}

function allows({ isNegative, section }: Clause): boolean {
  return !isNegative && section !== "sources" && section !== "limits";
}

/** The clauses that allow, each with all that it is about. */
function objectsOf(mission: Mission, tools: readonly Tool[]): readonly Clause[] {
  const named = new Set(tools.flatMap(({ objects }) => [...objects].filter((object) => object.startsWith("=")).map((object) => object.slice(1)))); // prettier-ignore
  return withObjects(withHints(withMeant(mission.clauses.filter(allows), tools), tools), named);
}

/**
 * "Nachricht" is an e-mail or a message of a channel: the one that other words of the mission name; else the one whose servers have
 * what else the clause is about, or the mission. Where nothing tells them apart both stay.
 */
function withMeant(clauses: readonly Clause[], tools: readonly Tool[]): readonly Clause[] {
  if (clauses.every(({ unsure }) => unsure.size === 0)) return clauses;
  const sure = new Set(clauses.flatMap(({ concepts, unsure }) => [...concepts].filter((concept) => !unsure.has(concept)))); // prettier-ignore
  /** How many of the concepts only servers have that have the one thing as well, and none that has the other. */
  const support = (one: string, other: string, concepts: Iterable<string>): number => {
    const serversOf = (object: string): ReadonlySet<string> => new Set(tools.filter(({ objects }) => objects.has(object)).map(({ server }) => server)); // prettier-ignore
    const [mine, theirs] = [serversOf(one), serversOf(other)];
    return [...concepts].filter((each) => each !== one && each !== other && !general.has(each)).map(serversOf).filter((having) => [...having].some((server) => mine.has(server)) && ![...having].some((server) => theirs.has(server))).length; // prettier-ignore
  };
  return clauses.map((clause) => {
    const dropped = pairs.flatMap(([one, other]): readonly string[] => {
      if (!clause.concepts.has(one) || !clause.concepts.has(other)) return [];
      const [first, second] = [clause.unsure.has(one), clause.unsure.has(other)];
      // "Eine Nachricht im Kanal": the channel says which.
      if (!first || !second) return first ? [one] : second ? [other] : [];
      for (const [mine, theirs] of [
        [support(one, other, clause.concepts), support(other, one, clause.concepts)],
        [Number(sure.has(one)), Number(sure.has(other))],
        [support(one, other, sure), support(other, one, sure)],
      ] as const)
        if (mine > 0 !== theirs > 0) return mine > 0 ? [other] : [one];
      return [];
    });
    return dropped.length === 0 ? clause : { ...clause, concepts: new Set([...clause.concepts].filter((concept) => !dropped.includes(concept))) }; // prettier-ignore
  });
}

/** "Room", "case", "table" count as what the mission speaks of elsewhere, or where the clause is about nothing else. */
function withHints(clauses: readonly Clause[], tools: readonly Tool[]): readonly Clause[] {
  const spoken = new Set(clauses.flatMap(({ concepts, asides, conditions }) => [...concepts].filter((concept) => !asides.has(concept) && !conditions.has(concept)))); // prettier-ignore
  return clauses.map((clause) => {
    const isAlone = [...clause.concepts].every((concept) => general.has(concept));
    const meant = [...clause.hints].filter(
      (hint) => spoken.has(hint) || (isAlone && isDone(hint, clause, tools)),
    );
    return meant.length === 0
      ? clause
      : {
          ...clause,
          concepts: new Set([...clause.concepts, ...meant]),
          guessed: new Set(meant.filter((hint) => !spoken.has(hint))),
        };
  });
}

/** Whether a tool is named for what the clause does with the thing. */
function isDone(hint: string, { groups, hints }: Clause, tools: readonly Tool[]): boolean {
  const isRead = hints.size === 1 && groups.has("read");
  return isRead || tools.some(({ objects, group, effect }) => effect !== "read" && group !== undefined && objects.has(hint) && groups.has(group)); // prettier-ignore
}

/** "Reserves one for the speakers", "en réserve un pour", "bucht eines": what was named before, whatever else stands there. */
const oneOfThem =
  /[a-z]'s$|\b(?:one|them|it|un|une|uno|una|eines?|einen|eine|sie|ihn)(?=\s*(?:$|[,.;]|(?:for|from|to|per|pour|para|fur|con|avec|mit|bei|in|als|che|nuov\w)\b))/;

/** What one answers. */
const answered = new Set(["email", "message", "ticket", "issue", "review", "comment"]);

/** "The price list, which is a file." */
const itsKind = /^\W*(?:which is|qui est|che e|que es|das ist)\b/;

/** "Those that …", "quelle sbagliate", "las que falten", "celles qui": of the things named before, some. */
const thoseOfThem =
  /^\W*(?:\p{L}+ ){1,3}(?:those(?: (?:that|which|who|with|in|of))?|the ones|cel(?:les?|ui)|ceux|quell[aeoi]|aquell[ao]s|(?:l[ao]s|el|la) que|diejenigen|jene|solche)(?!\p{L})/u;

const pronouns = /\b(?:them|it|these|those|le|la|les|lo|li|los|las|sie|ihn|diese)\b/;

/**
 * A clause without objects takes those of the next clause of its sentence, else of the one before.
 *
 * @param named  stems of things that have no concept, and that tools are named for: a clause that has one is about that
 */
function withObjects(clauses: readonly Clause[], named: ReadonlySet<string>): readonly Clause[] {
  const done: Clause[] = [];
  const isNamed = ({ concepts, stems }: Clause): boolean => concepts.size === 0 && [...stems].some((stem) => named.has(stem) && isTelltale(`=${stem}`)); // prettier-ignore
  for (const [at, clause] of clauses.entries()) done.push(clause.groups.size === 0 || isNamed(clause) ? clause : withObject(clause, clauses.slice(at + 1), clauses.slice(0, at), done)); // prettier-ignore
  return done;
}

/** @param done  those before it, each with its objects already */
function withObject(
  clause: Clause,
  after: readonly Clause[],
  before: readonly Clause[],
  done: readonly Clause[],
): Clause {
  // prettier-ignore
  const [behind] = after;
  const isOfKind = behind !== undefined && behind.sentence === clause.sentence && itsKind.test(fold(behind.text)) && clause.concepts.size > 0; // prettier-ignore
  if (isOfKind) return { ...clause, concepts: new Set([...clause.concepts, ...behind.concepts]) };
  // "Updates those that hold errors": what is told of them is not what they are.
  const named = done.findLast((each) => each.concepts.size > 0 && each.sentence === clause.sentence);
  if (named !== undefined && thoseOfThem.test(fold(clause.text))) return { ...clause, concepts: named.concepts, stems: new Set([...clause.stems, ...named.stems]) }; // prettier-ignore
  if (clause.concepts.size > 0)
    return oneOfThem.test(fold(clause.text)) ? withThoseBefore(clause, before) : clause;
  const rest = after.filter((each) => each.sentence === clause.sentence);
  const next = rest.find((each) => each.concepts.size > 0);
  const earlier = before.filter((each) => each.concepts.size > 0 && each.sentence >= clause.sentence - 2);
  const asked = clause.groups.has("reply") ? earlier.findLast(({ concepts }) => [...concepts].some((concept) => answered.has(concept))) : undefined; // prettier-ignore
  const last = asked ?? earlier.at(-1);
  // "updates them" is about what was named before; "book, change and cancel reservations" about what comes.
  const from = pronouns.test(clause.text) || clause.groups.has("reply") ? (last ?? next) : (next ?? last);
  return from === undefined ? clause : { ...clause, concepts: from.concepts, stems: new Set([...clause.stems, ...from.stems]) }; // prettier-ignore
}

function withThoseBefore(clause: Clause, before: readonly Clause[]): Clause {
  const from = before.findLast(({ concepts, sentence }) => sentence >= clause.sentence - 1 && [...concepts].some((concept) => !general.has(concept))); // prettier-ignore
  if (from === undefined) return clause;
  return { ...clause, concepts: new Set([...clause.concepts, ...from.concepts]), stems: new Set([...clause.stems, ...from.stems]) }; // prettier-ignore
}

function matchesOf(tool: Tool, clauses: readonly Clause[]): readonly Match[] {
  return clauses.flatMap((clause) => {
    const shared = sharedObjects(tool, clause);
    if (shared.length === 0 || clause.isReadOnly || tool.effect === "unknown") return [];
    const isDirect = isOwnVerb(tool, clause);
    return isDirect || isLicensed(tool, clause) ? [{ tool, clause, shared, isDirect }] : [];
  });
}

/**
 * A clause that says to change something and whose words for it are in no lexicon ("rewrites paragraphs that are out of date") is
 * about what stands nearest: only tools that are named for its verb.
 */
function impliedOf(
  tools: readonly Tool[],
  clauses: readonly Clause[],
  found: readonly Match[],
): readonly Match[] {
  return clauses.flatMap((clause, at) => {
    const isWrite = [...clause.groups].some((group) => effectsOf(group).some((effect) => effect !== "read"));
    const isNamed = [...clause.concepts].some((concept) => !general.has(concept));
    if (!isWrite || isNamed || found.some((match) => match.clause === clause)) return [];
    const near = [...clauses.slice(0, at).toReversed(), ...clauses.slice(at + 1)].filter(({ sentence }) => Math.abs(sentence - clause.sentence) <= nearSentences); // prettier-ignore
    for (const { concepts } of near) {
      const own = tools.flatMap((tool) => matchesOf(tool, [{ ...clause, concepts }])).filter(({ isDirect }) => isDirect); // prettier-ignore
      if (own.length > 0) return best(own);
    }
    return [];
  });
}

const nearSentences = 2;

/** Of tools with one kind of effect that meet in one clause, those that cover most of its objects. */
function best(matches: readonly Match[]): readonly Match[] {
  return matches.filter(
    (match) =>
      !matches.some(
        (other) =>
          other.clause === match.clause &&
          other.tool !== match.tool &&
          other.tool.server === match.tool.server &&
          (other.tool.effect === match.tool.effect || other.isDirect) &&
          (other.isDirect || !match.isDirect) &&
          // Two verbs of one clause have a tool each.
          !(match.isDirect && other.isDirect && match.tool.group !== other.tool.group) &&
          ((other.isDirect && !match.isDirect && isWhole(other) && covers(other, match)) ||
            (other.shared.length > match.shared.length &&
              covers(other, match) &&
              (other.isDirect || !isWhole(match)))),
      ),
  );
}

/** Tools that a line names by their own verb and all that they are about, where it means no other write so. */
function plainIn(writes: readonly Match[]): ReadonlySet<Tool> {
  const direct = writes.filter(({ isDirect }) => isDirect);
  const isOnly = ({ clause, tool }: Match): boolean => direct.every((other) => other.clause !== clause || other.tool === tool); // prettier-ignore
  return new Set(direct.filter((match) => isWhole(match) && isOnly(match)).map(({ tool }) => tool));
}

/** The clause names all that the tool is about. */
function isWhole({ shared, tool }: Match): boolean {
  return shared.length === tool.objects.size;
}

function covers(one: Match, other: Match): boolean {
  return other.shared.every((object) => one.shared.includes(object));
}

/** Who somebody is has to be looked up before anything is done for him at the same server. */
const persons = new Set(["user", "customer", "profile", "patient", "employee", "student"]);

/** Reads that a clause speaks of, and those that a granted write needs: to find what it changes, and whom it is for. */
function readsOf(
  tools: readonly Tool[],
  clauses: readonly Clause[],
  writes: readonly Match[],
): readonly Match[] {
  const reads = tools.filter(({ effect }) => effect === "read");
  const spoken = reads.flatMap((tool) =>
    clauses.flatMap((clause) => {
      const shared = sharedObjects(tool, clause);
      return shared.length > 0 ? [{ tool, clause, shared, isDirect: true }] : [];
    }),
  );
  const needed = reads.flatMap((tool) =>
    writes.flatMap((write) => {
      const shared = [...tool.objects].filter((object) => write.tool.objects.has(object) || write.tool.needs.has(object)); // prettier-ignore
      const isPerson = tool.objects.size > 0 && [...tool.objects].every((object) => persons.has(object));
      const isNear = (shared.length > 0 || isPerson) && tool.server === write.tool.server;
      return isNear ? [{ tool, clause: write.clause, shared, isDirect: false }] : [];
    }),
  );
  const used = new Set([...spoken, ...needed].map(({ tool }) => tool.server));
  const [first] = clauses;
  const helpers = reads.flatMap(
    (tool) =>
    first !== undefined && used.has(tool.server) && isHelper(tool) ? [{ tool, clause: first, shared: [...tool.objects], isDirect: false }] : [], // prettier-ignore
  );
  return [...spoken, ...needed, ...helpers];
}

/** Clocks and calculators: harmless, and needed unsaid. */
function isHelper({ objects, group, definition }: Tool): boolean {
  if (group === "compute") return true;
  return definition.parameters.length === 0 && [...objects].every((object) => object === "date");
}
