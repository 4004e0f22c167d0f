/**
 * `gatehouse keys create | list | rotate | revoke`: through the running node, which records it; without one, on the key
 * file itself, which no record tells of. A key's text is printed once and written nowhere.
 */
import { limits } from "../../protocol/limits.ts";
import type { KeyAnswer } from "../control/keydesk.ts";
import type { EndpointStatus } from "../control/operators.ts";
import type { Confirmation } from "../control/confirmation.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { KeyListing } from "../identity/keyrow.ts";
import type { KeyStore } from "../identity/keys.ts";
import { operatorPersona } from "../config.ts";
import { entryOf, findEndpoints, pickEndpoint } from "./endpoints.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { askIfRunning, openKeys, openProject, operatorName } from "./project.ts";
import type { Project } from "./project.ts";
import { sayReceipt } from "./receipt.ts";
import { about, columns, instant, line, span } from "./table.ts";

const dayMs = 24 * 3_600_000;
const daysMax = limits.keyLifeMsMax / dayMs;

export async function createCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["agent", "persona", "user", "days"], []);
  const agent = args.value("agent");
  if (agent === undefined) throw new Misuse("--agent is missing: the name that records and sessions will have for the caller"); // prettier-ignore
  const personas = [...new Set([...args.values("persona"), ...args.rest])];
  const [first] = personas;
  if (first === undefined) throw new Misuse("--persona is missing: which endpoints the key opens");
  const days = args.number("days", 1, daysMax);
  const project = openProject(io);
  const endpoints = await findEndpoints(project);
  // A key for a persona that is mistyped would open nothing, and nobody would see why.
  const opened = personas
    .filter((entry) => entry !== operatorPersona)
    .map((entry) => pickEndpoint(endpoints, entry));
  const user = args.value("user");
  const wanted = {
    agent,
    personas,
    ...(user === undefined ? {} : { user }),
    ...(days === undefined ? {} : { lifeMs: days * dayMs }),
  };
  const made = await withKeys(project, io, "create", wanted, (keys) => keys.create(wanted));
  printKey(io, made as KeyAnswer, opened, baseOf(endpoints));
  return finish(io, "keys create", true, {});
}

export async function rotateCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const id = readId(argv);
  const project = openProject(io);
  const made = (await withKeys(project, io, "rotate", { id }, (keys) => keys.rotate(id))) as KeyAnswer;
  const endpoints = await findEndpoints(project);
  printKey(
    io,
    made,
    endpoints.filter((endpoint) => made.row.personas.includes(entryOf(endpoint))),
    baseOf(endpoints),
  );
  if (!io.json) io.out(`The old key ${id} works on for ${span(limits.keyOverlapMs)} at most.`);
  return finish(io, "keys rotate", true, {});
}

export async function revokeCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const id = readId(argv);
  const answer = (await withKeys(openProject(io), io, "revoke", { id }, (keys) => {
    if (!keys.revoke(id))
      throw new GatewayError("PARAMS_INVALID", "no key of this id is in force; see gatehouse keys list");
    return {};
  })) as Confirmation & { readonly recorded?: boolean };
  if (io.json) io.out(JSON.stringify({ revoked: id, ...answer }));
  else {
    io.out(`The key ${id} is revoked.`);
    sayReceipt(io, answer.nodes);
  }
  if (answer.recorded === false) io.err("It could not be recorded: check disk space and the data folder.");
  return finish(io, "keys revoke", true, { keys: 1 });
}

export async function listCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, [], []);
  if (args.rest.length > 0) throw new Misuse("keys list takes no more words");
  const answer = await withKeys(openProject(io), io, "list", {}, (keys) => ({ keys: keys.list() }));
  const { keys } = answer as { readonly keys: readonly KeyListing[] };
  const now = Date.now();
  if (io.json) for (const key of keys) io.out(JSON.stringify({ ...key, state: stateOf(key, now) }));
  else if (keys.length === 0) io.out(io.spell("There are no keys. Make one: gatehouse keys create --agent NAME --persona PERSONA"));
  else for (const each of columns(["id", "agent", "user", "opens", "created", "state"], keys.map((key) => rowOf(key, now)))) io.out(each); // prettier-ignore
  const good = keys.filter((key) => key.revoked === undefined && now < key.expires).length;
  return finish(io, "keys list", true, { keys: keys.length, inForce: good });
}

/** By the node when one runs: it records the act, and no second writer comes between. */
async function withKeys(
  project: Project,
  io: CliIo,
  act: string,
  args: { readonly [name: string]: unknown },
  directly: (keys: KeyStore) => unknown,
): Promise<unknown> {
  const isChange = act !== "list";
  const answer = await askIfRunning(
    project,
    `keys.${act}`,
    isChange ? { ...args, by: operatorName() } : args,
  );
  if (answer !== undefined) return answer;
  const done = directly(openKeys(project, io));
  if (isChange) io.err("No node runs, so the key file was changed directly and no record tells of it.");
  return done;
}

function readId(argv: readonly string[]): string {
  const [id, ...more] = new Arguments(argv, [], []).rest;
  if (id === undefined || more.length > 0)
    throw new Misuse("name the one key by its ID; gatehouse keys list shows them");
  return id;
}

function printKey(
  io: CliIo,
  { key, row, nodes }: KeyAnswer,
  endpoints: readonly EndpointStatus[],
  base: string,
): void {
  if (io.json) {
    io.out(JSON.stringify({ key, ...row, endpoints, ...(nodes === undefined ? {} : { nodes }) }));
    return;
  }
  sayReceipt(io, nodes);
  const user = row.user === undefined ? "" : `, user ${row.user}`;
  io.out(
    line(`Key ${row.id} for agent ${row.agent}${user}, until ${instant(row.expires)}. It is shown only now:`),
  );
  io.out("");
  io.out(`  ${key}`);
  io.out("");
  if (base.endsWith(":0"))
    io.out(io.spell("listen.port is 0, so the port below is the one that gatehouse start prints each time."));
  if (row.personas.includes(operatorPersona)) {
    io.out("For Prometheus, or to look:");
    io.out(`  curl -H 'Authorization: Bearer ${key}' ${base}/metrics`);
  }
  if (endpoints.length === 0) return;
  io.out("For an MCP client (mcp.json):");
  io.out(JSON.stringify({ mcpServers: Object.fromEntries(endpoints.map((each) => clientEntry(each, key))) }, undefined, 2)); // prettier-ignore
}

/** Where the node listens. */
function baseOf([endpoint]: readonly EndpointStatus[]): string {
  return endpoint === undefined ? "http://127.0.0.1" : new URL(endpoint.url).origin;
}

function clientEntry(endpoint: EndpointStatus, key: string): [string, unknown] {
  const name = `gatehouse-${endpoint.persona ?? endpoint.server ?? ""}`;
  return [name, { type: "http", url: endpoint.url, headers: { Authorization: `Bearer ${key}` } }];
}

function rowOf(key: KeyListing, now: number): string[] {
  return [key.id, key.agent, key.user ?? "", key.personas.join(" "), instant(key.created), stateOf(key, now)];
}

function stateOf(key: KeyListing, now: number): string {
  if (key.revoked !== undefined) return `revoked ${instant(key.revoked)}`;
  return now < key.expires ? `ends in ${about(key.expires - now)}` : `ended ${instant(key.expires)}`;
}
