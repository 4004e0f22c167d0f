/**
 * Three processes of the floor (floorproxy.ts, floorrelay.ts) over a NATS server: the first owns every session, the second is
 * its runner-up. Owns the processes. Does not own what is measured of them (cluster.ts).
 */
import { join } from "node:path";
import { Nodes } from "../deploy/cluster/nodes.ts";
import type { Stand } from "../deploy/cluster/stand.ts";
import { startChild, type Child } from "./children.ts";
import { nodeFlags } from "./gateway.ts";
import type { Rig } from "./rig.ts";

/** Users of the server. */
export const floorNames = ["f1", "f2", "f3"];

export class FloorTrio {
  readonly #children: readonly Child[];

  private constructor(children: readonly Child[]) {
    this.#children = children;
  }

  /** @param configuration folder with catalogue, lock and personas of a cluster's nodes */
  static async start(rig: Rig, stand: Stand, configuration: string): Promise<FloorTrio> {
    // For its folders alone: none of these is started as a gateway.
    const folder = join(rig.folder, "floor");
    const { all } = new Nodes({ folder, stand, names: floorNames, configuration, port: 0, restarts: false, say: () => undefined, settings: { console: "none" } }); // prettier-ignore
    const [owner = "", runner = ""] = floorNames;
    const children: Child[] = [];
    for (const node of all) {
      const args = [join(import.meta.dirname, "floorproxy.ts"), "--upstream", rig.upstream.url, "--folder", node.folder, "--rung", "records", "--owner", owner, "--runner", runner]; // prettier-ignore
      children.push(await startChild(node.name, args, { core: rig.cores?.governed, flags: nodeFlags }));
    }
    return new FloorTrio(children);
  }

  get pids(): number[] {
    return this.#children.map(({ pid }) => pid);
  }

  /** What the owner decides, wherever it comes in. */
  get relayed(): string[] {
    return this.#children.map(({ ready }) => (ready as { url: string }).url);
  }

  /** What each decides for itself. */
  get own(): string[] {
    return this.relayed.map((url) => url.replace(/\/mcp$/, "/own"));
  }

  get owner(): string {
    return this.relayed[0] ?? "";
  }

  /** One that is neither. */
  get door(): string {
    return this.relayed[2] ?? "";
  }

  async stop(): Promise<void> {
    for (const child of this.#children) await child.stop();
  }
}
