/**
 * What a persona's role says of sensitive data: which action each type gets, on the way to a tool and on the way back.
 * Part of the role file (role.ts). Does not own what a type looks like (detector.ts), nor how an action is done
 * (actors/dlp/withholding.ts).
 *
 * D1. The first rule that names a type and is met decides; after them the strictest of the profiles and the floor.
 * D2. The floor is there without a word in the role: credentials do not leave in arguments, and do not come in answers.
 */
import { z } from "zod";
import { detectorGroups } from "./detector.ts";
import type { Profile } from "./profile.ts";

/** From what lets most pass to what lets least. */
export const dataActions = ["allow", "detect", "tokenise", "mask", "redact", "block"] as const;
export type DataAction = (typeof dataActions)[number];

/** How every token begins that stands for a value. */
export const tokenSign = "gwt1_";

/** Arguments go from the agent to a tool, answers from a tool to the agent. */
export type DataDirection = "arguments" | "answers";

const action = z.enum(dataActions);
const groupNames: readonly string[] = detectorGroups;

export const selectorSchema = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => isSelector(text), {
    message: `must be a type (pan.visa), a family (pan.*), group:NAME (${detectorGroups.join(", ")}) or tag:NAME (tag:GDPR)`,
  });

export function isSelector(text: string): boolean {
  const [kind, name] = text.includes(":") ? [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)] : ["type", text]; // prettier-ignore
  if (kind === "group") return groupNames.includes(name ?? "");
  if (kind === "tag") return /^[A-Z0-9][A-Z0-9-]{1,23}$/.test(name ?? "");
  return kind === "type" && /^[a-z0-9]+(?:[._-][a-z0-9]+){0,8}(?:\.\*)?$|^\*$/.test(name ?? "");
}

const dataRuleSchema = z.strictObject({
  types: z
    .array(selectorSchema)
    .min(1)
    .max(256)
    .describe("Types, families (`pan.*`), `group:NAME`, `tag:NAME`, or `*`."),
  labels: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(64)
    .optional()
    .describe("Only at servers that bear one of these labels in the catalogue."),
  likelihood: z.int().min(1).max(5).default(3).describe("From this level on, of five."),
  atLeast: z.int().min(1).max(10_000).default(1).describe("Only from so many findings in one document on."),
  arguments: action.optional().describe("On the way to a tool."),
  answers: action.optional().describe("On the way back to the agent."),
});

export const dataRulesSchema = z.strictObject({
  scan: z
    .enum(["both", "arguments", "answers", "none"])
    .default("both")
    .describe("What is searched. What is not searched passes as it is."),
  rules: z
    .array(dataRuleSchema)
    .max(256)
    .default([])
    .describe("The first one that names a type and is met decides."),
  profiles: z
    .array(z.string().regex(/^[a-z0-9-]{2,32}$/))
    .max(16)
    .default([])
    .describe("Named sets of rules; the strictest of them counts where no rule above does."),
  credentials: z
    .enum(["block", "redact", "mask"])
    .default("block")
    .describe("Credentials in arguments of which no rule says more; in answers they are always removed."),
  unscanned: z
    .strictObject({
      arguments: z.enum(["block", "detect"]).default("block").describe("On the way to a tool."),
      answers: z.enum(["block", "detect"]).default("block").describe("On the way back."),
    }) // prettier-ignore
    .prefault({})
    .describe("What happens to what could not be scanned to its end."),
  media: z
    .enum(["allow", "refuse"])
    .default("allow")
    .describe("Images and audio, which are not looked into."),
});
export type DataRules = z.infer<typeof dataRulesSchema>;
/** As a role table has them: the profiles as they were when it came into force. */
export type TableData = Omit<DataRules, "profiles"> & { readonly profiles: readonly Profile[] };
export type DataRule = z.infer<typeof dataRuleSchema>;

/** What a role that says nothing gets. */
export const dataDefaults: TableData = { ...dataRulesSchema.parse({}), profiles: [] };

/** Tokens in the arguments of one tool, by the type of the value that they stand for. What is not named is refused. */
export const tokenRulesSchema = z
  .strictObject({
    open: z
      .array(selectorSchema)
      .max(256)
      .default([])
      .describe("The tool gets the value in the place of its token."),
    keep: z.array(selectorSchema).max(256).default([]).describe("The tool gets the token as it is."),
  })
  .describe("Tokens that stand for values in its arguments; without a word here a call with one is refused.");
export type TokenRules = z.infer<typeof tokenRulesSchema>;

/** @param traits of the type; undefined of one that nobody knows */
export function selects(
  selector: string,
  type: string,
  traits: { readonly group: string; readonly tags?: readonly string[] | undefined } | undefined,
): boolean {
  if (selector === "*") return true;
  if (selector.startsWith("group:")) return traits?.group === selector.slice("group:".length);
  if (selector.startsWith("tag:")) return traits?.tags?.includes(selector.slice("tag:".length)) === true;
  return selector.endsWith(".*") ? type.startsWith(selector.slice(0, -1)) : type === selector;
}
