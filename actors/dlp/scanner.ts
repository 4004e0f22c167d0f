/**
 * The scanner: documents in, findings out. It knows what a text is part of: the path of a JSON value, the column of a
 * table, an encoding. Does not own: the pass over the characters (pass.ts), chunks (stream.ts), what follows from a
 * finding (the host's policy).
 *
 * C1. The same document and detectors give the same findings on any machine. No finding holds the text it was found in.
 * C2. A document that was not scanned to its end says so in `exceeded`; nothing is passed in silence.
 * C3. A scanner serves one document at a time; between two documents it keeps nothing but what it knows of names.
 */
import { limits } from "../../protocol/limits.ts";
import { equals, escaping, foreign, parting } from "./characters.ts";
import { Decoder, type InflatePort } from "./decoder.ts";
import { Meter, type BudgetOptions, type Excess } from "./budget.ts";
import { bordersOf, KnownPlaces, partsOf } from "./cutvalue.ts";
import { credentialGroups, isCustomType, type Detector, type DetectorFault, type Level } from "./detector.ts";
import { mayBeQuoted } from "./encoding.ts";
import { labelledPersons } from "./labelledpersons.ts";
import { nameless, Names, type Name } from "./names.ts";
import { personFindingOf, type LabelledPerson } from "./personfield.ts";
import { Pass } from "./pass.ts";
import { scanLayer, scanPiece } from "./piece.ts";
import { makePlan, type Plan } from "./plan.ts";
import { mayBeSpaced } from "./spacing.ts";
import { TextStream } from "./stream.ts";

const { dlpKeyCharsMin, dlpNameCharsMax, dlpTextCharsMax } = limits;

export interface Finding {
  readonly type: string;
  /** UTF-16 code units from the beginning of the text at `path`; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly likelihood: Level;
  /** JSON Pointer (RFC 6901) of the text; empty when the document is the text. */
  readonly path: string;
  /** It was found in the name of the member at `path`, not in its value. */
  readonly inKey?: true;
  /** It is a part of what another finding tells, and not counted beside it. */
  readonly isPart?: true;
}

export interface ScanResult {
  readonly findings: readonly Finding[];
  /** The first bound that was reached; the document is then not scanned to its end. */
  readonly exceeded?: Excess;
  /** How much was looked at and tried: a measure of work that is equal on all machines. */
  readonly steps: number;
}

/** A scanner for detectors; or what is wrong with their rows. */
export function compileScanner(
  detectors: readonly Detector[],
  inflate?: InflatePort,
): Scanner | readonly DetectorFault[] {
  const plan = makePlan(detectors);
  return "automaton" in plan ? new Scanner(plan, inflate) : plan;
}

export class Scanner {
  readonly plan: Plan;
  readonly #meter: Meter;
  readonly #pass: Pass;
  readonly #names: Names;
  readonly #inflate: InflatePort;
  readonly #decoder: Decoder;
  #findings: Finding[] = [];
  /** Bits of the characters of the text that was scanned last. */
  #seen = 0;
  /** Names and places on the way to what is scanned now: a path is written where something is found. */
  readonly #way: (string | number)[] = [];

  constructor(plan: Plan, inflate: InflatePort = () => undefined) {
    this.plan = plan;
    this.#inflate = inflate;
    this.#meter = new Meter(plan.detectors);
    this.#names = new Names(plan);
    this.#pass = new Pass(plan, this.#meter, this.#names);
    this.#decoder = new Decoder(inflate, this.#meter, plan.detectors, (text) =>
      scanLayer(this.#pass, plan, text),
    );
  }

  /** Scans a text that is no part of anything. */
  scanText(text: string, options: BudgetOptions = {}): ScanResult {
    return this.#scan(options, () => {
      if (this.#isTooLong(text)) return;
      this.#scanLeaf(text, 0, true);
      this.#persons(text, undefined, 0);
    });
  }

  /** Scans a JSON value: its texts, its numbers, and the names of its members. */
  scanValue(value: unknown, options: BudgetOptions = {}): ScanResult {
    return this.#scan(options, () => this.#walk(value, { name: "", known: nameless }, 0));
  }

  /** For a text that comes in chunks. Streams are independent of one another and of the scanner. */
  stream(path: string, options: BudgetOptions = {}): TextStream {
    return new TextStream(this.plan, path, this.#inflate, options);
  }

  #scan(options: BudgetOptions, run: () => void): ScanResult {
    this.#findings = [];
    this.#way.length = 0;
    this.#meter.start(options);
    this.#decoder.start();
    run();
    const { exceeded, steps } = this.#meter;
    return { findings: this.#findings, steps, ...(exceeded === undefined ? {} : { exceeded }) };
  }

  /** @param under the nearest name above the value */
  #walk(value: unknown, under: Under, depth: number): void {
    if (typeof value === "string") return this.#leaf(value, under);
    if (typeof value === "number" || typeof value === "bigint") return this.#leaf(String(value), under);
    if (typeof value !== "object" || value === null) return;
    const { dlpDepthMax: max } = limits;
    if (depth >= max) return void this.#meter.exceed({ budget: "depth", max });
    if (Array.isArray(value)) {
      const from = this.#findings.length;
      for (let at = 0; at < value.length && this.#meter.exceeded === undefined; at++) {
        this.#way.push(at);
        this.#walk(value[at], under, depth + 1);
        this.#way.pop();
      }
      if (value.length > 1) this.#borders(value, from);
      return;
    }
    const names = Object.keys(value);
    for (let at = 0; at < names.length && this.#meter.exceeded === undefined; at++) {
      const name = names[at] ?? "";
      this.#way.push(name);
      this.#member(name, (value as Readonly<Record<string, unknown>>)[name], depth);
      this.#way.pop();
    }
  }

  #member(name: string, value: unknown, depth: number): void {
    const known = this.#names.read(name);
    if (name.length >= dlpKeyCharsMin && !known.isPlain) this.#key(name);
    this.#pass.context.enter(known.arms);
    this.#pass.context.isPathNegative = known.isNegative;
    this.#walk(value, { name, known }, depth + 1);
    this.#pass.context.leave(known.arms);
    this.#pass.context.isPathNegative = false;
  }

  #key(name: string): void {
    const from = this.#findings.length;
    if (!this.#isTooLong(name)) this.#scanLeaf(name, 0, false);
    for (let at = from; at < this.#findings.length; at++) {
      const finding = this.#findings[at];
      if (finding !== undefined) this.#findings[at] = { ...finding, inKey: true };
    }
  }

  #leaf(text: string, { name, known }: Under): void {
    if (this.#isTooLong(text)) return;
    const from = this.#findings.length;
    if (known.isKeyword) {
      // Patterns of keywords are about `"password": "value"`: the text is scanned as it stands in JSON.
      const head = `"${name.slice(0, dlpNameCharsMax)}":"`;
      this.#scanLeaf(`${head}${text}"`, head.length, false);
    } else this.#scanLeaf(text, 0, false);
    this.#persons(text, known.field === undefined ? undefined : name, from);
  }

  /** Adds persons by the labels of fields, where nothing else that was found is all of such a value. @param from of the text's findings */
  #persons(text: string, label: string | undefined, from: number): void {
    const own = label === undefined ? undefined : personFindingOf(label, text);
    const all = own === undefined || own.level < 3 ? ((this.#seen & parting) === 0 ? nobody : labelledPersons(text)) : [{ ...own, start: 0, end: text.length }]; // prettier-ignore
    if (all.length === 0 || this.#meter.exceeded !== undefined) return;
    const known = this.#findings.splice(from);
    const [others, custom] = [
      known.filter(({ type }) => !isCustomType(type)),
      known.filter(({ type }) => isCustomType(type)),
    ];
    let at = 0;
    let path: string | undefined;
    for (const { type, level, start, end } of all) {
      while (at < others.length && (others[at]?.end ?? 0) < end) at++;
      const other = others[at];
      if (other !== undefined && other.start <= start && other.end >= end && other.likelihood >= 3) continue;
      if (!this.#meter.found()) break;
      path ??= this.#path();
      others.push({ type, start, end, likelihood: level, path });
    }
    this.#findings.push(...[...others, ...custom].sort((a, b) => a.start - b.start));
  }

  /** Adds credentials that are cut between neighbours of a list. @param from of the list's findings */
  #borders(list: readonly unknown[], from: number): void {
    let known: KnownPlaces | undefined;
    for (const border of bordersOf(list)) {
      if (this.#meter.exceeded !== undefined) return;
      const matches = scanPiece(this.#pass, this.plan, border.text, false);
      for (const match of this.#decoder.add(
        border.text,
        matches,
        this.#pass.seen,
        this.#pass.takeLongRuns(),
      )) {
        const row = this.plan.detectors[match.detector];
        const parts = partsOf(border, match, this.#path());
        if (parts === undefined || match.level < 3 || row === undefined || !credentialGroups.has(row.group)) continue; // prettier-ignore
        known ??= new KnownPlaces(this.#findings, from);
        if (known.overlaps(parts, row.id) || !this.#meter.found()) continue;
        for (const [number, part] of parts.entries()) {
          const finding: Finding = { type: row.id, ...part, likelihood: match.level, ...(number > 0 && { isPart: true }) }; // prettier-ignore
          this.#findings.push(finding);
          // Two of three parts may be found as a value too: it is counted.
          if (parts.length > 2) known.add(finding);
        }
      }
    }
  }

  #isTooLong({ length }: string): boolean {
    const max = dlpTextCharsMax;
    return length > max && !this.#meter.exceed({ budget: "characters", max });
  }

  /** @param head characters that stand before the text and are not of it */
  #scanLeaf(text: string, head: number, isAll: boolean): void {
    const pass = this.#pass;
    if (!isAll && head === 0 && pass.holdsNothing(text)) {
      this.#seen = pass.seen;
      return void this.#meter.step(text.length >> 4);
    }
    const matches = scanPiece(pass, this.plan, text, isAll);
    this.#seen = pass.seen;
    const found = this.#mayHide(text) ? this.#decoder.add(text, matches, pass.seen, pass.takeLongRuns()) : matches; // prettier-ignore
    if (found.length === 0) return;
    const path = this.#path();
    const length = text.length - (head > 0 ? 1 : 0);
    for (const { detector, start, end, level } of found) {
      const [from, to] = [Math.max(head, start), Math.min(length, end)];
      const type = this.plan.detectors[detector]?.id ?? "";
      if (to > from)
        this.#findings.push({ type, start: from - head, end: to - head, likelihood: level, path });
    }
  }

  /** Of the text that was read last: whether something may be encoded in it. */
  #mayHide(text: string): boolean {
    const { seen, longRuns } = this.#pass;
    return (seen & (foreign | escaping)) !== 0 || longRuns.length > 0 || ((seen & equals) !== 0 && mayBeQuoted(text)) || mayBeSpaced(text); // prettier-ignore
  }

  #path(): string {
    let path = "";
    for (const step of this.#way) path += `/${typeof step === "string" ? escapePointer(step) : step}`;
    return path;
  }
}

const nobody: readonly LabelledPerson[] = [];

/** The nearest name above a value. */
interface Under {
  readonly name: string;
  readonly known: Name;
}

function escapePointer(name: string): string {
  return name.includes("~") || name.includes("/") ? name.replaceAll("~", "~0").replaceAll("/", "~1") : name;
}
