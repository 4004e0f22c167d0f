import { expect, test } from "vitest";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
import { compileScanner } from "./scanner.ts";
import { isTestNumber } from "./testnumber.ts";
import { testNumbers } from "./words.data.ts";

const detectors = builtinDetectors(ports);

test("a published card is test data however it is grouped, and one that differs in a digit is not", () => {
  expect(isTestNumber({ id: "pan.visa" }, "4111-1111 11111111")).toBe(true);
  expect(isTestNumber({ id: "pan.visa" }, "4539148803436467")).toBe(false);
  expect(isTestNumber({ id: "us.ssn_plain" }, "078051120")).toBe(true);
  expect(isTestNumber({ id: "email" }, "4111111111111111")).toBe(false);
});

test("each list belongs to types that exist", () => {
  const ids = Object.keys(testNumbers).filter(
    (id) => !detectors.some((each) => each.id === id || each.id.startsWith(`${id}.`)),
  );
  expect(ids).toEqual([]);
});

test("a published card is found and not thought likelier than likely; another one is", () => {
  const scanner = compileScanner(detectors);
  if (!("plan" in scanner)) throw new Error(JSON.stringify(scanner));
  const levels = (text: string): number[] =>
    scanner.scanText(text).findings.map(({ likelihood }) => likelihood);
  expect(levels("my card is 4111 1111 1111 1111 today")).toEqual([3]);
  expect(levels("my card is 4539 1488 0343 6467 today")).toEqual([5]);
});

test("a token and a key are found to their end, however long they are", () => {
  const scanner = compileScanner(detectors);
  if (!("plan" in scanner)) throw new Error(JSON.stringify(scanner));
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwt = `${part({ alg: "RS512" })}.${part({ sub: "x".repeat(200) })}.${"aB3".repeat(400)}`;
  expect(scanner.scanText(`token ${jwt} end`).findings).toMatchObject([{ type: "jwt", start: 6, end: 6 + jwt.length }]); // prettier-ignore
  const pem = `-----BEGIN ${"PRIVATE KEY-----"}\n${`${part({ line: 1, of: "a key" }).repeat(2)}${"MIIEvQ9a".repeat(3)}\n`.repeat(70)}-----END ${"PRIVATE KEY-----"}`;
  expect(scanner.scanText(`key: ${pem}\n`).findings).toMatchObject([{ type: "pem.pkcs8", start: 5, end: 5 + pem.length }]); // prettier-ignore
});
