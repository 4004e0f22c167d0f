/** What every recogniser must do, whatever it speaks: run for each adapter against a stub of ours and the real thing. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatewayError } from "../../../protocol/errors.ts";
import type { Opinion, Recogniser } from "./recogniser.ts";

export interface Bench {
  [Symbol.asyncDispose](): Promise<void>;
  readonly recogniser: Recogniser;
  /** It finds this, or blocks a text that holds it. */
  readonly sensitive: string;
  /** What it calls that; undefined when it blocks. */
  readonly type: string | undefined;
  /** It takes connections and says nothing more, until it may go on. */
  pause(): void;
  resume(): void;
  /** It is gone. */
  end(): Promise<void>;
}

const patience = 20_000;

/** "caught" when it is there in its place, or blocked; "clean" when there is nothing. */
function verdictOf({ sensitive, type }: Bench, { findings, blocked }: Opinion, text: string): unknown {
  if (findings.length === 0 && blocked === undefined) return "clean";
  if (type === undefined) return /^[\x20-\x7e]{4,200}$/.test(blocked ?? "") ? "caught" : blocked;
  const start = text.indexOf(sensitive);
  const isThere = findings.some((each) => each.type === type && each.start === start && each.end === start + sensitive.length); // prettier-ignore
  return isThere ? "caught" : findings;
}

/** The suite for one adapter and one server. */
export function recogniserCases(name: string, open: () => Promise<Bench>): void {
  describe(`as every recogniser: ${name}`, () => {
    let bench: Bench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(async () => {
      await bench.recogniser.close();
      await bench[Symbol.asyncDispose]();
    });

    const ask = async (text: string, waitMs = patience): Promise<Opinion> =>
      bench.recogniser.examine({ text, direction: "request", deadlineMs: performance.now() + waitMs });

    const failure = async (text: string, waitMs = patience): Promise<GatewayError> => {
      const thrown: unknown = await ask(text, waitMs).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(GatewayError);
      return thrown as GatewayError;
    };

    test("can be tried by hand", async () => {
      expect(
        Object.values(await bench.recogniser.probe(performance.now() + patience)).length,
      ).toBeGreaterThan(0);
    });

    test.each(["", "a harmless line", "zeros and words\n".repeat(8_000)])("what is harmless has no finding", async (text) => {
      expect(await ask(text)).toEqual({ findings: [] });
    }); // prettier-ignore

    test.each([
      ["alone", "", ""],
      ["amid other words", "they said: ", " and went"],
      ["after characters of two code units", "😀 🇩🇪 tea 👩‍🔬 now ", " 😀"],
      ["after a lone surrogate", "\ud83d and ", ""],
      ["behind a hundred thousand characters", "word ".repeat(20_000), ""],
    ])("what is sensitive is caught %s, at its place in UTF-16 code units", async (_, before, after) => {
      const text = before + bench.sensitive + after;
      expect(verdictOf(bench, await ask(text), text)).toBe("caught");
    });

    test("of many questions at once each has its own verdict", async () => {
      const texts = Array.from({ length: 30 }, (_, at) =>
        at % 3 === 0 ? `${at}: ${bench.sensitive} is here` : `${at}: nothing is here`,
      );
      const opinions = await Promise.all(texts.map((text) => ask(text)));
      const verdicts = opinions.map((opinion, at) => verdictOf(bench, opinion, texts[at] ?? ""));
      expect(verdicts).toEqual(texts.map((_, at) => (at % 3 === 0 ? "caught" : "clean")));
    });

    test("one that says nothing has no verdict at the deadline, and serves again when it can", async () => {
      bench.pause();
      // A process on another core stops when it gets there.
      await delay(250);
      const start = performance.now();
      const error = await failure(`a first unseen text with ${bench.sensitive}`, 300);
      bench.resume();
      expect(error.code).toBe("RECOGNISER_FAILED");
      expect(performance.now() - start).toBeLessThan(3000);
      expect(await ask("another harmless line")).toEqual({ findings: [] });
    });

    test("one that is gone has no verdict, and no error holds a part of the text", async () => {
      await bench.end();
      const error = await failure(`a second unseen text with ${bench.sensitive}`, 3000);
      expect(error.code).toBe("RECOGNISER_FAILED");
      expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(bench.sensitive);
    });
  });
}
