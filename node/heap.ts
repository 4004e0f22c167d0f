/**
 * What V8 may keep of garbage (docs/adr/0005). Under load the young generation grows until it fits no cache any more, and
 * the old one by a multiple before it is collected, full of what streams have left behind.
 *
 * Set once the node listens: what starting it up allocates has shaped the heap by then.
 */
import { setFlagsFromString } from "node:v8";

export function boundHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=10");
}
