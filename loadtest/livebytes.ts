/** What a process holds in memory, without what it has thrown away. Does not own what is weighed. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** More collections in a row free nothing more. */
const collectionsMax = 10;

const collect = (() => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();

/**
 * Heap and buffers that are still held. The memory of a buffer goes with the collection behind the one that finds it unused, so that
 * one alone leaves it to whatever is weighed next: a ledger once weighed less than nothing.
 */
export function liveBytes(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let each = 0; each < collectionsMax; each++) {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (each > 1 && heapUsed + arrayBuffers >= least) break;
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}
