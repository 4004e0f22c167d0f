/**
 * The gateway under test, from outside: configuration files, `gatehouse catalogue accept`, `gatehouse start`, HTTP.
 * Contract: docs/configuration.md, docs/cli.md.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { lastLine, runChild, startChild } from "./children.ts";
import type { Child, StartOptions } from "./children.ts";
import { modernBody, modernHeaders, tools } from "./workload.ts";

/** What package.json starts the program with (docs/adr/0009). The bare proxies get it too: it is no advantage. */
export const nodeFlags = ["--no-memory-reducer"];

const root = resolve(import.meta.dirname, "..");
export const program = join(root, "bin", "gatehouse.mjs");
const commandMs = 60_000;

/**
 * What the bench judges by: a persona with grants, buckets, breakers and records, none of them off, all of them wide
 * enough for a load that no agent makes. `counted` has a constraint on the call's number, which makes it a fact of the
 * journal.
 */
const limits = {
  agent: { capacity: 1_000_000, perSecond: 1_000_000 },
  tool: { capacity: 1_000_000, perSecond: 1_000_000 },
  budget: { calls: 1_000_000_000, hours: 24 },
  openCalls: 256,
};
const breakers = {
  tool: { failures: 5, openSeconds: 30 },
  behaviour: { identical: 5, similar: 10, repeats: 30, openSeconds: 60 },
};
const reason = "the bench calls it";
const roles = [
  {
    role: "bench",
    title: "One repeatable tool",
    grants: [{ tool: tools.echo, server: "upstream", effect: "read", reason }],
  },
  {
    role: "counted",
    title: "A repeatable and a non-repeatable tool whose numbers are journalled",
    grants: [tools.echo, tools.write].map((tool) => ({
      tool,
      server: "upstream",
      effect: tool === tools.echo ? "read" : "update",
      reason,
      arguments: { n: { required: true, pattern: "[0-9]{10}" } },
    })),
  },
];

/** Writes gatehouse.yaml, catalogue.yaml and the roles, and pins what the upstream defines. It must be up. */
export async function configure(folder: string, upstreamUrl: string): Promise<void> {
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(folder, file), stringify(content));
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data", console: "none" });
  const upstream = {
    transport: { http: { url: upstreamUrl } },
    environment: "dev",
    reach: "internal",
    isolation: "shared",
    era: "modern",
    repeatable: [tools.echo],
    network: { private: ["127.0.0.1/32"] },
  };
  write("catalogue.yaml", { servers: { upstream } });
  for (const role of roles) write(`personas/${role.role}.role.yaml`, { ...role, limits, breakers });
  await command(folder, ["catalogue", "accept", "upstream"]);
}

/**
 * Runs a gatehouse command on a configuration folder.
 * @returns the figures of its last line
 * @throws Error with its words unless it ends with status 0 and says ok
 */
export async function command(
  folder: string,
  args: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const { status, out, words } = await runChild([program, ...args, "--config", folder, "--json"], commandMs);
  const line = status === 0 ? (lastLine(out) as { ok?: boolean; figures?: Record<string, unknown> } | undefined) : undefined; // prettier-ignore
  if (line?.ok !== true) {
    throw new Error(`gatehouse ${args.join(" ")}: status ${status ?? "none"}\n${out.slice(-4096)}\n${words}`);
  }
  return line.figures ?? {};
}

interface Endpoint {
  readonly kind: string;
  readonly persona?: string;
  readonly url: string;
}

export interface Gateway {
  readonly child: Child;
  readonly dataFolder: string;
  readonly key: string;
  readonly personas: readonly string[];
  url(persona: string): string;
}

/** @param key of an earlier start of the same data folder; a new folder makes one */
export async function startGateway(
  folder: string,
  options: StartOptions,
  key?: string,
  more: readonly string[] = [],
): Promise<Gateway> {
  const args = [program, "start", "--config", folder, ...more, "--json"];
  const flags = [...nodeFlags, ...(options.flags ?? [])];
  const child = await startChild("gatehouse start", args, { ...options, flags });
  const ready = child.ready as { endpoints?: readonly Endpoint[]; key?: string };
  const endpoints = ready.endpoints ?? [];
  const found = ready.key ?? key;
  if (found === undefined) {
    await child.stop();
    throw new Error(`gatehouse start gave no key: ${JSON.stringify(ready)}`);
  }
  return {
    child,
    dataFolder: join(folder, "data"),
    key: found,
    personas: endpoints.flatMap(({ kind, persona }) =>
      kind === "persona" && persona !== undefined ? [persona] : [],
    ),
    url: (persona) => {
      const endpoint = endpoints.find((one) => one.kind === "persona" && one.persona === persona);
      if (endpoint === undefined) throw new Error(`gatehouse start names no endpoint of persona ${persona}`);
      return endpoint.url;
    },
  };
}

/** One request of the modern revision, outside of what is measured. */
export async function ask(
  url: string,
  key: string | undefined,
  method: string,
  params: Readonly<Record<string, unknown>>,
): Promise<{ readonly status: number; readonly text: string }> {
  const name = typeof params["name"] === "string" ? params["name"] : undefined;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      ...modernHeaders(method, name),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: modernBody(1, method, params),
    signal: AbortSignal.timeout(commandMs),
  });
  return { status: response.status, text: await response.text() };
}

/**
 * Asserts that a role governs: a tool that the upstream has and the role does not list is refused as unknown, before
 * the upstream sees it, and a caller without a key is not heard.
 */
export async function assertGoverned(gateway: Gateway, callsSeen: () => Promise<number>): Promise<void> {
  const url = gateway.url("bench");
  const before = await callsSeen();
  const params = { name: tools.hidden, arguments: { n: "1" } };
  const refused = await ask(url, gateway.key, "tools/call", params);
  const error = (JSON.parse(refused.text) as { error?: { code?: number; message?: string } }).error;
  if (error?.code !== -32602 || !/Unknown tool/.test(error.message ?? "")) {
    throw new Error(
      `an unlisted tool was not refused as unknown: ${refused.status} ${refused.text.slice(0, 400)}`,
    );
  }
  const stranger = await ask(url, undefined, "tools/call", { name: tools.echo, arguments: { n: "1" } });
  if (stranger.status !== 401) throw new Error(`a caller without a key got HTTP ${stranger.status}`);
  if ((await callsSeen()) !== before) throw new Error("a refused call has reached the upstream");
}
