import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileUriPattern, UriPattern } from "../../protocol/uri.ts";
import { isUnder, overlap, patternFault } from "./pattern.ts";
import { costMs } from "../../test/cost.ts";

function matches(pattern: string, uri: string): boolean {
  const compiled = compileUriPattern(pattern);
  return compiled instanceof UriPattern && compiled.matches(uri);
}

/** Patterns and URIs over a small alphabet, so that they often meet. */
const literal = fc.constantFrom("a", "b", "ab", "/", "x", "#");
const wildcard = fc.constantFrom("{p}", "{+p}", "*", "**");
const pattern = fc
  .array(fc.tuple(literal, fc.option(wildcard, { nil: "" })), { minLength: 1, maxLength: 5 })
  .map((parts) => {
    let at = 0;
    return `a:${parts
      .flat()
      .join("")
      .replace(/p\}/g, () => `p${at++}}`)}`;
  })
  .filter((text) => patternFault(text) === undefined);
const uri = fc
  .array(fc.constantFrom("a", "b", "/", "x", "#", "ab"), { minLength: 1, maxLength: 8 })
  .map((parts) => `a:${parts.join("")}`);

const filling = fc
  .array(fc.constantFrom("a", "b", "/", "x"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(""));

describe("overlap", () => {
  test.each([
    ["a://x/**", "a://x/{b}", true],
    ["a://x/{b}", "a://x/{b}/c", false],
    ["a://{p}/z", "a://x/**", true],
    ["a://x", "b://x", false],
    ["a://{p}b", "a://a{p}", true],
    ["a://x/{p}.md", "a://x/{p}.txt", false],
    ["a://x/**", "a://x/", false],
  ])("of %s and %s is %s, both ways round", (left, right, expected) => {
    expect([overlap(left, right), overlap(right, left)]).toEqual([expected, expected]);
  });

  test("holds whenever one URI is matched by both patterns", () => {
    let met = 0;
    fc.assert(
      fc.property(pattern, pattern, filling, filling, (left, right, one, many) => {
        // Chance alone seldom finds a URI that two patterns match: this one the left does, or nearly.
        const text = left.replace(/\{[^}]*\}/g, one).replaceAll("**", many);
        if (!matches(left, text) || !matches(right, text)) return;
        met++;
        expect(overlap(left, right)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(met).toBeGreaterThan(20);
  });

  test("of two patterns without wildcards is equality", () => {
    fc.assert(
      fc.property(uri, uri, (a, b) => {
        expect(overlap(a, b)).toBe(a === b);
      }),
    );
  });

  test("of the longest patterns is found in a moment", () => {
    const long = (text: string): string =>
      `a://${text.repeat(300).slice(0, 900)}{p}${text.repeat(20)}**${text}`;
    expect(overlap(long("ab"), long("ab"))).toBe(true);
    expect(costMs(() => overlap(long("ab"), long("ab")), 2_000)).toBeLessThan(2_000);
  });
});

describe("a template", () => {
  test.each([
    ["demo://text/{id}", "demo://text/{x}", true],
    ["demo://text/{id}", "demo://**", true],
    ["demo://text/{+path}", "demo://text/{x}", false],
    ["demo://text/{+path}", "demo://text/**", true],
    ["demo://text{/a,b}", "demo://**", true],
    ["demo://text/{id}", "demo://text/1", false],
    ["demo://text/{id}/raw", "demo://text/{x}", false],
    ["demo://text/{id}{?q}", "demo://text/{x}", false],
    ["demo://text/a", "demo://text/{x}", true],
  ])("%s under %s: %s", (template, grant, expected) => expect(isUnder(template, grant)).toBe(expected));

  test("under a pattern makes only URIs that the pattern takes", () => {
    let checked = 0;
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom("a:a{v}", "a:{v}/b", "a:ab/{v}x", "a:a/{+v}", "a:{v}"),
        fc.constantFrom("q", "ab", "x"),
        (grant, template, value) => {
          if (!isUnder(template, grant)) return;
          checked++;
          const made = template.replace(/\{(\+?)v\}/, (_, plus: string) =>
            plus === "" ? value : `${value}/${value}`,
          );
          expect(matches(grant, made), `${grant} ${made}`).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
    expect(checked).toBeGreaterThan(0);
  });
});
