/** Schema of gatehouse.yaml: one node and what it serves. Unknown keys are errors. Values left out come from limits.ts. */
import { z } from "zod";
import { isName, nameRule } from "./id.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });

export const defaultPort = 4870;

export const settingsSchema = z.strictObject({
  node: name.default("node-1").describe("This node's name in records."),
  listen: z
    .strictObject({
      host: z.string().min(1).max(255).default("127.0.0.1"),
      port: z.int().min(0).max(65_535).default(defaultPort).describe("0 picks a free port."),
      publicUrl: z
        .url()
        .optional()
        .describe("What agents see, if a proxy stands before us. Audience of access tokens."),
      allowedHosts: z
        .array(z.string().max(255))
        .max(64)
        .default([])
        .describe("Host header values besides our own."),
      allowedOrigins: z
        .array(z.string().max(255))
        .max(64)
        .default([])
        .describe("Origin header values besides our own."),
    })
    .prefault({}),
  data: z.string().min(1).max(1024).default(".gatehouse").describe("Data folder, relative to this file."),
  catalogue: z.string().min(1).max(1024).default("catalogue.yaml"),
  personas: z.string().min(1).max(1024).default("personas").describe("Folder of *.role.yaml."),
  servers: z
    .record(name, z.strictObject({ role: name }))
    .default({})
    .describe("Unprefixed endpoints /t/{tenant}/s/{server}/mcp and the role each one uses."),
  websocket: z.boolean().default(true),
  sse: z.boolean().default(true).describe("HTTP+SSE of revision 2024-11-05."),
  oauth: z
    .strictObject({
      issuers: z
        .array(
          z.strictObject({
            issuer: z.url(),
            jwks: z.url().describe("Address of its JWKS."),
            algorithms: z.array(z.enum(["ES256", "ES384", "EdDSA", "RS256", "PS256"])).min(1).default(["ES256", "EdDSA", "RS256"]), // prettier-ignore
            private: z
              .array(z.string().max(64))
              .max(64)
              .default([])
              .describe("CIDR ranges that are not public but allowed."),
            typ: z
              .enum(["at+jwt", "any"])
              .default("at+jwt")
              .describe("RFC 9068 typ header; `any` also takes JWT or none."),
            agentClaim: z.string().min(1).max(64).default("client_id"),
            userClaim: z.string().min(1).max(64).optional().describe("Claim that names the human; default sub if it differs from the agent."), // prettier-ignore
            scope: z.string().min(1).max(64).optional().describe("Scope that the token must carry."),
          }),
        )
        .max(16)
        .default([]),
    })
    .prefault({}),
  console: z
    .enum(["decisions", "refusals", "none"])
    .default("decisions")
    .describe("What `gatehouse start` prints of each decision."),
  records: z.strictObject({ segmentBytes: z.int().min(4096).max(1_073_741_824).optional() }).prefault({}),
  session: z.strictObject({ memoryDays: z.number().positive().max(3650).default(30) }).prefault({}),
  telemetry: z.strictObject({ otlp: z.url().optional().describe("OTLP/HTTP traces endpoint.") }).prefault({}),
});
export type Settings = z.infer<typeof settingsSchema>;
