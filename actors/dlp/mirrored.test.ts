import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { countedOnce } from "./mirrored.ts";
import { rowsOf } from "./rows.ts";
import { compileScanner } from "./scanner.ts";

const compiled = compileScanner(builtinDetectors(ports));
if (!("plan" in compiled)) throw new Error("the built-in detectors do not compile");
const scanner = compiled;
const iban = "DE89 3704 0044 0532 0130 00";
const mail = "ada.byron@corp.net";

function answer(structuredContent: unknown, text = JSON.stringify(structuredContent)): object {
  return { content: [{ type: "text", text }], structuredContent };
}

function counts(value: unknown, isOnce = true): Record<string, number> {
  const { findings } = scanner.scanValue(value);
  const { rows } = rowsOf(isOnce ? countedOnce(value, findings) : findings, () => undefined, 3);
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
}

describe("of a value in structured content and in its text", () => {
  test("each counts once, and both places stay findings", () => {
    const value = answer({ iban, owner: { mail } });
    const { findings } = scanner.scanValue(value);
    const once = countedOnce(value, findings);
    expect(counts(value, false)).toEqual({ iban: 2, email: 2 });
    expect(counts(value)).toEqual({ iban: 1, email: 1 });
    const places = (list: typeof findings): unknown => list.map(({ type, path, start, end }) => [type, path, start, end]); // prettier-ignore
    expect(places(once)).toEqual(places(findings));
  });

  test("two counts twice where it stands twice, and what stands in one of them alone once", () => {
    expect(counts(answer({ all: [iban, iban] }))).toEqual({ iban: 2 });
    expect(counts(answer({ all: [iban] }, `${iban} and ${iban}`))).toEqual({ iban: 2 });
    expect(counts(answer({ all: [iban] }, "see there"))).toEqual({ iban: 1 });
    expect(counts(answer({ all: [iban] }, "GB82 WEST 1234 5698 7654 32"))).toEqual({ iban: 2 });
  });

  test("the likelier place says how likely it is at both, so that it is withheld at both", () => {
    const value = answer({ card_number: "5105105105105100" }, "order 5105105105105100");
    const once = countedOnce(value, [
      { type: "pan.mastercard", path: "/content/0/text", start: 6, end: 22, likelihood: 2 },
      { type: "pan.mastercard", path: "/structuredContent/card_number", start: 0, end: 16, likelihood: 4 },
    ]);
    expect(once.map(({ likelihood, isPart }) => [likelihood, isPart])).toEqual([
      [4, undefined],
      [4, true],
    ]);
  });
});

test("a document of another form, and one without pairs, is as it was: the very list", () => {
  for (const value of [{ content: iban, structuredContent: iban }, [iban, iban], { a: iban, b: iban }, answer({ a: iban }, "none")]) {
    const { findings } = scanner.scanValue(value);
    expect(countedOnce(value, findings)).toBe(findings);
  }
}); // prettier-ignore

test("whatever an answer holds, nothing is lost, no level falls, and no type counts less than in either part", () => {
  const piece = fc.constantFrom(iban, mail, "5105 1051 0510 5100", "word", '~/\\"', "");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.array(piece, { maxLength: 6 }), (members, words) => {
      const value = answer({ "a/b~": members }, words.join(" ; "));
      const { findings } = scanner.scanValue(value);
      const once = countedOnce(value, findings);
      expect(once).toHaveLength(findings.length);
      for (const [at, each] of once.entries()) expect(each.likelihood).toBeGreaterThanOrEqual(findings[at]?.likelihood ?? 9); // prettier-ignore
      const types = new Set(findings.map(({ type }) => type));
      for (const type of types) {
        const parts = ["/content", "/structuredContent"].map((part) => findings.filter((each) => each.type === type && each.path.startsWith(part)).length); // prettier-ignore
        const count = once.filter((each) => each.type === type && each.isPart !== true).length;
        expect(count).toBeGreaterThanOrEqual(Math.max(...parts));
      }
    }),
    { numRuns: 100 },
  );
});
