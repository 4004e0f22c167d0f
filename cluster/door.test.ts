import { describe, expect, test } from "vitest";
import { limits } from "../protocol/limits.ts";
import { Door } from "./door.ts";
import type { Ending, ExchangeFrame } from "./exchange.ts";
import { bury, firstView, join, move, stand } from "./view.ts";
import type { View } from "./view.ts";

type Frame = ExchangeFrame<string, string>;

const view = join(join(firstView("h", 1), "a", 1, 1) as View, "b", 1, 1) as View;
const after = bury(view, [["a", 1]]) as View;
const answered: Ending<string> = { kind: "answered", answer: "yes" };

function opened(known: View | "none" = view): {
  door: Door<string, string>;
  sent: { to: string; frame: Extract<Frame, { kind: "present" }> }[];
  endings: Ending<string>[];
  notes: string[];
  cancels: string[];
} {
  const sent: { to: string; frame: Extract<Frame, { kind: "present" }> }[] = [];
  const endings: Ending<string>[] = [];
  const notes: string[] = [];
  const cancels: string[] = [];
  const door = new Door<string, string>({
    send: (to, _incarnation, frame) => {
      if (frame.kind === "present") sent.push({ to, frame });
      else if (frame.kind === "cancel") cancels.push(to);
    },
    finish: (_op, ending) => void endings.push(ending),
    note: (_op, bytes) => void notes.push(Buffer.from(bytes).toString()),
    configuration: () => 1,
  });
  door.begin("op", "key", 0, "the call", known === "none" ? undefined : known, 0);
  return { door, sent, endings, notes, cancels };
}

describe("a door", () => {
  test("presents a call to its owner, again when nothing is heard, and to the next owner as soon as there is one", () => {
    const { door, sent } = opened();
    door.tick(view, limits.exchangeAgainMs - 1);
    expect(sent).toHaveLength(1);
    door.tick(view, limits.exchangeAgainMs);
    door.viewed(view, after, limits.exchangeAgainMs + 1);
    expect(sent.map(({ to }) => to)).toEqual(["a", "a", "b"]);
    expect(sent.map(({ frame }) => frame.opened)).toEqual([2, 2, 2]);
  });

  test("waits for the former owner's word after a planned change, unless that one could not take the call", () => {
    const inSync = stand(view, 0, [{ shard: 0, epoch: 2, runner: 1, inSync: true, isLost: false }]) as View;
    const moved = move(inSync, 0, [{ shard: 0, epoch: 2, target: 1 }]) as View;
    for (const word of ["accepted", "busy", undefined] as const) {
      const { door, sent, endings } = opened(inSync);
      if (word === "accepted") door.receive("a", { kind: word, op: "op", epoch: 2 }, 1);
      if (word === "busy") door.receive("a", { kind: word, op: "op" }, 1);
      door.viewed(inSync, moved, 2);
      expect(sent.map(({ to }) => to)).toEqual(word === "busy" ? ["a", "b"] : ["a"]);
      door.tick(moved, limits.exchangeAgainMs + 1);
      expect(sent.at(-1)?.to).toBe("b");
      door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: answered }, limits.exchangeAgainMs + 1);
      expect(endings).toEqual([]); // now it comes too late
    }
    const { door, endings } = opened(inSync);
    door.viewed(inSync, moved, 2);
    door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: answered }, 3);
    expect(endings).toEqual([answered]);
  });

  test("never presents the body again once it was accepted", () => {
    const { door, sent } = opened();
    door.receive("a", { kind: "accepted", op: "op", epoch: 2 }, 1);
    door.viewed(view, after, 2);
    expect(sent.map(({ frame }) => "call" in frame)).toEqual([true, false]);
  });

  test("gives one ending, and drops what comes after it", () => {
    const { door, endings } = opened();
    for (let time = 0; time < 2; time++)
      door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: answered }, 1);
    door.receive("a", { kind: "answer", op: "op", epoch: 9, ending: { kind: "unknown" } }, 1);
    expect(endings).toEqual([answered]);
    expect(door.size).toBe(0);
  });

  test("believes no owner from before the one that it asked last", () => {
    const { door, endings } = opened();
    door.viewed(view, after, 1);
    door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: { kind: "refused", why: "verdict" } }, 2);
    expect(endings).toEqual([]);
    door.receive("b", { kind: "answer", op: "op", epoch: after.number, ending: answered }, 3);
    expect(endings).toEqual([answered]);
  });

  test("that never found an owner refuses; one that may have reached an owner does not know", () => {
    const never = opened("none");
    never.door.tick(undefined, limits.exchangeAcceptMs);
    expect(never.endings).toEqual([{ kind: "refused", why: "no owner" }]);
    const silent = opened();
    silent.door.tick(view, limits.exchangeAcceptMs);
    expect(silent.endings).toEqual([{ kind: "unknown" }]);
    const accepted = opened();
    accepted.door.receive("a", { kind: "accepted", op: "op", epoch: 2 }, 10);
    accepted.door.tick(view, limits.exchangeAcceptMs + 10);
    expect(accepted.endings).toEqual([]);
    accepted.door.tick(view, limits.exchangeAnswerMs + 10);
    expect(accepted.endings).toEqual([{ kind: "unknown" }]);
  });

  test("takes a call back from an owner that cannot take it, and refuses it when that one says that it will not be made", () => {
    const takenBack = { kind: "refused", why: "cancelled" } as const;
    for (const word of ["refused", "accepted", "nothing"] as const) {
      const { door, endings, sent, cancels } = opened();
      door.receive("a", { kind: "busy", op: "op" }, 1);
      const presented = sent.length;
      for (const ms of [0, 1, limits.exchangeRetryMs]) door.tick(view, limits.exchangeAcceptMs + ms);
      expect([cancels, sent.length, endings]).toEqual([["a", "a"], presented, []]); // again, in case it was lost
      if (word === "accepted") door.receive("a", { kind: "accepted", op: "op", epoch: 2 }, limits.exchangeAcceptMs + 100); // prettier-ignore
      if (word === "refused") door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: takenBack }, limits.exchangeAcceptMs + 100); // prettier-ignore
      // The next owner might make it.
      door.viewed(view, after, limits.exchangeAcceptMs + 200);
      expect(sent.slice(presented).filter(({ frame }) => "call" in frame)).toEqual([]);
      door.tick(after, limits.exchangeAcceptMs + limits.exchangeTakenBackMs);
      const refused = { kind: "refused", why: "no owner" };
      expect(endings).toEqual(word === "refused" ? [refused] : word === "accepted" ? [] : [{ kind: "unknown" }]); // prettier-ignore
    }
  });

  test("gives the agent what its owner says before the answer, and nothing from an earlier epoch or after it", () => {
    const { door, notes } = opened();
    const note = (epoch: number, text: string): void =>
      door.receive("a", { kind: "note", op: "op", epoch, bytes: Buffer.from(text) }, 1);
    note(1, "too old");
    note(2, "half way");
    door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: answered }, 2);
    note(2, "too late");
    expect(notes).toEqual(["half way"]);
  });

  test("hears nobody that the exchange was not presented to, whatever epoch he names", () => {
    const { door, endings, notes } = opened();
    door.receive("b", { kind: "note", op: "op", epoch: 2 ** 40, bytes: Buffer.from("forged") }, 1);
    door.receive("b", { kind: "answer", op: "op", epoch: 2 ** 40, ending: { kind: "answered", answer: "forged" } }, 1); // prettier-ignore
    expect([endings, notes]).toEqual([[], []]);
    door.receive("a", { kind: "answer", op: "op", epoch: 2, ending: answered }, 2);
    expect(endings).toEqual([answered]);
  });
});
