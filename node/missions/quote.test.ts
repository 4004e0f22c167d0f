import fc from "fast-check";
import { expect, test } from "vitest";
import { asWritten } from "./quote.ts";
import { fold } from "./words.ts";

const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");

test("a part of a sentence comes back with its accents, capitals and hyphens", () => {
  const sentence = "L'assistante crée les rendez-vous, puis écrit à M. Müller.";
  expect(asWritten(sentence, ", puis ecrit a m. muller.")).toBe("puis écrit à M. Müller");
  expect(asWritten(sentence, "cree les rendezvous")).toBe("crée les rendez-vous");
  expect(asWritten("Asks the team leads.", "supervisor")).toBeUndefined();
  expect(asWritten("Reads.", " , ")).toBeUndefined();
});

test("what comes back is a part of the original, and folds to what was asked for", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.nat(), fc.nat(), (text, from, length) => {
      const folded = [...text].map((each) => fold(each)).join("");
      const part = [...folded].slice(from % (folded.length + 1)).slice(0, length % 20).join(""); // prettier-ignore
      const found = asWritten(text, part);
      if (found === undefined) return letters(part) === "" || !letters(folded).includes(letters(part));
      return text.includes(found) && letters([...found].map((each) => fold(each)).join("")).includes(letters(part)); // prettier-ignore
    }),
  );
});
