import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixtureScanner } from "./engine.fixture.ts";
import { labelledPersons } from "./labelledpersons.ts";

const scanner = fixtureScanner();

/** Type, path and the text that was found. */
function found(value: unknown): readonly string[] {
  return scanner
    .scanValue(value)
    .findings.map(({ type, path, start, end }) => `${type} ${path} ${textAt(value, path).slice(start, end)}`);
}

function textAt(value: unknown, path: string): string {
  const steps = path.split("/").slice(1);
  const text = steps.reduce((within, step) => (within as Record<string, unknown>)[step], value);
  return String(text);
}

describe("a person is found", () => {
  test.each([
    [{ last_name: "Tannenbaum" }, ["person.name /last_name Tannenbaum"]],
    [
      { kunde: { Nachname: "Köhler", Vorname: "jürgen" } },
      ["person.name /kunde/Nachname Köhler", "person.name /kunde/Vorname jürgen"],
    ],
    [
      { prénom: "Zoé", "nom de famille": "de la Tour" },
      ["person.name /prénom Zoé", "person.name /nom de famille de la Tour"],
    ],
    [{ 氏名: "山田 太郎" }, ["person.name /氏名 山田 太郎"]],
    [{ фамилия: ["Иванова", "Петров"] }, ["person.name /фамилия/0 Иванова", "person.name /фамилия/1 Петров"]],
    [{ homeAddress: "12 Example Road, Leeds" }, ["person.address /homeAddress 12 Example Road, Leeds"]],
    [
      { fechaNacimiento: "x", fecha_de_nacimiento: "29/02/1980", birthdate: 19_800_229 },
      ["person.birth_date /fecha_de_nacimiento 29/02/1980", "person.birth_date /birthdate 19800229"],
    ],
    [{ birthPlace: "Łódź" }, ["person.birth_place /birthPlace Łódź"]],
  ])("under the key of a JSON value: %j", (value, expected) => {
    expect(found(value)).toEqual(expected);
  });

  test("in JSON within a text, to the character, in any depth of it", () => {
    for (const text of [
      '{"id":1,"surname": "Núñez","x":2}',
      JSON.stringify({ a: [{ id: 1, surname: "Núñez" }] }, null, 2),
      `Here it is: ${JSON.stringify(JSON.stringify({ surname: "Núñez" }))}`,
      JSON.stringify({ b: JSON.stringify({ c: JSON.stringify({ surname: "Núñez" }) }) }),
    ])
      expect(found({ text })).toEqual(["person.name /text Núñez"]);
    expect(found({ text: '{"surname":"N\\u00fa\\u00f1ez"}' })).toEqual([
      "person.name /text N\\u00fa\\u00f1ez",
    ]);
  });

  test("below the header of a table, whatever stands between its cells", () => {
    for (const sign of [",", ";", "\t", "|"]) {
      const text = ["Customers of May", "", `id${sign}"last name"${sign}note`, `7${sign}Holm${sign}x`, `8${sign}"van der Berg"${sign}y`, ""].join("\n"); // prettier-ignore
      expect(found({ text })).toEqual(["person.name /text Holm", "person.name /text van der Berg"]);
      expect(scanner.scanText(text).findings).toHaveLength(2);
    }
  });

  test("once where a pattern has found all of it, and beside what is only a part", () => {
    expect(found({ last_name: "ssn 123-45-6789" })).toEqual(["dashed /last_name 123-45-6789"]);
    expect(found({ home_address: "Mill Lane 3, card 4111111111111111" })).toEqual([
      "person.address /home_address Mill Lane 3, card 4111111111111111",
      "card /home_address 4111111111111111",
    ]);
  });
});

describe("nobody is found", () => {
  test.each([
    [{ name: "Desk Lamp", owner: "platform-team", author: "Ann Example" }],
    [{ display_name: "Send Mail", client_name: "Grafana", titular: "Sube la luz" }],
    [{ file_name: "Ann", hostname: "bob", product_name: "Anna", tool_name: "Paul", user_name: "ann" }],
    [
      {
        full_name: "octocat/hello-world",
        first_name: "string",
        last_name: "Last name",
        surname: "Enter your surname",
      },
    ],
    [{ address1: "10.0.0.1", mailing_address: "ann@corp.de", postal_address: "https://corp.de/a b" }],
    [{ surname: { description: "Family name of the customer", type: "string" } }],
    [{ text: '{"properties":{"surname":{"type":"string"}},"required":["surname"]}' }],
    [{ text: "surname, first name\nare needed for this form\n" }],
    [{ text: "const row = { surname, first_name };\nreturn row;\n" }],
  ])("in %j", (value) => {
    expect(found(value).filter((each) => each.startsWith("person."))).toEqual([]);
  });
});

test("any text is read, within its bounds and in its order", () => {
  const part = fc.constantFrom('"', '":', '"surname":"', "\\", "\\\"", "Ann", "Holm", "\n", ",", ";", "surname", "dob,surname", "1980-01-02", " ", "é"); // prettier-ignore
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const text = parts.join("");
      let last = 0;
      for (const { start, end } of labelledPersons(text)) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(text.length);
        last = start;
      }
    }),
  );
});

test("a hundred thousand hostile characters take no longer than the text is long", () => {
  const cost = (text: string): number => {
    const began = process.cpuUsage();
    for (let time = 0; time < 5; time++) labelledPersons(text);
    return process.cpuUsage(began).user;
  };
  for (const part of [
    '":',
    '"surname":"a\\',
    '"surname":',
    '\\":"surname\\":\\"',
    "surname,a\nb,c\n",
    "a,\n",
    '"',
  ])
    expect(cost(part.repeat(Math.floor(100_000 / part.length)))).toBeLessThan(1_000_000);
});
