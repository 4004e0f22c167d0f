/**
 * `gatehouse scan`: what sensitive data texts hold. Texts are read and places are printed, never what stands there.
 *
 * S1. With --json each line of the input is `{"id","text"}` and gives one line `{"id","findings":[{"type","start","end",
 *     "likelihood","path"}]}` of the output, in the same order: a stable contract (docs/cli.md).
 * S2. A text that was not scanned to its end says so (`exceeded`), and the exit status is 1.
 * S3. A file that is no text is told on standard error by its name, is no text in the sum, and the exit status is 1.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { Finding, Scanner, ScanResult } from "../../actors/dlp/scanner.ts";
import { limits } from "../../protocol/limits.ts";
import { quote } from "../catalogue/fault.ts";
import { openLookers } from "../dlp/exact/lookers.ts";
import type { Look } from "../dlp/exact/lookers.ts";
import { scannerWith } from "../dlp/scanning.ts";
import { textOf } from "./filetext.ts";
import { withValues } from "./jsonfile.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { customTypesOf, openProject, openVaultOf } from "./project.ts";
import { columns, count } from "./table.ts";
import { linesOf, NoLines } from "./textlines.ts";
import { TextPlaces } from "./textplace.ts";

/** A text of the largest size, each unit of it escaped. */
const lineCharsMax = 6 * limits.dlpTextCharsMax;
/** What counts as found for people: likely, or more. */
const likelihoodShown = 3;

export async function scanCommand(argv: readonly string[], io: CliIo, stop: AbortSignal): Promise<number> {
  const given = new Arguments(argv, ["min", "index"], []);
  const sources = given.rest.length === 0 ? ["-"] : given.rest;
  const indices = given.values("index");
  const look =
    indices.length === 0 ? undefined : openLookers(indices, openVaultOf(openProject(io), io).keyring);
  const scan = new Scan(io, scannerWith(customTypesOf(io).detectors), given.number("min", 1, 5), look);
  for (const source of sources) {
    if (stop.aborted) break;
    await (io.json ? scan.lines(source, stop) : scan.whole(source));
  }
  return scan.close();
}

class Scan {
  readonly #io: CliIo;
  readonly #scanner: Scanner;
  readonly #min: number;
  readonly #look: Look | undefined;
  #texts = 0;
  #findings = 0;
  #unfinished = 0;
  #unread = 0;

  constructor(io: CliIo, scanner: Scanner, min: number | undefined, look: Look | undefined) {
    this.#look = look;
    this.#io = io;
    this.#scanner = scanner;
    this.#min = min ?? (io.json ? 1 : likelihoodShown);
  }

  /** One text from each line of a source. */
  async lines(source: string, stop: AbortSignal): Promise<void> {
    let number = 0;
    try {
      for await (const given of linesOf(await open(source), lineCharsMax)) {
        if (stop.aborted) return;
        const line = number++ === 0 ? given.replace(/^\ufeff/, "") : given;
        if (line.length > lineCharsMax || line.trim() !== "") this.#line(line, source, number);
      }
    } catch (thrown) {
      if (!(thrown instanceof NoLines)) throw thrown;
      const [says = "", ...rest] = thrown.message.split(": ");
      this.#fault({ says: `${nameOf(source)} cannot be searched: ${says}`, do: rest.join(": ") });
    }
  }

  #line(line: string, source: string, number: number): void {
    const read = readLine(line);
    if ("says" in read) {
      const id = read.id === undefined ? {} : { id: read.id };
      return this.#fault({ says: `${nameOf(source)}, line ${number}: ${read.says}`, do: 'write one {"id","text"} on each line; without --json a file is one text', line: number, ...id }); // prettier-ignore
    }
    const { findings, exceeded } = this.#count(this.#scan(read.text));
    const shown = findings.map(({ type, start, end, likelihood, path }) => ({ type, start, end, likelihood, path })); // prettier-ignore
    this.#io.out(JSON.stringify({ id: read.id, findings: shown, ...(exceeded && { exceeded }) }));
  }

  #fault(fault: { readonly says: string; readonly do: string; readonly line?: number; readonly id?: unknown }): void {
    this.#unread++;
    this.#io.out(JSON.stringify({ fault }));
  } // prettier-ignore

  /** A source as one text; where it is JSON, as a value besides. */
  async whole(source: string): Promise<void> {
    const { text, isPacked, unread } = textOf(await buffer(await open(source)));
    const asText = this.#scan(text);
    const { findings, exceeded } = this.#count(text.length > limits.dlpTextCharsMax ? asText : withValues(text, asText, this.#scanner)); // prettier-ignore
    const places = new TextPlaces(text);
    const rows = findings.map(({ type, start, end, likelihood, path }) => [...places.of(start), end - start, type, likelihood, path].map(String)); // prettier-ignore
    if (rows.length > 0) {
      this.#io.out(`${nameOf(source)}${isPacked ? ", unpacked" : ""}:`);
      for (const each of columns(["line", "column", "length", "type", "likelihood", "path"], rows))
        this.#io.out(`  ${each}`);
    }
    if (unread !== undefined) {
      this.#texts--;
      this.#unread++;
      this.#io.err(`${nameOf(source)}: cannot be searched: ${unread}`);
    }
    if (exceeded !== undefined)
      this.#io.out(`${nameOf(source)}: not scanned to its end: ${says[exceeded.budget]} ${exceeded.max}`);
  }

  close(): number {
    const figures = { texts: this.#texts, findings: this.#findings, unfinished: this.#unfinished, unread: this.#unread }; // prettier-ignore
    const unread = this.#unread === 0 ? "" : `; ${count(this.#unread, "file")} could not be searched`;
    if (!this.#io.json) this.#io.out(`${count(this.#findings, "finding")} in ${count(this.#texts, "text")}${unread}`); // prettier-ignore
    return finish(this.#io, "scan", this.#unfinished + this.#unread === 0, figures);
  }

  #scan(text: string): ScanResult {
    const result = text.length <= limits.dlpTextCharsMax ? this.#scanner.scanText(text) : this.#inParts(text);
    const more = this.#look?.(text);
    if (more === undefined) return result;
    const exceeded = result.exceeded ?? more.exceeded;
    const findings = [...result.findings, ...more.findings];
    return { findings, steps: result.steps, ...(exceeded === undefined ? {} : { exceeded }) };
  }

  /** A text that is too long for one piece: the same is found in it, but for persons by the labels of fields (stream.ts, T5). */
  #inParts(text: string): ScanResult {
    const stream = this.#scanner.stream("");
    const found: Finding[] = [];
    for (let at = 0; at < text.length; at += limits.dlpBlockChars)
      found.push(...stream.push(text.slice(at, at + limits.dlpBlockChars)));
    const { findings, ...last } = stream.end();
    return { ...last, findings: [...found, ...findings].toSorted((a, b) => a.start - b.start) };
  }

  #count(result: ScanResult): ScanResult {
    const findings = result.findings.filter(({ likelihood }) => likelihood >= this.#min);
    this.#texts++;
    this.#findings += findings.filter(({ isPart }) => isPart !== true).length;
    if (result.exceeded !== undefined) this.#unfinished++;
    return { ...result, findings };
  }
}

/** Of each budget, what there is more of than its bound. */
const says: Readonly<Record<NonNullable<ScanResult["exceeded"]>["budget"], string>> = {
  characters: "it has more characters than",
  steps: "searching it takes more steps than",
  attempts: "it has more places that may be findings than",
  findings: "it has more findings than",
  depth: "its values lie deeper than",
  decoded: "what is encoded in it has more characters than",
  time: "searching it takes more milliseconds than",
};

/** @throws Misuse for what cannot be read, by its name */
async function open(source: string): Promise<Readable> {
  if (source === "-") return process.stdin;
  const found = await stat(source).catch((cause: unknown) => {
    throw new Misuse(`there is no file ${quote(source)} that can be read`, { cause });
  });
  if (found.isDirectory()) throw new Misuse(`${quote(source)} is a folder: name the files in it`);
  return createReadStream(source);
}

/** A line's id and text; or what is wrong with it, and its id where it has one. */
function readLine(
  line: string,
): { readonly id: unknown; readonly text: string } | { readonly says: string; readonly id?: unknown } {
  // prettier-ignore
  if (line.length > lineCharsMax) return { says: "the line is too long" };
  let value: unknown;
  try {
    value = parseExactly(line);
  } catch {
    return { says: "not JSON" };
  }
  if (typeof value !== "object" || value === null) return { says: "no text" };
  const id = "id" in value ? value.id : undefined;
  if (!("text" in value)) return { says: "no text", id };
  const { text } = value;
  return typeof text === "string" ? { id: id ?? null, text } : { says: "the text is no string", id };
}

/** What ECMAScript calls "JSON.parse source text access"; TypeScript's library has no types for it. */
interface ExactJson {
  parse(text: string, reviver: (name: string, value: unknown, about: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
} // prettier-ignore
const exact = JSON as unknown as ExactJson;

/** With each number that no double is told by (an id beyond 2^53) as it was written: so it comes out again. */
function parseExactly(line: string): unknown {
  return exact.parse(line, (_, value, { source }) => typeof value === "number" && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value); // prettier-ignore
}

function nameOf(source: string): string {
  return source === "-" ? "standard input" : source;
}
