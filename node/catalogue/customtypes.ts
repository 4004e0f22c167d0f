/**
 * Custom types: files that `dlp.types` in gatehouse.yaml names, read, made ready and tried. Owns the rules between them, and that
 * their examples hold. Does not own: the form of a file (protocol/customdata.ts), what a pattern may hold (actors/dlp/pattern.ts).
 *
 * C1. A row whose own examples do not hold is a fault: nobody would know that it finds nothing, or everything.
 * C2. A file adds types and changes none: ids are its own, and it beats no built-in type.
 */
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
import { fileFault, readDocument, usualRemedies, type Path, type Report } from "./document.ts";
import { escapeHidden, quote, type ConfigurationFault } from "./fault.ts";
import { typesFile, wordLines, type TypesFile } from "./typefiles.ts";
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
/** Of what is said about a row. */
const saidCharsMax = 400;
/** What a file of custom types has: of one that has none of them nothing is said but that, for another was meant. */
const expected = { keys: Object.keys(customFileSchema.shape), what: "file of custom types" };

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
  for (const path of paths) reader.file(path);
  const digest = digestOf(reader.said);
  if (reader.faults.length === 0 && last.digest === digest) return last;
  reader.make();
  if (reader.faults.length > 0) return reader.faults.slice(0, limits.configurationFaultsMax);
  return (last = reader.read(digest));
}

/** A type with what tells whether it is found. */
interface Made {
  readonly id: string;
  readonly isOfWords: boolean;
  readonly detectors: readonly Detector[];
  readonly path: Path;
  readonly report: Report;
  /** @param finds whether a text holds the type */
  readonly check: (finds: (text: string, level: number) => boolean) => void;
}

/** A word of a dictionary; never said itself: what a dictionary lists may be a secret. */
interface Written {
  readonly word: string;
  readonly named: string;
  readonly report: (says: string, remedy: string) => void;
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
    const file = typesFile(path, this.#folder);
    if (file === undefined)
      return void this.faults.push(fileFault(path, "this file of `dlp.types` lies outside of the folder of gatehouse.yaml, by its name or by a symbolic link", "move it into that folder, or, if it is meant, write its whole path in gatehouse.yaml")); // prettier-ignore
    const { shown } = file;
    const document = readDocument(file.path, shown, expected, { ...usualRemedies, missing: "create it, or correct `dlp.types` in gatehouse.yaml" }); // prettier-ignore
    if (Array.isArray(document)) return void this.faults.push(...document);
    const checked = checkDocument(customFileSchema, document);
    if ("faults" in checked) return void this.faults.push(...checked.faults);
    const report: Report = (at, says, remedy, part = "value") => {
      this.faults.push({ file: shown, ...document.positions.at(at, part), says, do: remedy });
    };
    const { value } = checked;
    this.said.push(value);
    this.#ids(value, report);
    const words = value.dictionaries.map((each, at) => this.#wordsOf(each, ["dictionaries", at], file, report)); // prettier-ignore
    this.#later.push(() => {
      for (const [at, row] of value.detectors.entries()) this.#detector(row, ["detectors", at], report);
      for (const [at, each] of value.dictionaries.entries())
        this.#dictionary(each, words[at], ["dictionaries", at], report);
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
        if (faulty?.isOfWords === true) faulty.report(faulty.path, `the dictionary ${quote(faulty.id)} cannot be used: ${said(says)}`, "leave out words of it, or make an index of them: gatehouse dlp index"); // prettier-ignore
        else faulty?.report(faulty.path, `the detector ${quote(faulty.id)} cannot be used: ${said(says)}`, "correct its `prefilter`, or leave out words; docs/dlp.md, custom types"); // prettier-ignore
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
      return report(path, `the detector ${quote(row.id)} cannot be used: ${said(made)}`, "see docs/dlp.md, custom types"); // prettier-ignore
    this.#rows.push(row);
    const found = Math.min(levelFound, row.likelihood.both);
    this.#made.push({ id: row.id, isOfWords: false, detectors: [made], path, report, check: (isIn) => {
      for (const kind of ["yes", "no"] as const)
        for (const [at, example] of row.examples[kind].entries()) {
          const isFound = isIn(assembleExample(example, `${row.id}/${kind}/${at}`), found);
          if (isFound !== (kind === "yes"))
            report([...path, "examples", kind, at], isFound ? `${quote(row.id)} is found in an example of what it is not` : `${quote(row.id)} is not found in its own example`, isFound ? "narrow the pattern, add `unless` or a validator, or move the example to `yes`" : "correct the pattern, the prefilter or the example; a context word must stand in it where one is required");
        }
    } }); // prettier-ignore
  }

  /** Words of a dictionary as they are written; undefined where its file cannot be read. */
  #wordsOf(
    dictionary: Dictionary,
    path: Path,
    owner: TypesFile,
    report: Report,
  ): readonly Written[] | undefined {
    const own = dictionary.words.map((word, at): Written => ({ word, named: `entry ${at + 1} of \`words\``, report: (says, remedy) => report([...path, "words", at], says, remedy) })); // prettier-ignore
    const { file } = dictionary;
    const list = file === undefined ? { lines: [], shown: "" } : wordLines(file, owner, this.#folder);
    if (list === undefined || "says" in list) {
      if (list !== undefined) this.faults.push(list);
      else report([...path, "file"], `${quote(file ?? "")} leads out of ${owner.home === this.#folder ? "the folder of gatehouse.yaml" : "the folder of this file"}, by its name or by a symbolic link`, "put a copy of it into that folder and name it, or write the words under `words`"); // prettier-ignore
      return undefined;
    }
    this.said.push(list.lines);
    const listed = list.lines.map((line, at): Written => ({ word: line.trim(), named: "the word on this line", report: (says, remedy) => this.faults.push({ file: list.shown, line: at + 1, column: 1, says, do: remedy }) })); // prettier-ignore
    return [...own, ...listed.filter(({ word }) => word !== "")];
  }

  #dictionary(
    dictionary: Dictionary,
    written: readonly Written[] | undefined,
    path: Path,
    report: Report,
  ): void {
    const { id, context, contextMode } = dictionary;
    if (written === undefined) return;
    if (written.length === 0) return report(path, `the dictionary ${quote(id)} has no words`, dictionary.file === undefined ? "add `words` or `file`" : "write words into its file, one on a line, or add `words`"); // prettier-ignore
    if (contextMode !== "none" && context.length === 0) return report(path, `the dictionary ${quote(id)} has \`contextMode\` and no words under \`context\``, "add `context`, or leave `contextMode` out"); // prettier-ignore
    const isWrong = written.map((each) => wordFault(each, id)).includes(true);
    if (isWrong) return;
    const words = [...new Set(written.map(({ word }) => plainWord(word)))];
    this.#words.set(id, words);
    this.#wordCount += words.length;
    if (this.#wordCount > limits.customWordsMax)
      return report(path, `with the dictionary ${quote(id)} there are more than ${limits.customWordsMax} words`, "make an index of so many: gatehouse dlp index"); // prettier-ignore
    const detectors = dictionaryDetectors(dictionary, words, dictionary.level as 1 | 2 | 3 | 4 | 5, dlpPorts);
    if (typeof detectors === "string")
      return report(path, `the dictionary ${quote(id)} cannot be used: ${said(detectors)}`, "see docs/dlp.md, custom types"); // prettier-ignore
    this.#made.push({ id, isOfWords: true, detectors, path, report, check: (isIn) => {
      if (contextMode === "required") return;
      for (const { word, named, report: tell } of written)
        if (!isIn(word, 1) || !isIn(word.toUpperCase(), 1))
          return tell(`${named} of ${quote(id)} would not be found`, "write it as it stands in texts, or leave it out");
    } }); // prettier-ignore
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

const { detectorWordCharsMax: wordCharsMax } = limits;

/** Tells what is wrong with a word; whether anything is. */
function wordFault({ word, named, report }: Written, id: string): boolean {
  const tell = (says: string, remedy: string): true => (report(`${named} of ${quote(id)} ${says}`, remedy), true); // prettier-ignore
  if (word.length > wordCharsMax) return tell(`has more than ${wordCharsMax} characters`, "shorten it to what tells it from other texts; passages are found by gatehouse dlp fingerprint"); // prettier-ignore
  if (/[^\0-\uffff]/u.test(word)) return tell("has a character outside the basic plane, as most emoji are", "leave that character out, or the word"); // prettier-ignore
  // Two signs, or blanks alone, stand in every text.
  const plain = plainWord(word);
  const isTelling = plain.length >= 3 && /[\p{L}\p{N}]/u.test(plain);
  return isTelling ? false : tell("has less than three letters, digits and signs that show, or no letter and digit", "leave it out: it would be found everywhere"); // prettier-ignore
}

/** Of a fault that repeats parts of a row: one line, and short. */
function said(says: string): string {
  const cut = says.length > saidCharsMax ? `${says.slice(0, saidCharsMax)}…` : says;
  return escapeHidden(cut);
}
