/** Bounds of the search for sensitive data, with unit and reason: a part of the one table in limits.ts. */
export const dlpLimitTable = {
  // Sensitive data: rows
  detectorPatternCharsMax: [2_048, "characters", "one pattern; the longest built-in one has 600"],
  detectorRepeatMax: [1_000, "times", "the largest repeat RE2 takes; beyond it a pattern is no shape but a document"],
  detectorSpanMax: [20_000, "characters", "the longest text a pattern can match: bounds what is held back between chunks"],
  detectorWordsMax: [64, "words", "context words or literals of one type"],
  detectorWordCharsMax: [64, "characters", "one context word or literal"],
  detectorExamplesMax: [16, "examples", "of each kind in one row"],
  detectorsMax: [2_000, "types", "built-in and configured together: one automaton holds them all"],
} as const satisfies Record<string, readonly [value: number, unit: string, why: string]>;
