// What a client must be able to do through the gateway, each as a check that throws when it cannot.
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { answers } from "./connection.ts";
import type { Connection, Progress, ToolAnswer } from "./connection.ts";

const pollMs = 50;
const startMs = 4_000;
const cancelMs = 3_000;

export const features = [
  "initialise",
  "list",
  "call",
  "progress",
  "cancel",
  "sampling",
  "elicitation",
  "same actor",
] as const;
export type Feature = (typeof features)[number];

/** One client at one door, as one agent. */
export interface Subject {
  /** The open connection; a new one after `open` was called anew. */
  readonly connection: Connection;
  /** Another connection of the same agent, which the subject closes. */
  readonly another: () => Promise<Connection>;
  /** The revision the client must end up with. */
  readonly revision: string;
  readonly tools: readonly string[];
  /** Unique among all runs of `hold`. */
  readonly label: string;
}

function expect(what: string, got: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(got, wanted)) return;
  throw new Error(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
}

function expectText(answer: ToolAnswer, text: string): void {
  expect("the answer is", answer, { text, isError: false });
}

async function initialise({ connection, revision }: Subject): Promise<void> {
  expect("the server is", connection.serverName, "gatehouse");
  expect("the revision is", connection.revision, revision);
}

async function list({ connection, tools }: Subject): Promise<void> {
  expect("the list is", [...(await connection.listTools())].sort(), tools);
}

async function call({ connection }: Subject): Promise<void> {
  expectText(
    await connection.callTool("test_simple_text", {}),
    "This is a simple text response for testing.",
  );
}

/**
 * SDK v1 forgets a call's progress handler with its answer, and runs handlers a moment after the message came: of the
 * messages that one packet brings, it loses the progress before the answer. So the last may be missing, when it came.
 */
async function progress({ connection }: Subject): Promise<void> {
  const seen: Progress = { arrived: [], handedOn: [] };
  expectText(
    await connection.callTool("test_tool_with_progress", {}, { progress: seen }),
    "Progress reported.",
  );
  expect("progress before the answer is", seen.arrived, [0, 50, 100]);
  expect("the client hands on", seen.handedOn.slice(0, 2), [0, 50]);
}

/** Waits until the upstream says that the call labelled so has met this fate. */
async function untilHeld(connection: Connection, label: string, fate: string, ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    const { text } = await connection.callTool("held", { label });
    if (text === fate) return;
    if (performance.now() > end) throw new Error(`the call is still ${text} at the tool, not ${fate}`);
    await pause(pollMs);
  }
}

async function cancel({ connection, label }: Subject): Promise<void> {
  const abort = new AbortController();
  const held = connection.callTool("hold", { label }, { signal: abort.signal }).then(
    ({ text }) => new Error(`the cancelled call was answered: ${text}`),
    () => undefined,
  );
  await untilHeld(connection, label, "open", startMs);
  abort.abort("enough");
  await untilHeld(connection, label, "cancelled", cancelMs);
  const fault = await held;
  if (fault !== undefined) throw fault;
}

async function sampling({ connection }: Subject): Promise<void> {
  const answer = await connection.callTool("test_sampling", { prompt: "What colour is the sky?" });
  expectText(answer, `LLM response: ${answers.sampling.content.text}`);
}

async function elicitation({ connection }: Subject): Promise<void> {
  const answer = await connection.callTool("test_elicitation", { message: "Who are you?" });
  const { action, content } = answers.elicitation;
  expectText(answer, `User response: action=${action}, content=${JSON.stringify(content)}`);
}

/** Whether the error is docs/wire.md's throttle, as HTTP 429 or as a JSON-RPC error, in whatever form a client has it. */
function isThrottle(error: unknown): boolean {
  const { code, status, data, message } = error as Readonly<Record<string, unknown>>;
  if (code === 429 || status === 429) return true;
  return `${JSON.stringify(data ?? {})} ${String(message)}`.includes("rate limit is used up");
}

/** `tick` has two rate tokens and gets none back: who takes the first leaves one for all connections to come. */
async function sameActor({ connection, another }: Subject): Promise<void> {
  const first = await connection.callTool("tick", {});
  const other = await another();
  try {
    const second = await other.callTool("tick", {});
    expect("neither of the first two is refused", [first.isError, second.isError], [false, false]);
    const third = await other.callTool("tick", {}).catch((error: unknown) => error);
    if (!(third instanceof Error)) throw new Error(`the bucket started anew: ${JSON.stringify(third)}`);
    if (!isThrottle(third))
      throw new Error(`the third is refused, but not by a rate limit: ${third.message}`);
  } finally {
    await other.close();
  }
}

export const checks: Readonly<Record<Feature, (subject: Subject) => Promise<void>>> = {
  initialise,
  list,
  call,
  progress,
  cancel,
  sampling,
  elicitation,
  "same actor": sameActor,
};
