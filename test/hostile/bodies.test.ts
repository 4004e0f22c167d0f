/** What is authorised is what is forwarded: checklist W2. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { modernHeaders, modernMeta, olderHeaders } from "./agent.ts";
import { hostileBodies, oddBodies, type HostileBody } from "./bodies.ts";
import { Gateway, until } from "./gateway.ts";
import { Line } from "./rawsocket.ts";
import { enter, HttpOlder, type SocketWay } from "./ways.ts";

let gateway: Gateway;
let key: string;

beforeAll(async () => {
  gateway = await Gateway.start();
  key = gateway.key("agent");
  await gateway.warm(key);
});
afterAll(() => gateway.remove());
afterEach(() => gateway.checkUnharmed());

const place = () => ({ port: gateway.port, path: "/p/reader", key });

/** What a second reader makes of a text: the first or last of equal keys; keys as they are, or folded as Go folds them. */
function readings(text: string, name: string): Set<string> {
  const pairs: [string, unknown][] = [];
  const message = JSON.parse(text) as JsonObject;
  if (isObject(message["params"])) pairs.push(...Object.entries(message["params"]));
  const fold = (each: string): string => each.toUpperCase().toLowerCase();
  const folded = pairs.filter(([each]) => fold(each) === fold(name));
  const exact = pairs.filter(([each]) => each === name);
  return new Set(
    [exact.at(0), exact.at(-1), folded.at(0), folded.at(-1)].map((pair) => JSON.stringify(pair?.[1])),
  );
}

describe("W2: what is authorised is what is forwarded", () => {
  const modern = JSON.stringify(modernMeta());
  const hostile = hostileBodies(modern);

  /** Sends one body by one door; resolves when the gateway is done with it. */
  type Door = (body: string | Buffer) => Promise<void>;

  async function modernDoor(): Promise<Door> {
    const line = new Line(gateway.port, "POST /p/reader/mcp HTTP/1.1");
    const headers = Object.entries(modernHeaders(key, "tools/call", { name: "echo" }));
    return async (body) => void (await line.send(headers, body));
  }

  async function olderDoor(): Promise<Door> {
    const line = new Line(gateway.port, "POST /p/reader/mcp HTTP/1.1");
    const way = await HttpOlder.open(place());
    const headers = Object.entries({
      ...olderHeaders(key),
      "mcp-session-id": way.session,
      "mcp-protocol-version": "2025-11-25",
    });
    return async (body) => void (await line.send(headers, body));
  }

  /** Sends each body on a socket; done when the sentinel behind it and the body itself are answered. */
  async function socketDoor(name: "websocket modern" | "websocket older"): Promise<Door> {
    const way = (await enter(name, place())) as SocketWay;
    let frames = 0;
    way.socket.on("message", () => frames++);
    return async (body) => {
      frames = 0;
      way.socket.send(body, { binary: false });
      const { message } = await way.request(name === "websocket modern" ? "tools/list" : "ping");
      if (message !== undefined) return until(() => frames > 1);
      // Bytes that are no UTF-8 end a socket; the next body needs a new one.
      reopened = await socketDoor(name);
    };
  }
  let reopened: Door | undefined;

  const doors: readonly (readonly [string, string, () => Promise<Door>])[] = [
    ["HTTP modern", modern, modernDoor],
    ["HTTP older", "{}", olderDoor],
    ["WebSocket modern", modern, () => socketDoor("websocket modern")],
    ["WebSocket older", "{}", () => socketDoor("websocket older")],
  ];

  test.each(doors)(
    "W2: %s: of more than 300 hostile bodies none is forwarded as anything but the call that was judged",
    async (_, meta, open) => {
      let send = await open();
      const bodies = hostileBodies(meta);
      expect(bodies.length).toBeGreaterThan(200);
      const forwarded: string[] = [];
      for (const { what, body } of bodies) {
        gateway.tools.forget();
        reopened = undefined;
        await send(body);
        send = reopened ?? send;
        if (gateway.tools.calls.length > 0) forwarded.push(what);
        expectJudged({ what, body });
      }
      // Each of them is ambiguous to some reader, so each must be refused.
      expect(forwarded).toEqual([]);
    },
  );

  test.each(doors)(
    "W2: %s: a body that is odd and means one thing is forwarded as exactly that, or refused",
    async (_, meta, open) => {
      const send = await open();
      let reached = 0;
      for (const odd of oddBodies(meta)) {
        gateway.tools.forget();
        await send(odd.body);
        reached += gateway.tools.calls.length;
        expectJudged(odd);
      }
      expect(reached).toBeGreaterThan(8);
    },
  );

  /** Nothing came through, or one call that all readers read alike, and as it was sent. */
  function expectJudged({ what, body }: HostileBody): void {
    const { calls } = gateway.tools;
    if (calls.length === 0) return;
    const bytes = gateway.tools.bytes();
    const text = Buffer.from(bytes.slice(bytes.lastIndexOf("\r\n\r\n") + 4), "latin1").toString("utf8");
    const asked = (JSON.parse(body.toString()) as { params: JsonObject }).params;
    const args = asked["arguments"];
    expect({
      what,
      reached: calls.map(({ params }) => [params["name"], params["arguments"]]),
      readings: ["name", "arguments"].map((name) => readings(text, name).size),
    }).toEqual({
      what,
      // As JSON has it: minus zero is zero.
      reached: [["echo", args === undefined ? undefined : JSON.parse(JSON.stringify(args))]],
      readings: [1, 1],
    });
    expect(bytes).not.toContain("drop");
    expect(bytes).not.toContain("evil");
  }

  test("W2: a name longer than what is judged is not forwarded on the strength of its beginning", async () => {
    gateway.tools.forget();
    const way = await enter("websocket modern", place());
    const begins = `demo://docs/${"a".repeat(1_012)}`;
    for (const tail of ["/../../safe/1", "\u0000", "/%2e%2e/%2e%2e/safe/1", " x", "#\\"])
      await way.request("resources/read", { uri: begins + tail });
    for (const uri of gateway.tools.calls.map(({ params }) => params["uri"]))
      expect(uri).not.toContain(begins);
    way.close();
  });

  test("W2: the corpus is what it says: every body of it is valid for at least one lenient reader or none", () => {
    expect(new Set(hostile.map(({ what }) => what)).size).toBe(hostile.length);
  });
});
