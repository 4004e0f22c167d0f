/** Things by their rows: what tools call them, in five languages, and what stays a verb. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { general } from "./general.ts";
import { pluralsOf } from "./inflection.ts";
import { ReadyLexicon } from "./lexicon.ts";
import { lexicons } from "./lexicons.ts";
import { personNames, things } from "./things.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";
import { fold } from "./words.ts";

function granted(mission: string, tools: readonly CatalogueTool[]): readonly string[] {
  return compileMission(mission, tools).grants.map(({ tool: name }) => name).sort(); // prettier-ignore
}

const of = (language: string): ReadyLexicon => {
  const found = lexicons.find(({ source }) => source.language === language);
  if (found === undefined) throw new Error(language);
  return found;
};

test("there are enough of them, and each is called by one row alone", () => {
  expect(things.length).toBeGreaterThan(800);
  const heads = things.map(({ head }) => head);
  expect(heads.every((head) => /^[a-z]+$/.test(head))).toBe(true);
});

test.each(["en", "fr", "de", "it", "es"])("%s: no word stands for things of two rows", (language) => {
  const rows = new Map<string, Set<string>>();
  for (const { head, words } of things)
    for (const word of words[language] ?? []) rows.set(word, (rows.get(word) ?? new Set<string>()).add(head));
  expect([...rows].filter(([, heads]) => heads.size > 1)).toEqual([]);
});

test.each([
  ["fr", "journal", ["journal", "journaux", "journals"]],
  ["fr", "bureau", ["bureau", "bureaux"]],
  ["it", "turno", ["turno", "turni"]],
  ["it", "provincia", ["provincia", "province", "provincie"]],
  ["it", "arco", ["arco", "archi", "arci"]],
  ["es", "actriz", ["actriz", "actrices"]],
  ["es", "inspección", ["inspeccion", "inspecciones"]],
  ["de", "Schicht/en", ["schicht", "schichts", "schichtes", "schichten"]],
  ["de", "Fahrer", ["fahrer", "fahrers", "fahreres", "fahrern", "fahrerin", "fahrerinnen"]],
])("%s: forms of %s", (language, noun, forms) => {
  expect([...pluralsOf(fold(noun), language)].sort()).toEqual([...forms].sort());
});

/** A rota, a fleet and a utility: names that no lexicon has a concept for, but for vehicles. */
const catalogue: readonly CatalogueTool[] = [
  tool("rota", "list_shifts"),
  tool("rota", "create_shift", ["start"]),
  tool("fleet", "list_vehicles"),
  tool("fleet", "get_odometer", ["vehicle_id"]),
  tool("utility", "list_meters"),
  tool("utility", "delete_meter", ["meter_id"]),
  tool("theatre", "get_seat", ["seat_id"]),
];

describe.each([
  ["fr", "L'agent lit les compteurs.", "Il ne supprime jamais un compteur.", "L'agent consulte les sièges."],
  ["de", "Der Agent liest die Wasserzähler.", "Er darf niemals Zähler löschen.", "Der Agent liest Sitze und Sitzplätze."],
  ["it", "L'agente legge i contatori.", "Non deve mai cancellare un contatore.", "L'agente legge i sedili."],
  ["es", "El agente lee los contadores.", "No debe borrar nunca un contador.", "El agente consulta las butacas."],
] as const)("%s", (language, reading, never, seats) => {
  test("a thing of a row is what tools call it", () => {
    expect(granted(reading, catalogue)).toEqual(["list_meters"]);
    expect(compileMission(reading, catalogue).unmatched.filter((word) => !/^agente?$/.test(word))).toEqual([]);
  });

  test("what is forbidden of it is not granted, and other things are not either", () => {
    expect(granted(`${reading} ${never}`, catalogue)).toEqual(["list_meters"]);
  });

  test("and another thing is another", () => {
    expect(granted(seats, catalogue)).toEqual(["get_seat"]);
  });
}); // prettier-ignore

test("a thing that begins as a verb does is no deed", () => {
  const before = new ReadyLexicon(of("de").source);
  expect([...before.verbsOf("schreibtisch")]).toEqual(["write"]);
  for (const [language, word] of [["de", "schreibtisch"], ["de", "buchexemplare"], ["de", "zaehler"], ["it", "scrivania"], ["es", "asignatura"], ["fr", "inspecteur"]] as const)
    expect([language, word, ...of(language).verbsOf(word)]).toEqual([language, word]);
}); // prettier-ignore

test.each([
  ["fr", "retour", "giveback"],
  ["fr", "rappel", "notify"],
  ["es", "devolución", "giveback"],
  ["de", "steuern", "update"],
  ["de", "folgen", "heed"],
])("%s: %s stays the deed that the lexicon has", (language, word, group) => {
  expect([...of(language).verbsOf(fold(word))]).toContain(group);
});

test.each(["en", "fr", "de", "it", "es"])("%s: a word that a lexicon has keeps what it stands for", (language) => {
  const [before, after] = [new ReadyLexicon(of(language).source), of(language)];
  const words = things.flatMap(({ words: all }) => all[language] ?? []);
  const taken = words.filter((word) => before.concepts.find(word).size > 0 || before.is("common", word));
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.filter((word) => [...after.concepts.find(word)].join() !== [...before.concepts.find(word)].join())).toEqual([]);
}); // prettier-ignore

test("persons choose no server", () => {
  expect(personNames.every((name) => general.has(name))).toBe(true);
  const tools = [tool("fleet", "list_drivers"), tool("mail", "send_mail", ["to"])];
  expect(granted("The agent sends mail to drivers.", tools)).toEqual(["send_mail"]);
  expect(granted("Der Agent sendet E-Mails an die Fahrer.", tools)).toEqual(["send_mail"]);
});
