/** Several patterns as one, for lexicons that name each way of saying something in a row of its own. */

/** @param rows  each an example, and a pattern that finds it */
export function anyOf(rows: readonly (readonly [example: string, pattern: string])[], flags = ""): RegExp {
  return new RegExp(rows.map(([, pattern]) => pattern).join("|"), flags);
}

/** The same, of whole words. */
export function anyWordOf(rows: readonly (readonly [example: string, pattern: string])[]): RegExp {
  return new RegExp(String.raw`\b(?:${anyOf(rows).source})\b`);
}
