/**
 * Events of actors as bytes, for the journal to a runner-up, and read again with every member checked: an event
 * of a wrong shape must never reach a turn, or the copy would be another session than the owner's.
 *
 * JSON, because it gives every text back as it was: a name that was cut may end in half a surrogate pair, which
 * MessagePack's UTF-8 would make into another text, and the copy into another session.
 */
import { isUtf8 } from "node:buffer";
import { unpackTrace } from "../../actors/behaviour/mark.ts";
import { thawLabels } from "../../actors/labels.ts";
import { isOtherLayout, unpackMarks } from "../../actors/ledger/mark.ts";
import type { AnyEvent } from "../../actors/roster.ts";
import type { Lift } from "../../actors/session.ts";
import type { WireChange } from "../../actors/wires.ts";
import type { CallKind, Outcome } from "../../protocol/facts.ts";
import { isTallyItem } from "../../protocol/accumulation.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import { isScopeName } from "../../protocol/scope.ts";
import { traceForms, traceKinships } from "../../protocol/trace.ts";

const callKinds: ReadonlySet<unknown> = new Set<CallKind>(["tool", "resource", "prompt", "server"]);
const outcomes: ReadonlySet<unknown> = new Set<Outcome>([
  "ok",
  "tool-error",
  "rpc-error",
  "timeout",
  "unreachable",
  "broken",
  "cancelled",
  "unknown",
]);
const wireChanges: ReadonlySet<unknown> = new Set<WireChange>(["closed", "level", "followed", "unfollowed"]);
const lifts: ReadonlySet<unknown> = new Set<Lift>(["kill", "behaviour", "tools", "flow"]);

export function packEvent(event: AnyEvent): Uint8Array {
  return Buffer.from(JSON.stringify(event), "utf8");
}

/** @returns undefined for anything that is no event of a session or a scope, to the member */
export function unpackEvent(bytes: Uint8Array): AnyEvent | undefined {
  if (!isUtf8(bytes)) return undefined;
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    const read: unknown = JSON.parse(text);
    return isObject(read) && isEvent(read) ? (read as unknown as AnyEvent) : undefined;
  } catch {
    return undefined;
  }
}

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === "string";
const isCount: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
/** A set as a session keeps it: sorted, without doubles, bounded. */
const isLabels: Check = (value) => thawLabels(value) !== undefined;
const isFlag: Check = (value) => typeof value === "boolean";
const isTrue: Check = (value) => value === true;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const shaped =
  (shape: Shape): Check =>
  (value) =>
    isObject(value) && hasShape(value, shape);

/** Hashes of words, or of pairs of words, of one value (actors/behaviour/asking.ts). */
const traceHashesMost = 64;

const isScalar: Check = (value) =>
  value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);

const argument = shaped({
  at: isText,
  value: isScalar,
  cut: optional(isTrue),
  compound: optional(isTrue),
});
const foundRow = { type: isText, group: isText, tags: optional(list(isText)), count: isCount };
const outside = shaped({
  refused: optional(shaped({ recogniser: isText, why: (value) => value === "blocked" || value === "no verdict", says: isText })), // prettier-ignore
  unexamined: optional(list(shaped({ recogniser: isText, says: isText }))),
});
const scanShape = {
  found: optional(list(shaped({ ...foundRow, likelihood: isCount, path: isText }))),
  unscanned: optional(isText),
  outside: optional(outside),
  tokens: optional(list(shaped(foundRow))),
  badTokens: optional(isCount),
  media: optional(isCount),
  isFixed: optional(isTrue),
  tookMs: isCount,
};
const sideRow = shaped({ way: (value) => value === "arguments" || value === "answers", type: isText, action: isText, count: isCount }); // prettier-ignore
/** Two hashes and a length, which fit a number exactly. */
const isNatural: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const carriedValue = shaped({
  op: isText,
  type: isText,
  strength: isNatural,
  count: isNatural,
  token: optional(isTrue),
});
const carriedPart = shaped({ op: isText, type: isText, check: isNatural, length: isNatural, low: isNatural, high: isNatural }); // prettier-ignore
const carried = shaped({ values: list(carriedValue), parts: list(carriedPart), compared: optional(isText), unread: optional(isTrue) }); // prettier-ignore
const isItems: Check = (value) =>
  Array.isArray(value) && value.length <= limits.tallyClassesMax && value.every(isTallyItem);
/** Of another version they are passed on: what they were marks of counts as wholly seen (actors/ledger/memory.ts). */
const isMarks: Check = (value) => typeof value === "string" && (unpackMarks(value) !== undefined || isOtherLayout(value)); // prettier-ignore
const seenValues = shaped({ key: isText, types: list(isText), marks: isMarks, overflow: optional(isTrue) });
const isHashes: Check = (value) => Array.isArray(value) && value.length <= traceHashesMost && value.every(isNatural); // prettier-ignore
const tracedValue = shaped({
  at: isText,
  is: (value) => value === "destination" || value === "id" || value === "text",
  form: optional((value) => traceForms.some((form) => form === value)),
  whole: isNatural,
  words: isHashes,
  pairs: isHashes,
  known: optional((value) => value === "mission" || value === "role" || value === "baseline"),
  origin: optional(isNatural),
  akin: optional((value) => traceKinships.some((akin) => akin === value)),
  thing: optional(isNatural),
});
const callTrace = shaped({
  key: isText,
  values: (value) => Array.isArray(value) && value.length <= limits.traceValuesMax && value.every(tracedValue), // prettier-ignore
  cut: optional(isTrue),
  fetches: optional(isTrue),
  more: optional(isTrue),
  outside: optional(isTrue),
  tasked: optional(isTrue),
  spoken: optional(isTrue),
  about: optional((value) => value === "named" || value === "unnamed"),
  tool: optional(isNatural),
  delegated: optional(isTrue),
  learned: optional(isTrue),
});
const isTraceMarks: Check = (value) => typeof value === "string" && (unpackTrace(value)?.count ?? Infinity) <= limits.traceMarksMax; // prettier-ignore
const answerTrace = shaped({ key: isText, marks: isTraceMarks, cut: optional(isTrue), directive: isCount });
const callFacts = shaped({
  kind: (value) => callKinds.has(value),
  name: isText,
  digest: isText,
  shape: isText,
  bytes: isCount,
  unknown: optional(list(isText)),
  values: optional(list(argument)),
  overflow: optional(isTrue),
  scan: optional(shaped(scanShape)),
  carried: optional(carried),
  trace: optional(callTrace),
  approval: optional(isText),
});
const answerFacts = shaped({
  outcome: (value) => outcomes.has(value),
  bytes: isCount,
  digest: isText,
  tookMs: isCount,
  code: optional(isText),
  scan: optional(shaped({ ...scanShape, actions: list(isText), isBlocked: optional(isTrue) })),
  side: optional(list(sideRow)),
  seen: optional(seenValues),
  trace: optional(answerTrace),
});

/** The members of each kind besides `kind` and `at`. */
const kinds: Readonly<Record<AnyEvent["kind"], Shape>> = {
  configured: { role: isText },
  call: { op: isText, facts: callFacts, unheard: optional(isTrue) },
  answered: { op: isText, facts: answerFacts },
  refusals: {},
  killed: { by: isText, reason: isText },
  lifted: { by: isText, what: (value) => lifts.has(value) },
  decided: { id: isText, is: (value) => value === "approved" || value === "denied", by: isText, reason: isText }, // prettier-ignore
  lost: {},
  shrink: {},
  wire: { wire: isText, what: (value) => wireChanges.has(value), value: isText },
  seek: { wanted: list((each) => Array.isArray(each) && each.length === 2 && isScopeName(each[0]) && isCount(each[1])) }, // prettier-ignore
  granted: { scope: isScopeName, line: isCount, granted: isCount, ahead: isCount, waitMs: isCount },
  tripped: {
    scope: isScopeName,
    isFailing: isFlag,
    isOpen: isFlag,
    until: isCount,
    probe: isCount,
    since: isCount,
  },
  raised: { labels: isLabels },
  heard: { labels: isLabels },
  ask: { from: isText, scope: isScopeName, line: isCount, granted: isCount, spent: isCount, calls: isCount, capacity: isCount, perSecond: isCount }, // prettier-ignore
  return: { from: isText, line: isCount, spent: isCount },
  watch: { from: isText, scope: isScopeName },
  outcome: { from: isText, scope: isScopeName, failed: (value) => value === "yes" || value === "no" || value === "unknown", isProbe: isFlag, failures: isCount, openMs: isCount }, // prettier-ignore
  probe: { from: isText, scope: isScopeName, openMs: isCount },
  raise: { from: isText, labels: isLabels },
  read: { from: isText, apart: isFlag },
  count: { from: isText, scope: isScopeName, day: isNatural, items: isItems },
  counted: { scope: isScopeName, class: isText, until: isCount },
};

function isEvent({ kind, at, ...rest }: JsonObject): boolean {
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind) || !isCount(at)) return false;
  return hasShape(rest, kinds[kind as AnyEvent["kind"]]);
}

function hasShape(object: JsonObject, shape: Shape): boolean {
  for (const key of Object.keys(object)) if (!Object.hasOwn(shape, key)) return false;
  for (const key in shape)
    if (shape[key]?.(Object.hasOwn(object, key) ? object[key] : undefined) !== true) return false;
  return true;
}
