/** Constraints of arguments against a second reading of what they mean. Checklist Z4. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileRole, findGrant, judgeArguments, constraintPointers } from "../../actors/guards/persona.ts";
import { grantAt } from "../../actors/guards/persona.ts";
import { callFacts, FactsKey } from "../../node/exchange/facts.ts";
import { limits } from "../../protocol/limits.ts";
import { roleDefaults, type Constraint, type RoleTable, type TableGrant } from "../../protocol/role.ts";
import { isWithin, type Rules } from "./oracle.ts";

const factsKey = new FactsKey(Buffer.alloc(32, 1));

/** The road of a call from its parsed arguments to the persona's word: facts, grant, constraints. */
function isAllowed(args: { readonly [name: string]: unknown }, rules: Rules): boolean | undefined {
  const grant: TableGrant = {
    kind: "tool",
    name: "t",
    server: "s",
    target: "t",
    effect: "read",
    repeatable: true,
    ...(rules.known === undefined ? {} : { known: rules.known }),
    arguments: rules.constraints,
    bucket: roleDefaults.tool,
    reason: "the test says so",
    definition: "",
  };
  const { agent, budget, openCalls, toolBreaker, behaviourBreaker } = roleDefaults;
  const table: RoleTable = {
    v: 1,
    tenant: "default",
    persona: "p",
    grants: [grant],
    objects: rules.objects,
    limits: { agent, budget, openCalls },
    breakers: { tool: toolBreaker, behaviour: behaviourBreaker },
    durability: "written",
    oldestRevision: "2024-11-05",
  };
  const role = compileRole(table);
  if (!("table" in role)) return undefined;
  const facts = callFacts(
    factsKey,
    "tool",
    "t",
    args,
    constraintPointers(grant),
    grant.known === undefined ? undefined : new Set(grant.known),
  );
  return judgeArguments(grantAt(role, findGrant(role, "tool", "t")), facts) === undefined;
}

const paths = [
  "/srv/docs",
  "/srv/docs/",
  "/srv/docs/a.txt",
  "/srv/docs/../docs/a",
  "/srv/docs/../../etc/passwd",
  "/srv/docs/./a/..",
  "/srv//docs///a",
  "/srv/docsx",
  "/srv/doc",
  "/srv",
  "/",
  "",
  "srv/docs",
  "~/docs",
  "/srv/docs/~",
  "/srv/docs/a\\..\\b",
  "/srv/docs/%2e%2e/x",
  "/srv/docs/%252e",
  "/srv/docs/a%2Fb",
  "/srv/docs/a%20b",
  "/srv/docs/a%",
  "/srv/docs/\u0000",
  "/srv/docs/a\nb",
  "/srv/docs\uff0f..\uff0f..\uff0fetc",
  "/srv/docs/\uff0e\uff0e/x",
  "/srv/docs/\u2025/\u2025/x",
  "/srv/docs/e\u0301",
  "/srv/docs/\u00e9",
  "/SRV/DOCS/a",
  "/srv/docs/...",
  "/srv/docs/.. /x",
  "/srv/docs/\u202e",
  "/srv/docs/..",
  "/srv/docs/x/../..",
  "/srv/\uff44\uff4f\uff43\uff53/a",
  "/srv/docs/\uff05\uff12\uff45",
  "/srv/docs/a\u2028b",
  "/srv/docs/\u0085",
  "//srv/docs",
  "/../srv/docs/a",
  "/srv/d\u00f6cs/\ufb01le",
];
const hosts = [
  "example.com",
  "EXAMPLE.com",
  "example.com.",
  "a.example.com",
  "a.b.example.com",
  "evilexample.com",
  "example.com.evil.org",
  "https://example.com",
  "https://example.com/",
  "http://example.com:8080/x?y#z",
  "https://user@example.com/",
  "https://example.com@evil.org/",
  "https://evil.org/@example.com",
  "https://evil.org?@example.com/",
  "https://example.com\\@evil.org",
  "https://example.com#@evil.org/",
  "ftp://example.com/",
  "javascript:alert(1)",
  "//example.com/",
  "https:/example.com",
  "https:///example.com",
  "https://example.com%2eevil.org/",
  "https://ex\u00e4mple.com/",
  "https://xn--exmple-cua.com/",
  "https://example\u3002com/",
  "127.0.0.1",
  "127.1",
  "0x7f.0.0.1",
  "2130706433",
  "0177.0.0.1",
  "127.0.0.1.",
  "127.0.0.256",
  "http://127.0.0.1:80/",
  "[::1]",
  "http://[::1]:8080/",
  "[::1]:1",
  "[::ffff:127.0.0.1]",
  " example.com",
  "example.com ",
  "exam\tple.com",
  "",
  ".",
  "-a.example.com",
  "a-.example.com",
  "_x.example.com",
  `${"a".repeat(64)}.example.com`,
  `${"a.".repeat(130)}example.com`,
  "example.com:443",
  "example.com:",
  "example.com:99999",
  "example.com:123456",
  "https://EXAMPLE.COM.:443/a",
  "wss://a.example.com",
  "http://0x.example.com",
  "http://a.0x",
  "a..example.com",
  "1.2.3.4.5",
  "example.com/",
  "example.com?x",
  "https://example.com?x",
  "https://[::1]@evil.org/",
  "https://[::1",
  "xn--80ak6aa92e.com",
];
const texts = [
  "a",
  "A",
  "abc",
  "é",
  "e\u0301",
  "T-1",
  "T-12345",
  "t-1",
  "",
  " ",
  "ab\nc",
  "ﬁ",
  "fi",
  "1",
  "true",
  "null",
  "x",
  "yz",
  "xyz",
  "aab",
  "bc",
  "c",
  "99",
  "९९",
  "\u212a",
  "k",
  "ſ",
  "s",
  "İ",
  "i",
  "\ud83d\ude00",
  "😀😀",
  "x".repeat(limits.constraintValueCharsMax),
  "x".repeat(limits.constraintValueCharsMax + 1),
];
const numbers = [0, -0, 1, 2, 10, 10.5, -1, 100, 1e21, Number.MAX_SAFE_INTEGER, 0.1 + 0.2, 0.3];

const text = fc.oneof(
  fc.constantFrom(...paths),
  fc.constantFrom(...hosts),
  fc.constantFrom(...texts),
  fc.string({ maxLength: 10 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
/** A path that grew out of parts: nobody wrote down what it is. */
const path = fc
  .array(
    fc.constantFrom(
      "srv",
      "docs",
      "..",
      ".",
      "",
      "a",
      "%2e",
      "\u2025",
      "\uff0e\uff0e",
      "\uff0f",
      "é",
      "e\u0301",
      "~",
      "etc",
      "...",
      "\u2024\u2024",
      "．.",
    ),
    { maxLength: 8 },
  )
  .map((segments) => `/${segments.join("/")}`);
const url = fc
  .tuple(
    fc.constantFrom("", "http://", "https://", "HTTPS://", "ws://", "ftp://", "//"),
    fc.array(
      fc.constantFrom(
        "example",
        ".",
        "com",
        "@",
        "evil",
        "org",
        ":",
        "80",
        "a",
        "-",
        "/",
        "?",
        "#",
        "127",
        "0",
        "1",
        "[",
        "]",
        "::1",
        "%",
        "é",
        "x",
      ),
      { maxLength: 8 },
    ),
  )
  .map(([scheme, pieces]) => scheme + pieces.join(""));
const scalar = fc.oneof(
  { arbitrary: text, weight: 4 },
  { arbitrary: path, weight: 3 },
  { arbitrary: url, weight: 3 },
  { arbitrary: fc.constantFrom(...numbers), weight: 2 },
  { arbitrary: fc.integer(), weight: 1 },
  { arbitrary: fc.boolean(), weight: 1 },
  { arbitrary: fc.constant(null), weight: 1 },
);
const value = fc.oneof(
  { arbitrary: scalar, weight: 6 },
  { arbitrary: fc.array(scalar, { maxLength: 4 }), weight: 1 },
  {
    arbitrary: fc.array(fc.record({ id: scalar, n: scalar }, { requiredKeys: [] }), { maxLength: 3 }),
    weight: 1,
  },
  { arbitrary: fc.record({ a: scalar, "b/c": scalar }, { requiredKeys: [] }), weight: 1 },
);

const names = ["path", "items", "deep", "toString", "constructor", "é"] as const;
const args = fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true });
const pointer = fc.constantFrom(
  ...names.map((name) => `/${name}`),
  "/items/-",
  "/items/-/id",
  "/items/0",
  "/items/0/id",
  "/deep/a",
  "/deep/b~1c",
  "/deep/toString",
);

const plain = fc.oneof(
  fc.constantFrom(...texts.filter((each) => each.length < 100)),
  fc.constantFrom(...numbers),
  fc.boolean(),
  fc.constant(null),
);
const bounds = fc.constantFrom(
  {},
  { min: 1 },
  { max: 3 },
  { min: 0, max: 1 },
  { min: 2, max: 10 },
  { min: 10, max: 100 },
);
const folder = fc.constantFrom("/srv/docs", "/srv/docs/", "/srv", "/", "/srv/../srv/docs", "/srv/é");
const check: fc.Arbitrary<Constraint> = fc.oneof(
  fc.record({ equals: plain }),
  fc.record({ oneOf: fc.array(plain, { minLength: 1, maxLength: 4 }) }),
  fc.record({
    pattern: fc.constantFrom(
      "[a-z]+",
      "T-[0-9]{1,4}",
      "(a|b)*c",
      "é+",
      "e\u0301",
      "\\d{2,3}",
      "[^\\n]*",
      "a?b+c{0,2}",
      "x|yz",
      "[A-Za-z]",
      "(?:ab){1,2}",
      "\\P{L}+",
    ),
  }),
  fc.record({ range: bounds }),
  fc.record({ length: bounds }),
  fc.record({ inside: fc.oneof(folder, fc.array(folder, { minLength: 1, maxLength: 3 })) }),
  fc.record({
    hosts: fc.array(
      fc.constantFrom(
        "example.com",
        "*.example.com",
        "EXAMPLE.com",
        "127.0.0.1",
        "[::1]",
        "evil.org",
        "example.com.",
        "com",
        "*.com",
      ),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({ object: fc.constantFrom("ticket", "note") }),
);
const constraint = fc
  .tuple(check, fc.option(check, { freq: 4 }), fc.boolean())
  .map(([one, other, required]): Constraint => ({ ...one, ...other, ...(required ? { required } : {}) }));
const rules = fc.record({
  constraints: fc.dictionary(pointer, constraint, { maxKeys: 3, noNullPrototype: true }),
  objects: fc.constant({ ticket: { allow: ["T-1", "é", "1", "/srv*", "10"] }, note: { allow: ["*"] } }),
  known: fc.oneof(fc.constant(undefined), fc.subarray([...names])),
});

test("Z4: over 20,000 random rules and arguments the guard and the oracle never disagree", () => {
  const counts = { allowed: 0, refused: 0, empty: 0 };
  fc.assert(
    fc.property(rules, args, (rule, given) => {
      // As it comes in: parsed from JSON.
      const parsed = JSON.parse(JSON.stringify(given)) as typeof given;
      const allowed = isAllowed(parsed, rule);
      if (allowed === undefined) counts.empty++;
      else counts[allowed ? "allowed" : "refused"]++;
      expect({ parsed, rule, allowed: allowed ?? isWithin(parsed, rule) }).toEqual({
        parsed,
        rule,
        allowed: isWithin(parsed, rule),
      });
    }),
    { numRuns: 34_000 },
  );
  // Rules that nothing satisfies never come into force; and neither side may win by saying always the same.
  expect(counts.allowed + counts.refused).toBeGreaterThan(20_000);
  expect(Math.min(counts.allowed, counts.refused)).toBeGreaterThan(2_000);
});

test("Z4: each trick with paths and hosts by itself: the guard and the oracle agree", () => {
  const objects = {};
  const known = undefined;
  const wrong: unknown[] = [];
  for (const given of [...paths, ...hosts, ...texts, ...numbers])
    for (const [name, rule] of Object.entries<Constraint>({
      inside: { inside: "/srv/docs" },
      hosts: { hosts: ["example.com", "*.example.com", "127.0.0.1", "[::1]"] },
      length: { length: { max: 8 } },
      range: { range: { min: 0 } },
    })) {
      const own = { constraints: { "/path": rule }, objects, known };
      if (isAllowed({ path: given }, own) !== isWithin({ path: given }, own)) wrong.push([name, given]);
    }
  expect(wrong).toEqual([]);
});

test("Z4: what is too much to judge is refused: values without number, and one that was cut", () => {
  const own: Rules = {
    constraints: { "/items/-": { length: { max: 100_000 } } },
    objects: {},
    known: undefined,
  };
  expect(isAllowed({ items: Array(limits.constraintValuesMax).fill("x") }, own)).toBe(true);
  expect(isAllowed({ items: Array(limits.constraintValuesMax + 1).fill("x") }, own)).toBe(false);
  expect(isAllowed({ items: ["x".repeat(limits.constraintValueCharsMax)] }, own)).toBe(true);
  expect(isAllowed({ items: ["x".repeat(limits.constraintValueCharsMax + 1)] }, own)).toBe(false);
  expect(isAllowed({ items: Array(3).fill("x".repeat(limits.constraintValueCharsMax)) }, own)).toBe(false);
});
