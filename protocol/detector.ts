/**
 * Rows that say what sensitive data looks like: one type each. People write them (built-in ones in actors/dlp/detectors/,
 * their own in the configuration), so they are checked here. Does not own: what a pattern may hold (actors/dlp/pattern.ts),
 * what a validator computes (actors/dlp/validators.ts).
 *
 * R1. A row is data: a pattern, words and numbers. What needs code is a validator, named here and written there.
 * R2. No example in a row is a live credential, and none looks like one in the file: such are lists of parts.
 */
import { z } from "zod";
import { limits } from "./limits.ts";

const { detectorExamplesMax, detectorPatternCharsMax, detectorWordCharsMax, detectorWordsMax } = limits;

/** Groups of types, as a person looks for them. */
export const detectorGroups = [
  "secret", "keys", "credential", "financial", "government", "health", "person", "network", "device", "vehicle", "crypto",
] as const; // prettier-ignore

/** The longest run of digits, and of letters and digits, that is looked at as one. */
const digitsMax = 39;
const tokenMax = 129;

const word = z
  .string()
  .min(1)
  .max(detectorWordCharsMax)
  .refine((text) => text === text.toLowerCase(), { message: "must be in lower case" });

const prefilterSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("literal").describe("One of these texts stands in every match."),
    any: z.array(word).min(1).max(detectorWordsMax).describe("In lower case; letters match in either case."),
  }),
  z.strictObject({
    kind: z
      .literal("digits")
      .describe("The match begins with a group of digits; one space, `-`, `.` or `/` may separate runs."),
    min: z.int().min(1).max(digitsMax).describe("Fewest digits."),
    max: z.int().min(1).max(digitsMax).describe("Most digits."),
  }),
  z.strictObject({
    kind: z.literal("token").describe("The match begins with a run of letters and digits."),
    min: z.int().min(1).max(tokenMax).describe("Fewest letters and digits of a match, separators left out."),
    max: z.int().min(1).max(tokenMax).describe("Most."),
  }),
]);

const level = z.int().min(1).max(5);

const likelihoodSchema = z.strictObject({
  shape: level.describe("The pattern matched, and no validator could say more."),
  validated: level.describe("A validator says that the value is genuine."),
  context: level.describe(
    "The pattern matched, and a context word stands before it, on its path or above its column.",
  ),
  both: level.describe("Validated, and with a context word."),
  alone: level
    .optional()
    .describe(
      "The match is all of a text that is no part of anything, and no validator speaks against it; quotes around it do not count.",
    ),
});

const scalar = z.union([z.string().max(1024), z.number(), z.boolean()]);

const validatorSchema = z
  .object({
    name: z
      .string()
      .regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/)
      .describe("A name of the table of validators."),
  })
  .catchall(z.union([scalar, z.array(scalar).max(256)]))
  .describe("A check by name, with its parameters.");

/** A text, or parts to be joined at load: texts, and generated ones with a fixed seed. */
const exampleSchema = z.union([
  z.string().min(1).max(4096),
  z
    .array(
      z.union([
        z.string().max(4096),
        z.strictObject({
          make: z
            .enum([
              "hex",
              "upperhex",
              "digits",
              "lower",
              "upper",
              "alnum",
              "loweralnum",
              "upperalnum",
              "base64",
              "base64url",
              "base32",
              "base58",
              "crc32base62",
              "json64",
            ]) // prettier-ignore
            .describe(
              "What to make; `crc32base62` is the checksum of the part before, `json64` is `of` as base64url.",
            ),
          n: z.int().min(1).max(2048).optional().describe("How many characters."),
          of: z.string().max(2048).optional().describe("For `json64`: the text to encode."),
        }),
      ]),
    )
    .min(1)
    .max(64),
]);

export const detectorSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9]+(?:[._][a-z0-9]+){0,5}$/, {
      message: "must be lower-case words with dots or underscores",
    })
    .describe("Stable name of the type."),
  group: z.enum(detectorGroups).describe("What kind of data it is."),
  title: z.string().min(3).max(160).describe("What it is, in words."),
  pattern: z
    .string()
    .min(1)
    .max(detectorPatternCharsMax)
    .describe(
      "RE2 syntax, every repeat bounded. If it has a group, the first one is the value, and it ends the match.",
    ),
  flags: z.enum(["", "i"]).default("").describe("`i` ignores case."),
  prefilter: prefilterSchema.describe("What must be seen before the pattern is tried."),
  context: z
    .array(word)
    .max(detectorWordsMax)
    .default([])
    .describe("Whole words; between the parts of one, a space stands for a space, `_`, `-`, or nothing."),
  contextMode: z
    .enum(["none", "boost", "required"])
    .default("none")
    .describe("`required`: without a context word there is no finding."),
  unless: z
    .string()
    .min(1)
    .max(detectorPatternCharsMax)
    .optional()
    .describe(
      "As `pattern`, in either case: where it matches right before the value, that is something else, as `token_id: ` says.",
    ),
  tail: z
    .enum(["token", "block"])
    .optional()
    .describe(
      "What else belongs to the value: the rest of a run as tokens have it, or all up to the line that ends a block.",
    ),
  validator: z
    .union([validatorSchema, z.array(validatorSchema).min(1).max(8)])
    .optional()
    .describe(
      "Checks: one that says invalid drops the match; one that says valid, and none invalid, makes it validated.",
    ),
  likelihood: likelihoodSchema.describe("Five levels; what is at 3 or above counts as found by default."),
  beats: z
    .array(z.string().max(64))
    .max(64)
    .optional()
    .describe("Types whose overlapping findings this one replaces, as the more specific."),
  tags: z.array(z.string().min(2).max(24)).max(16).default([]).describe("Laws and standards, for profiles."),
  examples: z
    .strictObject({
      yes: z.array(exampleSchema).min(1).max(detectorExamplesMax).describe("Texts in which it is found."),
      no: z
        .array(exampleSchema)
        .min(1)
        .max(detectorExamplesMax)
        .describe("Texts in which it is not, at level 3."),
    })
    .describe("Of our own making; run as tests."),
  source: z
    .string()
    .min(3)
    .max(300)
    .describe("The public document that the facts rest on; `unconfirmed` caps the likelihood."),
});

/** One row as it is read. */
export type DetectorRow = z.output<typeof detectorSchema>;
export type Likelihood = DetectorRow["likelihood"];
export type Prefilter = DetectorRow["prefilter"];
export type ValidatorCall = z.output<typeof validatorSchema>;
export type Example = z.output<typeof exampleSchema>;

export const detectorFileSchema = z.array(detectorSchema).max(limits.detectorsMax);
