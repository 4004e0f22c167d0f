/**
 * A node that was away while a baseline was put in force: it asks those that have another one for what was done there last, and
 * takes it as it would have then. Owns when whom is asked. Does not own what may be taken, nor which of two acts is the newer
 * (baselinedesk.ts), nor how a difference is seen (cluster/governed.ts).
 *
 * C1. It only asks. Who is behind learns of it itself; who is ahead asks too, and what it hears is older and changes nothing.
 * C2. One question at a time for each node and persona, and the same one again after baselineAskAgainMs at the earliest: two nodes
 *     that cannot agree cost little, and stay named in `gatehouse cluster status`.
 */
import { isName } from "../../protocol/id.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Difference } from "../cluster/governed.ts";

export interface CatchUpPorts {
  readonly differences: () => readonly Pick<Difference, "node" | "baselines">[];
  /** What was done last for a persona at another node; empty for nothing. */
  readonly ask: (node: string, persona: string) => Promise<JsonObject>;
  readonly take: (act: JsonObject) => Promise<unknown>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export class BaselineCatchUp {
  readonly #ports: CatchUpPorts;
  readonly #askedAt = new Map<string, number>();

  constructor(ports: CatchUpPorts) {
    this.#ports = ports;
  }

  /** Now and then. @returns when what was asked has been taken or refused: for tests */
  look(): Promise<void> {
    const now = this.#ports.now();
    const due = this.#ports.differences().flatMap(({ node, baselines }) => baselines.map((persona) => ({ node, persona }))); // prettier-ignore
    const keys = new Set(due.map(({ node, persona }) => `${node} ${persona}`));
    // What agrees again may be asked at once when it differs the next time.
    for (const key of this.#askedAt.keys()) if (!keys.has(key)) this.#askedAt.delete(key);
    const asked = due.filter(({ node, persona }) => {
      const at = this.#askedAt.get(`${node} ${persona}`);
      return isName(persona) && (at === undefined || now - at >= limits.baselineAskAgainMs);
    });
    return Promise.all(asked.map(({ node, persona }) => this.#catchUp(node, persona, now))).then(() => undefined); // prettier-ignore
  }

  async #catchUp(node: string, persona: string, now: number): Promise<void> {
    this.#askedAt.set(`${node} ${persona}`, now);
    try {
      const act = await this.#ports.ask(node, persona);
      if (act["persona"] === persona) await this.#ports.take({ ...act, from: node });
    } catch {
      // No answer, or an older act than the one here: whoever looks at the cluster's status sees who differs.
    }
  }
}
