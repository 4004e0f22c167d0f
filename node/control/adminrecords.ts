/** Records of what operators did: who, what, why. Owns when an act waits for its record (operators.ts, O1 and O2). */
import type { RecordBody, Recorder } from "../../protocol/record.ts";

type Body = Omit<RecordBody, "kind" | "at" | "auth">;

export class AdminRecords {
  readonly #recorder: Recorder;
  readonly #now: () => number;

  /** @param now epoch milliseconds */
  constructor(recorder: Recorder, now: () => number) {
    this.#recorder = recorder;
    this.#now = now;
  }

  /** Comes back when the disk has confirmed it. */
  before(body: Body, by: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#recorder.append(
        { kind: "admin", at: this.#now(), auth: { by: "control", id: by }, ...body },
        "synced",
        (fault) => {
          if (fault === undefined) resolve();
          else reject(fault);
        },
      );
    });
  }

  /** Of an act that is done. @returns false when the record was refused */
  async after(body: Body, by: string): Promise<boolean> {
    try {
      await this.before(body, by);
      return true;
    } catch {
      return false;
    }
  }
}
