/**
 * Whether one argument's constraints let less pass than another one's. Pure. Does not own what a constraint means for a value
 * (actors/guards/constraint.ts).
 *
 * K1. Each constraint of the earlier version has to follow from the later one; what is new besides only narrows.
 * K2. Named values (`equals`, `oneOf`) are compared by that guard itself, where it compares them normalised (NFC) too.
 */
import { compileConstraint } from "../../actors/guards/constraint.ts";
import { compileHosts, isListed } from "../../actors/guards/hostname.ts";
import { isInside } from "../../actors/guards/path.ts";
import type { Constraint } from "../../protocol/role.ts";
import { isSame } from "./order.ts";

type Kind = keyof Constraint;
type Follows = (before: Constraint, after: Constraint) => boolean;

/** By kind: whether the earlier constraint of that kind, which is there, follows from the later ones. */
export const constraintFields: { readonly [K in Kind]-?: Follows } = {
  required: (before, after) => before.required !== true || after.required === true,
  equals: (before, after) => namedAll(after, { equals: before.equals }),
  oneOf: (before, after) => namedAll(after, { oneOf: before.oneOf }),
  pattern: (before, after) => namedAll(after, { pattern: before.pattern }),
  range: (before, after) => lies(after.range, before.range) || namedAll(after, { range: before.range }),
  length: (before, after) => lies(after.length, before.length),
  inside: (before, after) => {
    const [within, folders] = [listOf(before.inside), listOf(after.inside)];
    return folders.length > 0 && folders.every((folder) => isInside(folder, within));
  },
  hosts: (before, after) =>
    after.hosts !== undefined && after.hosts.every((host) => coversHost(before.hosts ?? [], host)),
  object: () => false,
};

/** Names of what the earlier version demands and the later one does not; with none the later one is as tight or tighter. */
export function loosened(before: Constraint, after: Constraint): readonly string[] {
  return Object.keys(before).filter((kind) => {
    const [from, to] = [before[kind as Kind], after[kind as Kind]];
    if (from === undefined || isSame(from, to)) return false;
    return !(Object.hasOwn(constraintFields, kind) && constraintFields[kind as Kind](before, after));
  });
}

/** Whether every value that the constraint names holds the other constraint, whose checks compare normalised texts. */
function namedAll(named: Constraint, demanded: Constraint): boolean {
  const values = named.equals === undefined ? named.oneOf : [named.equals];
  if (values === undefined) return false;
  const compiled = compileConstraint(demanded, {});
  return (
    typeof compiled !== "string" &&
    values.every((value) => compiled.checks.every((check) => check.holds(value)))
  );
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function lies(inner: Bounds | undefined, outer: Bounds | undefined): boolean {
  if (inner === undefined || outer === undefined) return false;
  const isAbove = outer.min === undefined || (inner.min !== undefined && inner.min >= outer.min);
  return isAbove && (outer.max === undefined || (inner.max !== undefined && inner.max <= outer.max));
}

function listOf(inside: Constraint["inside"]): readonly string[] {
  return typeof inside === "string" ? [inside] : (inside ?? []);
}

function coversHost(list: readonly string[], host: string): boolean {
  if (list.includes(host)) return true;
  const compiled = compileHosts(list);
  // Of "*.b.example.com" every host has b.example.com as a parent: it is below "*.example.com" as that is.
  return typeof compiled !== "string" && isListed(host.replace(/^\*\./, ""), { exact: host.startsWith("*.") ? new Set() : compiled.exact, parents: compiled.parents }); // prettier-ignore
}
