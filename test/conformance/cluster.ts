// Three real gateways over a real NATS in front of the fixture, and before them a proxy without affinity: each request
// goes to the next node, whatever wire session it belongs to. The key is added there, as before one gateway.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { Nodes } from "../../deploy/cluster/nodes.ts";
import { startStand } from "../../deploy/cluster/stand.ts";
import { acceptAll, settingsOf, writeGatewayConfig } from "./gateway.ts";
import type { Gateway, Upstream } from "./gateway.ts";
import { startRelay } from "./relay.ts";

const names = ["n1", "n2", "n3"];
const copiedMs = 60_000;

/** @throws Error with what a node said, when it does not start */
export async function startCluster(upstreams: readonly Upstream[]): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-conformance-"));
  const configuration = join(folder, "configuration");
  mkdirSync(configuration);
  writeGatewayConfig(configuration, upstreams);
  await acceptAll(configuration, upstreams);
  const stand = await startStand({ servers: 1, nodes: names });
  const nodes = new Nodes({
    folder,
    stand,
    names,
    configuration,
    port: 0,
    restarts: false,
    say: () => undefined,
  });
  const stop = async (): Promise<void> => {
    await nodes.stop();
    await stand.stop({ remove: true });
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const node of nodes.all) {
      const file = join(node.folder, "gatehouse.yaml");
      const own = parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      writeFileSync(file, stringify({ ...own, ...settingsOf(upstreams), listen: own["listen"] }));
    }
    await nodes.start("conformance", upstreams.map(({ name }) => `s/${name}`)); // prettier-ignore
    if (!(await nodes.copied(copiedMs))) throw new Error("not every shard has a copy in sync");
    const [first] = nodes.all;
    const paths = new Map(first?.endpoints.map(({ url }) => [new URL(url).pathname.split("/").at(-2), new URL(url).pathname])); // prettier-ignore
    const origins = nodes.all.map(({ endpoints: [one] }) => new URL(one?.url ?? ""));
    const relay = await startRelay(origins, { headers: { authorization: `Bearer ${nodes.key}` } });
    return {
      url: (server) => `${relay.origin}${paths.get(server) ?? "/"}`,
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
