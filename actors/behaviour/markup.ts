/**
 * Places in a text where its form, not its words, speaks to a program that was given a task: the label of a turn ("[SYSTEM]",
 * "<|im_start|>user", "Assistant:" on a line of its own), and what a page hides from people. Pure.
 *
 * F1. A record has fields of such names, too: in lower case, or within a paragraph, `user:` is a field.
 */

/** Words that label a turn, an order or who gives it. Looked at only where the form says so. */
export const labelWords: readonly string[] = [
  "system", "user", "human", "assistant", "admin", "administrator", "developer", "agent", "tool",
  "instruction", "instructions", "important", "information", "inst", "im_start", "prompt", "override",
]; // prettier-ignore

/** Who speaks in a conversation with a model. People's tickets have lines of agents and admins. */
const turn = /^(?:system|user|human|assistant)$/i;

/** Whether a word of `labelWords` stands as a label: within brackets, or at the beginning of a paragraph with a colon behind it. */
export function isLabel(text: string, start: number, end: number): boolean {
  let at = start - 1;
  while (at >= 0 && "|/# ".includes(text.charAt(at)) && start - at < 4) at--;
  const before = at < 0 ? "" : text.charAt(at);
  if (before === "<" || before === "[") return true;
  if (text.charCodeAt(end) !== 58 || !turn.test(text.slice(start, end))) return false;
  const first = text.charCodeAt(start);
  const isCapital = first >= 65 && first <= 90;
  return isCapital && (start === 0 || text.slice(Math.max(0, start - 2), start) === "\n\n");
}

/** The next comment of HTML from a place on; -1 where there is none. */
export function hiddenFrom(text: string, from: number): number {
  return text.indexOf("<!--", from);
}
