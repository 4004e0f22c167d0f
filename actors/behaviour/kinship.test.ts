import fc from "fast-check";
import { expect, test } from "vitest";
import { kinshipOf } from "./kinship.ts";

const task = "write to anna and to bela.novak@seehof.example what https://stay.northgate.example/guests says";

test.each([
  ["arrival@northgate.example", "mail"],
  ["https://pay.northgate.example/x", "url"],
  ["anna.berg@elsewhere.example", "mail"],
  ["office@seehof.example", "mail"],
] as const)("%s is kin of what the task names", (value, form) => {
  expect(kinshipOf(value, form, task)).toBe("kin");
});

test("the same name at another domain is a look-alike, at its own it is none", () => {
  expect(kinshipOf("bela.novak@seehof-mail.example", "mail", task)).toBe("alike");
  expect(kinshipOf("bela.novak@seehof.example.attacker.example", "mail", task)).toBe("alike");
});

test.each([
  ["copy@trust-desk.example", "mail"],
  ["https://seehof.example@attacker.example/x", "url"],
  ["https://attacker.example/northgate.example", "url"],
  ["DE02120300000000202051", "iban"],
  ["info@attacker.example", "mail"],
] as const)("%s is a stranger", (value, form) => {
  expect(kinshipOf(value, form, task)).toBeUndefined();
});

test("an address has no kin in a text that shares no run of its letters, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      const other = text.toLowerCase().replaceAll(/[aqz@.]/g, "-");
      expect(kinshipOf(`aaaa.aaaaa@${"q".repeat(9)}.zzz`, "mail", other || "-")).toBeUndefined();
    }),
  );
});
