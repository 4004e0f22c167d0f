/**
 * The baseline of a persona: what its sessions do as a rule, learned from records and never changed afterwards. Owns the form
 * of the file; its digest is its version. Numbers, names of tools and keyed hashes: no value of any call.
 */
import { z } from "zod";
import { limits } from "./limits.ts";

const name = z.string().min(1).max(limits.baselineNameCharsMax);
const count = z.int().min(0);
const day = z.int().min(0).max(10_000_000);
/** p50, p99, p99.9. */
const quantiles = z.tuple([count, count, count]);
const figure = z.number().min(-1e6).max(1e6);

/** By weekday, Monday first. */
const week = z.tuple([figure, figure, figure, figure, figure, figure, figure]);

export const spreadSchema = z.strictObject({
  /** Sessions that it was seen in. */
  n: count,
  calls: quantiles,
  objects: quantiles,
  bytes: quantiles,
  errors: quantiles,
});
/** How much of it there is in one session. */
export type Spread = z.infer<typeof spreadSchema>;

export const ruleModeSchema = z.strictObject({
  rule: name,
  /** "alert" where the rule fired in more sessions than its budget allows. */
  mode: z.enum(["enforce", "alert"]),
  /** Sessions in which it fired, of how many, and at most which share of all sessions that may be (95 %). */
  fired: count,
  of: count,
  bound: z.number().min(0).max(1),
  /** Row key of what the role said of the rule when it was measured (actors/behaviour/measures.ts); absent where it says nothing. */
  definition: z.exactOptional(count),
});
export type RuleMode = z.infer<typeof ruleModeSchema>;

export const dayNormSchema = z.strictObject({
  class: name,
  form: z.enum(["user", "persona", "tool"]),
  /** Days that it was learned from. */
  n: count,
  /** Mean of ln(1 + count) by weekday, Monday first. */
  means: week,
  /** Deviations around the own level, and around everybody's where no level is known. */
  sds: week,
  sdsOfAll: week,
  /** By row key of the user: how far above everybody's mean. */
  levels: z.array(z.tuple([count, figure])).max(limits.baselineLevelsMax),
});
/** What is usual on one day. */
export type DayNorm = z.infer<typeof dayNormSchema>;

export const baselineSchema = z.strictObject({
  /** 2: destinations are hashed as today (actors/behaviour/wordhash.ts). Of 1 none of them is known. */
  v: z.union([z.literal(1), z.literal(2)]),
  tenant: name,
  persona: name,
  /** First and last day that it was learned from. */
  from: day,
  to: day,
  sessions: count,
  users: count,
  days: count,
  /** Sessions that were not learned from: the largest ones, and those that were stopped. */
  trimmed: count,
  incidents: count,
  /** When a destination is known. */
  known: z.strictObject({ sessions: count, days: count, users: count }),
  whole: spreadSchema,
  tools: z
    .array(spreadSchema.extend({ tool: name, provenance: z.array(count).max(16) }))
    .max(limits.baselineToolsMax),
  /** Keyed hash, sessions, users, days; all 0 when a person has approved it and nobody has used it. */
  destinations: z.array(z.tuple([count, count, count, count])).max(limits.baselineDestinationsMax),
  /** Known by a person's word. */
  approved: z.array(count).max(limits.baselineDestinationsMax),
  norms: z.array(dayNormSchema).max(limits.baselineClassesMax * 3),
  modes: z.array(ruleModeSchema).max(limits.baselineModesMax),
});
export type Baseline = z.infer<typeof baselineSchema>;
export type ToolSpread = Baseline["tools"][number];
