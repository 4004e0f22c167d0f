/** Presidio over REST, against the engine of presidio-analyzer with a blank spaCy pipeline: pattern recognisers. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPresidio } from "../../deploy/dlp/presidio.ts";
import type { RunningPresidio } from "../../deploy/dlp/presidio.ts";
import { PresidioRecogniser } from "../../node/dlp/external/presidio.ts";
import { recogniserCases } from "../../node/dlp/external/recogniser.cases.ts";
import { Dialer } from "../../node/upstream/dialer.ts";

const dialer = new Dialer();
let server: RunningPresidio;
beforeAll(async () => {
  server = await startPresidio();
}, 90_000);
afterAll(async () => {
  await dialer.close();
  await server[Symbol.asyncDispose]();
});

function open(url: string, more: object = {}): PresidioRecogniser {
  const settings = { url, language: "en", scoreMin: 0.4, ...more };
  return new PresidioRecogniser(settings, ["request"], dialer, { private: ["127.0.0.0/8"] });
}

recogniserCases("presidio-analyzer", async () => {
  const own = await startPresidio();
  return {
    recogniser: open(own.url, { entities: ["EMAIL_ADDRESS", "CREDIT_CARD"] }),
    sensitive: "grace@navy-example.com",
    type: "presidio.email-address",
    pause: own.pause,
    resume: own.resume,
    end: own[Symbol.asyncDispose],
    [Symbol.asyncDispose]: own[Symbol.asyncDispose],
  };
});

const ask = async (recogniser: PresidioRecogniser, text: string): Promise<unknown> =>
  recogniser.examine({ text, direction: "request", deadlineMs: performance.now() + 20_000 }).catch((error: Error) => error.message); // prettier-ignore

test("what a checksum proves is as good as certain, and only the entities that are asked for come back", async () => {
  const text = "😀 card 4111 1111 1111 1111, mail grace@navy-example.com";
  const recogniser = open(server.url, { entities: ["CREDIT_CARD"] });
  const start = text.indexOf("4111");
  expect(await ask(recogniser, text)).toEqual({ findings: [{ type: "presidio.credit-card", start, end: start + 19, likelihood: 5 }] }); // prettier-ignore
});

test("a language that it does not have gives no verdict", async () => {
  expect(await ask(open(server.url, { language: "de" }), "ein Text")).toMatch(/HTTP 500/);
});
