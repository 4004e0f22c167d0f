/**
 * A gateway under attack: a real node with its doors, records and sessions, started in this process on a free port in a
 * folder of its own, in front of a tool server that keeps every byte it gets.
 *
 * Owns: the project files, starting and stopping, keys, records, operators' commands. Does not own: clients (agent.ts,
 * rawsocket.ts), the tool server (toolserver.ts).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { formatLock, pin } from "../../node/catalogue/lock.ts";
import { isLoaded, loadConfiguration } from "../../node/config.ts";
import { askNode } from "../../node/control/client.ts";
import { startNode, type RunningNode } from "../../node/main.ts";
import { readRecords } from "../../node/record/reader.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { ask, modernBody, modernHeaders } from "./agent.ts";
import { capabilities, definitions, ToolServer } from "./toolserver.ts";

const generous = { capacity: 1_000_000, perSecond: 1_000_000 };

/** Limits that no test meets by accident; those that test a limit bring their own. */
export const unlimited: JsonObject = {
  limits: { agent: generous, tool: generous, budget: { calls: 100_000_000, hours: 24 }, openCalls: 256 },
  breakers: {
    tool: { failures: 1000, openSeconds: 1 },
    behaviour: { identical: 1000, similar: 1000, repeats: 10_000, openSeconds: 1 },
  },
};

export function toolGrant(tool: string, more: JsonObject = {}): JsonObject {
  return { tool, server: "tools", effect: "read", reason: "the test says so", ...more };
}

const reason = "the test says so";

/** What the personas of most tests may do. `drop`, `vault`, `secretary` and demo://safe are nobody's. */
export const usualRoles: { readonly [persona: string]: JsonObject } = {
  reader: {
    grants: [
      toolGrant("echo"),
      toolGrant("read", { arguments: { path: { required: true, inside: "/srv/docs" } } }),
      ...["fail", "refuse", "slow", "big", "steps", "routed", "confirm"].map((name) => toolGrant(name)),
      { prompt: "greet", server: "tools", reason },
      { resource: "demo://docs/**", server: "tools", reason },
    ],
    ...unlimited,
  },
  writer: { grants: [toolGrant("echo", { as: "say" }), toolGrant("steps")], ...unlimited },
  strict: { grants: [toolGrant("echo")], ...unlimited, revisions: { oldest: "2026-07-28" } },
  recent: { grants: [toolGrant("echo")], ...unlimited, revisions: { oldest: "2025-06-18" } },
};

export interface GatewayOptions {
  readonly roles?: { readonly [persona: string]: JsonObject };
  readonly settings?: JsonObject;
  /** As on a terminal; default one JSON object per line. */
  readonly readable?: boolean;
  readonly server?: JsonObject;
  /** More of every persona's role. */
  readonly role?: JsonObject;
}

export class Gateway {
  readonly tools: ToolServer;
  readonly node: RunningNode;
  readonly folder: string;
  /** What the console got, in pieces as written. */
  readonly console: string[];
  /** Faults of our own that the node reported. */
  readonly faults: unknown[];
  #stopped = false;

  private constructor(
    tools: ToolServer,
    node: RunningNode,
    folder: string,
    console: string[],
    faults: unknown[],
  ) {
    this.tools = tools;
    this.node = node;
    this.folder = folder;
    this.console = console;
    this.faults = faults;
  }

  static async start(options: GatewayOptions = {}): Promise<Gateway> {
    const tools = await ToolServer.start();
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-hostile-"));
    writeProject(folder, tools.url, options);
    const configuration = loadConfiguration(folder, { env: {} });
    if (!isLoaded(configuration))
      throw new Error(configuration.map((fault) => `${fault.file}: ${fault.says}`).join("\n"));
    const console: string[] = [];
    const faults: unknown[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        console.push(chunk);
        done();
      },
    });
    const node = await startNode(configuration, {
      env: {},
      port: 0,
      console: {
        stream: stream as unknown as NodeJS.WriteStream,
        mode: "decisions",
        readable: options.readable === true,
      },
      onFault: (fault) => void faults.push(fault),
    });
    return new Gateway(tools, node, folder, console, faults);
  }

  get port(): number {
    return this.node.port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** An API key, shown once. */
  key(agent: string, personas: readonly string[] = ["reader"]): string {
    return this.node.keys.create({ agent, personas: [...personas] }).key;
  }

  /** Opens the upstream session and has its definitions compared, so that what a test counts is its own. */
  async warm(key: string, persona = "reader"): Promise<void> {
    const params = { name: "warm-up" };
    await ask({
      port: this.port,
      path: `/p/${persona}/mcp`,
      headers: modernHeaders(key, "tools/call", params),
      body: modernBody(1, "tools/call", params),
    });
    await ask({
      port: this.port,
      path: `/p/${persona}/mcp`,
      headers: modernHeaders(key, "resources/list"),
      body: modernBody(1, "resources/list"),
    });
    this.tools.forget();
  }

  /** What is on record so far. */
  records(): RecordLine[] {
    return [...readRecords(join(this.folder, "data", "records"))];
  }

  /** An operator's command over the control socket. */
  operate(command: string, args: JsonObject): Promise<unknown> {
    return askNode(join(this.folder, "data"), { command, args });
  }

  /** For afterEach. @throws when a prototype has changed (checklist W8), or the node reported a fault of its own */
  checkUnharmed(): void {
    if (inheritedText() !== inherited) throw new Error("a prototype has changed");
    const [fault] = this.faults.splice(0);
    if (fault !== undefined) throw new Error("the node reported a fault", { cause: fault });
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.tools.release();
    await this.node.stop();
    await this.tools.stop();
  }

  /** After `stop`, when a test has read what it wanted. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function writeProject(folder: string, url: string, options: GatewayOptions): void {
  const { roles = usualRoles, settings = {}, server = {}, role: more = {} } = options;
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), `${JSON.stringify(value, undefined, 2)}\n`);
  const entry = {
    transport: { http: { url } },
    environment: "dev",
    reach: "internal",
    isolation: "shared",
    era: "modern",
    network: { private: ["127.0.0.0/8"] },
    repeatable: [
      "echo",
      "read",
      "fail",
      "refuse",
      "slow",
      "big",
      "steps",
      "routed",
      "greet",
      "demo://docs/**",
    ],
    ...server,
  };
  write("gatehouse.yaml", { data: "data", servers: { tools: { role: "reader" } }, ...settings });
  write("catalogue.yaml", { servers: { tools: entry } });
  const { locked, refused } = pin(
    { ...definitions, info: { name: "tools", version: "1" }, capabilities },
    "2026-01-01",
  );
  if (refused.length > 0) throw new Error(`not pinned: ${JSON.stringify(refused)}`);
  writeFileSync(join(folder, "catalogue.lock"), formatLock({ v: 1, servers: { tools: locked } }));
  mkdirSync(join(folder, "personas"));
  for (const [persona, role] of Object.entries(roles))
    write(join("personas", `${persona}.role.yaml`), { role: persona, ...role, ...more });
}

/** Waits until `holds`, at most `ms`. */
export async function until(holds: () => boolean, ms = 5_000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error("it did not come to hold in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Collects garbage now, so that what is left is what is held. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What every object inherits: the same after every case (checklist W8). */
const inherited = inheritedText();

function inheritedText(): string {
  return [Object, Array, Function, String]
    .map((each) => Reflect.ownKeys(each.prototype).map(String).join())
    .join();
}
