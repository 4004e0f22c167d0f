// The test stand: the conformance fixture and the holder, each once per era, behind a real gateway with one persona
// per era; or behind three of them, a real NATS, and a proxy without affinity (cluster.ts). Everything but the gateway's own code runs on addresses and in a folder of this run alone.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { captureChild, runChild, startChild } from "../conformance/child.ts";
import type { ReadyChild } from "../conformance/child.ts";
import { startEraLock } from "../conformance/eralock.ts";
import type { Relay } from "../conformance/relay.ts";
import { startNodes } from "./cluster.ts";
import type { Target } from "./connection.ts";
import { holderTools } from "./holder.ts";

const root = resolve(import.meta.dirname, "../..");
const program = join(root, "bin/gatehouse.mjs");
const readyMs = 20_000;
const commandMs = 20_000;

export const eras = ["legacy", "modern"] as const;
/** What the upstream speaks. */
export type Era = (typeof eras)[number];

/** The names that a persona's list must have, sorted: not all the fixture has, so that a leak would show. */
const granted = [
  "test_elicitation",
  "test_error_handling",
  "test_sampling",
  "test_simple_text",
  "test_tool_with_progress",
] as const;
export const listed: readonly string[] = [...holderTools.map((tool) => tool.name), ...granted].sort();

/** As many rate tokens as connections of one agent that are told apart by them. */
const tickBucket = { capacity: 2, perSecond: 0.0001 };

/** An upstream itself, for a control without the gateway. */
export type Upstream = "fixture" | "holder";

export interface Stand {
  /** Where the upstream listens, as a client would be told. */
  direct(upstream: Upstream, era: Era): Target;
  /** A new agent, with a key for the personas of both eras. */
  enrol(agent: string): Promise<Enrolled>;
  stop(): Promise<void>;
}

export type Enrolled = (era: Era) => Target;

function personaOf(era: Era): string {
  return `over-${era}`;
}

function roleOf(era: Era): unknown {
  const reason = "the matrix calls it";
  const generous = { capacity: 100_000, perSecond: 10_000 };
  const grant = (tool: string, server: string) => ({ tool, server, effect: "read", reason });
  return {
    role: personaOf(era),
    grants: [
      ...granted.map((tool) => grant(tool, `fixture-${era}`)),
      ...holderTools.map(({ name }) => {
        const base = grant(name, `holder-${era}`);
        return name === "tick" ? { ...base, limits: tickBucket } : base;
      }),
      { prompt: "test_simple_prompt", server: `fixture-${era}`, reason },
      { resource: "test://static-text", server: `fixture-${era}`, reason },
    ],
    limits: { agent: generous, tool: generous, openCalls: 64 },
    breakers: { behaviour: { identical: 1000, similar: 1000, repeats: 10_000 } },
  };
}

/** @param addresses of the upstreams, by their catalogue names */
function writeConfig(folder: string, addresses: Readonly<Record<string, string>>): void {
  const write = (file: string, content: unknown): void => {
    writeFileSync(join(folder, file), stringify(content, { aliasDuplicateObjects: false }));
  };
  mkdirSync(join(folder, "personas"));
  write("gatehouse.yaml", { listen: { port: 0 }, console: "none" });
  const server = ([name, url]: readonly [string, string]) => [
    name,
    {
      transport: { http: { url } },
      environment: "dev",
      reach: "internal",
      isolation: name.startsWith("fixture") ? "session" : "shared", // the fixture asks back, the holder does not
      network: { private: ["127.0.0.0/8"] },
    },
  ];
  write("catalogue.yaml", { servers: Object.fromEntries(Object.entries(addresses).map(server)) });
  for (const era of eras) write(`personas/${personaOf(era)}.role.yaml`, roleOf(era));
}

export interface ReadyEndpoint {
  readonly persona?: string;
  readonly url: string;
  readonly websocket: string;
  readonly sse: string;
}

/** What stands between clients and upstreams. */
export interface Front {
  readonly endpoints: readonly ReadyEndpoint[];
  /** Folder of a node's configuration; of several nodes, the next one's each time. */
  config(): string;
  stop(): Promise<void>;
}

async function createKey(agent: string, config: string): Promise<string> {
  const personas = eras.flatMap((era) => ["--persona", personaOf(era)]);
  const args = [program, "keys", "create", "--agent", agent, ...personas, "--config", config, "--json"];
  const { status, output } = await captureChild(args, { cwd: config, limitMs: commandMs });
  const key = /gwk_[A-Za-z0-9_-]+/.exec(output)?.[0];
  if (status !== 0 || key === undefined) throw new Error(`gatehouse keys create: ${output.trim()}`);
  return key;
}

/** Ends what was started, the last first. */
class Cleanup {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}

async function startUpstreams(cleanup: Cleanup): Promise<Readonly<Record<string, string>>> {
  const child = async (name: string, file: string): Promise<ReadyChild> => {
    const started = await startChild(name, [file], { cwd: root, readyMs });
    cleanup.add(() => started.stop());
    return started;
  };
  const lock = async (era: Era, url: URL): Promise<string> => {
    const relay: Relay = await startEraLock(era, url);
    cleanup.add(() => relay.close());
    return relay.origin + url.pathname;
  };
  const fixture = await child("fixture", join(root, "test/conformance/fixture.ts"));
  const holder = await child("holder", join(import.meta.dirname, "holder.ts"));
  const { url } = fixture.ready as { url: string };
  const holders = holder.ready as Readonly<Record<Era, string>>;
  return {
    "fixture-legacy": await lock("legacy", new URL(url)),
    "fixture-modern": await lock("modern", new URL(url)),
    "holder-legacy": holders.legacy,
    "holder-modern": holders.modern,
  };
}

async function startOne(folder: string): Promise<Front> {
  const start = [program, "start", "--config", folder, "--json"];
  const gateway = await startChild("gatehouse start", start, { cwd: folder, readyMs });
  const { endpoints = [] } = gateway.ready as { endpoints?: readonly ReadyEndpoint[] };
  return { endpoints, config: () => folder, stop: () => gateway.stop() };
}

/** @throws Error with what the gateway said, when it does not start */
export async function startStand(mode: "one node" | "three nodes"): Promise<Stand> {
  const cleanup = new Cleanup();
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-clients-"));
  const discard = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", discard); // it holds keys: it must not outlive us, however we end
  cleanup.add(() => Promise.resolve(discard()));
  try {
    const home = join(folder, "home");
    mkdirSync(home);
    const addresses = await startUpstreams(cleanup);
    writeConfig(folder, addresses);
    for (const server of Object.keys(addresses)) {
      const accept = [program, "catalogue", "accept", server, "--config", folder, "--json"];
      await runChild(`gatehouse catalogue accept ${server}`, accept, folder, commandMs);
    }
    const front = await (mode === "one node" ? startOne(folder) : startNodes(folder, eras.map(personaOf)));
    cleanup.add(() => front.stop());
    const enrol = async (agent: string): Promise<Enrolled> => {
      const key = await createKey(agent, front.config());
      return (era) => {
        const persona = personaOf(era);
        const endpoint = front.endpoints.find((each) => each.persona === persona);
        if (endpoint === undefined)
          throw new Error(
            `gatehouse start: no endpoint for ${persona} in ${JSON.stringify(front.endpoints)}`,
          );
        return { ...endpoint, persona, key, home, get config() { return front.config(); } }; // prettier-ignore
      };
    };
    const direct = (upstream: Upstream, era: Era): Target => {
      const url = addresses[`${upstream}-${era}`] ?? "";
      return { url, websocket: "", sse: "", persona: "", key: "none", config: folder, home };
    };
    return { direct, enrol, stop: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
