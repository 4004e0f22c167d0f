import { spawn } from "node:child_process";
import { removed } from "../vault/echo.ts";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { AskAnswer } from "./upstream.ts";
import { call, childEntry, cleanUp, codeOf, later, plain, poolOf, textOf, until } from "./upstream.fixture.ts"; // prettier-ignore
import type { TestPool } from "./upstream.fixture.ts";

afterEach(cleanUp);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The pid that a fixture wrote to its standard error. */
async function pidOf({ logs }: TestPool, word = "pid"): Promise<number> {
  const pattern = (line: string): boolean => line.startsWith(`stderr: ${word} `);
  await until(() => logs.some(pattern));
  return Number(logs.findLast(pattern)?.split(" ").at(-1));
}

describe("a real SDK v1 server as a child", () => {
  test("is greeted, called, asked by, and told of cancels", async () => {
    const { pool } = poolOf(childEntry("sdkserver.ts", ["stdio"]));
    const capabilities = { elicitation: {} };
    const session = await pool.session("s", "agent", capabilities);
    expect([session.era, session.revision, session.info]).toEqual([
      "legacy",
      "2025-11-25",
      { name: "sdk-fixture", version: "1.2.3" },
    ]);
    expect(textOf(await session.request("tools/call", call("echo", { text: "line\nbreak 😀" }), plain))).toBe(
      "line\nbreak 😀",
    );
    const heard: unknown[] = [];
    const params = { ...call("progress", { steps: 2, pauseMs: 1 }), _meta: { progressToken: "t" } };
    const onNotification = (method: string, { progressToken, progress, data }: JsonObject): void =>
      void heard.push(method === "notifications/progress" ? [progressToken, progress] : data);
    await session.request("tools/call", params, { ...plain, logLevel: "info", onNotification });
    expect(heard).toEqual([["t", 1], "step 1", ["t", 2], "step 2"]);
    const onAsk = async (): Promise<AskAnswer> => ({
      result: { action: "accept", content: { name: "Ada" } },
    });
    expect(
      textOf(await session.request("tools/call", call("ask", { question: "?" }), { ...plain, onAsk })),
    ).toContain("Ada");
    const controller = new AbortController();
    const waiting = codeOf(
      session.request("tools/call", call("wait", { ms: 60_000, label: "w" }), {
        ...plain,
        signal: controller.signal,
      }),
    );
    setTimeout(() => controller.abort(), 30);
    expect(await waiting).toBe("CANCELLED");
    // The server may take the next request before its tool has heard of the cancel.
    const cancelled = async (): Promise<string> =>
      textOf(await session.request("tools/call", call("cancelled"), plain));
    await expect.poll(cancelled, { timeout: 10_000 }).toBe("w");
  });

  test("gets PATH, HOME, its entry's variables and its credential, and nothing of ours", async () => {
    const canary = randomBytes(12).toString("hex");
    process.env["GATEHOUSE_TEST_CANARY"] = canary;
    later(() => delete process.env["GATEHOUSE_TEST_CANARY"]);
    const value = randomBytes(12).toString("hex");
    const env = { LOG: "1", NODE_OPTIONS: "--throw-deprecation", LD_PRELOAD: "/x.so", BASH_ENV: "/x" };
    const stdio = { command: "node", args: ["./sdkserver.ts", "stdio"], env };
    const { pool, logs } = poolOf(
      { transport: { stdio }, credential: { env: "TOKEN", from: "env:UPSTREAM_TOKEN" } },
      { env: { PATH: "/usr/bin:/bin", UPSTREAM_TOKEN: value, OTHER: canary } },
    );
    const session = await pool.session("s", "agent", {});
    const got = JSON.parse(textOf(await session.request("tools/call", call("environment"), plain))) as Record<
      string,
      string
    >;
    expect(Object.keys(got).sort()).toEqual(["HOME", "LOG", "PATH", "TOKEN"]);
    // It said the very value, or nothing would have been taken out (C3).
    expect(got["TOKEN"]).toBe(removed);
    expect(statSync(got["HOME"] ?? "").mode & 0o777).toBe(0o700);
    expect(logs.filter((line) => line.includes("NODE_OPTIONS"))).toHaveLength(1);
  });

  test("keeps its state per agent, and shares it where the entry says so", async () => {
    const own = poolOf(childEntry("sdkserver.ts", ["stdio"])).pool;
    const count = async (owner: string, pool = own): Promise<string> =>
      textOf(await (await pool.session("s", owner, {})).request("tools/call", call("count"), plain));
    expect([await count("a"), await count("a"), await count("b")]).toEqual(["1", "2", "1"]);
    const shared = poolOf(childEntry("sdkserver.ts", ["stdio"], { isolation: "shared" })).pool;
    expect([await count("a", shared), await count("b", shared)]).toEqual(["1", "2"]);
    expect(shared.counts().get("s")).toMatchObject({ sessions: 1 });
  });
});

test("on a shared child an agent that takes nothing loses notifications, and holds up nobody", async () => {
  const { pool } = poolOf(childEntry("sdkserver.ts", ["stdio"], { isolation: "shared" }));
  const session = await pool.session("s", "", {});
  let heard = 0;
  const params = { ...call("progress", { steps: 5, pauseMs: 5 }), _meta: { progressToken: 1 } };
  const onNotification = (): Promise<void> => new Promise(() => void heard++);
  const slow = session.request("tools/call", params, { ...plain, onNotification });
  expect(textOf(await session.request("tools/call", call("echo", { text: "quick" }), plain))).toBe("quick");
  expect(textOf(await slow)).toBe("5 steps");
  expect(heard).toBe(1);
});

describe("the era of a child", () => {
  test("one of 2026-07-28 is found by discovery: per-request metadata, listen over the pipe", async () => {
    const seen = poolOf(childEntry("rawchild.ts", ["modern"]));
    const session = await seen.pool.session("s", "agent", {});
    expect([session.era, session.revision]).toEqual(["modern", "2026-07-28"]);
    const answer = await session.request("tools/call", call("echo", { a: 1 }), {
      ...plain,
      capabilities: { roots: {} },
    });
    expect(answer).toMatchObject({
      result: {
        meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": { roots: {} },
        },
      },
    });
    await session.request("tools/call", call("change"), plain);
    await until(() => seen.changed.length === 1);
    expect(await seen.pool.session("s", "agent", { elicitation: {} })).toBe(session);
    expect(await seen.pool.session("s", "other", {})).not.toBe(session);
  });

  test("one that exits at the question is started again and initialised, and the next one is not asked", async () => {
    const seen = poolOf(childEntry("rawchild.ts", ["exit-before-initialize"]));
    const session = await seen.pool.session("s", "a", {});
    expect(session.era).toBe("legacy");
    const pids = seen.logs.filter((line) => line.includes("pid")).length;
    await seen.pool.session("s", "b", {});
    expect(seen.logs.filter((line) => line.includes("pid"))).toHaveLength(pids + 1);
    expect(pids).toBe(2);
    expect(seen.lost).toEqual([]);
  });

  test("one that answers with an error is initialised in the same process", async () => {
    const seen = poolOf(childEntry("rawchild.ts"));
    const session = await seen.pool.session("s", "a", {});
    const { result } = (await session.request("tools/call", call("seen"), plain)) as { result: JsonObject };
    expect(result["seen"]).toEqual([
      "server/discover",
      "initialize",
      "notifications/initialized",
      "tools/call",
    ]);
  });

  test("an entry that demands an era gets it or nothing", async () => {
    expect(
      (await poolOf(childEntry("rawchild.ts", ["start-late"], { era: "modern" })).pool.session("s", "a", {}))
        .era,
    ).toBe("modern");
    expect(
      (await poolOf(childEntry("rawchild.ts", [], { era: "legacy" })).pool.session("s", "a", {})).era,
    ).toBe("legacy");
    expect(
      await codeOf(poolOf(childEntry("rawchild.ts", [], { era: "modern" })).pool.session("s", "a", {})),
    ).toBe("PROTOCOL_VERSION");
    expect(
      await codeOf(
        poolOf(childEntry("rawchild.ts", ["modern"], { era: "legacy" })).pool.session("s", "a", {}),
      ),
    ).toBe("UPSTREAM_UNREACHABLE");
  });
});

describe("a child that misbehaves", () => {
  test("answers twice, answers others: strays, and no answer goes astray", async () => {
    const { pool } = poolOf(childEntry("rawchild.ts"));
    const session = await pool.session("s", "a", {});
    expect(await session.request("tools/call", call("twice"), plain)).toMatchObject({ result: { n: 1 } });
    expect(await session.request("tools/call", call("wrong-id"), plain)).toMatchObject({ result: { ok: 1 } });
    expect(pool.counts().get("s")?.strays).toBe(3);
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, number) =>
        session.request("tools/call", call("echo", { number }), plain),
      ),
    );
    expect(answers.map(textOf)).toEqual(
      Array.from({ length: 500 }, (_, number) => JSON.stringify({ number })),
    );
  });

  test("writes garbage: counted and told up to the bound, then the session ends", async () => {
    const seen = poolOf(childEntry("rawchild.ts"));
    const session = await seen.pool.session("s", "a", {});
    const lines = limits.upstreamGarbageMax;
    expect(await session.request("tools/call", call("garbage", { lines }), plain)).toMatchObject({
      result: { ok: 1 },
    });
    expect(seen.logs.filter((line) => line.includes("broke the protocol"))).toHaveLength(lines);
    expect(await codeOf(session.request("tools/call", call("garbage", { lines: 1 }), plain))).toBe(
      "UPSTREAM_GARBAGE",
    );
    expect(seen.lost).toHaveLength(1);
    const pid = await pidOf(seen);
    await until(() => !isAlive(pid));
  });

  test("writes a line beyond the bound: the call fails, the session lives", async () => {
    const { pool } = poolOf(childEntry("rawchild.ts", [], { answerBytes: 100_000 }));
    const session = await pool.session("s", "a", {});
    expect(await codeOf(session.request("tools/call", call("big", { bytes: 5_000_000 }), plain))).toBe(
      "UPSTREAM_TOO_LARGE",
    );
    expect(await session.request("tools/call", call("big", { bytes: 50_000 }), plain)).toMatchObject({
      kind: "result",
    });
  });

  test("crashes in mid-call: its calls fail as perhaps executed, the next call starts it again after a pause", async () => {
    const seen = poolOf(childEntry("rawchild.ts"));
    const session = await seen.pool.session("s", "a", {});
    const other = codeOf(session.request("tools/call", call("never"), plain));
    expect(await codeOf(session.request("tools/call", call("crash"), plain))).toBe("UPSTREAM_CLOSED");
    expect(await other).toBe("UPSTREAM_CLOSED");
    expect(seen.lost).toEqual([expect.stringContaining("exit code 9")]);
    expect(await codeOf(session.request("tools/call", call("echo"), plain))).toBe("UPSTREAM_SESSION_LOST");
    const start = Date.now();
    const again = await seen.pool.session("s", "a", {});
    expect(Date.now() - start).toBeGreaterThan(200);
    expect(await codeOf(again.request("tools/call", call("half"), plain))).toBe("UPSTREAM_CLOSED");
    const others = Date.now();
    await seen.pool.session("s", "b", {});
    expect(Date.now() - others).toBeLessThan(2_000);
  });

  test("crashes again and again: refused with growing pauses, not started for ever", async () => {
    const seen = poolOf(childEntry("rawchild.ts", ["exit-at-start"]));
    const codes = new Set<string>();
    const end = Date.now() + 2_000;
    while (Date.now() < end) codes.add(await codeOf(seen.pool.session("s", "a", {})));
    expect(codes).toEqual(new Set(["UPSTREAM_UNREACHABLE"]));
    expect(seen.pool.counts().get("s")).toMatchObject({ sessions: 0 });
  });

  test("does not read: what is written to it is bounded, and then refused", async () => {
    const { pool } = poolOf(childEntry("rawchild.ts"));
    const session = await pool.session("s", "a", {});
    await session.request("tools/call", call("stop-reading"), plain);
    const codes: Promise<string>[] = [];
    for (let count = 0; count < 20; count++)
      codes.push(
        codeOf(
          session.request("tools/call", call("echo", { text: "x".repeat(1_000_000) }), {
            ...plain,
            timeoutMs: 300,
          }),
        ),
      );
    expect(new Set(await Promise.all(codes))).toEqual(new Set(["UPSTREAM_TIMEOUT", "OVERLOADED"]));
  });

  test("floods its standard error: thinned out, cleaned, and it still answers", async () => {
    const seen = poolOf(childEntry("rawchild.ts"));
    const session = await seen.pool.session("s", "a", {});
    expect(await session.request("tools/call", call("flood"), { ...plain, timeoutMs: 15_000 })).toMatchObject(
      { kind: "result" },
    );
    expect(seen.logs.length).toBeLessThan(1_000);
    expect(seen.logs.filter((line) => /[\u0000-\u001f]/.test(line))).toEqual([]);
  });

  test("prints its credential: the log does not have it", async () => {
    const value = randomBytes(12).toString("hex");
    const entry = childEntry("rawchild.ts", ["leak"], {
      credential: { env: "TOKEN", from: "env:UPSTREAM_TOKEN" },
    });
    const seen = poolOf(entry, { env: { PATH: "/usr/bin", UPSTREAM_TOKEN: value } });
    await seen.pool.session("s", "a", {});
    await pidOf(seen);
    expect(seen.logs.join("\n")).toContain("my token is [secret]");
    expect(seen.logs.join("\n")).not.toContain(value);
  });

  test("is none: a command that cannot be started is unreachable, one that must not be is a configuration fault", async () => {
    expect(
      await codeOf(
        poolOf({ transport: { stdio: { command: "./no-such-binary" } } }).pool.session("s", "a", {}),
      ),
    ).toBe("UPSTREAM_UNREACHABLE");
    expect(
      await codeOf(
        poolOf({ transport: { stdio: { command: "npx", args: ["x"] } } }).pool.session("s", "a", {}),
      ),
    ).toBe("CONFIGURATION");
    expect(
      await codeOf(
        poolOf({ transport: { stdio: { command: "node", args: ["-e", "1"] } } }).pool.session("s", "a", {}),
      ),
    ).toBe("CONFIGURATION");
  });
});

describe("no child outlives its session", () => {
  test("one that ends at the end of its input is not killed", async () => {
    const seen = poolOf(childEntry("rawchild.ts"));
    await seen.pool.session("s", "a", {});
    const pid = await pidOf(seen);
    const start = Date.now();
    await seen.pool.drain();
    expect(isAlive(pid)).toBe(false);
    expect(Date.now() - start).toBeLessThan(limits.childStopMs);
  });

  test("one that ignores the end of its input and SIGTERM is killed", async () => {
    const seen = poolOf(childEntry("rawchild.ts", ["ignore-eof"]));
    await seen.pool.session("s", "a", {});
    const pid = await pidOf(seen);
    await seen.pool.drain();
    expect(isAlive(pid)).toBe(false);
  });

  test("nor does what it has started itself", async () => {
    const seen = poolOf(childEntry("rawchild.ts", ["grandchild"]));
    const session = await seen.pool.session("s", "a", {});
    const pid = await pidOf(seen, "grandchild");
    expect(isAlive(pid)).toBe(true);
    expect(await codeOf(session.request("tools/call", call("crash"), plain))).toBe("UPSTREAM_CLOSED");
    await until(() => !isAlive(pid));
  });

  const ends = [
    ["exits", "exit", undefined],
    ["is killed with SIGKILL", "stay", "SIGKILL"],
  ] as const;
  test.each(ends)("nor when the gateway %s", async (_, mode, signal) => {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-orphan-"));
    later(() => rmSync(folder, { recursive: true, force: true }));
    const script = new URL("testdata/parent.ts", import.meta.url).pathname;
    const parent = spawn(process.execPath, [script, mode, folder], { stdio: ["ignore", "pipe", "inherit"] });
    later(() => parent.kill("SIGKILL"));
    let text = "";
    parent.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    await until(() => text.includes("\n"), 10_000);
    const pids = text.trim().split(" ").map(Number);
    expect(pids.length).toBe(mode === "exit" ? 2 : 1);
    if (signal !== undefined) parent.kill(signal);
    await until(() => !pids.some(isAlive), 8_000);
  });
});
