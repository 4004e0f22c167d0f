/** What is not so and forbids nothing, beside what forbids: conditions, headings, states, one thing named first. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("shop", "get_order"),
  tool("shop", "exchange_order_items"),
  tool("shop", "return_order_items"),
  tool("shop", "cancel_order"),
  tool("clinic", "get_medical_record"),
  tool("clinic", "update_medical_record"),
  tool("clinic", "cancel_appointment"),
  tool("chat", "post_message", ["text"]),
  tool("chat", "delete_message"),
  tool("code", "create_issue"),
  tool("code", "merge_pull_request"),
];

function granted(mission: string): readonly string[] {
  return compileMission(mission, catalogue).grants.map(({ tool: name }) => name).sort(); // prettier-ignore
}

describe("a condition that begins with its verb", () => {
  test.each([
    "Passt das Gerät nicht, tausche den Artikel der Bestellung um.",
    "Stimmt die Größe nicht, tauscht er den Artikel der Bestellung um.",
    "Funktioniert der Artikel nicht mehr, tausche den Artikel der Bestellung um.",
  ])("forbids nothing: %s", (text) => {
    expect(granted(text)).toContain("exchange_order_items");
  });

  test("and is about nothing that is to be done", () => {
    const names = compileMission("Passt das Gerät nicht, tausche den Artikel der Bestellung um.", [...catalogue, tool("home", "list_devices")]).grants.map(({ tool: name }) => name); // prettier-ignore
    expect(names).not.toContain("list_devices");
  });

  test.each([
    "Storniert die Bestellungen nicht, lest sie nur.",
    "Sagt der Kundin nicht, dass ihre Bestellung storniert ist, und storniert keine Bestellung.",
    "Löscht die Nachrichten nicht, storniert keine Bestellung.",
  ])("an order does all the same: %s", (text) => {
    expect(granted(`Er storniert Bestellungen. ${text}`)).not.toContain("cancel_order");
  });
});

describe("what does not suit", () => {
  test.each([
    "Modèle qui ne convient pas : échanger l'article de la commande.",
    "Model that does not fit: exchange the items of the order.",
    "Modell, das nicht passt: den Artikel der Bestellung umtauschen.",
    "Modello che non calza: cambiare l'articolo dell'ordine.",
    "Modelo que no encaja: cambiar el artículo del pedido.",
  ])("forbids nothing: %s", (text) => {
    expect(granted(text)).toContain("exchange_order_items");
  });

  test.each([
    "L'agent annule des commandes. Un agent qui ne doit pas annuler : non.",
    "L'agent annule des commandes. Il ne fonctionne pas comme ça : il n'annule pas les commandes.",
    "The agent cancels orders. It does not work on orders: never cancel orders.",
    "Er storniert Bestellungen. Was nicht passt: Bestellungen storniert er nie.",
  ])("and takes no prohibition away: %s", (text) => {
    expect(granted(text)).not.toContain("cancel_order");
  });

  test("« convient » invites nobody", () => {
    const tools = [...catalogue, tool("chat", "invite_user", ["email"])];
    expect(compileMission("Il lit les commandes si un utilisateur convient.", tools).grants.map(({ tool: name }) => name)).not.toContain("invite_user"); // prettier-ignore
  });
});

describe("what is not so yet", () => {
  const table = (cell: string): string => `| when | what |\n|---|---|\n| ${cell} | create an issue |\n| never | merge a pull request |`; // prettier-ignore

  test.each(["not known yet", "not yet known", "not listed yet"])("opens a row and forbids nothing: %s", (cell) => {
    expect(granted(table(cell))).toEqual(["create_issue"]);
  });

  test.each([
    ["pas encore connu", "créer une issue"],
    ["noch nicht bekannt", "ein Issue anlegen"],
    ["non ancora noto", "creare una issue"],
    ["aún no conocido", "crear una issue"],
  ])("in other languages: %s", (cell, deed) => {
    expect(granted(`| ${cell} | ${deed} |`)).toContain("create_issue");
  });

  test.each(["do not yet", "not allowed", "not allowed yet", "never", "not"])("a heading that forbids does: %s", (cell) => {
    expect(granted(table(cell))).not.toContain("create_issue");
  });
}); // prettier-ignore

describe("a thing named first, and then not to be changed", () => {
  const deeds = {
    en: "It cancels appointments of patients.",
    fr: "Il annule les rendez-vous des patients.",
    it: "Annulla gli appuntamenti dei pazienti.",
    es: "Cancela las citas de los pacientes.",
  };
  test.each([
    `${deeds.it} La cartella clinica, però, non la modificare.`,
    `${deeds.it} La cartella clinica non la modificare.`,
    `${deeds.fr} Le dossier médical, en revanche, ne le modifie pas.`,
    `${deeds.es} El historial médico, en cambio, no lo modifiques.`,
    `${deeds.en} The medical record, though, never change it.`,
  ])("is what is forbidden: %s", (text) => {
    const names = granted(text);
    expect(names).toContain("cancel_appointment");
    expect(names).not.toContain("update_medical_record");
  });

  test.each([
    `${deeds.it} Legge la cartella clinica, però non la modificare.`,
    `${deeds.en} It updates medical records. The medical record, though, never change it.`,
  ])("wherever else it is allowed: %s", (text) => {
    expect(granted(text)).not.toContain("update_medical_record");
  });

  test("a prohibition without a thing before it is as wide as it was", () => {
    expect(granted(`${deeds.it} Non modificare nulla.`)).not.toContain("update_medical_record");
  });
});

describe("don't", () => {
  test("forbids the verb that stands behind it, of whosever things", () => {
    const names = granted("Post messages to the channel. Please don't delete anybody's messages.");
    expect(names).toContain("post_message");
    expect(names).not.toContain("delete_message");
  });

  test.each(["doesn't", "mustn't", "can't", "shouldn't"])("%s does too", (not) => {
    expect(granted(`It posts messages and deletes messages. It ${not} delete messages.`)).toEqual(["post_message"]);
  });
}); // prettier-ignore

describe("a question that is answered by no", () => {
  test.each([
    "Er liest Bestellungen. Bestellungen stornieren? Nein, das mache ich selbst.",
    "It reads orders. Cancel orders? No, I do that.",
    "Il lit les commandes. Annuler des commandes ? Non, jamais.",
    "Legge gli ordini. Annullare ordini? No.",
    "Lee los pedidos. ¿Cancelar pedidos? No, eso lo hago yo.",
  ])("is forbidden: %s", (text) => {
    expect(granted(text)).not.toContain("cancel_order");
  });

  test("one that is answered otherwise is not", () => {
    expect(granted("It reads orders. A customer is unhappy? Cancel the order.")).toContain("cancel_order");
  });
});
