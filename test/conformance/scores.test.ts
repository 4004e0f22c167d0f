import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readExpected, readRequirements, readResults, score } from "./scores.ts";
import type { Check } from "./scores.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "scores-"));
  folders.push(folder);
  return folder;
}

function scratchFile(content: string): string {
  const file = join(scratch(), "file.yml");
  writeFileSync(file, content);
  return file;
}

function check(id: string, status: Check["status"], errorMessage?: string): Check {
  return errorMessage === undefined ? { id, status } : { id, status, errorMessage };
}

const ok = [check("a", "SUCCESS"), check("wire-schema-valid", "SUCCESS")];
const broken = [check("a", "FAILURE", "a is wrong"), check("wire-schema-valid", "SUCCESS")];

function scoreOf(results: Record<string, readonly Check[]>, expected: readonly string[] = []) {
  const requirements = { required: ["one", "two"], notScored: ["extra"] };
  return score(requirements, new Map(Object.entries(results)), expected);
}

test("all required scenarios pass, and a failing one that is not scored changes nothing", () => {
  expect(scoreOf({ one: ok, two: ok, extra: broken })).toMatchObject({
    required: { passed: 2, total: 2 },
    notScored: { passed: 0, total: 1, failed: ["extra"] },
    checks: { passed: 5, failed: 1, warnings: 0 },
    unexpected: [],
    stale: [],
    suiteStatus: 0,
  });
});

test("a failed check fails its scenario, with that check's message", () => {
  const result = scoreOf({ one: ok, two: broken });
  expect(result.required.passed).toBe(1);
  expect(result.unexpected).toEqual([{ scenario: "two", check: "a", message: "a is wrong" }]);
  expect(result.suiteStatus).toBe(1);
});

test("a required scenario without results has failed", () => {
  expect(scoreOf({ one: ok })).toMatchObject({ unexpected: [{ scenario: "two" }], suiteStatus: 1 });
});

test("a scenario that skipped everything has not passed, although the suite lets it", () => {
  const result = scoreOf({ one: ok, two: [check("a", "SKIPPED")] });
  expect(result.unexpected).toEqual([{ scenario: "two", message: "no check succeeded" }]);
  expect(result.suiteStatus).toBe(0);
});

test("a warning is reported and does not fail", () => {
  const result = scoreOf({ one: ok, two: [...ok, check("b", "WARNING", "better not")] });
  expect(result.warnings).toEqual([{ scenario: "two", check: "b", message: "better not" }]);
  expect(result.required.passed).toBe(2);
});

test("an expected failure is not unexpected, and does not pass either", () => {
  for (const entry of ["two", "two:a"]) {
    expect(scoreOf({ one: ok, two: broken }, [entry])).toMatchObject({
      required: { passed: 1, total: 2 },
      expected: [{ scenario: "two", check: "a" }],
      unexpected: [],
      stale: [],
    });
  }
});

test("an entry for one check does not excuse another check of the same scenario", () => {
  const worse = [...broken, check("b", "FAILURE")];
  expect(scoreOf({ one: ok, two: worse }, ["two:a"]).unexpected).toHaveLength(1);
});

test("an expected failure that passes is stale, and so is one for a scenario that is not required", () => {
  const result = scoreOf({ one: ok, two: ok, extra: broken }, ["one", "two:a", "extra", "nobody"]);
  expect(result.stale).toEqual(["one", "two:a", "extra", "nobody"]);
});

test("an expected check that was never reached is not stale", () => {
  const stopped = [check("setup", "FAILURE")];
  expect(scoreOf({ one: ok, two: stopped }, ["two:a", "two:setup"]).stale).toEqual([]);
});

test("results are found by their scenario's name, and an empty folder is no result", () => {
  const folder = scratch();
  const time = "2026-11-22T11-42-00-123Z";
  for (const name of [`server-input-required-result-multi-round-${time}`, `server-two-${time}`]) {
    mkdirSync(join(folder, name));
  }
  const file = join(folder, `server-input-required-result-multi-round-${time}`, "checks.json");
  writeFileSync(file, JSON.stringify(ok));
  expect([...readResults(folder)]).toEqual([["input-required-result-multi-round", ok]]);
});

test("a requirement set gives its server scenarios, and those that only run", () => {
  const file = scratchFile(
    "server: [one, two]\nclient: [three]\nnot_scored:\n" +
      "  - { scenario: extra, leg: server, reason: pending }\n  - { scenario: far, leg: client, reason: pending }\n",
  );
  expect(readRequirements(file)).toEqual({ required: ["one", "two"], notScored: ["extra"] });
});

test("an expected-failures file that is missing expects nothing, one with a space after the colon is refused", () => {
  expect(readExpected(join(scratch(), "none.yml"))).toEqual([]);
  expect(readExpected(scratchFile("server:\n  - one\n  - two:a\n"))).toEqual(["one", "two:a"]);
  expect(() => readExpected(scratchFile("server:\n  - two: a\n"))).toThrow(/mind the space/);
});
