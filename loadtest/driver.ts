/**
 * The load generator: N connections, each with one call open at all times (a closed loop), over raw keep-alive sockets,
 * because a full HTTP client would cost more than what it measures.
 *
 *   node driver.ts '{"url":…,"connections":64,"warmupMs":2000,"measureMs":6000,…}'     prints one line of figures
 *
 * 1. Every answer is verified: status, content type, id, and the whole text, which holds the call's own number.
 * 2. Only calls answered within the measured window are counted in rates and latencies; `answered` counts all.
 * 3. The processes in `watch` are charged with the CPU time they spend within exactly that window.
 * 4. No call is repeated. A connection that breaks is not opened again.
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { build } from "hdr-histogram-js";
import { AnswerReader } from "./answerreader.ts";
import type { Answer } from "./answerreader.ts";
import { cpuSeconds, machineCpuSeconds } from "./cputime.ts";
import { answerJson, callBody, firstNumber, modernHeaders } from "./workload.ts";

export interface DriverOptions {
  readonly url: string;
  readonly tool: string;
  /** Bearer key; none for the bare proxy. */
  readonly key?: string;
  readonly connections: number;
  readonly warmupMs: number;
  readonly measureMs: number;
  /** Stop after so many calls, even before the time is over. */
  readonly callsMax?: number;
  /** Added to the number of each call, so that numbers stay unique over many runs. */
  readonly numbersFrom: number;
  readonly watch?: readonly number[];
}

export interface DriverFigures {
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Calls sent and calls answered rightly, from the first to the last, warm-up included. */
  readonly sent: number;
  readonly answered: number;
  /** What went wrong, counted by kind. Empty when nothing did. */
  readonly errors: { readonly [what: string]: number };
  /** CPU seconds within the window: of each watched process, our own under `driver`, of all there are under `machine`. */
  readonly cpu: { readonly [process: string]: number };
}

/** A call that takes longer than this after the end of the run counts as lost. */
const drainMs = 10_000;
/** Every so many answers one is parsed as a whole. */
const parseEvery = 64;

class Run {
  readonly #options: DriverOptions;
  readonly #target: URL;
  readonly #head: string;
  readonly #histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 }); // prettier-ignore
  readonly #errors = new Map<string, number>();
  #sent = 0;
  #answered = 0;
  #calls = 0;
  #measuring = false;
  #stopping = false;
  #from = 0;
  #to = 0;
  #cpuFrom: readonly number[] = [];
  #cpuTo: readonly number[] = [];

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#target = new URL(options.url);
    const headers = {
      host: this.#target.host,
      ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
      ...modernHeaders("tools/call", options.tool),
      "content-length": String(Buffer.byteLength(callBody(options.tool, firstNumber))),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#head = `POST ${this.#target.pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
  }

  async figures(): Promise<DriverFigures> {
    const { connections, warmupMs, measureMs } = this.#options;
    const open = Array.from({ length: connections }, () => this.#connection());
    const begin = setTimeout(() => this.#beginWindow(), warmupMs);
    const end = setTimeout(() => this.#endWindow(), warmupMs + measureMs);
    await Promise.all(open);
    clearTimeout(begin);
    clearTimeout(end);
    if (!this.#stopping) this.#endWindow();
    const seconds = this.#to - this.#from;
    const names = [...(this.#options.watch ?? []).map(String), "driver", "machine"];
    return {
      calls: this.#calls,
      seconds,
      callsPerSecond: this.#calls / seconds,
      p50Ms: this.#histogram.getValueAtPercentile(50) / 1000,
      p99Ms: this.#histogram.getValueAtPercentile(99) / 1000,
      maxMs: this.#histogram.maxValue / 1000,
      sent: this.#sent,
      answered: this.#answered,
      errors: Object.fromEntries(this.#errors),
      cpu: Object.fromEntries(
        names.map((name, at) => [name, (this.#cpuTo[at] ?? 0) - (this.#cpuFrom[at] ?? 0)]),
      ),
    };
  }

  #beginWindow(): void {
    this.#cpuFrom = this.#cpu();
    this.#from = performance.now() / 1000;
    this.#measuring = true;
  }

  #endWindow(): void {
    this.#stopping = true;
    this.#measuring = false;
    this.#to = performance.now() / 1000;
    this.#cpuTo = this.#cpu();
  }

  #cpu(): number[] {
    return [...[...(this.#options.watch ?? []), process.pid].map(cpuSeconds), machineCpuSeconds()];
  }

  #fail(what: string): void {
    this.#errors.set(what, (this.#errors.get(what) ?? 0) + 1);
  }

  /** Runs one connection to its end; what goes wrong on it is counted. */
  #connection(): Promise<void> {
    return new Promise((done) => {
      const socket = connect({ host: this.#target.hostname, port: Number(this.#target.port), noDelay: true });
      const reader = new AnswerReader();
      let number = 0;
      let sentAt = 0;
      const late = setTimeout(
        () => socket.destroy(new Error("late")),
        this.#options.warmupMs + this.#options.measureMs + drainMs,
      );
      const next = (): void => {
        if (this.#stopping || this.#sent >= (this.#options.callsMax ?? Number.MAX_SAFE_INTEGER)) {
          socket.end();
          return;
        }
        number = this.#write(socket);
        sentAt = performance.now();
      };
      socket.on("connect", next);
      socket.on("data", (chunk: Buffer) => {
        let answer: Answer | undefined;
        try {
          answer = reader.push(chunk);
        } catch (error) {
          socket.destroy(error as Error);
          return;
        }
        if (answer === undefined) return;
        if (this.#measuring) this.#histogram.recordValue(Math.round((performance.now() - sentAt) * 1000));
        this.#judge(answer, number);
        number = 0;
        next();
      });
      socket.on("error", (error: NodeJS.ErrnoException) =>
        this.#fail(`socket ${error.code ?? error.message}`),
      );
      socket.on("close", () => {
        if (number !== 0) this.#fail("closed with a call open");
        clearTimeout(late);
        done();
      });
    });
  }

  #write(socket: Socket): number {
    const number = firstNumber + this.#options.numbersFrom + this.#sent++;
    socket.write(this.#head + callBody(this.#options.tool, number), "latin1");
    return number;
  }

  #judge(answer: Answer, number: number): void {
    const wrong = faultOf(answer, number);
    if (wrong !== undefined) return this.#fail(wrong);
    this.#answered++;
    if (this.#measuring) this.#calls++;
  }
}

function faultOf({ status, body, isJson }: Answer, number: number): string | undefined {
  if (status !== 200) return `HTTP ${status}: ${body.slice(0, 200)}`;
  if (!isJson) return "not JSON";
  const hasId = body.includes(`"id":${number},`) || body.includes(`"id":${number}}`);
  if (!hasId) return "the id of another call";
  if (!body.includes(answerJson(number))) return `another text: ${body.slice(0, 200)}`;
  if (number % parseEvery !== 0) return undefined;
  const message = JSON.parse(body) as { id?: unknown; result?: { isError?: boolean; content?: unknown } };
  return message.id === number && message.result?.isError !== true ? undefined : "an error in a result";
}

if (import.meta.main) {
  const figures = await new Run(JSON.parse(process.argv[2] ?? "{}") as DriverOptions).figures();
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
