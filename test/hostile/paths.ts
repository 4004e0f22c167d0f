/**
 * Every way to a tool, generated from the method table and the route table: each governed method, by each door and era
 * that has it, under each path an endpoint has, for a name that nobody granted. A way must reach no upstream, be refused,
 * and leave a refusal on record. What finds a way that does not is paths.test.ts; that it would, the mutants show.
 */
import { endpointRoutes } from "../../node/door/routes.ts";
import type { DoorPart } from "../../node/exchange/endpoint.ts";
import { methods, type Method, type MethodRow } from "../../node/exchange/methods.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { ask, messagesOf, modernBody, modernHeaders } from "./agent.ts";
import { pause, type Gateway } from "./gateway.ts";
import { enter, HttpOlder, wayNames, type WayName } from "./ways.ts";

export interface Path {
  readonly what: string;
  readonly policy: MethodRow["policy"];
  readonly method: string;
  /** Sends the one request. Resolves with its answer. */
  readonly go: (gateway: Gateway, key: string) => Promise<JsonObject | undefined>;
}

export interface Walked {
  readonly what: string;
  readonly isReached: boolean;
  readonly isRefused: boolean;
  /** There is a record of exactly this refusal. Only governed methods have one. */
  readonly isRecorded: boolean;
}

/** Names that are real upstream and in no role; and where each method has them. */
const params: { readonly [Names in NonNullable<MethodRow["names"]>]: JsonObject } = {
  tool: { name: "drop", arguments: { name: "everything" } },
  prompt: { name: "secretary", arguments: { who: "me" } },
  resource: { uri: "demo://safe/1" },
  completion: { ref: { type: "ref/prompt", name: "secretary" }, argument: { name: "who", value: "m" } },
};
const template: JsonObject = {
  ref: { type: "ref/resource", uri: "demo://safe/{id}" },
  argument: { name: "id", value: "1" },
};

const bases = ["/p/reader", "/t/default/p/reader", "/s/tools"];
const eraOf = (name: WayName): "modern" | "older" => (name.endsWith("modern") ? "modern" : "older");

/** All paths: a method, door or part that is added to a table is walked without a word here, or fails to be. */
export function allPaths(): Path[] {
  const found: Path[] = [];
  for (const [method, row] of Object.entries(methods) as [Method, MethodRow][]) {
    if (row.policy !== "governed" && row.policy !== "subscription") continue;
    for (const way of wayNames) {
      if (row.eras !== "both" && row.eras !== eraOf(way)) continue;
      for (const base of bases)
        for (const asked of paramsOf(method, row)) found.push(plainPath(method, row, way, base, asked));
    }
    if (row.eras !== "modern") found.push(batchPath(method, row));
    if (row.policy === "governed" && row.eras !== "older") found.push(retryPath(method, row));
  }
  return found;
}

/** The parts of an endpoint that take requests, by who takes them here: a new part must be placed. */
export const takers: { readonly [Part in DoorPart]: readonly WayName[] } = {
  mcp: ["http modern", "http older", "websocket modern", "websocket older"],
  sse: [],
  message: ["sse"],
  ticket: [],
};
export const parts = Object.keys(endpointRoutes) as DoorPart[];

function paramsOf(method: Method, row: MethodRow): JsonObject[] {
  if (row.names === "completion") return [params.completion, template];
  if (row.names !== undefined) return [params[row.names]];
  if (method === "subscriptions/listen")
    return [{ notifications: { resourceSubscriptions: ["demo://safe/1"] } }];
  return [params.resource];
}

function plainPath(method: Method, row: MethodRow, way: WayName, base: string, asked: JsonObject): Path {
  return {
    what: `${method} by ${way} at ${base}${asked === template ? " (template)" : ""}`,
    policy: row.policy,
    method,
    go: async (gateway, key) => {
      const place = { port: gateway.port, path: base, key };
      if (method === "subscriptions/listen") return listen(gateway, place.path, key, asked, way);
      const entered = await enter(way, place);
      try {
        return (await entered.request(method, asked)).message;
      } finally {
        entered.close();
      }
    },
  };
}

/** A listen stream does not end: what it acknowledges is its answer. */
async function listen(
  gateway: Gateway,
  base: string,
  key: string,
  asked: JsonObject,
  name: WayName,
): Promise<JsonObject | undefined> {
  if (name === "websocket modern") {
    const way = await enter(name, { port: gateway.port, path: base, key });
    void way.request("subscriptions/listen", asked);
    await pause(50);
    way.close();
    return { error: {} };
  }
  const controller = new AbortController();
  const headers = modernHeaders(key, "subscriptions/listen", asked);
  const response = await fetch(`http://127.0.0.1:${gateway.port}${base}/mcp`, {
    method: "POST",
    headers,
    body: modernBody(1, "subscriptions/listen", asked),
    signal: controller.signal,
  });
  await pause(50);
  controller.abort();
  return response.ok ? { error: {} } : {};
}

function batchPath(method: Method, row: MethodRow): Path {
  return {
    what: `${method} in a batch`,
    policy: row.policy,
    method,
    go: async (gateway, key) => {
      const way = await HttpOlder.open({ port: gateway.port, path: "/p/reader", key }, "2025-03-26");
      const [asked] = paramsOf(method, row);
      const [message] = messagesOf(
        await way.post(JSON.stringify([{ jsonrpc: "2.0", id: 1, method, params: asked }])),
      );
      return message;
    },
  };
}

/** The retry of a question that was asked for another call: it is a call of its own. */
function retryPath(method: Method, row: MethodRow): Path {
  return {
    what: `${method} as a retry`,
    policy: row.policy,
    method,
    go: async (gateway, key) => {
      const first = { name: "confirm", arguments: { what: "it" } };
      const way = await enter("http modern", { port: gateway.port, path: "/p/reader", key });
      const result = (await way.request("tools/call", first)).message?.["result"];
      gateway.tools.forget();
      const asked = {
        ...paramsOf(method, row)[0],
        requestState: isObject(result) ? result["requestState"] : "none",
        inputResponses: { sure: { action: "accept" } },
      };
      const reply = await ask({
        port: gateway.port,
        path: "/p/reader/mcp",
        headers: modernHeaders(key, method, asked),
        body: modernBody(2, method, asked),
      });
      return messagesOf(reply).at(-1);
    },
  };
}

/** Walks each path as an agent of its own, so that each refusal has a record of its own. */
export async function walk(gateway: Gateway, paths: readonly Path[]): Promise<Walked[]> {
  const walked: Walked[] = [];
  for (const [at, path] of paths.entries()) {
    const agent = `walker-${at}`;
    const key = gateway.key(agent, ["reader", "s/tools"]);
    gateway.tools.forget();
    const answer = await path.go(gateway, key);
    const own = gateway.tools.calls.filter(
      (call) => call.method !== "subscriptions/listen" || JSON.stringify(call.params).includes("demo://safe"),
    );
    walked.push({
      what: path.what,
      isReached: own.length > 0,
      isRefused: answer !== undefined && "error" in answer,
      isRecorded: false,
    });
  }
  const refusals = new Map<string, string>();
  for (const { kind, session, method, verdict } of gateway.records())
    if (kind === "refusal" && verdict?.kind === "deny" && verdict.rule === "persona.unlisted")
      refusals.set(session ?? "", method ?? "");
  return walked.map((each, at) => ({
    ...each,
    isRecorded: refusals.get(`default/reader/walker-${at}/-`) === paths[at]?.method,
  }));
}

/** What is wrong with how a path was walked; nothing when the law holds. */
export function violations(path: Path, { isReached, isRefused, isRecorded }: Walked): string[] {
  const found: string[] = [];
  if (isReached) found.push(`${path.what}: reached the upstream`);
  // Ending what one never followed is no error, and nothing.
  if (!isRefused && path.method !== "resources/unsubscribe") found.push(`${path.what}: was not refused`);
  if (path.policy === "governed" && !isRecorded) found.push(`${path.what}: left no record`);
  return found;
}
