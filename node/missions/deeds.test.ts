/** Verbs beside those of the lexicons: which tools a mission names by them. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { deeds, germanForms } from "./deeds.ts";
import { lexicons } from "./lexicons.ts";
import type { CatalogueTool } from "./tool.ts";

const catalogue: readonly CatalogueTool[] = ["get_device", "isolate_device", "delete_device"].map((name) => ({ name, server: "guard", description: "", parameters: [], types: {} })); // prettier-ignore

describe("rows of verbs", () => {
  test.each([
    "It isolates devices.",
    "Il isole les appareils.",
    "Er isoliert Geräte.",
    "Er schottet Geräte ab.",
    "Geräte sind zu isolieren.",
    "Isola i dispositivi.",
    "Aísla los dispositivos; puede aislarlos.",
  ])("license the tool that is named for the deed, and none that deletes: %s", (mission) => {
    const names = compileMission(mission, catalogue).grants.map((grant) => grant.tool);
    expect(names).toContain("isolate_device");
    expect(names).not.toContain("delete_device");
  });

  test("change nothing that a lexicon says: each word stands there for a group of one of its rows, or for what it stood for before", () => {
    for (const lexicon of lexicons) {
      const { source, verbs, concepts, hints, nouns } = lexicon;
      const language = source.language as "en" | "fr" | "de" | "it" | "es";
      for (const word of new Set(deeds.flatMap(({ words }) => words[language]))) {
        const groups = new Set(deeds.filter(({ words }) => words[language].includes(word)).map(({ group }) => group)); // prettier-ignore
        const found = [...verbs.find(word)];
        const isOwn = found.length > 0 && found.every((group) => groups.has(group));
        const isTaken = [verbs, concepts, hints, nouns].some((terms) => terms.find(word).size > 0) || lexicon.is("common", word) || lexicon.is("light", word); // prettier-ignore
        expect(isOwn || isTaken, `${language}: ${word}`).toBe(true);
      }
    }
  });

  test("know German verbs in -en, -eln and -ern by their forms", () => {
    expect(germanForms("orten")).toEqual(["orten", "ortet", "orte"]);
    expect(germanForms("dosieren")).toEqual(["dosieren", "dosiert", "dosiere"]);
    expect(germanForms("drosseln")).toEqual(["drosseln", "drosselt", "drossle"]);
  });
});
