import { afterEach, describe, expect, test, vi } from "vitest";
import type { ErrorCode, GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { Dialer } from "./dialer.ts";
import type { Line } from "./dialer.ts";
import { cleanUp, later, loopback, rawServer, until } from "./upstream.fixture.ts";

afterEach(cleanUp);

function open(url: string, connectionsMax: number): Line {
  const line = new Dialer().open(url, { ...loopback, connectionsMax });
  later(() => line.close());
  return line;
}

/** Sends one request for an agent; resolves with undefined when it was answered. */
function ask(line: Line, owner: string): Promise<ErrorCode | undefined> {
  return new Promise((resolve) => {
    const fail = (error: GatewayError): void => resolve(error.code);
    line.send(
      { method: "GET", headers: ["x-owner", owner], owner },
      { head: () => undefined, data: () => undefined, end: () => resolve(undefined), fail },
    );
  });
}

describe("sockets of one upstream", () => {
  test("a modest agent's call is answered in the time of one call, however many a greedy one has waiting", async () => {
    const serviceMs = 100;
    const server = await rawServer((_, response) => void setTimeout(() => response.end("ok"), serviceMs));
    const line = open(server.url, 16);
    const greedy = Array.from({ length: 160 }, () => ask(line, "greedy"));
    await until(() => line.counts.open === 14);
    expect(line.counts).toEqual({ open: 14, streams: 0, waiting: 146 });
    const times: number[] = [];
    for (let call = 0; call < 5; call++) {
      const startedMs = performance.now();
      expect(await ask(line, "modest")).toBeUndefined();
      times.push(performance.now() - startedMs);
    }
    expect(Math.max(...times)).toBeLessThan(5 * serviceMs);
    expect(line.counts.waiting).toBeGreaterThan(0);
    expect(await Promise.all(greedy)).toEqual(greedy.map(() => undefined));
  });

  test("agents that all wait take turns: ten greedy ones cost a modest one a tenth, not its place behind a hundred", async () => {
    const served: string[] = [];
    const server = await rawServer((request, response) => {
      served.push(String(request.headers["x-owner"]));
      setTimeout(() => response.end("ok"), 20);
    });
    const line = open(server.url, 4);
    const greedy = Array.from({ length: 200 }, (_, at) => ask(line, `greedy-${at % 10}`));
    await until(() => served.length === 4);
    const before = served.length;
    await Promise.all([ask(line, "modest"), ...greedy]);
    expect(served.indexOf("modest")).toBeLessThan(before + 12);
  });

  test("who waits too long for a socket is refused, and never written", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    later(() => void vi.useRealTimers());
    let requests = 0;
    const server = await rawServer(() => requests++);
    const line = open(server.url, 1);
    const first = ask(line, "a");
    const second = ask(line, "b");
    expect(line.counts).toEqual({ open: 1, streams: 0, waiting: 1 });
    vi.advanceTimersByTime(limits.upstreamWaitMs);
    expect(await second).toBe("OVERLOADED");
    expect(line.counts.waiting).toBe(0);
    await line.close();
    await first;
    expect(requests).toBeLessThanOrEqual(1);
  });
});
