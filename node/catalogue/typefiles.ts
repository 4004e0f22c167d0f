/**
 * Files that `dlp.types` names, and the word lists that those name: where they may lie, and a list's lines. Does not own: what a file
 * of custom types says (customtypes.ts).
 *
 * T1. Of a path out of its folder nothing is read: types come from others too, and what a fault says of a file goes to logs. A whole
 *     path in gatehouse.yaml is the operator's own word, and is followed; its word lists stay in the folder that it names.
 */
import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { limits } from "../../protocol/limits.ts";
import { readText } from "./document.ts";
import type { ConfigurationFault } from "./fault.ts";

export interface TypesFile {
  /** Real: no link is followed behind the check. */
  readonly path: string;
  /** As faults name it: from the folder of gatehouse.yaml, or whole where it lies elsewhere. */
  readonly shown: string;
  /** As it is written, whole: its word lists are named from there. */
  readonly folder: string;
  /** What its word lists must lie in. */
  readonly home: string;
}

/** @param path as gatehouse.yaml has it @param root folder of gatehouse.yaml @returns undefined for one that leads out of its folder */
export function typesFile(path: string, root: string): TypesFile | undefined {
  const written = resolve(root, path);
  const real = isAbsolute(path) ? realOf(written) : realWithin(written, root);
  if (real === undefined) return undefined;
  const folder = dirname(written);
  return { path: real, shown: shownFrom(root, written), folder, home: isIn(written, root) ? root : folder };
}

/** The lines of a word list, and how faults name it; undefined for one that leads out of its folder. */
export function wordLines(
  file: string,
  { shown: owner, folder, home }: TypesFile,
  root: string,
): { readonly lines: readonly string[]; readonly shown: string } | ConfigurationFault | undefined {
  const written = resolve(folder, file);
  const real = realWithin(written, home);
  if (real === undefined) return undefined;
  const shown = shownFrom(root, written);
  const text = readText(real, shown, limits.configurationFileBytesMax, {
    missing: `create it, or correct \`file\` in ${owner}`,
    tooLarge: "make an index of so many words: gatehouse dlp index",
  });
  return typeof text === "string" ? { lines: text.split(/\r?\n/), shown } : text;
}

/** Undefined for what leads out of the folder, by its name or by a link. */
export function realWithin(path: string, folder: string): string | undefined {
  const real = realOf(path);
  return isIn(path, folder) && isIn(real, realOf(folder)) ? real : undefined;
}

/** What is not there is read by its name, and told so. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(realOf(dirname(path)), basename(path));
  }
}

function isIn(path: string, folder: string): boolean {
  const from = relative(folder, path);
  return from.split(sep)[0] !== ".." && !isAbsolute(from);
}

function shownFrom(root: string, path: string): string {
  return isIn(path, root) ? relative(root, path) : path;
}
