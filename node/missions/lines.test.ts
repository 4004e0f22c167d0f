/** Tables, labels and headings within a line. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMission } from "./compile.ts";
import { linesOf } from "./lines.ts";
import { englishLexicon } from "./lexicons.ts";
import { tool } from "./catalogue.fixture.ts";
import type { CatalogueTool } from "./tool.ts";

const catalogue: readonly CatalogueTool[] = [
  tool("desk", "get_ticket"),
  tool("desk", "update_ticket"),
  tool("desk", "delete_ticket"),
  tool("mail", "search_mail"),
  tool("mail", "send_mail", ["to"]),
  tool("bank", "get_balance"),
  tool("bank", "schedule_payment", ["amount"]),
  tool("shop", "get_product"),
  tool("shop", "list_products"),
  tool("home", "turn_off_light"),
];

function names(mission: string): readonly string[] {
  return compileMission(mission, catalogue).grants.map((grant) => grant.tool);
}

describe("a line over bullets that forbids and names no deed, without a colon,", () => {
  test.each([
    ["The agent may\n- update tickets", "The agent must not\n- delete tickets"],
    ["The agent may\n- update tickets", "The agent must never, for whatever reason\n\n- delete tickets"],
    ["L'agent peut\n- modifier les tickets", "Ce qu'il ne fait pas\n• supprimer des tickets"],
    ["Der Agent darf\n- Tickets ändern", "Der Agent darf nicht\n* Tickets löschen"],
    ["L'agente può\n- modificare i ticket", "L'agente non deve mai\n1. eliminare i ticket"],
    ["El agente puede\n- modificar tickets", "El agente no debe\n– borrar tickets"],
  ])("holds for them all: %s", (may, mustNot) => {
    const first = names(`${may}\n${may.split("\n")[0] ?? ""}\n${mustNot.split("\n").at(-1) ?? ""}`);
    expect(first).toContain("delete_ticket");
    const both = names(`${may}\n\n${mustNot}`);
    expect(both).toContain("update_ticket");
    expect(both).not.toContain("delete_ticket");
  });

  test("holds for lines without bullets too, where it is broken off, and not for what comes after a gap", () => {
    const mission = "The agent reads tickets\n\nThe agent must not\ndelete tickets\n\nIt updates tickets.";
    expect(names(mission)).toContain("update_ticket");
    expect(names(mission)).not.toContain("delete_ticket");
  });
});

describe("a table", () => {
  test("says in its cells what is done, and in the first of a row when", () => {
    const mission =
      "| When | What |\n|---|---|\n| a customer does not pay | send him a mail |\n| if nobody answers | update the ticket |";
    expect(names(mission)).toEqual(expect.arrayContaining(["send_mail", "update_ticket"]));
  });

  test("says what is done in the first cell too, where the others only say when", () => {
    expect(names("| Task | How often |\n| --- | --- |\n| update tickets | daily |\n| search mail | weekly |")).toEqual(expect.arrayContaining(["update_ticket", "search_mail"])); // prettier-ignore
  });

  test.each([
    "| May | Must not |\n|---|---|\n| update tickets | delete tickets |",
    "| Task | |\n|---|---|\n| tickets | update and delete them |\n| forbidden | delete tickets |",
    "| Task | Note |\n|---|---|\n| update and delete tickets | daily |\n| never | delete tickets |",
    "| Tickets are never deleted |\n|---|\n| update and delete tickets |",
    "It must never:\n\n| what | which |\n|---|---|\n| delete | tickets |\n\nIt updates and deletes tickets.",
  ])("forbids by a heading of a column, of a row or over it: %s", (mission) => {
    expect(names(mission)).not.toContain("delete_ticket");
  });

  test("of any cells grants nothing that its cells without the heading would not, where the heading forbids", () => {
    const cell = fc.constantFrom("update tickets", "delete tickets", "send mail", "search mail", "daily", "");
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const body = rows.map(([one, other]) => `| ${one} | ${other} |`).join("\n");
        const under = names(`Reads tickets.\n\n| Forbidden | Out of bounds |\n|---|---|\n${body}`);
        expect(under.filter((name) => name !== "get_ticket")).toEqual([]);
      }),
    );
  });
});

describe("a label", () => {
  test.each([
    ["Article 1. L'agent modifie les tickets.", "L'agent modifie les tickets."],
    ["§ 2 Der Agent aktualisiert Tickets.", "Der Agent aktualisiert Tickets."],
    ["(3) Der Agent aktualisiert Tickets.", "Der Agent aktualisiert Tickets."],
    ["Art. 4 – L'agente aggiorna i ticket.", "L'agente aggiorna i ticket."],
    ["IV. El agente actualiza los tickets.", "El agente actualiza los tickets."],
  ])("of an article says nothing: %s", (text, bare) => {
    expect(linesOf(text, englishLexicon).map((line) => line.text)).toEqual([bare]);
    expect(names(text)).toEqual(names(bare));
    expect(names(text)).not.toContain("get_product");
  });

  test("stays where it is a word of the sentence", () => {
    expect(linesOf("Look at section 5 of the article 2 list.", englishLexicon).map((line) => line.text)).toEqual(["Look at section 5 of the article 2 list."]); // prettier-ignore
  });
});

describe("a heading within a line", () => {
  test.each([
    "1. Tasks. It updates and deletes tickets. 2. Exclusions. Deleting tickets.",
    "It updates and deletes tickets. Forbidden: sending mail; deleting tickets.",
    "It updates and deletes tickets. Prohibitions. Deleting tickets.",
  ])("forbids all that stands under it: %s", (mission) => {
    expect(names("It updates and deletes tickets.")).toContain("delete_ticket");
    expect(names(mission)).not.toContain("delete_ticket");
    expect(names(mission)).toContain("update_ticket");
  });

  test("ends at the next number", () => {
    expect(names("1. Exclusions. Deleting tickets. 2. Mail. It sends mail.")).toContain("send_mail");
  });
});

test("a time of the day is no amount of money", () => {
  expect(names("23.30 Uhr: Licht ausmachen, Termin planen.")).not.toContain("schedule_payment");
});
