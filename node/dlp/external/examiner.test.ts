import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GatewayError } from "../../../protocol/errors.ts";
import { limits } from "../../../protocol/limits.ts";
import { Examiner } from "./examiner.ts";
import type { Appointed, Examination, Failing } from "./examiner.ts";
import type { Opinion, Question, Recogniser } from "./recogniser.ts";
import { render } from "./rendering.ts";

const outage = new GatewayError("RECOGNISER_FAILED", "it is out");

class Scripted implements Recogniser {
  readonly directions = ["request"] as const;
  readonly questions: Question[] = [];
  closed = 0;
  reply: (question: Question) => Promise<Opinion>;

  constructor(reply: (question: Question) => Promise<Opinion>) {
    this.reply = reply;
  }

  examine(question: Question): Promise<Opinion> {
    this.questions.push(question);
    return this.reply(question);
  }

  probe(): Promise<Readonly<Record<string, string>>> {
    return Promise.resolve({});
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

const appoint = (recogniser: Recogniser, failing: Failing = "closed", personas: Record<string, Failing> = {}, name = "corp"): Appointed => ({ name, recogniser, waitMs: 1000, failing, personas }); // prettier-ignore
const out = (): Scripted => new Scripted(() => Promise.reject(outage));
const ask = (examiner: Examiner, persona = "clerk"): Promise<Examination> => examiner.examine({ text: "x" }, "request", persona, 1000); // prettier-ignore

describe("without a verdict", () => {
  test("a document is refused, and the refusal says by whom and why", async () => {
    const examiner = new Examiner([appoint(out())]);
    expect(await ask(examiner)).toEqual({ findings: [], unexamined: [], refused: { recogniser: "corp", why: "no verdict", says: "it is out" } }); // prettier-ignore
  });

  test("it passes in the mode open, and that is there to be recorded", async () => {
    expect(await ask(new Examiner([appoint(out(), "open")]))).toEqual({ findings: [], unexamined: [{ recogniser: "corp", says: "it is out" }] }); // prettier-ignore
  });

  test("the mode of the persona decides, whatever the mode of all others", async () => {
    const examiner = new Examiner([appoint(out(), "closed", { lax: "open", shy: "local" })]);
    const modes = await Promise.all(["clerk", "lax", "shy", "constructor"].map((persona) => ask(examiner, persona))); // prettier-ignore
    expect(modes.map(({ refused, unexamined }) => [refused !== undefined, unexamined.length])).toEqual([[true, 0], [false, 1], [false, 0], [true, 0]]); // prettier-ignore
  });

  test("a bug of ours refuses as an outage does, and says no word of the text", async () => {
    const examiner = new Examiner([
      appoint(new Scripted(() => Promise.reject(new TypeError("secret text")))),
    ]);
    expect((await ask(examiner)).refused?.says).toBe("our own fault in asking it");
  });

  test("what is too large or too deep to be shown is refused, and nobody is asked", async () => {
    const recogniser = new Scripted(() => Promise.resolve({ findings: [] }));
    const examiner = new Examiner([appoint(recogniser)]);
    let deep: unknown = "x";
    for (let at = 0; at <= limits.dlpDepthMax; at++) deep = [deep];
    for (const document of [{ text: "x".repeat(limits.recogniserTextCharsMax + 1) }, { value: deep }])
      expect((await examiner.examine(document, "request", "clerk", 1000)).refused?.why).toBe("no verdict");
    expect(recogniser.questions).toEqual([]);
  });
});

test("a persona that is local is never shown to the recogniser, nor is the other direction", async () => {
  const recogniser = new Scripted(() => Promise.resolve({ findings: [] }));
  const examiner = new Examiner([appoint(recogniser, "closed", { shy: "local" })]);
  await ask(examiner, "shy");
  await examiner.examine({ text: "x" }, "response", "clerk", 1000);
  expect([recogniser.questions.length, examiner.asks("shy", "request"), examiner.asks("clerk", "request")]).toEqual([0, false, true]); // prettier-ignore
});

test("one that blocks is obeyed in the mode open too, and before one that has no verdict", async () => {
  const blocks = new Scripted(() => Promise.resolve({ findings: [], blocked: "cards" }));
  const examiner = new Examiner([appoint(out(), "closed", {}, "first"), appoint(blocks, "open", {}, "second")]); // prettier-ignore
  expect((await ask(examiner)).refused).toEqual({ recogniser: "second", why: "blocked", says: "cards" });
});

test("one that keeps failing is left alone, and asked again after its time", async () => {
  let now = 0;
  const recogniser = out();
  const examiner = new Examiner([appoint(recogniser)], () => now);
  for (let at = 0; at < 2 * limits.recogniserFailuresMax; at++) await ask(examiner);
  expect(recogniser.questions).toHaveLength(limits.recogniserFailuresMax);
  expect((await ask(examiner)).refused?.says).toMatch(/left alone for 5 s/);
  now = limits.recogniserOpenMs;
  recogniser.reply = () => Promise.resolve({ findings: [] });
  expect([await ask(examiner), await ask(examiner)].map(({ refused }) => refused)).toEqual([undefined, undefined]); // prettier-ignore
});

test("a question has the time of its recogniser or of the caller, whichever is less", async () => {
  const recogniser = new Scripted(() => Promise.resolve({ findings: [] }));
  const examiner = new Examiner([appoint(recogniser)], () => 100);
  await examiner.examine({ text: "x" }, "request", "clerk", 50);
  await examiner.examine({ text: "x" }, "request", "clerk", 5000);
  expect(recogniser.questions.map(({ deadlineMs }) => deadlineMs)).toEqual([150, 1100]);
});

test("findings come back with the path and the place of the value they are in", async () => {
  const recogniser = new Scripted(({ text }) => {
    const start = text.indexOf("Ada");
    return Promise.resolve({ findings: [{ type: "presidio.person", start, end: start + 3, likelihood: 4 }] });
  });
  const value = { list: [{ "a/b": 1 }, { owner: "for Ada" }] };
  const examiner = new Examiner([appoint(recogniser)]);
  expect((await examiner.examine({ value }, "request", "clerk", 1000)).findings).toEqual([{ type: "presidio.person", start: 4, end: 7, likelihood: 4, path: "/list/1/owner" }]); // prettier-ignore
  expect(recogniser.questions[0]?.text).toBe("a/b: 1\nowner: for Ada\n");
});

test("whatever stretch of a rendering is found, its places hold just the characters of it that are of values", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.nat(), (value, one, other) => {
      const rendering = render({ value });
      if (rendering === undefined) return;
      const { text } = rendering;
      const [start, end] = [one % (text.length + 1), other % (text.length + 1)].toSorted((a, b) => a - b) as [number, number]; // prettier-ignore
      const places = rendering.locate(start, end);
      for (const { path, start: from, end: to } of places) {
        const leaf = String(path.split("/").slice(1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key.replaceAll("~1", "/").replaceAll("~0", "~")], value)); // prettier-ignore
        expect(text.slice(start, end)).toContain(leaf.slice(from, to));
        expect(to).toBeGreaterThan(from);
      }
      const all = rendering.locate(0, text.length).reduce((sum, place) => sum + place.end - place.start, 0);
      expect(places.reduce((sum, place) => sum + place.end - place.start, 0)).toBeLessThanOrEqual(all);
    }),
  );
});
