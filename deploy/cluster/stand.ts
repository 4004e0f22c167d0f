/**
 * stand: a NATS of one or three real servers on this machine, for tests, chaos and `npm run cluster`. It writes what they
 * need into a folder, starts them, waits until they serve, and ends them.
 *
 *     await using stand = await startStand({ servers: 3 });
 *     const connection = await connect(stand.options("n1", "store"));
 *
 * Owns: ports, the order of start and end, and the proof that it serves. Does not own: what the configuration says
 * (natsconfig.ts), one process (serverprocess.ts), which binary (../tools/tool.ts).
 *
 * D1. `startStand` comes back when JetStream takes a stream with as many replicas as there are servers, or throws with
 *     the servers' last words and leaves no process.
 * D2. Processes are ended by their id, and only those that were started here.
 * D3. A server that ends by itself is in `exits` and is told to `onExit`.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { natsServer, requireTool } from "../tools/tool.ts";
import { serverName, writeCluster } from "./natsconfig.ts";
import type { ClusterShape, ServerPorts, User, WrittenCluster } from "./natsconfig.ts";
import { inboxPrefixOf } from "./permissions.ts";
import type { Purpose } from "./permissions.ts";
import { ServerProcess } from "./serverprocess.ts";
import type { ServerExit } from "./serverprocess.ts";

export interface StandOptions extends Partial<ClusterShape> {
  readonly servers?: 1 | 3;
  /** Empty or not there yet. Left out: a new folder under the system's own for temporary files. */
  readonly folder?: string;
  /** A server ended and nobody asked for it. */
  readonly onExit?: (exit: ServerExit) => void;
}

const standDefaults: ClusterShape = {
  nodes: ["n1", "n2", "n3"],
  sync: "default",
  tls: true,
  authentication: true,
};

/** Three servers elect within 2 to 4 s on an idle machine. */
const readyMsMax = 60_000;
const pollMs = 50;
const connectMsMax = 5_000;
/** A free port may be taken by another between our look and the server's. */
const startsMax = 3;

/** What a client of the stand needs, as plain values: for a gateway's configuration. */
export interface Client {
  readonly servers: readonly string[];
  readonly inboxPrefix: string;
  /** PEM; undefined with TLS off. */
  readonly ca: string | undefined;
  /** Seed of the nkey; undefined with authentication off. */
  readonly seed: string | undefined;
}

export async function startStand(options: StandOptions = {}): Promise<Stand> {
  const shape = { ...standDefaults, ...options };
  const { path: binary } = await requireTool(natsServer);
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "gatehouse-nats-"));
  if (isFilled(folder)) throw new Error(`${folder} is not empty: give a folder of its own`);
  for (let start = 1; ; start++) {
    const ports = await freePorts(options.servers ?? 1);
    const stand = new Stand({ ...shape, folder, binary, ports });
    try {
      await stand.begin();
      return stand;
    } catch (error) {
      const isPortTaken = stand.exits.some(({ lastLines }) => lastLines.includes("address already in use"));
      await stand.stop();
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      if (!isPortTaken || start === startsMax) throw error;
    }
  }
}

interface StandParts extends ClusterShape {
  readonly folder: string;
  readonly binary: string;
  readonly ports: readonly ServerPorts[];
  readonly onExit?: (exit: ServerExit) => void;
}

export class Stand {
  readonly folder: string;
  /** Ends that nobody asked for. */
  readonly exits: ServerExit[] = [];
  readonly #parts: StandParts;
  readonly #written: WrittenCluster;
  readonly #servers: readonly ServerProcess[];

  constructor(parts: StandParts) {
    this.folder = parts.folder;
    this.#parts = parts;
    this.#written = writeCluster(parts.folder, parts.ports, parts);
    this.#servers = this.#written.configs.map(
      (config, index) =>
        new ServerProcess(
          index,
          { binary: parts.binary, config, log: this.#written.logs[index] ?? "" },
          (exit) => this.#hearExit(exit),
        ),
    );
  }

  /** Starts all servers and waits until they serve. `startStand` calls it. */
  async begin(): Promise<void> {
    for (const server of this.#servers) server.start();
    await this.ready();
  }

  /** Addresses of the servers, in the order of their indexes. */
  get urls(): readonly string[] {
    return this.#parts.ports.map(({ client }) => `nats://127.0.0.1:${client}`);
  }

  /** Process ids in the order of the indexes; undefined for one that does not run. */
  get pids(): readonly (number | undefined)[] {
    return this.#servers.map(({ pid }) => pid);
  }

  /** What node `node` connects with. Without authentication every name is good. */
  client(node: string, purpose: Purpose): Client {
    return this.#client(`${node}/${purpose}`, inboxPrefixOf(node));
  }

  /** The same for `connect` of @nats-io/transport-node. */
  options(node: string, purpose: Purpose): NodeConnectionOptions {
    return connectionOptions(this.client(node, purpose));
  }

  /** May do everything with the store's streams: for set-up and for looking at what a node did. */
  operatorOptions(): NodeConnectionOptions {
    return connectionOptions(this.#client("operator", "_INBOX.operator"));
  }

  /** May ask the servers about themselves ($SYS); needs authentication on. */
  systemOptions(): NodeConnectionOptions {
    return connectionOptions(this.#client("system", "_INBOX.system"));
  }

  /** The index of the server with this name: JetStream names leaders by it. -1: none of ours. */
  indexOf(name: string): number {
    return this.#servers.findIndex((_, index) => serverName(index) === name);
  }

  /** Comes back when JetStream takes a stream on every server. @throws Error with the servers' last words */
  async ready(): Promise<void> {
    const deadline = Date.now() + readyMsMax;
    let why: unknown;
    while (Date.now() < deadline && this.exits.length === 0) {
      try {
        await this.#prove();
        return;
      } catch (error) {
        why = error;
        await delay(pollMs);
      }
    }
    const words = this.#servers
      .map(({ lastLines }, index) => `${serverName(index)}:\n${lastLines}`)
      .join("\n");
    throw new Error(`NATS does not serve (${String(why)}). Last lines of its servers:\n${words}`, {
      cause: why,
    });
  }

  /** kill -9. Comes back when the process is gone. */
  kill(index: number): Promise<void> {
    return this.#server(index).end("SIGKILL");
  }

  /** Starts a server that does not run, with the same ports, keys and data; `ready` waits until it serves. */
  restart(index: number): void {
    this.#server(index).start();
  }

  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(index: number): void {
    this.#server(index).signal("SIGSTOP");
  }

  resume(index: number): void {
    this.#server(index).signal("SIGCONT");
  }

  /** @param remove whether the folder goes too */
  async stop({ remove = false } = {}): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end("SIGTERM")));
    if (remove) rmSync(this.folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop({ remove: true });
  }

  #client(user: User, inboxPrefix: string): Client {
    const seed = this.#written.seedOf(user);
    if (this.#parts.authentication && seed === undefined)
      throw new Error(`no keys were made for ${user}; name its node in the option \`nodes\``);
    return { servers: this.urls, inboxPrefix, ca: this.#written.ca, seed };
  }

  #server(index: number): ServerProcess {
    const server = this.#servers[index];
    if (server === undefined)
      throw new Error(`there is no server ${index}: it is 0 to ${this.#servers.length - 1}`);
    return server;
  }

  #hearExit(exit: ServerExit): void {
    this.exits.push(exit);
    this.#parts.onExit?.(exit);
  }

  /** A stream on every server, made and taken away: it needs a leader, and all servers at their place. */
  async #prove(): Promise<void> {
    let connection: NatsConnection | undefined;
    try {
      connection = await connect({ ...this.operatorOptions(), reconnect: false, timeout: connectMsMax });
      const { streams } = await jetstreamManager(connection, { timeout: connectMsMax });
      const name = "READY";
      await streams.add({ name, subjects: ["ready"], num_replicas: this.#servers.length });
      await streams.delete(name);
    } finally {
      await connection?.close();
    }
  }
}

function connectionOptions({ servers, inboxPrefix, ca, seed }: Client): NodeConnectionOptions {
  return {
    servers: [...servers],
    inboxPrefix,
    ...(ca === undefined ? {} : { tls: { ca, handshakeFirst: true } }),
    ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }),
  };
}

function isFilled(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false; // not there yet
  }
}

/** Ports that the system gives, all held until the last is known, so that no two are the same. */
async function freePorts(servers: number): Promise<readonly ServerPorts[]> {
  const held = await Promise.all(
    Array.from({ length: servers * 2 }, () => {
      const server = createServer();
      return new Promise<typeof server>((done, fail) => {
        server.once("error", fail).listen(0, "127.0.0.1", () => done(server));
      });
    }),
  );
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  return Array.from({ length: servers }, (_, index) => ({
    client: ports[index * 2] ?? 0,
    route: ports[index * 2 + 1] ?? 0,
  }));
}
