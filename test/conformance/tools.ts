// The fixture's plain tools: those that answer in one round, log, report progress or fail on purpose.
// Names, texts and schemas are what the conformance suite calls for. The tools that ask back are in inputs.ts.
import { setTimeout as pause } from "node:timers/promises";
import {
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import type { CallToolResult, Tool } from "@modelcontextprotocol/server";
import type { Call, Outcome } from "./call.ts";
import { audio, embedded, image, says, text } from "./content.ts";
import { asking } from "./inputs.ts";

export interface ToolRow {
  readonly definition: Tool;
  readonly run: (call: Call) => Outcome<CallToolResult>;
}

const stepMs = 50; // the suite asks for pauses of about this length between messages
const reconnectMs = 100; // how long test_reconnection leaves its client without a stream

function row(name: string, description: string, run: ToolRow["run"], schema?: Tool["inputSchema"]): ToolRow {
  return { definition: { name, description, inputSchema: schema ?? { type: "object" } }, run };
}

async function logThrice({ ctx }: Call): Promise<CallToolResult> {
  await ctx.mcpReq.log("info", "Tool execution started");
  await pause(stepMs);
  await ctx.mcpReq.log("info", "Tool processing data");
  await pause(stepMs);
  await ctx.mcpReq.log("info", "Tool execution completed");
  return says("Logged three messages.");
}

async function reportProgress({ ctx }: Call): Promise<CallToolResult> {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  for (const progress of [0, 50, 100]) {
    if (progress > 0) await pause(stepMs);
    if (progressToken === undefined) continue;
    await ctx.mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress, total: 100, message: `${progress} of 100` },
    });
  }
  return says("Progress reported.");
}

/** Closes the client's stream in mid-call; the answer waits for a GET with Last-Event-ID (SEP-1699). */
async function dropStream({ ctx }: Call): Promise<CallToolResult> {
  ctx.http?.closeSSE?.();
  await pause(reconnectMs);
  return says("Answered after the stream was closed.");
}

/**
 * Throws -32021 in both eras. An input_required result would do on the 2026-07-28 wire only: before it, the
 * same want surfaces as a tool error, and a gateway in between could not tell it from a failure of the tool.
 */
function needSampling({ capabilities }: Call): CallToolResult {
  if (capabilities.sampling !== undefined) return says("The client declared sampling.");
  throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
}

async function logOnce({ ctx }: Call): Promise<CallToolResult> {
  await ctx.mcpReq.log("info", "test_logging_tool ran");
  return says("Logged, if a level was asked for.");
}

/** Every keyword must reach the client as written (SEP-1613, SEP-2106). */
const schema2020 = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
} as const satisfies Tool["inputSchema"];

const headerSchema = {
  type: "object",
  properties: {
    region: { type: "string", description: "mirrored in a header", "x-mcp-header": "Region" },
    level: { type: "integer", description: "in the body only" },
  },
} as const satisfies Tool["inputSchema"];

/** The property of `test_x_mcp_header` that a 2026-07-28 client repeats as `Mcp-Param-Region`. */
export const mirrored = {
  tool: "test_x_mcp_header",
  property: "region",
  header: "mcp-param-region",
} as const;

const plain: readonly ToolRow[] = [
  row("test_simple_text", "Answers one line of text.", () =>
    says("This is a simple text response for testing."),
  ),
  row("test_image_content", "Answers one picture.", () => ({ content: [image] })),
  row("test_audio_content", "Answers one sound.", () => ({ content: [audio] })),
  row("test_embedded_resource", "Answers a resource by value.", () => ({
    content: [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  })),
  row("test_multiple_content_types", "Answers text, a picture and a resource.", () => ({
    content: [
      text("Multiple content types test:"),
      image,
      embedded(
        "test://mixed-content-resource",
        "application/json",
        JSON.stringify({ test: "data", value: 123 }),
      ),
    ],
  })),
  row("test_tool_with_logging", "Sends three log messages while it runs.", logThrice),
  row("test_tool_with_progress", "Reports progress at 0, 50 and 100 of 100.", reportProgress),
  row("test_error_handling", "Fails, on purpose.", () => ({
    ...says("This tool intentionally returns an error for testing"),
    isError: true,
  })),
  row("test_reconnection", "Closes its stream before it answers.", dropStream),
  row(
    "json_schema_2020_12_tool",
    "Has an input schema of JSON Schema 2020-12.",
    () => says("ok"),
    schema2020,
  ),
  row(
    mirrored.tool,
    "Has a property mirrored in a header.",
    ({ args }) => says(JSON.stringify(args)),
    headerSchema,
  ),
  row("test_missing_capability", "Needs a client that can sample.", needSampling),
  row("test_streaming_elicitation", "Answers, and asks nothing on the stream.", () =>
    says("Nothing to ask."),
  ),
  row("test_logging_tool", "Logs only when the request sets a level.", logOnce),
  row("test_trigger_tool_change", "Announces that the list of tools changed.", ({ announce }) => {
    announce.tools(); // the list stays as it is: a client that pins definitions must not see drift
    return says("Announced.");
  }),
  row("test_trigger_prompt_change", "Announces that the list of prompts changed.", ({ announce }) => {
    announce.prompts();
    return says("Announced.");
  }),
  row("test_trigger_resource_update", "Announces that test://watched-resource changed.", ({ announce }) => {
    announce.resource("test://watched-resource");
    return says("Announced.");
  }),
];

/** Sorted by name: the list must come in the same order each time (2026-07-28, tools). */
export const tools: readonly ToolRow[] = [...plain, ...asking].sort((a, b) =>
  a.definition.name < b.definition.name ? -1 : 1,
);

const byName = new Map(tools.map((tool) => [tool.definition.name, tool]));

/** @throws ProtocolError -32602 for a name that is not in the list */
export function tool(name: string): ToolRow {
  const found = byName.get(name);
  if (found === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown tool: ${name}`);
  return found;
}
