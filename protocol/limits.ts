/**
 * Every bound of the gateway, with its unit and its reason (law 10). One table; docs/limits.md is printed from it.
 * A bound that an operator may change is named in gatehouse.yaml and starts from the value here.
 */
const MiB = 1024 * 1024;

export const limitTable = {
  // Wire, from the agent
  bodyBytesMax: [4 * MiB, "bytes", "one JSON-RPC message from an agent; larger payloads belong in resources"],
  jsonDepthMax: [64, "levels", "JSON.stringify overflows the stack near 10,000; no tool schema needs 64"],
  jsonKeysMax: [20_000, "keys", "all object keys of one message; bounds the duplicate check"],
  headerCountMax: [64, "headers", "Node.js drops what exceeds its own maximum in silence, so we count"],
  headerBytesMax: [16 * 1024, "bytes", "request line and headers together; Node.js answers 431 beyond it"],
  headersTimeoutMs: [10_000, "ms", "a client that dribbles its headers holds a socket, not a promise"],
  requestTimeoutMs: [30_000, "ms", "time to receive one whole request"],
  batchMax: [32, "messages", "JSON-RPC batch of revision 2025-03-26"],
  connectionsMax: [20_000, "sockets", "open downstream sockets of one node"],
  connectionsPerPrincipalMax: [256, "sockets", "WebSockets and long streams of one principal"],
  socketBufferBytesMax: [1 * MiB, "bytes", "unsent bytes of one downstream stream before reading upstream stops"],
  socketStallMs: [30_000, "ms", "a downstream that takes nothing for so long is closed"],
  pingIntervalMs: [25_000, "ms", "WebSocket ping and SSE comment; below common proxy idle time-outs of 30 s and 60 s"],
  openCallsPerSessionMax: [256, "calls", "calls of one session in flight at once"],
  // Wire sessions of older revisions
  wireSessionsPerPrincipalMax: [64, "sessions", "Mcp-Session-Id values of one principal; the least recently used is dropped"],
  wireSessionIdleMs: [30 * 60_000, "ms", "after it the client gets 404 and initialises again"],
  replayEventsMax: [256, "events", "kept per stream for Last-Event-ID"],
  replayBytesMax: [1 * MiB, "bytes", "kept per wire session for Last-Event-ID"],
  parkedCallsPerSessionMax: [32, "calls", "calls waiting for the client's answer to input_required"],
  parkedCallMs: [10 * 60_000, "ms", "how long an upstream call waits for a person"],
  inputRoundsMax: [8, "rounds", "input_required rounds of one call"],
  askTimeoutMs: [10 * 60_000, "ms", "a server's question to an older client: a person may have to answer"],
  ticketMs: [30_000, "ms", "life of a single-use WebSocket ticket"],
  ticketsMax: [10_000, "tickets", "unused tickets of one node; the oldest is dropped"],
  // Upstream
  answerBytesMax: [16 * MiB, "bytes", "one message from an upstream"],
  answerStreamBytesMax: [256 * MiB, "bytes", "all messages of one streamed answer"],
  upstreamConnectMs: [5_000, "ms", "TCP and TLS to an upstream on a data-centre network"],
  upstreamStartMs: [30_000, "ms", "spawn or connect, and initialise"],
  upstreamCallMs: [60_000, "ms", "one call, reset by progress; the catalogue may set another"],
  upstreamCallTotalMs: [30 * 60_000, "ms", "one call, however much progress it reports"],
  upstreamSessionsMax: [256, "sessions", "wire sessions or child processes of one upstream server"],
  upstreamIdleMs: [5 * 60_000, "ms", "an unused upstream session is closed"],
  upstreamConnectionsMax: [128, "sockets", "HTTP sockets to one upstream origin"],
  upstreamWaitingMax: [1_024, "calls", "calls waiting for one upstream's socket; more are refused"],
  listPagesMax: [64, "pages", "pages of one upstream list"],
  listItemsMax: [10_000, "items", "tools, prompts or resources of one upstream"],
  toolDefinitionBytesMax: [256 * 1024, "bytes", "one tool definition; larger ones are quarantined"],
  stderrLineBytesMax: [4_096, "bytes", "one log line of a child process; the rest is cut"],
  childStopMs: [2_000, "ms", "between closing stdin, SIGTERM and SIGKILL"],
  // Decisions
  callFactsBytesMax: [16 * 1024, "bytes", "facts of one call; overflow is itself a fact"],
  answerFactsBytesMax: [128 * 1024, "bytes", "facts of one answer"],
  constraintValueCharsMax: [8_192, "characters", "one argument value that a constraint reads; longer is refused by the constraint"],
  constraintValuesMax: [256, "values", "argument values one call's constraints read (wildcards)"],
  grantsPerRoleMax: [2_000, "grants", "one role"],
  toolStatesPerSessionMax: [64, "tools", "per-tool buckets and breakers a session remembers; idle full ones go first"],
  behaviourEntriesMax: [16, "calls", "recent failing call shapes a session compares with"],
  refusalGroupsMax: [16, "groups", "(rule, tool) groups of counted refusals per session"],
  refusalIntervalMs: [10_000, "ms", "equal refusals within it become one counted record"],
  // Sessions
  activeSessionsMax: [100_000, "sessions", "in memory on one node; the least recently used are passivated"],
  sessionIdleMs: [15 * 60_000, "ms", "then a session is passivated; nothing is reset"],
  sessionMemoryMs: [30 * 24 * 3_600_000, "ms", "session.memory: how long a passivated session is kept"],
  // Records
  segmentBytesMax: [64 * MiB, "bytes", "one record segment"],
  recordBytesMax: [64 * 1024, "bytes", "one record line"],
  recordQueueBytesMax: [64 * MiB, "bytes", "records waiting for the disk; beyond it calls are refused"],
  // Identity
  keyLifeMsMax: [90 * 24 * 3_600_000, "ms", "an API key expires; rotation overlaps"],
  tokenCacheMax: [50_000, "tokens", "verified access tokens remembered by hash until they expire"],
  tokenBytesMax: [8_192, "bytes", "one bearer token"],
  jwksBytesMax: [256 * 1024, "bytes", "a JWKS document"],
  clockToleranceMs: [30_000, "ms", "between an issuer's clock and ours"],
  // Operators
  controlRequestBytesMax: [1 * MiB, "bytes", "one request on the control socket"],
  drainMs: [10_000, "ms", "open calls may finish before a stopping node ends"],
} as const satisfies Record<string, readonly [value: number, unit: string, why: string]>;

export type LimitName = keyof typeof limitTable;

/** The values alone: `limits.bodyBytesMax`. */
export const limits: { readonly [Name in LimitName]: number } = Object.freeze(
  Object.fromEntries(Object.entries(limitTable).map(([name, row]) => [name, row[0]])) as { [Name in LimitName]: number },
);
