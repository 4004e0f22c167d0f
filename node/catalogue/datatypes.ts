/**
 * The names of types of sensitive data in a role's rules, against the types that there are. Owns what a name can stand for. Does
 * not own what is done about a type (actors/dlp/policy.ts), nor the names in rules on flows (flows.ts).
 *
 * N1. A name under which nothing can ever be found is a fault: the rule would withhold nothing, and nobody would know.
 * N2. What indices, fingerprints and recognisers find is named by gatehouse.yaml and by others: any such name may be one.
 */
import { builtinRows } from "../../actors/dlp/detectors.ts";
import { personFieldTypes } from "../../actors/dlp/personfield.ts";
import { detectorGroups } from "../../protocol/detector.ts";
import type { PathPart, Report } from "./document.ts";
import type { CustomTypes } from "./customtypes.ts";
import { didYouMean, list, quote } from "./fault.ts";

const foreign = /^(?:edm|document|presidio|webhook)\../;
/** One index, or one collection of fingerprints. */
const hashed = /^(?:edm|document)\.[^*]+$/;
const groups: readonly string[] = detectorGroups;
/** At the end of a family's name. */
const wildcard = /\.\*$/;

type FoundType = { readonly id: string; readonly group: string; readonly tags?: readonly string[] };

/** Every type that this program finds by itself, as rows lie in their files: names alone need no compiled pattern. */
export function ownTypesFound({ types }: Pick<CustomTypes, "types">): readonly FoundType[] {
  return [...(builtinRows as readonly FoundType[]), ...personFieldTypes, ...types];
}

/** Selectors as data rules and tokens have them: a type, `family.*`, `group:NAME`, `tag:NAME` or `*`. */
export function checkSelectors(
  path: readonly PathPart[],
  selectors: readonly string[],
  custom: CustomTypes,
  report: Report,
): void {
  for (const [at, selector] of selectors.entries()) {
    if (selector === "*" || selector.startsWith("group:") || foreign.test(selector)) continue;
    const tag = selector.startsWith("tag:") ? selector.slice("tag:".length) : undefined;
    if (tag === undefined) checkType([...path, at], selector, custom, report);
    else checkTag([...path, at], tag, custom, report);
  }
}

/** What roles say of indices and fingerprints that a node has not: no fault, as files of roles are shared, and nothing that it would find. */
export function unmetNames(
  roles: ReadonlyMap<string, { readonly table: { readonly data?: { readonly rules: readonly { readonly types: readonly string[] }[] } } }>, // prettier-ignore
  found: readonly string[],
): readonly string[] {
  return [...roles].flatMap(([persona, { table }]) => {
    const named = new Set(
      table.data?.rules.flatMap(({ types }) => types.filter((type) => hashed.test(type))),
    );
    const unmet = [...named].filter((type) => !found.includes(type));
    return unmet.length === 0 ? [] : [`the role ${persona} has rules for ${list(unmet)}, and no index or collection of fingerprints here is called so: they meet nothing. Name it in dlp.exact or dlp.documents`]; // prettier-ignore
  });
}

/** A type, a group or a tag by its bare name, as `accumulation` has it. */
export function checkTypeOrGroup(
  path: readonly PathPart[],
  name: string,
  custom: CustomTypes,
  report: Report,
): void {
  const types = ownTypesFound(custom);
  const known = [...types.flatMap(({ id, group, tags = [] }) => [id, `${group}/${id}`, ...tags]), ...groups];
  if (name === "*" || known.includes(name) || foreign.test(name)) return;
  const meant = wildcard.test(name) ? "whole families are not counted here: name a type or a group; " : didYouMean(name, known); // prettier-ignore
  report(path, `there is no type or group ${quote(name)}`, `${meant}gatehouse dlp types lists them`);
}

function checkType(path: readonly PathPart[], name: string, custom: CustomTypes, report: Report): void {
  const ids = ownTypesFound(custom).map(({ id }) => id);
  const bare = name.replace(wildcard, "");
  if (bare === name ? ids.includes(name) : ids.some((id) => id.startsWith(`${bare}.`))) return;
  const last = bare.slice(bare.lastIndexOf(".") + 1);
  const close = groups.includes(bare) ? `group:${bare}` : [last, bare].find((each) => ids.includes(each));
  const meant = close === undefined ? didYouMean(name, ids) : `did you mean ${quote(close)}? `;
  report(path, `there is no type ${quote(name)}`, `${meant}gatehouse dlp types lists them`);
}

function checkTag(path: readonly PathPart[], tag: string, custom: CustomTypes, report: Report): void {
  const known = [...new Set(ownTypesFound(custom).flatMap(({ tags = [] }) => tags))].sort();
  if (!known.includes(tag)) report(path, `no type has the tag ${quote(tag)}`, `${didYouMean(tag, known)}known: ${list(known)}`); // prettier-ignore
}
