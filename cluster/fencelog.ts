/**
 * The fence log: stands in for a runner-up's acknowledgement while a shard has none in sync (law 6). One line for each
 * shard: an owner seals it first, and then appends what a successor must know before an effect may go out. Owns the order
 * of seals and appends. Does not own where the lines stand (fencestore.ts), nor what is fenced by them.
 *
 * G1. Seal first: a seal names an epoch, and is written behind the very message that was last. From then on an append of
 *     an older owner, which expects another last message, fails. So what a seal has found is all that was ever fenced.
 * G2. No seal is written behind one of a later epoch, or behind another writer's of the same.
 * G3. An append counts when it is acknowledged. One of which nothing was heard may stand in the log: a successor then
 *     knows of a call that was never made, which does no harm.
 * G4. After such silence the next append finds another last message than it expected. What stands under that number never
 *     changes, so it may be read from any copy: if it is this writer's own, the log goes on behind it; else it is over.
 * G5. A log that is full takes no appends, and still takes seals.
 * G6. A line is cleared by one message in place of all: a seal that carries what is still to be known.
 *
 * Who fences what by it, and when: fencing.ts.
 */
import { limits } from "../protocol/limits.ts";
import { decodeFenceEntry, encodeFenceEntry } from "./fenceentry.ts";
import type { FenceEntry } from "./fenceentry.ts";
import type { FenceMessage, FenceStore } from "./fencestore.ts";

export interface FenceBody {
  readonly epoch: number;
  readonly body: Uint8Array;
}

export type SealResult =
  /** Ours now. `bodies`: all that earlier owners, and we, have fenced since it was cleared. */
  | { readonly kind: "sealed"; readonly bodies: readonly FenceBody[] }
  | { readonly kind: "superseded" }
  /** To be tried again. */
  | { readonly kind: "unknown" };

export type AppendResult = "appended" | "superseded" | "full" | "unknown";

interface Waiting {
  readonly bodies: readonly Uint8Array[];
  readonly isClear: boolean;
  readonly then: (result: AppendResult) => void;
}

interface Line {
  readonly shard: number;
  readonly epoch: number;
  state: "sealing" | "open" | "over";
  /** Number of the message that is last, as far as it is known here. */
  last: number;
  /** Highest count of ours that is acknowledged. */
  acked: number;
  /** Messages in it. */
  size: number;
  isBusy: boolean;
  waiting: Waiting[];
}

export class FenceLog {
  readonly #store: FenceStore;
  readonly #writer: string;
  readonly #lines = new Map<number, Line>();
  #count = 0;

  /** @param writer a text that was never used before */
  constructor(store: FenceStore, writer: string) {
    this.#store = store;
    this.#writer = writer;
  }

  /** `then` is called once, and never within. */
  seal(shard: number, epoch: number, then: (result: SealResult) => void): void {
    const before = this.#lines.get(shard);
    const line: Line = { shard, epoch, state: "sealing", last: before?.last ?? 0, acked: 0, size: 0, isBusy: false, waiting: [] }; // prettier-ignore
    if (before !== undefined) this.#finish(before);
    this.#lines.set(shard, line);
    this.#seal(line, limits.fenceSealTries, then);
  }

  /** @returns false when it is not taken, and `then` is not called: it is not sealed here, or too many wait */
  append(shard: number, epoch: number, body: Uint8Array, then: (result: AppendResult) => void): boolean {
    const line = this.#open(shard, epoch);
    if (line === undefined || line.waiting.length >= limits.fenceWaitingMax) return false;
    if (body.length > limits.fenceBodyBytesMax) return false;
    line.waiting.push({ bodies: [Uint8Array.from(body)], isClear: false, then });
    this.#pump(line);
    return true;
  }

  /** Forgets all that stands there but for `bodies`: a runner-up has it, or nobody asks for it any more. @returns as `append` */
  clear(
    shard: number,
    epoch: number,
    bodies: readonly Uint8Array[],
    then: (result: AppendResult) => void,
  ): boolean {
    const line = this.#open(shard, epoch);
    if (line === undefined) return false;
    if (bodies.reduce((sum, { length }) => sum + length, 0) > limits.fenceBodyBytesMax) return false;
    line.waiting.push({ bodies: bodies.map((body) => Uint8Array.from(body)), isClear: true, then });
    this.#pump(line);
    return true;
  }

  #open(shard: number, epoch: number): Line | undefined {
    const line = this.#lines.get(shard);
    return line?.state === "open" && line.epoch === epoch ? line : undefined;
  }

  #seal(line: Line, triesLeft: number, then: (result: SealResult) => void): void {
    if (triesLeft === 0 || line.state === "over") return then({ kind: "unknown" });
    const count = ++this.#count;
    const entry = this.#encode(line, "seal", count, []);
    this.#store.write(line.shard, entry, line.last, false, (written) => {
      if (written.kind === "unknown") return then({ kind: "unknown" });
      if (written.kind === "written") return this.#gather(line, written.number, line.last === 0, count, then);
      if (written.last === undefined) return this.#seal(line, triesLeft - 1, then);
      const { last } = written;
      if (last === 0) {
        line.last = 0;
        return this.#seal(line, triesLeft - 1, then);
      }
      this.#entryAt(line.shard, last, (found) => {
        if (found === undefined) return then({ kind: "unknown" });
        const isLater = found.epoch > line.epoch;
        if (isLater || (found.epoch === line.epoch && found.writer !== this.#writer)) {
          this.#finish(line);
          return then({ kind: "superseded" });
        }
        line.last = last;
        this.#seal(line, triesLeft - 1, then);
      });
    });
  }

  /** What stands before a seal of ours; nothing where it is the first message of its line. */
  #gather(
    line: Line,
    number: number,
    isFirst: boolean,
    count: number,
    then: (result: SealResult) => void,
  ): void {
    // prettier-ignore
    const found = (messages: readonly FenceMessage[] | undefined): void => {
      if (messages === undefined || line.state === "over") return then({ kind: "unknown" });
      line.state = "open";
      line.last = number;
      line.acked = count;
      line.size = Math.max(1, messages.length);
      const bodies = messages.flatMap(({ bytes }) => {
        const entry = decodeFenceEntry(bytes);
        return entry?.bodies.map((body) => ({ epoch: entry.epoch, body })) ?? [];
      });
      then({ kind: "sealed", bodies });
    };
    if (isFirst) return found([]);
    this.#store.read(line.shard, 1, number, found);
  }

  #pump(line: Line): void {
    if (line.isBusy || line.state !== "open" || line.waiting.length === 0) return;
    const isClear = line.waiting[0]?.isClear === true;
    const batch = isClear ? line.waiting.splice(0, 1) : this.#batch(line);
    line.isBusy = true;
    this.#write(line, batch, isClear);
  }

  #batch(line: Line): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { bodies, isClear } of line.waiting) {
      for (const body of bodies) bytes += body.length;
      if (isClear || count >= limits.fenceBatchMax) break;
      if (count > 0 && bytes > limits.fenceBatchBytesMax) break;
      count++;
    }
    return line.waiting.splice(0, count);
  }

  #write(line: Line, batch: readonly Waiting[], isClear: boolean): void {
    const done = (result: AppendResult): void => {
      line.isBusy = false;
      for (const { then } of batch) then(result);
      this.#pump(line);
    };
    const count = ++this.#count;
    // Told from a callback even when it is full: nothing is called within `append`.
    if (!isClear && line.size >= limits.fenceEntriesMax)
      return this.#entryAt(line.shard, line.last, () => done(line.state === "open" ? "full" : "superseded"));
    const bodies = batch.flatMap((waiting) => waiting.bodies);
    const entry = this.#encode(line, isClear ? "seal" : "bodies", count, bodies);
    this.#store.write(line.shard, entry, line.last, isClear, (written) => {
      if (line.state === "over") return done("superseded");
      if (written.kind === "written") {
        line.last = written.number;
        line.acked = count;
        line.size = isClear ? 1 : line.size + 1;
        return done("appended");
      }
      if (written.kind === "unknown" || written.last === undefined) return done("unknown");
      this.#catchUp(line, written.last, (isOurs) => {
        if (isOurs === undefined) return done("unknown");
        if (isOurs) return this.#write(line, batch, isClear);
        this.#finish(line);
        done("superseded");
      });
    });
  }

  /** Something else is last than was expected: our own, of which nothing was heard, or a successor's. */
  #catchUp(line: Line, last: number, then: (isOurs: boolean | undefined) => void): void {
    if (last <= line.last) return then(false); // it went back
    this.#entryAt(line.shard, last, (found) => {
      if (found === undefined) return then(undefined);
      const isOurs = found.writer === this.#writer && found.epoch === line.epoch && found.count > line.acked;
      if (isOurs) {
        line.last = last;
        line.acked = found.count;
        line.size = found.kind === "seal" ? 1 : line.size + 1;
      }
      then(isOurs);
    });
  }

  /** What nobody of us wrote counts as an entry of before the first epoch: it is sealed over, and knows nothing. */
  #entryAt(shard: number, number: number, then: (entry: FenceEntry | undefined) => void): void {
    const foreign: FenceEntry = { kind: "bodies", epoch: 0, writer: "", count: 0, bodies: [] };
    this.#store.read(shard, number, number, (messages) => {
      const bytes = messages?.[0]?.bytes;
      then(bytes === undefined ? undefined : (decodeFenceEntry(bytes) ?? foreign));
    });
  }

  #finish(line: Line): void {
    line.state = "over";
    for (const { then } of line.waiting.splice(0)) then("superseded");
  }

  #encode(
    { epoch }: Line,
    kind: FenceEntry["kind"],
    count: number,
    bodies: readonly Uint8Array[],
  ): Uint8Array {
    return encodeFenceEntry({ kind, epoch, writer: this.#writer, count, bodies });
  }
}
