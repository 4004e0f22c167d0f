/**
 * Requests that were refused before there was a caller or a call: counted by code, recorded once per interval, so that
 * a flood of garbage costs a counter and still stands in the record.
 */
import type { Recorder } from "../../protocol/record.ts";

export class RefusalTally {
  readonly #recorder: Recorder;
  readonly #now: () => number;
  /** Codes come from the error table, so there are few. */
  readonly #counts = new Map<string, number>();

  constructor(recorder: Recorder, now: () => number) {
    this.#recorder = recorder;
    this.#now = now;
  }

  count(code: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** Records what was counted since the last time. */
  flush(): void {
    for (const [code, count] of this.#counts) {
      const about = { what: "requests refused", code };
      this.#recorder.append({ kind: "node", at: this.#now(), count, about }, "written");
    }
    this.#counts.clear();
  }
}
