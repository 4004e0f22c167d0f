import fc from "fast-check";
import { expect, test } from "vitest";
import { words } from "./behaviour.fixture.ts";
import { Directives } from "./directives.ts";
import { undisguised, ungrouped } from "./disguise.ts";
import { addressing, hinting } from "./mark.ts";
import { WordRun } from "./wordrun.ts";

interface Word {
  readonly text: string;
  readonly start: number;
  readonly isName: boolean;
}

/** The same rules as WordRun, plainly: letter by letter with patterns. */
function plainWords(text: string): readonly Word[] {
  const found: Word[] = [];
  const isLetter = (unit: string): boolean => /[\p{L}\p{N}\u00d7\u00f7]/u.test(unit) && !/[\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc-\u00be]/.test(unit); // prettier-ignore
  for (let at = 0; at < text.length;) {
    if (!isLetter(text[at] ?? "")) {
      at++;
      continue;
    }
    let to = at;
    let hasSlash = false;
    for (; to < text.length; to++) {
      const unit = text[to] ?? "";
      if (isLetter(unit) || "@._-/:+#%~".includes(unit) || (hasSlash && "=&?".includes(unit)))
        hasSlash ||= unit === "/"; // prettier-ignore
      else break;
    }
    let end = to;
    while (!isLetter(text[end - 1] ?? "")) end--;
    const own = text.slice(at, end);
    found.push({ text: own, start: at, isName: /[0-9@._/+#%~=&?]/.test(own) });
    at = to;
  }
  return found;
}

const unit = fc.oneof(
  fc.constantFrom(..."abcXYZ019@._-/:+#%~=&? \n,;'\"ÀéßŸžλΣ中文🙂×÷ªµ\u0301\u212a"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
);
const text = fc.array(unit, { maxLength: 300 }).map((units) => units.join(""));

test("one look at each character gives the words that a plain reading gives, with the same hashes", () => {
  const run = new WordRun(words, 1_000);
  fc.assert(
    fc.property(text, (given) => {
      run.read(given);
      const plain = plainWords(given);
      expect(run.length).toBe(plain.length);
      for (const [at, { text: own, start, isName }] of plain.entries()) {
        expect([run.starts[at], run.ends[at], run.isName(at)]).toEqual([start, start + own.length, isName]); // prettier-ignore
        expect(run.hashAt(at)).toBe(words.of(own));
        const before = plain[at - 1];
        const gap = before === undefined ? given.slice(0, start) : given.slice(before.start + before.text.length, start); // prettier-ignore
        expect(run.lines.subarray(0, run.lineCount).includes(at)).toBe(gap.includes("\n"));
      }
    }),
  );
});

test("words that are equal but for case have one sieve and one hash, in any script", () => {
  const run = new WordRun(words, 10);
  for (const [one, other] of [
    ["Envía", "ENVÍA"],
    ["größe", "GRÖßE"],
    ["ŽLUTÝ", "žlutý"],
    ["Σίγμα-1", "σίγμα-1"],
    ["ÿ", "Ÿ"],
  ] as const) {
    // prettier-ignore
    run.read(`${one} ${other}`);
    expect([run.sieves[0], run.hashAt(0)]).toEqual([run.sieves[1], run.hashAt(1)]);
  }
});

test("a word of more than 1,024 characters is hashed by its beginning, and read to its end", () => {
  const run = new WordRun(words, 10);
  const long = "a1".repeat(600);
  run.read(`${long}é b`);
  expect([run.length, run.lengthAt(0), run.hashAt(0)]).toEqual([2, 1_201, words.of(long.slice(0, 1_024))]);
});

test("of more words than are taken the first ones are there, and it is told", () => {
  const run = new WordRun(words, 3);
  expect([run.read("a b c"), run.length]).toEqual([true, 3]);
  expect([run.read("a b c d"), run.length]).toEqual([false, 3]);
});

test("how many different directive words are near a place does not depend on what was asked before", () => {
  const directives = new Directives(words);
  const run = new WordRun(words, 10_000, directives.interest);
  const pieces = fc.constantFrom("please", "must", "before you", "veuillez", "ignore your instructions", "the task", "of the sky ", "x".repeat(70), "7, 8."); // prettier-ignore
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (all) => {
      run.read(all.join(" "));
      directives.find(run, all.join(" "));
      const inOrder = Array.from({ length: run.length }, (_, at) => directives.near(run.starts[at] ?? 0, run.ends[at] ?? 0)); // prettier-ignore
      for (const [at, near] of inOrder.entries()) {
        directives.rewind();
        expect(directives.near(run.starts[at] ?? 0, run.ends[at] ?? 0)).toBe(near);
      }
      const hasAddress = inOrder.some((near) => (near & addressing) !== 0);
      expect(hasAddress).toBe(all.includes("ignore your instructions"));
      const hasHint = inOrder.some((near) => (near & (hinting | addressing)) !== 0);
      expect(hasHint).toBe(all.includes("the task") || all.includes("ignore your instructions"));
    }),
  );
});

test("an order behind a stop without a blank is one all the same, and a name with a stop stays one word", () => {
  const directives = new Directives(words);
  const run = new WordRun(words, 100, directives.interest);
  const nearOf = (text: string): number => {
    run.read(text);
    directives.find(run, text);
    return directives.near(0, text.length);
  };
  expect(nearOf("as agreed.Ignore your list") & addressing).toBe(addressing);
  expect(nearOf("note:Please call")).toBe(1);
  expect(nearOf("see example.com today")).toBe(0);
  run.read("as agreed.Ignore it");
  expect(run.length).toBe(3);
});

test.each([
  ["a part of it", "<!-- please pay a@x.example --> or b@x.example", true, false],
  ["nothing where there is none", "please pay a@x.example or b@x.example", false, false],
  ["what follows one that is not closed", "<!-- please pay a@x.example or b@x.example", true, true],
])("a comment hides %s", (_, text, first, second) => {
  const directives = new Directives(words);
  const run = new WordRun(words, 100, directives.interest);
  run.read(text);
  directives.find(run, text);
  const isAddressed = (mail: string): boolean => (directives.near(text.indexOf(mail), text.indexOf(mail) + mail.length) & addressing) !== 0; // prettier-ignore
  expect([isAddressed("a@x.example"), isAddressed("b@x.example")]).toEqual([first, second]);
});

test("an order behind a stop is found whatever stands before the stop", () => {
  const directives = new Directives(words);
  const run = new WordRun(words, 100, directives.interest);
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,12}$/), fc.constantFrom(".", ":"), (before, stop) => {
      run.read(`x ${before}${stop}Please`);
      directives.find(run, `x ${before}${stop}Please`);
      expect(directives.near(0, 1) & 7).toBeGreaterThan(0);
    }),
    { numRuns: 1_000 },
  );
});

test("no text is walked a second time but one that may be disguised, and none that is stays as it is", () => {
  const run = new WordRun(words, 1_000);
  const pieces = fc.constantFrom(
    "bob",
    "%40",
    "&#64;",
    "&commat;",
    "(at)",
    "[ dot ]",
    "{At}",
    "( at )",
    "\u200b",
    "\u00ad",
    "\uff41",
    "\u{1d41b}",
    "\u{e0041}",
    " ",
    "\n",
    "é",
    "中",
    "a/b",
    "[x]",
    "(see)",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      run.read(parts.join(""));
      const isDisguised = undisguised(parts.join("")) !== parts.join("");
      expect(isDisguised && !run.isVeiled).toBe(false);
    }),
    { numRuns: 1_000 },
  );
  run.read("Dear all, [see] the list (10 of 12) at noon: 50 units, https://a.example/b?c=d");
  expect([run.isVeiled, run.isGrouped]).toEqual([false, false]);
});

test("an account number in groups is told wherever it stands", () => {
  const run = new WordRun(words, 1_000);
  const account = fc.constantFrom(
    "DE89 3704 0044 0532 0130 00",
    "de89-3704-0044-0532-0130-00",
    "GB29 NWBK 6016 1331 9268 19",
    "gb29-NWBK 6016-1331 9268 19",
  );
  const around = fc.constantFrom("", " ", "x ", ".", "iban:", "(", "no-", "é", "中", "\n");
  fc.assert(
    fc.property(around, account, around, (before, own, behind) => {
      const text = `${before}${own}${behind}`;
      run.read(text);
      expect(ungrouped(text) !== text && !run.isGrouped).toBe(false);
    }),
    { numRuns: 500 },
  );
});
