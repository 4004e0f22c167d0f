/**
 * Scores the detectors on a labelled set: `npm run dlp:evaluate [-- FOLDER] [--half tune] [--worst N]`.
 *
 * The set is not part of this repository. It is looked for where the argument, GATEHOUSE_DLP_DATA or ../shared/data/dlp says:
 * `dev.jsonl.gz`, lines of {id, source, text, spans: [{start, end, type}]}, offsets in code points. Exit status 3: not there.
 *
 * E1. Scores are per source, never pooled, with one cut for recall and negatives, and each with its n.
 * E2. Half of the set, by a hash of the id, is to tune on (`--half tune`); what is reported by default is the other one.
 * E3. No text of the set is printed or written: types and counts only.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Finding } from "../actors/dlp/scanner.ts";
import { builtinScanner } from "../node/dlp/scanning.ts";
import { exactTypes, vendorNames } from "./dlpmapping.data.ts";

const cut = 3;
const statusAbsent = 3;

interface Label {
  readonly start: number | null;
  readonly end: number | null;
  readonly type: string;
}

interface Labelled {
  readonly id: string;
  readonly source: string;
  readonly text: string;
  readonly spans: readonly Label[];
  readonly negative_for?: string;
}

class Score {
  labels = 0;
  found = 0;
  exact = 0;
  negatives = 0;
  flagged = 0;
  flaggedAsNamed = 0;
  readonly missed = new Map<string, number>();
  readonly accused = new Map<string, number>();

  add(text: Labelled, findings: readonly Finding[]): void {
    if (text.spans.length === 0) this.#addNegative(text, findings);
    else for (const label of text.spans) this.#addLabel(text, label, findings);
  }

  #addLabel({ text }: Labelled, label: Label, findings: readonly Finding[]): void {
    this.labels++;
    const hits = label.start === null ? findings : overlapping(text, label, findings);
    if (hits.length > 0) this.found++;
    else count(this.missed, label.type);
    if (hits.some(({ type }) => isExact(label.type, type))) this.exact++;
  }

  #addNegative({ negative_for: named }: Labelled, findings: readonly Finding[]): void {
    this.negatives++;
    if (findings.length === 0) return;
    this.flagged++;
    if (named !== undefined && findings.some(({ type }) => isExact(named, type))) this.flaggedAsNamed++;
    for (const type of new Set(findings.map((finding) => finding.type))) count(this.accused, type);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Offsets of labels count code points, those of findings UTF-16 code units. */
function overlapping(text: string, { start, end }: Label, findings: readonly Finding[]): readonly Finding[] {
  const points = Array.from(text);
  const from = points.slice(0, start ?? 0).join("").length;
  const to = points.slice(0, end ?? 0).join("").length;
  return findings.filter((finding) => finding.start < to && from < finding.end);
}

function isExact(label: string, type: string): boolean {
  const listed = exactTypes[label];
  if (listed !== undefined) return listed.some((beginning) => type.startsWith(beginning));
  const vendor = label.replace(/^np\./, "").split(/[.\-_]/)[0] ?? label;
  const parts = type.split(/[._]/);
  return [vendor, ...(vendorNames[vendor] ?? [])].some((name) => parts.includes(name));
}

function isTuning(id: string): boolean {
  return (createHash("sha256").update(id).digest()[0] ?? 0) % 2 === 0;
}

function readSet(folder: string): readonly Labelled[] | undefined {
  const file = join(folder, "dev.jsonl.gz");
  if (!existsSync(file)) return undefined;
  const lines = gunzipSync(readFileSync(file)).toString("utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Labelled);
}

function share(part: number, all: number): string {
  return all === 0 ? "-" : (part / all).toFixed(3);
}

function worst(counts: ReadonlyMap<string, number>, most: number): string {
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most);
  return sorted.map(([type, times]) => `${type} ${times}`).join(", ") || "none";
}

function main(argv: readonly string[]): number {
  const value = (name: string): string | undefined => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined); // prettier-ignore
  const given = argv.filter((word, at) => !word.startsWith("--") && !argv[at - 1]?.startsWith("--"))[0];
  const folder = given ?? process.env["GATEHOUSE_DLP_DATA"] ?? "../shared/data/dlp";
  const set = readSet(folder);
  if (set === undefined) {
    console.log(
      `no labelled set in ${folder}: name its folder, or set GATEHOUSE_DLP_DATA. Nothing was scored.`,
    );
    return statusAbsent;
  }
  const half = value("--half") ?? "report";
  const most = Number(value("--worst") ?? 10);
  const scanner = builtinScanner();
  const scores = new Map<string, Score>();
  for (const text of set) {
    if (half !== "all" && isTuning(text.id) !== (half === "tune")) continue;
    const score = scores.get(text.source) ?? new Score();
    scores.set(text.source, score);
    score.add(text, scanner.scanText(text.text).findings.filter(({ likelihood }) => likelihood >= cut)); // prettier-ignore
  }
  console.log(`likelihood >= ${cut}, half "${half}", ${scanner.plan.detectors.length} types; n in brackets`);
  for (const [source, score] of [...scores].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${source}: recall of any type ${share(score.found, score.labels)}, of the exact type ${share(score.exact, score.labels)} (${score.labels}); flagged negatives ${share(score.flagged, score.negatives)}, as the named type ${share(score.flaggedAsNamed, score.negatives)} (${score.negatives})`); // prettier-ignore
    console.log(`  missed: ${worst(score.missed, most)}`);
    console.log(`  found in negatives: ${worst(score.accused, most)}`);
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
