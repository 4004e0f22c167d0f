/**
 * One k6 script, run to its end: its process, what it says of each second, and which of its thresholds held. Does not own
 * what the script calls (load.ts), nor how a run is shown (loadreport.ts).
 */
import { spawn } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { k6, requireTool } from "../deploy/tools/tool.ts";

export interface Second {
  /** Calls that ended as they should, in that second. */
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  /** Of the answered ones, in ms; undefined without any. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface Threshold {
  readonly metric: string;
  readonly says: string;
  readonly isMet: boolean;
  /** What it judges, where k6 tells it. */
  readonly measured?: number;
}

export interface K6Run {
  readonly script: string;
  readonly seconds: readonly Second[];
  readonly thresholds: readonly Threshold[];
  /** By code or reason. */
  readonly endings: Readonly<Record<string, number>>;
  readonly answered: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** k6's own words, when it could not run the script. */
  readonly fault: string | undefined;
}

/** What k6 ends with when a threshold did not hold. */
const thresholdStatus = 99;
const wordsMax = 8_192;

interface Point {
  readonly type: string;
  readonly metric: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly tags?: Readonly<Record<string, string>>;
  };
}

/** @returns undefined for a line of another kind, or one that was cut because k6 was ended */
function readPoint(line: string): Point | undefined {
  try {
    const point = JSON.parse(line) as Partial<Point> | null;
    const isWhole =
      point?.type === "Point" &&
      typeof point.data?.value === "number" &&
      !Number.isNaN(Date.parse(point.data.time));
    return isWhole ? (point as Point) : undefined;
  } catch {
    return undefined;
  }
}

/** Times of answered calls by second, and how calls ended. */
export class Samples {
  readonly #times = new Map<number, number[]>();
  readonly #failed = new Map<number, number>();
  readonly #refused = new Map<number, number>();
  readonly endings: Record<string, number> = {};
  #first = Infinity;
  #last = 0;

  /** @param line of `k6 run --out json` */
  take(line: string): void {
    const point = readPoint(line);
    if (point === undefined) return;
    const { metric, data } = point;
    const at = Math.floor(Date.parse(data.time) / 1_000);
    if (metric === "gatehouse_call" || metric === "gatehouse_reconnect")
      this.#answered(at, metric, data.value);
    else if (metric === "gatehouse_failed" && data.value === 1)
      this.#count(this.#failed, at, data.tags?.["ending"]);
    else if (metric === "gatehouse_refused") this.#count(this.#refused, at, data.tags?.["code"]);
  }

  get seconds(): readonly Second[] {
    const seconds: Second[] = [];
    for (let at = this.#first; at <= this.#last; at++) {
      const times = (this.#times.get(at) ?? []).toSorted((a, b) => a - b);
      const failed = this.#failed.get(at) ?? 0;
      // Each failure is among the refusals too (k6/gateway.ts).
      const refused = Math.max(0, (this.#refused.get(at) ?? 0) - failed);
      seconds.push({ answered: times.length, refused, failed, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }); // prettier-ignore
    }
    return seconds;
  }

  get times(): readonly number[] {
    return [...this.#times.values()].flat().toSorted((a, b) => a - b);
  }

  #answered(at: number, metric: string, ms: number): void {
    // The same calls are in the other metric as well.
    if (metric === "gatehouse_reconnect") return;
    this.#span(at);
    const times = this.#times.get(at);
    if (times === undefined) this.#times.set(at, [ms]);
    else times.push(ms);
    this.endings["ok"] = (this.endings["ok"] ?? 0) + 1;
  }

  #count(counts: Map<number, number>, at: number, ending = "unknown"): void {
    this.#span(at);
    counts.set(at, (counts.get(at) ?? 0) + 1);
    if (counts === this.#refused) this.endings[ending] = (this.endings[ending] ?? 0) + 1;
  }

  #span(at: number): void {
    this.#first = Math.min(this.#first, at);
    this.#last = Math.max(this.#last, at);
  }
}

/**
 * As k6 counts it: between the two values that it lies between, so what is printed is what the threshold judged.
 *
 * @param sorted ascending
 */
export function quantile(sorted: readonly number[], part: number): number | undefined {
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) return undefined;
  return low + (high - low) * (place - Math.floor(place));
}

interface Summary {
  readonly metrics?: Readonly<Record<string, { readonly thresholds?: Readonly<Record<string, boolean>>; readonly [statistic: string]: unknown }>>; // prettier-ignore
}

/** @param summary as k6 exports it: a threshold is true when it did NOT hold */
export function readThresholds(summary: unknown): readonly Threshold[] {
  const { metrics = {} } = summary as Summary;
  return Object.entries(metrics).flatMap(([metric, { thresholds = {}, ...statistics }]) =>
    Object.entries(thresholds).map(([says, isCrossed]) => {
      const [named = ""] = says.split(/[<>=!]/);
      // A rate is exported under another name.
      const measured = statistics[named] ?? (named === "rate" ? statistics["value"] : undefined);
      return { metric, says, isMet: !isCrossed, ...(typeof measured === "number" ? { measured } : {}) };
    }),
  );
}

/**
 * @param env of the script: GATEHOUSE_TARGET, RATE, SECONDS and the like
 * @param began called once k6 sends
 */
export async function runK6(
  script: string,
  env: Readonly<Record<string, string>>,
  began: () => void,
): Promise<K6Run> {
  const { path } = await requireTool(k6);
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-k6-"));
  const [points, exported] = [join(folder, "points.json"), join(folder, "summary.json")];
  try {
    const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const args = ["run", "--quiet", "--no-color", "--no-usage-report", "--out", `json=${points}`, "--summary-export", exported, "--summary-trend-stats", "med,p(95),p(99),max", ...variables, join(import.meta.dirname, "k6", `${script}.ts`)]; // prettier-ignore
    const child = spawn(path, args, { stdio: ["ignore", "pipe", "pipe"] });
    const kill = (): void => void child.kill("SIGKILL");
    process.once("exit", kill);
    let words = "";
    const hear = (text: string): void => void (words = (words + text).slice(-wordsMax));
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    began();
    const status = await new Promise<number | null>((done, fail) => {
      child.once("error", fail);
      child.once("close", done);
    });
    process.off("exit", kill);
    const samples = new Samples();
    if (status === 0 || status === thresholdStatus)
      for await (const line of createInterface({ input: createReadStream(points) })) samples.take(line);
    const { seconds, endings, times } = samples;
    const isRun = times.length > 0 || Object.keys(endings).length > 0;
    return {
      script,
      seconds,
      thresholds: isRun ? readThresholds(JSON.parse(readFileSync(exported, "utf8"))) : [],
      endings,
      answered: times.length,
      p50Ms: quantile(times, 0.5) ?? Number.NaN,
      p99Ms: quantile(times, 0.99) ?? Number.NaN,
      fault: isRun ? undefined : `k6 ended with ${status ?? "a signal"}:\n${words}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
