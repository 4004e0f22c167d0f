/**
 * A file that is JSON, or has lines that are: searched as values besides, as on the road of a call, where keys speak for what stands
 * below them and a value may be cut between two texts of a list. Does not own: the search (actors/dlp), what is printed (scan.ts).
 *
 * J1. Places are those of the file, in UTF-16 units, whatever escapes a text is written in.
 * J2. What the file holds as a text is found as before: values add to that, and take the place of what is less likely.
 */
import { isCustomType } from "../../actors/dlp/detector.ts";
import type { Finding, Scanner, ScanResult } from "../../actors/dlp/scanner.ts";
import { limits } from "../../protocol/limits.ts";

interface Part {
  readonly value: unknown;
  /** Of its first character in the file. */
  readonly from: number;
}

/** A token of JSON: of a text with its quotes. */
interface Token {
  readonly start: number;
  readonly end: number;
}

/** @param asText what was found in the file as one text */
export function withValues(file: string, asText: ScanResult, scanner: Scanner): ScanResult {
  const found: Finding[] = [];
  let { exceeded, steps } = asText;
  for (const { value, from } of partsOf(file)) {
    const result = scanner.scanValue(value);
    exceeded ??= result.exceeded;
    steps += result.steps;
    if (result.findings.length === 0) continue;
    const tokens = new Tokens(file, from);
    for (const finding of result.findings) {
      const place = tokens.placeOf(finding);
      if (place !== undefined) found.push({ ...finding, ...place });
    }
  }
  const isCustom = ({ type }: Finding): boolean => isCustomType(type);
  const [known, custom] = [new Places(found.filter((each) => !isCustom(each))), new Places(found.filter(isCustom))]; // prettier-ignore
  const others = asText.findings.filter((each) => !(isCustom(each) ? custom : known).holdLikelier(each));
  const findings = [...found, ...others].toSorted((a, b) => a.start - b.start);
  return { findings, steps, ...(exceeded === undefined ? {} : { exceeded }) };
}

/** Findings by their places: thousands are compared with thousands. */
class Places {
  readonly #byStart: readonly Finding[];
  /** By finding: where it, or one before it, ends at the latest. */
  readonly #ends: readonly number[];

  constructor(findings: readonly Finding[]) {
    this.#byStart = findings.toSorted((a, b) => a.start - b.start);
    let last = 0;
    this.#ends = this.#byStart.map(({ end }) => (last = Math.max(last, end)));
  }

  /** Whether one that is as likely stands there. */
  holdLikelier({ start, end, likelihood }: Finding): boolean {
    let [at, high] = [0, this.#byStart.length];
    while (at < high) {
      const middle = (at + high) >> 1;
      if ((this.#byStart[middle]?.start ?? 0) < end) at = middle + 1;
      else high = middle;
    }
    for (at--; at >= 0 && (this.#ends[at] ?? 0) > start; at--) {
      const other = this.#byStart[at];
      if (other !== undefined && other.likelihood >= likelihood && other.end > start) return true;
    }
    return false;
  }
}

/** All of the file, or each line that is an object or a list. */
function* partsOf(file: string): Generator<Part> {
  const whole = partAt(file, 0, file.length);
  if (whole !== undefined) return yield whole;
  for (let from = 0, end = 0; from < file.length; from = end + 1) {
    end = file.indexOf("\n", from);
    if (end < 0) end = file.length;
    const part = partAt(file, from, end);
    if (part !== undefined) yield part;
  }
}

function partAt(file: string, start: number, end: number): Part | undefined {
  let from = start;
  while (from < end && isBlank(file.charCodeAt(from))) from++;
  let to = end;
  while (to > from && isBlank(file.charCodeAt(to - 1))) to--;
  // Most of what begins so and is no JSON ends otherwise: trying it costs as much as all else.
  const isClosed =
    (file[from] === "{" && file[to - 1] === "}") || (file[from] === "[" && file[to - 1] === "]");
  if (!isClosed) return undefined;
  try {
    return { value: JSON.parse(file.slice(from, to)), from };
  } catch {
    return undefined;
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

/** Where the texts, numbers and names of one JSON value stand, by their paths. The text is JSON: that was looked at before. */
class Tokens {
  readonly #text: string;
  readonly #values = new Map<string, Token>();
  readonly #names = new Map<string, Token>();
  /** By token: how many units of it lie before a place that was asked for. */
  readonly #reached = new Map<Token, { readonly units: number; readonly at: number }>();
  #at: number;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#at = from;
    this.#value("", 0);
  }

  /** The place of a finding in the file. */
  placeOf({ path, inKey, start, end }: Finding): Token | undefined {
    const token = (inKey === true ? this.#names : this.#values).get(path);
    if (token === undefined) return undefined;
    if (this.#text[token.start] === '"') {
      // Findings come in the order of the text: each is counted from the one before.
      const known = this.#reached.get(token);
      const { units, at } = known !== undefined && known.units <= start ? known : { units: 0, at: token.start + 1 }; // prettier-ignore
      const from = this.#rawAt(at, start - units);
      this.#reached.set(token, { units: start, at: from });
      return { start: from, end: this.#rawAt(from, end - start) };
    }
    // A number that is written otherwise than it is read is found as a whole.
    const raw = this.#text.slice(token.start, token.end);
    return raw === String(Number(raw)) ? { start: token.start + start, end: token.start + end } : token;
  }

  /** So many units of a text on, escapes counted as what they stand for. */
  #rawAt(from: number, units: number): number {
    let at = from;
    for (let unit = 0; unit < units; unit++)
      at += this.#text[at] !== "\\" ? 1 : this.#text[at + 1] === "u" ? 6 : 2;
    return at;
  }

  #value(path: string, depth: number): void {
    this.#skip();
    const sign = this.#text[this.#at];
    if (sign !== "{" && sign !== "[") this.#values.set(path, this.#token());
    else if (depth >= limits.dlpDepthMax) this.#pass();
    else if (sign === "{") this.#object(path, depth);
    else this.#list(path, depth);
  }

  #object(path: string, depth: number): void {
    for (this.#next(); this.#text[this.#at] !== "}"; this.#comma()) {
      const token = this.#token();
      const name = JSON.parse(this.#text.slice(token.start, token.end)) as string;
      const below = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      this.#names.set(below, token);
      this.#skip();
      this.#next();
      this.#value(below, depth + 1);
    }
    this.#at++;
  }

  #list(path: string, depth: number): void {
    let count = 0;
    for (this.#next(); this.#text[this.#at] !== "]"; this.#comma()) this.#value(`${path}/${count++}`, depth + 1); // prettier-ignore
    this.#at++;
  }

  /** Beyond the deepest value that is searched: to its end. */
  #pass(): void {
    let open = 0;
    do {
      const sign = this.#text[this.#at];
      if (sign === "{" || sign === "[") open++;
      if (sign === "}" || sign === "]") open--;
      if (sign === '"') this.#token();
      else this.#at++;
    } while (open > 0);
  }

  /** A text, a number or a word. */
  #token(): Token {
    const start = this.#at;
    if (this.#text[start] === '"') {
      this.#at++;
      while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
      this.#at++;
    } else while (this.#at < this.#text.length && /[\w.+-]/.test(this.#text[this.#at] ?? "")) this.#at++;
    return { start, end: this.#at };
  }

  #comma(): void {
    this.#skip();
    if (this.#text[this.#at] === ",") this.#next();
  }

  #next(): void {
    this.#at++;
    this.#skip();
  }

  #skip(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
