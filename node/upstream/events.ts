/** What the upstream side tells the rest of the gateway, at a rate that no server can choose. */
import { limits } from "../../protocol/limits.ts";
import { visibleLine } from "./text.ts";
import type { Changed, UpstreamEvents } from "./upstream.ts";

/** Calls a listener; its own failure is thrown where it is nobody's but the process's: never into a stream's reader. */
export function tell(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

type Listener<Name extends keyof UpstreamEvents> = (what: UpstreamEvents[Name]) => void;

export class EventHub {
  readonly #listeners: { readonly [Name in keyof UpstreamEvents]: Set<Listener<Name>> } = {
    connected: new Set(),
    changed: new Set(),
    lost: new Set(),
    log: new Set(),
  };

  on<Name extends keyof UpstreamEvents>(event: Name, listener: Listener<Name>): void {
    this.#listeners[event].add(listener);
  }

  emit<Name extends keyof UpstreamEvents>(event: Name, what: UpstreamEvents[Name]): void {
    for (const listener of this.#listeners[event]) tell(() => listener(what));
  }
}

/** Log lines of one server: cleaned, cut, and counted instead of passed on beyond a rate. */
export class LogGate {
  readonly #emit: (line: string) => void;
  readonly #now: () => number;
  #windowStart = 0;
  #lines = 0;
  #dropped = 0;

  constructor(emit: (line: string) => void, now: () => number) {
    this.#emit = emit;
    this.#now = now;
  }

  push(text: string): void {
    const now = this.#now();
    if (now - this.#windowStart >= 1_000) {
      if (this.#dropped > 0) this.#emit(`${this.#dropped} more lines`);
      this.#windowStart = now;
      this.#lines = 0;
      this.#dropped = 0;
    }
    if (++this.#lines > limits.upstreamLogLinesPerSecondMax) this.#dropped++;
    else this.#emit(visibleLine(text, limits.stderrLineBytesMax));
  }
}

/** How long the same change is told once only. */
const changePauseMs = 1_000;

/** Changes of one server: the first at once, all that follow within the pause as one at its end. */
export class ChangeGate {
  readonly #emit: (what: Changed) => void;
  readonly #timers = new Map<Changed, NodeJS.Timeout>();
  readonly #again = new Set<Changed>();

  constructor(emit: (what: Changed) => void) {
    this.#emit = emit;
  }

  push(what: Changed): void {
    if (this.#timers.has(what)) {
      this.#again.add(what);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(what);
      if (this.#again.delete(what)) this.push(what);
    }, changePauseMs);
    this.#timers.set(what, timer.unref());
    this.#emit(what);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
