/**
 * Argument constraints that a mission's words justify: amounts, recipients, domains. In the form of a role file's
 * `arguments` (protocol/role.ts).
 */
import type { Constraint } from "../../protocol/role.ts";
import type { Clause } from "./mission.ts";
import type { Tool } from "./tool.ts";

export interface Constraints {
  readonly [argument: string]: Constraint;
}

const amounts = /^(?:amount|total|sum|price|value)$/i;
const recipients =
  /^(?:recipients?|to|email|emails|address|addresses|participants?|attendees?|iban|account)$/i;

/**
 * @param clauses  those that grant the tool
 * @param mission  all clauses: limits and exceptions stand anywhere
 */
export function constraintsOf(
  tool: Tool,
  clauses: readonly Clause[],
  mission: readonly Clause[],
): Constraints {
  if (tool.effect === "read") return {};
  const constraints: { [argument: string]: Constraint } = {};
  const amount = tool.definition.parameters.find((name) => amounts.test(name));
  const caps = mission.filter((clause) => speaksOf(tool, clause, clauses)).flatMap(({ cap }) => cap ?? []);
  if (amount !== undefined && caps.length > 0) constraints[amount] = { required: true, range: { min: 0, max: Math.min(...caps) } }; // prettier-ignore
  const to = tool.definition.parameters.find((name) => recipients.test(name));
  if (to === undefined) return constraints;
  const pointer = /array|list/i.test(tool.definition.types[to] ?? "") ? `/${to}/-` : to;
  const domains = mission
    .filter((clause) => speaksOf(tool, clause, clauses))
    .flatMap((clause) => clause.domains);
  const targets = clauses.flatMap((clause) => clause.targets);
  const [domain] = domains;
  if (domain !== undefined) constraints[pointer] = { pattern: domainPattern([...new Set(domains)]) };
  else if (targets.length > 0 && clauses.every((clause) => clause.targets.length > 0))
    constraints[pointer] = { pattern: `(?i)(?:${[...new Set(targets)].map(escaped).join("|")})` };
  return constraints;
}

/** Whether an exception of the clause becomes a constraint of the tool. */
export function canBound(tool: Tool, clause: Clause): boolean {
  const has = (names: RegExp): boolean => tool.definition.parameters.some((name) => names.test(name));
  return (clause.cap !== undefined && has(amounts)) || (clause.domains.length > 0 && has(recipients));
}

/** A clause bounds a tool that it grants, or forbids with an exception, or a limit that speaks of its effect or objects. */
function speaksOf(tool: Tool, clause: Clause, own: readonly Clause[]): boolean {
  if (own.some(({ text }) => text === clause.text)) return true;
  if (!clause.isNegative && clause.section !== "limits" && !own.some(({ sentence }) => sentence === clause.sentence)) return false; // prettier-ignore
  return [...tool.objects].some((object) => clause.concepts.has(object)) || (tool.group !== undefined && clause.groups.has(tool.group)) || clause.section === "limits"; // prettier-ignore
}

function domainPattern(domains: readonly string[]): string {
  return `(?i)[^@\\s]+@(?:${domains.map(escaped).join("|")})`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}
