/** Calls that wait for an answer of their agent: how they go on, and how they end. */
import { afterEach, describe, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { HostileServer, offerOf, toolNamed } from "./upstream.ts";
import { codeOf, errorOf, ModernAgent, resultOf, SocketAgent, textOf, type Answer } from "./upstreamagent.ts";
import { accept, ask, asking, capabilities, elicit, form, goOn, standBefore } from "./upstreamquestions.ts";
import { cleanUp, httpUpstream, later, pause, Stand, until } from "./upstreamstand.ts";

afterEach(cleanUp);

describe("parked calls: a modern agent, an older server", () => {
  test("a handle resumes once; the second use is refused and the server is asked nothing", async () => {
    const { server, modern } = await standBefore("older", asking([{ a: elicit() }]));
    const asked = await ask(modern);
    expect(textOf(await goOn(modern, asked, accept))).toContain("Ada");
    expect(errorOf(await goOn(modern, asked, accept))["code"]).toBe(-32602);
    expect(server.heard("tools/call")).toHaveLength(1);
  });

  test("a retry without the answer is asked the same again", async () => {
    const { modern } = await standBefore("older", asking([{ a: elicit() }]));
    const asked = await ask(modern);
    const { requestState } = resultOf(asked);
    const again = await modern.call("ask", { n: "1" }, { capabilities, params: { requestState } });
    expect(resultOf(again)["inputRequests"]).toEqual(resultOf(asked)["inputRequests"]);
    expect(textOf(await goOn(modern, again, accept))).toContain("Ada");
  });

  test("closing the stream of a retry that waits cancels the server's call", async () => {
    const { server, stand, modern } = await standBefore("older", async (asked) => {
      await asked.ask("elicitation/create", form);
      // Never answered.
    });
    const asked = await ask(modern);
    const controller = new AbortController();
    const retry = goOn(modern, asked, accept, { signal: controller.signal }).catch(() => undefined);
    await until(() => server.asks.size === 0);
    controller.abort();
    await retry;
    await until(() => server.heard("notifications/cancelled").length === 1);
    await until(async () => (await stand.outcomes()).length === 2);
    expect((await stand.outcomes()).map(({ outcome }) => outcome)).toEqual(["ok", "cancelled"]);
  });

  test("a kill while parked cancels the server's call, and the retry is refused as killed", async () => {
    const { server, stand, modern } = await standBefore("older", asking([{ a: elicit() }]));
    const asked = await ask(modern);
    const session = stand.records("intent")[0]?.session;
    await stand.ask("kill", { key: session, by: "root", reason: "test" });
    await until(
      () =>
        server.heard("notifications/cancelled").length +
          [...server.seen].filter(
            ({ message }) => message["method"] === undefined && message["error"] !== undefined,
          ).length >
        0,
    );
    const answer = await goOn(modern, asked, accept);
    expect([answer.status, codeOf(answer)]).toEqual([403, "SESSION_KILLED"]);
  });

  test("more parked calls than a session may have are refused, and the server's call is ended", async () => {
    const { server: shop } = await standBefore("older", asking([{ a: elicit() }]));
    const mall = await HostileServer.start({
      era: "older",
      offer: offerOf(toolNamed("mall")),
      onCall: asking([{ a: elicit() }]),
    });
    later(() => mall.stop());
    const stand = await Stand.start({ servers: { shop: httpUpstream(shop), mall: httpUpstream(mall) } });
    const agent = new ModernAgent(stand.url, stand.key);
    const parked: Answer[] = [];
    for (let n = 0; n < limits.parkedCallsPerSessionMax; n++)
      parked.push(await agent.call(n % 2 === 0 ? "ask" : "mall", { n: String(n) }, { capabilities }));
    expect(codeOf(await agent.call("mall", { n: "beyond" }, { capabilities }))).toBe("OVERLOADED");
    await until(() => mall.heard("notifications/cancelled").length === 1);
    const [first] = parked;
    if (first === undefined) throw new Error("none parked");
    expect(textOf(await goOn(agent, first, accept, { args: { n: "0" } }))).toContain("Ada");
  });

  test("a stopping node ends them", async () => {
    const { server, stand, modern } = await standBefore("older", asking([{ a: elicit() }]));
    await ask(modern);
    const startedMs = performance.now();
    await stand.node.stop();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(server.sessions.size).toBe(0);
  });
});

describe("an older agent", () => {
  test.each(["older", "modern"] as const)(
    "that cancels while it is asked by a server of the %s era gets no answer, and the server is told",
    async (era) => {
      const { server, stand } = await standBefore(era, asking([{ a: elicit() }]));
      const socket = await SocketAgent.open(stand.url, stand.key);
      await socket.initialize(capabilities);
      const id = socket.older("tools/call", { name: "ask", arguments: {} });
      const question = await socket.first((message) => message["method"] === "elicitation/create");
      socket.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
      await socket.first((message) => message["method"] === "notifications/cancelled");
      expect(
        socket.messages.find(({ method }) => method === "notifications/cancelled")?.["params"],
      ).toMatchObject({ requestId: question["id"] });
      await until(async () => (await stand.outcomes()).some(({ outcome }) => outcome === "cancelled"));
      if (era === "older") await until(() => server.heard("notifications/cancelled").length === 1);
      socket.send({ jsonrpc: "2.0", id: question["id"], result: accept });
      await pause(100);
      expect(socket.messages.filter((message) => message["id"] === id)).toEqual([]);
    },
  );

  test("that declines with an error gives the error to the server, and goes on", async () => {
    const { stand } = await standBefore("older", asking([{ a: elicit() }]));
    const socket = await SocketAgent.open(stand.url, stand.key);
    await socket.initialize(capabilities);
    const id = socket.older("tools/call", { name: "ask", arguments: {} });
    const question = await socket.first((message) => message["method"] === "elicitation/create");
    socket.send({ jsonrpc: "2.0", id: question["id"], error: { code: -1, message: "not now" } });
    expect(textOf({ last: await socket.response(id) })).toContain("not now");
  });
});
