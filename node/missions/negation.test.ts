/** How things are forbidden in five languages, and what only says that something is not so. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { lexicons } from "./lexicons.ts";
import { withoutConditions } from "./negation.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("desk", "get_ticket"),
  tool("desk", "update_ticket"),
  tool("desk", "delete_ticket"),
  tool("mail", "search_mail"),
  tool("mail", "send_mail", ["to"]),
  tool("people", "get_payslip"),
  tool("people", "get_employee"),
  tool("booking", "get_reservation"),
  tool("booking", "update_reservation_flights"),
  tool("booking", "update_reservation_baggage"),
];

function names(mission: string): readonly string[] {
  return compileMission(mission, catalogue).grants.map((grant) => grant.tool);
}

const deletes = {
  en: "The agent reads, updates and deletes tickets.",
  fr: "L'agent lit, modifie et supprime les tickets.",
  de: "Der Agent liest, aktualisiert und löscht Tickets.",
  it: "L'agente legge, modifica ed elimina i ticket.",
  es: "El agente lee, modifica y borra los tickets.",
} as const;

describe("forbids", () => {
  test.each([
    [deletes.en, "It is not entitled to delete tickets."],
    [deletes.en, "Tickets are not deleted."],
    [deletes.en, "No ticket is ever deleted."],
    [deletes.en, "Tickets are never thrown away."],
    [deletes.en, "It deletes no ticket."],
    [deletes.en, "Deleting tickets: no."],
    [deletes.en, "Deleting tickets: no, the portal does that."],
    [deletes.fr, "Supprimer des tickets : non, le portail s'en charge."],
    [deletes.de, "Tickets löschen: nein, das macht das Portal."],
    [deletes.it, "Eliminare i ticket: no, ci pensa il portale."],
    [deletes.es, "Borrar tickets: no, eso lo hace el portal."],
    [deletes.en, "Deleting tickets is out of the question."],
    [deletes.en, "Deleting tickets is for humans only."],
    [deletes.en, "No deletions of tickets."],
    [deletes.en, "Nobody may delete tickets."],
    [deletes.en, "It works on tickets without deleting any tickets."],
    [deletes.fr, "Aucun ticket n'est supprimé."],
    [deletes.fr, "Interdiction de supprimer des tickets."],
    [deletes.fr, "La suppression des tickets est réservée aux humains."],
    [deletes.fr, "Supprimer des tickets : non."],
    [deletes.fr, "On ne supprime pas de tickets."],
    [deletes.fr, "Il traite les tickets sans supprimer de tickets."],
    [deletes.fr, "Il lit les tickets, sans rien supprimer."],
    [deletes.fr, "Il lit les tickets sans jamais rien supprimer."],
    [deletes.de, "Gelöscht wird kein Ticket."],
    [deletes.de, "Tickets werden nicht gelöscht."],
    [deletes.de, "Tickets löschen: nein."],
    [deletes.de, "Tickets zu löschen kommt nicht in Frage."],
    [deletes.de, "Tickets löschen dürfen nur Menschen."],
    [deletes.de, "Er bearbeitet Tickets, ohne Tickets zu löschen."],
    [deletes.it, "Nessun ticket viene eliminato."],
    [deletes.it, "I ticket non si eliminano."],
    [deletes.it, "Eliminare i ticket: no."],
    [deletes.it, "Eliminare i ticket spetta solo agli umani."],
    [deletes.it, "Non chiude né elimina i ticket."],
    [deletes.it, "Lavora sui ticket senza eliminare ticket."],
    [deletes.es, "No se borra ningún ticket."],
    [deletes.es, "Borrar tickets: no."],
    [deletes.es, "Borrar tickets es cosa de humanos."],
    [deletes.es, "No cierra ni borra tickets."],
    [deletes.es, "Trabaja con los tickets sin borrar tickets."],
    [deletes.en, "The deletion of tickets is excluded from this mandate."],
    [deletes.en, "Out of bounds: deleting tickets."],
    [deletes.en, "Deleting tickets is strictly ruled out."],
    [deletes.en, "Deleting tickets is the manager's business."],
    [deletes.en, "Deleting tickets remains with the manager."],
    [deletes.en, "Tickets I delete myself, thanks."],
    [deletes.en, "Deleting tickets: hands off."],
    [deletes.en, "Keep your hands off: deleting tickets."],
    [deletes.en, "Deleting tickets is for me to do, not you."],
    [deletes.en, "Exclusions. Deleting tickets."],
    [deletes.en, "Only the manager may delete tickets."],
    [deletes.en, "Taking tickets down: never."],
    [deletes.en, "\n\nRestrictions\n- deleting tickets"],
    [deletes.en, "It shall not (a) delete tickets or (b) send mail."],
    [deletes.en, "It has no business deleting tickets."],
    [deletes.fr, "Supprimer des tickets, c'est non."],
    [deletes.es, "Borrar tickets le está vetado."],
    [deletes.fr, "Supprimer des tickets, c'est le chef, pas toi."],
    [deletes.fr, "La suppression de tickets est proscrite."],
    [deletes.fr, "Exclusions : supprimer des tickets."],
    [deletes.fr, "Le chef supprime lui-même les tickets."],
    [deletes.fr, "Seul le chef peut supprimer des tickets."],
    [deletes.de, "Finger weg: Tickets löschen."],
    [deletes.de, "Das Löschen von Tickets obliegt der Leitung."],
    [deletes.de, "Tickets löscht das Team selbst."],
    [deletes.de, "Ausgeschlossen: Tickets löschen."],
    [deletes.it, "I ticket li elimino io."],
    [deletes.it, "I ticket li elimina la responsabile."],
    [deletes.it, "Esclusi: eliminare ticket."],
    [deletes.it, "Si vieta di eliminare ticket."],
    [deletes.es, "Se prohíbe borrar tickets."],
    [deletes.es, "Los tickets los borro yo."],
    [deletes.es, "Los tickets los borra el encargado."],
    [deletes.es, "Excluido: borrar tickets."],
    [deletes.es, "Borrar tickets, ni hablar."],
  ])("%s %s", (may, mustNot) => {
    expect(names(may)).toContain("delete_ticket");
    expect(names(`${may} ${mustNot}`)).not.toContain("delete_ticket");
    expect(names(`${may} ${mustNot}`)).toContain("get_ticket");
  });
});

describe("says that something is not so, and forbids nothing", () => {
  test.each([
    "The agent updates tickets when a customer cannot come.",
    "The agent checks that no two tickets clash and updates tickets.",
    "The agent updates tickets nobody has answered.",
    "L'agent modifie les tickets s'ils ne sont pas à jour.",
    "L'agent vérifie que rien ne manque et modifie les tickets.",
    "Der Agent aktualisiert Tickets, wenn der Kunde nicht kommen kann.",
    "Der Agent prüft, dass nichts fehlt, und aktualisiert Tickets.",
    "L'agente modifica i ticket se il cliente non può venire.",
    "L'agente controlla che non manchi nulla e modifica i ticket.",
    "El agente modifica los tickets si el cliente no puede venir.",
    "El agente comprueba que no falte nada y modifica los tickets.",
  ])("%s", (mission) => {
    expect(names(mission)).toContain("update_ticket");
  });

  test.each([
    ["en", "when in doubt do not delete tickets"],
    ["en", "when the customer must not know"],
    ["en", "see to it that no mail is sent"],
    ["de", "damit keine mail gesendet wird"],
    ["fr", "pour que rien ne soit supprime"],
    ["es", "para que no se borre nada"],
  ])("but keeps what is a deed or an order: %s, %s", (language, text) => {
    const lexicon = lexicons.find(({ source }) => source.language === language);
    if (lexicon === undefined) throw new Error(language);
    expect(withoutConditions(text, lexicon)).toBe(text);
  });

  test("takes nothing from a text that has no negation", () => {
    fc.assert(
      fc.property(fc.constantFrom(...lexicons), fc.array(fc.constantFrom("when", "wenn", "si", "quando", "tickets", "clients", "hat", "and"), { maxLength: 12 }), (lexicon, words) => {
        expect(withoutConditions(words.join(" "), lexicon)).toBe(words.join(" "));
      }), // prettier-ignore
    );
  });
});

describe("a prohibition of reading", () => {
  const reads = {
    en: "The agent reads employees and payslips.",
    fr: "L'agent consulte les employés et les bulletins de paie.",
    de: "Der Agent liest Beschäftigte und Gehaltsabrechnungen.",
    it: "L'agente consulta i dipendenti e le buste paga.",
    es: "El agente consulta los empleados y las nóminas.",
  } as const;

  test.each([
    [reads.en, "It must never snoop in payslips."],
    [reads.en, "It must never pry into payslips."],
    [reads.en, "It must not look into payslips."],
    [reads.en, "It never browses payslips."],
    [reads.en, "Never peek at payslips."],
    [reads.en, "Keep out of payslips."],
    [reads.en, "It has no business looking into payslips."],
    [reads.fr, "Il ne doit jamais fouiner dans les bulletins de paie."],
    [reads.fr, "Il ne doit pas consulter les bulletins de paie."],
    [reads.fr, "Ne jamais espionner les bulletins de paie."],
    [reads.de, "Er darf niemals in Gehaltsabrechnungen herumschnüffeln."],
    [reads.de, "Er sieht Gehaltsabrechnungen nie ein."],
    [reads.de, "Gehaltsabrechnungen niemals ausspionieren."],
    [reads.it, "Non deve mai curiosare nelle buste paga."],
    [reads.it, "Non deve guardare le buste paga."],
    [reads.it, "Non spia le buste paga."],
    [reads.es, "Nunca debe fisgonear en las nóminas."],
    [reads.es, "No debe mirar las nóminas."],
    [reads.es, "Nunca espía las nóminas."],
  ])("takes the reads of its object away: %s %s", (may, mustNot) => {
    expect(names(may)).toEqual(expect.arrayContaining(["get_payslip", "get_employee"]));
    expect(names(`${may} ${mustNot}`)).not.toContain("get_payslip");
    expect(names(`${may} ${mustNot}`)).toContain("get_employee");
  });

  test.each(["Never snoop.", "Never eavesdrop on conversations of others."])("of nothing that a tool reads is asked about: %s", (mustNot) => {
    const { questions, grants } = compileMission(`${reads.en} ${mustNot}`, catalogue);
    expect(questions.join(" ")).toContain("names nothing that a tool here reads");
    expect(grants.length).toBeGreaterThan(0);
  }); // prettier-ignore

  test("by a verb that no lexicon has is asked about as well", () => {
    const { questions } = compileMission(`${reads.en} It must never gawp at payslips.`, catalogue);
    expect(questions.join(" ")).toContain("was not understood");
  });

  test.each([
    "It reads mail. It answers no mail.",
    "Il lit les courriels. Il ne répond à aucun courriel.",
    "Er liest E-Mails. Er beantwortet keine E-Mails.",
  ])("is not meant by a verb that does more: %s", (mission) => {
    expect(names(mission)).toContain("search_mail");
    expect(names(mission)).not.toContain("send_mail");
  });
});

test("two deeds that are forbidden in one breath forbid of what each is about", () => {
  const tools = [tool("code", "merge_pull_request"), tool("wiki", "get_page"), tool("wiki", "update_page"), tool("wiki", "delete_page")]; // prettier-ignore
  const granted = (mission: string): readonly string[] => compileMission(mission, tools).grants.map((grant) => grant.tool); // prettier-ignore
  for (const forbidding of [
    "Kein Merge, keine Löschung von Seiten.",
    "Merges macht er nicht, und Seiten löscht er nicht.",
  ]) {
    // prettier-ignore
    const found = granted(`Er aktualisiert und löscht Seiten im Wiki und führt Pull Requests zusammen. ${forbidding}`);
    expect(found).toContain("update_page");
    expect(found).not.toContain("delete_page");
    expect(found).not.toContain("merge_pull_request");
  }
});

test.each([
  "The agent answers what the staff ask about themselves and updates tickets.",
  "Il répond aux questions des salariés sur eux-mêmes et modifie les tickets.",
])("who speaks of himself forbids nothing: %s", (mission) => {
  expect(names(mission)).toContain("update_ticket");
});

test.each([
  ["It updates reservations. The flights of a reservation are not changed.", true],
  ["It updates reservations. It must not change flights or reservations.", false],
  ["It updates reservations. It never deletes the flights of a reservation and never changes reservations.", false], // prettier-ignore
])("a part of a thing is forbidden alone: %s", (mission, isGranted) => {
  expect(names("It updates reservations.")).toEqual(expect.arrayContaining(["update_reservation_flights", "update_reservation_baggage"])); // prettier-ignore
  const granted = names(mission);
  expect(granted).not.toContain("update_reservation_flights");
  expect(granted.includes("update_reservation_baggage")).toBe(isGranted);
});

describe("what somebody has not done yet", () => {
  test.each([
    [deletes.en, "It mails customers who have not signed yet, and those that haven't paid."],
    [deletes.fr, "Il envoie un courriel aux clients qui n'ont pas encore signé."],
    [deletes.de, "Er schickt Kunden, die noch nicht unterschrieben haben, eine Mail."],
    [deletes.it, "Invia una mail ai clienti che non hanno ancora firmato."],
    [deletes.es, "Envía un correo a los clientes que aún no han firmado."],
  ])("forbids nothing: %s %s", (deed, text) => {
    expect(names(`${deed} ${text}`)).toEqual(expect.arrayContaining(["delete_ticket", "send_mail"]));
  });

  test.each([
    [deletes.en, "It works on tickets that have not to be deleted."],
    [deletes.fr, "Il ne doit pas supprimer les tickets qui n'ont pas été lus."],
    [deletes.de, "Tickets, die nicht zu löschen sind, lässt er: Tickets löscht er nie."],
    [deletes.it, "Non elimina i ticket che non hanno una risposta."],
    [deletes.es, "No borra los tickets que no han sido leídos."],
  ])("takes no prohibition away: %s %s", (deed, text) => {
    expect(names(`${deed} ${text}`)).not.toContain("delete_ticket");
  });
});

describe("to stop a machine and to start it again", () => {
  const tools = [tool("plant", "pump_list"), tool("plant", "pumpStop", ["id"]), tool("plant", "pumpRestart", ["id"])]; // prettier-ignore

  test.each([
    "It stops a pump that leaks. Restarting is always done by somebody who has seen the machine.",
    "It may stop pumps. It must never restart a pump.",
  ])("are two deeds: %s", (mission) => {
    expect(compileMission(mission, tools).grants.map((grant) => grant.tool)).toEqual(["pump_list", "pumpStop"]); // prettier-ignore
  });
});

describe("a forbidden command", () => {
  test("forbids to run one, and no other deed at the same machines", () => {
    const tools = [...catalogue, tool("edr", "list_endpoints"), tool("edr", "isolate_endpoint"), tool("edr", "run_remote_command", ["command"])]; // prettier-ignore
    const mission =
      "The agent may\n- list endpoints\n- isolate an endpoint\n\nThe agent must not\n- run commands on endpoints";
    expect(compileMission(mission, tools).grants.map((grant) => grant.tool)).toEqual(["list_endpoints", "isolate_endpoint"]); // prettier-ignore
  });
});

describe("what others alone do", () => {
  test.each([
    [deletes.en, "Only quality assurance deletes a ticket."],
    [deletes.en, "Only the shift lead deletes tickets."],
    [deletes.de, "Nur die Leitung der Abteilung löscht Tickets."],
    [deletes.en, "Only the managers of a team delete tickets."],
    [deletes.fr, "Seul le service qualité supprime les tickets."],
    [deletes.fr, "Mes tickets, par contre, personne n'y touche."],
    [deletes.de, "Nur die Chefin der Abteilung löscht Tickets."],
    [deletes.it, "Solo il controllo qualità elimina i ticket."],
    [deletes.es, "Solo el departamento de calidad borra tickets."],
    [deletes.de, "Er ändert Tickets. Tickets rührt er nicht an."],
  ])("is forbidden: %s %s", (deed, text) => {
    expect(names(`${deed} ${text}`)).not.toContain("delete_ticket");
  });

  test.each([
    "Only updates tickets.",
    "Reads tickets. Only the agent updates tickets.",
    "Reads tickets. Only urgent tickets are updated.",
    "Liest Tickets und ändert sie. Nur Tickets lesen, die dringend sind.",
  ])("is nothing else: %s", (mission) => {
    expect(names(mission)).toContain("update_ticket");
  });
});
