import { describe, expect, test } from "vitest";
import { dataRulesSchema } from "../../protocol/datarules.ts";
import type { DataRule } from "../../protocol/datarules.ts";
import { DataPolicy, strictest } from "./policy.ts";
import type { Rated, TypeTraits } from "./policy.ts";

const types: readonly TypeTraits[] = [
  { id: "person.email", group: "person", tags: ["GDPR"] },
  { id: "person.phone", group: "person", tags: ["GDPR"] },
  { id: "financial.card", group: "financial", tags: ["PCI-DSS"] },
  { id: "secret.aws", group: "secret", tags: ["SECRET"] },
];

function policy(rules: readonly object[], profiles: readonly (readonly object[])[] = []): DataPolicy {
  const parsed = dataRulesSchema.parse({ rules });
  const ofProfiles = profiles.map(
    (each) => dataRulesSchema.parse({ rules: each }).rules as readonly DataRule[],
  );
  return new DataPolicy(parsed, types, ofProfiles);
}

const found = (type: string, likelihood = 4): Rated => ({ type, likelihood: likelihood as 4 });

describe("without a word in the role", () => {
  test("credentials are blocked in arguments and removed from answers, all else is recorded", () => {
    const both = [found("secret.aws"), found("person.email")];
    expect(policy([]).actions(both, "arguments")).toEqual(["block", "detect"]);
    expect(policy([]).actions(both, "answers")).toEqual(["redact", "detect"]);
  });

  test("what is unlikely counts for nothing", () => {
    expect(policy([]).actions([found("secret.aws", 2)], "arguments")).toEqual(["allow"]);
  });

  test("a type that nobody knows is recorded", () => {
    expect(policy([]).actions([found("custom.badge")], "answers")).toEqual(["detect"]);
  });
});

describe("a rule", () => {
  test("decides before those after it, and before profile and floor", () => {
    const one = policy(
      [
        { types: ["secret.aws"], arguments: "mask" },
        { types: ["*"], arguments: "block" },
      ],
      [[{ types: ["*"], arguments: "block" }]],
    );
    expect(one.actions([found("secret.aws"), found("person.email")], "arguments")).toEqual(["mask", "block"]);
  });

  test.each([
    ["person.email", "person.email"],
    ["person.*", "person.email"],
    ["group:financial", "financial.card"],
    ["tag:GDPR", "person.phone"],
    ["*", "custom.badge"],
  ])("of %s names %s", (selector, type) => {
    expect(policy([{ types: [selector], answers: "redact" }]).actions([found(type)], "answers")).toEqual([
      "redact",
    ]);
  });

  test.each([
    ["person.email", "person.phone"],
    ["person.*", "personal.x"],
    ["group:financial", "person.email"],
    ["tag:GDPR", "financial.card"],
  ])("of %s does not name %s", (selector, type) => {
    expect(policy([{ types: [selector], answers: "redact" }]).actions([found(type)], "answers")).toEqual([
      "detect",
    ]);
  });

  test("for one direction says nothing of the other", () => {
    expect(
      policy([{ types: ["*"], answers: "redact" }]).actions([found("person.email")], "arguments"),
    ).toEqual(["detect"]);
  });

  test("asks for its likelihood, also for one below the common cut", () => {
    const strict = policy([{ types: ["person.*"], likelihood: 2, answers: "mask" }]);
    expect(strict.actions([found("person.email", 2), found("person.email", 1)], "answers")).toEqual([
      "mask",
      "allow",
    ]);
    const late = policy([{ types: ["person.*"], likelihood: 5, answers: "mask" }]);
    expect(late.actions([found("person.email", 4)], "answers")).toEqual(["detect"]);
  });

  test("that counts is met by all or none, and counts what is likely enough only", () => {
    const bulk = policy([{ types: ["person.*"], atLeast: 3, answers: "redact" }]);
    expect(bulk.actions([found("person.email"), found("person.phone")], "answers")).toEqual([
      "detect",
      "detect",
    ]);
    const three = [found("person.email"), found("person.phone"), found("person.email")];
    expect(bulk.actions(three, "answers")).toEqual(["redact", "redact", "redact"]);
    expect(bulk.actions([...three.slice(1), found("person.email", 2)], "answers")).toEqual([
      "detect",
      "detect",
      "allow",
    ]);
  });
});

test("of several profiles the strictest counts, each by its first rule, and none takes the floor away", () => {
  const loose = [
    { types: ["person.email"], answers: "allow" },
    { types: ["person.*"], answers: "block" },
  ];
  const tight = [{ types: ["tag:GDPR"], answers: "mask" }];
  const all = [found("person.email"), found("person.phone"), found("secret.aws")];
  expect(policy([], [loose]).actions(all, "answers")).toEqual(["detect", "block", "redact"]);
  expect(policy([], [loose, tight]).actions(all, "answers")).toEqual(["mask", "block", "redact"]);
});

test("strictest is the last in the order allow, detect, tokenise, mask, redact, block", () => {
  expect(strictest(["mask", "tokenise", "redact"])).toBe("redact");
  expect(strictest([])).toBeUndefined();
});

test.each(["Person.email", "group:nobody", "tag:gdpr", "person.*.x", "", "a:b", "**"])(
  "%j is no selector",
  (selector) => {
    expect(dataRulesSchema.safeParse({ rules: [{ types: [selector], answers: "mask" }] }).success).toBe(
      false,
    );
  },
);
