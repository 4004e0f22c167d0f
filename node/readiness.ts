/** Whether a balancer may send agents here, and why not; what is only worth a look besides. */
import { kindsOf } from "./cluster/governed.ts";
import type { ClusterPart } from "./cluster/joining.ts";
import type { SegmentRecorder } from "./record/recorder.ts";

/** What /readyz says. */
export function readiness(
  { state }: { readonly state: { readonly draining: boolean } },
  recorder: SegmentRecorder,
  cluster: ClusterPart | undefined,
): {
  ok: boolean;
  records: boolean;
  draining: boolean;
  acting?: boolean;
  killList?: boolean;
  differences?: Readonly<Record<string, readonly string[]>>;
} {
  // prettier-ignore
  const { draining } = state;
  const records = recorder.healthy;
  if (cluster === undefined) return { ok: records && !draining, records, draining };
  const acting = cluster.isActing;
  const killList = !cluster.orders.isStale;
  const differences = Object.fromEntries(cluster.governed.differences.map((each) => [each.node, kindsOf(each)])); // prettier-ignore
  const alike = Object.keys(differences).length === 0;
  // Who differs is as able to serve as this one: it is shown, and no node goes for it.
  return { ok: records && !draining && acting && killList, records, draining, acting, killList, ...(alike ? {} : { differences }) }; // prettier-ignore
}
