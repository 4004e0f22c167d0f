/**
 * Schema of files of custom types, as people write them (`dlp.types` in gatehouse.yaml): detectors in the form of the built-in
 * rows, dictionaries, profiles. Does not own: what a pattern may hold (actors/dlp/pattern.ts), reading the files
 * (node/catalogue/customtypes.ts).
 *
 * R1. A custom type is told by its name, `custom.…`: no file can change what a built-in type finds.
 */
import { z } from "zod";
import { detectorGroups, detectorSchema } from "./detector.ts";
import { limits } from "./limits.ts";
import { profileSchema } from "./profile.ts";

export const customPrefix = "custom.";

const id = z
  .string()
  .max(64)
  .regex(/^custom(?:[._][a-z0-9]+){1,5}$/, {
    message: "must be custom. and lower-case words with dots or underscores",
  })
  .describe("Name of the type, in rules and records; it begins with `custom.`");

const tags = z.array(z.string().min(2).max(24)).max(16).default([]).describe("Laws and standards of yours, for profiles and rules."); // prettier-ignore

const customDetectorSchema = detectorSchema.extend({
  id,
  likelihood: detectorSchema.shape.likelihood.prefault({ shape: 3, validated: 4, context: 4, both: 5 }),
  source: detectorSchema.shape.source.default("configured here"),
});

const dictionarySchema = z.strictObject({
  id,
  group: z.enum(detectorGroups).describe("What kind of data it is."),
  title: z.string().min(3).max(160).describe("What it is, in words."),
  words: z
    .array(
      z
        .string()
        .min(3)
        .max(limits.detectorWordCharsMax)
        .describe("Three to 64 characters: shorter words stand everywhere, passages are for `dlp fingerprint`."),
    )
    .max(limits.customWordsMax)
    .default([])
    .describe("Whole words, or several with a space between; letters match in either case. More than 2,000 are an index (`dlp index`)."), // prettier-ignore
  file: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      "A text file with more of them, one on a line, relative to this file and in the folder of gatehouse.yaml (of this file, where that lies elsewhere).",
    ),
  level: z.int().min(1).max(5).default(3).describe("Likelihood of a word that is found."),
  context: detectorSchema.shape.context,
  contextMode: detectorSchema.shape.contextMode,
  tags,
});
export type Dictionary = z.output<typeof dictionarySchema>;

export const customFileSchema = z.strictObject({
  detectors: z.array(customDetectorSchema).max(limits.customDetectorsMax).default([]).describe("Types found by a pattern, in the form of the built-in rows; their examples are tried when the file is read."), // prettier-ignore
  dictionaries: z
    .array(dictionarySchema)
    .max(limits.customDictionariesMax)
    .default([])
    .describe("Types found by words."),
  profiles: z.array(profileSchema).max(limits.customProfilesMax).default([]).describe("What a role may name under `data.profiles`, in the form of the built-in ones."), // prettier-ignore
});
export type CustomFile = z.output<typeof customFileSchema>;
