/**
 * The parts of a node, made in the order in which they stand on each other: ground, decisions, exchange, doors. Nothing
 * here listens, and nothing but what a part owns is started; main.ts opens and closes.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { LRUCache } from "lru-cache";
import { roster, sessionOf } from "../actors/roster.ts";
import { Host } from "../cluster/host.ts";
import { SqlitePassivation } from "../cluster/passivation.ts";
import { shardOf as hashShard } from "../cluster/shard.ts";
import { GatewayError } from "../protocol/errors.ts";
import type { SessionKey } from "../protocol/id.ts";
import { limits } from "../protocol/limits.ts";
import { unmetNames } from "./catalogue/datatypes.ts";
import { governedBy } from "./catalogue/governing.ts";
import { LivingCatalogue } from "./catalogue/living.ts";
import { Clock } from "./clock.ts";
import type { Configuration, Environment } from "./config.ts";
import { DecisionConsole, type ConsoleMode } from "./console.ts";
import { followApprovals } from "./control/approvalhook.ts";
import { isMark, KillList } from "./control/kills.ts";
import type { ControlServer } from "./control/socket.ts";
import { DataFolder } from "./datafolder.ts";
import { Scans, screeningOf } from "./dlp/opening.ts";
import { Doors } from "./door/doors.ts";
import { HttpDoor } from "./door/http.ts";
import { SocketDoor } from "./door/websocket.ts";
import { Bridge } from "./exchange/bridge.ts";
import { Changes } from "./exchange/changes.ts";
import { Dispatcher } from "./exchange/dispatch.ts";
import { FactsKey } from "./exchange/facts.ts";
import { Governor, type SessionHost } from "./exchange/governor.ts";
import { Copying } from "./cluster/copying.ts";
import { ClusterPart, type ClusterSettings } from "./cluster/joining.ts";
import { forgetSessions, sessionsFile } from "./cluster/sessionsfile.ts";
import { Lists } from "./exchange/lists.ts";
import { Parks } from "./exchange/park.ts";
import { Provenance } from "./exchange/provenance.ts";
import { Reach } from "./exchange/reach.ts";
import { Relay } from "./exchange/relay.ts";
import { Roles } from "./exchange/roles.ts";
import { Sealer } from "./exchange/seal.ts";
import { Subscriptions } from "./exchange/subscriptions.ts";
import type { Housekeeping } from "./housekeeping.ts";
import { Authenticator } from "./identity/authenticate.ts";
import { KeyStore } from "./identity/keys.ts";
import { Tickets } from "./identity/ticket.ts";
import { readiness } from "./readiness.ts";
import { SegmentRecorder } from "./record/recorder.ts";
import { RefusalTally } from "./record/tally.ts";
import { Metrics, type Readings } from "./telemetry/metrics.ts";
import { readDefinitions } from "./upstream/definitions.ts";
import { Dialer } from "./upstream/dialer.ts";
import { fetchJson } from "./upstream/document.ts";
import { openPool } from "./upstream/pool.ts";
import { sharedKey } from "./vault/clustersecrets.ts";
import { openVault } from "./vault/opening.ts";
import { readSecret } from "./vault/secret.ts";

export const serverInfo = { name: "gatehouse", version: "0.1.0" } as const;
export interface NodeOptions {
  readonly env: Environment;
  /** Overrides listen.port; 0 picks a free one. */
  readonly port?: number;
  readonly console: {
    readonly stream: NodeJS.WriteStream;
    readonly mode: ConsoleMode;
    readonly readable: boolean;
    /** Commands in our own notices, as they can be typed here. */
    readonly spell?: (text: string) => string;
  };
  /** Faults of our own: for the log. */
  readonly onFault: (fault: unknown) => void;
}

export type Ground = ReturnType<typeof layGround>;
export type Decisions = ReturnType<typeof buildDecisions>;
export type ExchangeParts = ReturnType<typeof buildExchange>;
export type Entrance = ReturnType<typeof buildDoors>;

/** What everything stands on: time, the data folder, records, upstreams, keys. */
export function layGround(configuration: Configuration, options: NodeOptions) {
  const { settings } = configuration;
  const clock = new Clock();
  const data = new DataFolder(configuration.dataFolder);
  const incarnation = `${clock.now().toString(36)}-${randomBytes(6).toString("base64url")}`;
  data.take(incarnation);
  const { stream, mode, readable, spell } = options.console;
  const lines = new DecisionConsole(stream, mode, readable, spell);
  const { cluster } = settings;
  if (cluster !== undefined) {
    const secret = readSecret(cluster.secret, { env: options.env, folder: configuration.folder });
    data.share((name) => sharedKey(secret, cluster.name, name));
    forgetSessions((name) => data.file(name));
  }
  const shardKey = data.key("shard");
  const shards = new LRUCache<string, number>({ max: limits.activeSessionsMax });
  const shardOf = (session: SessionKey): number =>
    shards.get(session) ?? rememberShard(shards, session, shardKey);
  const copying = cluster === undefined ? undefined : new Copying(incarnation);
  const recorder = SegmentRecorder.open({
    folder: data.file("records"),
    node: settings.node,
    incarnation,
    ...(settings.records.segmentBytes === undefined ? {} : { segmentBytes: settings.records.segmentBytes }),
    shardOf,
    now: clock.now,
    ...(copying === undefined ? {} : { onWritten: (piece) => copying.tail.record(piece) }),
    onFault: (fault) =>
      lines.notice(fault === undefined ? "records are written again" : `calls are refused: ${fault.message}`),
    onRecovered: (tail) =>
      lines.notice(`the last run's records had a torn end; recovered: ${JSON.stringify(tail)}`),
  });
  const vault = openVault(settings, data, { env: options.env, folder: configuration.folder }, clock.now);
  const dialer = new Dialer();
  const pool = openPool({
    catalogue: configuration.catalogue,
    folder: dirname(configuration.catalogueFile),
    env: options.env,
    dialer,
    homes: data.file("homes"),
    client: serverInfo,
    vault: (name) => vault.get(name),
  });
  pool.on("log", ({ server, line }) => lines.notice(`${server}: ${scans.shown(line)}`));
  pool.on("lost", ({ server, reason }) => lines.notice(`${server}: ${reason}`));
  const scans = new Scans(configuration, { dialer, vault, env: options.env, notice: (text) => lines.notice(text) }); // prettier-ignore
  for (const says of unmetNames(configuration.tables, scans.hashedTypes)) lines.notice(says);
  const isShared = cluster !== undefined;
  const { onFault } = options;
  const keys = KeyStore.open(data.file("keys.json"), clock.now, isShared ? { pepper: data.key("pepper"), onFault } : undefined); // prettier-ignore
  const kills = KillList.open(data.file("kills.json"), { isShared, onFault });
  return { clock, data, lines, recorder, dialer, pool, keys, kills, vault, scans, shardOf, copying };
}

/** The keyed hash costs more than all of a turn, so each session pays for it once. */
function rememberShard(shards: LRUCache<string, number>, session: SessionKey, key: Buffer): number {
  const shard = hashShard(session, key);
  shards.set(session, shard);
  return shard;
}

/** Roles, session actors, and what turns their effects into records. */
export function buildDecisions(configuration: Configuration, options: NodeOptions, ground: Ground) {
  const { clock, data, lines, recorder, pool } = ground;
  const roles = new Roles((digest) => data.loadRole(digest), data.baselines);
  const passivation = new SqlitePassivation(
    data.file(configuration.settings.cluster === undefined ? "sessions.db" : sessionsFile),
    {
      later: (act, waitMs) => void setTimeout(act, waitMs),
      onFault: options.onFault,
    },
  );
  const host: SessionHost = new Host({
    actor: roster,
    world: { role: (digest) => roles.byDigest(digest) },
    passivation,
    onFault: (key, fault) => lines.notice(`session ${key} is refused: ${fault.message}`),
  });
  const counts = { calls: 0, refused: 0 };
  const readings: { read: () => Readings } = { read: () => { throw new Error("scraped before the start"); } }; // prettier-ignore
  const metrics = new Metrics(() => readings.read());
  const governor = new Governor({
    host,
    recorder,
    now: clock.now,
    onDecision: (decision) => {
      if (decision.verdict.kind === "allow") counts.calls++;
      else counts.refused++;
      metrics.decision(decision);
      lines.decision(decision);
    },
    onOutcome: (caller, judged, facts) => {
      metrics.outcome(judged, facts);
      lines.outcome(caller, judged, facts);
    },
    onAlert: (session, rule, says) => {
      metrics.alert(rule);
      lines.notice(`alert ${rule} for ${session}: ${says}`);
    },
    demanded: (session, killedBy, at) => ground.kills.demanded(session, killedBy, at),
    onClose: (session, reason) => built.closeSession(session, reason),
  });
  const changes = new Changes();
  const catalogue = new LivingCatalogue({
    configuration,
    env: options.env,
    data,
    roles,
    changes,
    recorder,
    pool,
    read: readDefinitions,
    now: clock.now,
    notice: (text) => lines.notice(text),
  });
  const built = {
    roles,
    passivation,
    host,
    counts,
    readings,
    metrics,
    governor,
    changes,
    catalogue,
    /** Set once there are doors. */
    closeSession: (_session: SessionKey, _reason: string): void => undefined,
  };
  return built;
}

/** From a request to its answer. */
export function buildExchange(
  configuration: Configuration,
  options: NodeOptions,
  ground: Ground,
  decisions: Decisions,
) {
  const { clock, data } = ground;
  const { roles, governor, changes, catalogue } = decisions;
  const { servers } = configuration.catalogue;
  const pool = catalogue.checkedPool();
  const shared = (name: string): boolean => servers[name]?.isolation === "shared";
  const parks = new Parks(clock.now);
  const links = (name: string): readonly string[] => servers[name]?.links ?? [];
  const bridge = new Bridge({ parks, sealer: new Sealer(data.key("seal")), now: clock.now, links });
  const pinned = (name: string) => catalogue.lock.servers[name];
  const factsKey = new FactsKey(data.key("facts"));
  const screening = screeningOf(ground, decisions.metrics);
  const { cluster: joined } = configuration.settings;
  const looking = { screening, provenance: new Provenance(ground.vault, screening) };
  const reach = new Reach({ governor, roles, pool, factsKey, ...looking, shared });
  const lists = new Lists({ roles, reach, screening, pinned, shared, server: serverInfo, now: clock.now });
  const relay = new Relay({
    governor,
    roles,
    pool,
    bridge,
    factsKey,
    ...looking,
    server: serverInfo,
    callMs: (name) => (servers[name]?.callSeconds ?? limits.upstreamCallMs / 1000) * 1000,
    shared,
    onFault: options.onFault,
  });
  const subscriptions = new Subscriptions({
    roles,
    reach,
    onLost: (listener) => pool.on("lost", listener),
    changes,
    onFault: (fault) => {
      if (fault instanceof GatewayError)
        ground.lines.notice(`a subscription waits for its server: ${fault.message}`);
      else options.onFault(fault);
    },
  });
  const openCalls = (): number => dispatcher.openCalls;
  const cluster = joined === undefined ? undefined : buildCluster(configuration, joined, options, ground, decisions, { relay, reach, subscriptions, openCalls }); // prettier-ignore
  const dispatcher = new Dispatcher({
    relay: cluster?.conductor ?? relay,
    owner: cluster?.neighbours.errands,
    lists,
    subscriptions,
    roles,
    killed: (session) => isKilled(ground, decisions, cluster, session),
    server: serverInfo,
    onFault: options.onFault,
  });
  followApprovals(governor, relay.waiting, configuration, options.env, ground);
  roles.onChange = (persona) => changes.publish(persona, "tools");
  ground.pool.on("changed", ({ server, what }) => {
    for (const role of roles.all()) {
      if (!role.servers.includes(server)) continue;
      changes.publish(role.persona, what);
      cluster?.neighbours.publish(role.persona, what);
    }
  });
  return { parks, lists, dispatcher, cluster };
}

function buildCluster(
  { settings: { node, scopes }, folder }: Configuration,
  settings: ClusterSettings,
  { env, onFault }: NodeOptions,
  ground: Ground,
  { host, governor, roles, changes, catalogue }: Decisions,
  { relay, reach, subscriptions, openCalls }: { readonly relay: Relay; readonly reach: Reach; readonly subscriptions: Subscriptions; readonly openCalls: () => number }, // prettier-ignore
): ClusterPart {
  const { data, recorder, shardOf, lines, kills, keys, copying } = ground;
  assert(copying !== undefined, "a node of a cluster copies");
  const part = new ClusterPart({
    kills,
    keys,
    changes,
    resume: (caller, uris) => subscriptions.resume(caller, uris),
    settings,
    node,
    folder,
    env,
    file: (name) => data.file(name),
    host,
    relay,
    governor,
    recorder,
    roles,
    copying,
    shardOf,
    sealer: new Sealer(data.key("wire")),
    now: ground.clock.now,
    version: serverInfo.version,
    openCalls,
    governed: () => governedBy(catalogue, scopes, ground.scans.digests),
    mint: () => randomBytes(16).toString("base64url"),
    notice: (text) => lines.notice(text),
    onFault,
  });
  reach.conduct = part.conductor.reach;
  return part;
}

/** Where agents come in. */
export function buildDoors(
  configuration: Configuration,
  options: NodeOptions,
  ground: Ground,
  decisions: Decisions,
  exchange: ExchangeParts,
) {
  const { settings } = configuration;
  const { clock, recorder, keys, dialer } = ground;
  const { dispatcher, lists } = exchange;
  const { roles, changes, metrics } = decisions;
  const state = { draining: false };
  const authenticator = new Authenticator({
    keys,
    issuers: settings.oauth.issuers,
    fetchJson: (url, policy, bytesMax) => fetchJson(dialer, url, policy, bytesMax),
    now: clock.now,
    isBehind: () => exchange.cluster?.orders.isStale === true,
    onRefused: (report) => {
      const about = { what: "callers refused", ...report };
      recorder.append({ kind: "node", at: clock.now(), about }, "written");
    },
  });
  const refusals = new RefusalTally(recorder, clock.now);
  const onRefused = (code: string): void => {
    metrics.refused(code);
    refusals.count(code);
  };
  const killed = (session: SessionKey): boolean => isKilled(ground, decisions, exchange.cluster, session);
  const doors = new Doors({
    dispatcher,
    lists,
    roles,
    changes,
    nowMs: () => performance.now(),
    neighbours: exchange.cluster?.neighbours,
    isCurrent: (principal) => authenticator.isCurrent(principal, clock.now()),
    killed,
    onRefused,
  });
  const tickets = new Tickets((principal, now) => authenticator.isCurrent(principal, now));
  exchange.cluster?.tickets.open(tickets, (principal) => authenticator.isCurrent(principal, clock.now()));
  const http = new HttpDoor({
    doors,
    authenticator,
    tickets: exchange.cluster?.tickets ?? tickets,
    sockets: settings.websocket ? new SocketDoor(doors, options.onFault) : undefined,
    sse: settings.sse,
    issuers: settings.oauth.issuers,
    now: clock.now,
    killed,
    ready: () => readiness({ state }, recorder, exchange.cluster),
    metrics: () => metrics.scrape(),
    onRefused,
    onFault: options.onFault,
  });
  return { state, doors, authenticator,
    refusals, http, control: undefined as ControlServer | undefined, grpc: undefined as { close(): void; listen(): Promise<number> } | undefined, chores: undefined as Housekeeping | undefined, traces: undefined as { close(): Promise<void> } | undefined }; // prettier-ignore
}

/**
 * By a rule, or by its key; a mark of a rule that was lifted stops nothing.
 * @throws GatewayError KILL_LIST_STALE when this node cannot tell
 */
function isKilled(
  { kills }: Ground,
  { host }: Decisions,
  cluster: ClusterPart | undefined,
  session: SessionKey,
): boolean {
  cluster?.orders.checkFresh();
  if (kills.isKilled(session) !== undefined) return true;
  const by = sessionOf(host.peek(session))?.killedBy ?? "";
  return by !== "" && !isMark(by);
}
