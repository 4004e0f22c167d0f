/** Small HTTP answers of the doors themselves: refusals before a caller or a call is known, and plain JSON. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { errors, GatewayError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { AuthFault } from "../identity/fault.ts";

/** A request's own error needs no listener: Node.js emits it only where there is one. */
export function destroyFailed(this: ServerResponse): void {
  this.destroy();
}

export function allow(methods: readonly string[], request: IncomingMessage): void {
  if (!methods.includes(request.method ?? "")) throw new GatewayError("METHOD_NOT_ALLOWED");
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

export function refuseCaller(fault: AuthFault, request: IncomingMessage, response: ServerResponse): void {
  const headers: Record<string, string> = {};
  if (fault.challenge !== undefined) headers["www-authenticate"] = fault.challenge;
  if (fault.retryAfterSeconds !== undefined) headers["retry-after"] = String(fault.retryAfterSeconds);
  if (!request.complete) headers["connection"] = "close";
  sendJson(response, fault.status, refusal(fault.code), headers);
  request.resume();
}

export function refuseUpgrade(
  socket: Duplex,
  status: number,
  code: string,
  challenge: string | undefined,
): void {
  const body = JSON.stringify({ error: code });
  const challenges = challenge === undefined ? "" : `www-authenticate: ${challenge}\r\n`;
  endSocket(socket, `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${challenges}connection: close\r\n\r\n${body}`); // prettier-ignore
}

/**
 * The last word on a socket that no HTTP server looks after any more. What the client still sends is dropped; it may
 * read its answer for limits.closeGraceMs, and is then hung up on, whether or not it hangs up itself.
 */
function endSocket(socket: Duplex, text: string): void {
  socket.end(text);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), limits.closeGraceMs);
  socket.on("close", () => clearTimeout(timer));
}

const parserFaults: { readonly [code: string]: readonly [status: string, code: keyof typeof errors] } = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "REQUEST_HEADERS"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ["413 Payload Too Large", "REQUEST_TOO_LARGE"],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "REQUEST_TIMEOUT"],
};

/** What Node.js's parser refused: no request is known, so the answer has no id. Its own status where it has one. */
export function refuseSocket(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable) return;
  const [status, code] = parserFaults[error.code ?? ""] ?? ["400 Bad Request", "REQUEST_HEADERS"];
  const body = JSON.stringify(refusal(code));
  endSocket(socket, `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`); // prettier-ignore
}

function refusal(code: keyof typeof errors): object {
  const row = errors[code];
  return { jsonrpc: "2.0", id: null, error: { code: row.rpc, message: row.says, data: { code } } };
}
