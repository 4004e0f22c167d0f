/**
 * Custom types: files that `dlp.types` in gatehouse.yaml names, read, made ready and tried. Owns the rules between them, and that
 * their examples hold. Does not own: the form of a file (protocol/customdata.ts), what a pattern may hold (actors/dlp/pattern.ts).
 *
 * C1. A row whose own examples do not hold is a fault: nobody would know that it finds nothing, or everything.
 * C2. A file adds types and changes none: ids are its own, and it beats no built-in type.
 */
import { dirname, relative, resolve } from "node:path";
import type { Detector } from "../../actors/dlp/detector.ts";
import { readRow } from "../../actors/dlp/detectorrow.ts";
import { dictionaryDetectors } from "../../actors/dlp/dictionary.ts";
import { assembleExample } from "../../actors/dlp/example.ts";
import { builtinProfiles } from "../../actors/dlp/profile.ts";
import { dearFault } from "../../actors/dlp/linearpattern.ts";
import { compileScanner, type Scanner } from "../../actors/dlp/scanner.ts";
import {
  customFileSchema,
  customPrefix,
  type CustomFile,
  type Dictionary,
} from "../../protocol/customdata.ts";
import type { DetectorRow } from "../../protocol/detector.ts";
import { limits } from "../../protocol/limits.ts";
import type { Profile } from "../../protocol/profile.ts";
import { dlpPorts, inflate } from "../dlp/ports.ts";
import { checkSelectors } from "./datatypes.ts";
import { digestOf } from "./definition.ts";
import { readDocument, readText, type Path, type Report } from "./document.ts";
import { list, quote, type ConfigurationFault } from "./fault.ts";
import { checkDocument } from "./wording.ts";

export type CustomType = Pick<DetectorRow, "id" | "group" | "title" | "tags" | "contextMode">;

/** What a node's files of custom types say. */
export interface CustomTypes {
  readonly detectors: readonly Detector[];
  readonly types: readonly CustomType[];
  /** Of those with a pattern: the rows, for people. */
  readonly rows: readonly DetectorRow[];
  readonly profiles: readonly Profile[];
  /** Of all that the files say: a node searches with what it started with. */
  readonly digest: string;
}

export const noCustomTypes: CustomTypes = { detectors: [], types: [], rows: [], profiles: [], digest: "" };

/** What counts as found. */
const levelFound = 3;

/** @param paths as gatehouse.yaml has them @returns what they say, or every fault found in them */
export function readCustomTypes(
  paths: readonly string[],
  folder: string,
): CustomTypes | readonly ConfigurationFault[] {
  if (paths.length === 0) return noCustomTypes;
  const reader = new Reader(folder);
  for (const path of paths) reader.file(resolve(folder, path));
  for (const check of reader.later) check();
  return reader.faults.length > 0 ? reader.faults.slice(0, limits.configurationFaultsMax) : reader.read();
}

/** Run by RE2: nobody has held the pattern to be linear. */
function madeOf(row: DetectorRow): Detector | string {
  const made = readRow(row, dlpPorts);
  if (typeof made === "string") return made;
  return dearFault(made) ?? { ...made, engine: "re2" };
}

class Reader {
  readonly faults: ConfigurationFault[] = [];
  /** What can be held against all files only when they are read. */
  readonly later: (() => void)[] = [];
  readonly #folder: string;
  readonly #detectors: Detector[] = [];
  readonly #types = new Map<string, CustomType>();
  readonly #rows: DetectorRow[] = [];
  readonly #profiles: Profile[] = [];
  readonly #said: unknown[] = [];
  #words = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(): CustomTypes {
    return { detectors: this.#detectors, types: [...this.#types.values()], rows: this.#rows, profiles: this.#profiles, digest: digestOf(this.#said) }; // prettier-ignore
  }

  file(path: string): void {
    const shown = relative(this.#folder, path);
    const document = readDocument(path, shown);
    if (Array.isArray(document)) return void this.faults.push(...document);
    const checked = checkDocument(customFileSchema, document);
    if ("faults" in checked) return void this.faults.push(...checked.faults);
    const report: Report = (at, says, remedy, part = "value") => {
      this.faults.push({ file: shown, ...document.positions.at(at, part), says, do: remedy });
    };
    this.#said.push(checked.value);
    this.#ids(checked.value, report);
    for (const [at, row] of checked.value.detectors.entries()) this.#detector(row, ["detectors", at], report);
    for (const [at, each] of checked.value.dictionaries.entries())
      this.#dictionary(each, ["dictionaries", at], dirname(path), report);
    for (const [at, profile] of checked.value.profiles.entries())
      this.#profile(profile, ["profiles", at], report);
  }

  /** Of all files together: which of two was meant nobody can tell. */
  #ids({ detectors, dictionaries }: CustomFile, report: Report): void {
    for (const [kind, rows] of [
      ["detectors", detectors],
      ["dictionaries", dictionaries],
    ] as const)
      // prettier-ignore
      for (const [at, { id, group, title, tags, contextMode }] of rows.entries()) {
        if (this.#types.has(id)) report([kind, at, "id"], `the type ${quote(id)} is there twice`, "give one of them another id"); // prettier-ignore
        this.#types.set(id, { id, group, title, tags, contextMode });
      }
  }

  #detector(row: DetectorRow, path: Path, report: Report): void {
    for (const [at, id] of (row.beats ?? []).entries())
      if (!id.startsWith(customPrefix))
        report([...path, "beats", at], `${quote(id)} is no custom type`, "name custom types alone: what is built in is found as it is"); // prettier-ignore
    const made = madeOf(row);
    if (typeof made === "string")
      return report(path, `the detector ${quote(row.id)} cannot be used: ${made}`, "see docs/dlp.md, custom types"); // prettier-ignore
    this.#detectors.push(made);
    this.#rows.push(row);
    const scanner = this.#scannerOf([made], path, row.id, report);
    if (scanner === undefined) return;
    const found = Math.min(levelFound, row.likelihood.both);
    for (const kind of ["yes", "no"] as const)
      for (const [at, example] of row.examples[kind].entries()) {
        const text = assembleExample(example, `${row.id}/${kind}/${at}`);
        const isFound = scanner.scanText(text).findings.some(({ likelihood }) => likelihood >= found);
        if (isFound !== (kind === "yes"))
          report([...path, "examples", kind, at], isFound ? `${quote(row.id)} is found in an example of what it is not` : `${quote(row.id)} is not found in its own example`, isFound ? "narrow the pattern, add `unless` or a validator, or move the example to `yes`" : "correct the pattern, the prefilter or the example; a context word must stand in it where one is required"); // prettier-ignore
      }
  }

  #dictionary(dictionary: Dictionary, path: Path, folder: string, report: Report): void {
    const listed = dictionary.file === undefined ? [] : this.#listed(resolve(folder, dictionary.file), [...path, "file"], report); // prettier-ignore
    const words = [...new Set([...dictionary.words, ...listed].map((word) => word.toLowerCase()))];
    this.#said.push(words);
    if (words.length === 0)
      return report(path, `the dictionary ${quote(dictionary.id)} has no words`, "add `words` or `file`");
    this.#words += words.length;
    if (this.#words > limits.customWordsMax)
      return report(path, `the dictionaries have more than ${limits.customWordsMax} words`, "make an index of so many: gatehouse dlp index"); // prettier-ignore
    const made = dictionaryDetectors(dictionary, words, dictionary.level as 1 | 2 | 3 | 4 | 5, dlpPorts);
    if (typeof made === "string")
      return report(path, `the dictionary ${quote(dictionary.id)} cannot be used: ${made}`, "leave out the word that it is about"); // prettier-ignore
    this.#detectors.push(...made);
    const scanner = this.#scannerOf(made, path, dictionary.id, report);
    if (scanner === undefined || dictionary.contextMode === "required") return;
    const missed = words.filter((word) => scanner.scanText(word).findings.length === 0);
    if (missed.length > 0)
      report(path, `${missed.length === 1 ? "a word" : `${missed.length} words`} of ${quote(dictionary.id)} would not be found: ${list(missed.slice(0, 5))}`, "write them as they stand in texts, with letters or digits in them"); // prettier-ignore
  }

  /** Words of a file, one on each line. */
  #listed(path: string, at: Path, report: Report): readonly string[] {
    const text = readText(path, relative(this.#folder, path), limits.configurationFileBytesMax);
    if (typeof text !== "string") {
      this.faults.push(text);
      return [];
    }
    const words = text.split(/\r?\n/).map((word) => word.trim()).filter((word) => word !== ""); // prettier-ignore
    const wrong = words.findIndex(({ length }) => length < 3 || length > limits.detectorWordCharsMax);
    if (wrong >= 0) report(at, `word ${wrong + 1} of the file has fewer than 3 or more than ${limits.detectorWordCharsMax} characters`, "leave it out: so short a word is found everywhere"); // prettier-ignore
    return words;
  }

  #profile(profile: Profile, path: Path, report: Report): void {
    if ([...builtinProfiles, ...this.#profiles].some(({ id }) => id === profile.id))
      return report([...path, "id"], `there is a profile ${quote(profile.id)} already`, "give it another id"); // prettier-ignore
    this.#profiles.push(profile);
    this.later.push(() => this.#selectors(profile, path, report));
  }

  #selectors({ rules }: Profile, path: Path, report: Report): void {
    const known = this.read();
    for (const [at, { types = [], except = [], tags = [] }] of rules.entries()) {
      checkSelectors([...path, "rules", at, "types"], types, known, report);
      checkSelectors([...path, "rules", at, "except"], except, known, report);
      checkSelectors([...path, "rules", at, "tags"], tags.map((tag) => `tag:${tag}`), known, report); // prettier-ignore
    }
  }

  #scannerOf(detectors: readonly Detector[], path: Path, id: string, report: Report): Scanner | undefined {
    const made = compileScanner(detectors, inflate);
    if (!Array.isArray(made)) return made as Scanner;
    for (const { says } of made as readonly { readonly says: string }[])
      report(path, `the detector ${quote(id)} cannot be used: ${says}`, "correct its `prefilter`; docs/dlp.md, custom types"); // prettier-ignore
    return undefined;
  }
}
