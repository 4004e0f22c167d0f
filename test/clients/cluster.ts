// Three real gateways over a real NATS, and before them a proxy without affinity: each request and each socket goes to the
// next node, whatever session it belongs to. `gatehouse connect` finds a node by its folder: each bridge takes the next one.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Nodes } from "../../deploy/cluster/nodes.ts";
import { startStand } from "../../deploy/cluster/stand.ts";
import { startRelay } from "../conformance/relay.ts";
import type { Front, ReadyEndpoint } from "./stand.ts";

const names = ["n1", "n2", "n3"];
const copiedMs = 60_000;

/**
 * @param configuration folder with catalogue.yaml, its lock and personas/
 * @throws Error with what a node said, when it does not start
 */
export async function startNodes(configuration: string, personas: readonly string[]): Promise<Front> {
  const nats = await startStand({ servers: 1, nodes: names });
  const folder = join(configuration, "nodes");
  const nodes = new Nodes({ folder, stand: nats, names, configuration, port: 0, restarts: false, say: () => undefined }); // prettier-ignore
  const stop = async (): Promise<void> => {
    await nodes.stop();
    await nats.stop({ remove: true });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await nodes.start("matrix", personas);
    if (!(await nodes.copied(copiedMs))) throw new Error("not every shard has a copy in sync");
    const origins = nodes.all.map(({ endpoints: [one] }) => new URL(one?.url ?? ""));
    const relay = await startRelay(origins);
    const through = (url = ""): string => {
      const address = new URL(url);
      address.port = new URL(relay.origin).port;
      return address.href;
    };
    const own = nodes.all[0]?.endpoints ?? [];
    let asked = 0;
    return {
      endpoints: own.map(({ persona = "", url, websocket, sse }): ReadyEndpoint => ({ persona, url: through(url), websocket: through(websocket), sse: through(sse) })), // prettier-ignore
      config: () => nodes.all[asked++ % nodes.all.length]?.folder ?? "",
      stop: async () => {
        await relay.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
