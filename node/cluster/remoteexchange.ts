/**
 * An exchange whose agent is at another node's door: what it is sent before its answer goes there as a note, and so do
 * questions to the agent, whose answers come back by letter (questions.ts). The answer of a governed call goes by the
 * owner (cluster/ownership.ts), not through here; that of anything else through `onAnswer`.
 */
import type { Request } from "../../protocol/jsonrpc.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { Exchange, type AskAnswer, type Caller, type HttpForm } from "../exchange/exchange.ts";

export class RemoteExchange extends Exchange {
  readonly #asks: boolean;
  /** Set by the conductor once the call has its operation. */
  toDoor: ((message: JsonObject) => void) | undefined;
  /** Puts a question to the agent, at its door. */
  toAgent: ((method: string, params: JsonObject) => Promise<AskAnswer>) | undefined;
  /** Of what no owner answers: lists, subscriptions. */
  onAnswer: ((text: string, form: HttpForm | undefined) => void) | undefined;

  /** @param asks whether its agent can be asked */
  constructor(caller: Caller, request: Request, asks: boolean) {
    super(caller, request, performance.now());
    this.#asks = asks;
  }

  override get asks(): boolean {
    return this.#asks;
  }

  override get isAtOwner(): boolean {
    return true;
  }

  override ask(method: string, params: JsonObject): Promise<AskAnswer> {
    if (this.toAgent === undefined) throw new Error("a question before the call has its door");
    return this.toAgent(method, params);
  }

  send(message: JsonObject): void {
    this.toDoor?.(message);
  }

  protected write(text: string, form: HttpForm | undefined): void {
    if (this.onAnswer === undefined) throw new Error("an exchange at another door was answered here");
    this.onAnswer(text, form);
  }
}
