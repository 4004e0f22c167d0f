/**
 * Prometheus metrics of one node. Counters are fed by the governor's decisions, stage times by the relay's channel;
 * everything else is read when somebody scrapes.
 *
 * T1. Label values come from bounded sets: personas and rules of ours, never a name that an agent chose.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { build, type Histogram } from "hdr-histogram-js";
import { Counter, Gauge, Registry } from "prom-client";
import type { AnswerFacts } from "../../protocol/facts.ts";
import type { DataDirection } from "../../protocol/datarules.ts";
import { DataMetrics } from "./datametrics.ts";
import { PairTally } from "./pairtally.ts";
import { finished, type StartedCall } from "../exchange/relay.ts";
import type { Decision, Judgement } from "../exchange/governor.ts";

/** Values read at scrape time. */
export interface Readings {
  readonly activeSessions: number;
  readonly openCalls: number;
  readonly connections: number;
  readonly wireSessions: number;
  /** Of large messages that are here and not yet judged. */
  readonly unjudgedBytes: number;
  /** WebSockets that are not read until there is room for such a message. */
  readonly waitingSockets: number;
  readonly parkedCalls: number;
  readonly recordsHealthy: boolean;
  /** Of a node in a cluster: copies in the store. */
  readonly copies: { readonly copied: number; readonly dropped: number; readonly waitingBytes: number; readonly contested: number } | undefined; // prettier-ignore
  readonly upstreams: ReadonlyMap<
    string,
    { readonly sessions: number; readonly open: number; readonly waiting: number }
  >;
}

const stageNames = ["judge", "record", "upstream", "answer", "total"] as const;
type StageName = (typeof stageNames)[number];
const quantiles = [0.5, 0.9, 0.99, 0.999] as const;

export class Metrics {
  readonly registry = new Registry();
  readonly #decisions: Counter<"persona" | "verdict" | "rule" | "door">;
  readonly #alerts: Counter<"rule">;
  readonly #refused: Counter<"code">;
  /** Microseconds, 1 us to 60 s, two significant digits. */
  readonly #stages = new Map<StageName, Histogram>(
    stageNames.map((name) => [name, build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 2 })]), // prettier-ignore
  );
  /** What every call counts, until somebody scrapes: a labelled counter costs a microsecond each time. */
  readonly #tallies = { allowed: new PairTally(), answered: new PairTally() };
  readonly #data: DataMetrics;
  readonly #loop = monitorEventLoopDelay({ resolution: 20 });

  constructor(read: () => Readings) {
    const registers = [this.registry];
    this.#data = new DataMetrics(registers);
    const { allowed, answered } = this.#tallies;
    this.#decisions = new Counter({ name: "gatehouse_decisions_total", help: "Decisions by verdict and rule", labelNames: ["persona", "verdict", "rule", "door"], registers, collect() { allowed.empty((persona, door, count) => this.inc({ persona, verdict: "allow", rule: "", door }, count)); } }); // prettier-ignore
    new Counter({ name: "gatehouse_outcomes_total", help: "Answers of allowed calls", labelNames: ["persona", "outcome"] as const, registers, collect() { answered.empty((persona, outcome, count) => this.inc({ persona, outcome }, count)); } }); // prettier-ignore
    this.#alerts = new Counter({ name: "gatehouse_alerts_total", help: "Alerts raised by session actors", labelNames: ["rule"], registers }); // prettier-ignore
    this.#refused = new Counter({ name: "gatehouse_requests_refused_total", help: "Requests refused before a caller was known or a call was read", labelNames: ["code"], registers }); // prettier-ignore
    this.#addReadings(read, registers);
    this.#addStages(registers);
    this.#loop.enable();
    finished.subscribe(this.#onFinished);
  }

  decision(decision: Decision): void {
    const { verdict, caller } = decision;
    const { persona } = caller.endpoint;
    const { scan } = decision;
    if (scan !== undefined) this.#data.decided(scan, verdict);
    if (verdict.kind === "allow") this.#tallies.allowed.count(persona, caller.door);
    else this.#decisions.inc({ persona, verdict: verdict.kind, rule: verdict.rule, door: caller.door });
  }

  outcome(judged: Judgement, facts: AnswerFacts): void {
    this.#tallies.answered.count(judged.role.persona, facts.outcome);
    if (facts.scan !== undefined) this.#data.found(facts.scan.found ?? [], "answers", (at) => facts.scan?.actions[at] ?? "block"); // prettier-ignore
    for (const { way, action, type, count } of facts.side ?? []) this.#data.counted(way, action, type, count);
  }

  /** One search of a document. */
  scanned(way: DataDirection, tookMs: number, unscanned: string | undefined): void {
    this.#data.scanned(way, tookMs, unscanned);
  }

  alert(rule: string): void {
    this.#alerts.inc({ rule });
  }

  refused(code: string): void {
    this.#refused.inc({ code });
  }

  async scrape(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.registry.contentType, text: await this.registry.metrics() };
  }

  close(): void {
    finished.unsubscribe(this.#onFinished);
    this.#loop.disable();
  }

  readonly #onFinished = (message: unknown): void => {
    const { exchange } = message as StartedCall;
    const { judgedMs, recordedMs, upstreamMs, endedMs } = exchange.stages;
    this.#time("judge", judgedMs - exchange.startedMs);
    this.#time("record", recordedMs - judgedMs);
    if (upstreamMs > 0) {
      this.#time("upstream", upstreamMs - recordedMs);
      this.#time("answer", endedMs - upstreamMs);
    }
    this.#time("total", endedMs - exchange.startedMs);
  };

  #time(stage: StageName, ms: number): void {
    this.#stages.get(stage)?.recordValue(Math.min(60_000_000, Math.max(1, Math.round(ms * 1000))));
  }

  #addReadings(read: () => Readings, registers: Registry[]): void {
    const gauge = (name: string, help: string, value: (now: Readings) => number): void => {
      new Gauge({ name, help, registers, collect() { this.set(value(read())); } }); // prettier-ignore
    };
    gauge("gatehouse_sessions_active", "Session actors in memory", (now) => now.activeSessions);
    gauge("gatehouse_calls_open", "Requests not yet answered", (now) => now.openCalls);
    gauge("gatehouse_connections_open", "WebSockets and event streams", (now) => now.connections);
    gauge("gatehouse_wire_sessions", "Sessions of older MCP revisions", (now) => now.wireSessions);
    gauge("gatehouse_unjudged_bytes", "Large messages that are here and not yet judged", (now) => now.unjudgedBytes); // prettier-ignore
    gauge("gatehouse_sockets_waiting", "WebSockets that are not read until there is room for a large message", (now) => now.waitingSockets); // prettier-ignore
    gauge("gatehouse_calls_parked", "Calls waiting for an agent's answer", (now) => now.parkedCalls);
    gauge("gatehouse_records_healthy", "1 while records can be written", (now) =>
      now.recordsHealthy ? 1 : 0,
    );
    const counter = (name: string, help: string, value: (now: Readings) => number): void => {
      new Counter({ name, help, registers, collect() { this.reset(); this.inc(value(read())); } }); // prettier-ignore
    };
    counter("gatehouse_copies_total", "Records and journalled turns that the store has a copy of", (now) => now.copies?.copied ?? 0); // prettier-ignore
    counter("gatehouse_copies_dropped_total", "Those that were dropped because the store did not take them in time", (now) => now.copies?.dropped ?? 0); // prettier-ignore
    counter("gatehouse_pasts_contested_total", "Epochs of shards with a lost past under which more than one process has written copies", (now) => now.copies?.contested ?? 0); // prettier-ignore
    gauge("gatehouse_copies_waiting_bytes", "Copies that wait for the store", (now) => now.copies?.waitingBytes ?? 0); // prettier-ignore
    gauge(
      "gatehouse_event_loop_delay_seconds",
      "99th percentile since the start",
      () => this.#loop.percentile(99) / 1e9,
    );
    new Gauge({
      name: "gatehouse_upstream",
      help: "Upstream sessions, open calls and calls waiting for a socket",
      labelNames: ["server", "what"] as const,
      registers,
      collect() {
        for (const [server, counts] of read().upstreams) {
          this.set({ server, what: "sessions" }, counts.sessions);
          this.set({ server, what: "open" }, counts.open);
          this.set({ server, what: "waiting" }, counts.waiting);
        }
      },
    });
  }

  #addStages(registers: Registry[]): void {
    const stages = this.#stages;
    new Gauge({
      name: "gatehouse_stage_seconds",
      help: "Time per stage of answered calls since the start, by quantile",
      labelNames: ["stage", "quantile"] as const,
      registers,
      collect() {
        for (const [stage, histogram] of stages) {
          for (const quantile of quantiles)
            this.set(
              { stage, quantile: String(quantile) },
              histogram.getValueAtPercentile(quantile * 100) / 1e6,
            );
        }
      },
    });
  }
}
