// `npm run demo`: the quick start played by itself, for a reader. A gateway of its own on a free port, three real MCP
// servers, and the official SDK clients at every door; at the end, the records of all that.
//
// Each line with a mark is an expectation that was checked. The last line is JSON {command, ok, figures}. Exit status:
// 0 ok, 1 an expectation failed. Nothing in the repository changes: configuration and files are copied first.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { captureChild, startChild } from "../../../test/conformance/child.ts";
import { playApproval } from "./approvals.ts";
import { deskSessions, playBehaviour } from "./behaviour.ts";
import { playFlow } from "./flow.ts";
import { playSensitive } from "./sensitive.ts";
import { overHttp, overSse, overStdio, overWebSocket, stepMs } from "./agents.ts";
import type { Agent, Door, Reply } from "./agents.ts";

const program = resolve(import.meta.dirname, "../../../bin/gatehouse.mjs");
const readyMs = 20_000;
const commandMs = 20_000;
const demoMs = 120_000;
const callsMax = 10; // of a loop that the gateway should have cut long before
const widthMax = 108;
const smallerMin = 0.8;

// What is counted and printed.

const figures = { passed: 0, failed: 0 };

function say(text = ""): void {
  console.log(text);
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > widthMax ? `${line.slice(0, widthMax - 3)}...` : line;
}

function check(claim: string, holds: boolean, seen: unknown): void {
  figures[holds ? "passed" : "failed"] += 1;
  say(`  ${holds ? "✓" : "✗"} ${claim}`);
  if (!holds) say(`      seen: ${short(JSON.stringify(seen) ?? "nothing")}`);
}

// The play.

/** Definitions as an agent gets them: what fills its context before it has done anything. */
function bytesOf(tools: unknown): number {
  return Buffer.byteLength(JSON.stringify({ tools }));
}

async function showList(agent: Agent, folder: string): Promise<void> {
  say("\n1. What the agent sees");
  interface Pinned {
    readonly servers: Readonly<
      Record<string, { readonly tools: Readonly<Record<string, { definition: unknown }>> }>
    >;
  }
  const { servers } = JSON.parse(readFileSync(join(folder, "catalogue.lock"), "utf8")) as Pinned;
  const all = Object.values(servers).flatMap(({ tools }) =>
    Object.values(tools).map((tool) => tool.definition),
  );
  const tools = await agent.list();
  const [before, after] = [bytesOf(all), bytesOf(tools)];
  const less = 1 - after / before;
  const names = tools.map((tool) => tool.name).sort();
  say(`  all servers:     ${all.length} tools, ${before} bytes of tools/list`);
  say(`  persona reader:  ${tools.length} tools, ${after} bytes: ${names.join(", ")}`);
  check(
    `the list is ${Math.round(less * 100)} % smaller (at least ${smallerMin * 100} %)`,
    less >= smallerMin,
    less,
  );
  const granted = readFileSync(join(folder, "personas/reader.role.yaml"), "utf8").matchAll(
    /^ {2}- tool: (\S+)/gm,
  );
  const role = [...granted].map((match) => match[1] ?? "").sort();
  check("it is exactly what the role grants", JSON.stringify(names) === JSON.stringify(role), {
    names,
    role,
  });
}

async function playRefusals(agent: Agent, sandbox: string): Promise<void> {
  const path = join(sandbox, "tickets/0041-lamp-flickers.txt");
  const allowed = await agent.call("read_text_file", { path });
  check(
    "an allowed call is answered",
    !allowed.isError && allowed.text === readFileSync(path, "utf8"),
    allowed,
  );

  const unlisted = await agent.call("write_file", { path, content: "mine" });
  const missing = await agent.call("no_such_tool", {});
  say(`      write_file       -> ${unlisted.text}`);
  say(`      no_such_tool     -> ${missing.text}`);
  const sameWords = unlisted.text.replace("write_file", "no_such_tool") === missing.text;
  const unknown = unlisted.code === -32602 && missing.code === -32602 && sameWords;
  check("a tool without a grant is answered as one that does not exist", unknown, [unlisted, missing]);

  const outside = await agent.call("read_text_file", { path: "/etc/passwd" });
  say(`      /etc/passwd      -> ${short(outside.text)}`);
  const denied = outside.isResult && outside.isError && outside.rule === "persona.argument";
  check("a path outside the folder is refused, in words the agent can act on", denied, outside);
  const climbing = await agent.call("read_text_file", { path: `${sandbox}/../gatehouse.yaml` });
  check("so is one that climbs out of it", climbing.rule === "persona.argument", climbing);
}

async function playRateLimit(agent: Agent): Promise<void> {
  // Its process first, which may take longer to start than the bucket to give another call.
  await agent.call("echo", { message: "ready" });
  // All at once: on a slow machine six calls one after the other would meet a bucket that has filled again.
  const replies = await Promise.all(Array.from({ length: 6 }, (_, at) => agent.call("get-sum", { a: at, b: 1 }))); // prettier-ignore
  const last = replies.find((reply) => reply.isError);
  const five = replies.filter((reply) => !reply.isError).length === 5;
  say(`      get-sum, 6th time -> ${last?.text ?? ""}; retryAfterMs ${last?.retryAfterMs ?? "missing"}`);
  const held = last?.code === -31000 && (last.retryAfterMs ?? 0) > 0 && (last.retryAfterMs ?? 0) <= 2_000;
  check("a bucket of five gives five calls, then says how long to wait", five && held, replies);
}

/** The same failing call again and again, as an agent does that has lost its way. */
async function playLoop(agent: Agent, sandbox: string): Promise<void> {
  const args = { path: join(sandbox, "tickets/0099-not-there.txt") };
  const replies: Reply[] = [];
  while (replies.length < callsMax && replies.at(-1)?.rule === undefined)
    replies.push(await agent.call("read_text_file", args));
  const cut = replies.at(-1);
  say(`      attempt ${replies.length}        -> ${short(cut?.text ?? "")}`);
  check("a runaway loop is cut", cut?.rule === "breaker.behaviour" && cut.isResult && cut.isError, cut);
}

/** What a client sees that speaks plain HTTP: the status and the header, before any stream has opened. */
async function showThrottleOverHttp(door: Door, key: string): Promise<void> {
  const prefix = "io.modelcontextprotocol/";
  const _meta = { [`${prefix}protocolVersion`]: "2026-07-28", [`${prefix}clientCapabilities`]: {} };
  const params = { name: "get-sum", arguments: { a: 1, b: 1 }, _meta };
  const response = await fetch(door.url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "get-sum",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    signal: AbortSignal.timeout(stepMs),
  });
  const retryAfter = response.headers.get("retry-after");
  await response.text();
  say(`      on the wire       -> HTTP ${response.status}, Retry-After: ${retryAfter ?? "missing"}`);
  check(
    "over HTTP that is 429 with Retry-After",
    response.status === 429 && Number(retryAfter) >= 1,
    response.status,
  );
}

interface Entrance {
  readonly title: string;
  readonly agent: string;
  readonly open: (key: string) => Promise<Agent>;
}

async function playDoors(door: Door, keys: ReadonlyMap<string, string>, folder: string): Promise<void> {
  const sandbox = join(folder, "sandbox");
  for (const [at, { title, agent: name, open }] of entrances(door, folder).entries()) {
    const key = keys.get(name) ?? "";
    const agent = await open(key);
    try {
      if (at === 0) await showList(agent, folder);
      say(`\n${at + 2}. ${title}`);
      await playRefusals(agent, sandbox);
      await playRateLimit(agent);
      if (at === 0) await showThrottleOverHttp(door, key);
      await playLoop(agent, sandbox);
    } finally {
      await agent.close();
    }
    if (at > 0) continue;
    const again = await overWebSocket(door, key);
    const still = await again.call("echo", { message: "a new start?" });
    await again.close();
    check(
      "the same agent stays cut on a new connection at another door",
      still.rule === "breaker.behaviour",
      still,
    );
  }
}

function entrances(door: Door, folder: string): readonly Entrance[] {
  return [
    { title: "SDK v2 over Streamable HTTP", agent: "demo-http", open: (key) => overHttp(door, key) },
    { title: "SDK v1 over WebSocket", agent: "demo-websocket", open: (key) => overWebSocket(door, key) },
    { title: "SDK v1 over HTTP+SSE", agent: "demo-sse", open: (key) => overSse(door, key) },
    {
      title: "SDK v1 over stdio (gatehouse connect)",
      agent: "demo-stdio",
      open: (key) => overStdio(folder, key),
    },
  ];
}

// The gateway.

/** @returns status and output of one `gatehouse` command on the copied configuration */
function gatehouse(
  folder: string,
  ...args: readonly string[]
): Promise<{ status: number | undefined; output: string }> {
  return captureChild([program, ...args, "--config", folder], { cwd: folder, limitMs: commandMs });
}

/** The quick start's files, with a free port and a data folder of their own. */
function copyConfiguration(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-demo-"));
  for (const name of ["catalogue.yaml", "catalogue.lock", "personas", "sandbox"])
    cpSync(join(import.meta.dirname, name), join(folder, name), { recursive: true });
  symlinkSync(join(import.meta.dirname, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "gatehouse.yaml"), "listen: { port: 0 }\nconsole: none\n");
  return folder;
}

async function createKey(folder: string, agent: string, persona = "reader"): Promise<string> {
  const { output } = await gatehouse(
    folder,
    "keys",
    "create",
    "--agent",
    agent,
    "--persona",
    persona,
    "--json",
  );
  const key = /gwk_[A-Za-z0-9_-]+/.exec(output)?.[0];
  if (key === undefined) throw new Error(`gatehouse keys create: ${output}`);
  return key;
}

async function showRecords(folder: string, sessions: readonly string[]): Promise<void> {
  say("\n9. The records of all that");
  const tail = await gatehouse(folder, "audit", "tail", "-n", "12");
  for (const line of tail.output.trimEnd().split("\n")) say(`  ${short(line)}`);
  const refused = await gatehouse(folder, "audit", "tail", "--kind", "refusal", "-n", "40");
  const isThere = ["breaker.behaviour", "data.token", "sequence.injected"].every((rule) => refused.output.includes(rule)); // prettier-ignore
  check("the tail of this run is printed", tail.status === 0 && isThere, refused);
  const verified = await gatehouse(folder, "audit", "verify", "--json");
  check("audit verify finds the chain whole", verified.status === 0, verified);
  for (const session of sessions) {
    const replayed = await gatehouse(folder, "audit", "replay", session, "--json");
    const events = /"events":(\d+)/.exec(replayed.output)?.[1] ?? "no";
    const same = replayed.status === 0 && Number(events) > 0;
    check(`audit replay of ${session}: ${events} events, the same decisions`, same, replayed);
  }
}

/** One byte of one answer's size, as somebody would change it who has something to hide. */
async function showTampering(folder: string): Promise<void> {
  const [segment] = globSync(join(folder, ".gatehouse/records/*/*.jsonl"));
  if (segment === undefined) return check("there is a record segment", false, segment);
  const bytes = readFileSync(segment);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(segment, bytes);
  const verified = await gatehouse(folder, "audit", "verify");
  for (const line of verified.output.trimEnd().split("\n")) say(`      ${short(line)}`);
  check(`one changed bit (byte ${at}) is found and located`, verified.status === 1, verified);
}

async function play(folder: string): Promise<void> {
  const agents = ["demo-http", "demo-websocket", "demo-sse", "demo-stdio"];
  const keys = new Map<string, string>();
  for (const agent of agents) keys.set(agent, await createKey(folder, agent));
  const gateway = await startChild("gatehouse start", [program, "start", "--config", folder, "--json"], {
    cwd: folder,
    readyMs,
  });
  try {
    const { endpoints = [] } = gateway.ready as {
      endpoints?: readonly (Door & { readonly persona?: string })[];
    };
    const door = endpoints.find((endpoint) => endpoint.persona === "reader");
    if (door === undefined) throw new Error(`gatehouse start: ${JSON.stringify(gateway.ready)}`);
    say(`A gateway of its own at ${door.url}, in front of three MCP servers.`);
    await playDoors(door, keys, folder);
    const [library, desk] = ["curator", "desk"].map((name) => endpoints.find(({ persona }) => persona === name)); // prettier-ignore
    if (library === undefined || desk === undefined) throw new Error("there is no curator, or no desk");
    say("\n6. Sensitive data: masked, kept from a tool, carried as a token, followed from tool to tool");
    const key = await createKey(folder, "demo-curator", "curator");
    const curator = await overHttp(library, key);
    try {
      await playSensitive(curator, join(folder, "sandbox"), { say, check });
      await playFlow(curator, join(folder, "sandbox"), { say, check });
    } finally {
      await curator.close();
    }
    say("\n7. A call that a person must approve");
    await playApproval(library, key, { say, check, gatehouse: (...args) => gatehouse(folder, ...args) });
    say(
      "\n8. What may not follow what: many tickets and then a mail, a storm of made-up paths, an order in a ticket",
    );
    const open = async (agent: string) => overHttp(desk, await createKey(folder, agent, "desk"));
    await playBehaviour({ say, check, open, sandbox: join(folder, "sandbox"), gatehouse: (...args) => gatehouse(folder, ...args) }); // prettier-ignore
  } finally {
    await gateway.stop();
  }
  const sessions = [...agents.map((agent) => `default/reader/${agent}/-`), "default/curator/demo-curator/-"];
  await showRecords(folder, [...sessions, ...deskSessions]);
  await showTampering(folder);
}

const folder = copyConfiguration();
// Also when we are interrupted: it holds keys. Leaving by exit() lets child.ts end the gateway too.
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
setTimeout(() => {
  console.error(`the demo is not done after ${demoMs / 1000} s`);
  process.exit(1);
}, demoMs).unref();

try {
  await play(folder);
} catch (error) {
  check("the demo runs to its end", false, error instanceof Error ? error.message : String(error));
}
const ok = figures.failed === 0;
say();
console.log(JSON.stringify({ command: "demo", ok, figures }));
process.exitCode = ok ? 0 : 1;
