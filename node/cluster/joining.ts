/**
 * A node's part in a cluster, put together: the lines to NATS, the store of shared rows, the transport, the peer and the
 * conductor. Owns when they begin and end, and what an operator is told. Does not own what they do.
 *
 * K1. A node that does not reach NATS says so and what to do, and tries again; it never serves alone (architecture,
 *     section 6). Until it may act, its calls end as OWNER_UNAVAILABLE.
 * K2. It begins with no session in memory or on disk: what an earlier process knew is with its runners-up.
 * K3. A node of another cluster, or with another secret, joins nothing: it ends with what is wrong (clustermark.ts).
 */
import type { NatsConnection } from "@nats-io/transport-node";
import { sessionOf } from "../../actors/roster.ts";
import { FenceLog } from "../../cluster/fencelog.ts";
import { FenceStream } from "../../cluster/fencestream.ts";
import type { Floor } from "../../cluster/membership.ts";
import { JetStreamStore } from "../../cluster/jetstream.ts";
import { NatsTransport } from "../../cluster/nats.ts";
import { shardCount } from "../../cluster/shard.ts";
import { placeOf } from "../../cluster/view.ts";
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
import { readSecret } from "../vault/secret.ts";
import { clusterMark, confirmCluster } from "./clustermark.ts";
import { ClusterDesk } from "./clusterdesk.ts";
import { ClusterOrders } from "./clusterorders.ts";
import { Conductor } from "./conductor.ts";
import type { Copying } from "./copying.ts";
import { Courier } from "./courier.ts";
import { nodeCodec } from "./nodecodec.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import { GovernedConfiguration, type Governed } from "./governed.ts";
import { readFloor } from "./floorfile.ts";
import { LineTold } from "./linetold.ts";
import { NodePeer, type NodeFrame } from "./nodepeer.ts";
import { Questions } from "./questions.ts";
import { ClusterTickets } from "./tickets.ts";
import { authorityOf, bucket, connectStore, inboxOf, seedOf, storeFault } from "./storeline.ts";
import { countShards, type ClusterStanding, type OwnStanding } from "./standing.ts";

export type ClusterSettings = NonNullable<Settings["cluster"]>;

export interface JoiningPorts {
  readonly settings: ClusterSettings;
  /** This node's name in the cluster. */
  readonly node: string;
  /** Of the program. */
  readonly version: string;
  /** Calls at this node's doors that are not yet answered. */
  readonly openCalls: () => number;
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
  /** What governs calls here. */
  readonly governed: () => Governed;
  readonly mint: () => string;
  readonly copying: Copying;
  readonly notice: (text: string) => void;
  readonly onFault: (fault: unknown) => void;
}

const floorFile = "cluster.json";
export class ClusterPart {
  readonly conductor: Conductor;
  readonly neighbours: Neighbourhood;
  readonly desk: ClusterDesk;
  readonly #courier: Courier;
  readonly #line: LineTold;
  #isDraining = false;
  #hasActed = false;
  readonly orders: ClusterOrders;
  readonly governed: GovernedConfiguration;
  readonly tickets: ClusterTickets;
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
    this.#line = new LineTold(notice, () => performance.now());
    this.tickets = new ClusterTickets({ self: node, courier: this.#courier, sealer: ports.sealer, live: () => this.#live, now }); // prettier-ignore
    this.neighbours = this.#neighbourhood();
    this.governed = new GovernedConfiguration({
      self: node,
      own: ports.governed,
      live: () => this.#live,
      say: alarm,
    });
    this.desk = new ClusterDesk({
      differences: () => this.governed.differences,
      self: node,
      courier: this.#courier,
      own: () => this.#own,
      view: () => this.#peer?.machine.view,
      shardOf,
      ownerOf: (session) => this.#ownerOf(session),
      isOwner: (session) => this.#isOwner(session),
      eventTime: () => this.#peer?.machine.eventTime(performance.now()) ?? now(),
      copying: (shard) => this.#peer?.machine.copying(shard),
    });
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
      ownerOf: (session) => this.#ownerOf(session),
      isOwner: (session) => this.#isOwner(session),
      members: () => this.#live,
      memory: (session) => sessionOf(host.peek(session))?.wires ?? [],
      give: (session, event) => this.#peer?.give({ kind: "event", key: session, shard: shardOf(session), event }), // prettier-ignore
    });
  }

  get #live(): readonly string[] {
    return this.#peer?.machine.view?.members.filter(({ isLive }) => isLive).map(({ id }) => id) ?? [];
  }

  #ownerOf(session: SessionKey): string | undefined {
    return this.#peer?.machine.liveOwnerOf(this.#ports.shardOf(session));
  }

  #isOwner(session: SessionKey): boolean {
    return this.isActing && (this.#peer?.machine.holding(this.#ports.shardOf(session))?.epoch ?? 0) > 0;
  }

  /** Whether this node may let effects out now. */
  get isActing(): boolean {
    return this.#peer?.machine.isActing(performance.now()) === true;
  }

  /** How it stands, for operators. */
  get standing(): ClusterStanding {
    const view = this.#peer?.machine.view;
    if (view === undefined) return this.#own;
    const place = placeOf(view, this.#ports.node);
    const members = view.members.map(({ id, incarnation, weight, isLive }) => ({ id, incarnation, weight, live: isLive })); // prettier-ignore
    const shards = countShards(view)[place] ?? { owned: 0, runner: 0, inSync: 0, lost: 0 };
    return { ...this.#own, view: view.number, members, shards };
  }

  get #own(): OwnStanding {
    const { settings, node, version, openCalls } = this.#ports;
    const machine = this.#peer?.machine;
    const acting = this.isActing;
    if (acting) this.#hasActed = true;
    const { server, version: natsVersion, fault } = this.#line;
    const seenAt = machine?.seenAt ?? Number.NEGATIVE_INFINITY;
    const storeAgeMs = Number.isFinite(seenAt) ? Math.round(performance.now() - seenAt) : undefined;
    return {
      cluster: settings.name,
      node,
      version,
      state: this.#isDraining ? "draining" : acting ? "acting" : this.#hasActed ? "waiting" : "joining",
      acting,
      incarnation: machine?.incarnation ?? this.#floor.incarnation,
      nats: { server, version: natsVersion, storeAgeMs, ...(fault === undefined ? {} : { fault }) },
      killList: this.orders.standing,
      copies: this.#ports.copying.standing,
      openCalls: openCalls(),
    };
  }

  /**
   * Connects, joins, and comes back when this node may act.
   *
   * @throws GatewayError for what only an operator can mend
   */
  async join(endpoints: Endpoints): Promise<void> {
    const { settings, node, host, notice, onFault, mint, shardOf, copying } = this.#ports;
    const mark = clusterMark(readSecret(settings.secret, this.#ports), settings.name);
    const ca = authorityOf(this.#ports);
    const transport = new NatsTransport<NodeFrame>(
      {
        id: node,
        cluster: mark,
        servers: settings.nats.servers,
        tls: ca === undefined ? undefined : { ca, handshakeFirst: true },
        seed: seedOf(this.#ports, "frames"),
        tell: (event) => this.#line.told(event),
        openCalls: this.conductor.openCalls,
      },
      nodeCodec(endpoints),
    );
    this.#transport = transport;
    const [, { store, fences }] = await Promise.all([transport.start(), this.#openStore()]);
    if (this.#end.signal.aborted) return store.close();
    this.#store = store;
    await confirmCluster(store, mark, settings.name, this.#end.signal);
    if (this.#end.signal.aborted) return;
    // prettier-ignore
    const peer = new NodePeer(
      { id: node, weight: settings.weight, shards: shardCount, floor: this.#floor, host, calls: this.conductor, mint },
      {
        store, transport,
        fences: new FenceLog(fences, mint()),
        turned: (entry, cited) => copying.turned(entry, cited),
        restore: (shard, then) => copying.restore(shard, then),
        act: this.conductor.act,
        search: this.conductor.search,
        hear: (from, bytes) => this.#courier.receive(from, bytes),
        shardOf,
        alarm: (says) => notice(`cluster: ${says}`),
        onFault,
      },
    );
    this.#peer = peer;
    copying.join(peer, host);
    this.conductor.join(peer);
    this.orders.join(transport.words, store, peer.machine);
    this.governed.join(store);
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
    const isOwned = (key: string): boolean =>
      (peer.machine.holding(shardOf(key as SessionKey))?.epoch ?? 0) > 0;
    for (const { key, event } of host.dueEvents(now, limits.clusterDueMax, isOwned))
      peer.give({ kind: "event", key, shard: shardOf(key as SessionKey), event });
  }

  /** Gives its shards away from now on, and takes none. */
  beginLeaving(): void {
    this.#isDraining = true;
    this.#peer?.give({ kind: "drain" });
  }

  /** Others have all that they can have of it. */
  get hasLeft(): boolean {
    const machine = this.#peer?.machine;
    if (machine === undefined || !this.isActing) return true;
    const { shards, copies, calls } = machine.remaining;
    if (calls > 0) return false;
    const { node } = this.#ports;
    const hasHeirs = machine.view?.members.some(
      ({ id, isLive, weight }) => isLive && weight > 0 && id !== node,
    );
    return hasHeirs !== true || (shards === 0 && copies === 0);
  }

  /** Steps down in words that others understand at once, and ends the lines. */
  async leave(): Promise<void> {
    this.#end.abort();
    this.#courier.close();
    await this.#peer?.leave();
    this.#peer?.stop();
    await this.#ports.copying.leave();
    this.orders.stop();
    this.governed.stop();
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
  async #openStore(): Promise<{ store: JetStreamStore; fences: FenceStream }> {
    const { settings, node } = this.#ports;
    const inboxPrefix = inboxOf(this.#ports);
    const options = {
      name: bucket,
      replicas: settings.replicas,
      inboxPrefix,
      signal: this.#end.signal,
      report: (says: string) => this.#line.report(says),
      connect: () => this.#connect(),
      explain: (fault: unknown) => storeFault(fault, this.#ports),
    };
    const store = await JetStreamStore.open(options);
    this.#ports.copying.open(node, options);
    return { store, fences: await FenceStream.open(options) };
  }

  async #connect(): Promise<NatsConnection> {
    if (this.#connection?.isClosed() !== false) this.#connection = await connectStore(this.#ports);
    return this.#connection;
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
