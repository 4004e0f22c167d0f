/**
 * Stage one: which servers a mission is about, from the names of their tools alone. A server is kept when it is near the best
 * of the whole mission, or when a clause speaks of a concept that only it has.
 */
import type { Clause } from "./mission.ts";
import { englishLexicon } from "./lexicons.ts";
import type { Tool } from "./tool.ts";
import { nameWords } from "./words.ts";

/** Concepts that every kind of server has; alone they speak for none. */
const general = new Set(["profile", "date", "user", "customer", "contact", "human", "math", "web"]);
const generalShare = 5;
/** Below this part of the largest share a concept is a side matter of a server. */
const mainShare = 0.25;
const nearShare = 0.6;
const clauseShare = 0.9;

export function keptServers(clauses: readonly Clause[], tools: readonly Tool[]): ReadonlySet<string> {
  const profiles = profilesOf(tools);
  if (profiles.size <= 1) return new Set(profiles.keys());
  const weigh = weigher([...profiles.values()]);
  const scores = new Map(
    [...profiles].map(([server, profile]) => [server, scoreOf(profile, clauses, weigh)]),
  );
  const top = Math.max(0, ...scores.values());
  const kept = new Set([...scores].filter(([, score]) => score > 0 && score >= top * nearShare).map(([server]) => server)); // prettier-ignore
  for (const clause of clauses) {
    // Of servers that fit a clause alike the one that the rest of the mission speaks of is meant.
    const fitting = bestOf(clause, profiles, weigh);
    const most = Math.max(0, ...fitting.map((server) => scores.get(server) ?? 0));
    for (const server of fitting) if ((scores.get(server) ?? 0) >= most * nearShare || ownsAlone(server, clause, profiles)) kept.add(server); // prettier-ignore
  }
  return kept;
}

function isOwned(object: string, profiles: Profiles): boolean {
  return object !== "date" && [...profiles.values()].filter((each) => each.has(object)).length === 1;
}

function ownsAlone(server: string, clause: Clause, profiles: Profiles): boolean {
  const spoken = spokenOf(profiles.get(server) ?? new Map<string, number>(), clause);
  return spoken.some((object) => !object.startsWith("=") && isOwned(object, profiles));
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
    return general.has(object) && having > 1 ? Math.round(weight / generalShare) : weight;
  };
}

function spokenOf(profile: ReadonlyMap<string, number>, clause: Clause): readonly string[] {
  return [...profile.keys()].filter((object) =>
    object.startsWith("=") ? clause.stems.has(object.slice(1)) : clause.concepts.has(object),
  );
}

function scoreOf(profile: ReadonlyMap<string, number>, clauses: readonly Clause[], weigh: Weigh): number {
  const spoken = new Set(clauses.flatMap((clause) => spokenOf(profile, clause)));
  return [...spoken].reduce((sum, object) => sum + weigh(object), 0);
}

/** The servers a clause fits best, and those whose tools alone are about something it names. */
function bestOf(clause: Clause, profiles: Profiles, weigh: Weigh): readonly string[] {
  const scored = [...profiles].map(([server, profile]) => {
    const spoken = spokenOf(profile, clause).filter((object) => !object.startsWith("="));
    const telling = spoken.filter((object) => !general.has(object) || isOwned(object, profiles));
    const score = telling.reduce((sum, object) => sum + weigh(object), 0);
    return { server, score, owns: telling.some((object) => isOwned(object, profiles)) };
  });
  const top = Math.max(0, ...scored.map(({ score }) => score));
  return scored.filter(({ score, owns }) => owns || (score > 0 && score >= top * clauseShare)).map(({ server }) => server); // prettier-ignore
}
