/**
 * A session of 2026-07-28: stateless on the wire, so one serves every agent; what an agent declared travels with each
 * request. Owns: discovery, `_meta`, listen streams. Does not own: how messages travel (a Carrier).
 */
import { GatewayError } from "../../protocol/errors.ts";
import { modern } from "../../protocol/mcp/revision.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Call } from "./calls.ts";
import { modernMeta, readDiscover, requestText } from "./handshake.ts";
import { Listen } from "./listen.ts";
import type { ListenCarrier } from "./listen.ts";
import { Session } from "./session.ts";
import type { Carrier, Peer } from "./session.ts";
import { whatChanged } from "./subscribers.ts";
import type { SubscriptionFilter, UpstreamAnswer, UpstreamSubscription } from "./upstream.ts";

export type ModernCarrier = Carrier & ListenCarrier;

export class ModernSession extends Session {
  readonly era = "modern";
  readonly declared = undefined;
  protected readonly carrier: ModernCarrier;
  readonly #listens = new Set<Listen>();
  #own: Listen | undefined;

  constructor(peer: Peer, carrier: (session: ModernSession) => ModernCarrier) {
    super(peer);
    this.carrier = carrier(this);
  }

  override get revision(): string {
    return modern;
  }

  get subscriptions(): number {
    return this.#listens.size;
  }

  /** Sends server/discover. What its answer means for the era is probe.ts's business. */
  discover(timeoutMs: number): Promise<UpstreamAnswer> {
    return this.ask("server/discover", {}, timeoutMs);
  }

  /**
   * Begins with what discovery said.
   *
   * @returns false when the server speaks no modern revision that we do
   * @throws GatewayError UPSTREAM_GARBAGE
   */
  begin(discovered: JsonObject): boolean {
    const greeting = readDiscover(discovered);
    if (greeting === undefined) return false;
    this.greeting = greeting;
    const { tools, prompts, resources } = greeting.capabilities;
    const [hasTools, hasPrompts, hasResources] = [tools, prompts, resources].map(
      (row) => isObject(row) && row["listChanged"] === true,
    );
    if (hasTools === true || hasPrompts === true || hasResources === true)
      this.#own = this.#listen({ tools: hasTools, prompts: hasPrompts, resources: hasResources }, (method) =>
        this.loose(method),
      );
    return true;
  }

  textOf(call: Call, method: string, params: JsonObject): string {
    const own = modernMeta(call.token === undefined ? undefined : call.id, call.options, this.peer.client);
    return requestText(call.id, method, params, own);
  }

  respond(): void {
    this.stray("a request of the server in an era that has none");
  }

  loose(method: string): void {
    const what = whatChanged(method);
    if (what === undefined) this.stray("a notification outside every call and subscription");
    else this.peer.hooks.changed(what);
  }

  subscribe(
    filter: SubscriptionFilter,
    on: (method: string, params: JsonObject) => void,
  ): UpstreamSubscription {
    const listen = this.#listen(filter, on);
    this.#listens.add(listen);
    return {
      update: (next) => listen.update(next),
      close: () => {
        this.#listens.delete(listen);
        listen.close();
      },
    };
  }

  override lose(reason: GatewayError, isEraDoubtful = false): void {
    this.#closeListens();
    super.lose(reason, isEraDoubtful);
  }

  override close(): Promise<void> {
    this.#closeListens();
    return super.close();
  }

  protected prepare(): undefined {
    return undefined;
  }

  #listen(filter: SubscriptionFilter, on: (method: string, params: JsonObject) => void): Listen {
    const hooks = {
      stray: (what: string) => this.stray(what),
      log: (line: string) => this.peer.hooks.log(line),
      missed: () => this.peer.hooks.reopened(),
    };
    return new Listen(this.carrier, hooks, filter, on);
  }

  #closeListens(): void {
    this.#own?.close();
    for (const listen of this.#listens) listen.close();
    this.#listens.clear();
  }
}

/** What a call is told when the server no longer speaks this revision; it was certainly not executed. */
export function eraLost(): GatewayError {
  return new GatewayError("UPSTREAM_SESSION_LOST", "the server changed its protocol revision");
}
