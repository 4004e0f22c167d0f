/** What finds something in a folded text. */
export interface Pattern {
  readonly test: (text: string) => boolean;
}

/** One way of saying something: an example, and what finds it. */
export type Row = readonly [example: string, pattern: RegExp];

/** Rows of patterns as one: whatever any of them finds. */
export function anyOf(rows: readonly Row[]): Pattern {
  return { test: (text) => rows.some(([, pattern]) => pattern.test(text)) };
}
