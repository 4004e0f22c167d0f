/**
 * What an agent is told of what was withheld: which kinds of data, how many, where, and what it may do. Never a value, nor
 * how likely it was: an agent that tries values out must not learn from it.
 */
import type { DataAction, DataDirection } from "../../protocol/datarules.ts";
import type { FoundData } from "../../protocol/facts.ts";

const linesMax = 8;
const done = {
  tokenise: "replaced by a token",
  mask: "masked",
  redact: "removed",
  block: "not let through",
} as const;
type Done = keyof typeof done;

type Told = Pick<FoundData, "type" | "path" | "count">;

/** @param actions by the order of rows @returns undefined when nothing was withheld */
export function noticeOf(
  rows: readonly Told[],
  actions: readonly DataAction[],
  way: DataDirection,
): string | undefined {
  const groups = new Map<string, { readonly action: Done; readonly row: Told; count: number }>();
  for (const [at, row] of rows.entries()) {
    const action = actions[at] ?? "block";
    if (!isDone(action)) continue;
    const key = `${action} ${row.type}`;
    const group = groups.get(key) ?? { action, row, count: 0 };
    group.count += row.count;
    groups.set(key, group);
  }
  if (groups.size === 0) return undefined;
  const told = [...groups.values()].slice(0, linesMax).map(lineOf);
  const more = groups.size > linesMax ? [`and ${groups.size - linesMax} kinds more`] : [];
  const all = [...groups.values()];
  const hints = all.some(({ action }) => action === "tokenise") ? [tokenHint] : [];
  const head = heads[way][all.some(({ action }) => action === "block") ? "blocked" : "changed"];
  return [head, `${[...told, ...more].join("; ")}.`, ...hints].join(" ");
}

const heads = {
  arguments: {
    blocked: "The call was not made: its arguments hold sensitive data.",
    changed: "Sensitive data in the arguments was withheld from the tool.",
  },
  answers: {
    blocked: "The answer is withheld: it holds sensitive data.",
    changed: "Sensitive data in the answer was withheld.",
  },
} as const;

const tokenHint = "A token stands for its value: pass it on as it is where the value is needed.";

function lineOf({
  action,
  row: { type, path },
  count,
}: {
  readonly action: Done;
  readonly row: Told;
  readonly count: number;
}): string {
  const where = path === "" ? "" : ` at ${path}`;
  return `${type} ${done[action]}${count === 1 ? where : ` ${count} times${where === "" ? "" : `, first${where}`}`}`;
}

function isDone(action: string): action is Done {
  return action in done;
}
