/**
 * What the laws demand of a call that comes in at another node than its owner's, and nothing else, by the very functions that
 * ship: the call is packed, goes in a frame over NATS with TLS, is read strictly again, its turns go to a runner-up, which
 * reads them and takes them too, and to the store, and its answer comes back in a frame. Who owns it is said at the start: no
 * view, no leases, no acceptances, no fences, no presentation again. Part of the floor (floorproxy.ts).
 */
import type { AnyEvent } from "../actors/roster.ts";
import type { Frame } from "../cluster/exchange.ts";
import type { TurnEntry } from "../cluster/journal.ts";
import { NatsTransport } from "../cluster/nats.ts";
import { clusterMark } from "../node/cluster/clustermark.ts";
import { ClusterCall, type ClusterAnswer } from "../node/cluster/clustercall.ts";
import type { Copying } from "../node/cluster/copying.ts";
import { nodeCodec } from "../node/cluster/nodecodec.ts";
import { RemoteExchange } from "../node/cluster/remoteexchange.ts";
import { authorityOf, bucket, connectStore, seedOf, storeFault, type LineOptions } from "../node/cluster/storeline.ts"; // prettier-ignore
import type { Endpoints } from "../node/exchange/endpoint.ts";
import type { Caller } from "../node/exchange/exchange.ts";
import { readSecret } from "../node/vault/secret.ts";
import type { Request } from "../protocol/jsonrpc.ts";
import { limits } from "../protocol/limits.ts";

type FloorFrame = Frame<ClusterCall, ClusterAnswer, AnyEvent>;

export interface FloorRoles {
  /** Who decides for every session. */
  readonly owner: string;
  readonly runner: string;
}

export interface FloorRelayPorts {
  readonly line: LineOptions;
  readonly endpoints: Endpoints;
  readonly copying: Copying;
  /** At the owner: a call of another node's door. */
  readonly decide: (caller: Caller, request: Request, release: (text: string) => void) => void;
  /** At the runner-up: a turn that the owner has taken. */
  readonly follow: (key: string, event: AnyEvent) => void;
}

const shard = 1;
const epoch = 1;

export class FloorRelay {
  readonly #id: string;
  readonly #roles: FloorRoles;
  readonly #ports: FloorRelayPorts;
  readonly #transport: NatsTransport<FloorFrame>;
  readonly #waiting = new Map<string, (text: string) => void>();
  #entries: TurnEntry<AnyEvent>[] = [];
  #n = 0;
  #sent = 0;
  #applied = 0;
  #acked = 0;
  /** Of others' doors, at the owner. */
  #open = 0;

  constructor(roles: FloorRoles, ports: FloorRelayPorts) {
    const { line, endpoints } = ports;
    this.#id = line.node;
    this.#roles = roles;
    this.#ports = ports;
    const ca = authorityOf(line);
    const mark = clusterMark(readSecret(line.settings.secret, line), line.settings.name);
    this.#transport = new NatsTransport<FloorFrame>(
      {
        id: line.node,
        cluster: mark,
        servers: line.settings.nats.servers,
        tls: ca === undefined ? undefined : { ca, handshakeFirst: true },
        seed: seedOf(line, "frames"),
        tell: (event) => {
          if (event.kind === "refused") throw new Error(JSON.stringify(event));
        },
        openCalls: () => this.#open + this.#waiting.size,
      },
      nodeCodec(endpoints),
    );
  }

  get isOwner(): boolean {
    return this.#id === this.#roles.owner;
  }

  async start(): Promise<void> {
    const { line, copying } = this.#ports;
    this.#transport.listen((_from, frame) => this.#receive(frame));
    await this.#transport.start();
    const connection = await connectStore(line);
    copying.open(line.node, {
      name: bucket,
      replicas: 1,
      connect: () => Promise.resolve(connection),
      explain: (fault) => storeFault(fault, line),
      report: (says) => void process.stderr.write(`${says}\n`),
    });
    if (this.#id === this.#roles.runner) setInterval(() => this.#acknowledge(), limits.clusterTickMs);
  }

  /** At a door. */
  present(op: string, caller: Caller, request: Request, release: (text: string) => void): void {
    this.#waiting.set(op, release);
    const call = new ClusterCall(new RemoteExchange(caller, request, false));
    this.#send(this.#roles.owner, { kind: "present", op, key: caller.session, shard, opened: epoch, epoch, configuration: 0, call }); // prettier-ignore
  }

  /** At the owner: a turn, for the runner-up and the store. */
  journal(
    key: string,
    event: AnyEvent,
    operation: Pick<TurnEntry<AnyEvent>, "opens" | "closes" | "drops">,
  ): void {
    const entry: TurnEntry<AnyEvent> = { kind: "turn", shard, epoch, n: ++this.#n, key, event, ...operation };
    this.#entries.push(entry);
    this.#ports.copying.turned(entry, { epoch: 0, n: 0 });
  }

  /** Before an answer leaves, for whomever it is. */
  flush(): void {
    if (this.#entries.length === 0) return;
    const entries = this.#entries;
    this.#entries = [];
    const first = this.#sent + 1;
    this.#sent += entries.length;
    this.#send(this.#roles.runner, { kind: "journal", stream: 1, first, entries, isUrgent: false });
  }

  #send(to: string, body: FloorFrame["body"]): void {
    this.#transport.send(to, { from: { id: this.#id, incarnation: 1 }, to: { id: to, incarnation: 1 }, body }); // prettier-ignore
  }

  #receive({ from, body }: FloorFrame): void {
    if (body.kind === "present" && body.call !== undefined) {
      const { op } = body;
      const { caller, request } = body.call.exchange;
      this.#open++;
      this.#ports.decide(caller, request, (text) => {
        this.#open--;
        const answer = { text, form: undefined, isDropped: false, facts: undefined };
        this.#send(from.id, { kind: "answer", op, epoch, ending: { kind: "answered", answer } });
      });
    } else if (body.kind === "answer" && body.ending.kind === "answered") {
      const release = this.#waiting.get(body.op);
      this.#waiting.delete(body.op);
      release?.(body.ending.answer.text);
    } else if (body.kind === "journal") {
      for (const entry of body.entries) if (entry.kind === "turn") this.#ports.follow(entry.key, entry.event);
      this.#applied = body.first + body.entries.length - 1;
    }
  }

  #acknowledge(): void {
    if (this.#applied === this.#acked) return;
    this.#acked = this.#applied;
    this.#send(this.#roles.owner, { kind: "ack", stream: 1, upTo: this.#applied, faulty: [] });
  }
}
