/** Stores over real NATS servers, and what the tests of them ask again and again. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { createServer, connect as dial } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { JetStreamStore } from "./jetstream.ts";
import type { StoreStand } from "./store.cases.ts";
import type { Row, Store, SwapResult } from "./store.ts";

export interface Bench extends AsyncDisposable {
  readonly store: JetStreamStore;
  readonly connection: NatsConnection;
  readonly said: string[];
}

export interface BenchOptions {
  readonly options: NodeConnectionOptions;
  readonly name: string;
  readonly replicas?: number;
}

/** A store of its own connection. */
export async function openBench({ options, name, replicas = 1 }: BenchOptions): Promise<Bench> {
  const connection = await connect({ ...options, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const said: string[] = [];
  const store = await JetStreamStore.open({
    name,
    replicas,
    connect: () => Promise.resolve(connection),
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
    report: (says) => void said.push(says),
  });
  return {
    store,
    connection,
    said,
    async [Symbol.asyncDispose]() {
      store.close();
      await connection.close();
    },
  };
}

export async function operate<Result>(
  options: NodeConnectionOptions,
  act: (manager: JetStreamManager, connection: NatsConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await connect(options);
  try {
    return await act(await jetstreamManager(connection), connection);
  } finally {
    await connection.close();
  }
}

export function swap(store: Store, key: string, text: string, expected: number): Promise<SwapResult> {
  return new Promise((done) => store.swap(key, Buffer.from(text), expected, done));
}

/** @throws Error unless it succeeds */
export async function write(store: Store, key: string, text: string, expected: number): Promise<number> {
  const result = await swap(store, key, text, expected);
  if (result.kind !== "swapped") throw new Error(`the swap of ${key} ended as ${result.kind}`);
  return result.revision;
}

/** What a watch has brought. */
export class Log {
  readonly rows: Row[] = [];
  readonly end: () => void;
  isCaughtUp = false;

  constructor(store: Store) {
    this.end = store.watch(
      (row) => void this.rows.push(row),
      () => (this.isCaughtUp = true),
    );
  }

  get texts(): string[] {
    return this.rows.map(
      ({ key, value }) => `${key}=${value === undefined ? "gone" : Buffer.from(value).toString()}`,
    );
  }

  last(key: string): Row | undefined {
    return this.rows.findLast((row) => row.key === key);
  }
}

/** Waits until it is so. */
export async function until(what: string, isSo: () => boolean, ms = 15_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await delay(5);
  }
}

/** For the shared suite. */
export function settled({ store, connection }: Bench): StoreStand {
  let open = 0;
  return {
    store: {
      swap(key, value, expected, then) {
        open++;
        store.swap(key, value, expected, (result) => {
          open--;
          then(result);
        });
      },
      watch: (onRow, onCaughtUp) => store.watch(onRow, onCaughtUp),
    },
    settle: async () => {
      await until("every swap has ended", () => open === 0);
      await connection.flush();
      await delay(20);
    },
  };
}

/** A line to a server that can be held up: nothing comes through towards the client. */
export class SlowLine implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => {
    const far = dial(this.#port, "127.0.0.1");
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        near.destroy();
        far.destroy();
        this.#sockets.delete(socket);
      });
    }
    near.on("data", (chunk) => void far.write(chunk));
    far.on("data", (chunk) =>
      this.#held === undefined ? void near.write(chunk) : this.#held.push([near, chunk]),
    );
  });
  readonly #port: number;
  #held: [Socket, Buffer][] | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  static async to(url: string): Promise<SlowLine> {
    const line = new SlowLine(Number(new URL(url).port));
    await new Promise<void>((done) => void line.#server.listen(0, "127.0.0.1", done));
    return line;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const [socket, chunk] of held) socket.write(chunk);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => void this.#server.close(done));
  }
}
