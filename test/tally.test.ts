import { describe, expect, test } from "vitest";
import { failuresOf, filesToRunAgain, tallyOfBoth, tallyOfSuite, tallyOfVitest } from "./tally.ts";
import type { VitestReport } from "./tally.ts";

const green: VitestReport = {
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [{ status: "passed" }] }],
};
const failedFile = { name: "b.test.ts", status: "failed", assertionResults: [{ status: "failed" }] };
const brokenFile = { name: "c.test.ts", status: "failed", assertionResults: [] };

describe("vitest", () => {
  test.each<readonly [string, VitestReport | undefined, boolean, object]>([
    ["a green run counts its tests", green, true, { passed: 5, failed: 0 }],
    ["no report is a failure", undefined, true, { passed: 0, failed: 1 }],
    [
      "a skipped test is a failure",
      { ...green, numPendingTests: 2, numTodoTests: 1 },
      true,
      { passed: 5, failed: 3 },
    ],
    [
      "a file that cannot be loaded is a failure",
      { ...green, testResults: [brokenFile] },
      false,
      { passed: 5, failed: 1 },
    ],
    [
      "a failed test counts once",
      { ...green, numFailedTests: 1, testResults: [failedFile] },
      false,
      { passed: 5, failed: 1 },
    ],
    ["an error outside any test is a failure", green, false, { passed: 5, failed: 1 }],
  ])("%s", (_name, report, ok, expected) => {
    expect(tallyOfVitest(report, ok)).toEqual(expected);
  });
});

describe("a test file that failed", () => {
  const first = { ...green, numFailedTests: 1, testResults: [...green.testResults, failedFile] };

  test("runs once more, and then its second run counts", () => {
    expect(filesToRunAgain(first)).toEqual(["b.test.ts"]);
    expect(tallyOfBoth(first, { ...green, numPassedTests: 1 }, true)).toEqual({ passed: 2, failed: 0 });
    expect(tallyOfBoth(first, { ...first, numPassedTests: 0 }, false)).toEqual({ passed: 1, failed: 1 });
    expect(tallyOfBoth(first, undefined, false)).toEqual({ passed: 1, failed: 1 });
  });

  test("is told by name", () => {
    expect(failuresOf(first)).toEqual(["b.test.ts: a test"]);
  });

  test.each<readonly [string, VitestReport | undefined]>([
    ["where vitest died", undefined],
    ["where a test was skipped", { ...first, numPendingTests: 1 }],
    ["where a file cannot be loaded", { ...first, testResults: [failedFile, brokenFile] }],
    [
      "where more than three files failed",
      { ...first, testResults: [failedFile, failedFile, failedFile, failedFile] },
    ],
    ["where none failed", green],
  ])("is not run again %s", (_name, report) => {
    expect(filesToRunAgain(report)).toEqual([]);
  });
});

describe("a suite", () => {
  test.each([
    ["that counts is believed", 'ok\n{"passed":3,"failed":1}\n', false, { passed: 3, failed: 1 }],
    ["that counts nothing is a failure", '{"passed":0,"failed":0}', true, { passed: 0, failed: 1 }],
    [
      "that counts no failure and dies is a failure",
      '{"passed":3,"failed":0}',
      false,
      { passed: 3, failed: 1 },
    ],
    ["that says no count passes by its status", "done\n", true, { passed: 1, failed: 0 }],
    ["that says no count fails by its status", "", false, { passed: 0, failed: 1 }],
    [
      "whose count is not a count is judged by its status",
      '{"passed":-1,"failed":0}',
      true,
      { passed: 1, failed: 0 },
    ],
  ])("%s", (_name, stdout, ok, expected) => {
    expect(tallyOfSuite(stdout, ok)).toEqual(expected);
  });
});
