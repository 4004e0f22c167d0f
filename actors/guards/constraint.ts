/**
 * One argument's constraints: compiled once per role, judged per call. Owns what each constraint of protocol/role.ts
 * means for a value; does not own which values a call has (facts) and which grant applies (persona.ts).
 *
 * C1. A value that was cut, or that is an object or array where a scalar is wanted, holds no constraint: it fails.
 * C2. Texts are compared after Unicode normalisation (NFC) on both sides; letter case counts, except in hosts.
 * C3. What a refusal says names the constraint, never the value, and no list of allowed values.
 * C4. User-written patterns run on a linear-time engine only.
 */
import { RE2JS } from "re2js";
import type { ArgumentValue } from "../../protocol/facts.ts";
import type { Constraint } from "../../protocol/role.ts";
import { compileHosts, isListed, readHost } from "./hostname.ts";
import { isInside, normalisePath } from "./path.ts";

type Scalar = ArgumentValue["value"];

interface Check {
  readonly rule: "persona.argument" | "persona.object";
  /** What the value must do: "must be a path inside /srv". */
  readonly says: string;
  holds(value: Scalar): boolean;
  /** For arrays, which facts give by their length; a check without it refuses arrays. */
  holdsLength?(elements: number): boolean;
}

export interface CompiledConstraint {
  readonly isRequired: boolean;
  readonly checks: readonly Check[];
}

export type ObjectTypes = { readonly [type: string]: { readonly allow: readonly string[] } };

/** The first check that the value fails; undefined when all hold. */
export function failedCheck(constraint: CompiledConstraint, value: ArgumentValue): Check | undefined {
  for (const check of constraint.checks) {
    if (value.cut === true) return check;
    if (value.compound !== true ? check.holds(value.value) : holdsCompound(check, value.value)) continue;
    return check;
  }
  return undefined;
}

/** Whether a value's length is all that is asked of it. */
export function isOfLengthAlone({ checks }: CompiledConstraint): boolean {
  return checks.every((check) => check.holdsLength !== undefined);
}

function holdsCompound(check: Check, elements: Scalar): boolean {
  return typeof elements === "number" && check.holdsLength?.(elements) === true;
}

/** @returns the constraint, or in words why no value could ever satisfy it */
export function compileConstraint(constraint: Constraint, objects: ObjectTypes): CompiledConstraint | string {
  const checks: Check[] = [];
  for (const made of [
    equalsCheck(constraint.equals),
    oneOfCheck(constraint.oneOf),
    patternCheck(constraint.pattern),
    rangeCheck(constraint.range),
    lengthCheck(constraint.length),
    insideCheck(constraint.inside),
    hostsCheck(constraint.hosts),
    objectCheck(constraint.object, objects),
  ]) {
    if (typeof made === "string") return made;
    if (made !== undefined) checks.push(made);
  }
  const named = constraint.equals === undefined ? constraint.oneOf : [constraint.equals];
  if (named !== undefined && !named.some((value) => checks.every((check) => check.holds(value))))
    return "no value satisfies all of its constraints; loosen one of them";
  return { isRequired: constraint.required === true, checks };
}

const argument = (says: string, holds: (value: Scalar) => boolean): Check => ({
  rule: "persona.argument",
  says,
  holds,
});

/** Type and text, so that "1" and 1 stay apart. */
function comparable(value: Scalar): string {
  return typeof value === "string" ? `s${value.normalize("NFC")}` : `${typeof value}${String(value)}`;
}

function equalsCheck(equals: Constraint["equals"]): Check | undefined {
  if (equals === undefined) return undefined;
  const wanted = comparable(equals);
  return argument("must have the one allowed value", (value) => comparable(value) === wanted);
}

function oneOfCheck(oneOf: Constraint["oneOf"]): Check | undefined {
  if (oneOf === undefined) return undefined;
  const wanted = new Set(oneOf.map(comparable));
  return argument("must be one of the allowed values", (value) => wanted.has(comparable(value)));
}

function patternCheck(pattern: string | undefined): Check | string | undefined {
  if (pattern === undefined) return undefined;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern.normalize("NFC"));
  } catch {
    return "its pattern is not RE2: no lookaround, no backreferences";
  }
  return argument(
    "must be a text that matches the pattern of the role",
    (value) => typeof value === "string" && compiled.matches(value.normalize("NFC")),
  );
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function boundsText({ min, max }: Bounds): string {
  if (min === undefined) return max === undefined ? "at all" : `at most ${max}`;
  return max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
}

function isWithin(value: number, { min, max }: Bounds): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

function isEmpty({ min, max }: Bounds): boolean {
  return min !== undefined && max !== undefined && min > max;
}

function rangeCheck(range: Bounds | undefined): Check | string | undefined {
  if (range === undefined) return undefined;
  if (isEmpty(range)) return "its range has a min above its max";
  return argument(
    `must be a number ${boundsText(range)}`,
    (value) => typeof value === "number" && isWithin(value, range),
  );
}

function lengthCheck(length: Bounds | undefined): Check | string | undefined {
  if (length === undefined) return undefined;
  if (isEmpty(length)) return "its length has a min above its max";
  return {
    rule: "persona.argument",
    says: `must be a text or list with a length ${boundsText(length)}`,
    holds: (value) => typeof value === "string" && isWithin(value.length, length),
    holdsLength: (elements) => isWithin(elements, length),
  };
}

function insideCheck(inside: Constraint["inside"]): Check | string | undefined {
  if (inside === undefined) return undefined;
  const folders: string[] = [];
  for (const folder of typeof inside === "string" ? [inside] : inside) {
    const normal = normalisePath(folder.normalize("NFC"));
    if (normal === undefined) return "a folder of `inside` is not a plain absolute path";
    folders.push(normal);
  }
  const [only] = folders;
  const where = folders.length === 1 && only !== undefined ? only : "an allowed folder";
  return argument(
    `must be an absolute path inside ${where}`,
    (value) => typeof value === "string" && isInside(value, folders),
  );
}

function hostsCheck(hosts: readonly string[] | undefined): Check | string | undefined {
  if (hosts === undefined) return undefined;
  const list = compileHosts(hosts);
  if (typeof list === "string")
    return "an entry of `hosts` is no host name; write example.com or *.example.com";
  return argument("must be a URL or host name on the list of allowed hosts", (value) => {
    const host = typeof value === "string" ? readHost(value) : undefined;
    return host !== undefined && isListed(host, list);
  });
}

function objectCheck(type: string | undefined, objects: ObjectTypes): Check | string | undefined {
  if (type === undefined) return undefined;
  const allow = Object.hasOwn(objects, type) ? objects[type]?.allow : undefined;
  if (allow === undefined) return `its object type ${type} is not listed under objects`;
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const entry of allow) {
    const text = entry.normalize("NFC");
    if (text.endsWith("*")) prefixes.push(text.slice(0, -1));
    else exact.add(text);
  }
  return {
    rule: "persona.object",
    says: `must name an allowed ${type}`,
    holds: (value) => {
      if (typeof value !== "string" && typeof value !== "number") return false;
      const id = String(value).normalize("NFC");
      return exact.has(id) || prefixes.some((prefix) => id.startsWith(prefix));
    },
  };
}
