/**
 * Operators' programs over gRPC: a listener of its own with mutual TLS, off unless it is configured. Owns who may call what,
 * and how answers and failures look there. Does not own what is done: operators.ts does it, as for the command line.
 *
 * R1. Without a certificate that the configured authority has signed nothing is heard: TLS ends the connection.
 * R2. Health is for every such client. All else is for those whose certificate bears a name that gatehouse.yaml lists.
 * R3. Each call is on record with the name of its caller and how it ended; those that are refused for their name are
 *     counted, and on record once in an interval (grpcrefusals.ts).
 * R4. A message is bounded in bytes, a connection in calls, a client in connections (grpcgate.ts) and in streams that watch,
 *     whatever they watch; and all of it takes no more than the host's own bounds allow.
 */
import { join } from "node:path";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  status as codes,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { GatewayError, type ErrorCode } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Recorder } from "../../protocol/record.ts";
import type { Confirmed } from "../../cluster/orders.ts";
import type { ClusterStatus } from "../cluster/standing.ts";
import { clientOf, GrpcGate, namesOf } from "./grpcgate.ts";
import { GrpcRefusals } from "./grpcrefusals.ts";
import type { KillAnswer, LiftAnswer } from "./operators.ts";
import type { ControlRequest } from "./socket.ts";

export interface GrpcSettings {
  readonly host: string;
  readonly port: number;
  /** Names in certificates of clients that may order something. */
  readonly clients: readonly string[];
}

export interface GrpcPorts {
  readonly settings: GrpcSettings;
  /** PEM of the listener, and of the authority that signs clients' certificates. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  readonly handle: (request: ControlRequest) => Promise<unknown>;
  readonly isReady: () => boolean;
  readonly recorder: Recorder;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onFault: (fault: unknown) => void;
}

interface Caller {
  /** Names that its certificate bears. */
  readonly names: readonly string[];
  readonly from: string;
}

interface Recorded extends Caller {
  readonly method: string;
  readonly at: number;
  readonly count: number;
}

type Message = { readonly [field: string]: unknown };
type Unary = ServerUnaryCall<Message, Message>;
type Stream = ServerWritableStream<Message, Message>;

/** As method, of a connection that is one too many. */
const connection = "connection";
const operators = "gatehouse.v1.Operators";
const health = "grpc.health.v1.Health";

/** What gRPC's own codes say of ours. Internal faults tell nothing. */
const codeOf: Partial<Record<ErrorCode, codes>> = {
  PARAMS_INVALID: codes.INVALID_ARGUMENT,
  METHOD_UNKNOWN: codes.UNIMPLEMENTED,
  OWNER_UNAVAILABLE: codes.UNAVAILABLE,
  OVERLOADED: codes.RESOURCE_EXHAUSTED,
  RECORD_UNAVAILABLE: codes.UNAVAILABLE,
  DRAINING: codes.UNAVAILABLE,
};

function serviceOf(file: string, name: string): ServiceDefinition {
  const loaded = loadPackageDefinition(
    loadSync(join(import.meta.dirname, file), { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true }), // prettier-ignore
  );
  let found: unknown = loaded;
  for (const part of name.split(".")) found = (found as { readonly [part: string]: unknown })[part];
  return (found as { readonly service: ServiceDefinition }).service;
}

export class GrpcDoor {
  readonly #ports: GrpcPorts;
  readonly #server: Server;
  readonly #gate: GrpcGate;
  /** By client, its streams; of some it is not known whether what they watch will ever be there. */
  readonly #watchers = new Map<string, Set<Stream>>();
  readonly #refusals: GrpcRefusals;
  readonly #beat: NodeJS.Timeout;
  #wasReady: boolean | undefined;

  constructor(ports: GrpcPorts) {
    this.#ports = ports;
    this.#server = new Server({
      "grpc.max_receive_message_length": limits.grpcMessageBytesMax,
      "grpc.max_concurrent_streams": limits.grpcCallsMax,
      "grpc.max_connection_age_ms": limits.grpcConnectionMs,
      "grpc.keepalive_time_ms": limits.pingIntervalMs,
    });
    this.#server.addService(serviceOf("operators.proto", operators), this.#operators());
    this.#server.addService(serviceOf("health.proto", health), this.#health());
    this.#refusals = new GrpcRefusals(({ method, names, from }, count, at) => this.#record({ method, names: [names], from, at, count }, method === connection ? "RESOURCE_EXHAUSTED" : "PERMISSION_DENIED")); // prettier-ignore
    // TLS is the gate's: what it lets in is read as it is.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#gate = new GrpcGate({
      tls: ports.tls,
      connected: (socket) => injector.injectConnection(socket),
      refused: (names, from) => this.#refusals.count({ method: connection, names: names.join(" "), from: from.slice(0, 64) }, ports.now()), // prettier-ignore
    });
    this.#beat = setInterval(() => {
      this.#tellHealth();
      this.#refusals.flush(ports.now());
    }, limits.grpcHealthMs);
    this.#beat.unref();
  }

  /** @returns the port in use. Rejects with what the listener says */
  listen(): Promise<number> {
    const { host, port } = this.#ports.settings;
    return this.#gate.listen(host, port);
  }

  /** Watchers hear that it serves no more; calls that run are ended. */
  close(): void {
    clearInterval(this.#beat);
    this.#refusals.flush(Number.POSITIVE_INFINITY);
    for (const watcher of this.#watching()) {
      if (isService(watcher.request["service"])) watcher.write({ status: "NOT_SERVING" });
      watcher.end();
    }
    this.#server.forceShutdown();
    this.#gate.close();
  }

  #operators(): UntypedServiceImplementation {
    const unary = (method: string, act: (request: Message, by: string) => Promise<Message>) => (call: Unary, answer: sendUnaryData<Message>): void => void this.#call(method, call, answer, act); // prettier-ignore
    return {
      Status: unary("Status", async () => statusMessage((await this.#ask("cluster.status", {})) as ClusterStatus)), // prettier-ignore
      Drain: unary("Drain", async ({ node }, by) => {
        await this.#ask("cluster.drain", { node, by });
        return { draining: node };
      }),
      Kill: unary("Kill", async ({ target, reason }, by) => {
        const asked = { ...targetOf(target), reason, by };
        const { killed, recorded, nodes, hint = "" } = (await this.#ask("kill", asked)) as KillAnswer;
        return { killed, recorded, ...told(nodes), hint };
      }),
      Lift: unary("Lift", async ({ target, reason }, by) => {
        const asked = { ...targetOf(target), ...(reason === "" ? {} : { reason }), by };
        const { lifted, nodes } = (await this.#ask("sessions.lift", asked)) as LiftAnswer;
        return { lifted, ...told(nodes) };
      }),
    };
  }

  #health(): UntypedServiceImplementation {
    return {
      Check: (call: Unary, answer: sendUnaryData<Message>) => {
        const isKnown = isService(call.request["service"]);
        if (isKnown) answer(null, { status: this.#serving });
        else answer({ code: codes.NOT_FOUND, details: "no such service" });
      },
      Watch: (stream: Stream) => {
        const client = clientOf(stream.getAuthContext().sslPeerCertificate);
        const own = this.#watchers.get(client) ?? new Set<Stream>();
        if (
          own.size >= limits.grpcWatchersPerClientMax ||
          [...this.#watching()].length >= limits.grpcWatchersMax
        )
          return void stream.emit("error", { code: codes.RESOURCE_EXHAUSTED, details: "too many watchers" });
        this.#watchers.set(client, own.add(stream));
        const forget = (): void => {
          own.delete(stream);
          if (own.size === 0 && this.#watchers.get(client) === own) this.#watchers.delete(client);
        };
        stream.on("cancelled", forget).on("close", forget).on("error", forget);
        const isKnown = isService(stream.request["service"]);
        stream.write({ status: isKnown ? this.#serving : "SERVICE_UNKNOWN" });
      },
    };
  }

  get #serving(): string {
    return this.#ports.isReady() ? "SERVING" : "NOT_SERVING";
  }

  #tellHealth(): void {
    const isReady = this.#ports.isReady();
    if (isReady === this.#wasReady) return;
    this.#wasReady = isReady;
    for (const watcher of this.#watching())
      if (isService(watcher.request["service"])) watcher.write({ status: this.#serving });
  }

  *#watching(): Iterable<Stream> {
    for (const streams of this.#watchers.values()) yield* streams;
  }

  #ask(command: string, args: object): Promise<unknown> {
    return this.#ports.handle({ command, args: { ...args } });
  }

  async #call(
    method: string,
    call: Unary,
    answer: sendUnaryData<Message>,
    act: (request: Message, by: string) => Promise<Message>,
  ): Promise<void> {
    const caller = callerOf(call);
    const name = caller.names.find((each) => this.#ports.settings.clients.includes(each));
    if (name === undefined) {
      this.#refusals.count({ method, names: caller.names.join(" "), from: caller.from }, this.#ports.now());
      return answer({
        code: codes.PERMISSION_DENIED,
        details: "no name in this certificate is listed under grpc.clients in gatehouse.yaml",
      });
    }
    try {
      const done = await act(call.request, `grpc ${name}`.slice(0, limits.grpcNameCharsMax));
      this.#done(method, { ...caller, names: [name] }, "OK");
      answer(null, done);
    } catch (thrown) {
      const known = thrown instanceof GatewayError;
      if (!known) this.#ports.onFault(thrown);
      const code = known ? (codeOf[thrown.code] ?? codes.FAILED_PRECONDITION) : codes.INTERNAL;
      this.#done(method, { ...caller, names: [name] }, codes[code] ?? "INTERNAL");
      const remedy = known && thrown.remedy !== undefined ? `; ${thrown.remedy}` : "";
      answer({ code, details: known ? `${thrown.code}: ${thrown.message}${remedy}` : "internal error" });
    }
  }

  #done(method: string, caller: Caller, ended: string): void {
    this.#record({ ...caller, method, at: this.#ports.now(), count: 1 }, ended);
  }

  #record({ method, names, from, at, count }: Recorded, ended: string): void {
    const about = { what: "grpc call", method, names: names.join(" ").slice(0, 512), ended };
    const id = (names[0] ?? "").split(" ")[0] ?? "";
    this.#ports.recorder.append({ kind: "admin", at, auth: { by: "grpc", id }, from, ...(count > 1 ? { count } : {}), about }, "written"); // prettier-ignore
  }
}

function isService(name: unknown): boolean {
  return name === "" || name === operators || name === health;
}

function callerOf(call: Pick<Unary, "getAuthContext" | "getPeer">): Caller {
  return { names: namesOf(call.getAuthContext().sslPeerCertificate), from: call.getPeer().slice(0, 64) };
}

/** Which other nodes have confirmed it. Of a node that has not joined its cluster nobody has heard, and nobody is missing. */
function told(nodes: Confirmed | undefined): Message {
  return { heard: nodes?.heard ?? [], missing: nodes?.missing ?? [], unjoined: nodes?.isUnjoined === true };
}

/** Exactly one of the four, as the command line names it. */
function targetOf(target: unknown): Message {
  const { whom, ...given } = (target ?? {}) as { readonly whom?: unknown; readonly [name: string]: unknown };
  switch (whom) {
    case "agent":
    case "persona":
      return { [whom]: given[whom] };
    case "session":
      return { key: given["session"] };
    case "all":
      return { all: given["all"] };
    default:
      throw new GatewayError("PARAMS_INVALID", "target names one of agent, persona, session and all");
  }
}

function statusMessage({ cluster, node, state, shards, members }: ClusterStatus): Message {
  return {
    cluster,
    node,
    state,
    shards: shards?.all ?? 0,
    owned: shards?.owned ?? 0,
    in_sync: shards?.inSync ?? 0,
    lost: shards?.lost ?? 0,
    members: members.map(({ id, incarnation, weight, live, shards: own, own: said }) => ({
      id,
      state: live ? (said?.state ?? "silent") : "gone",
      incarnation,
      weight,
      version: said?.version ?? "",
      owned: own.owned,
      in_sync: own.inSync,
      lost: own.lost,
      open_calls: said?.openCalls ?? 0,
      kill_list_fresh: said?.killList.fresh ?? false,
    })),
  };
}
