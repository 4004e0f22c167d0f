/** Many agents, the same ids, one pipe: each gets its own. Checklist S2. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Gateway } from "./gateway.ts";
import { enter, wayNames } from "./ways.ts";

const agents = 200;
const callsEach = 8;

let gateway: Gateway;

beforeAll(async () => {
  const script = new URL("canarychild.ts", import.meta.url).pathname;
  gateway = await Gateway.start({
    server: { transport: { stdio: { command: "node", args: [script] } }, era: "legacy", network: undefined },
  });
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

test("S2: 200 agents over every door, all with the same ids and progress tokens on one shared pipe: nobody hears another's word", async () => {
  const ways = await Promise.all(
    Array.from({ length: agents }, (_, at) =>
      enter(wayNames[at % wayNames.length] ?? "sse", {
        port: gateway.port,
        path: "/p/reader",
        key: gateway.key(`agent-${at}`),
      }),
    ),
  );
  const wrong: unknown[] = [];
  let heard = 0;
  await Promise.all(
    ways.flatMap((way, agent) =>
      Array.from({ length: callsEach }, async (_, call) => {
        const canary = `canary-${agent}-${call}-`;
        const { message, before } = await way.request("tools/call", {
          name: "echo",
          arguments: { text: canary },
          _meta: { progressToken: call },
        });
        const texts = JSON.stringify([message, ...before]).match(/canary-\d+-\d+-/g) ?? [];
        const result = message?.["result"] as { content?: JsonObject[] } | undefined;
        if (result?.content?.[0]?.["text"] !== canary) wrong.push({ canary, message });
        for (const text of texts) if (!text.startsWith(`canary-${agent}-`)) wrong.push({ canary, text });
        heard += texts.length;
      }),
    ),
  );
  expect(wrong).toEqual([]);
  // Each answer, and progress for most of them.
  expect(heard).toBeGreaterThan(agents * callsEach * 1.5);
  for (const way of ways) way.close();
}, 30_000);
