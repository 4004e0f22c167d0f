/**
 * The one error table. A denial is a value (verdict.ts); what the world does wrong is a GatewayError with a code of
 * this table; what we do wrong is an assertion. docs/errors.md is printed from here.
 *
 * `http`  status where the failure is answered at HTTP level, before a stream has opened
 * `rpc`   JSON-RPC error code where it is answered as a JSON-RPC error. Our own is -31000: outside -32768 to -32000,
 *         which JSON-RPC and MCP reserve (MCP 2026-07-28, base protocol, "Error Codes")
 * `retry` whether the same request may succeed later without a change
 * `says`  what an agent or operator reads; never holds a value of theirs
 * `do`    the remedy
 */
interface ErrorRow {
  readonly http: number;
  readonly rpc: number;
  readonly retry: boolean;
  readonly says: string;
  readonly do: string;
}

const row = (http: number, rpc: number, retry: boolean, says: string, remedy: string): ErrorRow => ({
  http,
  rpc,
  retry,
  says,
  do: remedy,
});

export const errors = {
  // The request
  REQUEST_SYNTAX: row(
    400,
    -32700,
    false,
    "the body is not strict JSON",
    "send RFC 8259 JSON without duplicate keys",
  ),
  REQUEST_SHAPE: row(
    400,
    -32600,
    false,
    "the body is not a JSON-RPC 2.0 message",
    "see the MCP specification, base protocol",
  ),
  REQUEST_TOO_LARGE: row(
    413,
    -32600,
    false,
    "the message exceeds a size bound",
    "send less; bounds are listed in docs/limits.md",
  ),
  REQUEST_HEADERS: row(
    400,
    -32600,
    false,
    "a header is missing, repeated or malformed",
    "send each header once, as the transport demands",
  ),
  REQUEST_TIMEOUT: row(
    408,
    -32600,
    true,
    "the request did not arrive whole in time; it was not made",
    "send it again, headers and body in one go",
  ),
  HEADER_MISMATCH: row(
    400,
    -32020,
    false,
    "a header contradicts the body",
    "make Mcp-Method, Mcp-Name, Mcp-Param-* and MCP-Protocol-Version equal the body",
  ),
  PROTOCOL_VERSION: row(
    400,
    -32022,
    false,
    "this protocol revision is not spoken here",
    "use a revision from data.supported",
  ),
  CAPABILITY_MISSING: row(
    400,
    -32021,
    false,
    "the call needs a client capability that was not declared",
    "declare it and call again",
  ),
  METHOD_UNKNOWN: row(404, -32601, false, "method not found", "see the methods of the negotiated revision"),
  METHOD_NOT_ALLOWED: row(
    405,
    -32600,
    false,
    "this HTTP method is not served here",
    "POST, and for older revisions GET and DELETE",
  ),
  MEDIA_TYPE: row(
    415,
    -32600,
    false,
    "the content type is not application/json in UTF-8",
    "set Content-Type: application/json",
  ),
  NOT_ACCEPTABLE: row(
    406,
    -32600,
    false,
    "the Accept header excludes every answer we could give",
    "accept application/json and text/event-stream",
  ),
  ENDPOINT_UNKNOWN: row(
    404,
    -32600,
    false,
    "no such endpoint",
    "use an endpoint that `gatehouse start` printed",
  ),
  WIRE_SESSION_UNKNOWN: row(404, -32600, false, "session not found", "initialise again"),
  WIRE_SESSION_MISSING: row(
    400,
    -32600,
    false,
    "the Mcp-Session-Id header is missing",
    "initialise first, then send the header on each request",
  ),
  STREAM_TAKEN: row(
    409,
    -32600,
    false,
    "this session has a stream open already",
    "close the other stream first",
  ),
  PARAMS_INVALID: row(400, -32602, false, "the parameters are not valid", "see the tool's input schema"),
  REQUEST_STATE: row(
    400,
    -32602,
    false,
    "requestState was altered, has expired or belongs to another call",
    "start the call again",
  ),
  CANCELLED: row(499, -32800, false, "the call was cancelled", "nothing: it was asked for"),
  // Who calls
  HOST_REFUSED: row(
    403,
    -32600,
    false,
    "this Host or Origin is not allowed",
    "add it to listen.allowedHosts or listen.allowedOrigins",
  ),
  UNAUTHENTICATED: row(
    401,
    -32600,
    false,
    "authentication is required",
    "send Authorization: Bearer with an API key or access token",
  ),
  TOKEN_INVALID: row(
    401,
    -32600,
    false,
    "the credential is not valid here",
    "get a credential for exactly this endpoint",
  ),
  SCOPE_MISSING: row(
    403,
    -32600,
    false,
    "the credential does not cover this endpoint",
    "ask for the scopes in the challenge",
  ),
  ISSUER_UNREACHABLE: row(
    503,
    -31000,
    true,
    "the token issuer's keys cannot be fetched",
    "check the issuer's JWKS address and network",
  ),
  // Limits and life
  THROTTLED: row(429, -31000, true, "a rate limit is used up", "wait for Retry-After"),
  TOO_MUCH_AT_ONCE: row(
    429,
    -31000,
    true,
    "more of this agent's large requests are under way than it may have at once",
    "wait for Retry-After; send large requests one after the other",
  ),
  OVERLOADED: row(503, -31000, true, "the gateway is at one of its bounds", "retry with backoff"),
  DRAINING: row(
    503,
    -31000,
    true,
    "this node is stopping",
    "retry: another node or the restarted one answers",
  ),
  SESSION_KILLED: row(
    403,
    -32600,
    false,
    "an operator stopped this agent",
    "ask the operator: gatehouse sessions lift",
  ),
  KILL_LIST_STALE: row(
    503,
    -31000,
    true,
    "this node cannot tell at the moment whether an operator has stopped this agent",
    "retry, or at another node; gatehouse cluster status says what each node has heard of the others",
  ),
  RECORD_UNAVAILABLE: row(
    503,
    -31000,
    true,
    "the decision cannot be recorded, so the call was not made",
    "check disk space and the data folder",
  ),
  OWNER_UNAVAILABLE: row(
    503,
    -31000,
    true,
    "no node can decide for this session at the moment",
    "retry: a take-over lasts seconds; gatehouse status says which nodes are live",
  ),
  NOT_REPLICATED: row(
    503,
    -31000,
    true,
    "neither a second node nor the fence log holds the intent of this call, so it was not made",
    "retry once NATS answers or another node is live and in sync; calls of tools that are repeatable need neither",
  ),
  CONFIGURATION: row(
    503,
    -31000,
    true,
    "the configuration cannot be used",
    "mend what is named; gatehouse role check and gatehouse catalogue check look through the files",
  ),
  // Upstream
  DEFINITION_CHANGED: row(
    404,
    -32602,
    false,
    "the tool's definition changed since it was approved",
    "look at it, then gatehouse catalogue accept SERVER",
  ),
  UPSTREAM_UNREACHABLE: row(
    502,
    -31000,
    true,
    "the tool's server cannot be reached",
    "check the server's entry in catalogue.yaml",
  ),
  UPSTREAM_REFUSED_ADDRESS: row(
    502,
    -31000,
    false,
    "the tool's server resolves to an address the catalogue does not allow",
    "list the range under network.private of that server",
  ),
  UPSTREAM_TIMEOUT: row(
    504,
    -31000,
    false,
    "the tool's server did not answer in time",
    "the call may have run: check before you repeat it",
  ),
  UPSTREAM_GARBAGE: row(
    502,
    -31000,
    false,
    "the tool's server broke the protocol",
    "see the record of this operation",
  ),
  UPSTREAM_TOO_LARGE: row(
    502,
    -31000,
    false,
    "the tool's server sent more than the bound",
    "raise answerBytes of that server, or ask for less",
  ),
  UPSTREAM_CLOSED: row(
    502,
    -31000,
    false,
    "the tool's server closed the connection before answering",
    "the call may have run: check before you repeat it",
  ),
  UPSTREAM_SESSION_LOST: row(
    502,
    -31000,
    true,
    "the tool's server forgot our session",
    "retry: a new one is opened",
  ),
  OUTCOME_UNKNOWN: row(
    502,
    -31000,
    false,
    "the outcome of this call is unknown",
    "check the effect before you repeat it; quote the operation id",
  ),
  // Existing DLP
  RECOGNISER_FAILED: row(
    503,
    -31000,
    true,
    "an external recogniser of sensitive data gave no verdict",
    "look at it with gatehouse dlp external; dlp.external.NAME.failing decides what follows without a verdict",
  ),
  RECOGNISER_REFUSED: row(
    403,
    -31000,
    false,
    "an external recogniser of sensitive data says that this must not pass",
    "send or ask for something else; the record of the call has what it says",
  ),
  // The cluster
  NATS_UNREACHABLE: row(
    503,
    -31000,
    true,
    "no NATS server can be reached",
    "check cluster.nats.servers, TLS and this node's nkey; the node goes on trying",
  ),
  NATS_UNFIT: row(
    503,
    -31000,
    false,
    "the NATS server cannot carry a cluster",
    "use nats-server 2.11 or newer, with the permissions of docs/cluster.md",
  ),
  // Ours
  INTERNAL: row(500, -32603, false, "internal error", "see the node's log; the operation id names the call"),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errors;

/**
 * A failure of the world. `detail` is for the log and the record, in our own words (no upstream text, no secret);
 * `data` goes to the client beside the code.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly data: { readonly [key: string]: unknown } | undefined;
  /** A server's own last words, bounded and cleansed: for operators only, never for an agent or a record. */
  readonly heard: readonly string[] | undefined;
  /** What to do in this very case, where the code's own remedy is too general: for operators. */
  readonly remedy: string | undefined;

  constructor(
    code: ErrorCode,
    detail?: string,
    options?: ErrorOptions & {
      data?: { readonly [key: string]: unknown } | undefined;
      heard?: readonly string[] | undefined;
      remedy?: string | undefined;
    },
  ) {
    super(detail === undefined ? errors[code].says : `${errors[code].says}: ${detail}`, options);
    this.code = code;
    this.detail = detail;
    this.data = options?.data;
    this.heard = options?.heard;
    this.remedy = options?.remedy;
  }
}
