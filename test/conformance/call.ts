// What one tools/call or prompts/get of the fixture sees, whatever the era and the transport.
import type {
  ClientCapabilities,
  InputRequiredResult,
  RequestStateCodec,
  ServerContext,
} from "@modelcontextprotocol/server";

/** What a multi-round tool remembers between rounds; it travels sealed through the client. */
export interface RoundState {
  readonly round: number;
  readonly name?: string;
}

/** Tells every connected client of a change: listen streams (2026-07-28) and sessions (before). */
export interface Announcer {
  tools(): void;
  prompts(): void;
  resource(uri: string): void;
}

export interface Call {
  readonly args: Readonly<Record<string, unknown>>;
  readonly ctx: ServerContext;
  /** Declared on this request (2026-07-28) or at initialize (before). */
  readonly capabilities: ClientCapabilities;
  readonly announce: Announcer;
  readonly states: RequestStateCodec<RoundState>;
}

export type Outcome<Result> = Result | InputRequiredResult | Promise<Result | InputRequiredResult>;

/** The accepted answer to the question `key`, or undefined: not asked yet, declined, or malformed. */
export function accepted(call: Call, key: string): Readonly<Record<string, unknown>> | undefined {
  const answer = call.ctx.mcpReq.inputResponses?.[key];
  if (typeof answer !== "object" || answer === null) return undefined;
  if (!("action" in answer) || answer.action !== "accept") return undefined;
  if (!("content" in answer) || typeof answer.content !== "object" || answer.content === null)
    return undefined;
  return answer.content as Readonly<Record<string, unknown>>;
}
