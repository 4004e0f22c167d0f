/** What a failed send means to the caller: whether the request can have been executed is told by the code. */
import { GatewayError } from "../../protocol/errors.ts";

/** Codes of Node.js, OpenSSL and undici: never upstream text. */
const codePattern = /^[A-Z][A-Z0-9_]{1,63}$/;

const httpFaults = new Set(["UND_ERR_HEADERS_OVERFLOW", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"]);

/**
 * @param isWritten whether a byte of the request was given to a socket; if not, it was not executed
 * @returns UPSTREAM_UNREACHABLE when it was certainly not executed, UPSTREAM_CLOSED or UPSTREAM_GARBAGE otherwise;
 *   a GatewayError as it is
 */
export function sendFailure(error: Error, isWritten: boolean): GatewayError {
  const own = findGatewayError(error);
  if (own !== undefined) return own;
  const code =
    "code" in error && typeof error.code === "string" && codePattern.test(error.code)
      ? error.code
      : undefined;
  const isParserError = error.constructor.name === "HTTPParserError";
  if (!isWritten)
    return new GatewayError("UPSTREAM_UNREACHABLE", `no connection (${code ?? error.name})`, {
      cause: error,
    });
  // A parser's error carries the bytes it stumbled over, so it is no cause that may be printed.
  if (isParserError ? code !== "HPE_INVALID_EOF_STATE" : code !== undefined && httpFaults.has(code))
    return new GatewayError("UPSTREAM_GARBAGE", `its answer is not HTTP (${code ?? "syntax"})`);
  return new GatewayError(
    "UPSTREAM_CLOSED",
    `the connection ended (${code ?? error.name})`,
    isParserError ? {} : { cause: error },
  );
}

/** Our own error may come wrapped: Node.js gathers failures of several addresses in an AggregateError. */
function findGatewayError(error: unknown): GatewayError | undefined {
  if (error instanceof GatewayError) return error;
  if (error instanceof AggregateError)
    return error.errors.map(findGatewayError).find((found) => found !== undefined);
  return error instanceof Error && error.cause !== undefined ? findGatewayError(error.cause) : undefined;
}

/** What an HTTP refusal without a JSON-RPC error means. */
export function refusalFailure(status: number): GatewayError {
  if (status === 401 || status === 403)
    return new GatewayError("UPSTREAM_UNREACHABLE", `it refused our credential (HTTP ${status})`);
  if (status < 500)
    return new GatewayError("UPSTREAM_UNREACHABLE", `it refused the request (HTTP ${status})`);
  // A server, or a proxy before it, that fails with 5xx may have executed the call.
  return new GatewayError("UPSTREAM_GARBAGE", `it failed without a JSON-RPC message (HTTP ${status})`);
}
