/** Three real gateways are brought to the next version one after the other, and one of them back, while agents call. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GatewayNode } from "../../deploy/cluster/nodes.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { codeOf, ModernAgent, textOf } from "../hostile/upstreamagent.ts";
import { cleanUp } from "../hostile/upstreamstand.ts";
import { NextVersion, nextVersion } from "./nextversion.ts";
import { label, labelsOf, ThreeNodes, type Persona } from "./threenodes.fixture.ts";

const thisVersion = "0.1.0";
const lines = 4;
let stand: ThreeNodes;
let next: NextVersion;

beforeAll(async () => {
  next = new NextVersion();
  stand = await ThreeNodes.start([]);
}, 90_000);

afterAll(async () => {
  await cleanUp();
  await stand.stop();
  next[Symbol.dispose]();
}, 60_000);

const http = (node: GatewayNode, persona: Persona): ModernAgent => new ModernAgent(stand.url(node, persona), stand.nodes.key); // prettier-ignore

/** What each member says that it is, as one of them hears it. */
async function versions(): Promise<Record<string, unknown>> {
  const [node] = stand.nodes.all as [GatewayNode];
  const { value } = (await node.ask("cluster.status", {})) as { value: { members: readonly { id: string; own?: JsonObject }[] } }; // prettier-ignore
  return Object.fromEntries(value.members.map(({ id, own }) => [id, own?.["version"]]));
}

/** Agents that call all the time, through doors that a balancer would use. */
class Load {
  doors: readonly GatewayNode[];
  readonly endings: string[] = [];
  #isOver = false;
  readonly #running: Promise<unknown>;

  constructor(doors: readonly GatewayNode[]) {
    this.doors = doors;
    this.#running = Promise.all(Array.from({ length: lines }, (_, line) => this.#call(line)));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #call(line: number): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const node = this.doors[(n + line) % this.doors.length] as GatewayNode;
      const [tool, persona] = n % 3 === 0 ? (["read", "desk"] as const) : n % 3 === 1 ? (["write", "crowd"] as const) : (["count", "crowd"] as const); // prettier-ignore
      const answer = await http(node, persona)
        .call(tool, { n: `${line}-${n}` })
        .catch(String);
      this.endings.push(typeof answer === "string" ? answer : textOf(answer).startsWith(`${tool} `) ? "ok" : `${node.name} ${String(codeOf(answer))}`); // prettier-ignore
    }
  }
}

async function restart(node: GatewayNode, load: Load, program: string): Promise<void> {
  const ended = node.ended();
  load.doors = stand.nodes.all.filter((each) => each !== node);
  node.kill("SIGTERM");
  expect(await ended).toBe(0);
  node.program = program;
  await node.start();
  load.doors = stand.nodes.all;
  await stand.inSync();
}

test(
  "from this version to the next, node by node, and one of them back: no call fails, none runs twice, and nothing is forgotten",
  { timeout: 240_000 },
  async () => {
    const [n1, n2, n3] = stand.nodes.all as [GatewayNode, GatewayNode, GatewayNode];
    expect(textOf(await http(n1, "desk").call("read", { n: "label" }))).toBe("read label");
    const older = n1.program;
    const load = new Load(stand.nodes.all);
    await restart(n1, load, next.program);
    expect(await versions()).toEqual({ n1: nextVersion, n2: thisVersion, n3: thisVersion });
    // Orders go from the one to the other, both ways.
    for (const [from, to] of [[n1, n2], [n2, n1]] as const) {
      await from.ask("kill", { agent: "eve", by: "test", reason: "a drill" });
      const { value } = (await to.ask("status", {})) as { value: { kills: readonly unknown[] } };
      expect(value.kills).toHaveLength(1);
      const answer = await to.ask("sessions.lift", { agent: "eve", by: "test" });
      expect(answer).toMatchObject({ ok: true, value: { nodes: { missing: [] } } });
    } // prettier-ignore
    await restart(n2, load, next.program);
    await restart(n1, load, older);
    expect(await versions()).toEqual({ n1: thisVersion, n2: nextVersion, n3: thisVersion });
    await restart(n1, load, next.program);
    await restart(n3, load, next.program);
    expect(await versions()).toEqual({ n1: nextVersion, n2: nextVersion, n3: nextVersion });
    await load.stop();
    expect(load.endings.filter((ending) => ending !== "ok")).toEqual([]);
    expect(load.endings.length).toBeGreaterThan(500);
    const writes = stand.seen().filter((line) => line.startsWith("write "));
    expect(writes).toHaveLength(new Set(writes).size);
    const labels = await Promise.all(stand.nodes.all.map((node) => labelsOf(node, "desk")));
    expect(labels).toEqual([[label], [label], [label]]);
  },
);

test("the older version told what it did not know of the newer one, refused nothing else of it, and neither said more", () => {
  const told = stand.lines.filter(([, line]) => line.includes("cluster: refused from"));
  expect(told.length).toBeGreaterThan(0);
  for (const [, line] of told) expect(line).toMatch(/refused from n[123]: unknown kind/);
});
