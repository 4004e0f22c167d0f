import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Courier } from "./courier.ts";

let couriers: Map<string, Courier>;
let faults: unknown[];
/** What becomes of a letter on its way. */
let fate: (from: string, to: string, bytes: Uint8Array) => "comes" | "is lost" | "comes twice";

beforeEach(() => {
  couriers = new Map();
  faults = [];
  const arrives = (): "comes" => "comes";
  fate = arrives;
});

afterEach(() => {
  for (const courier of couriers.values()) courier.close();
  if (faults.length > 0) throw new Error("a node reported a fault of its own", { cause: faults[0] });
});

function courier(self: string): Courier {
  const send = (to: string, bytes: Uint8Array): void => {
    const what = fate(self, to, bytes);
    for (let times = what === "is lost" ? 0 : what === "comes" ? 1 : 2; times > 0; times--)
      setImmediate(() => couriers.get(to)?.receive(self, Uint8Array.from(bytes)));
  };
  const made = new Courier({ self, send, onFault: (fault) => void faults.push(fault) });
  couriers.set(self, made);
  return made;
}

/** Answers with what it was given, and counts. */
function counting(at: Courier): { readonly times: () => number } {
  let times = 0;
  at.on("count", (_from, letter) => {
    times++;
    return { ...letter, times };
  });
  return { times: () => times };
}

describe("an asked letter", () => {
  test.each(["a", "b"])("from a to %s is answered", async (to) => {
    const [a] = [courier("a"), courier("b")];
    counting(couriers.get(to) as Courier);
    expect(await a.ask(() => to, "count", { x: 1 })).toEqual({ x: 1, times: 1 });
  });

  test("that is lost, or whose answer is, is sent again, and carried out once", async () => {
    const [a, b] = [courier("a"), courier("b")];
    const counted = counting(b);
    let sent = 0;
    const losing = (): "comes" | "is lost" => (++sent <= 3 && sent !== 2 ? "is lost" : "comes");
    fate = losing;
    expect(await a.ask(() => "b", "count", {})).toEqual({ times: 1 });
    expect(counted.times()).toBe(1);
    expect(sent).toBeGreaterThan(3);
  });

  test("that comes twice, while it is carried out and after, is carried out once", async () => {
    const [a, b] = [courier("a"), courier("b")];
    const twice = (): "comes twice" => "comes twice";
    fate = twice;
    let times = 0;
    b.on("slow", async () => {
      times++;
      await delay(limits.letterAgainMs * 2);
      return { times };
    });
    expect(await a.ask(() => "b", "slow", {})).toEqual({ times: 1 });
    await delay(50);
    expect(times).toBe(1);
  });

  test("goes to whoever is to be asked now: a node that is not the one says so, and another is found", async () => {
    const [a, b, c] = [courier("a"), courier("b"), courier("c")];
    let owner = "b";
    b.on("count", () => {
      owner = "c";
      return undefined;
    });
    counting(c);
    expect(await a.ask(() => owner, "count", {})).toEqual({ times: 1 });
  });

  test("ends with the failure that the other node names", async () => {
    const [a, b] = [courier("a"), courier("b")];
    b.on("fail", () => {
      throw new GatewayError("STREAM_TAKEN", "by another");
    });
    await expect(a.ask(() => "b", "fail", {})).rejects.toMatchObject({
      code: "STREAM_TAKEN",
      detail: "by another",
    });
  });

  test.each<[string, string | undefined]>([
    ["a node that does not answer", "b"],
    ["a node that is not there", "nobody"],
    ["nobody", undefined],
  ])("to %s ends when its time is up", async (_whom, to) => {
    const [a, b] = [courier("a"), courier("b")];
    b.on("never", () => new Promise<JsonObject>(() => undefined));
    await expect(a.ask(() => to, "never", {}, 400)).rejects.toMatchObject({ code: "OWNER_UNAVAILABLE" });
  });

  test("with a large answer is carried out again when that is lost", async () => {
    const [a, b] = [courier("a"), courier("b")];
    let times = 0;
    b.on("large", () => ({ times: ++times, text: "x".repeat(limits.letterAnswerBytesMax) }));
    let isFirst = true;
    const losing = (from: string): "comes" | "is lost" => {
      if (from !== "b" || !isFirst) return "comes";
      isFirst = false;
      return "is lost";
    };
    fate = losing;
    expect(await a.ask(() => "b", "large", {})).toMatchObject({ times: 2 });
  });
});

describe("the memory of letters", () => {
  const once = async (b: Courier, whose: (n: number) => string, letters: number): Promise<number> => {
    let times = 0;
    b.on("post", async () => {
      times++;
      await delay(300);
      return {};
    });
    b.on("other", () => ({}));
    const ask = (id: string, about: string, session: string): void =>
      b.receive("a", Buffer.from(JSON.stringify({ kind: "ask", id, about, letter: { session } })));
    ask("p", "post", "ann");
    for (let n = 0; n < letters; n++) ask(`o${n}`, "other", whose(n));
    await delay(50);
    ask("p", "post", "ann");
    await delay(400);
    for (let n = 0; n < letters; n++) ask(`l${n}`, "other", whose(n));
    ask("p", "post", "ann");
    await delay(50);
    return times;
  };

  test("keeps what is under way, and what is fresh, whatever else one session, or all together, send", async () => {
    const b = courier("b");
    expect(await once(b, () => "eve", limits.lettersKeptMax + 50)).toBe(1);
    expect(b.takeDropped()).toBeGreaterThan(0);
    expect(await once(courier("c"), (n) => `eve ${n}`, limits.lettersKeptMax + 50)).toBe(1);
  });

  test("that one session has filled has room for others, and for itself when its letters are old", async () => {
    const [a, b] = [courier("a"), courier("b")];
    counting(b);
    const ask = (session: string, ms?: number): Promise<JsonObject> =>
      a.ask(() => "b", "count", { session }, ms);
    for (let n = 0; n < limits.lettersKeptPerSessionMax; n++)
      b.receive("z", Buffer.from(JSON.stringify({ kind: "ask", id: `${n}`, about: "count", letter: { session: "eve" } }))); // prettier-ignore
    expect(await ask("ann")).toHaveProperty("times");
    await expect(ask("eve", 100)).rejects.toMatchObject({ code: "OWNER_UNAVAILABLE" });
    const later = performance.now() + limits.letterKeptMs + 1_000;
    const clock = vi.spyOn(performance, "now").mockReturnValue(later);
    try {
      expect(await ask("eve")).toHaveProperty("times");
    } finally {
      clock.mockRestore();
    }
  });

  test("holds no letter that may be carried out again", async () => {
    const b = courier("b");
    let times = 0;
    b.on("beat", () => ({ times: ++times }), () => true); // prettier-ignore
    const beat = Buffer.from(
      JSON.stringify({ kind: "ask", id: "i", about: "beat", letter: { session: "eve" } }),
    );
    for (let n = 0; n < limits.lettersKeptPerSessionMax + 2; n++) b.receive("a", beat);
    expect(times).toBe(limits.lettersKeptPerSessionMax + 2);
    expect(b.takeDropped()).toBe(0);
  });

  test("knows a letter for which a node was not the one: a late copy is not carried out beside its successor", async () => {
    const b = courier("b");
    let times = 0;
    let isHere = false;
    b.on("post", () => {
      if (!isHere) return undefined;
      times++;
      return {};
    });
    const ask = (id: string): void =>
      b.receive("a", Buffer.from(JSON.stringify({ kind: "ask", id, about: "post", letter: {} })));
    ask("x");
    await delay(20);
    isHere = true;
    ask("x");
    ask("y");
    await delay(20);
    expect(times).toBe(1);
  });
});

test("a told letter comes, to oneself too, and nothing comes back", async () => {
  const [a, b] = [courier("a"), courier("b")];
  const heard: string[] = [];
  for (const each of [a, b])
    each.on("hear", (from, { x }) => {
      heard.push(`${from} ${String(x)}`);
      return undefined;
    });
  a.tell("b", "hear", { x: 1 });
  a.tell("a", "hear", { x: 2 });
  await delay(50);
  expect(heard.sort()).toEqual(["a 1", "a 2"]);
});

test.each([
  "",
  "x",
  "[]",
  "null",
  '{"kind":"ask"}',
  '{"kind":"ask","id":1,"about":"count","letter":{}}',
  '{"kind":"tell","about":"__proto__","letter":{}}',
  '{"kind":"ask","id":"i","about":"count","letter":[]}',
  '{"kind":"answer","id":"i"}',
  '{"kind":"ask","id":"i","about":"count","letter":{"__proto__":{}}}',
  "\xff",
])(
  // prettier-ignore
  "bytes that are no letter (%s) are dropped",
  async (text) => {
    const a = courier("a");
    const counted = counting(a);
    a.receive("b", Buffer.from(text, "latin1"));
    await delay(20);
    expect(counted.times()).toBe(0);
  },
);
