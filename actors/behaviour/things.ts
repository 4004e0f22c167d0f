/**
 * What calls are about: different tickets, files, customers. Owns what one thing is, as a rule of a role counts it, and where it bears a
 * number too short to be known again. Does not own the estimate of how many they are (distinct.ts).
 *
 * T1. Two names are one thing only where their standard says so: mail addresses (RFC 5321: the domain; in practice the name, too) and account
 *     numbers (ISO 13616) in any case, scheme and host of a URL (RFC 3986, section 6.2.2.1), blanks around a name, slashes at its end. All else
 *     is as it is written, to its end: servers tell `T-a1` from `T-A1`, and who counts two where there is one stops a call too early, not too late.
 */
import { limits } from "../../protocol/limits.ts";
import type { CallTrace, TraceForm, TracedValue } from "../../protocol/trace.ts";

/**
 * The only argument's name, or each name that an argument lists, with what stands beside the list; else the arguments as a whole: a
 * ticket may be told by two arguments, a project and a number, and neither alone is it.
 *
 * @param digest of the arguments, as a row key
 */
export function thingsOf(digest: number, { values, more }: CallTrace): readonly number[] {
  const listed = listedOf(values);
  if (listed.length === 0) return [digest];
  let beside = 0;
  for (const value of values) if (!listed.includes(value)) beside = (beside + hashOf(value)) | 0;
  const things = listed.map((value) => (hashOf(value) + beside) | 0);
  // Behind the same beginning of a list stand others. Traces of an older version do not say `more`.
  return more === true || values.length >= limits.traceValuesMax ? [...things, digest] : things;
}

/** The values that are a thing each. */
export function listedOf(values: readonly TracedValue[]): readonly TracedValue[] {
  return values.filter((value) => isListed(value, values));
}

function hashOf({ whole, thing }: TracedValue): number {
  return thing ?? whole;
}

/** Nothing that code, tables or sentences are made of. */
const plainName = /^[\p{L}\p{N}._/#@+-]+$/u;
/** 1,234,567.50 */
const amount = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
const namesSomething = /[\d@./_-]/;
export const betweenNames = / *[,;|] */;

/** "T-1, T-2": several names in one text, which are as many things. None where it may be an amount or anything else. */
export function namesListedIn(folded: string): readonly string[] {
  if (!/[,;|]/.test(folded) || amount.test(folded)) return [];
  const parts = folded.split(betweenNames).filter((part) => part !== "");
  return parts.length > 1 && parts.every((part) => plainName.test(part) && namesSomething.test(part))
    ? parts
    : [];
}

/** As it stands in the call, but for what tells nothing apart. */
export function writtenName(text: string): string {
  const trimmed = text.trim();
  let to = trimmed.length;
  while (to > 0 && trimmed[to - 1] === "/") to--;
  return trimmed.slice(0, to);
}

/** A value as it is written, and all that was given where it is disguised. */
export interface Written {
  readonly text: string;
  readonly disguise: string | undefined;
}

/**
 * What tells a value from all others; undefined where its hash does.
 *
 * @param value it folded
 * @param isOneWord whether its hash is of all of it, as one word
 */
export function untold(
  { text, disguise }: Written,
  value: string,
  form: TraceForm | undefined,
  isOneWord: boolean,
): Written | undefined {
  const isSameDisguised = form === "mail" || form === "iban";
  const identity = isSameDisguised ? value : form === "url" ? text.replace(beforePath, withoutCase) : text;
  const shown = isSameDisguised ? undefined : disguise;
  return isOneWord && identity === value && shown === undefined
    ? undefined
    : { text: identity, disguise: shown };
}

/** Scheme, login and host. */
const beforePath = /^([a-z]+:\/\/)?([^/?#@]*@)?([^/?#]*)/i;

function withoutCase(_: string, scheme = "", login = "", host = ""): string {
  return scheme.toLowerCase() + login + host.toLowerCase();
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
