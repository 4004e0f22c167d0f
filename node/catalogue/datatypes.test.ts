import { describe, expect, test } from "vitest";
import { noCustomTypes, type CustomTypes } from "./customtypes.ts";
import { checkSelectors, checkTypeOrGroup, unmetNames } from "./datatypes.ts";
import type { PathPart } from "./document.ts";

function faultsOf(check: typeof checkSelectors, names: readonly string[], custom = noCustomTypes): readonly string[] {
  const faults: string[] = [];
  check(["types"], names, custom, (path: readonly PathPart[], says, remedy) => faults.push(`${path.join("/")}: ${says}; ${remedy}`));
  return faults;
} // prettier-ignore

describe("selectors of types", () => {
  test("that name what can be found are none of them a fault", () => {
    const right = ["*", "email", "iban", "pan.visa", "pan.*", "person.name", "person.*", "group:secret", "tag:GDPR", "edm.customers", "edm.*", "document.plans", "presidio.person", "presidio.*", "webhook.case-number"]; // prettier-ignore
    expect(faultsOf(checkSelectors, right)).toEqual([]);
  });

  test.each([
    ["emial", "there is no type `emial`; did you mean `email`? gatehouse dlp types lists them"],
    ["person.email", "there is no type `person.email`; did you mean `email`? gatehouse dlp types lists them"],
    ["secret.*", "there is no type `secret.*`; did you mean `group:secret`? gatehouse dlp types lists them"],
    ["email.*", "there is no type `email.*`; did you mean `email`? gatehouse dlp types lists them"],
    ["panx.*", "there is no type `panx.*`; gatehouse dlp types lists them"],
    [
      "financial",
      "there is no type `financial`; did you mean `group:financial`? gatehouse dlp types lists them",
    ],
    ["tag:GDRP", "no type has the tag `GDRP`; did you mean `GDPR`? known: "],
  ])("of which %s names nothing are a fault at their place", (name, says) => {
    const [fault, ...others] = faultsOf(checkSelectors, ["email", name]);
    expect(fault).toMatch(`types/1: ${says}`);
    expect(others).toEqual([]);
  });
});

test("a custom type is known by its name and its tags where it is configured, and nowhere else", () => {
  const custom: CustomTypes = { ...noCustomTypes, types: [{ id: "custom.badge", group: "person", title: "Badge", tags: ["HOUSE"], contextMode: "none" }] }; // prettier-ignore
  const names = ["custom.badge", "custom.*", "tag:HOUSE"];
  expect(faultsOf(checkSelectors, names, custom)).toEqual([]);
  expect(faultsOf(checkSelectors, names)).toHaveLength(3);
});

test("a rule for an index that the node has not is told, by role and name; families, other types and what is there are not", () => {
  const role = (...types: string[]) => ({ table: { data: { rules: [{ types }, { types: ["email"] }] } } });
  const roles = new Map([["desk", role("edm.customers", "document.plans", "edm.*", "presidio.person", "edm.custmers")], ["plain", role("*")]]); // prettier-ignore
  const [says, ...others] = unmetNames(roles, ["edm.customers", "document.plans"]);
  expect(says).toMatch(/^the role desk has rules for `?edm\.custmers`?, and no index/);
  expect(others).toEqual([]);
  expect(unmetNames(roles, [])[0]).toMatch(/edm\.customers.*document\.plans.*edm\.custmers/);
});

describe("what is counted over days", () => {
  const check: typeof checkSelectors = (path, names, custom, report) => {
    for (const name of names) checkTypeOrGroup(path, name, custom, report);
  };

  test("is a type, a group, a tag, or all", () => {
    expect(faultsOf(check, ["*", "email", "person", "person/email", "GDPR", "edm.customers"])).toEqual([]);
  });

  test("is no family and nothing misspelt", () => {
    expect(faultsOf(check, ["pan.*", "persn"])).toEqual([
      "types: there is no type or group `pan.*`; whole families are not counted here: name a type or a group; gatehouse dlp types lists them",
      "types: there is no type or group `persn`; did you mean `person`? gatehouse dlp types lists them",
    ]);
  });
});
