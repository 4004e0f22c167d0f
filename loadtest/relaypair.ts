/**
 * Two processes with a way between them over a NATS server, door and owner (relaynode.ts): starts them, has them keep
 * calls in flight for a while, and ends them. Owns the processes. Does not own what is measured of it.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Stand } from "../deploy/cluster/stand.ts";
import type { NodeOrder, NodeReport, NodeSetUp } from "./relaynode.ts";

export interface PairOptions {
  readonly stand: Stand;
  readonly path: NodeSetUp["path"];
  /** Of a call, and of its answer. */
  readonly bytes: number;
  /** Where to write a profile of the first round. */
  readonly profile?: string | undefined;
  /** Users of the server. */
  readonly names?: { readonly door: string; readonly owner: string };
}

const children = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

export class RelayPair {
  readonly #door: ChildProcess;
  readonly #owner: ChildProcess;

  private constructor(door: ChildProcess, owner: ChildProcess) {
    this.#door = door;
    this.#owner = owner;
  }

  static async start(options: PairOptions): Promise<RelayPair> {
    const owner = await startNode(options, "owner");
    return new RelayPair(await startNode(options, "door"), owner);
  }

  /** Keeps so many calls in flight for so long, and goes on until told otherwise. @returns what door and owner tell of it */
  async run(inFlight: number, ms: number): Promise<[NodeReport, NodeReport]> {
    order(this.#owner, { inFlight });
    order(this.#door, { inFlight });
    await delay(ms);
    return [await reportOf(this.#door), await reportOf(this.#owner)];
  }

  /** No more calls. */
  rest(): void {
    order(this.#door, { inFlight: 0 });
  }

  async end(): Promise<void> {
    for (const child of [this.#door, this.#owner]) {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    }
  }
}

async function startNode(
  { stand, path, bytes, profile, names = { door: "n1", owner: "n2" } }: PairOptions,
  role: NodeSetUp["role"],
): Promise<ChildProcess> {
  const { servers, ca, seed } = stand.client(names[role], "frames");
  const setUp: NodeSetUp = { role, path, names, servers, ca, seed, bytes, profile };
  const child = fork(resolve(import.meta.dirname, "relaynode.ts"), [JSON.stringify(setUp)]);
  children.add(child);
  child.once("exit", () => children.delete(child));
  await heard(child);
  return child;
}

function order(child: ChildProcess, what: NodeOrder): void {
  child.send(what);
}

/** Its next message, unless it ends before. */
function heard(child: ChildProcess): Promise<unknown> {
  return new Promise((tell, fail) => {
    const ended = (code: number | null): void =>
      fail(new Error(`a node ended with ${code}: see its words above`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      tell(message);
    });
  });
}

async function reportOf(child: ChildProcess): Promise<NodeReport> {
  const told = heard(child);
  order(child, { report: true });
  return (await told) as NodeReport;
}
