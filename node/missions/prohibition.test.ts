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

test.each(["Meters may only be read.", "Meters can only ever be looked at."])(
  "what may only be read is not changed: %s",
  (line) => {
    expect(writes("Updates the meters.")).toEqual(["update_meter"]);
    const { grants } = compileMission(`Updates the meters. ${line}`, catalogue);
    expect(grants.find(({ tool: name }) => name === "update_meter")).toBe(undefined);
  },
);

describe("what is said of a deed by its noun forbids the deed, whatever else its verb may mean", () => {
  const bank = [...catalogue, tool("bank", "send_payment", ["amount"]), tool("bank", "list_payments")];

  test.each([
    ["Sends payments.", "Payments are excluded."],
    ["Sends payments.", "Payments are reserved for the treasurer."],
    ["Sends payments.", "Payments are handled by humans."],
    ["Envoie des paiements.", "Les paiements sont exclus."],
    ["Envoie des paiements.", "Les paiements sont réservés au trésorier."],
    ["Sendet Zahlungen.", "Zahlungen sind ausgeschlossen."],
    ["Invia pagamenti.", "I pagamenti sono riservati al tesoriere."],
    ["Invia pagamenti.", "I pagamenti restano fuori."],
    ["Envía pagos.", "Los pagos quedan fuera."],
  ])("%s %s", (allows, forbids) => {
    const granted = (mission: string) => compileMission(mission, bank).grants.map(({ tool: name }) => name);
    expect(granted(allows)).toContain("send_payment");
    expect(granted(`${allows} ${forbids}`)).not.toContain("send_payment");
  });

  test("and without a verb all that may be done to the thing", () => {
    const shop = [tool("shop", "get_order", ["id"]), tool("shop", "modify_order_payment", ["id"])];
    const granted = (line: string) => compileMission(`Modifica i pagamenti degli ordini. ${line}`, shop).grants.map(({ tool: name }) => name); // prettier-ignore
    expect(granted("")).toContain("modify_order_payment");
    for (const line of ["Metodo di pagamento: mai.", "Modalità di pagamento: vietate."])
      expect(granted(line)).not.toContain("modify_order_payment");
  });
});
