/**
 * How far a task's text speaks for a call that the compiler would not grant for it: evidence for guard four, never a grant. Pure.
 *
 * S1. More lenient than the compiler on purpose: a verb of the effect is enough, whatever it is about. What a task in an unforeseen
 *     domain is about is often in no lexicon; what is to be done with it nearly always is.
 * S2. A text of which a part is not understood, or that hands over to data, says nothing against any call.
 */
import { isDelegating } from "../../actors/behaviour/delegation.ts";
import type { Clause } from "./mission.ts";
import { readMission } from "./mission.ts";
import type { CatalogueTool } from "./tool.ts";
import { toolOf } from "./tool.ts";
import { effectsOf } from "./verb.ts";

/** @returns whether the text has a word for what a tool does */
export function speakingOf(text: string): (tool: CatalogueTool) => boolean {
  const clauses = readMission(text).clauses.filter(({ isNegative }) => !isNegative);
  if (clauses.length === 0 || clauses.some(isVague) || isDelegating(text)) return () => true;
  const groups = new Set(clauses.flatMap((clause) => [...clause.groups]));
  const effects = new Set<string>([...groups].flatMap((group) => [...effectsOf(group)]));
  return (definition) => {
    const { effect, group } = toolOf(definition);
    // What no name says, no task can name either.
    return effect === "unknown" || effects.has(effect) || (group !== undefined && groups.has(group));
  };
}

/** No verb that is known to have an effect, nor one that is known to have none. */
function isVague({ groups }: Clause): boolean {
  return [...groups].every((group) => group === "heed");
}
