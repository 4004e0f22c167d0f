/**
 * Flows: rules on what may go where. A rule of a role file, or a wall of the catalogue, says what it is about (`from`, what data
 * came from) and where it may not go (`to`). Does not own how values are recognised (actors/ledger).
 *
 * All that is given in `from` must hold, and all that is given in `to`; of a list, one.
 */
import { z } from "zod";
import { isName, nameRule } from "./id.ts";

const name = z.string().refine(isName, { message: `must be ${nameRule}` });
const environment = z.string().min(1).max(32);
const tool = z
  .string()
  .regex(/^[a-z0-9-]{1,64}\/.{1,256}$/, { message: "must be SERVER/TOOL" })
  .describe("SERVER/TOOL, as the catalogue and the server name them.");
const list = <Item extends z.ZodType>(item: Item) => z.array(item).min(1).max(64);

export const flowSchema = z
  .strictObject({
    from: z
      .strictObject({
        servers: list(name).optional().describe("What these servers gave."),
        tools: list(tool).optional().describe("What these tools gave: SERVER/TOOL."),
        environments: list(environment).optional().describe("What servers of these environments gave."),
        labels: list(z.string().min(1).max(64))
          .optional()
          .describe("What servers with one of these labels gave."),
        types: list(z.string().min(1).max(96)).optional()
          .describe("Only values of these types (gatehouse dlp types): an id, a group, or a beginning with *; own/id, own/phrase, own/text for what no detector knows."), // prettier-ignore
      })
      .describe("What the rule is about."),
    to: z
      .strictObject({
        servers: list(name).optional().describe("These servers."),
        tools: list(tool).optional().describe("These tools: SERVER/TOOL."),
        environments: list(environment).optional().describe("Servers of these environments."),
        reach: z.enum(["internal", "external"]).optional().describe("Servers of this reach."),
        effects: list(z.enum(["read", "create", "update", "delete", "send", "pay", "permission", "execute", "unknown"])).optional()
          .describe("Tools of these effects."), // prettier-ignore
      })
      .describe("Where it may not go."),
    when: z.enum(["value", "read"]).default("value")
      .describe("value: a call that carries such a value is refused. read: every call is, once such data have been read."), // prettier-ignore
    tokens: z.enum(["allowed", "refused"]).default("refused")
      .describe("allowed: what the agent has only as a token or masked may go there all the same."), // prettier-ignore
    reason: z
      .string()
      .min(1)
      .max(2000)
      .describe(
        "Why: the words a reviewer judges, and an agent that is refused reads (the first 200 characters).",
      ),
  })
  .describe("What must not go where; docs/dlp.md.");
export type Flow = z.infer<typeof flowSchema>;

export const wallSchema = z
  .strictObject({
    from: list(environment).describe("Data of servers of these environments"),
    to: list(environment).describe("must not enter servers of these."),
    tokens: z.enum(["allowed", "refused"]).default("refused").describe("As in a role's flows."),
  })
  .describe("A wall between environments, for every role.");
export type Wall = z.infer<typeof wallSchema>;

/** As a role table has it. */
export type TableFlow = Flow;

/** The label under which other sessions of an agent hear of data behind a wall. */
export function environmentLabel(of: string): string {
  return `env:${of}`;
}

export function flowOfWall({ from, to, tokens }: Wall): TableFlow {
  return { from: { environments: [...from] }, to: { environments: [...to] }, when: "value", tokens, reason: "a wall of the catalogue" }; // prettier-ignore
}
