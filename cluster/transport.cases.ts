/** What every transport must do (transport.ts, W1 and W2); each adapter's test runs it. Faults are the simulation's. */
import { expect, test } from "vitest";
import type { Transport } from "./transport.ts";

type Note = Transport<{ readonly text: string }>;

export interface TransportStand {
  readonly connect: (id: string) => Promise<Note> | Note;
  /** Lets happen what is under way. */
  readonly settle: () => Promise<void> | void;
}

export function transportCases(make: () => Promise<TransportStand> | TransportStand): void {
  test("a frame comes to whom it was sent, unchanged, and says who sent it", async () => {
    const { connect, settle } = await make();
    const [a, b, c] = [await connect("a"), await connect("b"), await connect("c")];
    const seen: unknown[] = [];
    for (const [id, each] of [
      ["b", b],
      ["c", c],
    ] as const)
      each.listen((from, frame) => seen.push([id, from, frame]));
    a.send("b", { text: "hello" });
    expect(seen).toEqual([]);
    await settle();
    expect(seen).toEqual([["b", "a", { text: "hello" }]]);
  });

  test("a node can send to itself, and never hears it within its own send", async () => {
    const { connect, settle } = await make();
    const a = await connect("a");
    const seen: string[] = [];
    a.listen((from, { text }) => seen.push(`${from}: ${text}`));
    a.send("a", { text: "note" });
    expect(seen).toEqual([]);
    await settle();
    expect(seen).toEqual(["a: note"]);
  });

  test("a frame to nobody is lost without a word, and so is one to who listens no more", async () => {
    const { connect, settle } = await make();
    const [a, b] = [await connect("a"), await connect("b")];
    const seen: string[] = [];
    const end = b.listen((_from, { text }) => seen.push(text));
    a.send("nobody", { text: "1" });
    end();
    a.send("b", { text: "2" });
    await settle();
    expect(seen).toEqual([]);
  });
}
