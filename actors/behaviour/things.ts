/**
 * What calls are about, as a rule of a role counts it: different tickets, files, customers. Owns what one thing is. Does not own
 * the estimate of how many they are (distinct.ts).
 */
import type { CallTrace, TracedValue } from "../../protocol/trace.ts";

/**
 * The only argument's name, or each name that an argument lists, with what stands beside the list; else the arguments as a whole: a
 * ticket may be told by two arguments, a project and a number, and neither alone is it.
 *
 * @param digest of the arguments, as a row key
 */
export function thingsOf(digest: number, { values }: CallTrace): readonly number[] {
  const listed = values.filter((value) => isListed(value, values));
  if (listed.length === 0) return [digest];
  let beside = 0;
  for (const value of values) if (!listed.includes(value)) beside = (beside + value.whole) | 0;
  return listed.map(({ whole }) => (whole + beside) | 0);
}

function isListed({ at }: TracedValue, values: readonly TracedValue[]): boolean {
  const ofArgument = values.filter((value) => value.at === at);
  return (values.length === 1 || ofArgument.length > 1) && ofArgument.every(isName);
}

/** One word; a text with an address in it is no list. */
function isName({ is, words, whole }: TracedValue): boolean {
  return is !== "text" || (words.length === 1 && words[0] === whole);
}
