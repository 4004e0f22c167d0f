import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Attaching, Attachment } from "../door/neighbours.ts";
import { EventStream } from "../door/eventstream.ts";
import { callerOf } from "../exchange/exchange.fixture.ts";
import { Courier } from "./courier.ts";
import { StreamKeeper } from "./streamkeeper.ts";
import { StreamSockets } from "./streamsocket.ts";

/** A node that keeps one stream. */
class Keeping {
  readonly courier: Courier;
  readonly keeper: StreamKeeper;
  stream: EventStream | undefined;

  constructor(courier: Courier) {
    this.courier = courier;
    this.keeper = new StreamKeeper(courier);
    courier.on("stream.attach", (from, { socket, after, takes }) => {
      const at = typeof after === "number" ? after : undefined;
      this.stream ??= new EventStream("get", undefined, at ?? 0);
      return {
        n: this.keeper.serve(from, this.stream, { socket: String(socket), after: at, takes: takes === true }),
      };
    });
  }
}

let couriers: Map<string, Courier>;
let first: Keeping;
let second: Keeping;
let sockets: StreamSockets;
let owner: string;
let lost: (bytes: string) => boolean;
let heard: string[];
let ends: number;
const open: Attachment[] = [];

beforeEach(() => {
  couriers = new Map();
  const make = (self: string): Courier => {
    const send = (to: string, bytes: Uint8Array): void => {
      if (!lost(Buffer.from(bytes).toString())) setImmediate(() => couriers.get(to)?.receive(self, bytes));
    };
    const made = new Courier({ self, send, onFault: (fault) => { throw fault; } }); // prettier-ignore
    couriers.set(self, made);
    return made;
  };
  const none = (): boolean => false;
  lost = none;
  [owner, heard, ends] = ["n1", [], 0];
  sockets = new StreamSockets(make("door"));
  first = new Keeping(make("n1"));
  second = new Keeping(make("n2"));
});

afterEach(() => {
  for (const each of open.splice(0)) each.close();
  for (const courier of couriers.values()) courier.close();
});

async function attach(more: Partial<Attaching> = {}): Promise<Attachment> {
  const attaching: Attaching = { caller: callerOf("ann"), wire: "w", stream: "get", node: undefined, after: 0, takes: false, onEvent: ({ n, message }) => void heard.push(`${n} ${message}`), onEnd: () => void ends++, ...more }; // prettier-ignore
  const made = await sockets.open({ about: "stream.attach", whom: () => owner, attaching, letter: {} });
  open.push(made);
  return made;
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 20_000; !holds(); await delay(10))
    if (performance.now() > end) throw new Error(`not in time: ${heard.join()}`);
}

describe("a socket at one node whose stream another keeps", () => {
  test("gets what comes, in order, and once", async () => {
    await attach();
    for (const text of ["a", "b", "c"]) void first.stream?.send(text);
    await until(() => heard.length === 3);
    expect(heard).toEqual(["1 a", "2 b", "3 c"]);
  });

  test("gets what was lost on the way", async () => {
    await attach();
    let losses = 0;
    const losing = (bytes: string): boolean => bytes.includes('"stream.event"') && ++losses <= 2;
    lost = losing;
    for (const text of ["a", "b"]) void first.stream?.send(text);
    await until(() => heard.length === 2);
    expect(heard).toEqual(["1 a", "2 b"]);
  });

  test("goes on where another ended, and that one is told", async () => {
    await attach();
    void first.stream?.send("a");
    await until(() => heard.length === 1);
    await attach({ after: 0, takes: true });
    await until(() => heard.length === 2 && ends === 1);
    expect(heard).toEqual(["1 a", "1 a"]);
  });

  test("is refused a stream that another has", async () => {
    await attach();
    await expect(attach()).rejects.toMatchObject({ code: "STREAM_TAKEN" });
  });

  test("goes on with the next owner, under higher numbers", async () => {
    await attach();
    void first.stream?.send("a");
    await until(() => heard.length === 1);
    owner = "n2";
    sockets.viewed();
    await until(() => second.stream?.attached === true);
    void second.stream?.send("b");
    await until(() => heard.length === 2);
    expect(heard).toEqual(["1 a", "2 b"]);
    expect(ends).toBe(0);
  });

  test("stays when its keeper lets it go and gives it again", async () => {
    await attach();
    first.stream?.detach();
    first.stream = undefined;
    const again = (): EventStream | undefined => first.stream;
    await until(() => again()?.attached === true);
    void again()?.send("a");
    await until(() => heard.length === 1);
    expect(ends).toBe(0);
  });

  test("does not ask at once for a stream that is let go again and again", async () => {
    await attach();
    let asked = 0;
    const count = (bytes: string): boolean => {
      if (bytes.includes('"stream.attach"') && bytes.includes('"ask"')) asked++;
      return false;
    };
    lost = count;
    const letGo = setInterval(() => first.stream?.detach(), 5);
    await delay(limits.streamBeatMs * 1.5);
    clearInterval(letGo);
    expect(asked).toBe(1);
    expect(ends).toBe(0);
  });

  test("waits for a keeper that cannot tell whether its agent is killed, and ends when it is", async () => {
    await attach();
    let code: ErrorCode = "KILL_LIST_STALE";
    let asked = 0;
    first.courier.on("stream.attach", () => {
      asked++;
      throw new GatewayError(code);
    });
    await until(() => asked > 0);
    await delay(50);
    expect(ends).toBe(0);
    code = "SESSION_KILLED";
    await until(() => ends === 1);
  });

  test("frees its stream when it closes, and when nothing is heard of it", async () => {
    const made = await attach();
    made.close();
    await until(() => first.stream?.attached === false);
    await attach();
    const all = (): boolean => true;
    lost = all;
    first.keeper.expire(performance.now() + limits.streamSilentMs - 1_000);
    expect(first.stream?.attached).toBe(true);
    first.keeper.expire(performance.now() + limits.streamSilentMs + 1_000);
    expect(first.stream?.attached).toBe(false);
  });

  test("has all of a stream that ends, and is over", async () => {
    await attach();
    first.stream?.finish("last");
    await until(() => heard.length === 1);
    expect(heard).toEqual(["1 last"]);
  });
});
