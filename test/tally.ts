/**
 * tally: turns what a test program reported into a count, so that nothing is left out in silence: a skipped test, a
 * file that cannot be loaded, a suite in which nothing ran and a program that died each count as a failure.
 */

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The part of vitest's json report that is counted. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName?: string }[];
  }[];
}

/**
 * @param report undefined when vitest died before it wrote one
 * @param ok     whether vitest ended with status 0 (an error outside any test makes it 1)
 */
export function tallyOfVitest(report: VitestReport | undefined, ok: boolean): Tally {
  if (report === undefined) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((each) => each.status === "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles + skippedOf(report);
  return { passed: report.numPassedTests, failed: failed === 0 && !ok ? 1 : failed };
}

/** More files than this do not fail for want of a core. */
const filesAgainMax = 3;

/**
 * The files to run once more, by themselves: tests that look at times may fail for want of a core while others run.
 * @returns none when anything failed that is no test: a file that cannot be loaded, a skipped test, vitest itself
 */
export function filesToRunAgain(report: VitestReport | undefined): readonly string[] {
  if (report === undefined || skippedOf(report) > 0) return [];
  const failed = report.testResults.filter(({ status }) => status === "failed");
  const areTests = failed.every(({ assertionResults }) => assertionResults.some(isFailed));
  return areTests && failed.length <= filesAgainMax ? failed.map(({ name }) => name) : [];
}

/** @returns the count of both runs: of the files in `again` what the second run says */
export function tallyOfBoth(first: VitestReport, again: VitestReport | undefined, ok: boolean): Tally {
  const names = new Set(filesToRunAgain(first));
  const passed = first.testResults
    .filter(({ name }) => !names.has(name))
    .reduce((sum, { assertionResults }) => sum + assertionResults.filter(isPassed).length, 0);
  const second = tallyOfVitest(again, ok);
  return { passed: passed + second.passed, failed: second.failed };
}

/** @returns "file: test" of each test that failed; to be read by people, and mended */
export function failuresOf({ testResults }: VitestReport): readonly string[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.filter(isFailed).map(({ fullName }) => `${name}: ${fullName ?? "a test"}`),
  );
}

const isFailed = ({ status }: { readonly status: string }): boolean => status === "failed";
const isPassed = ({ status }: { readonly status: string }): boolean => status === "passed";

export function skippedOf({ numPendingTests, numTodoTests }: VitestReport): number {
  return numPendingTests + numTodoTests;
}

/**
 * @param stdout of a suite; its last line is `{"passed":n,"failed":n}`, or the exit status counts as one case
 * @param ok     whether it ended with status 0
 */
export function tallyOfSuite(stdout: string, ok: boolean): Tally {
  const said = lastCount(stdout);
  if (said === undefined) return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const nothingSaid = said.failed === 0 && (said.passed === 0 || !ok);
  return nothingSaid ? { passed: said.passed, failed: 1 } : said;
}

function lastCount(stdout: string): Tally | undefined {
  try {
    const { passed, failed } = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Partial<Tally>;
    if (!isCount(passed) || !isCount(failed)) return undefined;
    return { passed, failed };
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
