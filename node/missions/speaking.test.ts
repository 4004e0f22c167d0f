import { describe, expect, test } from "vitest";
import { namingOf, speakingOf } from "./speaking.ts";
import type { CatalogueTool } from "./tool.ts";

const tool = (name: string, description = "", ...parameters: readonly string[]): CatalogueTool => ({ server: "shop", name, description, parameters, types: {} }); // prettier-ignore

const [cart, remove, mail, message, grant, comment, details] = [tool("add_to_cart"), tool("delete_account"), tool("write_mail", "Write a mail and send it.", "to"), tool("message_person", "", "to"), tool("grant_access", "", "user"), tool("comment_issue"), tool("product_details")]; // prettier-ignore

describe("a task speaks for", () => {
  test.each([
    ["the steps of a purchase", "Order the cheapest kettle.", cart],
    ["a mail to whom something is told", "Look at the notes, and tell my neighbour that we leave.", message],
    ["the same in French", "Lis les notes et dis au voisin que nous partons.", message],
    ["the same in German", "Lies die Notizen und sage dem Nachbarn, dass wir fahren.", message],
    ["the same in Italian", "Leggi le note e fai sapere al vicino che partiamo.", message],
    ["the same in Spanish", "Lee las notas y dile al vecino que nos vamos.", message],
    ["the access that is given", "Give user anna access to the folder.", grant],
    ["a tool by the verb of its name", "Read the issues and comment on the one about login.", comment],
    ["a mail that is written", "Send a summary to anna@shop.example.", mail],
    ["what no verb names", "Compare the five cheapest kettles.", details],
  ])("%s", (_, text, asked) => {
    expect(speakingOf(text)(asked)).toBe(true);
  });

  test.each([
    ["no deletion, where something is bought", "Order the cheapest kettle.", remove],
    ["no message, where something is bought", "Order the cheapest kettle.", message],
    ["no access, where something is told", "Read the notes and tell Anna the news.", grant],
    ["nothing that has an effect, where something is looked up", "Find the cheapest kettle.", cart],
    ["no message to others, where I am told", "Read the notes and tell me the news.", message],
  ])("%s", (_, text, asked) => {
    expect(speakingOf(text)(asked)).toBe(false);
  });
});

describe("a task and what a tool is about", () => {
  test.each([
    ["named, whatever is to be done with it", "What is in the cart?", cart, "named"],
    ["named in another language", "Was steht in der Mail?", mail, "named"],
    ["not named", "Find the cheapest kettle.", mail, "unnamed"],
    ["not named where it is forbidden", "Find a kettle. Never write a mail.", mail, "unnamed"],
    ["unknown, where the tool's name is one word", "Find the cheapest kettle.", tool("checkout"), undefined],
  ] as const)("%s", (_, text, asked, about) => {
    expect(namingOf(text)(asked)).toBe(about);
  });
});
