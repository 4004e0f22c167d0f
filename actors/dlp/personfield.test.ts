import fc from "fast-check";
import { expect, test } from "vitest";
import { personFieldOf, personFindingOf } from "./personfield.ts";

test.each([
  "last_name",
  "lastName",
  "Last Name",
  "LASTNAME",
  "last-name",
  "Nachname",
  "prénom",
  "apellido",
  "фамилия",
  "氏名",
  "patient.name",
])("the label %s says that a value is a name", (label) => {
  expect(personFieldOf(label)).toEqual({ type: "person.name", level: 4 });
});

test.each([
  ["name", "Ann Example", 2],
  ["full_name", "José O'Neill-Łukasz", 4],
  ["氏名", "山田 太郎", 4],
  ["street_address", "12 Example Road", 4],
  ["dob", "1980-02-29", 4],
  ["Geburtsdatum", "29.02.1980", 4],
  ["birthplace", "Łódź", 4],
] as const)("a value under %s: %s is at level %d", (label, value, level) => {
  expect(personFindingOf(label, value)?.level).toBe(level);
});

test.each([
  ["full_name", "N/A"],
  ["full_name", "svc-account-17"],
  ["full_name", "https://host.test"],
  ["last_name", "null"],
  ["dob", "soon"],
  ["dob", "99-99-9999"],
  ["home_address", "{{address}}"],
  ["file_name", "report"],
  ["hostname", "ann"],
  ["product_name", "Chair"],
  ["address_space", "10 addresses"],
] as const)("under %s, %s is no person's", (label, value) => {
  expect(personFindingOf(label, value)).toBeUndefined();
});

test("any label and value are answered", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 90 }),
      fc.string({ unit: "grapheme", maxLength: 250 }),
      (label, value) => {
        const found = personFindingOf(label, value);
        expect(found === undefined || found.level >= 2).toBe(true);
      },
    ),
  );
});
