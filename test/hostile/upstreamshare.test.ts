/** A tool server's sockets, and an agent that wants them all (checklist R3). */
import { afterEach, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { HostileServer, offerOf, toolNamed } from "./upstream.ts";
import { ModernAgent, textOf } from "./upstreamagent.ts";
import { cleanUp, httpUpstream, later, Stand, until } from "./upstreamstand.ts";

afterEach(cleanUp);

test("R3 an agent whose long calls fill its share under one persona gets no second share under another", async () => {
  const held: (() => void)[] = [];
  const server = await HostileServer.start({
    era: "modern",
    offer: offerOf(toolNamed("long"), toolNamed("short")),
    onCall: (asked) =>
      asked.params["name"] === "short" ? asked.text("short") : void held.push(() => asked.text("long")),
  });
  later(() => server.stop());
  const stand = await Stand.start({
    servers: { shop: httpUpstream(server) },
    personas: { second: ["shop"] },
  });
  const { key } = stand.node.keys.create({ agent: "greedy", personas: ["desk", "second"] });
  const [here, there] = [new ModernAgent(stand.url, key), new ModernAgent(stand.urlOf("second"), key)];
  const share = limits.upstreamConnectionsMax * (1 - 1 / limits.upstreamFreeShare);
  const free = limits.upstreamConnectionsMax - share;
  const long = Array.from({ length: share }, (_, at) => here.call("long", { n: `${at}` }));
  await until(() => held.length === share);
  long.push(...Array.from({ length: 2 * free }, (_, at) => there.call("long", { n: `${at}` })));
  await until(() => stand.records("intent").length === share + 2 * free);

  const modest = new ModernAgent(stand.url, stand.keyFor("modest"));
  expect(textOf(await modest.call("short", { n: "1" }))).toBe("short");
  expect(held.length).toBe(share);
  while (server.heard("tools/call").length < share + 2 * free + 1 || held.length > 0) {
    for (const answer of held.splice(0)) answer();
    await new Promise((resolve) => void setTimeout(resolve, 5));
  }
  for (const each of await Promise.all(long)) expect(textOf(each)).toBe("long");
  expect(stand.faults).toEqual([]);
});
