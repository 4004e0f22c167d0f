/** The search for sensitive data as a node has it: its threads, and the screening of calls over them. */
import { availableParallelism } from "node:os";
import { Screening } from "../exchange/screening.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Vault } from "../vault/vault.ts";
import { ScanPool } from "./pool.ts";

/** One core is for the calls themselves. */
export function openScans(): ScanPool {
  return new ScanPool({ threads: Math.max(1, availableParallelism() - 1) });
}

export function screeningOf(
  { scans, vault }: { readonly scans: ScanPool; readonly vault: Vault },
  metrics: Metrics,
): Screening {
  return new Screening({
    scan: (agent, document, chars, done) => scans.scan(agent, document, chars, done),
    scanNow: (document) => scans.now(document),
    traitsOf: scans.traitsOf,
    tokens: (tenant) => vault.tokens(tenant),
    onScan: (way, tookMs, unscanned) => metrics.scanned(way, tookMs, unscanned),
  });
}
