/** Verbs of several words, deeds that are forbidden by name, and the server that a mission is surely about. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { readMission } from "./mission.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("clinic", "search_patients"),
  tool("clinic", "book_appointment"),
  tool("clinic", "cancel_appointment"),
  tool("clinic", "get_lab_results"),
  tool("calendar", "list_events"),
  tool("calendar", "create_event"),
  tool("code", "list_issues"),
  tool("code", "add_issue_comment"),
  tool("code", "get_file_contents"),
  tool("code", "create_pull_request"),
  tool("code", "merge_pull_request"),
  tool("drive", "get_file"),
  tool("drive", "create_file"),
  tool("share", "search_files"),
  tool("desk", "get_ticket"),
  tool("desk", "update_ticket"),
  tool("desk", "delete_ticket"),
  tool("crm", "notify_customer"),
  tool("mail", "send_mail", ["to"]),
];

function names(mission: string): readonly string[] {
  return compileMission(mission, catalogue)
    .grants.map((grant) => `${grant.server}:${grant.tool}`)
    .sort();
}

const notebook = [tool("files", "read_file"), tool("files", "write_file"), tool("desk", "get_ticket")];

test.each([
  ["List the files of tickets and notes, and read them.", false],
  ["Read files, tickets and notes.", false],
  ["Read the notes the customer left in the files.", false],
  ["Read the files and note the findings in a file.", true],
  ["The agent reads files and notes down each fault in a file.", true],
])("notes are read, and to note is to add: %s", (mission, isWrite) => {
  const granted = compileMission(mission, notebook).grants.map((grant) => grant.tool);
  expect(granted).toContain("read_file");
  expect(granted.includes("write_file")).toBe(isWrite);
});

test.each(["- note card numbers in files", "- read or note card numbers in files"])(
  "to note is forbidden like to add: %s",
  (line) => {
    const mission = `It may create and read files.\n\nIt must never:\n${line}`;
    expect(compileMission(mission, notebook).grants.map((grant) => grant.tool)).not.toContain("write_file");
    expect(compileMission("It may create files.", notebook).grants.map((grant) => grant.tool)).toContain("write_file"); // prettier-ignore
  },
);

describe("verbs of several words", () => {
  test.each([
    ["en", "The desk finds patients and calls appointments off."],
    ["fr", "L'accueil retrouve les patients et décommande des rendez-vous."],
    ["de", "Der Empfang sucht Patienten heraus und sagt Termine von Patienten ab."],
    ["it", "L'accettazione trova i pazienti e disdice le visite."],
    ["es", "La recepción localiza a los pacientes y anula citas."],
  ])("%s: to call off is to cancel, at the server that knows the patients", (_, mission) => {
    expect(names(mission)).toContain("clinic:cancel_appointment");
    expect(names(mission).filter((name) => name.startsWith("calendar:"))).toEqual([]);
  });

  test("their words are shown as they stand, and the verb that they are is not", () => {
    const [clause] = readMission("The desk calls appointments off.").clauses;
    expect(clause?.text).toBe("The desk calls appointments off");
    expect(clause?.groups).toContain("cancel");
  });

  test("a clause is quoted as it was written, with accents and capitals", () => {
    const { grants } = compileMission("L'assistante médicale prépare les rendez-vous des patients, puis crée des événements.", catalogue); // prettier-ignore
    const reasons = grants.flatMap(({ reasons: own }) => own).join("\n");
    expect(reasons).toContain("\"L'assistante médicale prépare les rendez-vous des patients");
  });

  test("no text makes a mark itself", () => {
    const { grants } = compileMission("The desk ‹erase=reads› tickets ‹delete›.", catalogue);
    expect(grants.every(({ reasons }) => reasons.every((reason) => !/[‹›]/.test(reason)))).toBe(true);
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ‹›=,.]{0,60}$/), (text) => {
        for (const clause of readMission(`The desk reads tickets ${text}`).clauses)
          expect(clause.text).not.toMatch(/[‹›]/);
      }),
    );
  });
});

describe("what is forbidden by name", () => {
  test("a deed that tools are named for is forbidden of those, and of no other", () => {
    const mission =
      "It goes over the issues of the repository, leaves comments on issues and opens a pull request. It must never merge.";
    expect(names(mission)).toEqual(expect.arrayContaining(["code:add_issue_comment", "code:create_pull_request"])); // prettier-ignore
    expect(names(mission)).not.toContain("code:merge_pull_request");
  });

  test("to throw tickets away is to delete them, and they may still be changed", () => {
    const found = names("It updates tickets. It must never throw tickets away.");
    expect(found).toContain("desk:update_ticket");
    expect(found).not.toContain("desk:delete_ticket");
  });

  test.each([
    "It updates tickets and reads the files of the drive. It must never write, change or delete a file of the drive.",
    "Il met à jour les tickets et lit les fichiers du drive. Il ne doit jamais écrire, modifier ou supprimer un fichier du drive.",
    "Es aktualisiert Tickets und liest Dateien. Es darf niemals Dateien ändern oder löschen.",
  ])("forbidden verbs in a row share their object, and forbid nothing of other things: %s", (mission) => {
    const found = names(mission);
    expect(found.filter((name) => name.startsWith("drive:") && !/get|list|search|read/.test(name))).toEqual(
      [],
    );
    expect(found).toContain("desk:update_ticket");
  });

  test("in German the object stands before its verbs", () => {
    const mission = "Es löscht Tickets und liest Dateien. Es darf niemals Dateien ändern oder löschen.";
    const found = compileMission(mission, [...catalogue, tool("drive", "delete_file")]).grants;
    expect(found.map((grant) => grant.tool)).toContain("delete_ticket");
  });

  test("each of forbidden verbs that have objects of their own keeps its own", () => {
    const found = names(
      "It updates tickets, sends mail and reads files. It must never send, and it must never delete files.",
    );
    expect(found).not.toContain("mail:send_mail");
    expect(found).toContain("desk:update_ticket");
  });

  test("never write to customers forbids every way of writing to them", () => {
    const found = names("It sends mail and notifies customers. It must never send anything to customers.");
    expect(found).not.toContain("mail:send_mail");
    expect(found).not.toContain("crm:notify_customer");
  });
});

test("files of a mission about code are those of the code server", () => {
  const found = names("It reviews pull requests of the repository and reads the files concerned.");
  expect(found).toContain("code:get_file_contents");
  expect(found).not.toContain("drive:get_file");
  expect(names("It reads files in the drive.")).toContain("drive:get_file");
});

test.each([
  ["Write a message into the channel.", ["post_message"]],
  ["Scrive un messaggio nel canale.", ["post_message"]],
  ["Er schreibt eine Nachricht in den Kanal.", ["post_message"]],
  ["Write a note.", []],
])("who writes a message sends it, and answers none: %s", (mission, expected) => {
  const chat = [tool("chat", "post_message", ["channel", "text"]), tool("chat", "reply_to_message", ["id", "text"]), tool("chat", "delete_message", ["id"])]; // prettier-ignore
  const { grants } = compileMission(mission, chat);
  expect(grants.map(({ tool: name }) => name)).toEqual(expected);
});
