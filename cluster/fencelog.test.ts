import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFenceEntry, encodeFenceEntry } from "./fenceentry.ts";
import { fenceLogCases } from "./fencelog.cases.ts";
import { FenceLog } from "./fencelog.ts";
import type { SealResult } from "./fencelog.ts";
import { MemoryFenceStore } from "./fencestore.ts";
import type { FenceStore } from "./fencestore.ts";

describe("memory", () => {
  fenceLogCases(() => {
    const store = new MemoryFenceStore((run) => void setImmediate(run));
    return { open: () => store };
  });
});

/** What happens to one write: when it is applied, whether its end is heard, and when. */
interface Fate {
  readonly apply: number;
  readonly hear: number;
  readonly isHeard: boolean;
}

/** A store behind a bad line, under a clock of its own. */
class BadLine {
  readonly #due: { readonly at: number; readonly run: () => void }[] = [];
  readonly memory = new MemoryFenceStore((run) => run());
  readonly #fates: readonly Fate[];
  #drawn = 0;
  now = 0;

  constructor(fates: readonly Fate[]) {
    this.#fates = fates;
  }

  store(): FenceStore {
    return {
      write: (shard, bytes, expected, isOnly, then) => {
        const fate = this.#fates[this.#drawn++ % this.#fates.length] as Fate;
        this.after(fate.apply, () =>
          this.memory.write(shard, bytes, expected, isOnly, (written) =>
            this.after(fate.hear, () => then(fate.isHeard ? written : { kind: "unknown" })),
          ),
        );
      },
      read: (shard, from, to, then) =>
        this.after(1, () => this.memory.read(shard, from, to, (found) => this.after(1, () => then(found)))),
    };
  }

  after(ms: number, run: () => void): void {
    this.#due.push({ at: this.now + ms, run });
  }

  /** Runs all that is due up to a moment. */
  runTo(end: number): void {
    for (;;) {
      const next = this.#due.reduce<number>(
        (best, { at }, index) =>
          at <= end && at < (this.#due[best]?.at ?? Number.POSITIVE_INFINITY) ? index : best,
        -1,
      );
      const [due] = next === -1 ? [] : this.#due.splice(next, 1);
      if (due === undefined) break;
      this.now = due.at;
      due.run();
    }
    this.now = end;
  }
}

const fate = fc.record({
  apply: fc.integer({ min: 1, max: 40 }),
  hear: fc.integer({ min: 1, max: 10 }),
  isHeard: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn > 0),
});

describe("over a line that delays and loses", () => {
  test("every seal has found what was ever acknowledged under an earlier one, and nothing is acknowledged after it", () => {
    fc.assert(
      fc.property(
        fc.array(fate, { minLength: 5, maxLength: 60 }),
        fc.array(fc.record({ owner: fc.integer({ min: 0, max: 2 }), kind: fc.constantFrom("append", "append", "append", "seal"), pause: fc.integer({ min: 0, max: 15 }) }), { minLength: 5, maxLength: 60 }), // prettier-ignore
        (fates, steps) => {
          const line = new BadLine(fates);
          const owners = [0, 1, 2].map((at) => ({ log: new FenceLog(line.store(), `w${at}`), epoch: 0 }));
          const acknowledged: { readonly epoch: number; readonly text: string }[] = [];
          const tooLate: string[] = [];
          let [epoch, texts, highest] = [0, 0, 0];
          const check = (mine: number, result: SealResult): void => {
            if (result.kind !== "sealed") return;
            const found = result.bodies.map(({ body }) => Buffer.from(body).toString());
            const missing = acknowledged.filter((each) => each.epoch < mine && !found.includes(each.text));
            expect(missing).toEqual([]);
            expect(new Set(found).size).toBe(found.length);
            highest = Math.max(highest, mine);
          };
          for (const { owner, kind, pause } of steps) {
            const own = owners[owner] as (typeof owners)[number];
            const mine = kind === "seal" ? ++epoch : own.epoch;
            own.epoch = mine;
            if (kind === "seal") own.log.seal(7, mine, (result) => check(mine, result));
            else {
              const text = `${++texts}`;
              const sealedAtStart = highest;
              own.log.append(7, mine, Buffer.from(text), (result) => {
                if (result !== "appended") return;
                // Sealed by a later owner before it was even asked for: it must not be taken.
                if (sealedAtStart > mine) tooLate.push(text);
                acknowledged.push({ epoch: mine, text });
              });
            }
            line.runTo(line.now + pause);
          }
          line.runTo(line.now + 10_000);
          // Another owner, whose seal is heard, finds it all in the end.
          const last = new FenceLog(line.memory, "last");
          let isFound = false;
          last.seal(7, epoch + 1, (result) => {
            isFound = result.kind === "sealed";
            check(epoch + 1, result);
          });
          expect(isFound).toBe(true);
          expect(tooLate).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("an entry", () => {
  const entries = fc.oneof(
    fc.record({
      kind: fc.constant("seal" as const),
      bodies: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("bodies" as const),
      bodies: fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }),
    }),
  );
  const numbers = fc.integer({ min: 0, max: 2 ** 48 - 1 });

  test("is read as it was written", () => {
    fc.assert(
      fc.property(entries, numbers, numbers, fc.string({ maxLength: 16 }), (some, epoch, count, writer) => {
        const entry = { ...some, epoch, count, writer: Buffer.from(writer).toString() };
        const read = decodeFenceEntry(encodeFenceEntry(entry));
        expect(JSON.stringify(read)).toBe(JSON.stringify({ kind: entry.kind, epoch, writer: entry.writer, count, bodies: entry.bodies })); // prettier-ignore
      }),
    );
  });

  test("that is cut off, longer, or anything else is none, and reading it throws nothing", () => {
    const whole = Buffer.from(
      encodeFenceEntry({ kind: "bodies", epoch: 3, writer: "w", count: 2, bodies: [Buffer.from("abc")] }),
    );
    for (let end = 0; end < whole.length; end++)
      expect(decodeFenceEntry(whole.subarray(0, end))).toBeUndefined();
    expect(decodeFenceEntry(Buffer.concat([whole, Buffer.from([0])]))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const read = decodeFenceEntry(bytes);
        const again = read === undefined ? bytes : encodeFenceEntry(read);
        expect(Buffer.from(again).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });
});
