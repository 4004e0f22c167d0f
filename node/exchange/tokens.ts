/**
 * Tokens that stand for values (vault/token.ts) in a document: where they are, and putting the values in their place. Does not
 * own which may be opened where (actors/guards/data.ts).
 *
 * K1. Only what was found before a decision is opened after it.
 * K2. A token in the name of a member is never opened, and counts as none: names are no place for values.
 */
import type { TraitsOf } from "../../actors/dlp/rows.ts";
import type { Finding } from "../../actors/dlp/scanner.ts";
import type { TokenData } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { tokenPattern, type TokenValue, type Tokens } from "../vault/token.ts";

const mark = "gwt1_";

export interface FoundTokens {
  /** By type. */
  readonly rows: readonly TokenData[];
  /** Texts in the form of a token that open under no key here. */
  readonly bad: number;
  readonly opened: ReadonlyMap<string, TokenValue>;
  /** Whether a finding is nothing but a part of a token. */
  covers(finding: Pick<Finding, "path" | "start" | "end" | "inKey">): boolean;
}

/** Whether there may be tokens: cheap, for every call. */
export function hasToken(value: unknown): boolean {
  if (typeof value === "string") return value.length > mark.length && value.includes(mark);
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return (value as unknown[]).some(hasToken);
  for (const name in value)
    if (name.includes(mark) || hasToken((value as Record<string, unknown>)[name])) return true;
  return false;
}

export function findTokens(value: unknown, tokens: Pick<Tokens, "open">, traitsOf: TraitsOf): FoundTokens {
  const opened = new Map<string, TokenValue>();
  const spans = new Map<string, (readonly [from: number, to: number])[]>();
  const counts = new Map<string, number>();
  let bad = 0;
  const look = (text: string, path: string): void => {
    for (const { 0: token, index } of text.matchAll(tokenPattern)) {
      const known = opened.get(token) ?? tokens.open(token);
      if (known === undefined || (counts.size >= limits.scanRowTokensMax && !counts.has(known.type))) {
        bad++;
        continue;
      }
      opened.set(token, known);
      counts.set(known.type, (counts.get(known.type) ?? 0) + 1);
      spans.set(path, [...(spans.get(path) ?? []), [index, index + token.length]]);
    }
  };
  walk(value, "", look, (name) => {
    for (const _ of name.matchAll(tokenPattern)) bad++;
  });
  const rows = [...counts].map(([type, count]) => {
    const traits = traitsOf(type);
    const tags = traits === undefined || traits.tags.length === 0 ? {} : { tags: traits.tags };
    return { type, group: traits?.group ?? "unknown", ...tags, count };
  });
  const covers: FoundTokens["covers"] = ({ path, start, end, inKey }) =>
    inKey !== true && (spans.get(path)?.some(([from, to]) => start >= from && end <= to) ?? false);
  return { rows, bad, opened, covers };
}

/** @param isOpened by the type of the value */
export function openTokens(
  value: unknown,
  { opened }: FoundTokens,
  isOpened: (type: string) => boolean,
): unknown {
  const put = (token: string): string => {
    const known = opened.get(token);
    return known !== undefined && isOpened(known.type) ? known.value : token;
  };
  const open = (each: unknown): unknown => {
    if (typeof each === "string") return each.includes(mark) ? each.replace(tokenPattern, put) : each;
    if (typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return each.map(open);
    return Object.fromEntries(Object.entries(each).map(([name, member]) => [name, open(member)]));
  };
  return open(value);
}

function walk(
  value: unknown,
  path: string,
  onText: (text: string, path: string) => void,
  onName: (name: string) => void,
): void {
  if (typeof value === "string") return onText(value, path);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value))
    return value.forEach((each: unknown, at) => walk(each, `${path}/${at}`, onText, onName));
  for (const [name, member] of Object.entries(value)) {
    onName(name);
    walk(member, `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, onText, onName);
  }
}
