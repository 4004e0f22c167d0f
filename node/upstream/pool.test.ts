import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { UpstreamSession } from "./upstream.ts";
import { call, childEntry, cleanUp, codeOf, httpEntry, later, modernServer, olderServer, plain, poolOf, resultOf, sdkHttpServer, sendJson, until } from "./upstream.fixture.ts"; // prettier-ignore

afterEach(cleanUp);

test("nothing is opened before the first call, and many first calls open one session", async () => {
  const server = await olderServer((message, response) => sendJson(response, resultOf(message, {})));
  const { pool, connected } = poolOf(httpEntry(server.url));
  expect(server.connections).toBe(0);
  const sessions = await Promise.all(Array.from({ length: 100 }, () => pool.session("s", "agent", {})));
  expect(new Set(sessions).size).toBe(1);
  expect(server.sessions.size).toBe(1);
  expect(connected).toEqual(["s"]);
});

test("agents, and different declared capabilities, do not share an older session; a shared entry has one that declares nothing", async () => {
  const declared: unknown[] = [];
  const server = await sdkHttpServer();
  server.server.prependListener("request", () => declared.push(1));
  const { pool } = poolOf(httpEntry(server.url));
  const of = (owner: string, capabilities = {}): Promise<UpstreamSession> =>
    pool.session("s", owner, capabilities);
  const sessions = [
    await of("a"),
    await of("b"),
    await of("a", { roots: {} }),
    await of("a", { roots: {}, sampling: {} }),
    await of("a", { sampling: {}, roots: {} }),
  ];
  expect(new Set(sessions).size).toBe(4);
  expect(sessions[3]).toBe(sessions[4]);
  const shared = poolOf(httpEntry(server.url, { isolation: "shared" })).pool;
  expect(await shared.session("s", "a", {})).toBe(await shared.session("s", "b", { roots: {} }));
});

test("an unknown server is a configuration fault, and a draining pool opens nothing", async () => {
  const { pool } = poolOf({});
  expect(await codeOf(pool.session("nope", "a", {}))).toBe("CONFIGURATION");
  expect(await codeOf(pool.session("constructor", "a", {}))).toBe("CONFIGURATION");
  await pool.drain();
  expect(await codeOf(pool.session("nope", "a", {}))).toBe("DRAINING");
});

test("a failure to connect is everybody's who waited, and the next attempt is a new one", async () => {
  let isUp = false;
  let probes = 0;
  const server = await modernServer((message, response) => sendJson(response, resultOf(message, {})));
  server.server.prependListener("request", (request, response) => {
    probes++;
    if (!isUp) response.writeHead(401).end();
  });
  const { pool } = poolOf(httpEntry(server.url));
  const codes = await Promise.all(
    Array.from({ length: 50 }, (_, number) => codeOf(pool.session("s", `agent-${number}`, {}))),
  );
  expect(new Set(codes)).toEqual(new Set(["UPSTREAM_UNREACHABLE"]));
  expect(probes).toBe(1);
  isUp = true;
  expect((await pool.session("s", "agent-1", {})).era).toBe("modern");
});

test("a credential that was refused is read again at the next attempt", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-pool-"));
  later(() => rmSync(folder, { recursive: true }));
  const write = (value: string): void => {
    writeFileSync(join(folder, "token"), value);
    chmodSync(join(folder, "token"), 0o600);
  };
  const got: unknown[] = [];
  const server = await modernServer((message, response) => sendJson(response, resultOf(message, {})));
  server.server.prependListener("request", ({ headers }, response) => {
    got.push(headers.authorization);
    if (headers.authorization !== "Bearer second") response.writeHead(401).end();
  });
  write("first");
  const { pool } = poolOf(
    httpEntry(server.url, { credential: { header: "Authorization", scheme: "Bearer", from: "file:token" } }),
    { folder },
  );
  expect(await codeOf(pool.session("s", "a", {}))).toBe("UPSTREAM_UNREACHABLE");
  write("second");
  const session = await pool.session("s", "a", {});
  expect(await session.request("tools/call", call("x"), plain)).toMatchObject({ kind: "result" });
  expect(got[0]).toBe("Bearer first");
  chmodSync(join(folder, "token"), 0o644);
  const other = poolOf(
    httpEntry(server.url, { credential: { header: "Authorization", from: "file:token" } }),
    { folder },
  );
  expect(await codeOf(other.pool.session("s", "a", {}))).toBe("CONFIGURATION");
});

describe("bounds", () => {
  test("beyond upstreamSessionsMax the least recently used idle session makes room; if none is idle the call is refused", async () => {
    const held: (() => void)[] = [];
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(request.method === "GET" ? 405 : 200).end();
      return held.push(() => sendJson(response, resultOf(message, {})));
    });
    const { pool } = poolOf(httpEntry(server.url));
    const sessions: UpstreamSession[] = [];
    for (let number = 0; number < limits.upstreamSessionsMax; number++)
      sessions.push(await pool.session("s", `agent-${number}`, {}));
    await pool.session("s", "agent-0", {});
    const one = await pool.session("s", "one-more", {});
    expect(pool.counts().get("s")).toMatchObject({ sessions: limits.upstreamSessionsMax });
    expect(await pool.session("s", "agent-0", {})).toBe(sessions[0]);
    expect(await codeOf(sessions[1]?.request("tools/call", call("x"), plain) ?? Promise.resolve())).toBe(
      "UPSTREAM_SESSION_LOST",
    );
    const busy = [one, ...sessions.filter((_, at) => at !== 1)].map((session) =>
      session.request("tools/call", call("x"), { ...plain, timeoutMs: 15_000 }),
    );
    const waiting = limits.upstreamSessionsMax - limits.upstreamConnectionsMax;
    await until(() => pool.counts().get("s")?.waiting === waiting);
    expect(pool.counts().get("s")?.open).toBe(limits.upstreamSessionsMax);
    expect(await codeOf(pool.session("s", "yet-another", {}))).toBe("OVERLOADED");
    const feed = setInterval(() => held.splice(0).forEach((answer) => answer()), 5);
    await Promise.all(busy);
    clearInterval(feed);
  });

  test("one agent's calls that never end leave sockets of a shared server to another agent", async () => {
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(request.method === "GET" ? 405 : 200).end();
      const { name } = message["params"] as { name: string };
      if (name === "quick") sendJson(response, resultOf(message, {}));
      return undefined;
    });
    const { pool } = poolOf({ ...httpEntry(server.url), isolation: "shared" });
    const session = await pool.session("s", "", {});
    const ask = (owner: string, name: string, signal?: AbortSignal): Promise<unknown> =>
      session.request("tools/call", call(name), { ...plain, owner, signal });
    const stop = new AbortController();
    const greedy = Array.from({ length: 300 }, () => codeOf(ask("greedy", "never", stop.signal)));
    const most = limits.upstreamConnectionsMax - limits.upstreamConnectionsMax / limits.upstreamFreeShare;
    await until(() => pool.counts().get("s")?.waiting === 300 - most);
    const startedMs = performance.now();
    expect(await ask("modest", "quick")).toMatchObject({ kind: "result" });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    stop.abort();
    expect(new Set(await Promise.all(greedy))).toEqual(new Set(["CANCELLED"]));
  });

  test("an idle session is closed after upstreamIdleMs; one with a call or a subscription is not", async () => {
    let now = 1_000_000;
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    later(() => void vi.useRealTimers());
    const held: (() => void)[] = [];
    const server = await olderServer((message, response, request) => {
      if (request.method !== "POST") return response.writeHead(request.method === "GET" ? 405 : 200).end();
      return held.push(() => sendJson(response, resultOf(message, {})));
    });
    const { pool } = poolOf(httpEntry(server.url), { now: () => now });
    const [idle, busy, listening] = await Promise.all(
      ["a", "b", "c"].map((owner) => pool.session("s", owner, {})),
    );
    const answer = busy?.request("tools/call", call("x"), { ...plain, timeoutMs: 10_000 });
    listening?.subscribe({ tools: true }, () => undefined);
    await until(() => held.length === 1);
    now += limits.upstreamIdleMs + 1;
    vi.advanceTimersByTime(limits.upstreamIdleMs);
    expect(pool.counts().get("s")).toMatchObject({ sessions: 2, open: 1 });
    expect(await codeOf(idle?.request("tools/call", call("x"), plain) ?? Promise.resolve())).toBe(
      "UPSTREAM_SESSION_LOST",
    );
    held.shift()?.();
    expect(await answer).toMatchObject({ kind: "result" });
  });
});

test("closeOwner ends that agent's sessions and nobody else's, also one that is just opening", async () => {
  const { pool } = poolOf({
    x: childEntry("rawchild.ts"),
    y: childEntry("rawchild.ts", [], { isolation: "shared" }),
  });
  const [mine, other, shared] = await Promise.all([
    pool.session("x", "mine", {}),
    pool.session("x", "other", {}),
    pool.session("y", "mine", {}),
  ]);
  const opening = codeOf(pool.session("x", "mine", { roots: {} }));
  pool.closeOwner("mine");
  expect(await codeOf(mine.request("tools/call", call("echo"), plain))).toBe("UPSTREAM_SESSION_LOST");
  expect(await opening).toBe("DRAINING");
  expect(await other.request("tools/call", call("echo"), plain)).toMatchObject({ kind: "result" });
  expect(await shared.request("tools/call", call("echo"), plain)).toMatchObject({ kind: "result" });
});

test("an agent that is closed while it finds out the era for all fails nobody else", async () => {
  const server = await modernServer((message, response) => sendJson(response, resultOf(message, {})));
  const { pool } = poolOf(httpEntry(server.url));
  const first = codeOf(pool.session("s", "first", {}));
  const second = pool.session("s", "second", {});
  pool.closeOwner("first");
  expect(await first).toBe("DRAINING");
  expect(await (await second).request("tools/call", call("x"), plain)).toMatchObject({ kind: "result" });
});

test("drain fails what is open and ends everything", async () => {
  const server = await modernServer(() => undefined);
  const { pool } = poolOf({ child: childEntry("rawchild.ts"), web: httpEntry(server.url) });
  const codes = await Promise.all([pool.session("child", "a", {}), pool.session("web", "a", {})]);
  const open = codes.map((session) => codeOf(session.request("tools/call", call("never"), plain)));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await pool.drain();
  expect(await Promise.all(open)).toEqual(["UPSTREAM_CLOSED", "UPSTREAM_CLOSED"]);
  expect(pool.counts().get("child")).toMatchObject({ sessions: 0, open: 0 });
});

test("a hundred changes in a row are told as two", async () => {
  const { pool, changed } = poolOf(childEntry("rawchild.ts"));
  const session = await pool.session("s", "a", {});
  for (let count = 0; count < 100; count++) await session.request("tools/call", call("change"), plain);
  expect(changed).toEqual(["tools"]);
  await until(() => changed.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(changed).toEqual(["tools", "tools"]);
});
