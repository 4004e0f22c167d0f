import { expect, test } from "vitest";
import { builtinDetectors } from "./detectors.ts";
import { ports } from "./detectors.fixture.ts";
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
