/**
 * The mark of a cluster: its name and its secret in one text that gives neither away. It stands in each packet between
 * nodes (cluster/packet.ts), and in one row of the shared store, which the first node writes: whoever has another name or
 * another secret would own shards that no other node agrees on, and so must not join.
 */
import type { Store } from "../../cluster/store.ts";
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { sharedKey } from "../vault/clustersecrets.ts";
import type { Secret } from "../vault/secret.ts";

/** Beside the view and the leases, which have keys of other shapes. */
const markKey = "cluster";

export function clusterMark(secret: Secret, name: string): string {
  return `${name} ${sharedKey(secret, name, "mark").toString("base64url")}`;
}

/**
 * Comes back once the store holds this cluster's mark: it is written where none is.
 *
 * @throws GatewayError CONFIGURATION when another one stands there
 */
export async function confirmCluster(
  store: Store,
  mark: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const found = await standing(store, signal);
    if (found === mark) return;
    if (found !== undefined) throw otherCluster(found, name);
    const swapped = new Promise<string>((done) =>
      store.swap(markKey, Buffer.from(mark), 0, ({ kind }) => done(kind)),
    );
    if ((await swapped) === "swapped") return;
    // Another node was quicker, or nothing is known: it is read again.
    await new Promise((done) => setTimeout(done, limits.leaseRetryMs));
  }
}

/** What the row holds, as the watch brings it; undefined when there is none. */
function standing(store: Store, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((done) => {
    let found: string | undefined;
    const finish = (): void => {
      end();
      done(found);
    };
    const end = store.watch(({ key, value }) => {
      if (key === markKey) found = value === undefined ? undefined : Buffer.from(value).toString("utf8");
    }, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}

function otherCluster(found: string, name: string): GatewayError {
  const [other = ""] = found.split(" ");
  if (other === name)
    return new GatewayError(
      "CONFIGURATION",
      `cluster.secret is not that of the other nodes of cluster ${name}`,
      {
        remedy: "copy the secret from a node that runs; nodes that share sessions share their keys",
      },
    );
  return new GatewayError(
    "CONFIGURATION",
    `this NATS is used by the cluster ${other}, and cluster.name is ${name}`,
    {
      remedy: `write cluster.name: ${other} to join it; another cluster needs a NATS, or accounts, of its own`,
    },
  );
}
