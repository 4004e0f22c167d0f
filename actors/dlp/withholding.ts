/**
 * Withholding: a document with what was found taken out of it, as the policy says. The document stays what it was: JSON,
 * with the same members and kinds of values, and whole Unicode.
 *
 * W1. A span with an action of tokenise, mask or redact is not in the result, in no value and no member's name.
 * W2. What is not in such a span is as it was, but for names of members that would be equal afterwards.
 * W3. A number that holds one becomes 0: a mask of a number is another number, and would be believed. So it does in a text that is
 *     JSON, which would be none any more with a mask, a token or words in that place.
 * W4. Findings that overlap are one span with the strictest action; a span does not cut a code point in two.
 */
import type { DataAction } from "../../protocol/datarules.ts";
import { numbersAround } from "./jsonnumbers.ts";
import { mask } from "./masking.ts";
import { strictest } from "./policy.ts";
import type { Finding } from "./scanner.ts";

/** A finding with what is to be done about it. */
export interface Marked extends Finding {
  readonly action: DataAction;
  /** It opens something: of its mask nothing but the length stays. */
  readonly isSecret?: boolean;
}

export interface WithholdingPorts {
  /** A token that stands for the value; undefined when none can be made. */
  readonly tokenise: (type: string, value: string) => string | undefined;
}

type Json = unknown;

/** Changes nothing in place. @param value a JSON value, or a text with findings at path "" */
export function withhold(value: Json, marked: readonly Marked[], ports: WithholdingPorts): Json {
  const acting = marked.filter(
    ({ action }) => action === "tokenise" || action === "mask" || action === "redact",
  );
  if (acting.length === 0) return value;
  const byPath = new Map<string, Marked[]>();
  for (const each of acting) {
    const key = each.inKey === true ? `key ${each.path}` : each.path;
    const known = byPath.get(key);
    if (known === undefined) byPath.set(key, [each]);
    else known.push(each);
  }
  return walk(value, "", byPath, ports);
}

function walk(
  value: Json,
  path: string,
  byPath: ReadonlyMap<string, readonly Marked[]>,
  ports: WithholdingPorts,
): Json {
  const own = byPath.get(path);
  if (typeof value === "string") return own === undefined ? value : rewritten(value, own, ports);
  if (typeof value === "number" || typeof value === "bigint") return own === undefined ? value : 0;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each, at) => walk(each, `${path}/${at}`, byPath, ports));
  const out: Record<string, Json> = Object.create(null) as Record<string, Json>;
  const tried = new Map<string, number>();
  for (const [name, member] of Object.entries(value)) {
    const at = `${path}/${escapePointer(name)}`;
    const named = byPath.get(`key ${at}`);
    out[unique(named === undefined ? name : rewritten(name, named, ports), out, tried)] = walk(
      member,
      at,
      byPath,
      ports,
    );
  }
  return out;
}

function rewritten(text: string, marked: readonly Marked[], ports: WithholdingPorts): string {
  let out = "";
  let from = 0;
  for (const span of spansOf(text, marked)) {
    const { start, end } = span;
    out += text.slice(from, start) + substitute(text.slice(start, end), span, ports);
    from = end;
  }
  return out + text.slice(from);
}

function substitute(
  value: string,
  { type, action, isSecret, isNumber }: Span,
  ports: WithholdingPorts,
): string {
  if (isNumber) return "0";
  const token = action === "tokenise" ? ports.tokenise(type, value) : undefined;
  if (token !== undefined) return token;
  return action === "mask" ? mask(value, type, isSecret) : `[redacted: ${type}]`;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  readonly action: DataAction;
  readonly isSecret: boolean;
  /** Of a text that is JSON. */
  readonly isNumber: boolean;
}

/** By start, none overlapping another. */
function spansOf(text: string, marked: readonly Marked[]): readonly Span[] {
  const numbers = numbersAround(text, marked);
  const all = marked.map((each, at) => ({ ...each, ...numbers[at], isSecret: each.isSecret === true, isNumber: numbers[at] !== undefined })); // prettier-ignore
  const spans: Span[] = [];
  for (const each of all.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const span = { ...each, start: whole(text, each.start, -1), end: whole(text, each.end, 1) };
    const last = spans.at(-1);
    if (last === undefined || span.start >= last.end) {
      spans.push(span);
      continue;
    }
    const action = strictest([last.action, span.action]);
    const type = action === last.action ? last.type : span.type;
    // Two values in one span are not one value: no token and no mask tells of both.
    const isOne = span.end <= last.end;
    spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, span.end), type, action: isOne ? action : "redact", isSecret: last.isSecret || span.isSecret, isNumber: last.isNumber && span.isNumber }; // prettier-ignore
  }
  return spans;
}

/** Moves a place out of the middle of a surrogate pair. */
function whole(text: string, at: number, by: number): number {
  const isInside =
    at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at));
  return isInside ? at + by : at;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** @param tried of names that were taken: the last number that was, as those before it are taken for good */
function unique(
  name: string,
  members: { readonly [name: string]: Json },
  tried: Map<string, number>,
): string {
  if (!(name in members)) return name;
  for (let number = tried.get(name) ?? 2; ; number++) {
    if (`${name} (${number})` in members) continue;
    tried.set(name, number);
    return `${name} (${number})`;
  }
}

function escapePointer(name: string): string {
  return name.includes("~") || name.includes("/") ? name.replaceAll("~", "~0").replaceAll("/", "~1") : name;
}
