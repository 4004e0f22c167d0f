/**
 * One node's line to the NATS servers: connects, checks what it finds, and connects again for ever. Owns the connection
 * and what of it is unconfirmed. Does not own subjects nor what is sent.
 *
 * L1. A server that is too old, or takes too small messages, is never used, whenever it is met.
 * L2. What is written and not taken by the server is bounded: beyond it `isOpen` is false.
 * L3. An unreachable server is told and tried again, with growing pauses; it never ends the node.
 */
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsConnection, TlsOptions } from "@nats-io/transport-node";
import { GatewayError } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import { natsFault } from "./natsfault.ts";

/** What happens to the line, for the log and the counters. */
export type LineEvent =
  | { readonly kind: "connected"; readonly server: string; readonly version: string }
  | { readonly kind: "disconnected"; readonly why: string; readonly isSlowConsumer: boolean }
  | { readonly kind: "unreachable" | "unfit"; readonly error: GatewayError; readonly nextMs: number }
  /** The server refused something that this node sent. */
  | { readonly kind: "refused by server"; readonly why: string }
  /** The server is slow to take what is sent; frames wait. */
  | { readonly kind: "stalled"; readonly unconfirmedBytes: number };

export interface LineOptions {
  readonly servers: readonly string[];
  /** Shown by the server's own monitoring. */
  readonly name: string;
  /** In PEM. Undefined for a line without TLS. */
  readonly tls?:
    | {
        readonly ca?: string | undefined;
        readonly cert?: string;
        readonly key?: string;
        /** TLS before the first byte of NATS; the server must be set to it. Names in certificates are checked in full. */
        readonly handshakeFirst?: boolean;
      }
    | undefined;
  /** The node's nkey seed. */
  readonly seed?: Uint8Array | undefined;
}

export interface LinePorts {
  /** Connected, checked: subscribe here. Called at each connection. */
  up(connection: NatsConnection): void;
  tell(event: LineEvent): void;
}

const oldest = [2, 11] as const;

export class NatsLine {
  readonly #options: LineOptions;
  readonly #ports: LinePorts;
  #connection: NatsConnection | undefined;
  #isClosing = false;
  #pause: { readonly timer: NodeJS.Timeout; readonly end: () => void } | undefined;
  #unconfirmed = 0;
  #sinceConfirm = 0;
  #isStalled = false;
  #running: Promise<void> | undefined;

  constructor(options: LineOptions, ports: LinePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Whether what is written now has somewhere to go. */
  get isOpen(): boolean {
    return this.#connection !== undefined && !this.#isStalled;
  }

  /**
   * Connects, and stays connected until `close`.
   *
   * @returns when connected for the first time. Rejects with NATS_UNFIT when the first server that answers cannot be
   * used: then nothing goes on
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#running = this.#run(resolve, reject);
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#pause?.end();
    await this.#connection?.close();
    await this.#running;
  }

  /** When the server has taken everything that was written so far, or the connection has ended. */
  async taken(): Promise<void> {
    try {
      await this.#connection?.flush();
    } catch {
      // Ended meanwhile: what was under way is lost.
    }
  }

  /** @returns false when it went nowhere */
  write(subject: string, packet: Uint8Array): boolean {
    const connection = this.#connection;
    if (connection === undefined) return false;
    try {
      connection.publish(subject, packet);
    } catch {
      // Closed a moment ago, and the loop has not heard of it yet.
      return false;
    }
    this.#unconfirmed += packet.length;
    this.#sinceConfirm += packet.length;
    if (this.#sinceConfirm >= limits.relayConfirmBytes) this.#confirm(connection);
    return true;
  }

  async #run(resolve: () => void, reject: (error: GatewayError) => void): Promise<void> {
    let pauseMs = limits.relayReconnectMs;
    let isFirst = true;
    while (!this.#isClosing) {
      const connection = await this.#connect();
      if (connection instanceof GatewayError) {
        const kind = connection.code === "NATS_UNFIT" ? "unfit" : "unreachable";
        if (kind === "unfit" && isFirst) return reject(connection);
        this.#ports.tell({ kind, error: connection, nextMs: pauseMs });
        await this.#rest(pauseMs);
        pauseMs = Math.min(pauseMs * 2, limits.relayReconnectMsMax);
        continue;
      }
      if (isFirst) resolve();
      [isFirst, pauseMs] = [false, limits.relayReconnectMs];
      await this.#use(connection);
    }
    // Closed before it was ever connected: whoever waited need not wait on.
    resolve();
  }

  async #connect(): Promise<NatsConnection | GatewayError> {
    const { servers, name, seed } = this.#options;
    let connection: NatsConnection;
    try {
      connection = await connect({
        servers: [...servers],
        name,
        ...(this.#options.tls === undefined ? {} : { tls: tlsOf(this.#options.tls) }),
        ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(seed) }),
        // The loop here connects anew: so each connection is checked, and nothing waits inside the client.
        reconnect: false,
        timeout: limits.relayConnectMs,
        pingInterval: limits.relayPingMs,
        maxPingOut: 2,
        noAsyncTraces: true,
      });
    } catch (fault) {
      return natsFault(fault, { user: "frames", servers, hasAuthority: this.#options.tls?.ca !== undefined, seed }); // prettier-ignore
    }
    const unfit = unfitness(connection);
    if (unfit === undefined && !this.#isClosing) return connection;
    await connection.close();
    return unfit ?? new GatewayError("NATS_UNREACHABLE", "the node is stopping");
  }

  async #use(connection: NatsConnection): Promise<void> {
    [this.#unconfirmed, this.#sinceConfirm, this.#isStalled] = [0, 0, false];
    this.#connection = connection;
    const { info } = connection;
    void this.#watch(connection);
    this.#ports.tell({
      kind: "connected",
      server: connection.getServer(),
      version: info?.version ?? "",
    });
    this.#ports.up(connection);
    const end = await connection.closed();
    this.#connection = undefined;
    if (this.#isClosing) return;
    const why = end instanceof Error ? end.message : "the connection ended";
    this.#ports.tell({ kind: "disconnected", why, isSlowConsumer: /slow consumer/i.test(why) });
    await this.#rest(limits.relayReconnectMs);
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status())
      if (status.type === "error") this.#ports.tell({ kind: "refused by server", why: status.error.message });
  }

  /** The server answers a ping after it has taken all that was written before. */
  #confirm(connection: NatsConnection): void {
    const asked = this.#sinceConfirm;
    this.#sinceConfirm = 0;
    connection.flush().then(
      () => {
        if (this.#connection !== connection) return;
        this.#unconfirmed -= asked;
        this.#isStalled = this.#unconfirmed > limits.relayUnconfirmedBytesMax;
      },
      () => {
        // The connection has ended: all of it is lost, and counted anew on the next one.
      },
    );
    if (this.#isStalled || this.#unconfirmed <= limits.relayUnconfirmedBytesMax) return;
    this.#isStalled = true;
    this.#ports.tell({ kind: "stalled", unconfirmedBytes: this.#unconfirmed });
  }

  #rest(ms: number): Promise<void> {
    if (this.#isClosing) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#pause = undefined;
        resolve();
      };
      // Jitter: a hundred nodes that lost the same server do not come back in one moment.
      const timer = setTimeout(end, ms * (0.75 + Math.random() / 2));
      this.#pause = { timer, end };
    });
  }
}

function tlsOf({ ca, cert, key, handshakeFirst = false }: NonNullable<LineOptions["tls"]>): TlsOptions {
  return {
    handshakeFirst,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Why a server cannot carry a cluster. */
function unfitness({ info }: NatsConnection): GatewayError | undefined {
  const version = info?.version ?? "unknown";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  // A version that is no number is not known to be new enough.
  if (isOld || Number.isNaN(major) || Number.isNaN(minor))
    return new GatewayError("NATS_UNFIT", `it is nats-server ${version}`, {
      remedy: `install nats-server ${oldest.join(".")} or newer: before it, leases with a time to live are silently kept for ever`,
    });
  const least = limits.relayPartBytesMax + 4_096;
  const most = info?.max_payload ?? 0;
  if (most >= least) return undefined;
  return new GatewayError("NATS_UNFIT", `its max_payload is ${most} bytes`, {
    remedy: `set max_payload to ${least} or more (the default of 1 MB is enough)`,
  });
}
