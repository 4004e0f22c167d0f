/**
 * How this program was called, so that the commands it tells people to type work where they type them. Texts all over
 * the code say `gatehouse catalogue accept SERVER`; here that becomes the npm script of a checkout, with the folder of
 * the configuration where it would not be found otherwise.
 */
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Rewrites the commands in a text of ours. Never for text of others. */
export type Spell = (text: string) => string;

export interface Invocation {
  /** The file that was run, as it was named. */
  readonly script: string;
  /** Folder of the checkout this program lies in; undefined in a package. */
  readonly checkout: string | undefined;
  /** Where the person is who types. */
  readonly home: string;
  readonly cwd: string;
  /** GATEHOUSE_CONFIG, which stays set. */
  readonly config: string | undefined;
}

/** The repository's folder, when this file is source in one. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const quickstartFolder = join(root, "deploy", "examples", "quickstart");

/** @param env npm runs scripts in the package's folder, and keeps the one it was called from */
export function readInvocation(env: { readonly [name: string]: string | undefined }): Invocation {
  const isCheckout = existsSync(join(root, "node", "main.ts"));
  return {
    script: process.argv[1] ?? "",
    checkout: isCheckout ? root : undefined,
    home: env["INIT_CWD"] ?? process.cwd(),
    cwd: process.cwd(),
    config: env["GATEHOUSE_CONFIG"],
  };
}

/** Each first word of commands.ts; a test compares. */
const called =
  /\bgatehouse (?=(?:help|start|status|cluster|call|connect|role|skills|risk|behaviour|catalogue|keys|vault|audit|sessions|scopes|approvals|scan|dlp|kill|baseline)\b)/g;
const started = /\bgatehouse start\b/g;

/** The folder of gatehouse.yaml when none is named: the nearest upwards that has one, else the one to start from. */
export function nearestFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "gatehouse.yaml"))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

/** @param folder of gatehouse.yaml */
export function spellFor(invocation: Invocation, folder: string): Spell {
  const { checkout, script, home, cwd } = invocation;
  if (checkout === undefined || basename(script) === "gatehouse") {
    const config = configOption(folder, cwd, invocation);
    return (text) => text.replace(called, () => `gatehouse ${config}`);
  }
  // npm runs its scripts in the checkout, wherever it is called.
  const config = configOption(folder, checkout, invocation);
  const npm = isBelow(home, checkout) ? "npm" : `npm --prefix ${quoted(checkout)}`;
  return (text) =>
    (resolve(folder) === quickstartFolder ? text.replace(started, () => `${npm} start`) : text).replace(
      called,
      () => `${npm} run -s gatehouse -- ${config}`,
    );
}

/** @param from where the program will run */
function configOption(folder: string, from: string, { config }: Invocation): string {
  const usual = config === undefined || config === "" ? nearestFolder(from) : resolve(from, config);
  if (resolve(folder) === usual) return "";
  const shown = isBelow(folder, from) ? relative(from, resolve(folder)) || "." : resolve(folder);
  return `--config ${quoted(shown)} `;
}

function isBelow(folder: string, above: string): boolean {
  const way = relative(above, resolve(folder));
  return !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}

/** As a POSIX shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A folder as it is shown beside a file's name: "" for the one that the reader is in. */
export function foreign(folder: string): string {
  const shown = relative(process.cwd(), folder);
  return shown.startsWith("..") ? resolve(folder) : shown;
}
