// Holds a server that speaks both eras to one of them, from outside: what is refused here never reaches it.
//
//   node eralock.ts --era legacy|modern --target URL [--port N]     prints {"url"} on one line, then serves
import type { IncomingMessage } from "node:http";
import { parseArgs } from "node:util";
import { startRelay } from "./relay.ts";
import type { Refusal, Relay } from "./relay.ts";

export type Era = "legacy" | "modern";

const modernVersions = ["2026-07-28"];
const versionKey = "io.modelcontextprotocol/protocolVersion";

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function claimedVersion(message: unknown): unknown {
  return member(member(member(message, "params"), "_meta"), versionKey);
}

function isModernHeader(req: IncomingMessage): boolean {
  const version = req.headers["mcp-protocol-version"];
  return typeof version === "string" && modernVersions.includes(version);
}

/** A server of before 2026-07-28 knows neither the header's value, nor the envelope, nor server/discover. */
function refuseModern(req: IncomingMessage, json: unknown): Refusal | undefined {
  const messages = Array.isArray(json) ? json : [json];
  const modern = messages.some(
    (message) => claimedVersion(message) !== undefined || member(message, "method") === "server/discover",
  );
  if (!modern && !isModernHeader(req)) return undefined;
  return { status: 400, code: -32000, message: "Bad Request: Unsupported protocol version" };
}

/**
 * A server of 2026-07-28 only takes POSTs and tells others what it speaks. A request that names the version in its
 * header alone passes: to say what such a request lacks (-32602) is the server's own duty.
 */
function refuseLegacy(req: IncomingMessage, json: unknown): Refusal | undefined {
  if (req.method !== "POST") return { status: 405, code: -32000, message: "Method Not Allowed: use POST" };
  if (claimedVersion(json) !== undefined || isModernHeader(req)) return undefined;
  const requested = member(member(json, "params"), "protocolVersion") ?? req.headers["mcp-protocol-version"];
  return {
    status: 400,
    code: -32022,
    message: "Unsupported protocol version",
    data: { supported: modernVersions, requested: requested ?? "2025-03-26" }, // the version of a request that names none
  };
}

export function startEraLock(era: Era, target: URL, port = 0): Promise<Relay> {
  return startRelay(target, { refuse: era === "legacy" ? refuseModern : refuseLegacy }, port);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { era: { type: "string" }, target: { type: "string" }, port: { type: "string" } },
  });
  if ((values.era !== "legacy" && values.era !== "modern") || values.target === undefined) {
    process.stderr.write("usage: node eralock.ts --era legacy|modern --target URL [--port N]\n");
    process.exit(2);
  }
  const target = new URL(values.target);
  const lock = await startEraLock(values.era, target, Number(values.port ?? "0"));
  process.stdout.write(`${JSON.stringify({ url: `${lock.origin}${target.pathname}` })}\n`);
}
