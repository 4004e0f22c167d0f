/** MCP over the standard streams of a child: one JSON message per line there and back, standard error is a log. */
import { GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { Secret } from "../vault/secret.ts";
import { ByteGatherer, readUtf8 } from "./bytes.ts";
import { Child } from "./child.ts";
import type { Command } from "./command.ts";
import { withCredential } from "./dialer.ts";
import type { Wire, WireTaker } from "./duplex.ts";

const newline = 0x0a;
/** Stands before each line of the child's standard error in the log. */
export const stderrMark = "stderr: ";

/** Lines of bounded length from chunks of any size. */
export class LineReader {
  readonly #on: (line: Buffer) => void;
  readonly #tooLong: (head: Buffer) => void;
  readonly #bytesMax: number;
  #rest: ByteGatherer;
  #isSkipping = false;

  /** @param tooLong gets the beginning of a line beyond the bound; the rest is thrown away */
  constructor(bytesMax: number, on: (line: Buffer) => void, tooLong: (head: Buffer) => void) {
    this.#bytesMax = bytesMax;
    this.#rest = new ByteGatherer(bytesMax);
    this.#on = on;
    this.#tooLong = tooLong;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      if (end < 0) break;
      this.#piece(chunk.subarray(start, end), true);
      start = end + 1;
    }
    if (start < chunk.length) this.#piece(chunk.subarray(start), false);
  }

  #piece(piece: Buffer, isEnd: boolean): void {
    if (this.#isSkipping) {
      if (isEnd) this.#isSkipping = false;
      return;
    }
    if (this.#rest.length + piece.length > this.#bytesMax) {
      this.#isSkipping = !isEnd;
      const room = this.#bytesMax - this.#rest.length;
      this.#rest.add(piece.subarray(0, room));
      this.#tooLong(this.#rest.take());
    } else if (!isEnd) this.#rest.add(piece);
    else if (this.#rest.length === 0) this.#on(piece);
    else {
      this.#rest.add(piece);
      this.#on(this.#rest.take());
    }
  }
}

export interface ChildCredential {
  readonly env: string;
  readonly secret: Secret;
}

export class StdioWire implements Wire {
  readonly #taker: WireTaker;
  readonly #child: Child;
  #isClosing = false;

  /** Starts the child. A failure to start is told to `taker.lost`. */
  constructor(
    command: Command,
    env: Record<string, string>,
    credential: ChildCredential | undefined,
    taker: WireTaker,
  ) {
    this.#taker = taker;
    const lines = new LineReader(
      taker.bounds.bytesMax,
      (line) => this.#line(line),
      () => taker.tooLarge(),
    );
    const log = (line: Buffer): void => {
      const text = line.toString("utf8");
      taker.log(`${stderrMark}${credential === undefined ? text : credential.secret.conceal(text)}`);
    };
    const errors = new LineReader(limits.stderrLineBytesMax, log, log);
    this.#child = new Child(command, withCredential(env, credential), {
      output: (chunk) => lines.push(chunk),
      errors: (chunk) => errors.push(chunk),
      gone: (error) => {
        if (!this.#isClosing) taker.lost(error);
      },
    });
  }

  write(
    text: string,
    ready: (() => GatewayError | undefined) | undefined,
    failed: (error: GatewayError) => void,
  ): void {
    if (this.#isClosing || this.#child.isOver)
      return failed(new GatewayError("UPSTREAM_SESSION_LOST", "its process has ended"));
    const refusal = ready?.();
    if (refusal !== undefined) failed(refusal);
    else if (!this.#child.write(`${text}\n`))
      failed(new GatewayError("OVERLOADED", "its process does not read"));
  }

  pause(): void {
    this.#child.pause();
  }

  resume(): void {
    this.#child.resume();
  }

  close(): Promise<void> {
    this.#isClosing = true;
    return this.#child.stop();
  }

  #line(line: Buffer): void {
    // Windows programs end lines with CR LF; a blank line says nothing.
    const end = line.at(-1) === 0x0d ? line.length - 1 : line.length;
    if (end > 0 && !this.#isClosing) this.#taker.frame(readUtf8(line.subarray(0, end)));
  }
}
