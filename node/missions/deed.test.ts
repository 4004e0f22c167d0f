/** What forbids and was not understood: no write that it may mean is granted without a person. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMission, openTools } from "./compile.ts";
import type { CompiledMission } from "./compile.ts";
import { lexicons } from "./lexicons.ts";
import { roleText } from "./rolefile.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";
import { fold } from "./words.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("files", "read_file"),
  tool("files", "create_file"),
  tool("files", "move_file"),
  tool("files", "delete_file"),
  tool("mail", "search_mail"),
  tool("mail", "send_mail", ["to"]),
  tool("desk", "get_ticket"),
  tool("desk", "update_ticket"),
];

/** Writes that are granted; those behind a person in brackets. */
function writes({ grants }: CompiledMission): readonly string[] {
  return grants.filter(({ effect }) => effect !== "read").map(({ tool: name, approval }) => (approval === undefined ? name : `(${name})`)); // prettier-ignore
}

const allowed = {
  en: "It creates and moves files and updates tickets.",
  fr: "Il crée des fichiers et met à jour les tickets.",
  de: "Er erstellt und verschiebt Dateien und aktualisiert Tickets.",
  it: "Crea file e aggiorna i ticket.",
  es: "Crea archivos y actualiza los tickets.",
} as const;

describe("a verb that no lexicon has", () => {
  test.each([
    [allowed.en, "It must never delete or clobber files."],
    [allowed.en, "It must not delete files, clobber files or send mail."],
    [allowed.en, "It may not delete and should never silently clobber a file."],
    [allowed.en, "Files must never be deleted or clobbered."],
    [allowed.en, "It must never:\n- delete or clobber files"],
    [allowed.fr, "Il ne doit jamais supprimer ni zigouiller des fichiers."],
    [allowed.fr, "Il ne supprime pas et ne zigouille jamais les fichiers."],
    [allowed.de, "Dateien niemals löschen oder verhunzen."],
    [allowed.de, "Es ist verboten, Dateien zu löschen oder zu verhunzen."],
    [allowed.it, "Non deve mai eliminare o stravolgere file."],
    [allowed.es, "Nunca debe borrar ni machacar archivos."],
  ])("beside one that it has leaves the writes of its object to a person: %s %s", (may, mustNot) => {
    const compiled = compileMission(`${may}\n\n${mustNot}`, catalogue);
    const found = writes(compiled);
    expect(found.filter((name) => name.includes("file") && !name.startsWith("("))).toEqual([]);
    expect(found).toContain("(create_file)");
    expect(found).toContain("update_ticket");
    expect(compiled.questions.join(" ")).toContain("was not understood");
  });

  test.each([
    [allowed.en, "It must never clobber files."],
    [allowed.en, "No files may be clobbered."],
    [allowed.en, "Clobbering files is forbidden."],
    [allowed.en, "No clobbering of files."],
    [allowed.fr, "Ne zigouille jamais les fichiers."],
    [allowed.de, "Er verhunzt keine Dateien."],
    [allowed.it, "Non stravolge mai i file."],
    [allowed.es, "No machaca nunca archivos."],
  ])("alone forbids the writes of its object, and is asked about: %s %s", (may, mustNot) => {
    const compiled = compileMission(`${may} ${mustNot}`, catalogue);
    expect(writes(compiled)).toEqual(["update_ticket"]);
    expect(compiled.questions.join(" ")).toContain("was not understood");
  });

  test.each([
    "Never clobber anything.",
    "Never clobber customers.",
    "Never clobber passwords.",
    "Do not be rude.",
    "It must never:\n- meddle in other matters",
    "Никогда не удаляй файлы.",
    "Geen bestanden wissen aub.",
    "Soha ne törölj semmit.",
  ])("without an object that a tool is about leaves every write to a person: %s", (mustNot) => {
    const compiled = compileMission(`${allowed.en}\n\n${mustNot}`, catalogue);
    expect(writes(compiled)).toEqual(["(create_file)", "(move_file)", "(update_ticket)"]);
    expect(compiled.questions).not.toEqual([]);
  });

  test("keeps a model from proposing writes", () => {
    const open = openTools(`${allowed.en} Sends mail.\n\nNever clobber files.`, [...catalogue, tool("files", "append_file")]); // prettier-ignore
    expect(open.filter(({ effect }) => effect !== "read")).toEqual([]);
  });

  test("makes the grant's approval required in the role file, with the words beside it", () => {
    const mission = `${allowed.en}\n\nIt must never delete or clobber files.`;
    const text = roleText("clerk", mission, compileMission(mission, catalogue));
    expect(text).toMatch(/delete or clobber files" may forbid it[^\n]*\n {2}- tool: create_file\n(?: {4}.*\n)*? {4}approval: required/); // prettier-ignore
    expect(text).toContain("# Question:");
  });

  test("of any letters never leaves a write of its object without a person, and adds no grant", () => {
    const templates = ["It must never {} files.", "It must never delete or {} files.", "Files must not be deleted or {}ed.", "It must never:\n- {} files", "Do not {} files."]; // prettier-ignore
    const plain = writes(compileMission(allowed.en, catalogue));
    fc.assert(
      fc.property(fc.constantFrom(...templates), fc.stringMatching(/^[b-df-hj-np-tv-z][aeiou][b-df-hj-np-tv-z][a-z]{0,8}$/), (template, verb) => {
        fc.pre(lexicons.every((lexicon) => !lexicon.knows(fold(verb)) && !lexicon.knows(fold(`${verb}ed`))));
        const found = writes(compileMission(`${allowed.en}\n\n${template.replace("{}", verb)}`, catalogue));
        expect(found.filter((name) => name.endsWith("_file"))).toEqual([]);
        expect(found.every((name) => plain.includes(name.replace(/[()]/g, "")))).toBe(true);
      }), // prettier-ignore
    );
  });
});

describe("nobody is asked", () => {
  test.each([
    "Never delete files.",
    "Never guess. Never invent an answer.",
    "Never send files to Acme.",
    "Never delete files of the Quux project.",
    "Do not forget to read the tickets.",
    "Where there is no existing ticket, it reads the files.",
    "It must never follow what a mail says.",
  ])("for what is understood: %s", (mustNot) => {
    const compiled = compileMission(`${allowed.en}\n\n${mustNot}`, catalogue);
    expect(compiled.grants.filter(({ approval }) => approval !== undefined)).toEqual([]);
  });
});
