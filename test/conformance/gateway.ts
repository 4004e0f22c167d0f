// The real gateway in front of the fixture, as a child process with a configuration of its own, and the key bearer
// before it: the suite cannot send an Authorization header, so a relay of ours adds one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { runChild, startChild } from "./child.ts";
import { prompts } from "./prompts.ts";
import { startRelay } from "./relay.ts";
import { tools } from "./tools.ts";

const root = resolve(import.meta.dirname, "../..");
const program = join(root, "bin", "gatehouse.mjs");
const readyMs = 30_000;
const acceptMs = 30_000;

/** An upstream by its catalogue name: where it listens, or how it is started. */
export type Upstream =
  | { readonly name: string; readonly url: string }
  | { readonly name: string; readonly command: string; readonly args: readonly string[] };

export interface Gateway {
  /** The unprefixed endpoint of one upstream, through the key bearer. */
  url(server: string): string;
  stop(): Promise<void>;
}

/** A suite run is a burst of some hundred calls, many alike: no guard of behaviour or rate may judge it. */
const limits = {
  agent: { capacity: 100_000, perSecond: 10_000 },
  tool: { capacity: 100_000, perSecond: 10_000 },
  budget: { calls: 1_000_000, hours: 24 },
  openCalls: 256,
};
const breakers = {
  tool: { failures: 1000, openSeconds: 1 },
  behaviour: { identical: 1000, similar: 1000, repeats: 10_000, openSeconds: 1 },
};

function roleName(server: string): string {
  return `conformance-${server}`;
}

/** Every tool, prompt and resource of the fixture. */
function roleOf(server: string): unknown {
  const reason = "the conformance suite calls it";
  return {
    role: roleName(server),
    grants: [
      ...tools.map(({ definition }) => ({ tool: definition.name, server, effect: "read", reason })),
      ...prompts.map(({ definition }) => ({ prompt: definition.name, server, reason })),
      { resource: "test://**", server, reason },
    ],
    limits,
    breakers,
  };
}

function serverOf(upstream: Upstream): unknown {
  const common = { environment: "dev", reach: "internal", isolation: "session" };
  if (!("url" in upstream)) {
    return { transport: { stdio: { command: upstream.command, args: upstream.args } }, ...common };
  }
  return { transport: { http: { url: upstream.url } }, network: { private: ["127.0.0.0/8"] }, ...common };
}

export function settingsOf(upstreams: readonly Upstream[]): Readonly<Record<string, unknown>> {
  const servers = Object.fromEntries(upstreams.map(({ name }) => [name, { role: roleName(name) }]));
  return { listen: { port: 0 }, servers };
}

/** Writes gatehouse.yaml, catalogue.yaml and one role per upstream (docs/configuration.md). */
export function writeGatewayConfig(folder: string, upstreams: readonly Upstream[]): void {
  const write = (file: string, content: unknown) => writeFileSync(join(folder, file), stringify(content));
  mkdirSync(join(folder, "personas"), { recursive: true });
  write("gatehouse.yaml", settingsOf(upstreams));
  write("catalogue.yaml", {
    servers: Object.fromEntries(upstreams.map((upstream) => [upstream.name, serverOf(upstream)])),
  });
  for (const { name } of upstreams) write(`personas/${roleName(name)}.role.yaml`, roleOf(name));
}

interface ReadyLine {
  readonly endpoints: readonly { readonly kind: string; readonly server?: string; readonly url: string }[];
  readonly key: string;
}

function isReadyLine(line: unknown): line is ReadyLine {
  if (typeof line !== "object" || line === null) return false;
  return (
    "endpoints" in line && Array.isArray(line.endpoints) && "key" in line && typeof line.key === "string"
  );
}

/**
 * Pins what the upstreams define, then starts the gateway. The upstreams must be up.
 * @throws Error with what the gateway said, when it does not start or does not serve one of the upstreams
 */
export async function startGateway(upstreams: readonly Upstream[]): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-conformance-"));
  const discard = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", discard); // it holds keys: it must not outlive us, however we end
  try {
    writeGatewayConfig(folder, upstreams);
    await acceptAll(folder, upstreams);
    const start = [program, "start", "--config", folder, "--json"];
    const child = await startChild("gatehouse start", start, { cwd: folder, readyMs });
    try {
      return await bearKey(child.ready, upstreams, async () => {
        await child.stop();
        discard();
      });
    } catch (error) {
      await child.stop();
      throw error;
    }
  } catch (error) {
    discard();
    throw error;
  }
}

/** Pins what the upstreams define. They must be up. */
export async function acceptAll(folder: string, upstreams: readonly Upstream[]): Promise<void> {
  for (const { name } of upstreams) {
    const accept = [program, "catalogue", "accept", name, "--config", folder, "--json"];
    await runChild(`gatehouse catalogue accept ${name}`, accept, folder, acceptMs);
  }
}

async function bearKey(
  ready: unknown,
  upstreams: readonly Upstream[],
  stopGateway: () => Promise<void>,
): Promise<Gateway> {
  if (!isReadyLine(ready))
    throw new Error(`gatehouse start: no endpoints and key in ${JSON.stringify(ready)}`);
  const endpoints = new Map<string, URL>();
  for (const endpoint of ready.endpoints) {
    if (endpoint.kind === "server" && endpoint.server !== undefined)
      endpoints.set(endpoint.server, new URL(endpoint.url));
  }
  const missing = upstreams.find(({ name }) => !endpoints.has(name));
  const [any] = endpoints.values();
  if (missing !== undefined || any === undefined) {
    throw new Error(`gatehouse start: no endpoint for server ${missing?.name ?? "(none)"}`);
  }

  const relay = await startRelay(new URL(any.origin), { headers: { authorization: `Bearer ${ready.key}` } });
  return {
    url: (server) => `${relay.origin}${endpoints.get(server)?.pathname ?? "/"}`,
    stop: async () => {
      await relay.close();
      await stopGateway();
    },
  };
}
