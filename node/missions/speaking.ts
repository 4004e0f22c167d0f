/**
 * How far a task's text speaks for a call that the compiler would not grant for it: evidence for guard four, never a grant. Pure.
 *
 * S1. More lenient than the compiler on purpose: a verb of the effect is enough, whatever it is about. What a task in an unforeseen
 *     domain is about is often in no lexicon; what is to be done with it nearly always is.
 * S2. A text of which a part is not understood, or that hands over to data, says nothing against any call.
 * S3. A deed has steps: who asks for a purchase asks for a basket, who asks to move a booking for a new one. Only what takes away,
 *     lets in or sends out is never a mere step.
 */
import type { CallTrace } from "../../protocol/trace.ts";
import { isDelegating } from "../../actors/behaviour/delegation.ts";
import { sharedObjects } from "./license.ts";
import type { Clause } from "./mission.ts";
import { readMission } from "./mission.ts";
import type { CatalogueTool } from "./tool.ts";
import { toolOf } from "./tool.ts";
import type { EffectClass, VerbGroup } from "./verb.ts";
import { effectsOf } from "./verb.ts";
import { englishStem, fold, nameWords } from "./words.ts";

/** Effects beside its own that a verb of a task speaks for. */
const steps: { readonly [Group in VerbGroup]?: readonly EffectClass[] } = {
  write: ["send", "update"],
  reply: ["create", "update"],
  notify: ["create"],
  send: ["create"],
  publish: ["update"],
  buy: ["create", "update"],
  pay: ["create"],
  book: ["pay", "update"],
  schedule: ["update"],
  move: ["delete", "create"],
  reschedule: ["delete", "create"],
  exchange: ["create", "update"],
  giveback: ["create", "update"],
  refund: ["create", "update"],
  add: ["permission"],
  invite: ["create", "send"],
  grant: ["update", "create"],
  revoke: ["update", "delete"],
};

/** Verbs that grant nothing, being too common, and say what is wanted all the same. Over folded text. */
const further: readonly (readonly [RegExp, VerbGroup])[] = [
  [/\btell\b(?! me\b)|\blet\b[^.]{1,30}\bknow\b|\b(?:dis|dites|dire|dis-lui)\b(?!-moi)|\b(?:sag|sage|sagen)\b(?! mir\b)|\b(?:dille|dillo|digli|fai sapere|dile|diles|hazle saber)\b/, "notify"], // prettier-ignore
  [/\bcomment on\b|\bcommente[rz]?\b|\bkommentieren?\b|\bcommenta(?:re)?\b|\bcomenta(?:r)?\b/, "reply"],
  [/\b(?:mets|mettez|mettre|leg|lege|legen|setz|setze|setzen|trag|trage|metti|mettere|pon|poner|ponga|mete|meter)\b/, "add"], // prettier-ignore
  [/\b(?:give|donne[rz]?|gib|geben|dai|dare|concedi|da|dale|dar|concede)\b[^.]{0,40}\b(?:access|permission|rights|acces|droits?|zugriff|zugang|rechte|accesso|permess[oi]|acceso|permisos?)\b/, "grant"], // prettier-ignore
];

/** @returns whether the text has a word for what a tool does */
export function speakingOf(text: string): (tool: CatalogueTool) => boolean {
  const clauses = readMission(text).clauses.filter(({ isNegative }) => !isNegative);
  if (clauses.length === 0 || clauses.some(isVague) || isDelegating(text)) return () => true;
  const groups = new Set(clauses.flatMap((clause) => [...clause.groups]));
  for (const clause of clauses) for (const [pattern, group] of further) if (pattern.test(fold(clause.text))) groups.add(group); // prettier-ignore
  const effects = new Set<string>([...groups].flatMap((group) => [...effectsOf(group), ...(steps[group] ?? [])])); // prettier-ignore
  const stems = new Set(clauses.flatMap((clause) => [...clause.stems, ...clause.deedStems]));
  return (definition) => {
    const { effect, group, at } = toolOf(definition);
    // What no name says, no task can name either; and a name that says it reads is doubted for its description alone.
    if (effect === "unknown" || at === undefined || group === "read") return true;
    if (effects.has(effect) || (group !== undefined && groups.has(group))) return true;
    return stems.has(englishStem(nameWords(definition.name)[at] ?? ""));
  };
}

/**
 * @returns whether the text names what a tool is about, whatever is to be done with it. Of a tool whose name is one word nothing can be
 *     said: the word may be the deed
 */
export function namingOf(text: string): (tool: CatalogueTool) => CallTrace["about"] {
  const clauses = readMission(text).clauses.filter(({ isNegative }) => !isNegative);
  return (definition) => {
    if (clauses.some((clause) => sharedObjects(toolOf(definition), clause).length > 0)) return "named";
    return nameWords(definition.name).length > 1 ? "unnamed" : undefined;
  };
}

/** No verb that is known to have an effect, nor one that is known to have none. */
function isVague({ groups }: Clause): boolean {
  return [...groups].every((group) => group === "heed");
}
