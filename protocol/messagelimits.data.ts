/** Bounds of messages from agents, with unit and reason: a part of the one table in limits.ts. */
const MiB = 1024 * 1024;

export const messageLimitTable = {
  bodyBytesMax: [4 * MiB, "bytes", "one JSON-RPC message from an agent; larger payloads belong in resources"],
  smallBodyBytes: [
    16 * 1024,
    "bytes",
    "a message that takes no room among those not yet judged: no larger than its headers may be, and looked at in a fraction of a millisecond",
  ],
  unjudgedBytesPerPrincipalMax: [
    16 * MiB,
    "bytes",
    "of larger messages of one agent that are here and not yet judged: four of the largest, or sixteen of a megabyte, at once; four hundred held others up for five seconds",
  ],
  unjudgedBytesMax: [
    128 * MiB,
    "bytes",
    "the same of all agents at one node: eight agents at their bound; read, searched and judged they take some five times as much memory",
  ],
  unjudgedSpareBytes: [
    32 * MiB,
    "bytes",
    "beyond it, for agents that have nothing there: eight of the largest messages",
  ],
  jsonDepthMax: [64, "levels", "JSON.stringify overflows the stack near 10,000; no tool schema needs 64"],
  jsonKeysMax: [20_000, "keys", "all object keys of one message; bounds the duplicate check"],
} as const satisfies Record<string, readonly [value: number, unit: string, why: string]>;
