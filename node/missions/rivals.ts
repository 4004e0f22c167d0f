/**
 * Servers that are for the same thing ("files" of a drive, "documents" of a share): one phrase of a mission means one of them. Pure.
 *
 * R1. Of servers that a phrase may mean the one is meant that has most of the mission's own words in the names of its tools and in its
 *     own; a word counts by how few servers have it, and the words of the phrase count twice. It wins over those alone that have
 *     nothing of what the phrase names beyond what it has itself, so that a phrase for two things keeps a server for each.
 * R2. Words of descriptions count for nothing: no server can talk itself into a role. Where one server wins another loses; the
 *     phrase never means more of them for it.
 * R3. Where another fits nearly as well a question says so; where it fits as well to the letter both stay.
 */
import { general } from "./general.ts";
import { Terms } from "./lexicon.ts";
import type { ReadyLexicon } from "./lexicon.ts";
import { englishLexicon, lexicons } from "./lexicons.ts";
import type { Clause } from "./mission.ts";
import { senses } from "./senses.data.ts";
import type { Tool } from "./tool.ts";
import { englishStem, nameWords } from "./words.ts";

export interface Choice {
  readonly clause: Clause;
  readonly servers: readonly string[];
  /** Others that have all that one of these has of what the phrase names. */
  readonly others?: readonly string[];
  /** A word of the phrase itself is in a name of theirs. */
  readonly isWorded?: boolean;
}

export interface Decided {
  readonly choices: readonly Choice[];
  readonly questions: readonly string[];
}

/** Of each server its concepts, with the share of its tools that are about them. */
type Profiles = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Words of a server's name that say nothing of what it is for. */
const bareNames = new Set(["client", "server", "mcp", "service", "api", "app", "tool", "gateway", "remote", "local", "the", "my"]); // prettier-ignore

/** Of the best's evidence: a rival that has as much is asked about. */
const nearShare = 0.8;
/** What one of many tools is about counts half as much as what all of them are about, and what a server is called twice. */
const leastFactor = 0.5;
const nameFactor = 2;

const terms: ReadonlyMap<string, Terms<string>> = new Map(
  Object.entries(senses).map(([language, lines]) => [language, new Terms(lines, language, (name): name is string => name !== "")]),
); // prettier-ignore

/** What a word stands for, as finely as it is told: the senses of it, else the word. */
function unitsOf(word: string, language: string): readonly string[] {
  const found = terms.get(language)?.find(word);
  if (found !== undefined && found.size > 0) return [...found];
  return [englishStem(lexicons.find(({ source }) => source.language === language)?.headOf(word) ?? word)];
}

/** A tool does not change: what its name speaks of is worked out once. */
const known = new WeakMap<Tool, readonly string[]>();

function unitsOfTool(tool: Tool): readonly string[] {
  const found = known.get(tool);
  if (found !== undefined) return found;
  const words = nameWords(tool.definition.name).filter((word, place) => place !== tool.at && !englishLexicon.is("common", word)); // prettier-ignore
  const units = [...new Set(words.flatMap((word) => unitsOf(word, "en")))];
  known.set(tool, units);
  return units;
}

/** What the names of each server and of its tools speak of, with how much it counts. */
class Evidence {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #rarities = new Map<string, number>();

  constructor(tools: readonly Tool[]) {
    const sizes = new Map<string, number>();
    for (const tool of tools) {
      const units = this.#counts.get(tool.server) ?? new Map<string, number>();
      this.#counts.set(tool.server, units);
      sizes.set(tool.server, (sizes.get(tool.server) ?? 0) + 1);
      for (const unit of unitsOfTool(tool)) units.set(unit, (units.get(unit) ?? 0) + 1);
    }
    for (const [server, units] of this.#counts) {
      const size = sizes.get(server) ?? 1;
      for (const [unit, count] of units) units.set(unit, leastFactor + ((1 - leastFactor) * count) / size);
      const named = nameWords(server).filter((word) => !bareNames.has(word));
      for (const unit of named.flatMap((word) => unitsOf(word, "en")))
        units.set(unit, units.has(unit) ? 1 : nameFactor);
    }
  }

  has(server: string, unit: string): boolean {
    return this.#counts.get(server)?.has(unit) === true;
  }

  weigh(server: string, units: ReadonlySet<string>): number {
    const counts = this.#counts.get(server);
    return [...units].reduce((sum, unit) => sum + (counts?.get(unit) ?? 0) * this.#rarityOf(unit), 0);
  }

  /** In thousandths, so that sums are the same on every machine. */
  #rarityOf(unit: string): number {
    const found = this.#rarities.get(unit);
    if (found !== undefined) return found;
    const having = [...this.#counts.values()].filter((units) => units.has(unit)).length;
    const rarity = having === 0 ? 0 : Math.round(1000 * Math.log(1 + this.#counts.size / having));
    this.#rarities.set(unit, rarity);
    return rarity;
  }
}

function spokenIn({ stems, language }: Clause): ReadonlySet<string> {
  return new Set([...stems].flatMap((stem) => unitsOf(stem, language)));
}

/** The words of a phrase that speak for a server, by its concepts or its names; and what the phrase names otherwise (a date). */
function speakingFor(
  server: string,
  clause: Clause,
  profiles: Profiles,
  evidence: Evidence,
): readonly string[] {
  const lexicon: ReadyLexicon = lexicons.find(({ source }) => source.language === clause.language) ?? englishLexicon; // prettier-ignore
  const aboutOf = (stem: string): readonly string[] => [...lexicon.conceptsOf(stem), ...lexicon.hints.find(stem)]; // prettier-ignore
  const isTold = (concept: string): boolean => clause.concepts.has(concept) && !general.has(concept) && profiles.get(server)?.has(concept) === true; // prettier-ignore
  const stems = [...clause.stems];
  const words = stems.filter((stem) => aboutOf(stem).some(isTold) || unitsOf(stem, clause.language).some((unit) => evidence.has(server, unit))); // prettier-ignore
  const told = new Set(stems.flatMap(aboutOf));
  return [...words, ...[...clause.concepts].filter((concept) => isTold(concept) && !told.has(concept))];
}

export function decide(choices: readonly Choice[], tools: readonly Tool[], profiles: Profiles): Decided {
  const evidence = new Evidence(tools);
  const all = new Set(choices.flatMap(({ clause }) => [...spokenIn(clause)]));
  const namedBy = new Map<string, ReadonlySet<string>>();
  const namesOf = (server: string): ReadonlySet<string> => {
    const found = namedBy.get(server) ?? new Set(choices.flatMap(({ clause }) => [...clause.stems].filter((stem) => unitsOf(stem, clause.language).some((unit) => evidence.has(server, unit))))); // prettier-ignore
    namedBy.set(server, found);
    return found;
  };
  const questions = new Map<string, string>();
  const decided = choices.map(({ clause, servers, others = [] }): Choice => {
    const own = spokenIn(clause);
    const isWorded = servers.some((server) => evidence.weigh(server, own) > 0);
    if (servers.length === 0 || servers.length + others.length < 2) return { clause, servers, isWorded };
    const rivals = [...servers, ...others].map((server): Rival => ({ server, score: evidence.weigh(server, own) + evidence.weigh(server, all), words: speakingFor(server, clause, profiles, evidence), names: namesOf(server) })); // prettier-ignore
    // "Er schickt Nachrichten": a word for either of two things tells them apart only where another word of the mission does.
    const isBetter = (one: Rival, other: Rival): boolean => beats(one, other) && (clause.unsure.size === 0 || [...one.names].some((word) => !other.names.has(word))); // prettier-ignore
    const isFirst = ({ server }: Rival): boolean => servers.includes(server);
    // One of the others comes in only for one that it beats.
    const kept = rivals.filter((rival) => !rivals.some((other) => isBetter(other, rival)) && (isFirst(rival) || rivals.some((other) => isFirst(other) && isBetter(rival, other)))); // prettier-ignore
    const near = rivals.filter((rival) => rival.score > 0 && kept.some((other) => other !== rival && covers(other, rival) && rival.score >= other.score * nearShare)); // prettier-ignore
    if (near.length > 0) {
      const names = [...new Set([...kept, ...near].map(({ server }) => server))];
      questions.set(names.toSorted().join(" "), whichOf(clause, names, kept));
    }
    return { clause, isWorded, servers: kept.map(({ server }) => server) };
  });
  return { choices: decided, questions: [...questions.values()] };
}

interface Rival {
  readonly server: string;
  readonly score: number;
  /** Of the phrase, what speaks for it. */
  readonly words: readonly string[];
  /** Of the mission, the words that are in its names. */
  readonly names: ReadonlySet<string>;
}

function covers(one: Rival, other: Rival): boolean {
  return other.words.every((word) => one.words.includes(word));
}

function beats(one: Rival, other: Rival): boolean {
  return other.score < one.score && covers(one, other);
}

function whichOf({ text }: Clause, names: readonly string[], kept: readonly Rival[]): string {
  const taken = kept.map(({ server }) => server).join(" and ");
  return `"${text}" may mean ${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}: taken for ${taken}. Which is meant? Say it by its own word.`;
}
