import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEraLock } from "./eralock.ts";
import type { Era } from "./eralock.ts";
import type { Relay } from "./relay.ts";

const envelope = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
const modernHeader = { "mcp-protocol-version": "2026-07-28" };
const legacyHeader = { "mcp-protocol-version": "2025-11-25" };

let target: Server;
const locks = new Map<Era, Relay>();

beforeAll(async () => {
  target = createServer((_, res) => res.end('{"reached":true}')).listen(0, "127.0.0.1");
  await once(target, "listening");
  const url = new URL(`http://127.0.0.1:${(target.address() as AddressInfo).port}/mcp`);
  for (const era of ["legacy", "modern"] as const) locks.set(era, await startEraLock(era, url));
});

afterAll(async () => {
  for (const lock of locks.values()) await lock.close();
  target.closeAllConnections();
  target.close();
});

async function send(era: Era, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${locks.get(era)?.origin}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const json = (await answer.json()) as { reached?: boolean; error?: { code: number; data?: unknown } };
  return { status: answer.status, reached: json.reached === true, error: json.error };
}

function message(method: string, params: object = {}): object {
  return { jsonrpc: "2.0", id: 1, method, params };
}

describe("held to legacy", () => {
  test.each([
    ["initialize", message("initialize", { protocolVersion: "2025-11-25" }), {}],
    ["a call of a session", message("tools/list"), legacyHeader],
    ["a call that names no version", message("tools/list"), {}],
    ["an answer to a server's question", { jsonrpc: "2.0", id: 1, result: {} }, legacyHeader],
    ["a progress token in _meta", message("tools/call", { _meta: { progressToken: 1 } }), legacyHeader],
  ])("%s passes", async (_, body, headers) => {
    expect(await send("legacy", body, headers)).toMatchObject({ status: 200, reached: true });
  });

  test.each([
    ["server/discover", message("server/discover"), {}],
    ["an envelope", message("tools/list", { _meta: envelope }), {}],
    ["an envelope within a batch", [message("ping"), message("tools/list", { _meta: envelope })], {}],
    ["the new version in the header alone", message("tools/list"), modernHeader],
  ])("%s is refused with a code that no modern server uses", async (_, body, headers) => {
    expect(await send("legacy", body, headers)).toMatchObject({
      status: 400,
      reached: false,
      error: { code: -32000 },
    });
  });

  test("a GET passes, because sessions have a stream of their own", async () => {
    const answer = await fetch(`${locks.get("legacy")?.origin}/mcp`);
    expect(await answer.json()).toEqual({ reached: true });
  });
});

describe("held to modern", () => {
  test.each([
    ["an envelope", message("tools/list", { _meta: envelope }), modernHeader],
    ["the version in the header alone, which is the server's to refuse", message("tools/list"), modernHeader],
    [
      "another version in the envelope, which is the server's to refuse",
      message("tools/list", {
        _meta: { "io.modelcontextprotocol/protocolVersion": "v999" },
      }),
      { "mcp-protocol-version": "v999" },
    ],
  ])("%s passes", async (_, body, headers) => {
    expect(await send("modern", body, headers)).toMatchObject({ status: 200, reached: true });
  });

  test("initialize is refused, and told what is spoken here", async () => {
    const body = message("initialize", { protocolVersion: "2025-11-25" });
    expect(await send("modern", body)).toEqual({
      status: 400,
      reached: false,
      error: {
        code: -32022,
        message: "Unsupported protocol version",
        data: { supported: ["2026-07-28"], requested: "2025-11-25" },
      },
    });
  });

  test("a batch and a call of a session are refused", async () => {
    expect((await send("modern", [message("ping")])).error?.code).toBe(-32022);
    expect((await send("modern", message("tools/list"), legacyHeader)).error?.code).toBe(-32022);
  });

  test.each(["GET", "DELETE"])("%s is 405", async (method) => {
    const answer = await fetch(`${locks.get("modern")?.origin}/mcp`, { method });
    expect(answer.status).toBe(405);
    await answer.body?.cancel();
  });
});
