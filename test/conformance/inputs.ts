// The fixture's tools that ask the client back. Each is written once, as an input_required result; on sessions
// before 2026-07-28 the SDK turns the same result into real requests to the client.
import { inputRequired, inputResponse } from "@modelcontextprotocol/server";
import type { CallToolResult, InputRequest, InputRequests, Tool } from "@modelcontextprotocol/server";
import { accepted } from "./call.ts";
import type { Call, Outcome, RoundState } from "./call.ts";
import { says } from "./content.ts";

type Form = Parameters<typeof inputRequired.elicit>[0];
type FormSchema = Extract<Form["requestedSchema"], { type: "object" }>;

interface AskingRow {
  readonly definition: Tool;
  readonly run: (call: Call) => Outcome<CallToolResult>;
}

function row(
  name: string,
  description: string,
  run: AskingRow["run"],
  schema?: Tool["inputSchema"],
): AskingRow {
  return { definition: { name, description, inputSchema: schema ?? { type: "object" } }, run };
}

function form(
  message: string,
  properties: FormSchema["properties"],
  required: readonly string[] = [],
): InputRequest {
  return inputRequired.elicit({
    message,
    requestedSchema: { type: "object", properties, required: [...required] },
  });
}

function question(message: string, field: string): InputRequest {
  return form(message, { [field]: { type: "string" } }, [field]);
}

function prompting(words: string, maxTokens: number): InputRequest {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: words } }],
    maxTokens,
  });
}

const whatName = question("What is your name?", "name");
const confirm = form("Please confirm", { ok: { type: "boolean" } }, ["ok"]);

/** The words of a sampling answer under `key`, or undefined when there is none. */
function sampled(call: Call, key: string): string | undefined {
  const view = inputResponse(call.ctx.mcpReq.inputResponses, key);
  if (view.kind !== "sampling") return undefined;
  const blocks = Array.isArray(view.result.content) ? view.result.content : [view.result.content];
  return blocks.map((block) => (block.type === "text" ? block.text : `(${block.type})`)).join(" ");
}

function rootUris(call: Call, key: string): string | undefined {
  const view = inputResponse(call.ctx.mcpReq.inputResponses, key);
  return view.kind === "roots" ? view.roots.map((root) => root.uri).join(", ") : undefined;
}

/** One elicitation, then `reply` with whatever the user did: accepted, declined or cancelled. */
function elicitOnce(
  key: string,
  ask: (call: Call) => InputRequest,
  reply: (action: string, content: string) => string,
) {
  return (call: Call): Outcome<CallToolResult> => {
    const view = inputResponse(call.ctx.mcpReq.inputResponses, key);
    if (view.kind !== "elicit") return inputRequired({ inputRequests: { [key]: ask(call) } });
    return says(reply(view.action, JSON.stringify(view.content ?? {})));
  };
}

function completed(action: string, content: string): string {
  return `Elicitation completed: action=${action}, content=${content}`;
}

const elicitUser = elicitOnce(
  "user",
  ({ args }) =>
    form(
      typeof args["message"] === "string" ? args["message"] : "Please tell us who you are",
      {
        username: { type: "string", description: "User's response" },
        email: { type: "string", description: "User's email address" },
      },
      ["username", "email"],
    ),
  (action, content) => `User response: action=${action}, content=${content}`,
);

/** SEP-1034: a default of each primitive type. */
const elicitDefaults = elicitOnce(
  "defaults",
  () =>
    form("Please check your details", {
      name: { type: "string", default: "John Doe" },
      age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 },
      status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true },
    }),
  completed,
);

const titled = [
  { const: "value1", title: "First" },
  { const: "value2", title: "Second" },
  { const: "value3", title: "Third" },
];
const options = ["option1", "option2", "option3"];

/** SEP-1330: the five forms an enumeration may take. */
const elicitEnums = elicitOnce(
  "choices",
  () =>
    form("Please choose", {
      untitledSingle: { type: "string", enum: options },
      titledSingle: { type: "string", oneOf: titled },
      legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["One", "Two", "Three"] },
      untitledMulti: { type: "array", items: { type: "string", enum: options } },
      titledMulti: { type: "array", items: { anyOf: titled } },
    }),
  completed,
);

function sampleOnce(call: Call): Outcome<CallToolResult> {
  const words = sampled(call, "completion");
  if (words !== undefined) return says(`LLM response: ${words}`);
  const asked = typeof call.args["prompt"] === "string" ? call.args["prompt"] : "Say something";
  return inputRequired({ inputRequests: { completion: prompting(asked, 100) } });
}

function askName(call: Call): Outcome<CallToolResult> {
  const name = accepted(call, "user_name")?.["name"];
  if (typeof name === "string") return says(`Hello, ${name}!`);
  return inputRequired({ inputRequests: { user_name: whatName } });
}

function askCapital(call: Call): Outcome<CallToolResult> {
  const words = sampled(call, "capital_question");
  if (words !== undefined) return says(words);
  return inputRequired({
    inputRequests: { capital_question: prompting("What is the capital of France?", 100) },
  });
}

function askRoots(call: Call): Outcome<CallToolResult> {
  const uris = rootUris(call, "client_roots");
  if (uris !== undefined) return says(`Roots: ${uris}`);
  return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
}

async function ask(call: Call, inputRequests: InputRequests, state: RoundState) {
  return inputRequired({ inputRequests, requestState: await call.states.mint(state, call.ctx) });
}

/** A state that fails its seal never gets here: the server refuses it with -32602 first. */
async function askConfirmation(call: Call) {
  const state = call.ctx.mcpReq.requestState<RoundState>();
  if (state?.round === 1 && accepted(call, "confirm") !== undefined) return says("state-ok");
  return ask(call, { confirm }, { round: 1 });
}

async function askThreeAtOnce(call: Call) {
  const state = call.ctx.mcpReq.requestState<RoundState>();
  const name = accepted(call, "user_name")?.["name"];
  const greeting = sampled(call, "greeting");
  const uris = rootUris(call, "client_roots");
  if (state !== undefined && typeof name === "string" && greeting !== undefined && uris !== undefined) {
    return says(`${greeting} (${name}, ${uris})`);
  }
  const asks = {
    user_name: whatName,
    greeting: prompting("Generate a greeting", 50),
    client_roots: inputRequired.listRoots(),
  };
  return ask(call, asks, { round: 1 });
}

async function askTwice(call: Call) {
  const state = call.ctx.mcpReq.requestState<RoundState>();
  const name = accepted(call, "step1")?.["name"];
  if (state?.round === 1 && typeof name === "string") {
    const step2 = question("Step 2: What is your favorite color?", "color");
    return ask(call, { step2 }, { round: 2, name });
  }
  const color = accepted(call, "step2")?.["color"];
  if (state?.round === 2 && typeof color === "string") return says(`${state.name ?? "?"} likes ${color}.`);
  return ask(call, { step1: question("Step 1: What is your name?", "name") }, { round: 1 });
}

/** Asks only for what this client declared, and answers once each of those came back. */
function askWhatIsDeclared(call: Call): Outcome<CallToolResult> {
  const asks: InputRequests = {};
  if (call.capabilities.elicitation !== undefined) asks["declared_elicitation"] = whatName;
  if (call.capabilities.sampling !== undefined) asks["declared_sampling"] = prompting("Say hello", 20);
  if (call.capabilities.roots !== undefined) asks["declared_roots"] = inputRequired.listRoots();
  const open = Object.keys(asks).filter((key) => call.ctx.mcpReq.inputResponses?.[key] === undefined);
  if (open.length === 0) return says(`Declared and answered: ${Object.keys(asks).join(", ") || "nothing"}.`);
  return inputRequired({ inputRequests: asks });
}

function argument(name: string, description: string): Tool["inputSchema"] {
  return { type: "object", properties: { [name]: { type: "string", description } }, required: [name] };
}

const round = "test_input_required_result";

export const asking: readonly AskingRow[] = [
  row("test_sampling", "Asks the client's model.", sampleOnce, argument("prompt", "what to ask the model")),
  row(
    "test_elicitation",
    "Asks the user who they are.",
    elicitUser,
    argument("message", "what the user is shown"),
  ),
  row("test_elicitation_sep1034_defaults", "Asks the user with defaults filled in.", elicitDefaults),
  row("test_elicitation_sep1330_enums", "Asks the user to choose.", elicitEnums),
  row(`${round}_elicitation`, "Asks for a name.", askName),
  row(`${round}_sampling`, "Asks the model for a capital.", askCapital),
  row(`${round}_list_roots`, "Asks for the roots.", askRoots),
  row(`${round}_request_state`, "Asks to confirm, with a sealed state.", askConfirmation),
  row(`${round}_tampered_state`, "Asks to confirm, and refuses a broken seal.", askConfirmation),
  row(`${round}_multiple_inputs`, "Asks three things in one round.", askThreeAtOnce),
  row(`${round}_multi_round`, "Asks twice, one after the other.", askTwice),
  row(`${round}_capabilities`, "Asks only for what the client can do.", askWhatIsDeclared),
];
