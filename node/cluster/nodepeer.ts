/**
 * Drives this node's peer (cluster/peer.ts): what happens goes in, one input after the other, and what comes out is carried
 * out before the next. Owns the order of steps and the clock's beat. Does not own what outputs mean: `act` does.
 *
 * Q1. Outputs of a step are carried out in their order, before the next step; an input that comes meanwhile waits (E1).
 * Q2. A frame to this very node does not leave it, and is no step within the step that sent it.
 * Q3. A call that is presented under another session's key than its caller's goes no further: it is told of. Nor does what
 *     an actor could not have said to that other one.
 * Q4. What fails in carrying out one output stops neither the next one nor the next step.
 */
import { isMessage } from "../../actors/roster.ts";
import type { ActorState, AnyEffect, AnyEvent } from "../../actors/roster.ts";
import type { World } from "../../actors/session.ts";
import type { Frame } from "../../cluster/exchange.ts";
import type { FenceLog } from "../../cluster/fencelog.ts";
import { askFenceLog } from "../../cluster/fenceports.ts";
import type { TurnEntry } from "../../cluster/journal.ts";
import type { KeptPast } from "../../cluster/past.ts";
import { Peer, type Input, type Output, type PeerOptions } from "../../cluster/peer.ts";
import { decodeNodeRow, nodeKeyPrefix } from "../../cluster/noderow.ts";
import type { Store } from "../../cluster/store.ts";
import type { Transport } from "../../cluster/transport.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClusterAnswer, ClusterCall } from "./clustercall.ts";

export type NodeInput = Input<ClusterCall, ClusterAnswer, AnyEvent>;
export type NodeOutput = Output<ClusterCall, ClusterAnswer, AnyEvent, AnyEffect>;
export type NodeFrame = Frame<ClusterCall, ClusterAnswer, AnyEvent>;
type Machine = Peer<ActorState, AnyEvent, AnyEffect, World, ClusterCall, ClusterAnswer>;
export type MachineOptions = PeerOptions<ActorState, AnyEvent, AnyEffect, World, ClusterCall, ClusterAnswer>;

export interface NodePeerPorts {
  readonly store: Store;
  readonly fences: FenceLog;
  readonly transport: Transport<NodeFrame>;
  /** A journalled turn, for the archive. */
  readonly turned: (entry: TurnEntry<AnyEvent>, cited: { readonly epoch: number; readonly n: number }) => void; // prettier-ignore
  /** What the archive has of a lost shard. */
  readonly restore: (shard: number, then: (kept: KeptPast<AnyEvent> | undefined) => void) => void;
  /** What is not for the store, the fence logs or the transport. */
  readonly act: (output: NodeOutput) => void;
  readonly shardOf: (session: SessionKey) => number;
  /** What must be done with a call of another door before its turn; undefined when nothing must. Never rejects. */
  readonly search: (call: ClusterCall) => Promise<void> | undefined;
  /** A letter of another node came (courier.ts). */
  readonly hear: (from: string, bytes: Uint8Array) => void;
  /** For operators: a node says what it must not. */
  readonly alarm: (says: string) => void;
  /** Our own bug, in a step or in carrying one out: for the log. */
  readonly onFault: (fault: unknown) => void;
}

export class NodePeer {
  readonly #id: string;
  readonly #machine: Machine;
  readonly #ports: NodePeerPorts;
  readonly #waiting: NodeInput[] = [];
  readonly #misplaced = new Map<string, number>();
  readonly #ends: (() => void)[] = [];
  #isStepping = false;
  #isStopped = false;
  #left: (() => void) | undefined;

  constructor(options: MachineOptions, ports: NodePeerPorts) {
    this.#id = options.id;
    this.#machine = new Peer(options);
    this.#ports = ports;
  }

  get machine(): Omit<Machine, "step"> {
    return this.#machine;
  }

  /** Whether the bytes of a call may leave in this tick (law 6). */
  mayRun(op: string): boolean {
    return this.#machine.mayRun(op, performance.now());
  }

  /** Begins to watch, to listen and to renew. */
  start(): void {
    const { store, transport } = this.#ports;
    this.#ends.push(
      transport.listen((from, frame) => this.#receive(from, frame)),
      store.watch(
        (row) => this.give({ kind: "row", row }),
        () => this.give({ kind: "caughtUp" }),
      ),
    );
    const beat = setInterval(() => this.give({ kind: "tick" }), limits.clusterTickMs);
    this.#ends.push(() => clearInterval(beat));
  }

  /** Says that this process ends. Comes back when that stands in the store, or after limits.storeSwapMs. */
  leave(): Promise<void> {
    return new Promise((done) => {
      const late = setTimeout(done, limits.storeSwapMs);
      this.#left = () => {
        clearTimeout(late);
        done();
      };
      this.give({ kind: "leave" });
    });
  }

  /** Does no step any more. */
  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#isStopped = true;
    this.#waiting.length = 0;
  }

  give(input: NodeInput): void {
    if (this.#isStopped) return;
    this.#waiting.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    // The queue is short: what one step asks for is carried out here, and little of it comes back at once.
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#step(next);
    this.#isStepping = false;
  }

  /** Told at the first, second, fourth, eighth ... of one node: who does this may do it thousands of times. */
  #tellMisplaced(from: string, what = "presented a call"): void {
    const count = (this.#misplaced.get(from) ?? 0) + 1;
    this.#misplaced.set(from, count);
    if ((count & (count - 1)) === 0)
      this.#ports.alarm(
        `${from} ${what} under another session's name or shard (${count} times); it was dropped. Look at that node: only a fault or an intruder does so`,
      );
  }

  #receive(from: string, frame: NodeFrame): void {
    const { body } = frame;
    if (body.kind === "letter") return this.#hear(from, body.bytes);
    if (body.kind === "present" && body.call !== undefined) {
      const { session } = body.call.exchange.caller;
      if (body.key !== session || body.shard !== this.#ports.shardOf(session))
        return this.#tellMisplaced(from);
      // Only this frame waits: it may be late as any frame may, and what is said of it meanwhile is of a call that is not known.
      const waits = this.#ports.search(body.call);
      if (waits !== undefined) return void waits.then(() => this.give({ kind: "frame", frame }), this.#ports.onFault); // prettier-ignore
    }
    if (body.kind === "message") {
      const { shardOf } = this.#ports;
      const isPlaced = body.fromShard === shardOf(body.from as SessionKey) && body.shard === shardOf(body.to as SessionKey); // prettier-ignore
      if (!isPlaced || !isMessage(body.from, body.to, body.event)) return this.#tellMisplaced(from, "spoke");
    }
    this.give({ kind: "frame", frame });
  }

  /** To whichever incarnation the node has now; best effort. */
  send(to: string, bytes: Uint8Array): void {
    if (this.#isStopped) return;
    const from = { id: this.#id, incarnation: this.#machine.incarnation };
    this.#ports.transport.send(to, { from, to: { id: to, incarnation: 0 }, body: { kind: "letter", bytes } });
  }

  #hear(from: string, bytes: Uint8Array): void {
    try {
      this.#ports.hear(from, bytes);
    } catch (fault) {
      this.#ports.onFault(fault);
    }
  }

  #step(input: NodeInput): void {
    let outputs: readonly NodeOutput[] = [];
    try {
      outputs = this.#machine.step(input, performance.now());
    } catch (fault) {
      this.#ports.onFault(fault);
    }
    for (const output of outputs) {
      try {
        this.#act(output);
      } catch (fault) {
        this.#ports.onFault(fault);
      }
    }
  }

  #act(output: NodeOutput): void {
    switch (output.kind) {
      case "swap": {
        // Not a renewal that was under way when it was told to leave.
        const isLast =
          output.key === nodeKeyPrefix + this.#id && decodeNodeRow(output.value)?.isDead === true;
        this.#ports.store.swap(output.key, output.value, output.expected, (result) => {
          this.give({ kind: "swapped", ticket: output.ticket, result });
          if (isLast && result.kind === "swapped") this.#left?.();
        });
        return;
      }
      case "send":
        if (output.frame.to.id === this.#id) this.give({ kind: "frame", frame: output.frame });
        else this.#ports.transport.send(output.frame.to.id, output.frame);
        return;
      case "seal":
      case "append":
      case "clear":
        return askFenceLog(this.#ports.fences, output, (heard) => this.give(heard));
      case "restore":
        return this.#ports.restore(output.shard, (kept) => this.give({ ...output, kind: "restored", kept }));
      case "record":
        this.#ports.turned(output.entry, output.link.cited);
        return this.#ports.act(output);
      default:
        this.#ports.act(output);
    }
  }
}
