/** `gatehouse call` and `gatehouse connect`: this program as an agent of the running node. */
import { GatewayError } from "../../protocol/errors.ts";
import { JsonFault, parseStrict } from "../../protocol/json.ts";
import { messageBounds } from "../../protocol/jsonbounds.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { NoNode } from "../control/client.ts";
import { bridge, callTool } from "./agent.ts";
import { findEndpoints, pickEndpoint } from "./endpoints.ts";
import { Arguments, finish, Misuse } from "./io.ts";
import type { CliIo } from "./io.ts";
import { openProject } from "./project.ts";
import { line, lines, say } from "./table.ts";

export async function callCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["key", "url"], []);
  const [persona, tool, text = "{}", ...more] = args.rest;
  if (persona === undefined || tool === undefined || more.length > 0)
    throw new Misuse("call takes a persona, a tool and its arguments as one JSON object, in quotes");
  const given = parseStrict(text, messageBounds);
  if (given instanceof JsonFault) throw new Misuse(`the tool's arguments are not JSON: ${given.says}`);
  if (!isObject(given))
    throw new Misuse('the tool\'s arguments must be one JSON object, such as \'{"path":"notes"}\'');
  const key = findKey(args, io);
  const url = await findUrl(args, persona, io);
  const startedMs = performance.now();
  const response = await reach(url, () =>
    callTool(url, key, tool, given, (params) => io.err(sayProgress(params))),
  );
  const tookMs = Math.round(performance.now() - startedMs);
  const { result, error } = response;
  // What waits for a person's word was not made.
  const isError = !isObject(result) || result["isError"] === true || result["resultType"] === "input_required"; // prettier-ignore
  if (io.json) io.out(JSON.stringify({ response }));
  else if (isObject(result)) for (const each of sayResult(result)) io.out(each);
  else for (const each of sayError(error)) io.err(each);
  return finish(io, "call", !isError, { isError, tookMs });
}

/** Speaks MCP on standard output, so nothing else is printed there. */
export async function connectCommand(argv: readonly string[], io: CliIo): Promise<number> {
  const args = new Arguments(argv, ["url"], []);
  const [persona, ...more] = args.rest;
  if (persona === undefined || more.length > 0) throw new Misuse("connect takes one persona");
  const key = findKey(args, io);
  const url = await findUrl(args, persona, io);
  return reach(url, () => bridge(url, key, process.stdin, process.stdout));
}

function findKey(args: Arguments, { env }: CliIo): string {
  const key = args.value("key") ?? env["GATEHOUSE_KEY"];
  if (key !== undefined && key !== "") return key;
  throw new Misuse(
    "a key is needed: put it into GATEHOUSE_KEY. One is made with gatehouse keys create --agent NAME --persona PERSONA",
  );
}

/** The endpoint's WebSocket address. */
async function findUrl(args: Arguments, persona: string, io: CliIo): Promise<string> {
  const given = args.value("url");
  if (given !== undefined) {
    if (!URL.canParse(given) || !/^(?:ws|http)s?:$/.test(new URL(given).protocol))
      throw new Misuse("--url is no address of an endpoint");
    return given.replace(/^http/, "ws");
  }
  const { websocket } = pickEndpoint(await findEndpoints(openProject(io)), persona);
  if (websocket !== undefined) return websocket;
  throw new Misuse("call and connect need the WebSocket door, and gatehouse.yaml says `websocket: false`");
}

async function reach<T>(url: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    // The table's remedy for this code is about tool servers; here it is the node that is not there.
    if (thrown instanceof GatewayError && thrown.code === "UPSTREAM_UNREACHABLE")
      throw new NoNode(`no node answers at ${url}`);
    throw thrown;
  }
}

function* sayResult(result: JsonObject): Generator<string> {
  const content = Array.isArray(result["content"]) ? (result["content"] as unknown[]) : [];
  for (const block of content) if (isObject(block)) yield* sayBlock(block);
  if (content.length === 0 && result["structuredContent"] !== undefined)
    yield* lines(JSON.stringify(result["structuredContent"], undefined, 2));
  const meta = isObject(result["_meta"]) ? result["_meta"] : {};
  const verdict = meta["io.gatehouse/verdict"];
  if (!isObject(verdict)) return;
  if (content.length === 0 && verdict["says"] !== undefined) yield line(say(verdict["says"]));
  yield line(`[${say(verdict["code"])}, operation ${say(verdict["operation"])}]`);
}

function* sayBlock(block: JsonObject): Generator<string> {
  const { type, text, mimeType, data, uri, resource } = block;
  if (type === "text") yield* lines(say(text));
  else if (isObject(resource) && typeof resource["text"] === "string") yield* lines(resource["text"]);
  else {
    const what = say(uri ?? (isObject(resource) ? resource["uri"] : mimeType) ?? "");
    yield line(
      `[${say(type)} ${what}${typeof data === "string" ? `, ${data.length} characters of base64` : ""}]`,
    );
  }
}

function* sayError(error: unknown): Generator<string> {
  const { message, code, data } = isObject(error) ? error : {};
  yield line(`refused: ${say(message)} (JSON-RPC ${say(code)})`);
  if (data !== undefined) yield line(JSON.stringify(data));
}

function sayProgress({ progress, total, message }: JsonObject): string {
  const of = total === undefined ? "" : ` of ${say(total)}`;
  return line(`progress ${say(progress)}${of}${message === undefined ? "" : `: ${say(message)}`}`);
}
