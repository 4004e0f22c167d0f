/** What governs calls at this node, as digests: for other nodes to compare (cluster/governed.ts). */
import type { Settings } from "../../protocol/settings.ts";
import type { Governed } from "../cluster/governed.ts";
import { digestOf } from "./definition.ts";
import type { LivingCatalogue } from "./living.ts";
import type { LockedServer } from "./lock.ts";

const known = new WeakMap<object, string>();

/** The same object is digested once: an accept makes others. */
function digestOnce(value: object): string {
  let digest = known.get(value);
  if (digest === undefined) known.set(value, (digest = digestOf(value)));
  return digest;
}

export function governedBy(
  catalogue: Pick<LivingCatalogue, "tables" | "lock" | "baselines">,
  scopes: Settings["scopes"],
  search: Governed["search"],
): Governed {
  const servers = Object.entries<LockedServer>(catalogue.lock.servers);
  return {
    personas: Object.fromEntries(catalogue.tables().map(({ persona, digest }) => [persona, digest])),
    lock: Object.fromEntries(servers.map(([name, locked]) => [name, digestOnce(locked)])),
    scopes: digestOnce(scopes),
    // Two nodes that decide by different baselines govern differently.
    baselines: Object.fromEntries(catalogue.baselines().map(({ persona, version }) => [persona, version])),
    search,
  };
}
