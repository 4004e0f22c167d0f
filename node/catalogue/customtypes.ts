/**
 * Custom types: files that `dlp.types` in gatehouse.yaml names, read, made ready and tried. Owns the rules between them, and that
 * their examples hold. Does not own: the form of a file (protocol/customdata.ts), what a pattern may hold (actors/dlp/pattern.ts).
 *
 * C1. A row whose own examples do not hold is a fault: nobody would know that it finds nothing, or everything.
 * C2. A file adds types and changes none: ids are its own, and it beats no built-in type.
 */
import { dirname, relative, resolve } from "node:path";
import { isCustomType, type Detector } from "../../actors/dlp/detector.ts";
import { readRow } from "../../actors/dlp/detectorrow.ts";
import { dictionaryDetectors, plainWord } from "../../actors/dlp/dictionary.ts";
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
import { triedScanner } from "../dlp/scanning.ts";
import { checkSelectors } from "./datatypes.ts";
import { digestOf } from "./definition.ts";
import { readDocument, readText, type Path, type Report } from "./document.ts";
import { quote, type ConfigurationFault } from "./fault.ts";
import { checkDocument } from "./wording.ts";

export type CustomType = Pick<DetectorRow, "id" | "group" | "title" | "tags" | "contextMode">;

/** What a node's files of custom types say. */
export interface CustomTypes {
  readonly detectors: readonly Detector[];
  readonly types: readonly CustomType[];
  /** Of those with a pattern: the rows, for people. */
  readonly rows: readonly DetectorRow[];
  /** Of dictionaries, by type, as they are looked for: for people. */
  readonly words: ReadonlyMap<string, readonly string[]>;
  readonly profiles: readonly Profile[];
  /** Of all that the files say: a node searches with what it started with. */
  readonly digest: string;
}

export const noCustomTypes: CustomTypes = {
  detectors: [],
  types: [],
  rows: [],
  words: new Map(),
  profiles: [],
  digest: "",
};

/** What counts as found. */
const levelFound = 3;

/** Run by RE2: nobody has held the pattern to be linear. */
function madeOf(row: DetectorRow): Detector | string {
  const made = readRow(row, dlpPorts);
  if (typeof made === "string") return made;
  return dearFault(made) ?? { ...made, engine: "re2" };
}

/** What was read last: trying it all takes seconds, and a node that reads its roles anew reads the same again. */
let last = noCustomTypes;

/** @param paths as gatehouse.yaml has them @returns what they say, or every fault found in them */
export function readCustomTypes(
  paths: readonly string[],
  folder: string,
): CustomTypes | readonly ConfigurationFault[] {
  if (paths.length === 0) return noCustomTypes;
  const reader = new Reader(folder);
  for (const path of paths) reader.file(resolve(folder, path));
  const digest = digestOf(reader.said);
  if (reader.faults.length === 0 && last.digest === digest) return last;
  reader.make();
  if (reader.faults.length > 0) return reader.faults.slice(0, limits.configurationFaultsMax);
  return (last = reader.read(digest));
}

/** A type with what tells whether it is found. */
interface Made {
  readonly id: string;
  readonly detectors: readonly Detector[];
  readonly path: Path;
  readonly report: Report;
  /** @param finds whether a text holds the type */
  readonly check: (finds: (text: string, level: number) => boolean) => void;
}

class Reader {
  readonly faults: ConfigurationFault[] = [];
  /** Of all that decides what is read. */
  readonly said: unknown[] = [];
  readonly #folder: string;
  /** What is made of the files once all of them are read. */
  readonly #later: (() => void)[] = [];
  readonly #made: Made[] = [];
  #detectors: readonly Detector[] = [];
  readonly #types = new Map<string, CustomType>();
  readonly #rows: DetectorRow[] = [];
  readonly #words = new Map<string, readonly string[]>();
  readonly #profiles: Profile[] = [];
  #wordCount = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(digest: string): CustomTypes {
    return { detectors: this.#detectors, types: [...this.#types.values()], rows: this.#rows, words: this.#words, profiles: this.#profiles, digest }; // prettier-ignore
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
    const { value } = checked;
    this.said.push(value);
    this.#ids(value, report);
    const words = value.dictionaries.map((each, at) => this.#wordsOf(each, ["dictionaries", at], dirname(path), report)); // prettier-ignore
    this.#later.push(() => {
      for (const [at, row] of value.detectors.entries()) this.#detector(row, ["detectors", at], report);
      for (const [at, each] of value.dictionaries.entries())
        this.#dictionary(each, words[at] ?? [], ["dictionaries", at], report);
      for (const [at, profile] of value.profiles.entries()) this.#profile(profile, ["profiles", at], report);
    });
  }

  /** Makes and tries what the files say. */
  make(): void {
    for (const later of this.#later.splice(0)) later();
    for (const check of this.#later) check();
    const scanner = this.#scanner();
    if (scanner === undefined) return;
    for (const { id, detectors, check } of this.#made)
      check((text, level) => finds(scanner, { id, detectors }, text, level));
  }

  /** One for all of them: making one takes a third of a second. */
  #scanner(): Scanner | undefined {
    for (;;) {
      this.#detectors = this.#made.flatMap(({ detectors }) => detectors);
      const made = triedScanner(this.#detectors);
      if ("plan" in made) return made;
      for (const { id, says } of made) {
        const at = this.#made.findIndex((each) => each.id === id);
        const [faulty] = at < 0 ? this.#made.splice(0) : this.#made.splice(at, 1);
        faulty?.report(faulty.path, `the detector ${quote(faulty.id)} cannot be used: ${says}`, "correct its `prefilter`, or leave out words; docs/dlp.md, custom types"); // prettier-ignore
      }
    }
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
    this.#rows.push(row);
    const found = Math.min(levelFound, row.likelihood.both);
    this.#made.push({ id: row.id, detectors: [made], path, report, check: (isIn) => {
      for (const kind of ["yes", "no"] as const)
        for (const [at, example] of row.examples[kind].entries()) {
          const isFound = isIn(assembleExample(example, `${row.id}/${kind}/${at}`), found);
          if (isFound !== (kind === "yes"))
            report([...path, "examples", kind, at], isFound ? `${quote(row.id)} is found in an example of what it is not` : `${quote(row.id)} is not found in its own example`, isFound ? "narrow the pattern, add `unless` or a validator, or move the example to `yes`" : "correct the pattern, the prefilter or the example; a context word must stand in it where one is required");
        }
    } }); // prettier-ignore
  }

  /** Words of a dictionary as they are written. */
  #wordsOf(dictionary: Dictionary, path: Path, folder: string, report: Report): readonly string[] {
    const listed = dictionary.file === undefined ? [] : this.#listed(resolve(folder, dictionary.file), [...path, "file"], report); // prettier-ignore
    this.said.push(listed);
    return [...dictionary.words, ...listed];
  }

  #dictionary(dictionary: Dictionary, written: readonly string[], path: Path, report: Report): void {
    const { id, contextMode } = dictionary;
    const words = [...new Set(written.map(plainWord))];
    if (words.length === 0)
      return report(path, `the dictionary ${quote(id)} has no words`, "add `words` or `file`");
    const wrong = written.findIndex((word) => !isTelling(plainWord(word)));
    if (wrong >= 0) return report(path, `${placeOf(dictionary, wrong)} of ${quote(id)} has less than three letters, digits and signs that show, or no letter and digit`, "leave it out: it would be found everywhere"); // prettier-ignore
    this.#words.set(id, words);
    this.#wordCount += words.length;
    if (this.#wordCount > limits.customWordsMax)
      return report(path, `the dictionaries have more than ${limits.customWordsMax} words`, "make an index of so many: gatehouse dlp index"); // prettier-ignore
    const detectors = dictionaryDetectors(dictionary, words, dictionary.level as 1 | 2 | 3 | 4 | 5, dlpPorts);
    if (typeof detectors === "string")
      return report(path, `the dictionary ${quote(id)} cannot be used: ${detectors}`, "leave out the word that it is about"); // prettier-ignore
    this.#made.push({ id, detectors, path, report, check: (isIn) => {
      const missed = contextMode === "required" ? -1 : written.findIndex((word) => !isIn(word, 1) || !isIn(word.toUpperCase(), 1));
      if (missed >= 0)
        report(path, `${placeOf(dictionary, missed)} of ${quote(id)} would not be found`, "write it as it stands in texts");
    } }); // prettier-ignore
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
    this.#later.push(() => this.#selectors(profile, path, report));
  }

  #selectors({ rules }: Profile, path: Path, report: Report): void {
    const known = this.read("");
    for (const [at, { types = [], except = [], tags = [] }] of rules.entries()) {
      checkSelectors([...path, "rules", at, "types"], types, known, report);
      checkSelectors([...path, "rules", at, "except"], except, known, report);
      checkSelectors([...path, "rules", at, "tags"], tags.map((tag) => `tag:${tag}`), known, report); // prettier-ignore
    }
  }
}

/** Among all custom types; where another one stands in a type's place, with the type alone. */
function finds(
  scanner: Scanner,
  { id, detectors }: Pick<Made, "id" | "detectors">,
  text: string,
  level: number,
): boolean {
  const isIn = (one: Scanner): boolean => one.scanText(text).findings.some(({ type, likelihood }) => type === id && likelihood >= level); // prettier-ignore
  if (isIn(scanner)) return true;
  const isAlone = !scanner.scanText(text).findings.some(({ type }) => isCustomType(type) && type !== id);
  const alone = isAlone ? undefined : compileScanner(detectors, inflate);
  return alone !== undefined && "plan" in alone && isIn(alone);
}

/** Two signs, or blanks alone, stand in every text. */
function isTelling(word: string): boolean {
  return word.length >= 3 && /[\p{L}\p{N}]/u.test(word);
}

/** Of a word, never the word itself: what a dictionary lists may be a secret. */
function placeOf({ words }: Dictionary, at: number): string {
  return at < words.length ? `entry ${at + 1} of \`words\`` : `word ${at - words.length + 1} of the file`;
}
