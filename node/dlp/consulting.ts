/**
 * What looks at the documents of calls beside our own scan: recognisers outside this process, indices of exact
 * values, fingerprints of documents. Owns whom a document is shown to, and how what they say joins the scan. Does not own how
 * they are asked (external/examiner.ts), how values and passages are looked up (exact/, fingerprint/), what follows
 * (actors/guards/data.ts).
 *
 * Y1. Where nobody outside is asked and the document is small, no promise is made.
 * Y2. Our own scan and all others go on at the same time: the slowest is waited for, once.
 * Y3. Findings join those of our own scan, so that a role's rules decide on all of them in one way.
 * Y4. What our own scan found is no finding where all of it is a value of an index under `dlp.allow`, as it stands there: not what is
 *     encoded, not what indices of sensitive values, fingerprints or recognisers say, and not where the look was not finished.
 */
import type { ExactResult } from "../../actors/dlp/exact/matcher.ts";
import type { Finding } from "../../actors/dlp/scanner.ts";
import type { DataDirection } from "../../protocol/datarules.ts";
import type { OutsideFacts } from "../../protocol/facts.ts";
import { limits } from "../../protocol/limits.ts";
import type { Consultation, Scan } from "../exchange/screening.ts";
import type { Examination, Examiner } from "./external/examiner.ts";
import type { Direction } from "./external/recogniser.ts";

const directions: Readonly<Record<DataDirection, Direction>> = { arguments: "request", answers: "response" };

/** Hashes that documents are compared with: of exact values, or of passages. */
export interface Comparison {
  readonly isEmpty: boolean;
  /** Of a small document, at once. */
  find(value: unknown): ExactResult;
  /** Of a large one. */
  findInTurns(value: unknown): ExactResult | Promise<ExactResult>;
}

export class Consulting implements Consultation {
  readonly #examiner: Examiner;
  readonly #comparisons: readonly Comparison[];
  readonly #allowed: Comparison | undefined;

  /** @param allowed values that are no finding */
  constructor(examiner: Examiner, comparisons: readonly Comparison[], allowed?: Comparison) {
    this.#examiner = examiner;
    this.#allowed = allowed?.isEmpty === true ? undefined : allowed;
    this.#comparisons = comparisons.filter(({ isEmpty }) => !isEmpty);
  }

  join(
    scanned: Scan | Promise<Scan>,
    value: unknown,
    chars: number,
    way: DataDirection,
    persona: string,
  ): Scan | Promise<Scan> {
    const own = this.#allowed === undefined ? scanned : this.#cleared(scanned, this.#allowed, chars);
    const direction = directions[way];
    const isAsked = this.#examiner.asks(persona, direction);
    if (!isAsked && this.#comparisons.length === 0) return own;
    const examined = isAsked ? this.#examiner.examine({ value }, direction, persona, limits.recogniserWaitMsMax) : undefined; // prettier-ignore
    const isSmall = chars <= limits.dlpInlineCharsMax;
    const compared = isSmall ? this.#compare(value) : this.#compareInTurns(value);
    if (examined === undefined && !(own instanceof Promise) && !(compared instanceof Promise))
      return joined(own, compared, undefined);
    return Promise.all([own, compared, examined]).then(([scan, found, examination]) => joined(scan, found, examination)); // prettier-ignore
  }

  joinNow(scanned: Scan, way: DataDirection, persona: string): Scan {
    const own = this.#allowed === undefined ? scanned : without(scanned, this.#allowed.find(scanned.value));
    const direction = directions[way];
    const isAsked = this.#examiner.asks(persona, direction);
    const examined = isAsked ? this.#examiner.unasked(direction, persona, "it is too late to ask it: the session has a new owner, or its role changed") : undefined; // prettier-ignore
    if (examined === undefined && this.#comparisons.length === 0) return own;
    return joined(own, this.#compare(own.value), examined);
  }

  compare(text: string): readonly Finding[] {
    return this.#compare(text).flatMap(({ findings }) => findings);
  }

  /** Looked up only where something was found: that is rare. */
  #cleared(scanned: Scan | Promise<Scan>, allowed: Comparison, chars: number): Scan | Promise<Scan> {
    if (scanned instanceof Promise) return scanned.then((scan) => this.#cleared(scan, allowed, chars));
    if (scanned.findings.length === 0) return scanned;
    if (chars <= limits.dlpInlineCharsMax) return without(scanned, allowed.find(scanned.value));
    const found = allowed.findInTurns(scanned.value);
    return found instanceof Promise ? found.then((each) => without(scanned, each)) : without(scanned, found);
  }

  #compare(value: unknown): readonly ExactResult[] {
    return this.#comparisons.map((each) => each.find(value));
  }

  async #compareInTurns(value: unknown): Promise<readonly ExactResult[]> {
    const results: ExactResult[] = [];
    for (const each of this.#comparisons) results.push(await each.findInTurns(value));
    return results;
  }
}

interface Stretch {
  readonly start: number;
  /** The farthest at which this one or one before it ends. */
  readonly end: number;
}

/** Places of values by their text: a document may have a hundred thousand of them, and ten thousand findings. */
class Covered {
  readonly #byText = new Map<string, Stretch[]>();

  constructor(values: readonly Finding[]) {
    for (const { start, end, ...text } of values.toSorted((a, b) => a.start - b.start)) {
      const key = keyOf(text);
      const known = this.#byText.get(key);
      if (known === undefined) this.#byText.set(key, [{ start, end }]);
      else known.push({ start, end: Math.max(end, known.at(-1)?.end ?? 0) });
    }
  }

  /** Whether all of a finding stands in one value. */
  hold({ start, end, ...text }: Finding): boolean {
    const all = this.#byText.get(keyOf(text)) ?? [];
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return (all[low - 1]?.end ?? 0) >= end;
  }
}

const keyOf = ({ path, inKey }: Pick<Finding, "path" | "inKey">): string => `${inKey === true ? "name" : "value"} ${path}`; // prettier-ignore

/** Y4. */
function without(scan: Scan, { findings: allowed, exceeded }: ExactResult): Scan {
  if (scan.findings.length === 0 || allowed.length === 0 || exceeded !== undefined) return scan;
  const places = new Covered(allowed);
  const findings = scan.findings.filter((finding) => !places.hold(finding));
  return findings.length === scan.findings.length ? scan : { ...scan, findings };
}

function joined(own: Scan, compared: readonly ExactResult[], examined: Examination | undefined): Scan {
  const more = [...compared.flatMap(({ findings }) => findings), ...(examined?.findings ?? [])];
  const exceeded = compared.find((each) => each.exceeded !== undefined)?.exceeded;
  const unscanned = own.unscanned ?? (exceeded === undefined ? undefined : `more ${exceeded.budget} than a comparison with indices may take`); // prettier-ignore
  const outside = examined === undefined ? undefined : outsideFacts(examined);
  if (more.length === 0 && unscanned === own.unscanned && outside === undefined) return own;
  const findings = more.length === 0 ? own.findings : [...own.findings, ...more];
  return { ...own, findings, unscanned, ...(outside === undefined ? {} : { outside }) };
}

/** As they go on record. */
function outsideFacts({ refused, unexamined }: Examination): OutsideFacts | undefined {
  if (refused === undefined && unexamined.length === 0) return undefined;
  const cut = <T extends { readonly says: string }>(each: T): T => ({ ...each, says: each.says.slice(0, limits.recogniserSaysCharsMax) }); // prettier-ignore
  return {
    ...(refused === undefined ? {} : { refused: cut(refused) }),
    ...(unexamined.length === 0 ? {} : { unexamined: unexamined.map(cut) }),
  };
}
