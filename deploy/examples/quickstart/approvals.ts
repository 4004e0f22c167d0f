// The demo's scene of a call that a person must approve: parked, approved by the command line, made once; its second use is
// refused. In plain HTTP of 2026-07-28, so that what an agent holds of an approval is in sight.
import { stepMs, type Door } from "./agents.ts";

type Json = Readonly<Record<string, unknown>>;

interface Played {
  readonly say: (text: string) => void;
  readonly check: (claim: string, holds: boolean, seen: unknown) => void;
  readonly gatehouse: (...args: readonly string[]) => Promise<{ status: number | undefined; output: string }>;
}

const observations = [{ entityName: "lamp 0041", contents: ["flickers when the lift runs"] }];

export async function playApproval(
  door: Door,
  key: string,
  { say, check, gatehouse }: Played,
): Promise<void> {
  const entities = [{ name: "lamp 0041", entityType: "product", observations: [] }];
  await call(door, key, "create_entities", { entities });

  const parked = await call(door, key, "add_observations", { observations });
  const { requestState } = parked;
  const { code, approval = "", says = "" } = verdictOf(parked);
  say(`      add_observations -> ${String(code)}: ${says.slice(0, 90)}...`);
  const waits = parked["resultType"] === "input_required" && code === "approval.required";
  check("a call that a person must approve is not made, and its agent is told to come again", waits, parked);

  const listed = await gatehouse("approvals", "list");
  const row = listed.output.split("\n").find((line) => line.startsWith(approval));
  say(`      approvals list   -> ${(row ?? listed.output).slice(0, 90)}`);
  check("it stands in the list of those that wait", approval !== "" && row !== undefined, listed);
  const approved = await gatehouse("approvals", "approve", approval, "--reason", "the demo says so");
  say(`      approve          -> ${approved.output.trim().slice(0, 90)}...`);

  const made = await call(door, key, "add_observations", { observations }, { requestState });
  const isMade = made["isError"] !== true && JSON.stringify(made["content"] ?? "").includes("flickers");
  check("once somebody has approved it, the same call passes", isMade, made);
  const again = await call(door, key, "add_observations", { observations }, { requestState });
  check("a second use of the approval is refused", verdictOf(again).code === "approval.used", again);
}

interface Verdict {
  readonly code?: string;
  readonly approval?: string;
  readonly says?: string;
}

function verdictOf({ _meta }: Json): Verdict {
  return (_meta as Json | undefined)?.["io.gatehouse/verdict"] ?? {};
}

async function call(door: Door, key: string, name: string, args: Json, more: Json = {}): Promise<Json> {
  const prefix = "io.modelcontextprotocol/";
  const _meta = { [`${prefix}protocolVersion`]: "2026-07-28", [`${prefix}clientCapabilities`]: {} };
  const response = await fetch(door.url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: args, ...more, _meta },
    }),
    signal: AbortSignal.timeout(stepMs),
  });
  const text = await response.text();
  // One answer, as JSON or as the last event of a stream.
  const line = text.startsWith("{")
    ? text
    : (text.split("\n").findLast((each) => each.startsWith("data:")) ?? "data:{}").slice(5);
  const { result, error } = JSON.parse(line) as { result?: Json; error?: Json };
  return result ?? { error };
}
