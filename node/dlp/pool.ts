/**
 * Who scans what: small documents here and now, larger ones on threads, in a fair order. Owns the threads, the queue and
 * the time a scan may take. Does not own scanning (actors/dlp), nor what follows from a result.
 *
 * P1. Every document gets exactly one outcome: a result, or why there is none. None is lost, whatever a thread does.
 * P2. A thread has one document at a time: when it is ended for taking too long, no other document goes with it.
 * P3. A thread that dies by itself may have been unlucky: its document goes to a fresh one, once.
 * P4. Agents take turns; who has a thousand waiting gets no more than who has one. A full queue, by documents or by their characters,
 *     refuses the newest of who has most.
 * P5. An outcome that is no result is for the policy to decide on, and it fails closed.
 * P6. No thread gets a document before it has found in one of ours what is found here (proof.ts). Where none starts, operators are told why.
 */
import { Worker } from "node:worker_threads";
import { personFieldTypes } from "../../actors/dlp/personfield.ts";
import type { TraitsOf } from "../../actors/dlp/rows.ts";
import type { Scanner, ScanResult } from "../../actors/dlp/scanner.ts";
import { limits } from "../../protocol/limits.ts";
import { FairQueue } from "../upstream/fairqueue.ts";
import type { Detector } from "../../actors/dlp/detector.ts";
import { proofOf, proofText } from "./proof.ts";
import { noDetectors, packedScanner, scannerWith } from "./scanning.ts";

export type Document = { readonly text: string } | { readonly value: unknown };

/** Why a document was not scanned. */
export type Unscanned = "queue full" | "too slow" | "thread died" | "no thread starts" | "closing";

export type Outcome = ScanResult | { readonly unscanned: Unscanned };

export interface PoolOptions {
  readonly threads: number;
  /** Beside the built-in ones. */
  readonly detectors?: readonly Detector[];
  readonly waitingMax?: number;
  readonly waitingCharsMax?: number;
  /** A scan that takes longer is ended with its thread. */
  readonly scanMs?: number;
  /** The threads' program; a test has one that hangs. */
  readonly program?: URL;
  /** For operators: why no thread can be had, once until there is one. */
  readonly notice?: (text: string) => void;
}

interface Job {
  readonly agent: string;
  readonly chars: number;
  readonly document: Document;
  readonly done: (outcome: Outcome) => void;
  tries: number;
}

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  job: Job | undefined;
  timer: NodeJS.Timeout | undefined;
}

const triesMax = 2;
const whyCharsMax = 300;
const ownProgram = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

export class ScanPool {
  #own: Scanner | undefined;
  readonly #traits = new Map<string, { readonly group: string; readonly tags: readonly string[] }>();
  readonly #queue: FairQueue<Job>;
  readonly #threads = new Set<Thread>();
  readonly #charsMax: number;
  readonly #scanMs: number;
  readonly #program: URL;
  readonly #size: number;
  readonly #added: readonly Detector[];
  #isClosing = false;
  #prepared: NodeJS.Timeout | undefined;
  /** Threads in a row that ended before they were ready. */
  #stillborn = 0;
  #isTold = false;
  /** What each thread has to find. */
  #proof: string | undefined;
  readonly #notice: (text: string) => void;

  constructor({ threads, detectors, waitingMax, waitingCharsMax, scanMs, program, notice }: PoolOptions) {
    this.#notice = notice ?? (() => undefined);
    this.#size = threads;
    this.#added = detectors ?? noDetectors;
    this.#queue = new FairQueue(waitingMax ?? limits.dlpWaitingMax);
    this.#charsMax = waitingCharsMax ?? limits.dlpWaitingCharsMax;
    this.#scanMs = scanMs ?? limits.dlpScanMs;
    this.#program = program ?? ownProgram;
  }

  /** Made when it is first needed: reading all rows takes a second. */
  get #scanner(): Scanner {
    if (this.#own !== undefined) return this.#own;
    this.#own = scannerWith(this.#added);
    for (const { id, group, tags } of [...this.#own.plan.detectors, ...personFieldTypes]) this.#traits.set(id, { group, tags }); // prettier-ignore
    return this.#own;
  }

  /** Reads the rows now, so that no call waits for it. */
  warm(): void {
    this.now({ text: "" });
  }

  /** What is known of a type. */
  readonly traitsOf: TraitsOf = (type) => {
    if (this.#own === undefined) this.warm();
    return this.#traits.get(type);
  };

  /** Documents that wait for a thread. */
  get waiting(): number {
    return this.#queue.size;
  }

  /**
   * Scans a document.
   *
   * @param chars how large it is, as the caller knows: of a value, the length of its JSON
   * @param done  called once; for a small document before this returns
   */
  scan(agent: string, document: Document, chars: number, done: (outcome: Outcome) => void): void {
    if (this.#isClosing) return done({ unscanned: "closing" });
    if (chars <= limits.dlpInlineCharsMax) return done(this.now(document));
    if (!this.#hasRoom(agent, chars)) return done({ unscanned: "queue full" });
    const refused = this.#queue.add(agent, { agent, document, chars, done, tries: 0 });
    if (refused !== undefined) refused.done({ unscanned: "queue full" });
    this.#dispatch();
  }

  /** Makes room among the characters that wait, where others have more of them than who asks. */
  #hasRoom(agent: string, chars: number): boolean {
    for (;;) {
      const owned = new Map<string, { chars: number; newest: Job }>();
      let all = chars;
      for (const job of this.#queue) {
        all += job.chars;
        owned.set(job.agent, { chars: (owned.get(job.agent)?.chars ?? 0) + job.chars, newest: job });
      }
      if (all <= this.#charsMax || owned.size === 0) return true;
      const most = [...owned.values()].reduce((one, other) => (other.chars > one.chars ? other : one));
      if (most.chars <= (owned.get(agent)?.chars ?? 0) + chars) return false;
      this.#queue.delete(most.newest.agent, most.newest);
      most.newest.done({ unscanned: "queue full" });
    }
  }

  /** Has a first thread soon, if no document wants one before: a start takes a third of a second. */
  prepare(): void {
    this.#prepared ??= setTimeout(() => this.#startFirst(), limits.dlpThreadAfterMs).unref();
  }

  #startFirst(): void {
    if (this.#threads.size === 0 && !this.#isClosing) this.#start();
  }

  /** Ends all threads; what waits or runs gets its outcome. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#prepared);
    for (const job of this.#queue) job.done({ unscanned: "closing" });
    const threads = [...this.#threads];
    for (const thread of threads) this.#release(thread)?.done({ unscanned: "closing" });
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  /** Whether any thread has started. */
  get isReady(): boolean {
    for (const { isReady } of this.#threads) if (isReady) return true;
    return false;
  }

  /** Scans at once what a thread would have had, had one started: the next document finds one. */
  meanwhile(document: Document): ScanResult {
    this.#startFirst();
    return this.now(document);
  }

  /** Here, at once, whatever its size. */
  now(document: Document): ScanResult {
    return "text" in document
      ? this.#scanner.scanText(document.text)
      : this.#scanner.scanValue(document.value);
  }

  #dispatch(): void {
    while (!this.#isClosing && this.#queue.size > 0) {
      const thread = this.#idle();
      if (thread === undefined) return;
      const job = this.#queue.next(() => true);
      if (job === undefined) return;
      this.#give(thread, job);
    }
  }

  /** A thread that can take a document now. When there is none, and room, another one is started. */
  #idle(): Thread | undefined {
    let starting = 0;
    for (const thread of this.#threads) {
      if (thread.isReady && thread.job === undefined) return thread;
      if (!thread.isReady) starting++;
    }
    if (this.#threads.size < this.#size && starting < this.#queue.size) this.#start();
    return undefined;
  }

  #start(): void {
    const worker = new Worker(this.#program, {
      workerData: packedScanner(this.#added),
      resourceLimits: {
        maxOldGenerationSizeMb: limits.dlpThreadHeapMiB,
        maxYoungGenerationSizeMb: limits.dlpThreadYoungMiB,
      },
    });
    const onTime = (): void => void worker.terminate();
    const timer = setTimeout(onTime, limits.dlpThreadStartMs);
    const thread: Thread = { worker, isReady: false, job: undefined, timer };
    const onMessage = (said: ScanResult | "ready"): void => {
      if (said === "ready") return;
      if (!thread.isReady) return this.#proven(thread, said);
      this.#release(thread)?.done(said);
      this.#dispatch();
    };
    worker.on("message", onMessage);
    worker.on("error", (fault) => this.#bury(thread, String(fault)));
    worker.on("exit", () => this.#bury(thread, "it ended"));
    this.#threads.add(thread);
    worker.postMessage({ text: proofText() });
  }

  #proven(thread: Thread, found: ScanResult): void {
    this.#proof ??= proofOf(this.now({ text: proofText() }));
    if (proofOf(found) !== this.#proof) {
      this.#bury(thread, "it finds other things than this node does");
      return void thread.worker.terminate();
    }
    this.#stillborn = 0;
    this.#isTold = false;
    thread.isReady = true;
    this.#release(thread);
    this.#dispatch();
  }

  #give(thread: Thread, job: Job): void {
    job.tries++;
    thread.job = job;
    const onTime = (): void => this.#cut(thread);
    thread.timer = setTimeout(onTime, this.#scanMs);
    thread.worker.ref();
    try {
      thread.worker.postMessage(job.document);
    } catch {
      // What cannot be copied to a thread (a function, a symbol) is no document: it is scanned here, which cannot fail so.
      this.#release(thread)?.done(this.now(job.document));
    }
  }

  /** Takes the thread's document away. */
  #release(thread: Thread): Job | undefined {
    clearTimeout(thread.timer);
    const { job } = thread;
    thread.job = undefined;
    thread.worker.unref();
    return job;
  }

  /** The scan took too long: it is ended, and so is the thread. */
  #cut(thread: Thread): void {
    const job = this.#release(thread);
    this.#threads.delete(thread);
    void thread.worker.terminate();
    job?.done({ unscanned: "too slow" });
    this.#dispatch();
  }

  #bury(thread: Thread, why: string): void {
    if (!this.#threads.delete(thread)) return;
    const job = this.#release(thread);
    if (!thread.isReady && ++this.#stillborn >= triesMax && !this.#isClosing) this.#giveUp(why);
    if (job !== undefined) {
      if (job.tries < triesMax && !this.#isClosing) this.#again(job);
      else job.done({ unscanned: this.#isClosing ? "closing" : "thread died" });
    }
    this.#dispatch();
  }

  /** No thread can be had: what waits is told. The next document tries again. */
  #giveUp(why: string): void {
    this.#stillborn = 0;
    for (let job = this.#queue.next(() => true); job !== undefined; job = this.#queue.next(() => true))
      job.done({ unscanned: "no thread starts" });
    if (this.#isTold) return;
    this.#isTold = true;
    const cause = why.slice(0, whyCharsMax);
    this.#notice(`no thread that searches large documents starts (${cause}): they count as not searched. Where the program was changed on disk under this node, start it anew`); // prettier-ignore
  }

  #again(job: Job): void {
    const refused = this.#queue.add(job.agent, job);
    if (refused !== undefined) refused.done({ unscanned: "queue full" });
  }
}
