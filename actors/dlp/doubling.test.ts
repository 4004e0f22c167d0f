/**
 * Patterns under hostile text: twice the text takes about twice the work. Counted in looks at characters (patternwork.fixture.ts),
 * not by a clock: a busy machine decided now and then.
 */
import { expect, test } from "vitest";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { patternTree, type Node } from "./patterntree.ts";
import { patternWork, type Work } from "./patternwork.fixture.ts";

/** Each is repeated to the length of the text. */
const seeds = [
  "a", "1", "A", "-", "1 ", "1-", "a@", "@", "a.", "1.", "eyJ", "token=", "password:", "curl -u", "0x", "+1 ", "http://a:", "name: A ",
  "-----BEGIN ", "a b c ", "1/", "A1 ", "0:", "::", "{", '"kty":"RSA"', "kind: Secret", "basic ", "sk-", "<<", "a=", "://a:b@", "SG.", "$", "_",
] as const; // prettier-ignore

const textChars = 4_000;
/** Looks at each character of a shorter text below which a pattern is not judged: what is quadratic has some hundred there. */
const judgedSteps = 10;
const judgedChars = 1_000;
/** Twice the text: 2 is linear, 4 is quadratic. Where a match may be a thousand long, the shorter text has few places for it. */
const growthMax = 2.5;
/** Looks at each character, whatever the growth: the most of a built-in pattern is some tenth of it. */
const stepsMax = 2_000;

function text(seed: string, chars: number): string {
  return seed.repeat(Math.ceil(chars / seed.length)).slice(0, chars);
}

/** What is wrong with a pattern's work on a hostile text; undefined when nothing is. */
function fault(work: (text: string) => Work, seed: string, chars: number): string | undefined {
  const each = work(text(seed, judgedChars)).steps / judgedChars;
  if (each <= judgedSteps) return undefined;
  if (each > stepsMax) return `${seed}: ${Math.round(each)} looks at each character`;
  const growth = work(text(seed, 2 * chars)).steps / work(text(seed, chars)).steps;
  return growth <= growthMax ? undefined : `${seed}: ${growth.toFixed(2)} times the work`;
}

test.each(builtinDetectors(ports).map((detector) => [detector.id, detector] as const))(
  "%s takes work in proportion to the text, whatever the text",
  (_, { pattern, flags }) => {
    const work = patternWork(patternTree(pattern, flags));
    expect(seeds.flatMap((seed) => fault(work, seed, textChars) ?? [])).toEqual([]);
  },
);

test("what is counted is how the engine goes: it finds what the engine finds", () => {
  const texts = [...seeds, "a1-b2@c.de ", "user:pw@h.io/x ", "AKIA1234 4111-1111 "].map((seed) =>
    text(seed, 150),
  );
  const otherwise = builtinDetectors(ports).flatMap(({ pattern, flags, id }) => {
    const work = patternWork(patternTree(pattern, flags));
    const expression = new RegExp(pattern, `g${flags}`);
    const engine = (each: string): string => [...each.matchAll(expression)].flatMap(({ 0: all, index }) => [index, index + all.length]).join(); // prettier-ignore
    return texts.filter((each) => work(each).matches.join() !== engine(each)).map((each) => [id, each]);
  });
  expect(otherwise).toEqual([]);
});

const repeat = (item: Node, max: number): Node => ({ kind: "repeat", item, min: 0, max });
const letter: Node = { kind: "set", ranges: [97, 97] };
const end: Node = { kind: "set", ranges: [33, 33] };

test("a pattern that is quadratic, or that tries all ways through a text, is noticed", () => {
  const quadratic: Node = { kind: "sequence", items: [repeat(letter, 90_000), end] };
  expect(fault(patternWork(quadratic), "a", 700)).toMatch(/^a: [34]\.\d\d times the work$/);
  const ways = Array.from({ length: 3 }, () => repeat(letter, 30));
  expect(fault(patternWork({ kind: "sequence", items: [...ways, end] }), "a", 700)).toMatch(
    /looks at each character$/,
  );
});
