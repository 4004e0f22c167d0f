import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const program = resolve(import.meta.dirname, "../../loadtest/chaos.ts");
/** It starts three nodes and waits twice until all shards have a copy. */
const runMsMax = 150_000;

interface Figures {
  readonly kills: number;
  readonly openAtKill: readonly number[];
  readonly decidedAgainMs: { readonly max: number; readonly of: number };
  readonly violations: { readonly [violation: string]: number };
}

test(
  "kill -9 of an owner under load: no record lost, nothing run twice or without an intent, no label lost",
  { timeout: runMsMax },
  async () => {
    const child = spawn(process.execPath, [program, "--kills", "1", "--rate", "60", "--json"], { stdio: ["ignore", "pipe", "pipe"] }); // prettier-ignore
    let [out, words] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
    const status = await new Promise((done) => child.on("close", done));
    expect([status, words.slice(-2_000), out.slice(-2_000)]).toEqual([
      0,
      expect.anything(),
      expect.anything(),
    ]);
    const { figures } = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as { figures: Figures };
    expect(figures.kills).toBe(1);
    expect(figures.openAtKill[0]).toBeGreaterThan(0);
    expect(figures.decidedAgainMs.of).toBeGreaterThan(0);
    // By the launcher's word; a lease alone would take 15 s.
    expect(figures.decidedAgainMs.max).toBeLessThan(10_000);
    expect(Object.values(figures.violations).every((count) => count === 0)).toBe(true);
  },
);
