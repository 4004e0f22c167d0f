/** Schema of `dlp` in gatehouse.yaml: custom types, recognisers of sensitive data outside this process, indices of exact values, fingerprints. */
import { z } from "zod";
import { credentialSource } from "./catalogue.ts";
import { isName, nameRule } from "./id.ts";
import { limits } from "./limits.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });

const failingSchema = z.enum(["closed", "open", "local"]);

const directionSchema = z.enum(["request", "response"]);

/** One of the three kinds; that exactly one is given is a rule of node/catalogue/settings.ts, for a better message. */
export const recogniserSchema = z.strictObject({
  icap: z
    .strictObject({
      request: z.string().min(1).max(1024).optional().describe("icap:// or icaps:// URL that does REQMOD, for what agents send."), // prettier-ignore
      response: z.string().min(1).max(1024).optional().describe("The same with RESPMOD, for what agents get."), // prettier-ignore
    })
    .optional()
    .describe("A DLP server over ICAP (RFC 3507)."),
  presidio: z
    .strictObject({
      url: z.url().describe("Its analyzer, such as https://presidio.example/analyze."),
      language: z.string().regex(/^[a-z]{2,3}(?:-[A-Za-z]{2,4})?$/, { message: "must be a language code such as en" }).default("en").describe("Language that it is told."), // prettier-ignore
      entities: z.array(z.string().regex(/^[A-Z0-9_]{1,64}$/, { message: "must be an entity's name such as PERSON" })).min(1).max(256).optional().describe("What it looks for; without it, all it knows."), // prettier-ignore
      scoreMin: z.number().min(0).max(1).default(0.4).describe("Findings with a lower score are left out."),
    })
    .optional()
    .describe("Microsoft Presidio over REST."),
  webhook: z
    .strictObject({
      url: z.url().describe("Where questions are posted to."),
      secret: credentialSource.describe("Key of the HMAC-SHA256 over each question."),
    })
    .optional()
    .describe("A program of your own; docs/schema/webhook-question.schema.json and webhook-answer.schema.json."), // prettier-ignore
  directions: z.array(directionSchema).min(1).max(2).default(["request", "response"]).describe("What presidio and webhook are shown: what agents send, what they get. ICAP has a URL for each."), // prettier-ignore
  credential: z
    .strictObject({
      header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/).describe("Header that carries it."),
      from: credentialSource,
      scheme: z.string().regex(/^[A-Za-z0-9-]{1,32}$/).optional().describe("Word before it, such as Bearer."),
    })
    .optional()
    .describe("What presidio or webhook want to see of us."), // prettier-ignore
  private: z.array(z.string().max(64)).max(64).default([]).describe("CIDR ranges that are not public but allowed."), // prettier-ignore
  ca: z.string().min(1).max(1024).optional().describe("PEM file of the authority of its certificate, relative to this file, instead of the system's."), // prettier-ignore
  seconds: z.number().positive().max(60).default(5).describe("How long one document may take it."),
  failing: failingSchema.default("closed").describe("Without a verdict: closed refuses the document, open lets it pass on our own scan and records that, local never shows it."), // prettier-ignore
  personas: z.record(name, failingSchema).default({}).describe("The same for single personas, instead of `failing`."), // prettier-ignore
});
export type RecogniserSettings = z.infer<typeof recogniserSchema>;

export const dlpSettingsSchema = z.strictObject({
  types: z.array(z.string().min(1).max(1024)).max(limits.customFilesMax).default([]).describe("Files of custom types, dictionaries and profiles, relative to this file; read when a node starts."), // prettier-ignore
  allow: z.array(z.string().min(1).max(1024)).max(limits.customAllowMax).default([]).describe("Indices made by gatehouse dlp index, relative to this file, of values that are no finding: a company's own public numbers, say. Read anew when they change."), // prettier-ignore
  external: z.record(name, recogniserSchema).default({}).describe("Recognisers outside this process, by a name of yours; docs/dlp.md."), // prettier-ignore
  exact: z.array(z.string().min(1).max(1024)).max(limits.exactIndicesMax).default([]).describe("Indices made by gatehouse dlp index, relative to this file: what they find in calls and answers is called edm.NAME. Read anew when they change."), // prettier-ignore
  documents: z.array(z.string().min(1).max(1024)).max(limits.fingerprintCollectionsMax).default([]).describe("Fingerprints of documents made by gatehouse dlp fingerprint, relative to this file: passages of them in calls and answers are called document.NAME. Read anew when they change."), // prettier-ignore
});
