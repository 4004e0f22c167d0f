/**
 * Metrics of the search for sensitive data: what was found, what was done, how long it took. Types are ours or an operator's, so
 * their number is bounded (T1 of metrics.ts).
 */
import { build } from "hdr-histogram-js";
import { Counter, Gauge, type Registry } from "prom-client";
import type { DataDirection } from "../../protocol/datarules.ts";
import type { FoundData, ScanFacts } from "../../protocol/facts.ts";
import type { Verdict } from "../../protocol/verdict.ts";

const ways = ["arguments", "answers"] as const;
const quantiles = [0.5, 0.99] as const;

export class DataMetrics {
  readonly #found: Counter<"way" | "action" | "type">;
  readonly #unscanned: Counter<"way">;
  readonly #times = new Map(
    ways.map((way) => [way, build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 2 })] as const), // prettier-ignore
  );

  constructor(registers: Registry[]) {
    this.#found = new Counter({ name: "gatehouse_data_found_total", help: "Findings of sensitive data by what was done", labelNames: ["way", "action", "type"], registers }); // prettier-ignore
    this.#unscanned = new Counter({ name: "gatehouse_data_unscanned_total", help: "Documents that were not searched to their end", labelNames: ["way"], registers }); // prettier-ignore
    const times = this.#times;
    new Gauge({ name: "gatehouse_data_scan_seconds", help: "Time of one search since the start, waiting included, by quantile", labelNames: ["way", "quantile"] as const, registers, collect() {
      for (const [way, histogram] of times) for (const quantile of quantiles) this.set({ way, quantile: String(quantile) }, histogram.getValueAtPercentile(quantile * 100) / 1e6);
    } }); // prettier-ignore
  }

  scanned(way: DataDirection, tookMs: number, unscanned: string | undefined): void {
    this.#times.get(way)?.recordValue(Math.min(60_000_000, Math.max(1, Math.round(tookMs * 1000))));
    if (unscanned !== undefined) this.#unscanned.inc({ way });
  }

  /** Of a call that was decided. */
  decided({ found = [] }: ScanFacts, verdict: Verdict): void {
    const actions = verdict.kind === "allow" ? verdict.data?.found : undefined;
    const isRefused = verdict.kind !== "allow" && verdict.rule.startsWith("data.");
    this.found(found, "arguments", (at) => actions?.[at] ?? (isRefused ? "block" : "detect"));
  }

  found(rows: readonly FoundData[], way: DataDirection, actionOf: (at: number) => string): void {
    for (const [at, { type, count }] of rows.entries()) this.counted(way, actionOf(at), type, count);
  }

  counted(way: DataDirection, action: string, type: string, count: number): void {
    this.#found.inc({ way, action, type }, count);
  }
}
