/**
 * Server-sent events, read in pieces of any size. Owns: lines, fields, events. Does not own: what an event means.
 *
 * E1. The events do not depend on how the bytes were cut into chunks.
 * E2. What is kept between two chunks never exceeds twice the bound on one event.
 * E3. A text that is not UTF-8 is refused, not mended: what was judged must be what was sent.
 *
 * @see HTML Living Standard, section 9.2 (server-sent events)
 */
import { GatewayError } from "../../protocol/errors.ts";
import { LineGatherer, readUtf8 } from "./bytes.ts";

export interface SseEvent {
  /** "" when the stream named none: a message. */
  readonly event: string;
  /** Lines joined by \n; "" for an event without data, which MCP uses to prime a stream. */
  readonly data: string;
  /** The `id:` of this very event; undefined when it had none. */
  readonly id: string | undefined;
  /** The `retry:` of this very event in ms. */
  readonly retryMs: number | undefined;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
/** `id:` and `event:` and `retry:` values; longer ones are ignored, as an absent field is. */
const fieldUnitsMax = 1_024;
/** `data:` lines of one event: JSON printed over lines; each costs an object however short it is. */
const dataLinesMax = 65_536;

export class SseReader {
  readonly #eventBytesMax: number;
  readonly #on: (event: SseEvent) => void;
  /** The line that has no end yet. */
  readonly #rest: LineGatherer;
  #data: string[] = [];
  /** Bytes of the event's lines so far. */
  #eventBytes = 0;
  #event = "";
  #id: string | undefined;
  #retryMs: number | undefined;
  #seesLineFeedOfPair = false;
  #isFirstLine = true;
  #hasField = false;

  /**
   * @param eventBytesMax bytes of one event, comments and field names included
   * @param on called in order, within `push`; what it throws comes out of `push`
   */
  constructor(eventBytesMax: number, on: (event: SseEvent) => void) {
    this.#eventBytesMax = eventBytesMax;
    this.#rest = new LineGatherer(eventBytesMax);
    this.#on = on;
  }

  /** @throws GatewayError UPSTREAM_TOO_LARGE, UPSTREAM_GARBAGE; then nothing more may be pushed */
  push(chunk: Buffer): void {
    let start = 0;
    if (this.#seesLineFeedOfPair && chunk.length > 0) {
      if (chunk[0] === newline) start = 1;
      this.#seesLineFeedOfPair = false;
    }
    // Each is looked up when it has been passed, not for each line: a chunk may hold many of one and none of the other.
    let back = -1;
    let feed = -1;
    while (start < chunk.length) {
      if (back < start) back = indexOrEnd(chunk, carriageReturn, start);
      if (feed < start) feed = indexOrEnd(chunk, newline, start);
      const end = Math.min(back, feed);
      if (end === chunk.length) break;
      this.#line(chunk.subarray(start, end));
      start = end + 1;
      if (chunk[end] !== carriageReturn) continue;
      if (start === chunk.length) this.#seesLineFeedOfPair = true;
      else if (chunk[start] === newline) start++;
    }
    if (start < chunk.length && !this.#rest.add(chunk.subarray(start))) throw tooLarge();
  }

  #line(end: Buffer): void {
    let bytes = end;
    if (this.#rest.length > 0) {
      if (!this.#rest.add(end)) throw tooLarge();
      bytes = this.#rest.take();
    }
    if (bytes.length === 0) return this.#dispatch();
    this.#eventBytes += bytes.length;
    if (this.#eventBytes > this.#eventBytesMax || this.#data.length > dataLinesMax) throw tooLarge();
    let line = readUtf8(bytes);
    if (line === undefined) throw new GatewayError("UPSTREAM_GARBAGE", "an event stream is not UTF-8");
    if (this.#isFirstLine && line.charCodeAt(0) === 0xfeff) line = line.slice(1);
    this.#isFirstLine = false;
    this.#field(line);
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    switch (name) {
      case "data":
        this.#data.push(value);
        break;
      case "event":
        if (value.length <= fieldUnitsMax) this.#event = value;
        break;
      case "id":
        if (value.length <= fieldUnitsMax && !value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
        break;
      default:
        return;
    }
    this.#hasField = true;
  }

  #dispatch(): void {
    this.#isFirstLine = false;
    this.#eventBytes = 0;
    if (!this.#hasField) return;
    const event: SseEvent = {
      event: this.#event,
      data: this.#data.length === 1 ? (this.#data[0] ?? "") : this.#data.join("\n"),
      id: this.#id,
      retryMs: this.#retryMs,
    };
    this.#data = [];
    this.#event = "";
    this.#id = undefined;
    this.#retryMs = undefined;
    this.#hasField = false;
    this.#on(event);
  }
}

function indexOrEnd(chunk: Buffer, byte: number, start: number): number {
  const at = chunk.indexOf(byte, start);
  return at < 0 ? chunk.length : at;
}

function tooLarge(): GatewayError {
  return new GatewayError("UPSTREAM_TOO_LARGE", "one event of a stream exceeds answerBytes of this server");
}
