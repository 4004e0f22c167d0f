/**
 * The catalogue: which servers an operator approved, how they are reached, and what their definitions looked like
 * when they were approved. Agents and APIs cannot add to it (security checklist T8).
 */
import { z } from "zod";
import { wallSchema } from "./flow.ts";
import { isName, nameRule } from "./id.ts";
import { bucketSchema } from "./role.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });

/** Where the credential of a server comes from: one more place than what the vault itself needs. */
export const credentialSource = z
  .string()
  .regex(/^(env:[A-Z_][A-Z0-9_]{0,127}|file:.{1,1024}|vault:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)$/, {
    message: "must be env:NAME, file:PATH or vault:NAME",
  }) // prettier-ignore
  .describe("Where the secret is: `env:NAME`, `file:PATH` or `vault:NAME` (gatehouse vault put NAME).");

/** Where a secret comes from. The value itself never stands in a configuration file. */
export const secretSource = z
  .string()
  .regex(/^(env:[A-Z_][A-Z0-9_]{0,127}|file:.{1,1024})$/, { message: "must be env:NAME or file:PATH" })
  .describe("Where the secret is: `env:NAME` or `file:PATH`.");

const transportSchema = z.union([
  z.strictObject({
    stdio: z
      .strictObject({
        command: z
          .string()
          .min(1)
          .max(1024)
          .describe("The binary: `node`, or a path (relative to this file). No shell."),
        args: z
          .array(z.string().max(4096))
          .max(64)
          .default([])
          .describe("Fixed argv. ./ and ../ are relative to this file."),
        folder: z.string().max(1024).optional().describe("Working directory; default: this file's folder."),
        env: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]{0,127}$/), z.string().max(4096)).optional()
        .describe("The whole environment besides PATH and HOME."), // prettier-ignore
      })
      .describe("A process of this machine."),
  }),
  z.strictObject({ http: z.strictObject({ url: z.url().describe("Address of its endpoint.") }).describe("Streamable HTTP.") }), // prettier-ignore
  z.strictObject({ sse: z.strictObject({ url: z.url().describe("Address of its event stream.") }).describe("HTTP+SSE of revision 2024-11-05.") }), // prettier-ignore
]);

export const serverSchema = z.strictObject({
  transport: transportSchema.describe("How the server is reached."),
  credential: z
    .union([
      z.strictObject({ header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/).describe("Header that carries it to an HTTP server."), from: credentialSource, scheme: z.string().regex(/^[A-Za-z0-9-]{1,32}$/).optional().describe("Word before it, such as Bearer.") }), // prettier-ignore
      z.strictObject({
        env: z
          .string()
          .regex(/^[A-Z_][A-Z0-9_]{0,127}$/)
          .describe("Variable that carries it to a child process."),
        from: credentialSource,
      }),
    ])
    .optional()
    .describe("Injected by the dialer into a header (HTTP) or the child's environment (stdio)."),
  environment: z.string().min(1).max(32).default("prod").describe("prod, dev, ..."),
  reach: z
    .enum(["internal", "external"])
    .default("external")
    .describe("Whether data given to it leaves the organisation."),
  labels: z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, { message: "must be letters, digits and . _ : -, at most 64" })).max(32).default([])
    .describe("Data labels of what it returns; a session that reads an answer keeps them."), // prettier-ignore
  repeatable: z.array(z.string().min(1).max(256)).max(2000).default([])
    .describe("Tools that may run twice without harm. Nothing else makes a tool repeatable."), // prettier-ignore
  limits: z.record(z.string().min(1).max(256), bucketSchema).optional()
    .describe("Rate tokens by tool, all sessions of a tenant together, at every node; docs/session.md, scopes."), // prettier-ignore
  breaker: z
    .strictObject({
      failures: z.int().min(2).max(1000).describe("Failures in a row of one tool, of at least two sessions, that open it for all."), // prettier-ignore
      openSeconds: z.number().positive().max(3600).describe("How long it stays open."),
    })
    .optional()
    .describe("A breaker for each of its tools that all sessions of a tenant share, at every node; docs/session.md, scopes."), // prettier-ignore
  isolation: z
    .enum(["session", "shared"])
    .default("session")
    .describe(
      "session: an upstream session (or process) per agent session. shared: one for all; no server questions.",
    ),
  era: z
    .enum(["auto", "modern", "legacy"])
    .default("auto")
    .describe("auto probes; modern is 2026-07-28, legacy is up to 2025-11-25."),
  network: z
    .strictObject({
      private: z
        .array(z.string().max(64))
        .max(64)
        .default([])
        .describe("CIDR ranges that are not public but allowed."),
    }) // prettier-ignore
    .optional()
    .describe("Where its address may lie."),
  links: z.array(z.string().min(1).max(253)).max(256).default([])
    .describe("Hosts that links this server asks a user to open may have (URL elicitation); https only."), // prettier-ignore
  risk: z
    .record(
      z.string().min(1).max(256),
      z.strictObject({
        score: z.int().min(0).max(100).describe("Instead of the score that was found."),
        reason: z.string().min(1).max(2000).describe("Why: it is shown with the score."),
      }),
    )
    .optional()
    .describe("Risk scores by tool, set by an administrator; docs/missions.md."),
  callSeconds: z.number().positive().max(3600).optional().describe("Time-out of one call without progress."),
  answerBytes: z.int().positive().max(268_435_456).optional().describe("Largest message accepted from it."),
});
export type CatalogueServer = z.infer<typeof serverSchema>;

/** Schema of catalogue.yaml. */
export const catalogueFileSchema = z.strictObject({
  servers: z.record(name, serverSchema).describe("Approved servers by name."),
  walls: z.array(wallSchema).max(16).optional().describe("What must not go from one environment into another, for every role; docs/dlp.md."), // prettier-ignore
});
export type CatalogueFile = z.infer<typeof catalogueFileSchema>;

/** A tool (or prompt, or resource template) as the server defined it when an operator accepted it. */
export interface PinnedDefinition {
  /** SHA-256 (base64url) over the canonical JSON of `definition`. */
  readonly digest: string;
  readonly definition: { readonly [key: string]: unknown };
}

/** catalogue.lock: JSON, written by `gatehouse catalogue accept`, committed beside catalogue.yaml. */
export interface CatalogueLock {
  readonly v: 1;
  readonly servers: {
    readonly [server: string]: {
      /** Date (YYYY-MM-DD) of the accept. */
      readonly accepted: string;
      /** What the server said of itself; display only. */
      readonly info: { readonly name: string; readonly version: string };
      readonly instructions?: string;
      readonly capabilities: { readonly [key: string]: unknown };
      readonly tools: { readonly [name: string]: PinnedDefinition };
      readonly prompts: { readonly [name: string]: PinnedDefinition };
      readonly templates: { readonly [uriTemplate: string]: PinnedDefinition };
    };
  };
}
