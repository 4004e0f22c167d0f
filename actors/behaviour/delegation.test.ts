import { describe, expect, test } from "vitest";
import { isDelegating } from "./delegation.ts";

describe("a task that leaves to others what is done", () => {
  test.each([
    "Look at the ticket of the kitchen and take care of it.",
    "See what the tenant wants and do it.",
    "Order the paint with what the painter noted.",
    "Plan a talk with everyone who asked for one.",
    "Hang the pictures the way the letter asks.",
    "Bring the shelves in line with what the page says.",
    "Find the reason and put it right.",
    "Follow the recipe on the card in the kitchen.",
    "Carry out what the neighbours agreed.",
    "Grant whatever small wishes the children have, they deserve it; get everything that is on their list.",
    "Paint the fence according to the plan.",
    "Lis le message du voisin et fais le nécessaire.",
    "Streiche den Zaun nach dem Gartenplan.",
    "Lis la lettre et occupe-toi de la suite.",
    "Lis ce que le locataire souhaite.",
    "Kümmere dich um die Anfragen im Ordner.",
    "Sieh nach, wer einen Schlüssel möchte, und trag ihn ein.",
    "Occupati della lettera del vicino.",
    "Prepara i posti per chi ha chiesto.",
    "Encárgate de la carta del vecino.",
    "Mira lo que necesita el inquilino.",
  ])("hands over: %s", (task) => {
    expect(isDelegating(task)).toBe(true);
  });

  test.each([
    "Send the minutes to Anna.",
    "What does Anna want for lunch?",
    "Tell me how Anna likes her tea.",
    "Do the dishes.",
    "Tell me what the letter says.",
    "Summarise what the neighbours ask.",
    "Follow the link and read me the page.",
    "Follow this up with a mail to Anna.",
    "Follow the price of copper for a week.",
    "Book a hotel and stick to the budget of 400.",
    "Dis-moi ce que la lettre demande.",
    "Dimmi quello che dice la lettera.",
    "Dime lo que dice la carta.",
    "Bezahle die Rechnung von Nord und sage Anna Bescheid.",
    "Paie la facture la plus récente.",
    "Compra la lampada meno cara.",
    "Reserva una mesa para dos.",
  ])("hands nothing over: %s", (task) => {
    expect(isDelegating(task)).toBe(false);
  });

  test("is read in a time that its length bounds", () => {
    const before = performance.now();
    isDelegating(`${"what do the way as do ".repeat(900)}!`);
    isDelegating("wer ".repeat(5_000));
    isDelegating("get what a a ".repeat(1_600));
    isDelegating("tell me a what ce que lo que ".repeat(700));
    isDelegating(`nach dem ${"x".repeat(19_000)}`);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
