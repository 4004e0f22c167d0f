/** `gatehouse start`: one node in the foreground, until Ctrl-C. */
import { join, relative, resolve } from "node:path";
import { GatewayError } from "../../protocol/errors.ts";
import { sayFault } from "../catalogue/fault.ts";
import { isLoaded, loadConfiguration, type Configuration } from "../config.ts";
import type { EndpointStatus } from "../control/operators.ts";
import { endpointEntry } from "../identity/principal.ts";
import { boundHeap } from "../heap.ts";
import { describeEndpoint, startNode, type RunningNode } from "../main.ts";
import { foreign, quickstartFolder, quoted, readInvocation, spellFor } from "./invocation.ts";
import { Arguments, finish, Misuse, type CliIo } from "./io.ts";
import { stopSignal } from "./stopsignal.ts";
import { count } from "./table.ts";

/** Where package.json is, and with it the npm scripts. */
const checkoutFolder = resolve(quickstartFolder, "../../..");
const portMax = 65_535;
const quickstartKeyMs = 7 * 24 * 3_600_000;

export async function startCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["port"], ["quickstart", "quiet"]);
  if (args.rest.length > 0) throw new Misuse(`start takes no ${args.rest[0] ?? ""}`);
  const port = args.number("port", 0, portMax);
  const quickstart = args.flag("quickstart");
  const folder = quickstart ? quickstartFolder : io.folder;
  const spell = quickstart ? spellFor(readInvocation(io.env), folder) : io.spell;
  const configuration = loadConfiguration(folder, { env: io.env });
  if (!isLoaded(configuration)) {
    for (const fault of configuration) io.err(spell(sayFault(fault, foreign(folder))));
    return 2;
  }
  const startedMs = performance.now();
  const readable = process.stdout.isTTY && !io.json;
  const node = await startNode(configuration, {
    env: io.env,
    ...(port === undefined ? {} : { port }),
    console: {
      stream: process.stdout,
      mode: args.flag("quiet") ? "none" : configuration.settings.console,
      readable,
      spell,
    },
    onFault: (fault) => io.err(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
  }).catch((fault: NodeJS.ErrnoException) => {
    throw fault.code === "EADDRINUSE" ? portTaken(configuration, port) : fault;
  });
  boundHeap();
  // A promise that nobody watched is a bug of ours, and no reason to stop serving the other agents (checklist O4).
  process.on("unhandledRejection", (fault) =>
    io.err(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)),
  );
  const key = makeKey(node, quickstart, configuration);
  // Before the ready line: who reads it may stop the node in the same moment.
  const stop = stopSignal(io.err);
  if (io.json)
    io.out(JSON.stringify({ endpoints: node.endpoints.map((each) => describeEndpoint(each, configuration.settings)), ...(key === undefined ? {} : { key }), ...(node.grpcPort === undefined ? {} : { grpcPort: node.grpcPort }) })); // prettier-ignore
  else
    for (const line of welcome(node, configuration, key, performance.now() - startedMs)) io.out(spell(line));
  await Promise.race([stop, node.drainAsked]);
  if (!io.json) io.out("stopping: open calls may finish");
  await node.stop();
  const { cluster, node: name } = configuration.settings;
  if (!io.json && cluster !== undefined) io.out(`${name} has left the cluster ${cluster.name}`);
  const figures = { ...node.counts(), uptimeMs: Math.round(performance.now() - startedMs) };
  if (!io.json) io.out(`stopped. ${count(figures.calls, "call")} allowed, ${figures.refused} refused`);
  return finish(io, "start", true, figures);
}

/**
 * A node without any key could serve nobody: it makes the first one. The quickstart makes one at each start. In a cluster
 * the keys are those of all nodes, and nobody makes one unasked.
 */
function makeKey(node: RunningNode, quickstart: boolean, { settings }: Configuration): string | undefined {
  if (settings.cluster !== undefined || (!quickstart && node.keys.size > 0)) return undefined;
  const personas = node.endpoints.map(endpointEntry);
  const made = node.keys.create({
    agent: quickstart ? "quickstart" : "first-agent",
    personas,
    lifeMs: quickstart ? quickstartKeyMs : undefined,
  });
  return made.key;
}

function portTaken(configuration: Configuration, given: number | undefined): GatewayError {
  const port = given ?? configuration.settings.listen.port;
  return new GatewayError("CONFIGURATION", `port ${port} is in use`, {
    remedy: `\`ss -ltnp 'sport = :${port}'\` tells by whom; set listen.port in gatehouse.yaml, or start with --port N (with npm start: \`npm start -- --port N\`)`,
  });
}

function* welcome(
  node: RunningNode,
  configuration: Configuration,
  key: string | undefined,
  tookMs: number,
): Generator<string> {
  yield `Gatehouse is ready (${Math.round(tookMs)} ms). Calls are judged, recorded and printed here; equal refusals within ten seconds as one. Ctrl-C stops it.`;
  yield "";
  const rows = node.endpoints.map((endpoint) => describeEndpoint(endpoint, configuration.settings));
  for (const [at, row] of rows.entries()) {
    const { tables } = configuration;
    const grants = tables.get(node.endpoints[at]?.persona ?? "")?.table.grants ?? [];
    const tools = grants.filter((grant) => grant.kind === "tool").length;
    yield `  ${row.kind} ${row.persona ?? row.server ?? ""}: ${count(tools, "tool")}, ${grants.length - tools} prompts and resources`;
    yield `    Streamable HTTP  ${row.url}`;
    if (row.websocket !== undefined) yield `    WebSocket        ${row.websocket}`;
    if (row.sse !== undefined) yield `    HTTP+SSE         ${row.sse}`;
  }
  yield "";
  if (key === undefined) {
    yield "Agents come with a key: gatehouse keys create --agent NAME --persona PERSONA";
    return;
  }
  yield `Key (shown once${configuration.folder === quickstartFolder ? ", good for 7 days" : ""}): ${key}`;
  yield "";
  yield* examples(configuration, rows, key);
}

function* examples(
  configuration: Configuration,
  rows: readonly EndpointStatus[],
  key: string,
): Generator<string> {
  const personas = rows.filter((row) => row.kind === "persona");
  const first = personas.find((row) => row.persona === "reader") ?? personas[0];
  if (first === undefined) return;
  yield "For an MCP client (mcp.json):";
  const config = { mcpServers: { [`gatehouse-${first.persona ?? ""}`]: { type: "http", url: first.url, headers: { Authorization: `Bearer ${key}` } } } }; // prettier-ignore
  yield JSON.stringify(config, undefined, 2);
  yield "";
  if (configuration.folder !== quickstartFolder) return;
  const path = join(configuration.folder, "sandbox", "tickets", "0041-lamp-flickers.txt");
  yield "From another terminal, a call that the role allows, and one that it refuses:";
  // npm finds its scripts from the folder it is called in, and --config starts from the checkout's.
  yield `  cd ${quoted(checkoutFolder)}`;
  yield `  export GATEHOUSE_KEY=${key}`;
  const call = `npm run -s gatehouse -- call --config ${relative(checkoutFolder, configuration.folder)} reader read_text_file`;
  yield `  ${call} ${quoted(JSON.stringify({ path }))}`;
  yield `  ${call} '{"path":"/etc/passwd"}'`;
}
