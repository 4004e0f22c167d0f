/**
 * cost: what a piece of synchronous work costs this thread, for tests that bound it.
 *
 * 1. Processor time of the thread, not time on the wall: tests run beside each other, and on machines of others.
 * 2. The best of a few rounds counts, in units of a machine at rest: where a fixed piece of work takes longer than it
 *    should at the same moment (a shared core, a cold cache), so may what is measured.
 */

/** What `fixedWork` takes on a slow machine at rest. */
const restMs = 15;
const roundsMax = 6;

/** @returns ms of a machine at rest; below `boundMs` as soon as one round is */
export function costMs(act: () => unknown, boundMs: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < roundsMax && best > boundMs; round++) {
    const tookMs = threadMs(act);
    best = Math.min(best, tookMs > boundMs ? tookMs / Math.max(1, threadMs(fixedWork) / restMs) : tookMs);
  }
  return best;
}

function threadMs(act: () => unknown): number {
  const start = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1_000;
}

/** Small strings and objects, as the readers under test make them. */
function fixedWork(): number {
  const seen = new Map<string, number>();
  for (let at = 0; at < 200_000; at++) seen.set(`key-${at % 5_000}`, at);
  return seen.size;
}
