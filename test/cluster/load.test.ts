/** `npm run load`, short: real k6, three real nodes, a real NATS. How fast it is depends on the machine and is not judged. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

interface Figures {
  readonly ok: boolean;
  readonly figures: readonly {
    readonly script: string;
    readonly answered: number;
    readonly missed: readonly string[];
  }[];
}

const root = resolve(import.meta.dirname, "../..");

function load(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ status: number | null; out: string; words: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, "loadtest/load.ts"), ...args], { env: { ...process.env, ...env } }); // prettier-ignore
    let [out, words] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
    child.once("close", (status) => done({ status, out, words }));
  });
}

test(
  "each k6 script holds at three nodes: nothing fails when one is lost, when one joins, beside a runaway agent, or when one is stopped over gRPC",
  { timeout: 240_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-load-test-"));
    try {
      const page = join(folder, "page.html");
      const scripts = ["steady", "runaway", "nodeloss", "scaleout", "sse", "operators"];
      const args = [...scripts, "--seconds", "5", "--rate", "15", "--report", page, "--json"];
      const { status, out, words } = await load(args, { P99_MS: "20000", AGENTS: "20", KILL_MS: "10000" });
      const { ok, figures } = JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as Figures;
      const missed = figures.flatMap(({ script, missed: each }) => each.map((says) => `${script}: ${says}`));
      expect({ missed, words: missed.length === 0 ? "" : words }).toEqual({ missed: [], words: "" });
      expect(figures.map(({ script }) => script)).toEqual(scripts);
      expect(Math.min(...figures.map(({ answered }) => answered))).toBeGreaterThan(50);
      expect({ ok, status }).toEqual({ ok: true, status: 0 });
      expect(readFileSync(page, "utf8")).toContain("A node is lost");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test("a script that there is none of is misuse, and is told", async () => {
  const { status, words } = await load(["steddy"], {});
  expect(status).toBe(2);
  expect(words).toContain("there is no script steddy; known: steady");
});
