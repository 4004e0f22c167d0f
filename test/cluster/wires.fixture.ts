/**
 * Three gateway processes over a real NATS, before a server of the older eras that asks back, reports progress, has
 * resources and tells of their changes; and an agent of the older eras that comes in at a node of the test's choice.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Nodes, type GatewayNode } from "../../deploy/cluster/nodes.ts";
import { startStand, type Stand } from "../../deploy/cluster/stand.ts";
import { readRecords } from "../../node/record/reader.ts";
import type { RecordLine } from "../../protocol/record.ts";
import { isObject, type JsonObject } from "../../protocol/mcp/shape.ts";
import { HostileServer, offerOf, toolNamed, type Asked } from "../hostile/upstream.ts";
import { statusOf } from "./threenodes.fixture.ts";
import { eventsOf, readAnswer, resultOf, type Answer } from "../hostile/upstreamagent.ts";
import { httpUpstream, pause, until, writeConfiguration } from "../hostile/upstreamstand.ts";

const settleMs = 45_000;
/** Changes of the view come every some tenths of a second while shards move. */
const quietMs = 3_000;

export const agent = "ann";
export const form = {
  message: "Who?",
  requestedSchema: { type: "object", properties: { name: { type: "string" } } },
};
export const accepted = { action: "accept", content: { name: "Ada" } };

export class WireStand {
  readonly folder: string;
  readonly stand: Stand;
  readonly nodes: Nodes;
  readonly server: HostileServer;
  /** Calls that the server was told to give up. */
  readonly aborted: string[];
  readonly #lines: (readonly [node: string, line: string])[];

  private constructor(
    parts: Pick<WireStand, "folder" | "stand" | "nodes" | "server" | "aborted">,
    lines: [string, string][],
  ) {
    // prettier-ignore
    this.folder = parts.folder;
    this.stand = parts.stand;
    this.nodes = parts.nodes;
    this.server = parts.server;
    this.aborted = parts.aborted;
    this.#lines = lines;
  }

  /** @param restarts whether a killed node comes back by itself */
  static async start({ restarts = true } = {}): Promise<WireStand> {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-wires-"));
    const names = ["n1", "n2", "n3"];
    const stand = await startStand({ servers: 1, nodes: names });
    const aborted: string[] = [];
    const server = await startServer(aborted);
    const configuration = join(folder, "configuration");
    writeConfiguration(configuration, { servers: { shop: httpUpstream(server, { isolation: "session", repeatable: ["steps", "read"] }) } }); // prettier-ignore
    const lines: [string, string][] = [];
    const say = (node: string, line: string): void => void lines.push([node, line]);
    const nodes = new Nodes({ folder, stand, names, configuration, port: 0, restarts, say });
    await nodes.start(agent, ["desk"]);
    const made = new WireStand({ folder, stand, nodes, server, aborted }, lines);
    await made.settled();
    return made;
  }

  /** Waits until every shard has a copy in sync, and is where it should be: the view has not changed for a while. */
  async settled(): Promise<void> {
    if (!(await this.nodes.copied(settleMs))) throw new Error("not every shard has a copy in sync");
    let [last, since] = [-1, performance.now()];
    const isQuiet = async (): Promise<boolean> => {
      await pause(200);
      const status = await statusOf(this.nodes.all[0] as GatewayNode);
      if (status?.view !== last) [last, since] = [status?.view ?? -1, performance.now()];
      return performance.now() - since > quietMs;
    };
    await until(isQuiet, settleMs);
  }

  async stop(): Promise<void> {
    await this.nodes.stop();
    await this.server.stop();
    await this.stand.stop({ remove: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  url(node: GatewayNode): string {
    const found = node.endpoints.find((endpoint) => endpoint.persona === "desk");
    if (found === undefined) throw new Error(`${node.name} has no endpoint`);
    return found.url;
  }

  /** The node that decides for the agent: it prints the decision. @param at where a call is made to see */
  async owner(at: GatewayNode): Promise<GatewayNode> {
    const answer = await (await Roamer.open(this, at)).call(at, "read", { n: "who decides" });
    const { _meta: own } = resultOf(answer);
    const op = String((own as JsonObject | undefined)?.["io.gatehouse/operation"]);
    const find = (): string | undefined => this.#lines.find(([, line]) => line.includes(`"op":"${op}"`))?.[0];
    await until(() => find() !== undefined);
    return this.nodes.all.find(({ name }) => name === find()) as GatewayNode;
  }

  /** The owner first, then the others. */
  async sides(): Promise<[GatewayNode, GatewayNode, GatewayNode]> {
    const owner = await this.owner(this.nodes.all[0] as GatewayNode);
    const others = this.nodes.all.filter((node) => node !== owner);
    return [owner, ...others] as [GatewayNode, GatewayNode, GatewayNode];
  }

  /** Of all nodes. */
  records(): readonly RecordLine[] {
    return this.nodes.all.flatMap(({ folder }) => [...readRecords(join(folder, "data", "records"), {})]);
  }

  lines(node: GatewayNode): readonly string[] {
    return this.#lines.filter(([name]) => name === node.name).map(([, line]) => line);
  }
}

async function startServer(aborted: string[]): Promise<HostileServer> {
  const offer = offerOf(...["read", "write", "ask", "steps", "hold"].map((name) => toolNamed(name)));
  offer.resources.push({ uri: "shop://one", name: "one" }, { uri: "shop://two", name: "two" });
  const onCall = async (asked: Asked): Promise<void> => {
    const name = String(asked.params["name"]);
    const { n: given } = asked.args;
    const n = typeof given === "string" ? given : "";
    asked.response.on("close", () => {
      if (!asked.response.writableFinished) aborted.push(`${name} ${n}`);
    });
    if (name === "hold") return;
    if (name === "steps") for (const step of [1, 2, 3]) asked.progress(step);
    if (name === "ask") {
      const answer = await asked.ask("elicitation/create", form);
      return asked.text(JSON.stringify(answer["result"] ?? answer["error"]));
    }
    asked.text(`${name} ${n}`);
  };
  const onMessage = (asked: Asked): boolean => {
    if (asked.method !== "notifications/cancelled") return false;
    aborted.push(`told ${String(asked.params["requestId"])}`);
    return false;
  };
  return HostileServer.start({ era: "older", offer, onCall, onMessage });
}

let lastId = 0;

/** An agent of 2025-11-25 over HTTP that goes to whichever node it is told to, with one Mcp-Session-Id. */
export class Roamer {
  readonly #stand: WireStand;
  readonly #key: string;
  session: string;
  /** Where it answers questions; undefined: it does not. */
  answersAt: GatewayNode | undefined;

  constructor(stand: WireStand, session: string, key = stand.nodes.key) {
    this.#stand = stand;
    this.#key = key;
    this.session = session;
  }

  static async open(
    stand: WireStand,
    node: GatewayNode,
    capabilities: JsonObject = { elicitation: {} },
    key?: string,
  ): Promise<Roamer> {
    // prettier-ignore
    const roamer = new Roamer(stand, "", key);
    const clientInfo = { name: "roamer", version: "1" };
    const opened = await roamer.send(node, { jsonrpc: "2.0", id: ++lastId, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities, clientInfo } }); // prettier-ignore
    await opened.text();
    roamer.session = opened.headers.get("mcp-session-id") ?? "";
    return roamer;
  }

  send(node: GatewayNode, message: unknown, signal?: AbortSignal): Promise<Response> {
    return fetch(this.#stand.url(node), {
      method: "POST",
      headers: { ...this.#headers(), "content-type": "application/json", accept: "application/json, text/event-stream" }, // prettier-ignore
      body: JSON.stringify(message),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async request(
    node: GatewayNode,
    method: string,
    params: JsonObject = {},
    id: number = ++lastId,
    signal?: AbortSignal,
  ): Promise<Answer> {
    // prettier-ignore
    const response = await this.send(node, { jsonrpc: "2.0", id, method, params }, signal);
    return readAnswer(response, (message) => this.#take(message));
  }

  call(node: GatewayNode, name: string, args: JsonObject = {}, meta: JsonObject = {}): Promise<Answer> {
    return this.request(node, "tools/call", { name, arguments: args, _meta: meta });
  }

  async notify(node: GatewayNode, method: string, params: JsonObject): Promise<number> {
    return (await this.send(node, { jsonrpc: "2.0", method, params })).status;
  }

  get(node: GatewayNode, lastEventId?: string, signal?: AbortSignal): Promise<Response> {
    return fetch(this.#stand.url(node), {
      headers: { ...this.#headers(), accept: "text/event-stream", ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) }, // prettier-ignore
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async delete(node: GatewayNode): Promise<number> {
    return (await fetch(this.#stand.url(node), { method: "DELETE", headers: this.#headers() })).status;
  }

  #headers(): Record<string, string> {
    const session = this.session === "" ? {} : { "mcp-session-id": this.session, "mcp-protocol-version": "2025-11-25" }; // prettier-ignore
    return { authorization: `Bearer ${this.#key}`, ...session };
  }

  #take(message: JsonObject): void {
    if (message["method"] === undefined || message["id"] === undefined || this.answersAt === undefined)
      return;
    const reply = { jsonrpc: "2.0", id: message["id"], result: accepted };
    void this.send(this.answersAt, reply).then((response) => response.text());
  }
}

/** Reads a stream in the background. */
export class StreamReader {
  readonly messages: JsonObject[] = [];
  readonly ids: string[] = [];
  isOver = false;
  readonly #controller = new AbortController();

  static async open(roamer: Roamer, node: GatewayNode, lastEventId?: string): Promise<StreamReader> {
    const reader = new StreamReader();
    const response = await roamer.get(node, lastEventId, reader.#controller.signal);
    if (response.status !== 200) throw new Error(`GET got ${response.status}: ${await response.text()}`);
    reader.#read(response).catch(() => undefined).finally(() => (reader.isOver = true)); // prettier-ignore
    return reader;
  }

  get lastId(): string {
    return this.ids.at(-1) ?? "";
  }

  methods(): unknown[] {
    return this.messages.map((message) => message["method"]);
  }

  close(): void {
    this.#controller.abort();
  }

  async #read(response: Response): Promise<void> {
    for await (const { id, data } of eventsOf(response)) {
      if (id !== undefined) this.ids.push(id);
      const message: unknown = data === "" ? undefined : JSON.parse(data);
      if (isObject(message)) this.messages.push(message);
    }
  }
}
