/**
 * permissions: what a node of the cluster may say and hear at NATS. Everything that is not named is refused.
 *
 * P1. A node has two users, each with an nkey of its own, in two accounts. JetStream sends its answer wherever the
 *     request asks it to, past the asker's own permissions, and the answer to a direct get is a row of the asker's
 *     choice. In one account any node could so put any bytes on `gw.2.3`, a frame to node 2 that seems to come from
 *     node 3 (the test shows it). No JetStream reaches the account of the frames.
 * P2. As a frame's sender a node can only name itself: `gw.<to>.<from>` and `gwall.<from>`.
 * P3. A node may write each row of the bucket, also another node's: to declare a node dead is a compare-and-swap on the
 *     row of the dead one. So the rows trust every node, and NATS does not keep a node that was taken over by an
 *     attacker from declaring others dead. The shape and the revision of each row are what its readers check.
 * P4. A node may create the bucket and its consumers, and may not change, empty or delete it.
 * P5. The same of the stream of fence logs, which has no consumers. A node may write to each shard's log: it may come to own
 *     any. An append counts for its owner alone, and a seal stops others, so a node that was taken over by an attacker
 *     can have calls refused that must not run twice, and cannot have one run twice.
 * P6. The archive's batches and snapshots it may write under its own name only, and read all of them: which node has
 *     written something is what the server has let through.
 */

export const bucket = "GATEHOUSE";
export const bucketStream = `KV_${bucket}`;
/** Of the fence logs, one subject for each shard. */
export const fenceStream = `FENCE_${bucket}`;

/** Of the archive: what nodes journal and record, a subject for each process; and snapshots, one for each chunk. */
export const tailStream = `TAIL_${bucket}`;
export const snapshotStream = `SNAP_${bucket}`;

/** A node's two connections: frames to other nodes, and the rows that all share. */
export type Purpose = "frames" | "store";

export interface Permissions {
  readonly publish: { readonly allow: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

/** A node's name is one token of a subject. */
const nodeName = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws Error when `node` would change the meaning of a subject */
export function permissionsOf(node: string, purpose: Purpose): Permissions {
  if (!nodeName.test(node))
    throw new Error(`${JSON.stringify(node)} is no node name: use 1 to 64 letters, digits, "_" and "-"`);
  return purpose === "frames"
    ? allow([`gw.*.${node}`, `gwall.${node}`], [`gw.${node}.*`, "gwall.*"])
    : allow(
        [...storeRequests, `gwtail.${bucket}.${node}.*`, `gwsnap.${bucket}.*.${node}.*`],
        [`${inboxPrefixOf(node)}.>`],
      );
}

/** Nobody else hears what is answered to this node. */
export function inboxPrefixOf(node: string): string {
  return `_INBOX.${node}`;
}

const storeRequests = [
  "$JS.API.INFO",
  `$JS.API.STREAM.CREATE.${bucketStream}`,
  `$JS.API.STREAM.INFO.${bucketStream}`,
  `$JS.API.STREAM.MSG.GET.${bucketStream}`,
  `$JS.API.DIRECT.GET.${bucketStream}`,
  `$JS.API.DIRECT.GET.${bucketStream}.>`,
  `$JS.API.CONSUMER.CREATE.${bucketStream}`,
  `$JS.API.CONSUMER.CREATE.${bucketStream}.>`,
  `$JS.API.CONSUMER.INFO.${bucketStream}.*`,
  `$JS.API.CONSUMER.DELETE.${bucketStream}.*`,
  `$JS.API.CONSUMER.MSG.NEXT.${bucketStream}.*`,
  `$JS.ACK.${bucketStream}.>`,
  `$JS.FC.${bucketStream}.>`,
  `$KV.${bucket}.>`,
  `$JS.API.STREAM.CREATE.${fenceStream}`,
  `$JS.API.STREAM.INFO.${fenceStream}`,
  `$JS.API.DIRECT.GET.${fenceStream}`,
  `gwfence.${bucket}.*`,
  ...[tailStream, snapshotStream].flatMap((stream) => [
    `$JS.API.STREAM.CREATE.${stream}`,
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
  ]),
];

function allow(publish: readonly string[], subscribe: readonly string[]): Permissions {
  return { publish: { allow: publish }, subscribe: { allow: subscribe } };
}
