/**
 * A carrier over one stream there and one back that all calls share: a child's stdin and stdout, or HTTP+SSE. Owns:
 * garbage counting, notifications/cancelled, listen streams by their id. Does not own: the pipe (a Wire).
 */
import { GatewayError } from "../../protocol/errors.ts";
import { isResponse } from "../../protocol/jsonrpc.ts";
import type { Message, RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { meta } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Call } from "./calls.ts";
import { answerText, listenText, notificationText } from "./handshake.ts";
import { Inlet } from "./inlet.ts";
import type { ListenTaker } from "./listen.ts";
import { readMessages } from "./messages.ts";
import type { MessageBounds } from "./messages.ts";
import type { ModernCarrier } from "./modern.ts";
import type { Session } from "./session.ts";
import type { AskAnswer } from "./upstream.ts";

/** A pipe to one server. Nothing here throws. */
export interface Wire {
  /**
   * Gives one message to the server.
   *
   * @param ready  asked in the same tick right before the write
   * @param failed told when the message was not, or not certainly, taken
   */
  write(
    text: string,
    ready: (() => GatewayError | undefined) | undefined,
    failed: (error: GatewayError) => void,
  ): void;
  /** Stops reading, or goes on. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Where the other direction goes. */
export interface WireTaker {
  readonly bounds: MessageBounds;
  /** One frame as it came; undefined when it is not UTF-8. */
  frame(text: string | undefined): void;
  /** A frame beyond the bound was thrown away. */
  tooLarge(): void;
  /** The pipe is gone. */
  lost(error: GatewayError): void;
  /** A remark for the log; `text` may be the server's. */
  log(text: string): void;
}

export class Duplex implements ModernCarrier, WireTaker {
  readonly isOneStream = true;
  readonly bounds: MessageBounds;
  #session: Session;
  readonly #wire: Wire;
  readonly #inlet: Inlet<Message>;
  readonly #listens = new Map<RpcId, ListenTaker>();
  #garbage = 0;

  constructor(session: Session, bounds: MessageBounds, wire: (taker: WireTaker) => Wire) {
    this.#session = session;
    this.bounds = bounds;
    this.#wire = wire(this);
    this.#inlet = new Inlet<Message>(this.#wire, (message) => this.#take(message));
  }

  /** Hands the pipe to another session: a child was asked for its era, and answered. */
  adopt(session: Session): this {
    this.#session = session;
    return this;
  }

  request(call: Call, method: string, params: JsonObject): void {
    const onStop = (reason: GatewayError): void => this.#cancel(call, method, reason);
    call.onStop = onStop;
    const text = this.#session.textOf(call, method, params);
    this.#wire.write(
      text,
      () => call.ready(),
      (error) => call.fail(error),
    );
  }

  notify(method: string, params: JsonObject): void {
    this.#tell(notificationText(method, params));
  }

  respond(id: RpcId, answer: AskAnswer): void {
    this.#tell(answerText(id, answer));
  }

  listen(): void {}

  openListen(id: string, params: JsonObject, listen: ListenTaker): () => void {
    this.#listens.set(id, listen);
    this.#wire.write(listenText(id, params, this.#session.peer.client), undefined, (error) => {
      if (this.#listens.delete(id)) listen.over(error, false);
    });
    return () => {
      if (this.#listens.delete(id)) this.notify("notifications/cancelled", { requestId: id });
    };
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  frame(text: string | undefined): void {
    const read = readMessages(text, this.bounds, this.#revision());
    if (!(read instanceof GatewayError)) {
      for (const message of read) this.#inlet.push(message);
      return;
    }
    this.#garbage++;
    this.log(read.message);
    if (this.#garbage > limits.upstreamGarbageMax)
      this.#session.lose(new GatewayError("UPSTREAM_GARBAGE", "too much of what it wrote is no message"));
  }

  /** The message is gone, and with it the knowledge whose it was: no call may wait for it in vain. */
  tooLarge(): void {
    this.#session.calls.endAll(new GatewayError("UPSTREAM_TOO_LARGE"));
  }

  lost(error: GatewayError): void {
    this.#session.lose(error);
  }

  log(text: string): void {
    this.#session.peer.hooks.log(text);
  }

  #revision(): string {
    return this.#session.isOpen ? this.#session.revision : "";
  }

  #take(message: Message): void | Promise<void> {
    const listen = this.#listens.size === 0 ? undefined : this.#listenOf(message);
    if (listen === undefined) return this.#session.calls.take(message, undefined);
    if (isResponse(message) && message.id !== null) this.#listens.delete(message.id);
    listen.taken(message);
  }

  #listenOf(message: Message): ListenTaker | undefined {
    if (isResponse(message)) return message.id === null ? undefined : this.#listens.get(message.id);
    const own = message.params?.["_meta"];
    const id = isObject(own) ? own[meta.subscription] : undefined;
    return typeof id === "string" ? this.#listens.get(id) : undefined;
  }

  #cancel(call: Call, method: string, reason: GatewayError): void {
    if (!call.isWritten || method === "initialize" || this.#session.isClosed) return;
    const why = reason.code === "CANCELLED" ? "cancelled" : "timed out";
    this.notify("notifications/cancelled", { requestId: call.id, reason: why });
  }

  #tell(text: string): void {
    this.#wire.write(text, undefined, (error) => this.log(error.message));
  }
}
