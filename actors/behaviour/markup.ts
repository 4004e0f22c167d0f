/**
 * Places in a text where its form, not its words, speaks to a program that was given a task: the label of a turn ("[SYSTEM]",
 * "<|im_start|>user", "Assistant:" on a line of its own), and what a page hides from people. Pure.
 *
 * F1. A record has fields of such names, too: in lower case, or within a paragraph, `user:` is a field.
 */

/** Words that label a turn, an order or who gives it. Looked at only where the form says so. */
export const labelWords: readonly string[] = [
  "system", "user", "human", "assistant", "admin", "administrator", "developer", "agent", "tool",
  "instruction", "instructions", "important", "information", "inst", "im_start", "prompt", "override", "thought",
  "sys", "tool_call", "tool_calls", "tool_use", "tool_result", "tool_results", "tool_output", "tool_response",
  "function_call", "function_calls", "function_result", "function_results", "function_response",
]; // prettier-ignore

/** Of them, what stands in brackets in people's texts and handbooks, too: "[IMPORTANT]", "<user>". One of them hints at an agent. */
const commonLabels: ReadonlySet<string> = new Set(["user", "human", "admin", "administrator", "developer", "agent", "tool", "important", "information", "prompt"]); // prettier-ignore

/** Who speaks in a conversation with a model, or thinks aloud. People's tickets have lines of agents and admins. */
const turns: ReadonlySet<string> = new Set(["system", "user", "human", "assistant", "thought"]);
/** A person's thought is followed by no action, and an agent's by one soon. */
const action = /\n[ \t]*Action(?: Input)?:/;
const actionCharsMost = 600;
/** What stands before a turn that is written as JSON. Records of people have roles, too, but nobody's is "system". */
const roleMember = /"role"\s*:\s*"$/;
const rolesOfModels: ReadonlySet<string> = new Set(["system", "assistant"]);

/**
 * Whether a word of `labelWords` stands as a label: within brackets ("hint" where people put it there, too), as the role of a turn in
 * JSON, or as a turn at the beginning of a paragraph with a colon behind it.
 */
export function labelAt(text: string, start: number, end: number): "label" | "hint" | undefined {
  let at = start - 1;
  while (at >= 0 && "|/# ".includes(text.charAt(at)) && start - at < 4) at--;
  const before = at < 0 ? "" : text.charAt(at);
  if (before === "<" || before === "[") return commonLabels.has(text.slice(start, end).toLowerCase()) ? "hint" : "label"; // prettier-ignore
  if (before === '"')
    return rolesOfModels.has(text.slice(start, end)) && roleMember.test(text.slice(Math.max(0, start - 16), start)) ? "label" : undefined; // prettier-ignore
  if (text.charCodeAt(end) !== 58) return undefined;
  const word = text.slice(start, end).toLowerCase();
  const first = text.charCodeAt(start);
  const isCapital = first >= 65 && first <= 90;
  const isTurn = isCapital && (start === 0 || text.slice(Math.max(0, start - 2), start) === "\n\n");
  if (!isTurn || !turns.has(word)) return undefined;
  return word !== "thought" || action.test(text.slice(end, end + actionCharsMost)) ? "label" : undefined;
}

const nothing: readonly number[] = [];

/** Where the comments of HTML in a text begin and end, in turn: what stands behind one is not hidden by it. */
export function hiddenIn(text: string): readonly number[] {
  let at = text.indexOf("<!--");
  if (at < 0) return nothing;
  const places: number[] = [];
  while (at >= 0) {
    const end = text.indexOf("-->", at + 4);
    places.push(at, end < 0 ? text.length : end);
    at = end < 0 ? -1 : text.indexOf("<!--", end);
  }
  return places;
}
