// The client matrix: real clients, at each door they know, over upstreams of both eras.
//
//   node test/clients/run.ts [--json] [--only ROW[,ROW...]] [--cluster | --slice]
//
// With --cluster three nodes stand there, behind a proxy that gives each request to the next one. --slice is the part of
// that which the test command runs: one row for each door and era.
// A cell is ok, FAILED, or n/a with its reason where the client cannot do such a thing by itself; n/a is never counted
// as passed. The last line is JSON {"passed","failed"}; with --json it follows one line per row. Exit status: 0 ok,
// 1 a finding, 2 misuse.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Connection, Target } from "./connection.ts";
import { checks, features } from "./features.ts";
import type { Feature, Subject } from "./features.ts";
import { rows } from "./rows.ts";
import type { Row } from "./rows.ts";
import { eras, listed, startStand } from "./stand.ts";
import type { Era, Stand } from "./stand.ts";

/** Three nodes and a NATS share the machine with the clients, some of which are programs that start first. */
const stepMs = process.argv.some((word) => word === "--cluster" || word === "--slice") ? 40_000 : 10_000;
const reasonCharsMax = 300;
/** Both eras at the HTTP door, and each other door once. */
const slice = "v1-http,v1-sse,v1-websocket,v2-http,v2-connect";

type Cell =
  | { readonly state: "ok"; readonly ms: number }
  | { readonly state: "FAILED" | "n/a"; readonly reason: string };

interface Outcome {
  readonly row: Row;
  readonly era: Era;
  readonly cells: ReadonlyMap<Feature, Cell>;
}

/** @throws Error when `work` has not ended in time; what it started is left to the connection's end */
async function bounded<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${stepMs / 1000} s`)), stepMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined); // when it comes too late, nobody waits for its failure
  }
}

function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const short = words.trim().replace(/\s+/g, " ");
  return short.length > reasonCharsMax ? `${short.slice(0, reasonCharsMax)}...` : short;
}

/** A connection that is opened when it is first needed, and anew after a check failed on it. */
class Line {
  readonly #open: () => Promise<Connection>;
  #connection: Connection | undefined;

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  async current(): Promise<Connection> {
    this.#connection ??= await bounded(this.#open());
    return this.#connection;
  }

  async drop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) await bounded(connection.close()).catch(() => undefined);
  }
}

/** One client over one upstream. */
class RowRun {
  readonly #row: Row;
  readonly #era: Era;
  readonly #target: Target;
  readonly #stand: Stand;
  readonly #line: Line;

  constructor(row: Row, era: Era, target: Target, stand: Stand) {
    this.#row = row;
    this.#era = era;
    this.#target = target;
    this.#stand = stand;
    this.#line = new Line(() => row.open(target));
  }

  async run(): Promise<Outcome> {
    const cells = new Map<Feature, Cell>();
    for (const feature of features) cells.set(feature, await this.#runCell(feature));
    await this.#line.drop();
    return { row: this.#row, era: this.#era, cells };
  }

  async #runCell(feature: Feature): Promise<Cell> {
    const reason = this.#row.unable?.[feature];
    if (reason !== undefined) return { state: "n/a", reason };
    const started = performance.now();
    try {
      const connection = await this.#line.current();
      await bounded(checks[feature](this.#subject(connection, "gateway")));
      return { state: "ok", ms: Math.round(performance.now() - started) };
    } catch (error) {
      await this.#line.drop();
      const loss = await this.#findLoss(feature);
      return loss === undefined
        ? { state: "FAILED", reason: reasonOf(error) }
        : { state: "n/a", reason: `${loss}; without the gateway it fails the same` };
    }
  }

  /** Why the feature is lost between client and gateway, when it is lost without the gateway as well. */
  async #findLoss(feature: Feature): Promise<string | undefined> {
    const { control } = this.#row;
    const loss = control?.loses[feature];
    if (control === undefined || loss === undefined) return undefined;
    const line = new Line(() =>
      control.open(this.#stand.direct(feature === "cancel" ? "holder" : "fixture", control.era)),
    );
    try {
      const connection = await line.current();
      await bounded(connection.listTools()); // a control that does not even connect excuses nothing
      const done = bounded(checks[feature](this.#subject(connection, "control")));
      return await done.then(
        () => undefined,
        () => loss,
      );
    } catch {
      return undefined;
    } finally {
      await line.drop();
    }
  }

  #subject(connection: Connection, through: string): Subject {
    return {
      connection,
      another: () => this.#row.open(this.#target),
      revision: this.#row.revision,
      tools: listed,
      label: `${this.#row.name} ${this.#era} ${through}`,
    };
  }
}

function printTable(outcomes: readonly Outcome[]): void {
  const head = ["client", "door", "speaks", "upstream", ...features];
  const body = outcomes.map(({ row, era, cells }) => [
    row.client,
    row.door,
    row.revision,
    era,
    ...features.map((feature) => cells.get(feature)?.state ?? "FAILED"),
  ]);
  const widths = head.map((title, at) =>
    Math.max(title.length, ...body.map((line) => line[at]?.length ?? 0)),
  );
  for (const line of [head, ...body])
    console.log(
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function printReasons(outcomes: readonly Outcome[]): void {
  const reasons = new Set<string>();
  for (const { row, era, cells } of outcomes) {
    for (const [feature, cell] of cells) {
      if (cell.state === "n/a") reasons.add(`n/a     ${row.client}, ${feature}: ${cell.reason}`);
      if (cell.state === "FAILED") reasons.add(`FAILED  ${row.name} over ${era}, ${feature}: ${cell.reason}`);
    }
  }
  if (reasons.size > 0) console.log(`\n${[...reasons].join("\n")}`);
}

function chooseRows(only: string | undefined): readonly Row[] {
  if (only === undefined) return rows;
  return only.split(",").map((name) => {
    const row = rows.find((each) => each.name === name);
    if (row !== undefined) return row;
    console.error(`--only ${name}: there is no such row. Rows: ${rows.map((each) => each.name).join(", ")}`);
    process.exit(2);
  });
}

async function runRows(
  chosen: readonly Row[],
  stand: Stand,
  onRow: (outcome: Outcome) => void,
): Promise<void> {
  for (const row of chosen) {
    const targetOf = await stand.enrol(row.name);
    for (const era of eras) onRow(await new RowRun(row, era, targetOf(era), stand).run());
  }
}

interface Options {
  readonly json: boolean;
  readonly only?: string;
  readonly cluster: boolean;
  readonly slice: boolean;
}

function readOptions(): Options {
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({ options: { json: flag, only: { type: "string" }, cluster: flag, slice: flag } })
      .values;
  } catch (error) {
    console.error(reasonOf(error));
    process.exit(2);
  }
}

async function main(): Promise<number> {
  const values = readOptions();
  const chosen = chooseRows(values.only ?? (values.slice ? slice : undefined));
  if (!existsSync(join(import.meta.dirname, "node_modules"))) {
    console.error("The clients are not installed. Run: npm ci --ignore-scripts --prefix test/clients");
    console.log(JSON.stringify({ passed: 0, failed: 1 }));
    return 1;
  }
  const outcomes: Outcome[] = [];
  const stand = await startStand(values.cluster || values.slice ? "three nodes" : "one node");
  try {
    await runRows(chosen, stand, (outcome) => {
      outcomes.push(outcome);
      const { row, era, cells } = outcome;
      if (values.json) console.log(JSON.stringify({ row: row.name, era, cells: Object.fromEntries(cells) }));
    });
  } finally {
    await stand.stop();
  }
  if (!values.json) {
    printTable(outcomes);
    printReasons(outcomes);
  }
  const states = outcomes.flatMap(({ cells }) => [...cells.values()].map((cell) => cell.state));
  const count = (state: Cell["state"]) => states.filter((each) => each === state).length;
  console.log(JSON.stringify({ passed: count("ok"), failed: count("FAILED") }));
  return count("FAILED") === 0 ? 0 : 1;
}

// Leaving by exit() lets the children and the folder be cleaned up too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  console.log(JSON.stringify({ passed: 0, failed: 1 }));
  process.exitCode = 1;
}
