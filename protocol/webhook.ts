/** What a webhook recogniser is asked and answers: published in docs/schema/. Offsets count UTF-16 code units. */
import { z } from "zod";
import { limits } from "./limits.ts";

/** Names of types: what stands before a finding's type in records is the webhook's own name. */
const typeName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { message: "must be a-z, 0-9 and . _ -, at most 64" }); // prettier-ignore

export const webhookQuestionSchema = z.strictObject({
  version: z.literal(1).describe("Of this schema."),
  id: z.string().min(16).max(64).describe("Of this question; the answer repeats it."),
  direction: z.enum(["request", "response"]).describe("What an agent sends, or what it gets."),
  text: z.string().max(limits.recogniserTextCharsMax).describe("The document: of a JSON value, a line `name: value` for each text in it."), // prettier-ignore
});
export type WebhookQuestion = z.infer<typeof webhookQuestionSchema>;

export const webhookAnswerSchema = z.strictObject({
  version: z.literal(1).describe("Of this schema."),
  id: z.string().min(16).max(64).describe("Of the question."),
  verdict: z.enum(["clean", "findings", "block"]).describe("clean: nothing; findings: see there; block: the document must not pass."), // prettier-ignore
  findings: z
    .array(
      z.strictObject({
        type: typeName.describe("What it is."),
        start: z.int().min(0).describe("First UTF-16 code unit."),
        end: z.int().min(1).describe("The one after the last."),
        likelihood: z.int().min(1).max(5).describe("1 unlikely to 5 as good as certain; 3 counts as found."),
      }),
    )
    .max(limits.recogniserFindingsMax)
    .default([])
    .describe("Where what stands."),
  says: z.string().max(200).optional().describe("Why it blocks, for operators; never a value."),
});
export type WebhookAnswer = z.infer<typeof webhookAnswerSchema>;
