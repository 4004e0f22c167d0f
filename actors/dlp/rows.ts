/**
 * From findings to the rows that a turn sees, and back: which row each finding is counted in. Owns what of a finding may be
 * written down. Does not own actions (policy.ts).
 *
 * F1. No row holds a value: neither text, nor place in a text, nor the name of a member in which something was found.
 * F2. Rows are bounded; what does not fit is told, and is then as if it had not been looked for.
 */
import type { FoundData } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { Finding } from "./scanner.ts";

export interface Traits {
  readonly group: string;
  readonly tags: readonly string[];
}

/** Traits of a type by its id; undefined of one that is not known. */
export type TraitsOf = (type: string) => Traits | undefined;

export interface Rows {
  readonly rows: readonly FoundData[];
  /** By the order of the findings: the row that each is counted in; -1 for one that is too unlikely to be. */
  readonly rowOf: readonly number[];
  readonly isOverflown: boolean;
}

/** @param levelMin what is less likely is left out */
export function rowsOf(findings: readonly Finding[], traitsOf: TraitsOf, levelMin: number): Rows {
  const rows: { -readonly [Name in keyof FoundData]: FoundData[Name] }[] = [];
  const places = new Map<string, number>();
  const names = new Set(findings.flatMap(({ inKey, path }) => (inKey === true ? [path] : [])));
  let isOverflown = false;
  const rowOf = findings.map(({ type, likelihood, path, isPart }) => {
    if (likelihood < levelMin) return -1;
    const key = `${type} ${likelihood}`;
    const known = places.get(key);
    const row = known === undefined ? undefined : rows[known];
    if (known !== undefined && row !== undefined) {
      if (isPart !== true) row.count++;
      return known;
    }
    if (rows.length >= limits.scanRowsMax) {
      isOverflown = true;
      return -1;
    }
    const traits = traitsOf(type);
    const tags = traits === undefined || traits.tags.length === 0 ? {} : { tags: traits.tags };
    rows.push({ type, group: traits?.group ?? "unknown", ...tags, likelihood, count: isPart === true ? 0 : 1, path: told(path, names) }); // prettier-ignore
    places.set(key, rows.length - 1);
    return rows.length - 1;
  });
  // A part whose whole lies in another piece of the document is one by itself.
  for (const row of rows) row.count = Math.max(1, row.count);
  return { rows, rowOf, isOverflown };
}

/** A path without names in which something was found. */
function told(path: string, names: ReadonlySet<string>): string {
  const text = names.size === 0 ? path : withoutNames(path, names);
  return text.length > limits.scanPathCharsMax ? `${text.slice(0, limits.scanPathCharsMax)}…` : text;
}

function withoutNames(path: string, names: ReadonlySet<string>): string {
  let whole = "";
  let text = "";
  for (const segment of path.split("/").slice(1)) {
    whole += `/${segment}`;
    text += names.has(whole) ? "/…" : `/${segment}`;
  }
  return text;
}
