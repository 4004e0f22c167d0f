/**
 * The whole cluster on one thread under virtual time: shipped step machines on simulated machines, with simulated store,
 * network, disks, tools and agents. Owns the wiring and the clock; faults.ts decides what goes wrong, oracle.ts what must
 * hold.
 */
import type { Frame } from "../../cluster/exchange.ts";
import { FenceLog } from "../../cluster/fencelog.ts";
import { askFenceLog } from "../../cluster/fenceports.ts";
import { viewKey } from "../../cluster/membership.ts";
import type { PastAsk } from "../../cluster/restoring.ts";
import type { Store } from "../../cluster/store.ts";
import type { Transport } from "../../cluster/transport.ts";
import { isInSync, ownerOf } from "../../cluster/view.ts";
import type { View } from "../../cluster/view.ts";
import { readOnce } from "./viewreader.ts";
import type { ClusterOptions } from "./clusteroptions.ts";
import { Fading } from "./fading.ts";
import { carriedEach, carrier, source, valueOf } from "./carrying.ts";
import { frailTool, keyOf, makeAnswer, makeCall, numberOf, takeTool } from "./load.ts";
import type { Answer, AnyEvent, Call } from "./load.ts";
import { SimNetwork } from "./network.ts";
import { Oracle } from "./oracle.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";
import { EventTable, SimArchive } from "./simarchive.ts";
import { lookAtPast, sightOf } from "./sight.ts";
import { SimCopies } from "./simcopies.ts";
import { SimFences } from "./simfence.ts";
import { idOf, SimNode } from "./simnode.ts";
import type { SimInput, SimOutput } from "./simnode.ts";
import { SimStore } from "./simstore.ts";
import type { Link as StoreLink } from "./simstore.ts";

type SimFrame = Frame<Call, Answer, AnyEvent>;

export interface Machine {
  readonly node: SimNode;
  readonly link: StoreLink & { readonly store: Store };
  readonly transport: Transport<SimFrame>;
  /** Of the process that there is. */
  fences: FenceLog;
  copies: SimCopies;
  unwatch: () => void;
  unlisten: () => void;
}

interface Exchange {
  readonly key: string;
  readonly shard: number;
  readonly call: Call;
}

export class Cluster {
  readonly schedule = new Schedule();
  readonly store: SimStore;
  readonly fences: SimFences;
  readonly archive: SimArchive;
  readonly events = new EventTable();
  readonly network: SimNetwork<SimFrame>;
  readonly oracle: Oracle;
  readonly machines: Machine[] = [];
  readonly #byId = new Map<string, Machine>();
  readonly random: Random;
  readonly #options: ClusterOptions;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #ended: Fading | undefined;
  readonly #readView = readOnce();
  /** Shards of the keys that were asked for. */
  readonly #placed = new Map<string, number>();
  #view: View | undefined;
  #viewRevision = -1;
  #configuration = 1;
  #ops = 0;
  #fingerprint = 0x811c9dc5;
  alarms = 0;
  /** Until then a tool's server does not answer its calls. */
  illUntil = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const forget = (op: string): void => {
      this.#exchanges.delete(op);
      this.oracle.forget(op);
    };
    if (options.keepMs !== undefined) this.#ended = new Fading(options.keepMs, forget);
    this.random = new Random(options.seed, 1);
    this.store = new SimStore(
      this.schedule,
      new Random(options.seed, 2),
      () => void this.trueView(),
      options.historyMs,
    );
    this.store.gatherMs = options.gatherMs ?? 0;
    this.fences = new SimFences(this.schedule, new Random(options.seed, 4));
    this.archive = new SimArchive(this.schedule, new Random(options.seed, 5));
    this.network = new SimNetwork(this.schedule, new Random(options.seed, 3));
    this.oracle = new Oracle(sightOf(this));
    this.archive.onSaved = (bytes) => this.oracle.pasts.saved(bytes);
    for (let index = 0; index < options.nodes; index++) this.#addMachine(index);
  }

  get shards(): number {
    return this.#options.shards;
  }

  get seed(): number {
    return this.#options.seed;
  }

  machine(id: string): Machine | undefined {
    return this.#byId.get(id);
  }

  get fingerprint(): string {
    return (this.#fingerprint >>> 0).toString(16).padStart(8, "0");
  }

  /** The view that stands in the store. */
  trueView(): View | undefined {
    const revision = this.store.revisionOf(viewKey);
    if (revision === this.#viewRevision) return this.#view;
    const value = this.store.value(viewKey);
    const view = value === undefined ? undefined : this.#readView(value);
    if (view !== undefined) this.oracle.viewed(view, this.#view);
    this.#view = view;
    this.#viewRevision = revision;
    return view;
  }

  ownerOf(shard: number): Machine | undefined {
    const view = this.trueView();
    return view === undefined ? undefined : this.machine(ownerOf(view, shard)?.id ?? "");
  }

  start(machine: Machine): void {
    const { node, link, transport } = machine;
    if (node.isUp) return;
    node.start();
    const { process } = node;
    machine.fences = new FenceLog(this.fences.store(link), `${node.id}/${process}`);
    machine.copies = this.#copiesOf(node, link);
    const give = (input: SimInput): void => node.give(process, input);
    machine.unlisten = transport.listen((_from, frame) => give({ kind: "frame", frame }));
    machine.unwatch = link.store.watch(
      (row) => give({ kind: "row", row }),
      () => give({ kind: "caughtUp" }),
    );
    this.schedule.after(this.random.between(1, 30), () =>
      give({ kind: "configuration", number: this.#configuration }),
    );
  }

  /** @param isTold the launcher is alive, and says so */
  crash(machine: Machine, isTold: boolean): void {
    const { node } = machine;
    if (!node.isUp) return;
    const incarnation = node.peer?.incarnation ?? 0;
    this.oracle.doorDied(node.id);
    node.crash();
    machine.unwatch();
    machine.unlisten();
    if (!isTold) return;
    for (const after of [4, 200, 1_000])
      this.schedule.after(after, () => {
        for (const { node: other } of this.machines)
          if (other !== node && !this.random.chance(0.1))
            other.give(other.process, { kind: "died", id: node.id, incarnation });
      });
  }

  configure(): void {
    const number = ++this.#configuration;
    for (const { node } of this.machines)
      this.schedule.after(this.random.between(1, 3_000), () =>
        node.give(node.process, { kind: "configuration", number }),
      );
  }

  shardOf(key: string): number {
    const known = this.#placed.get(key);
    if (known !== undefined) return known;
    const shard = numberOf(key) % this.#options.shards;
    if (this.#placed.size < 1 << 16) this.#placed.set(key, shard);
    return shard;
  }

  /** Agents call, at any door, until a time. */
  load(until: number): void {
    const { callsPerSecond, sessions } = this.#options;
    const next = (): void => {
      if (this.schedule.now >= until) return;
      this.schedule.after((-Math.log(1 - this.random.unit()) * 1_000) / callsPerSecond, next);
      const { node } = this.random.pick(this.machines);
      const key = keyOf(this.random.below(sessions));
      if (node.isUp) this.request(node, key, takeTool((count) => this.random.below(count)).name);
      const { last } = this.oracle.flows;
      if (node.isUp && last !== undefined && this.#ops % carriedEach === 0) this.request(node, last.key, carrier, last.value); // prettier-ignore
    };
    next();
  }

  /** @param carried a value that the agent gives the tool @param named an approval that it says it has */
  request(node: SimNode, key: string, tool: string, carried?: string, named?: string): string {
    const op = `op-${++this.#ops}`;
    const isSource = tool === source && this.#options.isFollowed !== false;
    const value = isSource ? valueOf(key, this.#ops) : carried;
    const exchange = { key, shard: this.shardOf(key), call: makeCall(key, tool, op, value, named) };
    this.#exchanges.set(op, exchange);
    this.oracle.begun(op, node.id, key, exchange.call);
    node.give(node.process, { kind: "request", op, ...exchange });
    return op;
  }

  runUntil(time: number): void {
    this.schedule.runUntil(time, () => this.oracle.violations.length > 0);
  }

  /** What is not as it should be when all is well: every shard owned by a node that may act, with a copy in sync. */
  unhealed(): string[] {
    const view = this.trueView();
    if (view === undefined) return ["there is no view"];
    const faults: string[] = [];
    for (let shard = 0; shard < this.#options.shards; shard++) {
      const owner = ownerOf(view, shard);
      const node = owner === undefined ? undefined : this.machine(owner.id)?.node;
      if (
        node?.peer === undefined ||
        node.peer.incarnation !== owner?.incarnation ||
        !node.peer.isActing(node.now)
      )
        faults.push(`shard ${shard}: its owner ${owner?.id ?? "nobody"} does not act`);
      else if (node.peer.holding(shard)?.epoch !== view.epoch[shard])
        faults.push(`shard ${shard}: ${node.id} does not know that it owns it`);
      else if (this.machines.length > 1 && !isInSync(view, shard))
        faults.push(`shard ${shard}: no copy in sync`);
    }
    return faults;
  }

  #addMachine(index: number): void {
    const id = idOf(index);
    const random = new Random(this.#options.seed, 100 + index);
    const { activeMax = 48, nodes, startMs, streams } = this.#options;
    const node = new SimNode(id, index, 1 + random.between(-0.01, 0.01), {
      schedule: this.schedule,
      random,
      shards: this.#options.shards,
      activeMax: typeof activeMax === "function" ? activeMax(index) : activeMax,
      streams,
      decodeView: this.#readView,
      shardOf: (key) => this.shardOf(key),
      act: (from, output) => this.#act(from, output),
      stepped: (from, input, outputs) => this.#stepped(from, input, outputs),
      fault: (from, fault) =>
        this.oracle.violate(
          `${from.id} failed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`,
        ),
    });
    const link = this.store.link();
    const machine: Machine = {
      node,
      link,
      fences: new FenceLog(this.fences.store(link), id),
      copies: this.#copiesOf(node, link),
      transport: this.network.transport(id),
      unwatch: () => undefined,
      unlisten: () => undefined,
    };
    this.machines.push(machine);
    this.#byId.set(id, machine);
    const after = startMs === undefined ? 30 * index : 10 + (startMs * index) / nodes;
    this.schedule.after(random.between(0, 50) + after, () => this.start(machine));
  }

  #stepped(node: SimNode, input: SimInput, outputs: readonly SimOutput[]): void {
    let hash = mixed(mixed(this.#fingerprint, node.index), Math.round(this.schedule.now * 1_000));
    hash = mixed(hash, input.kind.length + input.kind.charCodeAt(1));
    for (const output of outputs)
      hash = mixed(hash, output.kind.charCodeAt(0) + (output.kind === "send" ? output.frame.body.kind.length : 0)); // prettier-ignore
    this.#fingerprint = hash;
  }

  #act(node: SimNode, output: SimOutput): void {
    const { process } = node;
    switch (output.kind) {
      case "swap": {
        const { link } = this.machines[node.index] as Machine;
        link.store.swap(output.key, output.value, output.expected, (result) =>
          node.give(process, { kind: "swapped", ticket: output.ticket, result }),
        );
        return;
      }
      case "seal":
      case "append":
      case "clear": {
        const { fences } = this.machines[node.index] as Machine;
        return askFenceLog(fences, output, (heard) => this.#give(node, process, heard));
      }
      case "send":
        return this.#send(node, output.frame);
      case "effects":
        return this.oracle.acted(node.id, output.key, output.effects);
      case "note":
        return;
      case "restore":
        return this.#restore(node, output);
      case "record":
        (this.machines[node.index] as Machine).copies.turned(output);
        return this.#record(node, output);
      case "connect":
        return this.#connect(node, output.op);
      case "write":
        return this.#write(node, output);
      case "finish":
        this.#ended?.add(output.op, this.schedule.now);
        return this.oracle.finished(output.op, output.ending);
      case "floor":
        return node.keepFloor(output.floor);
      case "alarm":
        return void this.alarms++;
      case "hangUp":
        return;
      default:
        output satisfies never;
    }
  }

  #send(node: SimNode, frame: SimFrame): void {
    const { body, to } = frame;
    const exchange = body.kind === "answer" ? this.#exchanges.get(body.op) : undefined;
    this.trueView();
    if (body.kind === "answer" && exchange !== undefined)
      this.oracle.released(node.id, exchange.shard, body.epoch, exchange.key, exchange.call, body.ending);
    if (body.kind === "message") this.oracle.probed(body);
    (this.machines[node.index] as Machine).transport.send(to.id, frame);
  }

  #copiesOf(node: SimNode, link: StoreLink): SimCopies {
    const archive = this.#options.isArchived === false ? undefined : this.archive.node(node.id, link);
    return new SimCopies(node, archive, this.events, this.schedule);
  }

  #restore(node: SimNode, ask: PastAsk): void {
    const { process } = node;
    const { reader } = (this.machines[node.index] as Machine).copies;
    const demanded = this.oracle.pasts.demanded(ask.shard, ask.epoch, this.archive.standing(ask.shard));
    reader?.read(ask.shard, (kept) => {
      const wasRestored = node.peer?.holding(ask.shard)?.isRestored;
      node.give(process, { ...ask, kind: "restored", kept });
      const isRead = wasRestored === false && node.peer?.holding(ask.shard)?.isRestored === true;
      if (isRead && kept !== undefined) lookAtPast(this, node, ask, demanded);
    });
  }

  #record(node: SimNode, { link, entry: { key, event }, op }: Extract<SimOutput, { kind: "record" }>): void {
    const exchange = op === undefined ? undefined : this.#exchanges.get(op);
    this.trueView();
    this.oracle.recorded(node.id, link, key, event, op, exchange?.call);
    if (op === undefined) return;
    const { process } = node;
    const busy = Math.max(0, node.diskBusyUntil - this.schedule.now);
    this.schedule.after(busy + this.random.between(0.1, 1.5), () =>
      node.give(process, { kind: "recorded", op }),
    );
  }

  #connect(node: SimNode, op: string): void {
    const { process } = node;
    const stall = Math.max(0, node.connectStallUntil - this.schedule.now);
    const fails = this.random.chance(this.#options.connectFailures ?? 0.01);
    this.schedule.after(stall + this.random.between(0.5, 4), () =>
      node.give(process, fails ? { kind: "failed", op, answer: undefined } : { kind: "connected", op }),
    );
  }

  #write(node: SimNode, { op, key, link, call }: Extract<SimOutput, { kind: "write" }>): void {
    const { process } = node;
    this.trueView();
    this.oracle.wrote(node.id, op, key, link, call);
    const reach = this.random.between(0.3, 5);
    const slow = this.random.chance(this.#options.slowCalls ?? 0.02) ? this.random.between(0, 8_000) : 0;
    const took = reach + this.random.between(3, 150) + slow;
    this.schedule.after(reach, () => this.oracle.executed(op, call));
    const isIll = call.facts.name === frailTool && this.schedule.now < this.illUntil;
    const outcome = isIll ? "timeout" : this.random.chance(0.03) ? "tool-error" : "ok";
    const given = call.facts.name === source ? call.value : undefined;
    this.schedule.after(took, () =>
      node.give(process, { kind: "answered", op, answer: makeAnswer(outcome, op, given) }),
    );
  }

  /** What a log does not take comes back at once, and is no step within the step. */
  #give(node: SimNode, process: number, input: SimInput): void {
    this.schedule.after(0.01, () => node.give(process, input));
  }
}

function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ value, 0x01000193) ^ (hash >>> 13);
}
