/**
 * What a mission forbids. A forbidding clause that fits no tool by its object forbids its whole effect; one with an exception
 * is kept as a constraint where it can be (a cap, a domain), and forbids otherwise.
 */
import { canBound } from "./bounds.ts";
import type { Clause } from "./mission.ts";
import type { Tool } from "./tool.ts";
import { effectsOf, isSpecific, isTelling } from "./verb.ts";

export interface Prohibitions {
  /** The words that forbid the tool; undefined when none do. */
  readonly of: (tool: Tool) => string | undefined;
  readonly questions: readonly string[];
}

export function prohibitions(clauses: readonly Clause[], tools: readonly Tool[]): Prohibitions {
  const against = clauses.filter(
    (clause) => clause.isNegative && (clause.groups.size > 0 || clause.concepts.size > 0),
  );
  const questions: string[] = [];
  const reasons = new Map<Tool, string>();
  for (const clause of against) {
    const hit = forbiddenBy(clause, tools);
    const kept = clause.isQualified ? hit.filter((tool) => canBound(tool, clause)) : [];
    if (clause.isQualified && kept.length < hit.length && hit.length > 0)
      questions.push(
        `"${clause.text}" forbids with an exception that no constraint can hold, so it forbids all of it. Name a domain or an amount, or leave it to the role's reviewer.`,
      );
    for (const tool of hit)
      if (!kept.includes(tool)) reasons.set(tool, `the mission forbids it: "${clause.text}"`);
  }
  return { of: (tool) => reasons.get(tool), questions };
}

const recipients = new Set(["user", "customer", "contact", "participant", "patient", "employee", "student", "supplier", "company", "human", "candidate", "doctor"]); // prettier-ignore

function forbiddenBy(clause: Clause, tools: readonly Tool[]): readonly Tool[] {
  const groups = [...clause.groups];
  if (groups.length > 0 && groups.every((group) => group === "heed")) return [];
  const fitting = tools.filter((tool) => groups.length === 0 ? tool.effect !== "read" : isMeant(tool, clause)); // prettier-ignore
  // "Never write to customers": to whom is no thing that a tool is about, and any way of writing to them is meant.
  if (groups.some(isTelling) && clause.concepts.size > 0 && [...clause.concepts].every((concept) => recipients.has(concept)))
    return fitting.filter(({ effect }) => effect !== "read"); // prettier-ignore
  const near = fitting.filter(
    ({ objects }) =>
    [...objects].some((object) => object.startsWith("=") ? clause.stems.has(object.slice(1)) : clause.concepts.has(object)), // prettier-ignore
  );
  const named = near.filter(({ group }) => group !== undefined && clause.groups.has(group));
  if (named.length > 0 && groups.every(isSpecific)) return named;
  if (near.length > 0) return near;
  // "Never approve one": a deed that tools are named for is forbidden of those.
  const own = fitting.filter(({ group }) => group !== undefined && clause.groups.has(group));
  if (own.length > 0 && groups.every(isSpecific)) return own;
  // "Never send anything": no object, or one that no tool has. Reads are not forbidden so.
  return groups.length === 0 ? [] : fitting.filter(({ effect }) => effect !== "read");
}

/** Whether the clause's verbs mean the tool: its own verb, or its effect. To forbid changes forbids every write. */
function isMeant(tool: Tool, clause: Clause): boolean {
  const groups = [...clause.groups];
  if (tool.group !== undefined && clause.groups.has(tool.group)) return true;
  if (
    tool.effect !== "read" &&
    (clause.groups.has("update") || clause.groups.has("write") || clause.groups.has("manage"))
  )
    // Who may not change a thing may still share it, or invite somebody to it.
    return tool.effect !== "send" && tool.effect !== "pay" && tool.group !== "share" && tool.group !== "invite"; // prettier-ignore
  return groups.some((group) => effectsOf(group).includes(tool.effect));
}
