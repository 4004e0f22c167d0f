import type { IncomingMessage, ServerResponse } from "node:http";
import { beforeEach, expect, test } from "vitest";
import { sessionKey, type SessionKey } from "../../protocol/id.ts";
import type { Request } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { Changes } from "../exchange/changes.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { callerOf, PlainExchange } from "../exchange/exchange.fixture.ts";
import { Doors, type DoorsPorts, type Visitor } from "./doors.ts";
import { handleDelete } from "./get.ts";
import { openWire, startOlder } from "./post.ts";
import type { WireSession } from "./wire.ts";
import { WireMeter } from "./wiremeter.ts";

const [ann, eve] = ["ann", "eve"].map((name) => sessionKey("default", "p", name, undefined)) as [SessionKey, SessionKey]; // prettier-ignore
const [endpoint] = new Endpoints("http://x", [{ tenant: "default", kind: "persona", name: "p", persona: "p" }]).all; // prettier-ignore
if (endpoint === undefined) throw new Error("an endpoint was made");
const visitorOf = (session: SessionKey): Visitor => ({ endpoint, session, principal: callerOf("x").principal, from: "127.0.0.1" }); // prettier-ignore
const initialize: Request = { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } }; // prettier-ignore

let nowMs: number;
let dispatched: Exchange[];
let refused: string[];
let doors: Doors;

beforeEach(() => {
  [nowMs, dispatched, refused] = [0, [], []];
  const ports = {
    nowMs: () => nowMs,
    neighbours: undefined,
    changes: new Changes(),
    lists: { supported: () => ["2025-11-25"] },
    dispatcher: { dispatch: (exchange: Exchange) => void dispatched.push(exchange) },
    onRefused: (code: string) => void refused.push(code),
  };
  doors = new Doors(ports as unknown as DoorsPorts);
});

test("each act has its own rate, each session its own, and a second later there is more", () => {
  const meter = new WireMeter();
  const storm = (session: SessionKey, now: number): number[] =>
    (["begin", "end", "follow"] as const).map((act) => {
      let count = 0;
      while (meter.may(act, session, now)) count++;
      return count;
    });
  const all = [limits.wireBeginsPerSecondMax, limits.wireEndsPerSecondMax, limits.followsPerSecondMax];
  expect([storm(ann, 0), storm(eve, 999), storm(ann, 999), storm(ann, 1_000)]).toEqual([all, all, [0, 0, 0], all]); // prettier-ignore
});

test("who initialises without end is throttled, over any door, and nobody else is", () => {
  const open = (session: SessionKey, door: "http" | "sse"): WireSession => openWire(doors, visitorOf(session), initialize, door); // prettier-ignore
  for (let count = 0; count < limits.wireBeginsPerSecondMax; count++) open(ann, "http");
  for (const door of ["http", "sse"] as const)
    expect(() => open(ann, door)).toThrow(expect.objectContaining({ code: "THROTTLED" }));
  expect(open(eve, "http").session).toBe(eve);
  nowMs = 1_000;
  expect(open(ann, "http").session).toBe(ann);
});

test("who ends wire sessions without end is throttled, by whatever id, and those that are left stay", () => {
  const end = (id: string): void | Promise<void> => handleDelete(doors, visitorOf(ann), { headers: { "mcp-session-id": id } } as unknown as IncomingMessage, { writeHead: () => ({ end: () => undefined }) } as unknown as ServerResponse); // prettier-ignore
  for (let count = 0; count < limits.wireEndsPerSecondMax - 1; count++)
    expect(() => end("none")).toThrow(expect.objectContaining({ code: "WIRE_SESSION_UNKNOWN" }));
  const [first, second] = [1, 2].map(() => openWire(doors, visitorOf(ann), initialize, "http"));
  void end(first?.id ?? "");
  expect(() => end(second?.id ?? "")).toThrow(expect.objectContaining({ code: "THROTTLED" }));
  expect(doors.wires.known(second?.id ?? "", ann)).toBe(second);
});

test("who follows and leaves without end has an answer that says so, counted; each other request goes on", () => {
  const wire = openWire(doors, visitorOf(ann), initialize, "http");
  const send = (method: string, id: number): PlainExchange => {
    const exchange = new PlainExchange({ ...callerOf("ann"), session: ann, wire, revision: wire.revision }, method, { uri: "a://b" }); // prettier-ignore
    Object.assign(exchange.request, { id });
    startOlder(doors, wire, exchange, undefined);
    return exchange;
  };
  for (let id = 0; id < limits.followsPerSecondMax; id++) send(id % 2 === 0 ? "resources/subscribe" : "resources/unsubscribe", id); // prettier-ignore
  expect([dispatched.length, refused]).toEqual([limits.followsPerSecondMax, []]);
  const last = send("resources/subscribe", 9_999);
  expect(last.written).toMatchObject({ id: 9_999, error: { data: { code: "THROTTLED" } } });
  expect([last.status, refused, wire.open.has(9_999)]).toEqual([429, ["THROTTLED"], false]);
  send("tools/list", 10_000);
  expect(dispatched.length).toBe(limits.followsPerSecondMax + 1);
});

test("what an owner serves for another door was counted there", () => {
  class Brought extends PlainExchange {
    override get isAtOwner(): boolean {
      return true;
    }
  }
  for (let id = 0; id <= limits.followsPerSecondMax; id++)
    doors.dispatch(new Brought(callerOf("ann"), "resources/subscribe", { uri: "a://b" }));
  expect([dispatched.length, refused]).toEqual([limits.followsPerSecondMax + 1, []]);
});
