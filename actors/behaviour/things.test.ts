/** What one thing is: things.ts. How many a rule counts is tested with the rules (steps.test.ts). */
import { describe, expect, test } from "vitest";
import { tableStep } from "../../protocol/sequence.ts";
import { calls } from "./behaviour.fixture.ts";
import { isStopped, rule, session } from "./steps.fixture.ts";
import { thingsOf } from "./things.ts";

describe("an agent lowers no count by how it writes a name", () => {
  const distinct = (...calls_: readonly object[]): number => new Set(calls_.flatMap((args) => thingsOf(7, calls.read(args, { mission: "" })))).size; // prettier-ignore
  const long = "x1".repeat(80);
  const words = "one two three four five six seven eight nine ten eleven twelve thirteen";

  test.each([
    ["case", { id: "aB-17" }, { id: "Ab-17" }],
    ["case, in a list within a text", { ids: "T-a1, T-b2" }, { ids: "T-A1, T-B2" }],
    ["a path's case", { path: "/srv/A.txt" }, { path: "/srv/a.txt" }],
    ["a URL's case behind its host", { url: "https://h.example/A" }, { url: "https://h.example/a" }],
    ["signs that nobody sees", { id: "T-17" }, { id: "T\u200b-17" }],
    ["letters of full width", { id: "T-17" }, { id: "Ｔ-17" }],
    ["signs between words", { id: "a'b1" }, { id: 'a"b1' }],
    ["a digit behind the 160th letter", { id: `${long}a` }, { id: `${long}b` }],
    ["a letter behind the 160th letter", { id: `${"x".repeat(170)}a` }, { id: `${"x".repeat(170)}b` }],
    ["what follows 1,024 letters", { id: `${long.repeat(8)}a` }, { id: `${long.repeat(8)}b` }],
    ["what follows 4,096 letters", { id: `${long.repeat(30)}a` }, { id: `${long.repeat(30)}b` }],
    ["a destination's thirteenth word", { to: `${words} a` }, { to: `${words} b` }],
    ["a destination's 160th letter", { to: `one ${"z".repeat(170)} a` }, { to: `one ${"z".repeat(170)} b` }],
  ])("%s tells two apart", (_, one, other) => {
    const alone = distinct(one);
    expect(distinct(one, other)).toBe(2 * alone);
    expect(distinct(one, other, one)).toBe(2 * alone);
  });

  test("names that are members of a map count by the arguments as a whole", () => {
    const about = (digest: number, args: object): readonly number[] => thingsOf(digest, calls.read(args, { mission: "" })); // prettier-ignore
    const all = Array.from({ length: 30 }, (_, at) => about(at + 1, { tickets: { [`T-${at}`]: 1 } }));
    expect(new Set(all.flat()).size).toBeGreaterThanOrEqual(30);
    expect(new Set([about(1, { ticket: { id: "T-1" } }), about(2, { ticket: { id: "T-1" } })].flat()).size).toBe(1); // prettier-ignore
  });

  test.each([
    ["case", "Gate-a", "gate-A"],
    ["words behind the twelfth", `${words} a`, `${words} b`],
    ["letters behind the 160th", `${long}a b`, `${long}a c`],
  ])("%s of what stands beside a list tells its things apart", (_, one, other) => {
    const ids = ["T-1", "T-2"];
    expect(distinct({ ids, project: one }, { ids, project: other })).toBe(4);
  });

  test("a list of which not all is looked at is another thing by what follows", () => {
    const paths = Array.from({ length: 60 }, (_, at) => `/srv/a b c d e f g h i j k l/${at}.txt`);
    expect(thingsOf(7, calls.read({ paths }, { mission: "" }))).toContain(7);
    const to = Array.from({ length: 400 }, (_, at) => `a${at}@own.example`).join(", ");
    expect(thingsOf(7, calls.read({ to }, { mission: "" }))).toContain(7);
  });

  test.each([
    ["a mail address in another case", { to: "Ann@Own.example" }, { to: "ann@own.example" }],
    ["a mail address written out", { to: "ann@own.example" }, { to: "ann [at] own.example" }],
    [
      "an account number in groups",
      { iban: "GB29 NWBK 6016 1331 9268 19" },
      { iban: "gb29nwbk60161331926819" },
    ],
    ["a scheme and a host in another case", { url: "HTTPS://H.example/A" }, { url: "https://h.example/A" }],
    ["blanks around it", { id: " T-17 " }, { id: "T-17" }],
    ["a slash at its end", { path: "/srv/A/" }, { path: "/srv/A" }],
    ["a number as a text", { id: 1_017 }, { id: "1017" }],
    ["a list as a text", { ids: "T-1, T-2" }, { ids: ["T-1", "T-2"] }],
  ])("and %s is the same thing", (_, one, other) => {
    expect(distinct(one, other)).toBe(distinct(one));
  });

  test("each way of writing counts in a rule", () => {
    const own = session(tableStep(rule));
    for (const id of ["ab-17", "Ab-17", "aB-17", "AB-17", "a\u200bb-17"]) own.call("get_ticket", { id });
    expect(isStopped(own)).toBe(true);
  });
});
