/** What a verb and a thing of one clause license: which tools may be granted for it (compile.ts, C2). Pure. */
import type { Clause } from "./mission.ts";
import type { Tool } from "./tool.ts";
import type { VerbGroup } from "./verb.ts";
import { effectsOf, isSpecific, isTelling } from "./verb.ts";

/** The tool's own verb, where that verb says what the tool does: not "query" for one that runs SQL. */
export function isOwnVerb({ group, effect }: Tool, clause: Clause): boolean {
  if (group === undefined || !clause.groups.has(group)) return false;
  const says = effectsOf(group);
  return says.includes(effect) || (effect === "pay" && !says.includes("read"));
}

export function sharedObjects({ objects, group }: Tool, clause: Clause): readonly string[] {
  return [...objects].filter((object) =>
    // Whoever is invited is somebody.
    object === "user" && group === "invite" && clause.groups.has("invite")
      ? true
      : object.startsWith("=")
        ? clause.stems.has(object.slice(1))
        : clause.concepts.has(object),
  );
}

/** Whether a verb of the clause licenses the tool's effect without being its own verb. */
export function isLicensed(tool: Tool, clause: Clause): boolean {
  const { effect, group } = tool;
  if (effect === "unknown" || effect === "execute" || effect === "permission") return false;
  const groups = [...clause.groups];
  // Money is sent by "send" only when the clause speaks of money; a standing order needs its own verb.
  if (effect === "pay") {
    if (group === "schedule") return groups.includes("create") && clause.concepts.has("recurring");
    if (group === "exchange" || group === "giveback" || group === "buy") return false;
    return groups.some((each) => each === "pay" || each === "refund");
  }
  if ((effect === "send" && group === "handover") || group === "unlock" || group === "lock") return false;
  // Who writes a message into a channel sends it.
  if (
    effect === "send" &&
    group === "send" &&
    groups.includes("write") &&
    tool.objects.has("message") &&
    clause.concepts.has("message")
  )
    return true;
  // A comment is an answer too.
  if (tool.objects.has("comment") && groups.includes("reply") && clause.concepts.has("comment")) return true;
  // To open a ticket closes, merges and assigns none; and who is invited is not changed.
  const isMoved = group === "move" || group === "reschedule";
  const others = groups.filter((each) => !isOneDeed(each) || (group !== undefined && !isOneDeed(group) && each !== "invite") || (isMoved && (each === "move" || each === "reschedule"))); // prettier-ignore
  return others.some((each) => effectsOf(each).includes(effect) && (effect !== "update" || !isTelling(each)));
}

/** Verbs that say one deed, and nothing of other deeds of their effect. */
function isOneDeed(group: VerbGroup): boolean {
  return isSpecific(group) || group === "invite" || group === "share";
}

/** Whether the clause licenses the write and names what it is about. */
export function licenses(tool: Tool, clause: Clause): boolean {
  if (tool.effect === "read" || tool.effect === "unknown" || clause.isReadOnly) return false;
  return sharedObjects(tool, clause).length > 0 && (isOwnVerb(tool, clause) || isLicensed(tool, clause));
}
