import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const program = resolve(import.meta.dirname, "../../loadtest/chaos.ts");
/** It starts three nodes and waits three times until all shards have a copy. */
const runMsMax = 180_000;

interface Figures {
  readonly strikes: readonly { readonly fault: string; readonly open: number }[];
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
  "kill -9 of an owner and then a full disk under load, the clock of one node an hour off: no record lost, nothing run twice or without an intent, no label lost",
  { timeout: runMsMax },
  async () => {
    const figures = await chaos(["--faults", "kill,disk", "--strikes", "2", "--rate", "60", "--clock-off"]);
    expect(figures.strikes.map(({ fault, open }) => [fault, open > 0])).toEqual([
      ["kill -9 of a node", true],
      ["a full disk under a node's records for 8 s", true],
    ]);
    expect(figures.decidedAgainMs.of).toBeGreaterThan(0);
    // By the launcher's word; a lease alone would take 15 s.
    expect(figures.decidedAgainMs.max).toBeLessThan(10_000);
    expect(Object.values(figures.violations).every((count) => count === 0)).toBe(true);
  },
);
