/** Verb and thing of one clause, in how people write: lists, titles, what stands beside the object, words that mean many things. */
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("share", "list_folders"),
  tool("share", "search_documents"),
  tool("share", "create_folder"),
  tool("share", "upload_document"),
  tool("share", "download_document"),
  tool("desk", "search_tickets"),
  tool("desk", "create_ticket"),
  tool("desk", "update_ticket"),
  tool("desk", "close_ticket"),
  tool("desk", "add_ticket_comment"),
  tool("trips", "search_hotels"),
  tool("trips", "reserve_hotel"),
  tool("people", "list_leave_requests"),
  tool("home", "lock_door"),
  tool("home", "unlock_door"),
  tool("calendar", "list_events"),
  tool("calendar", "create_event"),
  tool("calendar", "cancel_event"),
  tool("mail", "search_mail"),
  tool("mail", "send_mail", ["to"]),
];

function names(mission: string): readonly string[] {
  return compileMission(mission, catalogue).grants.map((grant) => grant.tool);
}

function servers(mission: string): readonly string[] {
  return [...new Set(compileMission(mission, catalogue).grants.map(({ server }) => server))].sort();
}

describe("what somebody does", () => {
  test("behind a subject that no lexicon knows, is done", () => {
    expect(names("The receptionist books the rooms of a hotel. The receptionist updates the tickets.")).toEqual(expect.arrayContaining(["reserve_hotel", "update_ticket"])); // prettier-ignore
  });

  test("is not what the things are that somebody has", () => {
    expect(names("The ticket updates the team wants are listed.")).not.toContain("update_ticket");
    expect(names("Reads the ticket updates the team wants.")).not.toContain("update_ticket");
  });
});

describe("a list", () => {
  test.each([
    "Tickets:\n- search\n- close",
    "Tickets\n- search\n- close",
    "## Tickets\n\n- search\n- close",
    "Tickets: search, close",
    "Tickets :\n- chercher\n- fermer",
    "Tickets:\n- suchen\n- abschließen",
    "Ticket:\n- cercare\n- chiudere",
    "Tickets:\n- buscar\n- cerrar",
  ])("is about what it stands under: %j", (mission) => {
    expect(names(mission)).toContain("close_ticket");
    expect(names(mission)).not.toContain("cancel_event");
  });

  test("that says what it is about itself is about that alone", () => {
    expect(servers("Tickets:\n- search tickets\n- book hotels")).toEqual(["desk", "trips"]);
    expect(names("Hotels:\n- close tickets")).not.toContain("reserve_hotel");
  });

  test("has its prohibitions as wide as without a heading", () => {
    expect(names("It creates events and closes tickets.\n\nTickets:\n- never create")).not.toContain("create_event"); // prettier-ignore
  });

  test("of German infinitives is taken apart where each has its thing", () => {
    expect(names("Der Agent soll Tickets schließen, Hotels buchen und Termine eintragen.")).toEqual(
      expect.arrayContaining(["close_ticket", "reserve_hotel", "create_event"]),
    );
  });
});

describe("what chooses no server", () => {
  test.each([
    ["the title", "Holiday home caretaker. It searches the tickets and closes tickets.", "people"],
    ["whom or what for", "It opens a folder for every ticket and uploads documents.", "desk"],
    ["a condition", "It closes tickets when a hotel is full, and comments on tickets.", "trips"],
    ["by what somebody is found", "Finds customers by mail and closes their tickets.", "mail"],
    ["who asks", "Guests ask about tickets; it closes tickets.", "calendar"],
    ["a word of many meanings", "Runs the records room. It searches documents and creates folders.", "trips"],
    ["pour quoi", "Il crée un dossier pour chaque ticket et téléverse des documents.", "desk"],
    ["wofür", "Er legt für jedes Ticket einen Ordner an und lädt Dokumente hoch.", "desk"],
    ["per che cosa", "Crea una cartella per ogni ticket e carica documenti.", "desk"],
    ["para qué", "Crea una carpeta para cada ticket y sube documentos.", "desk"],
  ])("%s: %s", (_, mission, server) => {
    expect(names(mission).length).toBeGreaterThan(0);
    expect(servers(mission)).not.toContain(server);
  });

  test("but what the mail is for does", () => {
    expect(names("Closes tickets and informs customers by mail.")).toContain("send_mail");
  });
});

describe("a verb", () => {
  test("whose thing is in no lexicon is about what was named last, for tools named for it", () => {
    expect(names("Searches the tickets and updates their whatsits.")).toContain("update_ticket");
    expect(names("Searches the tickets and books limousines.")).not.toContain("reserve_hotel");
  });

  test.each(["Searches hotels and reserves one for the speakers.", "Cherche des hôtels et en réserve un pour les invités.", "Sucht Hotels und bucht eines für die Gäste."])("with a pronoun is about what it stands for: %s", (mission) => {
    expect(names(mission)).toContain("reserve_hotel");
  }); // prettier-ignore

  test("to close a door locks it, and unlocks none", () => {
    const found = names("It closes the door in the evening.");
    expect(found).toContain("lock_door");
    expect(found).not.toContain("unlock_door");
  });

  test("downloads only where it is said", () => {
    expect(names("It searches and downloads documents.")).toContain("download_document");
    expect(names("It searches documents and runs the office.")).not.toContain("download_document");
  });

  test("tells what is done, and not what was", () => {
    expect(names("Tickets are closed on request.")).toContain("close_ticket");
    expect(names("Lists tickets that are closed.")).not.toContain("close_ticket");
    expect(names("Lists tickets that were closed.")).not.toContain("close_ticket");
  });

  test.each(["Answers tickets with a comment.", "Répond aux tickets par un commentaire.", "Antwortet auf Tickets mit einem Kommentar."])("that answers comments: %s", (mission) => {
    expect(names(mission)).toContain("add_ticket_comment");
  }); // prettier-ignore
});

describe("who somebody works for", () => {
  test.each([
    "Works for a hotel. It searches tickets and updates tickets.",
    "The agent assists the hotel. It searches tickets and updates tickets.",
    "Il travaille pour un hôtel. Il cherche et modifie les tickets.",
    "Er arbeitet für ein Hotel. Er durchsucht und aktualisiert Tickets.",
    "Lavora per un albergo. Cerca e aggiorna i ticket.",
    "Trabaja para un hotel. Busca y actualiza tickets.",
  ])("chooses no server: %s", (mission) => {
    expect(servers(mission)).toEqual(["desk"]);
  });

  test("is what is read, where nothing else is said", () => {
    expect(names("The agent assists customers with tickets.")).toContain("search_tickets");
  });
});

describe("a word that means either of two things", () => {
  const both: readonly CatalogueTool[] = [
    tool("mail", "search_mail"),
    tool("mail", "send_mail", ["to"]),
    tool("chat", "list_channels"),
    tool("chat", "post_message", ["channel"]),
    tool("code", "list_issues"),
    tool("code", "create_branch"),
    tool("desk", "search_tickets"),
    tool("desk", "close_ticket"),
  ];
  const of = (mission: string): readonly string[] => [...new Set(compileMission(mission, both).grants.map(({ server }) => server))].sort(); // prettier-ignore

  test.each([
    ["Er liest die Kanäle und schreibt eine Nachricht in den Kanal.", ["chat"]],
    ["Er liest die Kanäle. Dann schickt er eine Nachricht.", ["chat"]],
    ["Legge i canali e pubblica un messaggio nel canale.", ["chat"]],
    ["Er liest E-Mails. Dann schickt er eine Nachricht.", ["mail"]],
    ["Crea ramas. Lista las incidencias.", ["code"]],
    ["Lista las incidencias y cierra los tickets.", ["desk"]],
  ])("is the one that the mission names elsewhere: %s", (mission, meant) => {
    expect(of(mission)).toEqual(meant);
  });

  test("stays both where nothing tells which, and forbids both", () => {
    expect(of("Er schickt Nachrichten.")).toEqual(["chat", "mail"]);
    expect(of("Er liest die Kanäle, liest E-Mails und schickt E-Mails. Nachrichten sendet er niemals.")).not.toContain("post_message"); // prettier-ignore
  });
});

test.each([
  "Searches folders, creates those that are missing.",
  "Busca carpetas y crea las que falten.",
  "Cerca le cartelle e crea quelle che mancano.",
  "Il cherche les dossiers et crée ceux qui manquent.",
])("those of the things named before are these: %s", (mission) => {
  expect(names(mission)).toContain("create_folder");
  expect(names(mission)).not.toContain("create_ticket");
});

test.each([
  ["It opens tickets.", "close_ticket"],
  ["Er schließt Tickets auf.", "close_ticket"],
  ["It archives tickets.", "close_ticket"],
])("one deed is not another of the same effect: %s", (mission, other) => {
  expect(names(mission)).not.toContain(other);
});

describe("what its author does", () => {
  test.each([
    "I run a hotel and drown in tickets. Search the tickets and close them.",
    "Gestisco un albergo. Cerca i ticket e chiudi i ticket.",
    "Ich leite ein Hotel. Durchsuche die Tickets und schließe Tickets.",
    "Je gère un hôtel. Cherche les tickets et ferme les tickets.",
    "Llevo un hotel. Busca los tickets y cierra los tickets.",
  ])("is nothing that the agent is to do: %s", (mission) => {
    expect(servers(mission)).toEqual(["desk"]);
    expect(compileMission(mission, catalogue).questions.join(" ")).not.toContain("to create and to change");
  });
});

describe("an order without a verb", () => {
  test.each([
    "Search mail daily. Reminder e-mail to late payers.",
    "Cherche les courriels. Courriel de rappel aux retardataires.",
    "E-Mails durchsuchen. E-Mail an die Säumigen.",
    "Cerca le e-mail. Una e-mail ai ritardatari.",
    "Busca los correos. Correo a los morosos.",
  ])("is to send what goes to somebody: %s", (mission) => {
    expect(names(mission)).toContain("send_mail");
  });

  test("is to leave a comment on a thing", () => {
    expect(names("Search tickets; later a comment on the ticket.")).toContain("add_ticket_comment");
    expect(names("Buscar tickets; novedades: comentario en el ticket.")).toContain("add_ticket_comment");
  });

  test.each(["E-mails to the office:\n- search", "Search e-mails from the office.", "Never an e-mail to customers. Searches mail."])("is none as a heading, from somebody, or forbidden: %s", (mission) => {
    expect(names(mission)).not.toContain("send_mail");
    expect(names(mission)).toContain("search_mail");
  }); // prettier-ignore

  test.each([
    "Folders: search, a new one for every ticket.",
    "Cartelle: cercare, una nuova per ogni ticket.",
    "Carpetas: buscar, una nueva por cada ticket.",
    "Dossiers : chercher, un nouveau pour chaque ticket.",
  ])("is to make one more: %s", (mission) => {
    expect(names(mission)).toContain("create_folder");
    expect(names(mission)).not.toContain("create_ticket");
  });
});

test.each([
  ["It pays bills, never more than 80 EUR.", "pay_bill", 80],
  ["Er bezahlt Rechnungen, niemals mehr als 80 EUR.", "pay_bill", 80],
  ["Il paie les factures, jamais plus de 80 EUR.", "pay_bill", 80],
  ["Paga le fatture, mai più di 80 EUR.", "pay_bill", 80],
  ["Paga las facturas, nunca más de 80 EUR.", "pay_bill", 80],
])("a cap behind what is allowed bounds it: %s", (mission, name, cap) => {
  const { grants } = compileMission(mission, [
    tool("bank", "get_balance"),
    tool("bank", "pay_bill", ["amount"]),
  ]);
  const grant = grants.find((each) => each.tool === name);
  expect(JSON.stringify(grant?.constraints)).toContain(String(cap));
});

test.each([
  "It finds customers by their e-mail address and updates tickets.",
  "Er findet Kunden über die E-Mail-Adresse und aktualisiert Tickets.",
  "Il retrouve les clients par leur adresse e-mail et modifie les tickets.",
  "Trova i clienti tramite l'indirizzo e-mail e aggiorna i ticket.",
  "Encuentra a los clientes por su dirección de correo y actualiza los tickets.",
])("an address is no mail: %s", (mission) => {
  expect(names(mission).filter((name) => name.includes("mail"))).toEqual([]);
});

test("who looks a thing up changes none", () => {
  expect(names("It looks up tickets.")).not.toContain("update_ticket");
  expect(names("It looks the ticket up.")).not.toContain("update_ticket");
  expect(names("It looks after the tickets.")).toContain("update_ticket");
});

test("to leave the rights of a thing alone forbids what sets them, whatever its verb", () => {
  const tools = [tool("wiki", "get_page"), tool("wiki", "update_page"), tool("wiki", "set_page_permissions")];
  const granted = compileMission("It updates pages. Who can see a page: not its business.", tools).grants.map((grant) => grant.tool); // prettier-ignore
  expect(granted).toContain("update_page");
  expect(granted).not.toContain("set_page_permissions");
});

test("what several clauses say of one thing is at one server", () => {
  const tools = [
    tool("drive", "search_files"),
    tool("drive", "share_file", ["user"]),
    tool("reader", "read_file"),
  ];
  const granted = compileMission("It looks for files and shares files with colleagues.", tools).grants;
  expect([...new Set(granted.map(({ server }) => server))]).toEqual(["drive"]);
});

describe("English words that are verbs elsewhere", () => {
  const study = [tool("studies", "visit_schedule", ["on"]), tool("studies", "visit_list"), tool("files", "read_file"), tool("web", "open_page", ["url"])]; // prettier-ignore
  const of = (mission: string): readonly string[] =>
    compileMission(mission, study).grants.map((grant) => grant.tool);

  test("are things right behind a verb", () => {
    expect(of("It may schedule study visits at two sites.")).toEqual(["visit_schedule", "visit_list"]);
  });

  test("a time is no record of a meeting", () => {
    expect(of("It lists visits that take up to 30 minutes.")).toEqual(["visit_list"]);
  });

  test.each([
    "It creates events. Please don't share documents, don't update tickets, and don't ever cancel an event.",
  ])("each prohibition of a row has its own thing: %s", (mission) => {
    expect(names(mission)).toContain("create_event");
    expect(names(mission)).not.toContain("cancel_event");
  });
});
