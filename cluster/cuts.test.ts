import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Cuts } from "./cuts.ts";
import type { Stored } from "./cuts.ts";
import type { Row } from "./store.ts";

const stored = (key: string, revision: number, stamp = `${revision}`): Stored => ({
  key,
  revision,
  value: Buffer.from(`${key}${revision}@${stamp}`),
  stamp,
});
const named = (rows: readonly Row[]): string[] =>
  rows.map(({ key, revision, value }) => `${key}=${value === undefined ? "gone" : revision}`);

/** A stream that keeps the last message of each key, and a consumer that reads it as the server does. */
class Stream {
  readonly rows = new Map<string, Stored>();
  sequence = 0;
  /** Every state that stood at some time, as the keys' revisions. */
  readonly states: string[] = [stateOf([])];
  readonly #history: string;

  constructor(history: string) {
    this.#history = history;
  }

  write(key: string, isDeletion: boolean): void {
    const row = stored(key, ++this.sequence, `${this.#history}${this.sequence}`);
    this.rows.delete(key);
    this.rows.set(key, isDeletion ? { ...row, value: undefined } : row);
    this.states.push(stateOf(this.rows.values()));
  }
}

function stateOf(rows: Iterable<Row & { readonly stamp?: string }>): string {
  const standing = [...rows].filter(({ value }) => value !== undefined);
  return JSON.stringify(standing.map(({ key, value }) => `${key} ${value?.toString()}`).sort());
}

type Step =
  | { readonly kind: "write"; readonly key: string; readonly isDeletion: boolean }
  | { readonly kind: "read"; readonly count: number }
  | { readonly kind: "restart" }
  | { readonly kind: "lose" }
  | { readonly kind: "idle" }
  | { readonly kind: "forget" };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("write" as const),
        key: fc.constantFrom("view", "n1", "n2"),
        isDeletion: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn === 0),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("read" as const), count: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "lose" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "idle" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "forget" as const }) },
  ),
  { maxLength: 60 },
);

class Reader {
  readonly cuts = new Cuts();
  readonly seen = new Map<string, Row>();
  readonly faults: string[] = [];
  stream = new Stream("a");
  #position = 0;
  #delivered = 0;
  #histories = 1;

  restart(): void {
    this.cuts.begin();
    this.#position = 0;
    this.#delivered = 0;
  }

  /** The store goes back to nothing; the consumer dies with it. */
  forget(): void {
    this.stream = new Stream(String.fromCharCode(97 + this.#histories++));
    this.restart();
  }

  get #left(): Stored[] {
    return [...this.stream.rows.values()].filter(({ revision }) => revision > this.#position);
  }

  read(isLost: boolean): void {
    const [next, ...rest] = this.#left;
    if (next === undefined) return;
    this.#position = next.revision;
    this.#delivered++;
    if (!isLost) this.#take(this.cuts.take(next, this.#delivered, rest.length));
  }

  idle(): void {
    if (this.#left.length === 0) this.#take(this.cuts.idle(this.#delivered));
  }

  #take(taken: ReturnType<Cuts["take"]>): void {
    if (taken === "missed") return this.restart();
    if (taken === "wait") return;
    let before = -1;
    for (const row of taken.rows) {
      if (row.revision < before) this.faults.push(`${row.revision} after ${before}`);
      before = row.revision;
      this.seen.delete(row.key);
      this.seen.set(row.key, row);
    }
    // D2: what has been handed on is what stood at one moment.
    const state = stateOf(this.seen.values());
    if (!this.stream.states.includes(state)) this.faults.push(`never stood: ${state}`);
    if (state !== stateOf(this.cuts.rows())) this.faults.push(`seen, but not kept: ${state}`);
  }
}

describe("cuts", () => {
  test("are each what stood at one moment, in order, whatever is overwritten, lost, begun anew or forgotten", () => {
    fc.assert(
      fc.property(steps, (drawn: readonly Step[]) => {
        const reader = new Reader();
        for (const step of drawn) {
          if (step.kind === "write") reader.stream.write(step.key, step.isDeletion);
          else if (step.kind === "read") for (let at = 0; at < step.count; at++) reader.read(false);
          else if (step.kind === "restart") reader.restart();
          else if (step.kind === "lose") reader.read(true);
          else if (step.kind === "idle") reader.idle();
          else reader.forget();
        }
        // Once nothing is lost any more, it ends with what stands.
        for (let at = 0; at < 12; at++) {
          reader.read(false);
          reader.idle();
        }
        expect(reader.faults).toEqual([]);
        expect(reader.cuts.isCurrent).toBe(true);
        expect(stateOf(reader.seen.values())).toBe(stateOf(reader.stream.rows.values()));
      }),
      { numRuns: 1_000 },
    );
  });

  test("do not hand on a renewal whose view was overwritten, until the view that took its place has come", () => {
    const cuts = new Cuts();
    cuts.begin();
    expect(cuts.take(stored("view", 1), 1, 0)).toMatchObject({ isBeginning: true });
    // 2 was a view; 4 has taken its place.
    expect(cuts.take(stored("node.a", 3), 2, 1)).toBe("wait");
    const cut = cuts.take(stored("view", 4), 3, 0);
    expect(cut).toMatchObject({ isBeginning: false });
    expect(typeof cut === "object" && named(cut.rows)).toEqual(["node.a=3", "view=4"]);
  });

  test("of a beginning leave out what has been brought, and bring what is of another history under the same number", () => {
    const cuts = new Cuts();
    cuts.begin();
    cuts.take(stored("a", 1, "10"), 1, 1);
    cuts.take(stored("b", 2, "20"), 2, 0);
    cuts.begin();
    expect(cuts.take(stored("a", 1, "10"), 1, 1)).toBe("wait");
    const cut = cuts.take(stored("b", 2, "21"), 2, 0);
    expect(typeof cut === "object" && named(cut.rows)).toEqual(["b=2"]);
    cuts.begin();
    const last = cuts.take(stored("b", 1, "30"), 1, 0);
    expect(typeof last === "object" && named(last.rows)).toEqual(["a=gone", "b=1"]);
  });
});
