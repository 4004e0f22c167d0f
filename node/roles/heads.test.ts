import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { keepHeads, readHeads } from "./heads.ts";

const folder = mkdtempSync(join(tmpdir(), "gatehouse-heads-"));
const file = join(folder, "roleheads.json");
afterEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

test("a damaged file is not written over: what it knew of other roles would be forgotten", () => {
  for (const damaged of ["", "{", '{"reader":{"version":0,"hash":""}}']) {
    writeFileSync(file, damaged);
    expect(readHeads(folder)).toBeUndefined();
    expect(() => keepHeads(folder, new Map())).toThrow(/roleheads\.json is damaged/);
    expect(readFileSync(file, "utf8")).toBe(damaged);
  }
});

test("a missing file is an empty one, and what is kept stays beside what comes", () => {
  expect(readHeads(folder)).toEqual({});
  const reader = { version: 2, hash: "a".repeat(43) };
  writeFileSync(file, JSON.stringify({ reader }));
  keepHeads(folder, new Map());
  expect(readHeads(folder)).toEqual({ reader });
});
