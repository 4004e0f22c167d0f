// What one run of the conformance suite is worth: its checks, measured against a requirement set and against the
// failures we expect.
//
// 1. Only scenarios that the set requires count. The others are reported and never judged.
// 2. A required scenario passes when it has at least one SUCCESS and no FAILURE. One that left no result has failed.
// 3. An expected failure that does not occur is stale and counts against the run, so that the list cannot rot.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

export interface Requirements {
  readonly required: readonly string[];
  readonly notScored: readonly string[];
}

export interface Fault {
  readonly scenario: string;
  /** Undefined when the scenario left no result, or nothing but skipped checks. */
  readonly check?: string;
  readonly message: string;
}

export interface Score {
  readonly required: { readonly passed: number; readonly total: number };
  readonly notScored: { readonly passed: number; readonly total: number; readonly failed: readonly string[] };
  readonly checks: { readonly passed: number; readonly failed: number; readonly warnings: number };
  /** First fault of each required scenario that failed and was not expected to. */
  readonly unexpected: readonly Fault[];
  /** First fault of each required scenario that failed as expected. */
  readonly expected: readonly Fault[];
  readonly warnings: readonly Fault[];
  /** Entries of the expected failures that did not fail. */
  readonly stale: readonly string[];
  /** What the suite itself must exit with: 1 when a required scenario has a FAILURE or no result. */
  readonly suiteStatus: 0 | 1;
}

export type Results = ReadonlyMap<string, readonly Check[]>;

/** Reads a set as the suite ships it: `server` is required, `not_scored` entries with `leg: server` only run. */
export function readRequirements(file: string): Requirements {
  const set = parse(readFileSync(file, "utf8")) as {
    server: string[];
    not_scored?: { scenario: string; leg: string }[];
  };
  const notScored = (set.not_scored ?? []).filter((entry) => entry.leg === "server");
  return { required: set.server, notScored: notScored.map((entry) => entry.scenario) };
}

/** Reads `server-SCENARIO-TIME/checks.json` of every scenario below `folder`. */
export function readResults(folder: string): Results {
  const results = new Map<string, readonly Check[]>();
  for (const name of readdirSync(folder)) {
    const scenario = /^server-(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$/.exec(name)?.[1];
    const file = join(folder, name, "checks.json");
    if (scenario === undefined || !existsSync(file)) continue; // a scenario that threw leaves an empty folder
    results.set(scenario, JSON.parse(readFileSync(file, "utf8")) as Check[]);
  }
  return results;
}

/**
 * Reads a list of expected failures in the suite's own format: `server:` with entries `scenario` or
 * `scenario:check-id`. A file that does not exist expects nothing.
 */
export function readExpected(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const { server } = parse(readFileSync(file, "utf8")) as { server?: unknown };
  if (!Array.isArray(server) || !server.every((entry) => typeof entry === "string")) {
    throw new Error(
      `${file}: "server" must be a list of "scenario" or "scenario:check-id"; mind the space after a colon`,
    );
  }
  return server;
}

function firstFault(scenario: string, checks: readonly Check[], status: Check["status"]): Fault | undefined {
  const check = checks.find((each) => each.status === status);
  if (check === undefined) return undefined;
  return { scenario, check: check.id, message: check.errorMessage ?? "no message" };
}

function faultOf(scenario: string, checks: readonly Check[] | undefined): Fault | undefined {
  if (checks === undefined) return { scenario, message: "no result: the scenario broke off" };
  const fault = firstFault(scenario, checks, "FAILURE");
  if (fault !== undefined) return fault;
  if (checks.some((check) => check.status === "SUCCESS")) return undefined;
  return { scenario, message: "no check succeeded" };
}

/** Whether every failed check of a scenario is expected, by the scenario's name or by its own. */
function isExpected(scenario: string, checks: readonly Check[], expected: ReadonlySet<string>): boolean {
  if (expected.has(scenario)) return true;
  const failed = checks.filter((check) => check.status === "FAILURE");
  return failed.length > 0 && failed.every((check) => expected.has(`${scenario}:${check.id}`));
}

/** An entry is stale when its scenario passes, when its check only succeeds, or when the set does not require it. */
function isStale(entry: string, required: ReadonlySet<string>, results: Results): boolean {
  const colon = entry.indexOf(":");
  const scenario = colon < 0 ? entry : entry.slice(0, colon);
  if (!required.has(scenario)) return true;
  const checks = results.get(scenario);
  if (colon < 0) return faultOf(scenario, checks) === undefined;
  const named = (checks ?? []).filter((check) => check.id === entry.slice(colon + 1));
  return (
    named.some((check) => check.status === "SUCCESS") && named.every((check) => check.status !== "FAILURE")
  );
}

function count(checks: readonly Check[], status: Check["status"]): number {
  return checks.filter((check) => check.status === status).length;
}

export function score(requirements: Requirements, results: Results, entries: readonly string[]): Score {
  const expectedEntries = new Set(entries);
  const unexpected: Fault[] = [];
  const expected: Fault[] = [];
  const warnings: Fault[] = [];
  let suiteStatus: 0 | 1 = 0;
  for (const scenario of requirements.required) {
    const checks = results.get(scenario);
    if (checks === undefined || count(checks, "FAILURE") > 0) suiteStatus = 1;
    const warning = firstFault(scenario, checks ?? [], "WARNING");
    if (warning !== undefined) warnings.push(warning);
    const fault = faultOf(scenario, checks);
    if (fault === undefined) continue;
    if (isExpected(scenario, checks ?? [], expectedEntries)) expected.push(fault);
    else unexpected.push(fault);
  }

  const failedUnscored = requirements.notScored.filter(
    (name) => faultOf(name, results.get(name)) !== undefined,
  );
  const all = [...results.values()].flat();
  const total = requirements.required.length;
  return {
    required: { passed: total - unexpected.length - expected.length, total },
    notScored: {
      passed: requirements.notScored.length - failedUnscored.length,
      total: requirements.notScored.length,
      failed: failedUnscored,
    },
    checks: { passed: count(all, "SUCCESS"), failed: count(all, "FAILURE"), warnings: count(all, "WARNING") },
    unexpected,
    expected,
    warnings,
    stale: entries.filter((entry) => isStale(entry, new Set(requirements.required), results)),
    suiteStatus,
  };
}
