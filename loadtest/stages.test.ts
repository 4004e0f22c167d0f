import { expect, test } from "vitest";
import { breakDown } from "./stages.ts";

const root = "file:///house/";
function node(id: number, functionName: string, url: string, children: number[] = []) {
  return { id, callFrame: { functionName, url, lineNumber: 9 }, children };
}

const profile = {
  nodes: [
    node(1, "(root)", "", [2, 3, 7, 9]),
    node(2, "(idle)", ""),
    node(3, "parserOnIncoming", "node:_http_server", [4]),
    node(4, "onRequest", `${root}node/door/http.ts`, [5]),
    node(5, "parseMessage", `${root}protocol/jsonrpc.ts`, [6]),
    node(6, "parse", ""),
    node(7, "onSocketRead", `${root}node_modules/undici/lib/client.js`, [8]),
    node(8, "answered", `${root}node/exchange/governor.ts`),
    node(9, "onStreamRead", "node:internal/stream_base_commons"),
  ],
  samples: [2, 4, 5, 6, 7, 8, 9, 3],
  // Each delta is the time since the sample before, so the first is of no sample and the last sample has none.
  timeDeltas: [0, 1000, 10, 20, 30, 40, 50, 60],
};

test("a sample belongs to the innermost frame of ours, and idle time to nobody", () => {
  const { totalUs, stages } = breakDown(profile, root);
  expect(totalUs).toBe(210);
  expect(stages).toEqual([
    { stage: "Node.js: sockets and streams", allUs: 60, ownUs: 60 },
    { stage: "parse", allUs: 50, ownUs: 20 },
    { stage: "exchange", allUs: 50, ownUs: 50 },
    { stage: "upstream (undici)", allUs: 40, ownUs: 40 },
    { stage: "door", allUs: 10, ownUs: 10 },
  ]);
});

test("functions are named with the place they begin at", () => {
  const [first, second] = breakDown(profile, root).functions;
  expect(first).toMatchObject({
    name: "onStreamRead",
    place: "node:internal/stream_base_commons:10",
    selfUs: 60,
  });
  expect(second).toMatchObject({
    name: "answered",
    place: "node/exchange/governor.ts:10",
    stage: "exchange",
    selfUs: 50,
  });
});

test("a function of ours is charged with what is done below it", () => {
  const { callers } = breakDown(profile, root);
  expect(callers.find(({ name }) => name === "answered")).toMatchObject({ allUs: 50, ownUs: 50 });
  expect(callers.find(({ name }) => name === "parseMessage")).toEqual({
    name: "parseMessage",
    place: "protocol/jsonrpc.ts:10",
    allUs: 50,
    ownUs: 20,
  });
});
