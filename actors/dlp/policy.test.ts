import { describe, expect, test } from "vitest";
import { dataRulesSchema } from "../../protocol/datarules.ts";
import { profileSchema } from "../../protocol/profile.ts";
import { DataPolicy, strictest } from "./policy.ts";
import type { Row } from "./policy.ts";

const types: { readonly [type: string]: Pick<Row, "group" | "tags"> } = {
  "person.email": { group: "person", tags: ["GDPR"] },
  "person.phone": { group: "person", tags: ["GDPR"] },
  "financial.card": { group: "financial", tags: ["PCI-DSS"] },
  "secret.aws": { group: "secret", tags: ["SECRET"] },
};

function policy(rules: readonly object[], more: object = {}, labels: readonly string[] = []): DataPolicy {
  return new DataPolicy({ ...dataRulesSchema.parse({ rules, ...more }), profiles: [] }, labels);
}

function profiled(...profiles: readonly (readonly object[])[]): DataPolicy {
  const parsed = profiles.map((rules, at) => profileSchema.parse({ id: `p${at}`, title: "A profile", about: "Of a test alone.", rules })); // prettier-ignore
  return new DataPolicy({ ...dataRulesSchema.parse({}), profiles: parsed });
}

const found = (type: string, likelihood = 4, count = 1): Row => ({
  type,
  ...(types[type] ?? { group: "unknown" }),
  likelihood,
  count,
});

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
  test("decides before those after it, and before the floor", () => {
    const one = policy([
      { types: ["secret.aws"], arguments: "mask" },
      { types: ["*"], arguments: "block" },
    ]);
    expect(one.actions([found("secret.aws"), found("person.email")], "arguments")).toEqual(["mask", "block"]);
  });

  test("with labels holds at servers that bear one of them", () => {
    const rules = [{ types: ["*"], labels: ["customer-data"], answers: "redact" }];
    expect(policy(rules, {}, ["customer-data", "x"]).actions([found("person.email")], "answers")).toEqual(["redact"]); // prettier-ignore
    expect(policy(rules, {}, ["x"]).actions([found("person.email")], "answers")).toEqual(["detect"]);
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
    expect(bulk.actions([found("person.email"), found("person.phone")], "answers")).toEqual(["detect", "detect"]); // prettier-ignore
    const three = [found("person.email", 4, 2), found("person.phone")];
    expect(bulk.actions(three, "answers")).toEqual(["redact", "redact"]);
    const unlikely = [found("person.phone"), found("person.email"), found("person.email", 2)];
    expect(bulk.actions(unlikely, "answers")).toEqual(["detect", "detect", "allow"]);
  });
});

test("of several profiles and the floor the strictest counts, each profile by its first rule", () => {
  const at = (action: string, level = 3): object => ({ at: [{ level, action }] });
  const loose = [{ types: ["person.email"], ...at("detect") }, { types: ["person.*"], ...at("block") }]; // prettier-ignore
  const tight = [{ tags: ["GDPR"], ...at("mask") }, { groups: ["secret"], ...at("detect") }]; // prettier-ignore
  const all = [found("person.email"), found("person.phone"), found("secret.aws")];
  expect(profiled(loose).actions(all, "answers")).toEqual(["detect", "block", "redact"]);
  expect(profiled(loose, tight).actions(all, "answers")).toEqual(["mask", "block", "redact"]);
});

test("credentials in arguments are masked where the role says so, and removed from answers all the same", () => {
  const one = policy([], { credentials: "mask" });
  expect(one.actions([found("secret.aws")], "arguments")).toEqual(["mask"]);
  expect(one.actions([found("secret.aws")], "answers")).toEqual(["redact"]);
});

test("strictest is the last in the order allow, detect, tokenise, mask, redact, block", () => {
  expect(strictest(["mask", "tokenise", "redact"])).toBe("redact");
  expect(strictest([])).toBe("allow");
});

test.each(["Person.email", "group:nobody", "tag:gdpr", "person.*.x", "", "a:b", "**"])(
  "%j is no selector",
  (selector) => {
    expect(dataRulesSchema.safeParse({ rules: [{ types: [selector], answers: "mask" }] }).success).toBe(
      false,
    );
  },
);
