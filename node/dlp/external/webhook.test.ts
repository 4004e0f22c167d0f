import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import type { WebhookAnswer, WebhookQuestion } from "../../../protocol/webhook.ts";
import { Dialer } from "../../upstream/dialer.ts";
import { Secret } from "../../vault/secret.ts";
import { startHttpStub } from "./httpstub.fixture.ts";
import type { HttpStub, Posted } from "./httpstub.fixture.ts";
import type { Opinion } from "./recogniser.ts";
import { recogniserCases } from "./recogniser.cases.ts";
import { WebhookRecogniser } from "./webhook.ts";

const dialer = new Dialer();
afterAll(() => dialer.close());
const key = randomBytes(24).toString("base64url");

function open(stub: HttpStub): WebhookRecogniser {
  return new WebhookRecogniser(stub.url, new Secret(key), ["request"], dialer, { private: ["127.0.0.0/8"] });
}

/** As docs/dlp.md tells the owner of a webhook to do it. */
function isOurs({ headers, body }: Posted, secret = key): boolean {
  const time = String(headers["x-gatehouse-time"]);
  const given = Buffer.from(String(headers["x-gatehouse-signature"]).replace(/^v1=/, ""), "hex");
  const own = createHmac("sha256", secret).update(`${time}.${body}`).digest();
  return given.length === own.length && timingSafeEqual(given, own) && Math.abs(Date.now() / 1000 - Number(time)) < 300; // prettier-ignore
}

recogniserCases("a webhook, by a program of a few lines", async () => {
  const stub = await startHttpStub();
  stub.answer = (posted): WebhookAnswer => {
    const { id, text } = JSON.parse(posted.body) as WebhookQuestion;
    const start = text.indexOf("CASE-77");
    if (!isOurs(posted)) return { version: 1, id, verdict: "block", findings: [], says: "not signed" };
    if (start < 0) return { version: 1, id, verdict: "clean", findings: [] };
    return { version: 1, id, verdict: "findings", findings: [{ type: "case-number", start, end: start + 7, likelihood: 4 }] }; // prettier-ignore
  };
  return {
    recogniser: open(stub),
    sensitive: "CASE-77",
    type: "webhook.case-number",
    pause: () => void (stub.isPaused = true),
    resume: () => void (stub.isPaused = false),
    end: () => stub[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose](),
  };
});

async function asked(
  answer: (question: WebhookQuestion, posted: Posted) => unknown,
): Promise<Opinion | string> {
  // prettier-ignore
  await using stub = await startHttpStub();
  stub.answer = (posted) => answer(JSON.parse(posted.body) as WebhookQuestion, posted);
  const recogniser = open(stub);
  try {
    return await recogniser.examine({ text: "twelve chars", direction: "request", deadlineMs: performance.now() + 2000 }); // prettier-ignore
  } catch (error) {
    return String((error as Error).message);
  } finally {
    await recogniser.close();
  }
}

describe("a webhook", () => {
  const finding = { type: "x", start: 0, end: 6, likelihood: 3 };

  test("can tell that a question is ours, and that one with a changed byte is not", async () => {
    const seen: boolean[] = [];
    await asked(({ id }, posted) => {
      seen.push(isOurs(posted), isOurs({ ...posted, body: posted.body.replace("twelve", "eleven") }), isOurs(posted, "another key")); // prettier-ignore
      return { version: 1, id, verdict: "clean" };
    });
    expect(seen).toEqual([true, false, false]);
  });

  test("that blocks is obeyed, and what it says is cleansed", async () => {
    const opinion = await asked(({ id }) => ({ version: 1, id, verdict: "block", says: "no\u001b[31m!" }));
    expect(opinion).toEqual({ findings: [], blocked: "no?[31m!" });
  });

  test.each<readonly [string, (question: WebhookQuestion) => unknown, RegExp]>([
    ["answers another question", () => ({ version: 1, id: "another-question-1", verdict: "clean" }), /another question/],
    ["says clean and has findings", ({ id }) => ({ version: 1, id, verdict: "clean", findings: [finding] }), /contradict/],
    ["says findings and has none", ({ id }) => ({ version: 1, id, verdict: "findings" }), /contradict/],
    ["finds something outside", ({ id }) => ({ version: 1, id, verdict: "findings", findings: [{ ...finding, end: 13 }] }), /outside/],
    ["has a key that is not known", ({ id }) => ({ version: 1, id, verdict: "clean", note: "x" }), /webhook-answer/],
    ["speaks another version", ({ id }) => ({ version: 2, id, verdict: "clean" }), /webhook-answer/],
    ["has a verdict that is none", ({ id }) => ({ version: 1, id, verdict: "ok" }), /webhook-answer/],
    ["says nothing", () => ({}), /webhook-answer/],
  ])("that %s gives no verdict", async (_, answer, says) => {
    expect(await asked(answer)).toMatch(says);
  }); // prettier-ignore
});
