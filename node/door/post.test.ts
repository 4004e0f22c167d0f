import { beforeEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { sessionKey, type SessionKey } from "../../protocol/id.ts";
import type { Message, RpcObject } from "../../protocol/jsonrpc.ts";
import { PlainExchange, callerOf } from "../exchange/exchange.fixture.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import { Doors, type DoorsPorts } from "./doors.ts";
import type { Neighbours } from "./neighbours.ts";
import { takeOlder } from "./post.ts";
import { WireSession } from "./wire.ts";

const [endpoint] = new Endpoints("http://x", [
  { tenant: "default", kind: "persona", name: "p", persona: "p" },
]).all;
if (endpoint === undefined) throw new Error("an endpoint was made");
const session = sessionKey("default", "p", "ann", undefined);

let said: unknown[];
let refused: string[];
let killed: (session: SessionKey) => boolean;
let hasRoom: boolean;
let doors: Doors;
let wire: WireSession;

beforeEach(() => {
  said = [];
  refused = [];
  const none = (): boolean => false;
  killed = none;
  hasRoom = true;
  const neighbours: Partial<Neighbours> = {
    node: "n1",
    seal: () => "sealed",
    cancel: (_session, _wire, request) => {
      said.push(request);
      return hasRoom;
    },
    reply: (node) => Promise.resolve(void said.push(node)),
  };
  const ports: Partial<DoorsPorts> = {
    neighbours: neighbours as Neighbours,
    nowMs: () => 0,
    killed: (key) => killed(key),
    onRefused: (code) => void refused.push(code),
  };
  doors = new Doors(ports as DoorsPorts);
  wire = new WireSession(session, endpoint, "http", "2025-11-25", {}, 0, doors.neighbours);
});

const cancel = (requestId: unknown): Message => ({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } satisfies RpcObject }); // prettier-ignore
const reply: Message = { jsonrpc: "2.0", id: "ask-x.n2", result: {} };

describe("of an agent's notifications and answers, other nodes hear", () => {
  test.each([7, -1, "", "x".repeat(256)])("which call is taken back (%j)", async (id) => {
    await takeOlder(doors, wire, cancel(id));
    expect(said).toEqual([id]);
  });

  test.each([1.5, 2 ** 53, -0, "x".repeat(257), "x".repeat(1 << 21), null, undefined, {}, ["x"]])(
    "nothing of what can be no call's id",
    async (id) => {
      await takeOlder(doors, wire, cancel(id));
      expect(said).toEqual([]);
    },
  );

  test("nothing of a call that is open here", async () => {
    const exchange = new PlainExchange(callerOf("ann"), "tools/call", {});
    wire.open.set(7, exchange);
    await takeOlder(doors, wire, cancel(7));
    expect([exchange.cancelled, said]).toEqual([true, []]);
  });

  test("no more than they let it say: what is dropped is counted", async () => {
    hasRoom = false;
    await takeOlder(doors, wire, cancel(7));
    expect(refused).toEqual(["THROTTLED"]);
  });

  test.each<[string, () => boolean]>([
    ["SESSION_KILLED", () => true],
    ["KILL_LIST_STALE", () => { throw new GatewayError("KILL_LIST_STALE"); }], // prettier-ignore
  ])("nothing when it is refused as %s", async (code, asked) => {
    killed = asked;
    for (const message of [cancel(7), reply])
      await expect(takeOlder(doors, wire, message)).rejects.toMatchObject({ code });
    expect(said).toEqual([]);
  });

  test("its answer, at the node that asked", async () => {
    await takeOlder(doors, wire, reply);
    expect(said).toEqual(["n2"]);
  });
});
