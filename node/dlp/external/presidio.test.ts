import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Dialer } from "../../upstream/dialer.ts";
import { handled, startHttpStub } from "./httpstub.fixture.ts";
import type { HttpStub } from "./httpstub.fixture.ts";
import { codeUnits, levelOf, PresidioRecogniser } from "./presidio.ts";
import type { Opinion } from "./recogniser.ts";
import { recogniserCases } from "./recogniser.cases.ts";

const dialer = new Dialer();
afterAll(() => dialer.close());
const local = { private: ["127.0.0.0/8"] };
const settings = { language: "en", scoreMin: 0.4 };

function open(stub: HttpStub): PresidioRecogniser {
  return new PresidioRecogniser({ ...settings, url: stub.url }, ["request", "response"], dialer, local);
}

/** Named entities as a model would find them: their real models are in no registry. Offsets count code points. */
function named(text: string, person: string): unknown {
  const at = text.indexOf(person);
  if (at < 0) return [];
  const start = Array.from(text.slice(0, at)).length;
  return [
    {
      entity_type: "PERSON",
      start,
      end: start + [...person].length,
      score: 0.85,
      analysis_explanation: null,
    },
  ];
}

recogniserCases("Presidio's REST with named entities, by a stub", async () => {
  const stub = await startHttpStub();
  stub.answer = ({ body }) => named((JSON.parse(body) as { text: string }).text, "Ada 👩‍🔬 Byron");
  return {
    recogniser: open(stub),
    sensitive: "Ada 👩‍🔬 Byron",
    type: "presidio.person",
    pause: () => void (stub.isPaused = true),
    resume: () => void (stub.isPaused = false),
    end: () => stub[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose](),
  };
});

async function asked(answer: HttpStub["answer"]): Promise<Opinion | string> {
  await using stub = await startHttpStub();
  stub.answer = answer;
  const recogniser = open(stub);
  try {
    return await recogniser.examine({ text: "twelve chars", direction: "request", deadlineMs: performance.now() + 2000 }); // prettier-ignore
  } catch (error) {
    return String((error as Error).message);
  } finally {
    await recogniser.close();
  }
}

describe("an answer", () => {
  const one = { entity_type: "PERSON", start: 0, end: 6, score: 0.9 };

  test("is asked for with language, threshold and nothing else, and findings below the threshold are left out", async () => {
    await using stub = await startHttpStub();
    stub.answer = () => [one, { ...one, score: 0.2 }];
    const recogniser = open(stub);
    const { findings } = await recogniser.examine({ text: "twelve chars", direction: "request", deadlineMs: performance.now() + 2000 }); // prettier-ignore
    expect(findings).toEqual([{ type: "presidio.person", start: 0, end: 6, likelihood: 4 }]);
    expect(JSON.parse(stub.posted[0]?.body ?? "")).toEqual({ text: "twelve chars", language: "en", score_threshold: 0.4 }); // prettier-ignore
    await recogniser.close();
  });

  test.each<readonly [string, HttpStub["answer"], RegExp]>([
    ["beyond the text", () => [{ ...one, end: 13 }], /outside the text/],
    ["that ends before it starts", () => [{ ...one, start: 6, end: 6 }], /outside the text/],
    ["with a place that is no number", () => [{ ...one, start: "0" }], /no list of findings/],
    ["with a score above 1", () => [{ ...one, score: 7 }], /no list of findings/],
    ["with a name that is none", () => [{ ...one, entity_type: "a b\n" }], /no list of findings/],
    ["that is no list", () => ({ findings: [] }), /no list of findings/],
    ["with HTTP 500", (_, response) => (response.writeHead(500).end("{}"), handled), /HTTP 500/],
    ["that is no JSON", (_, response) => (response.setHeader("content-type", "application/json"), response.end("[nope"), handled), /strict JSON/],
    ["of another media type", (_, response) => (response.setHeader("content-type", "text/html"), response.end("[]"), handled), /application\/json/],
    ["that leads elsewhere", (_, response) => (response.writeHead(302, { location: "http://127.0.0.1/" }).end(), handled), /redirect/],
    ["that breaks off", (_, response) => (response.writeHead(200, { "content-type": "application/json", "content-length": "100" }).write("["), response.destroy(), handled), /connection ended|closed/],
    ["without an end", (_, response) => (response.writeHead(200, { "content-type": "application/json" }).end(`[${" ".repeat(5_000_000)}]`), handled), /longer than/],
  ])("%s is no verdict", async (_, answer, says) => {
    expect(await asked(answer)).toMatch(says);
  }); // prettier-ignore
});

test("places in code points become places in code units, for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const units = codeUnits(text);
      const points = [...text];
      for (let at = 0; at <= points.length; at++) expect(units(at)).toBe(points.slice(0, at).join("").length);
      expect(units(points.length + 1)).toBeUndefined();
    }),
  );
});

test("a higher score is never a lower likelihood", () => {
  const levels = Array.from({ length: 101 }, (_, at) => levelOf(at / 100));
  expect(levels).toEqual(levels.toSorted((one, other) => one - other));
  expect([levels[0], levels[100]]).toEqual([1, 5]);
});
