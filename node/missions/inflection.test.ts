import fc from "fast-check";
import { expect, test } from "vitest";
import { germanParticiple, tailsOf, withoutJoined } from "./inflection.ts";
import { lexicons } from "./lexicons.ts";

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
