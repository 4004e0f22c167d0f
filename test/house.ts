/**
 * house: the laws of the house, as a check over the source files. `node test/house.ts` reads the checkout.
 *
 * Owns: which files there are, the laws of shape (imports, lengths, rooms, lockfiles), and the report.
 * Does not own: the laws that are one pattern each (laws.ts), and how TypeScript is read (scanner.ts).
 *
 * 1. `inspect` is a function of the files given to it: a test plants a violation by adding a file.
 * 2. Every finding says which law, where, what was found, and what to do instead.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { codeEndings, isBeside, isCode, isData, isTest, packagesAllowed, patternLaws } from "./laws.ts";
import { missingOptionals } from "./lockfile.ts";
import { functionsOf, lineCounter, scan } from "./scanner.ts";
import type { Scan } from "./scanner.ts";

const fileLinesMax = 400;
const functionLinesMax = 70;
const floors = ["protocol", "actors", "cluster", "node"];
/** The one file of the floor above that `cluster` may know: what an actor is, not what sessions decide. */
const actorContract = "actors/actor.ts";
const roomsBanned = /^(?:utils?|common|helpers?|types|index)$/;

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly law: string;
  readonly found: string;
  readonly remedy: string;
}

type Report = (law: string, line: number, found: string, remedy: string) => void;

/** Holds every law against every file. No finding means the house stands. */
export function inspect(files: readonly SourceFile[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    const report: Report = (law, line, found, remedy) =>
      void findings.push({ path: file.path, line, law, found, remedy });
    inspectRoom(file.path, report);
    const layers = isCode(file.path) ? scan(file.text) : { code: "", comments: "", strings: "" };
    inspectPatterns(file, layers, report);
    if (isCode(file.path)) {
      inspectImports(file, layers.code, report);
      if (!isData(file.path)) inspectLengths(file, layers.code, report);
    }
    if (posix.basename(file.path) === "package-lock.json") inspectLockfile(file, report);
  }
  return findings;
}

function inspectRoom(path: string, report: Report): void {
  const parts = path.split("/");
  const rooms = isCode(path) ? [...parts.slice(0, -1), stem(path)] : parts.slice(0, -1);
  for (const room of rooms) {
    if (!roomsBanned.test(room)) continue;
    report(
      "rooms",
      1,
      `"${room}"`,
      "name the file or folder after the noun it holds, on the lowest floor that needs it",
    );
  }
}

function stem(path: string): string {
  return posix.basename(path).replace(/\..*$/, "");
}

function inspectPatterns(file: SourceFile, layers: Scan, report: Report): void {
  for (const { law, where, layer, pattern, remedy } of patternLaws) {
    if (!where(file.path)) continue;
    const text = layer === "text" ? file.text : layers[layer];
    const lineAt = lineCounter(text);
    for (const match of text.matchAll(pattern)) {
      const line = lineAt(match.index);
      report(law, line, match[0].trim().replace(/\s+/g, " "), remedy);
    }
  }
}

function inspectLengths(file: SourceFile, code: string, report: Report): void {
  const lines = file.text.replace(/\n$/, "").split("\n").length;
  if (lines > fileLinesMax) {
    report(
      "file length",
      lines,
      `${lines} lines`,
      `a file has at most ${fileLinesMax}: split the job, not the file`,
    );
  }
  for (const { firstLine, lineCount, head } of functionsOf(code, file.text)) {
    if (lineCount <= functionLinesMax) continue;
    const remedy = `a function has at most ${functionLinesMax}: give its steps names`;
    report("function length", firstLine, `${lineCount} lines in "${head}"`, remedy);
  }
}

interface Import {
  readonly from: string;
  readonly isType: boolean;
  /** What stands between `import` and `from`. */
  readonly clause: string;
  readonly line: number;
}

const importForms = [
  /\b(?:import|export)(?<type>\s+type)?\s+(?<clause>[\w$*{},\s]+?)\bfrom\s*(?<quote>["'])/g,
  /\bimport(?<type>)(?<clause>)\s*\(?\s*(?<quote>["'])/g,
];

function importsOf(code: string, source: string): readonly Import[] {
  const lineAt = lineCounter(code);
  return importForms.flatMap((form) =>
    [...code.matchAll(form)].map((match) => {
      const start = match.index + match[0].length;
      const from = source.slice(start, source.indexOf(match.groups?.["quote"] ?? '"', start));
      const isType = match.groups?.["type"] !== undefined && match.groups["type"] !== "";
      return { from, isType, clause: match.groups?.["clause"] ?? "", line: lineAt(match.index) };
    }),
  );
}

function inspectImports(file: SourceFile, code: string, report: Report): void {
  for (const each of importsOf(code, file.text)) {
    if (each.from.startsWith(".")) inspectNeighbour(file.path, each, report);
    else inspectPackage(file.path, each, report);
  }
}

/** A relative import: it has its file's ending, and points down or sideways. */
function inspectNeighbour(path: string, { from, line }: Import, report: Report): void {
  if (!codeEndings.test(from) && !from.endsWith(".json")) {
    report(
      "imports",
      line,
      `"${from}"`,
      "write the file's name with its ending: Node.js runs the source as it is",
    );
  }
  const target = posix.normalize(posix.join(posix.dirname(path), from));
  const [here, there] = [path.split("/")[0] ?? "", target.split("/")[0] ?? ""];
  const [own, other] = [floors.indexOf(here), floors.indexOf(there)];
  if (target.startsWith("..")) {
    report(
      "floors",
      line,
      `"${from}"`,
      "the house is one package: nothing outside it can be imported by path",
    );
  } else if (own === -1 && other !== -1 && isBeside(path) && !isTest(path)) {
    report("floors", line, `${here} -> ${there}`, `${here} uses the gateway from outside, over the network`);
  } else if (own !== -1 && other === -1 && there !== here && !isTest(path)) {
    report("floors", line, `${here} -> ${there}`, "the house does not know what stands beside it");
  } else if (own !== -1 && other > own) {
    report(
      "floors",
      line,
      `${here} -> ${there}`,
      `imports point down or sideways (${floors.join(" < ")}): move the shared word down, or take it as a port`,
    );
  } else if (here === "cluster" && there === "actors" && target !== actorContract && !isTest(path)) {
    report(
      "floors",
      line,
      `cluster -> ${target}`,
      `cluster knows ${actorContract} only, not what sessions decide`,
    );
  }
}

/** Names by which a module of Node.js opens a connection. */
const dialing: Readonly<Record<string, RegExp>> = {
  "node:http": /\b(?:request|get)\b/,
  "node:https": /\b(?:request|get)\b/,
  "node:http2": /\bconnect\b/,
  "node:net": /\b(?:connect|createConnection|Socket)\b/,
  "node:tls": /\b(?:connect|TLSSocket)\b/,
  "node:dgram": /./s,
  undici: /./s,
  "@nats-io/transport-node": /\bconnect\b/,
};

const inlineType = /\btype\s+[\w$]+/g;

function inspectPackage(path: string, { from, isType, clause, line }: Import, report: Report): void {
  const allowed = packagesAllowed[path.split("/")[0] ?? ""];
  if (allowed !== undefined && !isTest(path) && !allowed.packages.includes(from)) {
    report("purity", line, `"${from}"`, allowed.remedy);
  }
  const dialer = patternLaws.find(({ law }) => law === "one dialer");
  if (
    dialer?.where(path) === true &&
    !isType &&
    dialing[from]?.test(clause.replace(inlineType, "")) === true
  ) {
    report(dialer.law, line, `${clause.trim()} from "${from}"`, dialer.remedy);
  }
}

function inspectLockfile(file: SourceFile, report: Report): void {
  for (const { name, version } of missingOptionals(JSON.parse(file.text))) {
    report(
      "lockfile",
      1,
      `${name}@${version} is not in it`,
      `npm ci would refuse it: npm run lockfile -- ${file.path}`,
    );
  }
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const foldersNotOurs = new Set([".git", "node_modules", ".gatehouse", ".tools", "dist", "coverage"]);

/** The text files of the checkout: what git tracks or would track; without git, what lies there. */
export function filesOfCheckout(): readonly SourceFile[] {
  return listPaths().flatMap((path) => {
    try {
      const text = readFileSync(join(root, path), "utf8");
      return text.includes("\0") ? [] : [{ path, text }];
    } catch {
      return []; // deleted, but not yet in git's index
    }
  });
}

function listPaths(): readonly string[] {
  try {
    const git = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    const listed = execFileSync("git", git, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [...new Set(listed.split("\0").filter((path) => path !== ""))].toSorted();
  } catch {
    return walk("");
  }
}

function walk(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return foldersNotOurs.has(entry.name) ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}

export function printed({ path, line, law, found, remedy }: Finding): string {
  return `${path}:${line}  law "${law}": found ${found}. Instead: ${remedy}.`;
}

if (import.meta.main) {
  const files = filesOfCheckout();
  const findings = inspect(files);
  for (const finding of findings) console.log(printed(finding));
  console.log(`house: ${files.length} files, ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
