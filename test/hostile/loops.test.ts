/** Agents that go round in circles: stopped by themselves, within the configured number. Checklist R2. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { Gateway, toolGrant, unlimited } from "./gateway.ts";
import { enter, HttpModern, wayNames, type Answer, type WayName } from "./ways.ts";

const identical = 5;
const similar = 12;
const repeats = 20;
const openSeconds = 30;

let gateway: Gateway;

beforeAll(async () => {
  const behaviour = { identical, similar, repeats, openSeconds };
  const breakers = { tool: { failures: 1000, openSeconds: 1 }, behaviour };
  const grants = ["echo", "fail", "refuse", "slow"].map((name) => toolGrant(name));
  gateway = await Gateway.start({
    roles: {
      reader: { grants, ...unlimited, breakers },
      bucket: { grants, ...unlimited, limits: { agent: { capacity: 20, perSecond: 0.1 } } },
    },
  });
  await gateway.warm(gateway.key("first"));
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const storm = 1_000;

/** Keeps calling, whatever comes back; what reached the upstream, and the last answer. */
async function runaway(
  agent: string,
  name: WayName,
  next: (at: number) => readonly [tool: string, args: JsonObject],
): Promise<{
  reached: number;
  last: Answer | undefined;
  refusals: number;
  way: Awaited<ReturnType<typeof enter>>;
}> {
  gateway.tools.forget();
  const way = await enter(name, { port: gateway.port, path: "/p/reader", key: gateway.key(agent) });
  let last: Answer | undefined;
  let refusals = 0;
  for (let at = 0; at < storm; at++) {
    const [tool, args] = next(at);
    last = await way.request("tools/call", { name: tool, arguments: args });
    if (JSON.stringify(last.message).includes("breaker.behaviour")) refusals++;
  }
  return { reached: gateway.tools.calls.length, last, refusals, way };
}

test.each(wayNames)(
  "R2: %s: the same failing call is stopped after as many as the role says, of a thousand",
  async (name) => {
    const { reached, last, refusals } = await runaway(`same-${name.replace(" ", "-")}`, name, () => [
      "fail",
      { why: "again" },
    ]);
    expect({ reached, refusals }).toEqual({ reached: identical, refusals: storm - identical });
    expect(last?.message).toMatchObject({
      result: {
        isError: true,
        _meta: {
          "io.gatehouse/verdict": { code: "breaker.behaviour", untilMs: expect.any(Number) as number },
        },
      },
    });
    expect(JSON.stringify(last?.message)).toContain("fail");
  },
);

const circles: readonly (readonly [
  what: string,
  atMost: number,
  next: (at: number) => readonly [string, JsonObject],
])[] = [
  ["failing with a JSON-RPC error", identical, () => ["refuse", { why: "again" }]],
  ["two failing calls in turn", 2 * identical - 1, (at) => ["fail", { why: at % 2 === 0 ? "one" : "other" }]],
  [
    "four failing calls in turn",
    4 * identical - 3,
    (at) => [at % 2 === 0 ? "fail" : "refuse", { why: at % 4 < 2 ? "one" : "other" }],
  ],
  [
    "a failing call with a good one in between",
    2 * identical,
    (at) => (at % 2 === 0 ? ["fail", { why: "again" }] : ["echo", { number: at }]),
  ],
  ["nearly the same, but for a number", similar, (at) => ["fail", { why: `attempt ${at}` }]],
  [
    "nearly the same, but for case and blanks",
    similar,
    (at) => [
      "fail",
      {
        why: "Try"
          .repeat(1)
          .split("")
          .map((letter, place) => ((at >> place) & 1 ? letter.toUpperCase() : letter.toLowerCase()))
          .join(" ".repeat(at % 3)),
      },
    ],
  ],
  [
    "failing differently each time",
    20 * similar,
    (at) => ["fail", { why: `${String.fromCharCode(97 + (at % 26))}${"x".repeat(at)}` }],
  ],
  ["the same good call with the same answer", repeats, () => ["echo", { text: "again" }]],
  ["two good calls in turn", 2 * repeats - 1, (at) => ["echo", { text: at % 2 === 0 ? "one" : "other" }]],
];

test.each(circles)("R2: %s: stopped after at most %i of a thousand", async (what, atMost, next) => {
  const { reached } = await runaway(what.replaceAll(/[^a-z]+/g, "-"), "websocket modern", next);
  expect(reached).toBeGreaterThanOrEqual(identical);
  expect(reached).toBeLessThanOrEqual(atMost);
});

test("R2: calls at once are no way around it: what is under way when the breaker opens is all there is", async () => {
  gateway.tools.forget();
  const way = await enter("websocket modern", {
    port: gateway.port,
    path: "/p/reader",
    key: gateway.key("parallel"),
  });
  for (let round = 0; round < 10; round++)
    await Promise.all(
      Array.from({ length: 32 }, () =>
        way.request("tools/call", { name: "fail", arguments: { why: "again" } }),
      ),
    );
  expect(gateway.tools.calls.length).toBeLessThanOrEqual(32);
});

test("R2: a new connection, door, era, key or wire session is the same session: none starts the count anew", async () => {
  gateway.tools.forget();
  for (let at = 0; at < 30; at++) {
    const key = gateway.key("shifty");
    const way = await enter(wayNames[at % wayNames.length] ?? "sse", {
      port: gateway.port,
      path: at % 2 === 0 ? "/p/reader" : "/t/default/p/reader",
      key,
    });
    await way.request("tools/call", { name: "fail", arguments: { why: "again" } });
    way.close();
  }
  expect(gateway.tools.calls.length).toBe(identical);
});

test("R2: an agent that mends its call is not stopped, and another agent is not concerned", async () => {
  gateway.tools.forget();
  const way = new HttpModern({ port: gateway.port, path: "/p/reader", key: gateway.key("learner") });
  for (let task = 0; task < 3; task++) {
    for (const why of ["wrong", "still wrong"])
      await way.request("tools/call", { name: "fail", arguments: { why: `${task} ${why}` } });
    expect(await way.request("tools/call", { name: "echo", arguments: { number: task } })).toHaveProperty(
      "message.result.content",
    );
  }
  expect(gateway.tools.calls).toHaveLength(9);
});

test("R2: a storm of refusals is a handful of records, whose counts are what was refused", async () => {
  const before = new Set(gateway.records().map(({ epoch, shard, n }) => `${epoch} ${shard} ${n}`));
  const way = new HttpModern({
    port: gateway.port,
    path: "/p/bucket",
    key: gateway.key("flooder", ["bucket"]),
  });
  const statuses = new Map<number | undefined, number>();
  for (let round = 0; round < 20; round++)
    for (const { status, headers } of await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        way.request("tools/call", { name: "echo", arguments: { number: round * 50 + at } }),
      ),
    )) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 429 && !(Number(headers?.["retry-after"]) > 0))
        throw new Error("429 without Retry-After");
    }
  const refused = statuses.get(429) ?? 0;
  expect(refused).toBeGreaterThan(900);
  // What was only counted is written down at the end of its interval, or when the node stops.
  await gateway.stop();
  const own = gateway
    .records()
    .filter(
      (record) =>
        record.session === "default/bucket/flooder/-" &&
        !before.has(`${record.epoch} ${record.shard} ${record.n}`),
    );
  const refusals = own.filter(({ kind }) => kind === "refusal");
  expect(refusals.length).toBeLessThan(20);
  expect(refusals.reduce((sum, record: RecordLine) => sum + (record.count ?? 1), 0)).toBe(refused);
  expect(own.filter(({ kind }) => kind === "intent")).toHaveLength(statuses.get(200) ?? 0);
});
