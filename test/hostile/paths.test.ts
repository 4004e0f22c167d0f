/** Every way to a tool meets the same check, and there is no way around it. Checklist Z3. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { methods } from "../../node/exchange/methods.ts";
import { Gateway } from "./gateway.ts";
import { allPaths, parts, takers, violations, walk } from "./paths.ts";
import { enter, wayNames } from "./ways.ts";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
  await gateway.warm(gateway.key("first"));
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

test("Z3: every governed method, by every door and era, under every path: a name that is not granted reaches no upstream, is refused, and is on record", async () => {
  const paths = allPaths();
  expect(paths.length).toBeGreaterThan(60);
  const walked = await walk(gateway, paths);
  expect(paths.flatMap((path, at) => violations(path, walked[at] as (typeof walked)[number]))).toEqual([]);
});

test("Z3: every governed method and every way in is among the paths, and every part of an endpoint is somebody's", () => {
  const all = allPaths().map(({ what }) => what);
  for (const [method, row] of Object.entries(methods))
    for (const way of wayNames) {
      const isWalked = all.some((what) => what.startsWith(`${method} by ${way} `));
      const era = way.endsWith("modern") ? "modern" : "older";
      const isDue =
        (row.policy === "governed" || row.policy === "subscription") &&
        (row.eras === "both" || row.eras === era);
      expect({ method, way, isWalked }).toEqual({ method, way, isWalked: isDue });
    }
  expect(parts.toSorted()).toEqual(Object.keys(takers).toSorted());
  expect(Object.values(takers).flat().toSorted()).toEqual([...wayNames].toSorted());
});

test("Z3: a method in no table reaches nothing, whatever it is called", async () => {
  const key = gateway.key("caller");
  const strange = [
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tasks/cancel",
    "tools/Call",
    "tools/call/",
    "/tools/call",
    "tools\\call",
    "elicitation/create",
    "sampling/createMessage",
    "roots/list",
    "server/info",
    "rpc.discover",
    "$/cancelRequest",
    "completion/Complete",
    "notifications/tools/list_changed",
    "admin/tools/call",
    "constructor",
    "hasOwnProperty",
  ];
  gateway.tools.forget();
  for (const name of wayNames) {
    const way = await enter(name, { port: gateway.port, path: "/p/reader", key });
    for (const method of strange) {
      const { message } = await way.request(method, { name: "echo", uri: "demo://docs/1", arguments: {} });
      expect({ name, method, code: (message?.["error"] as { code?: number } | undefined)?.code }).toEqual({
        name,
        method,
        code: -32601,
      });
    }
    way.close();
  }
  expect(gateway.tools.calls).toEqual([]);
});
