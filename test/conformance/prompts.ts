// The fixture's prompts, and the completion of their arguments.
import { inputRequired, ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import type { CompleteResult, ContentBlock, GetPromptResult, Prompt } from "@modelcontextprotocol/server";
import { accepted } from "./call.ts";
import type { Call, Outcome } from "./call.ts";
import { embedded, image, text } from "./content.ts";

export interface PromptRow {
  readonly definition: Prompt;
  readonly run: (call: Call) => Outcome<GetPromptResult>;
}

function fromUser(...blocks: readonly ContentBlock[]): GetPromptResult {
  return { messages: blocks.map((content) => ({ role: "user", content })) };
}

function argument({ args }: Call, name: string): string {
  const value = args[name];
  if (typeof value === "string") return value;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Missing argument: ${name}`);
}

function askContext(call: Call): Outcome<GetPromptResult> {
  const context = accepted(call, "user_context")?.["context"];
  if (typeof context === "string") return fromUser(text(`Use this context: ${context}`));
  const user_context = inputRequired.elicit({
    message: "What context should the prompt use?",
    requestedSchema: { type: "object", properties: { context: { type: "string" } }, required: ["context"] },
  });
  return inputRequired({ inputRequests: { user_context } });
}

export const prompts: readonly PromptRow[] = [
  {
    definition: {
      name: "test_input_required_result_prompt",
      description: "Asks the user before it answers.",
    },
    run: askContext,
  },
  {
    definition: {
      name: "test_prompt_with_arguments",
      description: "Puts two arguments into one line.",
      arguments: [
        { name: "arg1", description: "first test argument", required: true },
        { name: "arg2", description: "second test argument", required: true },
      ],
    },
    run: (call) =>
      fromUser(
        text(`Prompt with arguments: arg1='${argument(call, "arg1")}', arg2='${argument(call, "arg2")}'`),
      ),
  },
  {
    definition: {
      name: "test_prompt_with_embedded_resource",
      description: "Carries a resource by value.",
      arguments: [{ name: "resourceUri", description: "URI of the resource to embed", required: true }],
    },
    run: (call) =>
      fromUser(
        embedded(argument(call, "resourceUri"), "text/plain", "Embedded resource content for testing."),
        text("Please process the embedded resource above."),
      ),
  },
  {
    definition: { name: "test_prompt_with_image", description: "Carries a picture." },
    run: () => fromUser(image, text("Please analyze the image above.")),
  },
  {
    definition: { name: "test_simple_prompt", description: "One line of text." },
    run: () => fromUser(text("This is a simple prompt for testing.")),
  },
];

const byName = new Map(prompts.map((prompt) => [prompt.definition.name, prompt]));

/** @throws ProtocolError -32602 for a name that is not in the list */
export function prompt(name: string): PromptRow {
  const found = byName.get(name);
  if (found === undefined)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown prompt: ${name}`);
  return found;
}

const words = ["paris", "park", "party", "test", "testing"];

/** Words that begin with what was typed; nothing for an argument this fixture does not complete. */
export function complete(promptName: string, argumentName: string, typed: string): CompleteResult {
  const known = promptName === "test_prompt_with_arguments" && argumentName === "arg1";
  const values = known ? words.filter((word) => word.startsWith(typed)) : [];
  return { completion: { values, total: values.length, hasMore: false } };
}
