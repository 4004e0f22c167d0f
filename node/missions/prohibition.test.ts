import { describe, expect, test } from "vitest";
import { tool } from "./catalogue.fixture.ts";
import { compileMission } from "./compile.ts";

const catalogue = [tool("plant", "list_meters"), tool("plant", "update_meter", ["id"]), tool("plant", "label_valve", ["id"]), tool("plant", "merge_reports", ["ids"]), tool("desk", "create_ticket", ["text"])]; // prettier-ignore

function writes(mission: string): readonly string[] {
  const { grants } = compileMission(mission, catalogue);
  return grants.filter(({ effect }) => effect !== "read").map(({ tool: name, approval }) => (approval === undefined ? name : `(${name})`)).toSorted(); // prettier-ignore
}

describe("a prohibition about a thing that no tool is about", () => {
  test.each([
    "Updates the meters. Never changes the gasket.",
    "Updates the meters. It must not update the gaskets.",
    "Aktualisiert die Zähler. Ändert nie die Dichtung.",
    "Met à jour les compteurs. Modifier le couvercle : jamais.",
    "Actualiza los contadores. Cambiar la tapa: nunca.",
    "Aggiorna i contatori. Modificare la guarnizione: mai.",
  ])("leaves a tool that another line names by its verb and its thing to a person: %s", (mission) => {
    expect(writes(mission)).toEqual(["(update_meter)"]);
    expect(compileMission(mission, catalogue).questions.join(" ")).toContain("Does it mean that too?");
  });

  test.each([
    // Of all things.
    ["Updates the meters. Never changes anything.", []],
    ["Updates the meters. Never changes a thing.", []],
    ["Updates the meters. No changes under any circumstances.", []],
    ["Updates the meters. Never changes the data.", []],
    ["Updates the meters. Never changes any of the items.", []],
    ["Updates the meters. Never changes the slightest detail.", []],
    ["Updates the meters. Never changes the above.", []],
    ["Aktualisiert die Zähler. Ändert nie die Daten.", []],
    ["Aktualisiert die Zähler. Ändert nie den Bestand.", []],
    ["Met à jour les compteurs. Ne modifie jamais les appareils.", []],
    ["Aggiorna i contatori. Non modifica mai i suddetti.", []],
    ["Actualiza los contadores. No modifica nunca los datos.", []],
    // Of the thing itself.
    ["Updates the meters. Never changes a meter.", []],
    ["Updates the meters. Never changes the gasket of a meter.", []],
    // What no line allows.
    ["Lists the meters. Never changes the gasket.", []],
    // A line that may mean two tools names neither.
    ["Updates meters and valves. Never changes the gasket.", []],
    // A verb for one deed.
    ["Merges the reports. Never merges the gaskets.", []],
  ])("forbids by its effect all the same where it means more: %s", (mission, expected) => {
    expect(writes(mission)).toEqual(expected);
  });
});
