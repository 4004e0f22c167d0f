/**
 * Servers that misbehave: each way has its code of the error table, one outcome record, bounded time and memory; its
 * tool's breaker opens and no other; other agents notice nothing (issue M4, checklist S2).
 */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { event, HostileServer, offerOf, toolNamed, type Asked, type ServerEra } from "./upstream.ts";
import {
  codeOf,
  errorOf,
  ModernAgent,
  OlderAgent,
  SocketAgent,
  textOf,
  type Answer,
} from "./upstreamagent.ts";
import { cleanUp, httpUpstream, later, pause, Stand, until, wide } from "./upstreamstand.ts";

afterEach(cleanUp);

const json = { "content-type": "application/json" };
const MiB = 1024 * 1024;
/** 100 MiB of nothing; made beforehand, because making it holds up the whole process. */
const bomb = gzipSync(Buffer.alloc(100 * MiB));

/** Writes `bytes` of a chunk again and again, as fast as the gateway reads, until it is gone. */
async function pour(asked: Asked, bytes: number, chunk: Buffer): Promise<void> {
  for (let sent = 0; sent < bytes && !asked.response.destroyed; sent += chunk.length)
    if (!asked.response.write(chunk)) await asked.drained();
}

function body(asked: Asked, text: string): void {
  asked.raw(200, json, text);
}

function answerText(asked: Asked, result: string): string {
  return `{"jsonrpc":"2.0","id":${String(asked.id)},"result":${result}}`;
}

interface Way {
  readonly code: string;
  readonly outcome: string;
  readonly act: (asked: Asked) => unknown;
}

const garbage = (act: Way["act"]): Way => ({ code: "UPSTREAM_GARBAGE", outcome: "broken", act });
const closed = (act: Way["act"]): Way => ({ code: "UPSTREAM_CLOSED", outcome: "broken", act });
const late = (act: Way["act"]): Way => ({ code: "UPSTREAM_TIMEOUT", outcome: "timeout", act });
const large = (act: Way["act"]): Way => ({ code: "UPSTREAM_TOO_LARGE", outcome: "broken", act });

const ways: { readonly [tool: string]: Way } = {
  "no-json": garbage((asked) => body(asked, "this is no JSON")),
  "half-json": garbage((asked) => body(asked, '{"jsonrpc":"2.0","id":')),
  "no-message": garbage((asked) => body(asked, '{"hello":"world"}')),
  "empty-answer": garbage((asked) => body(asked, "")),
  "an-array": garbage((asked) => body(asked, `[${answerText(asked, "{}")},${answerText(asked, "{}")}]`)),
  "neither-result-nor-error": garbage((asked) => body(asked, `{"jsonrpc":"2.0","id":${String(asked.id)}}`)),
  "result-and-error": garbage((asked) =>
    body(asked, `{"jsonrpc":"2.0","id":${String(asked.id)},"result":{},"error":{"code":1,"message":"x"}}`),
  ),
  "result-no-object": garbage((asked) => body(asked, answerText(asked, "[1]"))),
  "a-duplicate-key": garbage((asked) => body(asked, answerText(asked, '{"isError":false,"isError":true}'))),
  "a-proto-key": garbage((asked) => body(asked, answerText(asked, '{"__proto__":{"isError":true}}'))),
  "a-lone-surrogate": garbage((asked) => body(asked, answerText(asked, '{"a":"\\ud800"}'))),
  "a-deep-answer": garbage((asked) =>
    body(asked, answerText(asked, `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`)),
  ),
  "no-utf8": garbage((asked) => asked.raw(200, json, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))),
  "another-id": garbage((asked) =>
    asked.finish({ jsonrpc: "2.0", id: Number(asked.id) + 1, result: { stolen: true } }),
  ),
  "a-text-id": garbage((asked) =>
    asked.finish({ jsonrpc: "2.0", id: String(asked.id), result: { stolen: true } }),
  ),
  "a-wrong-type": garbage((asked) => asked.raw(200, { "content-type": "text/html" }, "<html>")),
  "no-type": garbage((asked) => asked.raw(200, {}, answerText(asked, "{}"))),
  "a-gzip-bomb": garbage((asked) => asked.raw(200, { ...json, "content-encoding": "gzip" }, bomb)),
  "a-brotli-claim": garbage((asked) =>
    asked.raw(200, { ...json, "content-encoding": "br" }, answerText(asked, "{}")),
  ),
  "a-huge-header": garbage((asked) =>
    asked.raw(200, { ...json, "x-big": "x".repeat(60_000) }, answerText(asked, "{}")),
  ),
  "an-http-500": garbage((asked) => asked.raw(500, { "content-type": "text/plain" }, "oops")),
  "an-http-503": garbage((asked) => asked.raw(503, { "retry-after": "1" }, "busy")),
  "a-redirect": garbage((asked) => asked.raw(307, { location: "/elsewhere" })),
  "not-http": garbage((asked) => void asked.response.socket?.end("220 smtp ready\r\n\r\n")),
  "garbage-in-a-stream": garbage((asked) => {
    asked.open();
    asked.response.write("data: this is no JSON\n\n");
  }),
  "closed-at-once": closed((asked) => asked.response.destroy()),
  "closed-in-mid-body": closed((asked) => {
    asked.response.writeHead(200, { ...json, "content-length": "1000" });
    asked.response.write('{"jsonrpc":', () => asked.response.destroy());
  }),
  "closed-in-mid-stream": closed((asked) => {
    asked.progress(1);
    asked.response.write("data: {", () => asked.response.destroy());
  }),
  "a-stream-without-answer": closed((asked) => {
    asked.progress(1);
    asked.response.end();
  }),
  "never-answered": late(() => undefined),
  "a-head-and-nothing": late((asked) => {
    asked.response.writeHead(200, json).flushHeaders();
  }),
  "a-slow-drip": late(async (asked) => {
    asked.response.writeHead(200, json);
    while (!asked.response.destroyed) {
      asked.response.write(" ");
      await pause(50);
    }
  }),
  "endless-comments": late(async (asked) => {
    asked.open();
    while (!asked.response.destroyed) {
      asked.response.write(": alive\n\n");
      await pause(5);
    }
  }),
  "endless-logs": late(async (asked) => {
    while (!asked.response.destroyed) {
      for (let n = 0; n < 50; n++)
        asked.notify("notifications/message", { level: "info", data: "x".repeat(100) });
      await pause(1);
    }
  }),
  "a-100-mb-answer": large(async (asked) => {
    asked.response.writeHead(200, json);
    asked.response.write(`{"jsonrpc":"2.0","id":${String(asked.id)},"result":{"a":"`);
    await pour(asked, 100 * MiB, Buffer.alloc(64 * 1024, "x"));
    asked.response.end('"}}');
  }),
  "a-100-mb-event": large(async (asked) => {
    asked.open();
    asked.response.write("data: ");
    await pour(asked, 100 * MiB, Buffer.alloc(64 * 1024, "x"));
    asked.response.end("\n\n");
  }),
};
const tools = Object.keys(ways);

async function standBefore(
  era: ServerEra,
): Promise<{ bad: HostileServer; good: HostileServer; stand: Stand }> {
  const offer = offerOf(...[...tools, "fine", "twice", "flapping", "moody"].map((name) => toolNamed(name)));
  let flaps = 0;
  const onCall = (asked: Asked): unknown => {
    const name = String(asked.params["name"]);
    if (name === "fine") return asked.text("fine");
    if (name === "flapping") return flaps++ % 2 === 0 ? asked.response.destroy() : asked.text("up");
    if (name === "twice") {
      const message = (text: string): string =>
        event({
          jsonrpc: "2.0",
          id: asked.id,
          result: { resultType: "complete", content: [{ type: "text", text }] },
        });
      asked.open();
      return asked.response.end(message("first") + message("second"));
    }
    return ways[name]?.act(asked);
  };
  const bad = await HostileServer.start({ era, offer, onCall });
  const good = await HostileServer.start({ era, offer: offerOf(toolNamed("other")) });
  later(() => Promise.all([bad.stop(), good.stop()]));
  const stand = await Stand.start({
    servers: { bad: httpUpstream(bad, { callSeconds: 0.8 }), good: httpUpstream(good) },
    role: { breakers: { ...wide.breakers, tool: { failures: 3, openSeconds: 60 } } },
  });
  return { bad, good, stand };
}

/** Another agent that calls another server all the while. */
function bystander(stand: Stand): {
  stop: () => Promise<{ calls: number; failed: string[]; slowestMs: number }>;
} {
  const agent = new ModernAgent(stand.url, stand.keyFor("bystander"));
  const figures = { calls: 0, failed: [] as string[], slowestMs: 0 };
  let isOver = false;
  const running = (async (): Promise<void> => {
    while (!isOver) {
      const startedMs = performance.now();
      const answer = await agent.call("other", { n: "1" });
      figures.calls++;
      if (textOf(answer) !== "other did it") figures.failed.push(answer.text);
      figures.slowestMs = Math.max(figures.slowestMs, performance.now() - startedMs);
      await pause(2);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await running;
      return figures;
    },
  };
}

describe.each(["modern", "older"] as const)("a server of the %s era", (era) => {
  test("gets its code for each misbehaviour, an outcome record, and an open breaker for that tool alone", async () => {
    const { stand } = await standBefore(era);
    const agent = new ModernAgent(stand.url, stand.key);
    expect(textOf(await agent.call("fine", { n: "1" }))).toBe("fine");
    const others = bystander(stand);
    const rssBefore = process.memoryUsage().rss;
    let rssMost = rssBefore;
    const sampling = setInterval(() => (rssMost = Math.max(rssMost, process.memoryUsage().rss)), 20);
    const wrong: string[] = [];
    const one = async (name: string): Promise<void> => {
      const startedMs = performance.now();
      const answers: Answer[] = [];
      const times = /-mb-|gzip/.test(name) ? 1 : 3;
      for (let n = 0; n < times; n++) answers.push(await agent.call(name, { n: String(n) }));
      const codes = answers.map(codeOf);
      if (codes.some((code) => code !== ways[name]?.code))
        wrong.push(`${name}: ${codes.join()} ${answers[0]?.text.slice(0, 300) ?? ""}`);
      if (answers.some(({ status }) => status !== 200)) wrong.push(`${name}: status`);
      if (performance.now() - startedMs > 15_000) wrong.push(`${name}: slow`);
      if (times === 3 && codeOf(await agent.call(name, { n: "4" })) !== "breaker.tool")
        wrong.push(`${name}: breaker`);
    };
    // Several at a time: the machine's two cores, and a server that misbehaves in many ways at once.
    const queue = [...tools];
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let name = queue.shift(); name !== undefined; name = queue.shift()) await one(name);
      }),
    );
    clearInterval(sampling);
    const { calls, failed, slowestMs } = await others.stop();
    expect(wrong).toEqual([]);
    expect(textOf(await agent.call("fine", { n: "1" }))).toBe("fine");
    const found = (await stand.outcomes()).filter(({ name }) => name in ways);
    const expected = found.filter(
      ({ name, outcome, code }) => ways[name]?.outcome === outcome && ways[name]?.code === code,
    );
    expect(expected).toEqual(found);
    expect(new Set(found.map(({ name }) => name)).size).toBe(tools.length);
    expect(stand.records("intent")).toHaveLength(stand.records("outcome").length);
    expect([failed, calls > 20]).toEqual([[], true]);
    const grownMiB = Math.round((rssMost - rssBefore) / MiB);
    process.stdout.write(
      `${era}: RSS +${grownMiB} MiB at most (server, gateway and agents in one process); bystander ${calls} calls, slowest ${Math.round(slowestMs)} ms\n`,
    );
    expect(grownMiB).toBeLessThan(350);
    expect(slowestMs).toBeLessThan(3_000);
    expect(stand.faults).toEqual([]);
  }, 60_000);

  test("S2 that answers twice is heard once; one that flaps is judged call by call", async () => {
    const { stand } = await standBefore(era);
    const agent = new ModernAgent(stand.url, stand.key);
    expect(textOf(await agent.call("twice", { n: "1" }))).toBe("first");
    const answers: Answer[] = [];
    for (let n = 0; n < 8; n++) answers.push(await agent.call("flapping", { n: String(n) }));
    expect(answers.map((answer) => codeOf(answer) ?? textOf(answer))).toEqual(
      Array.from({ length: 4 }, () => ["UPSTREAM_CLOSED", "up"]).flat(),
    );
  });

  test("that goes away and comes back is reported and found again; the agent's session survives it", async () => {
    const offer = offerOf(toolNamed("fine"));
    const first = await HostileServer.start({ era, offer });
    const stand = await Stand.start({ servers: { bad: httpUpstream(first, { callSeconds: 2 }) } });
    const modern = new ModernAgent(stand.url, stand.key);
    const older = await OlderAgent.open(stand.url, stand.key);
    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize();
    const callAll = async (): Promise<Answer[]> => [
      await modern.call("fine", { n: "1" }),
      await older.call("fine", { n: "1" }),
      {
        ...(await modern.request("tools/list")),
        last: await socket.response(socket.older("tools/call", { name: "fine", arguments: { n: "1" } })),
      },
    ];
    expect((await callAll()).map(textOf)).toEqual(["fine did it", "fine did it", "fine did it"]);
    await first.stop();
    for (const answer of await callAll())
      expect(codeOf(answer)).toMatch(/^UPSTREAM_(UNREACHABLE|SESSION_LOST|CLOSED)$/);
    const second = await HostileServer.start({ era, offer }, first.port);
    later(() => second.stop());
    await until(async () => textOf(await modern.call("fine", { n: "1" })) === "fine did it", 5_000);
    expect((await callAll()).map(textOf)).toEqual(["fine did it", "fine did it", "fine did it"]);
    const found = new Set((await stand.outcomes()).map(({ outcome }) => outcome));
    expect(found.has("ok") && !found.has("timeout") && !found.has("cancelled")).toBe(true);
  });
});

test("a stream of progress beyond the bound is cut off, however lively it is, and its agent has not seen all of it", async () => {
  const message = "x".repeat(60_000);
  const onCall = async (asked: Asked): Promise<void> => {
    asked.progress(0);
    const line = event({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: asked.token, progress: 1, message },
    });
    await pour(asked, 300 * MiB, Buffer.from(line));
    asked.text("too late");
  };
  const server = await HostileServer.start({ era: "modern", offer: offerOf(toolNamed("flood")), onCall });
  later(() => server.stop());
  // Its messages are searched before they are passed on, which takes longer than to let them by.
  const stand = await Stand.start({ servers: { bad: httpUpstream(server, { callSeconds: 30 }) } });
  const answer = await new ModernAgent(stand.url, stand.key).call("flood", {}, { progressToken: "p" });
  expect(codeOf(answer)).toBe("UPSTREAM_TOO_LARGE");
  expect(answer.messages.length).toBeLessThan(limits.upstreamNoticesPerSecondMax * 20);
  expect(await stand.outcomes()).toEqual([{ outcome: "broken", code: "UPSTREAM_TOO_LARGE", name: "flood" }]);
});

test("a list that fails is an error to the agent that asks, and to nobody else", async () => {
  const { bad, stand } = await standBefore("modern");
  bad.offer.resources.push({ uri: "bad://r", name: "r" });
  const agent = new ModernAgent(stand.url, stand.key);
  bad.onMessage = (asked) => {
    if (asked.method !== "tools/list") return false;
    asked.response.destroy();
    return true;
  };
  expect(codeOf(await agent.call("fine", { n: "1" }))).toBe("UPSTREAM_CLOSED");
  expect(textOf(await agent.call("other", { n: "1" }))).toBe("other did it");
  expect(await agent.toolNames()).toContain("fine");
  bad.onMessage = undefined;
  expect(textOf(await agent.call("fine", { n: "1" }))).toBe("fine");
});

test("a prompt or resource whose server fails is a JSON-RPC error with the code, in every era", async () => {
  const offer = {
    ...offerOf(toolNamed("fine")),
    prompts: [{ name: "p" }],
    resources: [{ uri: "bad://r", name: "r" }],
  };
  const server = await HostileServer.start({
    era: "modern",
    offer,
    onCall: (asked) => asked.response.destroy(),
  });
  later(() => server.stop());
  const stand = await Stand.start({ servers: { bad: httpUpstream(server) } });
  const agents = [new ModernAgent(stand.url, stand.key), await OlderAgent.open(stand.url, stand.key)];
  for (const agent of agents)
    for (const [method, params] of [
      ["prompts/get", { name: "p" }],
      ["resources/read", { uri: "bad://r" }],
    ] as [string, JsonObject][]) {
      const answer = await agent.request(method, params);
      expect([answer.status, codeOf(answer), typeof errorOf(answer)["code"]], `${method}`).toEqual([
        200,
        "UPSTREAM_CLOSED",
        "number",
      ]);
    }
});
