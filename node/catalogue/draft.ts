/**
 * A first role file for a server's accepted tools. It grants what was asked for and claims nothing: effects are
 * "unknown" (treated as a write) and reasons are to be written, because both are a reviewer's words. What the server
 * says of its tools stands in comments, as its own claim.
 */
import { stringify } from "yaml";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import { escapeHidden } from "./fault.ts";
import type { LockedServer } from "./lock.ts";
import { findPin } from "./lock.ts";

const commentCharsMax = 160;

/**
 * @param server name of the server
 * @param tools  accepted tools, at least one
 * @param name   of the role
 * @returns the text of a role file that is a role once its reasons are written
 */
export function draftRole(
  server: string,
  locked: LockedServer,
  tools: readonly string[],
  name: string = server,
): string {
  return [
    `# Draft for the accepted tools of ${server}. To be reviewed: remove what the mission does not need, write a reason for`,
    "# each grant, set each effect (read, create, update, delete, send, pay, permission, execute; one that stays unknown is",
    "# treated as a write), and constrain arguments.",
    `role: ${scalar(name)}`,
    `title: ${scalar(`Tools of ${server}`)}`,
    "grants:",
    ...tools.flatMap((tool) => draftGrant(server, tool, findPin(locked, "tool", tool)?.definition ?? {})),
    "",
  ].join("\n");
}

/** How a reason begins that nobody has written: a role with one is no role yet. */
export const unwritten = "not written yet";

function draftGrant(server: string, tool: string, definition: JsonObject): string[] {
  const claims = claimsOf(definition["annotations"]);
  return [
    ...comment(definition["description"]),
    ...(claims === "" ? [] : comment(`the server claims: ${claims}`)),
    ...comment(`arguments: ${argumentsOf(definition["inputSchema"])}`),
    `  - tool: ${scalar(tool)}`,
    `    server: ${scalar(server)}`,
    "    effect: unknown",
    `    reason: ${scalar(`${unwritten}: which words of the mission need this tool?`)}`,
  ];
}

/** One line of YAML, quoted where it has to be. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: "PLAIN", blockQuote: false }).trimEnd();
}

function comment(text: unknown): string[] {
  if (typeof text !== "string") return [];
  const line = escapeHidden(text.replace(/\s+/g, " ").trim());
  return [`  # ${line.length > commentCharsMax ? `${line.slice(0, commentCharsMax)}…` : line}`];
}

function claimsOf(annotations: unknown): string {
  if (!isObject(annotations)) return "";
  const hints = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] as const;
  return hints
    .filter((hint) => typeof annotations[hint] === "boolean")
    .map((hint) => `${hint} ${String(annotations[hint])}`)
    .join(", ");
}

function argumentsOf(schema: unknown): string {
  const properties = isObject(schema) && isObject(schema["properties"]) ? schema["properties"] : {};
  const required: readonly unknown[] =
    isObject(schema) && Array.isArray(schema["required"]) ? schema["required"] : [];
  const words = Object.entries(properties).map(([name, each]) => {
    const type = isObject(each) && typeof each["type"] === "string" ? each["type"] : "any";
    return `${name} (${type}${required.includes(name) ? ", required" : ""})`;
  });
  return words.length === 0 ? "none" : words.join(", ");
}
