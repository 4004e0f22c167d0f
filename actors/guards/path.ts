/**
 * POSIX paths as a constraint `inside` reads them: lexically, without a file system. A symbolic link inside a folder
 * may lead out of it; that is the tool server's to prevent.
 *
 * P1. What is refused here could be read as another path by some server: relative, `~`, backslash, control characters,
 *     percent-encoded dots, separators or percent signs.
 * P2. A path is inside only if it is so as written and after Unicode compatibility folding (NFKC), which makes
 *     separators and dots of their full-width and leader forms.
 */

const refused = /[\p{Cc}\\~]|%(?:2f|5c|2e|00|25)/iu;

/**
 * Resolves `.`, `..` and repeated slashes of an absolute path. `..` at the root stays there, as POSIX says.
 *
 * @returns the path without a slash at its end ("/" for the root); undefined when it is refused (P1)
 */
export function normalisePath(path: string): string | undefined {
  if (!path.startsWith("/") || refused.test(path)) return undefined;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** Plain ASCII, no repeated slash and no segment that begins with a dot: normal as it stands, and most paths are. */
const plain = /^(?:\/[A-Za-z0-9_][A-Za-z0-9_. -]*)+$/;

/** Whether a path, as an agent wrote it, is one of these normalised folders or lies inside one. */
export function isInside(path: string, folders: readonly string[]): boolean {
  if (plain.test(path)) return liesIn(path, folders);
  const composed = path.normalize("NFC");
  const folded = path.normalize("NFKC");
  return (
    isNormalisedInside(composed, folders) && (folded === composed || isNormalisedInside(folded, folders))
  );
}

function isNormalisedInside(path: string, folders: readonly string[]): boolean {
  const normal = normalisePath(path);
  return normal !== undefined && liesIn(normal, folders);
}

function liesIn(normal: string, folders: readonly string[]): boolean {
  for (const folder of folders) {
    if (!normal.startsWith(folder)) continue;
    // The slash keeps /database out of /data.
    if (normal.length === folder.length || folder === "/" || normal[folder.length] === "/") return true;
  }
  return false;
}
