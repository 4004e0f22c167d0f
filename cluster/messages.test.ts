/** What is said between actors, step by step. That nothing is lost by it is the simulation's to show. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { ActorEvent } from "../actors/actor.ts";
import { roster } from "../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent } from "../actors/roster.ts";
import type { World } from "../actors/session.ts";
import { limits } from "../protocol/limits.ts";
import type { Calls, Message, MessageFrame } from "./exchange.ts";
import { Fencing } from "./fencing.ts";
import { Holding } from "./holding.ts";
import type { Mark } from "./holding.ts";
import { Host } from "./host.ts";
import { Messages } from "./messages.ts";
import type { Parked, Waited } from "./messages.ts";
import { MemoryPassivation } from "./passivation.ts";
import type { Address } from "./transport.ts";
import { bury, firstView, join } from "./view.ts";
import type { View } from "./view.ts";

interface Sent {
  readonly to: Address;
  readonly frame: MessageFrame<AnyEvent>;
}

const session = "default/desk/agent/user";
const scope = "@agent/default/agent";
/** The session's shard is n1's, which is this node; the scope's is n2's, with n3 as its runner-up. */
const [here, there] = [0, 1];
const read = (at = 0): AnyEvent => ({ kind: "read", at, from: session, apart: false });
const heard = (at = 0): AnyEvent => ({ kind: "heard", at, labels: ["secret"] });
const ask = (event = read()): Message<AnyEvent> => ({ to: scope, shard: there, event, isFenced: false, isAsk: true }); // prettier-ignore
const grant = (): Message<AnyEvent> => ({ to: session, shard: there, event: heard(), isFenced: true, isAsk: false }); // prettier-ignore

let view: View;
let holding: Holding;
let messages: Messages<ActorState, AnyEvent, AnyEffect, World, string, string>;
let sent: Sent[];
let taken: { key: string; event: ActorEvent }[];
let decided: { op: string; waited: Waited }[];
/** What a call of the session lacks, and what it owes. */
let lacking: readonly Message<AnyEvent>[];
let owed: readonly Message<AnyEvent>[];
let spoken: readonly Message<AnyEvent>[];
let acked: number;
/** How often it was asked whether something is acknowledged. */
let looks: number;
let isActing: boolean;
let waitingFor: ((to: string) => number) | undefined;
let now: number;

function formed(): View {
  let next = firstView("h", 2);
  for (const id of ["n1", "n2", "n3"]) next = join(next, id, 1, 1) as View;
  return { ...next, owner: Uint16Array.of(0, 1), runner: Uint16Array.of(1, 2), epoch: Float64Array.of(4, 4), inSync: Uint8Array.of(1, 1) }; // prettier-ignore
}

beforeEach(() => {
  [sent, taken, decided, lacking, owed, spoken] = [[], [], [], [], [], []];
  [acked, isActing, now, waitingFor, looks] = [0, true, 10_000, undefined, 0];
  view = formed();
  holding = new Holding(here);
  holding.epoch = view.epoch[here] ?? 0;
  const host = new Host<ActorState, AnyEvent, AnyEffect, World>({
    actor: roster,
    world: { role: () => undefined },
    passivation: new MemoryPassivation(),
    onFault: (key) => expect.fail(key),
  });
  const never = (): never => expect.fail("nothing here decides");
  const calls: Calls<ActorState, AnyEvent, AnyEffect, string, string> = {
    call: never,
    decision: never,
    answered: never,
    unreached: never,
    unknown: never,
    lost: never,
    told: () => [],
    isRise: () => false,
    isShared: () => true,
    lacking: (_state, _key, _op, _call, waiting) => {
      waitingFor = waiting;
      return lacking.length === 0 ? undefined : { turn: undefined, messages: lacking };
    },
    messages: () => spoken,
    owed: () => owed,
  };
  const fencing = new Fencing({
    view: () => view,
    ask: () => undefined,
    isAcknowledged: (_, mark) => ++looks > 0 && mark !== undefined && acked >= mark.sequence,
    tell: () => undefined,
    progressed: () => undefined,
  });
  messages = new Messages(
    {
      view: () => view,
      isActing: () => isActing,
      at: (at) => at + 1_000_000,
      send: (to, frame) => void sent.push({ to, frame }),
      take: (key, _shard, event) => taken.push({ key, event }) > 0,
      decide: ({ op }, waited) => void decided.push({ op, waited }),
    },
    { host, calls, fencing },
  );
});

const door = (id: string): Address => ({ id, incarnation: 1 });
const call = (op: string): Parked<string> => ({ op, key: session, call: "pay", holding, epoch: holding.epoch, door: door("n3") }); // prettier-ignore
const park = (op: string, since?: number): boolean => messages.park(call(op), () => undefined, now, since);
/** The scope's answer to what was sent. */
const answerTo = ({ frame }: Sent, event = heard()): MessageFrame<AnyEvent> => ({ kind: "message", from: frame.to, fromShard: frame.shard, epoch: view.epoch[frame.shard] ?? 0, to: frame.from, shard: frame.fromShard, re: frame.re, event }); // prettier-ignore
const passes = (ms: number): void => {
  now += ms;
  messages.tick(now);
};

describe("a call that waits for what another actor says", () => {
  test("asks the owner of that actor, under the epoch of its own shard, and is decided when it has answered", () => {
    lacking = [ask()];
    expect(park("a")).toBe(true);
    expect(sent).toMatchObject([{ to: { id: "n2" }, frame: { from: session, fromShard: here, epoch: 4, to: scope } }]); // prettier-ignore
    expect(decided).toEqual([]);
    messages.receive(door("n2"), answerTo(sent[0] as Sent), now);
    expect(taken).toEqual([{ key: session, event: { ...heard(), at: now + 1_000_000 } }]);
    expect(decided).toEqual([{ op: "a", waited: { since: 10_000, isUnheard: false } }]);
    messages.receive(door("n2"), answerTo(sent[0] as Sent), now);
    expect(decided).toHaveLength(1);
  });

  test("does not wait when nothing is lacking", () => {
    expect(park("a")).toBe(false);
    expect(sent).toEqual([]);
  });

  test("waits until all that it asked has been answered, by whom it was asked", () => {
    lacking = [ask(), { ...ask(), to: "@tool/default/desk%20pay" }];
    park("a");
    const [first, second] = sent as [Sent, Sent];
    const crossed = { ...answerTo(first), from: second.frame.to };
    messages.receive(door("n2"), crossed, now);
    messages.receive(door("n2"), answerTo(first), now);
    expect(decided).toEqual([]);
    messages.receive(door("n2"), answerTo(second), now);
    expect(decided.map(({ op }) => op)).toEqual(["a"]);
  });

  test("Y1 says it again after a while, to who owns the other actor by then", () => {
    lacking = [ask()];
    park("a");
    passes(limits.scopeAgainMs - 1);
    expect(sent).toHaveLength(1);
    view = bury(view, [["n2", 1]]) as View;
    passes(1);
    expect(sent.map(({ to }) => to.id)).toEqual(["n2", "n3"]);
    expect(sent[1]?.frame.re).toBe(sent[0]?.frame.re);
  });

  test("Y4 is not decided here when the shard is another's meanwhile", () => {
    lacking = [ask()];
    park("a");
    holding.epoch = 0;
    expect(messages.isParked("a", door("n3"))).toBe(false);
    passes(limits.scopeWaitMs);
    expect(decided).toEqual([]);
    expect(waitingFor?.(scope)).toBe(0);
  });

  test("Y4 is not decided by a node that may not act", () => {
    lacking = [ask()];
    park("a");
    isActing = false;
    passes(limits.scopeWaitMs);
    expect(decided).toEqual([]);
  });

  test("Y5 is decided as not told when nothing is heard in time, counted from when it first waited", () => {
    lacking = [ask()];
    park("a", now - 1_000);
    passes(limits.scopeWaitMs - 1_001);
    expect(decided).toEqual([]);
    passes(1);
    expect(decided).toEqual([{ op: "a", waited: { since: 9_000, isUnheard: true } }]);
  });

  test("is taken back by its own door alone", () => {
    lacking = [ask()];
    park("a");
    expect(messages.cancelled("a", door("n2"))).toBeUndefined();
    expect(messages.cancelled("a", door("n3"))?.op).toBe("a");
    passes(limits.scopeWaitMs);
    expect(decided).toEqual([]);
  });

  test("is refused when too many wait", () => {
    lacking = [ask()];
    for (let count = 0; count < limits.messagesMax; count++) park(`op ${count}`);
    expect(() => park("one more")).toThrow(/too many calls wait/);
  });
});

describe("a message", () => {
  test("Y2 counts only from the live owner of the actor that speaks, under the epoch of the view here", () => {
    const good: MessageFrame<AnyEvent> = { kind: "message", from: scope, fromShard: there, epoch: 4, to: session, shard: here, re: undefined, event: heard() }; // prettier-ignore
    messages.receive(door("n3"), good, now);
    messages.receive({ id: "n2", incarnation: 2 }, good, now);
    messages.receive(door("n2"), { ...good, epoch: 3 }, now);
    messages.receive(door("n2"), { ...good, fromShard: here }, now);
    messages.receive(door("n9"), good, now);
    expect(taken).toEqual([]);
    messages.receive(door("n2"), good, now);
    expect(taken).toHaveLength(1);
    view = bury(view, [["n2", 1]]) as View;
    messages.receive(door("n2"), good, now);
    expect(taken).toHaveLength(1);
  });

  const mark: Mark = { n: 1, stream: 1, sequence: 7 };
  const say = (): void => messages.turned(holding, scope, read(), [{ kind: "close", reason: "" }], mark, now);

  test("Y3 that grants something leaves when its turn is acknowledged, and once", () => {
    spoken = [grant()];
    say();
    acked = 6;
    messages.progressed(now);
    expect(sent).toEqual([]);
    acked = 7;
    messages.progressed(now);
    messages.progressed(now);
    expect(sent).toHaveLength(1);
  });

  test("Y3 of a busy scope, each acknowledgement looks at those that may leave and at one more", () => {
    spoken = [grant()];
    holding.fill = { stream: 1, sequence: 1, last: 1, isAcked: true, isKept: false, joined: undefined };
    for (let sequence = 1; sequence <= 500; sequence++) {
      const own: Mark = { n: sequence, stream: 1, sequence };
      messages.turned(holding, scope, read(), [{ kind: "close", reason: "" }], own, now);
    }
    looks = 0;
    for (acked = 1; acked <= 500; acked++) messages.progressed(now);
    expect(sent).toHaveLength(500);
    expect(looks).toBeLessThanOrEqual(1_000);
  });

  test("Y3 never leaves under another epoch than that of its turn, nor without a lease, nor late", () => {
    spoken = [grant()];
    say();
    holding.epoch = 5;
    acked = 7;
    messages.progressed(now);
    holding.epoch = 4;
    messages.progressed(now);
    isActing = false;
    say();
    isActing = true;
    acked = 0;
    say();
    now += limits.messageMs;
    acked = 7;
    messages.tick(now);
    expect(sent).toEqual([]);
  });

  test("that grants nothing leaves at once", () => {
    spoken = [{ ...grant(), isFenced: false }];
    say();
    expect(sent).toHaveLength(1);
  });
});

test("an answer is settled when its session owes nothing, and what it owes is said again each while", () => {
  expect(messages.isSettled(holding, session, now)).toBe(true);
  owed = [ask()];
  expect(messages.isSettled(holding, session, now)).toBe(false);
  expect(sent).toHaveLength(0);
  for (let look = 0; look < 10; look++)
    messages.isSettled(holding, session, (now += limits.scopeAgainMs / 5));
  expect(sent).toHaveLength(2);
  owed = [];
  expect(messages.isSettled(holding, session, now)).toBe(true);
});

test("whatever is doubled, lost, late or taken back, each call is decided at most once, and none is counted for ever", () => {
  const step = fc.record({ how: fc.constantFrom("park", "answer", "answer", "tick", "cancel"), place: fc.nat(40), ms: fc.nat(900) }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      [sent, decided, lacking] = [[], [], [ask(), ask()]];
      const cancelled = new Set<string>();
      let parked = 0;
      for (const { how, place, ms } of steps) {
        if (how === "park") park(`op ${parked++}`);
        else if (how === "tick") passes(ms);
        else if (how === "cancel" && messages.cancelled(`op ${place}`, door("n3")) !== undefined)
          cancelled.add(`op ${place}`);
        const at = sent[place];
        if (how === "answer" && at !== undefined) messages.receive(door("n2"), answerTo(at), now);
      }
      passes(limits.scopeWaitMs);
      const ops = decided.map(({ op }) => op);
      expect(new Set(ops).size).toBe(ops.length);
      expect(new Set([...ops, ...cancelled]).size).toBe(parked);
      expect(ops.filter((op) => cancelled.has(op))).toEqual([]);
      expect(waitingFor?.(scope) ?? 0).toBe(0);
    }),
    { numRuns: 80 },
  );
});
