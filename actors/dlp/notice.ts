/**
 * What an agent is told of what was withheld: which kinds of data, how many, where, and what it may do. Never a value, nor
 * how likely it was: an agent that tries values out must not learn from it.
 */
import type { DataDirection } from "../../protocol/datarules.ts";
import type { Marked } from "./withholding.ts";

const linesMax = 8;
const pathCharsMax = 80;
const done = {
  tokenise: "replaced by a token",
  mask: "masked",
  redact: "removed",
  block: "not let through",
} as const;
type Done = keyof typeof done;

/** Undefined when nothing was. */
export function noticeOf(marked: readonly Marked[], way: DataDirection): string | undefined {
  const groups = new Map<
    string,
    { readonly action: Done; readonly type: string; readonly path: string; count: number }
  >();
  for (const { type, action, path } of marked) {
    if (!isDone(action)) continue;
    const key = `${action} ${type}`;
    const group = groups.get(key) ?? { action, type, path, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  if (groups.size === 0) return undefined;
  const told = [...groups.values()].slice(0, linesMax).map(lineOf);
  const more = groups.size > linesMax ? [`and ${groups.size - linesMax} kinds more`] : [];
  const hints = [...groups.values()].some(({ action }) => action === "tokenise") ? [tokenHint] : [];
  const isBlocked = [...groups.values()].some(({ action }) => action === "block");
  const head = way === "arguments" ? (isBlocked ? "The call was not made: its arguments hold sensitive data." : "Sensitive data in the arguments was withheld from the tool.") : (isBlocked ? "The answer is withheld: it holds sensitive data." : "Sensitive data in the answer was withheld."); // prettier-ignore
  return [head, `${[...told, ...more].join("; ")}.`, ...hints].join(" ");
}

const tokenHint = "A token stands for its value: pass it on as it is where the value is needed.";

function lineOf({
  action,
  type,
  path,
  count,
}: {
  action: Done;
  type: string;
  path: string;
  count: number;
}): string {
  const where =
    path === "" ? "" : ` at ${path.length > pathCharsMax ? `${path.slice(0, pathCharsMax)}…` : path}`;
  return `${type} ${done[action]}${count === 1 ? where : ` ${count} times, first${where === "" ? "" : where}`}`;
}

function isDone(action: string): action is Done {
  return action in done;
}
