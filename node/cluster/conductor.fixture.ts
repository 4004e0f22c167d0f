/**
 * Nodes of one process, for the tests of this folder: real peers, conductors, relays, governors and session actors, over
 * a store and a network in memory. Frames between nodes go through the codec. A test plays the tool and the disk.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { roster } from "../../actors/roster.ts";
import { toolGrant } from "../../actors/session.fixture.ts";
import { FenceLog } from "../../cluster/fencelog.ts";
import { MemoryFenceStore } from "../../cluster/fencestore.ts";
import { FrameCodec } from "../../cluster/frames.ts";
import { Host } from "../../cluster/host.ts";
import { MemoryPassivation } from "../../cluster/passivation.ts";
import { MemoryStore } from "../../cluster/store.ts";
import { MemoryNetwork, type Transport } from "../../cluster/transport.ts";
import { ownerOf } from "../../cluster/view.ts";
import { GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { RecordBody, Recorder } from "../../protocol/record.ts";
import type { RoleTable, TableGrant } from "../../protocol/role.ts";
import { Bridge } from "../exchange/bridge.ts";
import { Endpoints } from "../exchange/endpoint.ts";
import { callerOf, PlainExchange, rolesWith } from "../exchange/exchange.fixture.ts";
import type { Caller } from "../exchange/exchange.ts";
import { FactsKey } from "../exchange/facts.ts";
import { Governor, type SessionHost } from "../exchange/governor.ts";
import { methods } from "../exchange/methods.ts";
import { Parks } from "../exchange/park.ts";
import { Relay } from "../exchange/relay.ts";
import { screeningOf } from "../exchange/screening.fixture.ts";
import { Sealer } from "../exchange/seal.ts";
import type { CallOptions, UpstreamAnswer, UpstreamPool, UpstreamSession } from "../upstream/upstream.ts";
import { CallReader, packAnswer, packCall, unpackAnswer } from "./clustercall.ts";
import { Conductor } from "./conductor.ts";
import { packEvent, unpackEvent } from "./eventcodec.ts";
import { Copying } from "./copying.ts";
import { Courier } from "./courier.ts";
import { NodePeer, type NodeFrame, type NodeOutput } from "./nodepeer.ts";
import { Questions } from "./questions.ts";
import { testProvenance } from "../exchange/provenance.fixture.ts";

const shards = 4;
const endpoints = new Endpoints("http://127.0.0.1", [
  { tenant: "default", kind: "persona", name: "support", persona: "support" },
]);
const [only] = endpoints.all;
if (only === undefined) throw new Error("one endpoint");
export const endpoint = only;

/** The test's part: what the tool and the disk do. */
export interface Script {
  tool: (params: JsonObject, options: CallOptions) => Promise<UpstreamAnswer>;
  /** Whether the way to the tool's server is open; if not, what opening it comes to. */
  isOpen: boolean;
  reach: () => Promise<void>;
  record: (body: RecordBody, then: (fault: Error | undefined) => void) => void;
}

export const done: UpstreamAnswer = { kind: "result", result: { content: [{ type: "text", text: "done" }] } };

/** An exchange that counts its answers and says when it has one. */
export class CountedExchange extends PlainExchange {
  answers = 0;
  readonly answered = Promise.withResolvers<JsonObject>();

  override write(text: string, form: { readonly status: number } | undefined): void {
    super.write(text, form);
    this.answers++;
    this.answered.resolve(JSON.parse(text) as JsonObject);
  }
}

export class MemoryCluster {
  readonly store = new MemoryStore({ later: (run) => void setImmediate(run), now: () => Date.now() });
  readonly fences = new MemoryFenceStore((run) => void setImmediate(run));
  readonly network = new MemoryNetwork<NodeFrame>((run) => void setImmediate(run));
  readonly nodes: MemoryNode[] = [];
  readonly script: Script = {
    tool: () => Promise.resolve(done),
    isOpen: true,
    reach: () => Promise.resolve(),
    record: (_body, then) => setImmediate(then, undefined),
  };
  /** Calls that the tool has seen, by name. */
  readonly seen: string[] = [];
  /** All sessions lie in this shard: where a test wants its owner. */
  shard = 0;

  /** @param grants of the one role; `read_ticket` is repeatable, `close_ticket` is not */
  async join(id: string, grants?: readonly TableGrant[], role?: Partial<RoleTable>): Promise<MemoryNode> {
    const node = new MemoryNode(id, this, grants, role);
    this.nodes.push(node);
    node.peer.start();
    await until(() => node.peer.machine.isActing(performance.now()));
    return node;
  }

  /** Waits until every shard has a copy in sync. */
  inSync(): Promise<void> {
    return until(() => {
      const view = this.nodes[0]?.peer.machine.view;
      return view !== undefined && view.owner.every((_, shard) => view.inSync[shard] === 1 && (ownerOf(view, shard)?.isLive ?? false)); // prettier-ignore
    });
  }

  /** The owner of the sessions, and a node that is not. */
  sides(): { readonly owner: MemoryNode; readonly other: MemoryNode } {
    const view = this.nodes[0]?.peer.machine.view;
    const id = view === undefined ? undefined : ownerOf(view, this.shard)?.id;
    const owner = this.nodes.find((node) => node.id === id);
    const other = this.nodes.find((node) => node.id !== id);
    if (owner === undefined || other === undefined) throw new Error("two nodes, one of which owns");
    return { owner, other };
  }

  stop(): void {
    for (const node of this.nodes) node.peer.stop();
  }
}

export class MemoryNode {
  readonly id: string;
  readonly cluster: MemoryCluster;
  readonly peer: NodePeer;
  readonly conductor: Conductor;
  readonly courier: Courier;
  readonly host: SessionHost;
  /** Without an archive, until a test opens one. */
  readonly copying: Copying;
  readonly records: RecordBody[] = [];
  readonly faults: unknown[] = [];
  readonly alarms: string[] = [];
  readonly transport: Transport<NodeFrame>;

  constructor(
    id: string,
    cluster: MemoryCluster,
    grants: readonly TableGrant[] = [
      toolGrant("read_ticket"),
      toolGrant("close_ticket", { effect: "update", repeatable: false }),
    ],
    role: Partial<RoleTable> = {},
  ) {
    // prettier-ignore
    this.id = id;
    this.cluster = cluster;
    this.transport = coded(id, cluster.network.transport(id));
    this.courier = new Courier({ self: id, send: (to, bytes) => this.peer.send(to, bytes), onFault: (fault) => void this.faults.push(fault) }); // prettier-ignore
    const { roles } = rolesWith(grants, [], role);
    this.copying = new Copying(`${id}-process`);
    const host = (this.host = new Host({
      actor: roster,
      world: { role: (digest) => roles.byDigest(digest) },
      passivation: new MemoryPassivation(),
      onFault: (_key, fault) => void this.faults.push(fault),
    }));
    const recorder: Recorder = {
      append: (body, _durability, then) => {
        this.records.push(body);
        if (then !== undefined) cluster.script.record(body, then);
      },
    };
    const governor = new Governor({ host, recorder, now: () => Date.now(), onDecision: () => undefined, onOutcome: () => undefined, onAlert: (_session, rule) => void this.faults.push(rule), demanded: () => undefined, onClose: () => undefined }); // prettier-ignore
    const now = (): number => Date.now();
    const bridge = new Bridge({ parks: new Parks(now), sealer: new Sealer(randomBytes(32)), now, links: () => [] }); // prettier-ignore
    const relay = new Relay({ governor, roles, pool: poolOf(cluster), bridge, factsKey: new FactsKey(), screening: screeningOf(), provenance: testProvenance(), server: { name: "gatehouse", version: "1" }, callMs: () => 1_000, shared: () => true, onFault: (fault) => void this.faults.push(fault) }); // prettier-ignore
    const shardOf = (): number => cluster.shard;
    const alarm = (says: string): void => void this.alarms.push(says);
    this.conductor = new Conductor({ relay, governor, recorder, roles, shardOf, demanded: () => undefined, isStopped: () => false, isStale: () => false, questions: new Questions(id, this.courier), alarm, keepFloor: () => undefined }); // prettier-ignore
    let minted = 0;
    this.peer = new NodePeer(
      { id, weight: 1, shards, floor: { incarnation: 0, number: 0 }, host, calls: this.conductor, mint: () => `${id}${++minted}` }, // prettier-ignore
      { store: cluster.store, fences: new FenceLog(cluster.fences, id), transport: this.transport, turned: (entry, cited) => this.copying.turned(entry, cited), restore: (shard, then) => this.copying.restore(shard, then),
        act: (output) => this.act(output), search: (call) => this.conductor.search(call), hear: (from, bytes) => this.courier.receive(from, bytes), shardOf, alarm, onFault: (fault) => void this.faults.push(fault) }, // prettier-ignore
    );
    this.conductor.join(this.peer);
    this.copying.join(this.peer, host);
  }

  /** A test may look at what is carried out, or fail in it. */
  act(output: NodeOutput): void {
    this.conductor.act(output);
  }

  call(tool: string, more: Partial<Caller> = {}, args: JsonObject = {}): CountedExchange {
    const exchange = new CountedExchange({ ...callerOf("ann"), endpoint, ...more }, "tools/call", { name: tool, arguments: args }); // prettier-ignore
    void this.conductor.start(exchange, methods["tools/call"]);
    return exchange;
  }

  recordsOf(kind: RecordBody["kind"]): readonly RecordBody[] {
    return this.records.filter((body) => body.kind === kind);
  }
}

/** What it sends is read again from bytes, as the other side would have it. */
function coded(id: string, line: Transport<NodeFrame>): Transport<NodeFrame> {
  const calls = new CallReader(endpoints);
  const codec = new FrameCodec({
    call: { pack: packCall, unpack: (bytes) => calls.unpack(bytes) },
    answer: { pack: packAnswer, unpack: unpackAnswer },
    event: { pack: packEvent, unpack: unpackEvent },
  });
  return {
    send: (to, frame) => {
      for (const { pieces } of codec.encode(frame)) {
        const read = codec.decode(Buffer.concat([...pieces]), { from: id, to }, false);
        if (typeof read === "string") throw new Error(`a frame of our own is ${read}`);
        line.send(to, read);
      }
    },
    listen: (onFrame) => line.listen(onFrame),
  };
}

function poolOf({ script, seen }: MemoryCluster): UpstreamPool {
  const session: UpstreamSession = {
    server: "tickets",
    era: "modern",
    revision: "2026-07-28",
    info: { name: "x", version: "1" },
    capabilities: {},
    request: (_method, params, options) => {
      const ready = options.ready?.() ?? true;
      if (ready !== true) return Promise.reject(ready === false ? new GatewayError("DRAINING") : ready);
      seen.push(String(params["name"]));
      const taken = new Promise<never>((_, fail) => options.signal?.addEventListener("abort", () => fail(new GatewayError("CANCELLED")))); // prettier-ignore
      return Promise.race([script.tool(params, options), taken]);
    },
    subscribe: () => ({ update: () => undefined, close: () => undefined }),
    close: () => Promise.resolve(),
  };
  return {
    openSession: () => (script.isOpen ? session : undefined),
    session: async () => {
      await script.reach();
      return session;
    },
    on: () => undefined,
    closeOwner: () => undefined,
    drain: () => Promise.resolve(),
    counts: () => new Map(),
  };
}

export async function until(holds: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error("it did not come to hold in time");
    await delay(5);
  }
}

export function sessionOf(agent: string): SessionKey {
  return callerOf(agent).session;
}
