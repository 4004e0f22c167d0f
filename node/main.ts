/**
 * The wiring: read this first. One node, from configuration to listening, and back down. Everything that touches the
 * world is made here and handed on; nothing below reads the environment or a clock by itself.
 *
 *   agent -> door/ -> identity/ -> exchange/dispatch -> exchange/relay -> actors/session (through exchange/governor)
 *         -> record/ (intent) -> upstream/ -> exchange/facts -> actors/session -> record/ (outcome) -> door -> agent
 */
import { GatewayError } from "../protocol/errors.ts";
import type { AnyEvent } from "../actors/roster.ts";
import { limits } from "../protocol/limits.ts";
import type { Configuration } from "./config.ts";
import { Administrator } from "./control/administrator.ts";
import { Operators, type EndpointStatus, type OperatorPorts } from "./control/operators.ts";
import { HostedSessions } from "./control/sessionviews.ts";
import { ControlServer } from "./control/socket.ts";
import { Endpoints, type Endpoint } from "./exchange/endpoint.ts";
import { close, flushDoors, flushRefusals } from "./closing.ts";
import { LedgerPressure } from "./exchange/ledgerpressure.ts";
import { Housekeeping } from "./housekeeping.ts";
import { addressRules } from "./identity/address.ts";
import type { KeyStore } from "./identity/keys.ts";
import {
  buildDecisions,
  buildDoors,
  buildExchange,
  layGround,
  serverInfo,
  type Decisions,
  type Entrance,
  type ExchangeParts,
  type Ground,
  type NodeOptions,
} from "./parts.ts";
import { tailRecords } from "./record/reader.ts";
import { readListenerFiles } from "./vault/listenerkey.ts";
import { readiness } from "./readiness.ts";
import type { Readings } from "./telemetry/metrics.ts";

export interface RunningNode {
  readonly port: number;
  /** Where operators' programs come in, if they may. */
  readonly grpcPort?: number;
  readonly endpoints: readonly Endpoint[];
  readonly keys: KeyStore;
  /** An operator has asked, at whichever node, that this one leaves its cluster. */
  readonly drainAsked: Promise<void>;
  readonly counts: () => { readonly calls: number; readonly refused: number };
  /** Refuses new requests, lets open ones finish within limits.drainMs, puts everything away. */
  stop(): Promise<void>;
}

/** @throws GatewayError; Node.js's own error when the port is taken */
export async function startNode(configuration: Configuration, options: NodeOptions): Promise<RunningNode> {
  const ground = layGround(configuration, options);
  const decisions = buildDecisions(configuration, options, ground);
  const exchange = buildExchange(configuration, options, ground, decisions);
  const entrance = buildDoors(configuration, options, ground, decisions, exchange);
  decisions.closeSession = (session, reason) => {
    entrance.doors.closeSession(session, reason);
    exchange.parks.endSession(session, reason);
    exchange.cluster?.conductor.cancelSession(session);
    ground.pool.closeOwner(session);
  };
  try {
    return await open(configuration, options, ground, decisions, exchange, entrance);
  } catch (fault) {
    await close(ground, decisions, exchange, entrance);
    throw fault;
  }
}

async function open(
  configuration: Configuration,
  options: NodeOptions,
  ground: Ground,
  decisions: Decisions,
  exchange: ExchangeParts,
  entrance: Entrance,
): Promise<RunningNode> {
  const { settings } = configuration;
  const { listen } = settings;
  const port = await entrance.http.listen(listen.host, options.port ?? listen.port);
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  const endpoints = new Endpoints(
    listen.publicUrl?.replace(/\/$/, "") ?? `http://${host}:${port}`,
    configuration.endpoints,
  );
  // In a cluster the runner-up has what came since, and this node's own sessions of then are not its own any more.
  if (exchange.cluster === undefined) catchUp(ground, decisions);
  finishOpenIntents(ground, exchange.cluster === undefined ? decisions.host : undefined);
  const operators = new Operators(
    operatorPorts(configuration, ground, decisions, exchange, entrance, endpoints),
  );
  const drainAsked = Promise.withResolvers<void>();
  if (exchange.cluster !== undefined) {
    exchange.cluster.desk.serve({
      operate: (command, args) => operators.handleHere({ command, args }),
      drain: async (by, from) => {
        await operators.drainAsked(by, from);
        drainAsked.resolve();
      },
    });
    const [onKill, onKey] = [() => operators.follow(), () => entrance.doors.closeEnded()];
    exchange.cluster.orders.onKill = onKill;
    exchange.cluster.orders.onKey = onKey;
  }
  entrance.control = await ControlServer.listen(
    ground.data.path,
    (request) => operators.handle(request),
    options.onFault,
  );
  if (settings.telemetry.otlp !== undefined) {
    const { startTraces } = await import("./telemetry/traces.ts");
    entrance.traces = startTraces(settings.telemetry.otlp, settings.node, serverInfo.version);
  }
  const grpcPort = await openGrpc(configuration, options, ground, exchange, entrance, operators);
  decisions.readings.read = () => readingsOf(ground, decisions, exchange, entrance);
  entrance.chores = keepHouse(configuration, options, ground, decisions, exchange, entrance, operators);
  ground.scans.warm();
  entrance.http.open(endpoints, addressRules(listen, port));
  exchange.cluster?.neighbours.serve(entrance.doors, endpoints);
  exchange.cluster?.tickets.serve(endpoints);
  await exchange.cluster?.join(endpoints);
  ground.scans.prepare();
  return {
    port,
    ...(grpcPort === undefined ? {} : { grpcPort }),
    endpoints: endpoints.all,
    keys: ground.keys,
    drainAsked: drainAsked.promise,
    counts: () => ({ ...decisions.counts }),
    stop: () => close(ground, decisions, exchange, entrance),
  };
}

/** The package is loaded only where it is configured. */
async function openGrpc(
  { settings, folder }: Configuration,
  { onFault }: NodeOptions,
  { recorder, clock }: Ground,
  { cluster }: ExchangeParts,
  entrance: Entrance,
  operators: Operators,
): Promise<number | undefined> {
  if (settings.grpc === undefined) return undefined;
  const { GrpcDoor } = await import("./control/grpc.ts");
  entrance.grpc = new GrpcDoor({
    settings: settings.grpc,
    tls: readListenerFiles(settings.grpc, "grpc", folder),
    handle: (request) => operators.handle(request),
    isReady: () => readiness(entrance, recorder, cluster).ok,
    recorder,
    now: clock.now,
    onFault,
  });
  try {
    return await entrance.grpc.listen();
  } catch (fault) {
    const { host, port } = settings.grpc;
    throw new GatewayError("CONFIGURATION", `grpc does not listen at ${host}:${port}: ${fault instanceof Error ? fault.message : String(fault)}`, { remedy: "take a free port, and a certificate and a key that belong together (grpc in gatehouse.yaml)", cause: fault }); // prettier-ignore
  }
}

/**
 * After a kill -9 the sessions on disk are some seconds old. The journal has what came since: it is taken again, so
 * that a crash gives no agent its buckets back or closes a breaker.
 */
function catchUp({ data, recorder }: Ground, { host }: Decisions): void {
  const folder = data.file("records");
  const last = tailRecords(folder, {}, 64).findLast((record) => record.epoch < recorder.epoch);
  if (last === undefined) return;
  const since = last.at - limits.catchUpMs;
  for (const { session, event, at } of tailRecords(folder, { since }, limits.catchUpRecordsMax))
    if (session !== undefined && event !== undefined) host.catchUp(session, event as AnyEvent, at);
}

/** Calls whose process ended between intent and answer: their outcome is unknown, and the record says so (law 5). */
function finishOpenIntents({ recorder, clock, lines }: Ground, host: Decisions["host"] | undefined): void {
  const open = recorder.openIntents.length;
  if (open > 0) lines.notice(`${open === 1 ? "1 call was" : `${open} calls were`} open when the last run ended; the outcome is unknown: gatehouse audit tail shows it`); // prettier-ignore
  for (const intent of recorder.openIntents) {
    const at = clock.now();
    const facts = { outcome: "unknown", bytes: 0, digest: "", tookMs: 0, code: "OUTCOME_UNKNOWN" } as const;
    const event = { kind: "answered", at, op: intent.op, facts } as const;
    const { op, session, name, server } = intent;
    if (session !== undefined) host?.turn(session, event);
    recorder.append({ kind: "outcome", at, ...(session === undefined ? {} : { session }), op, ...(name === undefined ? {} : { name }), ...(server === undefined ? {} : { server }), event }, "written"); // prettier-ignore
  }
}

function operatorPorts(
  configuration: Configuration,
  { clock, data, keys, kills, recorder, vault }: Ground,
  decisions: Decisions,
  exchange: ExchangeParts,
  entrance: Entrance,
  endpoints: Endpoints,
): OperatorPorts {
  const { host, governor, roles, catalogue } = decisions;
  const { cluster } = exchange;
  const since = clock.now();
  return {
    host: new HostedSessions(host),
    governor,
    roles,
    kills,
    keys,
    vault,
    administrator: Administrator.open(data.path),
    baselines: data.baselines,
    recorder,
    catalogue,
    now: clock.now,
    closeSession: (session, reason) => decisions.closeSession(session, reason),
    closeEnded: () => entrance.doors.closeEnded(),
    openSessions: () => new Set([...entrance.doors.sessions(), ...exchange.dispatcher.sessions()]),
    ...(cluster === undefined
      ? {}
      : {
          cluster: {
            desk: cluster.desk,
            died: (id, incarnation) => cluster.died(id, incarnation),
            confirmed: () => cluster.orders.confirmed(),
          },
        }),
    status: () => ({
      endpoints: endpoints.all.map((endpoint) => describeEndpoint(endpoint, configuration.settings)),
      node: configuration.settings.node,
      version: serverInfo.version,
      ...decisions.counts,
      ...readiness(entrance, recorder, cluster),
      ...(cluster === undefined ? {} : { cluster: cluster.standing }),
      head: recorder.head,
      since,
      roles: catalogue.tables(),
      quarantined: catalogue.quarantined(),
      upstreams: Object.fromEntries(decisions.readings.read().upstreams),
      sessions: host.active,
    }),
  };
}

/** An endpoint as operators and `start --json` print it. */
export function describeEndpoint(
  { kind, name, uri }: Endpoint,
  settings: Configuration["settings"],
): EndpointStatus {
  return {
    kind,
    ...(kind === "persona" ? { persona: name } : { server: name }),
    url: uri,
    ...(settings.websocket ? { websocket: uri.replace(/^http/, "ws") } : {}),
    ...(settings.sse ? { sse: uri.replace(/mcp$/, "sse") } : {}),
  };
}

function readingsOf(
  { recorder, pool, copying }: Ground,
  { host }: Decisions,
  { dispatcher, parks }: ExchangeParts,
  { doors }: Entrance,
): Readings {
  return {
    activeSessions: host.active,
    openCalls: dispatcher.open,
    connections: doors.connections,
    wireSessions: doors.wires.size,
    unjudgedBytes: doors.admission.bytes,
    waitingSockets: doors.admission.waiting,
    parkedCalls: parks.size,
    recordsHealthy: recorder.healthy,
    copies: copying?.standing,
    upstreams: pool.counts(),
  };
}

function keepHouse(
  configuration: Configuration,
  options: NodeOptions,
  { clock }: Ground,
  { host, governor, passivation }: Decisions,
  { parks, cluster }: ExchangeParts,
  entrance: Entrance,
  operators: Operators,
): Housekeeping {
  const { doors } = entrance;
  const memoryMs = configuration.settings.session.memoryDays * 86_400_000;
  const pressure = new LedgerPressure({ resident: () => host.resident(), shrink: (session, at) => governor.operate(session, { kind: "shrink", at }) }); // prettier-ignore
  return new Housekeeping(
    [
      cluster === undefined
        ? { everyMs: 1_000, act: () => flushRefusals(governor, host, clock.now()) }
        : { everyMs: 1_000, act: () => cluster.takeDue() },
      { everyMs: 1_000, act: () => cluster?.neighbours.tick() },
      { everyMs: limits.governedLookMs, act: () => cluster?.governed.look() },
      { everyMs: limits.governedLookMs, act: () => operators.catchUp() },
      { everyMs: 5_000, act: () => doors.tick() },
      { everyMs: 5_000, act: () => parks.expire() },
      { everyMs: 1_000, act: () => void host.saveTouched(1_000) },
      { everyMs: 1_000, act: () => void host.passivateIdle(clock.now(), 500) },
      { everyMs: 5_000, act: () => void pressure.look(clock.now()) },
      { everyMs: 60_000, act: () => void passivation.expire(clock.now() - memoryMs) },
      { everyMs: limits.refusalIntervalMs, act: () => flushDoors(entrance, clock.now()) },
    ],
    options.onFault,
  );
}
