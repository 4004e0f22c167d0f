import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import { passivationCases } from "./passivation.cases.ts";
import { MemoryPassivation, SqlitePassivation } from "./passivation.ts";

const row = Uint8Array.from([1, 2, 3]);

/** Ticks by hand. */
function byHand(): { run: () => void; waits: number[]; later: (run: () => void, waitMs: number) => void } {
  const planned: (() => void)[] = [];
  const waits: number[] = [];
  return {
    waits,
    later: (run, waitMs) => {
      planned.push(run);
      waits.push(waitMs);
    },
    run: () => {
      for (const each of planned.splice(0)) each();
    },
  };
}

function fail(fault: Error): never {
  throw fault;
}

describe("memory", () => {
  passivationCases(() => new MemoryPassivation());
});

describe("SQLite in memory", () => {
  passivationCases(() => new SqlitePassivation(":memory:", { later: byHand().later, onFault: fail }));
});

describe("SQLite on disk", () => {
  const folders: string[] = [];
  const path = (): string => {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-passivation-"));
    folders.push(folder);
    return join(folder, "sessions.db");
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  test("rows are there again when the file is opened again", () => {
    const file = path();
    const before = new SqlitePassivation(file, { later: byHand().later, onFault: fail });
    before.save("a", row, 5);
    before.close();
    const after = new SqlitePassivation(file, { later: byHand().later, onFault: fail });
    expect(after.load("a")).toEqual(row);
    after.close();
  });

  test("the saves of one tick are written by one transaction at its end", () => {
    const file = path();
    const ticks = byHand();
    const rows = new SqlitePassivation(file, { later: ticks.later, onFault: fail });
    const reader = new DatabaseSync(file, { readOnly: true });
    const counted = (): unknown =>
      reader.prepare("SELECT count(*) AS count FROM passivated").get()?.["count"];
    for (const key of ["a", "b", "c"]) rows.save(key, row, 5);
    expect(ticks.waits).toEqual([0]);
    expect(counted()).toBe(0);
    expect(rows.waiting()).toBe(3);
    ticks.run();
    expect(counted()).toBe(3);
    expect(rows.waiting()).toBe(0);
    reader.close();
    rows.close();
  });

  test("rows that cannot be written wait, are still loaded, and are written once it is possible", () => {
    const file = path();
    const ticks = byHand();
    const faults: Error[] = [];
    const rows = new SqlitePassivation(file, { later: ticks.later, onFault: (fault) => faults.push(fault) });
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    rows.save("a", row, 5);
    ticks.run();
    expect(faults.length).toBe(1);
    expect(rows.waiting()).toBe(1);
    expect(rows.load("a")).toEqual(row);
    expect(() => rows.flush()).toThrow(/locked|busy/);
    other.exec("COMMIT");
    ticks.run();
    expect(ticks.waits.at(-1)).toBeGreaterThan(0);
    expect(rows.waiting()).toBe(0);
    expect(rows.count()).toBe(1);
    other.close();
    rows.close();
  });

  test("a tick that comes after the end does nothing", () => {
    const ticks = byHand();
    const rows = new SqlitePassivation(path(), { later: ticks.later, onFault: fail });
    rows.save("a", row, 5);
    rows.close();
    expect(() => ticks.run()).not.toThrow();
    expect(() => rows.close()).not.toThrow();
  });
});
