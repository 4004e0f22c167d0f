/**
 * What V8 may keep of garbage (docs/adr/0005). Streamed answers leave much of it behind, and under load the young
 * generation grows until it fits no cache any more: both cost less when it keeps the size it has.
 *
 * Set once the node listens: what starting it up allocates has shaped the heap by then.
 */
import { setFlagsFromString } from "node:v8";

export function boundHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
