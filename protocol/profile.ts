/**
 * Profiles: which action a finding gets, by its type and its level. Built-in ones lie in actors/dlp/profiles.json; a persona
 * names one. Does not own: doing the action, nor the types (protocol/detector.ts).
 */
import { z } from "zod";
import { detectorGroups } from "./detector.ts";

/** From the weakest to the strongest. */
export const dlpActions = ["detect", "mask", "tokenise", "redact", "block"] as const;

const names = z.array(z.string().min(2).max(64)).min(1).max(256);

const ruleSchema = z.strictObject({
  tags: names.optional().describe("Types that bear one of these tags."),
  groups: z.array(z.enum(detectorGroups)).min(1).optional().describe("Types of these groups."),
  types: names.optional().describe("These types; `pan.*` stands for all that begin so."),
  except: names.optional().describe("But not these."),
  at: z
    .array(
      z.strictObject({
        level: z.int().min(1).max(5).describe("From this likelihood on."),
        count: z
          .int()
          .min(1)
          .max(100_000)
          .default(1)
          .describe("And from so many findings in one document on."),
        action: z.enum(dlpActions).describe("What is done."),
      }),
    )
    .min(1)
    .max(8)
    .describe("The strongest action that holds is taken."),
});

export const profileSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    .describe("Its name in a role."),
  title: z.string().min(3).max(120).describe("What it is for."),
  about: z.string().min(10).max(400).describe("What it covers, and what it does not."),
  rules: z.array(ruleSchema).min(1).max(64).describe("The first rule that fits a type decides."),
});

export type Profile = z.output<typeof profileSchema>;
export type ProfileRule = Profile["rules"][number];
export type DlpAction = (typeof dlpActions)[number];

export const profileFileSchema = z.array(profileSchema).max(64);
