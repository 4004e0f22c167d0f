/**
 * Finds values of a table's rows in a text: a key value, and enough other cells of the same row near it. Pure.
 *
 * M1. A finding needs `atLeast` different columns of one row within `within` characters of the key value; one part of the
 *     text speaks for one column.
 * M2. Only what passes the filter is hashed with the key; how often that may be, and how many words are compared with rows,
 *     is bounded, and when a bound is reached the result says so.
 * M3. A revoked row is no row.
 * M4. Each cell is a finding, so that all of them can be withheld; a row counts once.
 */
import { limits } from "../../../protocol/limits.ts";
import type { Excess } from "../budget.ts";
import type { Finding } from "../scanner.ts";
import type { ExactTable, HashOf } from "./table.ts";
import { Words } from "./words.ts";

export interface ExactRule {
  /** The type of findings. */
  readonly type: string;
  readonly atLeast: number;
  readonly within: number;
}

export interface ExactResult {
  readonly findings: readonly Finding[];
  readonly exceeded?: Excess;
}

/** Blanks and signs between two words that may belong to one value. */
const gapMax = 3;

interface Hit {
  readonly first: number;
  readonly last: number;
  readonly column: number;
  /** It stands for its row; the row's other cells are no further findings of it. */
  readonly isRow?: true;
}

export class ExactMatcher {
  readonly #table: ExactTable;
  readonly #rule: ExactRule;
  readonly #hash: HashOf;
  readonly #isRevoked: (row: number) => boolean;
  readonly #words = new Words();
  /** Cell hashes of runs of words, by first word and length: each is made once for a text. */
  readonly #known = new Map<number, number>();
  /** Rows that were found in the text. */
  readonly #rows = new Set<number>();
  #hashes = 0;
  #steps = 0;

  constructor(
    table: ExactTable,
    rule: ExactRule,
    hash: HashOf,
    isRevoked: (row: number) => boolean = () => false,
  ) {
    // prettier-ignore
    this.#table = table;
    this.#rule = rule;
    this.#hash = hash;
    this.#isRevoked = isRevoked;
  }

  /** @param path of the text in its document */
  find(text: string, path = ""): ExactResult {
    const words = this.#words;
    words.read(text);
    this.#known.clear();
    this.#rows.clear();
    this.#hashes = 0;
    this.#steps = 0;
    const hits = new Map<number, Hit>();
    for (let first = 0; first < words.count; first++) {
      for (let last = first; last < this.#runEnd(first); last++) {
        const [from, to] = [words.from[first] ?? 0, words.to[last] ?? 0];
        if (to - from > limits.exactValueCharsMax) break;
        if (!this.#table.mayHave(words.units, from, to)) continue;
        if (this.#hashes >= limits.exactHashesMax) return this.#result(hits, path, { budget: "attempts", max: limits.exactHashesMax }); // prettier-ignore
        if (this.#steps >= limits.exactStepsMax) return this.#result(hits, path, { budget: "steps", max: limits.exactStepsMax }); // prettier-ignore
        this.#try(first, last, hits);
      }
    }
    return this.#result(hits, path);
  }

  /** One past the last word that may belong to a value that begins with `first`. */
  #runEnd(first: number): number {
    const words = this.#words;
    const most = Math.min(words.count, first + limits.exactWordsMax);
    let end = first + 1;
    while (end < most && (words.start[end] ?? 0) - (words.end[end - 1] ?? 0) <= gapMax) end++;
    return end;
  }

  #try(first: number, last: number, hits: Map<number, Hit>): void {
    this.#hashes++;
    this.#hash.hash(this.#words.text(first, last));
    const { high, low } = this.#hash;
    for (const row of this.#table.rows(high, low)) {
      if (this.#isRevoked(row)) continue;
      const found = this.#rowNear(row, first, last, low);
      if (found.length < this.#rule.atLeast) continue;
      for (const [at, hit] of found.entries()) {
        const key = hit.first * limits.exactWordsMax + hit.last - hit.first;
        const isRow = hits.get(key)?.isRow === true || (at === 0 && !this.#rows.has(row));
        hits.set(key, isRow ? { ...hit, isRow } : hit);
      }
      this.#rows.add(row);
    }
  }

  /** Columns of a row that stand near a key value of it, each with its nearest place; the key's own first. */
  #rowNear(row: number, first: number, last: number, low: number): readonly Hit[] {
    const { columns, keys } = this.#table.shape;
    const cells = this.#table.cells.subarray(row * columns, (row + 1) * columns);
    const own = cells.subarray(0, keys).indexOf(low === 0 ? 1 : low);
    const nearest = new Map<number, Hit>([[own, { first, last, column: own }]]);
    if (this.#rule.atLeast === 1) return [...nearest.values()];
    const words = this.#words;
    const [from, to] = [
      (words.start[first] ?? 0) - this.#rule.within,
      (words.end[last] ?? 0) + this.#rule.within,
    ];
    const distance = (hit: Hit): number => (hit.first < first ? first - hit.last : hit.first - last);
    let begin = first;
    while (begin > 0 && (words.start[begin - 1] ?? 0) >= from) begin--;
    for (let at = begin; at < words.count && (words.end[at] ?? 0) <= to; at++) {
      if (at >= first && at <= last) continue;
      const stop = Math.min(this.#runEnd(at), at < first ? first : words.count);
      for (let end = at; end < stop && this.#hashes < limits.exactHashesMax; end++) {
        const column = cells.indexOf(this.#cellHash(at, end));
        if (column < 0 || column === own) continue;
        const hit = { first: at, last: end, column };
        const other = nearest.get(column);
        if (other === undefined || distance(hit) < distance(other)) nearest.set(column, hit);
      }
    }
    return [...nearest.values()];
  }

  #cellHash(first: number, last: number): number {
    this.#steps++;
    const key = first * limits.exactWordsMax + last - first;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#hashes++;
    this.#hash.hash(this.#words.text(first, last));
    const low = this.#hash.low === 0 ? 1 : this.#hash.low;
    this.#known.set(key, low);
    return low;
  }

  #result(hits: ReadonlyMap<number, Hit>, path: string, exceeded?: Excess): ExactResult {
    const likelihood = this.#rule.atLeast > 1 ? 5 : 4;
    const findings = [...hits.values()]
      .map(({ first, last, isRow }): Finding => ({
        type: this.#rule.type,
        start: this.#words.start[first] ?? 0,
        end: this.#words.end[last] ?? 0,
        likelihood,
        path,
        ...(isRow === true ? {} : { isPart: true }),
      })) // prettier-ignore
      .sort((one, other) => one.start - other.start || one.end - other.end);
    return { findings, ...(exceeded === undefined ? {} : { exceeded }) };
  }
}
