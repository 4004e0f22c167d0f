/**
 * Orders: whether one value of a role's field lets less or more than another one. Pure.
 *
 * O1. What cannot be shown to be narrower is wider. A field that nobody has an order for may only stay as it is.
 * O2. "narrower" is a proof that every call the later value lets pass the earlier one lets pass too.
 */
import { canonicalJson } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/json.ts";

/** words: what only people read was put otherwise. */
export type Direction = "same" | "narrower" | "words" | "wider";

/** Undefined: the field is not there. Defaults are filled in before, where there are some. */
export type Order = (before: unknown, after: unknown) => Direction;

export function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonicalJson(one as Json) === canonicalJson(other as Json);
}

/** Any change needs an approver. */
export const fixed: Order = (before, after) => (isSame(before, after) ? "same" : "wider");

/** Words for people: they let nothing pass and hold nothing up. */
export const words: Order = (before, after) => (isSame(before, after) ? "same" : "words");

/** What lets nothing more pass, whatever it is changed to. */
export const free: Order = (before, after) => (isSame(before, after) ? "same" : "narrower");

/** Whether a change lets nothing more pass than before. */
export function isFree(direction: string): boolean {
  return direction === "narrower" || direction === "words";
}

/** A bound from above; without one there is no bound. */
export const atMost: Order = (before, after) => bounded(before, after, (from, to) => to < from);

/** A bound from below. */
export const atLeast: Order = (before, after) => bounded(before, after, (from, to) => to > from);

function bounded(
  before: unknown,
  after: unknown,
  isTighter: (from: number, to: number) => boolean,
): Direction {
  if (isSame(before, after)) return "same";
  if (before === undefined && typeof after === "number") return "narrower";
  if (typeof before !== "number" || typeof after !== "number") return "wider";
  return isTighter(before, after) ? "narrower" : "wider";
}

/** @param values from the one that lets most pass to the one that lets least */
export function ranked(values: readonly string[]): Order {
  return (before, after) => {
    if (isSame(before, after)) return "same";
    if (typeof before !== "string" || typeof after !== "string") return "wider";
    const [from, to] = [values.indexOf(before), values.indexOf(after)];
    return from >= 0 && to > from ? "narrower" : "wider";
  };
}

/** A list each entry of which lets something pass. Without one nothing passes. */
export const allowing: Order = (before, after) =>
  isSame(before, after) ? "same" : isPart(after ?? [], before ?? []) ? "narrower" : "wider";

/** A list each entry of which holds something up. */
export const forbidding: Order = (before, after) =>
  isSame(before, after) ? "same" : isPart(before ?? [], after ?? []) ? "narrower" : "wider";

function isPart(part: unknown, whole: unknown): boolean {
  if (!Array.isArray(part) || !Array.isArray(whole)) return false;
  return part.every((entry) => whole.some((each) => isSame(entry, each)));
}

/** Fields of one mapping, each with its order or the fields below it. */
export interface Fields {
  readonly [field: string]: Order | Fields;
}

/** One field that differs. */
export interface FieldChange {
  readonly at: readonly string[];
  readonly direction: Exclude<Direction, "same">;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every field of either side, also those that the table does not have (O1). */
export function changedFieldsOf(
  fields: Fields,
  before: unknown,
  after: unknown,
  at: readonly string[] = [],
): readonly FieldChange[] {
  const [one, other] = [partsOf(before), partsOf(after)];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap(
    (name): readonly FieldChange[] => {
      const order = Object.hasOwn(fields, name) ? (fields[name] ?? fixed) : fixed;
      const [from, to] = [one[name], other[name]];
      if (typeof order !== "function") return changedFieldsOf(order, from, to, [...at, name]);
      const direction = order(from, to);
      return direction === "same" ? [] : [{ at: [...at, name], direction, before: from, after: to }];
    },
  );
}

function partsOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [name: string]: unknown })
    : {};
}
