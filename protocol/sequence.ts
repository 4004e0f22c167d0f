/**
 * What a role may say of guard four, the sequence of its calls: which rules hold and how strictly, from which bound on, which
 * destinations are known, and rules of its own on what may follow what. Does not own the judgement (actors/behaviour).
 */
import { z } from "zod";
import { isName, nameRule } from "./id.ts";
import { limits } from "./limits.ts";

/** What a rule asks for, the mildest first. */
export const sequenceActions = ["allow", "alert", "throttle", "step-up", "interrupt"] as const;
export type SequenceAction = (typeof sequenceActions)[number];

/** How a rule holds: not at all; only told to operators; as it says. */
const mode = z.enum(["off", "alert", "enforce"]);
export type SequenceMode = z.infer<typeof mode>;

export const sequenceRules = ["injected", "intent", "destination", "invented", "breadth", "departure", "bulk", "repeats", "steps", "volume"] as const; // prettier-ignore
export type SequenceRule = (typeof sequenceRules)[number];

export const sequenceDefaults = {
  /** Evidence of an injected order from which a call waits for a person, and from which operators are told. */
  score: 3.2,
  alertScore: 2.4,
  /** Different identifiers asked for: from here on slowly; from here on not at all. */
  distinct: 25,
  distinctStop: 100,
  /** Calls that failed on identifiers from nowhere, as a sum that falls by a quarter with every other call. */
  invented: 2,
  inventedStop: 4,
  /** Bytes of one answer that make it a bulk read. */
  bulkBytes: 64 * 1024,
  /** Between two calls of a session that is slowed down. */
  paceSeconds: 10,
} as const;

const effects = z.enum(["read", "create", "update", "delete", "send", "pay", "permission", "execute", "unknown"]); // prettier-ignore
const selector = z
  .strictObject({
    tools: z.array(z.string().min(1).max(256)).min(1).max(64).optional().describe("Exposed names."),
    effects: z.array(effects).min(1).max(9).optional().describe("Tools of these effects."),
  })
  .describe("Calls. All that is given must hold; of a list, one.");
export type StepSelector = z.infer<typeof selector>;

export const stepSchema = z
  .strictObject({
    name: z
      .string()
      .refine(isName, { message: `must be ${nameRule}` })
      .describe("Its name, for records."),
    after: selector.extend({
      calls: z.int().min(1).max(100_000).optional().describe("So many of them within the window."),
      distinct: z.int().min(1).max(2_000).optional().describe("So many different things that they were about, within the window."), // prettier-ignore
      bytes: z.int().min(1).max(2 ** 40).optional().describe("Answers of so many bytes together within the window."), // prettier-ignore
    }).describe("What must have come before."), // prettier-ignore
    without: selector.optional().describe("Unless one of these has come since."),
    within: z.number().positive().max(86_400 * 30).optional().describe("Seconds that count; absent: all of the session."), // prettier-ignore
    then: selector.extend({
      reach: z.enum(["internal", "external"]).optional().describe("internal: on a server of that reach in the catalogue, to nothing but known destinations; external: all else."), // prettier-ignore
    }).describe("What is stopped then."), // prettier-ignore
    action: z
      .enum(["alert", "throttle", "step-up", "interrupt"])
      .default("step-up")
      .describe("What then happens."),
    reason: z.string().min(1).max(2_000).describe("Why: the words a reviewer judges."),
  })
  .describe("What must not follow what; docs/behaviour.md.");
export type StepRule = z.infer<typeof stepSchema>;
export type Reach = NonNullable<StepRule["then"]["reach"]>;

/**
 * As a role table has a rule: what a role file calls `distinct` is `things` there. `distinct` of a table that an older version made
 * counts all that the session has named, be it of other calls, so that its records replay.
 */
export type TableStep = Omit<StepRule, "after"> & {
  readonly after: StepRule["after"] & { readonly things?: number };
};

export function tableStep({ after: { distinct, ...after }, ...rule }: StepRule): TableStep {
  return { ...rule, after: distinct === undefined ? after : { ...after, things: distinct } };
}

const meanings: { readonly [Name in SequenceRule]: string } = {
  injected: "An order in data, to a destination that nobody else has named: interrupts.",
  intent: "What the call would do does not follow from the task: waits for a person.",
  destination: "A new destination, where there is a baseline: an alert.",
  invented: "Failing calls with made-up identifiers: slows down, then interrupts.",
  breadth: "Many different identifiers: slows down, then interrupts.",
  departure: "A call that may carry something out after many different identifiers: interrupts.",
  bulk: "The same after one very large answer: waits for a person.",
  repeats: "The same call again and again: an alert.",
  steps: "The role's own rules, `steps`.",
  volume: "More in a day than sessions of the persona do by its baseline: an alert, and far more slows down.",
};

const ruleModes = z.strictObject(
  Object.fromEntries(sequenceRules.map((name) => [name, mode.optional().describe(meanings[name])])) as { [Name in SequenceRule]: z.ZodOptional<typeof mode> }, // prettier-ignore
);

export const sequenceSchema = z
  .strictObject({
    mode: mode.default("alert").describe("off, alert: operators are told, enforce: calls are stopped."),
    rules: ruleModes.optional().describe("One rule differently."),
    thresholds: z
      .strictObject({
        score: z
          .number()
          .min(0.5)
          .max(20)
          .optional()
          .describe("Evidence from which a call waits for a person."),
        alertScore: z
          .number()
          .min(0.5)
          .max(20)
          .optional()
          .describe("Evidence from which operators are told."),
        distinct: z
          .int()
          .min(1)
          .max(2_000)
          .optional()
          .describe("Different identifiers: slowly from here on."),
        distinctStop: z.int().min(1).max(4_000).optional().describe("And not at all from here on."),
        invented: z.number().min(0.5).max(100).optional().describe("Failed calls with made-up identifiers: slowly from here on."), // prettier-ignore
        inventedStop: z.number().min(0.5).max(100).optional().describe("And not at all from here on."),
        bulkBytes: z.int().min(1_024).optional().describe("Bytes of one answer that make a bulk read."),
        paceSeconds: z.number().min(0).max(3_600).optional().describe("Between two calls of a session that is slowed down."), // prettier-ignore
      })
      .optional()
      .describe("From which bound on a rule holds."),
    destinations: z
      .array(z.string().min(1).max(256))
      .max(1_000)
      .optional()
      .describe("Known destinations: an address or a URL as it is, *@DOMAIN for all of a domain, or a beginning with * at its end."), // prettier-ignore
    delegates: z
      .boolean()
      .optional()
      .describe("The mission lets data give orders (work lists, tickets): orders in what is read count less, unless they speak to the agent."), // prettier-ignore
    task: z
      .enum(["evidence", "trusted"])
      .optional()
      .describe("What the text of a task counts that a client passes (`_meta`, io.gatehouse/task): evidence against a call that it does not speak for; trusted: its destinations are known, too, and it may hand over to data. Only where agents cannot write it."), // prettier-ignore
    steps: z.array(stepSchema).max(limits.sequenceStepsMax).optional().describe("Rules of its own."),
  })
  .describe("Guard four: what may follow what; docs/behaviour.md.");
export type FileSequence = z.infer<typeof sequenceSchema>;
/** As a role table has it. `known`: destinations that the mission names. */
export type TableSequence = Omit<FileSequence, "steps"> & {
  readonly steps?: readonly TableStep[] | undefined;
  readonly known?: readonly string[];
};
