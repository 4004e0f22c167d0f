/**
 * Every bound of the gateway, with its unit and its reason (law 10). One table; docs/limits.md is printed from it.
 * A bound that an operator may change is named in gatehouse.yaml and starts from the value here.
 */
import { baselineLimitTable } from "./baselinelimits.data.ts";
import { clusterLimitTable } from "./clusterlimits.data.ts";
import { dlpLimitTable } from "./dlplimits.data.ts";
import { messageLimitTable } from "./messagelimits.data.ts";
import { approvalLimitTable } from "./approvallimits.data.ts";
import { missionLimitTable } from "./missionlimits.data.ts";

const MiB = 1024 * 1024;

export const limitTable = {
  // Wire, from the agent
  ...messageLimitTable,
  headerCountMax: [64, "headers", "Node.js drops what exceeds its own maximum in silence, so we count"],
  headerBytesMax: [16 * 1024, "bytes", "request line and headers together; Node.js answers 431 beyond it"],
  headersTimeoutMs: [10_000, "ms", "a client that dribbles its headers holds a socket, not a promise"],
  requestTimeoutMs: [30_000, "ms", "time to receive one whole request"],
  batchMax: [32, "messages", "JSON-RPC batch of revision 2025-03-26"],
  connectionsMax: [20_000, "sockets", "open downstream sockets of one node"],
  connectionsPerPrincipalMax: [256, "sockets", "WebSockets and long streams of one principal"],
  socketBufferBytesMax: [
    MiB / 8,
    "bytes",
    "unsent bytes of one downstream stream before reading upstream stops",
  ],
  socketStallMs: [30_000, "ms", "a downstream that takes nothing for so long is closed"],
  heldPostsMax: [
    8,
    "requests",
    "of one HTTP+SSE stream, received and waiting until the agent reads its answers",
  ],
  closeGraceMs: [500, "ms", "between the last word to a client that is hung up on and the end of its socket"],
  pingIntervalMs: [
    25_000,
    "ms",
    "WebSocket ping and SSE comment; below common proxy idle time-outs of 30 s and 60 s",
  ],
  openCallsPerSessionMax: [256, "calls", "calls of one session in flight at once"],
  // Wire sessions of older revisions
  wireSessionsPerPrincipalMax: [
    64,
    "sessions",
    "Mcp-Session-Id values of one principal; the least recently used is dropped",
  ],
  wireSessionIdleMs: [30 * 60_000, "ms", "after it the client gets 404 and initialises again"],
  wireLabelsPerPrincipalMax: [
    256,
    "sessions",
    "the same at one node of a cluster, where the owner has those of all doors, and any can be had again",
  ],
  wireSealedMs: [
    24 * 3_600_000,
    "ms",
    "in a cluster a wire session may be brought to any node for so long; then the client gets 404 and initialises again",
  ],
  wireIdCharsMax: [1_024, "characters", "of an Mcp-Session-Id that is looked into"],
  wireUrisCharsMax: [
    64 * 1024,
    "characters",
    "of all resources that a session's older wire sessions follow in a cluster: they go with its state",
  ],
  attachmentsPerWireMax: [256, "subscriptions", "of one wire session; more are refused"],
  visitorsPerPrincipalMax: [
    1_000,
    "pairs",
    "of endpoint and address remembered per principal; then the memory starts afresh",
  ],
  replayEventsMax: [256, "events", "kept per stream for Last-Event-ID"],
  replayBytesMax: [MiB / 8, "bytes", "kept per wire session for Last-Event-ID"],
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
  upstreamAsksMax: [32, "questions", "requests of one upstream session to its agent that are open at once"],
  upstreamNoticesPerSecondMax: [
    200,
    "notifications",
    "progress and log messages of one call passed on per second",
  ],
  upstreamSessionsMax: [256, "sessions", "wire sessions or child processes of one upstream server"],
  upstreamUrisMax: [256, "resources", "resources that one subscription to an upstream follows"],
  upstreamRetryMs: [
    1_000,
    "ms",
    "first pause before a stream to an upstream is opened again; then it doubles",
  ],
  upstreamRetryMsMax: [
    30_000,
    "ms",
    "longest pause before a stream is opened again or a child is started again",
  ],
  upstreamResumesMax: [
    5,
    "attempts",
    "attempts in a row to resume a broken answer stream that bring nothing new",
  ],
  upstreamGarbageMax: [
    16,
    "frames",
    "frames of one child or SSE session that are no message; then the session ends",
  ],
  upstreamUnsentBytesMax: [
    8 * MiB,
    "bytes",
    "written to a child that does not read; beyond it calls are refused",
  ],
  eraProbeMs: [10_000, "ms", "server/discover without an answer: then initialize is tried"],
  eraMemoryMs: [24 * 3_600_000, "ms", "how long a server's era is remembered before it is asked again"],
  upstreamLogLinesPerSecondMax: [
    50,
    "lines",
    "log lines of one upstream passed on per second; more are counted",
  ],
  upstreamIdleMs: [5 * 60_000, "ms", "an unused upstream session is closed"],
  upstreamConnectionsMax: [128, "sockets", "HTTP sockets to one upstream origin"],
  stderrHeardLinesMax: [
    8,
    "lines",
    "of a child's standard error kept while it starts: what an operator reads when it does not",
  ],
  stderrHeardCharsMax: [400, "characters", "one of these lines"],
  upstreamFreeShare: [
    8,
    "th part",
    "of an upstream's sockets that one agent leaves to others: long calls of one cannot take them all",
  ],
  upstreamWaitMs: [
    15_000,
    "ms",
    "a call's wait for an upstream's socket; well below the time-outs of agents' own HTTP clients",
  ],
  upstreamWaitingMax: [1_024, "calls", "calls waiting for one upstream's socket; more are refused"],
  documentMs: [10_000, "ms", "a key set or metadata document, from the look-up of its host to its last byte"],
  listPagesMax: [64, "pages", "pages of one upstream list"],
  listItemsMax: [10_000, "items", "tools, prompts or resources of one upstream"],
  toolDefinitionBytesMax: [256 * 1024, "bytes", "one tool definition; larger ones are quarantined"],
  definitionsFreshMs: [
    60_000,
    "ms",
    "age at which a session in use is compared with its pins again, also when the server announced nothing",
  ],
  stderrLineBytesMax: [4_096, "bytes", "one log line of a child process; the rest is cut"],
  childStopMs: [2_000, "ms", "between closing stdin, SIGTERM and SIGKILL"],
  // Decisions
  callFactsBytesMax: [16 * 1024, "bytes", "facts of one call; overflow is itself a fact"],
  answerFactsBytesMax: [128 * 1024, "bytes", "facts of one answer"],
  constraintValueCharsMax: [
    8_192,
    "characters",
    "one argument value that a constraint reads; longer is refused by the constraint",
  ],
  constraintValuesMax: [256, "values", "argument values one call's constraints read (wildcards)"],
  grantsPerRoleMax: [2_000, "grants", "one role"],
  toolStatesPerSessionMax: [
    64,
    "tools",
    "per-tool buckets and breakers a session remembers; idle full ones go first",
  ],
  behaviourEntriesMax: [16, "calls", "recent failing call shapes a session compares with"],
  behaviourAnswersMax: [
    8,
    "calls",
    "recent calls whose answers a session compares: a circle of up to eight calls is seen",
  ],
  behaviourFadeMs: [
    5 * 60_000,
    "ms",
    "one remembered failure or repeat fades in it; what comes more slowly is no storm",
  ],
  refusalGroupsMax: [16, "groups", "(rule, tool) groups of counted refusals per session"],
  refusalIntervalMs: [10_000, "ms", "equal refusals within it become one counted record"],
  sessionTextCharsMax: [256, "characters", "a name or reason that a session's state keeps; the rest is cut"],
  labelsPerSessionMax: [
    64,
    "labels",
    "data labels a session remembers one by one; with more it counts as having them all",
  ],
  labelCharsMax: [64, "characters", "one data label"],
  // Scopes
  scopeLeaseMs: [
    10_000,
    "ms",
    "a session holds rate tokens of a scope; those that it did not use go back then, so idle ones hold little for long",
  ],
  scopeLeaseSlackMs: [
    5_000,
    "ms",
    "after its end a scope forgets a lease: two nodes' clocks of events differ by less",
  ],
  scopeAheadShare: [
    20,
    "parts",
    "of a scope's bucket: one of them may be leased ahead of need, all sessions together, so that at most 5 % lie idle",
  ],
  scopeLeasesMax: [
    4_096,
    "sessions",
    "whose leases one scope knows; the one that asked longest ago is forgotten, and counts as used up",
  ],
  scopeHungryMs: [
    1_000,
    "ms",
    "after its wait a scope keeps a rate token for a session that got none; then others may have it",
  ],
  scopeRegisterMs: [
    1_000,
    "ms",
    "a scope whose past is lost grants nothing, so that sessions tell what they hold first; twice the time in which they ask again",
  ],
  scopeAskMs: [500, "ms", "before a scope that is asked ahead of need, and did not answer, is asked again"],
  scopeTaintsMax: [
    1_024,
    "labels",
    "with their users that an agent's scope tells apart; with more a label holds for all of its users",
  ],
  scopeWatchMs: [
    60_000,
    "ms",
    "before a session that calls a tool says so again to the breaker that it shares",
  ],
  scopeWatchersMax: [
    1_024,
    "sessions",
    "that are told of a change of one tool's breaker; others hear of it with their next word",
  ],
  leasesPerSessionMax: [
    64,
    "scopes",
    "from which a session holds leases; beyond it the scope decides each call",
  ],
  brokenSessionsMax: [
    10_000,
    "sessions",
    "remembered as unreadable or failed, so that each is reported once",
  ],
  passivationBatchMax: [10_000, "sessions", "waiting to be put away; beyond it no session is activated"],
  // Sessions
  activeSessionsMax: [100_000, "sessions", "in memory on one node; the least recently used are passivated"],
  sessionIdleMs: [15 * 60_000, "ms", "then a session is passivated; nothing is reset"],
  sessionMemoryMs: [30 * 24 * 3_600_000, "ms", "session.memory: how long a passivated session is kept"],
  catchUpMs: [
    60_000,
    "ms",
    "of the journal looked at after a start; sessions are put on disk within a second or a few",
  ],
  catchUpRecordsMax: [
    500_000,
    "records",
    "taken again after a crash; at 5,000 calls a second, 50 seconds of them",
  ],
  // Records
  segmentBytesMax: [64 * MiB, "bytes", "one record segment"],
  recordBytesMax: [64 * 1024, "bytes", "one record line"],
  recordQueueBytesMax: [64 * MiB, "bytes", "records waiting for the disk; beyond it calls are refused"],
  recordsPerSealMax: [
    4_096,
    "records",
    "lines under one seal, so that a verifier's memory and a seal's length are bounded",
  ],
  recordChainsMax: [8_192, "chains", "one per shard; also what a start has to remember"],
  recordSyncWaitingMax: [65_536, "calls", "waiting for the disk to confirm; beyond it calls are refused"],
  recordSyncMs: [
    10_000,
    "ms",
    "one fdatasync takes milliseconds, on a busy disk a second; beyond it the disk counts as failed",
  ],
  recordRetryMs: [250, "ms", "between attempts to write again after a disk fault"],
  openIntentsMax: [
    65_536,
    "intents",
    "without an outcome, remembered for the start after a crash; the oldest go first",
  ],
  verifyFindingsMax: [1_000, "findings", "one verification lists; the rest is counted"],
  // Identity
  keyLifeMsMax: [90 * 24 * 3_600_000, "ms", "an API key expires; rotation overlaps"],
  tokenCacheMax: [50_000, "tokens", "verified access tokens remembered by hash until they expire"],
  tokenBytesMax: [8_192, "bytes", "one bearer token"],
  jwksBytesMax: [256 * 1024, "bytes", "a JWKS document"],
  secretBytesMax: [8_192, "bytes", "one secret from a file or the environment; a key in PEM fits"],
  clockToleranceMs: [30_000, "ms", "between an issuer's clock and ours"],
  identityCharsMax: [256, "characters", "an agent's or user's name, in a key or a claim"],
  keysMax: [10_000, "keys", "one node's key file, or a cluster's keys; the file is read and written whole"],
  keyFileBytesMax: [16 * MiB, "bytes", "the key file"],
  keyEndpointsMax: [64, "endpoints", "endpoints that one key opens"],
  keyOverlapMs: [24 * 3_600_000, "ms", "how long a rotated key still works beside its successor"],
  keyReloadMs: [1_000, "ms", "between two looks at whether the key file changed"],
  tokenLifeMsMax: [24 * 3_600_000, "ms", "from iat to exp: expiry is the only end most issuers give a token"],
  tokenChecksMax: [256, "tokens", "signatures being verified at once; more are answered 503"],
  audiencesMax: [16, "audiences", "entries of one token's aud"],
  jwksKeysMax: [64, "keys", "keys of one issuer"],
  jwksFetchMs: [5_000, "ms", "one fetch of a JWKS"],
  jwksFreshMs: [
    10 * 60_000,
    "ms",
    "age at which a JWKS is fetched again, so that a withdrawn key stops working",
  ],
  jwksRefetchMs: [
    30_000,
    "ms",
    "between two fetches of a JWKS: a made-up kid must not become a request to the issuer",
  ],
  jwksRetryMs: [5_000, "ms", "between two fetches while there is no JWKS at all"],
  jwksStaleMs: [3_600_000, "ms", "age up to which a JWKS serves while its issuer cannot be reached"],
  authFailuresMax: [20, "failures", "bad credentials of one address per window before 429"],
  authWindowMs: [60_000, "ms", "window of authFailuresMax"],
  authAddressesMax: [10_000, "addresses", "addresses with bad credentials remembered; the oldest is dropped"],
  // Configuration
  configurationFileBytesMax: [4 * MiB, "bytes", "one YAML file that people review"],
  lockFileBytesMax: [64 * MiB, "bytes", "catalogue.lock: some ten thousand definitions"],
  roleFilesMax: [1_000, "files", "personas of one node"],
  configurationFaultsMax: [
    200,
    "faults",
    "printed of one configuration; mending the first usually mends the rest",
  ],
  ...clusterLimitTable,
  ...dlpLimitTable,
  ...missionLimitTable,
  ...baselineLimitTable,
  ...approvalLimitTable,
  // Operators
  controlRequestBytesMax: [1 * MiB, "bytes", "one request on the control socket"],
  sessionsListedMax: [10_000, "sessions", "one answer to gatehouse sessions list"],
  grpcMessageBytesMax: [
    64 * 1024,
    "bytes",
    "one request over gRPC: an agent's name and a reason fit many times",
  ],
  grpcCallsMax: [32, "calls", "open on one gRPC connection"],
  grpcWatchersMax: [256, "streams", "that watch the node's health over gRPC"],
  grpcWatchersPerClientMax: [16, "streams", "the same of one client, over all its connections"],
  grpcRefusalsMax: [256, "groups", "of refused gRPC callers that are told apart within refusalIntervalMs"],
  grpcHealthMs: [
    1_000,
    "ms",
    "between two looks whether watchers of the node's health have something to hear",
  ],
  grpcConnectionMs: [
    3_600_000,
    "ms",
    "a gRPC connection lasts: a certificate that has ended is looked at again then",
  ],
  grpcNameCharsMax: [64, "characters", "of a gRPC client's name, in rules and records"],
  killRulesMax: [
    4_096,
    "rules",
    "agents, personas and, in a cluster, sessions that are stopped; beyond it stop all, or remove keys and roles",
  ],
  killFileBytesMax: [32 * MiB, "bytes", "kills.json"],
  killAnswersMs: [
    300,
    "ms",
    "a stopped agent's streams stay open for the answers of its calls, which other nodes may have to give",
  ],
  signalEchoMs: [1_000, "ms", "equal signals this soon after the first that stops a node are one"],
  drainMs: [10_000, "ms", "open calls may finish before a stopping node ends"],
  retireIdleMs: [
    250,
    "ms",
    "nothing came on a socket that is to be closed because its node leaves; else it is closed behind its next answer",
  ],
  drainNoticeMs: [
    2_000,
    "ms",
    "a node that leaves its cluster still takes calls, so that balancers which look at /readyz each second send no more",
  ],
  // Vault
  vaultRetiredKeysMax: [8, "keys", "master keys under which older envelopes and tokens still open"],
  vaultEnvelopeBytesMax: [
    16 * 1024,
    "bytes",
    "one sealed secret in its file; secretBytesMax twice in base64",
  ],
  vaultEntriesMax: [1_000, "secrets", "of one node; listed and rewrapped in one go"],
  tokenValueBytesMax: [
    4_096,
    "bytes",
    "the value that a token carries, with its type; a longer one is redacted",
  ],
} as const satisfies Record<string, readonly [value: number, unit: string, why: string]>;

export type LimitName = keyof typeof limitTable;

/** The values alone: `limits.bodyBytesMax`. */
export const limits: { readonly [Name in LimitName]: number } = Object.freeze(
  Object.fromEntries(Object.entries(limitTable).map(([name, row]) => [name, row[0]])) as {
    [Name in LimitName]: number;
  },
);
