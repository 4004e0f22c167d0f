/** A few detectors of each kind, and texts that are full of what they look for. */
import fc from "fast-check";
import type { Detector } from "./detector.ts";
import { readDetectors } from "./detectorrow.ts";
import { ports } from "./detectors.fixture.ts";
import { compileScanner, type Scanner } from "./scanner.ts";

interface Given {
  readonly id: string;
  readonly pattern: string;
  readonly prefilter: object;
  readonly [field: string]: unknown;
}

function row({ id, ...more }: Given): object {
  return {
    id,
    group: "secret",
    title: `the type ${id}`,
    likelihood: { shape: 2, validated: 3, context: 4, both: 5 },
    examples: { yes: ["x", "y"], no: ["x", "y"] },
    source: "made for tests",
    ...more,
  };
}

const assigned = "[\"'\\s]{0,3}(?:=>|:=|=|:)[\"'\\s]{0,4}";

const rows = [
  row({ id: "mail", pattern: "\\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,8}\\b", prefilter: { kind: "literal", any: ["@"] } }),
  row({ id: "card", pattern: "\\b4\\d{3}[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}\\b", prefilter: { kind: "digits", min: 16, max: 16 }, context: ["card"], contextMode: "boost", validator: { name: "luhn" } }),
  row({ id: "person", pattern: "\\b\\d{9}\\b", prefilter: { kind: "digits", min: 9, max: 9 }, context: ["ssn", "social security"], contextMode: "required" }),
  row({ id: "dashed", pattern: "\\b\\d{3}[- ]\\d{2}[- ]\\d{4}\\b", prefilter: { kind: "digits", min: 9, max: 9 }, context: ["ssn"], contextMode: "boost" }),
  row({ id: "address", pattern: "\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b", prefilter: { kind: "digits", min: 4, max: 12 } }),
  row({ id: "hub", pattern: "\\bghx_[A-Za-z0-9]{36}\\b", prefilter: { kind: "literal", any: ["ghx_"] } }),
  row({ id: "cloud", pattern: "\\bAKX[A-Z0-9]{13}\\b", prefilter: { kind: "token", min: 16, max: 16 } }),
  row({ id: "password", pattern: `\\b(?:password|passwd|pwd)${assigned}([^\\s"',;]{6,100})`, flags: "i", prefilter: { kind: "literal", any: ["passw", "pwd"] } }),
  row({ id: "keyed", pattern: `\\b(?:secret|token|api[_-]?key)[\\w-]{0,20}${assigned}([\\w.+/=-]{16,150})`, flags: "i", prefilter: { kind: "literal", any: ["secret", "token", "key"] } }),
  row({ id: "account", pattern: "\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b", prefilter: { kind: "token", min: 12, max: 34 } }),
  row({ id: "passport", pattern: "\\b[A-Z]\\d{8}\\b", prefilter: { kind: "token", min: 9, max: 9 }, context: ["passport"], contextMode: "required" }),
  row({ id: "hardware", pattern: "\\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\\b", prefilter: { kind: "token", min: 12, max: 12 } }),
  row({ id: "bot", pattern: "\\b\\d{8,10}:AA[\\w-]{33}\\b", prefilter: { kind: "literal", any: [":aa"] }, beats: ["keyed"] }),
  row({ id: "pem", pattern: "-----BEGIN KEY-----[A-Za-z0-9+/=\\s]{20,900}-----END KEY-----", prefilter: { kind: "literal", any: ["-----begin "] } }),
]; // prettier-ignore

export function fixtureDetectors(): readonly Detector[] {
  const { detectors, faults } = readDetectors(rows, ports);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return detectors;
}

export function fixtureScanner(): Scanner {
  const scanner = compileScanner(fixtureDetectors());
  if (!("plan" in scanner)) throw new Error(JSON.stringify(scanner));
  return scanner;
}

function chars(alphabet: string, length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet), minLength: length, maxLength: length });
}

const digits = "0123456789";
const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const letters = `${capitals}${capitals.toLowerCase()}`;

/** One value of a type, or nearly one. */
const value = fc.oneof(
  fc.constantFrom("4111 1111 1111 1111", "4012888888881881", "4111-1111-1111-1112", "123-45-6789", "10.20.30.40", "1.2.3"),
  chars(digits, 9),
  chars(digits, 16).map((text) => `4${text.slice(1)}`),
  chars(letters + digits, 36).map((text) => `ghx_${text}`),
  chars(capitals + digits, 13).map((text) => `AKX${text}`),
  fc.tuple(chars(capitals, 1), chars(digits, 8)).map((parts) => parts.join("")),
  fc.tuple(chars(letters, 4), fc.constantFrom("@", "@@", " @"), fc.constantFrom("mail.test", "a.b.c", "x")).map((parts) => parts.join("")),
  chars("0123456789abcdef", 12).map((text) => text.replace(/..(?=.)/g, "$&:")),
  fc.tuple(fc.constantFrom("password", "pwd", "api_key", "token", "my-secret"), fc.constantFrom("=", ": ", '": "', " => "), chars(letters + digits, 18)).map((parts) => parts.join("")),
  fc.tuple(chars(digits, 9), fc.constant(":AA"), chars(letters, 33)).map((parts) => parts.join("")),
  chars(capitals + digits, 16).map((text) => `DE44 ${text.replace(/.{4}(?=.)/g, "$& ")}`),
  chars(letters, 60).map((text) => `-----BEGIN KEY-----\n${text}\n-----END KEY-----`),
); // prettier-ignore

const filler = fc.oneof(
  fc.constantFrom("card", "ssn", "passport", "customerSsn", "lesson", "order", "order_id", "the", "a-b", "2026-11-26T08:12:11Z", "123e4567-e89b-42d3-a456-426614174000", "é", "\ud83d", "key", "pwd", "tokens", "1", "A", "_"),
  fc.string({ maxLength: 12 }),
  chars(letters, 7),
  chars(digits, 5),
); // prettier-ignore

const joiner = fc.constantFrom(" ", " ", " ", ", ", "\n", ": ", '"', "=", "/", "-", ".", "|", "");

/** Values, near values, words and noise, joined by all that may stand between. */
export const denseText: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.oneof({ weight: 2, arbitrary: value }, { weight: 3, arbitrary: filler }), joiner), {
    maxLength: 24,
  }) // prettier-ignore
  .map((parts) => parts.flat().join(""));
