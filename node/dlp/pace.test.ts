import { afterEach, expect, test } from "vitest";
import { limits } from "../../protocol/limits.ts";
import { Pace } from "./pace.ts";
import type { Outcome } from "./pool.ts";

const large = limits.dlpInlineCharsMax + 1;
const nothingFound: Outcome = { findings: [], steps: 1 };
const paces: Pace[] = [];
afterEach(() => {
  for (const pace of paces.splice(0)) pace.close();
});

/** A pace before threads that are done when they are told to be, oldest document first. */
function opened(threads = 1): { readonly pace: Pace; readonly inside: ((outcome: Outcome) => void)[] } {
  const inside: ((outcome: Outcome) => void)[] = [];
  const pace = new Pace({ threads, scan: (_agent, _document, _chars, done) => void inside.push(done) });
  paces.push(pace);
  return { pace, inside };
}

function scan(pace: Pace): Promise<Outcome> {
  return new Promise((resolve) => pace.scan("a", { text: "x" }, large, resolve));
}

test("of fifty streams that read on when it is their turn no more than four have a document at one thread, and all end", async () => {
  const { pace, inside } = opened();
  const streams = 50;
  let most = 0;
  let ended = 0;
  const run = async (): Promise<void> => {
    for (let message = 0; message < 4; message++) {
      await pace.turn("a");
      const outcome = scan(pace);
      most = Math.max(most, inside.length);
      expect(await outcome).toBe(nothingFound);
    }
    ended++;
  };
  const running = Promise.all(Array.from({ length: streams }, run));
  while (ended < streams) {
    inside.shift()?.(nothingFound);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await running;
  expect(most).toBe(limits.dlpPacedDocuments);
});

test("what comes without a turn is searched at once, however many have their turn", () => {
  const { pace, inside } = opened();
  for (let count = 0; count < 3 * limits.dlpPacedDocuments; count++) void scan(pace);
  expect(inside.length).toBe(3 * limits.dlpPacedDocuments);
});

test("streams that say nothing in their turn do not hold up another one for long", async () => {
  const { pace } = opened();
  for (let count = 0; count < limits.dlpPacedDocuments; count++) expect(pace.turn("silent")).toBeUndefined();
  const next = pace.turn("other");
  expect(next).toBeInstanceOf(Promise);
  await next;
  expect(pace.waiting).toBe(0);
});

test("an agent with one stream reads on before one that has many has done so twice", async () => {
  const { pace, inside } = opened();
  for (let count = 0; count < limits.dlpPacedDocuments; count++) void scan(pace);
  const order: string[] = [];
  const note = (agent: string): void => void pace.turn(agent)?.then(() => order.push(agent));
  for (let count = 0; count < 10; count++) note("many");
  note("one");
  for (let count = 0; count < 2; count++) inside.shift()?.(nothingFound);
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(["many", "one"]);
});

test("whoever waits reads on when all is closed, and when there is no room to wait", async () => {
  const { pace } = opened();
  for (let count = 0; count < limits.dlpPacedDocuments; count++) void scan(pace);
  const waiting = Array.from({ length: limits.dlpWaitingMax }, () => pace.turn("a") ?? Promise.resolve());
  await pace.turn("a");
  expect(pace.waiting).toBe(limits.dlpWaitingMax);
  pace.close();
  await Promise.all(waiting);
});

test("small documents have no turn and take nobody's", () => {
  const { pace, inside } = opened();
  for (let count = 0; count < 100; count++) pace.scan("a", { text: "x" }, limits.dlpInlineCharsMax, () => undefined); // prettier-ignore
  expect(inside.length).toBe(100);
  expect(pace.turn("a")).toBeUndefined();
});
