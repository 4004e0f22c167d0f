/**
 * Roles. A role file (personas/NAME.role.yaml) is what a team reviews; the role table is that file resolved against
 * the catalogue and its pinned definitions: plain data, hashed, frozen, the only thing a turn reads.
 *
 * Deny by default: what no grant names does not exist for the agent.
 */
import { z } from "zod";
import { accumulationSchema } from "./accumulation.ts";
import type { Accumulation } from "./accumulation.ts";
import { dataRulesSchema, tokenRulesSchema } from "./datarules.ts";
import type { TableData, TokenRules } from "./datarules.ts";
import { flowSchema, type TableFlow } from "./flow.ts";
import { isName, nameRule } from "./id.ts";
import { limits } from "./limits.ts";
import { sequenceSchema, type TableSequence } from "./sequence.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });
const scalar = z.union([z.string().max(4096), z.number(), z.boolean(), z.null()]);

/** Effect classes. Only `read` is free of effect; "unknown" is treated as a write. */
export const effectClasses = [
  "read", "create", "update", "delete", "send", "pay", "permission", "execute", "unknown",
] as const; // prettier-ignore

/** One argument's constraints; all that are given must hold. An absent argument passes unless `required`. */
export const constraintSchema = z
  .strictObject({
    required: z.boolean().optional().describe("The argument must be present."),
    equals: scalar.optional().describe("Exactly this value."),
    oneOf: z.array(scalar).min(1).max(1000).optional().describe("One of these values."),
    pattern: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe("RE2 pattern that must match the whole string (linear time)."),
    range: z
      .strictObject({
        min: z.number().optional().describe("Smallest."),
        max: z.number().optional().describe("Largest."),
      }) // prettier-ignore
      .optional()
      .describe("A number between min and max, both included."),
    length: z
      .strictObject({
        min: z.int().min(0).optional().describe("Shortest."),
        max: z.int().min(0).optional().describe("Longest."),
      }) // prettier-ignore
      .optional()
      .describe("Length of a string in UTF-16 code units, or of an array in elements."),
    inside: z
      .union([z.string().min(1).max(1024), z.array(z.string().min(1).max(1024)).min(1).max(64)])
      .optional()
      .describe(
        "A path inside this folder (or one of these) after normalisation. Absolute POSIX folders; ./ and ../ start from the role file's own folder.",
      ),
    hosts: z
      .array(z.string().min(1).max(253))
      .min(1)
      .max(1000)
      .optional()
      .describe("A URL or host whose host is in this list; `*.example.com` allows subdomains."),
    object: name.optional().describe("The argument names a data object of this type; see `objects`."),
  })
  .describe("Constraints of one argument.");
export type Constraint = z.infer<typeof constraintSchema>;

export const bucketSchema = z
  .strictObject({
    capacity: z.number().positive().max(1_000_000).describe("Rate tokens the bucket holds: the burst."),
    perSecond: z.number().positive().max(1_000_000).describe("Rate tokens that come back each second."),
  })
  .describe("A token bucket.");

const grantCommon = {
  server: name.describe("Catalogue name of the server."),
  reason: z.string().min(1).max(2000).describe("Why the mission needs it: the words a reviewer judges."),
  limits: bucketSchema.optional().describe("This grant's own bucket instead of limits.tool."),
};

const approvalSchema = z
  .union([
    z.literal("required"),
    z.strictObject({
      unless: z
        .record(z.string().min(1).max(256), constraintSchema)
        .describe(
          "No approval is needed where all of these arguments are present and hold their constraints.",
        ),
    }),
  ])
  .describe("A person must approve each call: `required`, or with exceptions; docs/approvals.md.");

const toolGrant = z.strictObject({
  tool: z.string().min(1).max(256).describe("Tool name at the server."),
  as: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe("Exposed name, if it must differ (a collision is an error)."),
  effect: z
    .enum(effectClasses)
    .describe(
      "What a call can do to the world. Only `read` is free of effect; `unknown` is treated as a write.",
    ),
  arguments: z
    .record(z.string().min(1).max(256), constraintSchema)
    .optional()
    .describe(
      "Constraints by top-level argument name, or by JSON pointer (/a/b; - stands for each array element).",
    ),
  tokens: tokenRulesSchema.optional(),
  approval: approvalSchema.optional(),
  ...grantCommon,
});
const resourceGrant = z.strictObject({
  resource: z.string().min(1).max(1024).describe("URI, or pattern with {name} (no slash) and ** (slashes)."),
  ...grantCommon,
});
const promptGrant = z.strictObject({
  prompt: z.string().min(1).max(256).describe("Prompt name at the server."),
  as: z.string().min(1).max(128).optional().describe("Exposed name, if it must differ."),
  arguments: z.record(z.string().min(1).max(256), constraintSchema).optional(),
  ...grantCommon,
});

/** One line of a role, or of a skill. */
export const grantSchema = z.union([toolGrant, resourceGrant, promptGrant]);

/** Schema of personas/NAME.role.yaml. */
export const roleFileSchema = z.strictObject({
  role: name.describe("The persona's name; equals the file's name."),
  title: z.string().max(200).optional().describe("One line for people."),
  mission: z.string().max(20_000).optional().describe("What the agent is for, in plain words."),
  skills: z
    .array(
      z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*@\d{1,6}\.\d{1,6}\.\d{1,6}$/, {
        message: 'must be NAME@VERSION, such as "read-files@1.0.0"',
      }),
    )
    .max(64)
    .optional()
    .describe("Bundles of grants that it includes, each with its version; docs/missions.md."),
  grants: z
    .array(grantSchema)
    .max(2000)
    .describe("What the agent may use; what no grant names does not exist for it."),
  objects: z
    .record(
      name,
      z.strictObject({ allow: z.array(z.string().min(1).max(256)).min(1).max(10_000).describe("The ids.") }),
    )
    .optional()
    .describe("Allowed data objects by type: exact ids, or a prefix that ends in *."),
  flows: z
    .array(flowSchema)
    .max(limits.flowRulesMax)
    .optional()
    .describe("What must not go where; docs/dlp.md."),
  accumulation: z
    .array(accumulationSchema)
    .max(limits.accumulationRulesMax)
    .optional()
    .describe("How much may be read over days; docs/baselines.md."),
  limits: z
    .strictObject({
      agent: bucketSchema.optional().describe("All calls of the session."),
      tool: bucketSchema.optional().describe("Each grant, unless it has its own."),
      budget: z
        .strictObject({
          calls: z.int().positive().describe("Calls within the period."),
          hours: z.number().positive().max(8760).describe("Length of the period."),
        }) // prettier-ignore
        .optional()
        .describe("Calls per sliding period."),
      openCalls: z.int().min(1).max(256).optional().describe("Calls in flight at once."),
      persona: bucketSchema
        .optional()
        .describe("All sessions of the persona together, at every node; docs/session.md, scopes."),
    })
    .optional()
    .describe("How much, how fast; docs/session.md."),
  breakers: z
    .strictObject({
      tool: z
        .strictObject({
          failures: z.int().min(1).max(1000).optional().describe("Failures in a row that open it."),
          openSeconds: z.number().positive().max(86_400).optional().describe("How long it stays open."),
        })
        .optional()
        .describe("Stops calls of one tool that keeps failing."),
      behaviour: z
        .strictObject({
          identical: z.int().min(2).max(1000).optional().describe("Identical failing calls."),
          similar: z.int().min(2).max(1000).optional().describe("Near-identical failing calls."),
          repeats: z.int().min(2).max(10_000).optional().describe("Identical calls with identical answers."),
          openSeconds: z
            .number()
            .positive()
            .max(86_400)
            .optional()
            .describe("How long it stops the session."),
        })
        .optional()
        .describe("Stops a session that repeats itself."),
    })
    .optional()
    .describe("When calls are stopped; docs/session.md."),
  records: z
    .strictObject({
      durability: z
        .enum(["written", "synced"])
        .optional()
        .describe(
          "What an intent waits for: the file, or the disk. Tools that are not repeatable always wait for the disk.",
        ),
    }) // prettier-ignore
    .optional()
    .describe("A persona may demand more than the default, never less."),
  approvals: z
    .strictObject({
      minutes: z.number().positive().max(limits.approvalMinutesMax).optional().describe("How long a parked call waits for a person."), // prettier-ignore
      holdSeconds: z.number().min(0).max(limits.approvalHoldSecondsMax).optional().describe("How long an agent's request is held open for the decision; after that, or at once with 0, the agent is told to ask again."), // prettier-ignore
    })
    .optional()
    .describe("Calls that wait for a person; docs/approvals.md."),
  data: dataRulesSchema
    .optional()
    .describe("What is done about sensitive data in arguments and answers; docs/dlp.md."),
  sequence: sequenceSchema.optional(),
  revisions: z
    .strictObject({
      oldest: z
        .enum(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
        .describe("The oldest one."),
    }) // prettier-ignore
    .optional()
    .describe("MCP revisions this persona may speak."),
});
export type RoleFile = z.infer<typeof roleFileSchema>;

export interface Bucket {
  readonly capacity: number;
  readonly perSecond: number;
}

/** What a role that says nothing gets. Conservative for an agent, generous for a person. */
export const roleDefaults = {
  agent: { capacity: 60, perSecond: 10 },
  tool: { capacity: 30, perSecond: 5 },
  budget: { calls: 20_000, hours: 24 },
  openCalls: 32,
  toolBreaker: { failures: 5, openSeconds: 30 },
  behaviourBreaker: { identical: 5, similar: 10, repeats: 30, openSeconds: 60 },
} as const;

/** One line of a role table. `target` is the upstream's tool or prompt name, or the URI pattern. */
export interface TableGrant {
  readonly kind: "tool" | "resource" | "prompt";
  readonly name: string;
  readonly server: string;
  readonly target: string;
  readonly effect: (typeof effectClasses)[number];
  /** Set by an administrator in the catalogue, by nothing else (law 4). */
  readonly repeatable: boolean;
  /** Top-level argument names of the pinned definition; absent when the definition allows others. */
  readonly known?: readonly string[];
  readonly arguments?: { readonly [pointer: string]: Constraint };
  readonly bucket: Bucket;
  readonly reason: string;
  /** Digest of the pinned definition; "" for resources, which have none. */
  readonly definition: string;
  /** The live definition differs from the pinned one: every call is refused until an operator accepts it. */
  readonly quarantined?: true;
  /** Data labels of what it returns, as the catalogue says of its server; absent when there are none. */
  readonly labels?: readonly string[];
  /** Rate tokens of the tool, all sessions together, as the catalogue says of its server; absent when there are none. */
  readonly shared?: Bucket;
  /** When its breaker opens for all sessions together, as the catalogue says of its server; absent when it does not. */
  readonly trips?: { readonly failures: number; readonly openSeconds: number };
  /**
   * It may carry data out of the organisation, where data are labelled: what other sessions of its agent have read is
   * asked for before it is decided.
   */
  readonly heeds?: true;
  /** Which tokens in its arguments become values again; absent: none, and a call with one is refused. */
  readonly tokens?: TokenRules;
  /** A person must approve each call, but those whose arguments hold all of `unless`. */
  readonly approval?: { readonly unless?: { readonly [pointer: string]: Constraint } };
  /** Of its server, where the table has flows; its reach also where a rule of the sequence asks for it. */
  readonly environment?: string;
  readonly reach?: "internal" | "external";
}

/** What sessions share, besides tools: rate tokens by form, and what of labels. Absent where nothing is set. */
export interface SharedLimits {
  readonly tenant?: Bucket;
  readonly agent?: Bucket;
  readonly user?: Bucket;
  readonly persona?: Bucket;
  /** Labels rise to the agent: "agent" for all its sessions, "user" for those of the same user. Absent: they do not. */
  readonly labels?: "agent" | "user";
}

/** The role in force: what a turn reads. Its digest names it in records; tables are kept by digest for replay. */
export interface RoleTable {
  readonly v: 1;
  readonly tenant: string;
  readonly persona: string;
  readonly grants: readonly TableGrant[];
  readonly objects: { readonly [type: string]: { readonly allow: readonly string[] } };
  readonly limits: {
    readonly agent: Bucket;
    readonly budget: { readonly calls: number; readonly hours: number };
    readonly openCalls: number;
  };
  readonly breakers: {
    readonly tool: { readonly failures: number; readonly openSeconds: number };
    readonly behaviour: {
      readonly identical: number;
      readonly similar: number;
      readonly repeats: number;
      readonly openSeconds: number;
    };
  };
  readonly durability: "written" | "synced";
  /** Absent where the role says nothing: limits.approvalMs and limits.approvalHoldMs. */
  readonly approvals?: {
    readonly minutes?: number | undefined;
    readonly holdSeconds?: number | undefined;
  };
  readonly oldestRevision: string;
  readonly scopes?: SharedLimits;
  /** Absent where the role says nothing: dataDefaults. */
  readonly data?: TableData;
  /** Guard four; absent: off. */
  readonly sequence?: TableSequence;
  /** What must not go where: the role's own and the catalogue's walls. Absent where there is none. */
  readonly flows?: readonly TableFlow[];
  /** What may be read over days. Absent where the role says nothing. */
  readonly accumulation?: readonly Accumulation[];
  /** Digest of the persona's baseline that a person has promoted. Absent before the first. */
  readonly baseline?: string;
}
