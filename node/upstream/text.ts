/**
 * Text of an upstream on its way to a log, a list or a lock. Removes what a reader cannot see and a terminal or model
 * may obey: control characters, escape sequences, bidirectional controls, zero-width characters, Unicode tags and
 * variation selectors (checklist T3).
 */

/** Line feed and tab stay: they are layout, and every sink here escapes them. */
const hidden =
  /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Variation_Selector}]/gu;

export function hasHidden(text: string): boolean {
  hidden.lastIndex = 0;
  return hidden.test(text);
}

/** `text` without hidden characters, cut to `unitsMax` UTF-16 units. */
export function visible(text: string, unitsMax: number): string {
  const cut = text.length > unitsMax ? text.slice(0, unitsMax) : text;
  return cut.replace(hidden, "");
}

/** The same on one line, for a log. */
export function visibleLine(text: string, unitsMax: number): string {
  return visible(text, unitsMax).replaceAll(/[\n\t]/g, " ");
}
