/**
 * A session of the revisions up to 2025-11-25. Owns: initialize, log level, resource subscriptions, and doing all of it
 * again when the server forgot the session. Does not own: how messages travel (a Carrier).
 */
import { GatewayError } from "../../protocol/errors.ts";
import type { RpcId } from "../../protocol/jsonrpc.ts";
import { limits } from "../../protocol/limits.ts";
import { isObject } from "../../protocol/mcp/shape.ts";
import type { JsonObject } from "../../protocol/mcp/shape.ts";
import type { Call } from "./calls.ts";
import { initializeParams, olderMeta, readInitialize, requestText } from "./handshake.ts";
import { Session } from "./session.ts";
import type { Carrier, Peer } from "./session.ts";
import { Subscribers, whatChanged } from "./subscribers.ts";
import type {
  AskAnswer,
  CallOptions,
  ClientCapabilities,
  SubscriptionFilter,
  UpstreamSubscription,
} from "./upstream.ts";

export class OlderSession extends Session {
  readonly era = "legacy";
  readonly declared: ClientCapabilities;
  protected readonly carrier: Carrier;
  readonly #subscribers: Subscribers;
  #logLevel: string | undefined;
  #reopening: Promise<void> | undefined;

  constructor(peer: Peer, capabilities: ClientCapabilities, carrier: (session: OlderSession) => Carrier) {
    super(peer);
    this.declared = capabilities;
    this.carrier = carrier(this);
    this.#subscribers = new Subscribers((uri, isWanted) => this.#follow(uri, isWanted));
  }

  get subscriptions(): number {
    return this.#subscribers.size;
  }

  /** @throws GatewayError; the session is then closed */
  async open(): Promise<this> {
    try {
      await this.#initialize();
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
  }

  /**
   * Opens the wire session anew after the server forgot it, with log level and subscriptions. Single flight.
   *
   * @throws GatewayError UPSTREAM_SESSION_LOST; the session is then lost
   */
  reopen(): Promise<void> {
    this.#reopening ??= this.#initializeAgain().finally(() => {
      this.#reopening = undefined;
    });
    return this.#reopening;
  }

  /** @throws GatewayError when the session does not work */
  async ping(): Promise<void> {
    await this.ask("ping", {}, limits.upstreamConnectMs);
  }

  get isReopening(): boolean {
    return this.#reopening !== undefined;
  }

  textOf(call: Call, method: string, params: JsonObject): string {
    const own = olderMeta(call.token === undefined ? undefined : call.id, call.options);
    return requestText(call.id, method, params, own);
  }

  respond(id: RpcId, answer: AskAnswer): void {
    this.carrier.respond(id, answer);
  }

  loose(method: string, params: JsonObject): void {
    const what = whatChanged(method);
    if (what !== undefined) this.peer.hooks.changed(what);
    this.#subscribers.deliver(method, params);
  }

  subscribe(
    filter: SubscriptionFilter,
    on: (method: string, params: JsonObject) => void,
  ): UpstreamSubscription {
    this.carrier.listen();
    return this.#subscribers.add(filter, on);
  }

  protected prepare(options: CallOptions): Promise<void> | undefined {
    if (this.#reopening !== undefined) return this.#reopening;
    const { logLevel } = options;
    if (logLevel === undefined || logLevel === this.#logLevel || !isObject(this.capabilities["logging"]))
      return undefined;
    // Agents that share a session get more than they asked for; the exchange filters by each one's own threshold.
    const level = this.peer.isShared ? "debug" : logLevel;
    return level === this.#logLevel ? undefined : this.#setLogLevel(level, options.timeoutMs);
  }

  async #initialize(): Promise<void> {
    const answer = await this.ask("initialize", initializeParams(this.declared, this.peer.client));
    if (answer.kind === "error")
      throw new GatewayError(
        "UPSTREAM_UNREACHABLE",
        `it refused to initialise (JSON-RPC ${answer.error.code})`,
      );
    this.greeting = readInitialize(answer.result);
    this.carrier.notify("notifications/initialized", {});
    if (this.#mayInitiate()) this.carrier.listen();
  }

  async #initializeAgain(): Promise<void> {
    try {
      await this.#initialize();
    } catch (error) {
      const detail = error instanceof GatewayError ? error.message : undefined;
      const lost = new GatewayError("UPSTREAM_SESSION_LOST", detail, { cause: error });
      this.lose(lost, true);
      throw lost;
    }
    const level = this.#logLevel;
    this.#logLevel = undefined;
    if (level !== undefined) await this.#setLogLevel(level);
    if (this.#subscribers.size > 0) this.carrier.listen();
    for (const uri of this.#subscribers.uris) this.#follow(uri, true);
    this.peer.hooks.reopened();
  }

  /** Whether the server may send what belongs to no call. */
  #mayInitiate(): boolean {
    if (Object.keys(this.declared).length > 0) return true;
    const { tools, prompts, resources } = this.capabilities;
    return [tools, prompts, resources].some(
      (row) => isObject(row) && (row["listChanged"] === true || row["subscribe"] === true),
    );
  }

  /** A server that does not take the level keeps its own: no reason to fail a call. */
  async #setLogLevel(level: string, timeoutMs: number = limits.upstreamCallMs): Promise<void> {
    this.#logLevel = level;
    try {
      const answer = await this.ask("logging/setLevel", { level }, timeoutMs);
      if (answer.kind === "error") this.#refused("logging/setLevel", answer.error.code);
    } catch (error) {
      this.#logLevel = undefined;
      if (!(error instanceof GatewayError)) throw error;
      this.peer.hooks.log(`logging/setLevel: ${error.message}`);
    }
  }

  #refused(method: string, code: number): void {
    this.peer.hooks.log(`refused ${method} (JSON-RPC ${code})`);
  }

  #follow(uri: string, isWanted: boolean): void {
    const { resources } = this.capabilities;
    if (this.isClosed || !isObject(resources) || resources["subscribe"] !== true) return;
    const method = isWanted ? "resources/subscribe" : "resources/unsubscribe";
    this.ask(method, { uri }, limits.upstreamCallMs).then(
      (answer) => {
        if (answer.kind === "error") this.#refused(method, answer.error.code);
      },
      (error: unknown) => {
        if (error instanceof GatewayError) this.peer.hooks.log(`${method}: ${error.message}`);
      },
    );
  }
}
