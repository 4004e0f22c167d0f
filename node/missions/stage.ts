/**
 * Stage one: which servers a mission is about, from the names of their tools alone. A server is kept when it is near the best
 * of the whole mission, or when a clause speaks of a concept that only it has.
 */
import { general } from "./general.ts";
import type { Clause } from "./mission.ts";
import { englishLexicon } from "./lexicons.ts";
import { licenses } from "./license.ts";
import { decide } from "./rivals.ts";
import type { Choice } from "./rivals.ts";
import type { Tool } from "./tool.ts";
import { effectsOf, isTelling } from "./verb.ts";
import { fold, nameWords } from "./words.ts";

const people = new Set(["patient", "student", "candidate", "supplier", "passenger"]);
/** What a server is hardly about counts half as much as what all of its tools are about. */
const leastFactor = 0.5;
const generalShare = 5;
/** Below this part of the largest share a concept is a side matter of a server. */
const mainShare = 0.25;
const nearShare = 0.65;
/** Of the whole mission's best score: a server that is chosen by no clause of its own. */
const bestShare = 0.95;
const clauseShare = 0.9;

export interface Stage {
  readonly servers: ReadonlySet<string>;
  readonly questions: readonly string[];
}

export function keptServers(clauses: readonly Clause[], tools: readonly Tool[]): Stage {
  const profiles = profilesOf(tools);
  if (profiles.size <= 1) return { servers: new Set(profiles.keys()), questions: [] };
  const weigh = weigher([...profiles.values()]);
  const scores = new Map(
    [...profiles].map(([server, profile]) => [server, scoreOf(profile, clauses, weigh)]),
  );
  const top = Math.max(0, ...scores.values());
  const anchored = anchoredBy(clauses, profiles);
  const choices = clauses.map((clause): Choice => {
    // Of servers that fit a clause alike the one that the rest of the mission speaks of is meant.
    const best = ableOf(withWhole(bestOf(clause, profiles, weigh), clause, tools), clause, tools);
    // "Files" of a mission about code are those of the code server, when that one does what the clause says.
    const home = best.filter((server) => anchored.has(server));
    const able = [...anchored].filter((server) => isAble(server, clause, best, profiles, tools));
    const fitting = able.length > 0 ? [...new Set([...home, ...able])] : best;
    const most = Math.max(0, ...fitting.map((server) => scores.get(server) ?? 0));
    return { clause, servers: fitting.filter((server) => (scores.get(server) ?? 0) >= most * nearShare || ownsAlone(server, clause, profiles, scores)) }; // prettier-ignore
  });
  const settled = choices.map((choice) => ({
    clause: choice.clause,
    servers: atHome(choice, choices, profiles),
  }));
  const { choices: decided, questions } = decide(settled.map((choice) => withAlike(choice, profiles, tools)), tools, profiles); // prettier-ignore
  const chosen = withoutGuesses(decided, profiles);
  const rivals = new Set(choices.flatMap((choice) => choice.servers).filter((server) => !chosen.has(server)));
  const best = [...scores].filter(([server, score]) => score > 0 && score >= top * bestShare && (anchored.size === 0 || anchored.has(server)) && !rivals.has(server)); // prettier-ignore
  return { servers: new Set([...chosen, ...best.map(([server]) => server)]), questions };
}

/** With the servers that have all that one of those chosen has of what the clause names, and a tool for what it says (rivals.ts). */
function withAlike({ clause, servers }: Choice, profiles: Profiles, tools: readonly Tool[]): Choice {
  const offers = (server: string): readonly string[] => spokenOf(profiles.get(server) ?? new Map<string, number>(), clause).filter((object) => !object.startsWith("=") && !general.has(object)); // prettier-ignore
  const wanted = servers.map(offers);
  const alike = [...profiles.keys()].filter((server) => {
    const has = servers.includes(server) ? [] : offers(server);
    return has.length > 0 && wanted.some((things) => things.every((thing) => has.includes(thing)));
  });
  const able = ableOf([...servers, ...alike], clause, tools);
  return { clause, servers, others: alike.filter((server) => able.includes(server)) };
}

/** A word that means many things ("texts", "code") chooses no server where others of the mission do. */
function withoutGuesses(choices: readonly Choice[], profiles: Profiles): ReadonlySet<string> {
  const isGuessed = ({ clause, servers, isWorded }: Choice): boolean => isWorded !== true && clause.guessed !== undefined && servers.every((server) => spokenOf(profiles.get(server) ?? new Map<string, number>(), clause).every((object) => clause.guessed?.has(object) === true || general.has(object))); // prettier-ignore
  const sure = new Set(choices.filter((choice) => !isGuessed(choice)).flatMap(({ servers }) => servers));
  return sure.size > 0 ? sure : new Set(choices.flatMap(({ servers }) => servers));
}

/**
 * "Looks files up and shares files": where one clause leaves open which of several servers is meant, and another clause about the same
 * thing is of one of them alone, it is that one.
 */
function atHome(
  { clause, servers }: Choice,
  choices: readonly Choice[],
  profiles: Profiles,
): readonly string[] {
  if (servers.length < 2) return servers;
  const things = ({ concepts, asides, conditions }: Clause): readonly string[] => [...concepts].filter((concept) => !general.has(concept) && !asides.has(concept) && !conditions.has(concept)); // prettier-ignore
  const own = things(clause);
  const homes = choices.flatMap((other) => {
    const [server = ""] = other.servers;
    const isOfIt = other.servers.length === 1 && servers.includes(server) && things(other.clause).some((thing) => own.includes(thing) && profiles.get(server)?.has(thing)); // prettier-ignore
    return isOfIt ? [server] : [];
  });
  // Each of the things of the clause has to be at home there.
  const isHome = own.every((thing) => homes.some((server) => profiles.get(server)?.has(thing)) || !servers.some((server) => profiles.get(server)?.has(thing))); // prettier-ignore
  return homes.length > 0 && isHome ? [...new Set(homes)] : servers;
}

/** Between things that a clause names beside each other, in all the languages. */
const joins = /[,;/]|(?<!\p{L})(?:and|or|nor|et|ou|ni|und|oder|sowie|e|ed|o|od|y|u|plus)(?!\p{L})/u;

/** "The alarm log" is one thing: where a tool is about all that a clause names, servers that have a part of it alone are not meant. */
function withWhole(servers: readonly string[], clause: Clause, tools: readonly Tool[]): readonly string[] {
  const things = [...clause.concepts].filter((concept) => !general.has(concept) && !isAside(concept, clause));
  if (things.length < 2 || joins.test(fold(clause.text).replace(/^\W*(?:and|or|et|ou|und|oder|e|ed|o|y)(?!\p{L})/u, ""))) return servers; // prettier-ignore
  // "A comment on the alert": what a tool makes may be its verb.
  const has = ({ objects, at, definition }: Tool, thing: string): boolean => objects.has(thing) || (at !== undefined && englishLexicon.concepts.find(nameWords(definition.name)[at] ?? "").has(thing)); // prettier-ignore
  const isWhole = (server: string): boolean => tools.some((tool) => tool.server === server && things.every((thing) => has(tool, thing))); // prettier-ignore
  const whole = [...new Set(tools.map(({ server }) => server))].filter(isWhole);
  return whole.length > 0 ? whole : servers;
}

/** Of servers that fit a clause by its things those that can do what it says with them, where there are some. */
function ableOf(servers: readonly string[], clause: Clause, tools: readonly Tool[]): readonly string[] {
  const able = servers.filter((server) =>
    tools.some((tool) => tool.server === server && licenses(tool, clause)),
  );
  return able.length > 0 ? able : servers;
}

/** What every kind of thing has. */
const vague = new Set(["statu", "stat", "content", "reply", "read", "sent", "shar", "detail", "level", "mode", "version", "data", "value", "result", "number", "count", "group", "nam", "titl", "sourc", "target", "summary", "info", "setup", "change"]); // prettier-ignore

/** A word that no lexicon has ("pallets") tells of the server that has it alone in the names of its tools, as a concept does. */
export function isTelltale(object: string): boolean {
  if (!object.startsWith("=")) return true;
  const stem = object.slice(1);
  return stem.length > 2 && !vague.has(stem) && englishLexicon.verbsOf(stem).size === 0;
}

function isOwned(object: string, profiles: Profiles): boolean {
  return object !== "date" && [...profiles.values()].filter((each) => each.has(object)).length === 1;
}

/** "A folder for every case" is about folders; "appointments for the patients" is about patients all the same. */
function isAside(object: string, { asides, conditions }: Clause): boolean {
  return conditions.has(object) || (asides.has(object) && !general.has(object));
}

/** Concepts that one word may stand for: of the servers that own them the mission means the one it speaks of most. */
const alternatives: ReadonlyMap<string, string> = new Map([
  ["issue", "ticket"],
  ["ticket", "issue"],
]);

function ownsAlone(
  server: string,
  clause: Clause,
  profiles: Profiles,
  scores: ReadonlyMap<string, number>,
): boolean {
  const own = scores.get(server) ?? 0;
  return ownedOf(server, clause, profiles).some((object) => {
    const other = alternatives.get(object) ?? "";
    const rivals = clause.concepts.has(other) ? [...profiles].filter(([, each]) => each.has(other)) : [];
    return rivals.every(([name]) => own >= (scores.get(name) ?? 0) * nearShare);
  });
}

function ownedOf(server: string, clause: Clause, profiles: Profiles): readonly string[] {
  const spoken = spokenOf(profiles.get(server) ?? new Map<string, number>(), clause);
  return spoken.filter((object) => !object.startsWith("=") && !isAside(object, clause) && isOwned(object, profiles)); // prettier-ignore
}

/** Servers that the mission is surely about: it names something that only they have, not merely whom something goes to. */
function anchoredBy(clauses: readonly Clause[], profiles: Profiles): ReadonlySet<string> {
  const anchored = new Set<string>();
  for (const server of profiles.keys())
    for (const clause of clauses) {
      const owned = ownedOf(server, clause, profiles).filter((object) => !clause.concepts.has(alternatives.get(object) ?? "")); // prettier-ignore
      const isTold = [...clause.groups].some(isTelling);
      if (owned.some((object) => !general.has(object) || (!isTold && people.has(object)))) anchored.add(server); // prettier-ignore
    }
  return anchored;
}

/** Whether a server has a tool for what the clause says and names all that the best servers share with it. */
function isAble(
  server: string,
  clause: Clause,
  best: readonly string[],
  profiles: Profiles,
  tools: readonly Tool[],
): boolean {
  const asked = new Set(best.flatMap((each) => spokenOf(profiles.get(each) ?? new Map<string, number>(), clause))); // prettier-ignore
  const writes = [...clause.groups].filter((group) => !effectsOf(group).includes("read"));
  const mine = tools.filter((tool) => tool.server === server);
  const has = (object: string, tool: Tool): boolean =>
    tool.objects.has(object) && (writes.length === 0 || tool.effect !== "read");
  const named = [...asked].filter((object) => !object.startsWith("="));
  const telling = named.filter((object) => !general.has(object));
  if (telling.length > 0) return telling.every((object) => mine.some((tool) => has(object, tool)));
  return named.some((object) => mine.some(({ objects }) => objects.has(object)));
}

type Profiles = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Of each server the concepts it is about, with the share of its tools that are: a concept of which another server is far more
 * is not what it is for. What its own name says counts for all of it.
 */
function profilesOf(tools: readonly Tool[]): Profiles {
  const counts = new Map<string, Map<string, number>>();
  const sizes = new Map<string, number>();
  for (const tool of tools) {
    const profile = counts.get(tool.server) ?? new Map<string, number>();
    for (const object of tool.objects) profile.set(object, (profile.get(object) ?? 0) + 1);
    counts.set(tool.server, profile);
    sizes.set(tool.server, (sizes.get(tool.server) ?? 0) + 1);
  }
  const most = new Map<string, number>();
  for (const [server, profile] of counts) {
    const size = sizes.get(server) ?? 1;
    for (const [object, count] of profile) {
      profile.set(object, count / size);
      most.set(object, Math.max(most.get(object) ?? 0, count / size));
    }
    for (const word of nameWords(server))
      for (const concept of englishLexicon.concepts.find(word))
        if (!general.has(concept)) profile.set(concept, 1);
  }
  for (const [server, profile] of counts)
    for (const object of profile.keys())
      if (general.has(object) && !tools.some((tool) => tool.server === server && tool.objects.has(object) && [...tool.objects].every((each) => general.has(each) || each.startsWith("=")))) profile.delete(object); // prettier-ignore
  for (const profile of counts.values())
    for (const [object, share] of profile)
      if (share < (most.get(object) ?? 0) * mainShare) profile.delete(object);
  return counts;
}

type Weigh = (object: string) => number;

/** Rare concepts weigh more. Thousandths, so that sums are the same on every machine. */
function weigher(profiles: readonly ReadonlyMap<string, number>[]): Weigh {
  return (object) => {
    const having = profiles.filter((profile) => profile.has(object)).length;
    const weight = having === 0 ? 0 : Math.round(1000 * Math.log(1 + profiles.length / having));
    return object === "date" || (general.has(object) && having > 1)
      ? Math.round(weight / generalShare)
      : weight;
  };
}

function spokenOf(profile: ReadonlyMap<string, number>, clause: Clause): readonly string[] {
  return [...profile.keys()].filter((object) =>
    object.startsWith("=") ? clause.stems.has(object.slice(1)) : clause.concepts.has(object),
  );
}

function scoreOf(profile: ReadonlyMap<string, number>, clauses: readonly Clause[], weigh: Weigh): number {
  const spoken = new Set(clauses.flatMap((clause) => spokenOf(profile, clause)));
  return [...spoken].reduce((sum, object) => sum + weigh(object) * factorOf(profile, object), 0);
}

function factorOf(profile: ReadonlyMap<string, number>, object: string): number {
  return leastFactor + (1 - leastFactor) * (profile.get(object) ?? 0);
}

/**
 * The servers a clause fits best, and those whose tools alone are about something it names. Whom or where something goes to
 * ("to the employees") speaks for a server only where nothing else of the clause does.
 */
function bestOf(clause: Clause, profiles: Profiles, weigh: Weigh): readonly string[] {
  const scored = [...profiles].map(([server, profile]) => {
    const spoken = spokenOf(profile, clause).filter((object) => isTelltale(object) && (!object.startsWith("=") || isOwned(object, profiles)) && !isAside(object, clause)); // prettier-ignore
    const telling = spoken.filter((object) => !general.has(object) || isOwned(object, profiles));
    const strong = telling.filter((object) => !general.has(object));
    const score = telling.reduce((sum, object) => sum + weigh(object) * factorOf(profile, object), 0);
    return { server, score, strong: strong.length, owns: telling.some((object) => isOwned(object, profiles)), ownsStrong: strong.some((object) => isOwned(object, profiles)) }; // prettier-ignore
  });
  const isTold = scored.some(({ strong }) => strong > 0);
  const fitting = scored.filter(({ strong }) => !isTold || strong > 0);
  const top = Math.max(0, ...fitting.map(({ score }) => score));
  return fitting.filter(({ score, owns, ownsStrong }) => (isTold ? ownsStrong : owns) || (score > 0 && score >= top * clauseShare)).map(({ server }) => server); // prettier-ignore
}
