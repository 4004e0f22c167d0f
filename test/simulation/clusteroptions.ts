/** How large a simulated cluster is, and how much of what it does is left to chance. */
import type { StreamBounds } from "../../cluster/streamoptions.ts";

export interface ClusterOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly shards: number;
  readonly sessions: number;
  /** Calls that all agents together make each second. */
  readonly callsPerSecond: number;
  /** Share of connects to tools that fail by chance; default 0.01. A staged story leaves nothing to chance. */
  readonly connectFailures?: number;
  /** Share of calls that take seconds; default 0.02. */
  readonly slowCalls?: number;
  /** False: no tool gives values that are followed. */
  readonly isFollowed?: boolean;
  /** False: nothing is copied to the store, and nothing rebuilt from there. */
  readonly isArchived?: boolean;
  /** States that a node has in memory; default 48, so that some are put away and brought back all the time. */
  readonly activeMax?: number | ((index: number) => number);
  /** Over which nodes start; else each 30 ms after the one before. */
  readonly startMs?: number;
  /** What the store can be rolled back by; default 20 s. */
  readonly historyMs?: number;
  /** What is known of an exchange is forgotten so long after its ending; else never. */
  readonly keepMs?: number;
  /** Of streams to runners-up; default far less than what ships, so that bounds are met. */
  readonly streams?: StreamBounds;
  /** For which rows of the store are gathered on their way to a watch (simstore.ts); default 0. */
  readonly gatherMs?: number;
}
