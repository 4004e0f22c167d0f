/**
 * What calls are about: different tickets, files, customers. Owns what one thing is, as a rule of a role counts it, and where it bears a
 * number too short to be known again. Does not own the estimate of how many they are (distinct.ts).
 */
import { limits } from "../../protocol/limits.ts";
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
  const things = listed.map(({ whole }) => (whole + beside) | 0);
  // There may be more than were looked at: behind the same beginning of a list stand others.
  return values.length < limits.traceValuesMax ? things : [...things, digest];
}

/** Last words of a name, in small letters. */
const identifierWords = new Set(["id", "ids", "iid", "iids", "uid", "no", "nr", "num", "number", "numbers", "key", "pk"]); // prettier-ignore
/** `ticketId`, `ticket_id`, `TICKET_ID`. */
const lastWord = /(?:\p{Lu}?\p{Ll}+|\p{Lu}+)$/u;

/**
 * Things told by short numbers or words under the name of an identifier, such as `issue_number: 17`: where such a number came from nobody
 * can say, as texts are full of them, but that it is another one can be counted. With what names something beside it: 17 of another
 * repository is another thing.
 */
export function shortlyNamed({ values }: CallTrace): readonly number[] {
  let found: number[] | undefined;
  for (const value of values)
    if (value.is === "text" && value.whole !== 0 && isName(value) && isIdentifier(value.at)) (found ??= []).push(value.whole); // prettier-ignore
  if (found === undefined) return none;
  let beside = 0;
  for (const { is, whole } of values) if (is !== "text") beside = (beside + whole) | 0;
  return found.map((whole) => (whole + beside) | 0);
}

const none: readonly number[] = [];

function isIdentifier(name: string): boolean {
  return identifierWords.has(lastWord.exec(name)?.[0].toLowerCase() ?? "");
}

function isListed({ at }: TracedValue, values: readonly TracedValue[]): boolean {
  const ofArgument = values.filter((value) => value.at === at);
  return (values.length === 1 || ofArgument.length > 1) && ofArgument.every(isName);
}

/** One word; a text with an address in it is no list. */
function isName({ is, words, whole }: TracedValue): boolean {
  return is !== "text" || (words.length === 1 && words[0] === whole);
}
