/**
 * A node in this process before hostile servers: its configuration, its key, its console and its records. Owns what
 * every test of this folder needs of a node; does not own what is said to it (upstreamagent.ts).
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { stringify } from "yaml";
import type { SessionKey } from "../../protocol/id.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordLine } from "../../protocol/record.ts";
import type { RoleTable } from "../../protocol/role.ts";
import { pin, writeLock } from "../../node/catalogue/lock.ts";
import { replay } from "../../node/cli/replay.ts";
import type { Replay } from "../../node/cli/replay.ts";
import { isLoaded, loadConfiguration } from "../../node/config.ts";
import { askNode } from "../../node/control/client.ts";
import { startNode } from "../../node/main.ts";
import type { RunningNode } from "../../node/main.ts";
import { readRecords } from "../../node/record/reader.ts";
import { verifyFolder } from "../../node/record/verify.ts";
import type { HostileServer, Offer, ServerEra } from "./upstream.ts";

const cleanups: (() => unknown)[] = [];

/** Runs when the test is over; last in, first out. */
export function later(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** For afterEach. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A server of the catalogue: where it is, what is pinned of it, what else its entry says. */
export interface Upstream {
  readonly transport: JsonObject;
  /** What is pinned and granted. */
  readonly offer: Offer;
  readonly more?: JsonObject;
}

export interface StandOptions {
  readonly servers: { readonly [name: string]: Upstream };
  /** Members of gatehouse.yaml. */
  readonly settings?: JsonObject;
  /** Members of the one role. */
  readonly role?: JsonObject;
  /** Constraints by tool. */
  readonly constraints?: { readonly [tool: string]: JsonObject };
  /** Roles besides `desk`, each with the grants of these servers. */
  readonly personas?: { readonly [persona: string]: readonly string[] };
  readonly env?: { readonly [name: string]: string };
}

export const wide = {
  limits: {
    agent: { capacity: 100_000, perSecond: 100_000 },
    tool: { capacity: 100_000, perSecond: 100_000 },
    openCalls: 256,
  },
  breakers: { behaviour: { identical: 1000, similar: 1000, repeats: 10_000 } },
};

/** An HTTP entry that may be reached here. */
export function httpUpstream(server: HostileServer, more: JsonObject = {}): Upstream {
  return {
    transport: { http: { url: server.url } },
    offer: structuredClone(server.offer),
    more: { network: { private: ["127.0.0.0/8"] }, ...more },
  };
}

/** A stdio entry: upstreamchild.ts, whose tools do what their names say. */
export function childUpstream(
  era: ServerEra,
  offer: Offer,
  more: JsonObject = {},
  stdio: JsonObject = {},
): Upstream {
  const script = join(import.meta.dirname, "upstreamchild.ts");
  const args = [script, JSON.stringify({ era, offer })];
  return { transport: { stdio: { command: "node", args, ...stdio } }, offer, more };
}

/** Writes a configuration folder and its lock. */
export function writeConfiguration(folder: string, options: StandOptions): void {
  mkdirSync(join(folder, "personas"), { recursive: true });
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(folder, file), stringify(content, { aliasDuplicateObjects: false }));
  write("gatehouse.yaml", { listen: { port: 0 }, data: "data", ...options.settings });
  const servers = Object.entries(options.servers).map(([name, { transport, more }]) => [
    name,
    { transport, environment: "dev", reach: "internal", ...more },
  ]);
  write("catalogue.yaml", { servers: Object.fromEntries(servers) });
  const personas = { desk: Object.keys(options.servers), ...options.personas };
  for (const [persona, names] of Object.entries(personas))
    write(`personas/${persona}.role.yaml`, {
      role: persona,
      grants: names.flatMap((name) => grantsOf(name, options)),
      ...wide,
      ...options.role,
    });
  pinAll(folder, options);
}

function grantsOf(server: string, options: StandOptions): unknown[] {
  const reason = "the test calls it";
  const offer = options.servers[server]?.offer;
  if (offer === undefined) throw new Error(`no server ${server}`);
  return [
    ...offer.tools.map(({ name }) => {
      const constraints = options.constraints?.[String(name)];
      return { tool: name, server, effect: "update", reason, ...(constraints && { arguments: constraints }) };
    }),
    ...offer.prompts.map(({ name }) => ({ prompt: name, server, reason })),
    ...(offer.resources.length + offer.templates.length > 0
      ? [{ resource: `${server}://**`, server, reason }]
      : []),
  ];
}

function pinAll(folder: string, { servers }: StandOptions): void {
  const info = { name: "hostile", version: "1" };
  const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true }, logging: {} };
  const locked = Object.entries(servers).map(([name, { offer }]) => {
    const { instructions, ...lists } = offer;
    const live = { ...lists, info, capabilities, ...(instructions === undefined ? {} : { instructions }) };
    return [name, pin(live, "2026-01-01").locked];
  });
  writeLock(join(folder, "catalogue.lock"), { v: 1, servers: Object.fromEntries(locked) });
}

export class Stand {
  readonly folder: string;
  readonly node: RunningNode;
  readonly key: string;
  readonly #console: string[];
  /** Faults of our own that the node reported. */
  readonly faults: unknown[];

  private constructor(folder: string, node: RunningNode, key: string, lines: string[], faults: unknown[]) {
    this.folder = folder;
    this.node = node;
    this.key = key;
    this.#console = lines;
    this.faults = faults;
  }

  static async start(options: StandOptions, folder = temporary()): Promise<Stand> {
    writeConfiguration(folder, options);
    return Stand.open(folder, options.env ?? {}, ["desk", ...Object.keys(options.personas ?? {})]);
  }

  /** Starts a node on a folder that is written already. */
  static async open(
    folder: string,
    env: { readonly [name: string]: string },
    personas: readonly string[],
  ): Promise<Stand> {
    const configuration = loadConfiguration(folder, { env });
    if (!isLoaded(configuration)) throw new Error(JSON.stringify(configuration));
    const lines: string[] = [];
    const faults: unknown[] = [];
    const stream = new PassThrough().setEncoding("utf8").on("data", (text: string) => void lines.push(text));
    const node = await startNode(configuration, {
      env: { PATH: process.env["PATH"], ...env },
      port: 0,
      console: { stream: stream as unknown as NodeJS.WriteStream, mode: "decisions", readable: false },
      onFault: (fault) => void faults.push(fault),
    });
    const { key } = node.keys.create({ agent: `agent-${randomBytes(4).toString("hex")}`, personas });
    const stand = new Stand(folder, node, key, lines, faults);
    later(() => stand.node.stop());
    return stand;
  }

  get url(): string {
    return this.urlOf("desk");
  }

  urlOf(persona: string): string {
    const found = this.node.endpoints.find((endpoint) => endpoint.name === persona);
    if (found === undefined) throw new Error(`no endpoint ${persona}`);
    return found.uri;
  }

  /** Another agent's key for the same persona, or another one. */
  keyFor(agent: string, persona = "desk"): string {
    return this.node.keys.create({ agent, personas: [persona] }).key;
  }

  /** All that was printed so far. */
  console(): string {
    return this.#console.join("");
  }

  /** Asks the node as an operator would. */
  ask(command: string, args: JsonObject = {}): Promise<unknown> {
    return askNode(join(this.folder, "data"), { command, args });
  }

  records(kind?: RecordLine["kind"]): RecordLine[] {
    const all = [...readRecords(join(this.folder, "data", "records"))];
    return kind === undefined ? all : all.filter((record) => record.kind === kind);
  }

  /** Outcome records by what became of the call. An outcome is written at the end of its turn, after the answer is. */
  async outcomes(): Promise<
    { readonly outcome: string; readonly code: string | undefined; readonly name: string }[]
  > {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => void setImmediate(resolve));
    return this.records("outcome").map((record) => {
      const { facts } = record.event as unknown as { facts: { outcome: string; code?: string } };
      return { outcome: facts.outcome, code: facts.code, name: record.name ?? "" };
    });
  }

  verified(): ReturnType<typeof verifyFolder> {
    return verifyFolder(join(this.folder, "data", "records"), { live: true });
  }

  /** Replays every session on record. */
  replays(): Replay[] {
    const sessions = new Set(
      this.records().flatMap(({ session }) => (session === undefined ? [] : [session])),
    );
    return [...sessions].map((session) => this.#replay(session));
  }

  #replay(session: SessionKey): Replay {
    const roles = join(this.folder, "data", "roles");
    return replay(readRecords(join(this.folder, "data", "records"), { session }), (digest) => {
      const path = join(roles, `${digest}.json`);
      return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as RoleTable) : undefined;
    });
  }
}

/** A folder that is gone after the test. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-hostile-"));
  later(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits until `holds`, at most `ms`. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come to hold in time: ${holds.toString()}`);
    await new Promise((resolve) => void setTimeout(resolve, 10));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
