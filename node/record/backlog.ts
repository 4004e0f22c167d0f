/**
 * What happens to records while the disk refuses: those nobody waits for are held, the rest is counted. Owns the bound
 * on what is held. A held record is text, so that nobody can change it meanwhile.
 */
import { limits } from "../../protocol/limits.ts";
import type { RecordBody } from "../../protocol/record.ts";
import { recordText } from "./line.ts";

/** Its chain fields are made anew when it is written. */
const noLink = { shard: 0, epoch: 0, n: 0, prev: "" };

export class Backlog {
  private held: string[] = [];
  private heldBytes = 0;
  /** Records whose writer was told RECORD_UNAVAILABLE. */
  refused = 0;
  /** Records nobody waited for, and for which there was no room. */
  lost = 0;

  get bytes(): number {
    return this.heldBytes;
  }

  get length(): number {
    return this.held.length;
  }

  hold(body: RecordBody): void {
    const line = recordText(noLink, body);
    if (this.heldBytes + line.length > limits.recordQueueBytesMax) this.lost += 1;
    else {
      this.held.push(line);
      this.heldBytes += line.length;
    }
  }

  /** The oldest records, at most `max`. */
  peek(max: number): RecordBody[] {
    return this.held.slice(0, max).map((line) => JSON.parse(line) as RecordBody);
  }

  /** Forgets the oldest `count`, which are written now. */
  drop(count: number): void {
    for (const line of this.held.slice(0, count)) this.heldBytes -= line.length;
    this.held = this.held.slice(count);
  }
}
