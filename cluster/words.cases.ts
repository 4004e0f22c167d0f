/** What every adapter of words must do (words.ts, W1 and W2); each adapter's test runs it. */
import { expect, test } from "vitest";
import type { Words } from "./words.ts";

export interface WordsStand {
  readonly connect: (id: string) => Promise<Words> | Words;
  /** Lets happen what is under way. */
  readonly settle: () => Promise<void> | void;
}

export function wordsCases(make: () => Promise<WordsStand> | WordsStand): void {
  test("a word comes to every other node, unchanged, says who said it, and not to who said it", async () => {
    const { connect, settle } = await make();
    const seen: string[] = [];
    const nodes = new Map<string, Words>();
    for (const id of ["a", "b", "c"]) {
      const words = await connect(id);
      nodes.set(id, words);
      words.hear((from, boot, word) => seen.push(`${id} ${from} ${boot} ${Buffer.from(word).toString()}`));
    }
    await settle();
    const a = nodes.get("a") as Words;
    a.say(Buffer.from("hello"));
    expect(seen).toEqual([]);
    await settle();
    expect(new Set(seen)).toEqual(new Set([`b a ${a.boot} hello`, `c a ${a.boot} hello`]));
    expect(seen).toHaveLength(2);
  });

  test("nobody who has stopped listening hears more, and words before that are not said again", async () => {
    const { connect, settle } = await make();
    const [a, b] = [await connect("a"), await connect("b")];
    const seen: string[] = [];
    a.say(Buffer.from("early"));
    await settle();
    const end = b.hear((_from, _boot, word) => seen.push(Buffer.from(word).toString()));
    a.say(Buffer.from("now"));
    await settle();
    end();
    a.say(Buffer.from("late"));
    await settle();
    expect(seen).toEqual(["now"]);
  });

  test("two nodes are two processes", async () => {
    const { connect } = await make();
    expect((await connect("a")).boot).not.toBe((await connect("b")).boot);
  });
}
