import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ActorEvent } from "../actors/actor.ts";
import { limits } from "../protocol/limits.ts";
import { Inbox, Outbox } from "./journal.ts";
import type { Entry, JournalFrame } from "./journal.ts";

const entry = (n: number): Entry<ActorEvent> => ({
  kind: "turn",
  shard: 0,
  epoch: 2,
  n,
  key: "k",
  event: { kind: "e", at: n },
});

function numbers(entries: readonly Entry<ActorEvent>[]): number[] {
  return entries.flatMap((each) => (each.kind === "turn" ? [each.n] : []));
}

describe("a stream", () => {
  test("over any network that at last lets something through arrives whole, once and in order", () => {
    const fate = fc.record({
      isLost: fc.boolean(),
      isDoubled: fc.boolean(),
      isLate: fc.boolean(),
      isAckLost: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 4 }), fate), { maxLength: 60 }), (rounds) => {
        const outbox = new Outbox<ActorEvent>(1, 0, 10_000);
        const inbox = new Inbox<ActorEvent>();
        const [applied, late]: [Entry<ActorEvent>[], JournalFrame<ActorEvent>[]] = [[], []];
        let [n, now] = [0, 0];
        const deliver = (frame: JournalFrame<ActorEvent>, isAckLost: boolean): void => {
          const upTo = inbox.receive(frame, (each) => (applied.push(each), "applied"));
          if (upTo !== undefined && !isAckLost)
            outbox.acknowledge({ kind: "ack", stream: frame.stream, upTo, faulty: [] }, now);
        };
        const round = (
          count: number,
          {
            isLost,
            isDoubled,
            isLate,
            isAckLost,
          }: { isLost: boolean; isDoubled: boolean; isLate: boolean; isAckLost: boolean },
        ): void => {
          // prettier-ignore
          now += 500;
          for (let each = 0; each < count; each++) outbox.push(entry(++n), now);
          outbox.resend(now);
          for (const frame of late.splice(0)) deliver(frame, isAckLost);
          for (let frame = outbox.take(); frame !== undefined; frame = outbox.take()) {
            if (isLate) late.push(frame);
            if (isLost || isLate) continue;
            for (let time = 0; time <= (isDoubled ? 1 : 0); time++) deliver(frame, isAckLost);
          }
        };
        for (const [count, each] of rounds) round(count, each);
        for (let more = 0; more < 4; more++)
          round(0, { isLost: false, isDoubled: false, isLate: false, isAckLost: false });
        expect(numbers(applied)).toEqual(Array.from({ length: n }, (_, at) => at + 1));
        expect(outbox.acked).toBe(n);
      }),
    );
  });

  test("never acknowledges what was not applied, nor anything behind it", () => {
    const outbox = new Outbox<ActorEvent>(1, 0, 100);
    for (let n = 1; n <= 5; n++) outbox.push(entry(n), 0);
    const inbox = new Inbox<ActorEvent>();
    const frame = outbox.take() as JournalFrame<ActorEvent>;
    expect(inbox.receive(frame, (each) => (each.kind === "turn" && each.n === 3 ? "wait" : "applied"))).toBe(
      2,
    );
    expect(inbox.receive({ ...frame, first: 4, entries: frame.entries.slice(3) }, () => "applied")).toBe(2);
    expect(inbox.receive(frame, () => "applied")).toBe(5);
  });

  test("that would have to forget something is over, and says so", () => {
    const outbox = new Outbox<ActorEvent>(1, 0, 3);
    for (let n = 1; n <= 3; n++) expect(outbox.push(entry(n), 0)).toBe(n);
    expect(outbox.push(entry(4), 0)).toBe(Number.POSITIVE_INFINITY);
    expect([outbox.isOver, outbox.take()]).toEqual([true, undefined]);
  });

  test("begins at one again under a higher number, and an older one is not heard any more", () => {
    const inbox = new Inbox<ActorEvent>();
    const frame = (stream: number, first: number): JournalFrame<ActorEvent> => ({ kind: "journal", stream, first, entries: [entry(first)], isUrgent: false }); // prettier-ignore
    expect(inbox.receive(frame(1, 1), () => "applied")).toBe(1);
    expect(inbox.receive(frame(2, 1), () => "applied")).toBe(1);
    expect(inbox.receive(frame(1, 2), () => "applied")).toBeUndefined();
  });

  test("takes no acknowledgement of another stream, nor of what it never sent", () => {
    const outbox = new Outbox<ActorEvent>(2, 0, 100);
    outbox.push(entry(1), 0);
    outbox.take();
    outbox.push(entry(2), 0);
    expect(outbox.acknowledge({ kind: "ack", stream: 1, upTo: 1, faulty: [] }, 0)).toBe(false);
    expect(outbox.acknowledge({ kind: "ack", stream: 2, upTo: 2, faulty: [] }, 0)).toBe(false);
    expect(outbox.acknowledge({ kind: "ack", stream: 2, upTo: 1, faulty: [] }, 0)).toBe(true);
  });
});

describe("entries that come before their view", () => {
  const framed = (first: number, count: number): JournalFrame<ActorEvent> => ({
    kind: "journal",
    stream: 1,
    first,
    entries: Array.from({ length: count }, (_, at) => entry(first + at)),
    isUrgent: false,
  });

  test("are held with all behind them, and taken in order, once, as soon as they may be", () => {
    const inbox = new Inbox<ActorEvent>();
    const applied: Entry<ActorEvent>[] = [];
    const take = (until: number) => (each: Entry<ActorEvent>) =>
      each.kind === "turn" && each.n <= until ? (applied.push(each), "applied" as const) : ("wait" as const);
    expect(inbox.receive(framed(1, 3), take(2))).toBe(2);
    expect(inbox.receive(framed(4, 2), take(2))).toBe(2);
    expect(inbox.receive(framed(6, 1), take(2))).toBe(2);
    // Sent again meanwhile.
    expect(inbox.receive(framed(3, 3), take(2))).toBe(2);
    expect(inbox.isHolding).toBe(true);
    expect(inbox.retry(take(5))).toBe(5);
    expect(inbox.isHolding).toBe(true);
    expect(inbox.retry(take(9))).toBe(6);
    expect(inbox.isHolding).toBe(false);
    expect(numbers(applied)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("are held up to a bound, and not behind a gap; a new stream forgets them", () => {
    const inbox = new Inbox<ActorEvent>();
    const applied: Entry<ActorEvent>[] = [];
    for (let first = 1; first <= 2 * limits.journalHeldFramesMax; first++)
      inbox.receive(framed(first, 1), () => "wait");
    const all = (each: Entry<ActorEvent>): "applied" => (applied.push(each), "applied");
    expect(inbox.retry(all)).toBe(limits.journalHeldFramesMax);
    inbox.receive(framed(limits.journalHeldFramesMax + 5, 1), all);
    expect(inbox.isHolding).toBe(false);
    inbox.receive(framed(limits.journalHeldFramesMax + 1, 1), () => "wait");
    inbox.receive({ ...framed(1, 1), stream: 2 }, all);
    expect(inbox.isHolding).toBe(false);
    expect(applied.length).toBe(limits.journalHeldFramesMax + 1);
  });
});
