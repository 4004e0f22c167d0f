/**
 * One argument's constraints at load time: can any value satisfy them, and do they fit what the pinned definition says
 * of the argument? Does not own: what a constraint means for a value (actors/guards/constraint.ts, which also has the
 * last word here on whether one can be satisfied).
 *
 * C1. What is refused here would refuse every call, or would constrain nothing although a reviewer reads a constraint.
 */
import { resolve } from "node:path/posix";
import { compileConstraint } from "../../actors/guards/constraint.ts";
import type { ObjectTypes } from "../../actors/guards/constraint.ts";
import { compileHosts } from "../../actors/guards/hostname.ts";
import { normalisePath } from "../../actors/guards/path.ts";
import type { Constraint } from "../../protocol/role.ts";
import type { Spot } from "./argument.ts";
import { typeOfValue, typesOf, valuesOf } from "./argument.ts";
import { list, quote } from "./fault.ts";

export interface ConstraintFault {
  /** Where below the constraint: ["range", "min"]. */
  readonly path: readonly (string | number)[];
  readonly says: string;
  readonly do: string;
}

/** The types of value that each kind of constraint can hold for; a value of another type breaks it. */
const readable = {
  pattern: ["string"],
  range: ["number"],
  length: ["string", "array"],
  inside: ["string"],
  hosts: ["string"],
  object: ["string", "number"],
} as const satisfies { readonly [kind in keyof Constraint]?: readonly string[] };
type Kind = keyof typeof readable;
const kinds = Object.keys(readable) as Kind[];

/**
 * The constraint as a table holds it: folders absolute and normalised, hosts in small letters.
 *
 * @param folder where the role file lies: what ./ and ../ start from
 */
export function normalizeConstraint(constraint: Constraint, folder: string): Constraint {
  const { inside, hosts } = constraint;
  const absolute = (text: string): string => {
    const path = isRelative(text) ? resolve(folder, text) : text;
    return normalisePath(path) ?? path;
  };
  return {
    ...constraint,
    ...(inside === undefined
      ? {}
      : { inside: typeof inside === "string" ? absolute(inside) : inside.map(absolute) }),
    ...(hosts === undefined ? {} : { hosts: hosts.map((host) => host.toLowerCase()) }),
  };
}

function isRelative(text: string): boolean {
  return /^\.{1,2}(\/|$)/.test(text);
}

/**
 * The faults of one constraint: all of its own, or else the first in what its parts mean together.
 *
 * @param constraint as the file has it
 * @param folder     where the role file lies
 * @param spot       what the pinned definition says of the argument
 * @param objects    the role's `objects`
 */
export function constraintFaults(
  constraint: Constraint,
  folder: string,
  spot: Spot,
  objects: ObjectTypes,
): ConstraintFault[] {
  const normal = normalizeConstraint(constraint, folder);
  const own = [
    ...boundsFaults(constraint),
    ...patternFaults(constraint.pattern),
    ...insideFaults(constraint.inside, normal.inside),
    ...hostFaults(constraint.hosts),
    ...objectFaults(constraint.object, objects),
  ];
  if (own.length > 0) return own;
  return [...togetherFaults(normal, objects), ...definitionFaults(normal, spot)].slice(0, 1);
}

function boundsFaults(constraint: Constraint): ConstraintFault[] {
  return (["range", "length"] as const).flatMap((name): ConstraintFault[] => {
    const bounds = constraint[name];
    if (bounds === undefined) return [];
    const { min, max } = bounds;
    if (min === undefined && max === undefined)
      return [
        {
          path: [name],
          says: `\`${name}\` has neither \`min\` nor \`max\``,
          do: "give one of them, or remove it",
        },
      ];
    if (min === undefined || max === undefined || min <= max) return [];
    return [
      {
        path: [name],
        says: `\`min\` is above \`max\` in \`${name}\`, so no value passes`,
        do: "swap or change them",
      },
    ];
  });
}

function patternFaults(pattern: string | undefined): ConstraintFault[] {
  if (pattern === undefined || typeof compileConstraint({ pattern }, {}) !== "string") return [];
  const remedy = "use RE2 syntax: no look-around, no back-references, balanced brackets";
  return [{ path: ["pattern"], says: "RE2 does not accept this pattern", do: remedy }];
}

function insideFaults(written: Constraint["inside"], normal: Constraint["inside"]): ConstraintFault[] {
  const absolutes = typeof normal === "string" ? [normal] : (normal ?? []);
  return (typeof written === "string" ? [written] : (written ?? [])).flatMap(
    (text, at): ConstraintFault[] => {
      const path = typeof written === "string" ? ["inside"] : ["inside", at];
      if (!isRelative(text) && !text.startsWith("/"))
        return [
          {
            path,
            says: "`inside` is not absolute",
            do: "write /folder, ./folder for one beside this file, or ../folder for one beside the folder of this file",
          },
        ];
      if (normalisePath(absolutes[at] ?? "") === undefined)
        return [
          {
            path,
            says: "`inside` has a backslash, ~, control character or percent code",
            do: "use a plain folder name",
          },
        ];
      if (text.startsWith("/") && text.split("/").includes(".."))
        return [
          { path, says: "`inside` is absolute and has `..` in it", do: "write the folder that is meant" },
        ];
      return [];
    },
  );
}

function hostFaults(hosts: Constraint["hosts"]): ConstraintFault[] {
  return (hosts ?? []).flatMap((host, at): ConstraintFault[] => {
    const remedy =
      "write a host name, an IP address ([…] for IPv6) or *.name.tld, without scheme, port or path";
    if (typeof compileHosts([host]) === "string")
      return [{ path: ["hosts", at], says: "this is no host name", do: remedy }];
    if (!/^\*\.[^.]+\.?$/.test(host)) return [];
    return [{ path: ["hosts", at], says: "this allows a whole top-level domain", do: remedy }];
  });
}

function objectFaults(object: string | undefined, objects: ObjectTypes): ConstraintFault[] {
  if (object === undefined || Object.hasOwn(objects, object)) return [];
  const says = `there is no \`objects\` entry for ${quote(object)}, so no value passes`;
  return [
    { path: ["object"], says, do: `add it under \`objects\`; known here: ${list(Object.keys(objects))}` },
  ];
}

/** Constraints that exclude each other. */
function togetherFaults(constraint: Constraint, objects: ObjectTypes): ConstraintFault[] {
  const used = kinds.filter((kind) => constraint[kind] !== undefined);
  const exclude = (path: string, names: readonly string[]): ConstraintFault[] => [
    { path: [path], says: `${list(names)} cannot hold for one value`, do: "keep the one that is meant" },
  ];
  if (
    used.length > 0 &&
    !["string", "number", "array"].some((type) => used.every((kind) => reads(kind, type)))
  )
    return exclude(used.at(-1) ?? "", used);
  // A text with a slash at its start is a path and no host.
  if (constraint.inside !== undefined && constraint.hosts !== undefined)
    return exclude("hosts", ["inside", "hosts"]);
  if (
    constraint.equals !== undefined &&
    constraint.oneOf !== undefined &&
    !constraint.oneOf.includes(constraint.equals)
  )
    return [
      {
        path: ["equals"],
        says: "`equals` is not among `oneOf`, so no value passes",
        do: "keep one of the two",
      },
    ];
  const compiled = compileConstraint(constraint, objects);
  if (typeof compiled !== "string") return [];
  const [name] = (["equals", "oneOf"] as const).filter((each) => constraint[each] !== undefined);
  if (name === undefined) return [{ path: [], says: compiled, do: "change it" }];
  return [
    {
      path: [name],
      says: `no value of \`${name}\` satisfies the other constraints`,
      do: "change one of them",
    },
  ];
}

function reads(kind: Kind, type: string): boolean {
  return (readable[kind] as readonly string[]).includes(type);
}

/** Constraints that the argument's pinned schema makes senseless. */
function definitionFaults(constraint: Constraint, spot: Spot): ConstraintFault[] {
  const types = spot.kind === "schema" ? typesOf(spot.schema) : undefined;
  if (spot.kind !== "schema" || types === undefined) return [];
  const has = (type: string): boolean => types.has(type) || (type === "number" && types.has("integer"));
  const said = [...types].join(" or ");
  const unread = kinds.find((kind) => constraint[kind] !== undefined && !readable[kind].some(has));
  if (unread !== undefined) {
    const says = `\`${unread}\` reads ${readable[unread].join(" or ")}, and the pinned definition says ${said}`;
    const element = types.has("array") ? "; to constrain its elements, end the pointer in /-" : "";
    return [{ path: [unread], says, do: `use a constraint for ${said}${element}` }];
  }
  const name = constraint.equals === undefined ? "oneOf" : "equals";
  const values = constraint.equals === undefined ? constraint.oneOf : [constraint.equals];
  if (values === undefined) return [];
  if (!values.some((value) => has(typeOfValue(value)))) {
    const says = `no value of \`${name}\` is of the type that the pinned definition wants: ${said}`;
    return [{ path: [name], says, do: "write values of that type" }];
  }
  const allowed = valuesOf(spot.schema);
  if (allowed === undefined || values.some((value) => allowed.includes(value))) return [];
  const says = `no value of \`${name}\` is one that the pinned definition allows`;
  return [{ path: [name], says, do: `known there: ${list(allowed.map(String))}` }];
}
