/** What is told of things, in five languages: it is no deed that is allowed or forbidden. */
import { describe, expect, test } from "vitest";
import { tool } from "./catalogue.fixture.ts";
import { compileMission } from "./compile.ts";

const catalogue = [
  tool("desk", "search_tickets"),
  tool("desk", "assign_ticket", ["id"]),
  tool("desk", "merge_tickets", ["ids"]),
  tool("desk", "close_ticket", ["id"]),
  tool("desk", "delete_ticket", ["id"]),
  tool("wiki", "update_page", ["id", "text"]),
  tool("wiki", "publish_page", ["id"]),
  tool("wiki", "delete_page", ["id"]),
  tool("mail", "read_mail"),
  tool("mail", "delete_mail", ["id"]),
]; // prettier-ignore

function granted(mission: string): readonly string[] {
  return compileMission(mission, catalogue).grants.map(({ tool: name }) => name);
}

describe("a participle that says which things are meant", () => {
  test.each([
    "Publica páginas. No borra páginas publicadas.",
    "Publica páginas. Borrar páginas publicadas: nunca.",
    "Pubblica le pagine. Non elimina mai pagine pubblicate.",
    "Publie des pages. Ne supprime jamais les pages publiées.",
    "Veröffentlicht Seiten. Löscht nie veröffentlichte Seiten.",
  ])("is not forbidden: %s", (mission) => {
    expect(granted(mission)).toContain("publish_page");
    expect(granted(mission)).not.toContain("delete_page");
  });

  test.each([
    "Lee páginas y actualiza páginas publicadas.",
    "Legge le pagine e aggiorna le pagine pubblicate.",
    "Aktualisiert veröffentlichte Seiten.",
  ])("is not allowed: %s", (mission) => {
    expect(granted(mission)).not.toContain("publish_page");
  });

  test.each([
    "Cierra tickets. Ningún ticket cerrado.",
    "Chiude i ticket. Nessun ticket chiuso.",
    "Publica páginas. Ninguna página publicada.",
    "Pubblica le pagine. Le pagine non vanno pubblicate.",
    "Pubblica le pagine. Nessuna pagina viene pubblicata.",
    "Veröffentlicht Seiten. Seiten werden nie veröffentlicht.",
    "Veröffentlicht Seiten. Nie Seiten bearbeiten oder veröffentlichen.",
  ])("is a deed where nothing else is: %s", (mission) => {
    expect(granted(mission).filter((name) => /publish|close/.test(name))).toEqual([]);
  });
});

describe("neither, nor", () => {
  test("forbid what they name and nothing more", () => {
    const mission = "It assigns tickets and merges tickets. Tickets are neither closed nor deleted.";
    expect(granted(mission).filter((name) => name.includes("ticket"))).toEqual(["search_tickets", "assign_ticket", "merge_tickets"]); // prettier-ignore
    expect(granted("It assigns and closes tickets. It shall neither close nor delete a ticket.")).not.toContain("close_ticket"); // prettier-ignore
    expect(granted("It merges tickets. It shall neither merge a ticket nor close it.")).not.toContain("merge_tickets"); // prettier-ignore
  });
});

describe("what somebody has not done", () => {
  test.each([
    "Tell me which mail I have not read.",
    "Lire les courriels que je n'ai pas lus.",
    "Sag mir, welche Mail ich nicht gelesen habe, und lies sie.",
    "Leggi la posta e dimmi quali mail non ho ancora letto.",
    "Lee el correo y dime qué correos no he leído todavía.",
  ])("forbids no reading: %s", (mission) => {
    expect(granted(mission)).toContain("read_mail");
  });

  test.each([
    "It deletes mail. It has not been given the right to delete mail.",
    "It deletes mail. It has not got permission to delete mail.",
    "Supprime les courriels. Il n'a pas le droit de supprimer un courriel.",
    "Supprime les courriels. Il n'a pas accès aux courriels, il ne les supprime pas.",
    "Löscht Mails. Er hat kein Recht, Mails zu löschen.",
    "Cancella la posta. Non ha il diritto di cancellare la posta.",
    "Borra el correo. No ha de borrar el correo.",
    "Borra el correo. No está autorizado a borrar el correo.",
  ])("is not that he has no right: %s", (mission) => {
    expect(granted(mission)).not.toContain("delete_mail");
  });
});

describe("what a thing does not do", () => {
  test.each([
    "Closes tickets that don't matter.",
    "Ferme les tickets qui ne servent à rien et clôture les tickets qui ne mènent plus loin.",
    "Schließt Tickets, die nichts bringen.",
    "Chiude i ticket che non servono.",
    "Cierra los tickets que no sirven.",
  ])("forbids nothing: %s", (mission) => {
    expect(granted(mission)).toContain("close_ticket");
  });

  test.each([
    "Deletes tickets. Wanted is an assistant that does not clobber tickets.",
    "Löscht Tickets. Er ist ein Agent, der keine Tickets löscht.",
    "Löscht Tickets, die er nicht löschen darf, nie.",
    "Cancella i ticket. È un assistente che non cancella ticket.",
    "Borra tickets. Es un agente que no borra tickets.",
  ])("is not what somebody must not do: %s", (mission) => {
    expect(granted(mission)).not.toContain("delete_ticket");
  });
});

test("two German prohibitions that stand behind their verbs forbid each of its own", () => {
  const mission = "Aktualisiert Seiten. Tickets löscht er nie, und an Mails ändert er nichts.";
  expect(granted(mission)).toContain("update_page");
  for (const name of ["delete_ticket", "delete_mail"]) expect(granted(`Löscht Tickets und Mails. ${mission}`)).not.toContain(name); // prettier-ignore
});
