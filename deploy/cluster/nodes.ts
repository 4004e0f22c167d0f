/**
 * nodes: gateway nodes of one cluster on this machine, each a real process with a folder of its own, and their launcher: it
 * starts them, starts them again when they crash, and tells the others of a death, which only a parent knows for certain
 * (docs/adr/0007). Does not own NATS (stand.ts).
 *
 * O1. A death is told only after the process is gone, with the highest incarnation that it can have had.
 * O2. Processes are ended by their id, and only those that were started here.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import { watchOver } from "./serverprocess.ts";
import type { Stand } from "./stand.ts";

const root = resolve(import.meta.dirname, "../..");
const program = join(root, "bin", "gatehouse.mjs");
/** docs/adr/0009 */
const nodeFlags = ["--no-memory-reducer"];
const readyMsMax = 60_000;
const stopMsMax = 15_000;
const restartMs = 500;
const copiedPollMs = 200;

export interface NodeEndpoint {
  readonly persona?: string;
  readonly url: string;
  readonly websocket?: string;
  readonly sse?: string;
}

interface StatusAnswer {
  readonly value?: {
    readonly cluster?: { readonly shards: { readonly owned: number; readonly inSync: number } };
  };
}

interface KeysAnswer {
  readonly value?: { readonly keys: readonly { readonly id: string }[] };
}

export interface NodesOptions {
  /** Made when it is missing. */
  readonly folder: string;
  readonly stand: Stand;
  readonly names: readonly string[];
  /** Folder with catalogue.yaml, its lock and personas/. */
  readonly configuration: string;
  /** First port; the nodes take it and the next ones. 0: free ones. */
  readonly port: number;
  /** A crashed node is started again. */
  readonly restarts: boolean;
  /** Gets each line that a node prints, but for the ready line. */
  readonly say: (node: string, line: string) => void;
  /** What a node's process gets in its environment besides ours. */
  readonly environment?: (node: string) => Readonly<Record<string, string>>;
  /** In each gatehouse.yaml besides what a node needs; file names in it are absolute. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Where a node finds a NATS server, if not at the server's own address. */
  readonly through?: (node: string, url: string) => string;
  /** What starts a node again that has left, as it is typed here. */
  readonly again?: (node: string) => string;
  /** Nodes that are made ready like the others, and are somebody else's to start. */
  readonly spares?: readonly string[];
}

/** What a node says once it serves. */
interface Ready {
  readonly endpoints: readonly NodeEndpoint[];
  readonly grpcPort?: number;
}

/** Writes what a node needs, with secrets in files that only their owner reads. */
function writeNode(
  { folder, stand, names, spares = [], configuration, port, through = (_, url) => url, settings: more = {} }: NodesOptions, // prettier-ignore
  index: number,
  secret: string,
): string {
  const name = [...names, ...spares][index] ?? "";
  const path = join(folder, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const keep = (file: string, text: string): void => writeFileSync(join(path, file), text, { mode: 0o600 });
  const [frames, store] = [stand.client(name, "frames"), stand.client(name, "store")];
  keep("secret", secret);
  if (frames.ca !== undefined) keep("ca.pem", frames.ca);
  if (frames.seed !== undefined) keep("frames.nk", frames.seed);
  if (store.seed !== undefined) keep("store.nk", store.seed);
  const settings = {
    ...more,
    node: name,
    listen: { port: port === 0 ? 0 : port + index },
    data: "data",
    catalogue: relative(path, join(configuration, "catalogue.yaml")),
    personas: relative(path, join(configuration, "personas")),
    cluster: {
      name: "local",
      secret: "file:secret",
      nats: {
        servers: frames.servers
          .map((url) => through(name, url))
          .map((url) => (frames.ca === undefined ? url : url.replace(/^nats:/, "tls:"))),
        ...(frames.ca === undefined ? {} : { ca: "ca.pem" }),
        ...(frames.seed === undefined ? {} : { frames: "file:frames.nk" }),
        ...(store.seed === undefined ? {} : { store: "file:store.nk" }),
      },
      replicas: frames.servers.length >= 3 ? 3 : 1,
    },
  };
  writeFileSync(join(path, "gatehouse.yaml"), stringify(settings));
  return path;
}

export class GatewayNode {
  readonly name: string;
  readonly folder: string;
  endpoints: readonly NodeEndpoint[] = [];
  /** Where operators' programs come in, if its settings let them. */
  grpcPort: number | undefined;
  /** What is started: another version's from the next start on. */
  program = program;
  #child: ChildProcess | undefined;
  #isWanted = false;
  readonly #nodes: Nodes;

  constructor(nodes: Nodes, name: string, folder: string) {
    this.#nodes = nodes;
    this.name = name;
    this.folder = folder;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Comes back when it serves. @throws Error with its last words */
  async start(): Promise<void> {
    this.#isWanted = true;
    const args = [...nodeFlags, this.program, "start", "--config", this.folder, "--json"];
    // A group of its own: Ctrl-C in the terminal is for the launcher, who ends the nodes in order, once.
    const env = { ...process.env, ...this.#nodes.options.environment?.(this.name) };
    const child = spawn(process.execPath, args, { detached: true, env, stdio: ["ignore", "pipe", "pipe"] });
    const warden = child.pid === undefined ? undefined : watchOver(child);
    child.once("exit", () => warden?.kill("SIGKILL"));
    this.#child = child;
    const words: string[] = [];
    const hear = (line: string): void => {
      words.push(line);
      if (words.length > 20) words.shift();
      this.#nodes.options.say(this.name, line);
    };
    child.once("exit", (code, signal) => this.#ended(child, code, signal));
    createInterface({ input: child.stderr }).on("line", hear);
    const lines = createInterface({ input: child.stdout });
    const said = await new Promise<Ready>((done, fail) => {
      const late = setTimeout(() => fail(new Error(`${this.name} is not ready after ${readyMsMax} ms:\n${words.join("\n")}`)), readyMsMax); // prettier-ignore
      child.once("exit", (code, signal) => {
        clearTimeout(late);
        fail(new Error(`${this.name} ended (${signal ?? code}):\n${words.join("\n")}`));
      });
      lines.on("line", (line) => {
        const ready = readReady(line);
        if (ready === undefined) return hear(line);
        clearTimeout(late);
        done(ready);
      });
    });
    this.endpoints = said.endpoints;
    this.grpcPort = said.grpcPort;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Its exit status, or the signal, once it has ended. */
  ended(): Promise<number | NodeJS.Signals | null> {
    const child = this.#child;
    if (child === undefined) return Promise.resolve(null);
    return new Promise((done) => child.once("exit", (code, signal) => done(code ?? signal)));
  }

  /** Ends it cleanly; it is not started again. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
    await ended;
    clearTimeout(hard);
  }

  /** Sends one request to its control socket. */
  ask(command: string, args: object): Promise<unknown> {
    return new Promise((done, fail) => {
      const socket = connect(join(this.folder, "data", "control.sock"));
      let text = "";
      socket.setEncoding("utf8");
      socket.on("connect", () => socket.end(JSON.stringify({ command, args })));
      socket.on("data", (chunk: string) => (text += chunk));
      socket.on("end", () => done(JSON.parse(text) as unknown));
      socket.on("error", fail);
    });
  }

  #ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#child === child) this.#child = undefined;
    if (!this.#isWanted) return;
    if (code === 0) {
      this.#isWanted = false;
      return this.#nodes.options.say(this.name, `has left the cluster, and is not started again by itself; to have it back: ${this.#nodes.options.again?.(this.name) ?? `gatehouse start --config ${this.folder}`}`); // prettier-ignore
    }
    this.#nodes.options.say(this.name, `ended by ${signal ?? `status ${code}`}`);
    void this.#nodes.tellDeath(this);
    if (!this.#nodes.options.restarts) return;
    setTimeout(() => {
      if (!this.#isWanted) return;
      const { say } = this.#nodes.options;
      this.start()
        .then(() => say(this.name, `is back as process ${this.pid ?? ""}`))
        .catch((fault: unknown) => say(this.name, String(fault)));
    }, restartMs);
  }
}

export class Nodes {
  readonly options: NodesOptions;
  readonly all: readonly GatewayNode[];
  /** An API key that every node takes. */
  key = "";

  constructor(options: NodesOptions) {
    this.options = options;
    const secret = randomBytes(48).toString("base64");
    this.all = options.names.map(
      (name, index) => new GatewayNode(this, name, writeNode(options, index, secret)),
    );
    const { names, spares = [] } = options;
    for (const [at] of spares.entries()) writeNode(options, names.length + at, secret);
  }

  /** @param agent whose key it is, for all personas named */
  async start(agent: string, personas: readonly string[]): Promise<void> {
    const [first] = this.all;
    if (first === undefined) throw new Error("a cluster has nodes");
    const { id, key } = await makeKey(first.folder, agent, personas);
    this.key = key;
    await Promise.all(this.all.map((node) => node.start()));
    await this.#known(id);
  }

  /** The first node tells the others of a key that it began with. */
  async #known(id: string): Promise<void> {
    for (const until = performance.now() + readyMsMax; performance.now() < until;) {
      const answers = await Promise.all(this.all.map((node) => node.ask("keys.list", {})));
      if (answers.every((answer) => (answer as KeysAnswer).value?.keys.some((each) => each.id === id)))
        return;
      await new Promise((done) => setTimeout(done, copiedPollMs));
    }
    throw new Error("not every node has learned of the key");
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((node) => node.stop()));
  }

  /** When every shard has a copy in sync: from then on a node can be lost without its sessions' past. At most `ms`. */
  async copied(ms: number): Promise<boolean> {
    for (const until = performance.now() + ms; performance.now() < until;) {
      const up = this.all.filter(({ pid }) => pid !== undefined);
      // One that is about to start has no socket yet.
      const answers = await Promise.all(up.map((node) => node.ask("status", {}).catch(() => undefined)));
      const shards = answers.map((answer) => (answer as StatusAnswer | undefined)?.value?.cluster?.shards);
      if (shards.every((each) => each !== undefined && each.inSync === each.owned)) return true;
      await new Promise((done) => setTimeout(done, copiedPollMs));
    }
    return false;
  }

  /** The launcher's word on a process of its own. */
  async tellDeath({ name, folder }: GatewayNode): Promise<void> {
    const floor = join(folder, "data", "cluster.json");
    if (!existsSync(floor)) return;
    const { incarnation } = JSON.parse(readFileSync(floor, "utf8")) as { incarnation: number };
    for (const node of this.all) {
      if (node.name === name || node.pid === undefined) continue;
      try {
        await node.ask("cluster.died", { node: name, incarnation });
      } catch {
        // It ended too, or is not up yet: one that hears it is enough.
      }
    }
  }
}

function readReady(line: string): Ready | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const ready = JSON.parse(line) as Partial<Ready>;
    return Array.isArray(ready.endpoints) ? (ready as Ready) : undefined;
  } catch {
    return undefined;
  }
}

/** @param folder of the configuration of a node that does not run */
export async function makeKey(
  folder: string,
  agent: string,
  personas: readonly string[],
): Promise<{ readonly id: string; readonly key: string }> {
  const named = personas.flatMap((persona) => ["--persona", persona]);
  const args = [program, "keys", "create", "--agent", agent, ...named, "--config", folder, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  // Its warning that no node runs is no news here: it is shown only where the key was not made.
  let [out, words] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
  for await (const chunk of child.stdout) out += String(chunk);
  const [line = ""] = out.split("\n");
  const { id, key } = (line.startsWith("{") ? JSON.parse(line) : {}) as { id?: string; key?: string };
  if (id === undefined || key === undefined) throw new Error(`gatehouse keys create said: ${out}${words}`);
  return { id, key };
}
