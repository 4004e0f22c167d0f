/**
 * Persons by the label of a field: a JSON key or a CSV header that says "last name", and a value that can be one. The only
 * way names are found without an external recogniser; names in running text are not found. Does not own: the words.
 *
 * N1. A label alone is never a finding: the value must be able to be what the label says.
 * N2. A bare label ("name", "address") is possible, not likely: other things have names too.
 */
import type { Traits } from "./rows.ts";
import type { Level } from "./detector.ts";
import { personFieldWords } from "./personfields.data.ts";

export type PersonType = keyof typeof personFieldWords;

export interface PersonField {
  readonly type: PersonType;
  readonly level: Level;
}

/** A value with its label, by characters of the text. */
export interface LabelledPerson extends PersonField {
  readonly start: number;
  readonly end: number;
}

/** The types as the rows of detectors would say them; no pattern finds them. */
export const personFieldTypes: readonly (Traits & { readonly id: PersonType; readonly title: string; readonly group: "person" })[] =
  (["person.address", "person.birth_date", "person.birth_place", "person.name"] as const).map((id) => ({ id, group: "person", title: personFieldWords[id].title, tags: ["GDPR", "CCPA", "HIPAA", "SOC2"] })); // prettier-ignore

const [sure, lowered, possible] = [4, 3, 2] as const;
const labels = new Map<string, PersonField>();
for (const { id: type } of personFieldTypes) {
  for (const word of personFieldWords[type].bare) labels.set(word, { type, level: possible });
  for (const word of personFieldWords[type].sure) {
    labels.set(word, { type, level: sure });
    labels.set(word.replaceAll(" ", ""), { type, level: sure });
  }
}

const labelCharsMax = 64;
const valueCharsMax = 200;
const labelsMax = 4_096;
const known = new Map<string, PersonField | undefined>();

/** What the label of a field says its values are; undefined for all other fields. @param label key or header, as it is written */
export function personFieldOf(label: string): PersonField | undefined {
  if (label.length > labelCharsMax) return undefined;
  const field = known.get(label);
  if (field !== undefined || known.has(label)) return field;
  const spaced = label
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replace(/[\s_.:/-]+/g, " ")
    .trim()
    .toLowerCase();
  const made = labels.get(spaced) ?? labels.get(spaced.replaceAll(" ", ""));
  if (known.size >= labelsMax) known.clear();
  known.set(label, made);
  return made;
}

/** The level of a value under a label; undefined when the value cannot be what the label says. */
export function personFindingOf(label: string, value: string): PersonField | undefined {
  const field = value.length > valueCharsMax ? undefined : personFieldOf(label);
  if (field === undefined) return undefined;
  const text = value.trim();
  if (placeholders.test(text) || personFieldOf(text) !== undefined || !canBe[field.type](text))
    return undefined;
  const isLow = field.type === "person.name" && /^\p{Ll}/u.test(text);
  return isLow && field.level > lowered ? { type: field.type, level: lowered } : field;
}

const placeholders =
  /^(?:n\/?a|none|null|nil|unknown|undefined|test|tbd|string|text|varchar|char|required|optional|asc|desc|redacted|anonymous|deleted|true|false|yes|no|admin|system|user|guest|-+|\*+|x+)$/i;
/** Small words within a name. */
const particle =
  /^(?:a[fvl]|bin|b?[ei]n|da|de[lnr]?|di|dos|das|du|e|el|ibn|la|las|le|los|of|te[nr]?|v[ao]n|'?t|y|z[ue])$/;

/** As a name is written: capitals, but for particles; or all in small letters, which a sentence of several words is too. */
function isWrittenAsName(value: string): boolean {
  const words = value.split(/[\s,]+/).filter((word) => word !== "" && !particle.test(word));
  const small = words.filter((word) => /^\p{Ll}/u.test(word)).length;
  return words.length > 0 && words.length <= 6 && (small === 0 || (small === words.length && small <= 2));
}

const canBe: Readonly<Record<PersonType, (value: string) => boolean>> = {
  "person.name": (value) =>
    value.length >= 2 && value.length <= 80 && /^\p{L}[\p{L}\p{M}\s.,'’ʼ·・-]*$/u.test(value) && isWrittenAsName(value), // prettier-ignore
  // A street with its number, or a place with its country: not the address of a machine or a mailbox.
  "person.address": (value) =>
    value.length >= 5 &&
    /\p{L}{2}/u.test(value) &&
    /\s|[^\u0000-\u02ff]/.test(value) &&
    !/[{}<>=@]|:\/\//.test(value),
  "person.birth_date": (value) => {
    const parts = /^(\d{1,4})[-/.\s年년]{1,2}(\d{1,2})[-/.\s月월]{1,2}(\d{1,4})/.exec(value);
    return parts !== null
      ? parts.slice(1).some((part) => Number(part) >= 1 && Number(part) <= 12)
      : /^(?:19|20)\d{6}$/.test(value);
  },
  "person.birth_place": (value) =>
    value.length >= 2 && value.length <= 80 && /^\p{L}[^{}<>=]*$/u.test(value) && !/:\/\//.test(value),
};
