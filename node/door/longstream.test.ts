import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import { Doors, type DoorsPorts, type Visitor } from "./doors.ts";
import { handleGet } from "./get.ts";
import type { Attachment, Neighbours } from "./neighbours.ts";
import { handleSse } from "./sse.ts";
import { WireSession } from "./wire.ts";

const [endpoint] = new Endpoints("http://x", [{ tenant: "default", kind: "persona", name: "reader", persona: "reader" }]).all; // prettier-ignore
if (endpoint === undefined) throw new Error("one endpoint was made");
const session = sessionKey("default", "reader", "me", undefined);
const visitor: Visitor = { endpoint, session, principal: {} as Visitor["principal"], from: "127.0.0.1" };

let server: Server;
let doors: Doors;
let isKilled: boolean;
let isCurrent: boolean;
/** What the owner is asked for, and answers when the test says so. */
let asked: PromiseWithResolvers<Attachment>;
let closed: number;
let act: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
let fault: unknown;

function makeDoors(neighbours?: Partial<Neighbours>): Doors {
  const ports = { killed: () => isKilled, isCurrent: () => isCurrent, nowMs: () => performance.now(), neighbours, dispatcher: { cancel: () => undefined, isOpen: () => false } }; // prettier-ignore
  return new Doors(ports as unknown as DoorsPorts);
}

function makeWire(neighbours?: Partial<Neighbours>): WireSession {
  const made = new WireSession(session, visitor.endpoint, "http", "2025-11-25", {}, performance.now(), neighbours as Neighbours); // prettier-ignore
  doors.wires.add(made);
  return made;
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  [isKilled, isCurrent, closed, fault] = [false, true, 0, undefined];
  asked = Promise.withResolvers();
  const get = (request: IncomingMessage, response: ServerResponse): void | Promise<void> => handleGet(doors, visitor, request, response); // prettier-ignore
  act = get;
  server = createServer((request, response) => {
    void (async () => act(request, response))().catch((thrown: unknown) => {
      fault = thrown;
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

const inCluster = { node: "n1", seal: () => "sealed", attach: () => asked.promise };
const attachment = { n: 0, close: () => void closed++ };

async function open(wire: WireSession): Promise<{ text: string; isOver: boolean; leave(): void }> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const state = { text: "", isOver: false, leave: () => void socket.destroy() };
  socket.setEncoding("utf8").on("data", (text: string) => (state.text += text));
  socket.on("close", () => (state.isOver = true)).on("error", () => undefined);
  socket.write(
    `GET /mcp HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nmcp-session-id: ${wire.id}\r\n\r\n`,
  );
  await delay(50);
  return state;
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 15_000; !holds(); await delay(10))
    if (performance.now() > end) throw new Error("not in time");
}

test("an agent that goes while the stream's owner is asked leaves nothing behind", async () => {
  doors = makeDoors(inCluster);
  const agent = await open(makeWire(inCluster));
  agent.leave();
  await delay(50);
  asked.resolve(attachment);
  await until(() => closed === 1);
  expect({ timers: vi.getTimerCount(), connections: doors.connections, fault }).toEqual({ timers: 0, connections: 0, fault: undefined }); // prettier-ignore
});

test("an agent that goes before its HTTP+SSE stream is opened leaves nothing behind", async () => {
  doors = makeDoors();
  const late = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await once(response, "close");
    handleSse(doors, visitor, request, response);
    closed++;
  };
  act = late;
  (await open(makeWire())).leave();
  await until(() => closed === 1);
  expect({ timers: vi.getTimerCount(), connections: doors.connections }).toEqual({ timers: 0, connections: 0 }); // prettier-ignore
});

test.each([
  ["alone", undefined],
  ["in a cluster", inCluster],
])(
  "a GET stream of a node %s ends with a kill, with its credential, and with a hint when the node leaves",
  async (_, neighbours) => {
    // prettier-ignore
    const ends: readonly (readonly [string, () => void])[] = [
    ["kill", () => doors.closeSession(session, "killed")],
    ["credential", () => ((isCurrent = false), doors.closeEnded())],
    ["leave", () => doors.retire()],
  ];
    for (const [what, end] of ends) {
      isCurrent = true;
      doors = makeDoors(neighbours);
      asked.resolve(attachment);
      const agent = await open(makeWire(neighbours));
      expect([what, doors.connections, agent.text.includes("200 OK")]).toEqual([what, 1, true]);
      end();
      await until(() => agent.text.endsWith("0\r\n\r\n"));
      expect([what, agent.text.split("retry: ").length > 2]).toEqual([what, what === "leave"]);
      await until(() => doors.connections === 0);
      expect(vi.getTimerCount()).toBe(0);
      agent.leave();
    }
  },
);

test("a kill ends a GET stream that is only asked for, and a killed agent gets none", async () => {
  doors = makeDoors(inCluster);
  const wire = makeWire(inCluster);
  const agent = await open(wire);
  doors.closeSession(session, "killed");
  await until(() => agent.isOver);
  asked.resolve(attachment);
  await until(() => closed === 1);
  expect([agent.text, doors.connections]).toEqual(["", 0]);
  isKilled = true;
  doors.wires.add(wire);
  await open(wire);
  expect(fault).toMatchObject({ code: "SESSION_KILLED" });
});

test("of GET streams a principal has so many and no more", async () => {
  doors = makeDoors();
  for (let at = 0; at < limits.connectionsPerPrincipalMax; at++) doors.connect(visitor, { close: () => undefined, retire: () => undefined }); // prettier-ignore
  await open(makeWire());
  expect(fault).toMatchObject({ code: "OVERLOADED" });
});
