/**
 * A program of the operator's own as a recogniser: questions and answers as in protocol/webhook.ts.
 *
 * W1. Each question bears a signature over the time and its very bytes, so that the program can tell that it is ours and
 *     not an old one: `X-Gatehouse-Signature: v1=HEX`, HMAC-SHA256 over `TIME.BODY`, TIME as in `X-Gatehouse-Time`.
 * W2. An answer to another question, with a finding outside the text, or with findings beside "clean" is an error.
 */
import { createHmac, randomBytes } from "node:crypto";
import type { Level } from "../../../actors/dlp/detector.ts";
import { webhookAnswerSchema } from "../../../protocol/webhook.ts";
import type { WebhookQuestion } from "../../../protocol/webhook.ts";
import type { Dialer, DialPolicy } from "../../upstream/dialer.ts";
import { reveal } from "../../vault/secret.ts";
import type { Secret } from "../../vault/secret.ts";
import { failed, JsonPost } from "./post.ts";
import type { Direction, Opinion, Question, Recogniser } from "./recogniser.ts";

export class WebhookRecogniser implements Recogniser {
  readonly directions: readonly Direction[];
  readonly #post: JsonPost;
  readonly #sign: (time: string, body: string) => string;

  constructor(
    url: string,
    secret: Secret,
    directions: readonly Direction[],
    dialer: Dialer,
    policy: DialPolicy,
  ) {
    // prettier-ignore
    this.directions = directions;
    this.#post = new JsonPost(dialer, url, policy);
    const sign = (time: string, body: string): string =>
      createHmac("sha256", reveal(secret)).update(`${time}.${body}`, "utf8").digest("hex");
    this.#sign = sign;
  }

  async examine({ text, direction, deadlineMs }: Question): Promise<Opinion> {
    const id = randomBytes(16).toString("base64url");
    const question: WebhookQuestion = { version: 1, id, direction, text: text.toWellFormed() };
    const body = JSON.stringify(question);
    const time = String(Math.floor(Date.now() / 1000));
    const headers = ["x-gatehouse-time", time, "x-gatehouse-signature", `v1=${this.#sign(time, body)}`];
    const read = webhookAnswerSchema.safeParse(await this.#post.ask(body, headers, deadlineMs));
    if (!read.success) throw failed("its answer is not as docs/schema/webhook-answer.schema.json says");
    const { id: answered, verdict, findings, says } = read.data;
    if (answered !== id) throw failed("it answered another question");
    if ((findings.length > 0) !== (verdict === "findings") && verdict !== "block") throw failed("its verdict and its findings contradict each other"); // prettier-ignore
    if (findings.some(({ start, end }) => start >= end || end > text.length)) throw failed("it found something outside the text"); // prettier-ignore
    const found = findings.map(({ type, likelihood, start, end }) => ({ type: `webhook.${type}`, start, end, likelihood: likelihood as Level })); // prettier-ignore
    return verdict === "block" ? { findings: found, blocked: cleansed(says) } : { findings: found };
  }

  async probe(deadlineMs: number): Promise<Readonly<Record<string, string>>> {
    const { findings, blocked } = await this.examine({ text: "a harmless line", direction: "request", deadlineMs }); // prettier-ignore
    return { answers: blocked === undefined ? `yes; ${findings.length} findings in a harmless line` : "it blocks a harmless line" }; // prettier-ignore
  }

  async close(): Promise<void> {
    await this.#post.close();
  }
}

function cleansed(says: string | undefined): string {
  return says === undefined ? "it says block" : says.replaceAll(/[^\x20-\x7e]/g, "?");
}
