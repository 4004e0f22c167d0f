/**
 * What V8 may keep of garbage. Streamed answers leave much of it behind: fifty of 10 MB at once cost 150 to 290 MiB
 * over idle with V8's own growth, and stay within the bound of loadtest/RESULTS.md with these (docs/adr/0005).
 *
 * Set once the node listens: what starting it up allocates has shaped the heap by then.
 */
import { setFlagsFromString } from "node:v8";

export function boundHeap(): void {
  // The young generation keeps the size it has, instead of growing to 128 MiB under a burst.
  setFlagsFromString("--semi-space-growth-factor=1");
  // The old one is collected when it has grown by a fifth, not when it has doubled or more.
  setFlagsFromString("--heap-growing-percent=20");
}
