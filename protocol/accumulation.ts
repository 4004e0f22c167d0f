/**
 * Accumulation: how much of a kind may be read over days. Owns the form of the role file's `accumulation` and of what a
 * session tells its scopes of it; docs/baselines.md. Does not own the counting (actors/scopes/tally.ts).
 */
import { z } from "zod";
import { isName, nameRule } from "./id.ts";
import { limits } from "./limits.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });

export const accumulationSchema = z
  .strictObject({
    data: z.string().min(1).max(96).optional()
      .describe("Values of this type or group in answers (gatehouse dlp types); * for all types."), // prettier-ignore
    label: z.string().min(1).max(64).optional().describe("Different reads at servers with this data label."),
    server: name.optional().describe("Different reads at this server."),
    per: z.enum(["session", "user", "persona"])
      .describe("Whose: one session's, one user's in this persona, or all of the persona's."), // prettier-ignore
    days: z.int().min(1).max(31).default(1).describe("Over so many days, today included (UTC)."),
    max: z.int().min(1).max(1_000_000).describe("So many are still usual."),
    then: z.enum(["alert", "stop"]).default("alert")
      .describe("alert: operators hear of it. stop: reads of the kind are refused until the days are over, too."), // prettier-ignore
    reason: z.string().min(1).max(2000).describe("Why: the words a reviewer judges."),
  })
  .refine(
    ({ data, label, server }) => [data, label, server].filter((each) => each !== undefined).length === 1,
    {
      message: "must name one of data, label and server",
    },
  )
  .describe("How much may be read over days; docs/baselines.md.");
export type Accumulation = z.infer<typeof accumulationSchema>;

/** What is counted together: `server NAME`, `label NAME`, `data TYPE`, `tool SERVER TARGET`. */
export type TallyClass = `${"server" | "label" | "data" | "tool"} ${string}`;

export function classOf({ data, label, server }: Accumulation): TallyClass {
  if (data !== undefined) return `data ${data}`;
  return label === undefined ? `server ${server ?? ""}` : `label ${label}`;
}

export const tallyForms = ["session", "user", "persona", "tool"] as const;
export type TallyForm = (typeof tallyForms)[number];

/** What is too much of a class: a limit travels with what is told, and the last one counts. */
export interface TallyTerms {
  /**
   * Of ln(1 + count) on this day of the week: mean and deviation; whether reads are stopped when it is far more. Absent where no
   * baseline knows.
   */
  readonly usual?: { readonly mean: number; readonly sd: number; readonly stops: 0 | 1 };
  /** Days, and how many over them; whether it is stopped there. */
  readonly caps: readonly (readonly [days: number, max: number, stops: 0 | 1])[];
}

/** Of one class: what was read. */
export interface TallyItem extends TallyTerms {
  readonly class: string;
  /** Keyed hash of a read, and how many things it gave: the same read is the same things. */
  readonly marks: readonly (readonly [mark: number, count: number])[];
}

/** More values than these in one answer count as these. */
export const tallyCountMax = 255;

export function isTallyItem(value: unknown): value is TallyItem {
  if (typeof value !== "object" || value === null) return false;
  const { class: of, marks, usual, caps, ...more } = value as { [member: string]: unknown };
  if (
    Object.keys(more).length > 0 ||
    typeof of !== "string" ||
    of === "" ||
    of.length > limits.baselineNameCharsMax
  )
    return false;
  if (!Array.isArray(marks) || marks.length > limits.tallyMarksMax || !marks.every(isMark)) return false;
  if (usual !== undefined && !isUsual(usual)) return false;
  return Array.isArray(caps) && caps.length <= limits.accumulationRulesMax && caps.every(isCap);
}

function isMark(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [mark, count] = value as unknown[];
  return isWithin(mark, 0, 2 ** 32 - 1) && isWithin(count, 1, tallyCountMax);
}

function isCap(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [days, max, stops] = value as unknown[];
  return isWithin(days, 1, 31) && isWithin(max, 1, 1_000_000) && isWithin(stops, 0, 1);
}

function isUsual(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { mean, sd, stops, ...more } = value as { [member: string]: unknown };
  const isFigure = Number.isFinite(mean) && Number.isFinite(sd) && Number(sd) > 0;
  return Object.keys(more).length === 0 && isFigure && isWithin(stops, 0, 1);
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}
