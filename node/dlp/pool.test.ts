import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { proofOf, proofText } from "./proof.ts";
import { ScanPool, type Outcome, type PoolOptions } from "./pool.ts";

const mischief = new URL("testdata/mischief.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "gatehouse-pool-"));
const pools: ScanPool[] = [];
// All rows are read before the first thread starts: seconds, where much else runs.
vi.setConfig({ testTimeout: 60_000 });
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
  rmSync(join(folder, "died"), { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

function open(options: Partial<PoolOptions> = {}): ScanPool {
  const pool = new ScanPool({ threads: 2, ...options });
  pools.push(pool);
  return pool;
}

const large = limits.dlpInlineCharsMax + 1;
const card = "my card is 4111 1111 1111 1111";

function scan(pool: ScanPool, text: string, agent = "a"): Promise<Outcome> {
  return new Promise((resolve) => pool.scan(agent, { text: text.padEnd(large) }, large, resolve));
}

function types(outcome: Outcome): readonly string[] | string {
  return "unscanned" in outcome ? outcome.unscanned : outcome.findings.map(({ type }) => type);
}

test("a small document is scanned before the call returns, a large one on a thread, with the same findings", async () => {
  const pool = open();
  let small: Outcome | undefined;
  pool.scan("a", { text: card }, card.length, (outcome) => void (small = outcome));
  expect(small !== undefined && types(small)).toEqual(["pan.visa"]);
  let isHere = true;
  const outcome = scan(pool, card).finally(() => expect(isHere).toBe(false));
  isHere = false;
  expect(types(await outcome)).toEqual(["pan.visa"]);
});

test("a middling document is scanned at once while there is no thread; the first one has a thread started", async () => {
  const pool = open();
  expect(types(pool.meanwhile({ text: card.padEnd(limits.screenLateCharsMax) }))).toEqual(["pan.visa"]);
  await vi.waitFor(() => expect(pool.isReady).toBe(true), { timeout: 30_000 });
});

describe("a pool that is prepared", () => {
  const started: Worker[] = [];
  const note = (worker: Worker): void => void started.push(worker);
  beforeEach(() => void process.on("worker", note));
  afterEach(() => {
    process.off("worker", note);
    started.length = 0;
  });

  test("has one thread before any document comes, and the first document is scanned on it", async () => {
    const pool = open();
    pool.prepare();
    pool.prepare();
    expect(started).toHaveLength(0);
    await vi.waitFor(() => expect(pool.isReady).toBe(true), { timeout: 30_000 });
    expect(types(await scan(pool, card))).toEqual(["pan.visa"]);
    expect(started).toHaveLength(1);
  });

  test("starts no thread where a document has had one started before", async () => {
    const pool = open();
    pool.prepare();
    await scan(pool, card);
    await pause(2 * limits.dlpThreadAfterMs);
    expect(started).toHaveLength(1);
  });

  test("starts none when it is closed before, and ends one that has not started yet", async () => {
    const [early, late] = [open(), open()];
    early.prepare();
    await early.close();
    late.prepare();
    await vi.waitFor(() => expect(started).toHaveLength(1), { timeout: 30_000 });
    await late.close();
    expect(started.map(({ threadId }) => threadId)).toEqual([-1]);
  });
});

test("a thread is handed the plan: its program loads neither the rows nor what reads them", () => {
  const loaded = new Set<string>();
  const load = (file: URL): void => {
    if (loaded.has(file.pathname)) return;
    loaded.add(file.pathname);
    const imports = readFileSync(file, "utf8").matchAll(
      /^(?:import|export)(?! type) [^;]*?from "(\.[^"]+)"/gm,
    );
    for (const [, path = ""] of imports) load(new URL(path, file));
  };
  load(new URL("worker.ts", import.meta.url));
  const names = [...loaded].map((path) => basename(path));
  expect(names).toContain("validators.ts");
  expect(names.filter((name) => /^detector(?:s|row)\.ts$|\.json$/.test(name))).toEqual([]);
});

test("what a thread has to find is of many types, and takes a moment", () => {
  const pool = open();
  const found = pool.now({ text: proofText() });
  expect(new Set(found.findings.map(({ type }) => type)).size).toBeGreaterThan(5);
  expect([found.exceeded, proofText().length < 1_024]).toEqual([undefined, true]);
  expect(proofOf(found)).toBe(proofOf(pool.now({ text: proofText() })));
  expect(proofOf(found)).not.toBe(proofOf({ ...found, findings: found.findings.slice(1) }));
});

test("of characters that wait there is a bound: who has most gives way with its newest, whoever comes last with most is refused", async () => {
  const pool = open({ threads: 1, waitingCharsMax: 5 * large });
  const busy = ["1", "2", "3", "4", "5", "6"].map((text) => scan(pool, text, "busy"));
  expect(await busy[5]).toEqual({ unscanned: "queue full" });
  const others = [scan(pool, card, "b"), scan(pool, card, "c")];
  expect(await Promise.all([busy[4], busy[3]])).toEqual([
    { unscanned: "queue full" },
    { unscanned: "queue full" },
  ]);
  expect((await Promise.all(others)).map(types)).toEqual([["pan.visa"], ["pan.visa"]]);
  expect((await Promise.all(busy.slice(0, 3))).map(types)).toEqual([[], [], []]);
  // One that is larger than the bound has room where nothing else waits.
  const alone = new Promise<Outcome>((resolve) => pool.scan("busy", { text: card.padEnd(6 * large) }, 6 * large, resolve)); // prettier-ignore
  expect(types(await alone)).toEqual(["pan.visa"]);
});

test("a value goes to a thread as a text does", async () => {
  const value = { card: ["4111 1111 1111 1111"], more: "x".repeat(large) };
  const outcome = await new Promise<Outcome>((resolve) => open().scan("a", { value }, large, resolve));
  expect(outcome).toMatchObject({ findings: [{ type: "pan.visa", path: "/card/0" }] });
});

describe("a thread", () => {
  test("that takes too long is ended; its document is told so, and no other is lost", async () => {
    const pool = open({ threads: 1, scanMs: 1_500, program: mischief });
    const outcomes = await Promise.all([scan(pool, "hang"), scan(pool, card), scan(pool, card, "b")]);
    expect(outcomes.map(types)).toEqual(["too slow", ["pan.visa"], ["pan.visa"]]);
  });

  test("that dies has its document tried once more, and then told", async () => {
    const outcomes = await Promise.all([scan(open({ program: mischief }), "die"), scan(open({ program: mischief }), card)]); // prettier-ignore
    expect(outcomes.map(types)).toEqual(["thread died", ["pan.visa"]]);
  });

  test("that dies once costs nothing but time", async () => {
    const outcome = await scan(open({ program: mischief }), `die-once ${join(folder, "died")} ${card}`);
    expect(types(outcome)).toEqual(["pan.visa"]);
  });
});

describe("the queue", () => {
  test("is bounded: the newest of who has most gives way, and agents take turns", async () => {
    const pool = open({ threads: 1, waitingMax: 4, program: mischief, scanMs: 1_500 });
    const order: string[] = [];
    const one = (agent: string, text = card): Promise<void> => scan(pool, text, agent).then((outcome) => void order.push(`${agent} ${String(types(outcome))}`)); // prettier-ignore
    const all = [one("busy", "hang")];
    for (let at = 0; at < 5; at++) all.push(one("busy"));
    expect(pool.waiting).toBe(4);
    all.push(one("calm"));
    await Promise.all(all);
    const refused = ["busy queue full", "busy queue full", "busy queue full"];
    expect(order.slice(0, 3)).toEqual(refused);
    expect(order.slice(3)).toEqual(["busy too slow", "calm pan.visa", "busy pan.visa", "busy pan.visa"]);
  });

  test.each([
    ["cannot be loaded", "none", /none\.ts/],
    ["is of another version, and finds other things than the node", "otherprogram", /finds other things/],
  ])("whose threads' program %s tells all that wait, and operators why, once", async (_, name, why) => {
    const told: string[] = [];
    const pool = open({ program: new URL(`testdata/${name}.ts`, import.meta.url), notice: (text) => void told.push(text) }); // prettier-ignore
    expect((await Promise.all([scan(pool, card), scan(pool, card, "b")])).map(types)).toEqual(["no thread starts", "no thread starts"]); // prettier-ignore
    expect(types(await scan(pool, card))).toBe("no thread starts");
    expect([told.length, told[0]]).toEqual([1, expect.stringMatching(why)]);
    expect(told[0]).toContain("start it anew");
    // What is small enough is searched all the same, by what the node has.
    expect(types(pool.meanwhile({ text: card }))).toEqual(["pan.visa"]);
  });

  test("of a node that closes while a thread starts tells nobody that none does", async () => {
    const told: string[] = [];
    const pool = open({ threads: 2, notice: (text) => void told.push(text) });
    const waiting = [scan(pool, card), scan(pool, card, "b")];
    await pool.close();
    expect([(await Promise.all(waiting)).map(types), told]).toEqual([["closing", "closing"], []]);
  });

  test("a pool that closes tells all that wait and run, and takes nothing more", async () => {
    const pool = open({ threads: 1, program: mischief });
    const waiting = [scan(pool, "hang"), scan(pool, card)];
    await pool.close();
    expect((await Promise.all([...waiting, scan(pool, card)])).map(types)).toEqual(["closing", "closing", "closing"]); // prettier-ignore
  });
});
