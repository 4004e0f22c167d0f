/**
 * One `subscriptions/listen` of 2026-07-28, kept open: opened again with growing pauses when it ends or breaks. Owns:
 * the acknowledgement rule, the filter, the pauses. Does not own: how the stream travels.
 *
 * L1. Nothing is delivered before the acknowledgement, nothing that was not asked for, nothing under another id.
 *
 * @see MCP 2026-07-28, subscriptions
 */
import type { GatewayError } from "../../protocol/errors.ts";
import { isErrorResponse, isRequest, isResponse } from "../../protocol/jsonrpc.ts";
import type { Message } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { meta } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import { bounded, passes } from "./subscribers.ts";
import type { SubscriptionFilter, UpstreamSubscription } from "./upstream.ts";

/** How a listen stream travels. */
export interface ListenCarrier {
  /**
   * Sends subscriptions/listen under `id`.
   *
   * @returns ends it
   */
  openListen(id: string, params: JsonObject, listen: ListenTaker): () => void;
}

export interface ListenTaker {
  /** A message of this stream. */
  taken(message: Message): void;
  /** The stream is over. `isFinal`: the server does not offer it. */
  over(reason: GatewayError | undefined, isFinal: boolean): void;
}

export interface ListenHooks {
  stray(what: string): void;
  log(line: string): void;
  /** The stream was down for a while: something may have been missed. */
  missed(): void;
}

export class Listen implements ListenTaker, UpstreamSubscription {
  static #lastNumber = 0;
  readonly #carrier: ListenCarrier;
  readonly #hooks: ListenHooks;
  readonly #on: (method: string, params: JsonObject) => void;
  #filter: SubscriptionFilter;
  #id = "";
  #end: (() => void) | undefined;
  #isAcknowledged = false;
  #wasOpen = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    carrier: ListenCarrier,
    hooks: ListenHooks,
    filter: SubscriptionFilter,
    on: (method: string, params: JsonObject) => void,
  ) {
    this.#carrier = carrier;
    this.#hooks = hooks;
    this.#filter = bounded(filter);
    this.#on = on;
    this.#open();
  }

  update(filter: SubscriptionFilter): void {
    if (this.#isClosed) return;
    this.#filter = bounded(filter);
    this.#stop();
    this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
  }

  taken(message: Message): void {
    if (isResponse(message)) {
      if (message.id !== this.#id) this.#hooks.stray("an answer to no open call");
      else if (isErrorResponse(message)) this.over(undefined, true);
      else this.over(undefined, false);
      return;
    }
    const params = message.params ?? {};
    const own = params["_meta"];
    const id = isObject(own) ? own[meta.subscription] : undefined;
    if (isRequest(message) || id !== this.#id) return this.#hooks.stray("a message of another subscription");
    if (message.method === "notifications/subscriptions/acknowledged") return this.#acknowledged();
    if (!this.#isAcknowledged || !passes(this.#filter, message.method, params))
      return this.#hooks.stray("a notification nobody asked for");
    this.#on(message.method, params);
  }

  over(reason: GatewayError | undefined, isFinal: boolean): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#end = undefined;
    this.#id = "";
    if (isFinal) {
      this.#isClosed = true;
      return this.#hooks.log("does not offer subscriptions/listen");
    }
    if (reason !== undefined) this.#hooks.log(`its subscription stream ended: ${reason.message}`);
    const pauseMs = Math.min(
      limits.upstreamRetryMsMax,
      limits.upstreamRetryMs * 2 ** Math.min(this.#failures, 16),
    );
    this.#failures++;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#open();
    }, pauseMs).unref();
  }

  #open(): void {
    this.#id = `listen-${++Listen.#lastNumber}`;
    this.#isAcknowledged = false;
    const { tools, prompts, resources, uris } = this.#filter;
    const notifications = {
      ...(tools === true ? { toolsListChanged: true } : undefined),
      ...(prompts === true ? { promptsListChanged: true } : undefined),
      ...(resources === true ? { resourcesListChanged: true } : undefined),
      ...(uris === undefined || uris.length === 0 ? undefined : { resourceSubscriptions: [...uris] }),
    };
    this.#end = this.#carrier.openListen(this.#id, { notifications }, this);
  }

  #acknowledged(): void {
    this.#isAcknowledged = true;
    this.#failures = 0;
    if (this.#wasOpen) this.#hooks.missed();
    this.#wasOpen = true;
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const end = this.#end;
    this.#end = undefined;
    this.#id = "";
    end?.();
  }
}
