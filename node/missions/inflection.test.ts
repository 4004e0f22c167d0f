import fc from "fast-check";
import { expect, test } from "vitest";
import { germanParticiple, rejoined, tailsOf, withoutJoined } from "./inflection.ts";
import { lexicons } from "./lexicons.ts";
import { fold } from "./words.ts";

const of = (language: string) => {
  const found = lexicons.find(({ source }) => source.language === language);
  if (found === undefined) throw new Error(language);
  return found;
};

test.each([
  ["it", "prenotarla", "book"],
  ["it", "invitarli", "invite"],
  ["es", "reservarlo", "book"],
  ["es", "invitarlos", "invite"],
  ["de", "abzulegen", "add"],
  ["fr", "inviterait", undefined],
  ["fr", "validera", "approve"],
  ["es", "programaran", "schedule"],
])("%s: %s is a form of %s", (language, word, group) => {
  expect([...of(language).verbsOf(word)].find((each) => each === group)).toBe(group);
});

test("a German participle is a deed only where it is one to be done", () => {
  expect([germanParticiple("angelegt"), germanParticiple("gelegten")]).toEqual(["anleg", undefined]);
  expect(of("de").verbsOf("gekauft").size).toBe(0);
  expect([...of("de").verbsOf("gekauft", true)]).toEqual(["buy"]);
});

test.each([
  ["angelegt", "anleg"],
  ["abgeschlossen", "abschliess"],
  ["zuruckgenommen", "zurucknehm"],
  ["verschoben", "verschieb"],
  ["vergeben", "vergeb"],
])("the participle %s is of %s", (participle, stem) => {
  expect(germanParticiple(participle)).toBe(stem);
});

test.each([
  ["legt für jeden Fall einen Ordner an", "create"],
  ["nimmt Tickets auf", "add"],
  ["sagt den Termin ab", "cancel"],
  ["gibt die Datei frei", "share"],
  ["schließt das Ticket ab und liest", "close"],
  ["leitet die Mail weiter, wenn sie fehlt", "send"],
])("a German verb is put together again: %s", (text, group) => {
  expect([...of("de").verbsApart(fold(text))]).toContain(group);
});

test.each(["legt an Kunden etwas", "Ordner ein", "geht an Bord", "an"])("and only at the end of its clause, and of a verb: %s", (text) => {
  expect([...of("de").verbsApart(fold(text))]).toEqual([]);
}); // prettier-ignore

test("what is put together is a first part and the verb, of a text of whatever length", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("legt", "an", "ab", "und", ",", "Termine", "zu"), { maxLength: 60 }), (words) => {
      const found = rejoined(words, () => true) ?? "anleg";
      expect(words.some((word) => word === found)).toBe(false);
      expect(["an", "ab", "zu"].some((first) => found.startsWith(first))).toBe(true);
    }), // prettier-ignore
  );
});

test("a German compound with a first part that is known is about its last part too", () => {
  expect([...of("de").conceptsOf("flugbuchungen")].sort()).toEqual(["flight", "reservation"]);
});

test.each(["Buchungen", "Zahlungen", "Planung"])("%s is a thing, and no deed of its own", (word) => {
  expect(of("de").verbsOf(fold(word)).size).toBe(0);
});

test("Italian né is told from ne", () => {
  expect([fold("né"), fold("ne"), fold("nessuno")]).toEqual(["ne'", "ne", "nessuno"]);
});

test("a German compound is about what its last part is, where no more is known of it", () => {
  expect([...of("de").conceptsOf("hauptversicherungen")]).toEqual(["insurance"]);
  expect(of("de").conceptsOf("abcdefgh").size).toBe(0);
});

test("what is taken apart is a part of the word, however long that is", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{0,200}$/), (word) => {
      expect([...tailsOf(word)].every((tail) => word.endsWith(tail) && tail.length < word.length)).toBe(true);
      for (const { source } of lexicons) expect((withoutJoined(word, source.language) ?? "").length).toBeLessThanOrEqual(word.length); // prettier-ignore
    }),
  );
});
