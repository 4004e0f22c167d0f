/**
 * A node's part in a cluster, put together: the lines to NATS, the store of shared rows, the transport, the peer and the
 * conductor. Owns when they begin and end, and what an operator is told. Does not own what they do.
 *
 * K1. A node that does not reach NATS says so and what to do, and tries again; it never serves alone (architecture,
 *     section 6). Until it may act, its calls end as OWNER_UNAVAILABLE.
 * K2. It begins with no session in memory or on disk: what an earlier process knew is with its runners-up.
 * K3. A node of another cluster, or with another secret, joins nothing: it ends with what is wrong (clustermark.ts).
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsConnection } from "@nats-io/transport-node";
import { sessionOf } from "../../actors/roster.ts";
import { FenceLog } from "../../cluster/fencelog.ts";
import { FenceStream } from "../../cluster/fencestream.ts";
import { FrameCodec } from "../../cluster/frames.ts";
import type { Floor } from "../../cluster/membership.ts";
import { JetStreamStore } from "../../cluster/jetstream.ts";
import { NatsTransport, type RelayEvent } from "../../cluster/nats.ts";
import { shardCount } from "../../cluster/shard.ts";
import { errors, GatewayError } from "../../protocol/errors.ts";
import type { SessionKey } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { Recorder } from "../../protocol/record.ts";
import type { Settings } from "../../protocol/settings.ts";
import type { KillList } from "../control/kills.ts";
import type { KeyStore } from "../identity/keys.ts";
import type { Changes } from "../exchange/changes.ts";
import type { Endpoints } from "../exchange/endpoint.ts";
import type { Caller } from "../exchange/exchange.ts";
import type { Governor, SessionHost } from "../exchange/governor.ts";
import type { Relay } from "../exchange/relay.ts";
import type { Roles } from "../exchange/roles.ts";
import type { Sealer } from "../exchange/seal.ts";
import { replaceFileSync } from "../record/disk.ts";
import { nkeySeed } from "../vault/clustersecrets.ts";
import { readSecret, type Secret } from "../vault/secret.ts";
import { clusterMark, confirmCluster } from "./clustermark.ts";
import { CallReader, packAnswer, packCall, unpackAnswer } from "./clustercall.ts";
import { ClusterOrders, type OrdersStanding } from "./clusterorders.ts";
import { Conductor } from "./conductor.ts";
import { Courier } from "./courier.ts";
import { packEvent, unpackEvent } from "./eventcodec.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import { NodePeer, type NodeFrame } from "./nodepeer.ts";
import { Questions } from "./questions.ts";

export type ClusterSettings = NonNullable<Settings["cluster"]>;

export interface JoiningPorts {
  readonly settings: ClusterSettings;
  /** This node's name in the cluster. */
  readonly node: string;
  /** Folder of gatehouse.yaml: relative paths start there. */
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
  /** A file of the data folder. */
  readonly file: (name: string) => string;
  readonly host: SessionHost;
  readonly relay: Relay;
  readonly governor: Governor;
  readonly recorder: Recorder;
  readonly roles: Roles;
  readonly shardOf: (session: SessionKey) => number;
  readonly kills: KillList;
  /** Of wire sessions' ids, the same at every node. */
  readonly sealer: Sealer;
  readonly keys: KeyStore;
  readonly resume: (caller: Caller, uris: readonly string[]) => void;
  readonly changes: Changes;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly mint: () => string;
  readonly notice: (text: string) => void;
  readonly onFault: (fault: unknown) => void;
}

/** The shared rows and the fence logs; NATS's own tools show them under this name. */
const bucket = "GATEHOUSE";
const floorFile = "cluster.json";
export const sessionsFile = "cluster-sessions.db";

/** Sessions that an earlier process of this node has put away: not this one's any more (K2). */
export function forgetSessions(file: (name: string) => string): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(file(sessionsFile + end), { force: true });
}

export class ClusterPart {
  readonly conductor: Conductor;
  readonly neighbours: Neighbourhood;
  readonly #courier: Courier;
  readonly orders: ClusterOrders;
  readonly #ports: JoiningPorts;
  #transport: NatsTransport<NodeFrame> | undefined;
  #connection: NatsConnection | undefined;
  #store: JetStreamStore | undefined;
  #peer: NodePeer | undefined;
  #floor: Floor;
  #floorTimer: NodeJS.Timeout | undefined;
  readonly #end = new AbortController();

  constructor(ports: JoiningPorts) {
    this.#ports = ports;
    const { node, relay, governor, recorder, roles, shardOf, kills, keys, now, notice } = ports;
    const alarm = (says: string): void => notice(`cluster: ${says}`);
    this.orders = new ClusterOrders({ node, kills, keys, recorder, now, alarm });
    this.#floor = readFloor(ports.file(floorFile));
    governor.elsewhere = (session, event) => this.conductor.operate(session, event);
    const { onFault } = ports;
    this.#courier = new Courier({ self: node, send: (to, bytes) => this.#peer?.send(to, bytes), onFault });
    this.neighbours = this.#neighbourhood();
    this.conductor = new Conductor({
      questions: new Questions(node, this.#courier),
      relay,
      governor,
      recorder,
      roles,
      shardOf,
      demanded: (session, killedBy, at) => kills.demanded(session, killedBy, at),
      isStopped: (session) => kills.isKilled(session) !== undefined,
      isStale: () => this.orders.isStale,
      alarm,
      keepFloor: (floor) => this.#keepFloor(floor),
    });
  }

  #neighbourhood(): Neighbourhood {
    const { node, sealer, now, host, shardOf, resume, changes } = this.#ports;
    return new Neighbourhood({
      self: node,
      courier: this.#courier,
      sealer,
      now,
      resume,
      changes,
      eventTime: () => this.#peer?.machine.eventTime(performance.now()) ?? now(),
      ownerOf: (session) => this.#peer?.machine.liveOwnerOf(shardOf(session)),
      isOwner: (session) => this.isActing && (this.#peer?.machine.holding(shardOf(session))?.epoch ?? 0) > 0,
      members: () => this.#peer?.machine.view?.members.filter(({ isLive }) => isLive).map(({ id }) => id) ?? [], // prettier-ignore
      memory: (session) => sessionOf(host.peek(session))?.wires ?? [],
      give: (session, event) => this.#peer?.give({ kind: "event", key: session, shard: shardOf(session), event }), // prettier-ignore
    });
  }

  /** Whether this node may let effects out now. */
  get isActing(): boolean {
    return this.#peer?.machine.isActing(performance.now()) === true;
  }

  /** How it stands, for operators; undefined before the first view. */
  get standing(): ClusterStanding | undefined {
    const machine = this.#peer?.machine;
    const view = machine?.view;
    if (machine === undefined || view === undefined) return undefined;
    const shards = { owned: 0, runner: 0, inSync: 0, lost: 0 };
    for (let shard = 0; shard < view.owner.length; shard++) {
      const owner = view.members[view.owner[shard] ?? -1];
      const runner = view.members[view.runner[shard] ?? -1];
      if (runner?.id === this.#ports.node) shards.runner++;
      if (owner?.id !== this.#ports.node) continue;
      shards.owned++;
      if (view.inSync[shard] === 1) shards.inSync++;
      if ((view.lostAt[shard] ?? 0) > 0) shards.lost++;
    }
    return {
      cluster: this.#ports.settings.name,
      node: this.#ports.node,
      incarnation: machine.incarnation,
      acting: this.isActing,
      view: view.number,
      members: view.members.map(({ id, incarnation, weight, isLive }) => ({ id, incarnation, weight, live: isLive })), // prettier-ignore
      shards,
      killList: this.orders.standing,
    };
  }

  /**
   * Connects, joins, and comes back when this node may act.
   *
   * @throws GatewayError for what only an operator can mend
   */
  async join(endpoints: Endpoints): Promise<void> {
    const { settings, node, host, notice, onFault, mint, shardOf } = this.#ports;
    const mark = clusterMark(this.#secret(settings.secret), settings.name);
    const calls = new CallReader(endpoints);
    const codec = new FrameCodec({
      call: { pack: packCall, unpack: (bytes) => calls.unpack(bytes) },
      answer: { pack: packAnswer, unpack: unpackAnswer },
      event: { pack: packEvent, unpack: unpackEvent },
    });
    const ca = settings.nats.ca === undefined ? undefined : readPem(resolve(this.#ports.folder, settings.nats.ca)); // prettier-ignore
    const transport = new NatsTransport<NodeFrame>(
      {
        id: node,
        cluster: mark,
        servers: settings.nats.servers,
        tls: ca === undefined ? undefined : { ca, handshakeFirst: true },
        seed: this.#seed(settings.nats.frames),
        tell: (event) => this.#told(event),
      },
      codec,
    );
    this.#transport = transport;
    const [, { store, fences }] = await Promise.all([transport.start(), this.#openStore(ca)]);
    if (this.#end.signal.aborted) return store.close();
    this.#store = store;
    await confirmCluster(store, mark, settings.name, this.#end.signal);
    if (this.#end.signal.aborted) return;
    const { weight } = settings;
    const peer = new NodePeer(
      { id: node, weight, shards: shardCount, floor: this.#floor, host, calls: this.conductor, mint },
      {
        store,
        fences: new FenceLog(fences, mint()),
        transport,
        act: this.conductor.act,
        hear: (from, bytes) => this.#courier.receive(from, bytes),
        shardOf,
        alarm: (says) => notice(`cluster: ${says}`),
        onFault,
      },
    );
    this.#peer = peer;
    this.conductor.join(peer);
    this.orders.join(transport.words, store, peer.machine);
    peer.start();
    await this.#acting(notice);
  }

  /** A launcher's word: no process of that incarnation, or of an earlier one, is left. */
  died(id: string, incarnation: number): void {
    this.orders.died(id, incarnation);
    this.#peer?.give({ kind: "died", id, incarnation });
  }

  /** Gives sessions whose time has come their time event: those that this node owns take it. */
  takeDue(): void {
    const peer = this.#peer;
    if (peer === undefined || !this.isActing) return;
    const { host, shardOf } = this.#ports;
    const now = peer.machine.eventTime(performance.now());
    for (const { key, event } of host.dueEvents(now, limits.clusterDueMax))
      peer.give({ kind: "event", key, shard: shardOf(key as SessionKey), event });
  }

  /** Steps down in words that others understand at once, and ends the lines. */
  async leave(): Promise<void> {
    this.#end.abort();
    this.#courier.close();
    await this.#peer?.leave();
    this.#peer?.stop();
    this.orders.stop();
    if (this.#floorTimer !== undefined) this.#writeFloor();
    this.#store?.close();
    await this.#transport?.close();
    await this.#connection?.close();
  }

  async #acting(notice: (text: string) => void): Promise<void> {
    let saidAt = performance.now();
    while (!this.isActing && !this.#end.signal.aborted) {
      await new Promise((done) => setTimeout(done, limits.clusterTickMs));
      if (performance.now() - saidAt < limits.storeSayMs) continue;
      saidAt = performance.now();
      notice("cluster: waiting to be admitted; a node of this name that ended without a word is waited for");
    }
  }

  /** Rows and fence logs, over one connection. */
  async #openStore(ca: string | undefined): Promise<{ store: JetStreamStore; fences: FenceStream }> {
    const { settings, node, notice } = this.#ports;
    const inboxPrefix = `_INBOX.${node}`;
    const options = {
      name: bucket,
      replicas: settings.replicas,
      inboxPrefix,
      signal: this.#end.signal,
      report: (says: string) => notice(`cluster: ${says}`),
      connect: () => this.#connect(inboxPrefix, ca),
    };
    const store = await JetStreamStore.open(options);
    return { store, fences: await FenceStream.open(options) };
  }

  async #connect(inboxPrefix: string, ca: string | undefined): Promise<NatsConnection> {
    if (this.#connection?.isClosed() === false) return this.#connection;
    const { settings, node } = this.#ports;
    const seed = this.#seed(settings.nats.store);
    this.#connection = await connect({
      servers: [...settings.nats.servers],
      name: `${node} store`,
      inboxPrefix,
      maxReconnectAttempts: -1,
      reconnectTimeWait: limits.relayReconnectMs,
      timeout: limits.relayConnectMs,
      ...(ca === undefined ? {} : { tls: { ca, handshakeFirst: true } }),
      ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(seed) }),
    });
    return this.#connection;
  }

  #seed(source: string | undefined): Uint8Array | undefined {
    return source === undefined ? undefined : nkeySeed(this.#secret(source));
  }

  #secret(source: string): Secret {
    const { env, folder } = this.#ports;
    return readSecret(source, { env, folder });
  }

  #told(event: RelayEvent): void {
    const { notice } = this.#ports;
    switch (event.kind) {
      case "unreachable":
      case "unfit":
        return notice(
          `cluster: ${event.error.message}; ${event.error.remedy ?? errors[event.error.code].do}`,
        );
      case "refused":
        return notice(`cluster: refused from ${event.from}: ${event.why} (${event.count} times)`);
      case "refused by server":
        return notice(
          `cluster: NATS refuses what this node says: ${event.why}; see docs/cluster.md, permissions`,
        );
      case "disconnected":
        return notice(`cluster: the line to NATS is down: ${event.why}`);
      case "connected":
        return notice(`cluster: connected to ${event.server}, NATS ${event.version}`);
      case "stalled":
        return notice(`cluster: NATS is slow to take frames: ${event.unconfirmedBytes} bytes wait`);
      default:
        event satisfies never;
    }
  }

  /**
   * A new incarnation is on disk before anything is done under it. The number of the last view follows within
   * limits.floorKeptMs: it only serves to notice a store that has forgotten views, and views change many times a second.
   */
  #keepFloor(floor: Floor): void {
    const isUrgent = floor.incarnation !== this.#floor.incarnation;
    this.#floor = floor;
    if (isUrgent) return this.#writeFloor();
    this.#floorTimer ??= setTimeout(() => this.#writeFloor(), limits.floorKeptMs);
  }

  #writeFloor(): void {
    clearTimeout(this.#floorTimer);
    this.#floorTimer = undefined;
    replaceFileSync(this.#ports.file(floorFile), JSON.stringify(this.#floor));
  }
}

export interface ClusterStanding {
  readonly cluster: string;
  readonly node: string;
  readonly incarnation: number;
  readonly acting: boolean;
  readonly view: number;
  readonly members: readonly { readonly id: string; readonly incarnation: number; readonly weight: number; readonly live: boolean }[]; // prettier-ignore
  readonly shards: { readonly owned: number; readonly runner: number; readonly inSync: number; readonly lost: number }; // prettier-ignore
  readonly killList: OrdersStanding;
}

/** @throws GatewayError CONFIGURATION: a node that guesses it could take a number that another process had */
function readFloor(path: string): Floor {
  if (!existsSync(path)) return { incarnation: 0, number: 0 };
  try {
    const { incarnation, number } = JSON.parse(readFileSync(path, "utf8")) as Partial<Floor>;
    if (Number.isSafeInteger(incarnation) && Number.isSafeInteger(number))
      return { incarnation, number } as Floor;
  } catch {
    // Said below.
  }
  throw new GatewayError("CONFIGURATION", `${path} is damaged`, {
    remedy: "restore it; without it, start the node with a new name and an empty data folder",
  });
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GatewayError("CONFIGURATION", `cluster.nats.ca cannot be read: ${path}`, { cause });
  }
}
