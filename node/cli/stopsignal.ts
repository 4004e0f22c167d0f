/**
 * What asks a node in the foreground to stop. A signal to a process group, as Ctrl-C on a terminal or a supervisor's
 * kill, reaches the node by more ways than one: npm and bin/ready.mjs pass on what they got themselves. So an equal
 * signal soon after the first is the first one again, and any other means: do not wait for open calls.
 */
import { constants } from "node:os";
import { limits } from "../../protocol/limits.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/** Resolves at the first SIGINT or SIGTERM; a second one is said and ends the process at once. */
export function stopSignal(say: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let first: { readonly signal: string; readonly at: number } | undefined;
    for (const signal of signals)
      process.on(signal, () => {
        const now = performance.now();
        if (first === undefined) {
          first = { signal, at: now };
          resolve();
          return;
        }
        if (first.signal === signal && now - first.at < limits.signalEchoMs) return;
        say("second signal: leaving now");
        process.exit(128 + constants.signals[signal]);
      });
  });
}
