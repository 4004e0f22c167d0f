/** What finds something in a folded text. */
export interface Pattern {
  readonly test: (text: string) => boolean;
  /** Where it stands. */
  readonly exec: (text: string) => { readonly index: number } | null;
}

/** One way of saying something: an example, and what finds it. */
export type Row = readonly [example: string, pattern: RegExp];

/** Rows of patterns as one: whatever any of them finds. */
export function anyOf(rows: readonly Row[]): Pattern {
  return {
    test: (text) => rows.some(([, pattern]) => pattern.test(text)),
    exec: (text) => {
      for (const [, pattern] of rows) {
        const found = pattern.exec(text);
        if (found !== null) return found;
      }
      return null;
    },
  };
}
