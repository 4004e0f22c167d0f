/**
 * Tokens that stand for values (vault/token.ts) in a document: where they are, and putting the values in their place. Does not
 * own which may be opened where (actors/guards/data.ts).
 *
 * K1. Only what was found before a decision is opened after it.
 * K2. A token in the name of a member is never opened, and counts as none: names are no place for values.
 * K3. A text that is JSON stays the JSON that it was: a value in it is escaped, and adds no member.
 * K4. Time grows with the document, and only so many different texts in the form of a token are tried: others wait meanwhile.
 */
import type { TraitsOf } from "../../actors/dlp/rows.ts";
import type { Finding } from "../../actors/dlp/scanner.ts";
import { tokenSign as mark } from "../../protocol/datarules.ts";
import type { TokenData } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { tokenPattern, type TokenValue, type Tokens } from "../vault/token.ts";

export interface FoundTokens {
  /** By type. */
  readonly rows: readonly TokenData[];
  /** Texts in the form of a token that open under no key here. */
  readonly bad: number;
  /** More different ones than are tried: the rest counts as bad. */
  readonly isCut: boolean;
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

type Span = readonly [from: number, to: number];

export function findTokens(value: unknown, tokens: Pick<Tokens, "open">, traitsOf: TraitsOf): FoundTokens {
  const tried = new Map<string, TokenValue | undefined>();
  const opened = new Map<string, TokenValue>();
  const spans = new Map<string, Span[]>();
  const counts = new Map<string, number>();
  let bad = 0;
  let isCut = false;
  const known = (token: string): TokenValue | undefined => {
    if (tried.has(token)) return tried.get(token);
    if (tried.size >= limits.documentTokensMax) {
      isCut = true;
      return undefined;
    }
    const stands = tokens.open(token);
    tried.set(token, stands);
    return stands;
  };
  const look = (text: string, path: string): void => {
    const own: Span[] = [];
    for (const { 0: token, index } of text.matchAll(tokenPattern)) {
      const stands = known(token);
      if (stands === undefined || (counts.size >= limits.scanRowTokensMax && !counts.has(stands.type))) {
        bad++;
        continue;
      }
      opened.set(token, stands);
      counts.set(stands.type, (counts.get(stands.type) ?? 0) + 1);
      own.push([index, index + token.length]);
    }
    if (own.length > 0) spans.set(path, own);
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
    inKey !== true && isWithin(spans.get(path) ?? [], start, end);
  return { rows, bad, isCut, opened, covers };
}

/** @param spans of one text, in their order, none within another */
function isWithin(spans: readonly Span[], start: number, end: number): boolean {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.[0] ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  return low > 0 && end <= (spans[low - 1]?.[1] ?? 0);
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
    if (typeof each === "string") return openText(each, put, 0);
    if (typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return each.map(open);
    return Object.fromEntries(Object.entries(each).map(([name, member]) => [name, open(member)]));
  };
  return open(value);
}

/** A text of JSON, as JSON writes it. */
const jsonText = /"(?:[^"\\]|\\.)*"/gs;
/** JSON within JSON within ... : each layer doubles what is escaped, and nobody writes more. */
const layersMax = 4;

function openText(text: string, put: (token: string) => string, layer: number): string {
  if (!text.includes(mark)) return text;
  if (layer === layersMax || !isJson(text)) return text.replace(tokenPattern, put);
  return text.replace(jsonText, (written) =>
    written.includes(mark)
      ? JSON.stringify(openText(JSON.parse(written) as string, put, layer + 1))
      : written,
  );
}

/** An object or a list: a text by itself is no document. */
function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
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
