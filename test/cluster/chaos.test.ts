import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const program = resolve(import.meta.dirname, "../../loadtest/chaos.ts");
/** It starts three nodes and waits twice until all shards have a copy. */
const runMsMax = 150_000;

interface Figures {
  readonly strikes: readonly { readonly open: number }[];
  readonly decidedAgainMs: { readonly max: number; readonly of: number };
  readonly violations: { readonly [violation: string]: number };
}

async function chaos(args: readonly string[]): Promise<Figures> {
  const child = spawn(process.execPath, [program, ...args, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, words] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
  const status = await new Promise((done) => child.on("close", done));
  expect([status, words.slice(-2_000), out.slice(-2_000)]).toEqual([0, expect.anything(), expect.anything()]);
  return (JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as { figures: Figures }).figures;
}

test(
  "kill -9 of an owner under load: no record lost, nothing run twice or without an intent, no label lost",
  { timeout: runMsMax },
  async () => {
    const figures = await chaos(["--strikes", "1", "--rate", "60"]);
    expect(figures.strikes).toHaveLength(1);
    expect(figures.strikes[0]?.open).toBeGreaterThan(0);
    expect(figures.decidedAgainMs.of).toBeGreaterThan(0);
    // By the launcher's word; a lease alone would take 15 s.
    expect(figures.decidedAgainMs.max).toBeLessThan(10_000);
    expect(Object.values(figures.violations).every((count) => count === 0)).toBe(true);
  },
);

test("a full disk, with the clock of one node an hour off: the same", { timeout: runMsMax }, async () => {
  const figures = await chaos(["--faults", "disk", "--strikes", "1", "--rate", "40", "--clock-off"]);
  expect(figures.strikes.map(({ open }) => open > 0)).toEqual([true]);
  expect(Object.values(figures.violations).every((count) => count === 0)).toBe(true);
});
