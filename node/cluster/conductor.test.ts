import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { viewKey } from "../../cluster/membership.ts";
import { placeOf } from "../../cluster/view.ts";
import { decodeView } from "../../cluster/viewrow.ts";
import type { UpstreamAnswer } from "../upstream/upstream.ts";
import { callerOf, PlainExchange } from "../exchange/exchange.fixture.ts";
import { ClusterCall } from "./clustercall.ts";
import {
  done,
  endpoint,
  MemoryCluster,
  sessionOf,
  until,
  type CountedExchange,
  type MemoryNode,
} from "./conductor.fixture.ts";
import type { NodeFrame } from "./nodepeer.ts";

let cluster: MemoryCluster;
let owner: MemoryNode;
let other: MemoryNode;

beforeEach(async () => {
  cluster = new MemoryCluster();
  await cluster.join("n1");
  await cluster.join("n2");
  await cluster.inSync();
  ({ owner, other } = cluster.sides());
});

afterEach(() => {
  cluster.stop();
  const [fault] = cluster.nodes.flatMap(({ faults }) => faults);
  if (fault !== undefined) throw new Error("a node reported a fault of its own", { cause: fault });
});

/** The code of a verdict or a failure, wherever it stands. */
function codeOf(answer: JsonObject): unknown {
  const { result, error } = answer as {
    result?: { _meta?: JsonObject };
    error?: { data?: { code?: unknown } };
  };
  return (
    error?.data?.code ?? (result?._meta?.["io.gatehouse/verdict"] as { code?: unknown } | undefined)?.code
  );
}

/** Waits for the answer, and a while longer for one too many. */
async function onlyAnswer(exchange: CountedExchange): Promise<JsonObject> {
  const answer = await exchange.answered.promise;
  await delay(250);
  expect(exchange.answers).toBe(1);
  return answer;
}

const never = (): Promise<UpstreamAnswer> => new Promise(() => undefined);

/** At the door of the owner, and at another. */
const doors = ["owner", "other"] as const;
const at = (door: (typeof doors)[number]): MemoryNode => (door === "owner" ? owner : other);

describe.each(doors)("an exchange at the door of the %s node gets exactly one answer", (door) => {
  test("the tool's; its intent and its outcome are on record at the owner alone", async () => {
    for (const tool of ["read_ticket", "close_ticket"]) {
      const answer = await onlyAnswer(at(door).call(tool));
      expect(answer["result"]).toMatchObject({ content: [{ text: "done" }] });
    }
    expect(cluster.seen).toEqual(["read_ticket", "close_ticket"]);
    expect(owner.recordsOf("intent").map(({ name }) => name)).toEqual(["read_ticket", "close_ticket"]);
    expect(owner.recordsOf("outcome").map(({ op }) => op)).toEqual(
      owner.recordsOf("intent").map(({ op }) => op),
    );
    expect(other.records).toEqual([]);
  });

  test("the verdict's, and the tool sees nothing", async () => {
    const answer = await onlyAnswer(at(door).call("drop_tickets"));
    expect(answer["error"]).toMatchObject({ code: -32602, message: "Unknown tool: drop_tickets" });
    expect(cluster.seen).toEqual([]);
    expect(owner.recordsOf("refusal")).toHaveLength(1);
  });

  test("that its server is not reached", async () => {
    cluster.script.isOpen = false;
    cluster.script.reach = () => Promise.reject(new GatewayError("UPSTREAM_UNREACHABLE"));
    expect(codeOf(await onlyAnswer(at(door).call("close_ticket")))).toBe("UPSTREAM_UNREACHABLE");
    expect(owner.recordsOf("outcome")).toMatchObject([{ event: { facts: { outcome: "unreachable" } } }]);
  });

  test("that its record cannot be written, and the tool sees nothing", async () => {
    cluster.script.record = (_body, then) => setImmediate(then, new GatewayError("RECORD_UNAVAILABLE"));
    for (const tool of ["read_ticket", "close_ticket"])
      expect(codeOf(await onlyAnswer(at(door).call(tool)))).toBe("RECORD_UNAVAILABLE");
    expect(cluster.seen).toEqual([]);
  });

  test("that it was taken back before it was made, and then it is not made", async () => {
    let confirm: () => void = () => undefined;
    cluster.script.record = (_body, then) => (confirm = () => then(undefined));
    const exchange = at(door).call("close_ticket");
    await until(() => owner.recordsOf("intent").length === 1);
    exchange.cancel();
    expect(codeOf(await onlyAnswer(exchange))).toBe("CANCELLED");
    confirm();
    await delay(100);
    expect(cluster.seen).toEqual([]);
    expect(owner.recordsOf("outcome")).toMatchObject([{ event: { facts: { outcome: "cancelled" } } }]);
  });

  test("that it was taken back while its tool had it: the tool is told", async () => {
    const aborted: unknown[] = [];
    cluster.script.tool = (_params, { signal }) => {
      signal?.addEventListener("abort", () => aborted.push(true));
      return never();
    };
    const exchange = at(door).call("close_ticket");
    await until(() => cluster.seen.length === 1);
    exchange.cancel();
    expect(codeOf(await onlyAnswer(exchange))).toBe("CANCELLED");
    expect(aborted).toEqual([true]);
    expect(owner.recordsOf("outcome")).toHaveLength(1);
  });

  test("that its node stops, in words and at every door, where the node has taken it back", async () => {
    cluster.script.tool = never;
    // An agent's own cancel wants no answer over a WebSocket; a node that stops owes one.
    const exchange = at(door).call("close_ticket", { door: "websocket" });
    await until(() => cluster.seen.length === 1);
    exchange.cancel("DRAINING");
    expect(codeOf(await onlyAnswer(exchange))).toBe("DRAINING");
  });

  test("none over a WebSocket where its agent has taken it back: it is over all the same", async () => {
    cluster.script.tool = never;
    const exchange = at(door).call("close_ticket", { door: "websocket" });
    await until(() => cluster.seen.length === 1);
    exchange.cancel();
    await until(() => exchange.ended);
    expect(exchange.answers).toBe(0);
  });
});

describe("an exchange at another door than the owner's", () => {
  test("hears of its call's progress before the answer, in order", async () => {
    cluster.script.tool = async (_params, { onNotification }) => {
      for (const progress of [1, 2, 3]) await onNotification?.("notifications/progress", { progressToken: "t", progress }); // prettier-ignore
      return done;
    };
    const exchange = other.call("read_ticket");
    await exchange.answered.promise;
    expect(exchange.sent).toMatchObject([1, 2, 3].map((progress) => ({ method: "notifications/progress", params: { progress } }))); // prettier-ignore
  });

  test("is told that the outcome is unknown when the owner dies with it, and the call is made once", async () => {
    cluster.script.tool = never;
    const exchange = other.call("close_ticket");
    await until(() => cluster.seen.length === 1);
    owner.peer.stop();
    other.peer.give({ kind: "died", id: owner.id, incarnation: owner.peer.machine.incarnation });
    expect(codeOf(await onlyAnswer(exchange))).toBe("OUTCOME_UNKNOWN");
    expect(cluster.seen).toEqual(["close_ticket"]);
    expect(other.recordsOf("outcome")).toMatchObject([
      { event: { kind: "answered", facts: { outcome: "unknown" } } },
    ]);
  });

  test("is answered by the next owner when the first one dies before it has heard of it", async () => {
    owner.peer.stop();
    const exchange = other.call("read_ticket");
    await delay(50);
    expect(exchange.answers).toBe(0);
    other.peer.give({ kind: "died", id: owner.id, incarnation: owner.peer.machine.incarnation });
    expect(await onlyAnswer(exchange)).toHaveProperty("result");
    expect(cluster.seen).toEqual(["read_ticket"]);
  });

  test.each([
    "not JSON",
    "[]",
    "null",
    '{"id":1,"method":"a"}',
    '{"a":{"__proto__":{}},"method":"a"}',
    "\xff",
  ])("hears nothing of a note that is none (%s), and is answered all the same", async (text) => {
    const go = Promise.withResolvers<UpstreamAnswer>();
    cluster.script.tool = () => go.promise;
    const exchange = other.call("read_ticket");
    await until(() => owner.recordsOf("intent").length === 1 && cluster.seen.length === 1);
    const op = String(owner.recordsOf("intent")[0]?.op);
    owner.peer.give({ kind: "note", op, bytes: Buffer.from(text, "latin1") });
    await delay(50);
    go.resolve(done);
    expect(await onlyAnswer(exchange)).toHaveProperty("result");
    expect(exchange.sent).toEqual([]);
  });
});

describe("a node that knows a call's id and is not its door", () => {
  test("gets neither its answer nor a word in it", async () => {
    const answer = Promise.withResolvers<UpstreamAnswer>();
    cluster.script.tool = () => answer.promise;
    const call = owner.call("close_ticket");
    await until(() => cluster.seen.length === 1);
    const [op = ""] = owner.recordsOf("intent").map((body) => body.op);
    const told = (node: MemoryNode): { readonly id: string; readonly incarnation: number } => ({ id: node.id, incarnation: node.peer.machine.incarnation }); // prettier-ignore
    const key = owner.recordsOf("intent")[0]?.session ?? "";
    const heard: string[] = [];
    cluster.network.transport(other.id).listen((_from, { body }) => void heard.push(body.kind));
    const send = (body: NodeFrame["body"]): void => cluster.network.transport(other.id).send(owner.id, { from: told(other), to: told(owner), body }); // prettier-ignore
    send({ kind: "present", op, key, shard: cluster.shard, opened: 1, epoch: 1, configuration: 0 });
    send({ kind: "cancel", op });
    send({ kind: "answer", op, epoch: 2 ** 40, ending: { kind: "unknown" } });
    await delay(100);
    answer.resolve(done);
    expect(await onlyAnswer(call)).toHaveProperty("result");
    expect(heard.filter((kind) => kind === "answer" || kind === "accepted")).toEqual([]);
  });
});

describe("a call that is presented under an epoch that its owner has not seen", () => {
  test("is not decided, and its door is told to come again; under the owner's own epoch it is", async () => {
    const told = (node: MemoryNode): { readonly id: string; readonly incarnation: number } => ({ id: node.id, incarnation: node.peer.machine.incarnation }); // prettier-ignore
    const heard: string[] = [];
    const line = cluster.network.transport(other.id);
    line.listen((_from, { body }) => void heard.push(body.kind));
    const epoch = owner.peer.machine.holding(cluster.shard)?.epoch ?? 0;
    const present = (op: string, under: number): void => {
      const call = new ClusterCall(new PlainExchange({ ...callerOf("ann"), endpoint }, "tools/call", { name: "read_ticket" })); // prettier-ignore
      line.send(owner.id, { from: told(other), to: told(owner), body: { kind: "present", op, key: sessionOf("ann"), shard: cluster.shard, call, opened: 1, epoch: under, configuration: 0 } }); // prettier-ignore
    };
    present("ahead", epoch + 1);
    await until(() => heard.includes("redirect"));
    expect([cluster.seen, owner.recordsOf("intent")]).toEqual([[], []]);
    present("level", epoch);
    await until(() => cluster.seen.length === 1);
    expect(owner.recordsOf("intent").map(({ op }) => op)).toEqual(["level"]);
  });
});

describe("without a second node", () => {
  const bury = async (): Promise<void> => {
    owner.peer.stop();
    other.peer.give({ kind: "died", id: owner.id, incarnation: owner.peer.machine.incarnation });
    await until(() => (other.peer.machine.holding(cluster.shard)?.epoch ?? 0) > 0);
  };

  test("a call that must not run twice rests on the fence log", async () => {
    await bury();
    expect(await onlyAnswer(other.call("close_ticket"))).toHaveProperty("result");
    expect(cluster.seen).toEqual(["close_ticket"]);
  });

  test("and without a log it is refused after its time for a fence, while one that may run twice is made", async () => {
    cluster.fences.write = () => undefined;
    await bury();
    const [read, close] = [other.call("read_ticket"), other.call("close_ticket")];
    expect(await onlyAnswer(read)).toHaveProperty("result");
    expect(codeOf(await onlyAnswer(close))).toBe("NOT_REPLICATED");
    expect(cluster.seen).toEqual(["read_ticket"]);
    expect(other.recordsOf("outcome").map(({ event }) => (event as { facts?: JsonObject }).facts?.["outcome"])).toEqual(["ok", "cancelled"]); // prettier-ignore
  });
});

describe("a hand-over of whose swap nothing is heard", () => {
  test("leaves no shard frozen, although nobody else changes the view: it is tried again", async () => {
    const swap = cluster.store.swap.bind(cluster.store);
    let lost = 0;
    cluster.store.swap = (key, value, expected, then) => {
      const after = key === viewKey ? decodeView(value) : undefined;
      // The last of them: no other change of the view comes after it.
      const isLast = after !== undefined && !after.owner.includes(placeOf(after, owner.id));
      if (!isLast || lost > 0) return swap(key, value, expected, then);
      lost++;
      setTimeout(() => then({ kind: "unknown" }), 20);
    };
    owner.peer.give({ kind: "drain" });
    await until(() => lost === 1);
    await until(() => owner.peer.machine.remaining.shards === 0);
    expect(await onlyAnswer(owner.call("read_ticket"))).toHaveProperty("result");
    owner.peer.give({ kind: "stay" });
  });
});

describe("a node that drains", () => {
  test("waits for its calls, gives all its shards away, and what stood in its sessions goes on at the next owner", async () => {
    const go = Promise.withResolvers<UpstreamAnswer>();
    cluster.script.tool = () => go.promise;
    const open = [owner.call("close_ticket"), other.call("close_ticket")];
    await until(() => cluster.seen.length === 2);
    owner.peer.give({ kind: "drain" });
    const { machine } = owner.peer;
    await until(() => machine.remaining.shards === 1);
    await delay(500);
    // The one of its calls; of the others it has no copy that another could have.
    expect(machine.remaining).toEqual({ shards: 1, copies: 0, calls: 2, exchanges: 1 });
    expect(open.map(({ answers }) => answers)).toEqual([0, 0]);
    cluster.script.tool = () => Promise.resolve(done);
    go.resolve(done);
    for (const exchange of open) expect(await onlyAnswer(exchange)).toHaveProperty("result");
    await until(() => Object.values(machine.remaining).every((count) => count === 0));
    expect(await onlyAnswer(other.call("read_ticket"))).toHaveProperty("result");
    expect(other.recordsOf("intent").map(({ name }) => name)).toEqual(["read_ticket"]);
    expect(machine.view?.inSync).toEqual(new Uint8Array(machine.view?.owner.length ?? 0).fill(1));
    owner.peer.give({ kind: "stay" });
    await until(() => machine.remaining.shards > 0);
  });
});
