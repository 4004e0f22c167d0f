/**
 * Three gateway processes over a real, secured NATS, before a server whose tools note each call that they see in a file.
 * Owns starting and stopping all of it, and what a test asks the nodes. Does not own agents (test/hostile).
 */
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { Nodes, type GatewayNode, type NodesOptions } from "../../deploy/cluster/nodes.ts";
import { startStand, type Stand } from "../../deploy/cluster/stand.ts";
import { shardCount } from "../../cluster/shard.ts";
import { readRecords } from "../../node/record/reader.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { resultOf, type Answer } from "../hostile/upstreamagent.ts";
import { HostileServer, offerOf, toolNamed, type Asked } from "../hostile/upstream.ts";
import { httpUpstream, pause, until, wide, writeConfiguration } from "../hostile/upstreamstand.ts";

const program = resolve(import.meta.dirname, "../../bin/gatehouse.mjs");

/** Calls of `count` that an agent of persona `bucket` has, through all doors together. */
export const capacity = 5;
export const agent = "ann";
export const label = "customer-data";
const personas = ["desk", "bucket", "crowd", "careful"] as const;
export type Persona = (typeof personas)[number];

export interface ClusterStatus {
  readonly view: number;
  readonly incarnation: number;
  readonly acting: boolean;
  readonly members: readonly { readonly id: string; readonly live: boolean }[];
  readonly shards: { readonly owned: number; readonly inSync: number; readonly lost: number };
}

export class ThreeNodes {
  readonly folder: string;
  readonly stand: Stand;
  readonly nodes: Nodes;
  readonly upstream: HostileServer;
  /** What every node has printed. */
  readonly lines: (readonly [node: string, line: string])[];

  private constructor(
    folder: string,
    stand: Stand,
    nodes: Nodes,
    upstream: HostileServer,
    lines: ThreeNodes["lines"],
  ) {
    this.folder = folder;
    this.stand = stand;
    this.nodes = nodes;
    this.upstream = upstream;
    this.lines = lines;
  }

  /** @param strangers names that NATS knows besides the three */
  static async start(strangers: readonly string[]): Promise<ThreeNodes> {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-cluster-"));
    const names = ["n1", "n2", "n3"];
    const stand = await startStand({ servers: 1, nodes: [...names, ...strangers] });
    const upstream = await startUpstream(join(folder, "seen.log"));
    const configuration = join(folder, "configuration");
    writeConfigurationOf(configuration, upstream);
    const lines: [string, string][] = [];
    const say = (node: string, line: string): void => void lines.push([node, line]);
    const nodes = new Nodes({ folder, stand, names, configuration, port: 0, restarts: true, say });
    const made = new ThreeNodes(folder, stand, nodes, upstream, lines);
    await nodes.start(agent, personas);
    await made.inSync();
    return made;
  }

  async stop(): Promise<void> {
    await this.nodes.stop();
    await this.upstream.stop();
    await this.stand.stop({ remove: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** One node outside of `nodes`, which knows the same NATS and has a secret of its own. */
  stranger(name: string, change: (settings: Settings) => void = () => undefined): Stranger {
    return new Stranger({ folder: this.folder, stand: this.stand, names: [name], configuration: join(this.folder, "configuration"), port: 0, restarts: false }, change); // prettier-ignore
  }

  /** Waits until every shard of a view that all nodes have is owned once, and has a copy in sync. */
  inSync(ms = 45_000): Promise<void> {
    return until(async () => {
      const all = await Promise.all(this.nodes.all.map((node) => statusOf(node)));
      const sum = (read: (status: ClusterStatus) => number): number => all.reduce((total, status) => total + (status === undefined ? 0 : read(status)), 0); // prettier-ignore
      const areUp = all.every(
        (status) => status?.acting === true && status.members.every(({ live }) => live),
      );
      return areUp && sum(({ shards }) => shards.owned) === shardCount && sum(({ shards }) => shards.inSync) === shardCount; // prettier-ignore
    }, ms);
  }

  url(node: GatewayNode, persona: Persona): string {
    const found = node.endpoints.find((endpoint) => endpoint.persona === persona);
    if (found === undefined) throw new Error(`${node.name} has no endpoint of ${persona}`);
    return found.url;
  }

  /** The node that decided this call: it has printed the decision. */
  async owner(answer: Pick<Answer, "last">): Promise<GatewayNode> {
    const op = operationOf(answer);
    const find = (): string | undefined => this.lines.find(([, line]) => line.includes(`"op":"${op}"`))?.[0];
    await until(() => find() !== undefined);
    const node = this.nodes.all.find(({ name }) => name === find());
    if (node === undefined) throw new Error(`nobody has decided ${op}`);
    return node;
  }

  othersThan({ name }: GatewayNode): readonly [GatewayNode, GatewayNode] {
    const [one, other] = this.nodes.all.filter((node) => node.name !== name);
    if (one === undefined || other === undefined) throw new Error("three nodes");
    return [one, other];
  }

  /** `tool n` of each call that a tool has seen. */
  seen(): readonly string[] {
    return linesOf(join(this.folder, "seen.log"));
  }

  /** Calls whose agent or owner went away before they were answered. */
  aborted(): readonly string[] {
    return linesOf(join(this.folder, "seen.log.aborted"));
  }

  /** Records of all nodes. */
  records(): (RecordLine & { readonly node: string })[] {
    return this.nodes.all.flatMap(({ name: node, folder }) => [...readRecords(join(folder, "data", "records"))].map((record) => ({ ...record, node }))); // prettier-ignore
  }

  /** `gatehouse audit verify` for each node. */
  verify(): Promise<readonly { readonly status: number; readonly out: string }[]> {
    return Promise.all(
      this.nodes.all.map(({ folder }) => command(["audit", "verify", "--config", folder, "--json"])),
    );
  }
}

interface Settings {
  listen: { port: number };
  readonly cluster: { name: string };
}

/** A node that should not get in, and what it says. */
export class Stranger {
  readonly lines: string[] = [];
  readonly node: GatewayNode;
  readonly nodes: Nodes;

  constructor(options: Omit<NodesOptions, "say">, change: (settings: Settings) => void) {
    this.nodes = new Nodes({ ...options, say: (_, line) => void this.lines.push(line) });
    const [node] = this.nodes.all;
    if (node === undefined) throw new Error("one node");
    this.node = node;
    const file = join(node.folder, "gatehouse.yaml");
    const settings = parse(readFileSync(file, "utf8")) as Settings;
    change(settings);
    writeFileSync(file, stringify(settings));
  }

  says(what: RegExp): boolean {
    return this.lines.some((line) => what.test(line));
  }
}

export async function statusOf(node: GatewayNode): Promise<ClusterStatus | undefined> {
  try {
    const { value } = (await node.ask("status", {})) as { value?: { cluster?: Partial<ClusterStatus> } };
    // Before its first view it has no members and no shards.
    return value?.cluster?.members === undefined ? undefined : (value.cluster as ClusterStatus);
  } catch {
    return undefined; // it does not run
  }
}

/** What operators are shown of the agent's session, by the node that owns it. */
export async function labelsOf(node: GatewayNode, persona: Persona): Promise<unknown> {
  const answer = (await node.ask("sessions.show", { key: `default/${persona}/${agent}/-` })) as { value?: { labels?: unknown } }; // prettier-ignore
  return answer.value?.labels;
}

function operationOf(answer: Pick<Answer, "last">): string {
  const { _meta: own } = resultOf(answer);
  return String((own as JsonObject | undefined)?.["io.gatehouse/operation"]);
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean);
  } catch {
    return []; // nothing was written yet
  }
}

async function startUpstream(log: string): Promise<HostileServer> {
  const offer = offerOf(...["read", "count", "write", "steps", "hold"].map((name) => toolNamed(name)));
  offer.resources.push({ uri: "tools://one", name: "one" });
  const serve = async (asked: Asked): Promise<void> => {
    const name = String(asked.params["name"]);
    const { n: given } = asked.args;
    const n = typeof given === "string" ? given : "";
    appendFileSync(log, `${name} ${n}\n`);
    asked.response.on("close", () => {
      if (!asked.response.writableFinished) appendFileSync(`${log}.aborted`, `${name} ${n}\n`);
    });
    if (name === "hold") return; // until it is taken back
    if (name === "steps") for (const step of [1, 2, 3]) asked.progress(step);
    if (name === "write") await pause(60);
    asked.text(`${name} ${n}`);
  };
  return HostileServer.start({ era: "modern", offer, onCall: serve });
}

function writeConfigurationOf(folder: string, upstream: HostileServer): void {
  const vault = httpUpstream(upstream, { labels: [label], repeatable: ["read"] });
  vault.offer.tools = vault.offer.tools.filter(({ name }) => name === "read");
  vault.offer.resources = [];
  const tools = httpUpstream(upstream, { repeatable: ["count", "steps", "hold"] });
  tools.offer.tools = tools.offer.tools.filter(({ name }) => name !== "read");
  writeConfiguration(folder, {
    servers: { tools, vault },
    personas: { bucket: ["tools"], crowd: ["tools"] },
    // What `read` gives must not go to `steps`.
    role: { flows: [{ from: { servers: ["vault"] }, to: { tools: ["tools/steps"] }, reason: "the test" }] },
  });
  const slow = { capacity, perSecond: 0.0001 };
  const grant = { tool: "count", server: "tools", effect: "read", reason: "the test counts", limits: slow };
  const role = { role: "bucket", grants: [grant], ...wide };
  writeFileSync(join(folder, "personas", "bucket.role.yaml"), stringify(role));
  // Its tool is repeatable: what waits for no copy of its turn, where no person had to approve it.
  const { limits: _, ...parked } = { ...grant, approval: "required" };
  const careful = { role: "careful", grants: [parked], ...wide };
  writeFileSync(join(folder, "personas", "careful.role.yaml"), stringify(careful));
}

/** Ends with its status; says everything it said. */
function command(args: readonly string[]): Promise<{ readonly status: number; readonly out: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.on("close", (status) => done({ status: status ?? -1, out }));
  });
}

/** Nobody listens on it at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
