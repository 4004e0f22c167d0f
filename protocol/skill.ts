/**
 * Skills: named, versioned bundles of grants and guidance that personas include (docs/missions.md). The file is
 * skills/NAME/SKILL.md in the open form of the Agent Skills specification (agentskills.io/specification): front matter between
 * two lines of three dashes, then Markdown. What is ours stands under `metadata`.
 *
 * S1. `allowed-tools` is a skill's own wish, for the agent's program: it grants nothing here. Only `metadata.gatehouse` does.
 */
import { z } from "zod";
import { grantSchema } from "./role.ts";

/** Names of the specification; narrower than ours by nothing. */
const skillName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Front matter of skills/NAME/SKILL.md. */
export const skillSchema = z.strictObject({
  name: z.string().max(64).regex(skillName, { message: "must be small letters, digits and single hyphens" }).describe("Equals the folder's name."), // prettier-ignore
  description: z.string().min(1).max(1024).describe("What it is for, and when an agent should use it."),
  license: z.string().max(1024).optional(),
  compatibility: z.string().min(1).max(500).optional().describe("What it needs around it."),
  "allowed-tools": z.string().max(4096).optional().describe("For the agent's own program; grants nothing here."), // prettier-ignore
  metadata: z
    .object({
      version: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, { message: 'must be a version like "1.0.0", in quotes' }).describe("What roles name: NAME@VERSION."), // prettier-ignore
      gatehouse: z
        .strictObject({
          grants: z
            .array(grantSchema)
            .max(2000)
            .describe("Granted to every persona that includes the skill."),
        })
        .describe("What is ours."),
    })
    .catchall(z.unknown())
    .describe("Further keys are others'."),
});
export type SkillFile = z.infer<typeof skillSchema>;
