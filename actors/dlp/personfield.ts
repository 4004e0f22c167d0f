/**
 * Persons by the label of a field: a JSON key or a CSV header that says "last name", and a value that can be one. The only
 * way names are found without an external recogniser; names in running text are not found. Does not own: the words.
 *
 * N1. A label alone is never a finding: the value must be able to be what the label says.
 * N2. A bare label ("name", "address") is possible, not likely: other things have names too.
 */
import type { Level } from "./detector.ts";
import { personFieldWords } from "./personfields.data.ts";

export type PersonType = keyof typeof personFieldWords;

export interface PersonField {
  readonly type: PersonType;
  readonly level: Level;
}

const labels = new Map<string, PersonField>();
for (const type of ["person.birth_place", "person.birth_date", "person.address", "person.name"] as const) {
  for (const word of personFieldWords[type].bare) labels.set(word, { type, level: 2 });
  for (const word of personFieldWords[type].sure) {
    labels.set(word, { type, level: 4 });
    labels.set(word.replaceAll(" ", ""), { type, level: 4 });
  }
}

/** What the label of a field says its values are; undefined for all other fields. @param label key or header, as it is written */
export function personFieldOf(label: string): PersonField | undefined {
  if (label.length > 64) return undefined;
  const spaced = label
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replace(/[\s_.:/-]+/g, " ")
    .trim()
    .toLowerCase();
  return labels.get(spaced) ?? labels.get(spaced.replaceAll(" ", ""));
}

/** The level of a value under a label; undefined when the value cannot be what the label says. */
export function personFindingOf(label: string, value: string): PersonField | undefined {
  const field = personFieldOf(label);
  if (field === undefined || !canBe[field.type](value.trim())) return undefined;
  return field;
}

const placeholders =
  /^(?:n\/?a|none|null|nil|unknown|undefined|test|tbd|string|redacted|anonymous|deleted|true|false|admin|system|user|-+|\*+|x+)$/i;

const canBe: Readonly<Record<PersonType, (value: string) => boolean>> = {
  "person.name": (value) =>
    value.length >= 2 &&
    value.length <= 80 &&
    /^\p{L}[\p{L}\p{M}\s.,'’ʼ-]*$/u.test(value) &&
    value.split(/\s+/).length <= 6 &&
    !placeholders.test(value),
  "person.address": (value) =>
    value.length >= 5 &&
    value.length <= 200 &&
    /\p{L}/u.test(value) &&
    !/[{}<>=]|:\/\//.test(value) &&
    !placeholders.test(value),
  "person.birth_date": (value) => {
    const parts = /^(\d{1,4})[-/.\s年년]{1,2}(\d{1,2})[-/.\s月월]{1,2}(\d{1,4})/.exec(value);
    return parts !== null
      ? parts.slice(1).some((part) => Number(part) >= 1 && Number(part) <= 12)
      : /^(?:19|20)\d{6}$/.test(value);
  },
  "person.birth_place": (value) =>
    value.length >= 2 && value.length <= 80 && /^\p{L}[^{}<>=]*$/u.test(value) && !placeholders.test(value),
};
