/**
 * The lines between two seals, and the judgement when the second one is reached: does it hold, and if not, which line
 * was touched. Part of the verifier: imports nothing but protocol and Node.js, and shares no code with the writer.
 *
 * P1. A span without a finding is byte for byte what was sealed, behind exactly the seal that was before it.
 * P2. After a broken seal the next is judged by what the broken one says of itself and by what it should have said, so
 *     one change costs one finding and does not discredit the rest.
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";

export interface Place {
  /** `<incarnation>/<file>` under the records folder. */
  readonly segment: string;
  /** From 1. */
  readonly line: number;
  /** Offset of the line's first byte in the file. */
  readonly byteOffset: number;
}

export type FindingKind =
  /** The line is not what was written. */
  | "changed"
  /** Lines, or whole writes, are gone from before this line. */
  | "missing"
  /** Lines that were not written here. */
  | "extra"
  /** The lines were written, in another order. */
  | "reordered"
  /** Neither head, record nor seal. */
  | "unreadable"
  /** Lines at the end without a seal: cut off, torn, or still being written. */
  | "unsealed"
  /** The records end before a place that is known to have existed. */
  | "truncated"
  /** A record that does not continue its chain, although its seal holds. */
  | "chain"
  /** Two continuations of one past, or a segment that belongs elsewhere. */
  | "fork";

export interface Finding extends Place {
  readonly what: FindingKind;
  readonly says: string;
}

export interface Seal {
  readonly seal: number;
  readonly lines: number;
  readonly marks: string;
  readonly hash: string;
}

interface SpanLine {
  readonly place: Place;
  readonly mark: string;
  readonly isRecord: boolean;
}

/** A seal that this span may continue. */
interface Origin {
  readonly prev: string;
  /** Number of the seal that should follow; undefined when anything may. */
  readonly expected: number | undefined;
  /** Index of the first line behind it. */
  readonly from: number;
  /** Known from a segment's head only, not from the seal itself. */
  readonly claimed: boolean;
  sum: Hash;
}

const markChars = 4;
/** A span begins at one place. The others are guesses after damage. */
const originsMax = 4;

export class Span {
  /** The hash that the last seal states. */
  hash = "";
  private origins: Origin[] = [];
  private lines: SpanLine[] = [];
  private damaged = false;
  private later: Finding[] = [];
  private readonly report: (finding: Finding) => void;

  private readonly reportMisfit: (finding: Finding) => void;

  /**
   * @param report what was done to lines
   * @param reportMisfit what does not fit together although its lines are whole
   */
  constructor(report: (finding: Finding) => void, reportMisfit: (finding: Finding) => void) {
    this.report = report;
    this.reportMisfit = reportMisfit;
  }

  get length(): number {
    return this.lines.length;
  }

  get lastPlace(): Place | undefined {
    return this.lines.at(-1)?.place;
  }

  /** Starts behind a seal. `expected` is the number of the next one; undefined when it cannot be known. */
  startAt(prev: string, expected: number | undefined): void {
    this.hash = prev;
    this.begin([origin(prev, expected)]);
  }

  /** A segment's head claims to continue a seal. Known already, or one more possibility. */
  claim(prev: string): void {
    const [first] = this.origins;
    if (this.origins.some((known) => known.prev === prev) || first === undefined) return;
    this.origins.push({ ...origin(prev, first.expected), claimed: true });
  }

  /** @param whole the line with its line feed */
  add(place: Place, whole: Uint8Array, lineHash: string, isRecord: boolean): void {
    for (const { sum } of this.origins) sum.update(whole);
    this.lines.push({ place, mark: lineHash.slice(0, markChars), isRecord });
  }

  /** A line that is nothing we write. It may have been a seal, so the span may also begin behind it. */
  addUnreadable(place: Place, whole: Uint8Array, lineHash: string): void {
    this.find(place, "unreadable", "this line is no head, record or seal as written");
    const behind = this.lines.length + 1;
    const lost = this.origins.map(({ sum, expected }): Origin => {
      const prev = sum.copy().digest("base64url");
      return { ...origin(prev, expected === undefined ? undefined : expected + 1), from: behind };
    });
    this.add(place, whole, lineHash, true);
    this.origins = [...this.origins, ...lost].slice(0, originsMax);
  }

  /** Something to say if the span itself turns out whole; else it is only a consequence of the damage. */
  findLater(finding: Finding): void {
    this.later.push(finding);
  }

  /**
   * Judges the span and starts the next.
   *
   * @param before where the segment before ended, for a loss between the two; undefined when this is not its first seal
   * @returns whether the lines are as they were sealed
   */
  seal(seal: Seal, place: Place, before: Place | undefined): boolean {
    const isDue = this.origins.some(({ expected = seal.seal }) => expected === seal.seal);
    if (!isDue && this.isForeign(seal)) {
      this.find(place, "extra", `seal ${seal.seal} does not belong here`);
      return false;
    }
    const sums = this.origins.map(({ sum }) => sum.digest("base64url"));
    const at = sums.indexOf(seal.hash);
    const held = this.origins[at];
    const [first] = this.origins;
    let next = [origin(seal.hash, seal.seal + 1)];
    if (held !== undefined) next = [origin(seal.hash, this.judgeHeld(held, seal, place, before) + 1)];
    else if (first !== undefined) {
      this.judgeBroken(first, seal, place);
      next.push(origin(sums[0] ?? "", (first.expected ?? seal.seal) + 1));
    }
    this.hash = seal.hash;
    const whole = !this.damaged;
    if (whole) for (const finding of this.later) this.reportMisfit(finding);
    this.begin(next);
    return whole;
  }

  /** The segment ends. Lines without a seal are dropped; what comes next may still continue the last seal. */
  end(): void {
    this.begin(
      this.origins.filter(({ from }) => from === 0).map(({ prev, expected }) => origin(prev, expected)),
    );
  }

  find(place: Place, what: FindingKind, says: string): void {
    this.damaged = true;
    this.report({ segment: place.segment, line: place.line, byteOffset: place.byteOffset, what, says });
  }

  /** A seal of another number that shares nothing with these lines stands here by mistake: the span goes on. */
  private isForeign(seal: Seal): boolean {
    const { lines } = this;
    if (this.origins.some(({ sum }) => sum.copy().digest("base64url") === seal.hash)) return false;
    const starts = lines.length > 0 && seal.marks.startsWith(lines[0]?.mark ?? "");
    return !starts && !(lines.length > 0 && seal.marks.endsWith(lines.at(-1)?.mark ?? ""));
  }

  private begin(origins: Origin[]): void {
    this.origins = origins;
    this.lines = [];
    this.later = [];
    this.damaged = false;
  }

  /** The lines are right. Is what the seal says beside its hash, and is it the seal that was due? Returns its number. */
  private judgeHeld(held: Origin, seal: Seal, place: Place, before: Place | undefined): number {
    const lines = this.lines.slice(held.from);
    const records = lines.reduce((sum, { isRecord }) => sum + (isRecord ? 1 : 0), 0);
    if (lines.map(({ mark }) => mark).join("") !== seal.marks || records !== seal.lines)
      this.find(place, "changed", "this seal's marks or count are not those of its lines");
    const { expected, claimed } = held;
    if (expected === undefined) return seal.seal;
    if (seal.seal === expected && !claimed) return expected;
    if (!claimed) {
      this.find(place, "changed", `this seal is numbered ${seal.seal} and must be ${expected}`);
      return expected;
    }
    const gone = seal.seal - expected;
    const start = lines[0]?.place ?? place;
    if (gone > 0)
      this.find(before ?? start, "missing", `${gone} seals with their records are missing after this line`);
    else this.find(start, "fork", "this segment does not continue the one before it");
    return seal.seal;
  }

  /** The seal does not hold: where was it touched? The marks of the lines tell, as far as the seal has them right. */
  private judgeBroken(first: Origin, seal: Seal, place: Place): void {
    const { lines } = this;
    const marks = seal.marks.match(/.{4}/gs) ?? [];
    const gap = seal.seal - (first.expected ?? seal.seal);
    let head = 0;
    while (head < lines.length && head < marks.length && lines[head]?.mark === marks[head]) head += 1;
    const rest = Math.min(lines.length, marks.length) - head;
    let tail = 0;
    while (tail < rest && lines.at(-1 - tail)?.mark === marks.at(-1 - tail)) tail += 1;
    const surplus = lines.length - head - tail;
    const lacking = marks.length - head - tail;
    const touched = lines[head]?.place ?? place;
    if (surplus === 0 && lacking === 0) this.judgeWholeLines(gap, seal, place);
    else if (gap > 0 && !this.damaged)
      this.find(
        lines[lines.length - tail]?.place ?? place,
        "missing",
        `${gap} seals are missing before this line`,
      );
    else if (surplus === 0) this.find(touched, "missing", `${lacking} lines are missing before this line`);
    else if (lacking === 0)
      this.findUnlessDamaged(touched, "extra", `from this line on ${surplus} lines are not of this write`);
    else if (surplus === lacking) this.judgeEach(head, surplus, marks);
    else
      this.findUnlessDamaged(
        touched,
        "changed",
        `${lacking} lines were written here and ${surplus} others stand`,
      );
  }

  /** Every line is marked, and yet the hash is another. */
  private judgeWholeLines(gap: number, seal: Seal, place: Place): void {
    const start = this.lines[0]?.place ?? place;
    if (gap > 0) this.find(start, "missing", `${gap} seals with their records are missing before this line`);
    else if (gap < 0)
      this.find(start, "extra", `seal ${seal.seal} and its lines stand here again, or too late`);
    else this.find(place, "changed", "this seal's hash is not that of its lines");
  }

  private judgeEach(from: number, count: number, marks: readonly string[]): void {
    const lines = this.lines.slice(from, from + count);
    const was = marks.slice(from, from + count);
    const moved =
      lines
        .map(({ mark }) => mark)
        .sort()
        .join() === was.toSorted().join();
    const already = this.damaged;
    for (const [index, { place, mark }] of lines.entries()) {
      if (mark === was[index]) continue;
      if (moved)
        return this.find(place, "reordered", `from this line on ${count} lines stand in another order`);
      // What cannot even be read has been reported as such.
      if (!already || count > 1) this.find(place, "changed", "this line is not what was sealed");
    }
  }

  private findUnlessDamaged(place: Place, what: FindingKind, says: string): void {
    if (!this.damaged) this.find(place, what, says);
  }
}

function origin(prev: string, expected: number | undefined): Origin {
  return { prev, expected, from: 0, claimed: false, sum: createHash("sha256").update(prev) };
}
