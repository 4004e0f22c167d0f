import { describe, expect, test } from "vitest";
import { sessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { UpstreamAnswer } from "../upstream/upstream.ts";
import { ParkedCall, Parks } from "./park.ts";

const ann = sessionKey("default", "desk", "ann", undefined);
const bob = sessionKey("default", "desk", "bob", undefined);
const never = new Promise<UpstreamAnswer>(() => undefined);

function parked(session = ann, bound = "bound"): ParkedCall {
  const call = new ParkedCall(session, bound);
  call.follow(never);
  return call;
}

describe("parked calls", () => {
  test("only its own session and request take a call, and only once; a wrong attempt uses nothing up", () => {
    const parks = new Parks(() => 0);
    const call = parked();
    parks.keep(call);
    expect(parks.take(call.id, bob, "bound")).toBeUndefined();
    expect(parks.take(call.id, ann, "other")).toBeUndefined();
    expect(parks.take("unknown", ann, "bound")).toBeUndefined();
    expect(parks.take(call.id, ann, "bound")).toBe(call);
    expect(parks.take(call.id, ann, "bound")).toBeUndefined();
    expect(parks.size).toBe(0);
  });

  test("what nobody answers in time is ended and its server told, whether somebody comes too late or nobody", async () => {
    let now = 1_000;
    const parks = new Parks(() => now);
    const [first, second] = [parked(), parked()];
    const told = [first.ask("roots/list", {}), second.ask("roots/list", {})];
    parks.keep(first);
    parks.keep(second);
    now += limits.parkedCallMs - 1;
    parks.expire();
    expect(parks.size).toBe(2);
    now += 1;
    expect(parks.take(first.id, ann, "bound")).toBeUndefined();
    parks.expire();
    expect([parks.size, first.cancel.signal.aborted, second.cancel.signal.aborted]).toEqual([0, true, true]);
    for (const answer of await Promise.all(told)) expect(answer).toHaveProperty("error");
  });

  test("coming back starts the time anew", () => {
    let now = 0;
    const parks = new Parks(() => now);
    const call = parked();
    parks.keep(call);
    now = limits.parkedCallMs - 1;
    expect(parks.take(call.id, ann, "bound")).toBe(call);
    parks.keep(call);
    now += limits.parkedCallMs - 1;
    expect(parks.take(call.id, ann, "bound")).toBe(call);
  });

  test("a session has a bounded number; another session has its own", () => {
    const parks = new Parks(() => 0);
    const calls = Array.from({ length: limits.parkedCallsPerSessionMax }, () => parked());
    for (const call of calls) parks.keep(call);
    expect(() => parks.keep(parked())).toThrow(/bounds/);
    parks.keep(parked(bob));
    const [first] = calls;
    if (first === undefined) throw new Error("none");
    expect(() => parks.keep(first)).not.toThrow();
  });

  test("the end of a session ends its calls and no others", () => {
    const parks = new Parks(() => 0);
    const [his, hers] = [parked(bob), parked(ann)];
    parks.keep(his);
    parks.keep(hers);
    parks.endSession(ann, "killed");
    expect([his.cancel.signal.aborted, hers.cancel.signal.aborted, parks.size]).toEqual([false, true, 1]);
    parks.endAll("stopping");
    expect([his.cancel.signal.aborted, parks.size]).toEqual([true, 0]);
  });
});

describe("one parked call", () => {
  test("gives its questions in order, each under a key of its own, and then the answer", async () => {
    const answer: UpstreamAnswer = { kind: "result", result: { ok: true } };
    let finish: (answer: UpstreamAnswer) => void = () => undefined;
    const call = new ParkedCall(ann, "bound");
    call.follow(new Promise((resolve) => (finish = resolve)));
    const keys: string[] = [];
    for (let round = 1; round <= 3; round++) {
      const told = call.ask("elicitation/create", { round });
      const event = await call.next();
      if (event.kind !== "question") throw new Error("a question was due");
      keys.push(event.question.key);
      call.reply({ other: {}, [event.question.key]: { action: "accept", round } });
      expect(await told).toEqual({ result: { action: "accept", round } });
    }
    finish(answer);
    expect(await call.next()).toEqual({ kind: "answer", answer });
    expect(new Set(keys).size).toBe(3);
  });

  test.each([
    {},
    { question_1: "text" },
    { question_1: null },
    { question_1: ["x"] },
    { __proto__: { question_1: {} } },
  ])("is not answered by %j: the same question is asked again", async (responses) => {
    const call = parked();
    void call.ask("roots/list", {});
    call.reply(responses);
    expect(await call.next()).toMatchObject({ kind: "question", question: { key: "question_1" } });
  });

  test("takes no second question while one is open, and no more than inputRoundsMax in all", async () => {
    const call = parked();
    void call.ask("roots/list", {});
    expect(await call.ask("roots/list", {})).toHaveProperty("error");
    call.reply({ question_1: {} });
    for (let round = 3; round <= limits.inputRoundsMax; round++) {
      const told = call.ask("roots/list", {});
      call.reply({ [`question_${round}`]: {} });
      expect(await told).toEqual({ result: {} });
    }
    expect(await call.ask("roots/list", {})).toHaveProperty("error");
  });

  test("fails who waits when its server fails", async () => {
    const call = new ParkedCall(ann, "bound");
    const waiting = call.next();
    call.follow(Promise.reject(new Error("gone")));
    await expect(waiting).rejects.toThrow("gone");
  });
});
