/**
 * Which era a server speaks. Owns: asking over HTTP, reading the answer as evidence, remembering the verdict for a day.
 *
 * B1. 401, 403 and silence say nothing about an era; they are failures of their own.
 * B2. A remembered verdict never fails by itself: what fails under it is asked anew (server.ts).
 *
 * @see MCP 2026-07-28, versioning: detecting the era of a server
 */
import { GatewayError } from "../../protocol/errors.ts";
import { isErrorResponse, isResponse, rpcCodes } from "../../protocol/jsonrpc.ts";
import type { ErrorResponse, Message } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Line, Sending } from "./dialer.ts";
import { refusalFailure } from "./failure.ts";
import type { ClientInfo } from "./handshake.ts";
import { discoverHttp, discoveryId } from "./httpmodern.ts";
import type { MessageBounds } from "./messages.ts";
import type { ReplyTaker } from "./reply.ts";

export type Era = "modern" | "legacy";

export type Evidence =
  | { readonly era: "modern"; readonly discovered: JsonObject }
  /** `isCertain`: the server answered as an older one does, and not just badly. */
  | { readonly era: "legacy"; readonly isCertain: boolean };

/** What was learnt of one server. */
export class EraMemory {
  readonly #now: () => number;
  #era: Era | undefined;
  #at = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get era(): Era | undefined {
    return this.#now() - this.#at < limits.eraMemoryMs ? this.#era : undefined;
  }

  learn(era: Era): void {
    this.#era = era;
    this.#at = this.#now();
  }

  forget(): void {
    this.#era = undefined;
  }
}

/** @throws GatewayError when nothing was learnt */
export function probeHttp(line: Line, bounds: MessageBounds, client: ClientInfo): Promise<Evidence> {
  return new Promise((resolve, reject) => {
    const request: { sending?: Sending } = {};
    const timer = setTimeout(() => {
      // Some older servers say nothing before initialize.
      resolve({ era: "legacy", isCertain: false });
      request.sending?.stop(new GatewayError("UPSTREAM_TIMEOUT"));
    }, limits.eraProbeMs);
    const over = (evidence: Evidence | GatewayError): void => {
      clearTimeout(timer);
      if (evidence instanceof GatewayError) reject(evidence);
      else resolve(evidence);
    };
    request.sending = discoverHttp(line, bounds, client, new ProbeTaker(over));
  });
}

class ProbeTaker implements ReplyTaker {
  readonly #over: (evidence: Evidence | GatewayError) => void;
  isDone = false;

  constructor(over: (evidence: Evidence | GatewayError) => void) {
    this.#over = over;
  }

  taken(message: Message): void {
    if (!isResponse(message) || (message.id !== discoveryId && message.id !== null)) return;
    this.isDone = true;
    if (!isErrorResponse(message)) this.#over({ era: "modern", discovered: message.result });
    else this.#over(evidenceOfError(message.error.code));
  }

  refused(status: number, error: ErrorResponse | undefined): void {
    if (status === 401 || status === 403) this.#over(refusalFailure(status));
    else if (error !== undefined) this.#over(evidenceOfError(error.error.code));
    else this.#over({ era: "legacy", isCertain: status < 500 && status !== 429 });
  }

  /** The body said nothing to us: 202, an empty answer, a stream of other things. */
  ended(): void {
    if (!this.isDone) this.#over({ era: "legacy", isCertain: false });
  }

  failed(error: GatewayError): void {
    if (this.isDone) return;
    if (error.code === "UPSTREAM_GARBAGE") this.#over({ era: "legacy", isCertain: false });
    else this.#over(error);
  }
}

/** @returns an error when the server is modern and still cannot be spoken to */
export function evidenceOfError(code: number): Evidence | GatewayError {
  if (code === rpcCodes.headerMismatch || code === rpcCodes.missingRequiredClientCapability)
    return new GatewayError("UPSTREAM_GARBAGE", `its discovery failed (JSON-RPC ${code})`);
  // -32022 names what it speaks; none of it was ours, or it would have answered. An older one may be among it.
  return { era: "legacy", isCertain: true };
}
