import { expect, test } from "vitest";
import { catalogueFileSchema } from "../../protocol/catalogue.ts";
import { roleFileSchema } from "../../protocol/role.ts";
import { Positions } from "./document.ts";
import { resolveRole } from "./resolve.ts";

const catalogue = catalogueFileSchema.parse({ servers: { crm: { transport: { http: { url: "https://a.example.com" } } } } }); // prettier-ignore

test("types of data that there are not are faults of a role, in rules, in tokens and in what is counted", () => {
  const role = roleFileSchema.parse({
    role: "clerk",
    grants: [{ tool: "look", server: "crm", effect: "read", reason: "why", tokens: { open: ["ibna"], keep: ["email"] } }],
    data: { rules: [{ types: ["email", "person.email"], answers: "mask" }] },
    accumulation: [{ data: "emails", per: "user", max: 1, reason: "why" }],
  }); // prettier-ignore
  const place = { file: "clerk.role.yaml", folder: "/etc", positions: new Positions("") };
  const says = resolveRole(role, catalogue, { v: 1, servers: {} }, place).faults.map((each) => each.says);
  const ofTypes = says.filter((each) => each.startsWith("there is no type"));
  expect(ofTypes).toEqual(["there is no type `person.email`", "there is no type `ibna`", "there is no type or group `emails`"]); // prettier-ignore
});
